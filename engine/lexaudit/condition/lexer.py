"""From characters to tokens, following the lexis of the CEL specification."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from lexaudit.condition.complaint import SyntaxComplaint
from lexaudit.condition.syntax import Span
from lexaudit.condition.values import INT_MAX, INT_MIN, UINT_MAX, Uint

SOURCE_LIMIT: Final = 65_536
"""Characters in a condition."""
LITERAL_LIMIT: Final = 16_384
"""Characters in one string or bytes literal."""
TOKEN_LIMIT: Final = 20_000
"""Tokens in a condition."""


class Token(NamedTuple):
    """A word of the language."""

    kind: str
    """`name`, `quoted`, `value`, `end`, or the operator itself."""
    value: Any
    """The name, or the value of a literal."""
    start: int
    """Offset of its first character."""
    end: int
    """Offset after its last character."""

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.start, self.end)


_TOKEN: Final = re.compile(
    r"""
      (?P<space>(?:[ \t\n\f\r]+|//[^\n]*)+)
    | (?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
    | (?P<whole>(?:0[xX][0-9a-fA-F]+|\d+)[uU]?)
    | (?P<text>(?P<prefix>[rR][bB]?|[bB][rR]?|)(?P<quote>\"\"\"|'''|"|'))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | `(?P<quoted>[A-Za-z0-9_.\-/ ]+)`
    | (?P<operator>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]{}])
    """,
    re.VERBOSE | re.ASCII,
)

_PIECE: Final = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|)"
)
_SIMPLE: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "?": "?", '"': '"', "'": "'", "`": "`",
}  # fmt: skip


def tokens(source: str) -> list[Token]:
    """All tokens of the source, an `end` token last. Raises `SyntaxComplaint` at the first character that is none."""
    if len(source) > SOURCE_LIMIT:
        raise SyntaxComplaint(
            f"the condition has {len(source):,} characters; {SOURCE_LIMIT:,} are allowed",
            Span(0, 1),
            "split it into several conditions",
        )
    found: list[Token] = []
    position, length = 0, len(source)
    while position < length:
        match = _TOKEN.match(source, position)
        if match is None:
            raise _unreadable(source, position)
        kind = match.lastgroup
        start, end = position, match.end()
        position = end
        if kind == "space":
            continue
        if kind == "name":
            found.append(Token("name", match["name"], start, end))
        elif kind == "operator":
            found.append(Token(match["operator"], None, start, end))
        elif kind == "text":
            value, position = _text(source, start, end, match["prefix"].lower(), match["quote"])
            found.append(Token("value", value, start, position))
        elif kind == "whole":
            found.append(Token("value", _whole(match["whole"], start, end, found), start, end))
        elif kind == "double":
            found.append(Token("value", _double(match["double"], start, end), start, end))
        else:
            found.append(Token("quoted", match["quoted"], start, end))
        if len(found) > TOKEN_LIMIT:
            raise SyntaxComplaint(
                f"the condition has more than {TOKEN_LIMIT:,} words",
                Span(start, end),
                "split it into several conditions",
            )
    found.append(Token("end", None, length, length))
    return found


def _unreadable(source: str, position: int) -> SyntaxComplaint:
    """The complaint about a character that starts no token."""
    character = source[position]
    span = Span(position, position + 1)
    advice = {
        "=": "write `==` to compare",
        "&": "write `&&` for and",
        "|": "write `||` for or",
        "“": 'write a straight quote `"`',
        "”": 'write a straight quote `"`',
        "’": "write a straight quote `'`",
        "`": "a back-quoted field holds letters, digits, spaces and `_.-/` only",
    }.get(character, "")
    return SyntaxComplaint(f"unexpected character `{character}`", span, advice)


def _whole(text: str, start: int, end: int, before: list[Token]) -> int | Uint:
    """The value of an integer literal; the lowest integer is allowed only after a minus sign."""
    unsigned = text[-1] in "uU"
    digits = text[:-1] if unsigned else text
    span = Span(start, end)
    if len(digits) > 40:
        raise SyntaxComplaint("the number does not fit in 64 bits", span)
    value = int(digits, 16 if digits[:2] in ("0x", "0X") else 10)
    if unsigned:
        if value > UINT_MAX:
            raise SyntaxComplaint(f"the number `{text}` does not fit in 64 bits", span)
        return Uint(value)
    negative = bool(before) and before[-1].kind == "-" and before[-1].end == start
    if value > (-INT_MIN if negative else INT_MAX):
        raise SyntaxComplaint(f"the number `{text}` does not fit in 64 bits", span, "write a decimal number: `1.0e20`")
    return value


def _double(text: str, start: int, end: int) -> float:
    """The value of a decimal literal."""
    if len(text) > 1000:
        raise SyntaxComplaint("the number has more than 1,000 digits", Span(start, end))
    value = float(text)
    if value == float("inf"):
        raise SyntaxComplaint(f"the number `{text}` does not fit in 64 bits", Span(start, end))
    return value


def _text(source: str, start: int, after_quote: int, prefix: str, quote: str) -> tuple[str | bytes, int]:
    """The value of a string or bytes literal, and the offset after its closing quote."""
    raw = "r" in prefix
    position = after_quote
    while True:
        closing = source.find(quote, position)
        if closing < 0:
            line_end = source.find("\n", start)
            raise SyntaxComplaint(
                "the text is not closed",
                Span(start, len(source) if line_end < 0 else line_end),
                f"add `{quote}` at its end",
            )
        if raw:
            break
        backslashes = 0
        while source[closing - 1 - backslashes] == "\\" and closing - 1 - backslashes >= after_quote:
            backslashes += 1
        if backslashes % 2 == 0:
            break
        position = closing + 1
    body = source[after_quote:closing]
    end = closing + len(quote)
    if len(quote) == 1 and ("\n" in body or "\r" in body):
        stop = after_quote + min(body.find(char) for char in "\n\r" if char in body)
        raise SyntaxComplaint(
            "the text is not closed", Span(start, stop), f"add `{quote}` at the end of the line, or use `{quote * 3}`"
        )
    if len(body) > LITERAL_LIMIT:
        raise SyntaxComplaint(
            f"the text has {len(body):,} characters; {LITERAL_LIMIT:,} are allowed in one literal",
            Span(start, start + 1),
        )
    if "b" in prefix:
        return _bytes(body, after_quote, raw), end
    return (body if raw or "\\" not in body else _unescape(body, after_quote)), end


def _unescape(body: str, offset: int) -> str:
    """The text with its escapes replaced."""

    def replace(match: re.Match[str]) -> str:
        simple, two, four, eight, octal = match.groups()
        if simple is not None:
            return _SIMPLE[simple]
        digits = two or four or eight
        code = int(digits, 16) if digits else int(octal, 8) if octal else -1
        span = Span(offset + match.start(), offset + match.end() + (1 if code < 0 else 0))
        if code < 0:
            raise SyntaxComplaint(
                f"`{body[match.start() : match.end() + 1]}` is not an escape", span, r"write `\\` for a backslash"
            )
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise SyntaxComplaint(f"`{match[0]}` is not a character", span)
        return chr(code)

    return _PIECE.sub(replace, body)


def _bytes(body: str, offset: int, raw: bool) -> bytes:
    """The bytes of a bytes literal: characters as UTF-8, octal and `x` escapes as single bytes."""
    if raw or "\\" not in body:
        return body.encode("utf-8", "surrogatepass")
    parts: list[bytes] = []
    position = 0
    for match in _PIECE.finditer(body):
        parts.append(body[position : match.start()].encode("utf-8", "surrogatepass"))
        simple, two, four, eight, octal = match.groups()
        if simple is not None:
            parts.append(_SIMPLE[simple].encode())
        elif two or octal:
            parts.append(bytes([int(two, 16) if two else int(octal, 8)]))
        else:
            stop = match.end() + (0 if four or eight else 1)
            raise SyntaxComplaint(
                f"`{body[match.start() : stop]}` is not an escape in bytes", Span(offset + match.start(), offset + stop)
            )
        position = match.end()
    parts.append(body[position:].encode("utf-8", "surrogatepass"))
    return b"".join(parts)
