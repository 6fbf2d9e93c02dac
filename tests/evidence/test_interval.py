"""Intervals against published values, other implementations, and the truth in simulations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from lexaudit_evidence import interval


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_matches_published_values(k: int, n: int, low: float, high: float) -> None:
    found = interval.wilson(k, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.estimate == k / n


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_difference_of_two_matches_published_values(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    found = interval.spread([first[0], second[0]], [first[1], second[1]])
    # ours is of the absolute difference, so it ends at zero where Newcombe's crosses it
    assert (round(found.difference.low, 4), round(found.difference.high, 4)) == (max(0.0, low), high)
    assert (found.largest, found.smallest) == (0, 1)


@pytest.mark.parametrize("groups", [2, 3, 6, 12, 60])
def test_critical_value_is_tukeys(groups: int) -> None:
    expected = float(stats.studentized_range.ppf(0.95, groups, 1e6)) / 2**0.5
    assert interval.critical_value(groups) == pytest.approx(expected, abs=1e-4)


def test_critical_value_of_two_groups_is_the_normal_one() -> None:
    assert interval.critical_value(2) == pytest.approx(interval.Z, abs=1e-5)


@pytest.mark.parametrize(("p", "n"), [(0.05, 40), (0.1, 100), (0.3, 30), (0.5, 50), (0.9, 200)])
def test_wilson_covers_the_truth(p: float, n: int) -> None:
    # exact coverage, not simulated: Wilson's is close to 95 % and may be a little below for some p
    k = np.arange(n + 1)
    low, high = interval.wilson_limits(k, np.full(n + 1, n))
    covered = float(stats.binom.pmf(k, n, p)[(low <= p) & (p <= high)].sum())
    assert 0.92 <= covered <= 0.99


SCENES: dict[str, tuple[list[float], list[int]]] = {
    "six groups alike": ([0.3] * 6, [200] * 6),
    "ten groups alike": ([0.5] * 10, [100] * 10),
    "false positives in the example": ([0.4485, 0.2345, 0.2148, 0.1475], [1795, 1488, 405, 244]),
    "small and rare": ([0.05, 0.1, 0.02, 0.2], [50, 80, 300, 35]),
    "two groups": ([0.2, 0.35], [100, 300]),
}


@pytest.mark.parametrize("scene", SCENES)
def test_the_largest_difference_is_covered(scene: str) -> None:
    p, n = (np.array(values) for values in SCENES[scene])
    random = np.random.default_rng(1)
    covered = {"difference": 0, "ratio": 0}
    times = 600
    for _ in range(times):
        found = interval.spread(random.binomial(n, p).tolist(), n.tolist())
        covered["difference"] += found.difference.low <= p.max() - p.min() <= found.difference.high
        covered["ratio"] += found.ratio is not None and found.ratio.low <= p.min() / p.max() <= found.ratio.high
    assert covered["difference"] >= 0.93 * times
    assert covered["ratio"] >= 0.93 * times


def test_the_percentile_bootstrap_would_not() -> None:
    """Why the interval is not a bootstrap of the largest-minus-smallest statistic."""
    p, n = np.array([0.3] * 6), np.array([200] * 6)
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        rates = random.binomial(n, p) / n
        resampled: NDArray[np.float64] = random.binomial(n, rates, (1000, 6)) / n
        low = np.quantile(resampled.max(axis=1) - resampled.min(axis=1), 0.025)
        covered += bool(low <= 0.0)
    assert covered == 0


COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(COUNTS, min_size=2, max_size=8))
def test_limits_enclose_the_estimate_and_stay_in_range(groups: list[tuple[int, int]]) -> None:
    found = interval.spread([k for k, _ in groups], [n for _, n in groups])
    rates = [k / n for k, n in groups]
    assert found.difference.estimate == pytest.approx(max(rates) - min(rates))
    assert 0 <= found.difference.low <= found.difference.estimate <= found.difference.high <= 1
    assert (found.ratio is None) == (max(rates) == 0)
    if found.ratio is not None:
        assert found.ratio.estimate == pytest.approx(min(rates) / max(rates))
        assert 0 <= found.ratio.low <= found.ratio.estimate + 1e-12
        assert found.ratio.estimate <= found.ratio.high + 1e-12
        assert found.ratio.high <= 1


@given(st.lists(COUNTS, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_groups_does_not_matter(groups: list[tuple[int, int]], random: object) -> None:
    shuffled = list(groups)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = interval.spread([k for k, _ in groups], [n for _, n in groups])
    second = interval.spread([k for k, _ in shuffled], [n for _, n in shuffled])
    assert first.difference.plain() == pytest.approx(second.difference.plain())


def test_sharing_the_confidence_over_attributes_widens() -> None:
    alone = interval.spread([30, 50, 40], [100, 100, 100])
    shared = interval.spread([30, 50, 40], [100, 100, 100], comparisons=3)
    assert shared.difference.low < alone.difference.low
    assert shared.difference.high > alone.difference.high


def test_one_group_has_no_spread() -> None:
    with pytest.raises(ValueError, match="at least two groups"):
        interval.spread([1], [2])
