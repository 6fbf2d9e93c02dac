"""The bundle: written whole, the same for the same inputs, and any change in it is named."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from engine.seal.small import ARTIFACT, AT, kept, problems, sealed, small_audit, small_evidence, unseen

from lexaudit.bundle import check_writable, enter, seal
from lexaudit.canonical import canonical_bytes, digest_bytes
from lexaudit.errors import InputError, LexauditError
from lexaudit.key import Keys
from lexaudit.ledger import Ledger
from lexaudit.verify import verify

EVIDENCE = f"evidence/{small_evidence().id.removeprefix('sha256:')}"
FILES = (
    "audit.json",
    f"{EVIDENCE}.json",
    f"{EVIDENCE}.rows.txt",
    "ledger-entry.json",
    "statement.dsse.json",
    "trust.json",
)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_what_a_bundle_holds(tmp_path: Path) -> None:
    made = sealed(tmp_path)
    assert made.lines() == [
        "",
        f"wrote {tmp_path / 'out'}: 6 files; the audit is entry 0 of the ledger",
        f"check:  lexaudit verify {tmp_path / 'out'}",
    ]
    files = contents(tmp_path / "out")
    assert tuple(files) == made.files == FILES
    assert files["audit.json"] == small_audit().to_bytes()
    assert digest_bytes(files[f"{EVIDENCE}.json"]) == small_evidence().id
    assert files[f"{EVIDENCE}.rows.txt"] == ARTIFACT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "store", "store-scratch"]


def test_a_bundle_that_holds_says_what_each_step_proves(place: Path) -> None:
    result = verify(place / "out", None, AT)
    assert result.holds
    assert [(step.what, step.said, step.proves) for step in result.steps] == [
        (
            "the statement",
            "signed by a trusted key; it says FAILED: closed by 1 finding at or above severity high",
            "the result is as it was signed; it does not prove that the manifest told the truth",
        ),
        (
            "4 files of the bundle",
            "each is byte for byte what the statement speaks of",
            "audit, evidence and keys are those that were signed together",
        ),
        ("the audit's id", "its content matches its id", ""),
        (
            "the ledger entry",
            "entry 0 of 2026-11-24T09:00:00Z lies in the tree that the ledger's head signs",
            "it was in the ledger when the head was signed; that nothing was rewritten before needs a head kept elsewhere",
        ),
        ("the ledger entry's audit", "it is this one", "the audit was entered when it was made"),
    ]
    assert result.notes == [
        f"the keys are those of {place / 'out' / 'trust.json'}, which came with what is checked: this shows that nothing was changed, "
        "not who signed; name the signer's own trust.json with --trust"
    ]


def test_with_the_signers_trust_file_nothing_is_left_to_say(place: Path, keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "theirs.json").write_bytes(keys.trust(report=False))
    result = verify(place / "out", tmp_path / "theirs.json", AT)
    assert (result.holds, result.notes) == (True, [])


def test_the_same_inputs_give_the_same_bytes(place: Path, tmp_path: Path) -> None:
    sealed(tmp_path / "again")
    assert contents(tmp_path / "again" / "out") == contents(place / "out")


def test_sealing_twice_enters_once(place: Path, keys: Keys) -> None:
    before = contents(place / "out")
    assert sealed(place).seq == 0
    assert contents(place / "out") == before
    assert enter(small_audit(), place / "store").seq == 0
    assert len(Ledger(place / "store" / "ledger.db", keys).entries()) == 1


@pytest.mark.parametrize(
    ("name", "number", "names"),
    [
        ("audit.json", 200, "the file audit.json"),
        ("statement.dsse.json", 200, "the statement"),
        ("ledger-entry.json", 200, "the ledger entry"),
        (f"{EVIDENCE}.json", 200, f"the file {EVIDENCE}.json"),
        (f"{EVIDENCE}.rows.txt", 60, f"the file {EVIDENCE}.rows.txt"),
    ],
)
def test_every_changed_bit_is_seen_and_named(place: Path, name: str, number: int, names: str) -> None:
    assert unseen(place / "out" / name, lambda: verify(place / "out", None, AT), number, 5, names) == []


def test_every_changed_bit_of_the_keys_is_seen_with_the_signers_own(place: Path, keys: Keys, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.json"
    theirs.write_bytes(keys.trust(report=False))
    assert unseen(place / "out" / "trust.json", lambda: verify(place / "out", theirs, AT), 200, 6, "trust.json") == []


def test_a_key_of_an_unknown_kind_is_reported(place: Path) -> None:
    path = place / "out" / "trust.json"
    # the identifier of elliptic-curve keys, with one bit of it changed
    path.write_bytes(path.read_bytes().replace(b"MFkwEwYHKoZIzj0C", b"MFkwEwYHKkZIzj0C", 1))
    assert problems(place / "out")


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_seen(place: Path, name: str) -> None:
    path = place / "out" / name
    path.write_bytes(path.read_bytes()[:-1])
    assert problems(place / "out")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "audit.json",
            [
                ("the bundle's audit.json", "it is missing"),
                ("the file audit.json", "the statement speaks of it and it is missing"),
            ],
        ),
        ("statement.dsse.json", [("the bundle's statement.dsse.json", "it is missing")]),
        ("ledger-entry.json", [("the bundle's ledger-entry.json", "it is missing")]),
        (f"{EVIDENCE}.json", [(f"the file {EVIDENCE}.json", "the statement speaks of it and it is missing")]),
    ],
)
def test_a_missing_file_is_named(place: Path, name: str, said: list[tuple[str, str]]) -> None:
    (place / "out" / name).unlink()
    assert problems(place / "out") == said


def test_an_added_file_is_named(place: Path) -> None:
    (place / "out" / "evidence" / "more.json").write_text("{}")
    assert problems(place / "out") == [
        ("the file evidence/more.json", "the statement does not speak of it: it was added after sealing")
    ]


def test_the_audit_of_another_bundle_is_refused(place: Path, tmp_path: Path) -> None:
    sealed(tmp_path / "other", title="Another system")
    shutil.copy(tmp_path / "other" / "out" / "audit.json", place / "out" / "audit.json")
    assert problems(place / "out") == [("the file audit.json", "its content is not what was signed")]


def test_the_ledger_entry_of_another_audit_is_refused(place: Path, tmp_path: Path) -> None:
    sealed(tmp_path / "other", title="Another system")
    shutil.copy(tmp_path / "other" / "out" / "ledger-entry.json", place / "out" / "ledger-entry.json")
    assert problems(place / "out") == [("the ledger entry's audit", "it is the entry of another audit")]


def test_a_bundle_signed_anew_by_another_hand_is_refused_with_the_signers_trust_file(
    place: Path, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs.json"
    theirs.write_bytes(keys.trust(report=False))
    monkeypatch.setenv("LEXAUDIT_HOME", str(tmp_path / "stranger"))
    sealed(tmp_path / "forged")
    # with its own keys it holds, and the note says what that is worth
    assert problems(tmp_path / "forged" / "out") == []
    (found,) = problems(tmp_path / "forged" / "out", theirs)
    assert found[0] == "the statement"
    assert found[1].startswith("the statement is signed by a key that is not trusted: ")


def test_evidence_and_statement_and_entry_alone(place: Path) -> None:
    for name in (f"{EVIDENCE}.json", "statement.dsse.json", "ledger-entry.json", "audit.json"):
        assert verify(place / "out" / name, None, AT).holds, name
    path = place / "out" / f"{EVIDENCE}.json"
    path.write_bytes(path.read_bytes().replace(b"0.2", b"0.1"))
    assert problems(path) == [
        (f"the evidence {path.name[:16]}…", "its content is not the evidence that it is named for")
    ]


def test_what_cannot_be_checked_is_wrong_use(place: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is nothing at"):
        verify(tmp_path / "nothing", None, AT)
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(InputError, match=r"it is not known how to check `notes\.txt`"):
        verify(tmp_path / "notes.txt", None, AT)
    with pytest.raises(InputError, match="cannot read the trust file"):
        verify(place / "out", tmp_path / "no-trust.json", AT)


HOSTILE = [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"a":1e999}', b'"\\ud800"', b"1" * 5000]


@pytest.mark.parametrize("name", ["audit.json", "statement.dsse.json", "ledger-entry.json", "trust.json"])
def test_hostile_content_is_reported_and_never_raised(place: Path, name: str) -> None:
    for content in HOSTILE:
        (place / "out" / name).write_bytes(content)
        assert problems(place / "out"), content[:20]


@pytest.mark.parametrize("name", ["audit.json", "statement.dsse.json", "ledger-entry.json", "trust.json"])
def test_deeply_nested_content_is_reported(place: Path, name: str) -> None:
    (place / "out" / name).write_bytes(b"[" * 200_000)
    assert problems(place / "out")


def test_a_folder_that_holds_something_else_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(InputError) as caught:
        check_writable(tmp_path)
    assert (
        caught.value.render()
        == f"the folder `{tmp_path}` holds something else\n  help: name an empty or a new folder with --out"
    )


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(InputError, match="is a file"):
        check_writable(tmp_path / "out")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot write into"):
        check_writable(tmp_path / "out")


def test_files_of_others_beside_an_audit_are_not_deleted(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "audit.json").write_text("{}")
    (out / "thesis.txt").write_text("precious")
    kept(tmp_path / "store")
    try:
        check_writable(out)
        seal(small_audit(), tmp_path / "store", out, pdf=False)
    except InputError:
        pass
    assert (out / "thesis.txt").exists()


def test_a_missing_artifact_is_said(tmp_path: Path) -> None:
    with pytest.raises(LexauditError):
        seal(small_audit(), tmp_path / "store", tmp_path / "out", pdf=False)


def _entry(proof: dict[str, object]) -> dict[str, object]:
    return dict(json.loads(base64.b64decode(str(proof["record"]))))


def test_the_statement_names_its_ledger_entry(place: Path) -> None:
    files = contents(place / "out")
    proof = json.loads(files["ledger-entry.json"])
    assert canonical_bytes(proof) == files["ledger-entry.json"]
    assert _entry(proof)["idempotency"] == f"audit:{small_audit().id}"
    predicate = json.loads(base64.b64decode(json.loads(files["statement.dsse.json"])["payload"]))["predicate"]
    assert predicate["ledger"] == {
        "origin": proof["head"]["body"]["origin"],
        "seq": 0,
        "entry": digest_bytes(base64.b64decode(proof["record"])),
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: {**proof, "index": proof["index"] + 1},
        lambda proof: {**proof, "path": ["00" * 32]},
        lambda proof: {**proof, "more": 1},
        lambda proof: {**proof, "head": {**proof["head"], "body": {**proof["head"]["body"], "size": 2}}},
    ],
)
def test_a_changed_proof_is_refused(place: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    path = place / "out" / "ledger-entry.json"
    path.write_bytes(canonical_bytes(change(json.loads(path.read_bytes()))))
    assert [what for what, _ in problems(place / "out")] == ["the ledger entry"]
