"""Words that were probably meant by others."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice for a word that is not among the known ones: the nearest of them, or all of them when they are few."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if not names:
        return "none is known here"
    if len(names) <= 24:
        return "known: " + ", ".join(f"`{name}`" for name in names)
    return f"{len(names)} are known, such as `{names[0]}`"
