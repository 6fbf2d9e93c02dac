"""The cases beside a pack's rules: a small graph, what would be measured, and the outcome expected, subject by subject."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from lexaudit.canonical import Digest, digest_of
from lexaudit.collect import Evidence, Missing
from lexaudit.condition import Declarations, Unknown
from lexaudit.condition import compile as compile_condition
from lexaudit.errors import InputError, LexauditError, Place, raise_all
from lexaudit.evaluate.judge import Judgement, judge
from lexaudit.facts import json_value
from lexaudit.finding import Finding, Severity
from lexaudit.graph import Graph, Node
from lexaudit.graph.manifest import graph_of
from lexaudit.marked import Marked, PathKey, parse_marked
from lexaudit.packs import Pack
from lexaudit.packs.shapes import CaseExpectShape, CaseShape
from lexaudit.plan import make_plan
from lexaudit.policy import Policy, ReadingChoice, Registered
from lexaudit.shaped import shape

DEFAULT_DAY = date(2026, 11, 24)
"""The date of law of a case that names none; fixed, so that a case means the same tomorrow."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a case expected, and what came."""

    case: str
    place: Place
    what: str
    expected: str
    got: str

    def render(self) -> str:
        """As printed."""
        return f"{self.place}: {self.case}\n    {self.what}\n    expected: {self.expected}\n    got:      {self.got}"


@dataclass(frozen=True, slots=True)
class CasesResult:
    """What running a pack's cases showed."""

    cases: int
    expectations: int
    differences: tuple[Difference, ...]
    outcomes: Mapping[str, frozenset[str]]
    """By rule: the outcomes that some case expects of it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it is written."""

    said: CaseShape
    """What it says."""
    document: Marked
    """The file it stands in."""
    at: PathKey
    """Where in the file."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.document.place(*self.at)


def read_cases(pack: Pack) -> list[Case]:
    """Every case in `tests/`, in order. Raises `InputError` for those that cannot be read."""
    cases: list[Case] = []
    errors: list[InputError] = []
    for path in sorted((pack.folder / "tests").rglob("*.yaml")):
        document = parse_marked(
            path.read_bytes(), f"pack:{pack.folder.name}/{path.relative_to(pack.folder).as_posix()}"
        )
        entries: list[tuple[Any, PathKey]] = (
            [(entry, (index,)) for index, entry in enumerate(document.data)]
            if isinstance(document.data, list)
            else [(document.data, ())]
        )
        for entry, at in entries:
            case, problems = shape(CaseShape, document, entry, at)
            errors.extend(problems)
            if case is not None:
                cases.append(Case(case, document, at))
    raise_all(errors)
    return cases


def run_cases(pack: Pack, cases: Sequence[Case] | None = None) -> CasesResult:
    """Run these cases, or every case in `tests/`. Raises `InputError` for a case that cannot be read."""
    cases = read_cases(pack) if cases is None else cases
    differences: list[Difference] = []
    outcomes: dict[str, set[str]] = {rule.id: set() for rule in pack.rules}
    for case in cases:
        for expect in case.said.expect:
            if expect.rule and expect.outcome and expect.rule in outcomes:
                outcomes[expect.rule].add(expect.outcome)
        try:
            differences.extend(Stage(case, pack).differences(pack))
        except LexauditError as error:
            differences.append(
                Difference(case.said.case, case.place, "the case cannot be judged", "a judgement", error.render())
            )
    return CasesResult(
        len(cases),
        sum(len(case.said.expect) for case in cases),
        tuple(differences),
        {rule: frozenset(found) for rule, found in outcomes.items()},
    )


_ALWAYS = compile_condition("true", Declarations({}, []))


class Stage:
    """A case made ready, so that it can be judged under one version of its pack after another.

    Only the rules that the case speaks of are judged. Raises `LexauditError` where the case describes no graph.
    """

    def __init__(self, case: Case, pack: Pack) -> None:
        said = case.said
        self.case = case
        self.graph = _graph(said, case.document, case.at)
        self.rules = frozenset(expect.rule for expect in said.expect if expect.rule)
        """The rules it speaks of."""
        self._as_of = said.as_of or DEFAULT_DAY
        self._day = said.at or self._as_of
        self._at = datetime(self._day.year, self._day.month, self._day.day, 12, tzinfo=UTC)
        self._collected = self._evidence(pack)

    def _evidence(self, pack: Pack) -> dict[Digest, Evidence | Missing]:
        """What the case gives for whatever its rules could ask, whether or not they turn out to apply."""
        asking = replace(pack, rules=tuple(replace(r, applies=_ALWAYS) for r in pack.rules if r.id in self.rules))
        collected: dict[Digest, Evidence | Missing] = {}
        for need in make_plan(self.graph, self._policy(asking), self._at, self._as_of).needs:
            label = self.graph.nodes[need.subject].label
            collected[need.key] = Missing(need, "the case gives no evidence")
            best = -1
            for given in self.case.said.evidence:
                fits = all(need.parameters.get(key) == value for key, value in given.with_.items())
                if given.collector == need.collector and given.subject == label and fits and len(given.with_) > best:
                    best = len(given.with_)
                    collected[need.key] = (
                        Missing(need, given.missing or "the case says so")
                        if given.result is None
                        else Evidence(need, given.result, "given by the case", {}, "case", 0, {}, {}, {}, self._at, ())
                    )
        return collected

    def _policy(self, pack: Pack) -> Policy:
        thresholds = self.case.said.thresholds
        return Policy(
            "case",
            (pack,),
            Severity.HIGH,
            0,
            {n: Registered(n, value, "the case", "organisation", self._day) for n, value in thresholds.items()},
            (),
            digest_of(sorted(thresholds.items())),
            {name: ReadingChoice(name, take, "the case") for name, take in self.case.said.readings.items()},
        )

    def judgement(self, pack: Pack, rules: Container[str] | None = None) -> Judgement:
        """The case judged under these rules of a pack; under all it speaks of when none are named."""
        chosen = self.rules if rules is None else rules
        judged = replace(pack, rules=tuple(rule for rule in pack.rules if rule.id in chosen))
        return judge(self.graph, self._policy(judged), self._collected, self._at, self._as_of)

    def differences(self, pack: Pack, rule: str | None = None) -> list[Difference]:
        """What came out otherwise than the case expects; of one rule alone when it is named."""
        judgement = self.judgement(pack, None if rule is None else (rule,))
        findings = {(finding.rule, finding.subject): finding for finding in judgement.findings}
        name, differences = self.case.said.case, []
        for index, expect in enumerate(self.case.said.expect):
            if rule is not None and expect.rule != rule:
                continue
            place = self.case.document.place(*self.case.at, "expect", index)
            subject = next((node for node in self.graph.nodes.values() if node.label == expect.subject), None)
            if subject is None:
                differences.append(Difference(name, place, "the subject", expect.subject, "no such node in the case"))
            elif expect.fact:
                differences += [Difference(name, place, *row) for row in _fact_rows(expect, subject, judgement)]
            else:
                finding = findings.get((str(expect.rule), subject.id))
                differences += [Difference(name, place, *row) for row in _rule_rows(expect, finding)]
        return differences


def _graph(case: CaseShape, document: Marked, at: PathKey) -> Graph:
    prefix = (*at, "manifest")
    data = {"lexaudit": 1, "namespace": "case", "title": case.case, **case.manifest}
    return graph_of([document.under(prefix if prefix in document.values else at, data)])


def _rule_rows(expect: CaseExpectShape, finding: Finding | None) -> list[tuple[str, str, str]]:
    what = f"{expect.rule} on {expect.subject}"
    if finding is None:
        return [
            (what, expect.outcome or "a finding", "no finding: is the rule spelt right, and about this kind of node?")
        ]
    rows: list[tuple[str, str, str]] = []
    if expect.outcome and finding.outcome != expect.outcome:
        rows.append((what, expect.outcome, f"{finding.outcome}: {finding.summary}"))
    missing = [item.path for reason in finding.reasons for item in reason.missing]
    rows += [
        (f"{what}, missing", path, ", ".join(missing) or "nothing")
        for path in expect.missing
        if not any(path in found for found in missing)
    ]
    if expect.upcoming is not None and expect.upcoming != finding.upcoming:
        rows.append(
            (
                f"{what}, upcoming",
                str(expect.upcoming).lower(),
                f"{str(finding.upcoming).lower()} ({finding.date_note})",
            )
        )
    if expect.in_force_from is not None:
        got = finding.in_force_from.isoformat() if finding.in_force_from else "never"
        if got != str(expect.in_force_from):
            rows.append((f"{what}, in force from", str(expect.in_force_from), f"{got} ({finding.date_note})"))
    said = " ".join(reason.because for reason in finding.reasons) + " " + finding.summary
    if expect.reason and expect.reason not in said:
        rows.append((f"{what}, reason", expect.reason, said))
    return rows


def _fact_rows(expect: CaseExpectShape, subject: Node, judgement: Judgement) -> list[tuple[str, str, str]]:
    name = str(expect.fact).partition(".")[2]
    what = f"{expect.fact} of {expect.subject}"
    try:
        value = judgement.derivations.world.view(subject)[name]
    except KeyError:
        return [(what, str(expect.value), "no such fact")]
    shown = "unknown" if isinstance(value, Unknown) else json_value(value)
    expected = expect.value.isoformat() if isinstance(expect.value, date) else expect.value
    derived = judgement.derivations.done.get((subject.id, name))
    rows: list[tuple[str, str, str]] = []
    if shown != expected:
        why = f" ({derived.because})" if derived else ""
        lacking = f", missing {', '.join(sorted(value.paths))}" if isinstance(value, Unknown) else ""
        rows.append((what, str(expected), f"{shown}{why}{lacking}"))
    if expect.because and (derived is None or expect.because not in derived.because):
        rows.append((f"{what}, because", expect.because, derived.because if derived else "it is not derived"))
    lacking_paths = sorted(value.paths) if isinstance(value, Unknown) else []
    rows += [
        (f"{what}, missing", path, ", ".join(lacking_paths) or "nothing")
        for path in expect.missing
        if not any(path in found for found in lacking_paths)
    ]
    return rows
