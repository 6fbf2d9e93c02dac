"""A survey comes to what judging comes to, rule by rule and subject by subject, and explains what it is asked for."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tiny_pack import write_system

from lexaudit import cases
from lexaudit.collect import Missing
from lexaudit.evaluate.judge import Collected, Judgement, judge
from lexaudit.evaluate.survey import survey
from lexaudit.finding import Outcome
from lexaudit.graph import Graph
from lexaudit.graph.manifest import read_graph
from lexaudit.packs import load_pack, shipped_packs
from lexaudit.plan import make_plan
from lexaudit.policy import Policy, default_policy, read_policy

COMPAS = Path(__file__).resolve().parents[2] / "examples" / "compas"
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def held(graph: Graph, policy: Policy, collected: Collected, at: datetime, as_of: date, **options: Any) -> Judgement:
    """A judgement, after a survey of the same was found to come to the same."""
    judgement = judge(graph, policy, collected, at, as_of, **options)
    found = survey(graph, policy, collected, at, as_of)
    surveyed = {
        (row.rule.name, subject.id): (code, upcoming)
        for row in found.rows
        for subject, code, upcoming in zip(row.subjects, row.outcomes.tolist(), row.upcoming.tolist(), strict=True)
    }
    judged = {
        key: (list(Outcome).index(known.finding.outcome), known.finding.upcoming)
        for key, known in judgement.memory.items()
    }
    applicable = {key for key, known in judgement.memory.items() if known.finding.outcome != "not_applicable"}
    assert {key: code for key, (code, _) in surveyed.items()} == {key: code for key, (code, _) in judged.items()}
    assert {key: surveyed[key] for key in applicable} == {key: judged[key] for key in applicable}
    return judgement


@pytest.mark.parametrize("folder", shipped_packs(), ids=lambda folder: folder.name)
def test_every_case_of_the_shipped_packs_comes_to_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cases, "judge", held)
    result = cases.run_cases(load_pack(folder))
    assert result.cases > 40
    assert result.differences == ()


def test_a_survey_counts_and_explains():
    graph, policy = read_graph([COMPAS / "lexaudit.yaml", COMPAS / "answers.yaml"]), default_policy()
    plan = make_plan(graph, policy, AT, AT.date())
    collected: Collected = {need.key: Missing(need, "not measured", "measure it") for need in plan.needs}
    judgement = held(graph, policy, collected, AT, AT.date())
    found = survey(graph, policy, collected, AT, AT.date())
    assert found.counts == {
        **dict.fromkeys(Outcome, 0),
        **Counter(known.finding.outcome for known in judgement.memory.values()),
    }
    for outcome in Outcome:
        for upcoming in (False, True):
            told = [
                known.finding
                for known in judgement.memory.values()
                if (known.finding.outcome, known.finding.upcoming) == (outcome, upcoming)
            ]
            if outcome is not Outcome.NOT_APPLICABLE:
                assert list(found.findings(outcome, upcoming=upcoming)) == told


def test_a_rule_is_tried_only_where_its_literal_equalities_leave_it_open(tmp_path: Path):
    system = write_system(tmp_path)
    (system / "lexaudit.yaml").write_text(
        """\
lexaudit: 1
namespace: n
systems:
  a: {facts: {ladder: true, inspected: true}}
  b: {facts: {ladder: false}}
  c: {}
""",
        "utf-8",
    )
    graph, policy = read_graph([system / "lexaudit.yaml"]), read_policy(system / "policy.yaml")
    row = survey(graph, policy, {}, AT, AT.date()).rows[0]
    assert row.rule.applies.literal_equalities == [("system.ladder", True)]
    assert (row.rule.id, row.tried) == ("ladder-not-inspected", 2)
    assert {outcome: [node.name for node in row.subjects_with(outcome)] for outcome in Outcome} == {
        Outcome.MET: ["a"],
        Outcome.NOT_MET: [],
        Outcome.NOT_APPLICABLE: ["b"],
        Outcome.NOT_DETERMINED: ["c"],
    }
