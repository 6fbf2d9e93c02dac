"""Pictures: rates with intervals, accuracy under attack, shares, the lineage; each carries its text alternative."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from reportlab.lib.colors import white
from reportlab.platypus import Flowable

from lexaudit_reports import words
from lexaudit_reports.layout import WIDTH, Style, sign
from lexaudit_reports.lineage import Arrow, Box, Lineage
from lexaudit_reports.measured import Comparison, Curve, Estimate, Rates

MOST_GROUPS = 30
"""More groups than this are shown in their table only."""


class Picture(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A drawing of fixed height with a text alternative; painted straight on the page, so only with embedded fonts."""

    def __init__(self, style: Style, height: float, alt: str) -> None:
        super().__init__()
        self.style, self.width, self.height, self.alt = style, WIDTH, height, alt
        self.hAlign = "LEFT"

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        del width, height
        return self.width, self.height

    def draw(self) -> None:
        text = ("\ufeff" + " ".join(self.alt.split())).encode("utf-16-be", "replace").hex().upper()
        self.canv._code.append(f"/Span <</Alt <{text}>>> BDC")
        self.canv.saveState()
        self.paint(self.canv)
        self.canv.restoreState()
        self.canv._code.append("EMC")

    def paint(self, canvas: Any) -> None:
        """Draw within `width` and `height`."""
        raise NotImplementedError

    def write(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 7.6,
        colour: str = "ink",
        font: str = "regular",
        align: str = "left",
    ) -> None:
        """One line of text."""
        self.canv.setFillColor(self.style.colour(colour))
        self.style.fonts.draw(self.canv, x, y, text, getattr(self.style.fonts, font), size, align)

    def rule(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        colour: str = "line",
        width: float = 0.5,
        dash: Sequence[float] = (),
    ) -> None:
        """One straight line."""
        self.canv.setStrokeColor(self.style.colour(colour))
        self.canv.setLineWidth(width)
        self.canv.setDash(list(dash))
        self.canv.line(x1, y1, x2, y2)
        self.canv.setDash([])


def ticks(top: float, most: int = 6) -> list[float]:
    """Round values from 0 to at least `top`."""
    top = max(top, 1e-9)
    raw = top / most
    power = 10.0 ** floor(log10(raw))
    step = next((factor * power for factor in (1, 2, 2.5, 5) if factor * power >= raw * 0.999), 10 * power)
    return [round(step * index, 10) for index in range(ceil(top / step - 1e-9) + 1)]


LABELS, VALUES, ROW, COMPARED = 138.0, 158.0, 15.0, 20.0


class RatesChart(Picture):
    """Dot and whisker for each group; below, the comparison between groups against its registered limit."""

    def __init__(self, style: Style, rates: Rates) -> None:
        self.rates = rates
        groups = sum(len(members) for _, members in rates.groups)
        rows = groups + len(rates.groups)
        height = 18 + rows * ROW + 26 + sum(_panel(each) for each in rates.comparisons)
        super().__init__(style, height, self._alternative())

    def _alternative(self) -> str:
        rates = self.rates
        said = [f"{words.plain_name(rates.metric)} per group with intervals."]
        said += [
            f"{attribute}: " + "; ".join(f"{group.label} {group.text}, n {group.n}" for group in members) + "."
            for attribute, members in rates.groups
        ]
        if rates.overall:
            said.append(f"All records {rates.overall.text}.")
        for each in rates.comparisons:
            said += [words.sentence(f"{one.label} ({one.note}) {one.text}") for one in (each.judged, *each.parts)]
            if each.limit:
                said.append(
                    words.sentence(f"{each.limit.text}: {words.OUTCOMES.get(each.limit.outcome, each.limit.outcome)}")
                )
        return " ".join(said)

    def paint(self, canvas: Any) -> None:
        rates = self.rates
        every = [group for _, members in rates.groups for group in members]
        marks = ticks(
            min(max([group.high for group in every] + ([rates.overall.high] if rates.overall else [])) * 1.02, 1.0)
        )
        left, right = LABELS + 8, WIDTH - VALUES
        y = self.height - 12
        bottom = y - 6 - (len(every) + len(rates.groups)) * ROW
        self._axis(left, right, bottom, y - 2, marks, words.plain_name(rates.metric))
        self.write(WIDTH, y, "estimate (interval)   k of n", 6.8, "muted", align="right")
        if rates.overall:
            x = left + (right - left) * rates.overall.estimate / marks[-1]
            self.rule(x, bottom, x, y - 2, "ink", 0.8, (2.5, 2))
            note = f"all records {rates.overall.text}"
            half = self.style.fonts.width(note, self.style.fonts.regular, 6.8) / 2
            self.write(min(max(x, left + half), right - half), y, note, 6.8, "ink", align="centre")
        y -= 14
        for attribute, members in rates.groups:
            self.write(
                0, y, self.style.fonts.fit(f"by {attribute}", self.style.fonts.bold, 7.6, LABELS), 7.6, "ink", "bold"
            )
            y -= ROW
            for group in members:
                self._row(group, left, right, y, marks[-1], "accent")
                y -= ROW
        y = bottom - 26
        for each in rates.comparisons:
            self._compared(each, left, right, y)
            y -= _panel(each)

    def _axis(self, left: float, right: float, bottom: float, top: float, marks: Sequence[float], title: str) -> None:
        for mark in marks:
            x = left + (right - left) * mark / marks[-1]
            self.rule(x, bottom, x, top)
            self.write(x, bottom - 9, f"{mark:g}", 6.8, "muted", align="centre")
        if title:
            self.write(left + (right - left) / 2, bottom - 19, title, 7.2, "muted", align="centre")

    def _row(self, group: Estimate, left: float, right: float, y: float, top: float, colour: str) -> None:
        fonts, middle = self.style.fonts, y + 2.6
        self.write(LABELS, y, fonts.fit(group.label, fonts.regular, 7.6, LABELS - 8), align="right")
        at = [
            left + (right - left) * min(max(value / top, 0.0), 1.0) for value in (group.low, group.estimate, group.high)
        ]
        self.rule(at[0], middle, at[2], middle, colour, 1.5)
        for end in (at[0], at[2]):
            self.rule(end, middle - 2.4, end, middle + 2.4, colour, 1.0)
        self.canv.setFillColor(self.style.colour(colour))
        self.canv.setStrokeColor(white)
        self.canv.setLineWidth(0.7)
        self.canv.circle(at[1], middle, 3.0, stroke=1, fill=1)
        self.write(right + 14, y, group.text, 7.6)
        if group.n is not None:
            self.write(
                WIDTH,
                y,
                f"{group.figures[4].text} of {group.figures[3].text}"
                if group.k is not None
                else f"n = {group.figures[3].text}",
                7.6,
                "muted",
                align="right",
            )

    def _compared(self, each: Comparison, left: float, right: float, top: float) -> None:
        """A panel of its own: the comparison that is judged, then the same for each attribute."""
        fonts, rows = self.style.fonts, (each.judged, *each.parts)
        top_value = max([one.high for one in rows] + ([each.limit.value] if each.limit else []))
        marks = ticks(min(top_value * 1.05, 1.0) if top_value <= 1.0 else top_value * 1.05, 5)
        top -= 16
        bottom = top - COMPARED * len(rows)
        self._axis(left, right, bottom, top, marks, "")
        if each.limit:
            x = left + (right - left) * each.limit.value / marks[-1]
            accepted = (left, x) if each.limit.upper else (x, right)
            self.canv.setFillColor(self.style.tint("met", 0.13))
            self.canv.rect(accepted[0], bottom, accepted[1] - accepted[0], top - bottom, stroke=0, fill=1)
            self.rule(x, bottom - 2, x, top + 3, "not_met", 1.3)
            note = f"registered limit {'≤' if each.limit.upper else '≥'} {each.limit.value:g}"
            wide = fonts.width(note, fonts.regular, 6.8)
            self.write(min(max(x, left + wide / 2), right), top + 5.5, note, 6.8, "not_met", align="centre")
        for number, one in enumerate(rows):
            y = top - COMPARED * (number + 1) + 9
            self._row(one, left, right, y, marks[-1], "muted" if number else "ink")
            if one.note:
                self.write(
                    LABELS, y - 7.6, fonts.fit(one.note, fonts.regular, 6.6, LABELS), 6.6, "muted", align="right"
                )
        if each.limit:
            outcome = each.limit.outcome if each.limit.outcome in words.OUTCOMES else "not_determined"
            y = top - COMPARED + 9
            sign(self.canv, self.style, outcome, right + 14, y - 8.4, 6.6)
            self.write(right + 24, y - 7.8, words.OUTCOMES[outcome], 7.2, outcome, "bold")


def _panel(each: Comparison) -> float:
    return 34.0 + COMPARED * (1 + len(each.parts))


class CurveChart(Picture):
    """Accuracy against the strength of an attack, with the band of its interval."""

    def __init__(self, style: Style, curve: Curve) -> None:
        self.curve = curve
        said = "; ".join(f"at strength {strength:g} {point.text}" for strength, point in curve.points)
        limits = "".join(
            f" Registered {limit.text}: {words.OUTCOMES.get(limit.outcome, limit.outcome)}." for limit in curve.limits
        )
        super().__init__(style, 220, f"Accuracy against the strength of the attack ({curve.norm}): {said}.{limits}")

    def paint(self, canvas: Any) -> None:
        left, right, bottom, top = 34.0, WIDTH - 96, 36.0, self.height - 18
        strengths = ticks(self.curve.points[-1][0] or 1.0)
        levels = ticks(1.0, 5)

        def place(strength: float, accuracy: float) -> tuple[float, float]:
            return (left + (right - left) * strength / strengths[-1], bottom + (top - bottom) * accuracy)

        for level in levels:
            y = place(0, level)[1]
            self.rule(left, y, right, y)
            self.write(left - 5, y - 2.5, f"{level:g}", 6.8, "muted", align="right")
        for strength in strengths:
            self.write(place(strength, 0)[0], bottom - 11, f"{strength:g}", 6.8, "muted", align="centre")
        self.rule(left, bottom, right, bottom, "muted", 0.7)
        self.write(
            left + (right - left) / 2,
            bottom - 24,
            f"strength of the attack ({self.curve.norm or 'norm not stated'})",
            7.2,
            "muted",
            align="centre",
        )
        self.write(0, top + 10, "accuracy", 7.2, "muted")

        band = canvas.beginPath()
        upper = [place(strength, point.high) for strength, point in self.curve.points]
        lower = [place(strength, point.low) for strength, point in reversed(self.curve.points)]
        for number, (x, y) in enumerate(upper + lower):
            (band.lineTo if number else band.moveTo)(x, y)
        band.close()
        canvas.setFillColor(self.style.tint("accent", 0.18))
        canvas.drawPath(band, stroke=0, fill=1)
        for limit in self.curve.limits:
            y = place(0, limit.value)[1]
            self.rule(left, y, right, y, "not_met", 1.2)
            self.write(
                right + 6, y - 2.5, f"limit {'≤' if limit.upper else '≥'} {limit.value:g}", 7.2, "not_met", "bold"
            )
            outcome = limit.outcome if limit.outcome in words.OUTCOMES else "not_determined"
            sign(canvas, self.style, outcome, right + 6, y - 13, 6.6)
            self.write(right + 16, y - 12.4, words.OUTCOMES[outcome], 7.2, outcome, "bold")
        if self.curve.reference is not None and self.curve.reference <= strengths[-1]:
            x = place(self.curve.reference, 0)[0]
            self.rule(x, bottom, x, top, "ink", 0.8, (2.5, 2))
            self.write(x, top + 3, f"judged at {self.curve.reference:g}", 6.8, align="centre")
        previous: tuple[float, float] | None = None
        for strength, point in self.curve.points:
            x, y = place(strength, point.estimate)
            if previous:
                self.rule(*previous, x, y, "accent", 1.4)
            previous = (x, y)
        for strength, point in self.curve.points:
            x, y = place(strength, point.estimate)
            self.rule(x, place(0, point.low)[1], x, place(0, point.high)[1], "accent", 1.2)
            canvas.setFillColor(self.style.colour("accent"))
            canvas.setStrokeColor(white)
            canvas.setLineWidth(0.7)
            canvas.circle(x, y, 3.0, stroke=1, fill=1)
            wide = self.style.fonts.width(point.figures[0].text, self.style.fonts.bold, 7.2)
            label = x + 5 if x + 5 + wide <= right else x - wide - 3
            canvas.setFillColor(white)
            canvas.rect(label - 1, y + 4.4, wide + 2, 7.4, stroke=0, fill=1)
            self.write(label, y + 5.6, point.figures[0].text, 7.2, "ink", "bold")


class Shares(Picture):
    """How the findings that apply and are in force came out: one bar, with the numbers in it."""

    def __init__(self, style: Style, parts: Sequence[tuple[str, int]]) -> None:
        self.parts = [(name, number) for name, number in parts if number]
        total = sum(number for _, number in self.parts)
        super().__init__(
            style, 13, "; ".join(f"{words.OUTCOMES[name]} {words.share(number, total)}" for name, number in self.parts)
        )

    def paint(self, canvas: Any) -> None:
        total = sum(number for _, number in self.parts)
        x = 0.0
        for name, number in self.parts:
            width = self.width * number / total
            canvas.setFillColor(self.style.colour(name))
            canvas.setStrokeColor(white)
            canvas.setLineWidth(1.2)
            if name == "not_determined":
                canvas.setFillColor(self.style.tint(name, 0.14))
                canvas.setStrokeColor(self.style.colour(name))
                canvas.setLineWidth(0.8)
                canvas.rect(x + 0.6, 0.6, width - 1.2, self.height - 1.2, stroke=1, fill=1)
            else:
                canvas.rect(x, 0, width, self.height, stroke=1, fill=1)
            text = f"{number} {words.OUTCOMES[name]}"
            if self.style.fonts.width(text, self.style.fonts.bold, 7.4) > width - 6:
                text = str(number)
            canvas.setFillColor(self.style.colour(name) if name == "not_determined" else white)
            if self.style.fonts.width(text, self.style.fonts.bold, 7.4) <= width - 2:
                self.style.fonts.draw(canvas, x + width / 2, 4, text, self.style.fonts.bold, 7.4, "centre")
            x += width


LAYER, BOX_HEIGHT, BEND = 46.0, 27.0, 20.0


class LineagePicture(Picture):
    """What flows into what: causes above effects."""

    def __init__(self, style: Style, lineage: Lineage) -> None:
        self.lineage = lineage
        titles = {box.id: box.title for box in lineage.boxes}
        alt = "Lineage: " + "; ".join(
            f"{titles[arrow.source]} {arrow.relation} {titles[arrow.target]}" for arrow in lineage.arrows
        )
        super().__init__(style, len(lineage.slots) * LAYER - (LAYER - BOX_HEIGHT) + 4, alt)

    def paint(self, canvas: Any) -> None:
        boxes = {(box.layer, box.slot): box for box in self.lineage.boxes}
        centres: dict[tuple[int, int], tuple[float, float]] = {}
        widths: dict[str, float] = {}
        for layer, slots in enumerate(self.lineage.slots):
            real = sum((layer, slot) in boxes for slot in range(slots))
            wide = min(150.0, (self.width - 24 - (slots - real) * BEND - (slots - 1) * 12) / max(real, 1))
            total = real * wide + (slots - real) * BEND + (slots - 1) * 12
            x = (self.width - total) / 2
            for slot in range(slots):
                here = wide if (layer, slot) in boxes else BEND
                centres[layer, slot] = (x + here / 2, self.height - 2 - layer * LAYER - BOX_HEIGHT / 2)
                if (layer, slot) in boxes:
                    widths[boxes[layer, slot].id] = wide
                x += here + 12
        where = {box.id: centres[place] for place, box in boxes.items()}
        for arrow in self.lineage.arrows:
            if arrow.source != arrow.target:
                self._arrow(arrow, where, widths, [centres[bend] for bend in arrow.bends])
        for place, box in boxes.items():
            self._box(box, *centres[place], widths[box.id])

    def _box(self, box: Box, x: float, y: float, wide: float) -> None:
        fonts, dark = self.style.fonts, box.kind == "system"
        self.canv.setFillColor(self.style.colour("accent" if dark else "wash"))
        self.canv.setStrokeColor(self.style.colour("accent" if dark else "muted"))
        self.canv.setLineWidth(0.7)
        self.canv.setDash([])
        self.canv.roundRect(
            x - wide / 2, y - BOX_HEIGHT / 2, wide, BOX_HEIGHT, 3 if box.kind != "run" else 13, stroke=1, fill=1
        )
        self.canv.setFillColor(white if dark else self.style.colour("muted"))
        fonts.draw(self.canv, x, y + 3.6, box.kind, fonts.regular, 6.6, "centre")
        self.canv.setFillColor(white if dark else self.style.colour("ink"))
        fonts.draw(self.canv, x, y - 7, fonts.fit(box.title, fonts.bold, 7.8, wide - 14), fonts.bold, 7.8, "centre")

    def _arrow(
        self,
        arrow: Arrow,
        where: dict[str, tuple[float, float]],
        widths: dict[str, float],
        bends: Sequence[tuple[float, float]],
    ) -> None:
        canvas, half = self.canv, BOX_HEIGHT / 2
        start, end = where[arrow.source], where[arrow.target]
        canvas.setStrokeColor(self.style.colour("muted"))
        canvas.setLineWidth(0.9)
        canvas.setDash([2.5, 2] if arrow.inferred or arrow.back else [])
        path = canvas.beginPath()
        if arrow.back:
            edge = self.width - 4
            from_x, to_x = start[0] + widths[arrow.source] / 2, end[0] + widths[arrow.target] / 2
            path.moveTo(from_x, start[1])
            path.curveTo(edge, start[1], edge, end[1], to_x + 5, end[1])
            canvas.drawPath(path, stroke=1, fill=0)
            self._head(to_x, end[1], -1, 0)
            return
        x, y = start[0], start[1] - half
        path.moveTo(x, y)
        for bend_x, bend_y in bends:
            path.curveTo(x, y - 12, bend_x, bend_y + half + 8, bend_x, bend_y + half)
            path.lineTo(bend_x, bend_y - half)
            x, y = bend_x, bend_y - half
        path.curveTo(x, y - 12, end[0], end[1] + half + 13, end[0], end[1] + half + 4)
        canvas.drawPath(path, stroke=1, fill=0)
        self._head(end[0], end[1] + half, 0, -1)

    def _head(self, x: float, y: float, dx: int, dy: int) -> None:
        path = self.canv.beginPath()
        path.moveTo(x, y)
        path.lineTo(x - dx * 5 + dy * 2.6, y - dy * 5 + dx * 2.6)
        path.lineTo(x - dx * 5 - dy * 2.6, y - dy * 5 - dx * 2.6)
        path.close()
        self.canv.setFillColor(self.style.colour("muted"))
        self.canv.drawPath(path, stroke=0, fill=1)
