"""What a condition may look up about a node in the graph: each a pure function of the world, the node and words.

Conditions reach them through `World.look`, which remembers every lookup with what it gave: the read set of a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from lexaudit.condition import Unknown
from lexaudit.graph import Kind, NodeId, Relation

if TYPE_CHECKING:
    from lexaudit.packs.view import View, World

Lookup = Callable[..., Any]
"""Takes the world, a node's id, and words; gives views, words or records."""


def _upstream(world: World, node: NodeId, kind: str) -> list[View]:
    return world.views(world.lineage.upstream(node, Kind(kind)))


def _downstream(world: World, node: NodeId, kind: str) -> list[View]:
    return world.views(world.lineage.downstream(node, Kind(kind)))


def _systems(world: World, node: NodeId) -> list[View]:
    return world.views(world.lineage.systems_of(node))


def _models(world: World, node: NodeId) -> list[View]:
    return world.views(world.lineage.models_of(node))


def _used_for(world: World, node: NodeId, use: str) -> list[View]:
    return world.views(world.lineage.used_for(node, use))


def _sources(world: World, node: NodeId, relation: Relation) -> list[View]:
    nodes = world.graph.nodes
    return world.views([nodes[edge.source] for edge in world.graph.incoming(node, relation)])


def _holders(world: World, node: NodeId, role: str) -> list[View]:
    nodes = world.graph.nodes
    edges = world.graph.incoming(node, Relation.HAS_ROLE)
    return world.views([nodes[edge.source] for edge in edges if edge.attributes.get("role") == role])


def _holds(world: World, node: NodeId, role: str) -> list[str]:
    edges = world.graph.outgoing(node, Relation.HAS_ROLE)
    return [str(edge.target) for edge in edges if edge.attributes.get("role") == role]


def _documents(world: World, node: NodeId, type_: str) -> list[View]:
    found = _sources(world, node, Relation.EVIDENCES)
    return [view for view in found if view.node.kind is Kind.DOCUMENT and view["type"] == type_]


def _controls(world: World, node: NodeId, type_: str) -> list[View]:
    return [view for view in _sources(world, node, Relation.CONTROLS) if view["type"] == type_]


def _incidents(world: World, node: NodeId) -> list[View]:
    return _sources(world, node, Relation.CONCERNS)


def _processings(world: World, node: NodeId) -> list[View]:
    found = {covering.node.id: covering for covering in _sources(world, node, Relation.COVERS)}
    if world.graph.nodes[node].kind in (Kind.MODEL, Kind.SYSTEM, Kind.DEPLOYMENT):
        for origin in world.lineage.upstream(node):
            for covering in _sources(world, origin.id, Relation.COVERS):
                found.setdefault(covering.node.id, covering)
    return list(found.values())


def _covered(world: World, node: NodeId, kind: str) -> list[View]:
    nodes = [world.graph.nodes[edge.target] for edge in world.graph.outgoing(node, Relation.COVERS)]
    return world.views([covered for covered in nodes if covered.kind == kind])


def _transfers(world: World, node: NodeId) -> list[dict[str, Any]]:
    label = world.graph.nodes[node].label
    return [
        {
            "recipient": str(edge.target),
            **{
                name: edge.attributes.get(name, Unknown(frozenset({f"{label}.transfers[{index}].{name}"})))
                for name in ("country", "mechanism")
            },
        }
        for index, edge in enumerate(world.graph.outgoing(node, Relation.TRANSFERS_TO))
    ]


def _carries(world: World, node: NodeId, flow: str) -> Any:
    return world.currents.state(node, flow)


def _carried_from(world: World, node: NodeId, flow: str) -> Any:
    state = world.currents.state(node, flow)
    if isinstance(state, Unknown):
        return state
    return world.views([world.graph.nodes[origin] for origin in world.currents.origins(node, flow, Kind.DATASET)])


def _carried_along(world: World, node: NodeId, flow: str) -> list[str]:
    """A shortest way along which a flow reaches a node, or may."""
    return [str(step) for step in world.currents.way(node, flow)]


def _path(world: World, node: NodeId, target: str) -> list[str]:
    """A shortest way between the two along the lineage, in whichever direction there is one."""
    lineage = world.lineage
    return [str(step) for step in lineage.path(node, NodeId(target)) or lineage.path(NodeId(target), node)]


LOOKUPS: Final[Mapping[str, Lookup]] = {
    "upstream": _upstream,
    "downstream": _downstream,
    "systems": _systems,
    "models": _models,
    "datasets_used_for": _used_for,
    "holders": _holders,
    "holds": _holds,
    "documents": _documents,
    "controls": _controls,
    "incidents": _incidents,
    "processings": _processings,
    "covered": _covered,
    "transfers": _transfers,
    "path": _path,
    "carries": _carries,
    "carried_from": _carried_from,
    "carried_along": _carried_along,
}
"""Every lookup by its name in read sets."""
