"""What a report says, decided once: every renderer prints this and decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lexaudit.audit import FORMAT
from lexaudit.errors import InputError
from lexaudit_reports import words
from lexaudit_reports.finding import Finding, Question, Waiver, findings_of, waivers_of
from lexaudit_reports.framework import Pack, Tally, pack_of, tally_of
from lexaudit_reports.limitation import Limitation, limitations_of
from lexaudit_reports.lineage import FLOW, Lineage, lineage
from lexaudit_reports.measured import Result, limits_of, result
from lexaudit_reports.register import Absent, Attestation, Fact, Piece, attestation_of, fact_of, labels_of, piece_of

_FLOW = {str(kind): number for number, kind in enumerate(FLOW)}
_ABOUT = {"title": None, "intended_purpose": "Intended purpose", "description": "Description"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit that the organisation registered."""

    name: str
    """Its name."""
    value: str
    """Its value."""
    meaning: str
    """What it limits."""
    source: str
    """Where it comes from."""
    force: str
    """`law`, `guideline`, `convention` or `organisation`."""
    registered: str
    """When it was registered, and whether that was after the measurement it is compared with."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a report says."""

    id: str
    """Digest of the audit."""
    title: str
    """What was audited."""
    status: str
    """`open`, `closed` or `not determined`."""
    gate: str
    """The result in one sentence."""
    block_at: str
    """The severity from which a finding closes the gate."""
    exit_code: int
    """What the command line returns for it."""
    at: str
    """The time of knowledge."""
    as_of: str
    """The date of law."""
    engine: str
    """Name and version."""
    engine_digest: str
    """Its digest."""
    graph_digest: str
    """Digest of what was judged."""
    tally: Tally
    """All findings."""
    counts: Mapping[str, int]
    """The audit's own counts."""
    packs: tuple[Pack, ...]
    """The frameworks."""
    policy: Mapping[str, Any]
    """The policy, as it is printed."""
    findings: tuple[Finding, ...]
    """In order of what they ask of the reader: closing the gate first."""
    facts: tuple[Fact, ...]
    """The classification record."""
    attestations: tuple[Attestation, ...]
    """What named persons answered."""
    results: tuple[Result, ...]
    """What was measured, with figures."""
    register: tuple[Piece, ...]
    """Every piece of evidence."""
    absent: tuple[Absent, ...]
    """Evidence that could not be had."""
    waivers: tuple[Waiver, ...]
    """Every waiver of the policy."""
    limitations: tuple[Limitation, ...]
    """What is not established."""
    lineage: Lineage
    """What flows into what."""
    systems: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Systems and deployments: title, and what is stated about them."""
    parts: tuple[tuple[str, str, str, str], ...]
    """What the lineage is made of: kind, title, identity, digest of the content."""
    roles: tuple[tuple[str, str, str], ...]
    """Organisation, role, for what."""
    thresholds: tuple[Threshold, ...]
    """The limits that the organisation registered."""
    notes: tuple[str, ...]
    """What was noticed about the graph."""

    @property
    def top(self) -> tuple[Finding, ...]:
        """What a reader must know first: not met or not determined, in force and unwaived; by gravity."""
        return tuple(
            finding
            for finding in self.findings
            if finding.outcome in ("not_met", "not_determined") and not finding.upcoming and not finding.waiver
        )

    @property
    def questions(self) -> tuple[Question, ...]:
        """What would settle the open findings in force, each question once, in order of gravity."""
        wanted: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for finding in self.top:
            if finding.outcome == "not_determined":
                for item in finding.missing:
                    key = (item.who or "whoever knows", item.question or f"Supply {item.path}: {item.reason}")
                    wanted.setdefault(key, []).append((item.path, finding.number))
        return tuple(
            Question(
                who,
                question,
                tuple(dict.fromkeys(path for path, _ in items)),
                tuple(dict.fromkeys(number for _, number in items)),
            )
            for (who, question), items in wanted.items()
        )

    @property
    def waived(self) -> tuple[Finding, ...]:
        """Findings over which a waiver lies."""
        return tuple(finding for finding in self.findings if finding.waiver)

    @property
    def upcoming(self) -> tuple[Finding, ...]:
        """Findings that apply, but whose law does so later, by date."""
        return tuple(
            sorted(
                (finding for finding in self.findings if finding.upcoming and finding.outcome != "not_applicable"),
                key=lambda finding: (finding.in_force_from, finding.number),
            )
        )

    def label(self, evidence: str) -> str:
        """The short id of a piece of evidence, as it is printed everywhere."""
        return next((piece.label for piece in self.register if piece.id == evidence), words.short_digest(evidence))

    def finding(self, id_: str) -> Finding | None:
        """The finding with this id."""
        return next((finding for finding in self.findings if finding.id == id_), None)


def content(audit: Mapping[str, Any]) -> Content:
    """What is said about an audit, a value of the format `lexaudit-audit/1`.

    Raises `InputError` for another format. Does not check the audit's id: `lexaudit verify` does.
    """
    if audit.get("format") != FORMAT:
        raise InputError(
            f"the audit has the format `{audit.get('format')}`, not `{FORMAT}`",
            advice="render it with the version of lexaudit that made it",
        )
    findings = findings_of(audit)
    labels = labels_of([piece["id"] for piece in audit["evidence"]])
    resting: dict[str, list[int]] = {}
    for finding in findings:
        for piece in finding.evidence:
            resting.setdefault(piece, []).append(finding.number)
    titles = {node["id"]: str(node["attributes"].get("title") or node["name"]) for node in audit["graph"]["nodes"]}
    pieces = sorted(
        audit["evidence"], key=lambda piece: (piece["need"]["collector"], piece["need"]["subject"], piece["id"])
    )
    results = tuple(
        result(
            piece,
            audit,
            labels[piece["id"]],
            _measurement(piece["need"], titles),
            resting.get(piece["id"], ()),
        )
        for piece in pieces
    )
    packs = tuple(
        pack_of(pack, [finding for finding in findings if finding.pack == pack["id"]], audit["as_of"])
        for pack in audit["packs"]
    )
    gate = audit["gate"]
    status = {0: "open", 1: "closed"}.get(gate["exit_code"], "not determined")
    return Content(
        id=audit["id"],
        title=audit["title"],
        status=status,
        gate=words.sentence(f"gate {gate['sentence']}"),
        block_at=gate["block_at"],
        exit_code=gate["exit_code"],
        at=audit["at"],
        as_of=audit["as_of"],
        engine=f"{audit['engine']['name']} {audit['engine']['version']}",
        engine_digest=audit["engine"].get("digest", ""),
        graph_digest=audit["graph"]["digest"],
        tally=tally_of(findings),
        counts=dict(audit["counts"]),
        packs=packs,
        policy=audit["policy"],
        findings=findings,
        facts=tuple(fact_of(fact) for fact in audit["facts"]),
        attestations=tuple(attestation_of(item) for item in audit["graph"].get("attestations", ())),
        results=results,
        register=tuple(piece_of(piece, labels, resting) for piece in pieces),
        absent=tuple(
            Absent(item["need"]["collector"], words.label(item["need"]["subject"]), item["reason"], item["advice"])
            for item in audit["missing"]
        ),
        waivers=waivers_of(audit["policy"], findings),
        limitations=limitations_of(audit, findings, results),
        lineage=lineage(audit["graph"]),
        systems=_systems(audit["graph"]),
        roles=_roles(audit["graph"], titles),
        parts=tuple(
            (node["kind"], titles[node["id"]], node["id"], str(node["attributes"].get("digest") or ""))
            for node in sorted(audit["graph"]["nodes"], key=lambda node: (_FLOW.get(node["kind"], 9), node["id"]))
            if node["kind"] in _FLOW
        ),
        thresholds=tuple(_threshold(item, audit) for item in audit["policy"].get("thresholds", ())),
        notes=tuple(words.sentence(note["text"]) for note in audit["graph"].get("notes", ())),
    )


def _measurement(need: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """`Fairness of Vendor decile score`."""
    return f"{words.plain_name(need['collector'])} of {titles.get(need['subject'], words.label(need['subject']))}"


def _threshold(item: Mapping[str, Any], audit: Mapping[str, Any]) -> Threshold:
    registered = str(item.get("registered") or "")
    late = [
        piece
        for piece in audit["evidence"]
        if registered
        and registered[:10] > piece["collected_at"][:10]
        and any(limit.name == item["name"] for limit in limits_of(piece["id"], audit))
    ]
    return Threshold(
        item["name"],
        words.value(item["value"]),
        words.sentence(item.get("meaning") or ""),
        item.get("source") or "not stated",
        item.get("force") or "not stated",
        words.day(registered) + (", after the measurement it is compared with" if late else ""),
    )


def _systems(graph: Mapping[str, Any]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Systems first, then deployments, with everything that is stated about each."""
    described = []
    for kind in ("system", "deployment"):
        for node in graph["nodes"]:
            if node["kind"] == kind:
                attributes = node["attributes"]
                rows = [("Identity", node["id"])]
                rows += [
                    (_ABOUT.get(name) or words.plain_name(name), _about(item))
                    for name, item in sorted(attributes.items(), key=lambda entry: (entry[0] not in _ABOUT, entry[0]))
                    if name != "title"
                ]
                described.append((str(attributes.get("title") or node["name"]), tuple(rows)))
    return tuple(described)


def _about(item: Any) -> str:
    if isinstance(item, str):
        if re.fullmatch(r"[a-z]+(_[a-z]+)+", item):
            return item.replace("_", " ")
        return words.day(item) if re.fullmatch(r"\d{4}-\d\d-\d\d", item) else item
    if isinstance(item, list) and all(isinstance(each, str) for each in item):
        return ", ".join(item) or "none"
    return words.value(item)


def _roles(graph: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        sorted(
            (
                titles.get(edge["source"], words.label(edge["source"])),
                str(edge["attributes"].get("role", "not stated")).replace("_", " "),
                titles.get(edge["target"], words.label(edge["target"])),
            )
            for edge in graph["edges"]
            if edge["relation"] == "has_role"
        )
    )
