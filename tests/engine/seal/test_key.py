"""Keys are made once and never replaced; what is wrong with one is said."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from engine.seal.small import AT

from lexaudit.errors import InputError
from lexaudit.key import WORTH, Keys, key_folder, read_trust

REPORT = ("report.cert.pem", "report.key.pem")


def test_first_use_makes_private_files_and_says_what_they_are_worth(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys = Keys(folder, AT)
    keys.trust()
    assert sorted(Path(name).name for name in keys.made) == [*REPORT, "statement.key.pem"]
    assert sorted(path.name for path in folder.iterdir()) == [*REPORT, "statement.key.pem"]
    assert WORTH == (
        "made a signing key of your own: it shows that nothing was changed after signing, not who signed. "
        "Its certificate is issued by itself and has no legal presumption; protect the folder, and give "
        "`trust.json` to those who verify by another way than the report"
    )
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_second_use_makes_nothing_and_gives_the_same_trust_file(tmp_path: Path) -> None:
    first = Keys(tmp_path, AT).trust()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    keys = Keys(tmp_path, datetime(2027, 1, 1, tzinfo=UTC))
    assert keys.trust() == first
    assert keys.made == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_gate_makes_no_report_key(tmp_path: Path) -> None:
    assert Keys(tmp_path, AT).statement.curve.name == "secp256r1"
    assert [path.name for path in tmp_path.iterdir()] == ["statement.key.pem"]


def test_the_trust_file_holds_public_keys_by_purpose(keys: Keys) -> None:
    trust = read_trust(keys.trust(), "trust.json")
    assert b"PRIVATE" not in keys.trust()
    (public,), (certificate,) = trust.statement_keys.values(), trust.certificates.values()
    assert public == keys.statement.public_key()
    assert certificate == keys.report[1]
    assert certificate.public_key().key_size == 3072  # type: ignore[union-attr]  # made above as RSA


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\xff\x00"]
)
def test_a_damaged_key_is_named_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "statement.key.pem"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        _ = Keys(tmp_path, AT).statement
    assert caught.value.message.startswith("this key cannot be used: ")
    assert str(caught.value.place) == str(path)
    assert caught.value.advice == (
        "restore it from a backup, or move it away to have a new one made (verifiers then need the new trust.json)"
    )
    assert path.read_bytes() == content


def test_a_certificate_without_its_key_is_not_made_up(tmp_path: Path) -> None:
    _ = Keys(tmp_path, AT).report
    (tmp_path / "report.key.pem").unlink()
    with pytest.raises(InputError) as caught:
        _ = Keys(tmp_path, AT).report
    assert caught.value.render() == (
        f"{tmp_path / 'report.key.pem'}: the report key and its certificate belong together, and this one is missing\n"
        "  help: restore it from a backup, or move the other away to have both made anew"
    )


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError) as caught:
        _ = Keys(tmp_path / "file" / "keys", AT).statement
    assert caught.value.advice == "set LEXAUDIT_HOME to a folder you may write to"


def test_two_first_uses_at_once_end_with_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime; from lexaudit.key import Keys, key_id; "
        "print(key_id(Keys(Path(sys.argv[1]), datetime(2026, 11, 24, tzinfo=UTC)).statement.public_key()))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert len({process.communicate()[0] for process in started}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["statement.key.pem"]


def test_where_keys_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LEXAUDIT_HOME", str(tmp_path))
    assert key_folder() == tmp_path / "keys"
    monkeypatch.delenv("LEXAUDIT_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert key_folder() == tmp_path / "lexaudit" / "keys"


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"null", b"[1]", b'{"format":"lexaudit-trust/2","keys":[]}', b'{"format": "x"}', b"\xff"]
)
def test_what_is_not_a_trust_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read_trust(content, "trust.json")
    assert caught.value.message.startswith("not a trust file: ")
    assert caught.value.advice == "get `trust.json` again from whoever signed, by a way you trust"


def test_a_key_under_another_id_is_refused(keys: Keys) -> None:
    data = keys.trust(report=False)
    at = data.index(b'"id":"') + 6
    with pytest.raises(InputError, match="a key does not have the id that it is listed under"):
        read_trust(data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :], "trust.json")
