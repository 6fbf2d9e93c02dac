"""What a report says, decided once: every renderer prints this and decides nothing.

The sentences here state what the evidence supports and what it does not. They are not in the templates, so that no
template can say more than the audit does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexaudit.audit import FORMAT
from lexaudit.errors import InputError
from lexaudit_reports import words
from lexaudit_reports.lineage import FLOW, Lineage, lineage
from lexaudit_reports.measured import Result, limits_of, result

_FLOW = {str(kind): number for number, kind in enumerate(FLOW)}
LABELS_NAMED = 6
"""More pieces of evidence than this are counted, not named, where a limit concerns all of them."""
SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings of each outcome, of how many; disjoint, so that they add up."""

    total: int
    """All findings."""
    applicable: int
    """Those that apply and whose law is in force on the date of law."""
    met: int
    """Of the applicable: the evidence supports them."""
    not_met: int
    """Of the applicable: it does not."""
    not_determined: int
    """Of the applicable: nothing can be concluded."""
    waived: int
    """Of the applicable that are not met or not determined: a waiver lies over them."""
    upcoming: int
    """Of all: they apply, but only from a later date."""
    upcoming_met: int
    """Of the upcoming: already supported."""
    upcoming_not_met: int
    """Of the upcoming: not supported today."""
    upcoming_not_determined: int
    """Of the upcoming: nothing can be concluded today."""
    not_applicable: int
    """Of all: they do not apply, each with its reason."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something nobody has stated, answered or measured."""

    path: str
    """What is missing."""
    reason: str
    """Why it is missing."""
    who: str
    """Who could supply it."""
    question: str
    """What to ask them, or what to do."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask, and what the answer would settle."""

    who: str
    """Who can answer."""
    question: str
    """What to ask, or what to do."""
    paths: tuple[str, ...]
    """What is missing until then."""
    findings: tuple[int, ...]
    """Numbers of the findings that wait for it."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A deciding sub-expression and its value."""

    text: str
    """The sub-expression."""
    value: str
    """What it was, in words."""
    because: str
    """The same in words, as the engine says it; empty when it says nothing."""

    @property
    def said(self) -> str:
        """In words; code stands between backticks."""
        return self.because or f"`{self.text}` is {self.value}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing a rule asks, and what became of it."""

    say: str
    """In plain words."""
    outcome: str
    """One of the four."""
    because: str
    """One sentence on why."""
    form: str
    """What it rests on."""
    expression: str
    """The condition or the question."""
    place: str
    """Where the condition stands."""
    observed: tuple[Observed, ...]
    """What decided."""
    missing: tuple[Missing, ...]
    """What would have to be known."""
    evidence: tuple[str, ...]
    """Ids of the evidence."""
    facts: tuple[str, ...]
    """Ids of the facts read."""
    path: tuple[str, ...]
    """The lineage that is the witness."""
    vacuous: bool
    """Whether it would hold only because there was nothing to check."""


@dataclass(frozen=True, slots=True)
class Provision:
    """A provision and what it asks."""

    cite: str
    """`AI Act Art. 10(2)(f)`."""
    obligation: str
    """The obligation's id."""
    celex: str
    """CELEX number."""
    summary: str
    """What it asks."""
    penalty: str
    """What it can cost; empty when none is tied to it."""
    holder: str
    """Who owes it."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver, as the policy holds it or as it lies over a finding."""

    id: str
    """Its id."""
    rule: str
    """`pack/rule`."""
    subject: str
    """The subject's id; empty for all."""
    requester: str
    """Who asked."""
    approver: str
    """Who approved."""
    reason: str
    """Why."""
    compensating: str
    """What is done instead."""
    begins: str
    """First day, ISO; empty when not stated."""
    ends: str
    """Last day, ISO."""
    state: str
    """`in force`, `expired`, `not yet in force` or `unused`."""
    findings: tuple[int, ...]
    """Numbers of the findings it lies over."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, in words."""

    number: int
    """Its place in the report, from 1."""
    id: str
    """Its id, stable from audit to audit."""
    pack: str
    """The pack's id."""
    rule: str
    """The rule's id within the pack."""
    title: str
    """The rule's title."""
    subject: str
    """The subject's id."""
    subject_label: str
    """`model/risk-net@1.0`."""
    subject_title: str
    """What people call the subject."""
    subject_place: str
    """Where it is declared."""
    outcome: str
    """One of the four."""
    severity: str
    """How much it matters."""
    form: str
    """What it rests on."""
    summary: str
    """The outcome in one sentence."""
    remedy: str
    """What to do."""
    provisions: tuple[Provision, ...]
    """First the leading one."""
    in_force_from: str
    """ISO date, or empty."""
    upcoming: bool
    """Whether that is later than the date of law."""
    applies: str
    """`in force since 25 May 2018`, `applies from 2 December 2027`."""
    date_note: str
    """How the date came about."""
    waiver: Waiver | None
    """The waiver that lies over it."""
    expectations: tuple[Expectation, ...]
    """Why: applicability first."""
    gate: str
    """`closed`, `undetermined`, `waived`, `upcoming` or empty: what it does to the gate."""
    effect: str
    """The same in words; empty when it does nothing."""

    @property
    def cite(self) -> str:
        """The leading provision."""
        return self.provisions[0].cite if self.provisions else self.pack

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Everything that would have to be known."""
        return tuple(dict.fromkeys(item for each in self.expectations for item in each.missing))

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids of all the evidence it rests on."""
        return tuple(dict.fromkeys(item for each in self.expectations for item in each.evidence))

    @property
    def deciding(self) -> Expectation | None:
        """The first expectation with the outcome of the whole."""
        return next((each for each in self.expectations if each.outcome == self.outcome), None)


@dataclass(frozen=True, slots=True)
class Pack:
    """One framework, and what the evidence says about it."""

    id: str
    """The pack's id."""
    version: str
    """Its version."""
    digest: str
    """Its digest."""
    title: str
    """Its title."""
    jurisdiction: str
    """Where its law applies."""
    rules: int
    """How many rules it has."""
    instruments: tuple[Mapping[str, Any], ...]
    """The instruments it reads."""
    readings: tuple[Mapping[str, Any], ...]
    """Where the law leaves room, the reading taken and the other."""
    limits: tuple[str, ...]
    """What it does not establish."""
    tally: Tally
    """Its findings."""
    verdict: str
    """In a few words."""
    statements: tuple[str, ...]
    """In sentences, each count with its denominator."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An answer or a derivation."""

    id: str
    """Its id."""
    subject: str
    """`system/risk-support@2.0`."""
    path: str
    """`system.high_risk`."""
    origin: str
    """`declared` or `derived`."""
    known: bool
    """Whether it has a value."""
    value: str
    """The value in words."""
    because: str
    """Why, for a derivation."""
    cite: str
    """The provisions."""
    given: str
    """Who gave it, when and from what; empty when nobody said."""
    missing: tuple[Missing, ...]
    """What would have to be known."""
    reads: tuple[str, ...]
    """Ids of the facts that it was derived from."""
    question: str
    """The question it answers."""
    who: str
    """Who can answer."""
    place: str
    """Where it was read."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """A named person's answer."""

    rule: str
    """`pack/rule`."""
    subject: str
    """What it is about."""
    answer: str
    """The answer."""
    by: str
    """Who, and in what role."""
    on: str
    """When, and until when it stands."""
    evidence: tuple[str, ...]
    """What it rests on."""
    statement: str
    """The person's own words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence in the register."""

    id: str
    """Its digest."""
    label: str
    """Its short id, as printed everywhere else."""
    collector: str
    """Who measured, with version."""
    subject: str
    """On what."""
    parameters: str
    """With which parameters."""
    method: str
    """How."""
    sample: str
    """On which records."""
    collected: str
    """When."""
    seed: str
    """With which seed."""
    environment: str
    """With which software."""
    inputs: tuple[tuple[str, str], ...]
    """What was read: name and digest."""
    artifacts: tuple[tuple[str, str], ...]
    """What was kept beside it."""
    limits: tuple[str, ...]
    """What it does not show."""
    findings: tuple[int, ...]
    """Numbers of the findings that rest on it."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Evidence that could not be had."""

    collector: str
    """What was to measure."""
    subject: str
    """On what."""
    reason: str
    """Why there is none."""
    advice: str
    """What would supply it."""


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
class Limitation:
    """Something this report does not establish."""

    source: str
    """Who says so: the report, a pack, a collector."""
    text: str
    """What is not established."""


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
    findings = _findings(audit)
    labels = _labels([piece["id"] for piece in audit["evidence"]])
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
        _pack(pack, [finding for finding in findings if finding.pack == pack["id"]], audit["as_of"])
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
        tally=_tally(findings),
        counts=dict(audit["counts"]),
        packs=packs,
        policy=audit["policy"],
        findings=findings,
        facts=tuple(_fact(fact) for fact in audit["facts"]),
        attestations=tuple(_attestation(item) for item in audit["graph"].get("attestations", ())),
        results=results,
        register=tuple(_piece(piece, labels, resting) for piece in pieces),
        absent=tuple(
            Absent(item["need"]["collector"], words.label(item["need"]["subject"]), item["reason"], item["advice"])
            for item in audit["missing"]
        ),
        waivers=_waivers(audit["policy"], findings),
        limitations=_limitations(audit, findings, results),
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


def _labels(ids: Sequence[str]) -> dict[str, str]:
    """Short ids that tell the pieces of this audit apart: `E-` and as many hexadecimal characters as that needs."""
    length = 8
    while len({words.short_digest(id_, length) for id_ in ids}) < len(set(ids)) and length < 64:
        length += 2
    return {id_: f"E-{words.short_digest(id_, length)}" for id_ in ids}


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Article 9 before article 10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d{1,18})", text) if part
    )


def _standing(finding: Mapping[str, Any]) -> int:
    """What a finding asks of the reader, the most pressing first."""
    open_ = finding["outcome"] in ("not_met", "not_determined")
    if finding["outcome"] == "not_applicable":
        return 6
    if open_ and not finding["upcoming"]:
        return 2 if finding["waiver"] else 0 if finding["outcome"] == "not_met" else 1
    if open_:
        return 3
    return 5 if finding["upcoming"] else 4


def _findings(audit: Mapping[str, Any]) -> tuple[Finding, ...]:
    gate = audit["gate"]
    does = {id_: name for name in ("upcoming", "waived", "undetermined", "closed_by") for id_ in gate[name]}
    order = sorted(
        audit["findings"],
        key=lambda f: (
            _standing(f),
            SEVERITIES.index(f["severity"]),
            f["in_force_from"] or "",
            _natural(f["citations"][0]["instrument"] + f["citations"][0]["provision"]) if f["citations"] else (),
            f["id"],
        ),
    )
    return tuple(_finding(number, finding, does.get(finding["id"], "")) for number, finding in enumerate(order, 1))


def _finding(number: int, finding: Mapping[str, Any], gate: str) -> Finding:
    note = finding["waiver"]
    rule = f"{finding['pack']}/{finding['rule']}"
    waiver = (
        None
        if note is None
        else Waiver(
            note["id"],
            rule,
            finding["subject"],
            "",
            note["approver"],
            note["reason"],
            note["compensating"],
            "",
            note["expires"],
            "in force",
            (number,),
        )
    )
    start = finding["in_force_from"] or ""
    applies = (
        "never applies to this subject"
        if not start
        else f"applies from {words.day(start)}"
        if finding["upcoming"]
        else f"in force since {words.day(start)}"
    )
    effect = {
        "closed_by": "closes the gate",
        "undetermined": "keeps the gate from opening: not determined",
        "waived": f"would keep the gate from opening, but for waiver {note['id']}" if note else "",
        "upcoming": f"would keep the gate from opening from {words.day(start)}",
    }.get(gate, "")
    return Finding(
        number,
        finding["id"],
        finding["pack"],
        finding["rule"],
        finding["title"],
        finding["subject"],
        words.label(finding["subject"]),
        finding["subject_title"],
        finding["subject_place"],
        finding["outcome"],
        finding["severity"],
        finding["form"],
        words.sentence(finding["summary"]),
        words.sentence(finding["remedy"]),
        tuple(
            Provision(
                f"{c['instrument']} {c['provision']}",
                c["obligation"],
                c["celex"],
                words.sentence(c["summary"]),
                c["penalty"],
                ", ".join(holder.replace("_", " ") for holder in c["holder"]),
            )
            for c in finding["citations"]
        ),
        start,
        finding["upcoming"],
        applies,
        finding["date_note"],
        waiver,
        tuple(_expectation(reason) for reason in finding["reasons"]),
        "closed" if gate == "closed_by" else gate,
        effect,
    )


def _expectation(reason: Mapping[str, Any]) -> Expectation:
    return Expectation(
        words.sentence(reason["say"]),
        reason["outcome"],
        words.sentence(reason["because"]),
        reason["form"],
        reason["expression"],
        reason["place"],
        tuple(Observed(item["text"], _found(item["value"]), item.get("because") or "") for item in reason["observed"]),
        tuple(_missing(item) for item in reason["missing"]),
        tuple(reason["evidence"]),
        tuple(reason["facts"]),
        tuple(words.label(node) for node in reason["path"]),
        reason["vacuous"],
    )


def _found(item: Any) -> str:
    return item if isinstance(item, str) else words.value(item)


def _tally(findings: Sequence[Finding]) -> Tally:
    applicable = [f for f in findings if f.outcome != "not_applicable"]
    now = [f for f in applicable if not f.upcoming]
    later = [f for f in applicable if f.upcoming]

    def of(group: Sequence[Finding], outcome: str) -> int:
        return sum(f.outcome == outcome for f in group)

    return Tally(
        len(findings),
        len(now),
        of(now, "met"),
        of(now, "not_met"),
        of(now, "not_determined"),
        sum(f.waiver is not None for f in now if f.outcome != "met"),
        len(later),
        of(later, "met"),
        of(later, "not_met"),
        of(later, "not_determined"),
        len(findings) - len(applicable),
    )


def _pack(pack: Mapping[str, Any], findings: Sequence[Finding], as_of: str) -> Pack:
    tally = _tally(findings)
    return Pack(
        pack["id"],
        pack["version"],
        pack["digest"],
        pack["title"],
        pack["jurisdiction"],
        _number(pack["rules"]),
        tuple(pack["instruments"]),
        tuple(pack["readings"]),
        tuple(words.sentence(item) for item in pack["limits"]),
        tally,
        _verdict(tally, findings),
        _statements(tally, findings, as_of),
    )


def _number(rules: Any) -> int:
    return rules if isinstance(rules, int) else len(rules)


def _verdict(tally: Tally, findings: Sequence[Finding]) -> str:
    """The state of a framework in a few words; the gravest thing first."""
    now = [f for f in findings if not f.upcoming and f.outcome in ("not_met", "not_determined")]
    waived = sum(f.waiver is not None for f in now)
    if tally.total == 0:
        return "nothing was judged"
    if tally.applicable == 0:
        return "nothing in force applies" if tally.upcoming else "nothing applies"
    if tally.not_met and len(now) > waived:
        parts = [f"not met: {words.share(tally.not_met, tally.applicable)} in force"]
        parts += (
            [f"not determined: {words.share(tally.not_determined, tally.applicable)}"] if tally.not_determined else []
        )
        parts += [f"{words.share(waived, len(now))} of these waived"] if waived else []
        return "; ".join(parts)
    if len(now) > waived:
        return f"not determined: {words.share(tally.not_determined, tally.applicable)} in force"
    if now:
        return f"met but for waivers: {words.share(waived, tally.applicable)} waived"
    return f"met: {words.share(tally.met, tally.applicable)} in force"


def _statements(tally: Tally, findings: Sequence[Finding], as_of: str) -> tuple[str, ...]:
    """What the evidence supports and what it does not; each count with what it is a part of."""
    if tally.total == 0:
        return ("No rule of this pack was judged for any subject. Nothing is concluded from that.",)
    said = []
    if tally.applicable:
        said.append(
            f"Of {words.count(tally.applicable, 'finding')} that apply and are in force on {words.day(as_of)}, the "
            f"evidence supports {words.share(tally.met, tally.applicable)} (met), does not support "
            f"{words.share(tally.not_met, tally.applicable)} (not met) and leaves "
            f"{words.share(tally.not_determined, tally.applicable)} open (not determined)."
        )
    else:
        said.append(
            f"No finding of this pack both applies and is in force on {words.day(as_of)}; nothing is concluded about "
            "the law in force."
        )
    unmet = tally.not_met + tally.not_determined
    if tally.waived:
        said.append(
            f"{words.share(tally.waived, unmet)} findings not met or not determined "
            f"{'lies' if tally.waived == 1 else 'lie'} under a waiver; a waiver accepts a risk and changes no outcome."
        )
    if tally.upcoming:
        first = min(f.in_force_from for f in findings if f.upcoming and f.outcome != "not_applicable")
        said.append(
            f"{words.share(tally.upcoming, tally.total)} findings "
            f"{'concerns' if tally.upcoming == 1 else 'concern'} law that applies later, the first from {words.day(first)}; "
            f"judged as if it applied today, {words.share(tally.upcoming_met, tally.upcoming)} are met, "
            f"{words.share(tally.upcoming_not_met, tally.upcoming)} not met and "
            f"{words.share(tally.upcoming_not_determined, tally.upcoming)} not determined."
        )
    if tally.not_applicable:
        said.append(
            f"{words.share(tally.not_applicable, tally.total)} findings "
            f"{'does' if tally.not_applicable == 1 else 'do'} not apply; the reason stands with each."
        )
    return tuple(said)


def _fact(fact: Mapping[str, Any]) -> Fact:
    known = fact["state"] == "known"
    given = " ".join(
        part
        for part in (
            fact.get("given_by") or "",
            f"on {words.day(fact['given_on'])}" if fact.get("given_on") else "",
            f"from {fact['source']}" if fact.get("source") else "",
        )
        if part
    )
    cite = fact.get("cite") or ()
    return Fact(
        fact["id"],
        words.label(fact["subject"]),
        fact["path"],
        fact["origin"],
        known,
        words.value(fact["value"]) if known else "not known",
        words.sentence(fact.get("because") or ""),
        cite if isinstance(cite, str) else "; ".join(cite),
        given,
        tuple(_missing(item) for item in fact.get("missing") or ()),
        tuple(fact.get("reads") or ()),
        fact.get("question") or "",
        (fact.get("who") or "").replace("_", " "),
        fact.get("place") or "",
    )


def _missing(item: Any) -> Missing:
    if not isinstance(item, Mapping):
        return Missing(str(item), "not stated", "", "")
    return Missing(item["path"], item["reason"], item["who"].replace("_", " "), item["question"])


def _attestation(item: Mapping[str, Any]) -> Attestation:
    until = f", until {words.day(item['valid_until'])}" if item.get("valid_until") else ""
    return Attestation(
        item["rule"],
        words.label(item["subject"]),
        item["answer"],
        f"{item['by']} ({item['role']})",
        words.day(item["on"]) + until,
        tuple(words.label(node) for node in item["evidence"]),
        item["statement"],
    )


def _piece(piece: Mapping[str, Any], labels: Mapping[str, str], resting: Mapping[str, Sequence[int]]) -> Piece:
    need = piece["need"]
    return Piece(
        piece["id"],
        labels[piece["id"]],
        f"{need['collector']} {piece['collector_version']}",
        words.label(need["subject"]),
        "; ".join(f"{key}: {words.value(item)}" for key, item in need["parameters"].items()) or "none",
        words.sentence(piece["method"]),
        "; ".join(f"{key}: {words.value(item)}" for key, item in piece["sample"].items()) or "not stated",
        words.moment(piece["collected_at"]),
        str(piece["seed"]),
        "; ".join(f"{key} {item}" for key, item in piece["environment"].items()) or "not stated",
        tuple(sorted(piece["inputs"].items())),
        tuple(sorted(piece["artifacts"].items())),
        tuple(words.sentence(item) for item in piece["limits"]),
        tuple(resting.get(piece["id"], ())),
    )


def _waivers(policy: Mapping[str, Any], findings: Sequence[Finding]) -> tuple[Waiver, ...]:
    over: dict[str, list[int]] = {}
    for finding in findings:
        if finding.waiver:
            over.setdefault(finding.waiver.id, []).append(finding.number)
    waivers = [
        Waiver(
            item["id"],
            item["rule"],
            item.get("subject") or "",
            item.get("requester") or "",
            item["approver"],
            item["reason"],
            item.get("compensating") or "",
            item.get("from") or "",
            item.get("until") or "",
            item["state"],
            tuple(over.get(item["id"], ())),
        )
        for item in policy.get("waivers", ())
    ]
    listed = {waiver.id for waiver in waivers}
    waivers += [finding.waiver for finding in findings if finding.waiver and finding.waiver.id not in listed]
    return tuple(sorted(waivers, key=lambda waiver: (waiver.state != "in force", waiver.id, waiver.findings)))


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


def _limitations(
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
    for pack in audit["packs"]:
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


_ABOUT = {"title": None, "intended_purpose": "Intended purpose", "description": "Description"}


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
