"""Functions that a condition may call: pure, typed, with a cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lexaudit.condition.types import Type
from lexaudit.condition.values import Duration, KeyedMap, Optional, Timestamp, TypeValue, Uint


@dataclass(frozen=True, slots=True)
class Function:
    """One overload of a function.

    The implementation gets Python values (`datetime` and `timedelta` for times) and must depend on nothing else. It may
    return `Unknown`. A `ValueError`, `LookupError` or `ArithmeticError` that it raises becomes an evaluation fault with
    its message.
    """

    name: str
    """As written in a condition; may be qualified: `lineage.upstream`."""
    parameters: tuple[Type, ...]
    """Their types; of a member function the first is what stands before the dot."""
    result: Type
    """The type of what it gives."""
    implementation: Callable[..., Any]
    """What computes it."""
    member: bool = False
    """Whether it is called `x.name(y)` rather than `name(x, y)`."""
    doc: str = ""
    """What it means, in one sentence."""
    cost: int = 1
    """Steps that a call takes."""
    strict: bool = True
    """Whether an unknown argument makes the result that unknown without a call."""
    variadic: bool = False
    """Whether the last parameter may be repeated."""
    sized: bool = False
    """Whether a call also costs steps for the size of its arguments."""
    inner: bool = False
    """Whether the implementation takes and gives the evaluator's own value classes: the standard library."""

    def signature(self) -> str:
        """How a call looks: `string.startsWith(string) -> bool`."""
        parts = [str(parameter) for parameter in self.parameters]
        before = f"{parts.pop(0)}." if self.member else ""
        return f"{before}{self.name}({', '.join(parts)}{', ...' if self.variadic else ''}) -> {self.result}"

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments, the target included."""
        return count == len(self.parameters) or (self.variadic and count > len(self.parameters))

    def parameter(self, position: int) -> Type:
        """The type at a position, the last one repeated."""
        return self.parameters[min(position, len(self.parameters) - 1)]


@dataclass(frozen=True, slots=True)
class Declarations:
    """What a condition may name."""

    variables: Mapping[str, Type]
    """The type of each variable; a name may be qualified."""
    functions: Sequence[Function] = field(default=())
    """Functions beyond the standard library."""
    tables: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What checking has made of the functions, kept for the next condition."""


ACCEPTED: Final[Mapping[str, frozenset[type]]] = {
    "bool": frozenset({bool}),
    "int": frozenset({int}),
    "uint": frozenset({Uint}),
    "double": frozenset({float}),
    "string": frozenset({str}),
    "bytes": frozenset({bytes}),
    "timestamp": frozenset({Timestamp}),
    "duration": frozenset({Duration}),
    "null_type": frozenset({type(None)}),
    "type": frozenset({TypeValue}),
    "list": frozenset({list, tuple}),
    "map": frozenset({dict, KeyedMap}),
    "optional": frozenset({Optional}),
}
"""The Python types of values of a type, by the first word of its name; records are maps, others take anything."""
