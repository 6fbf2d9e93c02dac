"""The ledger: nothing changes in it unseen, nothing acknowledged is lost, and one key gives one entry."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from engine.seal.small import AT, problems, unseen

from lexaudit.canonical import canonical_bytes, digest_file
from lexaudit.errors import LexauditError, VerificationError
from lexaudit.key import Keys, read_trust
from lexaudit.ledger import Ledger, check_head, check_proof, head_path
from lexaudit.ledger.merkle import extend, frontier_root, leaf_hash
from lexaudit.verify import verify

BEHIND = (
    "it holds 2 entries and the head signs 1: the last were stored and the head was not renewed (a stop in between), or were "
    "added by another hand; inspect them, then append again to renew the head"
)
NOT_THE_FILE = "the database file is not the one that the head signs"


@pytest.fixture
def ledger(tmp_path: Path, keys: Keys) -> Ledger:
    ledger = Ledger(tmp_path / "ledger.db", keys)
    ledger.append("audit", {"number": 0}, "zero", AT)
    return ledger


def edit(path: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    """Change a database as whoever may write the file can, past the triggers."""
    connection = sqlite3.connect(path)
    try:
        for trigger in ("entry_stays", "entry_remains"):
            connection.execute(f"DROP TRIGGER {trigger}")
        change(connection)
        connection.commit()
    finally:
        connection.close()


def forge(connection: sqlite3.Connection) -> None:
    """Add an entry that is right in every way but that nobody with the key made it."""
    size, packed = connection.execute("SELECT size, frontier FROM head").fetchone()
    record = canonical_bytes(
        {"seq": size, "time": "2026-11-24T09:00:00Z", "kind": "audit", "idempotency": "forged", "body": {"number": 66}}
    )
    frontier = extend([packed[start : start + 32] for start in range(0, len(packed), 32)], size, leaf_hash(record))
    connection.execute("INSERT INTO entry VALUES (?, 'forged', ?, ?)", (size, record, leaf_hash(record)))
    connection.execute("UPDATE head SET size = ?, frontier = ?", (size + 1, b"".join(frontier)))


def test_an_entry_is_the_bytes_that_were_hashed_and_the_head_signs_them(ledger: Ledger, keys: Keys) -> None:
    entry = ledger.append("report", {"report": "sha256:00"}, "one", AT + timedelta(seconds=5))
    assert [kept.record for kept in ledger.entries()] == [
        b'{"body":{"number":0},"idempotency":"zero","kind":"audit","seq":0,"time":"2026-11-24T09:00:00Z"}',
        b'{"body":{"report":"sha256:00"},"idempotency":"one","kind":"report","seq":1,"time":"2026-11-24T09:00:05Z"}',
    ]
    assert entry == ledger.entries()[1]
    head = check_head(head_path(ledger.path).read_bytes(), read_trust(keys.trust(), "trust.json"))
    frontier: list[bytes] = []
    for size, kept in enumerate(ledger.entries()):
        frontier = extend(frontier, size, leaf_hash(kept.record))
    assert (head["size"], head["root"], head["file"]) == (2, frontier_root(frontier).hex(), digest_file(ledger.path))


def test_a_ledger_that_holds(ledger: Ledger) -> None:
    result = verify(ledger.path, None, AT)
    assert result.notes == ["the keys are your own, from your key folder"]
    assert [(step.what, step.holds, step.said) for step in result.steps] == [
        ("the ledger", True, "1 entries give the root that the head signs, and no byte of the file was changed")
    ]


def test_one_file_and_its_head_are_left_after_an_append(ledger: Ledger) -> None:
    assert sorted(path.name for path in ledger.path.parent.iterdir()) == [
        "ledger.db",
        "ledger.db.lock",
        "ledger.head.json",
    ]


def test_the_same_appends_give_the_same_bytes(tmp_path: Path, keys: Keys) -> None:
    made = []
    for name in ("a", "b"):
        ledger = Ledger(tmp_path / name / "ledger.db", keys)
        for number in range(3):
            ledger.append("audit", {"number": number}, str(number), AT)
        made.append(((tmp_path / name / "ledger.db").read_bytes(), head_path(ledger.path).read_bytes()))
    assert made[0] == made[1]


def test_the_same_key_with_the_same_body_gives_the_entry_that_is_there(ledger: Ledger) -> None:
    again = ledger.append("audit", {"number": 0}, "zero", AT + timedelta(days=1))
    assert again == ledger.entries()[0]
    assert len(ledger.entries()) == 1
    assert problems(ledger.path) == []


@pytest.mark.parametrize(("kind", "body"), [("audit", {"number": 1}), ("report", {"number": 0})])
def test_the_same_key_with_another_body_is_refused(ledger: Ledger, kind: str, body: dict[str, int]) -> None:
    with pytest.raises(LexauditError) as caught:
        ledger.append(kind, body, "zero", AT)
    assert caught.value.render() == (
        "the ledger holds another entry under the key `zero`\n  help: this is never overwritten; use a new key"
    )
    assert len(ledger.entries()) == 1
    assert problems(ledger.path) == []


def test_time_never_runs_backwards(ledger: Ledger) -> None:
    for days in (2, -300, 1):
        ledger.append("audit", {"days": days}, str(days), AT + timedelta(days=days))
    assert [entry.content["time"] for entry in ledger.entries()] == [
        "2026-11-24T09:00:00Z",
        "2026-11-26T09:00:00Z",
        "2026-11-26T09:00:00Z",
        "2026-11-26T09:00:00Z",
    ]


def test_without_a_place_to_store_there_is_no_verdict(tmp_path: Path, keys: Keys) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LexauditError, match="cannot store an entry, so there is no verdict") as caught:
        Ledger(tmp_path / "file" / "ledger.db", keys).append("audit", {}, "zero", AT)
    assert caught.value.advice == "check the disk and the permissions of its folder, and `lexaudit verify` it"


def test_triggers_stop_a_slip_of_the_hand(ledger: Ledger) -> None:
    connection = sqlite3.connect(ledger.path)
    for slip in ("UPDATE entry SET idempotency = 'x'", "DELETE FROM entry"):
        with pytest.raises(sqlite3.IntegrityError, match="entries are never"):
            connection.execute(slip)
    connection.close()


@pytest.mark.parametrize("name", ["ledger.db", "ledger.head.json"])
def test_every_changed_bit_is_seen(ledger: Ledger, name: str) -> None:
    for number in range(1, 6):
        ledger.append("audit", {"number": number}, str(number), AT)
    assert unseen(ledger.path.with_name(name), lambda: verify(ledger.path, None, AT), 200, 2, "the ledger") == []


@pytest.mark.parametrize("keep", [0, 1, 100, 4096, -1])
def test_a_truncated_ledger_is_seen(ledger: Ledger, keep: int) -> None:
    ledger.path.write_bytes(ledger.path.read_bytes()[:keep])
    assert ("the ledger", NOT_THE_FILE) in problems(ledger.path)


def test_a_changed_entry_is_named(ledger: Ledger) -> None:
    ledger.append("audit", {"number": 1}, "one", AT)
    changed = ledger.entries()[1].record.replace(b'"number":1', b'"number":7')
    edit(ledger.path, lambda c: c.execute("UPDATE entry SET record = ? WHERE seq = 1", (changed,)))
    assert problems(ledger.path) == [
        ("the ledger", NOT_THE_FILE),
        ("the ledger", "entry 1 was changed"),
        ("the ledger", "its entries do not give the root that the head signs"),
    ]


def test_an_entry_changed_with_its_leaf_is_seen(ledger: Ledger) -> None:
    changed = ledger.entries()[0].record.replace(b'"number":0', b'"number":7')
    edit(ledger.path, lambda c: c.execute("UPDATE entry SET record = ?, leaf = ?", (changed, leaf_hash(changed))))
    assert problems(ledger.path) == [
        ("the ledger", NOT_THE_FILE),
        ("the ledger", "its entries do not give the root that the head signs"),
    ]


def test_a_cut_tail_is_seen(ledger: Ledger) -> None:
    ledger.append("audit", {"number": 1}, "one", AT)
    edit(ledger.path, lambda c: c.execute("DELETE FROM entry WHERE seq = 1"))
    assert problems(ledger.path) == [("the ledger", NOT_THE_FILE), ("the ledger", "1 entries at its end are gone")]


def test_a_head_behind_is_told_apart(ledger: Ledger) -> None:
    # as after a stop between storing the entry and signing the head
    before = head_path(ledger.path).read_bytes()
    ledger.append("audit", {"number": 1}, "one", AT)
    head_path(ledger.path).write_bytes(before)
    assert problems(ledger.path) == [("the ledger", NOT_THE_FILE), ("the ledger", BEHIND)]


def test_a_head_by_another_key_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(Keys(tmp_path / "other", AT).trust(report=False))
    assert problems(ledger.path, other) == [
        ("the ledger's head", "the ledger's head is signed by a key that is not trusted")
    ]


def test_a_proof_shows_an_entry_without_the_ledger(ledger: Ledger, keys: Keys) -> None:
    for number in range(1, 7):
        ledger.append("audit", {"number": number}, str(number), AT)
    trust = read_trust(keys.trust(), "trust.json")
    for entry in ledger.entries():
        assert check_proof(canonical_bytes(ledger.prove(entry)), trust) == entry.content


def test_a_proof_for_another_record_is_refused(ledger: Ledger, keys: Keys) -> None:
    ledger.append("audit", {"number": 1}, "one", AT)
    first, second = (ledger.prove(entry) for entry in ledger.entries())
    with pytest.raises(VerificationError, match="the ledger entry is not in the tree that its head signs"):
        check_proof(canonical_bytes({**first, "path": second["path"]}), read_trust(keys.trust(), "trust.json"))


def test_threads_leave_no_gap(ledger: Ledger) -> None:
    failed: list[BaseException] = []

    def append(name: int) -> None:
        try:
            for number in range(8):
                ledger.append("audit", {"by": name, "number": number}, f"{name}-{number}", AT)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=append, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert {entry.content["idempotency"] for entry in ledger.entries()} == {"zero"} | {
        f"{n}-{i}" for n in range(4) for i in range(8)
    }
    assert [entry.seq for entry in ledger.entries()] == list(range(33))
    assert problems(ledger.path) == []


def _append_forever(path: Path, folder: Path, name: str, acknowledged: Path) -> None:
    ledger, number = Ledger(path, Keys(folder, AT)), 0
    with acknowledged.open("ab", buffering=0) as file:
        while number < 200:
            ledger.append("audit", {"by": name, "number": number}, f"{name}-{number}", AT)
            file.write(f"{name}-{number}\n".encode())
            number += 1


@pytest.mark.skipif(os.name != "posix", reason="processes are forked and killed")
def test_processes_that_are_killed_lose_nothing_acknowledged(ledger: Ledger, keys: Keys, tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    acknowledged = tmp_path / "acknowledged"
    for round_ in range(10):
        writers = [
            fork.Process(target=_append_forever, args=(ledger.path, keys.folder, f"{round_}{letter}", acknowledged))
            for letter in "ab"
        ]
        for writer in writers:
            writer.start()
        time.sleep(0.05 + 0.013 * round_)
        for writer in writers:
            if writer.pid is not None:
                os.kill(writer.pid, signal.SIGKILL)
            writer.join()
    ledger.append("audit", {"number": 1}, "the last", AT)
    stored = [entry.content["idempotency"] for entry in ledger.entries()]
    assert acknowledged.stat().st_size > 0
    assert set(acknowledged.read_text().split()) - set(stored) == set()
    assert len(stored) == len(set(stored))
    assert [entry.seq for entry in ledger.entries()] == list(range(len(stored)))
    assert problems(ledger.path) == []


def test_nothing_is_appended_over_an_entry_of_another_hand(ledger: Ledger) -> None:
    edit(ledger.path, forge)
    with pytest.raises(LexauditError):
        ledger.append("audit", {"number": 1}, "one", AT)
    assert ("the ledger", NOT_THE_FILE) in problems(ledger.path)


@pytest.mark.parametrize("gone", ["ledger.db", "ledger.head.json"])
def test_nothing_is_appended_where_a_part_is_gone(ledger: Ledger, gone: str) -> None:
    ledger.path.with_name(gone).unlink()
    with pytest.raises(LexauditError):
        ledger.append("audit", {"number": 1}, "one", AT)


def test_an_interrupted_write_is_not_taken_for_an_entry(ledger: Ledger, tmp_path: Path) -> None:
    connection = sqlite3.connect(ledger.path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO entry VALUES (1, 'one', zeroblob(90000), x'00')")
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    for name in ("ledger.db", "ledger.db-journal", "ledger.head.json"):
        shutil.copy(ledger.path.with_name(name), stopped / name)
    connection.execute("ROLLBACK")
    connection.close()
    assert problems(stopped / "ledger.db") == []


def test_an_empty_file_becomes_a_ledger(tmp_path: Path, keys: Keys) -> None:
    (tmp_path / "ledger.db").touch()
    Ledger(tmp_path / "ledger.db", keys).append("audit", {}, "zero", AT)


def test_an_entry_holds_digests_and_no_titles(place: Path, keys: Keys) -> None:
    bodies = [entry.content["body"] for entry in Ledger(place / "store" / "ledger.db", keys).entries()]
    assert "Risk" not in json.dumps(bodies)
    assert sorted(bodies[0]) == [
        "as_of",
        "audit",
        "counts",
        "evidence",
        "exit_code",
        "graph",
        "packs",
        "policy",
        "waivers",
    ]


def test_the_clock_is_the_one_that_was_passed_in(tmp_path: Path, keys: Keys) -> None:
    ledger = Ledger(tmp_path / "ledger.db", keys)
    ledger.append("audit", {}, "zero", datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC))
    assert ledger.entries()[0].content["time"] == ledger.head()["body"]["time"] == "2031-05-06T07:08:09Z"
