"""What all collectors have in common."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lexaudit
import lexaudit_evidence
from lexaudit.collect import Collector
from lexaudit.collect.registry import COLLECTORS, collector
from lexaudit.graph import Kind

HEAVY = {"torch", "art", "sklearn", "scipy", "pandas", "fairlearn", "safetensors", "matplotlib"}


@pytest.mark.parametrize("name", COLLECTORS)
def test_each_in_the_list_is_there_under_its_name(name: str) -> None:
    found: Collector = collector(name)
    assert found.name == name
    assert found.version
    assert found.subjects
    assert found.subjects <= {str(kind) for kind in Kind}


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import lexaudit_evidence", HEAVY | {"numpy"}),
        ("import lexaudit_evidence.documents", HEAVY | {"numpy"}),
        ("import lexaudit_evidence.fairness", HEAVY),
        ("import lexaudit_evidence.robustness", HEAVY),
    ],
)
def test_nothing_heavy_is_imported(code: str, absent: set[str]) -> None:
    roots = {Path(str(module.__file__)).resolve().parent.parent for module in (lexaudit, lexaudit_evidence)}
    found = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sorted({absent!r} & set(sys.modules)))"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))},
    )  # fmt: skip
    assert found.stdout.split() == []
