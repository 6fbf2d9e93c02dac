"""Judging many values at once gives what judging each alone gives: verdicts, unknowns, faults, vacuity, and the budget."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lexaudit.condition import (
    BOOL,
    DOUBLE,
    EMPTY_RESULT,
    INT,
    STRING,
    Condition,
    Declarations,
    EvaluationFault,
    ListType,
    RecordType,
    Unknown,
    compile,  # noqa: A004
)

INNER = RecordType("inner", {"b": BOOL, "s": STRING})
OUTER = RecordType(
    "outer",
    {"b": BOOL, "s": STRING, "i": INT, "f": DOUBLE, "inner": INNER, "list": ListType(INNER), "words": ListType(STRING)},
)
DECLARED = Declarations({"x": OUTER}, [])


def parts(variable: str) -> st.SearchStrategy[str]:
    own = st.sampled_from([f"{variable}.b", f'{variable}.s == "a"', f'{variable}.s != "a"', f"{variable}.b == true"])
    return own | st.sampled_from(
        ["x.b", "x.inner.b", "x.i > 2", "x.f <= 0.5", "x.i == 3", 'x.inner.s == "a"', "x.s != x.inner.s"]
    )


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.tuples(inner, st.sampled_from([" && ", " || "]), inner).map(lambda t: f"({''.join(t)})")
        | inner.map(lambda text: f"!{text}" if text.startswith("(") else f"!({text})")
        | st.tuples(
            st.sampled_from(["all", "exists"]), st.recursive(parts("d"), lambda i: joined_in(i), max_leaves=3)
        ).map(lambda t: f"x.list.{t[0]}(d, {t[1]})")
        | st.just('x.list.all(d, x.list.exists(e, e.b || d.b) && d.s != "b")')
        | st.just('x.words.exists(w, w == "a")')
    )


def joined_in(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(inner, st.sampled_from([" && ", " || "]), inner).map(lambda t: f"({''.join(t)})")


CONDITIONS = st.recursive(parts("x"), joined, max_leaves=6)

ODD = st.sampled_from([Unknown(frozenset({"x.odd"})), 3, 2.5, "word", None, True, {}, []])
BOOLS: st.SearchStrategy[Any] = st.booleans() | st.booleans() | ODD
STRINGS: st.SearchStrategy[Any] = st.sampled_from(["a", "b", ""]) | ODD
RECORDS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {}, optional={"b": BOOLS, "s": STRINGS}
) | st.fixed_dictionaries({"b": st.booleans(), "s": st.sampled_from(["a", "b"])})
VALUES: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"b": BOOLS, "s": STRINGS, "i": st.integers(0, 5) | ODD, "f": st.floats() | ODD, "inner": RECORDS | ODD},
    optional={"list": st.lists(RECORDS, max_size=4) | ODD, "words": st.lists(STRINGS, max_size=3)},
)


def alone(condition: Condition, value: Any, **options: int) -> Any:
    found = condition.evaluate_traced({"x": value}, **options)
    return EMPTY_RESULT if found.vacuous else found.value


def told(found: Any) -> Any:
    return found.message if isinstance(found, EvaluationFault) else found


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, st.lists(VALUES, min_size=1, max_size=6))
def test_many_at_once_are_judged_as_each_alone(source: str, values: list[Any]) -> None:
    condition = compile(source, DECLARED, expect=BOOL)
    many = values * (60 // len(values) + 1)
    found = condition.evaluate_each({}, "x", many)
    assert [told(each) for each in found] == [told(alone(condition, value)) for value in many]


def test_macros_beside_one_another_do_not_get_in_each_others_way() -> None:
    condition = compile("x.list.all(d, d.b) || x.list.all(d, !d.b)", DECLARED, expect=BOOL)
    values = [{"list": [{"b": first}, {"b": second}]} for first in (True, False) for second in (True, False)] * 20
    assert condition.evaluate_each({}, "x", values) == [True, False, False, True] * 20


def test_most_conditions_are_written_out_as_one_function() -> None:
    whole = 'x.b && x.inner.s != "a" && (x.i >= 3 || !x.inner.b) && x.list.all(d, d.b || x.list.exists(e, e.s == d.s || e.b))'
    assert (
        compile(whole, DECLARED, expect=BOOL)._fast("x") is None
    )  # `e.s == d.s` compares two fields: left to the closures
    assert compile(whole.replace("e.s == d.s || ", ""), DECLARED, expect=BOOL)._fast("x") is not None


@pytest.mark.parametrize("budget", [20, 200, 1_000, 1_500, 3_000])
def test_the_budget_is_the_same(budget: int) -> None:
    condition = compile("x.list.all(d, x.list.exists(e, e.b && d.b))", DECLARED, expect=BOOL)
    values = [{"list": [{"b": True}] * number} for number in range(1, 61)]
    found = condition.evaluate_each({}, "x", values, budget=budget)
    assert [told(each) for each in found] == [told(alone(condition, value, budget=budget)) for value in values]
