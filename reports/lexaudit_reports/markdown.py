"""An audit as Markdown, for a merge request, a wiki or a ticket; what a person wrote can neither format nor link."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lexaudit_reports import words
from lexaudit_reports.content import Content, content
from lexaudit_reports.finding import Finding

_SIGNS = {"met": "✅", "not_met": "❌", "not_determined": "❔", "not_applicable": "➖"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def render(audit: Mapping[str, Any]) -> str:
    """The conclusion, the findings that ask for something, all findings, the evidence and the limitations."""
    said = content(audit)
    parts = [
        _head(said),
        _conclusion(said),
        _open(said),
        _waived(said),
        _upcoming(said),
        _matrix(said),
        _evidence(said),
        _limitations(said),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(said: Content) -> str:
    return "\n".join(
        (
            f"# Audit report: {_plain(said.title)}",
            "",
            f"**{_plain(said.gate)}**",
            "",
            f"Law of {words.day(said.as_of)}, known on {words.moment(said.at)}, {_plain(said.engine)}, "
            f"policy {_plain(str(said.policy.get('name', 'not named')))}.",
            "",
            f"Audit {_code(said.id)}",
        )
    )


def _conclusion(said: Content) -> str:
    tally = said.tally
    rows = [
        ("met", words.share(tally.met, tally.applicable), words.share(tally.upcoming_met, tally.upcoming)),
        ("not met", words.share(tally.not_met, tally.applicable), words.share(tally.upcoming_not_met, tally.upcoming)),
        (
            "not determined",
            words.share(tally.not_determined, tally.applicable),
            words.share(tally.upcoming_not_determined, tally.upcoming),
        ),
        ("not applicable", f"{words.share(tally.not_applicable, tally.total)} in all", ""),
    ]
    lines = ["## Conclusion", "", _table(("Outcome", "In force", "Upcoming"), rows)]
    for pack in said.packs:
        lines += ["", f"**{_plain(f'{pack.title} {pack.version}')}**: {_plain(pack.verdict)}", ""]
        lines += [f"- {_plain(statement)}" for statement in pack.statements]
    return "\n".join(lines)


def _open(said: Content) -> str:
    if not said.top:
        return ""
    return "\n\n".join(["## Open, in force and not waived", *(_finding(finding, said) for finding in said.top)])


def _finding(finding: Finding, said: Content) -> str:
    lines = [
        f"### {_SIGNS[finding.outcome]} {words.OUTCOMES[finding.outcome]}: {_plain(finding.title)}",
        "",
        f"{_code(finding.id)}, {_plain(finding.cite)}, severity {finding.severity}, {finding.applies}"
        + (f"; {_plain(finding.effect)}" if finding.effect else "")
        + ".",
        "",
        _plain(finding.summary),
    ]
    lines += [
        "",
        *(
            f"- {words.OUTCOMES[each.outcome]} ({_plain(each.form)}): {_plain(each.say)} {_plain(each.because)}"
            + (" Evidence " + ", ".join(_code(said.label(id_)) for id_ in each.evidence) + "." if each.evidence else "")
            for each in finding.expectations
        ),
    ]
    if finding.missing:
        lines += ["", "Missing:", ""]
        lines += [
            f"- {_code(item.path)}: {_plain(item.reason)}. Ask {_plain(item.who or 'whoever knows')}: "
            f"{_plain(item.question)}"
            for item in finding.missing
        ]
    if finding.remedy:
        lines += ["", f"Next: {_plain(finding.remedy)}"]
    return "\n".join(lines)


def _waived(said: Content) -> str:
    rows = [
        (
            f"{_SIGNS[f.outcome]} {words.OUTCOMES[f.outcome]}",
            _code(f.id),
            _plain(f.cite),
            _plain(f.waiver.id),
            words.day(f.waiver.ends),
            _plain(f.waiver.approver),
        )
        for f in said.waived
        if f.waiver
    ]
    if not rows:
        return ""
    return "## Waived: the outcome stands\n\n" + _table(
        ("Outcome", "Finding", "Provision", "Waiver", "Until", "Approved by"), rows
    )


def _upcoming(said: Content) -> str:
    rows = [
        (
            words.day(f.in_force_from),
            f"{_SIGNS[f.outcome]} {words.OUTCOMES[f.outcome]}",
            _code(f.id),
            _plain(f.cite),
            f.severity,
        )
        for f in said.upcoming
    ]
    if not rows:
        return ""
    return "## Law to come\n\n" + _table(
        ("Applies from", "If it applied today", "Finding", "Provision", "Severity"), rows
    )


def _matrix(said: Content) -> str:
    if not said.findings:
        return "## All findings\n\nNo finding. Nothing was judged, and nothing is concluded."
    rows = [
        (
            f"{_SIGNS[f.outcome]} {words.OUTCOMES[f.outcome]}" + (", waived" if f.waiver else ""),
            _plain(f.cite),
            _plain(f.title),
            _plain(f.subject_title),
            f.applies,
            f.form,
            ", ".join(_code(said.label(id_)) for id_ in f.evidence),
        )
        for f in said.findings
    ]
    return "## All findings\n\n" + _table(
        ("Outcome", "Provision", "Rule", "Subject", "In force", "Rests on", "Evidence"), rows
    )


def _evidence(said: Content) -> str:
    if not said.register and not said.absent:
        return "## Evidence\n\nNo evidence was collected."
    rows = [
        (_code(piece.label), _plain(piece.collector), _code(piece.subject), _plain(piece.collected), _code(piece.id))
        for piece in said.register
    ]
    lines = (
        ["## Evidence", "", _table(("Evidence", "Collector", "On", "Collected", "Id"), rows)]
        if rows
        else ["## Evidence"]
    )
    if said.absent:
        lines += ["", "Could not be had:", ""]
        lines += [f"- {_plain(item.collector)} on {_code(item.subject)}: {_plain(item.reason)}" for item in said.absent]
    return "\n".join(lines)


def _limitations(said: Content) -> str:
    return "\n".join(
        ["## Limitations", "", *(f"- {_plain(item.text)} ({_plain(item.source)})" for item in said.limitations)]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """One line of text that formats nothing."""
    return _SPECIAL.sub(r"\\\1", _line(text))


def _code(text: str) -> str:
    """An identifier, set as code whatever is in it; fit for a table."""
    line = _line(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if line.startswith("`") or line.endswith("`") else f"{fence}{line}{fence}"


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " if c.isspace() else f"[U+{ord(c):04X}]" for c in text)
