"""Verification, offline: each step says what was checked, whether it holds, and what that proves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from lexaudit.canonical import digest_bytes, digest_of, read_canonical
from lexaudit.errors import InputError, LexauditError, VerificationError
from lexaudit.key import Trust, read_trust
from lexaudit.ledger import check_file, check_proof
from lexaudit.statement import open_envelope
from lexaudit.step import Step
from lexaudit.store import evidence_holds

VERIFY_PDF = "lexaudit_reports.seal:verify_pdf"
ATTACHMENTS = "lexaudit_reports.seal:attachments"

_KNOWN = {"audit.json", "trust.json", "statement.dsse.json", "report.pdf", "ledger-entry.json"}


@dataclass
class Verification:
    """What was checked, step by step."""

    subject: str
    """What was named."""
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything that was checked holds, and anything was checked."""
        return bool(self.steps) and all(step.holds for step in self.steps)

    def add(self, what: str, problem: str, said: str, proves: str) -> bool:
        """Record a step: it holds when there is no problem."""
        self.steps.append(Step(what, not problem, problem or said, "" if problem else proves))
        return not problem


def verify(path: Path, trust_file: Path | None, at: datetime) -> Verification:
    """Check a bundle's folder, a PDF, a statement, an evidence file, or a ledger.

    Without a trust file the one in the bundle is used, which shows integrity but not who signed. Raises `InputError` for a path
    that cannot be checked at all.
    """
    result = Verification(str(path))
    if not path.exists():
        raise InputError(
            f"there is nothing at `{path}`", advice="name a bundle's folder, a PDF, a statement or a ledger"
        )
    trust = _trust(path, trust_file, result)
    if trust is None:
        return result
    if path.is_dir():
        if (path / "audit.json").is_file() or (path / "statement.dsse.json").is_file():
            _bundle(path, trust, at, result)
        elif (path / "ledger.db").is_file():
            _ledger(path / "ledger.db", trust, result)
        else:
            raise InputError(
                f"`{path}` is neither a bundle nor a store", advice="name the folder that `lexaudit audit --out` wrote"
            )
    elif path.suffix == ".pdf":
        _pdf(path.read_bytes(), trust, at, result)
    elif path.suffix == ".db":
        _ledger(path, trust, result)
    elif path.name.endswith(".dsse.json"):
        _statement(path.read_bytes(), trust, result)
    elif path.parent.name == "evidence" and path.suffix == ".json":
        _evidence(path.name, path.read_bytes(), result)
    elif path.name == "ledger-entry.json":
        _entry(path.read_bytes(), trust, result)
    elif path.name == "audit.json":
        _audit(path.read_bytes(), result)
    else:
        raise InputError(
            f"it is not known how to check `{path.name}`",
            advice="name a bundle's folder, report.pdf, statement.dsse.json, ledger-entry.json, evidence/….json or ledger.db",
        )
    return result


def _trust(path: Path, trust_file: Path | None, result: Verification) -> Trust | None:
    if trust_file is not None:
        try:
            return read_trust(trust_file.read_bytes(), str(trust_file))
        except OSError as error:
            raise InputError(
                f"cannot read the trust file `{trust_file}`: {error.strerror}", advice="name the signer's trust.json"
            ) from error
    folder = path if path.is_dir() else path.parent
    for candidate in (folder / "trust.json", folder.parent / "trust.json"):
        if candidate.is_file():
            result.notes.append(
                f"the keys are those of {candidate}, which came with what is checked: this shows that nothing was changed, "
                "not who signed; name the signer's own trust.json with --trust"
            )
            try:
                return read_trust(candidate.read_bytes(), str(candidate))
            except InputError as error:
                result.add("the trust file", error.message, "", "")
                return None
    own = _own_keys()
    if own is not None:
        result.notes.append("the keys are your own, from your key folder")
        return own
    raise InputError(
        "no trust file was named, and none lies beside what is checked",
        advice="name the signer's trust.json with --trust",
    )


def _own_keys() -> Trust | None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from lexaudit.key import key_folder, key_id

    folder = key_folder()
    try:
        statement: Any = load_pem_private_key((folder / "statement.key.pem").read_bytes(), None)
    except (OSError, ValueError):
        return None
    public = statement.public_key()
    try:
        certificate = x509.load_pem_x509_certificate((folder / "report.cert.pem").read_bytes())
        certificates = {key_id(certificate.public_key()): certificate}
    except (OSError, ValueError):
        certificates = {}
    return Trust({key_id(public): public}, certificates)


def _bundle(folder: Path, trust: Trust, at: datetime, result: Verification) -> None:
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    for name in ("audit.json", "statement.dsse.json", "trust.json"):
        if name not in files:
            result.add(f"the bundle's {name}", "it is missing", "", "")
    if "statement.dsse.json" not in files:
        return
    statement = _statement(files["statement.dsse.json"].read_bytes(), trust, result)
    if statement is None:
        return
    subjects = {entry["name"]: "sha256:" + entry["digest"]["sha256"] for entry in statement["subject"]}
    for name, digest in subjects.items():
        if name not in files:
            result.add(f"the file {name}", "the statement speaks of it and it is missing", "", "")
        elif digest_bytes(files[name].read_bytes()) != digest:
            result.add(f"the file {name}", "its content is not what was signed", "", "")
    strangers = sorted(set(files) - set(subjects) - _KNOWN)
    for name in strangers:
        result.add(f"the file {name}", "the statement does not speak of it: it was added after sealing", "", "")
    if all(step.holds for step in result.steps):
        result.add(
            f"{len(subjects)} files of the bundle",
            "",
            "each is byte for byte what the statement speaks of",
            "audit, evidence and keys are those that were signed together",
        )
    if "audit.json" in files:
        _audit(files["audit.json"].read_bytes(), result)
    if "ledger-entry.json" in files:
        content = _entry(files["ledger-entry.json"].read_bytes(), trust, result)
        if content is not None:
            problem = (
                ""
                if content["body"].get("audit") == statement["predicate"]["audit"]
                else "it is the entry of another audit"
            )
            result.add("the ledger entry's audit", problem, "it is this one", "the audit was entered when it was made")
    else:
        result.add("the bundle's ledger-entry.json", "it is missing", "", "")
    if "report.pdf" in files:
        _pdf(
            files["report.pdf"].read_bytes(),
            trust,
            at,
            result,
            {name: files[name].read_bytes() for name in ("audit.json", "statement.dsse.json") if name in files},
        )


def _statement(data: bytes, trust: Trust, result: Verification) -> dict[str, Any] | None:
    try:
        statement = open_envelope(data, trust)
    except VerificationError as error:
        result.add("the statement", error.message, "", "")
        return None
    result.add(
        "the statement",
        "",
        f"signed by a trusted key; it says {statement['predicate']['result']}: {statement['predicate']['sentence']}",
        "the result is as it was signed; it does not prove that the manifest told the truth",
    )
    return statement


def _audit(data: bytes, result: Verification) -> None:
    problem = ""
    try:
        value = read_canonical(data)
        if digest_of({key: item for key, item in value.items() if key != "id"}) != value.get("id"):
            problem = "its content does not match its id: it was changed after it was made"
    except (ValueError, AttributeError) as error:
        problem = f"it cannot be read: {error}"
    result.add("the audit's id", problem, "its content matches its id", "")


def _evidence(name: str, data: bytes, result: Verification) -> None:
    identity = "sha256:" + name.removesuffix(".json")
    problem = "" if evidence_holds(data, identity) else "its content is not the evidence that it is named for"
    result.add(
        f"the evidence {name[:16]}…",
        problem,
        "its content matches its id",
        "it is the evidence that findings with this id refer to",
    )


def _entry(data: bytes, trust: Trust, result: Verification) -> dict[str, Any] | None:
    try:
        content = check_proof(data, trust)
    except VerificationError as error:
        result.add("the ledger entry", error.message, "", "")
        return None
    result.add(
        "the ledger entry",
        "",
        f"entry {content['seq']} of {content['time']} lies in the tree that the ledger's head signs",
        "it was in the ledger when the head was signed; that nothing was rewritten before needs a head kept elsewhere",
    )
    return content


def _ledger(path: Path, trust: Trust, result: Verification) -> None:
    try:
        body, problems = check_file(path, trust)
    except VerificationError as error:
        result.add("the ledger's head", error.message, "", "")
        return
    except OSError as error:
        result.add("the ledger", f"a part of it is missing: {error.filename} ({error.strerror})", "", "")
        return
    for problem in problems:
        result.add("the ledger", problem, "", "")
    if not problems:
        result.add(
            "the ledger",
            "",
            f"{body['size']} entries give the root that the head signs, and no byte of the file was changed",
            "nothing was changed since the head was signed; that it is the newest head needs one kept elsewhere",
        )


def _pdf(
    data: bytes, trust: Trust, at: datetime, result: Verification, beside: Mapping[str, bytes] | None = None
) -> None:
    try:
        steps = _load(VERIFY_PDF)(data, trust.certificates, at)
    except ImportError as error:
        raise LexauditError(
            f"checking a PDF needs `{error.name}`, which is not installed", advice="pip install lexaudit"
        ) from error
    result.steps.extend(steps)
    if not all(step.holds for step in steps):
        return
    attached: dict[str, bytes] = _load(ATTACHMENTS)(data)
    for name in ("audit.json", "statement.dsse.json"):
        if name not in attached:
            result.add(f"the attached {name}", "the PDF does not carry it", "", "")
            return
        if beside and name in beside and beside[name] != attached[name]:
            result.add(f"the attached {name}", "it is another than the one beside the PDF", "", "")
    if beside:
        problem = (
            ""
            if all(beside[name] == attached[name] for name in beside)
            else "they are others than those beside the PDF"
        )
        result.add(
            "the PDF's attachments",
            problem,
            "they are the audit and the statement of this bundle",
            "the report was printed with this result",
        )
        return
    statement = _statement(attached["statement.dsse.json"], trust, result)
    if statement is not None:
        subjects = {entry["name"]: "sha256:" + entry["digest"]["sha256"] for entry in statement["subject"]}
        problem = (
            ""
            if subjects.get("audit.json") == digest_bytes(attached["audit.json"])
            else "it is not the one that the statement speaks of"
        )
        result.add(
            "the attached audit",
            problem,
            "it is the one that the statement speaks of",
            "the machine result is as it was signed",
        )


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
