"""The bundle: everything a regulator needs in one folder, written whole or not at all.

The order has no circle: the audit's bytes, its ledger entry, the statement about both, the PDF that carries audit and
statement, the ledger entry of the issued report, and the proof of the audit's entry against the head after that.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from lexaudit.audit import Audit
from lexaudit.canonical import Digest, canonical_bytes, digest_bytes
from lexaudit.errors import InputError, LexauditError, Place
from lexaudit.key import WORTH, Keys, key_folder
from lexaudit.ledger import Entry, Ledger
from lexaudit.shipped import shipped
from lexaudit.statement import sign, statement_of
from lexaudit.store import Store

RENDER_PDF = "lexaudit_reports.pdf:render"
SIGN_PDF = "lexaudit_reports.seal:sign_pdf"

_FILES = frozenset({"audit.json", "trust.json", "statement.dsse.json", "report.pdf", "ledger-entry.json"})
_EVIDENCE = re.compile(r"evidence/[0-9a-f]{64}\.[A-Za-z0-9._-]+\Z")


@dataclass(frozen=True)
class Sealed:
    """What was written."""

    out: Path
    files: tuple[str, ...]
    seq: int
    """The audit's place in the ledger."""
    warnings: tuple[str, ...]

    def lines(self) -> list[str]:
        """What to tell the user."""
        report = self.out / "report.pdf"
        lines = ["", f"wrote {self.out}: {len(self.files)} files; the audit is entry {self.seq} of the ledger"]
        if "report.pdf" in self.files:
            lines.append(f"read:   {report}")
        lines.append(f"check:  lexaudit verify {self.out}")
        for warning in self.warnings:
            lines += textwrap.wrap(f"note:   {warning}", 80, subsequent_indent="        ", break_long_words=False)
        return lines


def check_writable(out: Path) -> None:
    """Refuse an output folder that cannot be written, or that holds something else, before any work is done."""
    if out.exists() and not out.is_dir():
        raise InputError(f"`{out}` is a file", advice="name a folder with --out")
    if out.is_dir() and not _is_bundle(out):
        raise InputError(f"the folder `{out}` holds something else", advice="name an empty or a new folder with --out")
    try:
        parent = next(folder for folder in (out, *out.resolve().parents) if folder.is_dir())
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write into `{out}`: {error.strerror}", advice="name a folder you may write to with --out"
        ) from error


def _is_bundle(folder: Path) -> bool:
    """Whether a folder is empty, or holds what we write into one and nothing else: what is there is replaced whole."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    ours = {name for name in found if name in _FILES or _EVIDENCE.match(name)}
    return found == ours and (not found or "statement.dsse.json" in found)


def enter(audit: Audit, store: Path) -> Entry:
    """Store an audit's entry in the ledger; digests only. Raises `LexauditError` when it cannot be stored."""
    keys = Keys(key_folder(), audit.at)
    return _enter(audit, Ledger(Store(store).ledger, keys))


def seal(audit: Audit, store: Path, out: Path, *, pdf: bool) -> Sealed:
    """Enter an audit in the ledger, state and sign it, render and seal the report, and write the bundle."""
    keys = Keys(key_folder(), audit.at)
    kept = Store(store)
    ledger = Ledger(kept.ledger, keys)
    entry = _enter(audit, ledger)
    files: dict[str, bytes] = {"audit.json": audit.to_bytes(), "trust.json": keys.trust(report=pdf)}
    for piece in audit.evidence:
        name = piece.id.removeprefix("sha256:")
        files[f"evidence/{name}.json"] = canonical_bytes(piece.plain())
        for artifact, digest in piece.artifacts.items():
            files[f"evidence/{name}.{artifact}"] = _artifact(kept, artifact, digest)
    subjects = {name: digest_bytes(data) for name, data in files.items()}
    head = ledger.head()["body"]
    place = {"origin": head["origin"], "seq": entry.seq, "entry": digest_bytes(entry.record)}
    files["statement.dsse.json"] = sign(statement_of(audit, subjects, place), keys)
    if pdf:
        files["report.pdf"] = _pdf(audit.plain(), files, keys, audit)
        issued = {
            "audit": audit.id,
            "statement": digest_bytes(files["statement.dsse.json"]),
            "report": digest_bytes(files["report.pdf"]),
        }
        ledger.append("report", issued, f"report:{issued['report']}", audit.at)
    files["ledger-entry.json"] = canonical_bytes(ledger.prove(entry))
    _write(out, files)
    warnings = [*kept.warnings, *([WORTH] if keys.made else [])]
    return Sealed(out, tuple(sorted(files)), entry.seq, tuple(warnings))


def render_pdf(audit: dict[str, Any], bundle: Path) -> bytes:
    """The report of a bundle rendered again from its audit and statement, sealed with the present keys."""
    from datetime import UTC, datetime

    files = {"audit.json": (bundle / "audit.json").read_bytes()}
    try:
        files["statement.dsse.json"] = (bundle / "statement.dsse.json").read_bytes()
    except OSError as error:
        raise InputError("the bundle has no statement", place=Place(str(bundle))) from error
    at = datetime.strptime(audit["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return _sealed_pdf(audit, files, Keys(key_folder(), at), at)


def _pdf(plain: dict[str, Any], files: dict[str, bytes], keys: Keys, audit: Audit) -> bytes:
    return _sealed_pdf(plain, {name: files[name] for name in ("audit.json", "statement.dsse.json")}, keys, audit.at)


def _sealed_pdf(plain: dict[str, Any], attached: dict[str, bytes], keys: Keys, at: Any) -> bytes:
    templates = shipped("templates")
    unsigned = _load(RENDER_PDF)(plain, attachments=attached, templates=templates)
    return bytes(_load(SIGN_PDF)(unsigned, keys, at, templates=templates))


def _enter(audit: Audit, ledger: Ledger) -> Entry:
    body = {
        "audit": audit.id,
        "graph": audit.graph.digest,
        "packs": [{key: pack[key] for key in ("id", "version", "digest")} for pack in audit.packs],
        "policy": audit.policy["digest"],
        "waivers": [{"id": waiver["id"], "state": waiver["state"]} for waiver in audit.policy["waivers"]],
        "as_of": audit.as_of.isoformat(),
        "exit_code": audit.gate.exit_code,
        "counts": audit.counts,
        "evidence": [piece.id for piece in audit.evidence],
    }
    return ledger.append("audit", body, f"audit:{audit.id}", audit.at)


def _artifact(kept: Store, name: str, digest: str) -> bytes:
    try:
        data = kept.artifact(digest).read_bytes()
    except OSError as error:
        raise LexauditError(
            f"the file `{name}` that evidence names is not in the store", advice="measure again with a new --store"
        ) from error
    if digest_bytes(data) != digest:
        raise LexauditError(
            f"the file `{name}` in the store is not what evidence names", advice="measure again with a new --store"
        )
    return data


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _write(out: Path, files: dict[str, bytes]) -> None:
    """Write the folder beside its place, then put it there."""
    try:
        with _beside(out) as new:
            for name, data in files.items():
                path = new / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            old = None
            if out.exists():
                old = Path(tempfile.mkdtemp(dir=out.parent, prefix=".old-"))
                out.rename(old / "bundle")
            new.rename(out)
            out.chmod(0o755)
            if old is not None:
                shutil.rmtree(old)
    except OSError as error:
        raise InputError(
            f"cannot write the bundle to `{out}`: {error.strerror}",
            advice="the audit is in the ledger and its evidence in the store; run again with another --out",
        ) from error


@contextlib.contextmanager
def _beside(out: Path) -> Iterator[Path]:
    out.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=out.parent, prefix=".new-"))
    try:
        yield new
    finally:
        if new.exists():
            shutil.rmtree(new)


def subject_digests(statement: dict[str, Any]) -> dict[str, Digest]:
    """The files a statement speaks of, with their digests."""
    return {entry["name"]: Digest("sha256:" + entry["digest"]["sha256"]) for entry in statement["subject"]}
