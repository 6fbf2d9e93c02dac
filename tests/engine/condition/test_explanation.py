"""Why a condition came out as it did, written out whole."""

from __future__ import annotations

from typing import Any

import pytest

from lexaudit.condition import (
    DYN,
    Declarations,
    Explanation,
    Unknown,
    compile,  # noqa: A004
)

DECLARATIONS = Declarations({"system": DYN, "datasets": DYN, "groups": DYN, "x": DYN})


def explained(source: str, **data: Any) -> Explanation:
    condition = compile(source, DECLARATIONS)
    explanation = condition.explain(data)
    value = condition.evaluate(data)
    assert explanation.outcome == {"True": "true", "False": "false"}.get(str(value), explanation.outcome)
    return explanation


def outline(part: Explanation, depth: int = 0) -> str:
    """The tree as text: one line for each part."""
    where = f" [{part.element.variable} = {part.element.range}[{part.element.key}]]" if part.element else ""
    shown = part.message or (sorted(part.unknown_paths) if part.unknown_paths else part.value)
    lines = [f"{'  ' * depth}{part.kind} {part.outcome}: {part.text} => {shown}{where}"]
    return "\n".join([*lines, *(outline(child, depth + 1) for child in part.children)])


def deciding(part: Explanation) -> list[str]:
    """The deciding leaves as text."""
    found = []
    for leaf in part.deciding():
        around = "".join(f"{item.variable}={item.range}[{item.key}] " for item in leaf.elements)
        seen = leaf.message or sorted(leaf.unknown_paths) or leaf.observed
        found.append(f"{around}{leaf.subject} is {seen!r}, expected {leaf.relation} {leaf.expected!r}")
    return found


SOURCE = (
    'system.risk == "high" && system.oversight.trained == true '
    '&& datasets.all(d, d.legal_basis != "" && (d.rows > 100 || d.exempt))'
)
DATA: dict[str, Any] = {
    "system": {"risk": "high", "oversight": {"trained": False}},
    "datasets": [
        {"legal_basis": "consent", "rows": 1000, "exempt": False},
        {"legal_basis": "", "rows": 50, "exempt": False},
        {"legal_basis": "contract", "rows": 7, "exempt": Unknown(frozenset({"dataset:calls.exempt"}))},
        {"rows": 500, "exempt": True},
    ],
}


def test_the_tree_of_a_condition_that_is_not_met() -> None:
    everything = "[{'legal_basis': 'consent', 'rows': 1000, 'exempt': False}, "
    everything += "{'legal_basis': '', 'rows': 50, 'exempt': False}, "
    everything += "{'legal_basis': 'contract', 'rows': 7, 'exempt': {'unknown': ['dataset:calls.exempt']}}, "
    everything += "{'rows': 500, 'exempt': True}]"
    assert (
        outline(explained(SOURCE, **DATA))
        == f"""\
and false: {SOURCE} => False
  leaf true: system.risk == "high" => True
    leaf value: system.risk => high
  leaf false: system.oversight.trained == true => False
    leaf false: system.oversight.trained => False
  all false: datasets.all(d, d.legal_basis != "" && (d.rows > 100 || d.exempt)) => False
    leaf value: datasets => {everything}
    and false: d.legal_basis != "" && (d.rows > 100 || d.exempt) => False [d = datasets[1]]
      leaf false: d.legal_basis != "" => False
        leaf value: d.legal_basis =>\x20
      or false: d.rows > 100 || d.exempt => False
        leaf false: d.rows > 100 => False
          leaf value: d.rows => 50
        leaf false: d.exempt => False"""
    )


def test_what_decided_is_every_failing_part_and_nothing_else() -> None:
    assert deciding(explained(SOURCE, **DATA)) == [
        "system.oversight.trained is False, expected == True",
        "d=datasets[1] d.legal_basis is '', expected != ''",
        "d=datasets[1] d.rows is 50, expected > 100",
        "d=datasets[1] d.exempt is False, expected == True",
    ]


def test_one_deciding_part_as_data() -> None:
    (leaf,) = explained("system.oversight.trained == true", **DATA).deciding()
    assert leaf.plain() == {
        "text": "system.oversight.trained == true",
        "outcome": "false",
        "subject": "system.oversight.trained",
        "observed": False,
        "relation": "==",
        "expected": True,
        "elements": [],
        "operands": [["system.oversight.trained", False]],
        "unknown_paths": [],
        "message": "",
    }


DECIDING = [
    ("!(x.a && x.b)", {"a": True, "b": True}, ["x.a is True, expected == False", "x.b is True, expected == False"]),
    ("!(x.a || x.b)", {"a": False, "b": True}, ["x.b is True, expected == False"]),
    ("x.a == 1 || x.a in [2, 3]", {"a": 4}, ["x.a is 4, expected == 1", "x.a is 4, expected in [2, 3]"]),
    ("5 < x.a", {"a": 4}, ["x.a is 4, expected > 5"]),
    ("!(x.a >= 3)", {"a": 4}, ["x.a is 4, expected < 3"]),
    ("x.a ? x.b > 1 : x.b > 2", {"a": True, "b": 1}, ["x.a is True, expected == True", "x.b is 1, expected > 1"]),
    ("cel.bind(n, x.a + 1, n > 5)", {"a": 3}, ["n is 4, expected > 5"]),
    ("x.a.startsWith('h')", {"a": "low"}, ["x.a.startsWith('h') is False, expected == True"]),
    ("has(x.a)", {"b": 1}, ["has(x.a) is False, expected == True"]),
    ("x.a && x.c > 1", {"a": True}, ["x.c > 1 is 'there is no `c`', expected == True"]),
    ("x.a > 1 && x.b > 1", {"a": 2, "b": Unknown(frozenset({"x.b"}))}, ["x.b > 1 is ['x.b'], expected == True"]),
    ("x.a < x.b", {"a": 2, "b": 1}, ["x.a is 2, expected < 1"]),
    ("x.a == 2", {"a": 2}, ["x.a is 2, expected == 2"]),
    ("x.a.exists(e, e > 3)", {"a": [1, 2]}, [
        "e=x.a[0] e is 1, expected > 3",
        "e=x.a[1] e is 2, expected > 3",
    ]),
    ("x.a.exists(e, e > 1)", {"a": [1, 2, 3]}, ["e=x.a[1] e is 2, expected > 1", "e=x.a[2] e is 3, expected > 1"]),
    ("x.a.exists(e, e > 1)", {"a": []}, ["x.a is [], expected has 'at least one element'"]),
    ("!x.a.exists(e, e > 1)", {"a": [5]}, ["e=x.a[0] e is 5, expected <= 1"]),
    ("x.a.all(k, x.a[k] > 1)", {"a": {"f": 1, "m": 2}}, ["k=x.a[f] x.a[k] is 1, expected > 1"]),
    ("x.a.all(k, v, v > 1)", {"a": {"f": 1, "m": 2}}, ["v=x.a[f] v is 1, expected > 1"]),
    ("x.a.all(e, e.all(f, f > 1))", {"a": [[2, 3], [4, 0]]}, ["e=x.a[1] f=e[1] f is 0, expected > 1"]),
    ("x.a.all(e, e / 0 > 1)", {"a": [1]}, ["e=x.a[0] e / 0 > 1 is 'division by zero', expected == True"]),
    ("x.a.map(e, e * 2) == [2]", {"a": [2]}, ["x.a.map(e, e * 2) is [4], expected == [2]"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "x", "leaves"), DECIDING)
def test_deciding(source: str, x: dict[str, Any], leaves: list[str]) -> None:
    assert deciding(explained(source, x=x)) == leaves


def test_only_some_elements_are_kept_and_the_rest_counted() -> None:
    failing = explained("x.all(e, e > 5)", x=list(range(1_000)) + [0] * 100)
    assert (len(failing.children), failing.omitted) == (51, 56)
    passing = explained("x.all(e, e >= 0)", x=list(range(1_000)))
    assert (len(passing.children), passing.omitted) == (11, 990)


def test_values_are_json_and_cut_short() -> None:
    import json

    explanation = explained("x.b == x.a", x={"a": b"\xff", "b": [[[[[[[[1]]]]]]], *range(100)], "c": "y" * 5_000})
    text = json.dumps(explanation.plain(), ensure_ascii=False)
    assert "…" in text
    assert len(text) < 5_000


# `all` over nothing is true, and says so.

VACUOUS = [
    ("datasets.all(d, d.ok)", [], True),
    ("datasets.all(d, d.ok)", [{"ok": True}], False),
    ("true && datasets.all(d, d.ok)", [], True),
    ("true || datasets.all(d, d.ok)", [], False),
    ("datasets.all(d, d.ok) || true", [], False),
    ("datasets.all(d, d.ok) || false", [], True),
    ("size(datasets) > 0 || datasets.all(d, d.ok)", [], True),
    ("!datasets.exists(d, d.bad)", [], True),
    ("!datasets.exists(d, d.bad)", [{"bad": False}], False),
    ("!(!datasets.all(d, d.ok))", [], True),
    ("datasets.size() == 0 ? datasets.all(d, d.ok) : true", [], True),
    ("datasets.size() == 0 ? true : datasets.all(d, d.ok)", [], False),
    ("datasets.all(d, d.rows.all(r, r > 0))", [{"rows": []}], True),
    ("datasets.all(d, d.rows.all(r, r > 0))", [{"rows": [1]}, {"rows": []}], True),
    ("datasets.all(d, d.rows.all(r, r > 0))", [{"rows": [1]}], False),
    ("datasets.exists(d, d.rows.all(r, r > 0))", [{"rows": []}, {"rows": [1]}], False),
    ("datasets.exists(d, d.rows.all(r, r > 0))", [{"rows": []}], True),
    ("cel.bind(fine, datasets.all(d, d.ok), fine)", [], True),
    ("datasets.all(d, d.ok) == true", [], True),
    ("datasets.filter(d, d.risky).all(d, d.ok)", [{"risky": False}], True),
    ("datasets.all(i, d, d.ok)", [], True),
    ("datasets.exists(d, d.ok) || datasets.size() == 0", [], False),
]


@pytest.mark.parametrize(("source", "datasets", "vacuous"), VACUOUS)
def test_vacuity(source: str, datasets: list[Any], vacuous: bool) -> None:
    outcome = compile(source, DECLARATIONS).evaluate_traced({"datasets": datasets})
    assert (outcome.value, outcome.vacuous) == (True, vacuous)
    assert explained(source, datasets=datasets).vacuous is vacuous


def test_only_what_is_true_is_vacuous() -> None:
    for source in ("datasets.all(d, d.ok) && false", "datasets.exists(d, d.ok)", "datasets.all(d, d.ok) && x"):
        outcome = compile(source, DECLARATIONS).evaluate_traced({"datasets": []})
        assert not outcome.vacuous
        assert outcome.value is not True


def test_a_vacuous_result_shows_what_was_empty() -> None:
    assert deciding(explained("datasets.all(d, d.ok)", datasets=[])) == [
        "datasets is [], expected has 'at least one element'"
    ]
