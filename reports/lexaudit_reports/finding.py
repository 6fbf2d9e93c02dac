"""Findings in words: what was asked, what came out, why, and what it does to the gate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexaudit_reports import words
from lexaudit_reports.measured import COMPARISON

SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Missing:
    """Something nobody has stated, answered or measured."""

    path: str
    """What is missing."""
    reason: str
    """Why it is missing."""
    who: str
    """Who could supply it."""
    question: str
    """What to ask them, or what to do."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask, and what the answer would settle."""

    who: str
    """Who can answer."""
    question: str
    """What to ask, or what to do."""
    paths: tuple[str, ...]
    """What is missing until then."""
    findings: tuple[int, ...]
    """Numbers of the findings that wait for it."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A deciding sub-expression and its value."""

    text: str
    """The sub-expression."""
    value: str
    """What it was, in words."""
    because: str
    """The same in words, as the engine says it; empty when it says nothing."""

    @property
    def said(self) -> str:
        """In words; code stands between backticks."""
        return self.because or f"`{self.text}` is {self.value}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing a rule asks, and what became of it."""

    say: str
    """In plain words."""
    outcome: str
    """One of the four."""
    because: str
    """One sentence on why."""
    form: str
    """What it rests on."""
    expression: str
    """The condition or the question."""
    place: str
    """Where the condition stands."""
    observed: tuple[Observed, ...]
    """What decided."""
    missing: tuple[Missing, ...]
    """What would have to be known."""
    evidence: tuple[str, ...]
    """Ids of the evidence."""
    facts: tuple[str, ...]
    """Ids of the facts read."""
    path: tuple[str, ...]
    """The lineage that is the witness."""
    vacuous: bool
    """Whether it would hold only because there was nothing to check."""


@dataclass(frozen=True, slots=True)
class Provision:
    """A provision and what it asks."""

    cite: str
    """`AI Act Art. 10(2)(f)`."""
    obligation: str
    """The obligation's id."""
    celex: str
    """CELEX number."""
    summary: str
    """What it asks."""
    penalty: str
    """What it can cost; empty when none is tied to it."""
    holder: str
    """Who owes it."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver, as the policy holds it or as it lies over a finding."""

    id: str
    """Its id."""
    rule: str
    """`pack/rule`."""
    subject: str
    """The subject's id; empty for all."""
    requester: str
    """Who asked."""
    approver: str
    """Who approved."""
    reason: str
    """Why."""
    compensating: str
    """What is done instead."""
    begins: str
    """First day, ISO; empty when not stated."""
    ends: str
    """Last day, ISO."""
    state: str
    """`in force`, `expired`, `not yet in force` or `unused`."""
    findings: tuple[int, ...]
    """Numbers of the findings it lies over."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, in words."""

    number: int
    """Its place in the report, from 1."""
    id: str
    """Its id, stable from audit to audit."""
    pack: str
    """The pack's id."""
    rule: str
    """The rule's id within the pack."""
    title: str
    """The rule's title."""
    subject: str
    """The subject's id."""
    subject_label: str
    """`model/risk-net@1.0`."""
    subject_title: str
    """What people call the subject."""
    subject_place: str
    """Where it is declared."""
    outcome: str
    """One of the four."""
    severity: str
    """How much it matters."""
    form: str
    """What it rests on."""
    summary: str
    """The outcome in one sentence."""
    remedy: str
    """What to do."""
    provisions: tuple[Provision, ...]
    """First the leading one."""
    in_force_from: str
    """ISO date, or empty."""
    upcoming: bool
    """Whether that is later than the date of law."""
    applies: str
    """`in force since 25 May 2018`, `applies from 2 December 2027`."""
    date_note: str
    """How the date came about."""
    waiver: Waiver | None
    """The waiver that lies over it."""
    expectations: tuple[Expectation, ...]
    """Why: applicability first."""
    gate: str
    """`closed`, `undetermined`, `waived`, `upcoming` or empty: what it does to the gate."""
    effect: str
    """The same in words; empty when it does nothing."""

    @property
    def cite(self) -> str:
        """The leading provision."""
        return self.provisions[0].cite if self.provisions else self.pack

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Everything that would have to be known."""
        return tuple(dict.fromkeys(item for each in self.expectations for item in each.missing))

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids of all the evidence it rests on."""
        return tuple(dict.fromkeys(item for each in self.expectations for item in each.evidence))

    @property
    def deciding(self) -> Expectation | None:
        """The first expectation with the outcome of the whole."""
        return next((each for each in self.expectations if each.outcome == self.outcome), None)


def findings_of(audit: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Every finding, in order of what it asks of the reader."""
    gate = audit["gate"]
    does = {id_: name for name in ("upcoming", "waived", "undetermined", "closed_by") for id_ in gate[name]}
    order = sorted(
        audit["findings"],
        key=lambda f: (
            _standing(f),
            SEVERITIES.index(f["severity"]),
            f["in_force_from"] or "",
            _natural(f["citations"][0]["instrument"] + f["citations"][0]["provision"]) if f["citations"] else (),
            f["id"],
        ),
    )
    measured = {piece["id"]: piece["value"] for piece in audit["evidence"]}
    thresholds = {item["name"]: item["value"] for item in audit["policy"].get("thresholds", ())}
    return tuple(
        _finding(number, finding, does.get(finding["id"], ""), measured, thresholds)
        for number, finding in enumerate(order, 1)
    )


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Article 9 before article 10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d{1,18})", text) if part
    )


def _standing(finding: Mapping[str, Any]) -> int:
    """What a finding asks of the reader, the most pressing first."""
    open_ = finding["outcome"] in ("not_met", "not_determined")
    if finding["outcome"] == "not_applicable":
        return 6
    if open_ and not finding["upcoming"]:
        return 2 if finding["waiver"] else 0 if finding["outcome"] == "not_met" else 1
    if open_:
        return 3
    return 5 if finding["upcoming"] else 4


def _finding(
    number: int, finding: Mapping[str, Any], gate: str, measured: Mapping[str, Any], thresholds: Mapping[str, Any]
) -> Finding:
    note = finding["waiver"]
    rule = f"{finding['pack']}/{finding['rule']}"
    waiver = (
        None
        if note is None
        else Waiver(
            note["id"],
            rule,
            finding["subject"],
            "",
            note["approver"],
            note["reason"],
            note["compensating"],
            "",
            note["expires"],
            "in force",
            (number,),
        )
    )
    start = finding["in_force_from"] or ""
    applies = (
        "never applies to this subject"
        if not start
        else f"applies from {words.day(start)}"
        if finding["upcoming"]
        else f"in force since {words.day(start)}"
    )
    effect = {
        "closed_by": "closes the gate",
        "undetermined": "keeps the gate from opening: not determined",
        "waived": f"would keep the gate from opening, but for waiver {note['id']}" if note else "",
        "upcoming": f"would keep the gate from opening from {words.day(start)}",
    }.get(gate, "")
    return Finding(
        number,
        finding["id"],
        finding["pack"],
        finding["rule"],
        finding["title"],
        finding["subject"],
        words.label(finding["subject"]),
        finding["subject_title"],
        finding["subject_place"],
        finding["outcome"],
        finding["severity"],
        finding["form"],
        words.sentence(finding["summary"]),
        words.sentence(finding["remedy"]),
        tuple(
            Provision(
                f"{c['instrument']} {c['provision']}",
                c["obligation"],
                c["celex"],
                words.sentence(c["summary"]),
                c["penalty"],
                ", ".join(holder.replace("_", " ") for holder in c["holder"]),
            )
            for c in finding["citations"]
        ),
        start,
        finding["upcoming"],
        applies,
        finding["date_note"],
        waiver,
        tuple(_expectation(reason, measured, thresholds) for reason in finding["reasons"]),
        "closed" if gate == "closed_by" else gate,
        effect,
    )


def _compared(reason: Mapping[str, Any], measured: Mapping[str, Any], thresholds: Mapping[str, Any]) -> list[Observed]:
    """What a comparison with a registered limit compared, from the evidence itself, where the engine names only the test."""
    named = {item["text"] for item in reason["observed"]}
    said = []
    for function, path, name in COMPARISON.findall(reason["expression"]):
        for id_ in reason["evidence"]:
            found: Any = measured.get(id_)
            for part in path.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
            if words.is_interval(found) and name in thresholds and f"result.{path}" not in named:
                limit = f"at {'most' if function == 'at_most' else 'least'} {words.value(thresholds[name])}"
                said.append(
                    Observed(
                        f"result.{path}",
                        words.interval(found),
                        f"`result.{path}` is {words.interval(found)}; the registered limit is {limit}",
                    )
                )
    return said


def _expectation(reason: Mapping[str, Any], measured: Mapping[str, Any], thresholds: Mapping[str, Any]) -> Expectation:
    answered = f" ({', '.join(reason['provisions'])})" if reason.get("provisions") else ""
    return Expectation(
        words.sentence(reason["say"] + answered),
        reason["outcome"],
        words.sentence(reason["because"]),
        reason["form"],
        reason["expression"],
        reason["place"],
        (
            *(Observed(item["text"], _found(item["value"]), item.get("because") or "") for item in reason["observed"]),
            *_compared(reason, measured, thresholds),
        ),
        tuple(missing_item(item) for item in reason["missing"]),
        tuple(reason["evidence"]),
        tuple(reason["facts"]),
        tuple(words.label(node) for node in reason["path"]),
        reason["vacuous"],
    )


def missing_item(item: Any) -> Missing:
    if not isinstance(item, Mapping):
        return Missing(str(item), "not stated", "", "")
    return Missing(item["path"], item["reason"], item["who"].replace("_", " "), item["question"])


def _found(item: Any) -> str:
    return (item or "empty") if isinstance(item, str) else words.value(item)


def waivers_of(policy: Mapping[str, Any], findings: Sequence[Finding]) -> tuple[Waiver, ...]:
    over: dict[str, list[int]] = {}
    for finding in findings:
        if finding.waiver:
            over.setdefault(finding.waiver.id, []).append(finding.number)
    waivers = [
        Waiver(
            item["id"],
            item["rule"],
            item.get("subject") or "",
            item.get("requester") or "",
            item["approver"],
            item["reason"],
            item.get("compensating") or "",
            item.get("from") or "",
            item.get("until") or "",
            item["state"],
            tuple(over.get(item["id"], ())),
        )
        for item in policy.get("waivers", ())
    ]
    listed = {waiver.id for waiver in waivers}
    waivers += [finding.waiver for finding in findings if finding.waiver and finding.waiver.id not in listed]
    return tuple(sorted(waivers, key=lambda waiver: (waiver.state != "in force", waiver.id, waiver.findings)))
