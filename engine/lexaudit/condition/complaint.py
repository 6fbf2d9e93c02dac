"""What is wrong with the text of a condition, with the place, the line and a caret under it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lexaudit.condition.syntax import Span
from lexaudit.errors import InputError, InputErrors, Place


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong with the text, before its place in a file is known."""

    message: str
    """Lower case, the user's words in backticks."""
    span: Span
    """The characters it is about."""
    advice: str = ""
    """What to do about it."""


class SyntaxComplaint(Exception):
    """The text cannot be read any further."""

    def __init__(self, message: str, span: Span, advice: str = "") -> None:
        super().__init__(message)
        self.complaint = Complaint(message, span, advice)


class ConditionError(InputError):
    """One thing that is wrong with the text of a condition."""

    def __init__(
        self, message: str, *, span: Span, place: Place | None = None, advice: str = "", snippet: str = ""
    ) -> None:
        super().__init__(message, place=place, advice=advice, snippet=snippet)
        self.span = span
        """The characters of the condition it is about."""


class ConditionErrors(InputErrors):
    """Everything that is wrong with the text of a condition: the first syntax error, or all type errors."""

    errors: tuple[ConditionError, ...]

    def __init__(self, errors: Sequence[ConditionError]) -> None:
        super().__init__(errors)
        self.errors = tuple(errors)


def located(complaint: Complaint, source: str, place: Place | None) -> ConditionError:
    """The error for a complaint about this source, whose first character stands at `place`.

    The column on the first line is exact. On further lines it counts from the start of the source's own line, so the
    indentation that YAML strips from a block is not in it.
    """
    start = min(complaint.span.start, len(source))
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", line_start)
    line_end = len(source) if line_end < 0 else line_end
    column = start - line_start
    width = max(1, min(complaint.span.end, line_end) - start)
    text = source[line_start:line_end]
    if len(text) > 160:
        cut = max(0, column - 60)
        text = ("…" if cut else "") + text[cut : cut + 150] + ("…" if cut + 150 < len(text) else "")
        column = column - cut + (1 if cut else 0)
        width = min(width, max(1, len(text) - column))
    padding = "".join("\t" if char == "\t" else " " for char in text[:column])
    snippet = f"{text}\n{padding}^{'~' * (width - 1)}"
    if place is not None and place.line:
        line = source.count("\n", 0, start)
        if line:
            place = Place(place.file, place.line + line, start - line_start + 1)
        elif place.column:
            place = Place(place.file, place.line, place.column + start)
    return ConditionError(complaint.message, span=complaint.span, place=place, advice=complaint.advice, snippet=snippet)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice naming the nearest known words; empty when none is near."""
    import difflib  # only when something is wrong

    candidates = sorted({name for name in known if name})
    near = difflib.get_close_matches(word, candidates, n=2, cutoff=0.6)
    if not near:
        near = [name for name in candidates if name.lower() == word.lower()][:1]
    if not near:
        return ""
    return "did you mean " + " or ".join(f"`{name}`" for name in near) + "?"
