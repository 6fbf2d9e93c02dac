"""Which sub-conditions of a pack its cases have seen true, false and unknown, to effect.

A sub-condition is what `&&`, `||`, `!`, `?:`, `all` and `exists` join. It was seen *to effect* when the condition would
have come out otherwise, had the sub-condition done so: a part that another part overrules shows nothing.

A sub-condition that reads nothing that can be missing is not asked to be unknown. What is *not* checked: whether the
states asked for can occur together with the rest of the law; some cannot, and the list of what is uncovered shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexaudit.cases import Case, Stage
from lexaudit.condition import BOOL, DEFAULT_BUDGET, Condition, Explanation, Outcome, Span, Type
from lexaudit.condition.check import check
from lexaudit.condition.syntax import Call, Name, Node, Select, children
from lexaudit.errors import LexauditError, Place
from lexaudit.graph import Kind
from lexaudit.packs import Pack
from lexaudit.packs.seats import Environment, Seat, atoms, seats, within

State = str
"""`true`, `false` or `unknown`."""

_STATES: tuple[State, ...] = ("true", "false", "unknown")


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-condition, and what the cases showed of it."""

    place: Place
    """Where it stands."""
    where: str
    """What it belongs to."""
    text: str
    """As written."""
    asked: tuple[State, ...]
    """The states it can be in."""
    seen: frozenset[State]
    """The states it was seen in, to effect."""

    @property
    def lacking(self) -> tuple[State, ...]:
        """The states no case has shown."""
        return tuple(state for state in self.asked if state not in self.seen)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the cases show of every sub-condition of a pack."""

    parts: tuple[Part, ...]

    @property
    def covered(self) -> int:
        """States seen to effect, of all sub-conditions together."""
        return self.asked - sum(len(part.lacking) for part in self.parts)

    @property
    def asked(self) -> int:
        """States there are to be seen."""
        return sum(len(part.asked) for part in self.parts)

    @property
    def percent(self) -> float:
        """The share covered; 0 where there is nothing to cover, because nothing to check is not a pass."""
        return 100 * self.covered / self.asked if self.asked else 0.0


def measure_coverage(pack: Pack, cases: Sequence[Case]) -> Coverage:
    """Run the cases with every condition watched. A case that cannot be judged shows nothing."""
    seen: dict[int, set[tuple[Span, State]]] = {}
    watched, places = pack, seats(pack)
    for number, seat in enumerate(places):
        watched = seat.put(watched, _Watched(seat.condition, seen.setdefault(number, set())))
    for case in cases:
        try:
            # what the case only prepares (its evidence) is not watched
            Stage(case, pack).differences(watched)
        except LexauditError:
            continue
    environment = Environment(pack)
    parts: list[Part] = []
    for number, seat in enumerate(places):
        types = check(seat.condition.tree, environment.of(seat), BOOL).types
        for atom in atoms(seat.condition.tree):
            parts.append(_part(seat, atom, _may_be_unknown(atom, types, environment), seen[number]))
    return Coverage(tuple(parts))


def _part(seat: Seat, atom: Node, may_be_unknown: bool, seen: set[tuple[Span, State]]) -> Part:
    asked = _STATES if may_be_unknown else _STATES[:2]
    return Part(
        within(seat.condition, atom.span.start),
        seat.where,
        " ".join(atom.span.of(seat.condition.source).split()),
        asked,
        frozenset(state for span, state in seen if span == atom.span),
    )


def _may_be_unknown(atom: Node, types: Mapping[int, Type], environment: Environment) -> bool:
    """Whether it reads something that can be missing: of a node an open attribute or a fact, otherwise nearly anything."""
    waiting = [atom]
    while waiting:
        node = waiting.pop()
        waiting.extend(children(node))
        match node:
            case Select(operand=operand, field=name):
                record = types[id(operand)].name
                if record in KINDS:
                    attribute = environment.fields[Kind(record)].get(name)
                    if attribute is not None and (attribute.open or attribute.default is None):
                        return True
                elif record not in ("audit", "reading"):
                    return True
            case Name(name="result") | Call(function="at_most" | "at_least"):
                return True
    return False


KINDS = frozenset(str(kind) for kind in Kind)


class _Watched(Condition):
    """A condition that notes which of its parts decided, each time it is evaluated."""

    def __init__(self, condition: Condition, seen: set[tuple[Span, State]]) -> None:
        self.__dict__.update(condition.__dict__)
        self._seen = seen

    def evaluate(self, activation: Mapping[str, Any], *, budget: int = DEFAULT_BUDGET) -> Any:
        self._note(activation, budget)
        return super().evaluate(activation, budget=budget)

    def evaluate_traced(self, activation: Mapping[str, Any], *, budget: int = DEFAULT_BUDGET) -> Outcome:
        self._note(activation, budget)
        return super().evaluate_traced(activation, budget=budget)

    def _note(self, activation: Mapping[str, Any], budget: int) -> None:
        self._seen.update(to_effect(super().explain(activation, budget=budget)))


def to_effect(part: Explanation) -> Iterator[tuple[Span, State]]:
    """The sub-conditions without whose state this would have come out otherwise, with that state."""
    inner = [child for child in part.children if child.element is not None]
    match part.kind:
        case "and" | "or":
            for at, child in enumerate(part.children):
                others = [other.outcome for number, other in enumerate(part.children) if number != at]
                if _turns(child.outcome, others, "false" if part.kind == "and" else "true"):
                    yield from to_effect(child)
        case "not":
            yield from to_effect(part.children[0])
        case "choice":
            for child in part.children:
                yield from to_effect(child)
        case "all" | "exists":
            # the elements shown are those that decided; one of several that decide alike is overruled by the others
            alone = part.outcome == ("false" if part.kind == "all" else "true")
            if not alone or len(inner) + part.omitted == 1:
                for child in inner:
                    yield from to_effect(child)
        case "bind":
            yield from to_effect(part.children[-1])
        case _:
            if part.outcome in _STATES:
                yield part.node.span, part.outcome


def _turns(state: str, others: Sequence[str], deciding: str) -> bool:
    """Whether `&&` (decided by `false`) or `||` (decided by `true`) would come out otherwise with another part."""

    def joined(states: Sequence[str]) -> str:
        if deciding in states:
            return deciding
        return "unknown" if any(other not in ("true", "false") for other in states) else "not"

    now = joined([state, *others])
    return any(joined([other, *others]) != now for other in ("true", "false") if other != state)
