"""The signed statement: what it says, and that nothing in its file can be changed unseen."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from engine.seal.small import AT, flips, problems, small_audit, small_evidence

from lexaudit.canonical import canonical_bytes, digest_bytes
from lexaudit.errors import VerificationError
from lexaudit.key import Keys, key_id, read_trust
from lexaudit.statement import PAYLOAD_TYPE, open_envelope, pae, sign, statement_of

SUBJECTS = {"trust.json": digest_bytes(b"trust"), "audit.json": digest_bytes(b"audit")}
PLACE = {"origin": "lexaudit/test", "seq": 0, "entry": digest_bytes(b"entry")}


def test_what_a_statement_says() -> None:
    audit = small_audit()
    assert statement_of(audit, SUBJECTS, PLACE) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "audit.json", "digest": {"sha256": SUBJECTS["audit.json"].removeprefix("sha256:")}},
            {"name": "trust.json", "digest": {"sha256": SUBJECTS["trust.json"].removeprefix("sha256:")}},
        ],
        "predicateType": "urn:lexaudit:audit-result:v1",
        "predicate": {
            "result": "FAILED",
            "sentence": "closed by 1 finding at or above severity high",
            "audit": audit.id,
            "title": "Risk support",
            "at": "2026-11-24T09:00:00Z",
            "as_of": "2026-11-24",
            "engine": {"name": "lexaudit", "version": "0.1.0", "digest": audit.engine["digest"]},
            "graph": audit.graph.digest,
            "packs": [{"id": "eu_ai_act", "version": "1.0.0", "digest": audit.packs[0]["digest"]}],
            "policy": {"name": "release", "digest": audit.policy["digest"]},
            "thresholds": [],
            "counts": {
                "met": 0,
                "not_met": 1,
                "not_applicable": 0,
                "not_determined": 0,
                "waived": 0,
                "upcoming": 0,
                "total": 1,
            },
            "evidence": [small_evidence().id],
            "ledger": PLACE,
        },
    }


def test_the_envelope_is_dsse_with_one_signature(keys: Keys) -> None:
    statement = statement_of(small_audit(), SUBJECTS, PLACE)
    envelope = json.loads(sign(statement, keys))
    assert set(envelope) == {"payloadType", "payload", "signatures"}
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert base64.b64decode(envelope["payload"]) == canonical_bytes(statement)
    (signature,) = envelope["signatures"]
    assert signature["keyid"] == key_id(keys.statement.public_key())


def test_the_same_statement_and_key_give_the_same_bytes(keys: Keys) -> None:
    statement = statement_of(small_audit(), SUBJECTS, PLACE)
    assert sign(statement, keys) == sign(statement, Keys(keys.folder, AT))


def test_what_was_signed_comes_back(keys: Keys) -> None:
    statement = statement_of(small_audit(), SUBJECTS, PLACE)
    assert open_envelope(sign(statement, keys), read_trust(keys.trust(), "trust.json")) == statement


def test_pre_authentication_encoding() -> None:
    # the example of the DSSE protocol
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_every_changed_bit_is_refused(keys: Keys) -> None:
    data = sign(statement_of(small_audit(), SUBJECTS, PLACE), keys)
    trust = read_trust(keys.trust(), "trust.json")
    for place, changed in flips(data, 400, 1):
        with pytest.raises(VerificationError):
            pytest.fail(f"{place} was not seen: {open_envelope(changed, trust)}")


@pytest.mark.parametrize("keep", [0, 1, 100, -100, -1])
def test_a_truncated_envelope_is_refused(keys: Keys, keep: int) -> None:
    data = sign(statement_of(small_audit(), SUBJECTS, PLACE), keys)
    with pytest.raises(VerificationError, match="the statement's envelope does not hold"):
        open_envelope(data[:keep], read_trust(keys.trust(), "trust.json"))


@pytest.mark.parametrize("spelling", [b"%s\n", b" %s", b"%s "])
def test_the_same_content_in_other_bytes_is_refused(keys: Keys, spelling: bytes) -> None:
    data = spelling % sign(statement_of(small_audit(), SUBJECTS, PLACE), keys)
    with pytest.raises(VerificationError, match="it is not in canonical form"):
        open_envelope(data, read_trust(keys.trust(), "trust.json"))


def test_two_signatures_are_refused(keys: Keys) -> None:
    envelope = json.loads(sign(statement_of(small_audit(), SUBJECTS, PLACE), keys))
    envelope["signatures"] *= 2
    with pytest.raises(VerificationError):
        open_envelope(canonical_bytes(envelope), read_trust(keys.trust(), "trust.json"))


def test_another_key_is_named(keys: Keys, tmp_path: Path) -> None:
    other = Keys(tmp_path, AT)
    with pytest.raises(VerificationError) as caught:
        open_envelope(sign(statement_of(small_audit(), SUBJECTS, PLACE), other), read_trust(keys.trust(), "trust.json"))
    assert caught.value.render() == (
        f"the statement is signed by a key that is not trusted: `{key_id(other.statement.public_key())}`\n"
        "  help: get the signer's trust.json by a way you trust, and name it with --trust"
    )


def test_a_signature_under_a_trusted_id_by_another_key_is_refused(keys: Keys, tmp_path: Path) -> None:
    envelope = json.loads(sign(statement_of(small_audit(), SUBJECTS, PLACE), Keys(tmp_path, AT)))
    envelope["signatures"][0]["keyid"] = key_id(keys.statement.public_key())
    with pytest.raises(VerificationError, match="the statement's signature does not hold"):
        open_envelope(canonical_bytes(envelope), read_trust(keys.trust(), "trust.json"))


def test_the_other_spelling_of_the_same_signature_is_refused(keys: Keys) -> None:
    # (r, n - s) verifies wherever (r, s) does, and anybody can write it
    envelope = json.loads(sign(statement_of(small_audit(), SUBJECTS, PLACE), keys))
    r, s = decode_dss_signature(base64.b64decode(envelope["signatures"][0]["sig"]))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    envelope["signatures"][0]["sig"] = base64.b64encode(encode_dss_signature(r, order - s)).decode("ascii")
    with pytest.raises(VerificationError, match="the statement's signature does not hold"):
        open_envelope(canonical_bytes(envelope), read_trust(keys.trust(), "trust.json"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees(keys: Keys, tmp_path: Path) -> None:
    envelope = json.loads(sign(statement_of(small_audit(), SUBJECTS, PLACE), keys))
    payload = base64.b64decode(envelope["payload"])
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    (tmp_path / "pub.pem").write_bytes(
        keys.statement.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    for name, content, code in (("good", payload, 0), ("bad", payload.replace(b"FAILED", b"PASSED"), 1)):
        (tmp_path / name).write_bytes(pae(PAYLOAD_TYPE, content))
        ran = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", "pub.pem", "-signature", "sig", name],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert ran.returncode == code, ran.stderr


@pytest.mark.parametrize("change", ["no predicate", "empty predicate", "a subject without digest", "a list"])
def test_a_signed_statement_of_another_shape_does_not_hold(keys: Keys, place: Path, change: str) -> None:
    # without --trust, whoever writes a bundle also writes its trust.json, and can sign anything
    statement = dict(statement_of(small_audit(), SUBJECTS, PLACE))
    if change == "no predicate":
        del statement["predicate"]
    elif change == "empty predicate":
        statement["predicate"] = {}
    elif change == "a subject without digest":
        statement["subject"] = [{"name": "audit.json"}]
    (place / "out" / "statement.dsse.json").write_bytes(sign([1] if change == "a list" else statement, keys))  # type: ignore[arg-type]  # on purpose
    assert problems(place / "out")
