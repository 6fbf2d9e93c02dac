"""Where the data that travels with lexaudit is: rule packs, policies and templates.

In an installed wheel it lies inside the package; in a checkout beside our own `pyproject.toml`, and nowhere else.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from lexaudit.canonical import digest_bytes, digest_of
from lexaudit.errors import LexauditError

_IN_CHECKOUT = {"rulepacks": "rulepacks", "policies": "policies", "templates": "reports/templates"}


@cache
def shipped(what: str) -> Path:
    """The folder of `rulepacks`, `policies` or `templates`.

    Raises `LexauditError` when it did not travel with the installation.
    """
    package = Path(str(files("lexaudit")))
    installed = package / "_shipped" / what
    if installed.is_dir():
        return installed
    root = package.parent.parent
    project = root / "pyproject.toml"
    if project.is_file() and 'name = "lexaudit"' in project.read_text("utf-8"):
        folder = root / _IN_CHECKOUT[what]
        if folder.is_dir():
            return folder
    raise LexauditError(f"the shipped {what} are not part of this installation", advice="reinstall lexaudit")


@cache
def engine_digest() -> str:
    """The digest of the engine's own source: the same in a checkout and in an installed wheel of the same version."""
    package = Path(str(files("lexaudit")))
    sources = {
        path.relative_to(package).as_posix(): digest_bytes(path.read_bytes())
        for path in sorted(package.rglob("*.py"))
        if "_shipped" not in path.parts
    }
    return digest_of(sources)
