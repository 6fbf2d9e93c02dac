"""What a condition sees: nodes as records, in a world that knows the lineage and the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lexaudit.condition import EvaluationFault, Unknown
from lexaudit.graph import Attribute, Graph, Kind, Node, NodeId
from lexaudit.graph.lineage import Lineage
from lexaudit.packs.lookups import LOOKUPS

if TYPE_CHECKING:
    from lexaudit.packs.flow import Currents
    from lexaudit.packs.pack import Flow

Derive = Callable[["View", str], Any]
"""Gives the value of a derived fact of a node, or an `Unknown`."""

Read = tuple[str, ...]
"""Something read: a node's id and a field, or `look`, a lookup's name, a node's id and words."""

Reads = dict[Read, Any]
"""What was read, with what it gave."""


class World:
    """A graph with its lineage, seen through the facts that the packs declare."""

    def __init__(
        self,
        graph: Graph,
        fields: Mapping[Kind, Mapping[str, Attribute]],
        derived: Mapping[Kind, frozenset[str]],
        derive: Derive,
        *,
        flows: Mapping[str, Flow] | None = None,
        base: Mapping[str, Any] | None = None,
        recorded: bool = True,
    ) -> None:
        self.graph = graph
        self.lineage = Lineage(graph)
        self.fields = fields
        """Attributes and facts by kind."""
        self.derived = derived
        """The names of those facts that are derived."""
        self.derive = derive
        self.flows = flows or {}
        """What is carried along lineage."""
        self.base = base or {}
        """What every condition reads beside its subject."""
        self.reads: Reads | None = None
        """What has been read since recording began; none while nobody records."""
        self._class = RecordedView if recorded else View
        self._views: dict[NodeId, View] = {}
        self._looked: Reads = {}

    def view(self, node: Node) -> View:
        """The one view of a node."""
        found = self._views.get(node.id)
        if found is None:
            found = self._views[node.id] = self._class(self, node)
        return found

    def views(self, nodes: Sequence[Node]) -> list[View]:
        """The views of several nodes."""
        return [self.view(node) for node in nodes]

    def look(self, name: str, node: NodeId, *words: str) -> Any:
        """What the lookup of this name gives for a node."""
        read = ("look", name, node, *words)
        if read not in self._looked:
            # what a lookup itself reads is a part of what it gives
            with self.recording():
                self._looked[read] = LOOKUPS[name](self, node, *words)
        value = self._looked[read]
        if self.reads is not None:
            self.reads[read] = value
        return value

    @cached_property
    def currents(self) -> Currents:
        """Where the flows go; all in one sweep, when the first is asked for."""
        from lexaudit.packs.flow import Currents

        return Currents(self)

    @contextmanager
    def recording(self) -> Iterator[Reads]:
        """Record what is read inside, apart from what is being recorded outside."""
        outer, self.reads = self.reads, {}
        try:
            yield self.reads
        finally:
            self.reads = outer

    def again(self, read: Read) -> Any:
        """What reading it gives now; `GONE` when there is nothing to read any more."""
        try:
            if read[0] == "look":
                _, name, node, *words = read
                return self.look(name, NodeId(node), *words)
            return self.view(self.graph.nodes[NodeId(read[0])])[read[1]]
        except (LookupError, ValueError):
            return GONE


GONE = "\0gone"
"""Stands for what can no longer be read; no value that can be stated is equal to it."""


def token(value: Any) -> Any:
    """A value that was read, as a JSON value that is equal for equal values only."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, View):
        return {"node": value.node.id}
    if isinstance(value, list | tuple):
        return [token(item) for item in value]
    if isinstance(value, Unknown):
        return {"unknown": sorted(value.paths)}
    if isinstance(value, EvaluationFault):
        return {"fault": value.message}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, Mapping):
        return {"map": [[token(key), token(item)] for key, item in value.items()]}
    return {"other": repr(value)}


def labels(world: World, reads: Reads) -> tuple[str, ...]:
    """The attributes and facts among what was read, as `kind/name.field`."""
    nodes = world.graph.nodes
    return tuple(sorted(f"{nodes[NodeId(r[0])].label}.{r[1]}" for r in reads if r[0] != "look"))


_OWN = ("id", "name", "kind")
"""What a node is, whatever is stated about it."""


class View(dict[str, Any]):
    """A node as a condition reads it: stated, derived, absent by default, or unknown with its path.

    It holds what has been read of it; the rest is read when it is asked for.
    """

    __slots__ = ("node", "world")

    def __init__(self, world: World, node: Node) -> None:
        super().__init__(id=node.id, name=node.name, kind=str(node.kind))
        self.world = world
        self.node = node

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._read(name)
        return value

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
        yield from _OWN
        yield from (name for name, attribute in self.world.fields[self.node.kind].items() if not attribute.structured)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, name: str, default: Any = None) -> Any:
        # not the `get` of `dict`, which knows only what has been read already
        if name in self:
            return self[name]
        return default

    def __contains__(self, name: object) -> bool:
        if name in _OWN:
            return True
        attribute = self.world.fields[self.node.kind].get(str(name))
        return attribute is not None and not attribute.structured

    @property
    def shown(self) -> str:
        """How explanations name the node."""
        return self.node.label

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and other.node.id == self.node.id

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(self.node.id)

    def __repr__(self) -> str:
        return self.node.label


class RecordedView(View):
    """A view that tells its world what is read."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        reads = self.world.reads
        if reads is not None and name not in _OWN:
            reads[self.node.id, name] = value
        return value


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
