"""Sixty-four flows over a lineage of a million nodes, against networkx and against a bare NumPy sweep.

    python benchmarks/flows.py [--nodes 1000000]

The graph is layered as lineage is: node n has up to three edges from nodes before it, most of them near, 2.9 edges for
each node. CPU seconds of this process, the least of three; building is measured in a process of its own, with the most
memory that it held beyond the columns. networkx carries one flow, as one would write it: node after node
in topological order (what a rule on "any ancestor" needs), and by a breadth-first search from where it starts. Its nodes
are the identities that lineage has, texts such as `dataset:estate/17`. The bare sweep is the same arrays without stops, clears, unknowns or cycles.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from lexaudit.graph.sweep import Lanes, lanes, plane, sweep


def columns(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """The ends of 2.9 edges for each node."""
    draw = np.random.default_rng(7)
    target = np.repeat(np.arange(1, nodes, dtype=np.int32), 3)
    target = target[draw.random(len(target)) < 2.9 / 3]
    back = np.minimum(draw.geometric(0.002, len(target)), target).astype(np.int32)
    return target - back, target


def least(work: Callable[[], object], runs: int = 3) -> float:
    """CPU seconds, the least of some runs."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def bare(graph: Lanes, starts: np.ndarray) -> Callable[[], np.ndarray]:
    """The least that a sweep over these arrays has to do, its slices found beforehand."""
    steps = []
    for begin, end in zip(graph.levels[1:-1].tolist(), graph.levels[2:].tolist(), strict=True):
        low, high = int(graph.target[begin]), int(graph.target[end - 1]) + 1
        steps.append((slice(low, high), graph.source[begin:end], graph.first[low:high] - begin))

    def carry() -> np.ndarray:
        carried = starts[graph.node]
        for stretch, source, offsets in steps:
            carried[stretch] |= np.bitwise_or.reduceat(carried[source], offsets)
        return carried[graph.at]

    return carry


def build(nodes: int) -> None:
    """Build a graph in this process, and print seconds and memory as JSON."""
    source, target = columns(nodes)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    graph = lanes(nodes, source, target)
    taken = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": taken, "mib": after / 1024, "more": (after - before) / 1024, "edges": graph.edges}))


def with_networkx(nodes: int, source: np.ndarray, target: np.ndarray, starts: np.ndarray) -> tuple[float, float, int]:
    """CPU seconds of one flow with networkx, node after node in topological order and by breadth-first search."""
    import networkx

    graph = networkx.DiGraph()
    ids = [f"dataset:estate/{number}" for number in range(nodes)]
    graph.add_nodes_from(ids)
    graph.add_edges_from((ids[a], ids[b]) for a, b in zip(source.tolist(), target.tolist(), strict=True))
    begins = [ids[number] for number in np.flatnonzero(starts & np.uint64(1)).tolist()]
    reached: set[str] = set()

    def in_order() -> None:
        carried = set(begins)
        for node in networkx.topological_sort(graph):
            if node not in carried and any(before in carried for before in graph.pred[node]):
                carried.add(node)
        reached.update(carried)

    def by_breadth() -> None:
        found: set[str] = set()
        for layer in networkx.bfs_layers(graph, begins):
            found.update(layer)
        assert found == reached

    return least(in_order, 1), least(by_breadth, 1), len(reached)


def main() -> None:
    """Measure three sizes, and print a table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=1_000_000, help="nodes of the largest graph [default: 1000000]")
    parser.add_argument("--build", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.build:
        build(chosen.build)
        return
    print(f"{'nodes':>10} {'edges':>10} {'build s':>8} {'MiB':>5} {'64 flows s':>11} {'stops s':>8} {'unknown s':>10}"
          f" {'bare s':>7} {'ns/edge':>8}")  # fmt: skip
    draw = np.random.default_rng(3)
    for nodes in (chosen.nodes // 100, chosen.nodes // 10, chosen.nodes):
        built = json.loads(
            subprocess.run(
                [sys.executable, __file__, "--build", str(nodes)], stdout=subprocess.PIPE, text=True, check=True
            ).stdout
        )
        source, target = columns(nodes)
        graph = lanes(nodes, source, target)
        # a flow starts at one node in a thousand
        starts = np.zeros(nodes, np.uint64)
        for bit in range(64):
            starts[draw.choice(nodes, max(nodes // 1_000, 1), replace=False)] |= np.uint64(1 << bit)
        sparse = [draw.integers(0, 2**63, graph.edges, np.uint64) for _ in range(6)]
        stops = plane(sparse[0] & sparse[1] & sparse[2])
        unknown = plane(stops.certain, sparse[3] & sparse[4] & sparse[5])
        times = [
            least(lambda g=graph, s=starts: sweep(g, plane(s))),
            least(lambda g=graph, s=starts, e=stops: sweep(g, plane(s), e)),
            least(lambda g=graph, s=starts, e=unknown: sweep(g, plane(s), e)),
            least(bare(graph, starts)),
        ]
        assert (sweep(graph, plane(starts)).certain == bare(graph, starts)()).all()
        print(f"{nodes:>10,} {graph.edges:>10,} {built['seconds']:>8.2f} {built['mib']:>5.0f} {times[0]:>11.4f}"
              f" {times[1]:>8.4f} {times[2]:>10.4f} {times[3]:>7.4f} {times[0] / graph.edges * 1e9:>8.1f}")  # fmt: skip
    print(f"\nagainst the bare sweep: {times[0] / times[3]:.2f} times; with stops {times[1] / times[3]:.2f}, "
          f"with stops and unknowns {times[2] / times[3]:.2f}")  # fmt: skip
    ordered, by_breadth, reached = with_networkx(nodes, source, target, starts)
    assert reached == int((sweep(graph, plane(starts)).certain & np.uint64(1)).sum())
    for how, one in (("in topological order", ordered), ("by breadth-first search", by_breadth)):
        print(f"against networkx carrying one flow {how} ({one:.2f} s): {one / times[0]:,.0f} times for sixty-four, "
              f"{one / times[2]:,.0f} with stops and unknowns")  # fmt: skip


if __name__ == "__main__":
    main()
