"""The lineage graph: what exists, what came from what, and who answers for it."""

from lexaudit.graph.kinds import ATTRIBUTES, ENDS, TRANSITIVE, Attribute, Kind, Relation
from lexaudit.graph.node import Attestation, Edge, Fact, Graph, Node, NodeId, Origin

__all__ = [
    "ATTRIBUTES",
    "ENDS",
    "TRANSITIVE",
    "Attestation",
    "Attribute",
    "Edge",
    "Fact",
    "Graph",
    "Kind",
    "Node",
    "NodeId",
    "Origin",
    "Relation",
]
