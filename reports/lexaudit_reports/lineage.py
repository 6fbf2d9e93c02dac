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
        return 0 < len(self.boxes) <= LARGEST_PICTURE and len(self.slots) <= DEEPEST and max(self.slots) <= WIDEST_LAYER


def lineage(graph: Mapping[str, Any]) -> Lineage:
    """The flow layer of a graph, causes above effects; steps that close a cycle are marked and run backwards."""
    nodes = {node["id"]: node for node in graph["nodes"] if node["kind"] in FLOW}
    steps = sorted(
        {
            (edge["source"], edge["target"], edge["relation"], edge.get("basis") == "inferred")
            for edge in graph["edges"]
            if edge["relation"] in TRANSITIVE and edge["source"] in nodes and edge["target"] in nodes
        }
    )
    following: dict[str, list[str]] = {node: [] for node in sorted(nodes)}
    for source, target, _, _ in steps:
        if source != target and target not in following[source]:
            following[source].append(target)
    for source, target in _closing(following):
        following[source].remove(target)
    layer = _layers(following)
    slots, bends = _slots(following, layer)
    boxes = tuple(
        sorted(
            (
                Box(
                    node,
                    nodes[node]["kind"],
                    str(nodes[node]["attributes"].get("title") or nodes[node]["name"]),
                    layer[node],
                    slots[layer[node]].index(node),
                )
                for node in nodes
            ),
            key=lambda box: (box.layer, box.slot),
        )
    )
    arrows = tuple(
        Arrow(
            source,
            target,
            relation.replace("_", " "),
            bends.get((source, target), ()),
            target not in following[source],
            inferred,
        )
        for source, target, relation, inferred in steps
    )
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


def _slots(
    following: Mapping[str, list[str]],
    layer: Mapping[str, int],
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
        row.sort(
            key=lambda node: (
                sum(place[b] for b in before[node]) / len(before[node]) if before.get(node) else 0.5,
                node,
            )
        )
        place.update({node: (index + 0.5) / len(row) for index, node in enumerate(row)})
    bends = {
        step: tuple((number, rows[number].index(bend)) for number, bend in enumerate(through, layer[step[0]] + 1))
        for step, through in passing.items()
    }
    return rows, bends


_LAYER, _HIGH, _WIDE, _BEND, _BETWEEN = 64, 40, 190, 24, 18


def svg(graph: Mapping[str, Any]) -> str:
    """The same picture as SVG, for `lineage show` and for web pages; of any size."""
    picture = lineage(graph)
    boxes = {(box.layer, box.slot): box for box in picture.boxes}
    width = (
        max(
            (
                sum(_WIDE if (layer, slot) in boxes else _BEND for slot in range(slots)) + _BETWEEN * (slots - 1)
                for layer, slots in enumerate(picture.slots)
            ),
            default=_WIDE,
        )
        + 60
    )
    height = max(len(picture.slots), 1) * _LAYER + 8
    centres: dict[tuple[int, int], tuple[float, float]] = {}
    for layer, slots in enumerate(picture.slots):
        wide = [_WIDE if (layer, slot) in boxes else _BEND for slot in range(slots)]
        x = (width - sum(wide) - _BETWEEN * (slots - 1)) / 2
        for slot in range(slots):
            centres[layer, slot] = (x + wide[slot] / 2, 8 + layer * _LAYER + _HIGH / 2)
            x += wide[slot] + _BETWEEN
    where = {box.id: centres[place] for place, box in boxes.items()}
    titles = {box.id: box.title for box in picture.boxes}
    alt = "; ".join(f"{titles[arrow.source]} {arrow.relation} {titles[arrow.target]}" for arrow in picture.arrows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height}" width="{width:g}" height="{height}" '
        f'role="img" font-family="Noto Sans, Helvetica, Arial, sans-serif"><title>Lineage</title>'
        f"<desc>{_xml(alt)}</desc>",
        '<defs><marker id="head" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L6 3L0 6z" fill="#566270"/></marker></defs>',
    ]
    for arrow in picture.arrows:
        if arrow.source == arrow.target:
            continue
        (x, y), (end_x, end_y) = where[arrow.source], where[arrow.target]
        if arrow.back:
            edge = width - 6
            path = f"M{x + _WIDE / 2:g} {y:g}C{edge:g} {y:g} {edge:g} {end_y:g} {end_x + _WIDE / 2:g} {end_y:g}"
        else:
            path, y = f"M{x:g} {y + _HIGH / 2:g}", y + _HIGH / 2
            for bend_x, bend_y in (centres[bend] for bend in arrow.bends):
                top = bend_y - _HIGH / 2
                path += f"C{x:g} {y + 12:g} {bend_x:g} {top - 12:g} {bend_x:g} {top:g}V{top + _HIGH:g}"
                x, y = bend_x, bend_y + _HIGH / 2
            path += f"C{x:g} {y + 12:g} {end_x:g} {end_y - _HIGH / 2 - 14:g} {end_x:g} {end_y - _HIGH / 2:g}"
        dash = ' stroke-dasharray="4 3"' if arrow.back or arrow.inferred else ""
        lines.append(f'<path d="{path}" fill="none" stroke="#566270"{dash} marker-end="url(#head)"/>')
    for place, box in boxes.items():
        x, y = centres[place]
        fill, ink, faint = (
            ("#1f3a5f", "#ffffff", "#ffffff") if box.kind == "system" else ("#f3f5f7", "#1b2430", "#566270")
        )
        title = box.title if len(box.title) <= 30 else box.title[:29] + "…"
        lines.append(
            f"<g><title>{_xml(box.id)}</title>"
            f'<rect x="{x - _WIDE / 2:g}" y="{y - _HIGH / 2:g}" width="{_WIDE}" height="{_HIGH}" '
            f'rx="{18 if box.kind == "run" else 4}" fill="{fill}" stroke="#566270"/>'
            f'<text x="{x:g}" y="{y - 4:g}" text-anchor="middle" font-size="10" fill="{faint}">{_xml(box.kind)}</text>'
            f'<text x="{x:g}" y="{y + 11:g}" text-anchor="middle" font-size="11.5" font-weight="bold" fill="{ink}">'
            f"{_xml(title)}</text></g>"
        )
    return "\n".join([*lines, "</svg>"])


def _xml(text: str) -> str:
    """Text for XML: escaped, and without the characters that XML cannot carry."""
    shown = "".join(c if c.isprintable() else " " if c.isspace() else f"[U+{ord(c):04X}]" for c in text)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
