"""Flows over integer arrays: one sweep in topological order tells for every node which of many flows reach it.

A flow starts at some nodes and goes along edges until an edge stops it or a node clears it. Flows are bits of 64-bit words,
so that 64 of them go in one sweep. Everything may be unknown: each word has a *certain* and a *possible* plane. A bit is
certain when the flow reaches the node whatever the unknown things are, and possible when it does for some of them taken
each in its own favour; so certain bits are among the possible ones, and a bit that is neither is certainly off.

Cycles are real. Their nodes are condensed to order them (strongly connected components), but within one a flow is still
carried edge by edge until nothing changes, so that a stop on a cycle holds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
"""One 64-bit word for each node, or for each edge: a bit for each flow."""

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

WORD: Final = 64
"""Flows in one sweep."""


@dataclass(frozen=True)
class Lanes:
    """A directed graph as arrays: edges sorted so that what a node depends on comes before it."""

    nodes: int
    """How many nodes: they are 0 … nodes - 1."""
    order: Ints
    """The edges as they were given, in the order in which they are kept here."""
    at: Ints
    """For each node, its position in the order of the sweep: by level."""
    node: Ints
    """For each position, its node."""
    source: Ints
    """For each kept edge, the position of the node it comes from."""
    target: Ints
    """For each kept edge, the position of the node it goes to."""
    first: Longs
    """For each position, its first incoming edge among the kept ones; one longer than the nodes."""
    levels: Longs
    """For each level, its first kept edge; one longer than the levels."""
    cyclic: tuple[tuple[int, Ints], ...]
    """Levels with cycles, and the kept edges inside those cycles."""

    @property
    def edges(self) -> int:
        """How many edges."""
        return len(self.source)


def lanes(nodes: int, source: NDArray[np.integer], target: NDArray[np.integer]) -> Lanes:
    """Arrange a graph from columns: for each edge the numbers of its ends. Linear in nodes and edges, but for one sort."""
    return _arranged(nodes, source.astype(np.int32, copy=False), target.astype(np.int32, copy=False))


def _arranged(nodes: int, source: Ints, target: Ints) -> Lanes:
    level = _levels(nodes, source, target)
    inner = np.zeros(0, np.bool_)
    if (level < 0).any():
        component = _components(nodes, source, target)
        inner = component[source] == component[target]
        count = int(component.max()) + 1
        level = _levels(count, component[source][~inner], component[target][~inner])[component]
    # by level, then by target: within a level the edges of a node stand together
    node = np.argsort(level, kind="stable").astype(np.int32)
    at = np.empty(nodes, np.int32)
    at[node] = np.arange(nodes, dtype=np.int32)
    ends = at[target]
    order = np.argsort(ends, kind="stable").astype(np.int32)
    ends = ends[order]
    first = np.concatenate(([0], np.cumsum(np.bincount(ends, minlength=nodes))))
    level_of_edge = level[node[ends]]
    last = int(level.max()) + 1 if nodes else 0
    levels = np.searchsorted(level_of_edge, np.arange(last + 1))
    cyclic: list[tuple[int, Ints]] = []
    inside = np.flatnonzero(inner[order]).astype(np.int32) if inner.size else inner
    for where in np.unique(level_of_edge[inside]).tolist() if inner.size else ():
        cyclic.append((where, inside[level_of_edge[inside] == where]))
    return Lanes(nodes, order, at, node, at[source[order]], ends, first, levels, tuple(cyclic))


def _levels(nodes: int, source: Ints, target: Ints) -> Ints:
    """For each node, the length of the longest way to it (Kahn 1962, level by level); -1 for what lies on or behind a cycle."""
    waiting = np.bincount(target, minlength=nodes).astype(np.int32)
    order = np.argsort(source, kind="stable")
    going = target[order]
    first = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=nodes))))
    level = np.full(nodes, -1, np.int32)
    ready = np.flatnonzero(waiting == 0)
    depth = 0
    while ready.size:
        level[ready] = depth
        begin, end = first[ready], first[ready + 1]
        lengths = end - begin
        reached = going[
            np.repeat(begin - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(lengths.sum())
        ]
        if reached.size > nodes // 8:
            waiting -= np.bincount(reached, minlength=nodes).astype(np.int32)
            ready = np.flatnonzero((waiting == 0) & (level < 0))
        else:
            met, times = np.unique(reached, return_counts=True)
            waiting[met] -= times.astype(np.int32)
            ready = met[waiting[met] == 0]
        depth += 1
    return level


def _components(nodes: int, source: Ints, target: Ints) -> Ints:
    """For each node, the number of its strongly connected component (SciPy: Pearce 2005)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    matrix = csr_array((np.ones(len(source), np.bool_), (source, target)), shape=(nodes, nodes))
    _, component = connected_components(matrix, directed=True, connection="strong")
    return np.asarray(component, np.int32)


@dataclass(frozen=True)
class Plane:
    """What is known of up to 64 flows: certain and possible bits of nodes or edges."""

    certain: Bits
    possible: Bits
    """Among them are the certain ones."""

    @property
    def decided(self) -> bool:
        """Whether nothing is unknown."""
        return self.certain is self.possible


def plane(certain: Bits, unknown: Bits | None = None) -> Plane:
    """A plane from what is certainly so and what is unknown."""
    if unknown is None or not unknown.any():
        return Plane(certain, certain)
    return Plane(certain, certain | unknown)


def sweep(graph: Lanes, starts: Plane, stops: Plane | None = None, clears: Plane | None = None) -> Plane:
    """For each node, the flows that reach it.

    `starts` are bits of nodes; `stops` of edges in the order given to `lanes`: the flows that an edge stops; `clears` of
    nodes: the flows that a node clears, of itself and of what it passes on. What is certain of one plane is decided by
    what is possible of the stops, and the other way round.
    """
    decided = starts.decided and (stops is None or stops.decided) and (clears is None or clears.decided)
    certain = _carry(
        graph,
        starts.certain,
        None if stops is None else stops.possible,
        None if clears is None else clears.possible,
    )
    if decided:
        return Plane(certain, certain)
    possible = _carry(
        graph,
        starts.possible,
        None if stops is None else stops.certain,
        None if clears is None else clears.certain,
    )
    return Plane(certain, possible)


def _carry(graph: Lanes, starts: Bits, stops: Bits | None, clears: Bits | None) -> Bits:
    # by position, so that each level writes one stretch
    carried = starts[graph.node]
    keep: Bits | None = None
    if clears is not None:
        keep = ~clears[graph.node]
        carried &= keep
    source, target = graph.source, graph.target
    passing = None if stops is None else ~stops[graph.order]
    cyclic = dict(graph.cyclic)
    levels = graph.levels.tolist()
    for level, (begin, end) in enumerate(pairwise(levels)):
        if begin == end:
            continue
        low, high = int(target[begin]), int(target[end - 1]) + 1
        # positions are never out of range: clipping spares the check
        arriving = carried.take(source[begin:end], mode="clip")
        if passing is not None:
            arriving &= passing[begin:end]
        offsets = graph.first[low:high] - begin
        if level in cyclic:
            # within a cycle a node may have no edge from outside, and none at all on the first level
            filled = np.flatnonzero(np.diff(np.append(offsets, end - begin)))
            carried[low + filled] |= np.bitwise_or.reduceat(arriving, offsets[filled])
        else:
            carried[low:high] |= np.bitwise_or.reduceat(arriving, offsets)
        if keep is not None:
            carried[low:high] &= keep[low:high]
        if level in cyclic:
            _settle(carried, source, target, cyclic[level], passing, keep)
    return carried[graph.at]


def _settle(carried: Bits, source: Ints, target: Ints, edges: Ints, passing: Bits | None, keep: Bits | None) -> None:
    """Carry along the edges of cycles until nothing changes."""
    from_, to = source[edges], target[edges]
    while True:
        arriving = carried[from_]
        if passing is not None:
            arriving &= passing[edges]
        if keep is not None:
            arriving &= keep[to]
        before = carried[to]
        if not (arriving & ~before).any():
            return
        np.bitwise_or.at(carried, to, arriving)


Pass = Callable[[int], bool]
"""Whether a flow passes a kept edge, or a node, asked by number."""


def way_back(graph: Lanes, node: int, begins: Pass, through: Pass, over: Pass) -> list[int]:
    """A shortest way along which a flow comes to a node, from where it begins; empty when there is none.

    `begins` says of a node whether the flow starts there, `through` whether a node carries it, `over` whether a kept edge
    lets it pass.
    """
    came: dict[int, int] = {node: -1}
    queue = deque([node])
    while queue:
        current = queue.popleft()
        if begins(current):
            way = [current]
            while came[way[-1]] >= 0:
                way.append(came[way[-1]])
            return way
        for edge in incoming(graph, current):
            origin = int(graph.node[graph.source[edge]])
            if origin not in came and through(origin) and over(edge):
                came[origin] = current
                queue.append(origin)
    return []


def behind(graph: Lanes, node: int, through: Pass, over: Pass) -> tuple[list[int], list[int]]:
    """The nodes, this one first, and the kept edges along which a flow may come to a node, nearest first."""
    seen, edges = {node: None}, []
    queue = deque([node])
    while queue:
        current = queue.popleft()
        for edge in incoming(graph, current):
            origin = int(graph.node[graph.source[edge]])
            if through(origin) and over(edge):
                edges.append(edge)
                if origin not in seen:
                    seen[origin] = None
                    queue.append(origin)
    return list(seen), edges


def incoming(graph: Lanes, node: int) -> range:
    """The kept edges that end at a node."""
    at = int(graph.at[node])
    return range(int(graph.first[at]), int(graph.first[at + 1]))
