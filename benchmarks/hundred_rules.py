"""A hundred rules over a thousand resources with exactly 6,168 violations, against named peers on the same work.

    python benchmarks/hundred_rules.py [--c7n PYTHON] [--opa OPA]

Each rule asks of every high-risk resource one control to be true, one metric to be over a limit, and all of its five datasets
to have a legal basis and a bias examination. The resources are generated with a fixed seed, and written as JSON. Every engine
runs as a process of its own, from reading the JSON to the number of violations; CPU seconds (user and system), the least of
five runs. A peer that is not there is said to be skipped: Cloud Custodian is looked for in this interpreter or in the one
given by --c7n, `opa` on the path or where --opa says.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RULES, RESOURCES, VIOLATIONS = 100, 1_000, 6_168

LEXAUDIT = """
import json, sys
from lexaudit.condition import BOOL, DOUBLE, STRING, Declarations, ListType, MapType, RecordType, compile

dataset = RecordType("dataset", {"legal_basis": STRING, "bias_examined": BOOL})
record = RecordType("resource", {
    "risk": STRING,
    "controls": MapType(STRING, BOOL),
    "metrics": MapType(STRING, DOUBLE),
    "datasets": ListType(dataset),
})
declared = Declarations({"r": record}, [])
found, rules = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
applies = compile('r.risk == "high"', declared, expect=BOOL)
high = [one for one, holds in zip(found, applies.evaluate_each({}, "r", found), strict=True) if holds is True]
count = 0
for rule in rules:
    condition = compile(
        f"r.controls.{rule['control']} && r.metrics.{rule['metric']} >= {rule['limit']!r} "
        '&& r.datasets.all(d, d.legal_basis != "" && d.bias_examined)',
        declared,
        expect=BOOL,
    )
    failing = [one for one, holds in zip(high, condition.evaluate_each({}, "r", high), strict=True) if holds is False]
    count += len(failing)
    if sys.argv[3] == "explain":
        for one in failing:
            assert condition.explain({"r": one}).deciding()
print(count)
"""

CUSTODIAN = """
import json, sys
from c7n.filters import FilterRegistry, ValueFilter

class Model:
    id = "id"

class Manager:
    data, ctx, type = {}, None, "resource"
    def get_model(self):
        return Model

registry = FilterRegistry("resource.filters")
registry.register("value", ValueFilter)
resources, rules = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
found = 0
for rule in rules:
    bad = "length(datasets[?legal_basis=='' || bias_examined==`false`])"
    data = {"and": [
        {"type": "value", "key": "risk", "value": "high"},
        {"or": [
            {"type": "value", "key": f"controls.{rule['control']}", "value": False},
            {"type": "value", "key": f"metrics.{rule['metric']}", "op": "lt", "value": rule["limit"]},
            {"type": "value", "key": bad, "op": "gt", "value": 0},
        ]},
    ]}
    found += len(registry.factory(data, Manager()).process(resources))
print(found)
"""

REGO = """
package ai

deny contains [r.id, k.id] if {
	some r in input.resources
	r.risk == "high"
	some k in input.rules
	broken(r, k)
}

broken(r, k) if not r.controls[k.control]
broken(r, k) if r.metrics[k.metric] < k.limit
broken(r, _) if { some d in r.datasets; d.legal_basis == "" }
broken(r, _) if { some d in r.datasets; not d.bias_examined }
"""


def generate() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The resources and the rules."""
    draw = random.Random(20261124)
    rules = [
        {"id": k, "control": f"c{k % 20}", "metric": f"m{k % 25}", "limit": 0.05 + 0.001 * k} for k in range(RULES)
    ]
    resources = [
        {
            "id": f"r{number}",
            "risk": "high" if number % 2 else "limited",
            "controls": {f"c{at}": draw.random() < 0.98 for at in range(20)},
            "metrics": {f"m{at}": round(0.2 + 0.8 * draw.random(), 6) for at in range(25)},
            "datasets": [{"legal_basis": "consent", "bias_examined": True} for _ in range(5)],
        }
        for number in range(RESOURCES)
    ]
    high = [found for found in resources if found["risk"] == "high"]
    for found in draw.sample(high, 50):
        found["datasets"][draw.randrange(5)]["bias_examined"] = False
    left = VIOLATIONS - sum(broken(found, rule) for found in high for rule in rules)
    # what is left is made up of single violations: a metric that only one rule finds too low
    for found in high:
        if left <= 0:
            break
        if not any(broken(found, rule) for rule in rules):
            for metric in range(25):
                limits = sorted(rule["limit"] for rule in rules if rule["metric"] == f"m{metric}")
                if left > 0:
                    found["metrics"][f"m{metric}"] = (limits[-1] + limits[-2]) / 2
                    left -= 1
    assert left == 0, left
    return resources, rules


def broken(found: dict[str, Any], rule: dict[str, Any]) -> bool:
    """The rule in Python."""
    return not (
        found["controls"][rule["control"]]
        and found["metrics"][rule["metric"]] >= rule["limit"]
        and all(d["legal_basis"] != "" and d["bias_examined"] for d in found["datasets"])
    )


def cpu(command: Sequence[str], runs: int = 5) -> float:
    """CPU seconds of a process that prints the number of violations, the least of some runs."""
    least = float("inf")
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode or done.stdout.split()[-1] != str(VIOLATIONS):
            sys.exit(f"{command[0]} did other work: {done.stdout[-200:]} {done.stderr[-500:]}")
        least = min(least, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return least


def main() -> None:
    """Measure, and print a table with ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--c7n", default=sys.executable, metavar="PYTHON", help="a Python in which c7n is installed")
    parser.add_argument("--opa", default="opa", help="the opa binary")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        resources, rules, both = (f"{folder}/{name}.json" for name in ("resources", "rules", "both"))
        made, asked = generate()
        Path(resources).write_text(json.dumps(made))
        Path(rules).write_text(json.dumps(asked))
        Path(both).write_text(json.dumps({"resources": made, "rules": asked}))
        ours = cpu([sys.executable, "-c", LEXAUDIT, resources, rules, "verdicts"])
        told = cpu([sys.executable, "-c", LEXAUDIT, resources, rules, "explain"])
        size = Path(resources).stat().st_size // 1000
        print(
            f"{RULES} rules, {RESOURCES} resources ({size} kB), {VIOLATIONS} violations; CPU seconds, whole process\n"
        )
        print(f"{'lexaudit, verdicts only':<46}{ours:>8.3f}")
        print(f"{'lexaudit, with every failure explained':<46}{told:>8.3f}")
        rows: list[tuple[str, list[str]]] = []
        if subprocess.run([chosen.c7n, "-c", "import c7n.filters"], capture_output=True, check=False).returncode:
            print(f"{'Cloud Custodian: not installed, skipped':<46}")
        else:
            rows.append(("Cloud Custodian, filters over plain dicts", [chosen.c7n, "-c", CUSTODIAN, resources, rules]))
        if shutil.which(chosen.opa) is None:
            print(f"{'opa: not on the path, skipped':<46}")
        else:
            policy = f"{folder}/policy.rego"
            Path(policy).write_text(REGO)
            ask = [chosen.opa, "eval", "-d", policy, "-i", both, "--format", "raw", "count(data.ai.deny)"]
            rows.append(("opa eval", ask))
        for name, command in rows:
            theirs = cpu(command, 3)
            print(
                f"{name:<46}{theirs:>8.3f}   {theirs / ours:.1f} times ours, {theirs / told:.1f} times with explanations"
            )


if __name__ == "__main__":
    main()
