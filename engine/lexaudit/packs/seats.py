"""Where the conditions of a pack stand: each with what it belongs to, and a pack with another in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from lexaudit.condition import Condition, Declarations
from lexaudit.condition.syntax import Bind, Comprehension, Conditional, Literal, Logic, Node, Unary
from lexaudit.errors import Place
from lexaudit.graph import Attribute, Kind
from lexaudit.packs.pack import Branch, Expectation, Pack
from lexaudit.packs.vocabulary import declarations, fields_of

APPLIES = -1
"""The index of a rule's `applies` among its conditions."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A condition in its place."""

    part: str
    """`rule`, `fact`, `route` or `transitional`."""
    owner: str
    """The rule's id, the fact's path, the route's or the transitional case's name."""
    index: int
    """The expectation's or branch's position from 0; `APPLIES` for what a rule applies to."""
    kind: Kind
    """The kind of node the condition is about."""
    measured: bool
    """Whether it reads a measurement's `result`."""
    condition: Condition
    """What stands there."""

    @property
    def where(self) -> str:
        """In words: ``rule `bias-not-examined`, expectation 2``."""
        match self.part, self.index:
            case "rule", -1:
                return f"rule `{self.owner}`, applies"
            case "rule", index:
                return f"rule `{self.owner}`, expectation {index + 1}"
            case "fact", index:
                return f"fact `{self.owner}`, branch {index + 1}"
        return f"{self.part} `{self.owner}`"

    def put(self, pack: Pack, condition: Condition) -> Pack:
        """The pack with this condition in the seat."""
        match self.part:
            case "rule":
                return replace(
                    pack,
                    rules=tuple(
                        replace(rule, applies=condition)
                        if rule.id == self.owner and self.index == APPLIES
                        else replace(rule, expects=_with(rule.expects, self.index, condition))
                        if rule.id == self.owner
                        else rule
                        for rule in pack.rules
                    ),
                )
            case "fact":
                fact = pack.facts[self.owner]
                changed = replace(fact, branches=_with(fact.branches, self.index, condition))
                return replace(pack, facts={**pack.facts, self.owner: changed})
            case "route":
                route = replace(pack.routes[self.owner], condition=condition)
                return replace(pack, routes={**pack.routes, self.owner: route})
        return replace(
            pack,
            transitional=tuple(
                replace(shift, condition=condition) if shift.id == self.owner else shift for shift in pack.transitional
            ),
        )


_Item = TypeVar("_Item", Expectation, Branch)


def _with(items: tuple[_Item, ...], index: int, condition: Condition) -> tuple[_Item, ...]:
    return tuple(replace(item, condition=condition) if at == index else item for at, item in enumerate(items))


def seats(pack: Pack) -> list[Seat]:
    """Every condition of a pack: of rules, derivations, routes and transitional law, in this order."""
    found: list[Seat] = []
    for rule in pack.rules:
        found.append(Seat("rule", rule.id, APPLIES, rule.subject, False, rule.applies))
        found += [
            Seat("rule", rule.id, index, rule.subject, bool(expectation.collector), expectation.condition)
            for index, expectation in enumerate(rule.expects)
            if expectation.condition is not None
        ]
    for fact in pack.facts.values():
        found += [
            Seat("fact", fact.path, index, fact.kind, False, branch.condition)
            for index, branch in enumerate(fact.branches)
            if branch.condition is not None
        ]
    found += [Seat("route", when, 0, route.subject, False, route.condition) for when, route in pack.routes.items()]
    found += [Seat("transitional", shift.id, 0, Kind.SYSTEM, False, shift.condition) for shift in pack.transitional]
    return found


class Environment:
    """What the conditions of a pack may name, by seat; each made once."""

    def __init__(self, pack: Pack) -> None:
        by_kind: dict[Kind, dict[str, Attribute]] = {}
        for fact in pack.facts.values():
            by_kind.setdefault(fact.kind, {})[fact.name] = fact.attribute
        self.fields = fields_of(by_kind)
        """Attributes and facts by kind."""
        self._thresholds = {name: threshold.type for name, threshold in pack.thresholds.items()}
        self._readings = pack.readings
        self._made: dict[tuple[Kind, bool], Declarations] = {}

    def of(self, seat: Seat) -> Declarations:
        """The declarations for the condition in a seat."""
        key = (seat.kind, seat.measured)
        if key not in self._made:
            self._made[key] = declarations(
                self.fields, self._thresholds, seat.kind, measured=seat.measured, readings=self._readings
            )
        return self._made[key]


def atoms(node: Node) -> Iterator[Node]:
    """The sub-conditions of a condition: what `&&`, `||`, `!`, `?:`, `all` and `exists` join, as written."""
    match node:
        case Logic(operands=operands):
            for operand in operands:
                yield from atoms(operand)
        case Unary(operator="!", operand=operand):
            yield from atoms(operand)
        case Conditional(test=test, then=then, otherwise=otherwise):
            for part in (test, then, otherwise):
                yield from atoms(part)
        case Comprehension(macro="all" | "exists", body=body) | Bind(macro="bind", body=body):
            yield from atoms(body)
        case Literal():
            return
        case _:
            yield node


def within(condition: Condition, start: int) -> Place:
    """Where a character of a condition stands in the pack, as far as lines go; folded text keeps its own lines."""
    place = condition.place or Place("")
    before = condition.source[:start]
    line = before.count("\n")
    column = place.column + len(before) if line == 0 else 0
    return Place(place.file, place.line + line, column)
