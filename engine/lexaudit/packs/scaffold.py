"""Beginning a pack or a rule: files that load, with cases that hold, to be overwritten line by line."""

from __future__ import annotations

import re
from pathlib import Path

from lexaudit.errors import InputError, UsageError
from lexaudit.marked import unknown_word
from lexaudit.packs.load import load_pack
from lexaudit.packs.pack import Pack

FIRST_RULE = "first-duty-not-met"

_PACK = """\
# What the pack is. `lexaudit schema pack > pack.schema.json` lets an editor complete and check this file.
pack: {id}
version: 0.1.0
language: 1
title: {title}
jurisdiction: EU
effective: {{from: 2026-01-01}}
instruments:
  - id: act
    title: The full title of the act
    short: Act
    celex: 00000R0000
    consolidated: 2026-01-01      # the consolidated text that was read
limits:
  - What the pack does not establish; printed in every report.
"""

_OBLIGATION = """\
- id: {name}
  instrument: {instrument}
  provision: Art. 1
  kind: obligation
  summary: What the provision asks, in your own words, checked against its text.
  holder: [provider]
  applies_from:
    - {{date: 2026-01-01, when: all}}
"""

_FACTS = """\
# Questions that the rule `{name}` needs answered. A fact nobody has stated is unknown, never false.
- fact: system.{fact}_concerned
  type: bool
  question: Is the system one that the provision is about?
  help: Say here what the words of the provision mean, with an example.
  who: provider
- fact: system.{fact}_done
  type: bool
  question: Is what the provision asks done?
  who: provider
"""

_RULE = """\
rule: {name}
title: {title}
obligations: [{obligation}]
subject: system                   # one finding for each node of this kind
severity: medium                  # critical, high, medium or low
form: recorded                    # measured, recorded or attested: the strongest part it rests on
applies: system.{fact}_concerned
not_applicable: the provision is not about this system
expects:
  - say: what the provision asks is done
    that: system.{fact}_done
remedy: Say what a person should do when it is not.
why: >
  Say what goes wrong without it.
"""

_CASES = """\
- case: what is asked is done
  manifest: {{systems: {{s: {{facts: {{{fact}_concerned: true, {fact}_done: true}}}}}}}}
  expect:
    - {{rule: {name}, subject: system/s, outcome: met{dated}}}
- case: what is asked is not done
  manifest: {{systems: {{s: {{facts: {{{fact}_concerned: true, {fact}_done: false}}}}}}}}
  expect:
    - {{rule: {name}, subject: system/s, outcome: not_met}}
- case: nobody has said whether it is done
  manifest: {{systems: {{s: {{facts: {{{fact}_concerned: true}}}}}}}}
  expect:
    - {{rule: {name}, subject: system/s, outcome: not_determined, missing: [system/s.{fact}_done]}}
- case: nobody has said whether the provision is about the system
  manifest: {{systems: {{s: {{facts: {{{fact}_done: true}}}}}}}}
  expect:
    - {{rule: {name}, subject: system/s, outcome: not_determined, missing: [system/s.{fact}_concerned]}}
- case: the provision is not about the system
  manifest: {{systems: {{s: {{facts: {{{fact}_concerned: false}}}}}}}}
  expect:
    - {{rule: {name}, subject: system/s, outcome: not_applicable}}
"""

_BEFORE = """\
- case: the day before it applies
  as_of: 2025-12-31
  manifest: {{systems: {{s: {{facts: {{{fact}_concerned: true, {fact}_done: false}}}}}}}}
  expect:
    - {{rule: {name}, subject: system/s, outcome: not_met, upcoming: true}}
"""

_README = """\
# {title}

What law this is, which text was read, and what the pack does not decide.

    lexaudit pack test .
    lexaudit pack lint .
"""

_CHANGELOG = """\
# Changelog

A star marks a change after which an existing audit may come out differently.

## 0.1.0

- The first rules.
"""


def new_pack(folder: Path) -> list[Path]:
    """Write a pack with one rule into a folder that is new or empty. Raises `InputError` when it is not."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"`{folder}` exists already", advice="name a new folder; nothing was written")
    name = re.sub(r"[^a-z0-9_]+", "_", folder.resolve().name.lower()).strip("_0123456789") or "pack"
    title = name.replace("_", " ").capitalize()
    files = {
        "pack.yaml": _PACK.format(id=name, title=title),
        "obligations.yaml": _OBLIGATION.format(name=FIRST_RULE, instrument="act"),
        "dates.yaml": "routes: []\n",
        **_rule_files(FIRST_RULE, FIRST_RULE, dated=True),
        "README.md": _README.format(title=title),
        "CHANGELOG.md": _CHANGELOG,
    }
    return _write(folder, files)


def new_rule(pack: Pack, name: str, obligation: str | None = None) -> list[Path]:
    """Write a rule with its questions and cases into a pack.

    It rests on the obligation named, or on a new one at the end of `obligations.yaml`. Raises `UsageError` for a name
    that is taken or malformed; a pack that would not load afterwards is left as it was.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UsageError(
            f"`{name}` is not a name for a rule", advice="name the problem in lower case, such as `decision-not-logged`"
        )
    if name in {rule.id for rule in pack.rules}:
        raise UsageError(f"the pack has a rule `{name}` already", advice="choose another name")
    if obligation is not None and obligation not in pack.obligations:
        raise unknown_word("obligation", obligation, pack.obligations, None)
    if obligation is None and name in pack.obligations:
        raise UsageError(
            f"the pack has an obligation `{name}` already", advice=f"add --obligation {name} to rest on it"
        )
    files = _rule_files(name, obligation or name, dated=obligation is None)
    for relative in files:
        if (pack.folder / relative).exists():
            raise InputError(f"`{pack.folder / relative}` exists already", advice="choose another name")
    catalogue = pack.folder / "obligations.yaml"
    before = catalogue.read_text("utf-8")
    if obligation is None:
        entry = _OBLIGATION.format(name=name, instrument=pack.instruments[0].id)
        files = {"obligations.yaml": before.rstrip("\n") + "\n" + entry, **files}
    written = _write(pack.folder, files)
    try:
        load_pack(pack.folder)
    except InputError:
        for path in written:
            if path != catalogue:
                path.unlink()
        catalogue.write_text(before, encoding="utf-8")
        raise
    return written


def _rule_files(name: str, obligation: str, *, dated: bool) -> dict[str, str]:
    fact = name.replace("-", "_")
    fact = fact if fact[0].isalpha() else f"r_{fact}"
    title = name.replace("-", " ").capitalize()
    cases = _CASES.format(name=name, fact=fact, dated=", in_force_from: 2026-01-01" if dated else "")
    return {
        f"facts/{fact}.yaml": _FACTS.format(name=name, fact=fact),
        f"rules/{fact}.yaml": _RULE.format(name=name, title=title, obligation=obligation, fact=fact),
        f"tests/{fact}.yaml": cases + (_BEFORE.format(name=name, fact=fact) if dated else ""),
    }


def _write(folder: Path, files: dict[str, str]) -> list[Path]:
    try:
        for relative, text in files.items():
            path = folder / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot write into `{folder}`: {error.strerror}", advice="name a folder you may write to"
        ) from error
    return [folder / relative for relative in files]
