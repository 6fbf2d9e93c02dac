"""What the tests of the reports share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reports import sample_audit

EXPECTED = Path(__file__).parent / "expected"
TEMPLATES = Path(__file__).parents[2] / "reports" / "templates"


@pytest.fixture(scope="session")
def templates() -> Path:
    return TEMPLATES


@pytest.fixture(scope="session")
def small() -> dict[str, Any]:
    return sample_audit.small()


@pytest.fixture(scope="session")
def compas() -> dict[str, Any]:
    return sample_audit.compas()


@pytest.fixture(scope="session")
def masked() -> Callable[[str, dict[str, Any]], str]:
    """Ids that are digests of everything, by name: the expected texts are about what is said."""

    def mask(text: str, audit: dict[str, Any]) -> str:
        text = text.replace(audit["id"], "<audit>")
        for piece in audit["evidence"]:
            name = f"{piece['need']['collector']} {piece['need']['parameters'].get('type', '')}".strip()
            text = text.replace(piece["id"], f"<{name}>").replace("E-" + piece["id"][7:15], f"E-<{name}>")
        return text

    return mask


@pytest.fixture(scope="session")
def expected() -> Callable[[str], str]:
    """An expected text, whole."""
    return lambda name: (EXPECTED / name).read_text(encoding="utf-8")
