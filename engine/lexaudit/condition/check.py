"""What every name means and which type every sub-expression has, with all errors found in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from lexaudit.condition.budget import FIRST_SLOT
from lexaudit.condition.complaint import Complaint, did_you_mean
from lexaudit.condition.fault import Fault
from lexaudit.condition.function import Declarations, Function
from lexaudit.condition.library import LAZY, STANDARD, TYPE_NAMES
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
from lexaudit.condition.texts import pattern
from lexaudit.condition.times import read_duration, read_timestamp
from lexaudit.condition.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NULL,
    NUMBERS,
    ORDERED,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    ListType,
    MapType,
    OptionalType,
    RecordType,
    Type,
    assignable,
    comparable,
    join,
    match,
    substitute,
)
from lexaudit.condition.values import TypeValue, Uint


@dataclass(frozen=True, slots=True)
class Local:
    """A variable that a macro introduced."""

    slot: int
    """Its position in the frame."""
    bound: bool
    """Whether `cel.bind` introduced it: then its value may be a fault, which is raised where it is read."""


@dataclass(frozen=True, slots=True)
class Global:
    """A declared variable."""

    name: str
    """Its key in the activation."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a call may mean once the types of its arguments are known."""

    overloads: tuple[Function, ...]
    """Those that fit; more than one when a type is only known at run time; none when nothing fits."""
    arguments: tuple[Node, ...]
    """What they are called with, the target of a member call first."""


@dataclass(slots=True)
class Meaning:
    """What checking found out about a tree; keys are identities of its nodes."""

    types: dict[int, Type] = field(default_factory=dict)
    """The type of each sub-expression."""
    names: dict[int, Local | Global | TypeValue] = field(default_factory=dict)
    """What a name, or a selection that is a qualified name, refers to; absent when it is undeclared."""
    calls: dict[int, Resolved] = field(default_factory=dict)
    """What each call means."""
    slots: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Where the variables of each macro are kept."""
    frame_size: int = FIRST_SLOT
    """Positions that a frame needs."""
    complaints: list[Complaint] = field(default_factory=list)
    """Everything that is wrong."""


Table = Mapping[tuple[str, bool], Sequence[Function]]


def table(functions: Iterable[Function], base: Table | None = None) -> Table:
    """The functions by name and call style."""
    found: dict[tuple[str, bool], list[Function]] = {key: list(known) for key, known in (base or {}).items()}
    for function in functions:
        found.setdefault((function.name, function.member), []).append(function)
    return found


_STANDARD: Final = table(STANDARD)


def check(root: Node, declarations: Declarations, expect: Type | None = None) -> Meaning:
    """The meaning of a tree under these declarations, complaints included."""
    checker = _Checker(declarations)
    found = checker.type(root)
    if expect is not None and not assignable(expect, found):
        checker.complain(f"the condition must be a `{expect}`; it is a `{found}`", root.span)
    checker.meaning.complaints.sort(key=lambda complaint: complaint.span)
    return checker.meaning


class _Scope(NamedTuple):
    """A variable of a macro, within its body."""

    name: str
    """As written."""
    slot: int
    """Its position in the frame."""
    type: Type
    """Its type."""
    bound: bool
    """Whether `cel.bind` introduced it."""


class _Checker:
    """One check of one tree."""

    def __init__(self, declarations: Declarations) -> None:
        self.meaning = Meaning()
        self._variables = declarations.variables
        if "functions" not in declarations.tables:
            own = declarations.functions
            declarations.tables["functions"] = table(own, _STANDARD) if own else _STANDARD
        self._functions: Table = declarations.tables["functions"]
        self._scopes: list[_Scope] = []

    def complain(self, message: str, span: Span, advice: str = "") -> Type:
        """Note something wrong; its type is taken as `DYN` so that it is said once."""
        self.meaning.complaints.append(Complaint(message, span, advice))
        return DYN

    def type(self, node: Node) -> Type:
        """The type of a node, noted."""
        found = _METHODS[type(node)](self, node)
        self.meaning.types[id(node)] = found
        return found

    # Names

    def _local(self, name: str) -> _Scope | None:
        return next((scope for scope in reversed(self._scopes) if scope.name == name), None)

    def _literal(self, node: Literal) -> Type:
        return _LITERALS[type(node.value)]

    def _name(self, node: Name) -> Type:
        scope = None if node.rooted else self._local(node.name)
        if scope is not None:
            self.meaning.names[id(node)] = Local(scope.slot, scope.bound)
            return scope.type
        found = self._declared(node, node.name)
        if found is not None:
            return found
        known = [*self._variables, *(scope.name for scope in self._scopes)]
        advice = did_you_mean(node.name, known)
        if not advice and any(name.startswith(node.name + ".") for name in self._variables):
            advice = did_you_mean(node.name, (name for name in self._variables if name.startswith(node.name + ".")))
        return self.complain(f"`{node.name}` is not declared", node.span, advice)

    def _declared(self, node: Node, name: str) -> Type | None:
        """The type of a declared variable or a named type."""
        if name in self._variables:
            self.meaning.names[id(node)] = Global(name)
            return self._variables[name]
        if name in TYPE_NAMES:
            self.meaning.names[id(node)] = TYPE_NAMES[name]
            return TYPE
        return None

    def _dotted(self, node: Node) -> str | None:
        """The qualified name that a chain of selections spells; none when it starts at a macro variable."""
        parts: list[str] = []
        while isinstance(node, Select) and not node.optional:
            parts.append(node.field)
            node = node.operand
        if not isinstance(node, Name) or (not node.rooted and self._local(node.name)):
            return None
        return ".".join([node.name, *reversed(parts)])

    def _select(self, node: Select) -> Type:
        name = self._dotted(node)
        if name is not None:
            found = self._declared(node, name)
            if found is not None:
                return found
        found = self._field(self.type(node.operand), node)
        return _optional(found) if node.optional else found

    def _field(self, of: Type, node: Select) -> Type:
        """The type of a field of a value of this type."""
        match of:
            case OptionalType(of=inner):
                return _optional(self._field(inner, node))
            case RecordType(fields=fields, open=is_open):
                if node.field in fields:
                    return fields[node.field]
                if is_open:
                    return DYN
                return self.complain(
                    f"`{of}` has no field `{node.field}`",
                    node.field_span,
                    did_you_mean(node.field, fields) or _some(fields),
                )
            case MapType(key=key, value=value) if key in (STRING, DYN):
                return value
        if of is DYN:
            return DYN
        return self.complain(f"a `{of}` has no fields, so no `{node.field}`", node.field_span)

    def _has(self, node: Has) -> Type:
        self.type(node.select)
        return BOOL

    def _index(self, node: Index) -> Type:
        found = self._element(self.type(node.operand), self.type(node.index), node)
        return _optional(found) if node.optional else found

    def _element(self, of: Type, index: Type, node: Index) -> Type:
        match of:
            case OptionalType(of=inner):
                return _optional(self._element(inner, index, node))
            case ListType(element=element):
                if index in (INT, UINT, DYN):
                    return element
                return self.complain(f"a position in a list is an `int`, not a `{index}`", node.index.span)
            case MapType(key=key, value=value):
                if comparable(key, index):
                    return value
                return self.complain(f"a key of `{of}` is a `{key}`, not a `{index}`", node.index.span)
            case RecordType(fields=fields, open=is_open):
                if isinstance(node.index, Literal) and isinstance(node.index.value, str):
                    name = node.index.value
                    if name in fields or is_open:
                        return fields.get(name, DYN)
                    return self.complain(
                        f"`{of}` has no field `{name}`", node.index.span, did_you_mean(name, fields) or _some(fields)
                    )
                if index in (STRING, DYN):
                    return DYN
                return self.complain(f"a field of `{of}` is named by a `string`, not a `{index}`", node.index.span)
        if of is DYN:
            return DYN
        return self.complain(f"a `{of}` has no elements", node.operand.span)

    # Operators

    def _unary(self, node: Unary) -> Type:
        of = self.type(node.operand)
        if node.operator == "!":
            if not assignable(BOOL, of):
                self.complain(f"`!` takes a `bool`, not a `{of}`", node.operand.span)
            return BOOL
        if of in (INT, DOUBLE, DYN):
            return of
        return self.complain(f"`-` takes a number with a sign, not a `{of}`", node.operand.span)

    def _logic(self, node: Logic) -> Type:
        for operand in node.operands:
            of = self.type(operand)
            if not assignable(BOOL, of):
                self.complain(f"`{node.operator}` takes a `bool` on both sides, not a `{of}`", operand.span)
        return BOOL

    def _conditional(self, node: Conditional) -> Type:
        test = self.type(node.test)
        if not assignable(BOOL, test):
            self.complain(f"`?:` decides by a `bool`, not a `{test}`", node.test.span)
        then, otherwise = self.type(node.then), self.type(node.otherwise)
        if not comparable(then, otherwise):
            return self.complain(f"`?:` gives a `{then}` or a `{otherwise}`; both must be of one type", node.span)
        return join(then, otherwise)

    def _binary(self, node: Binary) -> Type:
        left, right = self.type(node.left), self.type(node.right)
        operator = node.operator
        if operator in ("==", "!="):
            if not comparable(left, right):
                self.complain(
                    f"`{operator}` compares a `{left}` with a `{right}`, which are never equal",
                    node.span,
                    _conversion(left, right),
                )
            return BOOL
        if operator == "in":
            return self._membership(node, left, right)
        if operator in ("<", "<=", ">", ">="):
            fits = (
                (left in NUMBERS and right in NUMBERS)
                or (left is right and left in ORDERED)
                or (left is DYN and (right is DYN or right in ORDERED))
                or (right is DYN and left in ORDERED)
            )
            if not fits:
                self.complain(
                    f"`{operator}` does not order a `{left}` and a `{right}`", node.span, _conversion(left, right)
                )
            return BOOL
        return self._arithmetic(node, left, right)

    def _membership(self, node: Binary, left: Type, right: Type) -> Type:
        match right:
            case ListType(element=held):
                pass
            case MapType(key=held):
                pass
            case RecordType(fields=fields, open=is_open):
                held = STRING
                name = node.left.value if isinstance(node.left, Literal) else None
                if isinstance(name, str) and name not in fields and not is_open:
                    self.complain(
                        f"`{right}` has no field `{name}`", node.left.span, did_you_mean(name, fields) or _some(fields)
                    )
            case _:
                if right is not DYN:
                    self.complain(f"`in` looks in a list or a map, not in a `{right}`", node.right.span)
                return BOOL
        if not comparable(left, held):
            self.complain(f"a `{left}` is never in a `{right}`", node.span)
        return BOOL

    def _arithmetic(self, node: Binary, left: Type, right: Type) -> Type:
        found = _result(node.operator, left, right)
        if found is not None:
            return found
        return self.complain(
            f"`{node.operator}` does not take a `{left}` and a `{right}`", node.span, _conversion(left, right)
        )

    # Containers

    def _list(self, node: ListOf) -> Type:
        element: Type | None = None
        for at, part in enumerate(node.elements):
            found = self._unwrapped(self.type(part), part) if at in node.optional else self.type(part)
            element = found if element is None else join(element, found)
        return ListType(element or DYN)

    def _unwrapped(self, found: Type, node: Node) -> Type:
        """What an element written with `?` contributes."""
        if isinstance(found, OptionalType):
            return found.of
        return found if found is DYN else self.complain(f"`?` takes an optional, not a `{found}`", node.span)

    def _map(self, node: MapOf) -> Type:
        key: Type | None = None
        value: Type | None = None
        for at, (left, right) in enumerate(node.entries):
            found = self.type(left)
            if found not in (STRING, INT, UINT, BOOL, DYN):
                found = self.complain(
                    f"a key of a map is a `string`, `int`, `uint` or `bool`, not a `{found}`", left.span
                )
            held = self._unwrapped(self.type(right), right) if at in node.optional else self.type(right)
            key = found if key is None else join(key, found)
            value = held if value is None else join(value, held)
        return MapType(key or DYN, value or DYN)

    # Macros

    def _push(self, name: str, of: Type, bound: bool = False) -> int:
        slot = FIRST_SLOT + len(self._scopes)
        self._scopes.append(_Scope(name, slot, of, bound))
        self.meaning.frame_size = max(self.meaning.frame_size, slot + 1)
        return slot

    def _comprehension(self, node: Comprehension) -> Type:
        ranged = self.type(node.range)
        two = len(node.variables) == 2
        first: Type
        second: Type
        match ranged:
            case ListType(element=second):
                first = INT
            case MapType(key=first, value=second):
                pass
            case RecordType():
                first, second = STRING, DYN
            case _:
                first = second = DYN
                if ranged is not DYN:
                    self.complain(f"`{node.macro}` ranges over a list or a map, not a `{ranged}`", node.range.span)
        single = second if isinstance(ranged, ListType) else first
        held = (first, second) if two else (single,)
        slots = tuple(self._push(name, of) for name, of in zip(node.variables, held, strict=True))
        self.meaning.slots[id(node)] = slots
        if node.filter is not None:
            self._predicate(node.filter, self.type(node.filter), node.macro)
        body = self.type(node.body)
        result: Type = BOOL
        match node.macro:
            case "map" | "transformList":
                result = ListType(body)
            case "transformMap":
                result = MapType(first, body)
            case "transformMapEntry":
                result = body
                if not isinstance(result, MapType) and result is not DYN:
                    self.complain(f"`transformMapEntry` takes a map with one entry, not a `{result}`", node.body.span)
            case "filter":
                self._predicate(node.body, body, node.macro)
                result = ListType(single)
            case _:
                self._predicate(node.body, body, node.macro)
        del self._scopes[-len(slots) :]
        return result

    def _predicate(self, node: Node, found: Type, macro: str) -> None:
        if not assignable(BOOL, found):
            self.complain(f"`{macro}` asks a `bool` of each element, not a `{found}`", node.span)

    def _bind(self, node: Bind) -> Type:
        value = self.type(node.value)
        if node.macro != "bind":
            if not isinstance(value, OptionalType) and value is not DYN:
                self.complain(f"`{node.macro}` takes an optional, not a `{value}`", node.value.span)
            value = value.of if isinstance(value, OptionalType) else DYN
        self.meaning.slots[id(node)] = (self._push(node.variable, value, node.macro == "bind"),)
        body = self.type(node.body)
        self._scopes.pop()
        if node.macro == "optFlatMap" and not isinstance(body, OptionalType) and body is not DYN:
            self.complain(f"`optFlatMap` gives an optional, not a `{body}`", node.body.span)
        return OptionalType(body) if node.macro == "optMap" else body

    # Calls

    def _call(self, node: Call) -> Type:
        name, arguments, member = node.function, node.arguments, False
        if node.target is not None:
            qualified = self._dotted(node.target)
            full = f"{qualified}.{name}"
            root = str(qualified).partition(".")[0]
            if (
                qualified is not None
                and ((full, False) in self._functions or root in ("math", "strings", "optional", "cel"))
                and root not in self._variables
            ):
                name = full
            else:
                arguments, member = (node.target, *arguments), True
        if member and name in LAZY and len(arguments) == 2:
            return self._lazy(node, arguments)
        found: list[Type] = []
        for argument in arguments:  # a loop, and below too, so that each level of nesting takes two stack frames
            found.append(self.type(argument))
        known = self._functions.get((name, member), ())
        fitting: list[Function] = []
        result: Type | None = None
        for function in known:
            bound: dict[str, Type] = {}
            if function.takes(len(found)) and all(
                match(function.parameter(at), of, bound) for at, of in enumerate(found)
            ):
                fitting.append(function)
                given = substitute(function.result, bound)
                result = given if result is None else join(result, given)
        self.meaning.calls[id(node)] = Resolved(tuple(fitting), arguments)
        if result is None:
            return self._unfit(node, name, member, known, found)
        self._constant(name, node)
        return result

    def _lazy(self, node: Call, arguments: tuple[Node, ...]) -> Type:
        target, argument, result = LAZY[node.function]
        of, other = self.type(arguments[0]), self.type(arguments[1])
        self.meaning.calls[id(node)] = Resolved((), arguments)
        bound: dict[str, Type] = {}
        if not (match(target, of, bound) and match(argument, other, bound)):
            return self.complain(
                f"`{node.function}` takes an optional before the dot, not a `{of}`", node.function_span
            )
        return substitute(result, bound)

    def _unfit(self, node: Call, name: str, member: bool, known: Sequence[Function], found: list[Type]) -> Type:
        """The complaint about a call that no overload takes."""
        if known:
            given = ", ".join(f"`{of}`" for of in found) or "nothing"
            ways = "; ".join(sorted(function.signature() for function in known)[:4])
            return self.complain(f"`{name}` does not take {given}", node.function_span, f"it is {ways}")
        if (name, not member) in self._functions:
            return self.complain(
                f"`{name}` is called differently",
                node.function_span,
                f"it is {self._functions[name, not member][0].signature()}",
            )
        names = {known_name for known_name, style in self._functions if style == member}
        if not member:
            names |= {"has"}
        else:
            names |= {"all", "exists", "exists_one", "filter", "map", *LAZY}
        what = "method" if member else "function"
        return self.complain(f"there is no {what} `{name}`", node.function_span, did_you_mean(name, names))

    def _constant(self, name: str, node: Call) -> None:
        """Find out now what a constant argument would do wrong whenever it is evaluated."""
        reader = _READERS.get(name)
        last = node.arguments[-1] if node.arguments else None
        if reader is None or not isinstance(last, Literal) or not isinstance(last.value, str):
            return
        try:
            reader(last.value)
        except Fault as fault:
            self.complain(fault.message, last.span)


def _result(operator: str, left: Type, right: Type) -> Type | None:
    """The type of an arithmetic operation; none when it does not take the two."""
    if left is DYN or right is DYN:
        known = right if left is DYN else left
        if known is DYN:
            return DYN
        probe = DURATION if known in (TIMESTAMP, DURATION) else known
        if _result(operator, known, probe) is None:
            return None
        return DYN if known in (TIMESTAMP, DURATION) or isinstance(known, ListType) else known
    if left is right and left in NUMBERS:
        return None if operator == "%" and left is DOUBLE else left
    if operator == "+" and left is right and left in (STRING, BYTES):
        return left
    if operator == "+" and isinstance(left, ListType) and isinstance(right, ListType):
        return join(left, right)
    return _TIMES.get((operator, left, right))


def _optional(of: Type) -> Type:
    return of if isinstance(of, OptionalType) else OptionalType(of)


def _some(fields: Iterable[str]) -> str:
    """The fields there are, when they are few."""
    names = sorted(fields)
    return "it has " + ", ".join(f"`{name}`" for name in names) if 0 < len(names) <= 8 else ""


def _conversion(left: Type, right: Type) -> str:
    """Advice for two types that do not meet."""
    if {left, right} == {STRING, TIMESTAMP}:
        return 'write `timestamp("2026-08-02T00:00:00Z")` for a moment'
    if {left, right} == {STRING, DURATION}:
        return 'write `duration("720h")` for a length of time'
    if left in NUMBERS and right in NUMBERS:
        return f"convert one of them: `{right}(…)` or `{left}(…)`"
    return ""


_LITERALS: Final[Mapping[type, Type]] = {
    str: STRING, bytes: BYTES, bool: BOOL, int: INT, Uint: UINT, float: DOUBLE, type(None): NULL,
}  # fmt: skip
_TIMES: Final[Mapping[tuple[str, Type, Type], Type]] = {
    ("+", TIMESTAMP, DURATION): TIMESTAMP,
    ("+", DURATION, TIMESTAMP): TIMESTAMP,
    ("+", DURATION, DURATION): DURATION,
    ("-", TIMESTAMP, DURATION): TIMESTAMP,
    ("-", TIMESTAMP, TIMESTAMP): DURATION,
    ("-", DURATION, DURATION): DURATION,
}
_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "matches": pattern,
    "timestamp": read_timestamp,
    "duration": read_duration,
}
_METHODS: Final[Mapping[type, Callable[[_Checker, Any], Type]]] = {
    Literal: _Checker._literal,
    Name: _Checker._name,
    Select: _Checker._select,
    Has: _Checker._has,
    Index: _Checker._index,
    Unary: _Checker._unary,
    Logic: _Checker._logic,
    Conditional: _Checker._conditional,
    Binary: _Checker._binary,
    ListOf: _Checker._list,
    MapOf: _Checker._map,
    Comprehension: _Checker._comprehension,
    Bind: _Checker._bind,
    Call: _Checker._call,
}


def paths(root: Node, meaning: Meaning) -> frozenset[str]:
    """Every dotted path from a declared variable that the tree reads, as far as it is written out."""
    found: set[str] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        path = static_path(node, meaning)
        if path is not None:
            found.add(path)
        elif isinstance(node, Has):
            pending.append(node.select)
        else:
            pending.extend(children(node))
    return frozenset(found)


def static_path(node: Node, meaning: Meaning) -> str | None:
    """The path that a chain of selections from a declared variable spells; none for anything else."""
    parts: list[str] = []
    while True:
        known = meaning.names.get(id(node))
        if isinstance(known, Global):
            return ".".join([known.name, *reversed(parts)])
        if isinstance(node, Select):
            parts.append(node.field)
            node = node.operand
        elif isinstance(node, Index) and isinstance(node.index, Literal) and isinstance(node.index.value, str):
            parts.append(node.index.value)
            node = node.operand
        else:
            return None


def literal_equalities(root: Node, meaning: Meaning) -> list[tuple[str, Any]]:
    """What must hold for the tree to be true: paths and the literals they must equal."""
    found: list[tuple[str, Any]] = []
    pending = [root]
    while pending:
        node = pending.pop(0)
        match node:
            case Logic(operator="&&", operands=operands):
                pending[:0] = operands
            case Binary(operator="==", left=left, right=right):
                for side, other in ((left, right), (right, left)):
                    path = static_path(side, meaning)
                    if path is not None and isinstance(other, Literal):
                        found.append((path, other.value))
                        break
            case Unary(operator="!", operand=operand):
                path = static_path(operand, meaning)
                if path is not None:
                    found.append((path, False))
            case Select() | Name() | Index():
                path = static_path(node, meaning)
                if path is not None:
                    found.append((path, True))
    return found
