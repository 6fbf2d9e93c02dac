"""What would change a finding: the smallest sets of facts, documents or measurements that turn its outcome.

Nothing is inferred from how a rule is written: every set is supposed in the graph, the answers or the evidence, and judged by
the judge. The search goes through what is unknown and what fails in the finding as it then stands, cheapest first (uniform
cost), within a number of judgements; where that runs out, it says so.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any, Final

from lexaudit.canonical import Digest
from lexaudit.collect import Evidence, Missing
from lexaudit.condition import Condition
from lexaudit.condition.syntax import Binary, Call, ListOf, Literal, Select, children
from lexaudit.condition.syntax import Node as SyntaxNode
from lexaudit.evaluate.judge import Judge
from lexaudit.facts import Derivations
from lexaudit.finding import Finding, Outcome, Reason
from lexaudit.graph import Attestation, Attribute, Fact, Graph, Kind, Node, NodeId, Relation
from lexaudit.graph.kinds import EDGE_ATTRIBUTES
from lexaudit.packs import Expectation, Pack
from lexaudit.packs.seats import seats
from lexaudit.plan import document_need, document_type, needs_of
from lexaudit.policy import Policy, Registered

Collected = Mapping[Digest, Evidence | Missing]

BUDGET: Final = 600
"""Judgements that a search may take."""

_REPAIRS: Final = 12
"""Changes that a set put together greedily may have."""

ANSWER, FILE, MEASURE, CHANGE = 1, 2, 3, 5
"""Efforts: to answer a question; to file or approve a document; to measure; to change what is known to be otherwise."""


@dataclass(frozen=True)
class Scene:
    """All that a judgement rests on."""

    graph: Graph
    policy: Policy
    collected: Collected
    at: datetime
    as_of: date

    def judge(self) -> Judge:
        """What judges it."""
        return Judge(self.graph, self.policy, self.collected, self.at, self.as_of)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that could be so, or be supplied."""

    effort: int
    """`ANSWER`, `FILE`, `MEASURE` or `CHANGE`."""
    path: str
    """What it is about: `system/x.profiling`, `answer to …`, `document … of …`, `threshold.…`."""
    value: str
    """What it would be, in words."""
    was: str
    """What it is now; empty when it is not known."""
    who: str
    """Who could supply it."""
    key: Any = field(compare=False, hash=False, repr=False)
    """How it is supposed."""

    def __str__(self) -> str:
        if self.effort == CHANGE:
            return f"if `{self.path}` were {self.value} (it is {self.was})"
        if self.effort == FILE:
            return f"{self.path}: {self.value}"
        return f"`{self.path}` is {self.value}"

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        effort = {ANSWER: "answer", FILE: "file", MEASURE: "measure", CHANGE: "change"}[self.effort]
        return {"effort": effort, "path": self.path, "value": self.value, "was": self.was, "who": self.who}


@dataclass(frozen=True, slots=True)
class Remedy:
    """A set of changes, none of which can be left out, and the outcome that it leads to."""

    changes: tuple[Change, ...]
    outcome: Outcome

    @property
    def effort(self) -> int:
        """All of it together."""
        return sum(change.effort for change in self.changes)

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "outcome": str(self.outcome),
            "effort": self.effort,
            "changes": [change.plain() for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Remedies:
    """What a search has found."""

    found: tuple[Remedy, ...]
    """By effort, then size, then text."""
    whole: bool
    """Whether everything up to the greatest effort looked at was tried; false when the judgements ran out."""
    beyond: tuple[str, ...]
    """What stands in the way and cannot be supposed: a measurement, a fault."""


def remedies(scene: Scene, finding_id: str, *, budget: int = BUDGET, most: int = 12) -> Remedies:
    """The smallest sets of changes that turn a finding that is not met or not determined.

    One that is not determined is turned by every set that decides it, either way; one that is not met by every set after
    which it is met or does not apply. Raises `KeyError` for a finding that there is not.
    """
    return _Search(scene, finding_id, budget).run(most)


@dataclass
class _Search:
    scene: Scene
    finding_id: str
    left: int
    beyond: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        judge = self.scene.judge()
        for pack, rule, subject in judge.pairs():
            if judge.finding(pack, rule, subject).id == self.finding_id:
                self.pack, self.rule, self.subject = pack, rule, subject.id
                return
        raise KeyError(self.finding_id)

    def run(self, most: int) -> Remedies:
        first = self.judged(())
        wanted = {Outcome.MET, Outcome.NOT_APPLICABLE}
        if first.outcome is Outcome.NOT_DETERMINED:
            wanted.add(Outcome.NOT_MET)
        elif first.outcome is not Outcome.NOT_MET:
            return Remedies((), True, ())
        found: dict[frozenset[Change], Outcome] = {}
        count = 0
        waiting: list[tuple[int, int, int, tuple[Change, ...], Finding]] = [(0, 0, count, (), first)]
        seen: set[frozenset[Change]] = set()
        if (repaired := self.repaired(first)) is not None:
            found[frozenset(repaired)] = Outcome.MET
        while waiting and len(found) < most:
            *_, changes, standing = heapq.heappop(waiting)
            if changes and standing.outcome in wanted:
                smallest = self.least(changes, standing.outcome)
                found.setdefault(frozenset(smallest), standing.outcome)
                continue
            for change in self.candidates(standing, changes):
                more = frozenset((*changes, change))
                if more in seen or any(known <= more for known in found):
                    continue
                seen.add(more)
                if self.left <= 0:
                    return self.told(found, whole=False)
                together = (*changes, change)
                count += 1
                heapq.heappush(
                    waiting, (sum(c.effort for c in together), len(together), count, together, self.judged(together))
                )
        return self.told(found, whole=not waiting or len(found) >= most)

    def repaired(self, finding: Finding) -> tuple[Change, ...] | None:
        """A set after which the finding is met, put together greedily: one change for each part that stands in its way."""
        changes: tuple[Change, ...] = ()
        while finding.outcome is not Outcome.MET and len(changes) < _REPAIRS and self.left > 0:
            best: tuple[int, tuple[Change, ...], Finding] | None = None
            for change in self.candidates(finding, changes):
                if self.left <= 0 or (best is not None and change.effort > best[1][-1].effort):
                    break
                tried = self.judged((*changes, change))
                unmet = _unmet(tried)
                closer = tried.outcome is not Outcome.NOT_APPLICABLE and unmet < _unmet(finding)
                if closer and (best is None or unmet < best[0]):
                    best = (unmet, (*changes, change), tried)
            if best is None:
                for reason in finding.reasons:
                    if reason.outcome is Outcome.NOT_MET:
                        self.beyond[f"“{reason.say}” asks for something that is not described"] = None
                return None
            _, changes, finding = best
        if finding.outcome is not Outcome.MET:
            return None
        for change in changes:
            fewer = tuple(other for other in changes if other is not change)
            if fewer and self.judged(fewer).outcome is Outcome.MET:
                changes = fewer
        return changes

    def told(self, found: Mapping[frozenset[Change], Outcome], *, whole: bool) -> Remedies:
        ordered = sorted(
            (Remedy(tuple(sorted(changes, key=_order)), outcome) for changes, outcome in found.items()),
            key=lambda remedy: (remedy.effort, len(remedy.changes), [_order(change) for change in remedy.changes]),
        )
        return Remedies(tuple(ordered), whole, tuple(self.beyond))

    def least(self, changes: tuple[Change, ...], outcome: Outcome) -> tuple[Change, ...]:
        """The smallest part of a set of changes that leads to the same outcome."""
        for size in range(1, len(changes)):
            for part in combinations(changes, size):
                if self.judged(part).outcome is outcome:
                    return part
        return changes

    def judged(self, changes: Sequence[Change]) -> Finding:
        """The finding as it would be."""
        self.left -= 1
        judge = suppose(self.scene, changes).judge()
        return judge.finding(self.pack, self.rule, judge.graph.nodes[self.subject])

    def candidates(self, finding: Finding, changes: Sequence[Change]) -> Iterator[Change]:
        """What could be otherwise among the parts of a finding that are unknown or fail, cheapest first."""
        scene = suppose(self.scene, changes)
        judge = scene.judge()
        judge.finding(self.pack, self.rule, judge.graph.nodes[self.subject])
        taken = {change.path for change in changes}
        offered: dict[tuple[str, str], Change] = {}
        expectations: list[Expectation | None] = [None, *self.rule.expects]
        for reason, expectation in zip(finding.reasons, expectations, strict=False):
            for change in self.of_reason(scene, judge.derivations, reason, expectation, finding.outcome):
                if change.path not in taken:
                    offered.setdefault((change.path, change.value), change)
        yield from sorted(offered.values(), key=_order)

    def of_reason(
        self,
        scene: Scene,
        derivations: Derivations,
        reason: Reason,
        expectation: Expectation | None,
        outcome: Outcome,
    ) -> Iterator[Change]:
        decided = reason.outcome in (Outcome.MET, Outcome.NOT_APPLICABLE)
        if expectation is not None and expectation.question:
            if not decided:
                yield from self.attesting(scene, reason, expectation)
            return
        if expectation is not None and expectation.collector and not decided:
            if expectation.collector == "documents":
                yield self.filing(scene, expectation)
            else:
                verb = "show otherwise" if reason.outcome is Outcome.NOT_MET else "be measured"
                self.beyond[
                    f"{expectation.collector} of {scene.graph.nodes[self.subject].label} would have to {verb}"
                ] = None
        for item in reason.missing:
            if item.path.startswith(("evidence ", "answer to ")):
                continue
            if item.path.startswith(("interval: ", "fault: ", "nothing to check")):
                self.beyond[item.path.removeprefix("interval: ").removeprefix("fault: ")] = None
            else:
                yield from stating(scene, item.path, item.who, derivations, self.values)
        # what is known is turned only where it fails, and in what a rule applies to
        if outcome is Outcome.NOT_MET and (reason.outcome is Outcome.NOT_MET or expectation is None):
            for path in _stated(reason.facts, derivations, scene.graph):
                yield from stating(scene, path, "", derivations, self.values)

    def attesting(self, scene: Scene, reason: Reason, expectation: Expectation) -> Iterator[Change]:
        questions = [asked for asked in self.rule.expects if asked.question]
        number = questions.index(expectation) + 1 if len(questions) > 1 else None
        label = scene.graph.nodes[self.subject].label
        path = f"answer to {self.rule.name}" + (f" (question {number})" if number else "") + f" for {label}"
        was = str(reason.observed[0]["value"]) if reason.observed else ""
        for answer in ("yes", "no"):
            if answer != was:
                yield suppose_answer(path, self.rule.name, self.subject, number, answer, expectation, was)

    def filing(self, scene: Scene, expectation: Expectation) -> Change:
        label = scene.graph.nodes[self.subject].label
        asked = dict(expectation.parameters)
        parts = [str(part).partition("|")[0] for name in ("sections", "fields") for part in asked.get(name, [])]
        value = "filed, approved and current" + (f", with {', '.join(parts)}" if parts else "")
        path = f"document of type {asked['type']} about {label}"
        return Change(FILE, path, value, "", "whoever keeps the documents", ("file", expectation, self.subject))

    @cached_property
    def values(self) -> Mapping[str, Sequence[Any]]:
        """By the name of a field: the literals that some condition of the policy's packs holds it against."""
        return compared(self.scene.policy.packs)


def _unmet(finding: Finding) -> int:
    return sum(reason.outcome is not Outcome.MET for reason in finding.reasons)


def suppose_answer(
    path: str, rule: str, subject: NodeId, number: int | None, answer: str, expectation: Expectation, was: str = ""
) -> Change:
    """The answer of the role that a rule asks, resting on a document where it has to."""
    rests = (
        f", resting on an approved document of type {' or '.join(expectation.documents)}"
        if expectation.documents
        else ""
    )
    effort = CHANGE if was else FILE if expectation.documents else ANSWER
    key = ("attest", rule, subject, number, answer, expectation)
    return Change(effort, path, answer + rests, was, expectation.who, key)


def _order(change: Change) -> tuple[int, str, str]:
    return (change.effort, change.path, change.value)


def _stated(labels: Sequence[str], derivations: Derivations, graph: Graph) -> list[str]:
    """The stated facts behind facts that were read: of a derived one, those that it was derived from."""
    found: dict[str, None] = {}
    pending = list(labels)
    seen: set[str] = set()
    while pending:
        path = pending.pop(0)
        if path in seen:
            continue
        seen.add(path)
        label, _, name = path.rpartition(".")
        node = graph.labelled(label)
        derived = derivations.done.get((node.id, name)) if node else None
        if derived is not None:
            pending += derived.reads
        elif node is not None:
            found[path] = None
    return list(found)


# what could be stated ---------------------------------------------------------------------------------------------------


def stating(
    scene: Scene, path: str, who: str, derivations: Derivations, values: Mapping[str, Sequence[Any]]
) -> Iterator[Change]:
    """The values that a path could have, each as a change: those that conditions tell apart."""
    if path.startswith("threshold."):
        yield from _limits(scene, path)
        return
    label, _, name = path.rpartition(".")
    if " -> " in label or "transfers[" in label:
        yield from _of_edge(scene, path, who, values)
        return
    node = scene.graph.labelled(label)
    if node is None:
        return
    attribute = derivations.world.fields[node.kind].get(name)
    if attribute is None or name in derivations.world.derived[node.kind] or name in ("title", "description"):
        return
    known = node.facts[name].value if name in node.facts else node.attributes.get(name)
    if known is None and not attribute.open:
        known = attribute.default if attribute.default is not None else ""
    declared = derivations.facts.get(f"{node.kind}.{name}")
    by = who or (declared.who if declared else "whoever keeps the manifest")
    for value in possible(attribute, values.get(name, ()), scene.at.date()):
        if value != known:
            effort = ANSWER if known is None else CHANGE
            key = ("fact" if declared else "attribute", node.id, name, value)
            yield Change(effort, path, word(value), "" if known is None else word(known), by, key)


def _limits(scene: Scene, path: str) -> Iterator[Change]:
    name = path.removeprefix("threshold.")
    declared = scene.policy.declared_thresholds.get(name)
    if declared is not None:
        low, high = declared.range or (0.0, 1.0)
        for value in (low, high):
            limit = int(value) if declared.type == "int" else value
            yield Change(
                ANSWER, path, f"registered as {limit:g}", "", "whoever keeps the policy", ("threshold", name, limit)
            )


def _of_edge(scene: Scene, path: str, who: str, values: Mapping[str, Sequence[Any]]) -> Iterator[Change]:
    label, _, name = path.rpartition(".")
    for index, edge in enumerate(scene.graph.edges):
        ends = f"{scene.graph.nodes[edge.source].label} -> {scene.graph.nodes[edge.target].label} ({edge.relation})"
        listed = ""
        if edge.relation is Relation.TRANSFERS_TO:
            others = scene.graph.outgoing(edge.source, Relation.TRANSFERS_TO)
            listed = f"{scene.graph.nodes[edge.source].label}.transfers[{others.index(edge)}]"
        if label in (ends, listed):
            attribute = EDGE_ATTRIBUTES[edge.relation][name]
            for value in possible(attribute, values.get(name, ()), scene.at.date()):
                by = who or "whoever keeps the manifest"
                yield Change(ANSWER, path, word(value), "", by, ("edge", index, name, value))
            return


def possible(attribute: Attribute, compared_with: Sequence[Any], today: date) -> list[Any]:
    """Values of an attribute that conditions could tell apart: what it is held against, and what lies beside that."""
    literals = [value for value in compared_with if _fits(attribute, value)]
    match attribute.type:
        case "bool":
            return [True, False]
        case "int" | "number":
            near = [value + step for value in literals if not isinstance(value, bool) for step in (-1, 0, 1)]
            return sorted({int(value) if attribute.type == "int" else float(value) for value in [*near, 0]})
        case "date":
            days = [value for value in literals if isinstance(value, date)]
            near = [day + timedelta(days=step) for day in days for step in (-1, 0)]
            return sorted({day.isoformat() for day in [*near, today]})
        case "strings":
            words = (
                [value for value in attribute.choices if value in literals]
                or list(attribute.choices[:2])
                or ["something"]
            )
            return [[], *([one] for one in words)]
        case _ if attribute.choices:
            named = [choice for choice in attribute.choices if choice in literals]
            other = [choice for choice in attribute.choices if choice not in literals]
            return [*named, *other[:1]]
    return [*(value for value in literals if isinstance(value, str)), "something"]


def _fits(attribute: Attribute, value: Any) -> bool:
    if attribute.type in ("int", "number"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if attribute.type == "date":
        return isinstance(value, date)
    return isinstance(value, str)


def compared(packs: Sequence[Pack]) -> dict[str, list[Any]]:
    """By the name of a field: the literals that conditions hold it against, in their order."""
    found: dict[str, dict[Any, None]] = {}

    def note(name: str, node: SyntaxNode) -> None:
        for value in _literals(node):
            found.setdefault(name, {})[value] = None

    flows = [
        condition
        for pack in packs
        for flow in pack.flows.values()
        for condition in (*flow.starts.values(), *(stop.condition for stop in flow.stops))
    ]
    conditions: list[Condition] = [seat.condition for pack in packs for seat in seats(pack)]
    for condition in [*conditions, *flows]:
        pending: list[SyntaxNode] = [condition.tree]
        while pending:
            node = pending.pop()
            pending.extend(children(node))
            if isinstance(node, Binary):
                for one, other in ((node.left, node.right), (node.right, node.left)):
                    if isinstance(one, Select):
                        note(one.field, other)
    return {name: list(values) for name, values in found.items()}


def _literals(node: SyntaxNode) -> Iterator[Any]:
    match node:
        case Literal(value=value) if isinstance(value, str | int | float | bool):
            yield value
        case ListOf():
            for item in children(node):
                yield from _literals(item)
        case Call(function="timestamp", arguments=(Literal(value=str(text)), *_)):
            yield date.fromisoformat(text[:10])


def word(value: Any) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value != "" else "empty"


# supposing --------------------------------------------------------------------------------------------------------------


def suppose(scene: Scene, changes: Sequence[Change]) -> Scene:
    """The scene as it would be."""
    for change in changes:
        scene = _supposed(scene, change.key)
    return scene


def _supposed(scene: Scene, key: tuple[Any, ...]) -> Scene:
    graph = scene.graph
    match key:
        case ("fact", node_id, name, value):
            node = graph.nodes[node_id]
            fact = replace(node.facts[name], value=value) if name in node.facts else Fact(f"{node.kind}.{name}", value)
            return _with_node(scene, replace(node, facts={**node.facts, name: fact}))
        case ("attribute", node_id, name, value):
            node = graph.nodes[node_id]
            return _with_node(scene, replace(node, attributes={**node.attributes, name: value}))
        case ("edge", index, name, value):
            edges = list(graph.edges)
            edges[index] = replace(edges[index], attributes={**edges[index].attributes, name: value})
            return replace(scene, graph=replace(graph, edges=tuple(edges)))
        case ("threshold", name, value):
            limit = Registered(name, value, "supposed", "organisation", scene.at.date())
            return replace(scene, policy=replace(scene.policy, thresholds={**scene.policy.thresholds, name: limit}))
        case ("file", expectation, subject):
            (need,) = needs_of(expectation, graph.nodes[subject])
            return _with_evidence(scene, Evidence(need, _good(need.parameters), *_NOTHING, scene.at, ()))
        case ("attest", rule, subject, number, answer, expectation):
            return _attested(scene, rule, subject, number, answer, expectation)
    raise AssertionError(key)


_NOTHING: Final[tuple[str, dict[str, Any], str, int, dict[str, Any], dict[str, Any], dict[str, Any]]] = (
    "supposed",
    {},
    "0",
    0,
    {},
    {},
    {},
)


def _with_node(scene: Scene, node: Node) -> Scene:
    return replace(scene, graph=replace(scene.graph, nodes={**scene.graph.nodes, node.id: node}))


def _with_evidence(scene: Scene, evidence: Evidence) -> Scene:
    return replace(scene, collected={**scene.collected, evidence.need.key: evidence})


def _good(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the collector of documents finds of one that has everything asked for."""
    return {
        "found": True, "current": True, "missing_sections": [], "empty_sections": [], "missing_fields": [],
        "count": 1, "fields": dict.fromkeys(map(str, asked.get("fields", [])), "given"), "because": {},
    }  # fmt: skip


def _attested(
    scene: Scene, rule: str, subject: NodeId, number: int | None, answer: str, expectation: Expectation
) -> Scene:
    graph = scene.graph
    others = [
        a for a in graph.attestations if (a.rule, a.subject) != (rule, subject) or a.question not in (number, None)
    ]
    linked: tuple[NodeId, ...] = ()
    if expectation.documents:
        fitting = [n for n in graph.of_kind(Kind.DOCUMENT) if document_type(n) in expectation.documents]
        about = graph.nodes[subject]
        document = fitting[0] if fitting else _document(about, expectation.documents[0])
        if not fitting:
            nodes = dict(sorted({**graph.nodes, document.id: document}.items()))
            scene = replace(scene, graph=replace(graph, nodes=nodes))
        linked = (document.id,)
        need = document_need(about, document)
        scene = _with_evidence(scene, Evidence(need, _good({}), *_NOTHING, scene.at, ()))
    given = Attestation(
        rule,
        subject,
        answer,
        "somebody",
        expectation.roles[0],
        scene.at.date(),
        None,
        linked,
        "",
        graph.nodes[subject].origin,
        number,
    )
    return replace(scene, graph=replace(scene.graph, attestations=(*others, given)))


def _document(about: Node, type_: str) -> Node:
    name = f"supposed-{type_}"
    return Node(NodeId(f"document:supposed/{name}"), Kind.DOCUMENT, name, {"type": type_}, {}, about.origin, {})
