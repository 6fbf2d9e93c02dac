"""A small law about ladders, whole on one screen, with an amendment, a route, a transitional case and gaps in its cases."""

from datetime import UTC, datetime
from pathlib import Path

from lexaudit.graph.manifest import read_graph
from lexaudit.policy import read_policy
from lexaudit.remedy import Scene

AT = datetime(2026, 11, 24, tzinfo=UTC)

PACK = """\
pack: ladders
version: 1.0.0
language: 1
title: Ladder Act
jurisdiction: EU
effective: {from: 2026-01-01}
instruments:
  - {id: act, title: Ladder Act, short: Ladder Act, celex: 32026R0001, consolidated: 2026-01-01}
"""

OBLIGATIONS = """\
- id: lad-1
  instrument: act
  provision: Art. 1
  kind: obligation
  summary: Inspect the ladder.
  holder: [provider]
  applies_from: [{date: 2026-01-01, when: all}]
  until: 2027-06-30
  amended_by: Regulation 2027/9
- id: lad-2
  instrument: act
  provision: Art. 2
  kind: obligation
  summary: Brace a tall ladder.
  holder: [provider]
  applies_from: [{date: 2027-01-01, when: tall}]
  penalty: fine
"""

DATES = """\
routes:
  - {when: tall, that: system.tall, cite: Ladder Act Art. 3}
transitional:
  - {id: libraries, cite: Ladder Act Art. 4, routes: [tall], that: system.library, from: 2028-01-01}
penalties: {fine: up to EUR 100 (Art. 5)}
"""

FACTS = """\
- {fact: system.ladder, type: bool, question: Is it a ladder?, who: provider}
- {fact: system.library, type: bool, question: Does it stand in a library?, who: provider}
- {fact: system.height, type: int, question: How many metres high is it?, who: provider}
- {fact: system.material, type: string, choices: [wood, metal], question: What is it made of?, who: provider}
- {fact: system.inspected, type: bool, question: Has it been inspected?, who: provider}
- fact: system.tall
  type: bool
  derive:
    - {when: system.height > 3, value: true, because: it is higher than three metres}
    - {otherwise: true, value: false, because: it is three metres high or less}
"""

RULES = """\
- rule: ladder-not-inspected
  title: The ladder is inspected
  obligations: [lad-1]
  subject: system
  severity: high
  form: recorded
  applies: system.ladder
  not_applicable: it is no ladder
  expects:
    - say: it has been inspected, or it is low and of metal
      that: system.inspected || (system.height < 2 && system.material == "metal")
  remedy: Have it inspected.
- rule: tall-ladder-not-braced
  title: A tall ladder is braced
  obligations: [lad-2]
  subject: system
  severity: medium
  form: attested
  applies: system.ladder && system.tall
  not_applicable: it is no ladder, or not a tall one
  expects:
    - say: somebody has seen the brace
      attest: Is the ladder braced?
      who: provider
      answer: yes
  remedy: Brace it.
  why: Tall ladders fall.
"""

CASES = """\
- case: inspected
  manifest: {systems: {s: {facts: {ladder: true, height: 2, inspected: true}}}}
  expect:
    - {rule: ladder-not-inspected, subject: system/s, outcome: met, in_force_from: 2026-01-01}
- case: not inspected, and not low
  manifest: {systems: {s: {facts: {ladder: true, height: 2, material: metal, inspected: false}}}}
  expect:
    - {rule: ladder-not-inspected, subject: system/s, outcome: not_met}
- case: the last day of Article 1
  as_of: 2027-06-30
  manifest: {systems: {s: {facts: {ladder: true, height: 2, material: metal, inspected: false}}}}
  expect:
    - {rule: ladder-not-inspected, subject: system/s, outcome: not_met}
- case: the day after
  as_of: 2027-07-01
  manifest: {systems: {s: {facts: {ladder: true, height: 2, material: metal, inspected: false}}}}
  expect:
    - rule: ladder-not-inspected
      subject: system/s
      outcome: not_applicable
      reason: Ladder Act Art. 1 applied until 2027-06-30, amended by Regulation 2027/9
- case: a tall ladder that nobody has looked at
  manifest: {systems: {s: {facts: {ladder: true, height: 4, library: false}}}}
  expect:
    - {fact: system.tall, subject: system/s, value: true, because: higher than three metres}
    - rule: tall-ladder-not-braced
      subject: system/s
      outcome: not_determined
      upcoming: true
      in_force_from: 2027-01-01
- case: a tall ladder in a library
  manifest: {systems: {s: {facts: {ladder: true, height: 4, library: true}}}}
  expect:
    - {rule: tall-ladder-not-braced, subject: system/s, outcome: not_determined, in_force_from: 2028-01-01}
- case: a low ladder
  manifest: {systems: {s: {facts: {ladder: true, height: 3, library: false}}}}
  expect:
    - {rule: tall-ladder-not-braced, subject: system/s, outcome: not_applicable}
"""

MANIFEST = """\
lexaudit: 1
namespace: n
title: Two ladders
systems:
  long:
    facts: {ladder: true, height: 4, library: false, inspected: true}
  short:
    facts: {ladder: true, height: 2, library: false, inspected: false, material: wood}
"""

POLICY = """\
policy: 1
name: ours
packs: [{id: ladders, path: ladders}]
"""


def write_pack(folder: Path, *, changes: dict[str, tuple[str, str]] | None = None) -> Path:
    """The pack in a folder; `changes` replaces a text by another in the file named."""
    files = {
        "pack.yaml": PACK,
        "obligations.yaml": OBLIGATIONS,
        "dates.yaml": DATES,
        "facts/ladders.yaml": FACTS,
        "rules/ladders.yaml": RULES,
        "tests/ladders.yaml": CASES,
    }
    for name, (before, after) in (changes or {}).items():
        assert files[name].count(before) >= 1, (name, before)
        files[name] = files[name].replace(before, after)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def write_system(folder: Path) -> Path:
    """The pack, a policy that chooses it by its path, and a manifest that it judges."""
    write_pack(folder / "ladders")
    (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
    (folder / "lexaudit.yaml").write_text(MANIFEST, encoding="utf-8")
    return folder


def scene(folder: Path, facts: str, more: str = "") -> Scene:
    """A ladder of which these facts are stated."""
    if not (folder / "ladders").exists():
        write_pack(folder / "ladders")
        (folder / "policy.yaml").write_text("policy: 1\nname: l\npacks: [{id: ladders, path: ladders}]\n", "utf-8")
    manifest = folder / "lexaudit.yaml"
    manifest.write_text(f"lexaudit: 1\nnamespace: n\nsystems:\n  s:\n    facts: {{{facts}}}\n{more}", "utf-8")
    return Scene(read_graph([manifest]), read_policy(folder / "policy.yaml"), {}, AT, AT.date())
