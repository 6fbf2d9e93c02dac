"""Functions on strings and bytes, regular expressions (RE2) among them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

from lexaudit.condition.fault import Fault, no_overload
from lexaudit.condition.function import Function
from lexaudit.condition.printer import quote
from lexaudit.condition.times import time_text
from lexaudit.condition.types import BOOL, DYN, INT, STRING, ListType
from lexaudit.condition.unknown import Unknown, union
from lexaudit.condition.values import Duration, Timestamp, TypeValue, lift

PATTERN_LIMIT: Final = 2_000
"""Characters in a regular expression."""
PATTERN_MEMORY: Final = 1 << 20
"""Bytes that a compiled regular expression may take."""
RESULT_LIMIT: Final = 1_000_000
"""Characters that `replace` and `format` may produce."""

_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER: Final = {code + 32: code for code in range(ord("A"), ord("Z") + 1)}


@functools.lru_cache(maxsize=1024)
def pattern(text: str) -> Any:
    """A compiled regular expression. Raises `Fault` when RE2 refuses it."""
    import re2

    if len(text) > PATTERN_LIMIT:
        raise Fault(f"the pattern has {len(text):,} characters; {PATTERN_LIMIT:,} are allowed")
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(text, options=options)
    except re2.error as error:
        reason = error.args[0] if error.args else "not a regular expression"
        reason = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise Fault(f"the pattern is not accepted: {reason}") from None


def matches(text: str, expression: str) -> bool:
    """Whether the pattern is found anywhere in the text."""
    return pattern(expression).search(text) is not None


def _offset(text: str, index: int) -> int:
    if 0 <= index <= len(text):
        return index
    raise Fault(f"position {index} is outside the text")


def _char_at(text: str, index: int) -> str:
    return text[_offset(text, index) : index + 1]


def _index_of(text: str, part: str, start: int = 0) -> int:
    return text.find(part, _offset(text, start))


def _last_index_of(text: str, part: str, start: int | None = None) -> int:
    if start is None:
        return text.rfind(part)
    return text.rfind(part, 0, _offset(text, start) + len(part))


def _substring(text: str, start: int, end: int | None = None) -> str:
    end = len(text) if end is None else _offset(text, end)
    if _offset(text, start) > end:
        raise Fault(f"position {start} comes after position {end}")
    return text[start:end]


def _replace(text: str, old: str, new: str, limit: int = -1) -> str:
    count = text.count(old)
    count = count if limit < 0 else min(count, limit)
    if len(text) + count * (len(new) - len(old)) > RESULT_LIMIT:
        raise Fault(f"the text would have more than {RESULT_LIMIT:,} characters")
    return text.replace(old, new, max(limit, -1))


def _split(text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if separator:
        return text.split(separator, -1 if limit < 0 else limit - 1)
    if limit < 0 or limit >= len(text):
        return list(text)
    return [*text[: limit - 1], text[limit - 1 :]]


def _join(parts: list[Any], separator: str = "") -> Any:
    if not all(isinstance(part, str | Unknown) for part in parts):
        raise Fault("`join` takes a list of strings only")
    unknown = union(parts)
    if unknown is not None:
        return unknown
    if sum(map(len, parts)) + len(separator) * len(parts) > RESULT_LIMIT:
        raise Fault(f"the text would have more than {RESULT_LIMIT:,} characters")
    return separator.join(parts)


_CLAUSE: Final = re.compile(r"%(?:(%)|(?:\.(\d+))?([A-Za-z]?))")


def _format(template: str, values: list[Any]) -> Any:
    """C-like formatting with the clauses `%s %d %f %e %b %o %x %X`."""
    used = 0
    size = 0
    parts: list[str] = []
    position = 0
    for match in _CLAUSE.finditer(template):
        parts.append(template[position : match.start()])
        position = match.end()
        if match[1]:
            parts.append("%")
            continue
        if used >= len(values):
            raise Fault(f"`format` has no value for clause {used + 1}")
        value = values[used]
        used += 1
        if type(value) is Unknown:
            return value
        text = _clause(match[3], match[2], lift(value))
        if type(text) is Unknown:
            return text
        size += len(text)
        if size > RESULT_LIMIT:
            raise Fault(f"the text would have more than {RESULT_LIMIT:,} characters")
        parts.append(text)
    parts.append(template[position:])
    return "".join(parts)


def _clause(clause: str, precision: str | None, value: Any) -> Any:
    """The text of one clause."""
    integer = isinstance(value, int) and not isinstance(value, bool)
    if precision is not None and (len(precision) > 3 or int(precision) > 100):
        raise Fault("`format` gives at most 100 digits")
    match clause:
        case "s":
            return in_words(value)
        case "d" if integer or (isinstance(value, float) and (value != value or value - value != 0)):
            return str(value) if integer else _double(value)
        case "f" | "e" if integer or isinstance(value, float):
            number = float(value)
            return (
                _double(number)
                if number - number != 0
                else f"{number:.{6 if precision is None else int(precision)}{clause}}"
            )
        case "b" if integer or isinstance(value, bool):
            return f"{int(value):b}"
        case "o" if integer:
            return f"{int(value):o}"
        case "x" | "X" if integer:
            return f"{int(value):{clause}}"
        case "x" | "X" if isinstance(value, str | bytes):
            text = (value.encode() if isinstance(value, str) else value).hex()
            return text.upper() if clause == "X" else text
        case "d" | "f" | "e" | "b" | "o" | "x" | "X":
            raise no_overload(f"%{clause}", value)
    raise Fault(f"`format` has no clause `%{clause}`")


def _double(value: float) -> str:
    """The shortest text that reads back as the same number."""
    if value != value:
        return "NaN"
    if value - value != 0:
        return "Infinity" if value > 0 else "-Infinity"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value)) if value or str(value)[0] != "-" else "-0"
    return repr(value)


def in_words(value: Any) -> Any:
    """What `%s` gives: a readable form of any value."""
    return _words(value, [RESULT_LIMIT])


def _words(value: Any, room: list[int]) -> Any:
    """`in_words`, with the characters that are left."""
    text = _word(lift(value), room)
    if isinstance(text, str):
        room[0] -= len(text)
        if room[0] < 0:
            raise Fault(f"the text would have more than {RESULT_LIMIT:,} characters")
    return text


def _word(value: Any, room: list[int]) -> Any:
    match value:
        case None:
            return "null"
        case Unknown():
            return value
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float():
            return _double(value)
        case int():
            return str(value)
        case bytes():
            return value.decode("utf-8", "replace")
        case Timestamp() | Duration():
            return time_text(value)
        case TypeValue():
            return value.name
        case list() | tuple():
            parts = [_words(item, room) for item in value]
            unknown = union(parts)
            return f"[{', '.join(parts)}]" if unknown is None else unknown
        case Mapping():
            entries = [(_words(key, room), _words(value[key], room)) for key in value]
            unknown = union(shown for _, shown in entries)
            if unknown is not None:
                return unknown
            return "{" + ", ".join(f"{key}: {shown}" for key, shown in sorted(entries)) + "}"
    raise no_overload("%s", value)


def to_string(value: Any) -> str:
    """`string(value)`."""
    match value:
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise Fault("the bytes are not UTF-8 text") from None
        case str():
            return value
    text: str = in_words(value)
    return text


def to_bytes(value: str | bytes) -> bytes:
    """`bytes(value)`."""
    if isinstance(value, bytes):
        return value
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise Fault("the text is not valid Unicode") from None


def _member(name: str, parameters: tuple[Any, ...], result: Any, implementation: Any, doc: str) -> Function:
    return Function(name, parameters, result, implementation, True, doc, sized=True, inner=True)


FUNCTIONS: Final = (
    _member("contains", (STRING, STRING), BOOL, str.__contains__, "Whether the text holds the other text."),
    _member("startsWith", (STRING, STRING), BOOL, str.startswith, "Whether the text begins with the other."),
    _member("endsWith", (STRING, STRING), BOOL, str.endswith, "Whether the text ends with the other."),
    _member("matches", (STRING, STRING), BOOL, matches, "Whether an RE2 pattern is found in the text."),
    Function(
        "matches",
        (STRING, STRING),
        BOOL,
        matches,
        False,
        "Whether an RE2 pattern is found in the text.",
        sized=True,
        inner=True,
    ),
    _member("charAt", (STRING, INT), STRING, _char_at, "The character at a position, empty at the end."),
    _member("indexOf", (STRING, STRING), INT, _index_of, "Where the other text first stands; -1 when it does not."),
    _member("indexOf", (STRING, STRING, INT), INT, _index_of, "The same, looking from a position on."),
    _member(
        "lastIndexOf", (STRING, STRING), INT, _last_index_of, "Where the other text last stands; -1 when it does not."
    ),
    _member("lastIndexOf", (STRING, STRING, INT), INT, _last_index_of, "The same, looking back from a position."),
    _member("join", (ListType(STRING),), STRING, _join, "All texts one after the other."),
    _member("join", (ListType(STRING), STRING), STRING, _join, "All texts with a separator between them."),
    _member("replace", (STRING, STRING, STRING), STRING, _replace, "The text with every occurrence replaced."),
    _member(
        "replace", (STRING, STRING, STRING, INT), STRING, _replace, "The text with the first occurrences replaced."
    ),
    _member("split", (STRING, STRING), ListType(STRING), _split, "The parts between separators."),
    _member("split", (STRING, STRING, INT), ListType(STRING), _split, "At most so many parts."),
    _member("substring", (STRING, INT), STRING, _substring, "The text from a position on."),
    _member("substring", (STRING, INT, INT), STRING, _substring, "The text from one position up to another."),
    _member("trim", (STRING,), STRING, lambda text: text.strip(_SPACE), "The text without white space around it."),
    _member("lowerAscii", (STRING,), STRING, lambda text: text.translate(_LOWER), "The text with A-Z in lower case."),
    _member("upperAscii", (STRING,), STRING, lambda text: text.translate(_UPPER), "The text with a-z in upper case."),
    _member("reverse", (STRING,), STRING, lambda text: text[::-1], "The text backwards."),
    _member("format", (STRING, ListType(DYN)), STRING, _format, "The text with its `%` clauses filled."),
    Function("strings.quote", (STRING,), STRING, quote, False, "The text as a quoted literal.", sized=True, inner=True),
)
"""Strings; `size` and the conversions stand with the other types."""
