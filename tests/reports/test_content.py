"""What is said, before anything is printed."""

from __future__ import annotations

import pytest
from reports import sample_audit

from lexaudit.errors import InputError
from lexaudit_reports.content import content


def test_each_framework_is_said_in_counts_with_their_denominator(compas):
    assert {pack.id: (pack.verdict, pack.statements) for pack in content(compas).packs} == {
        "eu_ai_act": (
            "not determined: 1 of 3 in force",
            (
                "Of 3 findings that apply and are in force on 24 November 2026, the evidence supports 2 of 3 (met), does "
                "not support 0 of 3 (not met) and leaves 1 of 3 open (not determined).",
                "10 of 14 findings concern law that applies later, the first from 2 December 2027; judged as if it "
                "applied today, 2 of 10 are met, 6 of 10 not met and 2 of 10 not determined.",
                "1 of 14 findings does not apply; the reason stands with each.",
            ),
        ),
        "gdpr": (
            "not met: 2 of 6 in force; not determined: 1 of 6; 1 of 3 of these waived",
            (
                "Of 6 findings that apply and are in force on 24 November 2026, the evidence supports 3 of 6 (met), does "
                "not support 2 of 6 (not met) and leaves 1 of 6 open (not determined).",
                "1 of 3 findings not met or not determined lies under a waiver; a waiver accepts a risk and changes no "
                "outcome.",
                "1 of 7 findings does not apply; the reason stands with each.",
            ),
        ),
    }


@pytest.mark.parametrize(
    "audit",
    [
        sample_audit.compas(),
        sample_audit.compas(sample_audit.date(2027, 12, 3)),
        sample_audit.small(),
        sample_audit.many(0),
        sample_audit.many(1),
        sample_audit.many(400),
    ],
    ids=["compas", "later law", "small", "none", "one", "many"],
)
def test_the_tally_adds_up_to_the_counts_of_the_audit(audit):
    said, counts = content(audit), audit["counts"]
    tally = said.tally
    assert tally.met + tally.upcoming_met == counts["met"]
    assert tally.not_met + tally.upcoming_not_met == counts["not_met"]
    assert tally.not_determined + tally.upcoming_not_determined == counts["not_determined"]
    assert tally.not_applicable == counts["not_applicable"]
    assert tally.applicable + tally.upcoming + tally.not_applicable == tally.total == counts["total"]
    assert tally.met + tally.not_met + tally.not_determined == tally.applicable
    assert len(said.waived) == counts["waived"]
    assert sum(pack.tally.total for pack in said.packs) == counts["total"]
    assert [finding.number for finding in said.findings] == list(range(1, counts["total"] + 1))


def test_what_closes_the_gate_comes_first_and_what_does_not_apply_last(small):
    assert [(finding.id.partition("/")[2], finding.gate) for finding in content(small).findings] == [
        ("impact-assessment-missing@processing/risk-assessment", "closed"),
        ("crime-prediction-not-screened@system/risk-support@2.0", "undetermined"),
        ("offence-data-without-authority@processing/risk-assessment", "waived"),
        ("bias-not-examined@model/vendor-score", "upcoming"),
        ("social-scoring-not-screened@system/risk-support@2.0", ""),
        ("people-not-told@system/risk-support@2.0", ""),
    ]


def test_nothing_judged_is_said_so_and_never_as_met():
    said = content(sample_audit.many(0))
    assert said.status == "not determined"
    assert said.gate == "Gate not determined: nothing was judged under eu_ai_act."
    assert [(pack.verdict, pack.statements) for pack in said.packs] == [
        ("nothing was judged", ("No rule of this pack was judged for any subject. Nothing is concluded from that.",))
    ]


def test_a_question_is_asked_once_with_everything_it_would_settle(compas):
    assert [(question.who, question.paths, question.findings) for question in content(compas).questions] == [
        ("controller", ("processing:northgate/risk-assessment.article_9_condition",), (2,)),
        ("provider", ("answer to eu_ai_act/crime-prediction-not-screened",), (3,)),
    ]


def test_a_threshold_registered_after_the_measurement_is_shown_as_such():
    audit = sample_audit.small()
    audit["policy"]["thresholds"] = [{**audit["policy"]["thresholds"][0], "registered": "2026-11-25"}]
    assert content(audit).thresholds[0].registered == "25 November 2026, after the measurement it is compared with"
    audit["policy"]["thresholds"] = [{**audit["policy"]["thresholds"][0], "registered": "2026-11-24"}]
    assert content(audit).thresholds[0].registered == "24 November 2026"


def test_a_measurement_is_compared_with_the_limit_that_the_rule_names(compas):
    result = next(item for item in content(compas).results if item.collector == "fairness")
    [limit] = [each.limit for rates in result.rates for each in rates.comparisons if each.limit]
    assert (limit.text, limit.of, limit.outcome) == (
        "limit: at most 0.1 (fairness.error_rate_difference)",
        "false_positive_rate.difference",
        "not_met",
    )


def test_a_comparison_says_what_it_compared_even_where_the_engine_names_only_the_test():
    audit = sample_audit.small()
    bias = next(finding for finding in audit["findings"] if finding["rule"] == "bias-not-examined")
    test = bias["reasons"][1]["expression"]
    bias["reasons"][1]["observed"] = [{"text": test, "value": "false", "because": f"`{test}` is false"}]
    finding = content(audit).finding(bias["id"])
    assert [observed.said for observed in finding.expectations[1].observed] == [
        f"`{test}` is false",
        "`result.false_positive_rate.difference` is 0.302 (0.252 to 0.350), n = 3\u00a0824; the registered limit is at most 0.1",
    ]


def test_every_figure_is_where_it_says_in_the_evidence(compas):
    values = {piece["id"]: piece for piece in compas["evidence"]}
    figures = [figure for result in content(compas).results for figure in result.figures]
    assert len(figures) > 80
    for figure in figures:
        found = sample_audit.at_path(values[figure.evidence], figure.path)
        assert isinstance(found, int | float), figure
        assert float(figure.text.replace("\u00a0", "")) == pytest.approx(found, abs=0.0005), figure


def test_another_format_is_refused():
    with pytest.raises(InputError, match="not `lexaudit-audit/1`"):
        content({"format": "lexaudit-audit/2"})


def test_short_ids_of_evidence_grow_until_they_differ():
    from lexaudit_reports.register import labels_of

    assert labels_of(["sha256:aaaaaaaaaa11", "sha256:aaaaaaaaaa22"]) == {
        "sha256:aaaaaaaaaa11": "E-aaaaaaaaaa11",
        "sha256:aaaaaaaaaa22": "E-aaaaaaaaaa22",
    }
