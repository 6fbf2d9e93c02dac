"""From the checked tree to Python closures over a frame: the fast path.

A closure takes the frame and gives a value or an `Unknown`, or raises `Fault`. The common shapes (a field of a
variable, a comparison with a literal, two operands) have closures of their own, which test the exact Python type of
what they find and hand anything else to the general operation; the two never differ in what they give, only in speed.

Kleene logic: what decides `&&`, `||`, `all` or `exists` wins, then unknowns, then faults. An operation on a fault is
that fault, whatever its other operands are; an operation on an unknown is unknown.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from lexaudit.condition.arithmetic import calculate, negative
from lexaudit.condition.budget import ACTIVATION, EMPTY, STEPS, Frame, charge, metered, weight
from lexaudit.condition.check import Global, Local, Meaning
from lexaudit.condition.equality import MISSING, contains, element, equal, field, ordered
from lexaudit.condition.fault import Fault, no_overload
from lexaudit.condition.function import ACCEPTED, Function
from lexaudit.condition.syntax import (
    Binary,
    Bind,
    Call,
    Comprehension,
    Conditional,
    Has,
    Index,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Name,
    Node,
    Select,
    Span,
    Unary,
    children,
)
from lexaudit.condition.types import DYN, RecordType, Type, Variable
from lexaudit.condition.unknown import Unknown, union
from lexaudit.condition.values import NONE, KeyedMap, Optional, TypeValue, Uint, lift, lower, show

Closure = Callable[[Frame], Any]
"""A compiled sub-expression."""

_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": python.lt, "<=": python.le, ">": python.gt, ">=": python.ge,
}  # fmt: skip
_CONSTANT: Final = frozenset({"timestamp", "duration"})
_SIMPLE: Final = frozenset({str, bytes, bool, int, float, Uint, type(None)})


def spanned(span: Span, function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's result; a fault that does not say where it happened happened here."""
    try:
        return function(*arguments)
    except Fault as fault:
        if fault.span is None:
            fault.span = span
        raise


# What a name or a field gives


def pick(container: Any, name: str, span: Span) -> Any:
    """`container.name`."""
    if type(container) is Optional:
        return pick_optional(container, name, span)
    found = spanned(span, field, container, name)
    if found is MISSING:
        raise Fault(f"there is no `{name}`", span)
    return found


def pick_optional(container: Any, name: str, span: Span) -> Any:
    """`container.?name`; also `.name` of an optional."""
    if type(container) is Optional:
        if not container.present:
            return NONE
        container = container.value
    found = spanned(span, field, container, name)
    return _wrapped(found)


def _wrapped(found: Any) -> Any:
    if found is MISSING:
        return NONE
    return found if type(found) in (Unknown, Optional) else Optional(True, found)


def has(container: Any, name: str, span: Span) -> Any:
    """`has(container.name)`."""
    if type(container) is Optional:
        if not container.present:
            return False
        container = container.value
    found = spanned(span, field, container, name)
    return found if type(found) is Unknown else found is not MISSING


def at(container: Any, index: Any, span: Span) -> Any:
    """`container[index]`."""
    if type(container) is Optional:
        return at_optional(container, index, span)
    found = spanned(span, element, container, index)
    if found is MISSING:
        raise Fault(f"there is no `{show(index)}`", span)
    return found


def at_optional(container: Any, index: Any, span: Span) -> Any:
    """`container[?index]`; also `[index]` of an optional."""
    if type(container) is Optional:
        if not container.present:
            return NONE
        container = container.value
    return _wrapped(spanned(span, element, container, index))


# Kleene logic


def merge(pending: Any, value: Any, span: Span) -> Any:
    """What remains of operands that do not decide: unknowns joined; without one, the first fault."""
    if type(value) is Unknown:
        return Unknown(value.paths | pending.paths) if type(pending) is Unknown else value
    if not isinstance(value, Fault):
        value = Fault(f"a `bool` is needed here, not `{show(value)}`", span)
    return value if pending is None else pending


def settled(pending: Any, otherwise: bool) -> Any:
    """The end of a chain that nothing decided."""
    if pending is None:
        return otherwise
    if isinstance(pending, Fault):
        raise pending
    return pending


def decide(pending: Any, operands: Iterable[Closure], spans: Iterable[Span], frame: Frame, deciding: bool) -> Any:
    """The rest of a chain of `&&` (decided by false) or `||` (by true), after operands that did not decide it."""
    for operand, span in zip(operands, spans, strict=True):
        try:
            value = operand(frame)
        except Fault as fault:
            pending = merge(pending, fault, span)
            continue
        if value is deciding:
            return deciding
        if value is not (not deciding):
            pending = merge(pending, value, span)
    return settled(pending, not deciding)


def quantify(
    value: Any, items: Iterable[Any], slot: int, body: Closure, frame: Frame, deciding: bool, span: Span
) -> Any:
    """The rest of `all` (decided by false) or `exists` (decided by true), after an element that did not decide it."""
    pending = merge(None, value, span)
    for item in items:
        frame[slot] = item
        try:
            value = body(frame)
        except Fault as fault:
            pending = merge(pending, fault, span)
            continue
        if value is deciding:
            return deciding
        if value is not (not deciding):
            pending = merge(pending, value, span)
    return settled(pending, not deciding)


def elements(value: Any, span: Span) -> Any:
    """What a macro with one variable ranges over: a list's elements or a map's keys."""
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, Mapping):
        return list(value)
    raise Fault(f"a macro ranges over a list or a map, not `{show(value)}`", span)


def pairs(value: Any, span: Span) -> Any:
    """What a macro with two variables ranges over: positions and elements, or keys and values."""
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    if isinstance(value, Mapping):
        return [(key, value[key]) for key in value]
    raise Fault(f"a macro ranges over a list or a map, not `{show(value)}`", span)


# Calls


def accepts(of: Type, value: Any) -> bool:
    """Whether a value may be an argument for a parameter of this type; elements are not looked at."""
    if of is DYN or isinstance(of, Variable):
        return True
    if isinstance(of, RecordType):
        return isinstance(value, Mapping)
    kinds = ACCEPTED.get(of.name.partition("(")[0])
    if kinds is None or type(value) in kinds:
        return True
    match of.name.partition("(")[0]:
        case "map":
            return isinstance(value, Mapping)
        case "list":
            return isinstance(value, list | tuple)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool | Uint)
        case "string":
            return isinstance(value, str)
        case "double":
            return isinstance(value, float)
    return False


def invoke(function: Function, values: list[Any], frame: Frame) -> Any:
    """Call an implementation with values that it accepts."""
    if function.sized or not function.inner:
        charge(frame, sum(weight(value) for value in values))
    if function.inner:
        return function.implementation(*values)
    try:
        return function.implementation(*(lower(value) for value in values))
    except (ValueError, LookupError, ArithmeticError) as error:
        raise Fault(f"`{function.name}` failed: {error}") from error


def dispatch(name: str, overloads: tuple[Function, ...], values: list[Any], frame: Frame) -> Any:
    """Call the first overload that accepts the values; an unknown argument makes a strict call unknown."""
    unknown = union(values)
    if unknown is not None:
        overloads = tuple(function for function in overloads if not function.strict)
        if not overloads:
            return unknown
    lifted = [lift(value) for value in values]
    for function in overloads:
        if all(
            type(value) is Unknown or accepts(function.parameter(place), value) for place, value in enumerate(lifted)
        ):
            return invoke(function, lifted, frame)
    raise no_overload(name, *values)


class Compiler:
    """The closures of one checked tree, each made when it is asked for."""

    def __init__(self, root: Node, meaning: Meaning) -> None:
        self._meaning = meaning
        self._made: dict[int, Closure] = {}
        self._costs: dict[int, int] = {}
        pending, order = [root], []
        while pending:
            order.append(pending.pop())
            pending.extend(children(order[-1]))
        for node in reversed(order):  # parts before wholes, so that depth takes no stack
            self.closure(node)
            self.cost(node)

    def closure(self, node: Node) -> Closure:
        """The closure of a node."""
        made = self._made.get(id(node))
        if made is None:
            made = self._made[id(node)] = _METHODS[type(node)](self, node)
        return made

    def cost(self, node: Node) -> int:
        """Steps that evaluating the node takes, bodies of macros left out: they charge for themselves."""
        known = self._costs.get(id(node))
        if known is not None:
            return known
        parts = (node.range,) if isinstance(node, Comprehension) else children(node)
        total = 1 + sum(self.cost(part) for part in parts)
        if isinstance(node, Call):
            total += max((function.cost - 1 for function in self._meaning.calls[id(node)].overloads), default=0)
        self._costs[id(node)] = total
        return total

    def arguments(self, node: Call) -> tuple[Node, ...]:
        """What a call is called with: the target first, unless it is part of the function's qualified name."""
        return self._meaning.calls[id(node)].arguments

    # Names and fields

    def _literal(self, node: Literal) -> Closure:
        value = node.value
        return lambda frame: value

    def _named(self, node: Node) -> Closure | None:
        """The closure of a name; none when the node is none."""
        known = self._meaning.names.get(id(node))
        match known:
            case Local(slot=slot, bound=True):

                def bound(frame: Frame) -> Any:
                    value = frame[slot]
                    if isinstance(value, Fault):
                        raise value
                    return value

                return bound
            case Local(slot=slot):
                return lambda frame: frame[slot]
            case TypeValue():
                return lambda frame: known
            case Global(name=name):
                missing = Unknown(frozenset({name}))

                def variable(frame: Frame) -> Any:
                    try:
                        return frame[ACTIVATION][name]
                    except KeyError:
                        return missing

                return variable
        return None

    def _name(self, node: Name) -> Closure:
        named = self._named(node)
        if named is not None:
            return named
        name, span = node.name, node.span

        def undeclared(frame: Frame) -> Any:
            raise Fault(f"`{name}` is not declared", span)

        return undeclared

    def _select(self, node: Select) -> Closure:
        named = self._named(node)
        if named is not None:
            return named
        name, span = node.field, node.span
        operand = self.closure(node.operand)
        if node.optional:
            return lambda frame: pick_optional(operand(frame), name, span)

        def select(frame: Frame) -> Any:
            return pick(operand(frame), name, span)

        outer = self._meaning.names.get(id(node.operand))
        match outer:
            case Local(slot=slot):

                def of_local(frame: Frame) -> Any:
                    try:
                        return frame[slot][name]
                    except (KeyError, TypeError):
                        return select(frame)

                return of_local
            case Global(name=root):

                def of_global(frame: Frame) -> Any:
                    try:
                        return frame[ACTIVATION][root][name]
                    except (KeyError, TypeError):
                        return select(frame)

                return of_global

        inner = node.operand
        if isinstance(inner, Select) and not inner.optional and self._named(inner) is None:
            match self._meaning.names.get(id(inner.operand)):
                case Global(name=root):
                    first = inner.field

                    def of_global_field(frame: Frame) -> Any:
                        try:
                            return frame[ACTIVATION][root][first][name]
                        except (KeyError, TypeError):
                            return select(frame)

                    return of_global_field

        def of_value(frame: Frame) -> Any:
            container = operand(frame)
            try:
                return container[name]
            except (KeyError, TypeError):
                return pick(container, name, span)

        return of_value

    def _has(self, node: Has) -> Closure:
        operand, name, span = self.closure(node.select.operand), node.select.field, node.span

        def present(frame: Frame) -> Any:
            container = operand(frame)
            if type(container) is dict:
                found = container.get(name, MISSING)
                return found if type(found) is Unknown else found is not MISSING
            return has(container, name, span)

        return present

    def _index(self, node: Index) -> Closure:
        operand, index, span = self.closure(node.operand), self.closure(node.index), node.span
        if node.optional:
            return lambda frame: at_optional(operand(frame), index(frame), span)

        def indexed(frame: Frame) -> Any:
            container, key = operand(frame), index(frame)
            if type(key) is str and type(container) is dict and key in container:
                return container[key]
            return at(container, key, span)

        return indexed

    # Operators

    def _unary(self, node: Unary) -> Closure:
        operand, span, operand_span = self.closure(node.operand), node.span, node.operand.span
        if node.operator == "-":
            return lambda frame: spanned(span, negative, operand(frame))

        def inverted(frame: Frame) -> Any:
            value = operand(frame)
            if value is True:
                return False
            if value is False:
                return True
            return settled(merge(None, value, operand_span), False)

        return inverted

    def _logic(self, node: Logic) -> Closure:
        operands = tuple(self.closure(operand) for operand in node.operands)
        spans = tuple(operand.span for operand in node.operands)
        deciding = node.operator == "||"
        if len(operands) > 2:
            return lambda frame: decide(None, operands, spans, frame, deciding)
        left, right = operands
        rest, left_span, rest_spans = (right,), spans[0], spans[1:]
        right_span = spans[1]

        def both(frame: Frame) -> Any:
            try:
                value = left(frame)
            except Fault as fault:
                return decide(fault, rest, rest_spans, frame, False)
            if value is True:
                value = right(frame)
                if value is True or value is False:
                    return value
                return settled(merge(None, value, right_span), True)
            if value is False:
                return False
            return decide(merge(None, value, left_span), rest, rest_spans, frame, False)

        def either(frame: Frame) -> Any:
            try:
                value = left(frame)
            except Fault as fault:
                return decide(fault, rest, rest_spans, frame, True)
            if value is False:
                value = right(frame)
                if value is True or value is False:
                    return value
                return settled(merge(None, value, right_span), False)
            if value is True:
                return True
            return decide(merge(None, value, left_span), rest, rest_spans, frame, True)

        return either if deciding else both

    def _conditional(self, node: Conditional) -> Closure:
        test, then, otherwise = self.closure(node.test), self.closure(node.then), self.closure(node.otherwise)
        span = node.test.span

        def choose(frame: Frame) -> Any:
            value = test(frame)
            if value is True:
                return then(frame)
            if value is False:
                return otherwise(frame)
            return settled(merge(None, value, span), False)

        return choose

    def _binary(self, node: Binary) -> Closure:
        match node.operator:
            case "==" | "!=":
                return self._equality(node, node.operator == "==")
            case "in":
                return self._membership(node)
            case "<" | "<=" | ">" | ">=":
                return self._ordering(node)
        sign, span = node.operator, node.span
        left, right = self.closure(node.left), self.closure(node.right)
        return lambda frame: spanned(span, calculate, sign, left(frame), right(frame), frame)

    def _equality(self, node: Binary, wanted: bool) -> Closure:
        span = node.span

        def general(left: Any, right: Any, frame: Frame) -> Any:
            same = spanned(span, equal, left, right, frame)
            return same if wanted or type(same) is Unknown else not same

        left_node, right_node = node.left, node.right
        if isinstance(left_node, Literal):
            left_node, right_node = right_node, left_node
        left, right = self.closure(left_node), self.closure(right_node)
        if not isinstance(right_node, Literal) or type(right_node.value) not in (str, bool, int):
            return lambda frame: general(left(frame), right(frame), frame)
        value, kind = right_node.value, type(right_node.value)
        known = self._meaning.names.get(id(left_node.operand)) if isinstance(left_node, Select) else None
        if isinstance(left_node, Select) and isinstance(known, Local) and not left_node.optional:
            slot, name = known.slot, left_node.field

            def of_local(frame: Frame) -> Any:
                try:
                    found = frame[slot][name]
                except (KeyError, TypeError):
                    found = left(frame)
                if type(found) is kind:
                    return (found == value) is wanted
                return general(found, value, frame)

            return of_local

        def with_literal(frame: Frame) -> Any:
            found = left(frame)
            if type(found) is kind:
                return (found == value) is wanted
            return general(found, value, frame)

        return with_literal

    def _ordering(self, node: Binary) -> Closure:
        sign, span = node.operator, node.span
        compare = _COMPARE[sign]
        left, right = self.closure(node.left), self.closure(node.right)
        if isinstance(node.right, Literal) and type(node.right.value) in (int, float, str):
            value, kind = node.right.value, type(node.right.value)

            def with_literal(frame: Frame) -> Any:
                found = left(frame)
                if type(found) is kind:
                    return compare(found, value)
                return spanned(span, ordered, sign, found, value)

            return with_literal
        return lambda frame: spanned(span, ordered, sign, left(frame), right(frame))

    def _membership(self, node: Binary) -> Closure:
        span, left, right = node.span, self.closure(node.left), self.closure(node.right)
        if isinstance(node.right, ListOf) and not node.right.optional:
            values = [part.value for part in node.right.elements if isinstance(part, Literal)]
            if len(values) == len(node.right.elements) and all(type(value) is str for value in values):
                known = frozenset(values)

                def among(frame: Frame) -> Any:
                    found = left(frame)
                    if type(found) is str:
                        return found in known
                    return spanned(span, contains, values, found, frame)

                return among
        return lambda frame: spanned(span, contains, right(frame), left(frame), frame)

    # Containers

    def _list(self, node: ListOf) -> Closure:
        parts = tuple(
            (self.closure(part), place in node.optional, part.span) for place, part in enumerate(node.elements)
        )
        if all(isinstance(part, Literal) for part in node.elements) and not node.optional:
            constant = [part.value for part in node.elements if isinstance(part, Literal)]
            return lambda frame: constant.copy()

        def build(frame: Frame) -> Any:
            values: list[Any] = []
            for part, optional, span in parts:
                value = part(frame)
                if optional and type(value) is not Unknown:
                    value = _unwrapped(value, span)
                    if value is MISSING:
                        continue
                values.append(value)
            unknown = union(values)
            return values if unknown is None else unknown

        return build

    def _map(self, node: MapOf) -> Closure:
        parts = tuple(
            (self.closure(key), self.closure(value), place in node.optional, key.span, value.span)
            for place, (key, value) in enumerate(node.entries)
        )

        def build(frame: Frame) -> Any:
            entries: list[tuple[Any, Any]] = []
            pending: Any = None
            for key_part, value_part, optional, key_span, value_span in parts:
                key, value = key_part(frame), value_part(frame)
                unknown = union((pending, key, value))
                if unknown is not None:
                    pending = unknown
                    continue
                if optional:
                    value = _unwrapped(value, value_span)
                    if value is MISSING:
                        continue
                _key(key, key_span)
                entries.append((key, value))
            return spanned(node.span, mapping, entries) if pending is None else pending

        return build

    # Macros

    def _comprehension(self, node: Comprehension) -> Closure:
        slots = self._meaning.slots[id(node)]
        slot, span, macro = slots[0], node.span, node.macro
        ranged, body = self.closure(node.range), self.closure(node.body)
        chosen = self.closure(node.filter) if node.filter is not None else None
        cost = 1 + self.cost(node.body) + (self.cost(node.filter) if node.filter is not None else 0)
        spread: Callable[[Any, Span], Any] = elements
        if len(slots) == 2:
            spread = pairs
            if chosen is not None:
                chosen = _unpacking(chosen, *slots)
            else:
                body = _unpacking(body, *slots)

        def items_of(value: Any, frame: Frame) -> Any:
            """What is ranged over, paid for."""
            items = value if type(value) is list and spread is elements else spread(value, span)
            steps = len(items) * cost
            if steps <= frame[STEPS]:
                frame[STEPS] -= steps
                return items
            return metered(items, cost, frame)

        if macro in ("all", "exists"):
            return _quantifier(ranged, spread, body, slot, cost, macro == "exists", span, node.body.span)
        if macro in ("exists_one", "existsOne"):

            def one(frame: Frame) -> Any:
                value = ranged(frame)
                if type(value) is Unknown:
                    return value
                count, pending = 0, None
                for item in items_of(value, frame):
                    frame[slot] = item
                    found = body(frame)
                    if found is True:
                        count += 1
                    elif found is not False:
                        pending = _undecided(pending, found, node.body.span)
                return count == 1 if pending is None else pending

            return one
        if macro == "filter":

            def keep(frame: Frame) -> Any:
                value = ranged(frame)
                if type(value) is Unknown:
                    return value
                kept: list[Any] = []
                pending = None
                for item in items_of(value, frame):
                    frame[slot] = item
                    found = body(frame)
                    if found is True:
                        kept.append(item)
                    elif found is not False:
                        pending = _undecided(pending, found, node.body.span)
                return kept if pending is None else pending

            return keep
        finish = {"transformMap": mapping, "transformMapEntry": _merged}.get(macro)
        keyed = macro == "transformMap"
        filter_span = node.filter.span if node.filter is not None else span

        def transform(frame: Frame) -> Any:
            value = ranged(frame)
            if type(value) is Unknown:
                return value
            made: list[Any] = []
            pending = None
            for item in items_of(value, frame):
                frame[slot] = item
                if chosen is not None:
                    taken = chosen(frame)
                    if taken is False:
                        continue
                    if taken is not True:
                        pending = _undecided(pending, taken, filter_span)
                        continue
                found = body(frame)
                if type(found) is Unknown:
                    pending = union((pending, found))
                made.append((item[0], found) if keyed else found)
            if pending is not None:
                return pending
            return made if finish is None else spanned(span, finish, made)

        return transform

    def _bind(self, node: Bind) -> Closure:
        (slot,) = self._meaning.slots[id(node)]
        value, body, span, macro = self.closure(node.value), self.closure(node.body), node.span, node.macro

        def bind(frame: Frame) -> Any:
            try:
                frame[slot] = value(frame)
            except Fault as fault:
                frame[slot] = fault
            return body(frame)

        def chain(frame: Frame) -> Any:
            found = value(frame)
            if type(found) is Unknown:
                return found
            if type(found) is not Optional:
                raise Fault(f"`{macro}` takes an optional, not `{show(found)}`", span)
            if not found.present:
                return NONE
            frame[slot] = found.value
            result = body(frame)
            if type(result) is Unknown:
                return result
            if macro == "optMap":
                return Optional(True, result)
            if type(result) is not Optional:
                raise Fault(f"`optFlatMap` gives an optional, not `{show(result)}`", span)
            return result

        return bind if macro == "bind" else chain

    # Calls

    def _call(self, node: Call) -> Closure:
        resolved = self._meaning.calls[id(node)]
        span, name = node.span, node.function
        arguments = tuple(self.closure(argument) for argument in resolved.arguments)
        if name in ("or", "orValue") and not resolved.overloads and node.target is not None and len(arguments) == 2:
            return _alternative(name, *arguments, span)
        overloads = resolved.overloads
        if not overloads:

            def missing(frame: Frame) -> Any:
                values = [argument(frame) for argument in arguments]
                fault = no_overload(name, *values)
                fault.span = span
                raise fault

            return missing
        function = overloads[0]
        if name in _CONSTANT and len(overloads) == 1 and function.inner and isinstance(node.arguments[0], Literal):
            # of a literal it is the same each time
            try:
                constant = function.implementation(node.arguments[0].value)
            except Fault:
                pass
            else:
                return lambda frame: constant
        if len(overloads) == 1 and function.inner and len(arguments) in (1, 2) and not function.variadic:
            kinds = [ACCEPTED.get(parameter.name.partition("(")[0]) for parameter in function.parameters]
            implementation, sized = function.implementation, function.sized
            if len(arguments) == 1 and kinds[0] is not None:
                (only,), kind = arguments, kinds[0]

                def call_one(frame: Frame) -> Any:
                    value = only(frame)
                    if type(value) in kind and not sized:
                        try:
                            return implementation(value)
                        except Fault as fault:
                            raise Fault(fault.message, fault.span or span) from None
                    return spanned(span, dispatch, name, overloads, [value], frame)

                return call_one
            if len(arguments) == 2 and kinds[0] is not None and kinds[1] is not None:
                first, second = arguments
                kind, other_kind = kinds[0], kinds[1]

                def call_two(frame: Frame) -> Any:
                    value, other = first(frame), second(frame)
                    if type(value) in kind and type(other) in other_kind:
                        if sized:
                            charge(frame, weight(value) + weight(other))
                        try:
                            return implementation(value, other)
                        except Fault as fault:
                            raise Fault(fault.message, fault.span or span) from None
                    return spanned(span, dispatch, name, overloads, [value, other], frame)

                return call_two
        return lambda frame: spanned(
            span, dispatch, name, overloads, [argument(frame) for argument in arguments], frame
        )


def _quantifier(
    ranged: Closure,
    spread: Callable[[Any, Span], Any],
    body: Closure,
    slot: int,
    cost: int,
    deciding: bool,
    span: Span,
    body_span: Span,
) -> Closure:
    """`all` (decided by false) or `exists` (decided by true)."""
    passing = not deciding
    simple = spread is elements

    def quantifier(frame: Frame) -> Any:
        items = ranged(frame)
        if type(items) is not list or not simple:
            if type(items) is Unknown:
                return items
            items = spread(items, span)
        if not items:
            frame[EMPTY] = True
            return passing
        left = frame[STEPS] - len(items) * cost
        if left >= 0:
            frame[STEPS] = left
            iterator = iter(items)
        else:
            iterator = metered(items, cost, frame)
        value: Any
        try:
            for item in iterator:
                frame[slot] = item
                value = body(frame)
                if value is not passing:
                    if value is deciding:
                        return deciding
                    break
            else:
                return passing
        except Fault as fault:
            value = fault
        return quantify(value, iterator, slot, body, frame, deciding, body_span)

    return quantifier


def _unpacking(body: Closure, first: int, second: int) -> Closure:
    """The body of a macro with two variables: the loop leaves the pair where the first belongs."""

    def unpack(frame: Frame) -> Any:
        frame[first], frame[second] = frame[first]
        return body(frame)

    return unpack


def _undecided(pending: Any, value: Any, span: Span) -> Unknown:
    """The unknowns so far, when the value is another; anything else is a fault."""
    merged = merge(pending, value, span)
    if type(value) is not Unknown:
        raise merged if isinstance(merged, Fault) else Fault(f"a `bool` is needed here, not `{show(value)}`", span)
    return Unknown(merged.paths)


def _unwrapped(value: Any, span: Span) -> Any:
    """What an entry written with `?` holds; `MISSING` when it is left out."""
    if type(value) is not Optional:
        raise Fault(f"`?` takes an optional, not `{show(value)}`", span)
    return value.value if value.present else MISSING


def _key(key: Any, span: Span) -> None:
    if isinstance(key, float) or not isinstance(key, str | bool | int):
        raise Fault(f"`{show(key)}` cannot be a key of a map", span)


def mapping(entries: list[tuple[Any, Any]]) -> Any:
    """A map of these entries; a key that stands twice is a fault."""
    if all(type(key) is str for key, _ in entries):
        made = dict(entries)
        if len(made) < len(entries):
            seen: set[str] = set()
            for key, _ in entries:
                if key in seen:
                    raise Fault(f"the map has the key `{show(key)}` twice")
                seen.add(key)
        return made
    keyed = KeyedMap()
    for key, value in entries:
        keyed.add(key, value)
    return keyed


def _merged(maps: list[Any]) -> Any:
    """One map of all entries of the maps."""
    entries: list[tuple[Any, Any]] = []
    for each in maps:
        if not isinstance(each, Mapping):
            raise Fault(f"`transformMapEntry` takes maps, not `{show(each)}`")
        entries.extend((key, each[key]) for key in each)
    unknown = union(value for _, value in entries)
    return mapping(entries) if unknown is None else unknown


def _alternative(name: str, target: Closure, argument: Closure, span: Span) -> Closure:
    """`optional.or(optional)` and `optional.orValue(value)`."""

    def alternative(frame: Frame) -> Any:
        value = target(frame)
        if type(value) is Unknown:
            return value
        if type(value) is not Optional:
            raise Fault(f"`{name}` takes an optional before the dot, not `{show(value)}`", span)
        if value.present:
            return value if name == "or" else value.value
        other = argument(frame)
        if name == "or" and type(other) is not Optional and type(other) is not Unknown:
            raise Fault(f"`or` takes an optional, not `{show(other)}`", span)
        return other

    return alternative


_METHODS: Final[Mapping[type, Callable[[Compiler, Any], Closure]]] = {
    Literal: Compiler._literal,
    Name: Compiler._name,
    Select: Compiler._select,
    Has: Compiler._has,
    Index: Compiler._index,
    Unary: Compiler._unary,
    Logic: Compiler._logic,
    Conditional: Compiler._conditional,
    Binary: Compiler._binary,
    ListOf: Compiler._list,
    MapOf: Compiler._map,
    Comprehension: Compiler._comprehension,
    Bind: Compiler._bind,
    Call: Compiler._call,
}
