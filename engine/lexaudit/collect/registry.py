"""The collectors, by name. The list holds names, because loading them is dear."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from lexaudit.collect.interface import Collector

COLLECTORS: dict[str, str] = {
    "documents": "lexaudit_evidence.documents:Documents",
    "fairness": "lexaudit_evidence.fairness:Fairness",
    "robustness": "lexaudit_evidence.robustness:Robustness",
}


@cache
def collector(name: str) -> Collector:
    """The collector of this name, loaded now. Raises `KeyError` for a name that is not in the list."""
    module, _, attribute = COLLECTORS[name].partition(":")
    return cast(Collector, getattr(import_module(module), attribute)())
