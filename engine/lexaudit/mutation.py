"""Whether a pack's cases would notice if its law were written wrongly: small mistakes are made, one at a time.

A mistake is noticed when some case that can read it comes out otherwise than it expects. One that is not noticed stands
for a missing case, or for a change that makes no difference in law; which of the two a person has to say.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from lexaudit.cases import Case, Stage
from lexaudit.condition import Condition, ConditionErrors, EvaluationFault, Unknown
from lexaudit.condition import compile as compile_condition
from lexaudit.condition import format as written
from lexaudit.condition.syntax import Binary, Call, Comprehension, Literal, Logic, Node, Unary, children
from lexaudit.condition.types import BOOL
from lexaudit.condition.values import Uint
from lexaudit.errors import LexauditError, Place
from lexaudit.evaluate.judge import Judgement
from lexaudit.graph import Kind
from lexaudit.packs import Obligation, Pack
from lexaudit.packs.pack import Rule
from lexaudit.packs.seats import Environment, Seat, atoms, seats, within
from lexaudit.packs.vocabulary import FLOW_WORDS, LITERALS

Progress = Callable[[str, float, str], None]


@dataclass(frozen=True)
class Mutant:
    """A pack with one mistake in it."""

    place: Place
    """Where the mistake was made."""
    where: str
    """What it belongs to."""
    what: str
    """What was changed, as before and after."""
    pack: Callable[[], Pack]
    """The pack with the mistake, made when it is needed."""
    reads: tuple[str, str]
    """What a case must read to notice: `rule`, `fact`, `route` or `transitional`, and which."""
    condition: tuple[Condition, Condition] | None = None
    """The condition before and after; none when something else was changed."""


@dataclass(frozen=True, slots=True)
class MutationScore:
    """How many of the mistakes the cases noticed."""

    made: int
    """Mistakes that were tried."""
    possible: int
    """Mistakes that could have been tried."""
    survivors: tuple[Mutant, ...]
    """Mistakes that no case noticed."""

    @property
    def noticed(self) -> int:
        """Mistakes that some case noticed."""
        return self.made - len(self.survivors)

    @property
    def percent(self) -> float:
        """The share noticed; 0 where none was made, because nothing to check is not a pass."""
        return 100 * self.noticed / self.made if self.made else 0.0


def score(
    pack: Pack, cases: Sequence[Case], progress: Progress, *, sample: int | None = None, seed: int = 0
) -> MutationScore:
    """Make mistakes in a pack and run the cases that can read each; the same arguments give the same score.

    With `sample`, so many mistakes are drawn with the seed. The cases must hold for the pack as it is: one that does not
    is left out, since it would notice everything.
    """
    possible = mutants(pack)
    chosen = possible
    if sample is not None and sample < len(possible):
        drawn = random.Random(seed).sample(range(len(possible)), sample)  # noqa: S311  # no secret
        chosen = [possible[number] for number in sorted(drawn)]
    bench = _Bench(pack, cases)
    survivors = []
    for number, mutant in enumerate(chosen):
        progress("mistakes", number / len(chosen), f"{number} of {len(chosen)}")
        if not bench.notices(mutant):
            survivors.append(mutant)
    progress("mistakes", 1.0, "done")
    return MutationScore(len(chosen), len(possible), tuple(survivors))


class _Bench:
    """The cases made ready, with how each came out for the pack as it is."""

    def __init__(self, pack: Pack, cases: Sequence[Case]) -> None:
        self.pack = pack
        self.stages: list[tuple[Stage, Judgement]] = []
        for case in cases:
            try:
                stage = Stage(case, pack)
                if not stage.differences(pack):
                    judged = stage.judgement(pack)
                    for expect in case.said.expect:
                        _read_fact(judged, expect.fact, expect.subject)
                    self.stages.append((stage, judged))
            except LexauditError:
                continue

    def notices(self, mutant: Mutant) -> bool:
        part, owner = mutant.reads
        changed: Pack | None = None
        for stage, judged in self.stages:
            if not self._reads(stage, judged, mutant):
                continue
            changed = changed or mutant.pack()
            try:
                if stage.differences(changed, owner if part == "rule" else None):
                    return True
            except LexauditError:
                return True
        return False

    def _reads(self, stage: Stage, judged: Judgement, mutant: Mutant) -> bool:
        """Whether the mistake can show in a case: it is read, and it gives something else on what the case holds."""
        part, owner = mutant.reads
        derivations = judged.derivations
        if part == "rule":
            return owner in stage.rules
        if part == "fact":
            subjects = [
                found.node for (_, _), found in list(derivations.done.items()) if found.declaration.path == owner
            ]
        else:
            about = self.pack.routes[owner].subject if part == "route" else Kind.SYSTEM
            subjects = [node for node in stage.graph.nodes.values() if node.kind == about] if stage.rules else []
        if mutant.condition is None:
            return bool(subjects)
        before, after = mutant.condition
        return any(
            _told(before.evaluate(activation)) != _told(after.evaluate(activation))
            for activation in map(derivations.activation, subjects)
        )


def _read_fact(judged: Judgement, path: str | None, label: str) -> None:
    """Derive a fact that a case asks for, so that what it rests on is known."""
    for node in judged.derivations.world.graph.nodes.values() if path else ():
        name = str(path).partition(".")[2]
        if node.label == label and name in judged.derivations.world.view(node):
            judged.derivations.world.view(node)[name]


def _told(value: Any) -> Any:
    """What a judgement sees of a value."""
    if isinstance(value, Unknown):
        return value.paths
    return value.message if isinstance(value, EvaluationFault) else value


# mistakes -------------------------------------------------------------------------------------------------------------


def mutants(pack: Pack) -> list[Mutant]:
    """Every mistake that is tried: in conditions, in answers, in what derivations give, and in dates."""
    found: list[Mutant] = []
    environment = Environment(pack)
    for seat in seats(pack):
        found += _in_condition(pack, seat, environment)
    for rule in pack.rules:
        found += _in_answers(pack, rule)
        found += _in_dates(pack, rule)
    for fact in pack.facts.values():
        for index, branch in enumerate(fact.branches):
            if isinstance(branch.value, bool):
                wrong = replace(branch, value=not branch.value)
                branches = (*fact.branches[:index], wrong, *fact.branches[index + 1 :])
                facts = {**pack.facts, fact.path: replace(fact, branches=branches)}
                found.append(
                    Mutant(
                        (branch.condition.place if branch.condition else None) or fact.place,
                        f"fact `{fact.path}`, branch {index + 1}",
                        f"gives `{str(wrong.value).lower()}`",
                        lambda facts=facts: replace(pack, facts=facts),  # type: ignore[misc]
                        ("fact", fact.path),
                    )
                )
    for at, shift in enumerate(pack.transitional):
        if shift.start is not None:
            for days in (-1, 1):
                moved = replace(shift, start=shift.start + timedelta(days=days))
                shifts = (*pack.transitional[:at], moved, *pack.transitional[at + 1 :])
                found.append(
                    Mutant(
                        shift.place,
                        f"transitional `{shift.id}`",
                        f"from {shift.start} → {moved.start}",
                        lambda shifts=shifts: replace(pack, transitional=shifts),  # type: ignore[misc]
                        ("transitional", shift.id),
                    )
                )
    return found


def _in_condition(pack: Pack, seat: Seat, environment: Environment) -> Iterator[Mutant]:
    condition = seat.condition
    tried = {written(condition.tree)}
    changes: list[tuple[Node, Node]] = [
        (condition.tree, Literal(condition.tree.span, value)) for value in (True, False)
    ]
    changes += [(atom, Unary(atom.span, "!", atom)) for atom in atoms(condition.tree) if not _turns_over(atom)]
    changes += list(_changes(condition.tree))
    for node, wrong in changes:
        source = condition.source[: node.span.start] + f"({written(wrong)})" + condition.source[node.span.end :]
        try:
            changed = compile_condition(source, environment.of(seat), place=condition.place, expect=BOOL)
        except ConditionErrors:
            continue  # such a mistake would be refused when the pack loads
        if written(changed.tree) in tried:
            continue
        tried.add(written(changed.tree))
        yield Mutant(
            within(condition, node.span.start),
            seat.where,
            f"{written(node)} → {written(wrong)}",
            lambda changed=changed: seat.put(pack, changed),  # type: ignore[misc]
            (seat.part, seat.owner),
            (condition, changed),
        )


def _turns_over(node: Node) -> bool:
    """Whether another mistake turns it into its contrary already."""
    return isinstance(node, Binary) and node.operator in ("==", "!=")


_OTHER = {"&&": "||", "||": "&&", "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def _changes(node: Node) -> Iterator[tuple[Node, Node]]:
    """Every small change in a tree: the part, and what stands there instead."""
    match node:
        case Logic(operator=operator, operands=operands):
            yield node, replace(node, operator=_OTHER[operator])
            for at in range(len(operands)):
                rest = operands[:at] + operands[at + 1 :]
                yield node, rest[0] if len(rest) == 1 else replace(node, operands=rest)
        case Binary(operator=operator) if operator in _OTHER:
            yield node, replace(node, operator=_OTHER[operator])
        case Comprehension(macro="all" | "exists" as macro):
            yield node, replace(node, macro="exists" if macro == "all" else "all")
        case Unary(operator="!", operand=operand):
            yield node, operand
        case Call(function=function, target=Node() as target) if function in FLOW_WORDS:
            # another flow's name is refused when a pack loads: no mistake that a case would have to notice
            yield from _changes(target)
            return
        case Call(function=function, arguments=arguments) if function == "timestamp" or function in LITERALS:
            # a date or one of a fixed list of words: changed as what it is
            for at, argument in enumerate(arguments):
                other = _other_word(function, argument.value) if isinstance(argument, Literal) else None
                if other is not None:
                    changed = (*arguments[:at], Literal(argument.span, other), *arguments[at + 1 :])
                    yield node, replace(node, arguments=changed)
            for part in (*([node.target] if node.target else []), *arguments):
                if not isinstance(part, Literal):
                    yield from _changes(part)
            return
        case Literal(value=value):
            other = _other_value(value)
            if other is not None:
                yield node, Literal(node.span, other)
    for part in children(node):
        yield from _changes(part)


def _other_word(function: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    if function == "timestamp":
        try:
            day = date.fromisoformat(value[:10]) + timedelta(days=1)
        except ValueError:
            return None
        return day.isoformat() + value[10:]
    known = LITERALS[function][1]
    return known[(known.index(value) + 1) % len(known)] if value in known else None


def _other_value(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case Uint():
            return None
        case int() | float():
            return value + 1
        case str():
            return value + "?"
    return None


def _in_answers(pack: Pack, rule: Rule) -> Iterator[Mutant]:
    for index, expectation in enumerate(rule.expects):
        if expectation.question:
            other = "no" if expectation.answer == "yes" else "yes"
            expects = (*rule.expects[:index], replace(expectation, answer=other), *rule.expects[index + 1 :])
            yield _of_rule(
                pack,
                rule,
                replace(rule, expects=expects),
                expectation.place,
                f"rule `{rule.id}`, expectation {index + 1}",
                f"answer {expectation.answer} → {other}",
            )


def _in_dates(pack: Pack, rule: Rule) -> Iterator[Mutant]:
    """A day more or less in each date that the rule's obligations share, and in the day on which they end."""
    dates: dict[tuple[date, str], Obligation] = {}
    for obligation in rule.obligations:
        for entry in obligation.applies_from:
            dates.setdefault(entry, obligation)
    for (day, when), first in dates.items():
        for days in (-1, 1):
            other = day + timedelta(days=days)
            shifted = tuple(
                replace(
                    o, applies_from=tuple((other, w) if (d, w) == (day, when) else (d, w) for d, w in o.applies_from)
                )
                for o in rule.obligations
            )
            yield _of_rule(
                pack,
                rule,
                replace(rule, obligations=shifted),
                first.place,
                f"rule `{rule.id}`, dates",
                f"{first.instrument.short} {first.provision} applies from {day} ({when}) → {other}",
            )
    for last in {o.until: o for o in rule.obligations if o.until}.values():
        assert last.until is not None
        for days in (-1, 1):
            other = last.until + timedelta(days=days)
            ended = tuple(replace(o, until=other) if o.until == last.until else o for o in rule.obligations)
            yield _of_rule(
                pack,
                rule,
                replace(rule, obligations=ended),
                last.place,
                f"rule `{rule.id}`, dates",
                f"{last.instrument.short} {last.provision} until {last.until} → {other}",
            )


def _of_rule(pack: Pack, rule: Rule, wrong: Rule, place: Place, where: str, what: str) -> Mutant:
    return Mutant(
        place,
        where,
        what,
        lambda: replace(pack, rules=tuple(wrong if other.id == rule.id else other for other in pack.rules)),
        ("rule", rule.id),
    )
