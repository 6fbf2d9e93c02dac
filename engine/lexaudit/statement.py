"""The machine result: an in-toto Statement v1 about an audit, signed in a DSSE envelope.

Envelope: https://github.com/secure-systems-lab/dsse (v1), one ECDSA P-256 signature over the pre-authentication encoding.
The payload is canonical JSON (RFC 8785) and so is the envelope, so that any changed byte of the file is seen.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from lexaudit.audit import Audit
from lexaudit.canonical import Digest, canonical_bytes
from lexaudit.errors import VerificationError
from lexaudit.key import Keys, Trust, key_id

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:lexaudit:audit-result:v1"
"""Our own predicate: it carries what could not be determined, which no published one does."""

_RESULTS = {0: "PASSED", 1: "FAILED", 3: "UNDECIDED"}


def statement_of(audit: Audit, subjects: Mapping[str, Digest], ledger: Mapping[str, Any]) -> dict[str, Any]:
    """The statement about an audit: what files it speaks of, and what was found. `ledger` is where its entry stands."""
    plain = audit.plain()
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}
            for name, digest in sorted(subjects.items())
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": _RESULTS[audit.gate.exit_code],
            "sentence": audit.gate.sentence,
            "audit": audit.id,
            "title": audit.title,
            "at": plain["at"],
            "as_of": plain["as_of"],
            "engine": plain["engine"],
            "graph": audit.graph.digest,
            "packs": [{key: pack[key] for key in ("id", "version", "digest")} for pack in plain["packs"]],
            "policy": {"name": plain["policy"]["name"], "digest": plain["policy"]["digest"]},
            "thresholds": plain["policy"]["thresholds"],
            "counts": audit.counts,
            "evidence": [piece["id"] for piece in plain["evidence"]],
            "ledger": dict(ledger),
        },
    }


def sign(statement: Mapping[str, Any], keys: Keys) -> bytes:
    """The statement in its envelope. Deterministic (RFC 6979): the same statement and key give the same bytes."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    payload = canonical_bytes(statement)
    signature = keys.statement.sign(pae(PAYLOAD_TYPE, payload), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return canonical_bytes(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode("ascii"),
            "signatures": [
                {"keyid": key_id(keys.statement.public_key()), "sig": base64.b64encode(signature).decode("ascii")}
            ],
        }
    )


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is signed."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def open_envelope(data: bytes, trust: Trust) -> dict[str, Any]:
    """The statement inside, if the signature is by a trusted key and every byte is as it was signed.

    Raises `VerificationError` that says what does not hold. Does *not* check that the files it speaks of are unchanged.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        envelope = json.loads(data)
        if canonical_bytes(envelope) != data:
            raise ValueError("it is not in canonical form: bytes were changed, or it was written by another program")
        if set(envelope) != {"payloadType", "payload", "signatures"} or envelope["payloadType"] != PAYLOAD_TYPE:
            raise ValueError("its fields are not those of a DSSE envelope with an in-toto statement")
        (entry,) = envelope["signatures"]
        if set(entry) != {"keyid", "sig"}:
            raise ValueError("its signature has unknown fields")
        payload, signature = _strict_base64(envelope["payload"]), _strict_base64(entry["sig"])
    except (ValueError, TypeError, KeyError, UnicodeError) as error:
        raise VerificationError(f"the statement's envelope does not hold: {error}") from error
    key = trust.statement_keys.get(entry["keyid"])
    if key is None:
        raise VerificationError(
            f"the statement is signed by a key that is not trusted: `{entry['keyid']}`",
            advice="get the signer's trust.json by a way you trust, and name it with --trust",
        )
    try:
        key.verify(signature, pae(PAYLOAD_TYPE, payload), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise VerificationError(
            "the statement's signature does not hold: its content or signature was changed"
        ) from error
    statement = json.loads(payload)
    if statement.get("_type") != STATEMENT_TYPE or statement.get("predicateType") != PREDICATE_TYPE:
        raise VerificationError("the envelope holds a statement of another type")
    return dict(statement)


def _strict_base64(text: Any) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError(f"a part is not base64: {error}") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise ValueError("a part is not canonical base64")
    return data
