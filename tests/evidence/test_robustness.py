"""Attacks that work, attacks that are fooled, and answers that do not hold."""

from __future__ import annotations

import json
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexaudit.canonical import canonical_bytes, digest_file
from lexaudit.collect import Evidence, Missing
from lexaudit.errors import InputError
from lexaudit_evidence.mlp import read_tensors
from lexaudit_evidence.robustness import Robustness

HERE = Path(__file__).parent
needs_art = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("art") is None, reason="needs torch and the Adversarial Robustness Toolbox"
)
STRENGTHS = [0.0, 0.05, 0.1]


def hostile(entry: str) -> Robustness:
    collector = Robustness()
    collector.entry = f"hostile:{entry}"
    collector.roots = (HERE,)
    return collector


def rescaled(world: Any, factor: float) -> Any:
    """The example's network with its logits times a factor: the same decisions, other gradients."""
    origin = world.nodes["model:test/risk-net"]
    content = (world.root / "model/risk-net.safetensors").read_bytes()
    tensors = read_tensors(content, "risk-net.safetensors", origin.origin.place)
    header: dict[str, Any] = {}
    data = b""
    for name, values in tensors.items():
        part = (values * (factor if name.startswith("4.") else 1.0)).astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    (world.root / "masked.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    weights = {**origin.attributes["weights"], "file": "masked.safetensors"}
    return world.add("model", "masked", measured_on=origin.attributes["measured_on"], weights=weights)


@pytest.fixture
def copied(compas: Any, new_world: Any) -> Any:
    """The example's data and network in a folder of their own."""
    world = new_world()
    for name in ("data/two-year.csv", "model/risk-net.safetensors"):
        world.file(name, (compas.root / name).read_bytes())
    world.nodes = {id_: node for id_, node in compas.nodes.items() if node.name in ("two-year", "risk-net")}
    return world


@needs_art
def test_the_example_is_attacked_twice_with_the_same_bytes(compas: Any) -> None:
    model = compas.nodes["model:test/risk-net"]
    first = compas.measure(Robustness(), model, strengths=STRENGTHS)
    assert isinstance(first, Evidence), first
    value = first.value
    assert value["clean_accuracy"]["k"] == 1650
    assert value["clean_accuracy"]["n"] == 2469
    ks = [entry["robust_accuracy"]["k"] for entry in value["curve"]]
    assert ks[0] == 1650
    assert ks == sorted(ks, reverse=True)
    # another processor may flip single rows, not a tenth of them
    assert 1380 <= ks[-1] <= 1520
    assert value["at"] == 0.1
    assert value["robust_accuracy"] == value["curve"][-1]["robust_accuracy"]
    # a tenth of a standard deviation is less than one charge: whole numbers cannot change at all
    assert value["feasible_robust_accuracy"]["k"] == 1650
    assert value["gradient_masking_suspected"] is False, value["checks"]
    assert compas.notes[-1] == (1.0, "attacked")
    assert [share for share, _ in compas.notes] == sorted(share for share, _ in compas.notes)

    # anyone can re-check what was found with one forward pass
    kept = np.load(compas.scratch / "adversarial.npz")
    assert first.artifacts == {"adversarial.npz": digest_file(compas.scratch / "adversarial.npz")}
    assert kept["broken"].sum(axis=1).tolist() == [1650 - k for k in ks[1:]]
    moved = np.abs(kept["examples"] - kept["standardised"])
    assert (moved <= kept["strengths"][:, None, None] + 1e-5).all()
    assert (moved[..., list(kept["inputs"]).index("age")] == 0).all()

    second = compas.measure(Robustness(), model, strengths=STRENGTHS)
    assert canonical_bytes(first.plain()) == canonical_bytes(second.plain())
    text = canonical_bytes(first.plain()).decode()
    assert str(compas.root) not in text
    assert str(compas.scratch) not in text


@needs_art
def test_masked_gradients_are_noticed(copied: Any) -> None:
    value = copied.value(Robustness(), rescaled(copied, 1000.0), strengths=STRENGTHS)
    assert value["clean_accuracy"]["k"] == 1650
    assert value["gradient_masking_suspected"] is True
    failed = {check["check"] for check in value["checks"] if not check["holds"]}
    assert {
        "accuracy falls to zero as the strength grows without bounds",
        "a loss that cannot saturate is not much stronger",
        "a search without gradients is not stronger",
        "gradients do not vanish",
    } <= failed
    # the figure itself is not fooled: it counts what any attack found
    assert value["robust_accuracy"]["k"] < 1550


@needs_art
def test_whole_numbers_are_tried_where_they_fit(compas: Any) -> None:
    value = compas.value(Robustness(), compas.nodes["model:test/risk-net"], strengths=[0.25])
    feasible = value["feasible_robust_accuracy"]
    # a quarter of a standard deviation of earlier charges is one charge more or less
    assert feasible["how"] == "each of 3 changes by whole numbers was tried on every row"
    assert value["robust_accuracy"]["k"] < feasible["k"] < 1650


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("hang", "the probe did not finish within 2 seconds and was stopped"),
        ("crash", "the probe was ended by signal SIGSEGV"),
        ("hog", "the probe ran out of the memory it is allowed"),
        ("garbage", "the probe's answer cannot be read"),
        ("honest", "the probe's answer does not hold: it names other attacks or strengths than were asked for"),
        ("boasting", "the probe's answer does not hold: a figure is out of its range"),
        ("too_far", "the probe's answer does not hold: an input was moved further than the strength allows"),
        ("fixed_moved", "the probe's answer does not hold: an input that may not change was changed"),
        ("below_zero", "the probe's answer does not hold: an input lies outside its declared range"),
        (
            "fewer_rows",
            "the probe's answer does not hold: `adversarial.npy` has another shape or type than was asked for",
        ),
        ("with_nan", "the probe's answer does not hold: `adversarial.npy` holds values that are not finite"),
        ("pickled", "the probe's answer does not hold: `adversarial.npy` cannot be read"),
    ],
)
@needs_art
def test_a_probe_that_misbehaves_is_missing_evidence(compas: Any, entry: str, reason: str) -> None:
    compas.timeout = 2.0 if entry == "hang" else 60.0
    found = compas.measure(hostile(entry), compas.nodes["model:test/risk-net"], strengths=STRENGTHS)
    assert isinstance(found, Missing)
    assert found.reason == reason
    assert found.advice
    assert list(compas.scratch.iterdir()) == []


@needs_art
def test_an_attack_that_does_nothing_is_suspected(compas: Any) -> None:
    """An answer that holds in every bound and found nothing: the checks see that it was no attack."""
    value = compas.value(hostile("idle"), compas.nodes["model:test/risk-net"], strengths=STRENGTHS)
    assert value["robust_accuracy"]["k"] == 1650
    assert value["gradient_masking_suspected"] is True


def test_without_the_extra_it_is_missing(compas: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lexaudit_evidence.robustness.LIBRARIES", ("numpy", "a-toolbox-that-nobody-installed"))
    found = compas.inspect(Robustness(), compas.nodes["model:test/risk-net"])
    assert isinstance(found, Missing)
    assert (found.reason, found.advice) == ("needs the extra `lexaudit[probes]`", "pip install 'lexaudit[probes]'")


def test_recorded_predictions_cannot_be_attacked(compas: Any) -> None:
    found = compas.inspect(Robustness(), compas.nodes["model:test/vendor-score"])
    assert isinstance(found, Missing)
    assert found.reason == "`model/vendor-score` declares no weights, and recorded predictions cannot be attacked"


def test_nothing_changeable_is_missing(compas: Any) -> None:
    for column in compas.nodes["dataset:test/two-year"].attributes["columns"].values():
        column["changeable"] = False
    found = compas.inspect(Robustness(), compas.nodes["model:test/risk-net"])
    assert isinstance(found, Missing)
    assert (
        found.reason == "no input of `model/risk-net` is declared changeable, so there is nothing an attacker could do"
    )


def test_a_value_outside_its_declared_range(compas: Any) -> None:
    compas.nodes["dataset:test/two-year"].attributes["columns"]["age"]["range"] = [18, 70]
    with pytest.raises(InputError) as caught:
        compas.inspect(Robustness(), compas.nodes["model:test/risk-net"])
    assert caught.value.render() == (
        "lexaudit.yaml:4:5: line 154 of `data/two-year.csv`: the input of the network `age` is `78`, which lies "
        "outside the declared range 18 to 70\n"
        "  help: correct the value, or declare the range that the column really has"
    )


def test_a_changeable_column_without_a_range(compas: Any) -> None:
    del compas.nodes["dataset:test/two-year"].attributes["columns"]["priors_count"]["range"]
    with pytest.raises(InputError) as caught:
        compas.inspect(Robustness(), compas.nodes["model:test/risk-net"])
    assert caught.value.render() == (
        "lexaudit.yaml:4:5: `priors_count` is declared changeable without a `range`\n"
        "  help: state the smallest and largest value it can plausibly have, such as `range: [0, 40]`"
    )


@pytest.mark.parametrize(
    ("parameters", "problems"),
    [
        ({}, []),
        ({"strengths": [0.0, 0.1], "norm": "linf", "at": 0.1}, []),
        ({"strength": [0.1]}, ["unknown parameter `strength`; did you mean `strengths`?"]),
        ({"strengths": []}, ["`strengths` must be a list of numbers from 0 on, not `[]`"]),
        ({"strengths": [0.1, 0.05]}, ["`strengths` must rise, and end above 0, unlike `[0.1, 0.05]`"]),
        ({"strengths": [-1]}, ["`strengths` must be a list of numbers from 0 on, not `[-1]`"]),
        ({"strengths": [0.1], "at": 0.2}, ["`at` must be one of the strengths, not `0.2`"]),
        ({"norm": "l2"}, ["the norm `l2` cannot be measured; known: `linf`"]),
    ],
)
def test_parameters_are_checked_without_a_graph(parameters: dict[str, Any], problems: list[str]) -> None:
    assert Robustness().check(parameters) == problems
