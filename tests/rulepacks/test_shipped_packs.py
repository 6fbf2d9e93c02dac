"""The packs that travel with lexaudit: their cases hold, and what they cite is what the catalogue of obligations says."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from lexaudit.cases import CasesResult, run_cases
from lexaudit.packs import Pack, load_pack, shipped_packs
from lexaudit.policy import read_policy
from lexaudit.register import read_register
from lexaudit.shipped import shipped

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT.parent / "shared" / "law"
OUTCOMES = {"met", "not_met", "not_applicable", "not_determined"}


@pytest.fixture(scope="module", params=[path.name for path in shipped_packs()])
def pack(request: pytest.FixtureRequest) -> Pack:
    return load_pack(shipped("rulepacks") / request.param)


@pytest.fixture(scope="module")
def result(pack: Pack) -> CasesResult:
    return run_cases(pack)


def test_every_case_comes_out_as_written(result: CasesResult):
    assert [difference.render() for difference in result.differences] == []
    assert result.cases > 0


def test_every_rule_has_a_case_for_each_outcome_it_can_have(result: CasesResult):
    outcomes = result.outcomes
    assert {rule: OUTCOMES - found for rule, found in outcomes.items() if OUTCOMES - found} == {}


def test_nothing_is_called_compliant(pack: Pack):
    for path in sorted(pack.folder.rglob("*")):
        if path.suffix in (".yaml", ".md"):
            lines = [line for line in path.read_text("utf-8").splitlines() if "compliant" in line.lower()]
            assert [line for line in lines if "never" not in line and "not print" not in line] == [], path.name


def catalogue(pack: Pack) -> dict[str, dict[str, Any]]:
    path = CATALOGUE / f"{pack.id}.yaml"
    if not path.is_file():
        pytest.skip(f"the catalogue of obligations is not beside this checkout ({path.name}); citations are not compared")
    return {entry["id"]: entry for entry in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)}


def test_provisions_kinds_holders_and_dates_are_those_of_the_catalogue(pack: Pack):
    entries = catalogue(pack)
    differences = []
    for obligation in pack.obligations.values():
        entry = entries.get(obligation.id)
        if entry is None:
            differences.append(f"{obligation.id} is not in the catalogue")
            continue
        ours = (
            f"{obligation.instrument.short} {obligation.provision}",
            obligation.kind,
            list(obligation.holder),
            [(day, when) for day, when in obligation.applies_from],
        )
        theirs = (
            entry["cite"],
            entry["kind"],
            entry["duty_holder"],
            [(date.fromisoformat(item["date"]), item["when"]) for item in entry["applies_from"]],
        )
        if ours != theirs:
            differences.append(f"{obligation.id}: {ours} is {theirs} in the catalogue")
        if bool(entry.get("penalty")) != bool(obligation.penalty):
            differences.append(f"{obligation.id}: its penalty is {entry.get('penalty')!r} in the catalogue")
    assert differences == []


@pytest.mark.parametrize("path", sorted(shipped("policies").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_policies_load(path: Path):
    assert read_policy(path).packs


def test_the_coverage_register_lists_the_whole_catalogue(pack: Pack):
    listed = {(entry.id, entry.cite, entry.kind, entry.holder) for entry in read_register(pack).entries}
    known = {(key, e["cite"], e["kind"], tuple(e["duty_holder"])) for key, e in catalogue(pack).items()}
    assert listed == known
