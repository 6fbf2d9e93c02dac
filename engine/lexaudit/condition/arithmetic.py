"""`+ - * / %` and the minus sign, with the overflow errors of 64-bit integers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from lexaudit.condition.budget import BYTES_PER_STEP, Frame, charge
from lexaudit.condition.fault import Fault, no_overload
from lexaudit.condition.unknown import Unknown, union
from lexaudit.condition.values import (
    INT_MAX,
    INT_MIN,
    UINT_MAX,
    Duration,
    Timestamp,
    Uint,
    duration_of,
    lift,
    timestamp_of,
)


def whole(value: int) -> int:
    """The value, when it fits a signed integer."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise Fault("integer overflow")


def natural(value: int) -> Uint:
    """The value, when it fits an unsigned integer."""
    if 0 <= value <= UINT_MAX:
        return Uint(value)
    raise Fault("unsigned integer overflow")


def _quotient(left: int, right: int) -> int:
    """Rounded towards zero."""
    if right == 0:
        raise Fault("division by zero")
    result = abs(left) // abs(right)
    return result if (left < 0) == (right < 0) else -result


def _remainder(left: int, right: int) -> int:
    """With the sign of the left operand."""
    if right == 0:
        raise Fault("remainder of a division by zero")
    result = abs(left) % abs(right)
    return -result if left < 0 else result


def _divided(left: float, right: float) -> float:
    """As IEEE 754 has it: dividing by zero gives an infinity or no number."""
    if right != 0:
        return left / right
    if left != left or left == 0:
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _times(left: float, right: float) -> float:
    return left * right


_INTEGER: Final[dict[str, Callable[[int, int], int]]] = {
    "+": int.__add__,
    "-": int.__sub__,
    "*": int.__mul__,
    "/": _quotient,
    "%": _remainder,
}
_DOUBLE: Final[dict[str, Callable[[float, float], float]]] = {
    "+": float.__add__,
    "-": float.__sub__,
    "*": _times,
    "/": _divided,
}


def calculate(operator: str, left: Any, right: Any, frame: Frame) -> Any:
    """The result of an arithmetic operator; unknown when an operand is."""
    if type(left) is Unknown or type(right) is Unknown:
        return union((left, right))
    left, right = lift(left), lift(right)
    kind, other = type(left), type(right)
    if kind is other:
        if kind is int:
            return whole(_INTEGER[operator](left, right))
        if kind is float and operator in _DOUBLE:
            return _DOUBLE[operator](left, right)
        if kind is Uint:
            return natural(_INTEGER[operator](int(left), int(right)))
    if operator == "+":
        if (isinstance(left, str) and isinstance(right, str)) or (isinstance(left, bytes) and isinstance(right, bytes)):
            charge(frame, (len(left) + len(right)) // BYTES_PER_STEP)
            return left + right  # type: ignore[operator]  # both are the same of the two, which is not narrowed
        if isinstance(left, list | tuple) and isinstance(right, list | tuple):
            charge(frame, len(left) + len(right))
            return [*left, *right]
    if operator in "+-" and isinstance(left, Timestamp | Duration) and isinstance(right, Timestamp | Duration):
        return _shifted(operator, left, right)
    if _is_int(left) and _is_int(right):
        return whole(_INTEGER[operator](int(left), int(right)))
    if isinstance(left, float) and isinstance(right, float) and operator in _DOUBLE:
        return _DOUBLE[operator](float(left), float(right))
    raise no_overload(operator, left, right)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool | Uint)


def _shifted(operator: str, left: Timestamp | Duration, right: Timestamp | Duration) -> Timestamp | Duration:
    """Sums and differences of times."""
    sign = 1 if operator == "+" else -1
    nanoseconds = left.nanoseconds + sign * right.nanoseconds
    if isinstance(left, Duration) and isinstance(right, Duration):
        return duration_of(nanoseconds)
    if isinstance(left, Timestamp) and isinstance(right, Timestamp) and operator == "-":
        return duration_of(nanoseconds)
    if isinstance(right, Duration) or (isinstance(left, Duration) and operator == "+"):
        return timestamp_of(nanoseconds)
    raise no_overload(operator, left, right)


def negative(value: Any) -> Any:
    """`-value`."""
    if type(value) is Unknown:
        return value
    if type(value) is float:
        return -value
    if _is_int(value):
        return whole(-int(value))
    raise no_overload("-", value)
