"""One finding for each rule and each subject. Pure: no store, clock, disk or network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from lexaudit.canonical import Digest
from lexaudit.collect import Evidence, Missing
from lexaudit.condition import EMPTY_RESULT, Condition, Deciding, Unknown
from lexaudit.evaluate.dates import Start, start_of
from lexaudit.evaluate.stated import stated_findings
from lexaudit.facts import Derivations, missing_item, short_place, unknown_paths
from lexaudit.finding import Citation, Finding, MissingItem, Outcome, Reason, Severity, WaiverNote
from lexaudit.graph import Attestation, Graph, Node, NodeId
from lexaudit.packs import Expectation, Pack, Rule
from lexaudit.packs.view import Read, View, labels, token
from lexaudit.plan import document_need, document_type, finding_id, needs_of
from lexaudit.policy import Policy

Collected = Mapping[Digest, Evidence | Missing]
"""What was collected, by the key of the need."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A finding with everything it was read from: why it is so, and the reason to judge again."""

    finding: Finding
    reads: Mapping[Read, Any]
    """What was read, with the token of what it gave."""


Memory = Mapping[tuple[str, NodeId], Remembered]
"""Findings of an earlier judgement under the same policy and date of law, by rule and subject."""


@dataclass(frozen=True)
class Judgement:
    """Findings, with the derivations they rest on."""

    findings: tuple[Finding, ...]
    derivations: Derivations
    memory: Memory
    """The findings with what they were read from."""
    reused: int
    """How many findings were taken over because nothing they were read from has changed."""


def judge(
    graph: Graph,
    policy: Policy,
    collected: Collected,
    at: datetime,
    as_of: date,
    *,
    memory: Memory | None = None,
    derivations: Derivations | None = None,
) -> Judgement:
    """Judge every rule of the policy's packs on every node of the kind it is about.

    The same arguments give the same findings, in the same order. With the `memory` of an earlier judgement under the same
    policy and date of law, only what reads something that has changed is judged again; the result is the same.
    `derivations` made for the same arguments may be handed over.
    """
    judged = Judge(graph, policy, collected, at, as_of, derivations)
    remembered: dict[tuple[str, NodeId], Remembered] = {}
    reused = 0
    # INVARIANT: exactly one finding for each rule and each subject it could apply to (plan, section 4, no. 1)
    for pack, rule, subject in judged.pairs():
        key = (rule.name, subject.id)
        known = memory.get(key) if memory else None
        if known is not None and judged.stands(known):
            remembered[key] = judged.moved(known, subject)
            reused += 1
        else:
            with judged.world.recording() as reads:
                finding = judged.finding(pack, rule, subject)
            remembered[key] = Remembered(finding, {read: token(value) for read, value in reads.items()})
    findings = [*(entry.finding for entry in remembered.values()), *stated_findings(judged.derivations, policy)]
    return Judgement(tuple(findings), judged.derivations, remembered, reused)


class Judge:
    """Judges one rule for one subject at a time."""

    def __init__(
        self,
        graph: Graph,
        policy: Policy,
        collected: Collected,
        at: datetime,
        as_of: date,
        derivations: Derivations | None = None,
    ) -> None:
        self.graph = graph
        self.policy = policy
        self.collected = collected
        self.at = at
        self.as_of = as_of
        self.derivations = derivations or Derivations(graph, policy, at, as_of)
        self.world = self.derivations.world
        self.attestations: dict[tuple[str, str], list[Attestation]] = {}
        for attestation in graph.attestations:
            self.attestations.setdefault((attestation.rule, attestation.subject), []).append(attestation)

    def pairs(self) -> Iterator[tuple[Pack, Rule, Node]]:
        """Every rule with every subject it could apply to, in the order of findings."""
        for pack in self.policy.packs:
            for rule in pack.rules:
                for subject in self.graph.of_kind(rule.subject):
                    yield pack, rule, subject

    # what a verdict was read from -------------------------------------------------------------------------------------

    def stands(self, known: Remembered) -> bool:
        """Whether everything that an earlier finding was read from is as it was."""
        return all(token(self._again(read)) == value for read, value in known.reads.items())

    def moved(self, known: Remembered, subject: Node) -> Remembered:
        """An earlier finding with what is only shown of its subject as it is now."""
        place = short_place(subject.origin.place, self.graph)
        if (known.finding.subject_title, known.finding.subject_place) == (subject.title, place):
            return known
        return replace(known, finding=replace(known.finding, subject_title=subject.title, subject_place=place))

    def _read(self, *read: str) -> Any:
        """Read something that no condition sees, and record it."""
        value = self._again(read)
        if self.world.reads is not None:
            self.world.reads[read] = value
        return value

    def _again(self, read: Read) -> Any:
        match read:
            case ("evidence", key):
                found = self.collected.get(Digest(key))
                return found.id if isinstance(found, Evidence) else [found.reason, found.advice] if found else None
            case ("answers", rule, subject):
                return [_answer(given) for given in self.attestations.get((rule, subject), ())]
            case ("because", node, name):
                derived = self.derivations.done.get((node, name))
                return derived.because if derived else None
            case ("title", label):
                named = self.graph.labelled(label)
                return named.title if named else None
            case ("labelled", label):
                named = self.graph.labelled(label)
                return named.id if named else None
            case ("at",):
                return self.at
            case ("day",):
                return self.at.date().isoformat()
        return self.world.again(read)

    # the outcomes alone -----------------------------------------------------------------------------------------------

    def outcomes(self, rule: Rule, views: Sequence[View]) -> list[Outcome]:
        """What `finding` comes to for each subject, dates apart, without the reasons."""
        found = self._held(rule.applies, views, empty_is_fine=True)
        found = [Outcome.NOT_APPLICABLE if outcome is Outcome.NOT_MET else outcome for outcome in found]
        asked = [position for position, outcome in enumerate(found) if outcome is Outcome.MET]
        for expectation in rule.expects:
            if expectation.condition is not None and not expectation.collector:
                fine = rule.empty_is_fine or expectation.empty_is_fine
                held = self._held(expectation.condition, [views[at] for at in asked], empty_is_fine=fine)
            else:
                questions = [other for other in rule.expects if other.question]
                held = [self._expectation(rule, views[at].node, expectation, questions).outcome for at in asked]
            for at, outcome in zip(asked, held, strict=True):
                # one that fails decides; otherwise what is missing does
                if outcome is not Outcome.MET:
                    found[at] = outcome
            asked = [at for at in asked if found[at] is not Outcome.NOT_MET]
        return found

    def _held(self, condition: Condition, views: Sequence[View], *, empty_is_fine: bool) -> list[Outcome]:
        if not views:
            return []
        activation = dict(self.derivations.base)
        values = condition.evaluate_each(activation, str(views[0].node.kind), views)
        return [
            Outcome.MET
            if value is True or (empty_is_fine and value is EMPTY_RESULT)
            else Outcome.NOT_MET
            if value is False
            else Outcome.NOT_DETERMINED
            for value in values
        ]

    # one finding ------------------------------------------------------------------------------------------------------

    def finding(self, pack: Pack, rule: Rule, subject: Node) -> Finding:
        """What a rule says of a subject."""
        start = start_of(rule, pack, subject, self.derivations, self.as_of)
        applies = self._applicability(rule, subject)
        if start.never:
            applies = Reason(
                "the obligation applies to this subject",
                Outcome.NOT_APPLICABLE,
                "computed",
                "",
                "",
                [],
                (),
                (),
                (),
                start.note,
            )
        reasons = [applies]
        if applies.outcome is Outcome.MET:
            questions = [expectation for expectation in rule.expects if expectation.question]
            for expectation in rule.expects:
                reason = self._expectation(rule, subject, expectation, questions)
                reasons.append(replace(reason, provisions=_provisions(expectation)) if expectation.cites else reason)
        outcome = _together(reasons)
        upcoming = start.day is not None and start.day > self.as_of
        label = finding_id(rule, subject).partition("@")[2]
        return Finding(
            id=finding_id(rule, subject),
            pack=pack.id,
            rule=rule.id,
            title=rule.title,
            subject=subject.id,
            subject_title=subject.title,
            subject_place=short_place(subject.origin.place, self.graph),
            outcome=outcome,
            severity=Severity(rule.severity),
            form=rule.form,
            citations=tuple(_citation(o) for o in rule.obligations),
            in_force_from=start.day,
            upcoming=upcoming,
            date_note=_date_note(start),
            reasons=tuple(reasons),
            summary=_summary(rule, outcome, reasons),
            remedy=rule.remedy if outcome in _OPEN else "",
            waiver=self._waiver(rule, label.partition("@")[0], outcome),
        )

    # parts of a rule --------------------------------------------------------------------------------------------------

    def _applicability(self, rule: Rule, subject: Node) -> Reason:
        activation = self.derivations.activation(subject)
        reason = self._condition(
            "the rule applies to this subject", "computed", rule.applies, activation, (), {}, empty_is_fine=True
        )
        if reason.outcome is Outcome.NOT_MET:
            why = self._derived_because(reason, subject)
            return _changed(
                reason, outcome=Outcome.NOT_APPLICABLE, because=rule.not_applicable + (f": {why}" if why else "")
            )
        return reason

    def _derived_because(self, reason: Reason, subject: Node) -> str:
        """Why the derived facts of the subject that decided came out as they did."""
        told = []
        for name in sorted(self.world.derived[subject.kind]):
            if any(f"{subject.kind}.{name}" in str(item["text"]) for item in reason.observed):
                derived = self.derivations.done.get((subject.id, name))
                if derived is not None and not isinstance(derived.value, Unknown):
                    told.append(self._read("because", subject.id, name))
        return "; ".join(dict.fromkeys(told))

    def _expectation(
        self, rule: Rule, subject: Node, expectation: Expectation, questions: Sequence[Expectation]
    ) -> Reason:
        if expectation.question:
            return self._attested(rule, subject, expectation, questions)
        assert expectation.condition is not None
        activation = self.derivations.activation(subject)
        ids: tuple[str, ...] = ()
        reasons: dict[str, tuple[str, str]] = {}
        said: Sequence[str] = ()
        for need in needs_of(expectation, subject):
            self._read("evidence", need.key)
            found = self.collected.get(need.key)
            path = f"evidence {need.collector} of {subject.label}"
            if isinstance(found, Evidence):
                ids = (found.id,)
                activation["result"] = found.value
                item = expectation.item
                said = _item_told(found.value, item) if item else _told(found.value, expectation.condition.source)
            else:
                # INVARIANT: missing, stale or failed evidence is not_determined with its name (plan, section 4, no. 2)
                activation["result"] = Unknown(frozenset({path}))
                reasons[path] = (
                    (found.reason, found.advice) if found else ("it was not collected", "run the audit with collection")
                )
        reason = self._condition(
            expectation.say,
            expectation.form,
            expectation.condition,
            activation,
            ids,
            reasons,
            empty_is_fine=rule.empty_is_fine or expectation.empty_is_fine,
        )
        if reason.outcome is Outcome.NOT_MET and said:
            reason = _changed(reason, because="; ".join(str(sentence) for sentence in said))
        if expectation.item and reason.outcome in (Outcome.MET, Outcome.NOT_MET):
            # what was looked at is one item; the lists that the condition compares would say it worse
            lacking = reason.outcome is Outcome.NOT_MET
            told = {
                "text": expectation.item,
                "value": "lacking" if lacking else "there, or not asked for",
                "because": reason.because,
            }
            reason = replace(reason, observed=[told])
        return reason

    def _condition(
        self,
        say: str,
        form: str,
        condition: Condition,
        activation: dict[str, Any],
        evidence: tuple[str, ...],
        reasons: Mapping[str, tuple[str, str]],
        *,
        empty_is_fine: bool,
    ) -> Reason:
        with self.world.recording() as reads:
            traced = condition.evaluate_traced(activation)
            deciding = condition.explain(activation).deciding()
        if self.world.reads is not None:
            self.world.reads.update(reads)
        if not condition.paths.isdisjoint(("audit", "audit.at")):
            self._read("at")
        value, vacuous = traced.value, traced.vacuous
        missing: tuple[MissingItem, ...] = ()
        if value is True and vacuous and not empty_is_fine:
            # INVARIANT: nothing to check is not a pass
            outcome, because = (
                Outcome.NOT_DETERMINED,
                "there was nothing to check: the condition ranged over an empty list",
            )
            missing = (
                MissingItem(
                    "nothing to check",
                    because,
                    "whoever keeps the manifest",
                    "Describe what the rule asks about, or say why there is none.",
                ),
            )
        elif value is True:
            outcome, because = Outcome.MET, "the condition holds"
        elif value is False:
            outcome, because = Outcome.NOT_MET, "the condition does not hold"
        else:
            outcome = Outcome.NOT_DETERMINED
            paths = sorted(unknown_paths(value))
            for path in paths:
                self._read("title", path.partition(".")[0])
            missing = tuple(
                missing_item(path, self.derivations.facts, self.graph, self.policy, reasons) for path in paths
            )
            because = "not known: " + "; ".join(
                f"{item.path} ({item.reason})" if not item.path.startswith(("interval: ", "fault: ")) else item.reason
                for item in missing
            )
        currents = self._currents(deciding, activation)
        observed = [_observed(leaf, currents.get(leaf.text)) for leaf in deciding[:_SHOWN]]
        if outcome is Outcome.NOT_MET and observed:
            because = "; ".join(str(item["because"]) for item in observed[:4])
        return Reason(
            say,
            outcome,
            form,
            condition.source,
            str(condition.place or ""),
            observed,
            missing,
            evidence,
            labels(self.world, reads),
            because,
            vacuous,
            next((way for _, way in currents.values()), ()) or self._witness(deciding, activation),
        )

    def _currents(
        self, deciding: Sequence[Deciding], activation: Mapping[str, Any]
    ) -> dict[str, tuple[str, tuple[NodeId, ...]]]:
        """By the text of a deciding part that asks for a flow: how the flow comes, in words and as a witness."""
        found: dict[str, tuple[str, tuple[NodeId, ...]]] = {}
        for leaf in deciding:
            asked = _CARRIES.fullmatch(leaf.text)
            if asked is None:
                continue
            variable, flow = asked.groups()
            named = next((e.value for e in leaf.elements if e.variable == variable and isinstance(e.value, str)), None)
            view = activation.get(variable)
            node = view.node.id if isinstance(view, View) else self._read("labelled", named) if named else None
            if node is not None:
                way = tuple(map(NodeId, self.world.look("carried_along", NodeId(node), flow)))
                if way:
                    found[leaf.text] = (self.world.currents.told(NodeId(node), flow), way)
        return found

    def _witness(self, deciding: Sequence[Deciding], activation: Mapping[str, Any]) -> tuple[str, ...]:
        """The lineage between the subject and the node that decided, if the condition ranged over nodes."""
        subject = next((value.node for value in activation.values() if isinstance(value, View)), None)
        named = [element.value for leaf in deciding for element in leaf.elements if isinstance(element.value, str)]
        decided = sorted(filter(None, (self._read("labelled", label) for label in named if "/" in label)))
        if subject is None or not decided:
            return ()
        return tuple(map(NodeId, self.world.look("path", decided[0], subject.id)))

    def _attested(
        self, rule: Rule, subject: Node, expectation: Expectation, questions: Sequence[Expectation]
    ) -> Reason:
        number = questions.index(expectation) + 1
        given = [
            a
            for a in self.attestations.get((rule.name, subject.id), ())
            if a.question == number or (a.question is None and len(questions) == 1)
        ]
        which = f" (question {number})" if len(questions) > 1 else ""
        path = f"answer to {rule.name}{which} for {subject.label}"
        self._read("answers", rule.name, subject.id)
        self._read("day")
        problem, current = self._current(given, expectation)
        ids: tuple[str, ...] = ()
        # an answer that does not meet the expectation is an admission, and needs no document to be believed
        if current is not None and expectation.documents and current.answer == expectation.answer:
            supported, ids = self._supported(current, subject, expectation)
            if supported:
                problem, current = supported, None
        if current is None:
            item = MissingItem(path, problem, expectation.who, expectation.question)
            return Reason(
                expectation.say,
                Outcome.NOT_DETERMINED,
                "attested",
                expectation.question,
                str(expectation.place),
                [],
                (item,),
                ids,
                (),
                f"not known: {problem}",
            )
        meets = current.answer == expectation.answer
        said = f"{current.by} ({current.role}) answered {current.answer} on {current.on.isoformat()}"
        observed = [{"text": expectation.question, "value": current.answer, "because": said}]
        because = said + (f": “{current.statement.strip()}”" if current.statement.strip() else "")
        return Reason(
            expectation.say,
            Outcome.MET if meets else Outcome.NOT_MET,
            "attested",
            expectation.question,
            str(expectation.place),
            observed,
            (),
            ids,
            (path,),
            because,
        )

    def _current(self, given: Sequence[Attestation], expectation: Expectation) -> tuple[str, Attestation | None]:
        """The attestation that stands, or why none does."""
        if not given:
            return "nobody has answered", None
        day = self.at.date()
        problem = ""
        standing: list[Attestation] = []
        for attestation in given:
            ends = [
                end
                for end in (
                    attestation.valid_until,
                    attestation.on + timedelta(days=expectation.valid_days) if expectation.valid_days else None,
                )
                if end
            ]
            if attestation.role not in expectation.roles:
                problem = f"{attestation.by} answered as {attestation.role}; the {expectation.who} must"
            elif attestation.on > day:
                problem = f"the answer of {attestation.by} is dated {attestation.on.isoformat()}, after this audit"
            elif ends and min(ends) < day:
                problem = (
                    f"the answer of {attestation.by} of {attestation.on.isoformat()} ran out on {min(ends).isoformat()}"
                )
            else:
                standing.append(attestation)
        if not standing:
            return problem, None
        newest = max(attestation.on for attestation in standing)
        answers = [attestation for attestation in standing if attestation.on == newest]
        if len({attestation.answer for attestation in answers}) > 1:
            return f"the answers of {newest.isoformat()} contradict each other", None
        return "", answers[0]

    def _supported(
        self, attestation: Attestation, subject: Node, expectation: Expectation
    ) -> tuple[str, tuple[str, ...]]:
        """Why the documents an answer rests on do not support it; empty when one does. And the evidence looked at."""
        wanted = " or ".join(expectation.documents)
        linked = [self.graph.nodes[document] for document in attestation.evidence]
        for node in linked:
            self._read(node.id, "type")
        fitting = [node for node in linked if document_type(node) in expectation.documents]
        if not fitting:
            return f"the answer of {attestation.by} is not linked to a document of type {wanted}", ()
        ids: list[str] = []
        late: list[str] = []
        wrong: list[str] = []
        for node in fitting:
            self._read("evidence", document_need(subject, node).key)
            found = self.collected.get(document_need(subject, node).key)
            if isinstance(found, Evidence):
                ids.append(found.id)
                if str(found.value.get("issued", "")) > attestation.on.isoformat():
                    # nobody can have judged by what was not there yet
                    late.append(node.label)
                elif found.value.get("found") is True and found.value.get("current") is True:
                    return "", tuple(ids)
                else:
                    wrong += map(str, found.value.get("reasons", ()))
            elif found is not None:
                wrong.append(found.reason)
        if late:
            day = attestation.on.isoformat()
            return f"the answer of {attestation.by} of {day} rests on {', '.join(late)}, which was issued later", tuple(
                ids
            )
        names = ", ".join(node.label for node in fitting)
        why = "; ".join(dict.fromkeys(wrong)) or f"which is not about {subject.label}, or could not be looked at"
        return f"the answer of {attestation.by} rests on {names}: {why}", tuple(ids)

    def _waiver(self, rule: Rule, label: str, outcome: Outcome) -> WaiverNote | None:
        # INVARIANT: a waiver never changes an outcome; it lies over it (plan, section 4, no. 3)
        if outcome not in _OPEN or not rule.waivable:
            return None
        for waiver in self.policy.waivers:
            if waiver.covers(rule.name, label) and waiver.state(self.as_of) == "in force":
                return WaiverNote(waiver.id, waiver.approver, waiver.reason, waiver.compensating, waiver.until)
        return None


def _answer(given: Attestation) -> list[Any]:
    """Everything in an answer that a verdict can rest on."""
    return [
        given.question, given.answer, given.by, given.role, given.on.isoformat(), str(given.valid_until),
        list(given.evidence), given.statement,
    ]  # fmt: skip


_OPEN = frozenset({Outcome.NOT_MET, Outcome.NOT_DETERMINED})


def _together(reasons: Sequence[Reason]) -> Outcome:
    """All must hold; one that fails decides; otherwise what is missing does."""
    outcomes = [reason.outcome for reason in reasons]
    if outcomes[0] is not Outcome.MET:
        return outcomes[0]
    if Outcome.NOT_MET in outcomes:
        return Outcome.NOT_MET
    return Outcome.NOT_DETERMINED if Outcome.NOT_DETERMINED in outcomes else Outcome.MET


def _summary(rule: Rule, outcome: Outcome, reasons: Sequence[Reason]) -> str:
    expectations = reasons[1:]
    match outcome:
        case Outcome.NOT_APPLICABLE:
            return _sentence(reasons[0].because)
        case Outcome.MET:
            return _sentence(_listed([reason.say for reason in expectations]))
        case Outcome.NOT_MET:
            failing = [reason for reason in expectations if reason.outcome is Outcome.NOT_MET]
            told = [f"{reason.say} ({reason.because})" for reason in failing if reason.because != NO_DOCUMENT]
            lacking = len(failing) - len(told)
            if lacking and told:
                told.append(
                    f"so none of the {lacking} items that the rule asks of it is there"
                    if lacking > 1
                    else "nor is what it has to say"
                )
            elif lacking:
                told = [f"{reason.say} ({reason.because})" for reason in failing]
            return _sentence("Expected, but not so: " + _listed(told))
        case _:
            open_ = [reason for reason in reasons if reason.outcome is Outcome.NOT_DETERMINED]
            first = open_[0]
            asked = f"Whether {first.say} cannot be said: {first.because.removeprefix('not known: ')}"
            return _sentence(asked + (f" (and {len(open_) - 1} more)" if len(open_) > 1 else ""))


_LISTED = 6
"""Expectations that a summary names; the finding shows all."""


def _listed(said: Sequence[str]) -> str:
    """What several expectations say; of many, the first."""
    shown = said if len(said) <= _LISTED + 1 else said[:_LISTED]
    return "; ".join(shown) + (f"; and {len(said) - len(shown)} more" if len(shown) < len(said) else "")


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return text[:1].upper() + text[1:] + "." if text else ""


def _date_note(start: Start) -> str:
    return start.note


def _citation(obligation: Any) -> Citation:
    return Citation(
        obligation.id,
        obligation.instrument.short,
        obligation.provision,
        obligation.instrument.celex,
        obligation.summary,
        obligation.penalty,
        obligation.holder,
    )


def _provisions(expectation: Expectation) -> tuple[str, ...]:
    return tuple(f"{cited.instrument.short} {cited.provision}" for cited in expectation.cites)


def _changed(reason: Reason, *, outcome: Outcome | None = None, because: str | None = None) -> Reason:
    return replace(reason, outcome=outcome or reason.outcome, because=because or reason.because)


def _told(value: Mapping[str, Any], condition: str) -> list[str]:
    """The collector's own sentences on the parts of its result that a condition reads, each once."""
    because = value.get("because")
    if not isinstance(because, Mapping):
        return []
    return list(
        dict.fromkeys(
            str(sentence)
            for part, sentences in because.items()
            if f"result.{part}" in condition
            for sentence in sentences
        )
    )


def _item_told(value: Mapping[str, Any], item: str) -> list[str]:
    """The collector's own sentence on one item of a document's contents."""
    items = value.get("items")
    if isinstance(items, Mapping) and item in items:
        return [str(items[item])]
    return [f"no “{item.partition('|')[0].strip()}”"]


NO_DOCUMENT = "there is no such document"
"""What the collector says of each item of a document that is not filed."""

_SHOWN = 20
"""Deciding parts that a reason keeps."""


_CARRIES = re.compile(r'!?(\w+)\.carries\("([^"]+)"\)')
"""A part of a condition that asks whether a flow reaches a node."""


def _observed(leaf: Deciding, current: tuple[str, tuple[NodeId, ...]] | None = None) -> dict[str, Any]:
    """A deciding part in words: what was looked at, what it is, and what it should be."""
    where = "".join(
        f" for {element.value if isinstance(element.value, str) else element.key}" for element in leaf.elements
    )
    if current is not None:
        because = current[0] if leaf.observed is True else f"not known whether {current[0]}"
    elif leaf.outcome == "unknown":
        because = f"`{leaf.subject}`{where} is not known"
    elif leaf.outcome == "error":
        because = f"`{leaf.text}`{where}: {leaf.message}"
    elif leaf.relation == "has":
        because = f"`{leaf.subject}`{where} is {'there' if leaf.observed else 'not there'}"
    else:
        because = f"`{leaf.subject}`{where} is {_shown(leaf.observed)}"
        if (leaf.outcome == "false" and leaf.relation not in ("==",)) or leaf.expected not in (True, False):
            because += f" (expected {leaf.relation} {_shown(leaf.expected)})"
    return {
        "text": leaf.text,
        "value": _shown(leaf.observed) if leaf.outcome in ("true", "false", "value") else leaf.outcome,
        "because": because,
    }


def _shown(value: Any) -> str:
    if isinstance(value, str):
        word = value.removesuffix("T00:00:00Z") or "empty"
        return word if len(word) <= 200 else word[:199] + "…"
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= 200 else text[:199] + "…"
