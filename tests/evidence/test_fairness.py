"""Group rates against published tables and fairlearn, and what is said when there is too little to compare."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexaudit.canonical import canonical_bytes
from lexaudit.collect import Evidence, Inputs, Missing
from lexaudit.errors import InputError
from lexaudit_evidence.fairness import METRICS, Fairness, coded, hits_and_totals, tally


def group(value: Any, metric: str, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [entry for entry in value[metric]["groups"] if entry["group"] == name]
    assert len(found) == 1
    return found[0]


def test_the_published_table_of_7214_persons(compas: Any) -> None:
    """ProPublica, `Compas Analysis.ipynb`: false positives 44.85 and 23.45, false negatives 27.99 and 47.72 percent."""
    value = compas.value(Fairness(), compas.nodes["model:test/everyone"])
    found = {
        (metric, race): (round(100 * entry["estimate"], 2), entry["k"], entry["n"])
        for metric in ("false_positive_rate", "false_negative_rate")
        for race in ("African-American", "Caucasian")
        for entry in [group(value, metric, race)]
    }
    assert found == {
        ("false_positive_rate", "African-American"): (44.85, 805, 1795),
        ("false_positive_rate", "Caucasian"): (23.45, 349, 1488),
        ("false_negative_rate", "African-American"): (27.99, 532, 1901),
        ("false_negative_rate", "Caucasian"): (47.72, 461, 966),
    }


def test_the_published_table_high_risk_only(compas: Any) -> None:
    """The same notebook, high risk only (level 8 and more): 15.82 and 5.44, 61.02 and 79.81 percent."""
    model = compas.add(
        "model", "high-only", predictions={"column": "decile_score", "at_least": 8},
        measured_on=compas.nodes["model:test/everyone"].attributes["measured_on"],
    )  # fmt: skip
    value = compas.value(Fairness(), model)
    assert [
        round(100 * group(value, metric, race)["estimate"], 2)
        for metric in ("false_positive_rate", "false_negative_rate")
        for race in ("African-American", "Caucasian")
    ] == [15.82, 5.44, 61.02, 79.81]


def test_agrees_with_fairlearn_to_nine_digits(compas: Any) -> None:
    metrics = pytest.importorskip("fairlearn.metrics")
    sklearn = pytest.importorskip("sklearn.metrics")
    theirs = {
        "selection_rate": metrics.selection_rate,
        "true_positive_rate": metrics.true_positive_rate,
        "false_positive_rate": metrics.false_positive_rate,
        "true_negative_rate": metrics.true_negative_rate,
        "false_negative_rate": metrics.false_negative_rate,
        "accuracy": sklearn.accuracy_score,
        "precision": lambda y, p: sklearn.precision_score(y, p, zero_division=0),
    }
    assert set(theirs) == set(METRICS)
    value = compas.value(Fairness(), compas.nodes["model:test/vendor-score"], intersections=True, minimum_group=1)
    rows = [line.split(",") for line in (compas.root / "data/two-year.csv").read_text().splitlines()]
    at = {name: index for index, name in enumerate(rows[0])}
    rows = [row for row in rows[1:] if row[at["split"]] == "test"]
    labels = np.array([int(row[at["two_year_recid"]]) for row in rows])
    decisions = np.array([int(row[at["decile_score"]]) >= 5 for row in rows]).astype(int)
    compared = 0
    for columns in (["race"], ["sex"], ["race", "sex"]):
        groups = [" & ".join(row[at[column]] for column in columns) for row in rows]
        frame = metrics.MetricFrame(metrics=theirs, y_true=labels, y_pred=decisions, sensitive_features=groups)
        attribute = " & ".join(columns)
        for metric in theirs:
            assert value[metric]["overall"]["estimate"] == pytest.approx(frame.overall[metric], abs=1e-9)
            ours = {entry["group"]: entry for entry in value[metric]["groups"] if entry["attribute"] == attribute}
            # a group without any record in the denominator has no rate; fairlearn gives it zero
            for name, entry in ours.items():
                assert entry["estimate"] == pytest.approx(frame.by_group[metric][name], abs=1e-9)
                compared += 1
            if len(ours) == len(frame.by_group):
                spread = value[metric]["by_attribute"][attribute]
                assert spread["difference"]["estimate"] == pytest.approx(frame.difference()[metric], abs=1e-9)
                assert spread["ratio"]["estimate"] == pytest.approx(frame.ratio()[metric], abs=1e-9)
                compared += 2
    assert compared >= 140


def test_fairlearns_own_example(world: Any) -> None:
    """Its user guide: true positives 0.5, 0.6, 0.4; false positives 1, 0, 2/3; selection 0.75, 0.5, 0.5."""
    rows = {
        "a": ["1,1", "1,0", "0,1", "0,1"],
        "b": ["1,1"] * 3 + ["1,0"] * 2 + ["0,0"],
        "c": ["1,1"] * 2 + ["1,0"] * 3 + ["0,1"] * 2 + ["0,0"],
    }
    world.table("d", "y,p,g", [f"{row},{name}" for name, rows_ in rows.items() for row in rows_])
    model = world.add(
        "model", "m", predictions={"column": "p"}, measured_on={"dataset": "d", "label": "y", "sensitive": ["g"]}
    )
    value = world.value(Fairness(), model, minimum_group=1)
    found = {metric: [round(e["estimate"], 4) for e in value[metric]["groups"]] for metric in METRICS}
    assert found["true_positive_rate"] == [0.5, 0.6, 0.4]
    assert found["false_positive_rate"] == [1.0, 0.0, 0.6667]
    assert found["selection_rate"] == [0.75, 0.5, 0.5]


def test_the_network_decides_as_torch_does(compas: Any) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    net = torch.nn.Sequential(
        torch.nn.Linear(6, 16), torch.nn.ReLU(), torch.nn.Linear(16, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1)
    )
    net.load_state_dict(load_file(str(compas.root / "model/risk-net.safetensors")))
    model = compas.nodes["model:test/risk-net"]
    scales = model.attributes["weights"]["inputs"]
    rows = [line.split(",") for line in (compas.root / "data/two-year.csv").read_text().splitlines()]
    at = {name: index for index, name in enumerate(rows[0])}
    rows = [row for row in rows[1:] if row[at["split"]] == "test"]
    x = torch.tensor([[(float(row[at[name]]) - s["mean"]) / s["scale"] for name, s in scales.items()] for row in rows])
    with torch.no_grad():
        selected = int((net(x)[:, 0] >= 0).sum())
    value = compas.value(Fairness(), model)
    assert value["selection_rate"]["overall"]["k"] == selected
    assert value["overall_accuracy"]["k"] == 1650


def test_small_groups_are_listed_and_not_compared(compas: Any) -> None:
    value = compas.value(Fairness(), compas.nodes["model:test/everyone"], metrics=["false_negative_rate"])
    assert value["excluded_groups"] == [
        {"attribute": "race", "group": "Asian", "n": 32, "metrics": {"false_negative_rate": {"n": 9, "k": 3}}},
        {
            "attribute": "race",
            "group": "Native American",
            "n": 18,
            "metrics": {"false_negative_rate": {"n": 10, "k": 1}},
        },
    ]
    names = [entry["group"] for entry in value["false_negative_rate"]["groups"]]
    assert names == ["African-American", "Caucasian", "Hispanic", "Other"]


def test_one_group_alone_gives_no_difference(world: Any) -> None:
    world.table("d", "y,p,g", ["0,1,a", "0,0,a"] * 40 + ["0,1,b"] * 3)
    model = world.add(
        "model", "m", predictions={"column": "p"}, measured_on={"dataset": "d", "label": "y", "sensitive": ["g"]}
    )
    value = world.value(Fairness(), model, metrics=["false_positive_rate"])
    assert "difference" not in value["false_positive_rate"]
    assert "ratio" not in value["false_positive_rate"]
    assert value["undecided"] == [
        {
            "metric": "false_positive_rate",
            "attribute": "g",
            "reason": "1 of 2 groups by g has at least 30 records that enter the false positive rate",
        }
    ]


def test_an_attribute_that_cannot_be_compared_takes_the_whole_figure_away(world: Any) -> None:
    world.table("d", "y,p,g,h", ["0,1,a,x", "0,0,b,x"] * 40)
    model = world.add(
        "model", "m", predictions={"column": "p"}, measured_on={"dataset": "d", "label": "y", "sensitive": ["g", "h"]}
    )
    value = world.value(Fairness(), model, metrics=["false_positive_rate"])
    assert "difference" not in value["false_positive_rate"]
    assert value["false_positive_rate"]["by_attribute"]["g"]["difference"]["estimate"] == 1.0


def test_no_group_above_zero_gives_no_ratio(world: Any) -> None:
    world.table("d", "y,p,g", ["0,0,a", "0,0,b"] * 40)
    model = world.add(
        "model", "m", predictions={"column": "p"}, measured_on={"dataset": "d", "label": "y", "sensitive": ["g"]}
    )
    value = world.value(Fairness(), model, metrics=["selection_rate"])
    assert value["selection_rate"]["difference"]["estimate"] == 0.0
    assert "ratio" not in value["selection_rate"]
    assert [entry["reason"] for entry in value["undecided"]] == [
        "no group by g has a selection rate above zero, so there is no ratio"
    ]


def test_twice_gives_the_same_bytes(compas: Any) -> None:
    model = compas.nodes["model:test/risk-net"]
    first, second = (compas.measure(Fairness(), model, intersections=True) for _ in range(2))
    assert isinstance(first, Evidence)
    assert isinstance(second, Evidence)
    assert canonical_bytes(first.plain()) == canonical_bytes(second.plain())
    assert str(compas.root) not in canonical_bytes(first.plain()).decode()


def test_what_is_declared_is_part_of_the_inputs(compas: Any) -> None:
    model = compas.nodes["model:test/everyone"]
    before = compas.inspect(Fairness(), model).digests
    model.attributes["predictions"]["at_least"] = 8
    after = compas.inspect(Fairness(), model).digests
    assert before["dataset:unfiltered"] == after["dataset:unfiltered"]
    assert before["declaration:everyone"] != after["declaration:everyone"]


def test_data_that_change_between_looking_and_measuring_are_not_measured(world: Any) -> None:
    world.table("d", "y,p,g", ["0,1,a", "1,0,b"] * 40)
    model = world.add(
        "model", "m", predictions={"column": "p"}, measured_on={"dataset": "d", "label": "y", "sensitive": ["g"]}
    )
    collector = Fairness()
    need, workspace = world.need(collector, model, {}), world.workspace()
    inputs = collector.inspect(need, world.graph, workspace)
    assert isinstance(inputs, Inputs)
    world.table("d", "y,p,g", ["0,0,a", "1,0,b"] * 40)
    found = collector.measure(need, inputs, world.graph, workspace)
    assert isinstance(found, Missing)
    assert found.reason == "the data changed while they were being measured"


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({}, "`model/m` does not say on which data it is measured"),
        (
            {"measured_on": {"dataset": "d", "label": "y", "sensitive": ["g"]}},
            "`model/m` has neither recorded predictions nor weights",
        ),
        (
            {"measured_on": {"dataset": "d", "label": "y"}, "predictions": {"column": "p"}},
            "no sensitive attributes are declared for `model/m`",
        ),
        (
            {"measured_on": {"dataset": "no-file", "label": "y"}, "predictions": {"column": "p"}},
            "`dataset/no-file`, on which `model/m` is measured, names no file",
        ),
    ],
)
def test_what_is_declared_too_little_for_is_missing(world: Any, attributes: dict[str, Any], reason: str) -> None:
    world.table("d", "y,p,g", ["0,1,a"])
    world.add("dataset", "no-file")
    found = world.inspect(Fairness(), world.add("model", "m", **attributes))
    assert isinstance(found, Missing)
    assert found.reason == reason
    assert found.advice


@pytest.mark.parametrize(
    ("parameters", "problems"),
    [
        ({}, []),
        ({"metrics": ["accuracy"], "by": ["race"], "intersections": True, "minimum_group": 50}, []),
        (
            {"metrics": ["false_positive_rat"]},
            ["unknown metric `false_positive_rat`; did you mean `false_positive_rate`?"],
        ),
        ({"metric": ["accuracy"]}, ["unknown parameter `metric`; did you mean `metrics`?"]),
        ({"metrics": []}, ["`metrics` must be a list of words that is not empty"]),
        ({"metrics": "accuracy"}, ["`metrics` must be a list of words, not `accuracy`"]),
        ({"minimum_group": 0}, ["`minimum_group` must be at least 1, not `0`"]),
        ({"minimum_group": True}, ["`minimum_group` must be a whole number, not `True`"]),
    ],
)
def test_parameters_are_checked_without_a_graph(parameters: dict[str, Any], problems: list[str]) -> None:
    assert Fairness().check(parameters) == problems


ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.sampled_from("abc")), min_size=1, max_size=60)


@given(ROWS)
def test_counts_are_those_of_counting_by_hand(rows: list[tuple[int, int, str]]) -> None:
    codes, names = coded([name for _, _, name in rows])
    labels, decisions = (np.array([row[at] for row in rows]) for at in (0, 1))
    counts = tally(codes, len(names), labels, decisions)
    for (at, name), label, decision in itertools.product(enumerate(names), (0, 1), (0, 1)):
        assert counts[at, label, decision] == sum(row == (label, decision, name) for row in rows)
    assert counts.sum() == len(rows)


@given(ROWS)
def test_rates_that_complete_each_other_do(rows: list[tuple[int, int, str]]) -> None:
    codes, names = coded([name for _, _, name in rows])
    labels, decisions = (np.array([row[at] for row in rows]) for at in (0, 1))
    counts = tally(codes, len(names), labels, decisions)
    for one, other in (
        ("false_positive_rate", "true_negative_rate"), ("false_negative_rate", "true_positive_rate"),
    ):  # fmt: skip
        (hits, totals), (rest, same) = hits_and_totals(counts, one), hits_and_totals(counts, other)
        assert (hits + rest == totals).all()
        assert (totals == same).all()


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, int, str]], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)

    def counts(of: list[tuple[int, int, str]]) -> object:
        codes, names = coded([name for _, _, name in of])
        return tally(codes, len(names), np.array([r[0] for r in of]), np.array([r[1] for r in of])).tolist()

    assert counts(rows) == counts(shuffled)


def test_an_unknown_dataset_is_an_error_with_a_guess(world: Any) -> None:
    world.table("two-year", "y,p,g", ["0,1,a"])
    model = world.add(
        "model", "m", predictions={"column": "p"}, measured_on={"dataset": "two-yaer", "label": "y", "sensitive": ["g"]}
    )
    with pytest.raises(InputError) as caught:
        world.inspect(Fairness(), model)
    assert caught.value.render() == (
        "lexaudit.yaml:3:5: `measured_on` names the dataset `two-yaer`, which is not described anywhere\n"
        "  help: did you mean `two-year`?"
    )
