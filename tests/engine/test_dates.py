"""From when an obligation applies: to models by their own date, wherever they are looked at from."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lexaudit.evaluate.judge import judge
from lexaudit.graph.manifest import read_graph
from lexaudit.policy import read_policy

PACK = {
    "pack.yaml": """\
pack: models
version: 1.0.0
language: 1
title: Model Act
jurisdiction: EU
effective: {from: 2025-01-01}
instruments:
  - {id: act, title: Model Act, short: Model Act, celex: 32025R0001, consolidated: 2025-01-01}
""",
    "obligations.yaml": """\
- id: mod-1
  instrument: act
  provision: Art. 1
  kind: obligation
  summary: Name the task of the model.
  holder: [provider]
  applies_from: [{date: 2025-08-02, when: new_model}, {date: 2027-08-02, when: old_model}]
""",
    "dates.yaml": """\
routes:
  - {when: new_model, subject: model, that: 'model.placed_on_market >= timestamp("2025-08-02T00:00:00Z")', cite: Model Act Art. 2}
  - {when: old_model, subject: model, that: 'model.placed_on_market < timestamp("2025-08-02T00:00:00Z")', cite: Model Act Art. 3}
""",
    "rules/rules.yaml": """\
- rule: task-not-named
  title: The task is named
  obligations: [mod-1]
  subject: SUBJECT
  severity: high
  form: recorded
  applies: "true"
  not_applicable: never
  expects: [{say: it has a name, that: SUBJECT.name != ""}]
  remedy: Name it.
""",
}

MANIFEST = """\
lexaudit: 1
namespace: here
models:
  m: {placed_on_market: PLACED}
systems:
  s: {components: [model/m]}
organisations:
  o: {roles: [{provider: model/m}]}
"""


@pytest.mark.parametrize("subject", ["model", "system", "organisation"])
@pytest.mark.parametrize(
    ("placed", "day", "note"),
    [
        ("2025-08-02", date(2025, 8, 2), "Model Act Art. 1 applies from 2025-08-02 (Model Act Art. 2)"),
        ("2025-08-01", date(2027, 8, 2), "Model Act Art. 1 applies from 2027-08-02 (Model Act Art. 3)"),
        (
            None,
            date(2025, 8, 2),
            "Model Act Art. 1 applies from 2025-08-02 (Model Act Art. 2); whether model/m is on this route is not determined",
        ),
    ],
)
def test_a_date_for_models_goes_by_the_model(tmp_path: Path, subject: str, placed: str | None, day: date, note: str):
    for name, text in PACK.items():
        path = tmp_path / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("SUBJECT", subject), "utf-8")
    manifest = tmp_path / "lexaudit.yaml"
    text = MANIFEST.replace("placed_on_market: PLACED", "") if placed is None else MANIFEST.replace("PLACED", placed)
    manifest.write_text(text, "utf-8")
    (tmp_path / "policy.yaml").write_text("policy: 1\nname: Models\npacks: [{id: models, path: models}]\n", "utf-8")
    policy = read_policy(tmp_path / "policy.yaml")
    at = datetime(2026, 11, 24, tzinfo=UTC)
    (finding,) = judge(read_graph([manifest]), policy, {}, at, at.date()).findings
    assert (finding.in_force_from, finding.date_note, finding.upcoming) == (day, note, day > at.date())
