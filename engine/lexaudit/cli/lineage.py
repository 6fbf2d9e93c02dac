"""`lineage show`: what flows into what, as a tree, a diagram or data."""

from __future__ import annotations

import json
from pathlib import Path

import click

from lexaudit.cli.common import manifests as paths_of
from lexaudit.errors import InputError
from lexaudit.graph import TRANSITIVE, Graph, Kind, Node, NodeId, Relation
from lexaudit.graph.lineage import Lineage
from lexaudit.graph.manifest import read_graph
from lexaudit.marked import nearest


@click.group()
def lineage() -> None:
    """What flows into what."""


@lineage.command(epilog="Example:  lexaudit lineage show lexaudit.yaml --node deployment/pilot")
@click.argument("manifests", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--node", "label", help="Begin here, and show what flows into it; by default everything at the end of a flow."
)
@click.option(
    "--format", "form", type=click.Choice(["tree", "mermaid", "json", "svg"]), default="tree", show_default=True
)
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file.")
def show(manifests: tuple[Path, ...], label: str | None, form: str, out: Path | None) -> None:
    """Show the lineage that MANIFESTS describe."""
    graph = read_graph(paths_of(manifests))
    start = _node(graph, label) if label else None
    if form == "svg":
        from importlib import import_module

        text = import_module("lexaudit_reports.lineage").svg(graph.plain())
    elif form == "json":
        text = json.dumps(graph.plain(), indent=2, ensure_ascii=False, sort_keys=True)
    elif form == "mermaid":
        text = _mermaid(graph)
    else:
        text = tree(graph, start)
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write `{out}`: {error.strerror}") from error
    click.echo(f"wrote {out}")


def _node(graph: Graph, label: str) -> Node:
    for node in graph.nodes.values():
        if label in (node.label, node.id, f"{node.label}@{node.version}"):
            return node
    guess = nearest(label, [node.label for node in graph.nodes.values()])
    raise InputError(
        f"`{label}` is not in the graph", advice=f"did you mean `{guess}`?" if guess else "write kind/name"
    )


def tree(graph: Graph, start: Node | None = None) -> str:
    """What flows into the ends of the lineage (or into one node), nearest first, at most 80 columns wide."""
    flow = {Kind.DATASET, Kind.RUN, Kind.MODEL, Kind.SYSTEM, Kind.DEPLOYMENT}
    lines: list[str] = []
    shown: set[NodeId] = set()

    def walk(node: Node, prefix: str, branch: str, word: str, above: tuple[NodeId, ...]) -> None:
        again = " (in a cycle)" if node.id in above else " (see above)" if node.id in shown else ""
        title = f"  {node.title}" if node.title != node.name else ""
        line = f"{prefix}{branch}{word}{node.label}{'@' + node.version if node.version else ''}{again}"
        room = 80 - len(line)
        lines.append(line + (title if len(title) <= room else title[: room - 1] + "…" if room > 8 else ""))
        if again:
            return
        shown.add(node.id)
        edges = [edge for edge in graph.incoming(node.id) if edge.relation in TRANSITIVE]
        below = prefix + ("" if not branch else "   " if branch.startswith("└") else "│  ")
        for index, edge in enumerate(edges):
            last = index == len(edges) - 1
            use = edge.attributes.get("use") or edge.attributes.get("how")
            walk(
                graph.nodes[edge.source], below, "└─ " if last else "├─ ", f"{use}: " if use else "", (*above, node.id)
            )

    if start:
        walk(start, "", "", "", ())
    else:
        ends = [
            node
            for node in graph.nodes.values()
            if node.kind in flow
            and not any(
                edge.relation in TRANSITIVE and edge.relation is not Relation.FEEDS_BACK
                for edge in graph.outgoing(node.id)
            )
        ]
        for node in sorted(ends, key=lambda node: (node.kind is not Kind.DEPLOYMENT, node.id)):
            walk(node, "", "", "", ())
        for node in graph.nodes.values():
            if node.kind in flow and node.id not in shown:
                walk(node, "", "", "", ())
    for note in Lineage(graph).notes():
        lines.append(f"note: {note['text']}")
    return "\n".join(lines)


def _mermaid(graph: Graph) -> str:
    names = {node_id: f"n{index}" for index, node_id in enumerate(graph.nodes)}
    shapes = {
        Kind.DATASET: ("[(", ")]"),
        Kind.RUN: ("(", ")"),
        Kind.MODEL: ("{{", "}}"),
        Kind.SYSTEM: ("[", "]"),
        Kind.DEPLOYMENT: ("([", "])"),
    }
    lines = ["flowchart LR"]
    for node in graph.nodes.values():
        opening, closing = shapes.get(node.kind, ("[/", "/]"))
        title = node.title.replace('"', "#quot;")
        lines.append(f'  {names[node.id]}{opening}"{node.kind}: {title}"{closing}')
    for edge in graph.edges:
        arrow = "-->" if edge.relation in TRANSITIVE else "-.->"
        word = edge.attributes.get("role") or edge.attributes.get("use") or edge.relation
        lines.append(f"  {names[edge.source]} {arrow}|{word}| {names[edge.target]}")
    return "\n".join(lines)
