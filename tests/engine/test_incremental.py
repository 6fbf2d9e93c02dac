"""Judging again only what has changed gives what judging everything gives; and a memory that does not hold is none."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lexaudit.collect import Evidence, Missing
from lexaudit.errors import Place
from lexaudit.evaluate.judge import Collected, judge
from lexaudit.facts import Derivations
from lexaudit.finding import finding_from
from lexaudit.graph import ATTRIBUTES, Fact, Graph, Kind, Node, Origin
from lexaudit.graph.manifest import read_graph
from lexaudit.plan import make_plan
from lexaudit.policy import Policy, default_policy

COMPAS = Path(__file__).resolve().parents[2] / "examples" / "compas"
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
POLICY = default_policy()
GRAPH = read_graph([COMPAS / "lexaudit.yaml", COMPAS / "answers.yaml"])
FACTS = Derivations(GRAPH, POLICY, AT, AT.date()).facts


def a_value(type_: str, choices: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """A value that may be stated for an attribute or fact of this type."""
    words = st.sampled_from(choices) if choices else st.sampled_from(["", "DE", "US", "b"])
    dates = st.dates(date(2024, 1, 1), date(2030, 1, 1)).map(date.isoformat)
    return {
        "bool": st.booleans(),
        "int": st.integers(0, 400),
        "number": st.floats(0, 1),
        "date": dates,
        "strings": st.lists(words, max_size=2, unique=True),
    }.get(type_, words)


@st.composite
def an_edit(draw: st.DrawFn) -> Callable[[Graph], Graph]:
    """A change somebody may make to a manifest: of an attribute, a fact, a title, an edge, an answer, or a node."""
    what = draw(st.sampled_from(["attribute", "fact", "title", "edge", "answer", "document", "place"]))
    index, gone = draw(st.integers(0, 10_000)), draw(st.booleans())
    chosen = list(GRAPH.nodes.values())[index % len(GRAPH.nodes)]
    if what == "edge":
        return lambda graph: replace(graph, edges=without(graph.edges, index))
    if what == "answer":
        later = timedelta(days=draw(st.integers(-900, 900)))

        def moved(graph: Graph) -> Graph:
            kept = list(graph.attestations)
            if kept:
                kept[index % len(kept)] = replace(kept[index % len(kept)], on=AT.date() + later)
            return replace(graph, attestations=tuple(kept[1:] if gone else kept))

        return moved
    if what == "document":
        new = replace(chosen, id=f"document:x/d{index}", kind=Kind.DOCUMENT, name=f"d{index}", attributes={}, facts={})
        return lambda graph: replace(graph, nodes=dict(sorted({**graph.nodes, new.id: new}.items())))
    if what == "place":
        return on(chosen, lambda node: replace(node, origin=Origin(Place("elsewhere.yaml", 7, 3))))
    if what == "title":
        return on(chosen, lambda node: replace(node, attributes={**node.attributes, "title": f"Title {index}"}))
    if what == "attribute":
        named = {n: a for n, a in ATTRIBUTES[chosen.kind].items() if not a.structured and n not in ("version", "title")}
        name, attribute = sorted(named.items())[index % len(named)]
        value = draw(a_value(attribute.type, attribute.choices))
        return on(chosen, lambda n: replace(n, attributes=put(n.attributes, name, None if gone else value)))
    asked = [fact for fact in FACTS.values() if fact.kind is chosen.kind]
    if not asked:
        return lambda graph: graph
    fact = asked[index % len(asked)]
    value = draw(a_value(fact.attribute.type, fact.attribute.choices))
    return on(chosen, lambda n: replace(n, facts=put(n.facts, fact.name, None if gone else Fact(fact.path, value))))


def on(node: Node, change: Callable[[Node], Node]) -> Callable[[Graph], Graph]:
    """The change of one node, as a change of the graph."""
    return lambda graph: replace(graph, nodes={**graph.nodes, node.id: change(graph.nodes[node.id])})


def put(mapping: Any, name: str, value: Any) -> dict[str, Any]:
    """A mapping with this value under this name; without the name when there is no value."""
    kept = {key: old for key, old in mapping.items() if key != name}
    return kept if value is None else {**kept, name: value}


def without(items: tuple[Any, ...], index: int) -> tuple[Any, ...]:
    """All but one."""
    return tuple(item for number, item in enumerate(items) if number != index % max(len(items), 1))


def evidence(graph: Graph, policy: Policy, at: datetime, salt: int) -> Collected:
    """Something found for every other need, different for every salt; the rest is missing."""
    found: dict[Any, Evidence | Missing] = {}
    for number, need in enumerate(make_plan(graph, policy, at, at.date()).needs):
        if (number + salt) % 2:
            value = {"found": True, "current": salt % 3 == 0, "missing_sections": [], "empty_sections": []}
            found[need.key] = Evidence(need, value, "test", {}, "1", salt % 2, {}, {}, {}, at, ())
        else:
            found[need.key] = Missing(need, f"not there {salt % 2}", "look for it")
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(an_edit(), min_size=1, max_size=3), min_size=1, max_size=3), st.lists(st.integers(0, 3)))
def test_full_and_incremental_are_equal_over_random_edits(
    edits: list[list[Callable[[Graph], Graph]]], salts: list[int]
):
    graph, memory = GRAPH, judge(GRAPH, POLICY, evidence(GRAPH, POLICY, AT, 0), AT, AT.date()).memory
    for number, changes in enumerate(edits):
        for change in changes:
            graph = change(graph)
        at = AT + timedelta(days=number)
        collected = evidence(graph, POLICY, at, salts[number] if number < len(salts) else 0)
        again = judge(graph, POLICY, collected, at, AT.date(), memory=memory)
        whole = judge(graph, POLICY, collected, at, AT.date())
        assert again.findings == whole.findings
        assert {key: derived.value for key, derived in again.derivations.done.items()} == {
            key: derived.value for key, derived in whole.derivations.done.items()
        }
        assert {key: known.reads for key, known in again.memory.items()} == {
            key: known.reads for key, known in whole.memory.items()
        }
        memory = again.memory


def test_a_new_title_is_shown_wherever_it_was_shown():
    bare = replace(
        GRAPH, nodes={key: replace(node, facts={}, attributes={}) for key, node in GRAPH.nodes.items()}, attestations=()
    )
    memory = judge(bare, POLICY, {}, AT, AT.date()).memory
    for node in GRAPH.nodes.values():
        renamed = on(node, lambda found: replace(found, attributes={**found.attributes, "title": "New"}))(bare)
        again = judge(renamed, POLICY, {}, AT, AT.date(), memory=memory)
        assert again.findings == judge(renamed, POLICY, {}, AT, AT.date()).findings, node.id


def test_one_changed_fact_is_judged_again_only_where_it_is_read():
    collected = evidence(GRAPH, POLICY, AT, 0)
    first = judge(GRAPH, POLICY, collected, AT, AT.date())
    system = next(node for node in GRAPH.nodes.values() if node.kind is Kind.SYSTEM)
    name = "generates_synthetic_content"
    fact = Fact(f"system.{name}", not system.facts[name].value if name in system.facts else True)
    edited = on(system, lambda node: replace(node, facts={**node.facts, name: fact}))(GRAPH)
    again = judge(edited, POLICY, collected, AT, AT.date(), memory=first.memory)
    # what follows from the fact, and from what follows from it
    rests = {name}
    for _ in range(10):
        rests |= {
            derived.declaration.name
            for derived in first.derivations.done.values()
            if derived.node.id == system.id and any(f"{system.label}.{other}" in derived.reads for other in rests)
        }
    directly = {key for key, known in first.memory.items() if (system.id, name) in known.reads}
    at_all = {key for key, known in first.memory.items() if any((system.id, other) in known.reads for other in rests)}
    judged_again = {key for key, known in again.memory.items() if known is not first.memory[key]}
    assert len(again.memory) - again.reused == len(judged_again)
    assert directly <= judged_again <= at_all
    assert 0 < len(judged_again) < 10


def test_a_finding_survives_being_written_down():
    for finding in judge(GRAPH, POLICY, evidence(GRAPH, POLICY, AT, 1), AT, AT.date()).findings:
        assert finding_from(finding.plain()) == finding


# the gate that remembers ----------------------------------------------------------------------------------------------


def kept(store: Path) -> Path:
    (path,) = (store / "judged").glob("*.json")
    return path


@pytest.fixture
def store(tmp_path: Path, measured: Any, lexaudit: Any) -> Path:
    """A store in which the example was gated once, without measuring."""
    lexaudit("gate", COMPAS, "--store", tmp_path / "store", "--at", "2026-11-24", "--no-measure")
    return tmp_path / "store"


def gated(lexaudit: Any, store: Path, *options: str) -> Any:
    return lexaudit(
        "gate", COMPAS, "--store", store, "--at", "2026-11-24", "--no-measure", "--format", "json", *options
    )


def test_a_second_gate_judges_nothing_again_and_prints_the_same(lexaudit: Any, store: Path):
    again, full = gated(lexaudit, store), gated(lexaudit, store, "--full")
    total = len(json.loads(full.out)["findings"])
    assert again.err.splitlines()[-1] == f"  0 of {total} judged again; nothing that the others read has changed"
    assert full.err == ""
    assert (again.code, again.out) == (full.code, full.out)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b'"outcome":"not_met"', b'"outcome":"met"'),
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"00\n" + data.partition(b"\n")[2],
    ],
    ids=["forged", "cut", "empty", "unsigned"],
)
def test_a_memory_that_does_not_hold_is_none(lexaudit: Any, store: Path, damage: Callable[[bytes], bytes]):
    path = kept(store)
    path.write_bytes(damage(path.read_bytes()))
    full = gated(lexaudit, store)
    assert full.err == ""
    assert gated(lexaudit, store).out == full.out


def test_another_date_of_law_is_judged_whole(lexaudit: Any, store: Path):
    assert gated(lexaudit, store, "--as-of", "2028-01-01").err == ""


def test_another_policy_is_judged_whole(lexaudit: Any, tmp_path: Path):
    system = shutil.copytree(COMPAS, tmp_path / "system")
    run = ("gate", system, "--store", tmp_path / "store", "--at", "2026-11-24", "--no-measure")
    lexaudit(*run)
    policy = system / "policy.yaml"
    policy.write_text(policy.read_text("utf-8").replace("block_at: high", "block_at: low"), "utf-8")
    assert lexaudit(*run).err == ""
