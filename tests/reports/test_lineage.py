"""The picture of the lineage: layers, cycles, and what is too large to draw."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

from reports import sample_audit

from lexaudit_reports.lineage import lineage, svg


def graph(*edges: tuple[str, str], relation: str = "derived_into") -> dict[str, Any]:
    names = sorted({name for edge in edges for name in edge})
    return {
        "nodes": [{"id": f"dataset:n/{name}", "kind": "dataset", "name": name, "attributes": {}} for name in names],
        "edges": [
            {"source": f"dataset:n/{a}", "relation": relation, "target": f"dataset:n/{b}", "basis": "declared"}
            for a, b in edges
        ],
    }


def layers(value: dict[str, Any]) -> dict[str, int]:
    return {box.title: box.layer for box in lineage(value).boxes}


def test_causes_stand_above_effects_and_close_to_them():
    assert layers(graph(("a", "b"), ("b", "c"), ("c", "d"), ("x", "d"))) == {"a": 0, "b": 1, "c": 2, "x": 2, "d": 3}


def test_a_long_arrow_has_a_slot_of_its_own_in_each_layer_it_passes():
    picture = lineage(graph(("a", "b"), ("b", "c"), ("a", "c")))
    assert picture.slots == (1, 2, 1)
    [long] = [arrow for arrow in picture.arrows if arrow.bends]
    assert (long.source, long.target, [layer for layer, _ in long.bends]) == ("dataset:n/a", "dataset:n/c", [1])
    [between] = [box for box in picture.boxes if box.title == "b"]
    assert (between.layer, between.slot) not in long.bends


def test_a_cycle_is_drawn_and_one_step_of_it_runs_back():
    picture = lineage(graph(("a", "b"), ("b", "c"), ("c", "a")))
    assert [(arrow.source[-1], arrow.target[-1]) for arrow in picture.arrows if arrow.back] == [("c", "a")]
    assert len(picture.boxes) == 3


def test_a_table_read_and_written_does_not_hang():
    assert layers(graph(("a", "a"), ("a", "b"))) == {"a": 0, "b": 1}


def test_a_long_chain_needs_no_recursion():
    picture = lineage(graph(*((f"{i:05}", f"{i + 1:05}") for i in range(3000))))
    assert len(picture.slots) == 3001
    assert not picture.drawable


def test_nothing_and_too_much_are_not_drawn():
    assert not lineage({"nodes": [], "edges": []}).drawable
    assert not lineage(graph(*(("hub", f"leaf{i}") for i in range(30)))).drawable
    assert lineage(sample_audit.compas()["graph"]).drawable


def test_relations_that_carry_nothing_along_are_left_out():
    assert lineage(graph(("a", "b"), relation="supersedes")).arrows == ()


def test_the_svg_is_well_formed_whatever_people_wrote():
    for value in (sample_audit.compas()["graph"], sample_audit.hostile()["graph"], {"nodes": [], "edges": []}):
        ElementTree.fromstring(svg(value).encode())
