"""What has to be measured for a judgement, and which rules ask for it. Nothing is measured here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lexaudit.canonical import Digest
from lexaudit.collect import Need
from lexaudit.facts import Derivations
from lexaudit.graph import Graph, Kind, Node, NodeId
from lexaudit.packs import Expectation, Rule
from lexaudit.policy import Policy


@dataclass(frozen=True)
class Plan:
    """Needs, each with the findings that ask for it."""

    needs: tuple[Need, ...]
    """Every need once, in the order of their keys."""
    asked_by: Mapping[Digest, tuple[str, ...]]
    """By the key of a need: ids of findings."""


def make_plan(
    graph: Graph, policy: Policy, at: datetime, as_of: date, *, derivations: Derivations | None = None
) -> Plan:
    """The needs of every rule that applies, or may apply, to some subject.

    `derivations` made for the same arguments may be handed over.
    """
    derivations = derivations or Derivations(graph, policy, at, as_of)
    answers: dict[tuple[str, NodeId], list[Node]] = {}
    for attestation in graph.attestations:
        linked = [graph.nodes[document] for document in attestation.evidence]
        answers.setdefault((attestation.rule, attestation.subject), []).extend(linked)
    needs: dict[Digest, Need] = {}
    asked: dict[Digest, list[str]] = {}
    for pack in policy.packs:
        for rule in pack.rules:
            for subject in graph.of_kind(rule.subject):
                asking = [expectation for expectation in rule.expects if expectation.collector or expectation.documents]
                if not asking or rule.applies.evaluate(derivations.activation(subject)) is False:
                    continue
                for expectation in asking:
                    for need in needs_of(expectation, subject, answers.get((rule.name, subject.id), ())):
                        needs.setdefault(need.key, need)
                        ids = asked.setdefault(need.key, [])
                        if (finding := finding_id(rule, subject)) not in ids:
                            ids.append(finding)
    order = sorted(needs, key=lambda key: (needs[key].collector, needs[key].subject, key))
    return Plan(tuple(needs[key] for key in order), {key: tuple(ids) for key, ids in asked.items()})


def needs_of(expectation: Expectation, subject: Node, linked: Sequence[Node] = ()) -> list[Need]:
    """What an expectation needs to be measured on a subject.

    An answer that must rest on documents needs those it is linked to looked at: that one is named is not evidence that it
    says anything.
    """
    if expectation.collector:
        return [Need(expectation.collector, subject.id, dict(expectation.parameters))]
    return [document_need(subject, node) for node in linked if document_type(node) in expectation.documents]


def document_need(subject: Node, document: Node) -> Need:
    """Whether this document is there for a subject, approved and in its time. Another of its type says nothing about it."""
    return Need("documents", subject.id, {"type": document_type(document), "document": document.id})


def document_type(node: Node) -> str:
    """What a document is; empty for a node that is none."""
    return str(node.attributes.get("type", "other")) if node.kind is Kind.DOCUMENT else ""


def finding_id(rule: Rule, subject: Node) -> str:
    """`pack/rule@kind/name`: stable from audit to audit."""
    return f"{rule.name}@{subject.label}" + (f"@{subject.version}" if subject.version else "")
