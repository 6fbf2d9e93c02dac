"""Conditions and data made to hang, crash or exhaust whoever evaluates them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lexaudit.condition import (
    DYN,
    ConditionErrors,
    Declarations,
    EvaluationFault,
    Function,
    compile,  # noqa: A004
    parse,
)

DECLARATIONS = Declarations(
    {"x": DYN, "long": DYN},
    [
        Function("dear", (DYN,), DYN, lambda value: value, cost=600_000),
        Function("pure", (DYN,), DYN, lambda value: value),
    ],
)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < seconds


NESTED = {
    "parentheses": ("(", "true", ")"),
    "lists": ("size([", "1", "]) == 1"),
    "calls": ("dyn(", "true", ")"),
    "not": ("!", "true", ""),
    "minus": ("-", "1", ""),
    "indexes": ("x[", "0", "]"),
    "choices": ("false ? false : ", "true", ""),
    "maps": ("{'k': ", "1", "}"),
    "macros": ("[1].all(e, ", "true", ")"),
    "bindings": ("cel.bind(v, 1, ", "true", ")"),
    "sums": ("1 + ", "1", ""),
    "selections": ("x", "", ".x"),
}


@pytest.mark.parametrize("kind", NESTED)
def test_deep_nesting_is_refused_and_250_levels_are_not(kind: str) -> None:
    before, middle, after = NESTED[kind]
    fine = before * 250 + middle + after * 250 if kind != "selections" else "x" + after * 250
    deep = before * 10_000 + middle + after * 10_000 if kind != "selections" else "x" + after * 10_000
    if kind == "lists":
        fine, deep = "[" * 250 + "]" * 250, "[" * 10_000 + "]" * 10_000
    with within(2):
        condition = compile(fine, DECLARATIONS, checked=False)
        result = condition.evaluate({"x": [0]})
        assert not isinstance(result, EvaluationFault) or "too deep" not in result.message
        assert condition.explain({"x": [0]}).text == fine.strip("()" if kind == "parentheses" else "")
    with within(2), pytest.raises(ConditionErrors, match=r"nested|words|characters"):
        compile(deep, DECLARATIONS)


def test_a_long_flat_condition_is_fine() -> None:
    with within(2):
        condition = compile(" && ".join(["x != 1"] * 2000), DECLARATIONS)
        assert condition.evaluate({"x": 2}) is True
        assert condition.explain({"x": 2}).outcome == "true"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("true" + " " * 70_000, "the condition has 70,004 characters; 65,536 are allowed"),
        ("'" + "a" * 20_000 + "' == x", "the text has 20,000 characters; 16,384 are allowed in one literal"),
        ("[" + "1," * 11_000 + "1].size() > 0", "the condition has more than 20,000 words"),
        ("9" * 5_000 + " > 1", "the number does not fit in 64 bits"),
        ("1e999 > 1", "the number `1e999` does not fit in 64 bits"),
        ("0." + "1" * 2_000 + " > 1", "the number has more than 1,000 digits"),
    ],
)
def test_size_limits(source: str, message: str) -> None:
    with within(1), pytest.raises(ConditionErrors) as caught:
        compile(source, DECLARATIONS)
    assert caught.value.message == message


NESTED_LOOPS = "long.all(a, long.all(b, long.all(c, a + b + c >= 0)))"
HUNGRY = [
    NESTED_LOOPS,
    "long.map(a, long.map(b, long.map(c, a))).size() > 0",
    "long.filter(a, long.exists(b, long.exists(c, a + b + c < 0))).size() == 0",
    "long.exists_one(a, long.exists_one(b, long.exists_one(c, a == c)))",
    "cel.bind(s, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', " + "cel.bind(s, s + s, " * 40 + "size(s) > 0" + ")" * 41,
    "cel.bind(s, [1, 2, 3, 4], " + "cel.bind(s, s + s, " * 40 + "size(s) > 0" + ")" * 41,
    "cel.bind(s, [1, 2, 3, 4], " + "cel.bind(s, [s, s, s, s], " * 20 + "s == s" + ")" * 21,
    "cel.bind(s, 'aaaa', " + "cel.bind(s, s.replace('a', s), " * 20 + "size(s) > 0" + ")" * 21,
    "long.all(a, a in long)",
    "long.all(a, long == long)",
    "long.all(a, dear(a) == a)",
    "long.transformMapEntry(i, v, {i: long.map(q, long)}).size() > 0",
]


@pytest.mark.parametrize("source", HUNGRY)
def test_the_budget_holds(source: str) -> None:
    condition = compile(source, DECLARATIONS)
    data = {"x": 1, "long": list(range(3_000))}
    with within(5):
        result = condition.evaluate(data)
    assert isinstance(result, EvaluationFault), result
    assert "steps on this data" in result.message or "characters" in result.message
    with within(10):
        explained = condition.explain(data)
    assert (explained.outcome, explained.message) == ("error", result.message)


DOUBLED = "cel.bind(s, [0], " + "cel.bind(s, [s, s, s, s, s, s, s, s], " * 12 + "{}" + ")" * 13


@pytest.mark.parametrize("last", ["s", "'%s'.format([s])", "pure(s)", "s[0] == 1", "{'a': s}.a", "s.exists(e, e == 1)"])
def test_a_value_that_holds_itself_many_times_is_no_trap(last: str) -> None:
    condition = compile(DOUBLED.replace("{}", last), DECLARATIONS, checked=False)
    with within(1):
        result = condition.evaluate({})
        assert not isinstance(result, EvaluationFault) or "characters" in result.message
    with within(1):
        assert len(str(condition.explain({}).plain())) < 200_000


def test_the_budget_is_what_the_caller_says() -> None:
    condition = compile("long.all(a, a >= 0)", DECLARATIONS)
    data = {"long": list(range(1_000))}
    assert condition.evaluate(data, budget=10_000) is True
    assert condition.evaluate(data, budget=1_000) == EvaluationFault(
        "the condition takes more than 1,000 steps on this data", condition.tree.span
    )
    assert condition.explain(data, budget=4_200).outcome == "true"


def test_a_long_list_with_an_early_answer_is_answered() -> None:
    data = {"long": list(range(10_000_000))}
    with within(1):
        assert compile("long.exists(a, a == 3)", DECLARATIONS).evaluate(data) is True
        result = compile("long.all(a, a >= 0)", DECLARATIONS).evaluate(data, budget=100_000)
        assert isinstance(result, EvaluationFault)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)*b", "a" * 1_999, "(?:a?){1000}a{1000}"])
def test_no_pattern_hangs(pattern: str) -> None:
    with within(1):
        try:
            condition = compile(f"x.matches('{pattern}')", DECLARATIONS)
        except ConditionErrors as error:
            assert "the pattern is not accepted" in error.message
        else:
            assert condition.evaluate({"x": "a" * 5_000 + "!"}) in (True, False)


def test_patterns_from_data_are_limited_too() -> None:
    condition = compile("'text'.matches(x)", DECLARATIONS)
    for pattern in ("a" * 3_000, "((((a{100}){100}){100}){100})", "(", "\\1"):
        result = condition.evaluate({"x": pattern})
        assert isinstance(result, EvaluationFault)
        assert result.message.startswith("the pattern ")


def test_deep_data_are_no_crash() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    condition = compile("x == long", DECLARATIONS)
    other: Any = []
    for _ in range(100_000):
        other = [other]
    result = condition.evaluate({"x": deep, "long": other})
    assert isinstance(result, EvaluationFault)
    assert result.message == "the data are nested too deeply"
    assert condition.explain({"x": deep, "long": other}).outcome == "error"


def test_random_text_is_refused_or_read() -> None:
    words = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "?",
        ":",
        ".",
        ",",
        "&&",
        "!",
        "-",
        "x",
        "all",
        "1",
        "'a'",
        "in",
        "`b`",
        "has",
        "==",
        "r'",
    ]
    state = 12345
    for _ in range(3_000):
        parts = []
        for _ in range(12):
            state = (state * 1103515245 + 12345) % 2**31
            parts.append(words[state // 1000 % len(words)])
        try:
            parse("".join(parts))
        except ConditionErrors as error:
            assert len(error.errors) == 1


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys, lexaudit.condition as c; d = c.Declarations({'x': c.STRING}); c.compile('x == \"a\"', d); "
        "heavy = {'re2', 'numpy', 'pydantic', 'yaml', 'networkx', 'zoneinfo', 'difflib'} & set(sys.modules); "
        "print(sorted(heavy)); c.compile('x.matches(\"a\")', d); print('re2' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.splitlines() == ["[]", "True"]
