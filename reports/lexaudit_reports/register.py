"""Registers: facts, attestations and evidence, each with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexaudit_reports import words
from lexaudit_reports.finding import Missing, missing_item


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


def labels_of(ids: Sequence[str]) -> dict[str, str]:
    """Short ids that tell the pieces of this audit apart: `E-` and as many hexadecimal characters as that needs."""
    length = 8
    while len({words.short_digest(id_, length) for id_ in ids}) < len(set(ids)) and length < 64:
        length += 2
    return {id_: f"E-{words.short_digest(id_, length)}" for id_ in ids}


def fact_of(fact: Mapping[str, Any]) -> Fact:
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
        tuple(missing_item(item) for item in fact.get("missing") or ()),
        tuple(fact.get("reads") or ()),
        fact.get("question") or "",
        (fact.get("who") or "").replace("_", " "),
        fact.get("place") or "",
    )


def attestation_of(item: Mapping[str, Any]) -> Attestation:
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


def piece_of(piece: Mapping[str, Any], labels: Mapping[str, str], resting: Mapping[str, Sequence[int]]) -> Piece:
    need = piece["need"]
    return Piece(
        piece["id"],
        labels[piece["id"]],
        f"{need['collector']} v{piece['collector_version']}",
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
