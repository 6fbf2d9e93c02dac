"""A value that nobody has given yet.

Missing and stale facts are `Unknown` and travel through a condition as such; what does not depend on them is still
decided (Kleene logic). INVARIANT: putting any value in the place of an unknown never contradicts a decided result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Unknown:
    """A missing or stale fact, or what depends on one."""

    paths: frozenset[str]
    """What would have to be known: `system.intended_purpose`."""

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false")


def unknown(*paths: str) -> Unknown:
    """An unknown for these paths."""
    return Unknown(frozenset(paths))


def union(values: Iterable[Any]) -> Unknown | None:
    """One unknown for all unknowns among the values; none when there is none."""
    paths: frozenset[str] | None = None
    for value in values:
        if type(value) is Unknown:
            paths = value.paths if paths is None else paths | value.paths
    return None if paths is None else Unknown(paths)
