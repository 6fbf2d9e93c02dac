"""The picture of the lineage: which nodes stand in which layer, decided once for every renderer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lexaudit.graph import TRANSITIVE, Kind

FLOW = (Kind.DATASET, Kind.RUN, Kind.MODEL, Kind.SYSTEM, Kind.DEPLOYMENT)
"""What data and behaviour move through."""
LARGEST_PICTURE = 25
"""More nodes than this are listed in a table instead of being drawn."""


WIDEST_LAYER = 6
"""More slots than this side by side could not be read."""
DEEPEST = 12
"""More layers than this do not fit on a page."""


@dataclass(frozen=True, slots=True)
class Box:
    """One node of the picture."""

    id: str
    """The node's identity."""
    kind: str
    """What it is."""
    title: str
    """What people call it."""
    layer: int
    """Its layer, from 0: causes above effects."""
    slot: int
    """Its place within the layer, from 0."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """One step of the lineage."""

    source: str
    """The cause."""
    target: str
    """The effect."""
    relation: str
    """`used by`, `produced` …"""
    bends: tuple[tuple[int, int], ...]
    """The slots it passes through in the layers between, so that it crosses no box: layer and slot."""
    back: bool
    """Whether it closes a cycle and runs against the others."""
    inferred: bool
    """Whether nobody stated it: drawn broken."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """What flows into what."""

    boxes: tuple[Box, ...]
    """Every node of the flow, by layer and slot."""
    arrows: tuple[Arrow, ...]
    """Every step between them."""
    slots: tuple[int, ...]
    """How many slots each layer has: boxes and bends."""

    @property
    def drawable(self) -> bool:
        """Whether a picture of it could be read."""
        return (0 < len(self.boxes) <= LARGEST_PICTURE and len(self.slots) <= DEEPEST
                and max(self.slots) <= WIDEST_LAYER)


def lineage(graph: Mapping[str, Any]) -> Lineage:
    """The flow layer of a graph, causes above effects; steps that close a cycle are marked and run backwards."""
    nodes = {node["id"]: node for node in graph["nodes"] if node["kind"] in FLOW}
    steps = sorted({(edge["source"], edge["target"], edge["relation"], edge.get("basis") == "inferred")
                    for edge in graph["edges"] if edge["relation"] in TRANSITIVE
                    and edge["source"] in nodes and edge["target"] in nodes})
    following: dict[str, list[str]] = {node: [] for node in sorted(nodes)}
    for source, target, _, _ in steps:
        if source != target and target not in following[source]:
            following[source].append(target)
    for source, target in _closing(following):
        following[source].remove(target)
    layer = _layers(following)
    slots, bends = _slots(following, layer)
    boxes = tuple(sorted(
        (Box(node, nodes[node]["kind"], str(nodes[node]["attributes"].get("title") or nodes[node]["name"]), layer[node],
             slots[layer[node]].index(node)) for node in nodes), key=lambda box: (box.layer, box.slot)))
    arrows = tuple(
        Arrow(source, target, relation.replace("_", " "), bends.get((source, target), ()),
              target not in following[source], inferred)
        for source, target, relation, inferred in steps)
    return Lineage(boxes, arrows, tuple(len(row) for row in slots))


def _closing(following: Mapping[str, list[str]]) -> set[tuple[str, str]]:
    """The steps that close a cycle in a walk in order of identity; found without recursion."""
    state: dict[str, int] = {}
    closing: set[tuple[str, str]] = set()
    for start in following:
        if start in state:
            continue
        state[start] = 1
        stack = [(start, iter(following[start]))]
        while stack:
            node, targets = stack[-1]
            for target in targets:
                if state.get(target) == 1:
                    closing.add((node, target))
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(following[target])))
                    break
            else:
                state[node] = 2
                stack.pop()
    return closing


def _layers(following: Mapping[str, list[str]]) -> dict[str, int]:
    """The longest path to each node; then each node as close to what it leads to as it can stand."""
    waiting = dict.fromkeys(following, 0)
    for targets in following.values():
        for target in targets:
            waiting[target] += 1
    order = [node for node, number in waiting.items() if number == 0]
    for node in order:
        for target in following[node]:
            waiting[target] -= 1
            if waiting[target] == 0:
                order.append(target)
    layer = dict.fromkeys(following, 0)
    for node in order:
        for target in following[node]:
            layer[target] = max(layer[target], layer[node] + 1)
    for node in reversed(order):
        if following[node]:
            layer[node] = min(layer[target] for target in following[node]) - 1
    return layer


def _slots(following: Mapping[str, list[str]], layer: Mapping[str, int],
           ) -> tuple[list[list[str]], dict[tuple[str, str], tuple[tuple[int, int], ...]]]:
    """The order within each layer, with room where a long arrow passes; each follows the mean of what leads to it."""
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    before: dict[str, list[str]] = {}
    passing: dict[tuple[str, str], list[str]] = {}
    for node, targets in following.items():
        rows[layer[node]].append(node)
        for target in targets:
            last = node
            for between in range(layer[node] + 1, layer[target]):
                bend = f"{node}\n{target}\n{between}"
                rows[between].append(bend)
                before.setdefault(bend, []).append(last)
                passing.setdefault((node, target), []).append(bend)
                last = bend
            before.setdefault(target, []).append(last)
    place: dict[str, float] = {}
    for row in rows:
        row.sort(key=lambda node: (sum(place[b] for b in before[node]) / len(before[node]) if before.get(node) else 0.5, node))
        place.update({node: (index + 0.5) / len(row) for index, node in enumerate(row)})
    bends = {step: tuple((number, rows[number].index(bend)) for number, bend in enumerate(through, layer[step[0]] + 1))
             for step, through in passing.items()}
    return rows, bends
