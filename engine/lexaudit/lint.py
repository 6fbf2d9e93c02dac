"""What loads but is surely wrong in a pack: law that no subject can reach, rules that contradict each other, idle parts.

Only what is wrong whatever the pack means is a problem. What may be right is a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexaudit.cases import Case
from lexaudit.condition import Condition
from lexaudit.condition import format as written
from lexaudit.condition.syntax import Binary, Call, ListOf, Literal, Logic, Name, Node, Select, Unary, children
from lexaudit.errors import Place
from lexaudit.evaluate.dates import BINDING
from lexaudit.graph import Attribute, Kind
from lexaudit.marked import parse_marked
from lexaudit.packs import Expectation, Pack, Rule
from lexaudit.packs.seats import Environment, Seat, seats, within
from lexaudit.packs.vocabulary import FLOW_WORDS


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it is, and what to do."""

    place: Place
    what: str
    advice: str

    def render(self) -> str:
        """As printed."""
        return f"{self.place}: {self.what}\n  help: {self.advice}"


def lint_pack(pack: Pack, cases: Sequence[Case]) -> list[Problem]:
    """Every problem of a pack, by place."""
    found: list[Problem] = []
    for check in CHECKS:
        found.extend(check(pack))
    tested = {expect.rule for case in cases for expect in case.said.expect}
    found += [
        Problem(rule.place, f"the rule `{rule.id}` has no case", "add cases under `tests/`: met, not met, and the rest")
        for rule in pack.rules
        if rule.id not in tested
    ]
    return sorted(dict.fromkeys(found), key=lambda problem: (problem.place, problem.what))


def idle_obligations(pack: Pack) -> list[Problem]:
    """The obligations that no rule rests on: right for a catalogue that says more than rules can judge, so only notes."""
    used = {obligation.id for rule in pack.rules for obligation in rule.obligations}
    used |= {name for shift in pack.transitional for name in shift.obligations}
    cited = " ".join(
        [cite for fact in pack.facts.values() for cite in fact.cite]
        + [cite for fact in pack.facts.values() for branch in fact.branches for cite in branch.cite]
        + [route.cite for route in pack.routes.values()]
        + [shift.cite for shift in pack.transitional]
    )
    return [
        Problem(
            obligation.place,
            f"no rule, fact or date rests on `{obligation.id}` ({obligation.provision}, {obligation.kind})",
            "write a rule for it, or say in the README why none can be written",
        )
        for obligation in pack.obligations.values()
        if obligation.id not in used and obligation.kind in BINDING and obligation.provision not in cited
    ]


# idle parts -----------------------------------------------------------------------------------------------------------


def _idle(pack: Pack) -> Iterator[Problem]:
    read: set[str] = set()
    flowing = [
        c for flow in pack.flows.values() for c in (*flow.starts.values(), *(stop.condition for stop in flow.stops))
    ]
    conditions = [*(seat.condition for seat in seats(pack)), *flowing]
    for condition in conditions:
        read |= {node.field for node in _every(condition.tree) if isinstance(node, Select)}
    asked = {
        argument.value
        for condition in conditions
        for node in _every(condition.tree)
        if isinstance(node, Call) and node.function in FLOW_WORDS
        for argument in node.arguments
        if isinstance(argument, Literal)
    }
    for flow in pack.flows.values():
        if flow.name not in asked:
            yield Problem(
                flow.place,
                f"no condition asks whether the flow `{flow.name}` reaches something",
                f'take it out, or write a rule with `carries("{flow.name}")`',
            )
    for fact in pack.facts.values():
        if fact.name not in read:
            yield Problem(
                fact.place, f"no condition reads the fact `{fact.path}`", "take it out, or write the rule that needs it"
            )
    paths = {path for seat in seats(pack) for path in seat.condition.paths}
    for threshold in pack.thresholds.values():
        if f"threshold.{threshold.name}" not in paths:
            yield Problem(
                threshold.place,
                f"no condition reads the threshold `{threshold.name}`",
                "take it out, or compare a measurement with it",
            )


# what rules say of themselves -----------------------------------------------------------------------------------------


def _forms(pack: Pack) -> Iterator[Problem]:
    for rule in pack.rules:
        forms = {expectation.form for expectation in rule.expects}
        strongest = next(form for form in ("measured", "recorded", "computed", "attested") if form in forms)
        if rule.form == "measured" and "measured" not in forms:
            yield Problem(
                rule.place,
                f"`{rule.id}` says it is measured, but its strongest part is {strongest}",
                f"write `form: {'recorded' if strongest == 'computed' else strongest}`, or measure something",
            )


_FORBIDDEN = re.compile(r"\bcompliant\b", re.IGNORECASE)
_WORDS = re.compile(r"\w+")


def _wording(pack: Pack) -> Iterator[Problem]:
    for rule in pack.rules:
        for expectation in rule.expects:
            if len(_WORDS.findall(expectation.say)) < 2:
                yield Problem(
                    expectation.place,
                    f"`say: {expectation.say}` is no sentence",
                    "say in one plain sentence what is so when the expectation is met",
                )
        if len(_WORDS.findall(rule.remedy)) < 2:
            yield Problem(rule.place, f"the remedy of `{rule.id}` is no sentence", "say what a person should do")
    for path in sorted(pack.folder.rglob("*.yaml")):
        shown = f"pack:{pack.folder.name}/{path.relative_to(pack.folder).as_posix()}"
        document = parse_marked(path.read_bytes(), shown)
        for key, place in document.values.items():
            text = _at(document.data, key)
            if isinstance(text, str) and _FORBIDDEN.search(text):
                yield Problem(
                    place,
                    "the word `compliant` is used",
                    "say what is met and what is not: no audit establishes compliance",
                )


def _at(data: Any, key: Sequence[str | int]) -> Any:
    for part in key:
        data = data[part]
    return data


# dates ----------------------------------------------------------------------------------------------------------------


def _dates(pack: Pack) -> Iterator[Problem]:
    for obligation in pack.obligations.values():
        days = [day for day, _ in obligation.applies_from]
        if days != sorted(days):
            yield Problem(
                obligation.place,
                f"the dates of `{obligation.id}` are not in order",
                "write `applies_from` with the earliest date first",
            )
        if obligation.until is not None and days and obligation.until < max(days):
            yield Problem(
                obligation.place,
                f"`{obligation.id}` ends on {obligation.until}, before it applies to everyone it is for ({max(days)})",
                "correct `until` or `applies_from`",
            )
    for shift in pack.transitional:
        if shift.start is None:
            continue
        shifted = [
            day
            for obligation in pack.obligations.values()
            if not shift.obligations or obligation.id in shift.obligations
            for day, when in obligation.applies_from
            if when in shift.routes
        ]
        # a date already later is not brought forward on purpose: the first transitional case that matches wins
        if shifted and min(shifted) > shift.start:
            yield Problem(
                shift.place,
                f"`{shift.id}` begins on {shift.start}, before every date that it is to put off ({min(shifted)} …)",
                "correct `from`, or the routes it is for",
            )


# conditions that cannot be so -----------------------------------------------------------------------------------------


def _unreachable(pack: Pack) -> Iterator[Problem]:
    given = {fact.path: [branch.value for branch in fact.branches] for fact in pack.facts.values() if fact.derived}
    environment = Environment(pack)
    for seat in seats(pack):
        tree = seat.condition.tree
        yield from _impossible_words(seat, environment.fields, given)
        # a route may be there for nobody: the text of a law that was amended before it applied
        if seat.part == "rule" and not any(isinstance(node, Name) for node in _every(tree)) and written(tree) != "true":
            yield Problem(
                within(seat.condition, 0),
                f"{seat.where}: the condition reads nothing",
                "name what it depends on; write `true` for a rule that always applies",
            )
        clash = _clash(seat.condition)
        if clash:
            yield Problem(
                within(seat.condition, 0),
                f"{seat.where}: can never be true, because {clash}",
                "one of the two is meant otherwise; use `||` where either will do",
            )
    for fact in pack.facts.values():
        earlier: set[str] = set()
        for index, branch in enumerate(fact.branches):
            if branch.condition is None:
                continue
            text = written(branch.condition.tree)
            if text in earlier:
                yield Problem(
                    within(branch.condition, 0),
                    f"fact `{fact.path}`, branch {index + 1}: is never reached, because an earlier one asks the same",
                    "take it out, or change one of the two",
                )
            earlier.add(text)


def _clash(condition: Condition) -> str:
    """Two things that would have to hold together and cannot; empty if none is seen."""
    needed: dict[str, Any] = {}
    for path, value in condition.literal_equalities:
        if path in needed and (type(needed[path]), needed[path]) != (type(value), value):
            return f"`{path}` cannot be both {_shown(needed[path])} and {_shown(value)}"
        needed[path] = value
    tree = condition.tree
    operands = tree.operands if isinstance(tree, Logic) and tree.operator == "&&" else ()
    texts = {_plain(operand) for operand in operands}
    for operand in operands:
        if _contrary(operand) in texts:
            return f"`{written(operand)}` cannot both hold and not hold"
    return ""


def _impossible_words(
    seat: Seat, fields: Mapping[Kind, Mapping[str, Attribute]], given: Mapping[str, list[Any]]
) -> Iterator[Problem]:
    """Comparisons of a choice with a word that is none of its choices, or of a derived fact with what it never is."""
    for node in _every(seat.condition.tree):
        if not isinstance(node, Binary) or node.operator not in ("==", "!=", "in"):
            continue
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if not isinstance(side, Select) or not isinstance(side.operand, Name):
                continue
            name = side.operand.name
            if name not in [str(kind) for kind in Kind]:
                continue
            attribute = fields[Kind(name)].get(side.field)
            values = given.get(f"{name}.{side.field}") or (attribute.choices if attribute else ())
            # `x != ""` asks that a choice is stated at all
            literals = other.elements if isinstance(other, ListOf) and node.operator == "in" else (other,)
            for literal in literals:
                stated = node.operator == "!=" and isinstance(literal, Literal) and literal.value == ""
                if values and isinstance(literal, Literal) and literal.value not in values and not stated:
                    yield Problem(
                        within(seat.condition, literal.span.start),
                        f"{seat.where}: `{written(side)}` is never {_shown(literal.value)}",
                        "it is one of: " + ", ".join(dict.fromkeys(_shown(value) for value in values)),
                    )


# rules against each other ---------------------------------------------------------------------------------------------


def _contradictions(pack: Pack) -> Iterator[Problem]:
    said: dict[tuple[Kind, frozenset[str], str, str], tuple[Rule, Expectation]] = {}
    for rule in pack.rules:
        cited = frozenset(obligation.id for obligation in rule.obligations)
        where = (rule.subject, cited, written(rule.applies.tree))
        for expectation in rule.expects:
            for contrary in _contraries(expectation):
                found = said.get((*where, contrary))
                if found is not None:
                    other, earlier = found
                    yield Problem(
                        expectation.place,
                        f"`{rule.id}` expects the contrary of what `{other.id}` expects at {earlier.place}",
                        "both can never be met; take one out, or say in `applies` for whom each is",
                    )
            said[(*where, _stated(expectation))] = (rule, expectation)


def _stated(expectation: Expectation) -> str:
    asked = f"{expectation.collector} {sorted(expectation.parameters.items(), key=str)}"
    if expectation.condition is None:
        return f"{expectation.question} {expectation.answer}"
    return f"{asked} {_plain(expectation.condition.tree)}"


def _contraries(expectation: Expectation) -> list[str]:
    if expectation.condition is None:
        return [f"{expectation.question} {'no' if expectation.answer == 'yes' else 'yes'}"]
    asked = f"{expectation.collector} {sorted(expectation.parameters.items(), key=str)}"
    return [f"{asked} {_contrary(expectation.condition.tree)}"]


_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def _plain(node: Node) -> str:
    """The text of a condition without a negation that a comparison can carry, and without double negations."""
    if isinstance(node, Unary) and node.operator == "!":
        return _contrary(node.operand)
    return written(node)


def _contrary(node: Node) -> str:
    """The text of what holds exactly when this does not."""
    if isinstance(node, Unary) and node.operator == "!":
        return _plain(node.operand)
    if isinstance(node, Binary) and node.operator in _OPPOSITE:
        return written(Binary(node.span, _OPPOSITE[node.operator], node.left, node.right))
    return written(Unary(node.span, "!", node))


def _every(node: Node) -> Iterator[Node]:
    yield node
    for part in children(node):
        yield from _every(part)


def _shown(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


CHECKS: tuple[Callable[[Pack], Iterator[Problem]], ...] = (
    _idle,
    _forms,
    _wording,
    _dates,
    _unreachable,
    _contradictions,
)
"""What is looked for. That every citation is one of an obligation, and every name declared, is checked on loading."""
