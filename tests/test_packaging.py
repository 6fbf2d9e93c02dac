"""The wheel carries everything, and an audit runs from it away from any checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = ["rulepacks", "policies", "reports/templates"]
HOME = {
    "rulepacks": "lexaudit/_shipped/rulepacks",
    "policies": "lexaudit/_shipped/policies",
    "reports/templates": "lexaudit/_shipped/templates",
}


def run(arguments: list[str], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)], folder
    )
    assert built.returncode == 0, built.stderr
    wheel = next(folder.glob("*.whl"))
    target = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def tracked(folder: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode or not listed.stdout.strip():
        return [str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.is_file()]
    return listed.stdout.split()


@pytest.mark.parametrize("folder", DATA)
def test_every_data_file_travels(installed: Path, folder: str):
    travelled = installed / HOME[folder]
    assert [name for name in tracked(folder) if not (travelled / Path(name).relative_to(folder)).is_file()] == []


def test_nothing_generic_lands_in_site_packages(installed: Path):
    names = sorted(path.name for path in installed.iterdir() if not path.name.endswith(".dist-info"))
    assert names == ["lexaudit", "lexaudit_evidence", "lexaudit_reports"]


def test_the_installed_engine_gives_the_same_bytes_as_the_checkout(installed: Path, tmp_path: Path):
    """Away from any checkout, on the same manifest and with the same time: `audit.json` byte for byte."""
    example = ROOT / "examples" / "compas"
    arguments = ["audit", "unfiltered.yaml", "--policy", "policy.yaml", "--at", "2026-11-24T09:00:00Z", "--no-pdf"]
    made = {}
    for name, where in (("checkout", f"{ROOT}/engine:{ROOT}/evidence:{ROOT}/reports"), ("wheel", str(installed))):
        out, store, home = tmp_path / name / "out", tmp_path / name / "store", tmp_path / name / "home"
        program = "import lexaudit.cli, sys; print(lexaudit.__file__, file=sys.stderr); lexaudit.cli.main()"
        done = run(
            [sys.executable, "-c", program, *arguments, "--out", str(out), "--store", str(store)],
            example,
            PYTHONPATH=where,
            LEXAUDIT_HOME=str(home),
        )
        assert done.returncode in (1, 3), done.stderr
        assert str(installed if name == "wheel" else ROOT / "engine") in done.stderr
        made[name] = (out / "audit.json").read_bytes()
    assert json.loads(made["wheel"])["engine"] == json.loads(made["checkout"])["engine"]
    assert made["wheel"] == made["checkout"]
