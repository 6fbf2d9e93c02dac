"""Records of the host's that name themselves: shown by their name, equal by identity, and never read whole."""

from collections.abc import Iterator, Mapping
from typing import Any

from lexaudit.condition import STRING, Declarations, ListType, RecordType, Unknown
from lexaudit.condition import compile as compile_condition

NODE = RecordType("node", {"state": STRING, "next": STRING})


class Node(Mapping[str, Any]):
    def __init__(self, name: str, state: Any) -> None:
        self.shown = name
        self.state = state

    def __getitem__(self, key: str) -> Any:
        if key == "state":
            return self.state
        raise AssertionError(f"{key} was read")

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("the record was read whole")

    def __len__(self) -> int:
        return 2

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def test_an_explanation_names_the_record_and_reads_no_more_than_the_condition():
    nodes = [Node("dataset/a", "good"), Node("dataset/b", "bad")]
    condition = compile_condition('nodes.all(n, n.state == "good")', Declarations({"nodes": ListType(NODE)}))
    (leaf,) = condition.explain({"nodes": nodes}).deciding()
    assert [(element.variable, element.key, element.value) for element in leaf.elements] == [("n", 1, "dataset/b")]


def test_records_are_equal_by_identity_even_where_they_hold_unknowns():
    a, b = Node("a", Unknown(frozenset({"a.state"}))), Node("b", Unknown(frozenset({"b.state"})))
    condition = compile_condition("nodes.exists(n, n == one)", Declarations({"nodes": ListType(NODE), "one": NODE}))
    assert condition.evaluate({"nodes": [a, b], "one": b}) is True
    assert condition.evaluate({"nodes": [a], "one": b}) is False
