"""Progress on the terminal: a line for each thing that takes longer than a second, and nothing where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

Report = Callable[[str, float, str], None]


def progress(quiet: bool) -> Report:
    """A reporter that writes to standard error: one line that is rewritten on a terminal, plain lines elsewhere."""
    if quiet:
        return lambda title, share, words: None
    began: dict[str, float] = {}
    shown: dict[str, float] = {}
    terminal = sys.stderr.isatty()

    def report(title: str, share: float, words: str) -> None:
        now = time.monotonic()
        start = began.setdefault(title, now)
        if share >= 1:
            if shown.pop(title, None) is not None:
                _write(f"  {title}: done in {now - start:.0f} s", terminal, end=True)
            began.pop(title, None)
        elif now - start > 1:
            if terminal:
                _write(f"  {title}: {share:>4.0%} {words}", terminal, end=False)
                shown[title] = now
            elif title not in shown or now - shown[title] > 10:
                _write(f"  {title}: {words}", terminal, end=True)
                shown[title] = now

    return report


def _write(text: str, terminal: bool, *, end: bool) -> None:
    text = text[:79]
    sys.stderr.write(("\r\x1b[2K" if terminal else "") + text + ("\n" if end else ""))
    sys.stderr.flush()
