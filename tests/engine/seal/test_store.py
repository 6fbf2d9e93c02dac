"""Kept evidence is used again only for the same inputs, and never when it was damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from engine.seal.small import ARTIFACT, flips, inputs_of, kept, small_evidence

from lexaudit.canonical import digest_bytes
from lexaudit.collect import Evidence, Inputs
from lexaudit.errors import InputError
from lexaudit.store import Store


def cached(store: Store, evidence: Evidence) -> Evidence | None:
    return store.cached(evidence.need, inputs_of(evidence), evidence.collector_version, evidence.seed)


def kept_file(store: Store) -> Path:
    (path,) = store.folder.glob("evidence/*/*.json")
    return path


def test_evidence_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    store = kept(tmp_path / "store")
    found = cached(Store(store.folder), small_evidence())
    assert found is not None
    assert (found.id, found.plain()) == (small_evidence().id, small_evidence().plain())
    assert store.artifact(found.artifacts["rows.txt"]).read_bytes() == ARTIFACT
    assert store.warnings == []


def test_a_store_makes_nothing_until_something_is_kept(tmp_path: Path) -> None:
    assert cached(Store(tmp_path / "store"), small_evidence()) is None
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("what", ["inputs", "version", "seed", "need"])
def test_other_inputs_find_nothing(tmp_path: Path, what: str) -> None:
    store, evidence = kept(tmp_path / "store"), small_evidence()
    need, inputs, version, seed = evidence.need, inputs_of(evidence), evidence.collector_version, evidence.seed
    match what:
        case "inputs":
            inputs = Inputs({"dataset:test": digest_bytes(b"another split")}, 0.1, "")
        case "version":
            version = "2"
        case "seed":
            seed = 8
        case "need":
            need = replace(need, parameters={"by": ["race"]})
    assert store.cached(need, inputs, version, seed) is None
    assert store.warnings == []


def test_newer_evidence_takes_the_place_of_older(tmp_path: Path) -> None:
    kept(tmp_path / "store")
    newer = replace(small_evidence(), value={"difference": 0.3})
    store = kept(tmp_path / "store", newer)
    found = cached(store, newer)
    assert found is not None
    assert found.id == newer.id


def test_damaged_evidence_is_never_believed(tmp_path: Path) -> None:
    store = kept(tmp_path / "store")
    path = kept_file(store)
    original = path.read_bytes()
    for place, changed in flips(original, 200, 3):
        path.write_bytes(changed)
        assert cached(store, small_evidence()) is None, place
    assert set(store.warnings) == {f"the kept evidence {path.stem[:12]}… was damaged and is not used"}
    path.write_bytes(original)
    assert cached(store, small_evidence()) is not None


def test_evidence_whose_file_was_damaged_is_not_believed(tmp_path: Path) -> None:
    store = kept(tmp_path / "store")
    path = store.artifact(small_evidence().artifacts["rows.txt"])
    for _, changed in flips(ARTIFACT, 20, 4):
        path.write_bytes(changed)
        assert cached(store, small_evidence()) is None
    path.unlink()
    assert cached(store, small_evidence()) is None


def test_evidence_under_the_key_of_another_is_not_believed(tmp_path: Path) -> None:
    store = kept(tmp_path / "store")
    other = replace(small_evidence(), seed=8)
    kept(tmp_path / "store", other)
    paths = {path.stem: path for path in store.folder.glob("evidence/*/*.json")}
    mine, theirs = paths[small_evidence().id.removeprefix("sha256:")], paths[other.id.removeprefix("sha256:")]
    mine.unlink()
    theirs.rename(mine.parent / theirs.name)
    assert cached(store, small_evidence()) is None


@pytest.mark.parametrize("keep", [0, 10, -1])
def test_truncated_evidence_is_not_believed(tmp_path: Path, keep: int) -> None:
    store = kept(tmp_path / "store")
    path = kept_file(store)
    path.write_bytes(path.read_bytes()[:keep])
    assert cached(store, small_evidence()) is None


def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("in the way")
    with pytest.raises(InputError, match="cannot keep evidence in") as caught:
        kept(tmp_path / "store")
    assert caught.value.advice == "name a folder you may write to with --store"
