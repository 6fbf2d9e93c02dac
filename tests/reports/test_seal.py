"""The PDF's seal: the whole file is covered, and a bit changed anywhere in it is seen."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from cryptography.x509 import Certificate
from reportlab.pdfgen.canvas import Canvas

from lexaudit.key import Keys, read_trust
from lexaudit.shipped import shipped
from lexaudit.step import Step
from lexaudit.verify import verify
from lexaudit_reports.layout import SIGNATURE_BOX
from lexaudit_reports.seal import attachments, sign_pdf, verify_pdf

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ATTACHED = {"audit.json": b'{"id":"an audit"}', "statement.dsse.json": b'{"payload":"a statement"}'}
HOLDS = [
    Step(
        "the PDF's seal",
        True,
        "the signature covers every byte of the file and is by a trusted certificate",
        "no byte was changed after sealing; who holds the certificate must be learnt by another way",
    )
]


def small_pdf() -> bytes:
    """A page that says a word, with two attached files."""
    drawn, out = BytesIO(), BytesIO()
    canvas = Canvas(drawn, invariant=1)
    canvas.drawString(100, 700, "report")
    canvas.save()
    with pikepdf.open(drawn) as pdf:
        for name, data in ATTACHED.items():
            pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"), AT)


@pytest.fixture(scope="module")
def trusted(keys: Keys) -> Mapping[str, Certificate]:
    return read_trust(keys.trust(), "trust.json").certificates


@pytest.fixture(scope="module")
def signed(keys: Keys) -> bytes:
    return sign_pdf(small_pdf(), keys, AT, templates=shipped("templates"))


def seen(data: bytes, trusted: Mapping[str, Certificate]) -> str:
    """What the one step says does not hold; empty when it holds."""
    (step,) = verify_pdf(data, trusted, AT)
    assert step.what == "the PDF's seal"
    assert bool(step.said)
    return "" if step.holds else step.said


def gap(data: bytes) -> tuple[int, int]:
    """Where the bytes that hold the signature begin and end: the hole in the signed range."""
    found = re.search(rb"/ByteRange \[\s*0 (\d+) (\d+) ", data)
    assert found is not None
    return int(found[1]), int(found[2])


def test_a_sealed_file_holds(signed: bytes, trusted: Mapping[str, Certificate]) -> None:
    assert verify_pdf(signed, trusted, AT) == HOLDS


def test_the_unsigned_file_is_untouched_at_its_beginning(signed: bytes) -> None:
    assert signed.startswith(small_pdf())


def test_what_is_attached_comes_back(signed: bytes) -> None:
    assert attachments(signed) == ATTACHED


def test_the_seal_certifies_and_permits_no_change(signed: bytes) -> None:
    with pikepdf.open(BytesIO(signed)) as pdf:
        signature = pdf.Root.Perms.DocMDP
        assert str(signature.SubFilter) == "/ETSI.CAdES.detached"
        assert int(signature.Reference[0].TransformParams.P) == 1
        (field,) = pdf.Root.AcroForm.Fields
        assert [float(edge) for edge in field.Rect] == [round(edge) for edge in SIGNATURE_BOX.rectangle]
        assert field.P.objgen == pdf.pages[SIGNATURE_BOX.page].obj.objgen


def test_every_changed_bit_is_seen(signed: bytes, trusted: Mapping[str, Certificate]) -> None:
    chance = random.Random(8)
    begin, end = gap(signed)
    anywhere = [chance.randrange(len(signed)) for _ in range(200)]
    # most of a small file is the room for the signature, and what no digest covers is the hard part
    around = [chance.randrange(begin - 4, end + 4) for _ in range(200)]
    outside = [chance.choice([chance.randrange(begin), chance.randrange(end, len(signed))]) for _ in range(200)]
    unseen = []
    for place in [*anywhere, *around, *outside, begin, end - 1]:
        changed = bytearray(signed)
        changed[place] ^= 1 << chance.randrange(8)
        if not seen(bytes(changed), trusted):
            unseen.append(place)
    assert unseen == []


def test_another_spelling_of_the_signature_is_seen(signed: bytes, trusted: Mapping[str, Certificate]) -> None:
    begin, end = gap(signed)
    written = signed[begin:end]
    assert written != written.lower()
    assert (
        seen(signed[:begin] + written.lower() + signed[end:], trusted)
        == "the bytes that hold the signature were changed"
    )
    assert written.endswith(b"00>")
    assert seen(signed[: end - 2] + b"1>" + signed[end:], trusted) == "the bytes that hold the signature were changed"
    assert seen(signed[: end - 2] + b" >" + signed[end:], trusted) == "the bytes that hold the signature were changed"


@pytest.mark.parametrize("more", [b"\n", b"%", b"\x00" * 100])
def test_bytes_after_the_end_are_seen(signed: bytes, trusted: Mapping[str, Certificate], more: bytes) -> None:
    assert seen(signed + more, trusted)


def test_a_change_after_sealing_is_seen(signed: bytes, trusted: Mapping[str, Certificate]) -> None:
    from pyhanko.pdf_utils.generic import NameObject, TextStringObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(signed))
    writer.root[NameObject("/Extra")] = TextStringObject("added by a later revision")
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(signed)
    assert (
        seen(out.getvalue(), trusted)
        == "bytes were added after sealing, or the signature does not cover the whole file"
    )


def test_a_file_written_anew_is_seen(signed: bytes, trusted: Mapping[str, Certificate]) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(signed)) as pdf:
        pdf.save(out)
    assert seen(out.getvalue(), trusted)


def test_an_unsigned_file_is_refused(trusted: Mapping[str, Certificate]) -> None:
    assert seen(small_pdf(), trusted) == "the file holds 0 signatures, and a sealed report holds one"


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file_is_seen(signed: bytes, trusted: Mapping[str, Certificate], share: float) -> None:
    assert seen(signed[: int(len(signed) * share)], trusted)
    assert seen(signed[:-1], trusted)


def test_what_is_no_pdf_is_refused(trusted: Mapping[str, Certificate]) -> None:
    for data in (b"", b"%PDF-1.7", b"\x00" * 5000, b"%PDF-1.7\n" + b"[" * 50_000):
        assert seen(data, trusted).startswith("the file cannot be read as a sealed PDF (")


def test_a_certificate_of_another_is_refused(signed: bytes, tmp_path: Path) -> None:
    other = read_trust(Keys(tmp_path, AT).trust(), "trust.json").certificates
    assert seen(signed, other) == "it is sealed with a certificate that is not trusted"
    assert seen(signed, {}) == "it is sealed with a certificate that is not trusted"


def test_a_whole_bundle_with_its_report_holds_and_any_change_of_the_report_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.seal.small import sealed

    monkeypatch.setenv("LEXAUDIT_HOME", str(tmp_path / "home"))
    sealed(tmp_path, pdf=True)
    out = tmp_path / "out"
    result = verify(out, None, AT)
    assert result.holds
    assert [(step.what, step.said) for step in result.steps[-2:]] == [
        ("the PDF's seal", HOLDS[0].said),
        ("the PDF's attachments", "they are the audit and the statement of this bundle"),
    ]
    alone = verify(out / "report.pdf", out / "trust.json", AT)
    assert [(step.what, step.holds) for step in alone.steps] == [
        ("the PDF's seal", True),
        ("the statement", True),
        ("the attached audit", True),
    ]
    data = (out / "report.pdf").read_bytes()
    chance = random.Random(9)
    for _ in range(20):
        place = chance.randrange(len(data))
        (out / "report.pdf").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert [step.what for step in verify(out, None, AT).steps if not step.holds] == ["the PDF's seal"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees(signed: bytes, keys: Keys, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    begin, end = gap(signed)
    der = bytes.fromhex(signed[begin + 1 : end - 1].decode("ascii"))
    (tmp_path / "seal.p7s").write_bytes(der[: 4 + int.from_bytes(der[2:4], "big")])
    (tmp_path / "own.pem").write_bytes(keys.report[1].public_bytes(Encoding.PEM))
    content = signed[:begin] + signed[end:]
    for name, data, code in (("good", content, 0), ("bad", content[:-1] + b"x", 4)):
        (tmp_path / name).write_bytes(data)
        # the certificate is its own root; its chain and dates are not what is asked here
        ran = subprocess.run(
            [
                "openssl",
                "cms",
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-in",
                "seal.p7s",
                "-content",
                name,
                "-noverify",
                "-certfile",
                "own.pem",
                "-out",
                "ignored",
            ],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert ran.returncode == code, ran.stderr


def test_the_same_inputs_give_the_same_bytes(signed: bytes, keys: Keys) -> None:
    assert sign_pdf(small_pdf(), keys, AT, templates=shipped("templates")) == signed


def test_the_time_of_the_seal_is_the_one_that_was_passed_in(signed: bytes) -> None:
    with pikepdf.open(BytesIO(signed)) as pdf:
        assert str(pdf.Root.Perms.DocMDP.M).startswith("D:20261124090000")


@pytest.mark.parametrize("years", [-30, 30])
def test_a_certificate_outside_its_time_is_refused(
    signed: bytes, trusted: Mapping[str, Certificate], years: int
) -> None:
    (step,) = verify_pdf(signed, trusted, AT + timedelta(days=365 * years))
    assert not step.holds
