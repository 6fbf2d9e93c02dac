"""Why a condition came out as it did: the tree of its sub-expressions with what each gave.

The explaining path walks the tree. `&&`, `||`, `!`, `?:`, `all`, `exists` and `cel.bind` are followed into their parts,
all of them rather than up to the first that decides, so that everything that failed is shown at once; any other
sub-expression is evaluated by the closure that the fast path uses.

INVARIANT: an explanation has the outcome that `evaluate` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from lexaudit.condition.budget import EMPTY, Frame, charge
from lexaudit.condition.closure import Closure, Compiler, merge
from lexaudit.condition.fault import Fault
from lexaudit.condition.syntax import (
    Binary,
    Bind,
    Call,
    Comprehension,
    Conditional,
    Has,
    Index,
    ListOf,
    Logic,
    MapOf,
    Name,
    Node,
    Select,
    Span,
    Unary,
    children,
)
from lexaudit.condition.syntax import Literal as Constant
from lexaudit.condition.unknown import Unknown
from lexaudit.condition.values import plain

SHOWN: Final = 50
"""Elements that an explanation keeps of a quantifier which they decided or left undecided."""
SHOWN_PASSING: Final = 10
"""Elements that it keeps of a quantifier which all of them passed."""

OutcomeWord = Literal["true", "false", "unknown", "error", "value"]
"""What became of a sub-expression; `value` for one that is neither true nor false."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element that a quantifier ranged over."""

    variable: str
    """The name it has in the body: `d`."""
    range: str
    """What was ranged over, as written: `system.datasets`."""
    key: Any
    """Its position in the list, or its key in the map."""
    value: Any
    """The element, as a JSON value; for a map with one variable the key."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {"variable": self.variable, "range": self.range, "key": self.key, "value": self.value}


@dataclass(frozen=True, slots=True)
class Deciding:
    """A smallest part of a condition that decided it."""

    text: str
    """As written: `system.oversight.trained == true`."""
    span: Span
    """Where it stands."""
    outcome: OutcomeWord
    """What became of it."""
    subject: str
    """What was looked at, as written: `system.oversight.trained`."""
    observed: Any
    """Its value, as a JSON value; none when it is unknown or an error."""
    relation: str
    """How it had to stand to what was expected: `==`, `!=`, `<`, `in`, `not in`, `has` …."""
    expected: Any
    """What it was held against, as a JSON value."""
    elements: tuple[Element, ...]
    """The elements of the quantifiers around it, outermost first."""
    operands: tuple[tuple[str, Any], ...]
    """Every part that is not written out as a value, as written, with its value."""
    unknown_paths: frozenset[str]
    """What would have to be known."""
    message: str
    """What went wrong, for an error; empty otherwise."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "text": self.text, "outcome": self.outcome, "subject": self.subject, "observed": self.observed,
            "relation": self.relation, "expected": self.expected, "elements": [item.plain() for item in self.elements],
            "operands": [list(pair) for pair in self.operands], "unknown_paths": sorted(self.unknown_paths),
            "message": self.message,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explanation:
    """A sub-expression and what became of it."""

    kind: str
    """`and`, `or`, `not`, `choice`, `all`, `exists`, `bind`, or `leaf` for anything else."""
    span: Span
    """Where it stands."""
    text: str
    """As written."""
    value: Any
    """What it gave, as a JSON value; none when it is unknown or an error."""
    outcome: OutcomeWord
    """What became of it."""
    element: Element | None
    """For the body of a quantifier: the element it was asked of."""
    children: tuple[Explanation, ...]
    """Its parts; of a quantifier, what it ranges over and then the bodies that decided."""
    hollow: bool
    """Whether the outcome, true or false, rests on a quantifier that ranged over nothing."""
    unknown_paths: frozenset[str]
    """What would have to be known; empty unless the outcome is unknown."""
    message: str
    """What went wrong, for an error; empty otherwise."""
    omitted: int
    """Bodies that decided but were left out, beyond the first `SHOWN` or `SHOWN_PASSING`."""
    node: Node
    """The sub-expression itself."""

    def of(self, element: Element) -> Explanation:
        """The same, as asked of an element."""
        return Explanation(
            self.kind, self.span, self.text, self.value, self.outcome, element, self.children, self.hollow,
            self.unknown_paths, self.message, self.omitted, self.node,
        )  # fmt: skip

    @property
    def vacuous(self) -> bool:
        """Whether it is true only because a passing `all` (or a negated `exists`) ranged over nothing."""
        return self.outcome == "true" and self.hollow

    def deciding(self) -> tuple[Deciding, ...]:
        """The smallest parts that decided the outcome, held against what would make the whole true."""
        return tuple(_deciding(self, True, ()))

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "text": self.text, "span": [self.span.start, self.span.end], "value": self.value, "outcome": self.outcome,
            "element": self.element.plain() if self.element else None, "vacuous": self.vacuous,
            "unknown_paths": sorted(self.unknown_paths), "message": self.message, "omitted": self.omitted,
            "children": [child.plain() for child in self.children],
        }  # fmt: skip


_OPPOSITE: Final = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "has": "has no",
}  # fmt: skip


def _deciding(part: Explanation, wanted: bool, around: tuple[Element, ...]) -> Iterator[Deciding]:
    """The deciding leaves of a part, which had to be `wanted` for the whole to be true."""
    if part.element is not None:
        around = (*around, part.element)
    inner = [child for child in part.children if child.element is not None]
    match part.kind:
        case "and" | "or":
            alike = [child for child in part.children if child.outcome == part.outcome]
            for child in alike or part.children:
                yield from _deciding(child, wanted, around)
        case "not":
            yield from _deciding(part.children[0], not wanted, around)
        case "choice":
            if len(part.children) == 1:
                yield from _deciding(part.children[0], wanted, around)
            else:
                test, chosen = part.children
                yield from _deciding(test, test.outcome == "true", around)
                yield from _deciding(chosen, wanted, around)
        case "all" | "exists" if inner:
            for child in inner:
                yield from _deciding(child, wanted, around)
        case "bind":
            yield from _deciding(part.children[-1], wanted, around)
        case _:
            yield _leaf(part, wanted, around)


def _leaf(part: Explanation, wanted: bool, around: tuple[Element, ...]) -> Deciding:
    """A part that is not followed further."""
    subject, observed, relation = part.text, part.value, "=="  # the value is none for an unknown and an error
    expected: Any = wanted
    node = part.node
    if part.kind in ("all", "exists"):
        ranged = part.children[0]
        if ranged.outcome == "value":
            subject, observed, relation, expected = ranged.text, ranged.value, "has", "at least one element"
            if part.kind == "exists" and not wanted:
                relation = "has no"
                expected = "such element"
    elif isinstance(node, Binary) and part.outcome in ("true", "false"):
        sides = {child.span: child for child in part.children}
        left, right = sides.get(node.left.span), sides.get(node.right.span)
        shown = [plain(side.value) if isinstance(side, Constant) else None for side in (node.left, node.right)]
        values = [left.value if left else shown[0], right.value if right else shown[1]]
        relation = node.operator
        if left is None and right is not None and node.operator != "in":
            relation = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(relation, relation)
            values.reverse()
            subject = right.text
        elif left is not None:
            subject = left.text
        observed, expected = values
        if not wanted:
            relation = _OPPOSITE[relation]
    operands = tuple(
        (child.text, child.value)
        for child in part.children
        if child.element is None and not isinstance(child.node, ListOf | MapOf)
    )
    return Deciding(
        part.text, part.span, part.outcome, subject, observed, relation, expected, around,
        operands,
        part.unknown_paths, part.message,
    )  # fmt: skip


class _Groups:
    """The elements of a quantifier by what they gave."""

    def __init__(self) -> None:
        self._decided: list[tuple[Any, Any]] = []
        self._passing: list[tuple[Any, Any]] = []
        self._unknown: list[tuple[Any, Any]] = []
        self._faulty: list[tuple[Any, Any]] = []
        self._pending: Any = None
        self._all_decided_hollow = True
        self._any_passing_hollow = False

    def add(self, item: tuple[Any, Any], found: Any, decided: bool, passing: bool, hollow: bool, span: Span) -> None:
        """Note what an element gave."""
        if decided:
            self._decided.append(item)
            self._all_decided_hollow &= hollow
        elif passing:
            self._passing.append(item)
            self._any_passing_hollow |= hollow
        else:
            self._pending = merge(self._pending, found, span)
            (self._unknown if type(found) is Unknown else self._faulty).append(item)

    def result(self, deciding: bool) -> tuple[Any, list[tuple[Any, Any]], bool]:
        """What the quantifier gives, the elements that make it so, and whether it rests on nothing."""
        if self._decided:
            return deciding, self._decided, self._all_decided_hollow
        if self._pending is not None:
            return self._pending, self._unknown or self._faulty, False
        return not deciding, self._passing, self._any_passing_hollow


class Explainer:
    """Explains one compiled tree; each call of `explain` is one evaluation."""

    def __init__(self, source: str, compiler: Compiler, slots: dict[int, tuple[int, ...]]) -> None:
        self._source = source
        self._compiler = compiler
        self._slots = slots
        self._leaves: dict[int, tuple[Closure, int, tuple[Node, ...]]] = {}

    def explain(self, node: Node, frame: Frame) -> Explanation:
        """What became of the node in this frame. Raises `BudgetExhausted`."""
        return self._explain(node, frame)[0]

    def _explain(self, node: Node, frame: Frame) -> tuple[Explanation, Any]:
        """The explanation, and the value, unknown or fault itself."""
        charge(frame, 1)
        match node:
            case Logic():
                return self._logic(node, frame)
            case Unary(operator="!", operand=operand):
                child, found = self._explain(operand, frame)
                return self._made(node, "not", _inverted(found, operand), (child,), child.hollow)
            case Conditional():
                return self._conditional(node, frame)
            case Comprehension(macro="all" | "exists"):
                return self._quantifier(node, frame)
            case Bind(macro="bind"):
                return self._bind(node, frame)
        return self._other(node, frame)

    def _made(
        self, node: Node, kind: str, found: Any, parts: tuple[Explanation, ...], hollow: bool, omitted: int = 0
    ) -> tuple[Explanation, Any]:
        outcome: OutcomeWord
        message = ""
        paths: frozenset[str] = frozenset()
        value: Any = None
        if found is True or found is False:
            outcome, value = ("true" if found else "false"), found
        elif isinstance(found, Fault):
            outcome, message = "error", found.message
        elif type(found) is Unknown:
            outcome, paths = "unknown", found.paths
        else:
            outcome, value = "value", plain(found)
        hollow = hollow and outcome in ("true", "false", "value")
        text = node.span.of(self._source)
        return Explanation(
            kind, node.span, text, value, outcome, None, parts, hollow, paths, message, omitted, node
        ), found

    @staticmethod
    def _run(evaluate: Callable[[], Any]) -> Any:
        """The value, or the fault in its place."""
        try:
            return evaluate()
        except Fault as fault:
            return fault

    def _logic(self, node: Logic, frame: Frame) -> tuple[Explanation, Any]:
        deciding = node.operator == "||"
        pending: Any = None
        decided = False
        parts: list[Explanation] = []
        for operand in node.operands:
            part, found = self._explain(operand, frame)
            parts.append(part)
            if found is deciding:
                decided = True
            elif found is not (not deciding):
                pending = merge(pending, found, operand.span)
        result = deciding if decided else not deciding if pending is None else pending
        word = "true" if deciding else "false"
        hollow = (
            all(part.hollow for part in parts if part.outcome == word)
            if decided
            else any(part.hollow for part in parts)
        )
        return self._made(node, "or" if deciding else "and", result, tuple(parts), hollow)

    def _conditional(self, node: Conditional, frame: Frame) -> tuple[Explanation, Any]:
        test, found = self._explain(node.test, frame)
        if found is not True and found is not False:
            return self._made(node, "choice", merge(None, found, node.test.span), (test,), False)
        chosen, result = self._explain(node.then if found else node.otherwise, frame)
        return self._made(node, "choice", result, (test, chosen), test.hollow or chosen.hollow)

    def _bind(self, node: Bind, frame: Frame) -> tuple[Explanation, Any]:
        value, found = self._explain(node.value, frame)
        frame[self._slots[id(node)][0]] = found
        body, result = self._explain(node.body, frame)
        return self._made(node, "bind", result, (value, body), value.hollow or body.hollow)

    def _quantifier(self, node: Comprehension, frame: Frame) -> tuple[Explanation, Any]:
        ranged, over = self._explain(node.range, frame)
        if not isinstance(over, list | tuple | Mapping):
            found = over
            if not isinstance(over, Fault) and type(over) is not Unknown:
                found = self._run(lambda: self._compiler.closure(node)(frame))
            return self._made(node, node.macro, found, (ranged,), False)
        deciding = node.macro == "exists"
        single = isinstance(over, Mapping)
        items: list[tuple[Any, Any]] = (
            [(key, over[key]) for key in over] if isinstance(over, Mapping) else list(enumerate(over))
        )
        body, cost = self._compiler.closure(node.body), self._compiler.cost(node.body) + 1
        groups = _Groups()
        for item in items:
            charge(frame, cost)
            self._place(node, item, single, frame)
            frame[EMPTY] = False
            found = self._run(lambda: body(frame))
            hollow = False
            if frame[EMPTY]:
                hollow = self._explain(node.body, frame)[0].hollow
                self._place(node, item, single, frame)
            groups.add(item, found, found is deciding, found is (not deciding), hollow, node.body.span)
        result, chosen, hollow = groups.result(deciding)
        parts = []
        for item in chosen[: SHOWN if result is deciding or not isinstance(result, bool) else SHOWN_PASSING]:
            self._place(node, item, single, frame)
            part, _ = self._explain(node.body, frame)
            element = Element(
                node.variables[-1],
                ranged.text,
                plain(item[0]),
                plain(item[0] if single and len(node.variables) == 1 else item[1]),
            )
            parts.append(part.of(element))
        return self._made(node, node.macro, result, (ranged, *parts), hollow or not items, len(chosen) - len(parts))

    def _place(self, node: Comprehension, item: tuple[Any, Any], keys: bool, frame: Frame) -> None:
        """Put an element where the body looks for it; a macro with one variable ranges over the keys of a map."""
        slots = self._slots[id(node)]
        if len(slots) == 2:
            frame[slots[0]], frame[slots[1]] = item
        else:
            frame[slots[0]] = item[0] if keys else item[1]

    def _other(self, node: Node, frame: Frame) -> tuple[Explanation, Any]:
        known = self._leaves.get(id(node))
        if known is None:
            parts_of = tuple(part for part in self._shown(node) if not isinstance(part, Constant))
            known = self._leaves[id(node)] = (self._compiler.closure(node), self._compiler.cost(node), parts_of)
        closure, cost, shown = known
        charge(frame, cost)
        try:
            found = closure(frame)
        except Fault as fault:
            found = fault
        # a loop, so that each level of nesting takes two stack frames
        parts: list[Explanation] = []
        for part in shown:
            parts.append(self._explain(part, frame)[0])
        return self._made(node, "leaf", found, tuple(parts), any(part.hollow for part in parts))

    def _shown(self, node: Node) -> tuple[Node, ...]:
        """The parts of a leaf that are shown with their values."""
        match node:
            case Select() | Index() | Has() | Name() | Constant():
                return ()
            case Comprehension(range=ranged):
                return (ranged,)
            case Bind(value=value):
                return (value,)
            case Call():
                return self._compiler.arguments(node)
        return children(node)


def _inverted(found: Any, operand: Node) -> Any:
    if isinstance(found, bool):
        return not found
    return merge(None, found, operand.span)
