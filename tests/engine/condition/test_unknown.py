"""Missing facts: what stays undecided, what is decided all the same, and that no decision is ever taken back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lexaudit.condition import DYN, Condition, Declarations, EvaluationFault, Unknown, compile  # noqa: A004

NAMES = ("a", "b", "c")
DECLARATIONS = Declarations(dict.fromkeys([*NAMES, "rows"], DYN))


def unknown(*paths: str) -> Unknown:
    return Unknown(frozenset(paths))


A, B = unknown("a"), unknown("b")
DATA: dict[str, Any] = {
    "a": A,
    "b": B,
    "c": {"known": 1, "open": unknown("c.open")},
    "rows": [{"x": 1, "y": unknown("rows.0.y")}, {"x": 2, "y": True}],
}

CASES: list[tuple[str, Any]] = [
    ("false && a", False),
    ("a && false", False),
    ("a && b && false", False),
    ("true || a", True),
    ("a || true", True),
    ("a || b || true", True),
    ("a && true", A),
    ("a && b", unknown("a", "b")),
    ("a || b", unknown("a", "b")),
    ("!a", A),
    ("!a || a", A),
    ("a && 1 / 0 == 1", A),
    ("1 / 0 == 1 || a", A),
    ("a + b", unknown("a", "b")),
    ("a == b", unknown("a", "b")),
    ("a < 1", A),
    ("a.deep.field", A),
    ("a['key'][0]", A),
    ("has(a.field)", A),
    ("has(c.open)", unknown("c.open")),
    ("has(c.closed)", False),
    ("c.open == 1 || c.known == 1", True),
    ("a ? 1 : 2", A),
    ("true ? 1 : a", 1),
    ("size(a)", A),
    ("type(a)", A),
    ("a in [1, 2]", A),
    ("1 in [a, 1]", unknown("a")),  # a list built with an unknown part is unknown as a whole
    ("'x' in c", False),
    ("'known' in c", True),
    ("'open' in c", unknown("c.open")),
    ("a.startsWith('x')", A),
    ("'x'.startsWith(a)", A),
    ("a.all(x, true)", A),
    ("a.map(x, 1)", A),
    ("rows.all(r, r.y)", unknown("rows.0.y")),
    ("rows.all(r, r.y && r.x == 2)", False),
    ("rows.exists(r, r.y)", True),
    ("rows.exists(r, r.y && r.x == 1)", unknown("rows.0.y")),
    ("rows.exists(r, r.y && r.x == 3)", False),
    ("rows.exists_one(r, r.y)", unknown("rows.0.y")),
    ("rows.filter(r, r.y)", unknown("rows.0.y")),
    ("rows.filter(r, r.x == 2).size()", 1),
    ("rows.map(r, r.y)", unknown("rows.0.y")),
    ("rows.map(r, r.x)", [1, 2]),
    ("rows == [{'x': 1, 'y': 5}, {'x': 3, 'y': true}]", False),
    ("rows == [{'x': 1, 'y': 5}, {'x': 2, 'y': true}]", unknown("rows.0.y")),
    ("rows == []", False),
    ("rows[0] in rows", unknown("rows.0.y")),
    ("rows[1] in rows", True),
    ("cel.bind(v, a, v || true)", True),
    ("cel.bind(v, 1 / 0 == 1, v || true)", True),  # as for an unknown: a fault that decides nothing is no fault
    ("cel.bind(v, 1 / 0 == 1, v || a)", A),
    ("a.orValue(1)", A),
    ("optional.of(a)", A),
    ("c.?open", unknown("c.open")),
    ("c.?closed.orValue(3)", 3),
    ("{'k': a}", A),
    ("'%s'.format([rows])", unknown("rows.0.y")),
]


@pytest.mark.parametrize(("source", "result"), CASES)
def test_unknowns(source: str, result: Any) -> None:
    condition = compile(source, DECLARATIONS, checked=False)
    assert condition.evaluate(DATA) == result
    explained = condition.explain(DATA)
    if isinstance(result, Unknown):
        assert (explained.outcome, explained.unknown_paths) == ("unknown", result.paths)
    elif isinstance(result, bool):
        assert explained.outcome == str(result).lower()


def test_an_unknown_is_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(A)


# INVARIANT: putting any value in the place of an unknown never contradicts a decided result.

scalars = st.sampled_from([None, True, False, 0, 1, -3, 2.5, "", "x", "abc"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2),
    max_leaves=5,
)
ATOMS = [
    "a", "b", "c", "a.x", "b.y", "c[0]", "rows[0].x", "rows", "1", "2.5", '"abc"', "true", "false", "null",
    "[]", "{'x': 1}",
]  # fmt: skip


OPERATORS = ["&&", "||", "&&", "||", "==", "!=", "<", ">=", "in", "+", "*", "%"]
TEMPLATES = [
    "!({0})",
    "-({0})", "({0} ? {1} : {2})", "size({0})", "[{0}, {1}]", "{{'x': {0}, 'y': {1}}}", "has(c.x)", "has(({0}).y)",
    "({0}).all(e, {1} || e == {2})", "({0}).exists(e, e == {1} && {2})", "rows.all(e, e.x == {0} || {1})",
    "rows.exists(e, e.y && {0})", "rows.exists_one(e, e.x == {0})", "rows.map(e, {0}).size() == 2",
    "({0}).filter(e, {1})",
    "cel.bind(v, {0}, v || {1})", "({0}).?x.orValue({1})", "string({0})", "type({0}) == int", "({0}).startsWith('a')",
    "{0} in rows", "rows.transformList(i, e, i > 0, {0})", "dyn({0})", "math.greatest({0}, {1})",
    "({0}).x", "({0})[{1}]",
    "'%s'.format([{0}])", "({0}).all(k, e, e == {1})",
]  # fmt: skip


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """An expression over the variables, most of them well-typed nowhere."""
    shape = draw(st.integers(0, 5)) if depth else 0
    if shape == 0:
        return draw(st.sampled_from(ATOMS))
    parts = [draw(expressions(depth - 1)) for _ in range(2 if shape > 2 else 3)]
    if shape > 2:
        return f"({parts[0]} {draw(st.sampled_from(OPERATORS))} {parts[1]})"
    return draw(st.sampled_from(TEMPLATES)).format(*parts)


@st.composite
def with_holes(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Data with unknowns in them, and the same data with values in their places."""

    def pierced(value: Any, path: str) -> tuple[Any, Any]:
        if draw(st.integers(0, 3)) == 0:
            return Unknown(frozenset({path})), value
        if isinstance(value, list):
            parts = [pierced(item, f"{path}.{at}") for at, item in enumerate(value)]
            return [one for one, _ in parts], [other for _, other in parts]
        if isinstance(value, dict):
            both = {key: pierced(item, f"{path}.{key}") for key, item in value.items()}
            return {key: one for key, (one, _) in both.items()}, {key: other for key, (_, other) in both.items()}
        return value, value

    rows = st.lists(st.fixed_dictionaries({"x": scalars, "y": st.booleans()}), max_size=3)
    whole = {name: draw(values) for name in NAMES} | {"rows": draw(rows)}
    pairs = {name: pierced(value, name) for name, value in whole.items()}
    return {name: one for name, (one, _) in pairs.items()}, {name: other for name, (_, other) in pairs.items()}


def decided(condition: Condition, data: dict[str, Any]) -> Any:
    result = condition.evaluate(data)
    return "fault" if isinstance(result, EvaluationFault) else result


def holds_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(holds_unknown, value.values()))
    return isinstance(value, Unknown) or (isinstance(value, list) and any(map(holds_unknown, value)))


@settings(max_examples=800, deadline=None, derandomize=True)
@given(expressions(), with_holes())
def test_no_decision_is_taken_back(source: str, data: tuple[dict[str, Any], dict[str, Any]]) -> None:
    holes, filled = data
    condition = compile(source, DECLARATIONS, checked=False)
    result = decided(condition, holes)
    if not holds_unknown(result):
        assert repr(decided(condition, filled)) == repr(result)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(expressions(), with_holes())
def test_an_explanation_agrees_with_the_evaluation(source: str, data: tuple[dict[str, Any], dict[str, Any]]) -> None:
    for each in data:
        condition = compile(source, DECLARATIONS, checked=False)
        result = condition.evaluate(each)
        explained = condition.explain(each)
        if isinstance(result, Unknown):
            assert (explained.outcome, explained.unknown_paths) == ("unknown", result.paths)
        elif isinstance(result, EvaluationFault):
            assert (explained.outcome, explained.message) == ("error", result.message)
        else:
            assert explained.outcome == ("true" if result is True else "false" if result is False else "value")
        assert explained.deciding()
