"""The PDF's seal: a PAdES signature (B-B) over the whole file, and its strict verification.

Signed by RSA-3072 with SHA-256 (ETSI EN 319 142-1); a certification signature that permits no change (DocMDP, level 1).
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate

from lexaudit.key import Keys
from lexaudit.step import Step
from lexaudit_reports.layout import SIGNATURE_BOX

FIELD = "Seal"


def sign_pdf(unsigned: bytes, keys: Keys, at: datetime, *, templates: Path) -> bytes:
    """The file with a visible, certifying signature in the box that the cover leaves for it."""
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.content import ImportedPdfPage
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko.stamp import StaticStampStyle
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key, certificate = keys.report
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        signing_key=asn1_keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
    )
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()[:16]
    lines = (
        f"Sealed by lexaudit, {at.strftime('%Y-%m-%d %H:%M')} UTC",
        f"Certificate {fingerprint} (own, not qualified)",
        "Check: lexaudit verify report.pdf",
    )
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        reason="Seal of an audit report",
    )
    left, bottom, right, top = (round(edge) for edge in SIGNATURE_BOX.rectangle)
    field = fields.SigFieldSpec(FIELD, on_page=SIGNATURE_BOX.page, box=(left, bottom, right, top))

    class Signer(signers.PdfSigner):
        """Takes the time from us and not from the computer's clock."""

        def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
            session = super().init_signing_session(pdf_out, existing_fields_only)
            session.system_time = at
            return session

    class Writer(IncrementalPdfFileWriter):
        """Names the new revision by its content and not by chance, and leaves the report's own dates."""

        @classmethod
        def _handle_id(cls, prev: Any) -> Any:
            first, _ = super()._handle_id(prev)  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
            return generic.ArrayObject([first, generic.ByteStringObject(hashlib.sha256(unsigned + der).digest()[:16])])

        def _update_meta(self) -> None:
            pass

    class Imported(ImportedPdfPage):
        """Names the stamp by what it is and not by chance."""

        def render(self) -> bytes:
            super().render()
            drawn = next(iter(self.resources.xobject.values()))
            self.resources.xobject.clear()
            self.resources.xobject[generic.pdf_name("/LexauditSeal")] = drawn
            return b"/LexauditSeal Do"

    out = BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        stamp = Path(folder) / "stamp.pdf"
        stamp.write_bytes(_stamp(lines, templates))
        drawn = Imported(str(stamp))  # type: ignore[no-untyped-call]  # pyHanko leaves it untyped
        style = StaticStampStyle(background=drawn, border_width=0)
        Signer(meta, signer, stamp_style=style, new_field_spec=field).sign_pdf(Writer(BytesIO(unsigned)), output=out)
    return out.getvalue()


def _stamp(lines: tuple[str, ...], templates: Path) -> bytes:
    """What the seal looks like, as a page of its own: pyHanko's own text would leave the font's widths unscaled."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    left, bottom, right, top = SIGNATURE_BOX.rectangle
    pdfmetrics.registerFont(TTFont("LexauditSeal", str(templates / "fonts" / "NotoSans-Regular.ttf")))
    out = BytesIO()
    canvas = Canvas(out, pagesize=(right - left, top - bottom), initialFontName="LexauditSeal", invariant=1)
    canvas.setFont("LexauditSeal", 8.5)
    for index, line in enumerate(lines):
        canvas.drawString(10, top - bottom - 22 - index * 15, line)
    canvas.save()
    return out.getvalue()


def attachments(data: bytes) -> dict[str, bytes]:
    """The files attached to a PDF, by name."""
    import pikepdf

    with pikepdf.open(BytesIO(data)) as pdf:
        return {name: bytes(spec.get_file().read_bytes()) for name, spec in pdf.attachments.items()}


def verify_pdf(data: bytes, certificates: Mapping[str, Certificate], at: datetime) -> list[Step]:
    """Whether the file is byte for byte as it was sealed, and by a trusted certificate.

    Stricter than a viewer: nothing may follow the signed revision, and the signature's own bytes must be the only way of
    writing it, so that a byte changed anywhere is seen.
    """
    what = "the PDF's seal"
    try:
        problem = _problem(data, certificates, at)
    except Exception as error:  # whatever a damaged file does to a parser, the answer is the same
        problem = f"the file cannot be read as a sealed PDF ({type(error).__name__}: {error})"
    if problem:
        return [Step(what, False, problem)]
    return [
        Step(
            what,
            True,
            "the signature covers every byte of the file and is by a trusted certificate",
            "no byte was changed after sealing; who holds the certificate must be learnt by another way",
        )
    ]


def _problem(data: bytes, certificates: Mapping[str, Certificate], at: datetime) -> str:
    from asn1crypto import cms
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    reader = PdfFileReader(BytesIO(data), strict=True)
    signatures = reader.embedded_signatures
    if len(signatures) != 1:
        return f"the file holds {len(signatures)} signatures, and a sealed report holds one"
    signature = signatures[0]
    ranges = [int(number) for number in signature.byte_range]
    start, gap, after, length = ranges
    if start != 0 or after + length != len(data) or not 0 < gap < after:
        return "bytes were added after sealing, or the signature does not cover the whole file"
    content = cms.ContentInfo.load(bytes(signature.pkcs7_content))
    der = bytes(content.dump())
    # the way pyHanko writes it: upper-case hexadecimal, filled with zeros to the room that was kept
    if data[gap:after] != b"<" + der.hex().upper().encode("ascii").ljust(after - gap - 2, b"0") + b">":
        return "the bytes that hold the signature were changed"
    trusted = {certificate.public_bytes(Encoding.DER): certificate for certificate in certificates.values()}
    signer = signature.signer_cert.dump()
    if signer not in trusted:
        return "it is sealed with a certificate that is not trusted"
    first, last = trusted[signer].not_valid_before_utc, trusted[signer].not_valid_after_utc
    if not first <= at <= last:
        return f"its certificate is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, and not on {at:%Y-%m-%d}"
    if _canonical_cms(content, signer) != der:
        return "the signature's own structure was changed"
    context = ValidationContext(trust_roots=[asn1_x509.Certificate.load(signer)], allow_fetching=False, moment=at)
    status = validate_pdf_signature(signature, context)
    if not status.intact:
        return "the content was changed after sealing: its digest is not the one that was signed"
    if not status.valid:
        return "the signature is not that of the certificate's key"
    if not status.bottom_line:
        return f"the seal is not accepted: {status.summary()}"
    return ""


def _canonical_cms(content: Any, signer: bytes) -> bytes:
    """The one way of writing a signature with these signed attributes, this value and this certificate."""
    from asn1crypto import cms
    from asn1crypto import x509 as asn1_x509

    (info,) = content["content"]["signer_infos"]
    certificate = asn1_x509.Certificate.load(signer)
    made = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                    )
                }
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": info["signed_attrs"],
            "signature_algorithm": info["signature_algorithm"],
            "signature": info["signature"],
        }
    )
    allowed = {"sha256_rsa", "rsassa_pkcs1v15"}
    if info["signature_algorithm"]["algorithm"].native not in allowed:
        raise ValueError("the signature algorithm is not RSA with SHA-256")
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate],
            "signer_infos": [made],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())
