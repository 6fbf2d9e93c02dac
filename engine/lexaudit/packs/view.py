"""What a condition sees: nodes as records, in a world that knows the lineage and the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from lexaudit.condition import Unknown
from lexaudit.graph import Attribute, Graph, Kind, Node, NodeId
from lexaudit.graph.lineage import Lineage

Derive = Callable[["View", str], Any]
"""Gives the value of a derived fact of a node, or an `Unknown`."""


class World:
    """A graph with its lineage, seen through the facts that the packs declare."""

    def __init__(
        self,
        graph: Graph,
        fields: Mapping[Kind, Mapping[str, Attribute]],
        derived: Mapping[Kind, frozenset[str]],
        derive: Derive,
    ) -> None:
        self.graph = graph
        self.lineage = Lineage(graph)
        self.fields = fields
        """Attributes and facts by kind."""
        self.derived = derived
        """The names of those facts that are derived."""
        self.derive = derive
        self.reads: set[str] = set()
        """Every attribute and fact read since it was last emptied, as `kind/name.field`."""
        self._views: dict[NodeId, View] = {}

    def view(self, node: Node) -> View:
        """The one view of a node."""
        found = self._views.get(node.id)
        if found is None:
            found = self._views[node.id] = View(self, node)
        return found

    def views(self, nodes: list[Node]) -> list[View]:
        """The views of several nodes."""
        return [self.view(node) for node in nodes]


class View(Mapping[str, Any]):
    """A node as a condition reads it: stated, derived, absent by default, or unknown with its path."""

    __slots__ = ("_values", "node", "world")

    def __init__(self, world: World, node: Node) -> None:
        self.world = world
        self.node = node
        self._values: dict[str, Any] = {"id": node.id, "name": node.name, "kind": str(node.kind)}

    def __getitem__(self, name: str) -> Any:
        if name not in ("id", "name", "kind"):
            self.world.reads.add(f"{self.node.label}.{name}")
        if name not in self._values:
            self._values[name] = self._read(name)
        return self._values[name]

    def _read(self, name: str) -> Any:
        attribute = self.world.fields[self.node.kind].get(name)
        if attribute is None or attribute.structured:
            raise KeyError(name)
        if name in self.world.derived[self.node.kind]:
            return self.world.derive(self, name)
        if name in self.node.facts:
            return typed(self.node.facts[name].value, attribute)
        if name in self.node.attributes:
            return typed(self.node.attributes[name], attribute)
        if attribute.open:
            return Unknown(frozenset({f"{self.node.label}.{name}"}))
        if attribute.default is None:
            return Unknown(frozenset({f"{self.node.label}.{name}"}))
        return list(attribute.default) if isinstance(attribute.default, tuple) else attribute.default

    def __iter__(self) -> Iterator[str]:
        yield from ("id", "name", "kind")
        yield from (name for name, attribute in self.world.fields[self.node.kind].items() if not attribute.structured)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        if name in ("id", "name", "kind"):
            return True
        attribute = self.world.fields[self.node.kind].get(str(name))
        return attribute is not None and not attribute.structured

    @property
    def shown(self) -> str:
        """How explanations name the node."""
        return self.node.label

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and other.node.id == self.node.id

    def __hash__(self) -> int:
        return hash(self.node.id)

    def __repr__(self) -> str:
        return self.node.label


def typed(value: Any, attribute: Attribute) -> Any:
    """A stated JSON value as conditions compute with it: dates become timestamps at midnight UTC."""
    if attribute.type == "date" and isinstance(value, str):
        return timestamp(date.fromisoformat(value))
    if attribute.type == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def timestamp(day: date) -> datetime:
    """Midnight UTC of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
