"""Cold starts: CPU seconds of a whole process, the least of several, and the ratio to named peers when they are installed.

    python benchmarks/cold_start.py

`lexaudit gate` is measured on the COMPAS example with its evidence already in the store.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "compas"
PEERS = {"checkov --version": ["checkov", "--version"], "custodian version": ["custodian", "version"]}


def cpu(command: list[str], runs: int = 5, **environment: str) -> float:
    """User and system seconds of the process and its children: the least of several runs."""
    least = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"{' '.join(command)} failed: {done.stderr.decode()}")
        least = min(least, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return least


def main() -> None:
    """Measure, and print a table."""
    lexaudit = [sys.executable, "-m", "lexaudit"]
    with tempfile.TemporaryDirectory() as folder:
        home = {"LEXAUDIT_HOME": folder}
        gate = [
            *lexaudit,
            "gate",
            str(EXAMPLE / "lexaudit.yaml"),
            "--policy",
            str(EXAMPLE / "policy.yaml"),
            "--store",
            f"{folder}/store",
        ]
        print("filling the store: measuring the example once …", file=sys.stderr)
        subprocess.run(gate, env={**os.environ, **home}, stdout=subprocess.DEVNULL, check=False)
        measured = {
            "python -c pass": cpu([sys.executable, "-c", "pass"]),
            "lexaudit --help": cpu([*lexaudit, "--help"]),
            "lexaudit gate, evidence cached": cpu(gate, **home),
        }
    for name, command in PEERS.items():
        if shutil.which(command[0]):
            measured[name] = cpu(command)
    print(f"{'command':<34}{'CPU s':>8}   times `lexaudit --help`")
    for name, seconds in measured.items():
        print(f"{name:<34}{seconds:>8.3f}   {seconds / measured['lexaudit --help']:>6.1f}")
    absent = [name for name, command in PEERS.items() if not shutil.which(command[0])]
    if absent:
        print("not installed here, so not measured: " + ", ".join(absent))


if __name__ == "__main__":
    main()
