"""Text as it is drawn: embedded fonts only, a fallback for every character, nothing silently lost."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from lexaudit.canonical import digest_file
from lexaudit_reports import words
from lexaudit_reports.template import Template

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_NEUTRAL_IN_RUN = frozenset({"NSM", "WS", "CS", "ON"})


@dataclass(frozen=True)
class Fonts:
    """The fonts of one report, by what they are for; each is a name that reportlab knows."""

    regular: str
    """Running text."""
    bold: str
    """Headings and labels."""
    italic: str
    """Captions."""
    mono: str
    """Ids, digests, conditions and commands."""
    fallback: str
    """What the others lack."""

    def runs(self, text: str, font: str) -> list[tuple[str, str]]:
        """The text in pieces that one font can draw each: `(font, piece)`. Unknown characters become `[U+4E2D]`."""
        pieces: list[tuple[str, str]] = []
        for character in shown(text):
            name, drawn = _drawn(character, font, self.fallback)
            if pieces and pieces[-1][0] == name:
                pieces[-1] = (name, pieces[-1][1] + drawn)
            else:
                pieces.append((name, drawn))
        return pieces

    def markup(self, text: str, font: str) -> str:
        """The text for a paragraph set in `font`: everything a person wrote is text, never markup."""
        return "".join(
            escape(piece) if name == font else f'<font name="{name}">{escape(piece)}</font>'
            for name, piece in self.runs(text, font)
        ).replace("\n", "<br/>")

    def width(self, text: str, font: str, size: float) -> float:
        """How wide a line of text is."""
        return sum(float(pdfmetrics.stringWidth(piece, name, size)) for name, piece in self.runs(text, font))

    def fit(self, text: str, font: str, size: float, width: float) -> str:
        """As much of a line as the width holds, with `…` where something was left out."""
        line = " ".join(text.split())
        if self.width(line, font, size) <= width:
            return line
        low, high = 0, len(line)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(line[:middle].rstrip() + "…", font, size) <= width:
                low = middle
            else:
                high = middle - 1
        return line[:low].rstrip() + "…"

    def draw(self, canvas: Any, x: float, y: float, text: str, font: str, size: float, align: str = "left") -> None:
        """Draw one line of text at its baseline."""
        if align != "left":
            x -= self.width(text, font, size) * (1.0 if align == "right" else 0.5)
        for name, piece in self.runs(text, font):
            canvas.setFont(name, size)
            canvas.drawString(x, y, piece)
            x += float(pdfmetrics.stringWidth(piece, name, size))


def register(template: Template) -> Fonts:
    """Make the template's fonts known to reportlab, under names that depend on their content."""
    names = template.wording.fonts
    return Fonts(
        *(
            _register(template.fonts / name)
            for name in (names.regular, names.bold, names.italic, names.mono, names.fallback)
        )
    )


def _register(file: Path) -> str:
    name = f"{file.stem}-{words.short_digest(digest_file(file), 8)}"
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, str(file)))
    return name


@lru_cache(maxsize=65536)
def _drawn(character: str, font: str, fallback: str) -> tuple[str, str]:
    """Which font draws a character, and what is drawn for it."""
    if character == "\n":
        return font, character
    code = ord(character)
    for name in (font, fallback):
        if code in pdfmetrics.getFont(name).face.charToGlyph:
            return name, character
    return font, f"[U+{code:04X}]"


def shown(text: str) -> str:
    """The characters to draw, in the order in which they stand on the page.

    Composed (NFC), tabs as spaces, control and invisible formatting characters as `[U+202E]` so that nothing can hide
    or reorder text. Runs of right-to-left script are reversed as a whole; letters are not joined, and a run that is
    broken over two lines reads from its lower line. Does not implement the full bidirectional algorithm.
    """
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    visible = "".join(
        " "
        if character == "\t"
        else character
        if character == "\n" or unicodedata.category(character) not in _INVISIBLE
        else f"[U+{ord(character):04X}]"
        for character in text
    )
    return _reordered(visible)


def _reordered(text: str) -> str:
    """Right-to-left runs turned round, as they are read."""
    classes = [unicodedata.bidirectional(character) for character in text]
    if not _RIGHT_TO_LEFT.intersection(classes):
        return text
    pieces, index = [], 0
    while index < len(text):
        if classes[index] not in _RIGHT_TO_LEFT:
            pieces.append(text[index])
            index += 1
            continue
        end = last = index
        while end < len(text) and text[end] != "\n" and classes[end] in _RIGHT_TO_LEFT | _NEUTRAL_IN_RUN:
            if classes[end] in _RIGHT_TO_LEFT or classes[end] == "NSM":
                last = end
            end += 1
        pieces.append(text[index : last + 1][::-1])
        index = last + 1
    return "".join(pieces)
