"""The `math.*` functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from lexaudit.condition.arithmetic import whole
from lexaudit.condition.equality import ordered
from lexaudit.condition.fault import Fault, no_overload
from lexaudit.condition.function import Function
from lexaudit.condition.types import BOOL, DOUBLE, DYN, INT, UINT, Type
from lexaudit.condition.unknown import Unknown, union
from lexaudit.condition.values import INT_MAX, UINT_MAX, Uint

_NUMBER: Final = frozenset({int, float, Uint})


def _extreme(name: str, operator: str) -> Callable[..., Any]:
    def pick(*values: Any) -> Any:
        if len(values) == 1 and isinstance(values[0], list | tuple):
            values = tuple(values[0])
        if not values:
            raise Fault(f"`{name}` of an empty list")
        unknown = union(values)
        for value in values:
            if type(value) not in _NUMBER and type(value) is not Unknown:
                raise no_overload(name, value)
        if unknown is not None:
            return unknown
        best = values[0]
        for value in values[1:]:
            if ordered(operator, value, best):
                best = value
        return best

    return pick


def _rounded(value: float) -> float:
    """Halves away from zero."""
    if value - value != 0:
        return value
    return math.copysign(math.floor(abs(value) + 0.5) if abs(value) < 2**52 else abs(value), value)


def _kept(function: Callable[[float], int]) -> Callable[[float], float]:
    """A rounding that leaves infinities and NaN as they are."""
    return lambda value: value if value - value != 0 else math.copysign(float(function(value)), value)


def _absolute(value: Any) -> Any:
    return Uint(value) if type(value) is Uint else abs(value) if type(value) is float else whole(abs(value))


def _sign(value: Any) -> Any:
    if value != value:
        return value
    return type(value)((value > 0) - (value < 0))


def _square_root(value: Any) -> float:
    number = float(value)
    return math.nan if number < 0 or number != number else math.sqrt(number)


def _signed(value: int) -> int:
    """The signed integer with these 64 bits."""
    value &= UINT_MAX
    return value if value <= INT_MAX else value - 2**64


def _shift(amount: int) -> int:
    if amount < 0:
        raise Fault("a shift by a negative number")
    return min(amount, 64)


def _bits(value: Any, result: int) -> Any:
    return Uint(result & UINT_MAX) if type(value) is Uint else _signed(result)


def _function(
    name: str, parameters: tuple[Type, ...], result: Type, implementation: Callable[..., Any], doc: str
) -> Function:
    return Function(f"math.{name}", parameters, result, implementation, False, doc, inner=True)


def _each(
    name: str, types: tuple[Type, ...], count: int, implementation: Callable[..., Any], doc: str
) -> tuple[Function, ...]:
    """One overload for each type, all parameters and the result of that type."""
    return tuple(_function(name, (kind,) * count, kind, implementation, doc) for kind in types)


FUNCTIONS: Final = (
    Function(
        "math.greatest",
        (DYN,),
        DYN,
        _extreme("math.greatest", ">"),
        False,
        "The greatest number.",
        variadic=True,
        sized=True,
        inner=True,
    ),
    Function(
        "math.least",
        (DYN,),
        DYN,
        _extreme("math.least", "<"),
        False,
        "The least number.",
        variadic=True,
        sized=True,
        inner=True,
    ),
    *_each("abs", (INT, UINT, DOUBLE), 1, _absolute, "The number without its sign."),
    *_each("sign", (INT, UINT, DOUBLE), 1, _sign, "-1, 0 or 1."),
    _function("ceil", (DOUBLE,), DOUBLE, _kept(math.ceil), "The next whole number up."),
    _function("floor", (DOUBLE,), DOUBLE, _kept(math.floor), "The next whole number down."),
    _function("trunc", (DOUBLE,), DOUBLE, _kept(math.trunc), "The number without its fraction."),
    _function("round", (DOUBLE,), DOUBLE, _rounded, "The nearest whole number, halves away from zero."),
    *(_function("sqrt", (kind,), DOUBLE, _square_root, "The square root.") for kind in (INT, UINT, DOUBLE)),
    _function("isNaN", (DOUBLE,), BOOL, lambda value: value != value, "Whether it is no number."),
    _function("isInf", (DOUBLE,), BOOL, lambda value: math.isinf(value), "Whether it is infinite."),
    _function("isFinite", (DOUBLE,), BOOL, lambda value: value - value == 0, "Whether it is a finite number."),
    *_each("bitAnd", (INT, UINT), 2, lambda a, b: type(a)(a & b), "Bits that both have."),
    *_each("bitOr", (INT, UINT), 2, lambda a, b: type(a)(a | b), "Bits that one has."),
    *_each("bitXor", (INT, UINT), 2, lambda a, b: type(a)(a ^ b), "Bits that just one has."),
    *_each("bitNot", (INT, UINT), 1, lambda a: _bits(a, ~a), "All bits turned."),
    *(
        _function("bitShiftLeft", (kind, INT), kind, lambda a, by: _bits(a, a << _shift(by)), "Bits moved up.")
        for kind in (INT, UINT)
    ),
    *(
        _function(
            "bitShiftRight", (kind, INT), kind, lambda a, by: _bits(a, (a & UINT_MAX) >> _shift(by)), "Bits moved down."
        )
        for kind in (INT, UINT)
    ),
)
"""Numbers; the conversions stand with the other types."""
