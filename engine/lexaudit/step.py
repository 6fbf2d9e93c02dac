"""One thing that a verification looked at: what it is, whether it holds, and what it proves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One check. Plain words throughout."""

    what: str
    """What was checked: `the PDF's signature`."""
    holds: bool
    """Whether it holds."""
    said: str
    """What was found, or what does not hold."""
    proves: str = ""
    """What it proves, and what it does not; empty for one that does not hold."""
