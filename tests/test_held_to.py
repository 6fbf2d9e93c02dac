"""What lexaudit is held to, shown on the example: the gate, its waivers, its dates, and figures published by others."""

import json
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from conftest import AT, COMPAS, Measured, Run, outcomes

from lexaudit.collect.gather import Gathered, gather
from lexaudit.marked import read_marked
from lexaudit.packs import load_pack, shipped_packs

WAIVED = (COMPAS / "lexaudit.yaml", COMPAS / "answers.yaml", "--policy", COMPAS / "policy-waived.yaml")


def waivers() -> list[dict[str, Any]]:
    return read_marked(COMPAS / "policy-waived.yaml").data["waivers"]


# the gate -------------------------------------------------------------------------------------------------------------


def test_the_gate_is_closed_and_names_the_findings_that_close_it(lexaudit: Run, measured: Measured, gate: Run):
    ran = lexaudit("gate", COMPAS, "--at", AT, "--store", measured.store)
    assert ran.code == 1
    audit = gate(COMPAS).audit
    assert audit["gate"]["closed_by"]
    listed = ran.out.partition("Closing the gate")[2].partition("Not met, below")[0]
    assert [finding for finding in audit["gate"]["closed_by"] if f"x {finding}\n" not in listed] == []
    assert [finding for finding in audit["gate"]["undetermined"] if f"? {finding}\n" not in ran.out] == []
    assert f"Gate {audit['gate']['sentence']}" in " ".join(ran.out.split())


def test_what_closes_the_gate_is_grave_in_force_and_unwaived(gate: Run):
    audit = gate(COMPAS).audit
    grave = [f for f in audit["findings"] if f["severity"] in ("critical", "high") and not f["upcoming"]]
    assert all(f["waiver"] is None for f in grave)
    assert audit["gate"]["closed_by"] == [f["id"] for f in grave if f["outcome"] == "not_met"]
    assert audit["gate"]["undetermined"] == [f["id"] for f in grave if f["outcome"] == "not_determined"]


# waivers --------------------------------------------------------------------------------------------------------------


def test_with_waivers_the_gate_opens_and_every_waived_finding_is_still_shown(
    lexaudit: Run, measured: Measured, gate: Run
):
    ran = gate(*WAIVED)
    audit = ran.audit
    assert ran.code == 0, (audit["gate"]["closed_by"], audit["gate"]["undetermined"])
    lying = {f["id"]: f["waiver"]["id"] for f in audit["findings"] if f["waiver"]}
    assert sorted(lying) == sorted(audit["gate"]["waived"])
    assert sorted(lying.values()) == sorted(waiver["id"] for waiver in waivers())
    assert audit["counts"]["waived"] == len(waivers())
    assert {waiver["state"] for waiver in audit["policy"]["waivers"]} == {"in force"}
    printed = lexaudit("gate", *WAIVED, "--at", AT, "--store", measured.store)
    assert printed.code == 0
    missing = [name for pair in lying.items() for name in pair if name not in printed.out]
    assert missing == []


def test_a_waiver_changes_no_outcome(gate: Run):
    bare = gate(COMPAS / "lexaudit.yaml", COMPAS / "answers.yaml", "--policy", COMPAS / "policy.yaml").audit
    over = gate(*WAIVED).audit
    assert outcomes(over) == outcomes(bare)
    for one, other in zip(bare["findings"], over["findings"], strict=True):
        assert {**other, "waiver": None} == one


@pytest.mark.parametrize(
    ("day", "code", "state"),
    [
        ("2026-11-19", 1, "not yet in force"),
        ("2026-11-20", 0, "in force"),
        ("2027-03-31", 0, "in force"),
        ("2027-04-01", 1, "expired"),
    ],
)
def test_a_waiver_holds_from_its_first_day_to_its_last(gate: Run, day: str, code: int, state: str):
    ran = gate(*WAIVED, "--as-of", day)
    assert ran.code == code
    assert {waiver["state"] for waiver in ran.audit["policy"]["waivers"]} == {state}
    assert bool(ran.audit["gate"]["waived"]) is (code == 0)


def test_on_the_day_after_the_expiry_every_waived_finding_closes_the_gate_again(gate: Run):
    before, after = gate(*WAIVED, "--as-of", "2027-03-31").audit, gate(*WAIVED, "--as-of", "2027-04-01").audit
    assert sorted(before["gate"]["waived"]) == sorted(after["gate"]["closed_by"] + after["gate"]["undetermined"])


def test_every_waiver_is_asked_for_by_one_and_approved_by_another_and_ends():
    assert all(waiver["requester"] != waiver["approver"] for waiver in waivers())
    assert all(waiver["from"] < waiver["until"] == date(2027, 3, 31) for waiver in waivers())


def test_no_waiver_of_the_example_lies_on_a_prohibition():
    rules = {rule.name: rule for folder in shipped_packs() for rule in load_pack(folder).rules}
    assert [waiver["id"] for waiver in waivers() if not rules[waiver["rule"]].waivable] == []


def test_what_cannot_be_waived_is_settled_by_answers_and_only_that(gate: Run):
    plain = outcomes(gate(COMPAS).audit)
    answered = outcomes(
        gate(COMPAS / "lexaudit.yaml", COMPAS / "answers.yaml", "--policy", COMPAS / "policy.yaml").audit
    )
    assert {finding: answered[finding] for finding in plain if answered[finding] != plain[finding]} == {
        "eu_ai_act/crime-prediction-by-profiling-not-screened@system/risk-support@2.0": "met",
        "gdpr/criminal-data-without-authority@processing/development": "met",
    }
    assert answered.keys() == plain.keys()


# dates ----------------------------------------------------------------------------------------------------------------


def test_between_two_dates_of_law_nothing_changes_but_what_is_in_force(gate: Run):
    early, late = gate(COMPAS, "--as-of", "2026-11-01").audit, gate(COMPAS, "--as-of", "2027-12-03").audit
    changed = {
        one["id"]: {field for field in one if one[field] != other[field]}
        for one, other in zip(early["findings"], late["findings"], strict=True)
        if one != other
    }
    starting = {f["id"] for f in early["findings"] if "2026-11-01" < (f["in_force_from"] or "") <= "2027-12-03"}
    # the conditions that look at the date of law say which date they looked at; no outcome hangs on it
    assert {key for key, fields in changed.items() if "upcoming" in fields} == starting
    assert set().union(*changed.values()) == {"upcoming", "reasons"}
    for identity in (key for key, fields in changed.items() if "reasons" in fields):
        reasons = zip(*(find(audit, identity)["reasons"] for audit in (early, late)), strict=True)
        for one, other in ((one, other) for one, other in reasons if one != other):
            assert "audit.as_of" in one["expression"]
            assert one["outcome"] == other["outcome"]
    assert {f["in_force_from"] for f in early["findings"] if f["id"] in starting} == {"2026-12-02", "2027-12-02"}
    assert {key for key in early if early[key] != late[key]} == {"as_of", "counts", "findings", "gate", "id"}


def find(audit: dict[str, Any], identity: str) -> dict[str, Any]:
    return next(finding for finding in audit["findings"] if finding["id"] == identity)


def test_duties_for_annex_iii_systems_are_upcoming_and_then_in_force(gate: Run):
    early, late = gate(COMPAS, "--as-of", "2026-11-01").audit, gate(COMPAS, "--as-of", "2027-12-03").audit
    annex_iii = [f["id"] for f in early["findings"] if f["in_force_from"] == "2027-12-02"]
    assert "eu_ai_act/risk-management-not-established@system/risk-support@2.0" in annex_iii
    assert all(find(early, name)["upcoming"] and not find(late, name)["upcoming"] for name in annex_iii)
    failing = {name for name in early["gate"]["upcoming"] if find(early, name)["in_force_from"] == "2027-12-02"}
    assert failing
    assert failing.isdisjoint(early["gate"]["closed_by"] + early["gate"]["undetermined"])
    assert failing <= set(late["gate"]["closed_by"] + late["gate"]["undetermined"])
    assert late["gate"]["upcoming"] == []


@pytest.mark.parametrize("start", ["2026-12-02", "2027-12-02"])
def test_a_duty_is_upcoming_until_the_day_before_and_in_force_on_its_day(gate: Run, start: str):
    eve = (date.fromisoformat(start) - timedelta(days=1)).isoformat()
    before, on = gate(COMPAS, "--as-of", eve).audit, gate(COMPAS, "--as-of", start).audit
    turned = [
        b["id"] for b, o in zip(before["findings"], on["findings"], strict=True) if b["upcoming"] != o["upcoming"]
    ]
    assert turned == [f["id"] for f in on["findings"] if f["in_force_from"] == start]
    assert turned


def test_evidence_does_not_depend_on_the_date_of_law(gate: Run):
    early, late = gate(COMPAS, "--as-of", "2026-11-01").audit, gate(COMPAS, "--as-of", "2027-12-03").audit
    assert early["evidence"] == late["evidence"]
    assert early["plan"] == late["plan"]


# figures --------------------------------------------------------------------------------------------------------------


def test_the_published_error_rates_of_the_score_come_out_of_the_command_line(
    lexaudit: Run, tmp_path_factory: pytest.TempPathFactory
):
    """ProPublica, "How We Analyzed the COMPAS Recidivism Algorithm" (2016): the table for scores medium or high."""
    folder = tmp_path_factory.mktemp("unfiltered")
    ran = lexaudit(
        "audit",
        COMPAS / "unfiltered.yaml",
        *("--policy", COMPAS / "policy.yaml", "--at", AT, "--no-pdf"),
        *("--out", folder / "out", "--store", folder / "store"),
    )
    assert ran.code in (1, 3)
    audit = json.loads((folder / "out" / "audit.json").read_bytes())
    rates = {
        (metric, group["group"]): round(100 * group["estimate"], 2)
        for piece in audit["evidence"]
        if piece["need"]["collector"] == "fairness"
        for metric in ("false_positive_rate", "false_negative_rate")
        for group in piece["value"].get(metric, {}).get("groups", [])
    }
    assert {key: rate for key, rate in rates.items() if key[1] in ("African-American", "Caucasian")} == {
        ("false_positive_rate", "African-American"): 44.85,
        ("false_positive_rate", "Caucasian"): 23.45,
        ("false_negative_rate", "African-American"): 27.99,
        ("false_negative_rate", "Caucasian"): 47.72,
    }


# evidence -------------------------------------------------------------------------------------------------------------


def test_a_second_run_measures_nothing_and_seals_the_same_audit(lexaudit: Run, measured: Measured, tmp_path_factory):
    seen: list[tuple[Gathered, tuple[Any, ...]]] = []

    def watched(needs: Any, *arguments: Any, **options: Any) -> Gathered:
        gathered = gather(needs, *arguments, **options)
        seen.append((gathered, needs))
        return gathered

    folder = tmp_path_factory.mktemp("again")
    with patch("lexaudit.cli.judge.gather", watched):
        ran = lexaudit(
            *("audit", COMPAS, "--at", AT, "--no-pdf", "--no-measure"),
            *("--out", folder / "out", "--store", measured.store),
        )
    ((gathered, needs),) = seen
    collectors = {need.key: need.collector for need in needs}
    assert {"fairness", "robustness"} <= set(collectors.values())
    # documents are read each time, because what they say depends on the day
    assert {collectors[key] for key in gathered.measured} == {"documents"}
    assert ran.code == measured.ran.code
    assert (folder / "out" / "audit.json").read_bytes() == (measured.out / "audit.json").read_bytes()
