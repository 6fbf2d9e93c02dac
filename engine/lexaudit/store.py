"""The store: evidence by what it was made from, and the ledger. Everything in it is checked when it is read."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lexaudit.canonical import canonical_bytes, digest_bytes, digest_file, digest_of, read_canonical
from lexaudit.collect import Evidence, Inputs, Need
from lexaudit.errors import InputError
from lexaudit.graph import NodeId

EVIDENCE_FORMAT = "lexaudit-evidence/1"


class Store:
    """A folder of evidence, and the ledger beside it. Nothing is made until something is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warnings: list[str] = []
        """What was found damaged, and treated as absent."""

    @property
    def ledger(self) -> Path:
        """Where the ledger lies."""
        return self.folder / "ledger.db"

    def cached(self, need: Need, inputs: Inputs, collector_version: str, seed: int) -> Evidence | None:
        """The evidence for exactly these inputs; none if there is none, or if what is there does not hold."""
        folder = self._folder(need, dict(inputs.digests), collector_version, seed)
        files = sorted(folder.glob("*.json"))
        if not files:
            return None
        path = files[-1]
        data = path.read_bytes()
        evidence = evidence_from(data)
        if (
            evidence is None
            or not evidence_holds(data, f"sha256:{path.stem}")
            or evidence.need != need
            or dict(evidence.inputs) != dict(inputs.digests)
            or evidence.collector_version != collector_version
            or evidence.seed != seed
            or any(not self._artifact_holds(digest) for digest in evidence.artifacts.values())
        ):
            # INVARIANT: damaged evidence is absent evidence
            self.warnings.append(f"the kept evidence {path.stem[:12]}… was damaged and is not used")
            return None
        return evidence

    def keep(self, evidence: Evidence, artifacts: Path) -> None:
        """Keep evidence with the files it names. Raises `InputError` when they cannot be kept."""
        folder = self._folder(evidence.need, dict(evidence.inputs), evidence.collector_version, evidence.seed)
        try:
            for name, digest in evidence.artifacts.items():
                target = self.artifact(digest)
                target.parent.mkdir(parents=True, exist_ok=True)
                if not self._artifact_holds(digest):
                    temporary = target.with_name(target.name + f".{os.getpid()}")
                    shutil.copyfile(artifacts / name, temporary)
                    temporary.replace(target)
            for old in folder.glob("*.json"):
                old.unlink()
            write_whole(folder / f"{evidence.id.removeprefix('sha256:')}.json", canonical_bytes(evidence.plain()))
        except OSError as error:
            raise InputError(
                f"cannot keep evidence in `{self.folder}`: {error.strerror or error}",
                advice="name a folder you may write to with --store",
            ) from error

    def artifact(self, digest: str) -> Path:
        """Where a file that evidence names is kept."""
        return self.folder / "artifacts" / digest.removeprefix("sha256:")

    def _artifact_holds(self, digest: str) -> bool:
        try:
            return digest_file(self.artifact(digest)) == digest
        except OSError:
            return False

    def _folder(self, need: Need, inputs: dict[str, Any], collector_version: str, seed: int) -> Path:
        key = digest_of({"need": need.plain(), "inputs": inputs, "collector_version": collector_version, "seed": seed})
        return self.folder / "evidence" / key.removeprefix("sha256:")


def evidence_from(data: bytes) -> Evidence | None:
    """Evidence from the bytes it was kept as; none unless they are exactly those of a piece of evidence."""
    try:
        value = read_canonical(data)
        if value["format"] != EVIDENCE_FORMAT:
            return None
        need = value["need"]
        evidence = Evidence(
            Need(need["collector"], NodeId(need["subject"]), need["parameters"]),
            value["value"],
            value["method"],
            value["sample"],
            value["collector_version"],
            value["seed"],
            value["environment"],
            value["inputs"],
            value["artifacts"],
            datetime.strptime(value["collected_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            value["limits"],
        )
        return evidence if canonical_bytes(evidence.plain()) == data else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def evidence_holds(data: bytes, identity: str) -> bool:
    """Whether these bytes are the evidence of this id."""
    return digest_bytes(data) == identity and evidence_from(data) is not None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp makes files that only their owner reads; a report is for others too
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
