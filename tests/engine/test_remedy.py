"""What would change a finding: sets that really do, none of which can be smaller, cheapest first."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_pack import scene

from lexaudit.finding import Outcome
from lexaudit.remedy import Remedies, remedies, suppose

INSPECTED = "ladders/ladder-not-inspected@system/s"
BRACED = "ladders/tall-ladder-not-braced@system/s"


def told(found: Remedies) -> list[tuple[str, int, list[str]]]:
    return [(str(r.outcome), r.effort, [str(change) for change in r.changes]) for r in found.found]


def test_what_is_unknown_is_answered_either_way(tmp_path: Path):
    found = remedies(scene(tmp_path, "ladder: true, height: 4"), INSPECTED)
    assert told(found) == [
        ("not_met", 1, ["`system/s.inspected` is false"]),
        ("met", 1, ["`system/s.inspected` is true"]),
    ]
    assert found.whole


def test_several_answers_where_one_does_not_do(tmp_path: Path):
    found = remedies(scene(tmp_path, "ladder: true, inspected: false"), INSPECTED)
    assert told(found) == [
        ("not_met", 1, ["`system/s.height` is 2"]),
        ("not_met", 1, ["`system/s.height` is 3"]),
        ("not_met", 1, ["`system/s.height` is 4"]),
        ("not_met", 1, ["`system/s.material` is wood"]),
        ("met", 2, ["`system/s.height` is 0", "`system/s.material` is metal"]),
        ("met", 2, ["`system/s.height` is 1", "`system/s.material` is metal"]),
    ]


def test_what_is_known_and_fails_would_have_to_be_otherwise(tmp_path: Path):
    found = remedies(scene(tmp_path, "ladder: true, inspected: false, height: 4, material: metal"), INSPECTED)
    assert told(found) == [
        ("met", 5, ["if `system/s.height` were 0 (it is 4)"]),
        ("met", 5, ["if `system/s.height` were 1 (it is 4)"]),
        ("met", 5, ["if `system/s.inspected` were true (it is false)"]),
        ("not_applicable", 5, ["if `system/s.ladder` were false (it is true)"]),
    ]
    assert [change.was for change in found.found[2].changes] == ["false"]


def test_an_answer_that_a_named_role_has_to_give(tmp_path: Path):
    found = remedies(scene(tmp_path, "ladder: true, height: 4, library: false"), BRACED)
    path = "answer to ladders/tall-ladder-not-braced for system/s"
    assert told(found) == [("not_met", 1, [f"`{path}` is no"]), ("met", 1, [f"`{path}` is yes"])]
    assert {change.who for remedy in found.found for change in remedy.changes} == {"provider"}


def test_a_derived_fact_is_changed_by_what_it_is_derived_from(tmp_path: Path):
    found = remedies(scene(tmp_path, "ladder: true, library: false"), BRACED)
    assert ("not_applicable", 1, ["`system/s.height` is 0"]) in told(found)
    assert not any("system/s.tall" in text for _, _, changes in told(found) for text in changes)


def test_what_is_met_needs_nothing(tmp_path: Path):
    assert remedies(scene(tmp_path, "ladder: true, inspected: true"), INSPECTED) == Remedies((), True, ())


def test_when_the_judgements_run_out_it_says_so(tmp_path: Path):
    found = remedies(scene(tmp_path, "ladder: true, inspected: false"), INSPECTED, budget=4)
    assert not found.whole
    with pytest.raises(KeyError):
        remedies(scene(tmp_path, "ladder: true"), "ladders/no-such-rule@system/s")


FACTS = {
    "ladder": st.sampled_from([None, "true", "false"]),
    "library": st.sampled_from([None, "true", "false"]),
    "inspected": st.sampled_from([None, "true", "false"]),
    "height": st.sampled_from([None, "1", "2", "3", "4"]),
    "material": st.sampled_from([None, "wood", "metal"]),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries(FACTS), st.sampled_from([INSPECTED, BRACED]))
def test_every_set_leads_where_it_says_and_no_part_of_it_does(tmp_path: Path, facts: dict[str, Any], name: str):
    text = ", ".join(f"{key}: {value}" for key, value in facts.items() if value is not None)
    start = scene(tmp_path, text)
    found = remedies(start, name)

    def outcome(changes: Any) -> Outcome:
        judge = suppose(start, changes).judge()
        return next(f.outcome for p, r, s in judge.pairs() if (f := judge.finding(p, r, s)).id == name)

    for remedy in found.found:
        assert outcome(remedy.changes) is remedy.outcome
        for size in range(len(remedy.changes)):
            assert all(outcome(part) is not remedy.outcome for part in combinations(remedy.changes, size))
    if outcome(()) is Outcome.NOT_DETERMINED:
        assert found.found, "something always decides it"
    assert [remedy.effort for remedy in found.found] == sorted(remedy.effort for remedy in found.found)
