"""What every section of the printed report uses: headings, links, marks, and the count of figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from reportlab.platypus import Flowable, PageBreak

from lexaudit_reports import words
from lexaudit_reports.content import Content
from lexaudit_reports.finding import Finding
from lexaudit_reports.layout import Heading, Mark, Style, room
from lexaudit_reports.template import Wording

Story: TypeAlias = list[Any]
"""Flowables; reportlab has no types."""
Cell: TypeAlias = Any
"""Text, a flowable, or flowables one below the other."""
GAP = "\u00a0\u00a0 "
"""Room between two things in one line; plain spaces would be drawn as one."""


class Setting:
    """One pass of setting the content; decides nothing."""

    def __init__(self, said: Content, style: Style, wording: Wording, attached: Sequence[str]) -> None:
        self.said, self.style, self.wording, self.attached = said, style, wording, attached
        self.figures = 0
        """How many figures have been numbered so far."""

    def section(self, name: str, *, new_page: bool = True) -> Story:
        heading = Heading(f"section-{name}", getattr(self.wording.sections, name), 0)
        start: Story = [PageBreak()] if new_page else [room(340)]
        intro = getattr(self.wording.intros, name, "")
        return [
            *start,
            self.style.heading(heading, before=0 if new_page else 26, keep=False),
            *([self.style.text(intro, "intro")] if intro else []),
        ]

    def sub(self, title: str, key: str = "", need: float = 120) -> Story:
        """A heading within a section, with room for the beginning of what follows it."""
        heading = self.style.heading(Heading(key, title, 1), keep=False) if key else self.style.text(title, "h2")
        return [room(need), heading]

    def anchored(self, label: str) -> Flowable:
        """The short id of a piece of evidence, where links to it lead."""
        return self.style.heading(Heading(f"evidence-{label}", label, 1), "strong", before=0, keep=False)

    def mono(self, *texts: str, muted: bool = False) -> Story:
        """Ids and digests, one below the other."""
        return [self.style.text(text, "monomuted" if muted else "mono") for text in texts if text]

    def none(self, name: str) -> Story:
        return [self.style.text(getattr(self.wording.none, name), "body")]

    def evidence_links(self, ids: Iterable[str]) -> list[tuple[str, ...]]:
        parts: list[tuple[str, ...]] = []
        for id_ in ids:
            label = self.said.label(id_)
            parts += [(", ", "text")] if parts else []
            known = any(piece.id == id_ for piece in self.said.register)
            parts.append((label, "mono", f"evidence-{label}") if known else (label, "mono"))
        return parts

    def finding_links(self, numbers: Iterable[int]) -> list[tuple[str, ...]]:
        parts: list[tuple[str, ...]] = []
        for number in numbers:
            parts += [(", ", "text")] if parts else []
            parts.append((str(number), "text", f"finding-{number}"))
        return parts or [("none", "muted")]

    def mark(self, finding: Finding) -> Mark:
        below = []
        if finding.waiver:
            below.append(("waived", f"waived until {words.day(finding.waiver.ends)}"))
        if finding.upcoming and finding.outcome != "not_applicable":
            below.append(("upcoming", f"from {words.day(finding.in_force_from)}"))
        return Mark(self.style, finding.outcome, words.OUTCOMES[finding.outcome], below)


def ticked(text: str) -> list[tuple[str, ...]]:
    """A sentence in which code stands between backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [(text, "text")]
    return [(part, "mono" if number % 2 else "text") for number, part in enumerate(parts) if part]
