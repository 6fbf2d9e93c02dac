"""The audit: one judgement of one graph under packs and a policy, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from lexaudit.canonical import Digest, canonical_bytes, digest_of
from lexaudit.collect import Evidence, Missing
from lexaudit.finding import Finding, Outcome
from lexaudit.graph import Graph

FORMAT = "lexaudit-audit/1"


@dataclass(frozen=True)
class Gate:
    """Whether a release may pass, and what decided it."""

    block_at: str
    """The severity from which a finding closes the gate."""
    closed_by: tuple[str, ...]
    """Findings that are not met, in force, unwaived and grave enough."""
    undetermined: tuple[str, ...]
    """Findings that could not be determined, in force, unwaived and grave enough."""
    waived: tuple[str, ...]
    """Findings that would close it, but for a waiver."""
    upcoming: tuple[str, ...]
    """Findings that would close it if the law applied already."""
    judged: int
    """How many findings were judged at all (met or not met)."""

    @property
    def exit_code(self) -> int:
        """0 open, 1 closed by findings, 3 not determined."""
        # INVARIANT: no rules, no subjects or no evidence where it is needed is not determined (plan, section 4, no. 4)
        if self.closed_by:
            return 1
        if self.undetermined or self.judged == 0:
            return 3
        return 0

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        if self.closed_by:
            text = f"closed by {_count(len(self.closed_by), 'finding')} at or above severity {self.block_at}"
            if self.undetermined:
                text += f"; {_count(len(self.undetermined), 'more', 'more')} could not be determined"
            return text
        if self.judged == 0:
            return "not determined: nothing was judged"
        if self.undetermined:
            return (f"not determined: {_count(len(self.undetermined), 'obligation')} at or above severity "
                    f"{self.block_at} could not be determined")
        text = f"open: no finding in force at or above severity {self.block_at} is unmet or undetermined"
        if self.waived:
            text += f", but for {_count(len(self.waived), 'waived finding')}"
        return text

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {"open": self.exit_code == 0, "exit_code": self.exit_code, "block_at": self.block_at,
                "closed_by": list(self.closed_by), "undetermined": list(self.undetermined),
                "waived": list(self.waived), "upcoming": list(self.upcoming), "sentence": self.sentence}


@dataclass(frozen=True)
class Audit:
    """One judgement, whole. `plain()` is what is sealed and what every document is rendered from."""

    title: str
    """What was audited."""
    engine: Mapping[str, str]
    """`name`, `version` and `digest` of the engine."""
    at: datetime
    """The time of knowledge (UTC): evidence, documents and answers are judged as they stood then."""
    as_of: date
    """The date of law: which obligations are in force, and which waivers."""
    graph: Graph
    """What was judged."""
    notes: Sequence[Mapping[str, Any]]
    """What was noticed about the graph: cycles, merges."""
    packs: Sequence[Mapping[str, Any]]
    """The packs, as they are printed."""
    policy: Mapping[str, Any]
    """The policy, as it is printed."""
    facts: Sequence[Mapping[str, Any]]
    """Answers and derivations."""
    plan: Sequence[Mapping[str, Any]]
    """What was to be measured, and for which rules."""
    evidence: tuple[Evidence, ...]
    """What was measured."""
    missing: tuple[Missing, ...]
    """What could not be."""
    findings: tuple[Finding, ...]
    """One for each rule and subject."""
    gate: Gate
    """What follows for a release."""

    @cached_property
    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "title": self.title,
            "engine": dict(self.engine),
            "at": self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "as_of": self.as_of.isoformat(),
            "graph": {"digest": self.graph.digest, "notes": [dict(note) for note in self.notes], **self.graph.plain()},
            "packs": [dict(pack) for pack in self.packs],
            "policy": dict(self.policy),
            "facts": [dict(fact) for fact in self.facts],
            "plan": [dict(entry) for entry in self.plan],
            "evidence": [{"id": piece.id, **piece.plain()} for piece in self.evidence],
            "missing": [missing.plain() for missing in self.missing],
            "findings": [finding.plain() for finding in self.findings],
            "counts": self.counts,
            "gate": self.gate.plain(),
        }

    @cached_property
    def id(self) -> Digest:
        """The digest of everything in it."""
        return digest_of(self._body)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each outcome, and how many waived and upcoming ones among them."""
        counts = {str(outcome): 0 for outcome in Outcome}
        for finding in self.findings:
            counts[str(finding.outcome)] += 1
        counts["waived"] = sum(finding.waived for finding in self.findings)
        counts["upcoming"] = sum(finding.upcoming for finding in self.findings)
        counts["total"] = len(self.findings)
        return counts

    def plain(self) -> dict[str, Any]:
        """The audit as the JSON value of `docs/audit-format.md`."""
        return {"id": self.id, **self._body}

    def to_bytes(self) -> bytes:
        """The sealed bytes: canonical JSON."""
        return canonical_bytes(self.plain())


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
