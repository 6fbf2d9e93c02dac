"""The report formats, by name. The list holds names, because loading them is dear."""

from __future__ import annotations

from importlib import import_module
from typing import Any

FORMATS: dict[str, str] = {
    "text": "lexaudit_reports.terminal:summary",
    "markdown": "lexaudit_reports.markdown:render",
    "sarif": "lexaudit_reports.sarif:render",
    "junit": "lexaudit_reports.junit:render",
}
"""Formats that are text. The PDF is made by `seal`, because it carries the statement."""


def load(name: str) -> Any:
    """What `module:attribute` names, loaded now."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def render(form: str, audit: dict[str, Any]) -> str:
    """An audit in one of the text formats."""
    made = load(FORMATS[form])(audit)
    return made.decode("utf-8") if isinstance(made, bytes) else str(made)
