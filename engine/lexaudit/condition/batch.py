"""One condition over many values: the common shapes as one Python function, written out and compiled.

The function is optimistic. It covers `&&`, `||`, `!`, fields of variables, comparisons with a literal, and `all` and `exists`
with one variable, and it goes on only while everything it meets has exactly the type it expects. Whatever is otherwise (an
unknown, a missing field, another type, an empty list, a budget that runs short) makes it give up, and the closures judge that
value from the start.

INVARIANT: where it gives a verdict, it is the one that the closures give, from the same reads and within the same budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any, Final

from lexaudit.condition.check import Global, Local, Meaning
from lexaudit.condition.closure import Compiler
from lexaudit.condition.syntax import Binary, Comprehension, Literal, Logic, Name, Node, Select, Unary

Fast = Callable[[Iterable[Any], Mapping[str, Any], int], list[bool | None]]
"""Takes the values, the activation for everything else, and the steps that each evaluation may take; gives a verdict for
each, or none where it gave up."""

WORTHWHILE: Final = 50
"""Values from which on a batch is worth compiling for."""
_LONGEST: Final = 200
"""Parts beyond which no function is written."""


class GaveUp(Exception):
    """The closures have to judge this value."""


def _give_up() -> bool:
    raise GaveUp


class _Unwritable(Exception):
    """A part is none of the common shapes."""


def fast(tree: Node, meaning: Meaning, compiler: Compiler, variable: str) -> Fast | None:
    """The function for a condition over many values of a variable; none when it has a part that is none of the common shapes."""
    writer = _Writer(meaning, compiler, variable)
    try:
        verdict = writer.truth(tree, ())
    except _Unwritable:
        return None
    lines = [
        "def condition(values, activation, steps):",
        "    left, verdicts = [steps], []",
        "    add = verdicts.append",
        *writer.helpers,
        "    for value in values:",
        *(["        left[0] = steps"] if writer.helpers else []),
        f"        try: add({verdict})",
        # whatever it was, the closures judge this value from the start
        "        except Exception: add(None)",
        "    return verdicts",
    ]
    scope: dict[str, Any] = {"give_up": _give_up, **writer.constants}
    exec(_compiled("\n".join(lines)), scope)  # noqa: S102 - nothing of the pack's text is in it
    made: Fast = scope["condition"]
    return made


@lru_cache(maxsize=1024)
def _compiled(source: str) -> CodeType:
    """The function's code; conditions that differ only in names and literals share it."""
    return compile(source, "<condition>", "exec")


class _Writer:
    """Writes an expression for each part; names and literals go in as constants, never as text."""

    def __init__(self, meaning: Meaning, compiler: Compiler, variable: str) -> None:
        self.helpers: list[str] = []
        self.constants: dict[str, Any] = {}
        self._meaning = meaning
        self._compiler = compiler
        self._variable = variable
        self._parts = 0

    def truth(self, node: Node, around: tuple[int, ...]) -> str:
        """An expression that is true or false, or gives up; `around` are the slots of the variables of macros around."""
        self._parts += 1
        if self._parts > _LONGEST:
            raise _Unwritable
        match node:
            case Logic(operator=operator, operands=operands):
                word = " and " if operator == "&&" else " or "
                return f"({word.join(self.truth(operand, around) for operand in operands)})"
            case Unary(operator="!", operand=operand):
                return f"(not {self.truth(operand, around)})"
            case Binary(operator="==" | "!=" | "<" | "<=" | ">" | ">=", right=Literal(value=value)):
                kinds = (str, bool, int) if node.operator in ("==", "!=") else (str, int, float)
                if type(value) not in kinds:
                    raise _Unwritable
                found = self.path(node.left)
                kind = type(value).__name__
                return (
                    f"(((v := {found}).__class__ is {kind} or give_up()) and v {node.operator} {self.constant(value)})"
                )
            case Comprehension(macro="all" | "exists", variables=(_,)):
                return self.quantified(node, around)
            case Name() | Select():
                return f"((v := {self.path(node)}) is True or (v is not False and give_up()))"
        raise _Unwritable

    def quantified(self, node: Comprehension, around: tuple[int, ...]) -> str:
        """A call of a helper that goes through the elements."""
        (slot,) = self._meaning.slots[id(node)]
        ranged = self.path(node.range)
        body = self.truth(node.body, (*around, slot))
        given = "".join(f", s{other}" for other in around)
        # slots are used again by macros beside one another, names are not
        name = f"q{self._parts}"
        self._parts += 1
        cost = self._compiler.cost(node.body) + 1
        until, then, otherwise = ("not ", False, True) if node.macro == "all" else ("", True, False)
        self.helpers += [
            f"    def {name}(items{given}):",
            "        if items.__class__ is not list or not items: give_up()",
            f"        left[0] -= len(items) * {cost}",
            "        if left[0] < 0: give_up()",
            f"        for s{slot} in items:",
            f"            if {until}{body}: return {then}",
            f"        return {otherwise}",
        ]
        return f"{name}({ranged}{given})"

    def path(self, node: Node) -> str:
        """An expression for a variable or a field of one."""
        known = self._meaning.names.get(id(node))
        match known:
            case Local(slot=slot, bound=False):
                return f"s{slot}"
            case Global(name=name) if name == self._variable:
                return "value"
            case Global(name=name):
                return f"activation[{self.constant(name)}]"
        if known is None and isinstance(node, Select) and not node.optional:
            return f"{self.path(node.operand)}[{self.constant(node.field)}]"
        raise _Unwritable

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name
