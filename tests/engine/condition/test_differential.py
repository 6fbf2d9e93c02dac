"""Our evaluator against Google's C++ one on random expressions and data."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lexaudit.condition import (
    DYN,
    ConditionErrors,
    Declarations,
    EvaluationFault,
    compile,  # noqa: A004
)

cel = pytest.importorskip("cel_expr_python.cel", reason="cel-expr-python is not installed")

NAMES = ("a", "b", "c", "rows", "m")
DECLARATIONS = Declarations(dict.fromkeys(NAMES, DYN))
ENVIRONMENT = cel.NewEnv(variables=dict.fromkeys(NAMES, cel.Type.DYN))

ATOMS = [
    "a", "b", "c", "m.x", "m.y", "m", "rows", "rows[0].x", "rows[1].y", "1", "0", "-2", "3u", "2.5", "'x'", "'abc'",
    "b'x'",
    "true", "false", "null", "[]", "[1, 'x']", "{}", "{'x': 1}", "9223372036854775807", "duration('90s')",
    "timestamp('2026-08-02T00:00:00Z')", "0.0", "rows[0]",
]  # fmt: skip
OPERATORS = ["&&", "||", "&&", "||", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%"]
# `int(true)` is left out: the C++ evaluator takes it, the specification does not name it.
TEMPLATES = [
    "!({0})", "-({0})", "({0} ? {1} : {2})", "size({0})", "[{0}, {1}]", "{{'x': {0}, 'y': {1}}}", "has(m.x)",
    "has(m.z)",
    "dyn({0}).all(e, {1} || e == {2})", "dyn({0}).exists(e, e == {1})", "rows.all(e, e.x == {0} || {1})",
    "rows.exists(e, e.y && {0})", "rows.exists_one(e, e.x == {0})", "rows.map(e, {0})", "rows.filter(e, e.y == {0})",
    "rows.map(e, e.y, {0})", "type({0}) == int", "type({0}) == type({1})", "dyn({0}).startsWith('a')",
    "dyn({0}).contains('b')",
    "{0} in rows", "(type({0}) == bool ? {1} : int(dyn({0})))", "(type({0}) == bool ? {1} : uint(dyn({0})))",
    "(type({0}) == bool ? {1} : double(dyn({0})))", "bool(dyn({0}))", "dyn({0})[dyn({1})]",
    "dyn({0}).matches('^[ax]+')", "dyn({0}).x", "m.all(k, m[k] == {0})",
]  # fmt: skip


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    shape = draw(st.integers(0, 5)) if depth else 0
    if shape == 0:
        return f"dyn({draw(st.sampled_from(ATOMS))})"
    parts = [draw(expressions(depth - 1)) for _ in range(2 if shape > 2 else 3)]
    if shape > 2:
        return f"({parts[0]} {draw(st.sampled_from(OPERATORS))} {parts[1]})"
    return f"dyn({draw(st.sampled_from(TEMPLATES)).format(*parts)})"


scalars = st.sampled_from([None, True, False, 0, 1, 2, -3, 2.5, "", "x", "abc"])
data = st.fixed_dictionaries(
    {
        **dict.fromkeys("abc", scalars | st.lists(scalars, max_size=3)),
        "rows": st.lists(st.fixed_dictionaries({"x": scalars, "y": st.booleans()}), max_size=3),
        "m": st.dictionaries(st.sampled_from(["x", "y"]), scalars),
    }
)


def comparable(value: Any) -> Any:
    """A form in which the two evaluators' values can be compared."""
    if isinstance(value, bool) or value is None or isinstance(value, str | bytes | bytearray):
        return bytes(value) if isinstance(value, bytearray) else value
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else ("number", value)
    if isinstance(value, int):
        return ("number", value)
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    if hasattr(value, "keys"):
        return {key: comparable(value[key]) for key in value}
    return str(value)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(expressions(), data)
def test_both_evaluators_agree(source: str, values: dict[str, Any]) -> None:
    try:
        theirs = ENVIRONMENT.compile(source)
    except Exception:  # the binding raises plain exceptions, for its nesting limit among others
        assume(False)
    result = theirs.eval(data=values)
    try:
        ours = compile(source, DECLARATIONS).evaluate(values)
    except ConditionErrors as error:
        pytest.fail(f"refused here only: {error}")
    if str(result.type()) in ("ERROR", "*error*") or "ERROR" in repr(result.type()):
        assert isinstance(ours, EvaluationFault), (source, values, ours, result)
    else:
        assert not isinstance(ours, EvaluationFault), (source, values, ours, result)
        plain = result.plain_value()
        assert comparable(ours) == comparable(plain), (source, values, ours, plain)
