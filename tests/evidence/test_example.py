"""The example holds together: its data, its network, and the documents that its story needs."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from lexaudit.canonical import digest_file
from lexaudit.collect import Missing
from lexaudit.graph import NodeId
from lexaudit.graph.manifest import read_graph
from lexaudit_evidence.documents import Documents
from lexaudit_evidence.fairness import Fairness

COMPAS = Path(__file__).resolve().parents[2] / "examples" / "compas"


@pytest.fixture
def described(new_world: Any) -> Any:
    """The example as its manifest describes it."""
    world = new_world(COMPAS)
    graph = read_graph([COMPAS / "lexaudit.yaml"])
    world.nodes, world.edges = dict(graph.nodes), list(graph.edges)
    return world


def test_provenance_states_the_digests_of_what_is_there() -> None:
    stated = dict(
        re.findall(r"\| `((?:data|model)/[^`]+)` \|[^|]*\| `([0-9a-f]{64})` \|", (COMPAS / "PROVENANCE.md").read_text())
    )
    assert set(stated) == {"data/two-year.csv", "data/unfiltered.csv", "model/risk-net.safetensors"}
    assert {name: digest_file(COMPAS / name) for name in stated} == {
        name: f"sha256:{digest}" for name, digest in stated.items()
    }


def test_nobody_is_named_in_the_tables() -> None:
    for name in ("two-year", "unfiltered"):
        with (COMPAS / "data" / f"{name}.csv").open() as file:
            header = set(file.readline().strip().split(","))
        assert not header & {"id", "name", "first", "last", "dob", "c_case_number", "compas_screening_date"}


@pytest.mark.skipif(
    find_spec("torch") is None or find_spec("safetensors") is None, reason="needs torch and safetensors"
)
def test_training_again_gives_the_same_network(tmp_path: Path) -> None:
    digests, said = set(), ""
    for attempt in ("one", "two"):
        folder = tmp_path / attempt
        copytree(COMPAS / "data", folder / "data")
        (folder / "train.py").write_bytes((COMPAS / "train.py").read_bytes())
        said = subprocess.run(
            [sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout
        digests.add(digest_file(folder / "model/risk-net.safetensors"))
    assert len(digests) == 1
    # processors round differently, and 600 steps carry that on: elsewhere it is nearly the network that was committed
    right = re.search(r"test: (\d+) of 2469 right", said)
    assert right is not None
    assert abs(int(right[1]) - 1650) <= 25, said


def test_every_file_the_manifest_names_is_there() -> None:
    graph = read_graph([COMPAS / "lexaudit.yaml"])
    missing = [
        str(node.attributes["path"])
        for node in graph.nodes.values()
        if node.attributes.get("path") and not (COMPAS / str(node.attributes["path"])).is_file()
    ]
    assert missing == []


STORY = {
    ("system:northgate/risk-support@2.0", "risk_management"): (True, True),
    ("system:northgate/risk-support@2.0", "instructions_for_use"): (True, True),
    ("system:northgate/risk-support@2.0", "technical_documentation"): (False, False),
    ("system:northgate/risk-support@2.0", "post_market_monitoring_plan"): (False, False),
    ("processing:northgate/pilot-evaluation", "data_protection_impact_assessment"): (True, False),
    ("processing:northgate/pilot-evaluation", "record_of_processing"): (True, True),
    ("processing:northgate/development", "processing_agreement"): (False, False),
    ("deployment:northgate/pilot", "fundamental_rights_impact_assessment"): (False, False),
}


@pytest.mark.parametrize(("subject", "kind"), STORY)
def test_the_documents_tell_the_story(described: Any, subject: str, kind: str) -> None:
    value = described.value(Documents(), described.nodes[subject], type=kind)
    assert (value["found"], value["current"]) == STORY[subject, kind], value["reasons"]


def test_the_instructions_lack_two_items(described: Any) -> None:
    value = described.value(
        Documents(), described.nodes["system:northgate/risk-support@2.0"], type="instructions_for_use",
        sections=["Provider", "Intended purpose", "Explanation of outputs|Explainability", "Performance for groups",
                  "Resources, lifetime and maintenance|Maintenance", "Logs"],
    )  # fmt: skip
    assert value["missing_sections"] == [
        "Explanation of outputs|Explainability",
        "Resources, lifetime and maintenance|Maintenance",
    ]


def test_the_draft_has_headings_without_content(described: Any) -> None:
    value = described.value(
        Documents(), described.nodes["system:northgate/risk-support@2.0"], type="technical_documentation",
        sections=["Interaction with other systems", "Forms of supply", "User interface", "System architecture",
                  "Cybersecurity", "Hardware"],
    )  # fmt: skip
    assert value["empty_sections"] == [
        "Interaction with other systems", "Forms of supply", "User interface", "System architecture", "Cybersecurity",
    ]  # fmt: skip


def test_the_bias_examination_states_what_is_measured(described: Any) -> None:
    """The documents are fiction; the figures in this one are not."""
    text = (COMPAS / "documents" / "bias-examination.md").read_text()
    rows = re.findall(r"\| (false positives|false negatives) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", text)
    assert len(rows) == 7
    measured = [
        described.value(Fairness(), described.nodes[model])
        for model in ("model:northgate/risk-net@1.0", "model:northgate/vendor-score@2013")
    ]
    for rate, group, *cells in rows:
        metric = f"{rate.replace(' ', '_').removesuffix('s')}_rate"
        name = {"women": "Female", "men": "Male"}.get(group, group)
        for value, cell in zip(measured, cells, strict=True):
            (entry,) = [entry for entry in value[metric]["groups"] if entry["group"] == name]
            assert cell == f"{entry['k']} of {entry['n']:,}, {100 * entry['estimate']:.1f} %"


def test_the_second_manifest_gives_the_published_table(new_world: Any) -> None:
    world = new_world(COMPAS)
    graph = read_graph([COMPAS / "unfiltered.yaml"])
    world.nodes, world.edges = dict(graph.nodes), list(graph.edges)
    value = world.value(Fairness(), graph.nodes[NodeId("model:propublica/vendor-score")])
    found = {
        metric: [round(100 * entry["estimate"], 2) for entry in value[metric]["groups"][:2]]
        for metric in ("false_positive_rate", "false_negative_rate")
    }
    assert found == {"false_positive_rate": [44.85, 23.45], "false_negative_rate": [27.99, 47.72]}


def test_no_model_of_the_example_lacks_a_measurement(described: Any) -> None:
    for model in ("model:northgate/risk-net@1.0", "model:northgate/vendor-score@2013"):
        assert not isinstance(described.inspect(Fairness(), described.nodes[model]), Missing)
