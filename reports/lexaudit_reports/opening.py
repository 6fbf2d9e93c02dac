"""The opening of the printed report: cover, conclusion, contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reportlab.platypus import Flowable, KeepTogether, NextPageTemplate, Spacer

from lexaudit_reports import words
from lexaudit_reports.chart import Shares
from lexaudit_reports.finding import Finding
from lexaudit_reports.framework import Pack
from lexaudit_reports.layout import LEFT, SIGNATURE_BOX, WIDTH, Mark
from lexaudit_reports.setting import GAP, Setting, Story

_STATUS = {"open": "met", "closed": "not_met", "not determined": "not_determined"}
TOP_ON_CONCLUSION = 6
"""Rules that the conclusion names; it is one page."""
FINDINGS_IN_CONTENTS = 18
"""Findings that the contents name; they are one page."""


def cover(to: Setting) -> Story:
    said, style, label = to.said, to.style, to.wording.cover
    rows: list[tuple[str, Any]] = [
        (label.identity, [style.text(words.short_digest(said.id), "strong"), style.text(said.id, "monomuted")]),
        (label.as_of, words.day(said.as_of)),
        (label.at, words.moment(said.at)),
        (
            label.packs,
            [style.text(f"{pack.title} {pack.version} ({pack.id})") for pack in said.packs] or style.text("none"),
        ),
        (
            label.policy,
            f"{said.policy.get('name', 'not named')}; a finding closes the gate from severity {said.block_at}",
        ),
        (label.engine, said.engine),
        (label.judged, f"{words.count(said.tally.total, 'finding')}, each one rule for one subject"),
        (label.attached, ", ".join(to.attached) or "nothing"),
    ]
    table = style.rows(rows, 92)
    return [
        Spacer(0, 26),
        style.text(label.kind, "kind"),
        style.text(said.title.replace("\n", " "), "title"),
        style.text(label.subtitle, "subtitle"),
        _status(to),
        Spacer(0, 20),
        *([table] if table else []),
        NextPageTemplate("page"),
    ]


def seal(to: Setting, canvas: Any) -> None:
    """The foot of the cover: the box for the seal, and how to verify; drawn at a fixed place."""
    style, label = to.style, to.wording.cover
    left, bottom, right, top = SIGNATURE_BOX.rectangle
    canvas.saveState()
    canvas.setStrokeColor(style.colour("muted"))
    canvas.setLineWidth(0.6)
    canvas.rect(left, bottom, right - left, top - bottom)
    canvas.setFillColor(style.colour("ink"))
    style.fonts.draw(canvas, left, top + 6, label.seal, style.fonts.bold, 7.6)
    note = style.text(label.seal_note, "smallmuted")
    _, height = note.wrap(right - left, 60)
    note.drawOn(canvas, left, bottom - 5 - height)
    x = right + 22
    canvas.setFillColor(style.colour("ink"))
    style.fonts.draw(canvas, x, top + 6, label.verify, style.fonts.bold, 7.6)
    command = style.text(to.wording.verification[0].command if to.wording.verification else "", "code")
    _, height = command.wrap(LEFT + WIDTH - x, 80)
    command.drawOn(canvas, x, top - 6 - height)
    canvas.restoreState()


def _status(to: Setting) -> Flowable:
    name = _STATUS[to.said.status]
    return to.style.box(
        [
            Mark(to.style, name, f"{to.wording.cover.status} {to.said.status}", size=11.5),
            Spacer(0, 4),
            to.style.text(to.said.gate, "body"),
        ],
        name,
    )


def conclusion(to: Setting) -> Story:
    said, style = to.said, to.style
    story = [*to.section("conclusion"), _status(to), Spacer(0, 10)]
    for pack in said.packs:
        story.append(KeepTogether(_framework(to, pack)))
    rules = _by_rule(said.top)
    story += to.sub("What stands open first")
    if not rules:
        story += to.none("top" if said.findings else "findings")
    else:
        story += style.table(
            ("No.", "Finding", "Provision", "Outcome"),
            [
                (
                    style.mixed(to.finding_links([finding.number for finding in group])),
                    [
                        style.text(words.shorten(group[0].title, 120), "strong"),
                        style.text(words.shorten(group[0].summary, 130)),
                    ],
                    [style.text(group[0].cite), style.text(group[0].severity, "smallmuted")],
                    to.mark(group[0]),
                )
                for group in rules[:TOP_ON_CONCLUSION]
            ],
            (38, 253, 99, 93),
        )
        rest = sum(len(group) for group in rules[TOP_ON_CONCLUSION:])
        if rest:
            story.append(
                style.mixed(
                    [
                        (f"{words.share(rest, len(said.top))} open findings more stand in section “", "text"),
                        (to.wording.sections.findings, "text", "section-findings"),
                        ("”.", "text"),
                    ]
                )
            )
    waived, later = len(said.waived), len([f for f in said.upcoming if f.outcome in ("not_met", "not_determined")])
    story.append(
        style.text(
            f"Waivers lie over {words.share(waived, said.tally.total)} findings. "
            f"{words.share(later, said.tally.total)} findings are not met or not determined under law that applies later.",
            "body",
        )
    )
    return story


def _framework(to: Setting, pack: Pack) -> Story:
    style, tally = to.style, pack.tally
    parts = [("met", tally.met), ("not_met", tally.not_met), ("not_determined", tally.not_determined)]
    story: Story = [
        style.mixed([(f"{pack.title} {pack.version}", "bold"), (f"{GAP}{pack.verdict}", "text")], "h3"),
        Spacer(0, 2),
    ]
    if tally.applicable:
        story += [Shares(style, parts), Spacer(0, 4)]
    return [*story, *(style.text(text) for text in pack.statements), Spacer(0, 6)]


def contents(to: Setting, pages: Mapping[str, int]) -> Story:
    style, said = to.style, to.said
    entries = [
        (f"section-{name}", title, 0) for name, title in to.wording.sections.model_dump().items() if name != "contents"
    ]
    detailed = [f for f in said.findings if f.outcome in ("not_met", "not_determined")][:FINDINGS_IN_CONTENTS]
    place = next(i for i, (key, _, _) in enumerate(entries) if key == "section-findings") + 1
    entries[place:place] = [
        (f"finding-{f.number}", f"{f.number}{GAP}{words.shorten(f.title, 90)}, {words.OUTCOMES[f.outcome]}", 1)
        for f in detailed
    ]
    rows = [
        (
            style.text(title, "strong" if level == 0 else "small", key)
            if level == 0
            else style.text(title, "entry", key),
            style.text(str(pages.get(key, "")), "number", key),
        )
        for key, title, level in entries
    ]
    table = style.table(("", ""), rows, (WIDTH - 40, 40), (1,))
    return [*to.section("contents"), *table]


def _by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings of one rule and one outcome together, in order of the first."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.pack, finding.rule, finding.outcome), []).append(finding)
    return list(groups.values())
