"""What a report does not establish, by its own account, its packs' and its collectors'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexaudit_reports import words
from lexaudit_reports.finding import Finding
from lexaudit_reports.measured import Result

LABELS_NAMED = 6
"""More pieces of evidence than this are counted, not named, where a limit concerns all of them."""


@dataclass(frozen=True, slots=True)
class Limitation:
    """Something this report does not establish."""

    source: str
    """Who says so: the report, a pack, a collector."""
    text: str
    """What is not established."""


def limitations_of(
    audit: Mapping[str, Any], findings: Sequence[Finding], results: Sequence[Result]
) -> tuple[Limitation, ...]:
    rules = {finding["pack"] + "/" + finding["rule"] for finding in audit["findings"]}
    said = [
        Limitation("this report", text)
        for text in (
            f"This report states what the evidence named in it supports, as known on {words.moment(audit['at'])}, under the "
            f"law of {words.day(audit['as_of'])} as the named packs read it. It is not legal advice, not a certificate, not "
            "an EU declaration of conformity (AI Act Art. 47) and not a decision of an authority.",
            f"It covers the {words.count(len(rules), 'rule')} of the packs named and the subjects described to the engine. "
            "A provision for which no pack has a rule, or a system nobody described, was not judged.",
            "“Met” means that what the rule asks was measured, recorded or attested, as the finding says. What is "
            "recorded or attested was stated by a person; that it is true was not checked beyond the evidence named.",
            "Measurements describe the records, the model and the time named with them. They do not carry over to "
            "other records, other versions or later times.",
            "Intervals cover chance in the sample, not errors in labels, in the recording of groups or in the choice of "
            "records.",
        )
    ]
    if any(finding.outcome == "not_determined" for finding in findings):
        number = sum(finding.outcome == "not_determined" for finding in findings)
        said.append(
            Limitation(
                "this report",
                f"{words.share(number, len(findings))} findings could not be determined. Nothing is "
                "concluded about them, neither good nor bad; what is missing stands with each.",
            )
        )
    if audit["missing"]:
        said.append(
            Limitation(
                "this report",
                f"{words.count(len(audit['missing']), 'measurement')} that the rules ask for could "
                "not be made; each is listed with its reason in the evidence register.",
            )
        )
    chosen = {reading["id"]: reading for reading in audit["policy"].get("readings", ())}
    for pack in audit["packs"]:
        for reading in pack["readings"]:
            if not reading.get("choices"):
                continue
            default = chosen.get(reading["id"], {}).get("take", reading["choices"][0]) == reading["choices"][0]
            taken, other = reading["statement"], reading["alternative"]
            if not default:
                choice = chosen[reading["id"]]
                taken = (
                    f"The organisation takes another reading than the pack ({choice['take']}): {other or 'not stated'} "
                )
                taken += f"Its reason: {choice['because']}"
                other = reading["statement"]
            said.append(
                Limitation(
                    f"pack {pack['id']}, reading {reading['id']}",
                    f"{words.sentence(taken)} The other reading: {words.sentence(other)} Certainty: {reading['certainty']}.",
                )
            )
        said += [Limitation(f"pack {pack['id']}", words.sentence(text)) for text in pack["limits"]]
    for text, about in _grouped(results).items():
        named = ", ".join(each.label for each in about)
        collectors = ", ".join(dict.fromkeys(each.collector for each in about))
        many = f"{words.count(len(about), 'piece')} of evidence by {collectors}"
        said.append(Limitation(f"evidence {named}" if len(about) <= LABELS_NAMED else many, words.sentence(text)))
    return tuple(said)


def _grouped(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Each limit of a collector once, with the evidence that it concerns."""
    grouped: dict[str, list[Result]] = {}
    for each in results:
        for text in each.limits:
            grouped.setdefault(text, []).append(each)
    return grouped
