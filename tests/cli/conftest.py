"""The commands about packs and dates, run in this process in a folder with the law about ladders."""

import contextlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from tiny_pack import write_system

from lexaudit.cli import main

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands run: `ladders/`, `policy.yaml` and `lexaudit.yaml`."""
    monkeypatch.chdir(write_system(tmp_path))
    return tmp_path


@pytest.fixture
def command(folder: Path) -> Command:
    """Run a command line: its exit code and all that it printed."""

    def run(line: str) -> tuple[int, str]:
        printed = io.StringIO()
        with (
            patch.dict(os.environ, {"LEXAUDIT_HOME": str(folder / "home")}),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            pytest.raises(SystemExit) as stopped,
        ):
            main(line.split())
        return int(stopped.value.code or 0), printed.getvalue()

    return run
