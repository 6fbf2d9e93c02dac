"""One form in bytes for every value that is hashed, signed or compared (RFC 8785, JCS)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NewType

import rfc8785

Digest = NewType("Digest", str)
"""`sha256:` and 64 lower-case hexadecimal characters."""


def canonical_bytes(value: Any) -> bytes:
    """The RFC 8785 form of a JSON value.

    Raises `ValueError` for what JSON cannot carry (NaN, infinities, integers beyond 2**53, other types).
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, TypeError) as error:
        raise ValueError(f"not representable as canonical JSON: {error}") from error


def read_canonical(data: bytes) -> Any:
    """The JSON value that these bytes are the canonical form of.

    Raises `ValueError` for any other bytes, so that a byte changed anywhere, even in white space, is seen.
    """
    try:
        value = json.loads(data)
        same = canonical_bytes(value) == data
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not same:
        raise ValueError("it is not in canonical form: bytes were changed, or it was written by another program")
    return value


def digest_bytes(data: bytes) -> Digest:
    """The SHA-256 digest of these bytes."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def digest_of(value: Any) -> Digest:
    """The digest of a JSON value in its canonical form."""
    return digest_bytes(canonical_bytes(value))


def digest_file(path: Path) -> Digest:
    """The digest of a file's content, read in blocks. Raises `OSError` when it cannot be read."""
    with path.open("rb") as file:
        return Digest("sha256:" + hashlib.file_digest(file, "sha256").hexdigest())


def pretty(value: Any) -> str:
    """The same value for people: sorted keys, two spaces, one trailing newline."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
