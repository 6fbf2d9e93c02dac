"""The tree of exceptions, drawn once.

::

    LexauditError                 something lexaudit says to its user, with advice
    ├── UsageError                exit 2: wrong use
    │   └── InputError            exit 2: bad input, with its place
    │       └── InputErrors       exit 2: several of them, found in one pass
    ├── UndeterminedError         exit 3: nothing could be judged
    └── VerificationError         exit 4: a signature, digest or proof does not hold

Anything else that reaches the command line is our bug (exit 70).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a file something was read."""

    file: str
    """Path as the user gave it, or `pack:id/relative/path` for a shipped file."""
    line: int = 0
    """One-based; 0 when the whole file is meant."""
    column: int = 0
    """One-based; 0 when the whole line is meant."""

    def __str__(self) -> str:
        parts = [self.file]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class LexauditError(Exception):
    """Something that lexaudit tells its user: lower case, no full stop, the user's words in backticks."""

    exit_code = 2

    def __init__(self, message: str, *, place: Place | None = None, advice: str = "", snippet: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.advice = advice
        """What to do about it, in the imperative; empty when the message says it."""
        self.snippet = snippet
        """Source lines with a caret under the place; empty when there is nothing to show."""

    def __str__(self) -> str:
        return self.render()

    def render(self) -> str:
        """The whole message as printed: place, message, snippet, advice."""
        head = f"{self.place}: {self.message}" if self.place else self.message
        lines = [head]
        if self.snippet:
            lines += ["    " + line for line in self.snippet.splitlines()]
        if self.advice:
            lines.append(f"  help: {self.advice}")
        return "\n".join(lines)


class UsageError(LexauditError):
    """The command or the call was used wrongly."""


class InputError(UsageError):
    """A file or value from outside is not what it must be."""


class InputErrors(InputError):
    """Everything that is wrong with an input, found in one pass."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        if not errors:
            raise ValueError("InputErrors needs at least one error")
        super().__init__(errors[0].message, place=errors[0].place)
        self.errors = tuple(errors)

    def render(self) -> str:
        return "\n".join(error.render() for error in self.errors)


class UndeterminedError(LexauditError):
    """Nothing could be judged; never reported as a pass."""

    exit_code = 3


class VerificationError(LexauditError):
    """A signature, digest, proof or report does not hold."""

    exit_code = 4


def raise_all(errors: Sequence[InputError]) -> None:
    """Raise what was collected: nothing, the one error, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise InputErrors(errors)
