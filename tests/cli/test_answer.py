"""`answer`: questions in the terminal, answers in the manifest, nothing lost."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny_pack import write_pack

MANIFEST = """\
# The ladders of the library.
lexaudit: 1
namespace: n

systems:
  s:   # the long one
    title: The long ladder
    facts:
      # asked for in spring
      ladder: true
      inspected: false   # not since 2024
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pack(tmp_path / "ladders")
    (tmp_path / "policy.yaml").write_text("policy: 1\nname: l\npacks: [{id: ladders, path: ladders}]\n", "utf-8")
    (tmp_path / "lexaudit.yaml").write_text(MANIFEST, "utf-8")
    return tmp_path


def answered(lexaudit: Any, folder: Path, typed: str, monkeypatch: pytest.MonkeyPatch, *options: str) -> Any:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    by = () if "--by" in options else ("--by", "Jana Weber")
    return lexaudit("answer", folder, "--at", "2026-11-24", "--store", folder / "store", *by, *options)


def test_a_dialogue_from_the_first_question_to_the_last(lexaudit: Any, folder: Path, monkeypatch: pytest.MonkeyPatch):
    ran = answered(lexaudit, folder, "high\n4\n?\nyes\n", monkeypatch)
    assert (
        ran.out
        == f"""\

How many metres high is it?
  system/s.height
  provider · 2 findings wait on this; 2 open
a whole number: high
  a whole number is expected, such as 12
a whole number: 4

Is the ladder braced?
  answer to ladders/tall-ladder-not-braced for system/s
  provider · 1 finding waits on this; 1 open
yes or no: ?
  Tall ladders fall.
  At stake: Ladder Act Art. 2
  Waiting: ladders/tall-ladder-not-braced@system/s
yes or no: yes

2 answers written to {folder}/lexaudit.yaml; nothing is left to ask
"""
    )
    assert ran.code == 0
    assert (
        (folder / "lexaudit.yaml").read_text("utf-8")
        == MANIFEST
        + """\
      height:
        value: 4
        by: Jana Weber
        on: 2026-11-24
attestations:
  - rule: ladders/tall-ladder-not-braced
    subject: system/s
    answer: yes
    by: Jana Weber
    role: provider
    on: 2026-11-24
"""
    )


def test_what_is_skipped_stays_open_and_what_is_answered_is_kept_when_the_input_ends(
    lexaudit: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    ran = answered(lexaudit, folder, "\n", monkeypatch)
    assert ran.out.endswith(f"0 answers written to {folder}/lexaudit.yaml; 2 questions stay open\n")
    assert (ran.code, (folder / "lexaudit.yaml").read_text("utf-8")) == (3, MANIFEST)
    assert answered(lexaudit, folder, "1\n", monkeypatch).code == 3
    assert "value: 1" in (folder / "lexaudit.yaml").read_text("utf-8")


def test_answers_may_lie_beside_the_manifest(lexaudit: Any, folder: Path, monkeypatch: pytest.MonkeyPatch):
    ran = answered(lexaudit, folder, "3\nwood\n", monkeypatch, "--into", str(folder / "answers.yaml"))
    assert ran.code == 0
    assert (folder / "lexaudit.yaml").read_text("utf-8") == MANIFEST
    assert (
        (folder / "answers.yaml").read_text("utf-8")
        == """\
lexaudit: 1
namespace: n
systems:
  s:
    facts:
      height:
        value: 3
        by: Jana Weber
        on: 2026-11-24
"""
    )


def test_only_what_a_role_may_answer(lexaudit: Any, folder: Path, monkeypatch: pytest.MonkeyPatch):
    ran = answered(lexaudit, folder, "", monkeypatch, "--role", "deployer")
    assert (ran.code, ran.out) == (0, f"\n0 answers written to {folder}/lexaudit.yaml; nothing is left to ask\n")


def test_the_open_questions_are_listed_without_asking(lexaudit: Any, folder: Path):
    ran = lexaudit("answer", folder, "--list", "--at", "2026-11-24")
    assert (ran.code, ran.out) == (
        3,
        """\
2 open questions; how many findings wait on each:

  2 system/s.height (provider)
     How many metres high is it?

  1 system/s.material (provider)
     What is it made of?

answer them:  lexaudit answer SYSTEM --by NAME
""",
    )
    plain = json.loads(lexaudit("answer", folder, "--list", "--format", "json").out)
    assert [question["path"] for question in plain["questions"]] == ["system/s.height", "system/s.material"]


def test_answers_from_a_file(lexaudit: Any, folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "given.yaml").write_text(
        "system/s.height: {value: 1, by: Tom Krause, on: 2026-11-20, source: the label}\nsystem/s.material: metal\n",
        "utf-8",
    )
    ran = answered(lexaudit, folder, "", monkeypatch, "--from", str(folder / "given.yaml"))
    assert (ran.code, ran.out) == (0, f"2 answers written to {folder}/lexaudit.yaml\n")
    assert (
        (folder / "lexaudit.yaml").read_text("utf-8")
        == MANIFEST
        + """\
      height:
        value: 1
        by: Tom Krause
        on: 2026-11-20
        source: the label
      material:
        value: metal
        by: Jana Weber
        on: 2026-11-24
"""
    )


def test_all_that_is_wrong_with_a_file_is_said_at_once_and_nothing_written(
    lexaudit: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    given = folder / "given.yaml"
    given.write_text("system/s.hight: 1\nsystem/s.material: glass\nsystem/s.height: {by: me}\n", "utf-8")
    ran = answered(lexaudit, folder, "", monkeypatch, "--from", str(given))
    assert ran.code == 2
    for message in (
        f"{given}:1:1: unknown open question `system/s.hight`\n  help: did you mean `system/s.height`?",
        f"{given}:2:1: the answer to `system/s.material`: `glass` is none of wood, metal",
        f"{given}:3:1: the answer to `system/s.height` has no `value`",
    ):
        assert message in ran.err
    assert (folder / "lexaudit.yaml").read_text("utf-8") == MANIFEST


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--by", " "), "whose answers are these?"),
        (("--into", "policy.yaml/answers.yaml"), "cannot write `policy.yaml/answers.yaml`"),
        (("--from", "/nowhere/given.yaml"), "/nowhere/given.yaml"),
    ],
)
def test_wrong_use_is_told(
    lexaudit: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
):
    monkeypatch.chdir(folder)
    ran = answered(lexaudit, folder, "3\n", monkeypatch, *options)
    assert ran.code == 2
    assert message in ran.err


def test_an_answer_that_does_not_count_is_written_once_and_told(
    lexaudit: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    rules = folder / "ladders" / "rules" / "ladders.yaml"
    text = rules.read_text("utf-8").replace("answer: yes\n", "answer: yes\n      evidence: [contract]\n")
    rules.write_text(text, "utf-8")
    manifest = MANIFEST.replace("inspected: false ", "inspected: true ") + "      height: 4\n"
    more = "documents:\n  c: {type: contract, about: [system/s]}\n"
    (folder / "lexaudit.yaml").write_text(manifest + more, "utf-8")
    ran = answered(lexaudit, folder, "yes\n1\n", monkeypatch)
    assert (
        "  written, but it stays open: the answer of Jana Weber rests on document/c: document/c is a draft" in ran.out
    )
    assert ran.code == 3
    assert (folder / "lexaudit.yaml").read_text("utf-8").count("rule: ladders/tall-ladder-not-braced") == 1


def test_the_way_to_decided_in_the_terminal(lexaudit: Any, folder: Path):
    ran = lexaudit("plan", folder, "--remedy", "--at", "2026-11-24", "--store", folder / "store")
    assert (ran.code, ran.out) == (
        0,
        """\
Answer 3 questions: 2 of 2 undetermined obligations are decided.

  1. answer · system/s.height
     How many metres high is it?
     ask: provider

  2. answer · system/s.material
     What is it made of?
     ask: provider
     decides ladders/ladder-not-inspected@system/s

  3. answer · answer to ladders/tall-ladder-not-braced for system/s
     Is the ladder braced?
     ask: provider
     decides ladders/tall-ladder-not-braced@system/s
""",
    )
