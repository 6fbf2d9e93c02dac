"""Many systems in one run, and a whole estate at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_pack import write_system

LADDER = "lexaudit: 1\nnamespace: n\nsystems:\n  s:\n    facts: {ladder: true, height: 2, inspected: INSPECTED}\n"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """A folder of three systems under one policy: one inspected, one not, one of which nobody knows."""
    write_system(tmp_path)
    (tmp_path / "lexaudit.yaml").unlink()
    for name, inspected in (("good", "true"), ("bad", "false"), ("open", "")):
        folder = tmp_path / "systems" / name
        folder.mkdir(parents=True)
        text = LADDER.replace("INSPECTED", inspected) if inspected else LADDER.replace(", inspected: INSPECTED", "")
        (folder / "lexaudit.yaml").write_text(text, "utf-8")
    return tmp_path


def run(lexaudit: Any, estate: Path, command: str, *paths: str, options: tuple[object, ...] = ()) -> Any:
    systems = [estate / path for path in paths]
    common = ("--policy", estate / "policy.yaml", "--at", "2026-11-24", "--store", estate / "store")
    return lexaudit(command, *systems, *common, *options)


def test_a_folder_of_systems_is_judged_system_by_system(lexaudit: Any, estate: Path):
    ran = run(lexaudit, estate, "gate", "systems")
    assert (
        ran.out
        == """\
3 systems: 1 open, 1 closed, 1 not determined

          met  not met  not determined  n/a  gate
bad         0        1               0    1  closed
good        1        0               0    1  open
open        0        0               1    1  not determined
"""
    )
    assert ran.err == "1 of 3: bad\n2 of 3: good\n3 of 3: open\n"
    assert ran.code == 1


def test_each_gets_a_bundle_of_its_own(lexaudit: Any, estate: Path):
    ran = run(lexaudit, estate, "audit", "systems/good", "systems/open", options=("--no-pdf", "--out", estate / "out"))
    assert ran.code == 3
    assert sorted(path.name for path in (estate / "out").iterdir()) == ["good", "open"]
    for name in ("good", "open"):
        assert lexaudit("verify", estate / "out" / name).code == 0
        assert json.loads((estate / "out" / name / "audit.json").read_bytes())["counts"]["total"] == 2


def test_what_cannot_be_read_is_told_and_keeps_no_other_from_being_judged(lexaudit: Any, estate: Path):
    (estate / "systems" / "bad" / "lexaudit.yaml").write_text("lexaudit: 1\nnamespace: n\nsystms: {}\n", "utf-8")
    ran = run(lexaudit, estate, "gate", "systems", options=("--quiet",))
    assert ran.out.splitlines()[0] == "3 systems: 1 open, 1 not determined, 1 could not be judged"
    assert ran.out.splitlines()[3] == "bad                              not judged  none"
    assert ran.err == (
        f"error: bad: {estate}/systems/bad/lexaudit.yaml:3:1: unknown section `systms`\n  help: did you mean `systems`?\n"
    )
    assert ran.code == 2


def test_systems_of_the_same_name_are_told_apart(lexaudit: Any, estate: Path):
    (estate / "more").mkdir()
    (estate / "systems" / "good").rename(estate / "more" / "bad")
    ran = run(lexaudit, estate, "gate", "systems/bad", "more/bad", options=("--format", "json", "--quiet"))
    told = [(row["system"], row["exit_code"]) for row in json.loads(ran.out)["systems"]]
    assert told == [("systems-bad", 1), ("more-bad", 0)]


def test_sarif_has_a_run_for_each(lexaudit: Any, estate: Path):
    ran = run(lexaudit, estate, "gate", "systems", options=("--sarif", estate / "all.sarif", "--quiet"))
    log = json.loads((estate / "all.sarif").read_text("utf-8"))
    assert (ran.code, log["version"], len(log["runs"])) == (1, "2.1.0", 3)


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        (("systems", "policy.yaml"), (), "is a file beside 3 folders; which of them does it belong to?"),
        (("systems/bad", "systems/bad"), (), "a folder is named twice"),
        (("systems",), ("--format", "markdown"), "3 systems cannot be told as markdown"),
        (("systems",), ("--junit", "j.xml"), "--junit takes one system"),
    ],
)
def test_what_cannot_be_asked_of_many(
    lexaudit: Any, estate: Path, paths: tuple[str, ...], options: tuple[object, ...], message: str
):
    ran = run(lexaudit, estate, "gate", *paths, options=options)
    assert ran.code == 2
    assert message in ran.err
    assert not (estate / "store").exists()


# surveys --------------------------------------------------------------------------------------------------------------


def test_a_survey_tells_the_outcomes_by_rule_and_explains_the_gravest(lexaudit: Any, estate: Path):
    manifest = estate / "lexaudit.yaml"
    manifest.write_text(
        """\
lexaudit: 1
namespace: n
title: Ladders
systems:
  a: {facts: {ladder: true, height: 2, inspected: true}}
  b: {facts: {ladder: true, height: 2, inspected: false, material: wood}}
  c: {facts: {ladder: false}}
  d: {facts: {ladder: true, height: 4, library: false}}
""",
        "utf-8",
    )
    ran = run(lexaudit, estate, "survey", "lexaudit.yaml", options=("--top", 1, "--csv", estate / "open.csv"))
    assert (
        ran.out
        == """\
A gate would be closed: 1 finding at or above severity high not met, 1 not
determined.
Ladders · 4 nodes · 2 rules · law of 24 November 2026
A survey: nothing was measured, sealed or entered in the ledger.

  met                        1   12.5%
  not met                    1   12.5%
  not determined             2   25.0%
  not applicable             4   50.0%

Rules not met, or not known to be, under law in force or to come (2 of 2)
                                                not met  not known  applies to
  ladders/ladder-not-inspected                        1          1           3
  ladders/tall-ladder-not-braced                      0          1           1

The gravest of them

  x ladders/ladder-not-inspected@system/b
    Expected, but not so: it has been inspected, or it is low and of metal
    (`system.inspected` is false; `system.height` is 2 (expected < 2);
    `system.material` is wood (expected == metal)).
"""
    )
    assert (
        (estate / "open.csv").read_text("utf-8")
        == """\
rule,severity,subject,outcome,upcoming
ladders/ladder-not-inspected,high,system:n/b,not_met,false
ladders/ladder-not-inspected,high,system:n/d,not_determined,false
ladders/tall-ladder-not-braced,medium,system:n/d,not_determined,true
"""
    )
    assert ran.code == run(lexaudit, estate, "gate", "lexaudit.yaml").code == 1


@pytest.mark.parametrize("system", ["good", "bad", "open"])
def test_a_survey_comes_to_the_exit_code_of_the_gate(lexaudit: Any, estate: Path, system: str):
    codes = [run(lexaudit, estate, command, f"systems/{system}").code for command in ("survey", "gate")]
    assert codes == [{"good": 0, "bad": 1, "open": 3}[system]] * 2
