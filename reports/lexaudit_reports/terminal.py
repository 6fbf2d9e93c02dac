"""What the command line prints about an audit: plain text, 80 columns, the same with and without colour."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from lexaudit.errors import InputError
from lexaudit.graph.lineage import VERBS, way_in_words
from lexaudit_reports import words
from lexaudit_reports.content import Content, content
from lexaudit_reports.finding import Expectation, Finding
from lexaudit_reports.framework import Tally

WIDTH = 80
SCREEN = 40
"""A result longer than this ends with the gate's sentence again, because its beginning has scrolled away."""

MARKS = {"met": "+", "not_met": "x", "not_determined": "?", "not_applicable": "-"}
"""The sign of each outcome; the word always stands beside it."""
_COLOURS = {"met": "32", "not_met": "31", "not_determined": "33", "not_applicable": "2", "bold": "1", "faint": "2"}


class _Page:
    """Collects lines, wrapped to the width; colour is laid over at the end and never carries meaning."""

    def __init__(self, colour: bool) -> None:
        self.lines: list[str] = []
        self.colour = colour

    def say(self, text: str, indent: int = 0, hang: int | None = None, style: str = "") -> None:
        """A paragraph; its following lines are indented by `hang`."""
        first, rest = " " * indent, " " * (indent if hang is None else hang)
        wrapped = textwrap.wrap(
            _clean(text), WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        ) or [""]
        self.lines += [self.paint(line, style) for line in wrapped]

    def field(self, name: str, text: str, indent: int = 4) -> None:
        """`name  text`, with the text aligned; nothing when there is no text."""
        if text:
            self.say(f"{name:<10}{_clean(text)}", indent, indent + 10)

    def head(self, text: str) -> None:
        """A heading, after an empty line."""
        self.gap()
        self.lines.append(self.paint(text, "bold"))

    def gap(self) -> None:
        """One empty line, never two."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def paint(self, text: str, style: str) -> str:
        """Colour, where it is wanted."""
        code = _COLOURS.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text

    def text(self) -> str:
        """Everything, with one newline at the end."""
        return "\n".join(self.lines).rstrip("\n") + "\n"


def summary(audit: Mapping[str, Any], *, colour: bool = False) -> str:
    """The result of `audit` and `gate`: the gate, counts with denominators, and what stands between it and open."""
    said = content(audit)
    page = _Page(colour)
    page.say(said.gate, style={"open": "met", "closed": "not_met"}.get(said.status, "not_determined"))
    page.say(f"{said.title} · law of {words.day(said.as_of)} · known on {words.moment(said.at)}")
    page.say(f"audit {said.id}", style="faint")
    _counts(page, said)

    in_force = [finding for finding in said.top if finding.outcome == "not_met"]
    closing = [finding for finding in in_force if finding.gate == "closed"]
    if closing:
        page.head(f"Closing the gate ({words.count(len(closing), 'finding')})")
        _entries(page, closing)
    other = [finding for finding in in_force if finding.gate != "closed"]
    if other:
        page.head(f"Not met, below the blocking severity {said.block_at} ({words.count(len(other), 'finding')})")
        _entries(page, other)
    open_ = [finding for finding in said.top if finding.outcome == "not_determined"]
    if open_:
        page.head(f"Not determined ({words.count(len(open_), 'finding')}): nothing is concluded about these")
        _entries(page, open_, steps=False)
        page.head("Who could settle them")
        for who in dict.fromkeys(question.who for question in said.questions):
            page.say(who, 2)
            for question in said.questions:
                if question.who == who:
                    page.say(f"- {question.question}", 4, 6)
                    for path in question.paths:
                        page.say(path, 6, 8, "faint")
    if said.waived:
        page.head(f"Waived ({words.count(len(said.waived), 'finding')}): the outcome stands, the risk is accepted")
        for finding in said.waived:
            if finding.waiver:
                page.say(f"{MARKS[finding.outcome]} {finding.id}", 2, 4, finding.outcome)
                page.say(
                    f"{words.OUTCOMES[finding.outcome]} · {finding.cite} · waiver {finding.waiver.id} until "
                    f"{words.day(finding.waiver.ends)}, approved by {finding.waiver.approver}",
                    4,
                )
    coming = [
        finding for finding in said.upcoming if finding.outcome in ("not_met", "not_determined") and not finding.waiver
    ]
    if coming:
        page.head(f"Upcoming ({words.count(len(coming), 'finding')}): not in force on {words.day(said.as_of)}")
        for finding in coming:
            page.say(f"{MARKS[finding.outcome]} {finding.id}", 2, 4, finding.outcome)
            page.say(f"{words.OUTCOMES[finding.outcome]} · {finding.cite} · {finding.severity} · {finding.applies}", 4)
    if said.top or said.waived or coming:
        page.gap()
        page.say("`lexaudit explain FINDING` says why, expectation by expectation.", style="faint")
    if len(page.lines) > SCREEN:
        page.gap()
        page.say(said.gate, style={"open": "met", "closed": "not_met"}.get(said.status, "not_determined"))
    return page.text()


def explanation(
    audit: Mapping[str, Any], finding_id: str, *, remedies: Mapping[str, Any] | None = None, colour: bool = False
) -> str:
    """Why one finding came out as it did, for `explain`, and what would change it.

    Raises `InputError` for a finding that is not there.
    """
    said = content(audit)
    finding = said.finding(finding_id)
    if finding is None:
        raise InputError(f"no finding `{finding_id}` in this audit", advice=_near(finding_id, said.findings))
    page = _Page(colour)
    page.say(f"{finding.title}: {words.OUTCOMES[finding.outcome]}", style=finding.outcome)
    page.say(finding.id, style="faint")
    page.gap()
    page.field("subject", f"{finding.subject_title} ({finding.subject}), declared at {finding.subject_place}", 2)
    page.field("severity", finding.severity, 2)
    page.field("rests on", f"{finding.form}: {words.FORMS.get(finding.form, finding.form)}", 2)
    page.field("in force", finding.applies + (f": {finding.date_note}" if finding.date_note else ""), 2)
    page.field("gate", finding.effect, 2)
    page.gap()
    page.say(finding.summary, 2)
    page.head("What the law asks")
    for _, alike in groupby(finding.provisions, lambda provision: (provision.holder, provision.penalty)):
        # provisions in a row that the same one owes at the same risk, such as the contents of one document
        group = list(alike)
        for provision in group:
            page.say(f"{provision.cite} ({provision.celex})", 2)
            page.say(provision.summary, 4)
        page.field("owed by", group[0].holder)
        page.field("penalty", group[0].penalty)
    page.head("Why")
    relations = {
        (words.label(edge["source"]), words.label(edge["target"])): edge["relation"]
        for edge in audit["graph"]["edges"]
        if edge["relation"] in VERBS
    }
    for number, expectation in enumerate(finding.expectations, 1):
        _expectation(page, number, expectation, said, relations)
    if finding.waiver:
        page.head("Waiver: it changes no outcome")
        page.field("id", f"{finding.waiver.id}, until {words.day(finding.waiver.ends)}", 2)
        page.field("approved", finding.waiver.approver, 2)
        page.field("reason", finding.waiver.reason, 2)
        page.field("instead", finding.waiver.compensating, 2)
    if remedies is not None:
        _remedies(page, remedies)
    if finding.remedy:
        page.head("Next step")
        page.say(finding.remedy, 2)
    return page.text()


_SETS = 5
"""Sets of changes that an explanation shows."""


def _remedies(page: _Page, remedies: Mapping[str, Any]) -> None:
    """The sets of changes that were found, those that only need something to be supplied first."""
    page.head("What would change it")
    alone = _alternatives(remedies["found"])
    scope = [remedy for remedy in alone if remedy["outcome"] == "not_applicable" and _known(remedy)]
    found = sorted((remedy for remedy in alone if remedy not in scope), key=_known)
    for remedy in found[:_SETS]:
        page.say(f"{MARKS[remedy['outcome']]} {words.OUTCOMES[remedy['outcome']]}:", 2, style=remedy["outcome"])
        for change in remedy["changes"]:
            ask = f" ({change['who'].replace('_', ' ')})" if change["who"] else ""
            if change["effort"] == "change":
                page.say(f"if `{change['path']}` were {change['value']}; it is {change['was']}{ask}", 4, 6)
            else:
                page.say(f"{change['path']}: {change['value']}{ask}", 4, 6)
    if len(found) > _SETS:
        page.say(f"and {words.count(len(found) - _SETS, 'other set')} of changes", 2)
    if scope:
        page.say(f"{MARKS['not_applicable']} not applicable, if this were otherwise:", 2, style="not_applicable")
        for remedy in scope[:_SETS]:
            told = (f"`{change['path']}` {change['value']}; it is {change['was']}" for change in remedy["changes"])
            page.say("and ".join(told), 4, 6)
        if len(scope) > _SETS:
            page.say(f"and {len(scope) - _SETS} more", 4)
    if not alone:
        page.say("No set of answers and documents was found that would.", 2)
    for note in remedies["beyond"]:
        page.say(f"Beyond what can be supposed: {note}.", 2, 4)
    if not remedies["whole"]:
        page.say(f"Not everything was tried: {remedies['budget']} judgements were made.", 2)
    if any(map(_known, alone)):
        page.say(
            "What is known has to be otherwise in fact first: change the system, its data or its documents, then what is "
            "stated of them.",
            2,
        )
    for note in remedies["notes"]:
        page.say(f"Note: {note}.", 2)


def way(found: Mapping[str, Any], *, colour: bool = False) -> str:
    """What to answer, file and measure, in order, so that most is decided."""
    page = _Page(colour)
    page.say(found["sentence"][:1].upper() + found["sentence"][1:] + ".", style="bold")
    for number, step in enumerate(found["steps"], 1):
        page.gap()
        page.say(f"{number:>3}. {step['what']} · {step['path']}", 0, 5)
        page.say(step["text"], 5)
        page.say(f"ask: {step['who'].replace('_', ' ')}", 5)
        if step["decides"]:
            page.say("decides " + ", ".join(step["decides"]), 5, 7, "met")
    if found["left"]:
        page.head(f"Not decided by any of this ({words.count(len(found['left']), 'finding')})")
        for name, reason in found["left"].items():
            page.say(f"? {name}: {reason}", 2, 4)
    return page.text()


def _known(remedy: Mapping[str, Any]) -> bool:
    """Whether something that is known would have to be otherwise."""
    return any(change["effort"] == "change" for change in remedy["changes"])


def _alternatives(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The sets with those that differ in one value, and come to the same, as one: `b or c`; of numbers and days the first."""
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for remedy in found:
        changes = [dict(change) for change in remedy["changes"]]
        last = changes[-1]
        key = (remedy["outcome"], *((c["path"], c["value"]) for c in changes[:-1]), last["path"])
        if key not in merged:
            merged[key] = {**remedy, "changes": changes}
        elif not re.fullmatch(r"-?[\d.]+|\d{4}-\d\d-\d\d", last["value"]):
            merged[key]["changes"][-1]["value"] += f" or {last['value']}"
    return list(merged.values())


def evidence_list(audit: Mapping[str, Any], *, colour: bool = False) -> str:
    """Every piece of evidence in one line each, then what could not be had."""
    said = content(audit)
    page = _Page(colour)
    page.say(f"{words.count(len(said.register), 'piece')} of evidence", style="bold")
    if said.register:
        wide = max(len(piece.label) for piece in said.register) + 2
        names = max(len(piece.collector) for piece in said.register) + 2
        for piece in said.register:
            page.say(
                f"{piece.label:<{wide}}{piece.collector:<{names}}{piece.subject} · {_numbers(piece.findings, said)}",
                2,
                min(2 + wide + names, 40),
            )
    if said.absent:
        page.head(f"{words.count(len(said.absent), 'piece')} could not be had")
        for absent in said.absent:
            page.say(f"? {absent.collector} on {absent.subject}", 2, 4, "not_determined")
            page.field("because", absent.reason)
            page.field("to do", absent.advice)
    return page.text()


def evidence_show(audit: Mapping[str, Any], evidence_id: str, *, colour: bool = False) -> str:
    """One piece of evidence, whole; found by its id, its short id or the first characters of either."""
    said = content(audit)
    wanted = evidence_id.removeprefix("E-").removeprefix("sha256:")
    found = [piece for piece in said.register if wanted and piece.id.removeprefix("sha256:").startswith(wanted)]
    if len(found) != 1:
        what = "no evidence" if not found else f"{len(found)} pieces of evidence begin with"
        raise InputError(
            f"{what} `{evidence_id}`" + ("" if found else " in this audit"),
            advice="`lexaudit evidence list` names them all",
        )
    piece = found[0]
    result = next(item for item in said.results if item.evidence == piece.id)
    page = _Page(colour)
    page.say(f"{piece.label}: {result.title}", style="bold")
    page.say(piece.id, style="faint")
    page.gap()
    for name, text in (
        ("collector", piece.collector),
        ("subject", piece.subject),
        ("asked with", piece.parameters),
        ("method", piece.method),
        ("sample", piece.sample),
        ("collected", piece.collected),
        ("seed", piece.seed),
        ("software", piece.environment),
    ):
        page.field(name + " ", text, 2)
    for rates in result.rates:
        page.head(words.plain_name(rates.metric))
        for attribute, groups in rates.groups:
            page.say(f"by {attribute}", 2)
            _estimates(page, [(group.label, group.text, group.n) for group in groups], 4)
        lines = [(rates.overall.label, rates.overall.text, rates.overall.n)] if rates.overall else []
        lines += [
            (one.label, f"{one.text}  {one.note}".rstrip(), None)
            for each in rates.comparisons
            for one in (each.judged, *each.parts)
        ]
        if lines:
            page.say("together", 2)
            _estimates(page, lines, 4)
        for each in rates.comparisons:
            if each.limit:
                page.say(f"{each.limit.text}: {words.OUTCOMES.get(each.limit.outcome, each.limit.outcome)}", 4)
    if result.curve:
        page.head(f"Accuracy under attack ({result.curve.norm or 'norm not stated'})")
        _estimates(page, [(point.label, point.text, point.n) for _, point in result.curve.points], 2)
        for limit in result.curve.limits:
            page.say(f"{limit.text}: {words.OUTCOMES.get(limit.outcome, limit.outcome)}", 4)
    if result.excluded:
        page.head("Left out of the comparison")
        page.say("; ".join(result.excluded), 2)
    if result.table:
        page.head("Values")
        for name, text in result.table:
            page.say(f"{name}: {text}", 2, 4)
    page.head("Read")
    for name, digest in piece.inputs or (("nothing", ""),):
        page.say(f"{name} {digest}".rstrip(), 2, 4)
    page.head("What it does not show")
    for text in piece.limits or ("The collector names no limit.",):
        page.say(text, 2, 4)
    return page.text()


def plan_table(plan: Sequence[Mapping[str, Any]], *, colour: bool = False) -> str:
    """What would be measured, why and at what cost: the entries of an audit's `plan`."""
    page = _Page(colour)
    total = sum(float(entry.get("cost_seconds") or 0) for entry in plan if not entry.get("cached"))
    page.say(
        f"{words.count(len(plan), 'measurement')}, about {words.humanised(total)} on two cores"
        if plan
        else "nothing to measure: no rule asks for evidence about these subjects",
        style="bold",
    )
    for entry in plan:
        page.gap()
        cost = "already measured" if entry.get("cached") else words.humanised(float(entry.get("cost_seconds") or 0))
        page.say(f"{entry['collector']} on {words.label(entry['subject'])} · {cost}", 2, 4)
        page.field("what", entry.get("summary") or "")
        page.field("with", "; ".join(f"{key}: {words.value(item)}" for key, item in entry["parameters"].items()))
        page.field("asked by", ", ".join(entry["asked_by"]))
    return page.text()


def systems_table(rows: Sequence[Mapping[str, Any]], *, colour: bool = False) -> str:
    """Several systems judged in one run: a line for each, and how many gates are open."""
    page = _Page(colour)
    codes = [row["exit_code"] for row in rows]
    states = ((0, "open"), (1, "closed"), (3, "not determined"))
    told = [f"{codes.count(code)} {word}" for code, word in states if code in codes]
    told += [f"{number} could not be judged"] if (number := sum("error" in row for row in rows)) else []
    page.say(f"{words.count(len(rows), 'system')}: {', '.join(told)}", style="bold")
    page.gap()
    width = min(max(len(_clean(str(row["system"]))) for row in rows), WIDTH - 50)
    page.lines.append(f"{'':<{width}}      met  not met  not determined  n/a  gate")
    for row in rows:
        name = _clean(str(row["system"]))
        name = name if len(name) <= width else name[: width - 1] + "…"
        if "error" in row:
            page.lines.append(f"{name:<{width}}  {'not judged':>37}  " + page.paint("none", "not_determined"))
            continue
        counts = row["counts"]
        gate = {0: "open", 1: "closed"}.get(row["exit_code"], "not determined")
        page.lines.append(
            f"{name:<{width}}  {counts['met']:>7}{counts['not_met']:>9}{counts['not_determined']:>16}"
            f"{counts['not_applicable']:>5}  "
            + page.paint(gate, {"open": "met", "closed": "not_met"}.get(gate, "not_determined"))
        )
    return page.text()


def survey(report: Mapping[str, Any], *, colour: bool = False) -> str:
    """The outcomes of an estate by rule, those most often not met first, and the findings that were explained."""
    page = _Page(colour)
    closed, open_ = report["closed_by"], report["undetermined"]
    status = {0: "met", 1: "not_met"}.get(report["exit_code"], "not_determined")
    block = f"at or above severity {report['block_at']}"
    told = f"{words.count(closed, 'finding')} {block} not met, {open_:,} not determined"
    if report["unjudged"]:
        told += f"; nothing was judged under {' and '.join(report['unjudged'])}"
    page.say(
        f"A gate would be {({0: 'open', 1: 'closed'}).get(report['exit_code'], 'not determined')}: {told}.",
        style=status,
    )
    page.say(
        f"{report['title']} · {report['nodes']:,} nodes · {len(report['rules'])} rules · law of {words.day(report['as_of'])}"
    )
    page.say("A survey: nothing was measured, sealed or entered in the ledger.", style="faint")
    page.gap()
    total = sum(report["counts"].values())
    for outcome in ("met", "not_met", "not_determined", "not_applicable"):
        share = f"{report['counts'][outcome] / total:.1%}" if total else "-"
        page.lines.append(f"  {outcome.replace('_', ' '):<16}{report['counts'][outcome]:>12,}{share:>8}")
    rules = [rule for rule in report["rules"] if rule["not_met"] or rule["not_determined"]]
    if rules:
        page.head(
            f"Rules not met, or not known to be, under law in force or to come ({len(rules)} of {len(report['rules'])})"
        )
        page.lines.append(f"  {'':<44}{'not met':>9} {'not known':>10} {'applies to':>11}")
        for rule in sorted(rules, key=lambda rule: (-rule["not_met"], -rule["not_determined"], rule["rule"])):
            name = _clean(rule["rule"])
            name = name if len(name) <= 44 else name[:43] + "…"
            applies = rule["subjects"] - rule["not_applicable"]
            page.lines.append(f"  {name:<44}{rule['not_met']:>9,} {rule['not_determined']:>10,} {applies:>11,}")
    if report["findings"]:
        page.head("The gravest of them")
        for finding in report["findings"]:
            page.gap()
            page.say(f"{MARKS[finding['outcome']]} {finding['id']}", 2, 4)
            page.say(finding["summary"], 4)
    return page.text()


def _counts(page: _Page, said: Content) -> None:
    page.gap()
    rows = [("", "in force", "upcoming"), *_rows(said.tally)]
    for name, now, later in rows:
        page.lines.append(f"  {name:<16}{now:>10}{later:>12}".rstrip())
    waived = sum(finding.outcome != "met" for finding in said.waived)
    page.lines.append(
        f"  {'not applicable':<16}{words.share(said.tally.not_applicable, said.tally.total):>10} findings in all"
    )
    unmet = (
        said.tally.not_met
        + said.tally.not_determined
        + said.tally.upcoming_not_met
        + said.tally.upcoming_not_determined
    )
    if waived:
        page.say(
            f"{words.share(waived, unmet)} findings not met or not determined {'lies' if waived == 1 else 'lie'} under "
            "a waiver.",
            2,
        )
    for pack in said.packs:
        page.say(f"{pack.title} {pack.version}: {pack.verdict}", 2, 4)


def _rows(tally: Tally) -> list[tuple[str, str, str]]:
    return [
        ("met", words.share(tally.met, tally.applicable), words.share(tally.upcoming_met, tally.upcoming)),
        ("not met", words.share(tally.not_met, tally.applicable), words.share(tally.upcoming_not_met, tally.upcoming)),
        (
            "not determined",
            words.share(tally.not_determined, tally.applicable),
            words.share(tally.upcoming_not_determined, tally.upcoming),
        ),
    ]


def _entries(page: _Page, findings: Sequence[Finding], *, steps: bool = True) -> None:
    """One entry for each finding; a next step that several subjects of a rule share is said once."""
    said: set[tuple[str, str]] = set()
    for finding in findings:
        page.say(f"{MARKS[finding.outcome]} {finding.id}", 2, 4, finding.outcome)
        page.say(f"{finding.cite} · {finding.severity} · {finding.subject_title}", 4)
        page.field("why", finding.summary)
        step = (finding.rule, finding.remedy)
        if steps and finding.remedy:
            page.field("next", "as for the same rule above" if step in said else finding.remedy)
        said.add(step)


def _expectation(
    page: _Page, number: int, expectation: Expectation, said: Content, relations: Mapping[tuple[str, str], str]
) -> None:
    page.say(f"{number}. {expectation.say}", 2, 5)
    page.say(
        f"{MARKS[expectation.outcome]} {words.OUTCOMES[expectation.outcome]} ({expectation.form}): "
        f"{expectation.because}",
        5,
        7,
        expectation.outcome,
    )
    if expectation.vacuous:
        page.say("It would hold only because there was nothing to check.", 7)
    page.field(
        "condition" if expectation.form != "attested" else "question",
        " " + expectation.expression if expectation.expression else "",
        5,
    )
    page.field("at", expectation.place, 5)
    for observed in expectation.observed:
        page.field("observed", observed.said, 5)
    for item in expectation.missing:
        page.field("missing", f"{item.path}: {item.reason}", 5)
        page.field("ask", f"{item.who}: {item.question}" if item.who else item.question, 5)
    page.field("evidence", ", ".join(said.label(id_) for id_ in expectation.evidence), 5)
    page.field("facts", ", ".join(expectation.facts), 5)
    page.field("lineage", way_in_words(expectation.path, relations), 5)


def _estimates(page: _Page, rows: Sequence[tuple[str, str, int | None]], indent: int) -> None:
    wide = min(max(len(_clean(name)) for name, _, _ in rows), 36) + 2
    for name, text, n in rows:
        count = f"  n = {_clean(words.number(n))}" if n is not None else ""
        page.say(f"{words.shorten(_clean(name), wide - 2):<{wide}}{text}{count}", indent, indent + wide)


def _numbers(findings: Iterable[int], said: Content) -> str:
    ids = [said.findings[number - 1].rule for number in findings]
    return ", ".join(dict.fromkeys(ids)) or "no finding rests on it"


def _near(wanted: str, findings: Sequence[Finding]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(wanted, [finding.id for finding in findings], 1, 0.4)
    return f"did you mean `{near[0]}`?" if near else "`lexaudit audit` lists them"


def _clean(text: str) -> str:
    """One line without control characters: what a person wrote can move neither the cursor nor the reading order."""
    return "".join(
        character if character.isprintable() else " " if character.isspace() else f"[U+{ord(character):04X}]"
        for character in text.replace("\u00a0", " ")
    )
