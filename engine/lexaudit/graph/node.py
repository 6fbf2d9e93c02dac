"""Nodes, edges and the graph they make; frozen, and the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NewType

from lexaudit.canonical import Digest, digest_of
from lexaudit.errors import Place
from lexaudit.graph.kinds import Kind, Relation

NodeId = NewType("NodeId", str)
"""`kind:namespace/name@version`; the version is left out where none is stated. Never a digest."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something in the graph comes from."""

    place: Place
    """File, line and column it was read at."""
    basis: str = "declared"
    """`declared`, `observed`, `inferred` or `attested`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that somebody gave for a question, and from what."""

    path: str
    """`kind.name`, as the pack declares it."""
    value: Any
    """A JSON value of the declared type; dates are ISO strings."""
    given_by: str = ""
    """Who gave it; empty when the manifest does not say."""
    given_on: date | None = None
    """When it was given."""
    source: str = ""
    """The document it was taken from, as the manifest refers to it."""
    origin: Origin = field(default_factory=lambda: Origin(Place("")))
    """Where it was read."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """A named person's answer to a rule's question about a subject."""

    rule: str
    """`pack/rule`."""
    subject: NodeId
    """What the answer is about."""
    answer: str
    """The answer: `yes` or `no`."""
    by: str
    """Who answered."""
    role: str
    """In what role."""
    on: date
    """When."""
    valid_until: date | None
    """Until when the person lets it stand; the rule's own validity limits it too."""
    evidence: tuple[NodeId, ...]
    """The documents it rests on."""
    statement: str
    """The person's own words."""
    origin: Origin
    """Where it was read."""
    question: int | None = None
    """Which of the rule's questions, counted from 1; none when it has only one."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the lineage graph."""

    id: NodeId
    """Its identity."""
    kind: Kind
    """What it is."""
    name: str
    """Its name within its namespace and kind."""
    attributes: Mapping[str, Any]
    """What was stated about it, as JSON values; dates are ISO strings. What is not stated is not here."""
    facts: Mapping[str, Fact]
    """Facts by name without the kind, as stated."""
    origin: Origin
    """Where it was read."""
    places: Mapping[str, Place]
    """Where each attribute was read."""

    @property
    def label(self) -> str:
        """`kind/name`, as a manifest refers to it."""
        return f"{self.kind}/{self.name}"

    @property
    def title(self) -> str:
        """What people call it; its name when it has no title."""
        return str(self.attributes.get("title") or self.name)

    @property
    def version(self) -> str:
        """Its version, or empty."""
        return str(self.attributes.get("version", ""))

    def plain(self) -> dict[str, Any]:
        """The node as a JSON value, without places."""
        plain: dict[str, Any] = {
            "id": self.id,
            "kind": str(self.kind),
            "name": self.name,
            "attributes": dict(self.attributes),
            "basis": self.origin.basis,
        }
        if self.facts:
            plain["facts"] = {
                name: {
                    "value": fact.value,
                    "given_by": fact.given_by,
                    "given_on": fact.given_on.isoformat() if fact.given_on else None,
                    "source": fact.source,
                }
                for name, fact in sorted(self.facts.items())
            }
        return plain


@dataclass(frozen=True, slots=True)
class Edge:
    """One relation between two nodes, from cause to effect."""

    source: NodeId
    """The cause."""
    relation: Relation
    """What the relation is."""
    target: NodeId
    """The effect."""
    attributes: Mapping[str, Any]
    """What was stated about it, as JSON values."""
    origin: Origin
    """Where it was read."""

    def plain(self) -> dict[str, Any]:
        """The edge as a JSON value, without places."""
        return {
            "source": self.source,
            "relation": str(self.relation),
            "target": self.target,
            "attributes": dict(self.attributes),
            "basis": self.origin.basis,
        }


@dataclass(frozen=True)
class Graph:
    """Organisations, systems, datasets, models and what joins them, with the answers people gave."""

    title: str
    """What the manifest is about."""
    nodes: Mapping[NodeId, Node]
    """Every node, ordered by identity."""
    edges: tuple[Edge, ...]
    """Every edge, ordered by source, relation and target."""
    attestations: tuple[Attestation, ...] = ()
    """Answers to rules' questions."""
    sources: tuple[str, ...] = ()
    """The files it was read from, as given."""

    @cached_property
    def digest(self) -> Digest:
        """The digest of everything a judgement could read, independent of file names and layout."""
        return digest_of(self.plain())

    def plain(self) -> dict[str, Any]:
        """The graph as a JSON value."""
        return {
            "title": self.title,
            "nodes": [node.plain() for node in self.nodes.values()],
            "edges": [edge.plain() for edge in self.edges],
            "attestations": [
                {
                    "rule": a.rule,
                    "subject": a.subject,
                    "answer": a.answer,
                    "by": a.by,
                    "role": a.role,
                    "on": a.on.isoformat(),
                    "valid_until": a.valid_until.isoformat() if a.valid_until else None,
                    "evidence": list(a.evidence),
                    "statement": a.statement,
                    "question": a.question,
                }
                for a in self.attestations
            ],
        }

    def of_kind(self, kind: Kind) -> Sequence[Node]:
        """The nodes of one kind, ordered by identity."""
        return self._of_kind.get(kind, ())

    @cached_property
    def _of_kind(self) -> dict[Kind, list[Node]]:
        found: dict[Kind, list[Node]] = {}
        for node in self.nodes.values():
            found.setdefault(node.kind, []).append(node)
        return found

    def labelled(self, label: str) -> Node | None:
        """The first node, by identity, that a manifest refers to as `kind/name`."""
        return self._labelled.get(label)

    @cached_property
    def _labelled(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for node in self.nodes.values():
            found.setdefault(node.label, node)
        return found

    @cached_property
    def _incoming(self) -> dict[NodeId, list[Edge]]:
        incoming: dict[NodeId, list[Edge]] = {}
        for edge in self.edges:
            incoming.setdefault(edge.target, []).append(edge)
        return incoming

    @cached_property
    def _outgoing(self) -> dict[NodeId, list[Edge]]:
        outgoing: dict[NodeId, list[Edge]] = {}
        for edge in self.edges:
            outgoing.setdefault(edge.source, []).append(edge)
        return outgoing

    def incoming(self, node: NodeId, relation: Relation | None = None) -> list[Edge]:
        """The edges that end at a node, of one relation or of all."""
        edges = self._incoming.get(node, [])
        return edges if relation is None else [edge for edge in edges if edge.relation is relation]

    def outgoing(self, node: NodeId, relation: Relation | None = None) -> list[Edge]:
        """The edges that start at a node, of one relation or of all."""
        edges = self._outgoing.get(node, [])
        return edges if relation is None else [edge for edge in edges if edge.relation is relation]
