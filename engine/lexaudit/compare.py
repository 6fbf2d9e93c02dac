"""The same system under two dates of law, or under two versions of a pack: what comes out otherwise, when, and why.

Nothing is measured. What a judgement would need and nobody has measured stays not determined, and is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from lexaudit.canonical import Digest, canonical_bytes
from lexaudit.collect import Evidence, Missing, Need
from lexaudit.condition.syntax import Call, Literal, Node, children
from lexaudit.errors import InputError, Place
from lexaudit.evaluate.judge import judge
from lexaudit.finding import Finding, Outcome, Severity
from lexaudit.graph import Attestation, Edge, Fact, Graph, Kind, NodeId, Origin, Relation
from lexaudit.graph import Node as GraphNode
from lexaudit.packs import Pack
from lexaudit.packs.seats import seats
from lexaudit.plan import make_plan
from lexaudit.policy import Policy, ReadingChoice, Registered, Waiver
from lexaudit.store import evidence_from

Collected = Mapping[Digest, Evidence | Missing]


@dataclass(frozen=True)
class Scene:
    """All that a judgement rests on but the date of law and the law itself."""

    title: str
    """What is judged."""
    graph: Graph
    policy: Policy
    collected: Collected
    at: datetime
    """The time of knowledge; the same on both sides."""
    as_of: date
    """The date of law where none is named."""
    notes: tuple[str, ...] = ()
    """What a reader must know of how it was read."""

    def states(self, policy: Policy, day: date) -> dict[str, State]:
        """What every rule says of every subject on a day of law, by the finding's id."""
        judgement = judge(self.graph, policy, self.collected, self.at, day)
        return {finding.id: State.of(finding) for finding in judgement.findings}

    def unmeasured(self, policies: Iterable[Policy], days: Iterable[date]) -> list[str]:
        """What the judgements ask for and nobody has measured, in words."""
        needs: dict[Digest, Need] = {}
        for policy in policies:
            for day in days:
                needs |= {need.key: need for need in make_plan(self.graph, policy, self.at, day).needs}
        told = []
        for key, need in needs.items():
            found = self.collected.get(key)
            if not isinstance(found, Evidence):
                reason = found.reason if found else "it was not asked for when the evidence was collected"
                told.append(f"{need.collector} of {self.graph.nodes[need.subject].label}: {reason}")
        return sorted(set(told))


@dataclass(frozen=True, slots=True)
class State:
    """What a rule says of a subject."""

    rule: str
    """`pack/rule`."""
    subject: str
    """The subject's identity."""
    subject_title: str
    outcome: Outcome
    in_force_from: date | None
    upcoming: bool
    provision: str
    """The leading provision."""
    date_note: str
    """How the date came about."""
    summary: str

    @classmethod
    def of(cls, finding: Finding) -> State:
        """The part of a finding that a comparison is about."""
        return cls(
            f"{finding.pack}/{finding.rule}",
            finding.subject,
            finding.subject_title,
            finding.outcome,
            finding.in_force_from,
            finding.upcoming,
            str(finding.citations[0]),
            finding.date_note,
            finding.summary,
        )

    @property
    def applies(self) -> bool:
        """Whether it could matter to the subject."""
        return self.outcome is not Outcome.NOT_APPLICABLE

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "outcome": str(self.outcome),
            "in_force_from": self.in_force_from.isoformat() if self.in_force_from else None,
            "upcoming": self.upcoming,
            "date_note": self.date_note,
            "summary": self.summary,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that says something else of a subject."""

    finding: str
    """The finding's id."""
    day: date
    """From which day of law."""
    before: State | None
    """None where nothing was judged before."""
    after: State | None
    """None where nothing is judged any more."""

    @property
    def state(self) -> State:
        """What is known of the finding, after or before."""
        known = self.after or self.before
        assert known is not None
        return known

    @property
    def what(self) -> str:
        """What becomes of it, in words."""
        before, after = self.before, self.after
        if before is None:
            return f"newly judged: {_words(self.state)}"
        if after is None:
            return f"no longer judged; it was {_words(before)}"
        if before.applies and after.applies and before.upcoming and not after.upcoming:
            was = "" if before.outcome is after.outcome else f"; it was {_outcome(before.outcome)}"
            return f"comes into force, {_outcome(after.outcome)}{was}"
        if before.outcome is not after.outcome:
            return f"{_words(before)} → {_words(after)}"
        if after.upcoming and not before.upcoming:
            return f"is put off to {after.in_force_from}; it is {_outcome(after.outcome)}"
        return f"in force from {before.in_force_from or 'no day'} → {after.in_force_from or 'no day'}"

    @property
    def why(self) -> str:
        """By which provision."""
        state, before, after = self.state, self.before, self.after
        if before and after and before.applies and after.applies and before.outcome is after.outcome:
            return state.date_note
        told = state.summary
        return told if told.startswith(state.provision) else f"{state.provision}: {told}"

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "finding": self.finding,
            "rule": self.state.rule,
            "subject": self.state.subject,
            "subject_title": self.state.subject_title,
            "provision": self.state.provision,
            "day": self.day.isoformat(),
            "what": self.what,
            "why": self.why,
            "before": self.before.plain() if self.before else None,
            "after": self.after.plain() if self.after else None,
        }


def _outcome(outcome: Outcome) -> str:
    return str(outcome).replace("_", " ")


def _words(state: State) -> str:
    if state.upcoming and state.applies:
        return f"{_outcome(state.outcome)}, upcoming on {state.in_force_from}"
    return _outcome(state.outcome)


# two dates of law -----------------------------------------------------------------------------------------------------


def between_dates(scene: Scene, first: date, second: date) -> list[Change]:
    """Every change in what is said of a subject from one day of law to a later one, each with its day.

    What would change and change back between two days on which no date of the law lies is not seen.
    """

    @cache
    def states(ordinal: int) -> dict[str, State]:
        return scene.states(scene.policy, date.fromordinal(ordinal))

    def same(low: int, high: int) -> bool:
        was, became = states(low), states(high)
        return all(_standing(was.get(name)) == _standing(became.get(name)) for name in {*was, *became})

    def days_of_change(low: int, high: int) -> Iterator[int]:
        if high == low or same(low, high):
            return
        if high - low == 1:
            yield high
            return
        # a date of the law is where a change is most likely: all is as before until the day before it
        middle = high - 1 if same(low, high - 1) else (low + high) // 2
        yield from days_of_change(low, middle)
        yield from days_of_change(middle, high)

    stops = [day.toordinal() for day in sorted({first, second, *days_of_law(scene.policy.packs)}) if first <= day]
    stops = [stop for stop in stops if stop <= second.toordinal()]
    changes: list[Change] = []
    for low, high in pairwise(stops):
        for ordinal in days_of_change(low, high):
            was, became = states(ordinal - 1), states(ordinal)
            changes += [
                Change(name, date.fromordinal(ordinal), was.get(name), became.get(name))
                for name in sorted({*was, *became})
                if _standing(was.get(name)) != _standing(became.get(name))
            ]
    return changes


def _standing(state: State | None) -> tuple[object, ...]:
    """What a date of law can change; when something that does not apply would begin is of no interest."""
    return () if state is None else (state.outcome, state.applies and state.upcoming)


def days_of_law(packs: Iterable[Pack]) -> set[date]:
    """Every day on which a pack's law may change: where obligations begin, the day after they end, and dates conditions name."""
    days: set[date] = set()
    for pack in packs:
        for obligation in pack.obligations.values():
            days |= {day for day, _ in obligation.applies_from}
            if obligation.until is not None:
                days.add(obligation.until + timedelta(days=1))
        days |= {shift.start for shift in pack.transitional if shift.start is not None}
        for seat in seats(pack):
            days |= set(_named_days(seat.condition.tree))
    return days


def _named_days(tree: Node) -> Iterator[date]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        waiting.extend(children(node))
        if isinstance(node, Call) and node.function == "timestamp" and isinstance(node.arguments[0], Literal):
            try:
                yield date.fromisoformat(str(node.arguments[0].value)[:10])
            except ValueError:
                continue


# two versions of a pack -----------------------------------------------------------------------------------------------


def between_packs(scene: Scene, before: Pack, after: Pack, day: date) -> list[Change]:
    """Every change in what is said of a subject when one version of a pack takes the place of another."""
    was = scene.states(with_pack(scene.policy, before, {before.id, after.id}), day)
    became = scene.states(with_pack(scene.policy, after, {before.id, after.id}), day)
    changes = []
    for name in sorted({*was, *became}):
        old, new = was.get(name), became.get(name)
        if _standing(old) == _standing(new) and not (
            old and new and old.applies and old.in_force_from != new.in_force_from
        ):
            continue
        if not (old and old.applies) and not (new and new.applies):
            continue  # judged or not, it says nothing of the subject
        begins = new.in_force_from if new and new.upcoming and new.in_force_from else day
        changes.append(Change(name, begins, old, new))
    return changes


def with_pack(policy: Policy, pack: Pack, instead_of: set[str]) -> Policy:
    """A policy with this pack in the place of another version of it, and beside the others where it had none."""
    others = [other for other in policy.packs if other.id not in instead_of]
    return replace(policy, packs=(*others, pack))


# a sealed audit, read again -------------------------------------------------------------------------------------------


def scene_of(audit: Mapping[str, Any], packs: Callable[[str], Pack], source: str) -> Scene:
    """The graph, evidence and policy inside a sealed audit, to be judged again. Raises `InputError` if they do not hold.

    `packs` gives a pack by its id; one that is not the version of the audit is noted.
    """
    graph = _graph(audit["graph"])
    if graph.digest != audit["graph"]["digest"]:
        raise InputError("the graph in the audit does not have its digest", place=Place(source))
    chosen, notes = [], []
    for sealed in audit["packs"]:
        pack = packs(str(sealed["id"]))
        chosen.append(pack)
        if pack.digest != sealed["digest"]:
            notes.append(
                f"it was sealed under {sealed['id']} {sealed['version']} ({str(sealed['digest'])[:19]}…), and is judged "
                f"here under {pack.version} ({pack.digest[:19]}…)"
            )
    collected: dict[Digest, Evidence | Missing] = {}
    for piece in audit["evidence"]:
        evidence = evidence_from(canonical_bytes({key: value for key, value in piece.items() if key != "id"}))
        if evidence is None or evidence.id != piece["id"]:
            raise InputError(f"the evidence {piece['id']} in the audit does not hold", place=Place(source))
        collected[evidence.need.key] = evidence
    for entry in audit["missing"]:
        asked = entry["need"]
        need = Need(asked["collector"], NodeId(asked["subject"]), asked["parameters"])
        collected[need.key] = Missing(need, entry["reason"], entry["advice"])
    at = datetime.strptime(audit["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return Scene(
        str(audit["title"]),
        graph,
        _policy(audit["policy"], tuple(chosen)),
        collected,
        at,
        date.fromisoformat(audit["as_of"]),
        tuple(notes),
    )


def _graph(plain: Mapping[str, Any]) -> Graph:
    nowhere = Place("")
    nodes = {
        NodeId(node["id"]): GraphNode(
            NodeId(node["id"]),
            Kind(node["kind"]),
            node["name"],
            node["attributes"],
            {
                name: Fact(
                    f"{node['kind']}.{name}",
                    fact["value"],
                    fact["given_by"],
                    _day(fact["given_on"]),
                    fact["source"],
                )
                for name, fact in node.get("facts", {}).items()
            },
            Origin(nowhere, node["basis"]),
            {},
        )
        for node in plain["nodes"]
    }
    edges = tuple(
        Edge(
            NodeId(edge["source"]),
            Relation(edge["relation"]),
            NodeId(edge["target"]),
            edge["attributes"],
            Origin(nowhere, edge["basis"]),
        )
        for edge in plain["edges"]
    )
    attestations = tuple(
        Attestation(
            a["rule"],
            NodeId(a["subject"]),
            a["answer"],
            a["by"],
            a["role"],
            date.fromisoformat(a["on"]),
            _day(a["valid_until"]),
            tuple(NodeId(document) for document in a["evidence"]),
            a["statement"],
            Origin(nowhere, "attested"),
            a["question"],
        )
        for a in plain["attestations"]
    )
    return Graph(plain["title"], nodes, edges, attestations)


def _policy(plain: Mapping[str, Any], packs: Sequence[Pack]) -> Policy:
    return Policy(
        plain["name"],
        tuple(packs),
        Severity(plain["block_at"]),
        plain["seed"],
        {
            t["name"]: Registered(t["name"], t["value"], t["source"], t["force"], date.fromisoformat(t["registered"]))
            for t in plain["thresholds"]
        },
        tuple(
            Waiver(
                w["id"],
                w["rule"],
                w["subject"],
                w["requester"],
                w["approver"],
                w["reason"],
                w["compensating"],
                date.fromisoformat(w["from"]),
                date.fromisoformat(w["until"]),
                Place(""),
            )
            for w in plain["waivers"]
        ),
        Digest(plain["digest"]),
        {r["id"]: ReadingChoice(r["id"], r["take"], r["because"]) for r in plain["readings"]},
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
