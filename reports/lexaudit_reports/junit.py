"""Findings as JUnit XML, for the test view of a CI system: nothing that is not met or not determined can look passed.

Not met and in force is a failure. Not determined is an error when it keeps the gate from opening, else skipped with the
reason. Waived and upcoming are skipped with theirs; not applicable is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lexaudit_reports import words
from lexaudit_reports.content import content
from lexaudit_reports.finding import Finding

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(audit: Mapping[str, Any]) -> str:
    """One suite for each pack, one case for each finding."""
    said = content(audit)
    suites = [
        _suite(f"{pack.title} {pack.version}", [f for f in said.findings if f.pack == pack.id], said.at)
        for pack in said.packs
    ]
    every = [_state(finding)[0] for finding in said.findings]
    gate = _suite_of_gate(said.status, said.gate, said.at)
    failures, errors, skipped = (every.count(name) for name in ("failure", "error", "skipped"))
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name={_attribute("lexaudit: " + said.title)} tests="{len(every) + 1}" '
            f'failures="{failures + (said.status == "closed")}" errors="{errors + (said.status == "not determined")}" '
            f'skipped="{skipped}">',
            gate,
            *suites,
            "</testsuites>",
            "",
        )
    )


def _suite_of_gate(status: str, gate: str, at: str) -> str:
    """The gate is a case of its own, so that an empty audit cannot look passed."""
    state = {"closed": "failure", "not determined": "error"}.get(status, "")
    body = "" if not state else f"\n      <{state} message={_attribute(gate)} type={_attribute(status)}/>\n    "
    case = '<testcase classname="lexaudit" name="gate"' + (f">{body}</testcase>" if body else "/>")
    return (
        f'  <testsuite name="gate" tests="1" failures="{int(state == "failure")}" errors="{int(state == "error")}" '
        f'skipped="0" timestamp="{at.removesuffix("Z")}">\n    {case}\n  </testsuite>'
    )


def _suite(name: str, findings: Sequence[Finding], at: str) -> str:
    states = [_state(finding) for finding in findings]
    count = {kind: sum(state[0] == kind for state in states) for kind in ("failure", "error", "skipped")}
    lines = [
        f'  <testsuite name={_attribute(name)} tests="{len(findings)}" failures="{count["failure"]}" '
        f'errors="{count["error"]}" skipped="{count["skipped"]}" timestamp="{at.removesuffix("Z")}">'
    ]
    lines += [_case(finding, *state) for finding, state in zip(findings, states, strict=True)]
    return "\n".join([*lines, "  </testsuite>"])


def _case(finding: Finding, state: str, message: str) -> str:
    name = f"{finding.title} [{finding.subject_label}]"
    head = f"    <testcase classname={_attribute(f'{finding.pack}.{finding.rule}')} name={_attribute(name)}"
    if not state:
        return head + "/>"
    if state == "skipped":
        return f"{head}>\n      <skipped message={_attribute(message)}/>\n    </testcase>"
    detail = "\n".join(
        line
        for line in (
            finding.id,
            finding.cite,
            finding.summary,
            *(
                f"missing: {item.path}: {item.reason}; ask {item.who or 'whoever knows'}: {item.question}"
                for item in finding.missing
            ),
            f"next: {finding.remedy}" if finding.remedy else "",
            f"at: {finding.subject_place}",
        )
        if line
    )
    return (
        f"{head}>\n      <{state} message={_attribute(message)} type={_attribute(finding.severity)}>"
        f"{_text(detail)}</{state}>\n"
        "    </testcase>"
    )


def _state(finding: Finding) -> tuple[str, str]:
    """What becomes of the case, and the reason in one line."""
    word = words.OUTCOMES[finding.outcome]
    if finding.outcome == "not_applicable":
        return "skipped", f"not applicable: {finding.summary}"
    if finding.outcome == "met":
        return "", ""
    if finding.waiver:
        return (
            "skipped",
            f"{word}, waived by {finding.waiver.approver} until {finding.waiver.ends} ({finding.waiver.id}): "
            f"{finding.summary}",
        )
    if finding.upcoming:
        return "skipped", f"{word}, upcoming, {finding.applies}: {finding.summary}"
    if finding.outcome == "not_met":
        return "failure", f"not met: {finding.summary}"
    if finding.gate == "undetermined":
        return "error", f"not determined: {finding.summary}"
    return "skipped", f"not determined: {finding.summary}"


def _attribute(text: str) -> str:
    return quoteattr(_text_only(text), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def _text(text: str) -> str:
    return escape(_text_only(text))


def _text_only(text: str) -> str:
    return _NOT_XML.sub(lambda match: f"[U+{ord(match.group()):04X}]", text)
