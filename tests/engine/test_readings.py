"""Where the law leaves room, a pack says how it reads it; an organisation may read otherwise, and every report says so."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tiny_pack import DATES, FACTS, OBLIGATIONS, PACK

from lexaudit.audit import Audit, run
from lexaudit.collect.gather import Gathered
from lexaudit.errors import LexauditError
from lexaudit.graph.manifest import read_graph
from lexaudit.packs import load_pack
from lexaudit.packs.difference import differences
from lexaudit.policy import read_policy
from lexaudit_reports.limitation import limitations_of

RULES = """\
- rule: ladder-not-braced
  title: Tall ladders are braced
  obligations: [lad-2]
  subject: system
  severity: high
  form: recorded
  applies: "true"
  not_applicable: never
  expects:
    - {say: the height is at most what the reading allows, that: system.height <= reading.metres}
  remedy: Brace it.
"""
READINGS = """\
readings:
  - id: metres
    statement: Tall begins at three metres.
    alternative: Tall begins at five metres.
    certainty: unsettled
    choices: [3, 5]
  - id: when
    statement: The duty waits for the classification.
    alternative: It has applied since the formal date.
    certainty: reasoned
    choices: [with_classification, formal_date]
  - {id: spelling, statement: A ladder has rungs., certainty: sure}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "pack/pack.yaml": PACK + READINGS,
        "pack/obligations.yaml": OBLIGATIONS.replace(
            "  penalty: fine\n", "  formally_from: 2026-06-01\n  penalty: fine\n"
        ),
        "pack/dates.yaml": DATES
        + "formally:\n  - {reading: when, take: formal_date, cite: Ladder Act Art. 9}\n"
        + "former:\n  - {until: 2026-02-28, amended_by: Regulation 2026/3, routes: {tall: 2026-05-01}}\n",
        "pack/facts/facts.yaml": FACTS,
        "pack/rules/rules.yaml": RULES,
        "policy.yaml": "policy: 1\nname: p\npacks: [{id: ladders, path: pack}]\n",
        "lexaudit.yaml": "lexaudit: 1\nnamespace: n\ntitle: T\nsystems: {s: {facts: {height: 4, library: false}}}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def audit(folder: Path, choice: str = "", as_of: date = date(2026, 11, 24)) -> Audit:
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text() + choice)
    graph = read_graph([folder / "lexaudit.yaml"])
    return run(graph, read_policy(policy), lambda plan: Gathered({}, {}), datetime(2026, 11, 24, tzinfo=UTC), as_of)


def started(done: Audit) -> tuple[str, date | None, str]:
    (finding,) = [each for each in done.findings if each.rule == "ladder-not-braced"]
    return str(finding.outcome), finding.in_force_from, finding.date_note


def test_the_default_is_the_first_choice(folder: Path) -> None:
    assert started(audit(folder)) == (
        "not_met", date(2027, 1, 1), "Ladder Act Art. 2 applies from 2027-01-01 (Ladder Act Art. 3)"
    )  # fmt: skip


def test_another_reading_of_a_number_and_of_a_date(folder: Path) -> None:
    chosen = (
        "readings:\n  metres: {take: 5, because: counsel says so}\n  when: {take: formal_date, because: to be safe}\n"
    )
    assert started(audit(folder, chosen)) == (
        "met", date(2026, 6, 1), "Ladder Act Art. 2 applies from 2026-06-01 (Ladder Act Art. 9; reading when: formal_date)"
    )  # fmt: skip


def test_before_an_amendment_the_dates_of_then(folder: Path) -> None:
    assert started(audit(folder, as_of=date(2026, 2, 28))) == (
        "not_met", date(2026, 5, 1),
        "Ladder Act Art. 2 applies from 2026-05-01 (as the law stood before Regulation 2026/3)",
    )  # fmt: skip
    assert started(audit(folder, as_of=date(2026, 3, 1)))[1] == date(2027, 1, 1)


def test_the_reading_is_among_the_limitations_with_the_other_and_the_reason(folder: Path) -> None:
    done = audit(folder, "readings:\n  metres: {take: 5, because: counsel says so}\n")
    plain = done.plain()
    assert plain["policy"]["readings"] == [{"id": "metres", "take": 5, "because": "counsel says so"}]
    said = {item.source: item.text for item in limitations_of(plain, [], []) if "reading" in item.source}
    assert said == {
        "pack ladders, reading metres": "The organisation takes another reading than the pack (5): Tall begins at five metres."
        " Its reason: counsel says so. The other reading: Tall begins at three metres. Certainty: unsettled.",
        "pack ladders, reading when": "The duty waits for the classification. The other reading: It has applied since the formal"
        " date. Certainty: reasoned.",
    }


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("readings:\n  meters: {take: 5, because: x}\n", "unknown reading to be chosen `meters`"),
        ("readings:\n  metres: {take: 4, because: x}\n", "unknown choice `4`"),
        ("readings:\n  spelling: {take: a, because: x}\n", "unknown reading to be chosen `spelling`"),
        ("readings:\n  metres: {take: 5}\n", "`because` is missing"),
    ],
)
def test_a_reading_that_there_is_not_is_refused_with_its_place(folder: Path, choice: str, message: str) -> None:
    with pytest.raises(LexauditError) as refused:
        audit(folder, choice)
    assert message in refused.value.render()
    assert "policy.yaml:5:" in refused.value.render()


def test_a_comparison_of_two_versions_shows_what_changed_of_readings_and_dates(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder / "pack", other)
    for name, before, after in (
        ("pack.yaml", "choices: [3, 5]", "choices: [5, 3]"),
        ("dates.yaml", "routes: {tall: 2026-05-01}", "routes: {tall: 2026-05-02}"),
        ("dates.yaml", "from: 2028-01-01}", "from: 2028-01-01, since: 2027-02-01}"),
        ("obligations.yaml", "formally_from: 2026-06-01", "formally_from: 2026-06-02"),
    ):
        text = (other / name).read_text()
        assert before in text
        (other / name).write_text(text.replace(before, after))
    found = differences(load_pack(folder / "pack"), load_pack(other))
    assert {(altered.name, field) for altered in found for field, _, _ in altered.fields} == {
        ("ladders", "reading metres"),
        ("ladders", "until 2026-02-28"),
        ("libraries", "law since"),
        ("lad-2", "formally from"),
    }
