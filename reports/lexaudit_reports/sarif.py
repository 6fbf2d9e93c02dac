"""Findings as SARIF 2.1.0, for code scanning: only what is not met and in force is a failure.

Not determined is `review`, upcoming is `informational`, waived is suppressed; none of them can be taken for a pass.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from lexaudit_reports import words
from lexaudit_reports.content import content
from lexaudit_reports.finding import Finding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_KINDS = {"met": "pass", "not_applicable": "notApplicable", "not_determined": "review"}


def render(audit: Mapping[str, Any]) -> str:
    """One run with one result for each finding; rules and fingerprints stay the same from audit to audit."""
    said = content(audit)
    rules = _rules(said.findings)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "lexaudit",
                        "version": said.engine.rpartition(" ")[2],
                        "semanticVersion": said.engine.rpartition(" ")[2],
                        "rules": rules,
                    }
                },
                "automationDetails": {"id": f"lexaudit/{said.as_of}/", "description": {"text": said.gate}},
                "invocations": [{"executionSuccessful": True, "exitCode": said.exit_code, "endTimeUtc": said.at}],
                "columnKind": "unicodeCodePoints",
                "properties": {"auditId": said.id, "asOf": said.as_of, "counts": dict(said.counts)},
                "results": [
                    _result(finding, index) for finding in sorted(said.findings, key=lambda finding: finding.id)
                ],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rules(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    rules: dict[str, dict[str, Any]] = {}
    for finding in sorted(findings, key=lambda finding: finding.id):
        rule_id = f"{finding.pack}/{finding.rule}"
        if rule_id in rules:
            continue
        asks = " ".join(f"{provision.cite}: {provision.summary}" for provision in finding.provisions)
        rules[rule_id] = {
            "id": rule_id,
            "name": _camel(finding.rule),
            "shortDescription": {"text": finding.title},
            "fullDescription": {"text": asks or finding.title},
            "help": {"text": finding.remedy or asks or finding.title},
            "defaultConfiguration": {"level": _LEVELS[finding.severity]},
            "properties": {
                "severity": finding.severity,
                "tags": [finding.pack, finding.form, *(provision.cite for provision in finding.provisions[:8])],
            },
        }
    return list(rules.values())


def _camel(rule: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", rule))


def _result(finding: Finding, index: Mapping[str, int]) -> dict[str, Any]:
    rule_id = f"{finding.pack}/{finding.rule}"
    open_ = finding.outcome in ("not_met", "not_determined")
    kind = "informational" if open_ and finding.upcoming else _KINDS.get(finding.outcome, "fail")
    result: dict[str, Any] = {
        "ruleId": rule_id,
        "ruleIndex": index[rule_id],
        "kind": kind,
        # SARIF 2.1.0, 3.27.10: with a kind other than `fail` the level is `none`
        "level": _LEVELS[finding.severity] if kind == "fail" else "none",
        "message": {"text": _message(finding)},
        "locations": [
            {
                "physicalLocation": _place(finding.subject_place),
                "logicalLocations": [{"fullyQualifiedName": finding.subject, "name": finding.subject_title}],
            }
        ],
        "partialFingerprints": {"lexauditFinding/v1": hashlib.sha256(finding.id.encode()).hexdigest()},
        "properties": {
            "finding": finding.id,
            "outcome": finding.outcome,
            "severity": finding.severity,
            "inForceFrom": finding.in_force_from,
            "upcoming": finding.upcoming,
            "form": finding.form,
            "evidence": list(finding.evidence),
            "missing": [item.path for item in finding.missing],
        },
    }
    if finding.waiver:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"waiver {finding.waiver.id}, approved by {finding.waiver.approver}, until "
                f"{finding.waiver.ends}: {finding.waiver.reason}",
            }
        ]
    return result


def _message(finding: Finding) -> str:
    said = [f"{words.OUTCOMES[finding.outcome].capitalize()}: {finding.title} ({finding.cite}). {finding.summary}"]
    if finding.upcoming:
        said.append(f"This {finding.applies} and is judged as if it applied today.")
    said += [f"Missing: {item.path} ({item.reason}); ask {item.who or 'whoever knows'}." for item in finding.missing]
    if finding.remedy:
        said.append(f"Next: {finding.remedy}")
    return " ".join(said)


def _place(place: str) -> dict[str, Any]:
    """`lexaudit.yaml:12:3` as a location; a line is always given, because viewers need one."""
    match = re.fullmatch(r"(.*?)(?::(\d{1,9}))?(?::(\d{1,9}))?", place, re.DOTALL)
    file, line, column = match.groups() if match else (place, None, None)
    region: dict[str, int] = {"startLine": max(int(line or 1), 1)}
    if column and int(column) > 0:
        region["startColumn"] = int(column)
    return {"artifactLocation": {"uri": _uri(file or "lexaudit.yaml")}, "region": region}


def _uri(file: str) -> str:
    return quote(file.replace("\\", "/"), safe="/@.-_~")
