"""The audit: one judgement of one graph under packs and a policy, as plain frozen data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from lexaudit import __version__
from lexaudit.canonical import Digest, canonical_bytes, digest_of
from lexaudit.collect import Evidence, Missing
from lexaudit.collect.gather import Gathered
from lexaudit.errors import InputError
from lexaudit.evaluate.judge import Judgement, Memory, judge
from lexaudit.facts import Derivations, plain_facts
from lexaudit.finding import Finding, Outcome, Severity
from lexaudit.graph import Graph
from lexaudit.plan import Plan, make_plan
from lexaudit.policy import Policy, plain_policy
from lexaudit.shipped import engine_digest

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
    unjudged: tuple[str, ...]
    """Chosen packs under which nothing at all was judged."""

    @property
    def exit_code(self) -> int:
        """0 open, 1 closed by findings, 3 not determined."""
        # INVARIANT: no rules, no subjects or no evidence where it is needed is not determined (plan, section 4, no. 4)
        if self.closed_by:
            return 1
        if self.undetermined or self.unjudged:
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
        if self.undetermined:
            return (
                f"not determined: {_count(len(self.undetermined), 'obligation')} at or above severity "
                f"{self.block_at} could not be determined"
            )
        if self.unjudged:
            return f"not determined: nothing was judged under {' and '.join(self.unjudged)}"
        text = f"open: no finding in force at or above severity {self.block_at} is unmet or undetermined"
        if self.waived:
            text += f", but for {_count(len(self.waived), 'waived finding')}"
        return text

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "open": self.exit_code == 0,
            "exit_code": self.exit_code,
            "block_at": self.block_at,
            "closed_by": list(self.closed_by),
            "undetermined": list(self.undetermined),
            "waived": list(self.waived),
            "upcoming": list(self.upcoming),
            "unjudged": list(self.unjudged),
            "sentence": self.sentence,
        }


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


def run(
    graph: Graph,
    policy: Policy,
    collect: Callable[[Plan], Gathered],
    at: datetime,
    as_of: date,
    *,
    memory: Memory | None = None,
    keep: Callable[[Judgement], None] | None = None,
) -> Audit:
    """The one path: derive facts, plan evidence, collect it, judge, and say what follows.

    `at` is the time of knowledge (UTC), `as_of` the date of law. Everything random or timed inside comes from the policy's
    seed and from `at`, so that the same arguments give the same bytes, with the `memory` of an earlier judgement under
    the same policy and date of law or without. `keep` gets the judgement, to remember it.
    """
    if not graph.nodes:
        raise InputError("the manifest describes nothing", advice="add at least one system, with what it is made of")
    derivations = Derivations(graph, policy, at, as_of)
    plan = make_plan(graph, policy, at, as_of, derivations=derivations)
    gathered = collect(plan)
    judgement = judge(graph, policy, gathered.collected, at, as_of, memory=memory, derivations=derivations)
    if keep is not None:
        keep(judgement)
    findings = judgement.findings
    used = {finding.waiver.id for finding in findings if finding.waiver}
    found = [gathered.collected[need.key] for need in plan.needs]
    return Audit(
        title=graph.title,
        engine={"name": "lexaudit", "version": __version__, "digest": engine_digest()},
        at=at,
        as_of=as_of,
        graph=graph,
        notes=judgement.derivations.world.lineage.notes(),
        packs=[pack.plain() for pack in policy.packs],
        policy=plain_policy(policy, as_of, used),
        facts=plain_facts(judgement.derivations, graph, policy),
        plan=[gathered.plain(need, plan.asked_by[need.key]) for need in plan.needs],
        evidence=tuple({piece.id: piece for piece in found if isinstance(piece, Evidence)}.values()),
        missing=tuple(piece for piece in found if isinstance(piece, Missing)),
        findings=findings,
        gate=gate_of(findings, [pack.id for pack in policy.packs], policy.block_at),
    )


def gate_of(findings: Sequence[Finding], packs: Sequence[str], block_at: Severity) -> Gate:
    """What the findings under these packs mean for a release that this severity blocks."""
    grave = [finding for finding in findings if finding.severity.rank <= block_at.rank]
    failing = [finding for finding in grave if finding.outcome in (Outcome.NOT_MET, Outcome.NOT_DETERMINED)]
    # INVARIANT: future law never fails today's gate (plan, section 4, no. 6)
    now = [finding for finding in failing if not finding.upcoming]
    # a value stated of a derived fact is held against it, but is no duty
    duties = [finding for finding in findings if any(citation.obligation for citation in finding.citations)]
    judged = {finding.pack for finding in duties if finding.outcome is not Outcome.NOT_DETERMINED}
    return Gate(
        block_at=str(block_at),
        closed_by=tuple(f.id for f in now if f.outcome is Outcome.NOT_MET and not f.waived),
        undetermined=tuple(f.id for f in now if f.outcome is Outcome.NOT_DETERMINED and not f.waived),
        waived=tuple(f.id for f in now if f.waived),
        upcoming=tuple(f.id for f in failing if f.upcoming),
        unjudged=tuple(pack for pack in packs if pack not in judged),
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
