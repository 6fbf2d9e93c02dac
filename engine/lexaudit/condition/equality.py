"""When two values are equal, which comes first, and what a map or list holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lexaudit.condition.budget import BYTES_PER_STEP, Frame, charge, weight
from lexaudit.condition.fault import Fault, no_overload
from lexaudit.condition.unknown import Unknown, union
from lexaudit.condition.values import Duration, KeyedMap, Optional, Timestamp, TypeValue, Uint, lift, show

MISSING: Final = object()
"""What a lookup gives when there is nothing."""

_PLAIN: Final = frozenset({str, bytes, bool, type(None), Timestamp, Duration, TypeValue})
_NUMBER: Final = frozenset({int, float, Uint})
_SCALAR: Final = _PLAIN | _NUMBER
_ORDERED: Final = frozenset({bool, str, bytes, Timestamp, Duration})


def equal(left: Any, right: Any, frame: Frame) -> Any:
    """Whether the two are equal: true, false or unknown.

    Values of different types are not equal; numbers compare by value.
    Lists and maps that hold unknowns differ when something known in them differs; otherwise they are unknown.
    """
    kind, other = type(left), type(right)
    if kind is other and kind in _SCALAR:
        if kind is str or kind is bytes:
            charge(frame, min(len(left), len(right)) // BYTES_PER_STEP)
        return left == right
    if kind in _NUMBER and other in _NUMBER:
        return float(left) == float(right) if kind is float or other is float else left == right
    if kind is Unknown or other is Unknown:
        return union((left, right))
    if kind in _SCALAR and other in _SCALAR:
        return False
    left, right = lift(left), lift(right)
    match left, right:
        case (list() | tuple(), list() | tuple()):
            return _equal_lists(left, right, frame)
        case (Mapping(), Mapping()):
            if isinstance(getattr(left, "shown", None), str):
                # records of the host's that name themselves have an identity of their own
                return bool(left == right)
            return _equal_maps(left, right, frame)
        case (Optional(), Optional()):
            if not left.present or not right.present:
                return left.present == right.present
            return equal(left.value, right.value, frame)
        case (bool(), bool()):
            return bool(left) == bool(right)
        case (bool(), _) | (_, bool()):
            return False
        case (int() | float(), int() | float()) | (str(), str()) | (bytes(), bytes()):
            return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def _equal_lists(left: Any, right: Any, frame: Frame) -> Any:
    if len(left) != len(right):
        return False
    charge(frame, len(left))
    open_: Unknown | None = None
    for one, other in zip(left, right, strict=True):
        same = equal(one, other, frame)
        if same is False:
            return False
        if same is not True:
            open_ = union((open_, same))
    return True if open_ is None else open_


def _equal_maps(left: Mapping[Any, Any], right: Mapping[Any, Any], frame: Frame) -> Any:
    if len(left) != len(right):
        return False
    charge(frame, len(left))
    open_: Unknown | None = None
    for key in left:
        other = lookup(right, key)
        if other is MISSING:
            return False
        same = equal(left[key], other, frame)
        if same is False:
            return False
        if same is not True:
            open_ = union((open_, same))
    return True if open_ is None else open_


def lookup(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value under this key, numbers found by value whatever their type; `MISSING` when there is none."""
    kind = type(key)
    if kind is str or isinstance(key, str):
        try:
            return mapping[key]
        except KeyError:
            return MISSING
    if kind is bool:
        if type(mapping) is KeyedMap:
            return mapping.get(key, MISSING)
        for known in mapping:
            if type(known) is bool and known == key:
                return mapping[known]
        return MISSING
    if kind in _NUMBER:
        if type(mapping) is KeyedMap:
            return mapping.get(key, MISSING)
        if key in mapping:
            for known in mapping:
                if known == key and type(known) is not bool:
                    return mapping[known]
        return MISSING
    if kind in (int, float):
        return MISSING
    raise Fault(f"no such key `{show(key)}`")


def contains(container: Any, item: Any, frame: Frame) -> Any:
    """`item in container`: for lists whether an element is equal, for maps whether there is such a key."""
    kind = type(container)
    if kind is Unknown or type(item) is Unknown:
        return union((container, item))
    if kind is list or kind is tuple or isinstance(container, list | tuple):
        charge(frame, len(container) + weight(item))
        item = lift(item)
        open_: Unknown | None = None
        for element in container:
            same = equal(element, item, frame)
            if same is True:
                return True
            if same is not False:
                open_ = union((open_, same))
        return False if open_ is None else open_
    if isinstance(container, Mapping):
        if not isinstance(item, str | bool | int | float):
            raise no_overload("in", item, container)
        found = lookup(container, item)
        return found if type(found) is Unknown else found is not MISSING
    raise no_overload("in", item, container)


def element(container: Any, index: Any) -> Any:
    """`container[index]`; `MISSING` when there is nothing at that position or key."""
    if type(index) is Unknown:
        return index if type(container) is not Unknown else union((container, index))
    if type(container) is Unknown:
        return container
    if isinstance(container, list | tuple):
        if type(index) is float and index == index // 1:
            index = int(index)
        if isinstance(index, bool) or not isinstance(index, int):
            raise Fault(f"`{show(index)}` is not a position in a list")
        return container[index] if 0 <= index < len(container) else MISSING
    if isinstance(container, Mapping):
        return lookup(container, index)
    raise no_overload("[]", container, index)


def field(container: Any, name: str) -> Any:
    """`container.name`; `MISSING` when a map or record has no such field."""
    if type(container) is Unknown:
        return container
    if isinstance(container, Mapping):
        try:
            return container[name]
        except KeyError:
            return MISSING
    raise Fault(f"`{name}` cannot be selected from a value that is no record: `{show(container)}`")


def ordered(operator: str, left: Any, right: Any) -> Any:
    """`left < right` and its kin: among numbers of any type, and within each other ordered type.

    An integer is rounded to a double before it is compared with one, as the specification has it.
    """
    if type(left) is Unknown or type(right) is Unknown:
        return union((left, right))
    left, right = lift(left), lift(right)
    kind, other = type(left), type(right)
    numbers = kind in _NUMBER and other in _NUMBER
    exact = numbers or (kind is other and kind in _ORDERED)
    if not exact and (kind is bool or other is bool or not _alike(left, right)):
        raise no_overload(operator, left, right)
    if (kind is float) != (other is float) and numbers:
        left, right = float(left), float(right)
    if operator == "<":
        return left < right
    if operator == "<=":
        return left <= right
    if operator == ">":
        return left > right
    return left >= right


def _alike(left: Any, right: Any) -> bool:
    """Whether subclasses of the basic types can be ordered."""
    return any(isinstance(left, kind) and isinstance(right, kind) for kind in (int | float, str, bytes))
