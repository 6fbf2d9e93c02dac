"""Both shipped packs whole on the COMPAS example, without measuring: reading, deriving, planning and judging.

    python benchmarks/packs.py

Each run is a process of its own that starts from nothing; CPU seconds by part, the least of five runs. There is no peer that does
this work; the figure is held to a budget of two seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "compas"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def measure() -> None:
    """Judge the example in this process, and print CPU seconds by part as JSON."""
    begin = time.process_time()
    from lexaudit.evaluate.judge import judge
    from lexaudit.facts import Derivations
    from lexaudit.graph.manifest import read_graph
    from lexaudit.plan import make_plan
    from lexaudit.policy import read_policy

    imported = time.process_time()
    policy = read_policy(EXAMPLE / "policy.yaml")
    loaded = time.process_time()
    graph = read_graph([EXAMPLE / "lexaudit.yaml", EXAMPLE / "answers.yaml"])
    read = time.process_time()
    derivations = Derivations(graph, policy, AT, AT.date())
    make_plan(graph, policy, AT, AT.date(), derivations=derivations)
    planned = time.process_time()
    judged = judge(graph, policy, {}, AT, AT.date(), derivations=derivations)
    done = time.process_time()
    print(
        json.dumps(
            {
                "rules": sum(len(pack.rules) for pack in policy.packs),
                "findings": len(judged.findings),
                "import": imported - begin,
                "load packs": loaded - imported,
                "read manifest": read - loaded,
                "derive and plan": planned - read,
                "judge and explain": done - planned,
            }
        )
    )


def main() -> None:
    """Measure, and print a table."""
    if sys.argv[1:] == ["--one"]:
        measure()
        return
    runs = []
    for _ in range(5):
        done = subprocess.run([sys.executable, __file__, "--one"], stdout=subprocess.PIPE, text=True, check=True)
        runs.append(json.loads(done.stdout))
    parts = [part for part in runs[0] if part not in ("rules", "findings")]
    print(f"{runs[0]['rules']} rules, {runs[0]['findings']} findings; CPU seconds\n")
    for part in parts:
        print(f"{part:<20}{min(run[part] for run in runs):>8.3f}")
    print(f"{'all':<20}{min(sum(run[part] for part in parts) for run in runs):>8.3f}")


if __name__ == "__main__":
    main()
