"""The outcomes of a whole estate: every rule on every subject, without the words; what matters is explained when asked.

A rule is tried only on subjects that its literal equalities leave: `applies: system.risk == "high" && …` concerns no
system whose risk is known to be another. Outcomes are kept as one byte for each rule and subject.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain, islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lexaudit.condition import Unknown
from lexaudit.evaluate.dates import Start, start_of
from lexaudit.evaluate.judge import Collected, Judge
from lexaudit.facts import Derivations
from lexaudit.finding import Finding, Outcome, Severity
from lexaudit.graph import Graph, Kind, Node
from lexaudit.packs import Pack, Rule
from lexaudit.packs.view import View
from lexaudit.policy import Policy

CODES: Final = tuple(Outcome)
"""What the bytes of `Row.outcomes` stand for, by position."""
_NOT_APPLICABLE: Final = CODES.index(Outcome.NOT_APPLICABLE)
_CODE: Final = {outcome: code for code, outcome in enumerate(CODES)}


@dataclass(frozen=True)
class Row:
    """A rule with the outcome for each of its subjects."""

    pack: Pack
    rule: Rule
    subjects: Sequence[Node]
    """Every node of the rule's kind, ordered by identity."""
    outcomes: NDArray[np.uint8]
    """For each subject, a position in `CODES`."""
    upcoming: NDArray[np.bool_]
    """For each subject, whether the duty applies only after the date of law."""
    tried: int
    """How many subjects the condition of applicability had to be evaluated for."""

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many subjects of each outcome."""
        return dict(zip(CODES, np.bincount(self.outcomes, minlength=len(CODES)).tolist(), strict=True))

    def subjects_with(self, outcome: Outcome, *, upcoming: bool = False) -> list[Node]:
        """The subjects of an outcome, under law in force, or under law to come."""
        found = np.flatnonzero((self.outcomes == _CODE[outcome]) & (self.upcoming == upcoming))
        return [self.subjects[position] for position in found.tolist()]


@dataclass(frozen=True)
class Survey:
    """The outcomes of every rule for every subject it could apply to."""

    rows: tuple[Row, ...]
    judging: Callable[[], Judge]
    """Makes what explains."""

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many pairs of a rule and a subject came out how."""
        total = dict.fromkeys(CODES, 0)
        for row in self.rows:
            for outcome, number in row.counts.items():
                total[outcome] += number
        return total

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The packs under which nothing came out but what is not determined."""
        judged = {row.pack.id for row in self.rows if (row.outcomes != _CODE[Outcome.NOT_DETERMINED]).any()}
        return tuple(dict.fromkeys(row.pack.id for row in self.rows if row.pack.id not in judged))

    def blocking(self, policy: Policy, as_of: date) -> dict[Outcome, int]:
        """How many findings in force, at or above the policy's severity and not waived, are not met or not determined."""
        waived = [waiver for waiver in policy.waivers if waiver.state(as_of) == "in force"]
        numbers = {Outcome.NOT_MET: 0, Outcome.NOT_DETERMINED: 0}
        for row in self.rows:
            if Severity(row.rule.severity).rank > policy.block_at.rank:
                continue
            over = [waiver for waiver in waived if row.rule.waivable and waiver.rule == row.rule.name]
            for outcome in numbers:
                found = row.subjects_with(outcome)
                numbers[outcome] += sum(
                    not any(waiver.covers(row.rule.name, node.label) for waiver in over) for node in found
                )
        return numbers

    def gravest(self, number: int) -> list[Finding]:
        """So many findings in force that are not met, and then not determined, the gravest first."""
        ordered = replace(self, rows=tuple(sorted(self.rows, key=lambda row: Severity(row.rule.severity).rank)))
        wanted = chain(ordered.findings(Outcome.NOT_MET), ordered.findings(Outcome.NOT_DETERMINED))
        return list(islice(wanted, number))

    def findings(self, outcome: Outcome, *, upcoming: bool = False) -> Iterator[Finding]:
        """The findings of an outcome, explained one by one as they are taken: what `judge` gives for them."""
        judge = self.judging()
        for row in self.rows:
            for subject in row.subjects_with(outcome, upcoming=upcoming):
                yield judge.finding(row.pack, row.rule, subject)


def survey(graph: Graph, policy: Policy, collected: Collected, at: datetime, as_of: date) -> Survey:
    """The outcome of every rule of the policy's packs for every node of the kind it is about: those that `judge` gives."""

    def judging(*, recorded: bool = True) -> Judge:
        derivations = Derivations(graph, policy, at, as_of, recorded=recorded)
        return Judge(graph, policy, collected, at, as_of, derivations)

    surveying = _Surveying(judging(recorded=False))
    with _uncollected():
        rows = tuple(surveying.row(pack, rule) for pack in policy.packs for rule in pack.rules)
    return Survey(rows, judging)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: what is made here has none, and looking for them in a large graph takes a sixth."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass
class _Surveying:
    judge: Judge
    views: dict[Kind, list[View]] = field(default_factory=dict)
    columns: dict[str, dict[Any, list[int]]] = field(default_factory=dict)

    def row(self, pack: Pack, rule: Rule) -> Row:
        subjects = self.judge.graph.of_kind(rule.subject)
        views = self.views_of(rule.subject)
        chosen = self.candidates(rule)
        if chosen is None:
            chosen = range(len(subjects))
        found = self.judge.outcomes(rule, [views[position] for position in chosen])
        outcomes = np.full(len(subjects), _NOT_APPLICABLE, np.uint8)
        outcomes[np.asarray(chosen, np.intp)] = [_CODE[outcome] for outcome in found]
        upcoming = np.zeros(len(subjects), np.bool_)
        applicable = np.flatnonzero(outcomes != _NOT_APPLICABLE)
        starts = self.starts(pack, rule, [subjects[position] for position in applicable.tolist()])
        for position, start in zip(applicable.tolist(), starts, strict=True):
            if start.day is not None and start.day <= self.judge.as_of:
                continue
            if start.never:
                outcomes[position] = _NOT_APPLICABLE
            else:
                upcoming[position] = start.day is not None and start.day > self.judge.as_of
        return Row(pack, rule, subjects, outcomes, upcoming, len(chosen))

    def views_of(self, kind: Kind) -> list[View]:
        if kind not in self.views:
            self.views[kind] = self.judge.world.views(self.judge.graph.of_kind(kind))
        return self.views[kind]

    def candidates(self, rule: Rule) -> Sequence[int] | None:
        """The subjects that no literal equality rules out; none when all have to be tried."""
        best: list[int] | None = None
        for path, literal in rule.applies.literal_equalities:
            kind, _, name = path.partition(".")
            if kind != rule.subject or "." in name or name not in self.judge.world.fields[rule.subject]:
                continue
            column = self.column(rule.subject, name)
            # what is unknown, or of a type that cannot be looked up, has to be tried
            left = sorted([*column.get(_key(literal), ()), *column.get(_OPEN, ())])
            if best is None or len(left) < len(best):
                best = left
        return best

    def column(self, kind: Kind, name: str) -> dict[Any, list[int]]:
        path = f"{kind}.{name}"
        if path not in self.columns:
            column = self.columns[path] = {}
            for position, view in enumerate(self.views_of(kind)):
                column.setdefault(_key(view[name]), []).append(position)
        return self.columns[path]

    def starts(self, pack: Pack, rule: Rule, subjects: Sequence[Node]) -> Iterable[Start]:
        """`start_of` for each subject; once for all that belong to the same systems and models."""
        look = self.judge.world.look
        routes = {when for o in rule.obligations for _, when in o.applies_from if when != "all"}
        lookups = sorted({"models" if pack.routes[when].subject is Kind.MODEL else "systems" for when in routes})
        if subjects and not lookups:
            yield from [start_of(rule, pack, subjects[0], self.judge.derivations, self.judge.as_of)] * len(subjects)
            return
        known: dict[tuple[str, ...], Start] = {}
        for subject in subjects:
            about = tuple(view.node.id for lookup in lookups for view in look(lookup, subject.id))
            if about not in known:
                known[about] = start_of(rule, pack, subject, self.judge.derivations, self.judge.as_of)
            yield known[about]


_OPEN: Final = object()
"""The key of values that do not rule a subject out."""


def _key(value: Any) -> Any:
    """What equal values share, as CEL compares: numbers of any type by value, but true is not 1."""
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, Unknown):
        return (float, float(value))
    return _OPEN
