"""A synthetic estate under 200 rules: judged whole, in one process, at three sizes.

    python benchmarks/estate.py [--nodes 100000]

The graph has domains of 500 nodes (300 datasets, 100 runs, 60 models, 25 systems, 15 deployments) and three edges for each
node. The pack, written to a folder and loaded as any other, has 200 rules: 80 on datasets, 50 on models, 40 on systems and
30 on deployments, every second one applicable by a literal equality, a fifth looking along the lineage. One value in ten is
not stated. Each size runs in a process of its own: CPU seconds, and the most memory that it held.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

AT = datetime(2026, 11, 24, tzinfo=UTC)
SHARES = {"dataset": 300, "run": 100, "model": 60, "system": 25, "deployment": 15}
DOMAIN = sum(SHARES.values())
RULES = {"dataset": 80, "model": 50, "system": 40, "deployment": 30}
RISKS = ("minimal", "limited", "high")

PACK = {
    "pack.yaml": """\
pack: estate
version: 1.0.0
language: 1
title: Estate
jurisdiction: EU
effective: {from: 2026-01-01}
instruments: [{id: act, title: Act, short: Act, celex: 32026R0001, consolidated: 2026-01-01}]
""",
    "obligations.yaml": """\
- {id: one, instrument: act, provision: Art. 1, kind: obligation, summary: Do it., holder: [provider],
   applies_from: [{date: 2026-01-01, when: all}]}
""",
    "dates.yaml": "routes: []\n",
}


def write_pack(folder: Path) -> None:
    """The pack of 200 rules: facts `risk`, `class` and `limit` of each kind, in rules of three makes."""
    facts, rules = [], []
    for kind in RULES:
        facts += [
            {"fact": f"{kind}.risk", "type": "string", "choices": list(RISKS), "question": "How high is the risk?"},
            {"fact": f"{kind}.part", "type": "int", "question": "Which part is it of?"},
            {"fact": f"{kind}.examined", "type": "bool", "question": "Was it examined?"},
            {"fact": f"{kind}.days", "type": "int", "question": "How long is it kept?"},
        ]
    for kind, number in RULES.items():
        for index in range(number):
            risk = RISKS[index % 3]
            applies = (
                f'{kind}.risk == "{risk}" && {kind}.part == {index % 20}'
                if index % 2
                else f"{kind}.part > {index % 20}"
            )
            that = f"{kind}.examined && {kind}.days <= {index * 5 + 10}"
            if index % 5 == 0 and kind != "dataset":
                that = f"{that} && {kind}.upstream_datasets().all(d, d.examined || d.days < 900)"
            rules.append(
                {
                    "rule": f"{kind}-{index:02}",
                    "title": f"Rule {index} on a {kind}",
                    "obligations": ["one"],
                    "subject": kind,
                    "severity": "high",
                    "form": "recorded",
                    "applies": applies,
                    "not_applicable": "it is of another part",
                    "empty_is_fine": True,
                    "expects": [{"say": "it was examined and is kept for no longer than allowed", "that": that}],
                    "remedy": "Examine it.",
                }
            )
    for name, text in {**PACK, "facts/facts.yaml": json.dumps(facts), "rules/rules.yaml": json.dumps(rules)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def make_graph(nodes: int):  # type: ignore[no-untyped-def]
    """The estate as a graph: domains side by side, three edges for each node."""
    from lexaudit.errors import Place
    from lexaudit.graph import Edge, Fact, Graph, Kind, Node, NodeId, Origin, Relation

    draw = random.Random(7)
    origin = Origin(Place("estate"))
    made: dict[NodeId, Node] = {}
    edges: list[Edge] = []

    def join(source: NodeId, relation: Relation, target: NodeId) -> None:
        edges.append(Edge(source, relation, target, {}, origin))

    for domain in range(nodes // DOMAIN):
        ids: dict[str, list[NodeId]] = {}
        for kind, number in SHARES.items():
            ids[kind] = []
            for index in range(number):
                name = f"{domain}/{index}"
                values = {
                    "risk": RISKS[draw.randrange(3)],
                    "part": draw.randrange(20),
                    "examined": draw.random() < 0.8,
                    "days": draw.randrange(1000),
                }
                facts = {
                    n: Fact(f"{kind}.{n}", v, "", None, "", origin) for n, v in values.items() if draw.random() < 0.9
                }
                node = Node(
                    NodeId(f"{kind}:estate/{name}"), Kind(kind), name, {}, facts if kind != "run" else {}, origin, {}
                )
                made[node.id] = node
                ids[kind].append(node.id)
        data, runs, models, systems = ids["dataset"], ids["run"], ids["model"], ids["system"]
        for index in range(1, len(data)):
            for _ in range(3):
                join(data[draw.randrange(max(0, index - 40), index)], Relation.DERIVED_INTO, data[index])
        for index, run in enumerate(runs):
            for _ in range(3):
                join(data[draw.randrange(index * 3 + 1)], Relation.USED_BY, run)
        for index, model in enumerate(models):
            join(runs[draw.randrange(len(runs))], Relation.PRODUCED, model)
            join(model, Relation.COMPONENT_OF, systems[index % len(systems)])
        for index, deployment in enumerate(ids["deployment"]):
            join(systems[index % len(systems)], Relation.DEPLOYED_AS, deployment)
        while len(edges) < (domain + 1) * DOMAIN * 3:
            join(runs[draw.randrange(len(runs))], Relation.PRODUCED, models[draw.randrange(len(models))])
    ordered = dict(sorted(made.items()))
    edges.sort(key=lambda edge: (edge.source, edge.relation, edge.target))
    return Graph("Estate", ordered, tuple(edges))


def measure(nodes: int) -> None:
    """Judge an estate of so many nodes in this process, and print figures as JSON."""
    from lexaudit.evaluate.survey import survey
    from lexaudit.finding import Outcome
    from lexaudit.policy import read_policy

    with tempfile.TemporaryDirectory() as folder:
        write_pack(Path(folder) / "estate")
        policy_file = Path(folder) / "policy.yaml"
        policy_file.write_text("policy: 1\nname: Estate\npacks: [{id: estate, path: estate}]\n", "utf-8")
        begin = time.process_time()
        policy = read_policy(policy_file)
        loaded = time.process_time()
        graph = make_graph(nodes)
        built = time.process_time()
        found = survey(graph, policy, {}, AT, AT.date())
        judged = time.process_time()
        first = [finding for finding, _ in zip(found.findings(Outcome.NOT_MET), range(1000), strict=False)]
        explained = time.process_time()
    counts = found.counts
    print(
        json.dumps(
            {
                "nodes": len(graph.nodes),
                "edges": len(graph.edges),
                "rules": len(found.rows),
                "pairs": sum(counts.values()),
                "tried": sum(row.tried for row in found.rows),
                "not_met": counts[Outcome.NOT_MET],
                "not_determined": counts[Outcome.NOT_DETERMINED],
                "load": loaded - begin,
                "build": built - loaded,
                "judge": judged - built,
                "explain": (explained - judged) / max(len(first), 1) * 1e6,
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def main() -> None:
    """Measure three sizes, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=100_000, help="nodes of the largest estate [default: 100000]")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        measure(chosen.one)
        return
    print(f"{'nodes':>9} {'edges':>9} {'pairs':>11} {'tried':>9} {'not met':>8} {'load':>6} {'build':>6} {'judge':>6}"
          f" {'us/node':>8} {'MiB':>6} {'us/explained':>13}")  # fmt: skip
    for nodes in (chosen.nodes // 100, chosen.nodes // 10, chosen.nodes):
        done = subprocess.run(
            [sys.executable, __file__, "--one", str(nodes)], stdout=subprocess.PIPE, text=True, check=True
        )
        r = json.loads(done.stdout)
        print(f"{r['nodes']:>9,} {r['edges']:>9,} {r['pairs']:>11,} {r['tried']:>9,} {r['not_met']:>8,} {r['load']:>6.2f}"
              f" {r['build']:>6.2f} {r['judge']:>6.2f} {r['judge'] / r['nodes'] * 1e6:>8.1f} {r['memory']:>6.0f}"
              f" {r['explain']:>13.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
