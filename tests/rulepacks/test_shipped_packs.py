"""The packs that travel with lexaudit: their cases hold, and what they cite is what the catalogue of obligations says."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from lexaudit.cases import Case, CasesResult, read_cases, run_cases
from lexaudit.coverage import measure_coverage
from lexaudit.packs import Pack, load_pack, shipped_packs
from lexaudit.policy import read_policy
from lexaudit.register import read_register, register_page
from lexaudit.shipped import shipped

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT.parent / "shared" / "law"
OUTCOMES = {"met", "not_met", "not_applicable", "not_determined"}


@pytest.fixture(scope="module", params=[path.name for path in shipped_packs()])
def pack(request: pytest.FixtureRequest) -> Pack:
    return load_pack(shipped("rulepacks") / request.param)


@pytest.fixture(scope="module")
def cases(pack: Pack) -> list[Case]:
    return read_cases(pack)


@pytest.fixture(scope="module")
def result(pack: Pack, cases: list[Case]) -> CasesResult:
    return run_cases(pack, cases)


def test_every_case_comes_out_as_written(result: CasesResult):
    assert [difference.render() for difference in result.differences] == []
    assert result.cases > 0


def test_every_rule_has_a_case_for_each_outcome_it_can_have(result: CasesResult):
    outcomes = result.outcomes
    assert {rule: OUTCOMES - found for rule, found in outcomes.items() if OUTCOMES - found} == {}


def test_every_rule_has_a_case_on_a_date_before_it_applies(pack: Pack, cases: list[Case]):
    upcoming = {expect.rule for case in cases for expect in case.said.expect if expect.upcoming is True}
    assert {rule.id for rule in pack.rules} - upcoming == set()


def test_condition_coverage(pack: Pack, cases: list[Case]):
    coverage = measure_coverage(pack, cases)
    assert coverage.percent >= 95, [part.text for part in coverage.parts if part.lacking]


def test_the_classification_has_at_least_150_whole_cases():
    files = [path for pack in shipped_packs() for path in (pack / "tests" / "classification").glob("*.yaml")]
    cases = [case for path in files for case in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)]
    assert len(cases) >= 150
    reasons = [case for case in cases if any("because" in e or "reason" in e or "missing" in e for e in case["expect"])]
    assert len(reasons) >= 150


ONE_OF_THEM_APPLIES = [
    {"registration-incomplete", "secure-registration-incomplete", "claim-registration-incomplete", "secure-claim-registration-incomplete"},
    {"use-registration-incomplete", "secure-use-registration-incomplete"},
]  # fmt: skip
"""Rules with the same question of which only one can apply to a subject."""


def test_nothing_is_asked_twice():
    asked: dict[tuple[str, str, tuple[str, ...]], set[str]] = {}
    for folder in shipped_packs():
        pack = load_pack(folder)
        for fact in pack.facts.values():
            if not fact.derived:
                question = " ".join(fact.question.split()).casefold()
                # a fact that both packs declare is one fact, answered once
                asked.setdefault((str(fact.kind), question, ()), set()).add(fact.path)
        for rule in pack.rules:
            for expectation in rule.expects:
                if expectation.question:
                    question = " ".join(expectation.question.split()).casefold()
                    asked.setdefault((str(rule.subject), question, expectation.roles), set()).add(rule.id)
    assert [where for where in asked.values() if len(where) > 1 and where not in ONE_OF_THEM_APPLIES] == []


def test_every_rule_that_asks_for_a_document_looks_at_what_it_says(pack: Pack):
    """Presence of a file is never evidence of its content: beside it stands a section, a field, a date or a person's word."""
    bare = []
    for rule in pack.rules:
        conditions = [e.condition.source for e in rule.expects if e.condition is not None]
        beyond = [
            source for source in conditions if source.strip() not in ("result.found && result.current", "result.found")
        ]
        if not beyond and not any(e.question for e in rule.expects):
            bare.append(rule.id)
    assert bare == []


def test_the_readme_of_a_pack_names_every_rule(pack: Pack):
    readme = (pack.folder / "README.md").read_text("utf-8")
    assert [rule.id for rule in pack.rules if f"`{rule.id}`" not in readme] == []
    assert f"\n{len(pack.rules)} rules. " in readme


def test_nothing_is_called_compliant(pack: Pack):
    for path in sorted(pack.folder.rglob("*")):
        if path.suffix in (".yaml", ".md"):
            lines = [line for line in path.read_text("utf-8").splitlines() if "compliant" in line.lower()]
            assert [line for line in lines if "never" not in line and "not print" not in line] == [], path.name


BEYOND_THE_CATALOGUE = {
    # a safety component of a Section A product that is high-risk by Annex III alone: Art. 113, point (c)(i)
    "aia-25-3-a": (date(2027, 12, 2), "annex_iii"),
    "aia-25-3-b": (date(2027, 12, 2), "annex_iii"),
}
"""Dates that the catalogue does not have, with the reason."""


def catalogue(pack: Pack) -> dict[str, dict[str, Any]]:
    path = CATALOGUE / f"{pack.id}.yaml"
    if not path.is_file():
        pytest.skip(
            f"the catalogue of obligations is not beside this checkout ({path.name}); citations are not compared"
        )
    return {entry["id"]: entry for entry in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)}


def test_provisions_kinds_holders_and_dates_are_those_of_the_catalogue(pack: Pack):
    entries = catalogue(pack)
    differences = []
    for obligation in pack.obligations.values():
        if obligation.version_of:
            # an earlier wording of an entry, which ended
            assert obligation.version_of in entries
            assert obligation.until is not None
            continue
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
        if obligation.id in BEYOND_THE_CATALOGUE:
            theirs[3].insert(0, BEYOND_THE_CATALOGUE[obligation.id])
        if ours != theirs:
            differences.append(f"{obligation.id}: {ours} is {theirs} in the catalogue")
        if bool(entry.get("penalty")) != bool(obligation.penalty):
            differences.append(f"{obligation.id}: its penalty is {entry.get('penalty')!r} in the catalogue")
    assert differences == []


@pytest.mark.parametrize("path", sorted(shipped("policies").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_policies_load(path: Path):
    assert read_policy(path).packs


def test_every_entry_of_the_catalogue_is_accounted_for(pack: Pack):
    register = read_register(pack)
    assert register.open == ()
    assert [entry.id for entry in register.entries if entry.binding and entry.state not in ("rule", "reason")] == []
    assert len(register.entries) == {"eu_ai_act": 701, "gdpr": 362}[pack.id]
    assert sum(entry.binding for entry in register.entries) == {"eu_ai_act": 469, "gdpr": 228}[pack.id]


def test_the_page_of_the_register_in_the_docs_is_what_it_says_now(pack: Pack):
    # `lexaudit pack coverage PACK --page docs/coverage/PACK.md` writes it
    assert (ROOT / "docs" / "coverage" / f"{pack.id}.md").read_text("utf-8") == register_page(read_register(pack))


def test_the_coverage_register_lists_the_whole_catalogue(pack: Pack):
    listed = {(entry.id, entry.cite, entry.kind, entry.holder) for entry in read_register(pack).entries}
    known = {(key, e["cite"], e["kind"], tuple(e["duty_holder"])) for key, e in catalogue(pack).items()}
    assert listed == known
