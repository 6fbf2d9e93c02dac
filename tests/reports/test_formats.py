"""Markdown, SARIF and JUnit: nothing that is not met or not determined can be taken for a pass."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
from reports import sample_audit

from lexaudit_reports import junit, markdown, sarif

EVERY = {
    "compas": sample_audit.compas(),
    "small": sample_audit.small(),
    "none": sample_audit.many(0),
    "many": sample_audit.many(40),
    "hostile": sample_audit.hostile(),
}


@pytest.fixture(params=EVERY, name="audit")
def _audit(request):
    return EVERY[request.param]


def test_markdown(small, masked, expected):
    assert masked(markdown.render(small), small) == expected("report.md")


def test_sarif(small, masked, expected):
    assert masked(sarif.render(small), small) == expected("findings.sarif")


def test_junit(small, masked, expected):
    assert masked(junit.render(small), small) == expected("junit.xml")


def test_sarif_fails_only_what_is_not_met_in_force(audit):
    [run] = json.loads(sarif.render(audit))["runs"]
    findings = {finding["id"]: finding for finding in audit["findings"]}
    assert {result["properties"]["finding"] for result in run["results"]} == set(findings)
    for result in run["results"]:
        finding = findings[result["properties"]["finding"]]
        open_ = finding["outcome"] in ("not_met", "not_determined")
        wanted = (
            "informational"
            if open_ and finding["upcoming"]
            else {"met": "pass", "not_met": "fail", "not_determined": "review", "not_applicable": "notApplicable"}[
                finding["outcome"]
            ]
        )
        assert result["kind"] == wanted
        assert (result["level"] == "none") == (wanted != "fail")
        assert ("suppressions" in result) == (finding["waiver"] is not None)
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        [place] = result["locations"]
        assert place["physicalLocation"]["region"]["startLine"] >= 1
        assert place["physicalLocation"]["artifactLocation"]["uri"].isascii()


def test_sarif_points_at_the_manifest():
    [run] = json.loads(sarif.render(EVERY["small"]))["runs"]
    places = {result["properties"]["finding"]: result["locations"][0]["physicalLocation"] for result in run["results"]}
    assert places["eu_ai_act/bias-not-examined@model/vendor-score"] == {
        "artifactLocation": {"uri": "lexaudit.yaml"},
        "region": {"startLine": 72, "startColumn": 3},
    }


def test_a_fingerprint_stays_the_same_when_a_place_or_an_outcome_changes():
    before, after = EVERY["small"], sample_audit.small()
    for finding in after["findings"]:
        finding["subject_place"], finding["summary"] = "elsewhere.yaml:1:1", "other"

    def fingerprints(audit):
        return {
            result["ruleId"]: result["partialFingerprints"]
            for result in json.loads(sarif.render(audit))["runs"][0]["results"]
        }

    assert fingerprints(before) == fingerprints(after)


def test_junit_counts_what_it_shows_and_passes_only_what_is_met(audit):
    root = ElementTree.fromstring(junit.render(audit).encode())
    cases = root.findall(".//testcase")
    assert int(root.get("tests")) == len(cases) == len(audit["findings"]) + 1
    for tag in ("failure", "error", "skipped"):
        plural = {"failure": "failures", "error": "errors", "skipped": "skipped"}[tag]
        assert int(root.get(plural)) == len(root.findall(f".//{tag}"))
    passed = [case for case in cases if len(case) == 0]
    assert len(passed) == audit["counts"]["met"] + (audit["gate"]["exit_code"] == 0)
    assert sum(case.find("failure") is not None or case.find("error") is not None for case in cases) >= (
        audit["gate"]["exit_code"] != 0
    )


def test_an_empty_audit_is_an_error_and_not_a_pass():
    root = ElementTree.fromstring(junit.render(sample_audit.many(0)).encode())
    assert [(case.get("name"), [child.tag for child in case]) for case in root.findall(".//testcase")] == [
        ("gate", ["error"])
    ]


def test_what_a_person_wrote_formats_nothing_in_markdown():
    text = markdown.render(EVERY["hostile"])
    assert all(line.isprintable() for line in text.splitlines())
    for line in text.splitlines():
        outside_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not re.search(r"(?<!\\)[<>\[\]`]", outside_code), line
