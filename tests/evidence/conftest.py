"""Small graphs in sight, built without a manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lexaudit.collect import Collector, Evidence, Inputs, Missing, Need, Workspace
from lexaudit.errors import Place
from lexaudit.graph import Edge, Graph, Kind, Node, NodeId, Origin
from lexaudit.graph.kinds import Relation

COMPAS = Path(__file__).resolve().parents[2] / "examples" / "compas"


class World:
    """A folder with files, and the nodes that describe them; every attribute has a place in `lexaudit.yaml`."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root = root
        self.scratch = scratch
        self.nodes: dict[NodeId, Node] = {}
        self.edges: list[Edge] = []
        self.at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        self.seed = 20261124
        self.timeout = 60.0
        self.notes: list[tuple[float, str]] = []

    def add(self, kind: str, name: str, **attributes: Any) -> Node:
        """Describe something; its attributes stand on lines 2, 3 … of the manifest."""
        places = {key: Place("lexaudit.yaml", line, 5) for line, key in enumerate(attributes, start=2)}
        node = Node(
            NodeId(f"{kind}:test/{name}"),
            Kind(kind),
            name,
            attributes,
            {},
            Origin(Place("lexaudit.yaml", 1, 3)),
            places,
        )
        self.nodes[node.id] = node
        return node

    def document(self, name: str, about: Node, **attributes: Any) -> Node:
        """File a document about something."""
        node = self.add("document", name, **attributes)
        self.edges.append(Edge(node.id, Relation.EVIDENCES, about.id, {}, node.origin))
        return node

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file into the folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def table(self, name: str, header: str, lines: list[str], **attributes: Any) -> Node:
        """A dataset with its file."""
        self.file(f"{name}.csv", "\n".join([header, *lines]) + "\n")
        return self.add("dataset", name, path=f"{name}.csv", **attributes)

    @property
    def graph(self) -> Graph:
        return Graph("test", dict(sorted(self.nodes.items())), tuple(self.edges))

    def workspace(self) -> Workspace:
        def progress(share: float, words: str) -> None:
            self.notes.append((share, words))

        return Workspace(self.root, self.scratch, self.at, self.seed, progress, self.timeout)

    def need(self, collector: Collector, subject: Node, parameters: Mapping[str, Any]) -> Need:
        assert collector.check(parameters) == []
        return Need(collector.name, subject.id, parameters)

    def inspect(self, collector: Collector, subject: Node, **parameters: Any) -> Inputs | Missing:
        return collector.inspect(self.need(collector, subject, parameters), self.graph, self.workspace())

    def measure(self, collector: Collector, subject: Node, **parameters: Any) -> Evidence | Missing:
        need, workspace = self.need(collector, subject, parameters), self.workspace()
        inputs = collector.inspect(need, self.graph, workspace)
        if isinstance(inputs, Missing):
            return inputs
        return collector.measure(need, inputs, self.graph, workspace)

    def value(self, collector: Collector, subject: Node, **parameters: Any) -> Mapping[str, Any]:
        found = self.measure(collector, subject, **parameters)
        assert isinstance(found, Evidence), found
        return found.value


@pytest.fixture
def new_world(tmp_path: Path) -> Callable[..., World]:
    """Makes worlds; of a given folder, or of one of their own."""
    made: list[int] = []

    def make(root: Path | None = None) -> World:
        made.append(len(made))
        own = tmp_path / f"root{len(made)}"
        own.mkdir()
        scratch = tmp_path / f"scratch{len(made)}"
        scratch.mkdir()
        return World(root or own, scratch)

    return make


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    """A world with an empty folder."""
    return new_world()


@pytest.fixture
def compas(new_world: Callable[..., World]) -> World:
    """The example's data, with both of its tables and both of its models."""
    world = new_world(COMPAS)
    world.add("dataset", "unfiltered", path="data/unfiltered.csv", rows=7214)
    counts = {"juv_fel_count": 20, "juv_misd_count": 13, "juv_other_count": 17, "priors_count": 38, "felony": 1}
    world.add(
        "dataset", "two-year", path="data/two-year.csv", rows=6172,
        columns={
            "age": {"type": "integer", "range": [18, 96], "changeable": False},
            **{name: {"type": "integer", "range": [0, most], "changeable": True} for name, most in counts.items()},
        },
    )  # fmt: skip
    scales = {
        "age": (34.5344, 11.74), "juv_fel_count": (0.0527, 0.4771), "juv_misd_count": (0.0878, 0.5203),
        "juv_other_count": (0.1102, 0.4839), "priors_count": (3.1655, 4.6812), "felony": (0.6427, 0.4792),
    }  # fmt: skip
    measured_on = {
        "dataset": "two-year", "label": "two_year_recid", "sensitive": ["race", "sex"],
        "rows": {"column": "split", "equals": "test"},
    }  # fmt: skip
    world.add(
        "model", "risk-net", measured_on=measured_on,
        weights={
            "file": "model/risk-net.safetensors",
            "architecture": {"type": "mlp", "inputs": list(scales), "hidden": [16, 8], "outputs": 1},
            "inputs": {name: {"mean": mean, "scale": scale} for name, (mean, scale) in scales.items()},
            "decision": {"at_least": 0.5},
        },
    )  # fmt: skip
    world.add("model", "vendor-score", measured_on=measured_on, predictions={"column": "decile_score", "at_least": 5})
    world.add(
        "model", "everyone", predictions={"column": "decile_score", "at_least": 5},
        measured_on={"dataset": "unfiltered", "label": "two_year_recid", "sensitive": ["race"]},
    )  # fmt: skip
    return world
