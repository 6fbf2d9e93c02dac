"""From tokens to the tree: CEL's grammar by precedence, macros expanded while they are read.

Every kind of nesting is bounded by `DEPTH_LIMIT`, both of the text and of the tree, so nothing after this overflows the
stack.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from lexaudit.condition.complaint import ConditionErrors, SyntaxComplaint, located
from lexaudit.condition.lexer import Token, tokens
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
    Span,
    Unary,
    children,
)
from lexaudit.condition.values import INT_MAX
from lexaudit.errors import Place

DEPTH_LIMIT: Final = 256
"""Levels of nesting."""

PRECEDENCE: Final = {
    "||": 1, "&&": 2,
    "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3,
    "+": 4, "-": 4, "*": 5, "/": 5, "%": 5,
}  # fmt: skip
"""How tightly each operator binds; all group to the left. `?:` binds least (0), a sign most (6)."""

RESERVED: Final = frozenset({
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while",
})  # fmt: skip
"""Words kept free by the specification: field names, never variables."""

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_ONE_VARIABLE: Final = {
    "all": (2,), "exists": (2,), "exists_one": (2,), "existsOne": (2,), "filter": (2,), "map": (2, 3),
}  # fmt: skip
_TWO_VARIABLES: Final = {
    "all": (3,), "exists": (3,), "existsOne": (3,), "exists_one": (3,),
    "transformList": (3, 4), "transformMap": (3, 4), "transformMapEntry": (3, 4),
}  # fmt: skip


def parse(source: str, *, place: Place | None = None) -> Node:
    """The tree of a condition. Raises `ConditionErrors` with the first syntax error."""
    try:
        return read(source)
    except SyntaxComplaint as error:
        raise ConditionErrors([located(error.complaint, source, place)]) from None


def read(source: str) -> Node:
    """The tree of a condition. Raises `SyntaxComplaint`."""
    parser = _Parser(tokens(source))
    try:
        node = parser.whole()
        _limit_depth(node)
    except RecursionError:
        raise SyntaxComplaint(
            "the condition is nested too deeply", Span(0, 1), "split it into several conditions"
        ) from None
    return node


def _limit_depth(root: Node) -> None:
    """Refuse a tree that is deeper than the limit; a chain such as `a + b + c` is as deep as it is long."""
    pending = [(root, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > DEPTH_LIMIT:
            raise _too_deep(node.span)
        pending.extend((child, depth + 1) for child in children(node))


def _too_deep(span: Span) -> SyntaxComplaint:
    return SyntaxComplaint(
        f"the condition is nested more than {DEPTH_LIMIT} levels deep",
        Span(span.start, span.start + 1),
        "split it into several conditions",
    )


class _Group(NamedTuple):
    """What stands between brackets."""

    nodes: tuple[Node, ...]
    """Arguments, elements or keys."""
    values: tuple[Node, ...]
    """The values of a map."""
    optional: frozenset[int]
    """Positions written with `?`."""


class _Parser:
    """One reading of one condition."""

    def __init__(self, stream: list[Token]) -> None:
        self._stream = stream
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        """The expression that is the whole text."""
        if self._stream[0].kind == "end":
            raise SyntaxComplaint("the condition is empty", self._stream[0].span)
        node = self._expression(0)
        if self._token.kind != "end":
            raise self._unexpected()
        return node

    @property
    def _token(self) -> Token:
        return self._stream[self._at]

    def _accept(self, kind: str) -> bool:
        if self._stream[self._at].kind == kind:
            self._at += 1
            return True
        return False

    def _expect(self, kind: str) -> Token:
        token = self._stream[self._at]
        if token.kind != kind:
            raise self._unexpected(kind)
        self._at += 1
        return token

    def _unexpected(self, wanted: str = "") -> SyntaxComplaint:
        token = self._token
        advice = f"`{wanted}` is missing here" if wanted else ""
        if token.kind == "end":
            return SyntaxComplaint("the condition ends too early", token.span, advice)
        if token.kind == "name":
            word = str(token.value)
            hint = {
                "and": "write `&&` for and",
                "or": "write `||` for or",
                "not": "write `!` for not",
                "is": "write `==` to compare",
            }
            return SyntaxComplaint(f"unexpected `{word}`", token.span, hint.get(word, advice))
        if token.kind in ("value", "quoted"):
            return SyntaxComplaint("unexpected value", token.span, advice)
        if token.kind == "{" and self._at:
            return SyntaxComplaint(
                "unexpected `{`",
                token.span,
                'messages cannot be built in a condition; a map is written `{"key": value}`',
            )
        return SyntaxComplaint(f"unexpected `{token.kind}`", token.span, advice)

    def _expression(self, least: int) -> Node:
        """An expression whose operators bind at least this tightly."""
        self._depth += 1
        if self._depth > DEPTH_LIMIT + 2:
            raise _too_deep(self._token.span)
        start = self._token.start
        left = self._operand()
        while True:
            token = self._stream[self._at]
            operator = "in" if token.kind == "name" and token.value == "in" else token.kind
            binding = PRECEDENCE.get(operator, -1)
            if binding >= max(least, 1):
                self._at += 1
                right = self._expression(binding + 1)
                left = _join(self._since(start), operator, left, right)
            elif operator == "?" and least == 0:
                self._at += 1
                then = self._expression(1)
                self._expect(":")
                otherwise = self._expression(0)
                left = Conditional(self._since(start), left, then, otherwise)
            else:
                self._depth -= 1
                return left

    def _operand(self) -> Node:
        """A value with its signs before and its selections after."""
        signs: list[Token] = []
        token = self._stream[self._at]
        while token.kind in ("!", "-"):
            signs.append(token)
            self._at += 1
            token = self._stream[self._at]
            if len(signs) > DEPTH_LIMIT:
                raise _too_deep(token.span)
        start = token.start
        self._at += 1
        node: Node
        match token.kind:
            case "value":
                value = token.value
                if signs and signs[-1].kind == "-" and type(value) in (int, float):
                    value, start = -value, signs.pop().start
                elif type(value) is int and value > INT_MAX:
                    raise SyntaxComplaint(f"the number `{value}` does not fit in 64 bits", token.span)
                node = Literal(Span(start, token.end), value)
            case "name" if self._accept("("):
                arguments = self._group(")").nodes
                node = _call(self._since(start), str(token.value), token.span, None, arguments)
            case "name":
                node = _named(token, rooted=False)
            case ".":
                token = self._expect("name")
                if self._accept("("):
                    arguments = self._group(")").nodes
                    node = _call(self._since(start), str(token.value), token.span, None, arguments)
                else:
                    node = _named(token, rooted=True)
            case "(":
                node = self._expression(0)
                self._expect(")")
            case "[":
                group = self._group("]")
                node = ListOf(self._since(start), group.nodes, group.optional)
            case "{":
                group = self._group("}")
                node = MapOf(self._since(start), tuple(zip(group.nodes, group.values, strict=True)), group.optional)
            case _:
                self._at -= 1
                raise self._unexpected()
        while self._token.kind in (".", "["):
            if self._accept("["):
                optional = self._accept("?")
                index = self._expression(0)
                self._expect("]")
                node = Index(self._since(start), node, index, optional)
                continue
            self._at += 1
            optional = self._accept("?")
            token = self._token
            if token.kind not in ("name", "quoted") or token.value in ("true", "false", "null", "in"):
                raise self._unexpected()
            self._at += 1
            if token.kind == "name" and not optional and self._accept("("):
                arguments = self._group(")").nodes
                node = _call(self._since(start), str(token.value), token.span, node, arguments)
            else:
                node = Select(self._since(start), node, str(token.value), token.span, optional)
        for sign in reversed(signs):
            node = Unary(self._since(sign.start), sign.kind, node)
        return node

    def _since(self, start: int) -> Span:
        """From an offset to the end of the last token read."""
        return Span(start, self._stream[self._at - 1].end)

    def _group(self, closing: str) -> _Group:
        """What stands between brackets, the closing one included: arguments, elements, or entries of a map."""
        nodes: list[Node] = []
        values: list[Node] = []
        optional: set[int] = set()
        while self._token.kind != closing:
            if closing != ")" and self._accept("?"):
                optional.add(len(nodes))
            nodes.append(self._expression(0))
            if closing == "}":
                self._expect(":")
                values.append(self._expression(0))
            if not self._accept(","):
                break
            if closing == ")" and self._token.kind == ")":
                raise self._unexpected()
        self._expect(closing)
        return _Group(tuple(nodes), tuple(values), frozenset(optional))


def _named(token: Token, rooted: bool) -> Node:
    """A constant or a variable."""
    name = str(token.value)
    if name in _CONSTANTS and not rooted:
        return Literal(token.span, _CONSTANTS[name])
    if name in RESERVED or name == "in" or name in _CONSTANTS:
        raise SyntaxComplaint(f"`{name}` is a reserved word", token.span)
    return Name(token.span, name, rooted)


def _join(span: Span, operator: str, left: Node, right: Node) -> Node:
    """The node for two operands; chains of `&&` and of `||` become flat."""
    if operator in ("&&", "||"):
        operands: list[Node] = []
        for side in (left, right):
            if isinstance(side, Logic) and side.operator == operator:
                operands.extend(side.operands)
            else:
                operands.append(side)
        return Logic(span, operator, tuple(operands))
    return Binary(span, operator, left, right)


def _call(span: Span, name: str, name_span: Span, target: Node | None, arguments: tuple[Node, ...]) -> Node:
    """A call, or the macro that it is."""
    if target is None:
        if name == "has" and len(arguments) == 1:
            if not isinstance(arguments[0], Select) or arguments[0].optional:
                raise SyntaxComplaint("`has` asks for a field", arguments[0].span, "write `has(record.field)`")
            return Has(span, arguments[0])
        return Call(span, name, name_span, None, arguments)
    count = len(arguments)
    if isinstance(target, Name) and target.name == "cel" and name == "bind" and count == 3:
        variable = _variable(arguments[0], "cel.bind")
        return Bind(span, "bind", variable.name, variable.span, arguments[1], arguments[2])
    if name in ("optMap", "optFlatMap") and count == 2:
        variable = _variable(arguments[0], name)
        return Bind(span, name, variable.name, variable.span, target, arguments[1])
    if count in _ONE_VARIABLE.get(name, ()):
        variable = _variable(arguments[0], name)
        chosen = arguments[1] if count == 3 else None
        return Comprehension(span, name, target, (variable.name,), (variable.span,), chosen, arguments[-1])
    if count in _TWO_VARIABLES.get(name, ()):
        first, second = _variable(arguments[0], name), _variable(arguments[1], name)
        if first.name == second.name:
            raise SyntaxComplaint(f"`{name}` needs two different names", second.span)
        chosen = arguments[2] if count == 4 else None
        return Comprehension(
            span, name, target, (first.name, second.name), (first.span, second.span), chosen, arguments[-1]
        )
    return Call(span, name, name_span, target, arguments)


def _variable(node: Node, macro: str) -> Name:
    """The name that a macro introduces."""
    if not isinstance(node, Name) or node.rooted:
        raise SyntaxComplaint(
            f"`{macro}` needs a simple name here", node.span, "write for example `datasets.all(d, d.examined)`"
        )
    return node
