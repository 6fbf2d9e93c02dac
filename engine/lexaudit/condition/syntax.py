"""The shape of a condition once it has been read: frozen nodes, each with the characters it came from.

Two trees are equal when they mean the same text; spans do not take part. `&&` and `||` chains are flat.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from lexaudit.condition.values import Uint


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of characters of the source, end excluded."""

    start: int
    """Offset of the first character, from 0."""
    end: int
    """Offset after the last character."""

    def of(self, source: str) -> str:
        """The characters themselves."""
        return source[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Node:
    """A sub-expression."""

    span: Span = dataclasses.field(compare=False)
    """Where it stands, outermost parentheses excluded."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """`"high"`, `3`, `null`."""

    value: str | bytes | bool | int | Uint | float | None
    """The value it denotes."""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Literal)
            and type(other.value) is type(self.value)
            and repr(other.value) == repr(self.value)
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, a type, or the first part of a qualified name."""

    name: str
    """As written, without a leading dot."""
    rooted: bool = False
    """Whether a leading dot makes it skip the variables of macros."""


@dataclass(frozen=True, slots=True)
class Select(Node):
    """`operand.field`, `operand.?field`."""

    operand: Node
    """What is selected from."""
    field: str
    """The field's name, without back quotes."""
    field_span: Span = dataclasses.field(compare=False)
    """Where the field's name stands."""
    optional: bool = False
    """Whether absence gives `optional.none()`."""


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`operand[index]`, `operand[?index]`."""

    operand: Node
    """The list or map."""
    index: Node
    """The position or key."""
    optional: bool = False
    """Whether absence gives `optional.none()`."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)`, `target.function(arguments)`."""

    function: str
    """The function's name; with `target`, possibly the last part of a qualified name."""
    function_span: Span = dataclasses.field(compare=False)
    """Where the function's name stands."""
    target: Node | None
    """What stands before the dot."""
    arguments: tuple[Node, ...]
    """The arguments, target excluded."""


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`!operand`, `-operand`."""

    operator: str
    """`!` or `-`."""
    operand: Node
    """What it applies to."""


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """A comparison, membership test or arithmetic operation."""

    operator: str
    """`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `+`, `-`, `*`, `/` or `%`."""
    left: Node
    """The left operand."""
    right: Node
    """The right operand."""


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """A chain of `&&` or of `||`."""

    operator: str
    """`&&` or `||`."""
    operands: tuple[Node, ...]
    """Two or more."""


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`test ? then : otherwise`."""

    test: Node
    """What decides."""
    then: Node
    """The value when the test is true."""
    otherwise: Node
    """The value when the test is false."""


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, ?b]`."""

    elements: tuple[Node, ...]
    """In order."""
    optional: frozenset[int] = frozenset()
    """Positions written with `?`: left out when the optional is empty."""


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """`{key: value, ?key: value}`."""

    entries: tuple[tuple[Node, Node], ...]
    """In order."""
    optional: frozenset[int] = frozenset()
    """Positions written with `?`: left out when the optional is empty."""


@dataclass(frozen=True, slots=True)
class Has(Node):
    """`has(operand.field)`."""

    select: Select
    """The field asked for."""


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """A macro over the elements of a list or the keys of a map."""

    macro: str
    """`all`, `exists`, `exists_one` or `existsOne`, `filter`, `map`, `transformList`, `transformMap`…"""
    range: Node
    """What is ranged over."""
    variables: tuple[str, ...]
    """One: the element or key. Two: position and element, or key and value."""
    variable_spans: tuple[Span, ...] = dataclasses.field(compare=False)
    """Where they are named."""
    filter: Node | None
    """Which elements take part, for `map` with three arguments and the transforms."""
    body: Node
    """The predicate, or what each element becomes."""


@dataclass(frozen=True, slots=True)
class Bind(Node):
    """`cel.bind(variable, value, body)`; also `target.optMap(variable, body)` and `optFlatMap`."""

    macro: str
    """`bind`, `optMap` or `optFlatMap`."""
    variable: str
    """The name that the body may use."""
    variable_span: Span = dataclasses.field(compare=False)
    """Where it is named."""
    value: Node
    """What it stands for."""
    body: Node
    """The expression that uses it."""


def children(node: Node) -> tuple[Node, ...]:
    """The direct sub-expressions, in the order they are written."""
    match node:
        case Select(operand=operand) | Unary(operand=operand):
            return (operand,)
        case Has(select=select):
            return (select.operand,)
        case Index(operand=operand, index=index):
            return (operand, index)
        case Call(target=target, arguments=arguments):
            return arguments if target is None else (target, *arguments)
        case Binary(left=left, right=right):
            return (left, right)
        case Logic(operands=operands):
            return operands
        case Conditional(test=test, then=then, otherwise=otherwise):
            return (test, then, otherwise)
        case ListOf(elements=elements):
            return elements
        case MapOf(entries=entries):
            return tuple(part for entry in entries for part in entry)
        case Comprehension(range=ranged, filter=None, body=body):
            return (ranged, body)
        case Comprehension(range=ranged, filter=Node() as chosen, body=body):
            return (ranged, chosen, body)
        case Bind(value=value, body=body):
            return (value, body)
    return ()
