"""What flows into what: reachability along the transitive relations, with a witness path, and cycles condensed.

Cycles are real (a table that a job reads and writes, a deployment whose logs become training data). Nodes of a cycle reach
each other; they are reported once, and never refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from lexaudit.graph.kinds import TRANSITIVE, Kind, Relation
from lexaudit.graph.node import Edge, Graph, Node, NodeId

if TYPE_CHECKING:
    import networkx

_EVIDENCE = frozenset({Kind.DOCUMENT, Kind.MEASUREMENT, Kind.CONTROL, Kind.INCIDENT})


@dataclass(frozen=True)
class Lineage:
    """The transitive part of a graph."""

    graph: Graph
    """What it was taken from."""

    @cached_property
    def _up(self) -> Mapping[NodeId, list[Edge]]:
        return _adjacency(self.graph, lambda edge: edge.target)

    @cached_property
    def _down(self) -> Mapping[NodeId, list[Edge]]:
        return _adjacency(self.graph, lambda edge: edge.source)

    @cached_property
    def _ancestors(self) -> dict[NodeId, list[NodeId]]:
        return {}

    @cached_property
    def _descendants(self) -> dict[NodeId, list[NodeId]]:
        return {}

    def upstream(self, node: NodeId, kind: Kind | None = None) -> list[Node]:
        """Every node that flows into this one, nearest first; of one kind or of all. Not the node itself."""
        if node not in self._ancestors:
            self._ancestors[node] = _reach(node, self._up, lambda edge: edge.source)
        return self._of_kind(self._ancestors[node], kind)

    def downstream(self, node: NodeId, kind: Kind | None = None) -> list[Node]:
        """Every node that this one flows into, nearest first; of one kind or of all. Not the node itself."""
        if node not in self._descendants:
            self._descendants[node] = _reach(node, self._down, lambda edge: edge.target)
        return self._of_kind(self._descendants[node], kind)

    def _of_kind(self, ids: list[NodeId], kind: Kind | None) -> list[Node]:
        nodes = [self.graph.nodes[node] for node in ids]
        return nodes if kind is None else [node for node in nodes if node.kind is kind]

    def path(self, source: NodeId, target: NodeId) -> list[NodeId]:
        """A shortest way along which `source` flows into `target`, both included; empty when there is none."""
        if source == target:
            return [source]
        came: dict[NodeId, NodeId] = {source: source}
        queue = deque([source])
        while queue:
            node = queue.popleft()
            for edge in self._down.get(node, ()):
                if edge.target not in came:
                    came[edge.target] = node
                    if edge.target == target:
                        way = [target]
                        while way[-1] != source:
                            way.append(came[way[-1]])
                        return way[::-1]
                    queue.append(edge.target)
        return []

    def used_for(self, node: NodeId, use: str) -> list[Node]:
        """The datasets that some run upstream of a node (or the node itself, a run) used for this."""
        runs = [self.graph.nodes[node]] if self.graph.nodes[node].kind is Kind.RUN else self.upstream(node, Kind.RUN)
        found: dict[NodeId, Node] = {}
        for run in runs:
            for edge in self.graph.incoming(run.id, Relation.USED_BY):
                source = self.graph.nodes[edge.source]
                if source.kind is Kind.DATASET and edge.attributes.get("use") == use:
                    found[source.id] = source
        return list(found.values())

    @cached_property
    def cycles(self) -> list[list[NodeId]]:
        """The nodes of every cycle, each ordered by identity: the strongly connected parts of more than one node."""
        if not self._has_cycle():
            return []
        import networkx

        parts = networkx.strongly_connected_components(to_networkx(self.graph, transitive=True))
        loops = {edge.source for edges in self._down.values() for edge in edges if edge.source == edge.target}
        return sorted(sorted(map(NodeId, part)) for part in parts if len(part) > 1 or part & loops)

    def _has_cycle(self) -> bool:
        # Kahn 1962: what cannot be taken away leaf by leaf is on a cycle or behind one
        waiting = {node: len(edges) for node, edges in self._up.items()}
        ready = deque(node for node in self.graph.nodes if not waiting.get(node))
        taken = 0
        while ready:
            node = ready.popleft()
            taken += 1
            for edge in self._down.get(node, ()):
                waiting[edge.target] -= 1
                if not waiting[edge.target]:
                    ready.append(edge.target)
        return taken < len(self.graph.nodes)

    def notes(self) -> list[dict[str, Any]]:
        """What a reader should know about the graph."""
        return [
            {
                "kind": "cycle",
                "nodes": list(cycle),
                "text": "these feed each other and are judged together: "
                + ", ".join(self.graph.nodes[n].label for n in cycle),
            }
            for cycle in self.cycles
        ]

    def systems_of(self, node: NodeId) -> list[Node]:
        """The systems that a node belongs to.

        A system is its own. A dataset, run or model belongs to those downstream of it; a deployment to those upstream; an
        organisation to those it has a role for, directly or through a deployment; a processing to those it covers, and
        to those made from what it covers; evidence to the systems of what it is about.
        """
        start = self.graph.nodes[node]
        match start.kind:
            case Kind.SYSTEM:
                return [start]
            case Kind.DATASET | Kind.RUN | Kind.MODEL:
                return self.downstream(node, Kind.SYSTEM)
            case Kind.DEPLOYMENT:
                return self.upstream(node, Kind.SYSTEM)
            case _:
                found: dict[NodeId, Node] = {}
                for edge in self.graph.outgoing(node):
                    target = self.graph.nodes[edge.target].kind
                    if edge.relation is Relation.TRANSFERS_TO or target in _EVIDENCE or target is start.kind:
                        continue
                    for system in self.systems_of(edge.target):
                        found[system.id] = system
                return list(found.values())

    def models_of(self, node: NodeId) -> list[Node]:
        """The models that a node is about.

        A model is its own. Of an organisation, those it has a role for; of evidence, those it is about; of anything else,
        those that flow into it.
        """
        start = self.graph.nodes[node]
        if start.kind is Kind.MODEL:
            return [start]
        if start.kind is Kind.ORGANISATION or start.kind in _EVIDENCE:
            about = (self.graph.nodes[edge.target] for edge in self.graph.outgoing(node))
            return [target for target in about if target.kind is Kind.MODEL]
        return self.upstream(node, Kind.MODEL)


VERBS: Final[Mapping[str, str]] = {
    Relation.USED_BY: "is used by",
    Relation.PRODUCED: "produced",
    Relation.DERIVED_INTO: "was made into",
    Relation.COMPONENT_OF: "is part of",
    Relation.DEPLOYED_AS: "is deployed as",
    Relation.FEEDS_BACK: "feeds back into",
}
"""How lineage runs along each transitive relation, in words."""


def way_in_words(way: Sequence[str], relations: Mapping[Any, str], label: Callable[[Any], str] = str) -> str:
    """A way along lineage as a sentence: `dataset/z is used by run/t, which produced model/m`.

    `relations` gives the relation between two nodes of it; other relations than transitive ones are passed over.
    """
    told = label(way[0]) if way else ""
    for number, ends in enumerate(pairwise(way)):
        verb = VERBS.get(relations.get(ends, ""), "leads to")
        told += f"{', which' if number else ''} {verb} {label(ends[1])}"
    return told


def to_networkx(graph: Graph, *, transitive: bool = False) -> networkx.MultiDiGraph[str]:
    """The graph as a networkx multigraph, for interchange, drawing and plug-ins; only its lineage if asked."""
    import networkx

    drawn: networkx.MultiDiGraph[str] = networkx.MultiDiGraph(title=graph.title, digest=graph.digest)
    for node in graph.nodes.values():
        drawn.add_node(node.id, **node.plain())
    for edge in graph.edges:
        if not transitive or edge.relation in TRANSITIVE:
            drawn.add_edge(edge.source, edge.target, key=str(edge.relation), **dict(edge.attributes))
    return drawn


def _adjacency(graph: Graph, end: Callable[[Edge], NodeId]) -> dict[NodeId, list[Edge]]:
    edges: dict[NodeId, list[Edge]] = {}
    for edge in graph.edges:
        if edge.relation in TRANSITIVE:
            edges.setdefault(end(edge), []).append(edge)
    return edges


def _reach(start: NodeId, edges: Mapping[NodeId, list[Edge]], step: Callable[[Edge], NodeId]) -> list[NodeId]:
    seen = {start}
    order: list[NodeId] = []
    queue = deque([start])
    while queue:
        for edge in edges.get(queue.popleft(), ()):
            node = step(edge)
            if node not in seen:
                seen.add(node)
                order.append(node)
                queue.append(node)
    return order
