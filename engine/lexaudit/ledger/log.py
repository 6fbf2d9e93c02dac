"""The ledger: entries as the exact bytes that were hashed, in a Merkle tree, with a signed head beside the database.

Entries hold digests and no personal data. The head is signed after each append and holds the size and root of the tree and
the digest of the database file, so that a changed byte is seen even where no entry lies. What a ledger alone cannot show is
that it was not replaced whole, by whoever has the key: keep heads elsewhere.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexaudit.canonical import canonical_bytes, digest_file, read_canonical
from lexaudit.errors import InputError, LexauditError, Place, VerificationError
from lexaudit.key import Keys, Trust, key_id, sign_bytes, signature_holds
from lexaudit.ledger.merkle import extend, frontier_root, inclusion_proof, leaf_hash, proof_root, root_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD_FORMAT = "lexaudit-ledger-head/1"
PENDING_FORMAT = "lexaudit-ledger-pending/1"
ENTRY_FORMAT = "lexaudit-ledger-entry/1"

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, idempotency TEXT NOT NULL UNIQUE, record BLOB NOT NULL, leaf BLOB NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, frontier BLOB NOT NULL) STRICT",
    "INSERT OR IGNORE INTO head (one, size, frontier) VALUES (1, 0, x'')",
    "CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END",
    "CREATE TRIGGER IF NOT EXISTS entry_remains BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry."""

    seq: int
    """Its place, counted from 0."""
    record: bytes
    """The exact bytes hashed: canonical JSON of `{seq, time, kind, idempotency, body}`."""

    @property
    def content(self) -> dict[str, Any]:
        """The record as a JSON value."""
        return dict(json.loads(self.record))


class Ledger:
    """An append-only log in a database file, opened when it is used."""

    def __init__(self, path: Path, keys: Keys) -> None:
        self.path = path
        self.keys = keys

    def append(self, kind: str, body: Mapping[str, Any], idempotency: str, at: datetime) -> Entry:
        """Store an entry durably, sign the new head, and give the entry back.

        The same idempotency key with the same body gives the entry that is there; with another body it is an error.
        Raises `LexauditError` when the entry cannot be stored: then there is no verdict.
        """
        from sqlalchemy.exc import SQLAlchemyError

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                self._recognise(at)
                with self._engine() as engine, engine.begin() as connection:
                    entry = self._append(connection, kind, body, idempotency, at)
                    # what the head is about to say, signed before the entry is there: after a stop in between it shows that
                    # the entry is ours
                    self._sign(connection, at, PENDING_FORMAT, pending_path(self.path))
                self._write_head(at)
            return entry
        except (SQLAlchemyError, OSError) as error:
            reason = getattr(error, "orig", None) or error
            raise LexauditError(
                f"the ledger `{self.path}` cannot store an entry, so there is no verdict: {reason}",
                advice="check the disk and the permissions of its folder, and `lexaudit verify` it",
            ) from error

    def _recognise(self, at: datetime) -> None:
        """Refuse to build on what this key did not sign; take up an append that was stopped in the middle."""
        database = self.path.exists() and self.path.stat().st_size > 0
        trust = Trust({key_id(self.keys.statement.public_key()): self.keys.statement.public_key()}, {})
        signed = _signed(head_path(self.path), HEAD_FORMAT, trust, self.path)
        if not database:
            if signed is not None:
                raise _refused(self.path, "its database is gone and its head is there")
            return
        size, root = self._state()
        if signed is not None and digest_file(self.path) == signed["file"]:
            return
        if signed is None and size == 0:
            return
        pending = _signed(pending_path(self.path), PENDING_FORMAT, trust, self.path)
        ours = [] if pending is None else [(pending["size"], pending["root"])]
        if pending is not None and signed is not None:
            ours.append((signed["size"], signed["root"]))
        if (size, root) not in ours:
            raise _refused(
                self.path,
                "its head is gone" if signed is None else "it was changed by another hand since its head was signed",
            )
        self._write_head(at)

    def _state(self) -> tuple[int, str]:
        """How many entries there are, and the root they give. Opening the database rolls back what was interrupted."""
        with self._engine() as engine, engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT record FROM entry ORDER BY seq").all()
        return len(rows), root_of([leaf_hash(row[0]) for row in rows]).hex()

    def _append(
        self, connection: Connection, kind: str, body: Mapping[str, Any], idempotency: str, at: datetime
    ) -> Entry:
        known = connection.exec_driver_sql(
            "SELECT seq, record FROM entry WHERE idempotency = ?", (idempotency,)
        ).first()
        if known is not None:
            entry = Entry(known[0], known[1])
            if entry.content["body"] != json.loads(canonical_bytes(body)) or entry.content["kind"] != kind:
                raise LexauditError(
                    f"the ledger holds another entry under the key `{idempotency}`",
                    advice="this is never overwritten; use a new key",
                )
            return entry
        row = connection.exec_driver_sql("SELECT size, frontier FROM head WHERE one = 1").one()
        size, frontier = int(row[0]), [row[1][start : start + 32] for start in range(0, len(row[1]), 32)]
        last = connection.exec_driver_sql("SELECT record FROM entry WHERE seq = ?", (size - 1,)).first()
        time = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        if last is not None:
            # time never runs backwards, whatever the clock says
            time = max(time, str(json.loads(last[0])["time"]))
        record = canonical_bytes(
            {"seq": size, "time": time, "kind": kind, "idempotency": idempotency, "body": dict(body)}
        )
        leaf = leaf_hash(record)
        connection.exec_driver_sql(
            "INSERT INTO entry (seq, idempotency, record, leaf) VALUES (?, ?, ?, ?)", (size, idempotency, record, leaf)
        )
        connection.exec_driver_sql(
            "UPDATE head SET size = ?, frontier = ? WHERE one = 1", (size + 1, b"".join(extend(frontier, size, leaf)))
        )
        return Entry(size, record)

    def head(self) -> dict[str, Any]:
        """The signed head, as it lies beside the database. Raises `InputError` when there is none."""
        path = head_path(self.path)
        try:
            return dict(json.loads(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise InputError(
                "the ledger has no readable head",
                place=Place(str(path)),
                advice="inspect the ledger with `lexaudit verify`; it will not be trusted without a head",
            ) from error

    def prove(self, entry: Entry) -> dict[str, Any]:
        """An entry with its inclusion proof against the present head: what a regulator checks without the ledger."""
        with self._engine() as engine, engine.connect() as connection:
            leaves = [row[0] for row in connection.exec_driver_sql("SELECT leaf FROM entry ORDER BY seq")]
        head = self.head()
        leaves = leaves[: head["body"]["size"]]
        return {
            "format": ENTRY_FORMAT,
            "record": base64.b64encode(entry.record).decode("ascii"),
            "index": entry.seq,
            "path": [node.hex() for node in inclusion_proof(entry.seq, leaves)],
            "head": head,
        }

    def entries(self) -> list[Entry]:
        """Every entry, in order."""
        with self._engine() as engine, engine.connect() as connection:
            return [
                Entry(row[0], row[1])
                for row in connection.exec_driver_sql("SELECT seq, record FROM entry ORDER BY seq")
            ]

    def _write_head(self, at: datetime) -> None:
        with self._engine() as engine, engine.connect() as connection:
            self._sign(connection, at, HEAD_FORMAT, head_path(self.path))
        pending_path(self.path).unlink(missing_ok=True)

    def _sign(self, connection: Connection, at: datetime, format_: str, path: Path) -> None:
        """Sign what the tree is, as this connection sees it, into a file; written whole or not at all."""
        row = connection.exec_driver_sql("SELECT size, frontier FROM head WHERE one = 1").one()
        frontier = [row[1][start : start + 32] for start in range(0, len(row[1]), 32)]
        body = {
            "format": format_,
            "origin": "lexaudit/" + key_id(self.keys.statement.public_key())[:16],
            "size": int(row[0]),
            "root": frontier_root(frontier).hex(),
            "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if format_ == HEAD_FORMAT:
            body["file"] = digest_file(self.path)
        temporary = path.with_name(path.name + ".new")
        temporary.write_bytes(canonical_bytes(sign_head(body, self.keys)))
        temporary.replace(path)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # one writer at a time, across processes: the head beside the database belongs to the append
        lock = self.path.with_name(self.path.name + ".lock")
        with lock.open("a+b") as file:
            try:
                import fcntl
            except ImportError:  # pragma: no cover - no such lock on this system; SQLite's own lock remains
                yield
                return
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def _engine(self) -> Iterator[Engine]:
        from sqlalchemy import create_engine, event
        from sqlalchemy.pool import NullPool

        engine = create_engine(f"sqlite:///{self.path}", poolclass=NullPool, connect_args={"timeout": 60})

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _: Any) -> None:
            # the driver's own transactions begin too late to keep two writers apart
            connection.isolation_level = None
            for pragma in (
                "journal_mode = DELETE",
                "synchronous = FULL",
                "trusted_schema = OFF",
                "recursive_triggers = ON",
            ):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        try:
            if not self.path.exists() or self.path.stat().st_size == 0:
                with engine.begin() as connection:
                    for statement in _SCHEMA:
                        connection.exec_driver_sql(statement)
            yield engine
        finally:
            engine.dispose()


def head_path(ledger: Path) -> Path:
    """Where the signed head of a ledger lies."""
    return ledger.with_name(ledger.stem + ".head.json")


def pending_path(ledger: Path) -> Path:
    """Where the head that is about to be signed lies while an append is under way."""
    return ledger.with_name(ledger.stem + ".pending.json")


def _signed(path: Path, format_: str, trust: Trust, ledger: Path) -> dict[str, Any] | None:
    """The body of a head beside a ledger that we may build on; none when there is no such file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return check_head(data, trust, format_)
    except VerificationError as error:
        raise _refused(ledger, error.message) from error


def _refused(ledger: Path, why: str) -> LexauditError:
    return LexauditError(
        f"nothing is appended to the ledger `{ledger}`, so there is no verdict: {why}",
        advice="look at it with `lexaudit verify`, restore it from a copy, or use another --store; "
        "if it was signed with another key of yours, set LEXAUDIT_HOME to that",
    )


def sign_head(body: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """A head with its signature."""
    signature = sign_bytes(keys.statement, canonical_bytes(body))
    return {"body": dict(body), "keyid": key_id(keys.statement.public_key()), "signature": signature.hex()}


def check_head(data: bytes, trust: Trust, format_: str = HEAD_FORMAT) -> dict[str, Any]:
    """The body of a signed head. Raises `VerificationError` unless every byte is as a trusted key signed it."""
    try:
        head = read_canonical(data)
        if set(head) != {"body", "keyid", "signature"} or head["body"]["format"] != format_:
            raise ValueError("its fields are not those of a head")
        signature = bytes.fromhex(head["signature"])
        if signature.hex() != head["signature"]:
            raise ValueError("its signature is not lower-case hexadecimal")
        key = trust.statement_keys.get(head["keyid"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise VerificationError(f"the ledger's head does not hold: {error}") from error
    if key is None:
        raise VerificationError("the ledger's head is signed by a key that is not trusted")
    if not signature_holds(key, signature, canonical_bytes(head["body"])):
        raise VerificationError("the signature of the ledger's head does not hold")
    return dict(head["body"])


def check_proof(data: bytes, trust: Trust) -> dict[str, Any]:
    """The record of a proved entry. Raises `VerificationError` unless it lies in the tree under the signed head."""
    try:
        proof = read_canonical(data)
        if set(proof) != {"format", "record", "index", "path", "head"} or proof["format"] != ENTRY_FORMAT:
            raise ValueError("its fields are not those of a proved entry")
        body = check_head(canonical_bytes(proof["head"]), trust)
        record = base64.b64decode(proof["record"], validate=True)
        if base64.b64encode(record).decode("ascii") != proof["record"]:
            raise ValueError("its record is not canonical base64")
        root = proof_root(
            proof["index"], body["size"], leaf_hash(record), [bytes.fromhex(node) for node in proof["path"]]
        )
        content = json.loads(record)
        if content["seq"] != proof["index"]:
            raise ValueError("its record stands at another place")
    except (ValueError, TypeError, KeyError) as error:
        raise VerificationError(f"the ledger entry does not hold: {error}") from error
    if root.hex() != body["root"]:
        raise VerificationError("the ledger entry is not in the tree that its head signs")
    return dict(content)


def check_file(path: Path, trust: Trust) -> tuple[dict[str, Any], list[str]]:
    """The signed head of a ledger, and everything about the database that does not hold."""
    import sqlite3

    body = check_head(head_path(path).read_bytes(), trust)
    problems: list[str] = []
    try:
        with _settled(path) as settled:
            if digest_file(settled) != body["file"]:
                problems.append("the database file is not the one that the head signs")
            connection = sqlite3.connect(f"file:{settled}?mode=ro&immutable=1", uri=True)
            try:
                rows = connection.execute("SELECT seq, record, leaf, idempotency FROM entry ORDER BY seq").fetchall()
            finally:
                connection.close()
        leaves = []
        for expected, (seq, record, leaf, idempotency) in enumerate(rows):
            content = _content(record)
            if (
                content is None
                or seq != expected
                or leaf_hash(record) != leaf
                or content.get("seq") != seq
                or content.get("idempotency") != idempotency
            ):
                problems.append(f"entry {expected} was changed")
            leaves.append(leaf_hash(record) if isinstance(record, bytes) else b"")
        if len(rows) > body["size"]:
            problems.append(
                f"it holds {len(rows)} entries and the head signs {body['size']}: the last were stored and the head was not renewed "
                "(a stop in between), or were added by another hand; inspect them, then append again to renew the head"
            )
        elif len(rows) < body["size"]:
            problems.append(f"{body['size'] - len(rows)} entries at its end are gone")
        elif root_of(leaves).hex() != body["root"]:
            problems.append("its entries do not give the root that the head signs")
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        problems.append(f"it cannot be read as a ledger: {error}")
    return body, problems


@contextlib.contextmanager
def _settled(path: Path) -> Iterator[Path]:
    """The database as SQLite would leave it: of an interrupted write, a copy in which it is rolled back."""
    import shutil
    import sqlite3
    import tempfile

    journal = path.with_name(path.name + "-journal")
    if not journal.exists() or journal.stat().st_size == 0:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(journal, copy.with_name(journal.name))
        connection = sqlite3.connect(copy)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()
        yield copy


def _content(record: Any) -> dict[str, Any] | None:
    try:
        value = json.loads(record)
        return value if isinstance(value, dict) else None
    except (ValueError, TypeError):
        return None
