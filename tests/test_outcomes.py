"""The tables on the page `how an outcome is reached` are what the engine does."""

import re
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from lexaudit.condition import BOOL, Declarations, ListType, RecordType, Unknown
from lexaudit.condition import compile as compile_condition
from lexaudit.evaluate.judge import _together
from lexaudit.finding import Outcome, Reason

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "outcomes.md").read_text("utf-8")
VALUES: dict[str, Any] = {"true": True, "false": False, "unknown": Unknown(frozenset({"x"}))}
DECLARED = Declarations({"a": BOOL, "b": BOOL, "xs": ListType(RecordType("x", {"ok": BOOL}))}, [])


def table(head: str) -> list[list[str]]:
    """The rows of the table whose first column is so headed, without its head's rule."""
    text = re.search(rf"^\| {re.escape(head)} \|.*?(?=^$)", PAGE, re.DOTALL | re.MULTILINE)[0]
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines()]
    rows = [[cell.strip(" *`").replace("\\", "") for cell in line] for line in lines]
    return [rows[0], *rows[2:]]


def word(source: str, data: dict[str, Any]) -> str:
    value = compile_condition(source, DECLARED, expect=BOOL).evaluate(data)
    return "unknown" if isinstance(value, Unknown) else str(value).lower()


@pytest.mark.parametrize(("head", "source"), [("`&&`", "a && b"), (r"`\|\|`", "a || b")])
def test_and_or(head: str, source: str):
    (_, *columns), *rows = table(head)
    assert [row[0] for row in rows] == columns == ["true", "false", "unknown"]
    assert {row[0]: row[1:] for row in rows} == {
        a: [word(source, {"a": VALUES[a], "b": VALUES[b]}) for b in columns] for a in VALUES
    }


def test_not():
    assert {row[0]: row[1] for row in table("`!`")[1:]} == {a: word("!a", {"a": VALUES[a]}) for a in VALUES}


def test_quantifiers_in_every_order():
    rows = table("elements")[1:]
    assert len(rows) == 7
    for elements, *expected in rows:
        given = [] if elements == "none" else elements.split(", ")
        for order in permutations(given):
            data = {"xs": [{"ok": VALUES[value]} for value in order]}
            assert [word(f"xs.{macro}(x, x.ok)", data) for macro in ("all", "exists")] == expected, order


def test_expectations_together_in_every_order():
    applies = Reason("it applies", Outcome.MET, "computed", "", "", [], (), (), (), "")
    for given, outcome in table("expectations")[1:]:
        for order in permutations(given.split(", ")):
            reasons = [
                Reason("so", Outcome(each.replace(" ", "_")), "computed", "", "", [], (), (), (), "") for each in order
            ]
            assert _together([applies, *reasons]) == outcome.replace(" ", "_"), order


def test_the_rule_decides_only_where_it_applies():
    for applies, outcome in table("`applies`")[1:]:
        decided = {"true": Outcome.MET, "false": Outcome.NOT_APPLICABLE, "unknown": Outcome.NOT_DETERMINED}[applies]
        first = Reason("it applies", decided, "computed", "", "", [], (), (), (), "")
        failing = Reason("so", Outcome.NOT_MET, "computed", "", "", [], (), (), (), "")
        found = _together([first, failing] if decided is Outcome.MET else [first])
        assert (
            (found is Outcome.NOT_MET) if outcome == "the expectations decide" else found == outcome.replace(" ", "_")
        )
