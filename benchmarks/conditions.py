"""Conditions against Google's C++ evaluator on the same work: one rule over a record and twenty plain dicts.

Run with `python benchmarks/conditions.py [--celpy PYTHON]`; `cel-python` is looked for in this interpreter or in the one given.
All times are CPU time of this process, the least of many runs, in
microseconds; the ratio is what counts. Both evaluators are compiled once and given fresh Python dicts, as a host has
them. Start-up is the CPU time of a new interpreter that imports, compiles and evaluates once.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from lexaudit.condition import (
    BOOL,
    STRING,
    Declarations,
    ListType,
    RecordType,
    compile,  # noqa: A004
)

SOURCE = 'system.risk == "high" && datasets.all(d, d.legal_basis != "" && d.bias_examined)'
DECLARATIONS = Declarations(
    {
        "system": RecordType("system", {"risk": STRING}),
        "datasets": ListType(RecordType("dataset", {"legal_basis": STRING, "bias_examined": BOOL})),
    }
)
START_UP = f"""
from lexaudit.condition import *
d = Declarations({{"system": RecordType("system", {{"risk": STRING}}), "datasets": DYN}})
compile({SOURCE!r}, d).evaluate({{"system": {{"risk": "low"}}, "datasets": []}})
"""


CELPY = f"""
import celpy, json, sys, time
datasets = [{{"legal_basis": "consent", "bias_examined": True}} for _ in range(20)]
fine = {{"system": {{"risk": "high"}}, "datasets": datasets}}
environment = celpy.Environment()
program = environment.program(environment.compile({SOURCE!r}))
assert program.evaluate(celpy.json_to_cel(fine))
least = float("inf")
for _ in range(10):
    start = time.process_time()
    for _ in range(10):
        program.evaluate(celpy.json_to_cel(fine))
    least = min(least, time.process_time() - start)
print(least / 10 * 1e6)
"""


def data(failing: int | None = None) -> dict[str, Any]:
    """Twenty datasets, one of them not examined when its position is given."""
    datasets = [{"legal_basis": "consent", "bias_examined": at != failing} for at in range(20)]
    return {"system": {"risk": "high"}, "datasets": datasets}


def microseconds(work: Callable[[], object], repeat: int = 500, runs: int = 30) -> float:
    """CPU time of one call, the least of many runs."""
    least = float("inf")
    for _ in range(runs):
        start = time.process_time()
        for _ in range(repeat):
            work()
        least = min(least, time.process_time() - start)
    return round(least / repeat * 1e6, 2)


def start_up(code: str, runs: int = 8) -> float:
    """CPU milliseconds of a new interpreter, the least of some runs."""
    least = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return round(least * 1e3, 1)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--celpy", default=sys.executable, metavar="PYTHON", help="a Python that has cel-python")
    chosen = parser.parse_args()
    condition = compile(SOURCE, DECLARATIONS)
    fine, failing = data(), data(failing=19)
    assert condition.evaluate(fine) is True
    assert condition.evaluate(failing) is False
    figures: dict[str, float | str] = {
        "evaluate_us": microseconds(lambda: condition.evaluate(fine)),
        "evaluate_traced_us": microseconds(lambda: condition.evaluate_traced(fine)),
        "explain_failing_us": microseconds(lambda: condition.explain(failing), 50),
        "explain_passing_us": microseconds(lambda: condition.explain(fine), 50),
        "compile_us": microseconds(lambda: compile(SOURCE, DECLARATIONS), 50),
        "hand_written_us": microseconds(
            lambda: (
                fine["system"]["risk"] == "high"
                and all(d["legal_basis"] != "" and d["bias_examined"] for d in fine["datasets"])
            )
        ),
        "start_up_ms": start_up(START_UP),
        "bare_interpreter_ms": start_up("pass"),
    }
    try:
        from cel_expr_python import cel
    except ImportError:
        figures["cel_expr_python"] = "not installed"
    else:
        environment = cel.NewEnv(variables={"system": cel.Type.DYN, "datasets": cel.Type.DYN})
        theirs = environment.compile(SOURCE)
        assert theirs.eval(data=fine).value() is True
        figures["cel_expr_python_us"] = microseconds(lambda: theirs.eval(data=fine).value())
        figures["times_faster"] = round(float(figures["cel_expr_python_us"]) / float(figures["evaluate_us"]), 2)
    asked = subprocess.run([chosen.celpy, "-c", CELPY], capture_output=True, text=True, check=False)
    if asked.returncode:
        figures["cel_python"] = "not installed"
    else:
        figures["cel_python_us"] = round(float(asked.stdout), 2)
        figures["times_faster_than_cel_python"] = round(float(asked.stdout) / float(figures["evaluate_us"]), 1)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
