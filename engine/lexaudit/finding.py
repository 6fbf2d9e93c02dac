"""What was found: one finding for each rule and each subject it could apply to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from lexaudit.graph import NodeId


class Outcome(StrEnum):
    """What became of a rule for a subject."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"
    NOT_DETERMINED = "not_determined"


class Severity(StrEnum):
    """How much a rule that is not met matters."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return ("critical", "high", "medium", "low").index(self.value)


@dataclass(frozen=True, slots=True)
class Citation:
    """A provision, and what it asks, in our own words."""

    obligation: str
    """The obligation's id in its pack."""
    instrument: str
    """Short name: `AI Act`, `GDPR`."""
    provision: str
    """`Art. 10(2)(f)`."""
    celex: str
    """CELEX number of the instrument."""
    summary: str
    """What it asks."""
    penalty: str
    """What non-compliance can cost, with its own provision; empty when none is tied to it."""
    holder: tuple[str, ...]
    """Who owes it: roles."""

    def __str__(self) -> str:
        return f"{self.instrument} {self.provision}"


@dataclass(frozen=True, slots=True)
class MissingItem:
    """Something nobody has stated, answered or measured."""

    path: str
    """`system:ns/name.profiling`, `evidence fairness on model:…`, `threshold.fairness…`, `answer to …`."""
    reason: str
    """Why it is missing: not stated, stale, failed, interval too wide."""
    who: str
    """Who could supply it: a role or function."""
    question: str
    """What to ask them, or what to do."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {"path": self.path, "reason": self.reason, "who": self.who, "question": self.question}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an expectation, or the applicability of a rule, came out as it did."""

    say: str
    """The expectation in plain words."""
    outcome: Outcome
    """What became of this expectation."""
    form: str
    """`computed`, `recorded`, `measured` or `attested`: what it rests on."""
    expression: str
    """The condition, or the question that was attested; empty when there is none."""
    place: str
    """Where the condition stands: `pack:…/rules/….yaml:12:11`."""
    observed: Sequence[Mapping[str, Any]]
    """The deciding sub-expressions: `{"text", "value", "because"}`."""
    missing: tuple[MissingItem, ...]
    """What would have to be known."""
    evidence: tuple[str, ...]
    """Ids of the evidence it rests on."""
    facts: tuple[str, ...]
    """Ids of the facts and attributes it read (`system:ns/name.profiling`)."""
    because: str
    """One sentence a reader can quote."""
    vacuous: bool = False
    """Whether it would have held only because there was nothing to check."""
    path: tuple[str, ...] = ()
    """Ids of nodes along the lineage that is the witness; empty when none is needed."""
    provisions: tuple[str, ...] = ()
    """Which provisions of the finding this expectation answers, as cited; empty when it answers them all."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "say": self.say,
            "outcome": str(self.outcome),
            "form": self.form,
            "expression": self.expression,
            "place": self.place,
            "observed": [dict(item) for item in self.observed],
            "missing": [item.plain() for item in self.missing],
            "evidence": list(self.evidence),
            "facts": list(self.facts),
            "because": self.because,
            "vacuous": self.vacuous,
            "path": list(self.path),
            "provisions": list(self.provisions),
        }


@dataclass(frozen=True, slots=True)
class WaiverNote:
    """A waiver that lies over a finding; it never changes the outcome."""

    id: str
    """The waiver's id in the policy."""
    approver: str
    """Who approved it."""
    reason: str
    """Why."""
    compensating: str
    """What is done instead."""
    expires: date
    """The last day it holds."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "id": self.id,
            "approver": self.approver,
            "reason": self.reason,
            "compensating": self.compensating,
            "expires": self.expires.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one subject."""

    id: str
    """`pack/rule@kind/name`; stable from audit to audit."""
    pack: str
    """The pack's id."""
    rule: str
    """The rule's id within the pack."""
    title: str
    """The rule's title."""
    subject: NodeId
    """What it is about; the audit's own id for a finding about the audit itself."""
    subject_title: str
    """What people call the subject."""
    subject_place: str
    """Where the subject is declared: `lexaudit.yaml:12:3`."""
    outcome: Outcome
    """What became of it."""
    severity: Severity
    """How much it matters."""
    form: str
    """`measured`, `recorded` or `attested`."""
    citations: tuple[Citation, ...]
    """The provisions, first the leading one."""
    in_force_from: date | None
    """From when the obligation applies to this subject; none when it never does."""
    upcoming: bool
    """Whether that is later than the date of law of the audit."""
    date_note: str
    """How the date came about: the route or the transitional provision."""
    reasons: tuple[Reason, ...]
    """Why: the applicability first, then each expectation."""
    summary: str
    """The outcome in one plain sentence."""
    remedy: str
    """What to do; empty when it is met or does not apply."""
    waiver: WaiverNote | None
    """The waiver that lies over it, if one is in force."""

    @property
    def waived(self) -> bool:
        """Whether a waiver in force lies over a finding that is not met or not determined."""
        return self.waiver is not None

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "id": self.id,
            "pack": self.pack,
            "rule": self.rule,
            "title": self.title,
            "subject": self.subject,
            "subject_title": self.subject_title,
            "subject_place": self.subject_place,
            "outcome": str(self.outcome),
            "severity": str(self.severity),
            "form": self.form,
            "citations": [
                {
                    "obligation": c.obligation,
                    "instrument": c.instrument,
                    "provision": c.provision,
                    "celex": c.celex,
                    "summary": c.summary,
                    "penalty": c.penalty,
                    "holder": list(c.holder),
                }
                for c in self.citations
            ],
            "in_force_from": self.in_force_from.isoformat() if self.in_force_from else None,
            "upcoming": self.upcoming,
            "date_note": self.date_note,
            "reasons": [reason.plain() for reason in self.reasons],
            "summary": self.summary,
            "remedy": self.remedy,
            "waiver": self.waiver.plain() if self.waiver else None,
        }


def finding_from(plain: Mapping[str, Any]) -> Finding:
    """The finding that `plain` printed. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
    waiver = plain["waiver"]
    day = plain["in_force_from"]
    return Finding(
        **{
            **plain,
            "subject": NodeId(plain["subject"]),
            "outcome": Outcome(plain["outcome"]),
            "severity": Severity(plain["severity"]),
            "citations": tuple(Citation(**{**c, "holder": tuple(c["holder"])}) for c in plain["citations"]),
            "in_force_from": date.fromisoformat(day) if day else None,
            "reasons": tuple(_reason_from(reason) for reason in plain["reasons"]),
            "waiver": WaiverNote(**{**waiver, "expires": date.fromisoformat(waiver["expires"])}) if waiver else None,
        }
    )


def _reason_from(plain: Mapping[str, Any]) -> Reason:
    return Reason(
        **{
            **plain,
            "outcome": Outcome(plain["outcome"]),
            "missing": tuple(MissingItem(**item) for item in plain["missing"]),
            **{name: tuple(plain[name]) for name in ("evidence", "facts", "path", "provisions")},
        }
    )
