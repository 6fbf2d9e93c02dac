"""Where the flows of a world go: every flow on every node, found in one sweep, with the way it came as witness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np

from lexaudit.condition import Condition, EvaluationFault, Unknown
from lexaudit.graph import TRANSITIVE, Edge, Graph, Kind, NodeId
from lexaudit.graph.kinds import EDGE_ATTRIBUTES
from lexaudit.graph.lineage import way_in_words
from lexaudit.graph.sweep import WORD, Bits, Lanes, Plane, behind, lanes, plane, sweep, way_back
from lexaudit.packs.pack import Stop
from lexaudit.packs.view import World

SHOWN: Final = 50
"""Unknown things that are named of a flow that may reach a node."""


@dataclass
class _Planes:
    """Up to 64 flows: where they start, what stops them, and where they go."""

    flows: Mapping[str, int]
    """Each flow's bit."""
    starts: Plane
    stops: Plane
    clears: Plane
    carried: Plane


@dataclass(frozen=True)
class _Columns:
    """The bits of nodes or edges, known and unknown, with what is missing."""

    known: Bits
    unknown: Bits
    missing: dict[tuple[int, int], frozenset[str]] = field(default_factory=dict)
    """By node or edge, and bit: the paths of what is not known."""

    def put(self, at: int, bit: int, value: Any) -> None:
        """Set a bit to what a condition gave."""
        if value is True:
            self.known[at] |= np.uint64(1 << bit)
        elif value is not False:
            self.unknown[at] |= np.uint64(1 << bit)
            self.missing[at, bit] = _paths(value)

    @property
    def plane(self) -> Plane:
        return plane(self.known, self.unknown)


class Currents:
    """The flows of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ids = list(world.graph.nodes)
        self._number = {node: at for at, node in enumerate(self._ids)}
        self._edges = [edge for edge in world.graph.edges if edge.relation in TRANSITIVE]
        self._computing = False
        self._swept: list[_Planes] | None = None
        self._missing: dict[str, list[dict[int, frozenset[str]]]] = {}

    @cached_property
    def _lanes(self) -> Lanes:
        ends = np.array(
            [(self._number[edge.source], self._number[edge.target]) for edge in self._edges], np.int32
        ).reshape(-1, 2)
        return lanes(len(self._ids), ends[:, 0], ends[:, 1])

    def state(self, node: NodeId, flow: str) -> Any:
        """Whether a flow reaches a node: true, false, or an `Unknown` with what would decide it.

        Raises `ValueError` for a flow that starts or stops by a fact which depends on flows.
        """
        planes, bit = self._of(flow)
        mask, at = 1 << bit, self._number[node]
        if int(planes.carried.certain[at]) & mask:
            return True
        if not int(planes.carried.possible[at]) & mask:
            return False
        return Unknown(self._undecided(planes, flow, bit, at))

    def way(self, node: NodeId, flow: str) -> list[NodeId]:
        """A shortest way along which a flow reaches a node, from where it starts; or along which it may."""
        planes, bit = self._of(flow)
        mask, at = 1 << bit, self._number[node]
        sure = bool(int(planes.carried.certain[at]) & mask)
        starts = planes.starts.certain if sure else planes.starts.possible
        carried = planes.carried.certain if sure else planes.carried.possible
        stops = planes.stops.possible if sure else planes.stops.certain
        if not int(carried[at]) & mask:
            return []
        found = way_back(
            self._lanes,
            at,
            lambda number: bool(int(starts[number]) & mask),
            lambda number: bool(int(carried[number]) & mask),
            lambda edge: not int(stops[self._lanes.order[edge]]) & mask,
        )
        return [self._ids[number] for number in found]

    def origins(self, node: NodeId, flow: str, kind: Kind) -> list[NodeId]:
        """The nodes of a kind in which a flow starts that certainly reaches a node, ordered by identity."""
        planes, bit = self._of(flow)
        mask, at = 1 << bit, self._number[node]
        carried = planes.carried.certain
        if not int(carried[at]) & mask:
            return []
        found, _ = behind(
            self._lanes,
            at,
            lambda number: bool(int(carried[number]) & mask),
            lambda edge: not int(planes.stops.possible[self._lanes.order[edge]]) & mask,
        )
        starting = (self._ids[number] for number in found if int(planes.starts.certain[number]) & mask)
        return sorted(origin for origin in starting if self._world.graph.nodes[origin].kind is kind)

    def told(self, node: NodeId, flow: str) -> str:
        """In words, how a flow reaches a node, or may."""
        title = self._world.flows[flow].title
        graph, way = self._world.graph, self.way(node, flow)
        relations = {(e.source, e.target): e.relation for step in way for e in graph.outgoing(step)}
        return f"{title}: {way_in_words(way, relations, lambda step: graph.nodes[step].label)}" if way else ""

    def _undecided(self, planes: _Planes, flow: str, bit: int, at: int) -> frozenset[str]:
        mask = 1 << bit
        order = self._lanes.order
        nodes, edges = behind(
            self._lanes,
            at,
            lambda number: bool(int(planes.carried.possible[number]) & mask),
            lambda edge: not int(planes.stops.certain[order[edge]]) & mask,
        )
        starts, stops, clears = self._missing[flow]
        found: list[str] = []
        for number in nodes:
            found += sorted(starts.get(number, ())) + sorted(clears.get(number, ()))
        for edge in edges:
            found += sorted(stops.get(int(order[edge]), ()))
        named = list(dict.fromkeys(found))
        return frozenset(named[:SHOWN])

    def _of(self, flow: str) -> tuple[_Planes, int]:
        if self._swept is None:
            if self._computing:
                raise ValueError("a flow starts or stops by something that depends on flows")
            self._computing = True
            try:
                with self._world.recording():
                    names = sorted(self._world.flows)
                    self._swept = [self._sweep(names[at : at + WORD]) for at in range(0, len(names), WORD)]
            finally:
                self._computing = False
        planes = next(planes for planes in self._swept if flow in planes.flows)
        return planes, planes.flows[flow]

    def _sweep(self, names: Sequence[str]) -> _Planes:
        nodes, edges = len(self._ids), len(self._edges)
        starts, clears = self._columns(nodes), self._columns(nodes)
        stops = self._columns(edges)
        for bit, name in enumerate(names):
            flow = self._world.flows[name]
            for kind, condition in flow.starts.items():
                self._nodes(starts, bit, kind, condition)
            if flow.along != TRANSITIVE:
                elsewhere = np.array([edge.relation not in flow.along for edge in self._edges], np.bool_)
                stops.known[elsewhere] |= np.uint64(1 << bit)
            for stop in flow.stops:
                if isinstance(stop.at, Kind):
                    self._nodes(clears, bit, stop.at, stop.condition)
                else:
                    self._stopping(stops, bit, stop)
            self._missing[name] = [
                {at: paths for (at, of), paths in columns.missing.items() if of == bit}
                for columns in (starts, stops, clears)
            ]
        carried = sweep(self._lanes, starts.plane, stops.plane, clears.plane)
        return _Planes({name: bit for bit, name in enumerate(names)}, starts.plane, stops.plane, clears.plane, carried)

    @staticmethod
    def _columns(size: int) -> _Columns:
        return _Columns(np.zeros(size, np.uint64), np.zeros(size, np.uint64))

    def _nodes(self, columns: _Columns, bit: int, kind: Kind, condition: Condition) -> None:
        nodes = self._world.graph.of_kind(kind)
        values = condition.evaluate_each(dict(self._world.base), str(kind), self._world.views(nodes))
        for node, value in zip(nodes, values, strict=True):
            columns.put(self._number[node.id], bit, value)

    def _stopping(self, columns: _Columns, bit: int, stop: Stop) -> None:
        for at, edge in enumerate(self._edges):
            if edge.relation is stop.at:
                columns.put(at, bit, stop.condition.evaluate({"edge": _record(edge, self._world.graph)}))


def _record(edge: Edge, graph: Graph) -> dict[str, Any]:
    """An edge as a condition reads it."""
    label = f"{graph.nodes[edge.source].label} -> {graph.nodes[edge.target].label} ({edge.relation})"
    record: dict[str, Any] = {"source": edge.source, "target": edge.target}
    for name, attribute in EDGE_ATTRIBUTES.get(edge.relation, {}).items():
        missing = Unknown(frozenset({f"{label}.{name}"})) if attribute.open else attribute.default
        record[name] = edge.attributes.get(name, missing)
    return record


def _paths(value: Any) -> frozenset[str]:
    if isinstance(value, Unknown):
        return value.paths
    what = value.message if isinstance(value, EvaluationFault) else f"a flow's condition gave {value!r}"
    return frozenset({f"fault: {what}"})
