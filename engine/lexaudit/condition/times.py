"""Timestamps and durations: reading, writing, and the parts of a date in a time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from lexaudit.condition.fault import Fault
from lexaudit.condition.function import Function
from lexaudit.condition.types import DURATION, INT, STRING, TIMESTAMP
from lexaudit.condition.values import SECOND, Duration, Timestamp, duration_of, from_datetime, timestamp_of

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)
_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS: Final = {
    "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND,
}  # fmt: skip
_OFFSET: Final = re.compile(r"([+-]?)(\d\d):(\d\d)", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1)


def read_timestamp(text: str) -> Timestamp:
    """`timestamp(string)`: RFC 3339."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise Fault(f"`{text[:60]}` is not a time; write `2026-08-02T00:00:00Z`")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise Fault(f"`{text}` is not a time between the years 1 and 9999") from None
    nanoseconds = from_datetime(moment).nanoseconds + int((match[7] or "0").ljust(9, "0"))
    if match[9]:
        shift = (int(match[10]) * 3600 + int(match[11]) * 60) * SECOND
        nanoseconds -= shift if match[9] == "+" else -shift
    return timestamp_of(nanoseconds)


def read_duration(text: str) -> Duration:
    """`duration(string)`: `"1h30m"`, `"-1.5s"`; units h, m, s, ms, us, ns."""
    body = text[1:] if text[:1] in ("-", "+") else text
    total = 0
    position = 0
    if len(text) > 200:
        raise Fault("the duration is too long a text")
    if body != "0":
        while position < len(body):
            match = _PART.match(body, position)
            if match is None:
                break
            number, _, fraction = match[1].partition(".")
            unit = _UNITS[match[2]]
            total += int(number or "0") * unit + int(fraction or "0") * unit // 10 ** len(fraction)
            position = match.end()
        if not body or position < len(body):
            raise Fault(f"`{text[:60]}` is not a duration; write `720h`, `90m`, `1.5s`")
    return duration_of(-total if text[0] == "-" else total)


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


def time_text(value: Timestamp | Duration) -> str:
    """`string(timestamp)` and `string(duration)`: `2026-08-02T00:00:00Z`, `5400s`."""
    if isinstance(value, Duration):
        seconds, rest = divmod(abs(value.nanoseconds), SECOND)
        return f"{'-' if value.nanoseconds < 0 else ''}{seconds}{_fraction(rest)}s"
    seconds, rest = divmod(value.nanoseconds, SECOND)
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat()}{_fraction(rest)}Z"


def _zone(name: str) -> tzinfo:
    """A time zone by its IANA name or as an offset `+01:00`."""
    match = _OFFSET.fullmatch(name)
    if match:
        shift = timedelta(hours=int(match[2]), minutes=int(match[3]))
        if shift >= timedelta(hours=24):
            raise Fault(f"`{name}` is not a time zone")
        return timezone(-shift if match[1] == "-" else shift)
    if name == "UTC":
        return UTC
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise Fault(f"`{name[:60]}` is not a time zone") from None


def _local(value: Timestamp, zone: str | None) -> datetime:
    moment = _EPOCH + timedelta(seconds=value.nanoseconds // SECOND)
    if zone is None:
        return moment
    try:
        return moment.replace(tzinfo=UTC).astimezone(_zone(zone))
    except OverflowError:
        raise Fault("timestamp out of range") from None


_PARTS: Final[tuple[tuple[str, Callable[[datetime], int], str], ...]] = (
    ("getFullYear", lambda moment: moment.year, "The year."),
    ("getMonth", lambda moment: moment.month - 1, "The month, January being 0."),
    ("getDate", lambda moment: moment.day, "The day of the month, from 1."),
    ("getDayOfMonth", lambda moment: moment.day - 1, "The day of the month, from 0."),
    ("getDayOfWeek", lambda moment: moment.isoweekday() % 7, "The day of the week, Sunday being 0."),
    ("getDayOfYear", lambda moment: moment.timetuple().tm_yday - 1, "The day of the year, from 0."),
    ("getHours", lambda moment: moment.hour, "The hour."),
    ("getMinutes", lambda moment: moment.minute, "The minute."),
    ("getSeconds", lambda moment: moment.second, "The second."),
)

_WHOLE: Final[tuple[tuple[str, int, str], ...]] = (
    ("getHours", 3600 * SECOND, "The whole hours of a duration."),
    ("getMinutes", 60 * SECOND, "The whole minutes of a duration."),
    ("getSeconds", SECOND, "The whole seconds of a duration."),
)


def _milliseconds(value: Timestamp, zone: str | None = None) -> int:
    if zone is not None:
        _zone(zone)
    return value.nanoseconds % SECOND // 1_000_000


def _truncated(nanoseconds: int, unit: int) -> int:
    return nanoseconds // unit if nanoseconds >= 0 else -(-nanoseconds // unit)


def _duration_milliseconds(value: Duration) -> int:
    rest = abs(value.nanoseconds) % SECOND // 1_000_000
    return -rest if value.nanoseconds < 0 else rest


def _accessors() -> tuple[Function, ...]:
    found: list[Function] = []

    def add(name: str, parameters: tuple[Any, ...], implementation: Callable[..., int], doc: str) -> None:
        found.append(Function(name, parameters, INT, implementation, True, doc, inner=True))

    for name, part, doc in _PARTS:

        def read(value: Timestamp, zone: str | None = None, part: Callable[[datetime], int] = part) -> int:
            return part(_local(value, zone))

        add(name, (TIMESTAMP,), read, f"{doc[:-1]}, in UTC.")
        add(name, (TIMESTAMP, STRING), read, f"{doc[:-1]}, in a time zone.")
    add("getMilliseconds", (TIMESTAMP,), _milliseconds, "The milliseconds within the second.")
    add("getMilliseconds", (TIMESTAMP, STRING), _milliseconds, "The milliseconds within the second.")
    for name, unit, doc in _WHOLE:

        def count(value: Duration, unit: int = unit) -> int:
            return _truncated(value.nanoseconds, unit)

        add(name, (DURATION,), count, doc)
    add("getMilliseconds", (DURATION,), _duration_milliseconds, "The milliseconds within the second.")
    return tuple(found)


FUNCTIONS: Final = _accessors()
"""The parts of times; the conversions stand with the other types."""
