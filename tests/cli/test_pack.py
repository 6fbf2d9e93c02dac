"""What the commands about packs print, whole, on the law about ladders."""

import json
from pathlib import Path

import pytest
from cli.conftest import Command
from tiny_pack import write_pack

from lexaudit.cli.start import schema_of
from lexaudit.marked import read_marked
from lexaudit.packs import available_packs, load_pack
from lexaudit.policy import read_policy
from lexaudit.shipped import shipped

TESTED = """\
ladders: note: `ladder-not-inspected` has no case for not_determined
ladders: note: `tall-ladder-not-braced` has no case for met, not_met
pack:ladders/rules/ladders.yaml:7:12: rule `ladder-not-inspected`, applies
    `system.ladder` not seen false or unknown
pack:ladders/rules/ladders.yaml:11:13: rule `ladder-not-inspected`, expectation 1
    `system.inspected` not seen unknown
pack:ladders/rules/ladders.yaml:11:34: rule `ladder-not-inspected`, expectation 1
    `system.height < 2` not seen true or unknown
pack:ladders/rules/ladders.yaml:11:55: rule `ladder-not-inspected`, expectation 1
    `system.material == "metal"` not seen true, false or unknown
pack:ladders/rules/ladders.yaml:19:12: rule `tall-ladder-not-braced`, applies
    `system.ladder` not seen false or unknown
pack:ladders/rules/ladders.yaml:19:29: rule `tall-ladder-not-braced`, applies
    `system.tall` not seen unknown
pack:ladders/facts/ladders.yaml:9:14: fact `system.tall`, branch 1
    `system.height > 3` not seen unknown
pack:ladders/dates.yaml:2:24: route `tall`
    `system.tall` not seen unknown
pack:ladders/dates.yaml:4:68: transitional `libraries`
    `system.library` not seen unknown
ladders 1.0.0: 7 cases, 8 expectations, 0 differences; condition coverage 48.1 % (13 of 27)
"""

DIFF = """\
ladders 1.0.0 → ladders 1.1.0
  pack changed: ladders
    version
      - 1.0.0
      + 1.1.0
  obligation changed: lad-2 (Ladder Act Art. 2)
    applies from
      - 2027-01-01 (tall)
      + 2026-06-01 (tall)

Two ladders: law of 2026-11-24
  2026-11-24  ladders/tall-ladder-not-braced@system/long
    comes into force, not determined
    Ladder Act Art. 2 applies from 2026-06-01 (Ladder Act Art. 3)
1 change in 1 of 1 system; nothing was measured
"""

PAGE = """\
# A tall ladder is braced

`ladders/tall-ladder-not-braced` · medium · attested · judged on each system · version 1.0.0, `rules/ladders.yaml` line 13

## Why

Tall ladders fall.

## Law

- **Ladder Act Art. 2** (obligation; owed by provider): Brace a tall ladder.
  Applies from 2027-01-01 (tall).
- Penalty under Art. 2: up to EUR 100 (Art. 5).

## Applies when

```cel
system.ladder && system.tall
```

Otherwise it is not applicable: it is no ladder, or not a tall one.

## Expects

1. somebody has seen the brace (attested)

   The provider is asked: “Is the ladder braced?” *yes* meets it.


## Remedy

Brace it.

## Examples

The pack has no case for this rule.

[All rules of Ladder Act](index.md)
"""

INDEX = """\
# Ladder Act

`ladders` 1.0.0, EU. 2 rules.

- Ladder Act (CELEX 32026R0001), read as consolidated on 2026-01-01

## Ladder Act

| provision | rules |
|---|---|
| Art. 1 | [The ladder is inspected](ladder-not-inspected.md) |
| Art. 2 | [A tall ladder is braced](tall-ladder-not-braced.md) |
"""


def test_the_cases_and_what_they_do_not_show(command: Command):
    assert command("pack test ladders --coverage") == (0, TESTED)


def test_too_little_coverage_fails(command: Command):
    code, printed = command("pack test ladders --min-coverage 50")
    assert code == 1
    assert "the condition coverage is under the 50 % asked for" in printed
    assert command("pack test ladders --min-coverage 48")[0] == 0


def test_the_mutation_score_has_its_denominator_and_its_seed(command: Command):
    assert "ladders: mutation score 82.6 %: 38 of 46 mistakes noticed\n" in command("pack test ladders --mutate")[1]
    drawn = command("pack test ladders --mutate --sample 5 --seed 3")[1]
    assert "of 5 mistakes noticed, drawn from 46 with seed 3\n" in drawn


def test_a_sample_without_mistakes_is_refused(command: Command):
    code, printed = command("pack test ladders --sample 5")
    assert (code, printed) == (2, "error: `--sample` and `--seed` go with `--mutate`\n  help: add --mutate\n")


def test_a_case_that_does_not_hold_shows_the_difference(command: Command, folder: Path):
    write_pack(folder / "ladders", changes={"tests/ladders.yaml": ("outcome: met,", "outcome: not_met,")})
    code, printed = command("pack test ladders")
    assert code == 1
    assert printed.startswith(
        "pack:ladders/tests/ladders.yaml:4:7: inspected\n"
        "    ladder-not-inspected on system/s\n"
        "    expected: not_met\n"
        "    got:      met: It has been inspected, or it is low and of metal.\n"
    )


def test_pages_are_written_whole_and_alike(command: Command, folder: Path):
    assert command("pack docs ladders --out one") == (0, "wrote 3 pages; begin with one/index.md\n")
    command("pack docs ladders --out two")
    pages = {path.name: path.read_text("utf-8") for path in (folder / "one").iterdir()}
    assert pages == {path.name: path.read_text("utf-8") for path in (folder / "two").iterdir()}
    assert pages["index.md"] == INDEX
    assert pages["tall-ladder-not-braced.md"] == PAGE
    shown = pages["ladder-not-inspected.md"].partition("## Examples\n\n")[2]
    assert shown.startswith("inspected: **met** for `system/s`\n\n```yaml\nmanifest:\n  systems:\n    s:\n")


def test_pages_are_not_written_over_something_else(command: Command):
    assert command("pack docs ladders --out ladders")[0] == 2


def test_a_new_pack_and_a_new_rule_load_hold_and_are_clean(command: Command):
    assert command("pack new ours")[0] == 0
    assert command("pack rule new ours decision-not-logged")[0] == 0
    assert command("pack rule new ours decision-not-kept --obligation decision-not-logged")[0] == 0
    code, printed = command("pack test ours --min-coverage 100")
    assert code == 0, printed
    assert printed == ("ours 0.1.0: 17 cases, 17 expectations, 0 differences; condition coverage 100.0 % (18 of 18)\n")
    assert command("pack lint ours") == (
        0,
        "ours 0.1.0: 3 rules, 6 facts, 2 obligations (0 that no rule rests on), 0 problems\n",
    )


@pytest.mark.parametrize(
    "line", ["pack new ladders", "pack rule new ladders Wrong", "pack rule new ladders ladder-not-inspected"]
)
def test_what_is_there_is_not_written_over(command: Command, folder: Path, line: str):
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    assert command(line)[0] == 2
    assert before == {path: path.read_bytes() for path in folder.rglob("*.yaml")}


def test_two_versions_of_a_pack_and_for_whom_they_differ(command: Command, folder: Path):
    later = {
        "pack.yaml": ("version: 1.0.0", "version: 1.1.0"),
        "obligations.yaml": ("date: 2027-01-01, when: tall", "date: 2026-06-01, when: tall"),
    }
    write_pack(folder / "later" / "ladders", changes=later)
    line = "pack diff ladders later/ladders --system . --at 2026-11-24"
    assert command(line) == (0, DIFF)
    value = json.loads(command(line + " --format json")[1])
    assert [(item["section"], item["how"], item["name"]) for item in value["pack"]] == [
        ("pack", "changed", "ladders"),
        ("obligation", "changed", "lad-2"),
    ]
    assert [change["finding"] for system in value["systems"] for change in system["changes"]] == [
        "ladders/tall-ladder-not-braced@system/long"
    ]


def test_the_same_version_says_the_same(command: Command):
    assert command("pack diff ladders ladders") == (0, "ladders 1.0.0 → ladders 1.0.0\n  the two say the same\n")


def test_a_rule_taken_out_is_no_longer_judged(command: Command, folder: Path):
    other = write_pack(folder / "less" / "ladders")
    rules = (other / "rules/ladders.yaml").read_text("utf-8")
    (other / "rules/ladders.yaml").write_text(rules[: rules.index("- rule: tall")], encoding="utf-8")
    printed = command("pack diff ladders less/ladders --system . --at 2026-11-24")[1]
    assert "  rule removed: tall-ladder-not-braced (Ladder Act Art. 2)\n" in printed
    assert "no longer judged; it was not determined, upcoming on 2027-01-01\n" in printed


def test_an_installed_distribution_offers_a_pack_without_being_run(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    site = tmp_path / "site"
    write_pack(site / "ladder_law", changes={"pack.yaml": ("pack: ladders", "pack: ladder_law")})
    (site / "ladder_law/__init__.py").write_text("raise SystemExit('this was run')\n", encoding="utf-8")
    info = site / "ladder_law-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ladder-law\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[lexaudit.packs]\nladder_law = ladder_law\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    assert available_packs()["ladder_law"] == site / "ladder_law"
    assert "ladder_law   1.0.0      2 rules   law read as of 2026-01-01   Ladder Act\n" in command("pack list")[1]
    policy = tmp_path / "installed.yaml"
    policy.write_text("policy: 1\nname: ours\npacks: [{id: ladder_law}]\n", encoding="utf-8")
    assert read_policy(policy).packs[0].digest == load_pack(site / "ladder_law").digest


def _files() -> list[tuple[str, Path]]:
    found = [("policy", path) for path in sorted(shipped("policies").glob("*.yaml"))]
    for folder in sorted(shipped("rulepacks").iterdir()):
        for name in ("pack", "obligations", "dates", "thresholds", "coverage"):
            found += [(name, path) for path in folder.glob(f"{name}.yaml")]
        for name, kind in (("facts", "facts"), ("flows", "flows"), ("rules", "rules"), ("tests", "cases")):
            found += [(kind, path) for path in sorted(folder.glob(f"{name}/**/*.yaml"))]
    return found


def test_every_file_that_people_write_fits_its_schema():
    jsonschema = pytest.importorskip("jsonschema")
    files = _files()
    assert {kind for kind, _ in files} == {
        "policy", "pack", "obligations", "dates", "thresholds", "facts", "flows", "rules", "cases", "coverage",
    }  # fmt: skip
    validators = {kind: jsonschema.Draft202012Validator(schema_of(kind)) for kind, _ in files}
    wrong = []
    for kind, path in files:
        data = json.loads(json.dumps(read_marked(path).data, default=str))
        wrong += [f"{path.name}: {error.message}" for error in validators[kind].iter_errors(data)]
    assert wrong == []


def test_a_schema_refuses_what_the_loader_refuses():
    jsonschema = pytest.importorskip("jsonschema")
    for kind in (
        "policy",
        "pack",
        "obligations",
        "dates",
        "thresholds",
        "facts",
        "flows",
        "rules",
        "cases",
        "coverage",
    ):
        assert list(jsonschema.Draft202012Validator(schema_of(kind)).iter_errors({"no_such_field": 1})), kind
