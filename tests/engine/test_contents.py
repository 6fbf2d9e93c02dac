"""The contents of one document, item by item: each a line of the finding with its own provision, from one look at the document."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_pack import DATES, FACTS, OBLIGATIONS, PACK

from lexaudit.cases import run_cases
from lexaudit.errors import LexauditError
from lexaudit.packs import load_pack

RULES = """\
- rule: ladder-file-incomplete
  title: The file of the ladder is complete
  obligations: [lad-1, lad-2]
  subject: system
  severity: high
  form: recorded
  applies: system.ladder
  not_applicable: it is no ladder
  expects:
    - contents: technical_documentation
      say: a file is there, approved and current
      max_age_days: 365
      items:
        - {cite: lad-1, section: Inspection|Inspections, say: it tells of the inspections}
        - {cite: lad-2, field: braced_on, unless: "!system.tall", say: it tells when it was braced}
    - {cite: [lad-2], say: somebody has shaken it, attest: Did it hold?, who: [provider, deployer]}
  remedy: Complete it.
"""
CASES = """\
- case: an item that is lacking is a line of its own, and one that is not asked for is no line against it
  as_of: 2026-11-24
  manifest:
    systems:
      low: {facts: {ladder: true, height: 2}}
      high: {facts: {ladder: true, height: 9}}
      unknown: {facts: {ladder: true}}
    attestations:
      - {rule: ladders/ladder-file-incomplete, subject: system/low, answer: 'yes', by: A, role: deployer, 'on': 2026-11-01}
      - {rule: ladders/ladder-file-incomplete, subject: system/high, answer: 'yes', by: A, role: importer, 'on': 2026-11-01}
      - {rule: ladders/ladder-file-incomplete, subject: system/unknown, answer: 'yes', by: A, role: provider, 'on': 2026-11-01}
  evidence:
    - {collector: documents, subject: system/low, result: {found: true, current: true, missing_sections: [],
       missing_fields: [braced_on]}}
    - {collector: documents, subject: system/high, result: {found: true, current: true, missing_sections: [],
       missing_fields: [braced_on]}}
    - {collector: documents, subject: system/unknown, result: {found: true, current: true, missing_sections: [],
       missing_fields: [braced_on]}}
  expect:
    - {rule: ladder-file-incomplete, subject: system/low, outcome: met}
    - {rule: ladder-file-incomplete, subject: system/high, outcome: not_met, reason: it tells when it was braced}
    - {rule: ladder-file-incomplete, subject: system/high, missing: [answer to ladders/ladder-file-incomplete]}
    - {rule: ladder-file-incomplete, subject: system/unknown, outcome: not_determined, missing: [system/unknown.height]}
"""


def pack(folder: Path, rules: str = RULES) -> Path:
    for name, text in {
        "pack.yaml": PACK,
        "obligations.yaml": OBLIGATIONS,
        "dates.yaml": DATES,
        "facts/facts.yaml": FACTS,
        "rules/rules.yaml": rules,
        "tests/cases.yaml": CASES,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_each_item_is_an_expectation_with_its_provision_and_all_share_one_need(tmp_path: Path) -> None:
    (rule,) = load_pack(pack(tmp_path)).rules
    assert [(e.say, e.form, [cited.id for cited in e.cites]) for e in rule.expects] == [
        ("a file is there, approved and current", "recorded", []),
        ("it tells of the inspections", "recorded", ["lad-1"]),
        ("it tells when it was braced", "recorded", ["lad-2"]),
        ("somebody has shaken it", "attested", ["lad-2"]),
    ]
    asked = {
        "type": "technical_documentation",
        "sections": ["Inspection|Inspections"],
        "fields": ["braced_on"],
        "max_age_days": 365,
    }
    assert [dict(e.parameters) for e in rule.expects] == [asked, asked, asked, {}]
    assert rule.expects[3].who == "provider or deployer"


def test_the_outcomes(tmp_path: Path) -> None:
    result = run_cases(load_pack(pack(tmp_path)))
    assert [difference.render() for difference in result.differences] == []
    assert result.expectations == 4


@pytest.mark.parametrize(
    ("change", "message", "place"),
    [
        ({"cite: lad-1, section": "cite: lad-3, section"}, "unknown obligation of this rule `lad-3`", "rules.yaml:14:18"),
        ({"field: braced_on, ": ""}, "an item of `contents` is either a `section` or a `field`", "rules.yaml:15:11"),
        ({"!system.tall": "!system.tal"}, "`tal`", "rules.yaml:15:"),
        ({"technical_documentation": "technical_dokumentation"}, "unknown type of document `technical_dokumentation`", "rules.yaml:10:"),
        ({"      max_age_days: 365\n": "      that: 'true'\n"}, "none of `that`", "rules.yaml:10:"),
        ({"who: [provider, deployer]": "who: [provider, deployr]"}, "unknown role `deployr`", "rules.yaml:16:"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_place(change: dict[str, str], message: str, place: str, tmp_path: Path) -> None:
    rules = RULES
    for before, after in change.items():
        assert before in rules
        rules = rules.replace(before, after)
    with pytest.raises(LexauditError) as refused:
        load_pack(pack(tmp_path, rules))
    assert message in refused.value.render()
    assert place in refused.value.render()
