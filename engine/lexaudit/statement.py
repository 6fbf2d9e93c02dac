"""The machine result: an in-toto Statement v1 about an audit, signed in a DSSE envelope.

Envelope: https://github.com/secure-systems-lab/dsse (v1), one ECDSA P-256 signature over the pre-authentication encoding.
The payload is canonical JSON (RFC 8785) and so is the envelope, so that any changed byte of the file is seen.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from lexaudit.audit import Audit
from lexaudit.canonical import Digest, canonical_bytes, read_canonical
from lexaudit.errors import VerificationError
from lexaudit.key import Keys, Trust, key_id, sign_bytes, signature_holds

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
    payload = canonical_bytes(statement)
    signature = sign_bytes(keys.statement, pae(PAYLOAD_TYPE, payload))
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
    try:
        envelope = read_canonical(data)
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
    if not signature_holds(key, signature, pae(PAYLOAD_TYPE, payload)):
        raise VerificationError("the statement's signature does not hold: its content or signature was changed")
    return _shaped(payload)


def _shaped(payload: bytes) -> dict[str, Any]:
    """The statement, if it has the fields that verifying reads: whoever brings his own keys can sign anything."""
    try:
        statement = read_canonical(payload)
        if statement["_type"] != STATEMENT_TYPE or statement["predicateType"] != PREDICATE_TYPE:
            raise ValueError("it is a statement of another type")
        names = [entry["name"] for entry in statement["subject"]]
        digests = [entry["digest"]["sha256"] for entry in statement["subject"]]
        predicate = statement["predicate"]
        words = [*names, *digests, predicate["result"], predicate["sentence"], predicate["audit"]]
        if not all(isinstance(word, str) for word in words) or len(set(names)) != len(names):
            raise ValueError("its fields do not hold what they must")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise VerificationError(f"the statement does not have the shape of an audit's: {error}") from error
    return dict(statement)


def _strict_base64(text: Any) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError(f"a part is not base64: {error}") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise ValueError("a part is not canonical base64")
    return data
