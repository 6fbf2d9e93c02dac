"""How a page is set: sizes, styles, tables, page furniture. Knows nothing of audits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any, NamedTuple

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
)

from lexaudit_reports.fonts import Fonts
from lexaudit_reports.template import Palette

PAGE_WIDTH, PAGE_HEIGHT = A4
LEFT = RIGHT = 56.0
TOP, BOTTOM = 66.0, 62.0
WIDTH = PAGE_WIDTH - LEFT - RIGHT
ROWS_PER_TABLE = 400
"""Splitting one long table takes time in the square of its rows; longer tables are set in pieces of so many."""

ROWS_KEPT_TOGETHER = 6
"""A table of so few rows is not broken over two pages."""


class SignatureBox(NamedTuple):
    """Where the visible seal stands."""

    page: int
    """Page, from 0."""
    rectangle: tuple[float, float, float, float]
    """Left, bottom, right, top in points from the lower left corner of the page."""


SIGNATURE_BOX = SignatureBox(0, (LEFT, 96.0, LEFT + 236.0, 168.0))


class Heading(NamedTuple):
    """An entry of the table of contents and of the bookmarks."""

    key: str
    """The name that links lead to."""
    title: str
    """As printed."""
    level: int
    """0 for a section, 1 for what stands in it."""


@dataclass(frozen=True)
class Style:
    """Fonts, colours and the paragraph styles made of them."""

    fonts: Fonts
    """The fonts of the report."""
    palette: Palette
    """Its colours."""

    def colour(self, name: str) -> Color:
        """A colour of the palette by name; outcomes have theirs."""
        return HexColor(getattr(self.palette, name))

    def tint(self, name: str, share: float = 0.1) -> Color:
        """The same colour, lightened towards white."""
        colour = self.colour(name)
        return Color(*(1 - share * (1 - part) for part in (colour.red, colour.green, colour.blue)))

    @cached_property
    def styles(self) -> Mapping[str, ParagraphStyle]:
        """Every paragraph style by name."""
        ink, muted, accent = (self.colour(name) for name in ("ink", "muted", "accent"))
        font = self.fonts
        base = {
            "fontName": font.regular,
            "textColor": ink,
            "bulletFontName": font.regular,
            "splitLongWords": 1,
            "allowWidows": 0,
            "allowOrphans": 0,
            "uriWasteReduce": 0.3,
            "embeddedHyphenation": 0,
        }

        def style(name: str, size: float, leading: float, **changes: Any) -> ParagraphStyle:
            return ParagraphStyle(name, fontSize=size, leading=leading, **{**base, **changes})

        return {
            each.name: each
            for each in (
                style("body", 9, 13.2, spaceAfter=5),
                style("intro", 9, 13.2, textColor=muted, spaceAfter=9),
                style("small", 7.8, 10.8),
                style("smallmuted", 7.8, 10.8, textColor=muted),
                style("label", 7.6, 10.8, textColor=muted),
                style("head", 7.6, 10.2, fontName=font.bold, textColor=ink),
                style("strong", 8.2, 11.2, fontName=font.bold),
                style("h1", 19, 24, fontName=font.bold, textColor=accent, spaceAfter=8),
                style("h2", 12, 16, fontName=font.bold, spaceBefore=13, spaceAfter=4, textColor=accent),
                style("h3", 9.6, 13, fontName=font.bold, spaceBefore=8, spaceAfter=2),
                style("entry", 7.8, 10.8, leftIndent=14),
                style("caption", 7.8, 10.8, textColor=muted, spaceBefore=3, spaceAfter=11),
                style("mono", 7.1, 10.4, fontName=font.mono, wordWrap="CJK"),
                style("monomuted", 7.1, 10.4, fontName=font.mono, textColor=muted, wordWrap="CJK"),
                style(
                    "code",
                    7.6,
                    11,
                    fontName=font.mono,
                    backColor=self.colour("wash"),
                    borderPadding=(4, 5, 4, 5),
                    spaceBefore=4,
                    spaceAfter=10,
                    leftIndent=5,
                    rightIndent=5,
                    wordWrap="CJK",
                ),
                style("kind", 10.5, 14, fontName=font.bold, textColor=accent, spaceAfter=16),
                style("title", 27, 33, fontName=font.bold, spaceAfter=6),
                style("subtitle", 11, 15.5, textColor=muted, spaceAfter=22),
                style("status", 11.5, 16, fontName=font.bold),
                style("number", 8.2, 11.2, alignment=2),
                style("numberhead", 7.6, 10.2, fontName=font.bold, alignment=2),
            )
        }

    def text(self, text: str, style: str = "small", link: str = "") -> Paragraph:
        """A paragraph of what somebody wrote; never read as markup."""
        chosen = self.styles[style]
        markup = self.fonts.markup(text, chosen.fontName)
        if link:
            markup = f'<a href="#{link}" color="{self.palette.accent}">{markup}</a>'
        return Paragraph(markup, chosen)

    def mixed(self, parts: Sequence[tuple[str, ...]], style: str = "small") -> Paragraph:
        """A paragraph of pieces: `(text, what)` or `(text, what, link)`.

        `what` is one of `text`, `bold`, `italic`, `mono` and `muted`; a link is the key of a heading.
        """
        chosen = self.styles[style]
        markup = []
        for part in parts:
            text, what = part[0], part[1]
            font = {"bold": self.fonts.bold, "italic": self.fonts.italic, "mono": self.fonts.mono}.get(
                what, chosen.fontName
            )
            piece = self.fonts.markup(text, font)
            if font != chosen.fontName:
                size = f' size="{chosen.fontSize * 0.92:.2f}"' if what == "mono" else ""
                piece = f'<font name="{font}"{size}>{piece}</font>'
            if what == "muted":
                piece = f'<font color="{self.palette.muted}">{piece}</font>'
            if len(part) == 3:
                piece = f'<a href="#{part[2]}" color="{self.palette.accent}">{piece}</a>'
            markup.append(piece)
        return Paragraph("".join(markup), chosen)

    def heading(
        self, heading: Heading, style: str = "", *, before: float | None = None, keep: bool = True
    ) -> Paragraph:
        """A heading that links can lead to; kept with what follows unless whoever sets it sees to that."""
        chosen = self.styles[style or ("h1", "h2")[heading.level]]
        if before is not None:
            # a clone, because the pieces of a broken paragraph take their space from the style
            chosen = chosen.clone(chosen.name, spaceBefore=before)
        text = self.fonts.markup(heading.title.replace("\n", " "), chosen.fontName)
        paragraph = Paragraph(f'<a name="{heading.key}"/>{text}', chosen)
        paragraph.keepWithNext = int(keep)
        paragraph.lexaudit_heading = heading
        return paragraph

    def _plain(self) -> tuple[object, ...]:
        # a table sets the font of every cell, also of those that hold flowables; the default is not embedded
        return ("FONT", (0, 0), (-1, -1), self.fonts.regular)

    def rows(self, rows: Sequence[tuple[str, Any]], label: float = 86.0, width: float = WIDTH) -> Flowable | None:
        """Labels and what stands beside them; nothing when there are no rows."""
        cells = [
            [self.text(name, "label"), value if not isinstance(value, str) else self.text(value)]
            for name, value in rows
            if value
        ]
        if not cells:
            return None
        table = Rows(cells, colWidths=[label, width - label], hAlign="LEFT")
        table.setStyle(
            [
                self._plain(),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (0, -1), 8),
                ("RIGHTPADDING", (1, 0), (1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1.6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.6),
            ]
        )
        return table

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float], numbers: Sequence[int] = ()
    ) -> list[Flowable]:
        """A table whose head is repeated on each page; text becomes paragraphs, `numbers` are columns set to the right."""
        cells = [
            [
                self.text(cell, "number" if column in numbers else "small") if isinstance(cell, str) else cell
                for column, cell in enumerate(row)
            ]
            for row in rows
        ]
        titles = [self.text(cell, "numberhead" if column in numbers else "head") for column, cell in enumerate(head)]
        line = self.colour("line")
        tables = []
        for start in range(0, len(cells), ROWS_PER_TABLE):
            table = Rows(
                [titles, *cells[start : start + ROWS_PER_TABLE]], colWidths=list(widths), repeatRows=1, hAlign="LEFT"
            )
            table.unbroken = len(cells) <= ROWS_KEPT_TOGETHER
            table.setStyle(
                [
                    self._plain(),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LINEBELOW", (0, 0), (-1, 0), 0.9, self.colour("accent")),
                    ("LINEBELOW", (0, 1), (-1, -1), 0.4, line),
                    ("LEFTPADDING", (0, 0), (-1, -1), 0),
                    ("RIGHTPADDING", (0, 0), (-2, -1), 7),
                    ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                    ("TOPPADDING", (0, 0), (-1, -1), 3.2),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.6),
                ]
            )
            tables.append(table)
        return [*tables, Spacer(0, 8)]

    def box(self, content: Sequence[Any], colour: str, width: float = WIDTH) -> Flowable:
        """What must not be overlooked: a tinted field with a bar at its left."""
        table = Rows([[list(content)]], colWidths=[width], hAlign="LEFT")
        table.setStyle(
            [
                self._plain(),
                ("BACKGROUND", (0, 0), (-1, -1), self.tint(colour, 0.07)),
                ("LINEBEFORE", (0, 0), (0, -1), 3, self.colour(colour)),
                ("LEFTPADDING", (0, 0), (-1, -1), 12),
                ("RIGHTPADDING", (0, 0), (-1, -1), 10),
                ("TOPPADDING", (0, 0), (-1, -1), 8),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ]
        )
        return table


class Rows(LongTable):  # type: ignore[misc]  # reportlab has no types
    """A table that is broken between rows; within a row only where the row alone is longer than a page.

    One that is `unbroken` goes to the next page whole, unless it takes more than a third of a page.
    """

    unbroken = False

    def split(self, availWidth: float, availHeight: float) -> list[Flowable]:  # noqa: N803  # reportlab's names
        _, height = self.wrap(availWidth, availHeight)
        fresh = availHeight > (PAGE_HEIGHT - TOP - BOTTOM) * 0.8
        if self.unbroken and height <= PAGE_HEIGHT / 3 and not fresh:
            return []
        self.splitInRow = 0
        parts = list(super().split(availWidth, availHeight))
        if not parts and fresh:
            self.splitInRow = 1
            parts = list(super().split(availWidth, availHeight))
        return parts


class Mark(Flowable):  # type: ignore[misc]  # reportlab has no types
    """An outcome as sign and word; under it what lies over it (a waiver) or beside it (a later date)."""

    def __init__(
        self, style: Style, outcome: str, word: str, below: Sequence[tuple[str, str]] = (), size: float = 8.2
    ) -> None:
        super().__init__()
        self.style, self.outcome, self.word, self.below, self.size = style, outcome, word, below, size
        self._lines: list[tuple[str, Paragraph]] = []

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width = width
        self._lines = [(sign, self.style.text(text, "smallmuted")) for sign, text in self.below]
        heights = [paragraph.wrap(max(width - 11, 20), height)[1] for _, paragraph in self._lines]
        self._heights = heights
        self.height = self.size * 1.37 + sum(heights)
        return width, self.height

    def draw(self) -> None:
        y = self.height - self.size
        sign(self.canv, self.style, self.outcome, 0, y - 0.4, self.size)
        self.canv.setFillColor(self.style.colour(self.outcome))
        self.style.fonts.draw(self.canv, self.size + 3.2, y, self.word, self.style.fonts.bold, self.size)
        top = self.height - self.size * 1.37
        for (name, paragraph), height in zip(self._lines, self._heights, strict=True):
            sign(self.canv, self.style, name, 0.6, top - 8.4, 6.6)
            paragraph.drawOn(self.canv, self.size + 3.2, top - height)
            top -= height


def sign(canvas: Any, style: Style, name: str, x: float, y: float, size: float) -> None:
    """The sign of an outcome: told apart by its shape, also without colour."""
    colour = style.colour(name)
    half, line = size / 2, max(size / 8.0, 0.7)
    middle_x, middle_y = x + half, y + half
    canvas.saveState()
    canvas.setLineWidth(line)
    canvas.setLineCap(1)
    canvas.setStrokeColor(colour)
    canvas.setFillColor(colour)
    if name == "met":
        canvas.circle(middle_x, middle_y, half, stroke=0, fill=1)
        canvas.setStrokeColor(white)
        canvas.setLineWidth(line * 1.2)
        canvas.lines(
            [
                (x + size * 0.27, y + size * 0.5, x + size * 0.44, y + size * 0.32),
                (x + size * 0.44, y + size * 0.32, x + size * 0.74, y + size * 0.68),
            ]
        )
    elif name == "not_met":
        canvas.rect(x + size * 0.04, y + size * 0.04, size * 0.92, size * 0.92, stroke=0, fill=1)
        canvas.setStrokeColor(white)
        canvas.setLineWidth(line * 1.2)
        canvas.lines(
            [
                (x + size * 0.29, y + size * 0.29, x + size * 0.71, y + size * 0.71),
                (x + size * 0.29, y + size * 0.71, x + size * 0.71, y + size * 0.29),
            ]
        )
    elif name == "not_determined":
        path = canvas.beginPath()
        for number, (dx, dy) in enumerate(((0, half), (half, size), (size, half), (half, 0))):
            (path.lineTo if number else path.moveTo)(x + dx, y + dy)
        path.close()
        canvas.setFillColor(white)
        canvas.drawPath(path, stroke=1, fill=1)
        canvas.setFillColor(colour)
        style.fonts.draw(canvas, middle_x, middle_y - size * 0.26, "?", style.fonts.bold, size * 0.72, "centre")
    elif name == "not_applicable":
        canvas.circle(middle_x, middle_y, half - line / 2, stroke=1, fill=0)
        canvas.line(x + size * 0.28, middle_y, x + size * 0.72, middle_y)
    elif name == "waived":
        path = canvas.beginPath()
        for number, (dx, dy) in enumerate(((half, size * 0.95), (size * 0.97, size * 0.1), (size * 0.03, size * 0.1))):
            (path.lineTo if number else path.moveTo)(x + dx, y + dy)
        path.close()
        canvas.drawPath(path, stroke=1, fill=0)
    else:
        canvas.circle(middle_x, middle_y, half - line / 2, stroke=1, fill=0)
        canvas.lines([(middle_x, middle_y, middle_x, y + size * 0.78), (middle_x, middle_y, x + size * 0.7, middle_y)])
    canvas.restoreState()


class Report(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """One pass over a report: sets the pages and notes where each heading came to stand."""

    def __init__(
        self, style: Style, title: str, id_: str, language: str, total: int, cover: Callable[[Any], None]
    ) -> None:
        self.buffer = BytesIO()
        super().__init__(
            self.buffer,
            pagesize=A4,
            leftMargin=LEFT,
            rightMargin=RIGHT,
            topMargin=TOP,
            bottomMargin=BOTTOM,
            title=title,
            author="",
            subject="",
            creator="lexaudit",
            producer="lexaudit",
            invariant=1,
            pageCompression=1,
            initialFontName=style.fonts.regular,
            lang=language,
            allowSplitting=1,
        )
        self.style, self.report_title, self.id, self.total = style, title, id_, total
        self.headings: dict[str, int] = {}
        frame = Frame(
            LEFT,
            BOTTOM,
            WIDTH,
            PAGE_HEIGHT - TOP - BOTTOM,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
            id="page",
        )
        front = Frame(
            LEFT,
            SIGNATURE_BOX.rectangle[3] + 30,
            WIDTH,
            PAGE_HEIGHT - TOP - SIGNATURE_BOX.rectangle[3] - 30,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
            id="cover",
        )
        self.addPageTemplates(
            [
                PageTemplate("cover", [front], onPage=lambda canvas, _: self._front(canvas, cover)),
                PageTemplate("page", [frame], onPage=lambda canvas, _: self._furniture(canvas)),
            ]
        )

    def _furniture(self, canvas: Any) -> None:
        fonts = self.style.fonts
        canvas.saveState()
        canvas.setFillColor(self.style.colour("muted"))
        y = PAGE_HEIGHT - 40
        fonts.draw(canvas, LEFT, y, fonts.fit(self.report_title, fonts.regular, 7.4, WIDTH * 0.7), fonts.regular, 7.4)
        fonts.draw(canvas, LEFT + WIDTH, y, self.id.partition(":")[2][:12], fonts.mono, 7.0, "right")
        canvas.setStrokeColor(self.style.colour("line"))
        canvas.setLineWidth(0.5)
        canvas.line(LEFT, y - 6, LEFT + WIDTH, y - 6)
        canvas.restoreState()
        self._foot(canvas)

    def _front(self, canvas: Any, cover: Callable[[Any], None]) -> None:
        cover(canvas)
        self._foot(canvas)

    def _foot(self, canvas: Any) -> None:
        fonts = self.style.fonts
        canvas.saveState()
        canvas.setFillColor(self.style.colour("muted"))
        fonts.draw(canvas, LEFT, 34, self.id, fonts.mono, 6.2)
        fonts.draw(
            canvas, LEFT + WIDTH, 34, f"Page {canvas.getPageNumber()} of {self.total}", fonts.regular, 7.4, "right"
        )
        canvas.restoreState()

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802  # reportlab's name
        """Note the page of a heading, and make its bookmark."""
        heading = getattr(flowable, "lexaudit_heading", None)
        if heading is not None:
            self.headings[heading.key] = self.page
            self.canv.bookmarkPage("outline-" + heading.key)
            self.canv.addOutlineEntry(
                " ".join(heading.title.split()), "outline-" + heading.key, heading.level, heading.level == 0
            )


def room(height: float) -> CondPageBreak:
    """Go to the next page unless there is so much room."""
    return CondPageBreak(height)
