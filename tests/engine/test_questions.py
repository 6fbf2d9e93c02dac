"""What to ask: only what can still change an outcome, what decides most first, each once."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_pack import scene

from lexaudit.finding import Outcome
from lexaudit.questions import Standing, Way, open_questions, still_matters, typed_answer, way_to_decided
from lexaudit.remedy import compared, stating, suppose, suppose_answer


def asked(standing: Standing) -> list[tuple[str, int, int]]:
    return [(question.path, len(question.waiting), question.deciding) for question in open_questions(standing)]


def test_what_decides_whether_rules_apply_is_asked_first(tmp_path: Path):
    assert asked(Standing.of(scene(tmp_path, ""))) == [("system/s.ladder", 2, 2), ("system/s.height", 1, 1)]


def test_what_can_no_longer_matter_is_not_asked(tmp_path: Path):
    assert asked(Standing.of(scene(tmp_path, "ladder: false"))) == []
    # height is asked for both rules, and once
    assert asked(Standing.of(scene(tmp_path, "ladder: true, inspected: false"))) == [
        ("system/s.height", 2, 1),
        ("system/s.material", 1, 0),
    ]
    assert asked(Standing.of(scene(tmp_path, "ladder: true, inspected: true, height: 2"))) == []


def test_a_question_knows_who_may_answer_and_where_the_answer_belongs(tmp_path: Path):
    (first, *_) = open_questions(Standing.of(scene(tmp_path, "ladder: true, inspected: true, height: 4")))
    assert first.plain() == {
        "path": "answer to ladders/tall-ladder-not-braced for system/s",
        "question": "Is the ladder braced?",
        "help": "Tall ladders fall.",
        "who": "provider",
        "type": "yes or no",
        "choices": ["yes", "no"],
        "cite": ["Ladder Act Art. 2"],
        "waiting": ["ladders/tall-ladder-not-braced@system/s"],
        "documents": [],
    }
    assert first.place == ("attestations", "ladders/tall-ladder-not-braced", "system/s", "")


@pytest.mark.parametrize(
    ("type_", "choices", "text", "value"),
    [
        ("bool", (), " Yes ", True), ("bool", (), "false", False), ("bool", (), "maybe", ValueError("answer yes or no")),
        ("yes or no", (), "n", "no"), ("int", (), "-3", -3), ("int", (), "3.5", ValueError("a whole number is expected, such as 12")),
        ("number", (), "0.5", 0.5), ("number", (), "half", ValueError("a number is expected, such as 0.05")),
        ("date", (), "2026-02-30", ValueError("a date is expected, such as 2026-11-24")),
        ("string", ("wood", "metal"), "metal", "metal"),
        ("string", ("wood", "metal"), "metl", ValueError("`metl` is none of wood, metal; did you mean metal?")),
        ("strings", (), "none", []), ("strings", ("DE", "FR"), "DE, FR", ["DE", "FR"]),
        ("strings", ("DE", "FR"), "DE, XX", ValueError("`XX` is none of DE, FR")),
    ],
)  # fmt: skip
def test_answers_are_read_by_their_type(type_: str, choices: tuple[str, ...], text: str, value: Any):
    if isinstance(value, ValueError):
        with pytest.raises(ValueError, match=str(value)):
            typed_answer(type_, choices, text)
    else:
        assert typed_answer(type_, choices, text) == value


# the shortest way to decided --------------------------------------------------------------------------------------------


def told(way: Way) -> tuple[str, list[tuple[str, str, list[str]]]]:
    return way.sentence, [(s.what, s.path, [name.partition("/")[2] for name in s.decides]) for s in way.steps]


def test_the_way_to_decided_says_what_is_decided_whatever_is_answered(tmp_path: Path):
    assert told(way_to_decided(Standing.of(scene(tmp_path, "ladder: true, inspected: false, material: metal")))) == (
        "answer 2 questions: 2 of 2 undetermined obligations are decided",
        [
            ("answer", "system/s.height", ["ladder-not-inspected@system/s"]),
            (
                "answer",
                "answer to ladders/tall-ladder-not-braced for system/s",
                ["tall-ladder-not-braced@system/s"],
            ),
        ],
    )
    assert way_to_decided(Standing.of(scene(tmp_path, "ladder: false"))).sentence == "nothing is undetermined"


FACTS = {
    "ladder": st.sampled_from([None, "true", "false"]),
    "inspected": st.sampled_from([None, "true", "false"]),
    "height": st.sampled_from([None, "1", "4"]),
    "material": st.sampled_from([None, "wood", "metal"]),
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries(FACTS), st.randoms(use_true_random=False))
def test_what_is_counted_as_decided_is_decided_by_any_answers(tmp_path: Path, facts: dict[str, Any], random: Any):
    text = ", ".join(f"{key}: {value}" for key, value in facts.items() if value is not None)
    standing = Standing.of(scene(tmp_path, text))
    way = way_to_decided(standing)
    assert {name for step in way.steps for name in step.decides} == set(way.open)
    values = compared(standing.scene.policy.packs)
    supposed = standing.scene
    for step in way.steps:
        derivations = supposed.judge().derivations
        changes = list(stating(supposed, step.path, "", derivations, values))
        if step.path.startswith("answer to "):
            rule = standing.rules["ladders/tall-ladder-not-braced"]
            subject = next(iter(supposed.graph.nodes))
            changes = [suppose_answer(step.path, rule.name, subject, None, a, rule.expects[0]) for a in ("yes", "no")]
        supposed = suppose(supposed, [random.choice(changes)])
    judge = supposed.judge()
    outcomes = {judge.finding(*pair).outcome for pair in judge.pairs()}
    assert Outcome.NOT_DETERMINED not in outcomes


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries(FACTS))
def test_every_question_still_matters(tmp_path: Path, facts: dict[str, Any]):
    text = ", ".join(f"{key}: {value}" for key, value in facts.items() if value is not None)
    standing = Standing.of(scene(tmp_path, text))
    assert all(still_matters(standing, question) for question in open_questions(standing))
