"""Mistakes made in a small pack: which of them its cases notice, and that a new case notices one more."""

from pathlib import Path

import pytest
from tiny_pack import CASES, write_pack

from lexaudit.cases import read_cases
from lexaudit.mutation import MutationScore, mutants, score
from lexaudit.packs import Pack, load_pack

NEW_CASE = """\
- case: low and of wood
  manifest: {systems: {s: {facts: {ladder: true, height: 1, material: wood, inspected: false}}}}
  expect:
    - {rule: ladder-not-inspected, subject: system/s, outcome: not_met}
"""


def scored(pack: Pack, **options: int) -> MutationScore:
    return score(pack, read_cases(pack), lambda title, share, words: None, **options)


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return load_pack(write_pack(tmp_path / "ladders"))


def test_the_mistakes_that_no_case_notices(pack: Pack):
    result = scored(pack)
    assert [(mutant.where, mutant.what) for mutant in result.survivors] == [
        ("rule `ladder-not-inspected`, applies", "system.ladder → true"),
        (
            "rule `ladder-not-inspected`, expectation 1",
            'system.inspected || system.height < 2 && system.material == "metal" → system.inspected',
        ),
        (
            "rule `ladder-not-inspected`, expectation 1",
            'system.height < 2 && system.material == "metal" → system.height < 2',
        ),
        ("rule `ladder-not-inspected`, expectation 1", 'system.material == "metal" → system.material != "metal"'),
        ("rule `ladder-not-inspected`, expectation 1", '"metal" → "metal?"'),
        ("rule `tall-ladder-not-braced`, applies", "system.ladder && system.tall → system.tall"),
        ("route `tall`", "system.tall → true"),
        ("rule `tall-ladder-not-braced`, expectation 1", "answer yes → no"),
    ]
    assert (result.noticed, result.made, result.possible) == (38, 46, 46)


def test_a_case_more_notices_more(tmp_path: Path):
    pack = load_pack(write_pack(tmp_path / "ladders", changes={"tests/ladders.yaml": (CASES, CASES + NEW_CASE)}))
    told = {mutant.what for mutant in scored(pack).survivors}
    assert 'system.height < 2 && system.material == "metal" → system.height < 2' not in told
    assert 'system.material == "metal" → system.material != "metal"' not in told


def test_dates_ends_and_answers_are_tried_too(pack: Pack):
    told = {(mutant.where, mutant.what) for mutant in mutants(pack)}
    assert {
        ("rule `ladder-not-inspected`, dates", "Ladder Act Art. 1 applies from 2026-01-01 (all) → 2025-12-31"),
        ("rule `ladder-not-inspected`, dates", "Ladder Act Art. 1 until 2027-06-30 → 2027-07-01"),
        ("rule `tall-ladder-not-braced`, expectation 1", "answer yes → no"),
        ("transitional `libraries`", "from 2028-01-01 → 2028-01-02"),
        ("fact `system.tall`, branch 2", "gives `true`"),
        ("rule `ladder-not-inspected`, expectation 1", "system.height < 2 → system.height <= 2"),
    } <= told


def test_a_sample_is_drawn_by_its_seed(pack: Pack):
    drawn = [[mutant.what for mutant in scored(pack, sample=9, seed=seed).survivors] for seed in (1, 1, 5)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert (scored(pack, sample=9).made, scored(pack, sample=9).possible) == (9, 46)


def test_without_cases_nothing_is_noticed(pack: Pack):
    assert score(pack, [], lambda title, share, words: None).percent == 0


def test_a_case_that_does_not_hold_notices_nothing(tmp_path: Path):
    wrong = ("outcome: met, in_force_from", "outcome: not_met, in_force_from")
    pack = load_pack(write_pack(tmp_path / "ladders", changes={"tests/ladders.yaml": wrong}))
    only = [case for case in read_cases(pack) if case.said.case == "inspected"]
    assert score(pack, only, lambda title, share, words: None).noticed == 0


def test_the_name_of_a_flow_is_no_word_to_change(tmp_path: Path):
    flow = "- {flow: rot, title: rot, starts: {dataset: 'dataset.id != \"\"'}}\n"
    change = ("applies: system.ladder\n", 'applies: system.ladder && !system.carries("rot")\n')
    folder = write_pack(tmp_path / "ladders", changes={"rules/ladders.yaml": change})
    (folder / "flows").mkdir()
    (folder / "flows" / "rot.yaml").write_text(flow)
    told = [mutant.what for mutant in mutants(load_pack(folder))]
    assert any("carries" in what for what in told)
    assert not any("rot?" in what for what in told)
