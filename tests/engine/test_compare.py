"""A sealed audit read again is judged as it was; obligations end on the day they say."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tiny_pack import write_pack, write_system

from lexaudit.audit import Audit, run
from lexaudit.cases import run_cases
from lexaudit.collect import Missing
from lexaudit.collect.gather import Gathered
from lexaudit.compare import days_of_law, scene_of
from lexaudit.graph.manifest import read_graph
from lexaudit.packs import load_pack
from lexaudit.policy import read_policy

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "compas"


def audited(folder: Path, day: date) -> Audit:
    graph, policy = read_graph([folder / "lexaudit.yaml"]), read_policy(folder / "policy.yaml")
    nothing = lambda plan: Gathered({need.key: Missing(need, "not here") for need in plan.needs}, {})  # noqa: E731
    return run(graph, policy, nothing, AT, day)


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2027, 7, 1), date(2028, 9, 1)])
@pytest.mark.parametrize("example", [True, False])
def test_a_sealed_audit_read_again_says_the_same(tmp_path: Path, day: date, example: bool):
    folder = EXAMPLE if example else write_system(tmp_path)
    audit = audited(folder, day)
    packs = {pack.id: pack for pack in read_policy(folder / "policy.yaml").packs}
    scene = scene_of(audit.plain(), packs.__getitem__, "audit.json")
    assert scene.graph.digest == audit.graph.digest
    assert {name: (state.outcome, state.in_force_from) for name, state in scene.states(scene.policy, day).items()} == {
        finding.id: (finding.outcome, finding.in_force_from) for finding in audit.findings
    }


def test_the_days_on_which_the_law_may_change(tmp_path: Path):
    pack = load_pack(write_pack(tmp_path / "ladders"))
    assert sorted(days_of_law([pack])) == [date(2026, 1, 1), date(2027, 1, 1), date(2027, 7, 1), date(2028, 1, 1)]


def test_an_obligation_ends_after_its_last_day(tmp_path: Path):
    assert run_cases(load_pack(write_pack(tmp_path / "ladders"))).differences == ()


@pytest.mark.parametrize("other", ["until: 2027-06-29", "until: 2027-07-01"])
def test_the_cases_notice_another_last_day(tmp_path: Path, other: str):
    changed = {"obligations.yaml": ("until: 2027-06-30", other)}
    assert run_cases(load_pack(write_pack(tmp_path / "ladders", changes=changed))).differences != ()


def test_a_rule_with_an_obligation_left_still_applies(tmp_path: Path):
    changed = {
        "rules/ladders.yaml": ("obligations: [lad-1]", "obligations: [lad-1, lad-0]"),
        "obligations.yaml": (
            "- id: lad-1\n",
            "- {id: lad-0, instrument: act, provision: Art. 0, kind: obligation, summary: Look., holder: [provider],"
            " applies_from: [{date: 2026-01-01, when: all}]}\n- id: lad-1\n",
        ),
    }
    (difference,) = run_cases(load_pack(write_pack(tmp_path / "ladders", changes=changed))).differences[:1]
    assert (difference.case, difference.expected) == ("the day after", "not_applicable")
    assert difference.got.startswith("not_met: ")
