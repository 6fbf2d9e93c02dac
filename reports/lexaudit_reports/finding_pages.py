"""The findings one by one, and what lies over and beside them: waivers and law to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.platypus import HRFlowable, Spacer

from lexaudit_reports import words
from lexaudit_reports.finding import Expectation, Finding, Waiver
from lexaudit_reports.layout import WIDTH, Heading, Mark, room
from lexaudit_reports.setting import GAP, Cell, Setting, Story, ticked


def findings(to: Setting) -> Story:
    story = to.section("findings")
    if not to.said.findings:
        return [*story, *to.none("findings")]
    titles = (
        "Not met, in force",
        "Not determined, in force",
        "Waived",
        "Not met or not determined under law to come",
        "Met",
        "Not applicable",
    )
    groups: list[list[Finding]] = [[], [], [], [], [], []]
    for finding in to.said.findings:
        groups[_group(finding)].append(finding)
    for title, group in zip(titles, groups, strict=True):
        if group:
            story += to.sub(f"{title}: {words.share(len(group), len(to.said.findings))} findings", need=190)
            for number, finding in enumerate(group):
                story += ([room(130)] if number else []) + _finding(to, finding)
    return story


def _finding(to: Setting, finding: Finding) -> Story:
    style = to.style
    heading = style.heading(
        Heading(f"finding-{finding.number}", f"{finding.number}{GAP}{finding.title}", 1), "h3", before=0, keep=False
    )
    head: Story = [
        HRFlowable(WIDTH, 0.6, color=style.colour(finding.outcome), spaceBefore=12, spaceAfter=5, lineCap="butt"),
        heading,
        style.text(finding.id, "monomuted"),
        Spacer(0, 3),
    ]
    rows: list[tuple[str, Any]] = [("Outcome", [to.mark(finding), style.mixed(ticked(finding.summary))])]
    rows.append(
        (
            "Subject",
            style.mixed(
                [
                    (f"{finding.subject_title}{GAP}", "text"),
                    (finding.subject, "mono"),
                    (f"{GAP}declared at {finding.subject_place}", "muted"),
                ]
            ),
        )
    )
    rows.append(
        (
            "Severity",
            f"{finding.severity}; {finding.applies}"
            + (f" ({finding.date_note})" if finding.date_note else "")
            + (f"; {finding.effect}" if finding.effect else ""),
        )
    )
    if finding.outcome == "not_applicable":
        # what a duty would ask is not printed where it does not apply; the pack and audit.json have it
        rows.append(("Criterion", ", ".join(provision.cite for provision in finding.provisions)))
        for number, expectation in enumerate(finding.expectations, 1):
            rows.append((f"Why ({number})", _expectation(to, expectation)))
        return [*head, style.rows(rows, 70), Spacer(0, 6)]
    asked = [
        style.mixed(
            [
                (f"{provision.cite}. ", "bold"),
                *ticked(provision.summary),
                (f"{GAP}{provision.obligation}", "muted"),
            ]
        )
        for provision in finding.provisions
    ]
    owed = dict.fromkeys(
        f"CELEX {provision.celex}" + (f", owed by {provision.holder}" if provision.holder else "")
        for provision in finding.provisions
    )
    rows.append(("Criterion", [*asked, *(style.text(text, "smallmuted") for text in owed)]))
    for number, expectation in enumerate(finding.expectations, 1):
        rows.append((f"Why ({number})", _expectation(to, expectation)))
    for number, item in enumerate(finding.missing):
        rows.append(
            (
                "Missing" if number == 0 else "",
                [
                    style.mixed([(item.path, "mono"), (f"{GAP}{item.reason}", "text")]),
                    style.text(f"Ask {item.who}: {item.question}" if item.who else item.question),
                ],
            )
        )
    if finding.remedy:
        rows.append(("Remedy", finding.remedy))
    for penalty in dict.fromkeys(provision.penalty for provision in finding.provisions if provision.penalty):
        if finding.outcome in ("not_met", "not_determined"):
            rows.append(("At stake", words.sentence(penalty)))
    if finding.waiver:
        rows.append(("Waiver", waiver_text(to, finding.waiver)))
    table = style.rows(rows, 70)
    return [*head, *([table] if table else []), Spacer(0, 6)]


def _expectation(to: Setting, expectation: Expectation) -> Story:
    style = to.style
    sure = "It would hold only because there was nothing to check. " if expectation.vacuous else ""
    lines: Story = [
        style.mixed(
            [
                (expectation.say + " ", "text"),
                (words.OUTCOMES[expectation.outcome].capitalize(), "bold"),
                (f" ({expectation.form}): ", "text"),
                *ticked(f"{expectation.because} {sure}".rstrip()),
            ]
        )
    ]
    if expectation.expression:
        mono = expectation.form != "attested"
        lines.append(
            style.mixed(
                [
                    (f"Condition{GAP}" if mono else f"Question{GAP}", "muted"),
                    (expectation.expression, "mono" if mono else "italic"),
                    (f"{GAP}{expectation.place}" if expectation.place else "", "muted"),
                ]
            )
        )
    if expectation.observed:
        said = "; ".join(observed.said for observed in expectation.observed)
        lines.append(style.mixed([(f"Observed{GAP}", "muted"), *ticked(said)]))
    if expectation.evidence:
        lines.append(style.mixed([(f"Evidence{GAP}", "muted"), *to.evidence_links(expectation.evidence)]))
    if expectation.facts:
        lines.append(style.mixed([(f"Facts{GAP}", "muted"), (", ".join(expectation.facts), "mono")]))
    if expectation.path:
        lines.append(style.mixed([(f"Lineage{GAP}", "muted"), (" → ".join(expectation.path), "mono")]))
    return lines


def waiver_text(to: Setting, waiver: Waiver) -> Story:
    style = to.style
    period = (
        f"from {words.day(waiver.begins)} until {words.day(waiver.ends)}"
        if waiver.begins
        else f"until {words.day(waiver.ends)}"
    )
    lines: Story = [
        style.mixed(
            [
                (waiver.id, "bold"),
                (
                    f", {waiver.state}, {period}; approved by {waiver.approver}"
                    + (f", requested by {waiver.requester}" if waiver.requester else ""),
                    "text",
                ),
            ]
        ),
        style.text(words.sentence(waiver.reason)),
    ]
    if waiver.compensating:
        lines.append(style.text(f"Instead: {words.sentence(waiver.compensating)}"))
    return lines


def upcoming(to: Setting) -> Story:
    said, style = to.said, to.style
    story = to.section("upcoming", new_page=bool(said.upcoming))
    if not said.upcoming:
        return [*story, *to.none("upcoming")]
    aside = sum(finding.upcoming for finding in said.findings) - len(said.upcoming)
    if aside:
        story.append(
            style.text(
                f"{words.share(aside, aside + len(said.upcoming))} findings about later law do not apply to their "
                "subject and are left out here.",
                "body",
            )
        )
    rows: list[Sequence[Cell]] = [
        (
            words.day(finding.in_force_from),
            style.mixed(to.finding_links([finding.number])),
            [style.text(words.shorten(finding.title, 200)), style.text(finding.subject_title, "smallmuted")],
            [
                style.text(finding.cite),
                *([style.text(finding.date_note, "smallmuted")] if finding.date_note else []),
            ],
            Mark(
                style,
                finding.outcome,
                words.OUTCOMES[finding.outcome],
                [("waived", f"waived until {words.day(finding.waiver.ends)}")] if finding.waiver else [],
            ),
        )
        for finding in said.upcoming
    ]
    return [
        *story,
        *style.table(
            ("Applies from", "No.", "Rule and subject", "Provision and route", "If it applied today"),
            rows,
            (76, 24, 148, 139, 96),
        ),
    ]


def waivers(to: Setting) -> Story:
    story = to.section("waivers", new_page=False)
    if not to.said.waivers:
        return [*story, *to.none("waivers")]
    style = to.style
    return [
        *story,
        *style.table(
            ("Waiver", "Lies over"),
            [
                (
                    waiver_text(to, waiver),
                    [
                        style.text(waiver.rule, "mono"),
                        *([style.text(words.label(waiver.subject), "mono")] if waiver.subject else []),
                        style.mixed(
                            [
                                (words.noun(len(waiver.findings), "finding") + " ", "text"),
                                *to.finding_links(waiver.findings),
                            ]
                        ),
                    ],
                )
                for waiver in to.said.waivers
            ],
            (283, 200),
        ),
    ]


def _group(finding: Finding) -> int:
    if finding.outcome == "not_applicable":
        return 5
    if finding.outcome == "met":
        return 4
    if finding.upcoming:
        return 3
    if finding.waiver:
        return 2
    return 0 if finding.outcome == "not_met" else 1
