"""What counts as seen: a part of a condition counts where the condition would have come out otherwise without it."""

from pathlib import Path

import pytest
from tiny_pack import write_pack

from lexaudit.cases import read_cases
from lexaudit.condition import BOOL, Declarations, ListType, RecordType, Unknown
from lexaudit.condition import compile as compile_condition
from lexaudit.coverage import measure_coverage, to_effect
from lexaudit.packs import load_pack

U = Unknown(frozenset({"missing"}))
DECLARED = Declarations({"a": BOOL, "b": BOOL, "xs": ListType(RecordType("x", {"ok": BOOL}))}, [])


@pytest.mark.parametrize(
    ("source", "data", "seen"),
    [
        ("a && b", {"a": True, "b": True}, {("a", "true"), ("b", "true")}),
        ("a && b", {"a": False, "b": True}, {("a", "false")}),
        ("a && b", {"a": False, "b": False}, set()),  # either overrules the other
        ("a && b", {"a": False, "b": U}, {("a", "false")}),
        ("a && b", {"a": True, "b": U}, {("a", "true"), ("b", "unknown")}),
        ("a || b", {"a": True, "b": False}, {("a", "true")}),
        ("a || b", {"a": False, "b": False}, {("a", "false"), ("b", "false")}),
        ("a || b", {"a": U, "b": U}, {("a", "unknown"), ("b", "unknown")}),
        ("!(a && b)", {"a": False, "b": True}, {("a", "false")}),
        ("a ? b : !b", {"a": True, "b": False}, {("a", "true"), ("b", "false")}),
        ("xs.all(x, x.ok)", {"xs": [{"ok": True}, {"ok": False}]}, {("x.ok", "false")}),
        ("xs.all(x, x.ok)", {"xs": [{"ok": False}, {"ok": False}]}, set()),
        ("xs.all(x, x.ok)", {"xs": [{"ok": True}, {"ok": True}]}, {("x.ok", "true")}),
        ("xs.exists(x, x.ok)", {"xs": []}, set()),
    ],
)
def test_a_part_counts_where_it_turns_the_condition(source: str, data: dict[str, object], seen: set[tuple[str, str]]):
    condition = compile_condition(source, DECLARED, expect=BOOL)
    assert {(span.of(source), state) for span, state in to_effect(condition.explain(data))} == seen


def test_every_part_of_a_pack_with_what_its_cases_show(tmp_path: Path):
    pack = load_pack(write_pack(tmp_path / "ladders"))
    coverage = measure_coverage(pack, read_cases(pack))
    assert [(part.where, part.text, sorted(part.seen)) for part in coverage.parts] == [
        ("rule `ladder-not-inspected`, applies", "system.ladder", ["true"]),
        ("rule `ladder-not-inspected`, expectation 1", "system.inspected", ["false", "true"]),
        ("rule `ladder-not-inspected`, expectation 1", "system.height < 2", ["false"]),
        ("rule `ladder-not-inspected`, expectation 1", 'system.material == "metal"', []),
        ("rule `tall-ladder-not-braced`, applies", "system.ladder", ["true"]),
        ("rule `tall-ladder-not-braced`, applies", "system.tall", ["false", "true"]),
        ("fact `system.tall`, branch 1", "system.height > 3", ["false", "true"]),
        ("route `tall`", "system.tall", ["false", "true"]),
        ("transitional `libraries`", "system.library", ["false", "true"]),
    ]
    assert (coverage.covered, coverage.asked) == (13, 27)


def test_nothing_to_cover_is_not_covered(tmp_path: Path):
    pack = load_pack(write_pack(tmp_path / "ladders"))
    assert measure_coverage(pack, []).percent == 0


def test_what_cannot_be_missing_is_not_asked_to_be_unknown(tmp_path: Path):
    changed = ("applies: system.ladder\n", 'applies: system.documents("other").exists(d, d.status == "approved")\n')
    pack = load_pack(write_pack(tmp_path / "ladders", changes={"rules/ladders.yaml": changed}))
    assert measure_coverage(pack, []).parts[0].asked == ("true", "false")
