"""Signing keys, made on first use, and the trust file that others verify with.

One purpose per key: ECDSA P-256 signs statements and ledger heads, RSA-3072 with a certificate of its own seals the PDF.
A key made here shows that bytes have not changed since it signed them. It does not show who holds it: the certificate is
issued by itself and carries no legal presumption (Regulation (EU) No 910/2014 Arts. 35 and 38 ask for qualified ones).
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexaudit.canonical import canonical_bytes, read_canonical
from lexaudit.errors import InputError, LexauditError, Place

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

FORMAT = "lexaudit-trust/1"
WORTH = (
    "made a signing key of your own: it shows that nothing was changed after signing, not who signed. "
    "Its certificate is issued by itself and has no legal presumption; protect the folder, and give "
    "`trust.json` to those who verify by another way than the report"
)
_YEARS = 10
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the base point of P-256 (FIPS 186-4, D.1.2.3)."""


def key_folder() -> Path:
    """Where keys are kept: `$LEXAUDIT_HOME/keys`, or the user's configuration folder."""
    home = os.environ.get("LEXAUDIT_HOME")
    if home:
        return Path(home) / "keys"
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "lexaudit" / "keys"


@dataclass
class Keys:
    """The keys of a folder. Each is made when it is first needed, and never replaced."""

    folder: Path
    at: datetime
    """The clock: a new certificate is valid from here."""
    made: list[str] = field(default_factory=list)
    """The files made by this object; `WORTH` is to be said when there are any."""
    _statement: EllipticCurvePrivateKey | None = None
    _report: tuple[RSAPrivateKey, x509.Certificate] | None = None

    @property
    def statement(self) -> EllipticCurvePrivateKey:
        """The key for statements and ledger heads (ECDSA, curve P-256)."""
        from cryptography.hazmat.primitives.asymmetric import ec

        if self._statement is None:
            path = self.folder / "statement.key.pem"
            if not path.exists():
                self._write(path, _private_pem(ec.generate_private_key(ec.SECP256R1())))
            loaded = _load_private(path)
            if not isinstance(loaded, ec.EllipticCurvePrivateKey) or loaded.curve.name != "secp256r1":
                raise _damaged(path, "it is not an ECDSA P-256 key")
            self._statement = loaded
        return self._statement

    @property
    def report(self) -> tuple[RSAPrivateKey, x509.Certificate]:
        """The key for PDF reports (RSA, 3072 bits) and its certificate."""
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import rsa

        if self._report is None:
            path, certificate_path = self.folder / "report.key.pem", self.folder / "report.cert.pem"
            if path.exists() != certificate_path.exists():
                lost = certificate_path if path.exists() else path
                raise InputError(
                    "the report key and its certificate belong together, and this one is missing",
                    place=Place(str(lost)),
                    advice="restore it from a backup, or move the other away to have both made anew",
                )
            if not path.exists():
                key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
                from cryptography.hazmat.primitives.serialization import Encoding

                pem = _certificate(key, self.at).public_bytes(Encoding.PEM)
                self._write(certificate_path, pem)
                self._write(path, _private_pem(key))
            loaded = _load_private(path)
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise _damaged(path, "it is not an RSA key")
            try:
                certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
            except (OSError, ValueError) as error:
                raise _damaged(certificate_path, str(error)) from error
            if certificate.public_key() != loaded.public_key():
                raise _damaged(certificate_path, "it is for another key")
            self._report = (loaded, certificate)
        return self._report

    def trust(self, *, report: bool = True) -> bytes:
        """The trust file: public keys and certificate, as canonical JSON."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        statement = self.statement.public_key()
        keys: list[dict[str, Any]] = [
            {
                "id": key_id(statement),
                "purpose": "statement",
                "algorithm": "ECDSA P-256, SHA-256",
                "public_key": statement.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii"),
            }
        ]
        if report:
            _, certificate = self.report
            keys.append(
                {
                    "id": key_id(certificate.public_key()),
                    "purpose": "report",
                    "algorithm": "RSA-3072, SHA-256",
                    "certificate": certificate.public_bytes(Encoding.PEM).decode("ascii"),
                }
            )
        return canonical_bytes(
            {
                "format": FORMAT,
                "keys": keys,
                "worth": "These keys show that nothing was changed after signing. Who holds them must be learnt by another way.",
            }
        )

    def _write(self, path: Path, data: bytes) -> None:
        """Write a private file whole or not at all; never over an existing one."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            try:
                # a hard link fails where the name is taken, so that two first uses at once end with one key
                Path(path).hardlink_to(name)
                self.made.append(str(path))
            except FileExistsError:
                pass
            finally:
                Path(name).unlink()
        except OSError as error:
            raise InputError(
                f"cannot keep a key in `{self.folder}`: {error.strerror}",
                advice="set LEXAUDIT_HOME to a folder you may write to",
            ) from error


@dataclass(frozen=True)
class Trust:
    """What a verifier believes: public keys by id."""

    statement_keys: Mapping[str, EllipticCurvePublicKey]
    certificates: Mapping[str, x509.Certificate]
    """Certificates for reports, by the id of their key."""


def read_trust(data: bytes, name: str) -> Trust:
    """Read a trust file strictly. Raises `InputError` for anything that is not exactly one."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    place = Place(name)
    try:
        value = read_canonical(data)
        if value["format"] != FORMAT:
            raise ValueError(f"it is not in the format `{FORMAT}`")
        statement: dict[str, EllipticCurvePublicKey] = {}
        certificates: dict[str, x509.Certificate] = {}
        for entry in value["keys"]:
            if entry["purpose"] == "statement":
                public = load_pem_public_key(entry["public_key"].encode("ascii"))
                if not isinstance(public, ec.EllipticCurvePublicKey) or key_id(public) != entry["id"]:
                    raise ValueError("a key does not have the id that it is listed under")
                statement[entry["id"]] = public
            elif entry["purpose"] == "report":
                certificate = x509.load_pem_x509_certificate(entry["certificate"].encode("ascii"))
                if key_id(certificate.public_key()) != entry["id"]:
                    raise ValueError("a certificate does not have the id that it is listed under")
                certificates[entry["id"]] = certificate
            else:
                raise ValueError(f"`{entry['purpose']}` is no purpose of a key")
    except (ValueError, KeyError, TypeError, AttributeError, UnicodeError, UnsupportedAlgorithm) as error:
        raise InputError(
            f"not a trust file: {error}",
            place=place,
            advice="get `trust.json` again from whoever signed, by a way you trust",
        ) from error
    return Trust(statement, certificates)


def sign_bytes(key: EllipticCurvePrivateKey, data: bytes) -> bytes:
    """An ECDSA signature with SHA-256, in DER: deterministic (RFC 6979), and in its one spelling (s at most half the order)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return encode_dss_signature(r, min(s, _P256_ORDER - s))


def signature_holds(key: EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
    """Whether this is the key's signature of the data, spelt as `sign_bytes` does: (r, -s) would verify too."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    try:
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(signature)
    except (InvalidSignature, ValueError):
        return False
    return s <= _P256_ORDER // 2 and encode_dss_signature(r, s) == signature


def key_id(public: Any) -> str:
    """Base64 of the SHA-256 of the key's SubjectPublicKeyInfo in DER (the hint of a Sigstore bundle)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode("ascii")


def _private_pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _load_private(path: Path) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> LexauditError:
    return InputError(
        f"this key cannot be used: {why}",
        place=Place(str(path)),
        advice="restore it from a backup, or move it away to have a new one made (verifiers then need the new trust.json)",
    )


def _certificate(key: RSAPrivateKey, at: datetime) -> x509.Certificate:
    """A certificate that the key issues to itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lexaudit report seal (own certificate, not qualified)")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    start = at - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * _YEARS))
        .add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
