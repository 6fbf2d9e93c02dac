"""A value stated of what a pack derives: held against what follows, never judged by."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tiny_pack import write_pack

from lexaudit.audit import gate_of
from lexaudit.evaluate.judge import judge
from lexaudit.finding import Finding, Severity
from lexaudit.graph.manifest import read_graph
from lexaudit.policy import read_policy

AT = datetime(2026, 11, 24, tzinfo=UTC)


def judged(folder: Path, facts: str) -> dict[str, Finding]:
    """The findings on a ladder of which these facts are stated."""
    write_pack(folder / "ladders")
    (folder / "policy.yaml").write_text("policy: 1\nname: Ladders\npacks: [{id: ladders, path: ladders}]\n", "utf-8")
    manifest = folder / "lexaudit.yaml"
    manifest.write_text(f"lexaudit: 1\nnamespace: n\nsystems:\n  s:\n    facts: {{{facts}}}\n", "utf-8")
    findings = judge(read_graph([manifest]), read_policy(folder / "policy.yaml"), {}, AT, AT.date()).findings
    return {finding.id: finding for finding in findings}


@pytest.mark.parametrize(
    ("facts", "outcome", "summary", "missing"),
    [
        ("height: 4, tall: true", "met", "True follows, because it is higher than three metres.", []),
        (
            "height: 4, tall: false",
            "not_met",
            "False is stated of system/s, but true follows, because it is higher than three metres.",
            [],
        ),
        (
            "tall: true",
            "not_determined",
            "Whether true follows cannot be said: not known: system/s.height.",
            ["system/s.height"],
        ),
    ],
)
def test_a_stated_value_is_held_against_what_follows(
    tmp_path: Path, facts: str, outcome: str, summary: str, missing: list[str]
):
    finding = judged(tmp_path, facts)["ladders/stated-system-tall@system/s"]
    assert (finding.outcome, finding.summary) == (outcome, summary)
    assert [item.path for item in finding.reasons[1].missing] == missing
    assert (finding.severity, finding.waiver, finding.upcoming) == (Severity.HIGH, None, False)


def test_what_follows_is_judged_by_and_what_is_stated_never(tmp_path: Path):
    findings = judged(tmp_path, "ladder: true, height: 2, tall: true, library: false")
    assert findings["ladders/tall-ladder-not-braced@system/s"].outcome == "not_applicable"


def test_a_contradiction_closes_the_gate_and_an_agreement_alone_does_not_open_it(tmp_path: Path):
    wrong = judged(tmp_path, "ladder: true, inspected: true, height: 4, tall: false, library: false").values()
    assert gate_of(list(wrong), ["ladders"], Severity.HIGH).closed_by == ("ladders/stated-system-tall@system/s",)
    alone = [
        finding for finding in judged(tmp_path, "height: 4, tall: true").values() if finding.rule.startswith("stated")
    ]
    gate = gate_of(alone, ["ladders"], Severity.HIGH)
    assert (gate.unjudged, gate.exit_code) == (("ladders",), 3)
