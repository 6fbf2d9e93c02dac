"""What was judged before, kept in the store with what it was read from: the next gate judges only what has changed.

A memory is a convenience, never evidence: it is signed with the key of the store's ledger, and one that is damaged, forged,
of another engine, policy, pack or date of law counts as none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from lexaudit.canonical import digest_of
from lexaudit.errors import InputError
from lexaudit.evaluate.judge import Memory, Remembered
from lexaudit.finding import finding_from
from lexaudit.graph import Graph, NodeId
from lexaudit.key import Keys, sign_bytes, signature_holds
from lexaudit.policy import Policy, plain_policy
from lexaudit.shipped import engine_digest
from lexaudit.store import write_whole

FORMAT = "lexaudit-judged/1"


class Recall:
    """Where the memory of one system under one policy, one date of law and one engine lies."""

    def __init__(self, store: Path, keys: Keys, graph: Graph, policy: Policy, as_of: date) -> None:
        self._keys = keys
        self._key = digest_of(
            {
                "format": FORMAT,
                "engine": engine_digest(),
                "packs": [pack.digest for pack in policy.packs],
                "policy": plain_policy(policy, as_of, set())["digest"],
                "as_of": as_of.isoformat(),
            }
        )
        named = digest_of({"sources": list(graph.sources), "policy": policy.name}).removeprefix("sha256:")
        self._path = store / "judged" / f"{named[:16]}.json"

    def read(self) -> Memory | None:
        """What is remembered; none when nothing is, or when it does not hold."""
        try:
            signature, _, body = self._path.read_bytes().partition(b"\n")
            if not signature_holds(self._keys.statement.public_key(), bytes.fromhex(signature.decode()), body):
                return None
            kept = json.loads(body)
            if kept["key"] != self._key:
                return None
            return {(entry["rule"], NodeId(entry["subject"])): _remembered(entry) for entry in kept["entries"]}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, memory: Memory) -> None:
        """Remember a judgement in place of the last one. Raises `InputError` where the store cannot be written."""
        entries = [
            {
                "rule": rule,
                "subject": subject,
                "finding": known.finding.plain(),
                "reads": [[list(read), value] for read, value in known.reads.items()],
            }
            for (rule, subject), known in memory.items()
        ]
        body = json.dumps({"key": self._key, "entries": entries}, ensure_ascii=False, separators=(",", ":")).encode()
        signature = sign_bytes(self._keys.statement, body).hex().encode()
        try:
            write_whole(self._path, signature + b"\n" + body)
        except OSError as error:
            raise InputError(
                f"cannot keep what was judged in `{self._path.parent}`: {error.strerror or error}",
                advice="name a folder you may write to with --store, or judge with --full",
            ) from error


def _remembered(entry: Mapping[str, Any]) -> Remembered:
    return Remembered(finding_from(entry["finding"]), {tuple(read): value for read, value in entry["reads"]})
