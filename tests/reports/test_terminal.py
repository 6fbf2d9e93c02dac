"""What the command line prints."""

from __future__ import annotations

import re

import pytest
from reports import sample_audit

from lexaudit.errors import InputError
from lexaudit_reports import terminal

BIAS = "eu_ai_act/bias-not-examined@model/vendor-score"


def test_summary(small, masked, expected):
    assert masked(terminal.summary(small), small) == expected("summary.txt")


def test_explanation(small, masked, expected):
    assert masked(terminal.explanation(small, BIAS), small) == expected("explanation.txt")


def test_evidence_show(small, masked, expected):
    fairness = next(piece["id"] for piece in small["evidence"] if piece["need"]["collector"] == "fairness")
    shown = terminal.evidence_show(small, fairness)
    assert masked(shown, small) == expected("evidence.txt")
    assert terminal.evidence_show(small, "E-" + fairness[7:13]) == shown
    assert terminal.evidence_show(small, fairness[7:12]) == shown


def test_evidence_list(compas, masked):
    assert masked(terminal.evidence_list(compas), compas) == (
        "6 pieces of evidence\n"
        "  E-<documents bias_examination>  documents v1   model/vendor-score · bias-not-examined\n"
        "  E-<documents data_protection_impact_assessment>  documents v1   processing/risk-assessment ·\n"
        "                             impact-assessment-missing\n"
        "  E-<documents risk_management>  documents v1   system/risk-support@2.0 ·\n"
        "                             risk-management-not-established\n"
        "  E-<documents instructions_for_use>  documents v1   system/risk-support@2.0 · instructions-missing\n"
        "  E-<fairness>  fairness v1    model/vendor-score · bias-not-examined\n"
        "  E-<robustness>  robustness v1  model/risk-net@1.0 · not-robust\n"
        "\n"
        "1 piece could not be had\n"
        "  ? fairness on model/risk-net@1.0\n"
        "    because   the column `race` is not in the test split\n"
        "    to do     declare a test split that carries the sensitive columns\n"
    )


def test_plan(small):
    assert terminal.plan_table(small["plan"][:1]) == (
        "1 measurement, about 2 s on two cores\n"
        "\n"
        "  fairness on model/vendor-score · 2 s\n"
        "    what      fairness of northgate/vendor-score\n"
        "    with      metrics: “false_positive_rate”, “false_negative_rate”; by: “race”,\n"
        "              “sex”; minimum_group: 30\n"
        "    asked by  eu_ai_act/bias-not-examined\n"
    )
    assert "already measured" in terminal.plan_table([{**small["plan"][0], "cached": True}])
    assert terminal.plan_table([]) == "nothing to measure: no rule asks for evidence about these subjects\n"


def test_nothing_judged_is_not_open():
    assert terminal.summary(sample_audit.many(0)).startswith(
        "Gate not determined: nothing was judged under eu_ai_act.\n"
    )


def test_colour_adds_nothing_and_changes_nothing(small):
    plain = terminal.summary(small)
    coloured = terminal.summary(small, colour=True)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


@pytest.mark.parametrize(
    "audit", [sample_audit.compas(), sample_audit.many(40), sample_audit.hostile()], ids=["compas", "many", "hostile"]
)
def test_every_line_fits_eighty_columns_and_carries_no_control_character(audit):
    pages = [terminal.summary(audit), terminal.evidence_list(audit), terminal.plan_table(audit["plan"])]
    pages += [terminal.explanation(audit, finding["id"]) for finding in audit["findings"]]
    pages += [terminal.evidence_show(audit, piece["id"]) for piece in audit["evidence"]]
    for page in pages:
        assert max(len(line) for line in page.splitlines()) <= 80
        assert all(line.isprintable() for line in page.splitlines())


def test_a_finding_that_is_not_there_is_said_with_the_nearest(small):
    with pytest.raises(InputError) as error:
        terminal.explanation(small, BIAS.replace("examined", "examind"))
    assert error.value.advice == f"did you mean `{BIAS}`?"


def test_evidence_that_is_not_there_is_said(small):
    with pytest.raises(InputError, match="no evidence `E-00` in this audit"):
        terminal.evidence_show(small, "E-00")
    with pytest.raises(InputError, match="no evidence"):
        terminal.evidence_show(small, "")
