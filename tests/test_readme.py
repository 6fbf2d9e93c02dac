"""The README's first screen is copied from a real run, and stays so."""

import re
from pathlib import Path

import pytest

from lexaudit.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def block(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)\n```", README, re.DOTALL)[1]


def normal(text: str) -> list[str]:
    # the audit's id contains the digest of the engine's own source
    return re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", text).splitlines()


def test_the_rule_is_in_a_pack_word_for_word():
    assert any(block("yaml") in path.read_text("utf-8") for path in (ROOT / "rulepacks").glob("*/rules/*.yaml"))


def test_the_command_prints_what_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LEXAUDIT_HOME", str(tmp_path / "home"))
    command, shown = block("console").split("\n", 1)
    with pytest.raises(SystemExit) as stopped:
        main([*command.removeprefix("$ lexaudit ").split(), "--store", str(tmp_path / "store")])
    assert stopped.value.code == 1
    printed = normal(capsys.readouterr().out)
    for part in shown.split("\n…"):
        lines = normal(part.strip("\n"))
        assert lines in [printed[start : start + len(lines)] for start in range(len(printed))]


def test_the_two_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(f"\n{target}: " in makefile for target in ("demo", "test", "lint"))
