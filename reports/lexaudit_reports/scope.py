"""What was judged and against what: criteria, the system, its classification, the obligation matrix."""

from __future__ import annotations

import re
from typing import Any

from reportlab.platypus import KeepTogether, Spacer

from lexaudit_reports import words
from lexaudit_reports.chart import LineagePicture
from lexaudit_reports.finding import Finding
from lexaudit_reports.setting import GAP, Setting, Story


def scope(to: Setting) -> Story:
    said, style = to.said, to.style
    story = to.section("scope")
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
    story += to.sub("Rule packs and the law they read")
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
    story += to.sub("Registered thresholds")
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
        story += to.none("thresholds")
    story += [*to.sub("Exclusions", need=60), *to.none("exclusions")]
    return story


def system(to: Setting) -> Story:
    said, style = to.said, to.style
    story = to.section("system")
    for title, rows in said.systems:
        part = style.rows([(name, [style.text(text, "mono")] if name == "Identity" else text) for name, text in rows])
        story += [*to.sub(title), *([part] if part else [])]
    if said.roles:
        story += [*to.sub("Roles"), *style.table(("Organisation", "Role", "For"), said.roles, (180, 110, 193))]
    if not said.lineage.drawable:
        story += to.sub("Lineage")
    if said.lineage.drawable:
        to.figures += 1
        story += [
            KeepTogether(
                [
                    style.text("Lineage", "h2"),
                    Spacer(0, 3),
                    LineagePicture(style, said.lineage),
                    style.text(
                        f"Figure {to.figures}. What flows into what, as described; causes stand above effects, a "
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
        story += to.none("lineage")
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


def classification(to: Setting) -> Story:
    said, style = to.said, to.style
    story = to.section("classification")
    derived = [fact for fact in said.facts if fact.origin == "derived" and fact.known]
    open_ = [fact for fact in said.facts if not fact.known]
    answers = [fact for fact in said.facts if fact.origin != "derived" and fact.known]
    if not said.facts:
        return [*story, *to.none("facts")]
    if derived:
        story += [
            *to.sub("Derived"),
            *style.table(
                ("Fact", "Value", "Because", "Provision", "From"),
                [
                    (
                        [*to.mono(fact.path), *to.mono(fact.subject, muted=True)],
                        fact.value,
                        fact.because,
                        fact.cite,
                        to.mono(", ".join(fact.reads), muted=True),
                    )
                    for fact in derived
                ],
                (125, 44, 124, 80, 110),
            ),
        ]
    if open_:
        story += [
            *to.sub("Open"),
            *style.table(
                ("Fact", "What is missing", "Question", "Who can answer"),
                [
                    (
                        [*to.mono(fact.path), *to.mono(fact.subject, muted=True)],
                        to.mono(*(item.path for item in fact.missing)),
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
            *to.sub("Answers"),
            *style.table(
                ("Fact", "Question", "Value", "Given by"),
                [
                    (
                        [*to.mono(fact.path), *to.mono(fact.subject, muted=True)],
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


def matrix(to: Setting) -> Story:
    said, style = to.said, to.style
    story = to.section("matrix")
    if not said.findings:
        return [*story, *to.none("findings")]
    for pack in said.packs:
        findings = sorted((f for f in said.findings if f.pack == pack.id), key=lambda f: (_article(f), f.number))
        if not findings:
            continue
        story += to.sub(f"{pack.title} {pack.version}")
        story += style.table(
            ("No.", "Provision and rule", "Subject", "Applies", "Outcome", "Rests on"),
            [
                (
                    style.mixed([(str(f.number), "text", f"finding-{f.number}")]),
                    [style.text(f.cite, "strong"), style.text(words.shorten(f.title, 200))],
                    [style.text(f.subject_title), style.text(f.subject_label, "monomuted")],
                    words.day(f.in_force_from) if f.in_force_from else "never",
                    to.mark(f),
                    [style.text(f.form), *([style.mixed(to.evidence_links(f.evidence))] if f.evidence else [])],
                )
                for f in findings
            ],
            (24, 127, 119, 60, 90, 63),
        )
    return story


def _article(finding: Finding) -> list[Any]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d{1,9})", finding.cite) if part]
