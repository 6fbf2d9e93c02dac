"""The types of facts and of sub-expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Type:
    """A type; the simple ones are the constants of this module."""

    name: str
    """What messages call it."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, init=False)
class ListType(Type):
    """A list whose elements are of one type."""

    element: Type
    """The type of each element."""

    def __init__(self, element: Type) -> None:
        object.__setattr__(self, "name", f"list({element})")
        object.__setattr__(self, "element", element)


@dataclass(frozen=True, slots=True, init=False)
class MapType(Type):
    """A map from keys of one type to values of one type."""

    key: Type
    """`BOOL`, `INT`, `UINT`, `STRING` or `DYN`."""
    value: Type
    """The type of each value."""

    def __init__(self, key: Type, value: Type) -> None:
        object.__setattr__(self, "name", f"map({key}, {value})")
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "value", value)


@dataclass(frozen=True, slots=True, init=False)
class OptionalType(Type):
    """A value that may be absent."""

    of: Type
    """The type of the value when there is one."""

    def __init__(self, of: Type) -> None:
        object.__setattr__(self, "name", f"optional({of})")
        object.__setattr__(self, "of", of)


@dataclass(frozen=True, slots=True)
class RecordType(Type):
    """A record with declared fields; selecting another one is an error when the condition is loaded."""

    fields: Mapping[str, Type] = field(hash=False)
    """The type of each field."""
    open: bool = False
    """Whether other fields may be selected too, as `DYN`."""


@dataclass(frozen=True, slots=True)
class Variable(Type):
    """A type that a call decides, in the signatures of the standard library."""


BOOL: Final = Type("bool")
INT: Final = Type("int")
UINT: Final = Type("uint")
DOUBLE: Final = Type("double")
STRING: Final = Type("string")
BYTES: Final = Type("bytes")
TIMESTAMP: Final = Type("timestamp")
DURATION: Final = Type("duration")
NULL: Final = Type("null_type")
DYN: Final = Type("dyn")
TYPE: Final = Type("type")

NUMBERS: Final = frozenset({INT, UINT, DOUBLE})
ORDERED: Final = frozenset({BOOL, INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION})


def assignable(target: Type, given: Type) -> bool:
    """Whether a value of the given type may stand where the target type is wanted; `DYN` fits everywhere."""
    if target is given or target is DYN or given is DYN or target == given:
        return True
    match target, given:
        case (ListType(element=wanted), ListType(element=had)):
            return assignable(wanted, had)
        case (MapType(key=key, value=value), MapType(key=given_key, value=given_value)):
            return assignable(key, given_key) and assignable(value, given_value)
        case (OptionalType(of=wanted), OptionalType(of=had)):
            return assignable(wanted, had)
        case (MapType(key=key), RecordType()):
            return assignable(key, STRING)
        case (RecordType(), MapType(key=key)):
            return assignable(STRING, key)
    return False


def comparable(left: Type, right: Type) -> bool:
    """Whether `==` between the two can be meant: the same type, two numbers, or one of them null."""
    if left is NULL or right is NULL or (left in NUMBERS and right in NUMBERS):
        return True
    match left, right:
        case (ListType(element=a), ListType(element=b)):
            return comparable(a, b)
        case (MapType(key=key, value=value), MapType(key=other_key, value=other)):
            return comparable(key, other_key) and comparable(value, other)
        case (OptionalType(of=a), OptionalType(of=b)):
            return comparable(a, b)
    return assignable(left, right) or assignable(right, left)


def join(left: Type, right: Type) -> Type:
    """The type that holds both; `DYN` when only that does."""
    if left == right:
        return left
    match left, right:
        case (ListType(element=a), ListType(element=b)):
            return ListType(join(a, b))
        case (MapType(key=key, value=value), MapType(key=other_key, value=other)):
            return MapType(join(key, other_key), join(value, other))
        case (OptionalType(of=a), OptionalType(of=b)):
            return OptionalType(join(a, b))
    return DYN


def match(parameter: Type, given: Type, bound: dict[str, Type]) -> bool:
    """Whether an argument fits a parameter that may hold type variables, binding them."""
    if isinstance(parameter, Variable):
        bound[parameter.name] = join(bound[parameter.name], given) if parameter.name in bound else given
        return True
    if given is DYN:
        return True
    if isinstance(parameter, ListType) and isinstance(given, ListType):
        return match(parameter.element, given.element, bound)
    if isinstance(parameter, OptionalType) and isinstance(given, OptionalType):
        return match(parameter.of, given.of, bound)
    if isinstance(parameter, MapType) and isinstance(given, MapType):
        return match(parameter.key, given.key, bound) and match(parameter.value, given.value, bound)
    return assignable(parameter, given)


def substitute(pattern: Type, bound: Mapping[str, Type]) -> Type:
    """The pattern with its type variables replaced; an unbound one becomes `DYN`."""
    match pattern:
        case Variable(name=name):
            return bound.get(name, DYN)
        case ListType(element=element):
            return ListType(substitute(element, bound))
        case OptionalType(of=of):
            return OptionalType(substitute(of, bound))
        case MapType(key=key, value=value):
            return MapType(substitute(key, bound), substitute(value, bound))
    return pattern
