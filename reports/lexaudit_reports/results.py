"""What was measured, as pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import KeepTogether, Spacer

from lexaudit_reports import words
from lexaudit_reports.chart import MOST_GROUPS, CurveChart, RatesChart
from lexaudit_reports.measured import Estimate, Rates, Result
from lexaudit_reports.setting import GAP, Cell, Setting, Story, ticked


def results(to: Setting) -> Story:
    said, style = to.said, to.style
    story = to.section("results")
    if not said.results and not said.absent:
        return [*story, *to.none("results")]
    for result in said.results:
        if result.document is None:
            story += _result(to, result)
    documents = [(result, result.document) for result in said.results if result.document]
    if documents:
        story += [
            *to.sub("Documents", "results-documents"),
            style.text(
                "Whether a document that a rule asks for is filed, current and has the sections asked for. "
                "What a section says is not judged here."
            ),
            Spacer(0, 4),
            *style.table(
                ("Type", "About", "Filed", "Current", "Gaps", "Evidence", "Findings"),
                [
                    (
                        document.type,
                        [style.text(result.subject, "mono")],
                        document.found,
                        document.current,
                        "; ".join(document.gaps) or "none found" if document.found == "yes" else "",
                        style.mixed(to.evidence_links([result.evidence])),
                        style.mixed(to.finding_links(result.asked_by)),
                    )
                    for result, document in documents
                ],
                (100, 115, 32, 40, 88, 62, 46),
            ),
        ]
    if said.absent:
        story += [
            *to.sub("What could not be measured"),
            *style.table(
                ("Measurement", "On", "Why not", "What would supply it"),
                [
                    (
                        absent.collector,
                        [style.text(absent.subject, "mono")],
                        words.sentence(absent.reason),
                        words.sentence(absent.advice),
                    )
                    for absent in said.absent
                ],
                (75, 120, 148, 140),
            ),
        ]
    return story


def _result(to: Setting, result: Result) -> Story:
    style = to.style
    about = style.rows(
        [
            (
                "Evidence",
                style.mixed([*to.evidence_links([result.evidence]), (f"{GAP}{result.subject}", "mono")]),
            ),
            ("Method", result.method),
            ("Records", style.mixed(ticked(result.sample))),
            (
                "Rests on it",
                style.mixed(
                    [(words.noun(len(result.asked_by), "finding") + " ", "text"), *to.finding_links(result.asked_by)]
                ),
            ),
            ("Left out", "; ".join(result.excluded)),
            ("Also found", "; ".join(f"{name}: {text}" for name, text in result.table) if result.rates else ""),
            ("Does not show", [style.text(words.sentence(text)) for text in result.limits]),
        ]
    )
    story: Story = [
        *to.sub(result.title, f"results-{result.label}", 170),
        *([about] if about else []),
        Spacer(0, 8),
    ]
    for rates in result.rates:
        story += _rates(to, result, rates)
    if result.curve:
        to.figures += 1
        numbers = dict.fromkeys(words.number(point.n) for _, point in result.curve.points if point.n)
        story.append(
            KeepTogether(
                [
                    CurveChart(style, result.curve),
                    style.mixed(
                        [
                            (
                                f"Figure {to.figures}. Accuracy against the strength of the attack. Dots are "
                                f"estimates, the band is their interval; n = {', '.join(numbers)}. ",
                                "text",
                            ),
                            *to.evidence_links([result.evidence]),
                            (f"{GAP}value.curve", "mono"),
                        ],
                        "caption",
                    ),
                ]
            )
        )
        story += style.table(
            ("Strength", "Accuracy", "Interval", "k of n"),
            [
                (
                    f"{strength:g}",
                    point.figures[0].text,
                    f"{point.figures[1].text} to {point.figures[2].text}",
                    _of(point),
                )
                for strength, point in result.curve.points
            ],
            (90, 80, 120, 100),
            (1, 2, 3),
        )
    if result.table and not result.rates:
        story += style.table(
            ("Value", "Found"), [([style.text(name, "mono")], text) for name, text in result.table], (220, 263)
        )
    return story


def _rates(to: Setting, result: Result, rates: Rates) -> Story:
    style, name = to.style, words.plain_name(rates.metric)
    groups = [(attribute, group) for attribute, members in rates.groups for group in members]
    if len(groups) > MOST_GROUPS:
        rows: list[Sequence[Cell]] = [
            (
                attribute,
                group.label,
                group.figures[0].text,
                f"{group.figures[1].text} to {group.figures[2].text}",
                _of(group),
            )
            for attribute, group in groups
        ]
        rows += [
            (one.note, one.label, one.figures[0].text, f"{one.figures[1].text} to {one.figures[2].text}", "")
            for each in rates.comparisons
            for one in (each.judged, *each.parts)
        ]
        return [
            style.text(name, "h3"),
            *style.table(("By", "Group", "Estimate", "Interval", "k of n"), rows, (90, 173, 60, 90, 70), (2, 3, 4)),
        ]
    to.figures += 1
    caption: list[tuple[str, ...]] = [
        (
            f"Figure {to.figures}. {name} by {', '.join(a for a, _ in rates.groups)}. Dots are "
            "estimates, bars their intervals; k of n records. ",
            "text",
        )
    ]
    for each in rates.comparisons:
        if each.limit:
            caption.append(
                (
                    f"{words.sentence(each.limit.text)} The shaded side is accepted; an interval across the limit "
                    "decides nothing. ",
                    "text",
                )
            )
    caption += [*to.evidence_links([result.evidence]), (f"{GAP}value.{rates.metric}", "mono")]
    return [KeepTogether([RatesChart(style, rates), style.mixed(caption, "caption")])]


def _of(estimate: Estimate) -> str:
    if estimate.n is None:
        return ""
    n = estimate.figures[3].text
    return f"{estimate.figures[4].text} of {n}" if estimate.k is not None else f"n = {n}"
