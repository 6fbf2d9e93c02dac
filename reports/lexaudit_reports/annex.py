"""Registers, limitations and what people do with the report: sign it and verify it."""

from __future__ import annotations

from typing import Any

from reportlab.platypus import HRFlowable, KeepTogether, Spacer

from lexaudit_reports import words
from lexaudit_reports.register import Piece
from lexaudit_reports.setting import GAP, Setting, Story


def evidence(to: Setting) -> Story:
    said, style = to.said, to.style
    story = to.section("evidence")
    if not said.register:
        return [*story, *to.none("evidence")]
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
            *to.sub(f"{collector}: {words.count(len(pieces), 'piece')}"),
            *([about] if about else []),
            Spacer(0, 4),
        ]
        story += style.table(
            ("Evidence", "On, asked with", "Records and what was read", "Findings"),
            [
                (
                    [to.anchored(piece.label), *to.mono(piece.id, muted=True)],
                    [*to.mono(piece.subject), style.text(piece.parameters, "smallmuted")],
                    [
                        style.text(piece.sample),
                        *(
                            style.mixed([(name + GAP, "text"), (words.short_digest(digest, 8), "mono")])
                            for name, digest in (*piece.inputs, *piece.artifacts)
                        ),
                    ],
                    style.mixed(to.finding_links(piece.findings)),
                )
                for piece in pieces
            ],
            (137, 146, 154, 46),
        )
    read = sorted({(name, digest) for piece in said.register for name, digest in (*piece.inputs, *piece.artifacts)})
    if read:
        story += [
            *to.sub("What was read and kept, in full"),
            *style.table(("Name", "Digest"), [(name, to.mono(digest)) for name, digest in read], (170, 313)),
        ]
    if said.absent:
        story += [
            *to.sub("Could not be had"),
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


def facts(to: Setting) -> Story:
    said, style = to.said, to.style
    story = [*to.section("facts"), *to.sub("Attestations")]
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
        story += to.none("attestations")
    story += to.sub("Facts")
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
        story += to.none("facts")
    return story


def limitations(to: Setting) -> Story:
    said, style = to.said, to.style
    story = [
        *to.section("limitations"),
        *style.table(
            ("Not established", "Who says so"), [(item.text, item.source) for item in said.limitations], (363, 120)
        ),
    ]
    story += to.sub("Readings: where the law leaves room")
    readings = [(pack, reading) for pack in said.packs for reading in pack.readings]
    if not readings:
        return [*story, *to.none("readings")]
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


def glossary(to: Setting) -> Story:
    table = to.style.rows([(term, text) for term, text in to.wording.glossary.items()])
    return [*to.section("glossary", new_page=False), *([table] if table else [])]


def signoff(to: Setting) -> Story:
    style = to.style
    story = to.section("signoff")
    story.append(style.mixed([("Report ", "text"), (to.said.id, "mono")], "body"))
    for role in to.wording.signoff:
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
        table = style.rows([*(decision if role is to.wording.signoff[-1] else []), *lines], 110)
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


def verification(to: Setting) -> Story:
    style = to.style
    story = to.section("verification")
    for number, step in enumerate(to.wording.verification, 1):
        story.append(
            KeepTogether(
                [
                    style.text(f"{number}. {step.title}", "h2"),
                    style.text(step.text, "body"),
                    *(
                        [style.text(step.command.replace("{at}", to.said.at).replace("{as_of}", to.said.as_of), "code")]
                        if step.command
                        else []
                    ),
                ]
            )
        )
    table = style.rows(
        [
            ("Report", [style.text(to.said.id, "mono")]),
            ("Graph", [style.text(to.said.graph_digest, "mono")]),
            ("Policy", [style.text(str(to.said.policy.get("digest", "")), "mono")]),
            ("Engine", [style.text(to.said.engine_digest, "mono")]),
            *((f"Pack {pack.id}", [style.text(pack.digest, "mono")]) for pack in to.said.packs),
        ]
    )
    return [*story, *to.sub("Digests"), *([table] if table else [])]
