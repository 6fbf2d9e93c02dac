"""The tree, against the published roots of RFC 6962's test data and against its definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexaudit.ledger.merkle import (
    EMPTY_ROOT,
    extend,
    frontier_root,
    inclusion_proof,
    leaf_hash,
    node_hash,
    proof_root,
    root_of,
)

RECORDS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962, section 2.1, writes it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def test_published_roots() -> None:
    leaves = [leaf_hash(record) for record in RECORDS]
    assert tuple(root_of(leaves[: size + 1]).hex() for size in range(8)) == ROOTS


def test_the_empty_tree() -> None:
    assert root_of([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_proof_up_to_seventy_leaves_leads_to_the_root_and_to_no_other_place() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(70)]
    for size in range(1, 71):
        root = by_definition(leaves[:size])
        assert root_of(leaves[:size]) == root
        for index in range(size):
            path = inclusion_proof(index, leaves[:size])
            assert proof_root(index, size, leaves[index], path) == root
            if size > 1:
                other = (index + 1) % size
                assert proof_root_or_none(other, size, leaves[index], path) != root
                assert proof_root_or_none(index, size, leaves[index], path[:-1]) is None
                assert proof_root_or_none(index, size, leaves[index], [*path, root]) is None


def proof_root_or_none(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    try:
        return proof_root(index, size, leaf, path)
    except ValueError:
        return None


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_a_frontier_grows_to_the_root_of_the_definition(records: list[bytes]) -> None:
    leaves = [leaf_hash(record) for record in records]
    frontier: list[bytes] = []
    for size, leaf in enumerate(leaves):
        frontier = extend(frontier, size, leaf)
        assert frontier_root(frontier) == by_definition(leaves[: size + 1])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (3, 3)])
def test_there_is_no_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="there is no leaf"):
        proof_root(index, size, b"", [])
    with pytest.raises(ValueError, match="there is no leaf"):
        inclusion_proof(index, [b""] * size)
