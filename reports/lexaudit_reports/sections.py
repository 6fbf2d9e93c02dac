"""The sections of the printed report, one function each, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from reportlab.platypus import Flowable, HRFlowable, KeepTogether, NextPageTemplate, PageBreak, Spacer

from lexaudit_reports import words
from lexaudit_reports.chart import MOST_GROUPS, CurveChart, LineagePicture, RatesChart, Shares
from lexaudit_reports.content import Content, Expectation, Finding, Pack, Piece, Waiver
from lexaudit_reports.layout import LEFT, SIGNATURE_BOX, WIDTH, Heading, Mark, Style, room
from lexaudit_reports.measured import Estimate, Rates, Result
from lexaudit_reports.template import Wording

Story: TypeAlias = list[Any]
"""Flowables; reportlab has no types."""
Cell: TypeAlias = Any
"""Text, a flowable, or flowables one below the other."""

_STATUS = {"open": "met", "closed": "not_met", "not determined": "not_determined"}
GAP = "\u00a0\u00a0 "
"""Room between two things in one line; plain spaces would be drawn as one."""
TOP_ON_CONCLUSION = 6
FINDINGS_IN_CONTENTS = 18


class Sections:
    """Sets what the content says; decides nothing."""

    def __init__(self, said: Content, style: Style, wording: Wording, attached: Sequence[str]) -> None:
        self.said, self.style, self.wording, self.attached = said, style, wording, attached
        self.figures = 0

    def story(self, pages: Mapping[str, int]) -> Story:
        """The whole report; `pages` says on which page each heading came to stand in the pass before."""
        self.figures = 0
        parts = (
            self.cover(),
            self.conclusion(),
            self.contents(pages),
            self.scope(),
            self.system(),
            self.classification(),
            self.matrix(),
            self.results(),
            self.findings(),
            self.upcoming(),
            self.waivers(),
            self.evidence(),
            self.facts(),
            self.limitations(),
            self.glossary(),
            self.signoff(),
            self.verification(),
        )
        return [flowable for part in parts for flowable in part]

    # what every section uses

    def section(self, name: str, *, new_page: bool = True) -> Story:
        heading = Heading(f"section-{name}", getattr(self.wording.sections, name), 0)
        start: Story = [PageBreak()] if new_page else [room(190)]
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

    # the sections

    def cover(self) -> Story:
        said, style, label = self.said, self.style, self.wording.cover
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
            (label.attached, ", ".join(self.attached) or "nothing"),
        ]
        table = style.rows(rows, 92)
        return [
            Spacer(0, 26),
            style.text(label.kind, "kind"),
            style.text(said.title.replace("\n", " "), "title"),
            style.text(label.subtitle, "subtitle"),
            self.status(),
            Spacer(0, 20),
            *([table] if table else []),
            NextPageTemplate("page"),
        ]

    def status(self) -> Flowable:
        name = _STATUS[self.said.status]
        return self.style.box(
            [
                Mark(self.style, name, f"{self.wording.cover.status} {self.said.status}", size=11.5),
                Spacer(0, 4),
                self.style.text(self.said.gate, "body"),
            ],
            name,
        )

    def seal(self, canvas: Any) -> None:
        """The foot of the cover: the box for the seal, and how to verify; drawn at a fixed place."""
        style, label = self.style, self.wording.cover
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
        command = style.text(self.wording.verification[0].command if self.wording.verification else "", "code")
        _, height = command.wrap(LEFT + WIDTH - x, 80)
        command.drawOn(canvas, x, top - 6 - height)
        canvas.restoreState()

    def conclusion(self) -> Story:
        said, style = self.said, self.style
        story = [*self.section("conclusion"), self.status(), Spacer(0, 10)]
        for pack in said.packs:
            story.append(KeepTogether(self.framework(pack)))
        rules = _by_rule(said.top)
        story += self.sub("What stands open first")
        if not rules:
            story += self.none("top" if said.findings else "findings")
        else:
            story += style.table(
                ("No.", "Finding", "Provision", "Outcome"),
                [
                    (
                        style.mixed(self.finding_links([finding.number for finding in group])),
                        [
                            style.text(words.shorten(group[0].title, 120), "strong"),
                            style.text(words.shorten(group[0].summary, 130)),
                        ],
                        [style.text(group[0].cite), style.text(group[0].severity, "smallmuted")],
                        self.mark(group[0]),
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
                            (self.wording.sections.findings, "text", "section-findings"),
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

    def framework(self, pack: Pack) -> Story:
        style, tally = self.style, pack.tally
        parts = [("met", tally.met), ("not_met", tally.not_met), ("not_determined", tally.not_determined)]
        story: Story = [
            style.mixed([(f"{pack.title} {pack.version}", "bold"), (f"{GAP}{pack.verdict}", "text")], "h3"),
            Spacer(0, 2),
        ]
        if tally.applicable:
            story += [Shares(style, parts), Spacer(0, 4)]
        return [*story, *(style.text(text) for text in pack.statements), Spacer(0, 6)]

    def contents(self, pages: Mapping[str, int]) -> Story:
        style, said = self.style, self.said
        entries = [
            (f"section-{name}", title, 0)
            for name, title in self.wording.sections.model_dump().items()
            if name != "contents"
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
        return [*self.section("contents"), *table]

    def scope(self) -> Story:
        said, style = self.said, self.style
        story = self.section("scope")
        table = style.rows(
            [
                ("Date of law", words.day(said.as_of)),
                ("Time of knowledge", words.moment(said.at)),
                ("Judged", [style.text(f"graph {said.graph_digest}", "mono")]),
                ("Engine", [style.text(said.engine), style.text(said.engine_digest, "mono")]),
                (
                    "Policy",
                    [
                        style.text(str(said.policy.get("name", "not named"))),
                        style.text(str(said.policy.get("digest", "")), "mono"),
                    ],
                ),
                ("Gate", f"closes from severity {said.block_at}"),
                ("Seed", str(said.policy.get("seed", "not stated"))),
            ]
        )
        story += [table] if table else []
        story += self.sub("Rule packs and the law they read")
        for pack in said.packs:
            cells = [
                (
                    "Pack",
                    [
                        style.mixed(
                            [(f"{pack.title} {pack.version}", "bold"), (f"{GAP}{pack.id}, {pack.jurisdiction}", "text")]
                        ),
                        style.text(f"{words.count(pack.rules, 'rule')}, {words.count(pack.tally.total, 'finding')}"),
                        style.text(pack.digest, "mono"),
                    ],
                )
            ]
            cells += [
                (
                    "Instrument",
                    [
                        style.text(str(item["title"])),
                        style.text(
                            f"CELEX {item.get('celex') or 'not stated'}, as consolidated on "
                            f"{words.day(item.get('consolidated'))}"
                        ),
                        style.text(str(item.get("eli") or ""), "mono"),
                    ],
                )
                for item in pack.instruments
            ]
            part = style.rows(cells)
            story += [part, Spacer(0, 6)] if part else []
        story += self.sub("Registered thresholds")
        if said.thresholds:
            story += style.table(
                ("Threshold", "Value", "What it limits", "Source and force", "Registered"),
                [
                    (
                        [style.text(item.name, "mono")],
                        item.value,
                        item.meaning,
                        f"{item.source} ({item.force})",
                        item.registered,
                    )
                    for item in said.thresholds
                ],
                (108, 36, 112, 150, 77),
                (1,),
            )
        else:
            story += self.none("thresholds")
        story += [*self.sub("Exclusions", need=60), *self.none("exclusions")]
        return story

    def system(self) -> Story:
        said, style = self.said, self.style
        story = self.section("system")
        for title, rows in said.systems:
            part = style.rows(
                [(name, [style.text(text, "mono")] if name == "Identity" else text) for name, text in rows]
            )
            story += [*self.sub(title), *([part] if part else [])]
        if said.roles:
            story += [*self.sub("Roles"), *style.table(("Organisation", "Role", "For"), said.roles, (180, 110, 193))]
        if not said.lineage.drawable:
            story += self.sub("Lineage")
        if said.lineage.drawable:
            self.figures += 1
            story += [
                KeepTogether(
                    [
                        style.text("Lineage", "h2"),
                        Spacer(0, 3),
                        LineagePicture(style, said.lineage),
                        style.text(
                            f"Figure {self.figures}. What flows into what, as described; causes stand above effects, a "
                            "broken line is inferred or closes a circle. From the graph "
                            f"{words.short_digest(said.graph_digest)}.",
                            "caption",
                        ),
                    ]
                )
            ]
        elif said.lineage.boxes:
            titles = {box.id: box.title for box in said.lineage.boxes}
            story += style.table(
                ("From", "Step", "To"),
                [
                    (
                        titles[arrow.source],
                        arrow.relation
                        + (" (inferred)" if arrow.inferred else "")
                        + (" (closes a circle)" if arrow.back else ""),
                        titles[arrow.target],
                    )
                    for arrow in said.lineage.arrows
                ],
                (190, 103, 190),
            )
        else:
            story += self.none("lineage")
        if said.parts:
            story += style.table(
                ("Kind", "Title", "Identity and digest of the content"),
                [
                    (kind, title, [style.text(id_, "mono"), style.text(digest or "no digest stated", "monomuted")])
                    for kind, title, id_, digest in said.parts
                ],
                (62, 128, 293),
            )
        story += [style.text(note, "body") for note in said.notes]
        return story

    def classification(self) -> Story:
        said, style = self.said, self.style
        story = self.section("classification")
        derived = [fact for fact in said.facts if fact.origin == "derived" and fact.known]
        open_ = [fact for fact in said.facts if not fact.known]
        answers = [fact for fact in said.facts if fact.origin != "derived" and fact.known]
        if not said.facts:
            return [*story, *self.none("facts")]
        if derived:
            story += [
                *self.sub("Derived"),
                *style.table(
                    ("Fact", "Value", "Because", "Provision", "From"),
                    [
                        (
                            [*self.mono(fact.path), *self.mono(fact.subject, muted=True)],
                            fact.value,
                            fact.because,
                            fact.cite,
                            self.mono(", ".join(fact.reads), muted=True),
                        )
                        for fact in derived
                    ],
                    (125, 44, 124, 80, 110),
                ),
            ]
        if open_:
            story += [
                *self.sub("Open"),
                *style.table(
                    ("Fact", "What is missing", "Question", "Who can answer"),
                    [
                        (
                            [*self.mono(fact.path), *self.mono(fact.subject, muted=True)],
                            self.mono(*(item.path for item in fact.missing)),
                            [
                                style.text(text)
                                for text in dict.fromkeys(item.question for item in fact.missing if item.question)
                            ]
                            or fact.question
                            or "not stated",
                            ", ".join(dict.fromkeys(item.who for item in fact.missing if item.who))
                            or fact.who
                            or "whoever knows",
                        )
                        for fact in open_
                    ],
                    (125, 125, 163, 70),
                ),
            ]
        if answers:
            story += [
                *self.sub("Answers"),
                *style.table(
                    ("Fact", "Question", "Value", "Given by"),
                    [
                        (
                            [*self.mono(fact.path), *self.mono(fact.subject, muted=True)],
                            fact.question or fact.cite,
                            fact.value,
                            fact.given or "nobody is named in the description",
                        )
                        for fact in answers
                    ],
                    (142, 149, 62, 130),
                ),
            ]
        return story

    def matrix(self) -> Story:
        said, style = self.said, self.style
        story = self.section("matrix")
        if not said.findings:
            return [*story, *self.none("findings")]
        for pack in said.packs:
            findings = sorted((f for f in said.findings if f.pack == pack.id), key=lambda f: (_article(f), f.number))
            if not findings:
                continue
            story += self.sub(f"{pack.title} {pack.version}")
            story += style.table(
                ("No.", "Provision and rule", "Subject", "Applies", "Outcome", "Rests on"),
                [
                    (
                        style.mixed([(str(f.number), "text", f"finding-{f.number}")]),
                        [style.text(f.cite, "strong"), style.text(words.shorten(f.title, 200))],
                        [style.text(f.subject_title), style.text(f.subject_label, "monomuted")],
                        words.day(f.in_force_from) if f.in_force_from else "never",
                        self.mark(f),
                        [style.text(f.form), *([style.mixed(self.evidence_links(f.evidence))] if f.evidence else [])],
                    )
                    for f in findings
                ],
                (24, 127, 119, 60, 90, 63),
            )
        return story

    def results(self) -> Story:
        said, style = self.said, self.style
        story = self.section("results")
        if not said.results and not said.absent:
            return [*story, *self.none("results")]
        for result in said.results:
            if result.document is None:
                story += self.result(result)
        documents = [(result, result.document) for result in said.results if result.document]
        if documents:
            story += [
                *self.sub("Documents", "results-documents"),
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
                            style.mixed(self.evidence_links([result.evidence])),
                            style.mixed(self.finding_links(result.asked_by)),
                        )
                        for result, document in documents
                    ],
                    (100, 115, 32, 40, 88, 62, 46),
                ),
            ]
        if said.absent:
            story += [
                *self.sub("What could not be measured"),
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

    def result(self, result: Result) -> Story:
        style = self.style
        about = style.rows(
            [
                (
                    "Evidence",
                    style.mixed([*self.evidence_links([result.evidence]), (f"{GAP}{result.subject}", "mono")]),
                ),
                ("Method", result.method),
                ("Records", style.mixed(_ticked(result.sample))),
                ("Rests on it", style.mixed([("findings ", "text"), *self.finding_links(result.asked_by)])),
                ("Left out", "; ".join(result.excluded)),
                ("Also found", "; ".join(f"{name}: {text}" for name, text in result.table) if result.rates else ""),
                ("Does not show", [style.text(words.sentence(text)) for text in result.limits]),
            ]
        )
        story: Story = [
            *self.sub(result.title, f"results-{result.label}", 170),
            *([about] if about else []),
            Spacer(0, 8),
        ]
        for rates in result.rates:
            story += self.rates(result, rates)
        if result.curve:
            self.figures += 1
            numbers = dict.fromkeys(words.number(point.n) for _, point in result.curve.points if point.n)
            story.append(
                KeepTogether(
                    [
                        CurveChart(style, result.curve),
                        style.mixed(
                            [
                                (
                                    f"Figure {self.figures}. Accuracy against the strength of the attack. Dots are "
                                    f"estimates, the band is their interval; n = {', '.join(numbers)}. ",
                                    "text",
                                ),
                                *self.evidence_links([result.evidence]),
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

    def rates(self, result: Result, rates: Rates) -> Story:
        style, name = self.style, words.plain_name(rates.metric)
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
        self.figures += 1
        caption: list[tuple[str, ...]] = [
            (
                f"Figure {self.figures}. {name} by {', '.join(a for a, _ in rates.groups)}. Dots are "
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
        caption += [*self.evidence_links([result.evidence]), (f"{GAP}value.{rates.metric}", "mono")]
        return [KeepTogether([RatesChart(style, rates), style.mixed(caption, "caption")])]

    def findings(self) -> Story:
        story = self.section("findings")
        if not self.said.findings:
            return [*story, *self.none("findings")]
        titles = (
            "Not met, in force",
            "Not determined, in force",
            "Waived",
            "Not met or not determined under law to come",
            "Met",
            "Not applicable",
        )
        groups: list[list[Finding]] = [[], [], [], [], [], []]
        for finding in self.said.findings:
            groups[_group(finding)].append(finding)
        for title, group in zip(titles, groups, strict=True):
            if group:
                story += self.sub(f"{title}: {words.share(len(group), len(self.said.findings))} findings", need=190)
                for number, finding in enumerate(group):
                    story += ([room(130)] if number else []) + self.finding(finding)
        return story

    def finding(self, finding: Finding) -> Story:
        style = self.style
        heading = style.heading(
            Heading(f"finding-{finding.number}", f"{finding.number}{GAP}{finding.title}", 1), "h3", before=0, keep=False
        )
        head: Story = [
            HRFlowable(WIDTH, 0.6, color=style.colour(finding.outcome), spaceBefore=12, spaceAfter=5, lineCap="butt"),
            heading,
            style.text(finding.id, "monomuted"),
            Spacer(0, 3),
        ]
        rows: list[tuple[str, Any]] = [("Outcome", [self.mark(finding), style.mixed(_ticked(finding.summary))])]
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
        asked = [
            style.mixed(
                [
                    (f"{provision.cite}. ", "bold"),
                    *_ticked(provision.summary),
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
            rows.append((f"Why ({number})", self.expectation(expectation)))
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
            rows.append(("Waiver", self.waiver_text(finding.waiver)))
        table = style.rows(rows, 70)
        return [*head, *([table] if table else []), Spacer(0, 6)]

    def expectation(self, expectation: Expectation) -> Story:
        style = self.style
        sure = "It would hold only because there was nothing to check. " if expectation.vacuous else ""
        lines: Story = [
            style.mixed(
                [
                    (expectation.say + " ", "text"),
                    (words.OUTCOMES[expectation.outcome].capitalize(), "bold"),
                    (f" ({expectation.form}): ", "text"),
                    *_ticked(f"{expectation.because} {sure}".rstrip()),
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
            lines.append(style.mixed([(f"Observed{GAP}", "muted"), *_ticked(said)]))
        if expectation.evidence:
            lines.append(style.mixed([(f"Evidence{GAP}", "muted"), *self.evidence_links(expectation.evidence)]))
        if expectation.facts:
            lines.append(style.mixed([(f"Facts{GAP}", "muted"), (", ".join(expectation.facts), "mono")]))
        if expectation.path:
            lines.append(style.mixed([(f"Lineage{GAP}", "muted"), (" → ".join(expectation.path), "mono")]))
        return lines

    def waiver_text(self, waiver: Waiver) -> Story:
        style = self.style
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

    def upcoming(self) -> Story:
        said, style = self.said, self.style
        story = self.section("upcoming", new_page=bool(said.upcoming))
        if not said.upcoming:
            return [*story, *self.none("upcoming")]
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
                style.mixed(self.finding_links([finding.number])),
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

    def waivers(self) -> Story:
        story = self.section("waivers", new_page=False)
        if not self.said.waivers:
            return [*story, *self.none("waivers")]
        style = self.style
        return [
            *story,
            *style.table(
                ("Waiver", "Lies over"),
                [
                    (
                        self.waiver_text(waiver),
                        [
                            style.text(waiver.rule, "mono"),
                            *([style.text(words.label(waiver.subject), "mono")] if waiver.subject else []),
                            style.mixed([("findings ", "text"), *self.finding_links(waiver.findings)]),
                        ],
                    )
                    for waiver in self.said.waivers
                ],
                (283, 200),
            ),
        ]

    def evidence(self) -> Story:
        said, style = self.said, self.style
        story = self.section("evidence")
        if not said.register:
            return [*story, *self.none("evidence")]
        alike: dict[tuple[Any, ...], list[Piece]] = {}
        for piece in said.register:
            alike.setdefault(
                (piece.collector, piece.method, piece.collected, piece.seed, piece.environment, piece.limits), []
            ).append(piece)
        for (collector, method, collected, seed, environment, limits), pieces in alike.items():
            about = style.rows(
                [
                    ("Method", method),
                    ("Collected", f"{collected}; seed {seed}; {environment}"),
                    (
                        "Does not show",
                        [style.text(text) for text in limits] or [style.text("The collector names no limit.")],
                    ),
                ],
                70,
            )
            story += [
                *self.sub(f"{collector}: {words.count(len(pieces), 'piece')}"),
                *([about] if about else []),
                Spacer(0, 4),
            ]
            story += style.table(
                ("Evidence", "On, asked with", "Records and what was read", "Findings"),
                [
                    (
                        [self.anchored(piece.label), *self.mono(piece.id, muted=True)],
                        [*self.mono(piece.subject), style.text(piece.parameters, "smallmuted")],
                        [
                            style.text(piece.sample),
                            *(
                                style.mixed([(name + GAP, "text"), (words.short_digest(digest, 8), "mono")])
                                for name, digest in (*piece.inputs, *piece.artifacts)
                            ),
                        ],
                        style.mixed(self.finding_links(piece.findings)),
                    )
                    for piece in pieces
                ],
                (137, 146, 154, 46),
            )
        read = sorted({(name, digest) for piece in said.register for name, digest in (*piece.inputs, *piece.artifacts)})
        if read:
            story += [
                *self.sub("What was read and kept, in full"),
                *style.table(("Name", "Digest"), [(name, self.mono(digest)) for name, digest in read], (170, 313)),
            ]
        if said.absent:
            story += [
                *self.sub("Could not be had"),
                *style.table(
                    ("Measurement", "On", "Why not"),
                    [
                        (absent.collector, [style.text(absent.subject, "mono")], words.sentence(absent.reason))
                        for absent in said.absent
                    ],
                    (85, 160, 238),
                ),
            ]
        return story

    def facts(self) -> Story:
        said, style = self.said, self.style
        story = [*self.section("facts"), *self.sub("Attestations")]
        if said.attestations:
            story += style.table(
                ("Question of rule", "About", "Answer", "By, on", "Statement and evidence"),
                [
                    (
                        [style.text(item.rule, "mono")],
                        [style.text(item.subject, "mono")],
                        item.answer,
                        f"{item.by}, {item.on}",
                        [
                            style.text(item.statement),
                            *([style.text(", ".join(item.evidence), "monomuted")] if item.evidence else []),
                        ],
                    )
                    for item in said.attestations
                ],
                (110, 92, 40, 91, 150),
            )
        else:
            story += self.none("attestations")
        story += self.sub("Facts")
        if said.facts:
            story += style.table(
                ("Fact", "Origin", "Value", "Read at, from"),
                [
                    (
                        [style.text(fact.id, "mono")],
                        fact.origin,
                        fact.value,
                        [
                            *([style.text(fact.place, "monomuted")] if fact.place else []),
                            *([style.text(fact.given)] if fact.given else []),
                            *([style.text(fact.cite, "smallmuted")] if fact.cite else []),
                        ],
                    )
                    for fact in said.facts
                ],
                (190, 50, 90, 153),
            )
        else:
            story += self.none("facts")
        return story

    def limitations(self) -> Story:
        said, style = self.said, self.style
        story = [
            *self.section("limitations"),
            *style.table(
                ("Not established", "Who says so"), [(item.text, item.source) for item in said.limitations], (363, 120)
            ),
        ]
        story += self.sub("Readings: where the law leaves room")
        readings = [(pack, reading) for pack in said.packs for reading in pack.readings]
        if not readings:
            return [*story, *self.none("readings")]
        return [
            *story,
            *style.table(
                ("Reading taken", "The other", "How sure"),
                [
                    (
                        [
                            style.text(words.sentence(str(reading.get("statement", "")))),
                            style.text(f"{pack.id}/{reading.get('id', '')}", "monomuted"),
                        ],
                        words.sentence(str(reading.get("alternative") or "none stated")),
                        str(reading.get("certainty") or "not stated"),
                    )
                    for pack, reading in readings
                ],
                (213, 160, 110),
            ),
        ]

    def glossary(self) -> Story:
        table = self.style.rows([(term, text) for term, text in self.wording.glossary.items()])
        return [*self.section("glossary", new_page=False), *([table] if table else [])]

    def signoff(self) -> Story:
        style = self.style
        story = self.section("signoff")
        story.append(style.mixed([("Report ", "text"), (self.said.id, "mono")], "body"))
        for role in self.wording.signoff:
            lines = [
                (
                    label,
                    [Spacer(0, 15), HRFlowable("100%", 0.5, color=style.colour("muted"), spaceBefore=0, spaceAfter=0)],
                )
                for label in ("Name and function", "Place and date", "Signature")
            ]
            decision = [
                (
                    "Decision",
                    [Spacer(0, 34), HRFlowable("100%", 0.5, color=style.colour("muted"), spaceBefore=0, spaceAfter=0)],
                )
            ]
            table = style.rows([*(decision if role is self.wording.signoff[-1] else []), *lines], 110)
            story.append(
                KeepTogether(
                    [
                        style.text(role.role, "h2"),
                        style.text(role.statement, "body"),
                        *([table] if table else []),
                        Spacer(0, 10),
                    ]
                )
            )
        return story

    def verification(self) -> Story:
        style = self.style
        story = self.section("verification")
        for number, step in enumerate(self.wording.verification, 1):
            story.append(
                KeepTogether(
                    [
                        style.text(f"{number}. {step.title}", "h2"),
                        style.text(step.text, "body"),
                        *([style.text(step.command, "code")] if step.command else []),
                    ]
                )
            )
        table = style.rows(
            [
                ("Report", [style.text(self.said.id, "mono")]),
                ("Graph", [style.text(self.said.graph_digest, "mono")]),
                ("Policy", [style.text(str(self.said.policy.get("digest", "")), "mono")]),
                ("Engine", [style.text(self.said.engine_digest, "mono")]),
                *((f"Pack {pack.id}", [style.text(pack.digest, "mono")]) for pack in self.said.packs),
            ]
        )
        return [*story, *self.sub("Digests"), *([table] if table else [])]


def _ticked(text: str) -> list[tuple[str, ...]]:
    """A sentence in which code stands between backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [(text, "text")]
    return [(part, "mono" if number % 2 else "text") for number, part in enumerate(parts) if part]


def _by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings of one rule and one outcome together, in order of the first."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.pack, finding.rule, finding.outcome), []).append(finding)
    return list(groups.values())


def _of(estimate: Estimate) -> str:
    if estimate.n is None:
        return ""
    n = estimate.figures[3].text
    return f"{estimate.figures[4].text} of {n}" if estimate.k is not None else f"n = {n}"


def _article(finding: Finding) -> list[Any]:
    import re

    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d{1,9})", finding.cite) if part]


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
