"""The command line run in this process, and one audit of the example that everything shares.

Evidence is content-addressed: with the same store nothing is measured twice, so that a test costs a second and not fifteen.
"""

import contextlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from lexaudit.cli import main

COMPAS = Path(__file__).resolve().parent.parent / "examples" / "compas"
AT = "2026-11-24T09:00:00Z"


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def audit(self) -> dict[str, Any]:
        """The audit printed with `--format json`."""
        import json

        return dict(json.loads(self.out))


Run = Callable[..., Ran]


@dataclass(frozen=True)
class Measured:
    """The example, audited once."""

    ran: Ran
    out: Path
    store: Path

    @property
    def audit(self) -> dict[str, Any]:
        """The sealed audit."""
        import json

        return dict(json.loads((self.out / "audit.json").read_bytes()))


def outcomes(audit: dict[str, Any]) -> dict[str, str]:
    """Each finding's outcome, by its id."""
    return {finding["id"]: finding["outcome"] for finding in audit["findings"]}


@pytest.fixture(scope="session")
def lexaudit(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command in this process, with keys of its own; a traceback is never printed, whatever happens."""
    home = tmp_path_factory.mktemp("home")

    def run(*arguments: object, **environment: str) -> Ran:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with (
            patch.dict(os.environ, {"LEXAUDIT_HOME": str(home), **environment}),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as stopped,
        ):
            main([str(argument) for argument in arguments])
        out.seek(0)
        ran = Ran(int(stopped.value.code or 0), out.read(), err.getvalue())
        assert "Traceback" not in ran.out + ran.err
        return ran

    return run


@pytest.fixture(scope="session")
def measured(lexaudit: Run, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """The example, audited and sealed once, with everything measured."""
    folder = tmp_path_factory.mktemp("example")
    ran = lexaudit("audit", COMPAS, "--at", AT, "--out", folder / "out", "--store", folder / "store")
    assert ran.code == 1, ran.err
    return Measured(ran, folder / "out", folder / "store")


@pytest.fixture(scope="session")
def gate(lexaudit: Run, measured: Measured) -> Run:
    """`gate` on some manifests with the evidence already measured, as JSON, at the time of the example."""

    def run(*arguments: object, at: str = AT) -> Ran:
        return lexaudit("gate", *arguments, "--at", at, "--store", measured.store, "--format", "json")

    return run
