"""From the tree back to text, with as few parentheses as the meaning needs."""

from __future__ import annotations

from typing import Any, Final

from lexaudit.condition.parser import PRECEDENCE
from lexaudit.condition.syntax import (
    Binary,
    Bind,
    Call,
    Comprehension,
    Conditional,
    Has,
    Index,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Name,
    Node,
    Select,
    Unary,
)
from lexaudit.condition.values import Uint

_UNARY: Final = 6
_MEMBER: Final = 7
_ESCAPES: Final = {
    "\\": "\\\\", '"': '\\"', "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
}  # fmt: skip


def format(node: Node) -> str:  # noqa: A001 - what it is called everywhere
    """The text of a tree; parsing it again gives an equal tree."""
    return _text(node, 0)


def _text(node: Node, least: int) -> str:
    """The text of a node where only operators binding at least this tightly stand without parentheses."""
    binding, text = _parts(node)
    return f"({text})" if binding < least else text


def _parts(node: Node) -> tuple[int, str]:
    """How tightly the node binds, and its text."""
    match node:
        case Literal(value=value):
            text = literal(value)
            return (_UNARY if text.startswith("-") else _MEMBER), text
        case Name(name=name, rooted=rooted):
            return _MEMBER, ("." if rooted else "") + name
        case Select(operand=operand, field=field, optional=optional):
            return _MEMBER, f"{_text(operand, _MEMBER)}{'.?' if optional else '.'}{_field(field)}"
        case Index(operand=operand, index=index, optional=optional):
            return _MEMBER, f"{_text(operand, _MEMBER)}[{'?' if optional else ''}{_text(index, 0)}]"
        case Has(select=select):
            return _MEMBER, f"has({_text(select, 0)})"
        case Call(function=function, target=target, arguments=arguments):
            before = "" if target is None else _text(target, _MEMBER) + "."
            return _MEMBER, f"{before}{function}({_list(arguments)})"
        case Comprehension(macro=macro, range=ranged, variables=variables, filter=chosen, body=body):
            parts = [*variables, *([] if chosen is None else [_text(chosen, 0)]), _text(body, 0)]
            return _MEMBER, f"{_text(ranged, _MEMBER)}.{macro}({', '.join(parts)})"
        case Bind(macro="bind", variable=variable, value=value, body=body):
            return _MEMBER, f"cel.bind({variable}, {_text(value, 0)}, {_text(body, 0)})"
        case Bind(macro=macro, variable=variable, value=value, body=body):
            return _MEMBER, f"{_text(value, _MEMBER)}.{macro}({variable}, {_text(body, 0)})"
        case Unary(operator=operator, operand=operand):
            inner = _text(operand, _UNARY)
            same = isinstance(operand, Unary) and operand.operator == operator
            plain = same or _text(operand, _MEMBER) == inner
            return _UNARY, f"{operator}{inner}" if plain and not inner[
                0
            ].isdigit() else f"{operator}({_text(operand, 0)})"
        case Binary(operator=operator, left=left, right=right):
            binding = PRECEDENCE[operator]
            return binding, f"{_text(left, binding)} {operator} {_text(right, binding + 1)}"
        case Logic(operator=operator, operands=operands):
            binding = PRECEDENCE[operator]
            return binding, f" {operator} ".join(_text(operand, binding + 1) for operand in operands)
        case Conditional(test=test, then=then, otherwise=otherwise):
            return 0, f"{_text(test, 1)} ? {_text(then, 1)} : {_text(otherwise, 0)}"
        case ListOf(elements=elements, optional=optionals):
            return _MEMBER, f"[{_list(elements, optionals)}]"
        case MapOf(entries=entries, optional=optionals):
            shown = (
                f"{'?' if at in optionals else ''}{_text(key, 0)}: {_text(value, 0)}"
                for at, (key, value) in enumerate(entries)
            )
            return _MEMBER, "{" + ", ".join(shown) + "}"
    raise AssertionError(f"no text for {type(node).__name__}")


def _list(nodes: tuple[Node, ...], optional: frozenset[int] = frozenset()) -> str:
    return ", ".join(("?" if at in optional else "") + _text(node, 0) for at, node in enumerate(nodes))


def _field(name: str) -> str:
    simple = name.isidentifier() and name.isascii() and name not in ("true", "false", "null", "in")
    return name if simple else f"`{name}`"


def literal(value: Any) -> str:
    """A constant as it would be written in a condition."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Uint():
            return f"{int(value)}u"
        case int():
            return str(value)
        case float():
            if value != value or value in (float("inf"), float("-inf")):
                return f'double("{"NaN" if value != value else "Infinity" if value > 0 else "-Infinity"}")'
            return repr(value)
        case str():
            return quote(value)
        case bytes():
            return 'b"' + "".join(_byte(byte) for byte in value) + '"'
    raise AssertionError(f"no literal for {type(value).__name__}")


def quote(text: str) -> str:
    """The text in double quotes, with escapes for what cannot be seen."""
    return (
        '"'
        + "".join(
            _ESCAPES.get(char, char) if char.isprintable() or char in _ESCAPES else _escape(char) for char in text
        )
        + '"'
    )


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _byte(byte: int) -> str:
    char = chr(byte)
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"
