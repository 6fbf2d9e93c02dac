"""A page for each rule of a pack, and an index by article: what the law asks, how it is judged, and how it comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from lexaudit.packs.pack import Expectation, Obligation, Pack, Rule

INDEX = "index.md"


@dataclass(frozen=True, slots=True)
class Example:
    """A case that shows how a rule comes out."""

    title: str
    """The case's own words."""
    shows: tuple[tuple[str, str], ...]
    """Outcomes that it expects of the rule, each with the subject: `kind/name`."""
    described: str
    """What the case describes, as YAML."""


def pages(pack: Pack, examples: Mapping[str, Sequence[Example]]) -> dict[str, str]:
    """The text of each page by the name of its file; the same pack gives the same pages."""
    made = {f"{rule.id}.md": _page(pack, rule, examples.get(rule.id, ())) for rule in pack.rules}
    return {INDEX: _index(pack), **made}


def _page(pack: Pack, rule: Rule, examples: Sequence[Example]) -> str:
    place = PurePosixPath(rule.place.file.partition("/")[2])
    lines = [
        f"# {rule.title}",
        "",
        f"`{rule.name}` · {rule.severity} · {rule.form} · judged on each {rule.subject} · version {pack.version}, "
        f"`{place}` line {rule.place.line}",
        "",
    ]
    if rule.why:
        lines += ["## Why", "", _flat(rule.why), ""]
    lines += ["## Law", ""]
    penalties: dict[str, list[str]] = {}
    for obligation in rule.obligations:
        lines += _law(obligation)
        if obligation.penalty:
            penalties.setdefault(obligation.penalty, []).append(obligation.provision)
    for penalty, provisions in penalties.items():
        lines.append(f"- Penalty under {', '.join(provisions)}: {_flat(penalty)}.")
    lines += ["", "## Applies when", "", *_code(rule.applies.source), ""]
    lines += [f"Otherwise it is not applicable: {_flat(rule.not_applicable)}.", "", "## Expects", ""]
    for number, expectation in enumerate(rule.expects, 1):
        lines += _expected(number, expectation)
    lines += ["", "## Remedy", "", _flat(rule.remedy), ""]
    if not rule.waivable:
        lines += ["It cannot be waived.", ""]
    lines += ["## Examples", ""]
    for example in examples:
        shown = ", ".join(f"**{outcome.replace('_', ' ')}** for `{subject}`" for outcome, subject in example.shows)
        lines += [f"{_flat(example.title)}: {shown}", ""]
        lines += ["```yaml", example.described.rstrip(), "```", ""]
    if not examples:
        lines += ["The pack has no case for this rule.", ""]
    if rule.references:
        lines += ["## References", "", *(f"- {reference}" for reference in rule.references), ""]
    lines.append(f"[All rules of {pack.title}]({INDEX})")
    return "\n".join(lines) + "\n"


def _law(obligation: Obligation) -> list[str]:
    dates = ", ".join(f"{day} ({when})" if when != "all" else str(day) for day, when in obligation.applies_from)
    lines = [
        f"- **{obligation.instrument.short} {obligation.provision}** ({obligation.kind}; owed by "
        f"{', '.join(obligation.holder) or 'nobody in particular'}): {_flat(obligation.summary)}"
    ]
    lines.append(f"  Applies from {dates or 'no date of its own'}.")
    if obligation.formally_from:
        lines.append(f"  Formally from {obligation.formally_from}: see the readings of the pack.")
    if obligation.until:
        by = f", amended by {obligation.amended_by}" if obligation.amended_by else ""
        lines.append(f"  Applies until {obligation.until}{by}.")
    return lines


def _expected(number: int, expectation: Expectation) -> list[str]:
    answered = ", ".join(f"{cited.instrument.short} {cited.provision}" for cited in expectation.cites)
    told = f"{_flat(expectation.say)} ({answered})" if answered else _flat(expectation.say)
    lines = [f"{number}. {told} ({expectation.form})", ""]
    if expectation.condition is None:
        rests = f", resting on a document of type {' or '.join(expectation.documents)}" if expectation.documents else ""
        days = f"; the answer stands for {expectation.valid_days} days" if expectation.valid_days else ""
        asked = f"The {expectation.who} is asked: “{_flat(expectation.question)}”"
        return [*lines, f"   {asked} *{expectation.answer}* meets it{rests}{days}.", ""]
    if expectation.collector:
        given = "; ".join(f"{key}: {_shown(value)}" for key, value in sorted(expectation.parameters.items()))
        lines += [f"   Measured by `{expectation.collector}`" + (f" with {given}." if given else "."), ""]
    return [*lines, *(f"   {line}" for line in _code(expectation.condition.source)), ""]


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _index(pack: Pack) -> str:
    lines = [f"# {pack.title}", "", f"`{pack.id}` {pack.version}, {pack.jurisdiction}. {len(pack.rules)} rules.", ""]
    for instrument in pack.instruments:
        lines.append(
            f"- {instrument.title} (CELEX {instrument.celex}), read as consolidated on {instrument.consolidated}"
        )
    for instrument in pack.instruments:
        provisions: dict[str, list[Rule]] = {}
        for rule in pack.rules:
            for obligation in rule.obligations:
                if obligation.instrument == instrument and rule not in provisions.setdefault(obligation.provision, []):
                    provisions[obligation.provision].append(rule)
        lines += ["", f"## {instrument.short}", "", "| provision | rules |", "|---|---|"]
        for provision in sorted(provisions, key=_order):
            rules = ", ".join(f"[{rule.title}]({rule.id}.md)" for rule in provisions[provision])
            lines.append(f"| {provision} | {rules} |")
    if pack.limits:
        lines += ["", "## What the pack does not establish", "", *(f"- {_flat(limit)}" for limit in pack.limits)]
    return "\n".join(lines) + "\n"


def _order(provision: str) -> tuple[tuple[int, int, str], ...]:
    """Articles by number, then annexes, and numbers within them as numbers."""
    parts = re.findall(r"(\d+)([a-z]*)|([^\W\d]+)", provision)
    return tuple(
        (0, int(number), suffix) if number else (1 + (word == "Annex"), 0, word) for number, suffix, word in parts
    )


def _code(source: str) -> list[str]:
    return ["```cel", *source.strip().splitlines(), "```"]


def _flat(text: str) -> str:
    return " ".join(text.split())
