"""The standard library: sizes, conversions, optionals, and the functions of the other modules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from lexaudit.condition import numbers, texts, times
from lexaudit.condition.arithmetic import natural
from lexaudit.condition.fault import Fault
from lexaudit.condition.function import Function
from lexaudit.condition.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    ListType,
    MapType,
    OptionalType,
    Type,
    Variable,
)
from lexaudit.condition.values import (
    INT_MAX,
    INT_MIN,
    NONE,
    SECOND,
    UINT_MAX,
    Duration,
    Optional,
    Timestamp,
    TypeValue,
    Uint,
    duration_of,
    timestamp_of,
    type_of,
)

_T: Final = Variable("T")
_WHOLE: Final = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_NATURAL: Final = re.compile(r"\d{1,40}", re.ASCII)
_DECIMAL: Final = re.compile(
    r"[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|nan|inf|infinity)", re.ASCII | re.IGNORECASE
)
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def _size(value: Any) -> int:
    return len(value)


def _to_int(value: Any) -> int:
    match value:
        case str():
            if not _WHOLE.fullmatch(value):
                raise Fault(f"`{value[:60]}` is not an integer")
            number = int(value)
        case Timestamp():
            number = value.nanoseconds // SECOND
        case float():
            if not INT_MIN < value < INT_MAX:
                raise Fault("the number does not fit an integer")
            number = int(value)
        case _:
            number = int(value)
    if INT_MIN <= number <= INT_MAX:
        return number
    raise Fault("the number does not fit an integer")


def _to_uint(value: Any) -> Uint:
    match value:
        case str():
            if not _NATURAL.fullmatch(value):
                raise Fault(f"`{value[:60]}` is not an unsigned integer")
            return natural(int(value))
        case float():
            if not -1 < value < UINT_MAX:
                raise Fault("the number does not fit an unsigned integer")
    return natural(int(value))


def _to_double(value: Any) -> float:
    if isinstance(value, str) and (len(value) > 400 or not _DECIMAL.fullmatch(value)):
        raise Fault(f"`{value[:60]}` is not a number")
    return float(value)


def _to_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    raise Fault(f"`{value[:60]}` is not true or false")


def _to_timestamp(value: Any) -> Timestamp:
    match value:
        case Timestamp():
            return value
        case str():
            return times.read_timestamp(value)
    return timestamp_of(value * SECOND)


def _to_duration(value: Any) -> Duration:
    match value:
        case Duration():
            return value
        case str():
            return times.read_duration(value)
    return duration_of(value * SECOND)


def _of_non_zero(value: Any) -> Optional:
    """`optional.none()` for what an unset field would hold."""
    zero = value is None or (isinstance(value, bool | int | float | str | bytes | list | tuple | Mapping) and not value)
    return NONE if zero or value == Duration(0) or value == Timestamp(0) else Optional(True, value)


def _value(optional: Optional) -> Any:
    if not optional.present:
        raise Fault("the optional is empty")
    return optional.value


def _convert(name: str, result: Type, implementation: Callable[[Any], Any], *given: Type) -> tuple[Function, ...]:
    return tuple(
        Function(name, (kind,), result, implementation, False, f"The value as {result}.", sized=True, inner=True)
        for kind in given
    )


def _sizes() -> tuple[Function, ...]:
    doc = "How many characters, bytes, elements or entries."
    return tuple(
        Function("size", (kind,), INT, _size, member, doc, inner=True)
        for kind in (STRING, BYTES, ListType(DYN), MapType(DYN, DYN))
        for member in (False, True)
    )


def _optional(
    name: str, parameters: tuple[Type, ...], result: Type, implementation: Callable[..., Any], doc: str
) -> Function:
    return Function(name, parameters, result, implementation, not name.startswith("optional."), doc, inner=True)


STANDARD: Final = (
    *_sizes(),
    *_convert("int", INT, _to_int, INT, UINT, DOUBLE, STRING, TIMESTAMP),
    *_convert("uint", UINT, _to_uint, INT, UINT, DOUBLE, STRING),
    *_convert("double", DOUBLE, _to_double, INT, UINT, DOUBLE, STRING),
    *_convert("string", STRING, texts.to_string, BOOL, INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION, TYPE),
    *_convert("bytes", BYTES, texts.to_bytes, STRING, BYTES),
    *_convert("bool", BOOL, _to_bool, BOOL, STRING),
    *_convert("timestamp", TIMESTAMP, _to_timestamp, TIMESTAMP, STRING, INT),
    *_convert("duration", DURATION, _to_duration, DURATION, STRING, INT),
    Function("type", (DYN,), TYPE, type_of, False, "The type of a value.", inner=True),
    Function(
        "dyn", (DYN,), DYN, lambda value: value, False, "The value, its type not checked when loaded.", inner=True
    ),
    *texts.FUNCTIONS,
    *times.FUNCTIONS,
    *numbers.FUNCTIONS,
    _optional(
        "optional.of", (_T,), OptionalType(_T), lambda value: Optional(True, value), "An optional holding the value."
    ),
    _optional(
        "optional.ofNonZeroValue",
        (_T,),
        OptionalType(_T),
        _of_non_zero,
        "An optional holding the value unless it is empty or zero.",
    ),
    _optional("optional.none", (), OptionalType(DYN), lambda: NONE, "An empty optional."),
    _optional(
        "hasValue", (OptionalType(_T),), BOOL, lambda optional: optional.present, "Whether the optional holds a value."
    ),
    _optional("value", (OptionalType(_T),), _T, _value, "What the optional holds; a fault when it is empty."),
)
"""Every function of the language that is not a macro; `or` and `orValue`, which may skip their argument, are nodes of
their own in the compiler."""

LAZY: Final = {
    "or": (OptionalType(_T), OptionalType(_T), OptionalType(_T)),
    "orValue": (OptionalType(_T), _T, _T),
}
"""Member functions whose argument is evaluated only when the optional is empty: target, argument, result."""

TYPE_NAMES: Final[Mapping[str, TypeValue]] = {
    name: TypeValue(name)
    for name in (
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type", "optional_type",
        "google.protobuf.Timestamp", "google.protobuf.Duration",
    )
}  # fmt: skip
"""Types that can be named as values."""
