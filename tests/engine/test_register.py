"""The coverage register: every entry of the catalogue, with what carries it, or why nothing does."""

from pathlib import Path
from typing import Any

import pytest
from tiny_pack import write_pack

REGISTER = """\
# by hand
catalogue:
  title: Duties of the Ladder Act
  status: 2026-11-23
  entries: 5
entries:
  - {id: lad-1, cite: Ladder Act Art. 1, kind: obligation, holder: [provider], rules: [ladder-not-inspected]}
  - {id: lad-2, cite: Ladder Act Art. 2, kind: obligation, holder: [provider], rules: [tall-ladder-not-braced]}
  - {id: lad-3, cite: Ladder Act Art. 3, kind: classification_rule, facts: [system.tall], dates: [tall]}
  - {id: lad-9, cite: Ladder Act Art. 9, kind: authority_action, reason: authority}
  - {id: lad-10, cite: "Ladder Act Annex I, point 1", kind: content_item, holder: [provider, importer], open: no rule yet}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = write_pack(tmp_path / "ladders")
    (folder / "coverage.yaml").write_text(REGISTER, "utf-8")
    return folder


def test_it_is_counted_by_article_with_denominators(lexaudit: Any, pack: Path):
    ran = lexaudit("pack", "coverage", pack)
    assert (
        ran.out
        == """\
ladders 1.0.0: 5 entries of the catalogue, status 2026-11-23
  2 of 3 duties are carried by a rule (66.7%); 1 of 5 entries are open

article                    entries  duties  by rule  by fact  reason  open
Art. 1                           1       1        1        0       0     0
Art. 2                           1       1        1        0       0     0
Art. 3                           1       0        0        1       0     0
Art. 9                           1       0        0        0       1     0
Annex I                          1       1        0        0       0     1
"""
    )
    assert ran.code == 1


def test_by_role_and_form(lexaudit: Any, pack: Path):
    assert lexaudit("pack", "coverage", pack, "--by", "role").out.splitlines()[3:] == [
        "role                       entries  duties  by rule  by fact  reason  open",
        "importer                         1       1        0        0       0     1",
        "nobody named                     2       0        0        1       1     0",
        "provider                         3       3        2        0       0     1",
        "(an entry with several roles stands under each)",
    ]
    forms = lexaudit("pack", "coverage", pack, "--by", "form").out.splitlines()[4:-1]
    assert [line.split()[0] for line in forms] == ["attested", "fact", "open", "reason", "recorded"]


def test_nothing_open_is_exit_code_0_and_every_entry_is_on_the_page(lexaudit: Any, pack: Path, tmp_path: Path):
    path = pack / "coverage.yaml"
    path.write_text(
        path.read_text("utf-8").replace("open: no rule yet", "reason: outside, why: nobody can see it"), "utf-8"
    )
    ran = lexaudit("pack", "coverage", pack, "--page", tmp_path / "page.md")
    assert ran.code == 0
    assert (
        (tmp_path / "page.md").read_text("utf-8")
        == """\
# Coverage of ladders 1.0.0

Duties of the Ladder Act, status 2026-11-23: 5 entries, of which 3 are duties (obligations, prohibitions, conditions, items of content). \
2 of 3 duties are carried by a rule; 0 of 5 entries are open. Being carried by a rule does not mean that a machine decides: a rule \
may ask a person.

## Art. 1

| provision | kind | carried by |
|---|---|---|
| Ladder Act Art. 1 (`lad-1`) | obligation | rule `ladder-not-inspected` (recorded) |

## Art. 2

| provision | kind | carried by |
|---|---|---|
| Ladder Act Art. 2 (`lad-2`) | obligation | rule `tall-ladder-not-braced` (attested) |

## Art. 3

| provision | kind | carried by |
|---|---|---|
| Ladder Act Art. 3 (`lad-3`) | classification_rule | fact `system.tall`, date `tall` |

## Art. 9

| provision | kind | carried by |
|---|---|---|
| Ladder Act Art. 9 (`lad-9`) | authority_action | nothing: a duty of authorities, notified bodies or the Commission |

## Annex I

| provision | kind | carried by |
|---|---|---|
| Ladder Act Annex I, point 1 (`lad-10`) | content_item | nothing: nobody can see it |
"""
    )


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("entries: 5", "entries: 6", "coverage.yaml:5:12: 5 entries are listed, but the catalogue has 6"),
        ("{id: lad-2,", "{id: lad-1,", "`lad-1` is listed twice"),
        (
            "rules: [ladder-not-inspected]",
            "open: nothing yet",
            "`lad-1` is carried by no rule here, and cited by ladder-not-inspected",
        ),
        ("[system.tall]", "[system.tal]", "unknown fact `system.tal`\n  help: did you mean `system.tall`?"),
        ("[tall]", "[tallest]", "unknown route or transitional case `tallest`"),
        ("reason: authority", "reason: authorty", "unknown reason `authorty`\n  help: did you mean `authority`?"),
        (", reason: authority", "", "`lad-9` must say what carries it, or why nothing does"),
        (
            "reason: authority",
            "reason: authority, open: later",
            "`lad-9` must say what carries it, or why nothing does",
        ),
        ("{id: lad-2,", "{id: lad-7,", "`lad-2` of the pack is not in the register"),
        (
            "kind: obligation",
            "knd: obligation",
            "coverage.yaml:7:42: unknown field `knd`\n  help: did you mean `kind`?",
        ),
    ],
)
def test_a_register_that_is_not_what_the_pack_is_is_refused(
    lexaudit: Any, pack: Path, before: str, after: str, message: str
):
    path = pack / "coverage.yaml"
    path.write_text(path.read_text("utf-8").replace(before, after, 1), "utf-8")
    ran = lexaudit("pack", "coverage", pack)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_update_writes_which_rules_cite_an_entry_and_nothing_else(lexaudit: Any, pack: Path):
    path = pack / "coverage.yaml"
    before = path.read_text("utf-8")
    path.write_text(
        before.replace("rules: [ladder-not-inspected]", "open: not yet").replace("lad-10, ", "lad-10, "), "utf-8"
    )
    ran = lexaudit("pack", "coverage", pack, "--update")
    assert ran.err == "1 entry changed\n"
    assert path.read_text("utf-8") == before


def test_a_pack_without_a_register_says_what_to_do(lexaudit: Any, pack: Path):
    (pack / "coverage.yaml").unlink()
    ran = lexaudit("pack", "coverage", pack)
    assert (ran.code, ran.err) == (
        2,
        "error: the pack `ladders` has no `coverage.yaml`\n"
        "  help: list every entry of its catalogue there, with the rule that carries it or the reason why none does\n",
    )
