"""Values at run time: JSON-like Python values, and light classes for what Python lacks.

Lists are `list` or `tuple`; maps and records any `Mapping`; timestamps come in as aware `datetime` (or `date`, meaning
midnight UTC) and durations as `timedelta`, and are kept to the nanosecond inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import is_
from typing import Any, Final, final

from lexaudit.condition.fault import Fault
from lexaudit.condition.unknown import Unknown

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
UINT_MAX: Final = 2**64 - 1
SECOND: Final = 1_000_000_000
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_TIME_MIN: Final = (date.min.toordinal() - _EPOCH_DAY) * 86_400 * SECOND
_TIME_MAX: Final = (date.max.toordinal() - _EPOCH_DAY + 1) * 86_400 * SECOND - 1
_DURATION_MAX: Final = INT_MAX


@final
class Uint(int):
    """An unsigned 64-bit integer; not the same type as `int`, but equal to an `int` of the same value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{int(self)}u"

    def __str__(self) -> str:
        return str(int(self))


@final
@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time; 64 bits of nanoseconds."""

    nanoseconds: int
    """May be negative."""

    def to_timedelta(self) -> timedelta:
        """Rounded down to microseconds."""
        return timedelta(microseconds=self.nanoseconds // 1000)


@final
@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A moment between the years 1 and 9999."""

    nanoseconds: int
    """Since 1970-01-01T00:00:00Z."""

    def to_datetime(self) -> datetime:
        """In UTC, rounded down to microseconds."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.nanoseconds // 1000)


def duration_of(nanoseconds: int) -> Duration:
    """Checked against the range that CEL allows."""
    if not -_DURATION_MAX <= nanoseconds <= _DURATION_MAX:
        raise Fault("duration out of range")
    return Duration(nanoseconds)


def timestamp_of(nanoseconds: int) -> Timestamp:
    """Checked against the years 1 to 9999."""
    if not _TIME_MIN <= nanoseconds <= _TIME_MAX:
        raise Fault("timestamp out of range")
    return Timestamp(nanoseconds)


def from_datetime(value: datetime) -> Timestamp:
    """A moment from an aware `datetime`; one without a time zone is a fault."""
    if value.tzinfo is None:
        raise Fault(f"the time `{value.isoformat()}` has no time zone")
    whole = value - datetime(1970, 1, 1, tzinfo=UTC)
    return timestamp_of((whole.days * 86_400 + whole.seconds) * SECOND + whole.microseconds * 1000)


@final
@dataclass(frozen=True, slots=True)
class TypeValue:
    """A type as a value: what `type(x)` and the name `int` give."""

    name: str
    """`int`, `list`, `google.protobuf.Timestamp`."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Optional:
    """A value that may be absent: what `.?`, `[?]` and `optional.of` give."""

    present: bool
    """Whether there is one."""
    value: Any = None
    """It, when there is one."""


NONE: Final = Optional(present=False)


@final
class KeyedMap(Mapping[Any, Any]):
    """A map written in a condition with keys that are not all strings: 1, 1u and 1.0 are one key, true is another."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[Any, tuple[Any, Any]] = {}

    @staticmethod
    def _canonical(key: Any) -> Any:
        return (key,) if type(key) is bool else key

    def add(self, key: Any, value: Any) -> None:
        """Put an entry in; a key that is there already is a fault."""
        canonical = self._canonical(key)
        if canonical in self._entries:
            raise Fault(f"the map has the key `{show(key)}` twice")
        self._entries[canonical] = (key, value)

    def __getitem__(self, key: Any) -> Any:
        return self._entries[self._canonical(key)][1]

    def __contains__(self, key: object) -> bool:
        return self._canonical(key) in self._entries

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)


_INSIDE: Final = frozenset({str, bytes, bool, int, float, Uint, list, tuple, dict, type(None), Timestamp, Duration})


def lift(value: Any) -> Any:
    """The inside form of a value from outside: `datetime`, `date` and `timedelta` become exact, the rest stays."""
    if type(value) in _INSIDE:
        return value
    if isinstance(value, datetime):
        return from_datetime(value)
    if isinstance(value, timedelta):
        return duration_of(((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1000)
    if isinstance(value, date):
        return Timestamp((value.toordinal() - _EPOCH_DAY) * 86_400 * SECOND)
    return value


def lower(value: Any) -> Any:
    """The outside form of a value: `Timestamp` and `Duration` become `datetime` and `timedelta`, in lists and maps too.

    A list or map that holds none is given as it is.
    """
    return _lowered(value, {})


def _lowered(value: Any, seen: dict[int, Any]) -> Any:
    """`lower`, each list and map once however often the value holds it."""
    kind = type(value)
    if kind is Timestamp:
        return value.to_datetime()
    if kind is Duration:
        return value.to_timedelta()
    if kind is Optional and value.present:
        return Optional(True, _lowered(value.value, seen))
    if kind is not list and kind is not tuple and kind is not dict:
        return value
    if id(value) not in seen:
        if kind is dict:
            changed: Any = {key: _lowered(item, seen) for key, item in value.items()}
            same = all(map(is_, changed.values(), value.values()))
        else:
            changed = [_lowered(item, seen) for item in value]
            same = all(map(is_, changed, value))
        seen[id(value)] = value if same else changed
    return seen[id(value)]


def type_name(value: Any) -> str:
    """What CEL calls the type of a value."""
    match value:
        case bool():
            return "bool"
        case Uint():
            return "uint"
        case int():
            return "int"
        case float():
            return "double"
        case str():
            return "string"
        case bytes():
            return "bytes"
        case None:
            return "null_type"
        case list() | tuple():
            return "list"
        case Mapping():
            return "map"
        case Timestamp() | date():
            return "google.protobuf.Timestamp"
        case Duration() | timedelta():
            return "google.protobuf.Duration"
        case TypeValue():
            return "type"
        case Optional():
            return "optional_type"
        case Unknown():
            return "unknown"
    return type(value).__name__


def type_of(value: Any) -> Any:
    """The type of a value as a value; of an unknown, the unknown."""
    return value if type(value) is Unknown else TypeValue(type_name(value))


def show(value: Any) -> str:
    """A short rendering for messages."""
    from lexaudit.condition.printer import literal

    if value is None or isinstance(value, bool | int | float | str | bytes):
        return literal(value if not isinstance(value, str) or len(value) <= 60 else value[:57] + "...")
    return type_name(value)


def plain(value: Any) -> Any:
    """A JSON value for people to read: at most 6 levels, 50 elements a level and 300 in all, the rest as `…`."""
    kind = type(value)
    if kind is bool or kind is int or value is None or (kind is str and len(value) <= 2000):
        return value
    return _plain(value, 6, [300])


def _plain(value: Any, depth: int, room: list[int]) -> Any:
    """`plain`, with the levels and the elements that are left."""
    room[0] -= 1
    kind = type(value)
    if kind is bool or kind is int or value is None or (kind is str and len(value) <= 2000):
        return value
    if kind is float:
        return value if value - value == 0 else str(value)
    value = lift_quietly(value)
    if value is None or isinstance(value, bool | str):
        return value if not isinstance(value, str) or len(value) <= 2000 else value[:1999] + "…"
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, bytes):
        return "0x" + value[:1000].hex()
    if isinstance(value, Unknown):
        return {"unknown": sorted(value.paths)}
    if isinstance(value, TypeValue):
        return value.name
    if isinstance(value, Optional):
        return _plain(value.value, depth, room) if value.present else None
    if isinstance(value, Timestamp | Duration):
        from lexaudit.condition.times import time_text

        return time_text(value)
    if isinstance(value, list | tuple):
        items: list[Any] = []
        for item in value:
            if len(items) == 50 or room[0] <= 0 or depth == 0:
                return [*items, "…"]
            items.append(_plain(item, depth - 1, room))
        return items
    if isinstance(value, Mapping):
        name = getattr(value, "shown", None)
        if isinstance(name, str):
            # a record of the host's that says itself how it is named: reading all of it could be dear, or endless
            return name
        shown: dict[str, Any] = {}
        for key in value:
            if len(shown) == 50 or room[0] <= 0 or depth == 0:
                shown["…"] = "…"
                break
            shown[key if isinstance(key, str) else show(key)] = _plain(value[key], depth - 1, room)
        return shown
    return str(value)


def lift_quietly(value: Any) -> Any:
    """`lift`, leaving what it refuses as text."""
    try:
        return lift(value)
    except Fault:
        return str(value)
