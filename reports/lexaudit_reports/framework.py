"""What the evidence says about each framework: counts with their denominator, a verdict in words, statements.

The sentences here state what the evidence supports and what it does not. They are not in the templates, so that no
template can say more than the audit does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexaudit_reports import words
from lexaudit_reports.finding import Finding


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings of each outcome, of how many; disjoint, so that they add up."""

    total: int
    """All findings."""
    applicable: int
    """Those that apply and whose law is in force on the date of law."""
    met: int
    """Of the applicable: the evidence supports them."""
    not_met: int
    """Of the applicable: it does not."""
    not_determined: int
    """Of the applicable: nothing can be concluded."""
    waived: int
    """Of the applicable that are not met or not determined: a waiver lies over them."""
    upcoming: int
    """Of all: they apply, but only from a later date."""
    upcoming_met: int
    """Of the upcoming: already supported."""
    upcoming_not_met: int
    """Of the upcoming: not supported today."""
    upcoming_not_determined: int
    """Of the upcoming: nothing can be concluded today."""
    not_applicable: int
    """Of all: they do not apply, each with its reason."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One framework, and what the evidence says about it."""

    id: str
    """The pack's id."""
    version: str
    """Its version."""
    digest: str
    """Its digest."""
    title: str
    """Its title."""
    jurisdiction: str
    """Where its law applies."""
    rules: int
    """How many rules it has."""
    instruments: tuple[Mapping[str, Any], ...]
    """The instruments it reads."""
    readings: tuple[Mapping[str, Any], ...]
    """Where the law leaves room, the reading taken and the other."""
    limits: tuple[str, ...]
    """What it does not establish."""
    tally: Tally
    """Its findings."""
    verdict: str
    """In a few words."""
    statements: tuple[str, ...]
    """In sentences, each count with its denominator."""


def tally_of(findings: Sequence[Finding]) -> Tally:
    applicable = [f for f in findings if f.outcome != "not_applicable"]
    now = [f for f in applicable if not f.upcoming]
    later = [f for f in applicable if f.upcoming]

    def of(group: Sequence[Finding], outcome: str) -> int:
        return sum(f.outcome == outcome for f in group)

    return Tally(
        len(findings),
        len(now),
        of(now, "met"),
        of(now, "not_met"),
        of(now, "not_determined"),
        sum(f.waiver is not None for f in now if f.outcome != "met"),
        len(later),
        of(later, "met"),
        of(later, "not_met"),
        of(later, "not_determined"),
        len(findings) - len(applicable),
    )


def pack_of(pack: Mapping[str, Any], findings: Sequence[Finding], as_of: str) -> Pack:
    tally = tally_of(findings)
    return Pack(
        pack["id"],
        pack["version"],
        pack["digest"],
        pack["title"],
        pack["jurisdiction"],
        _number(pack["rules"]),
        tuple(pack["instruments"]),
        tuple(pack["readings"]),
        tuple(words.sentence(item) for item in pack["limits"]),
        tally,
        _verdict(tally, findings),
        _statements(tally, findings, as_of),
    )


def _number(rules: Any) -> int:
    return rules if isinstance(rules, int) else len(rules)


def _verdict(tally: Tally, findings: Sequence[Finding]) -> str:
    """The state of a framework in a few words; the gravest thing first."""
    now = [f for f in findings if not f.upcoming and f.outcome in ("not_met", "not_determined")]
    waived = sum(f.waiver is not None for f in now)
    if tally.total == 0:
        return "nothing was judged"
    if tally.applicable == 0:
        return "nothing in force applies" if tally.upcoming else "nothing applies"
    if tally.not_met and len(now) > waived:
        parts = [f"not met: {words.share(tally.not_met, tally.applicable)} in force"]
        parts += (
            [f"not determined: {words.share(tally.not_determined, tally.applicable)}"] if tally.not_determined else []
        )
        parts += [f"{words.share(waived, len(now))} of these waived"] if waived else []
        return "; ".join(parts)
    if len(now) > waived:
        return f"not determined: {words.share(tally.not_determined, tally.applicable)} in force"
    if now:
        return f"met but for waivers: {words.share(waived, tally.applicable)} waived"
    return f"met: {words.share(tally.met, tally.applicable)} in force"


def _statements(tally: Tally, findings: Sequence[Finding], as_of: str) -> tuple[str, ...]:
    """What the evidence supports and what it does not; each count with what it is a part of."""
    if tally.total == 0:
        return ("No rule of this pack was judged for any subject. Nothing is concluded from that.",)
    said = []
    if tally.applicable:
        said.append(
            f"Of {words.count(tally.applicable, 'finding')} that apply and are in force on {words.day(as_of)}, the "
            f"evidence supports {words.share(tally.met, tally.applicable)} (met), does not support "
            f"{words.share(tally.not_met, tally.applicable)} (not met) and leaves "
            f"{words.share(tally.not_determined, tally.applicable)} open (not determined)."
        )
    else:
        said.append(
            f"No finding of this pack both applies and is in force on {words.day(as_of)}; nothing is concluded about "
            "the law in force."
        )
    unmet = tally.not_met + tally.not_determined
    if tally.waived:
        said.append(
            f"{words.share(tally.waived, unmet)} findings not met or not determined "
            f"{'lies' if tally.waived == 1 else 'lie'} under a waiver; a waiver accepts a risk and changes no outcome."
        )
    if tally.upcoming:
        first = min(f.in_force_from for f in findings if f.upcoming and f.outcome != "not_applicable")
        said.append(
            f"{words.share(tally.upcoming, tally.total)} findings "
            f"{'concerns' if tally.upcoming == 1 else 'concern'} law that applies later, the first from {words.day(first)}; "
            f"judged as if it applied today, {words.share(tally.upcoming_met, tally.upcoming)} are met, "
            f"{words.share(tally.upcoming_not_met, tally.upcoming)} not met and "
            f"{words.share(tally.upcoming_not_determined, tally.upcoming)} not determined."
        )
    if tally.not_applicable:
        said.append(
            f"{words.share(tally.not_applicable, tally.total)} findings "
            f"{'does' if tally.not_applicable == 1 else 'do'} not apply; the reason stands with each."
        )
    return tuple(said)
