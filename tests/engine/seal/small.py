"""One small audit, the bundle that is written from it, and bits that are changed in files."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from lexaudit.audit import Audit, gate_of
from lexaudit.bundle import Sealed, seal
from lexaudit.canonical import digest_bytes, digest_of
from lexaudit.collect import Evidence, Inputs, Need
from lexaudit.errors import Place
from lexaudit.finding import Citation, Finding, Outcome, Severity
from lexaudit.graph import Graph, Kind, Node, NodeId, Origin
from lexaudit.store import Store
from lexaudit.verify import Verification, verify

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MODEL = NodeId("model:northgate/risk-net")
ARTIFACT = b"rows, one a line\n"


def small_evidence() -> Evidence:
    return Evidence(
        Need("fairness", MODEL, {"by": ["sex"]}),
        {"difference": {"estimate": 0.2, "low": 0.1, "high": 0.3}},
        "counts by group",
        {"rows": 20},
        "1",
        7,
        {"device": "cpu"},
        {"dataset:test": digest_bytes(b"the test split")},
        {"rows.txt": digest_bytes(ARTIFACT)},
        AT,
        ("Small.",),
    )


def inputs_of(evidence: Evidence) -> Inputs:
    return Inputs(evidence.inputs, 0.1, "error rates by sex")


def small_audit(title: str = "Risk support") -> Audit:
    """An audit that one finding closes, resting on one piece of evidence with one file."""
    place = Place("lexaudit.yaml", 3, 5)
    node = Node(MODEL, Kind.MODEL, "risk-net", {"title": "Risk network"}, {}, Origin(place), {"title": place})
    finding = Finding(
        f"eu_ai_act/bias-not-examined@{MODEL}",
        "eu_ai_act",
        "bias-not-examined",
        "Bias examined",
        MODEL,
        "Risk network",
        "lexaudit.yaml:3:5",
        Outcome.NOT_MET,
        Severity.HIGH,
        "measured",
        (Citation("aia-10-2-f", "AI Act", "Art. 10(2)(f)", "32024R1689", "Examine for biases.", "", ("provider",)),),
        date(2026, 8, 2),
        False,
        "",
        (),
        "The error rates of the groups differ.",
        "Examine the bias.",
        None,
    )
    return Audit(
        title,
        {"name": "lexaudit", "version": "0.1.0", "digest": digest_of("engine")},
        AT,
        AT.date(),
        Graph(title, {MODEL: node}, ()),
        (),
        (
            {
                "id": "eu_ai_act",
                "version": "1.0.0",
                "digest": digest_of("pack"),
                "title": "EU AI Act",
                "jurisdiction": "EU",
                "instruments": [],
                "readings": [],
                "limits": [],
                "rules": 1,
            },
        ),
        {
            "name": "release",
            "digest": digest_of("policy"),
            "block_at": "high",
            "seed": 7,
            "thresholds": [],
            "waivers": [],
        },
        (),
        (),
        (small_evidence(),),
        (),
        (finding,),
        gate_of([finding], ["eu_ai_act"], Severity.HIGH),
    )


def kept(folder: Path, evidence: Evidence | None = None) -> Store:
    """A store that holds the evidence with its file."""
    store, scratch = Store(folder), folder.parent / f"{folder.name}-scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "rows.txt").write_bytes(ARTIFACT)
    store.keep(evidence or small_evidence(), scratch)
    return store


def sealed(folder: Path, *, pdf: bool = False, title: str = "Risk support") -> Sealed:
    """The small audit, entered in the ledger of `folder/store`, with its bundle in `folder/out`."""
    kept(folder / "store")
    return seal(small_audit(title), folder / "store", folder / "out", pdf=pdf)


def flips(data: bytes, number: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """The data with one bit changed, many times; each with the place."""
    chance = random.Random(seed)
    for _ in range(number):
        place, bit = chance.randrange(len(data)), chance.randrange(8)
        changed = bytearray(data)
        changed[place] ^= 1 << bit
        yield f"bit {bit} of byte {place}", bytes(changed)


def unseen(path: Path, check: Callable[[], Verification], number: int, seed: int, names: str) -> list[str]:
    """Flip bits of a file one at a time: the places where no failing step names what does not hold."""
    original = path.read_bytes()
    missed = []
    try:
        for place, changed in flips(original, number, seed):
            path.write_bytes(changed)
            failing = [step for step in check().steps if not step.holds]
            if not any(names in step.what and step.said for step in failing):
                missed.append(f"{place}: {[step.what for step in failing]}")
    finally:
        path.write_bytes(original)
    return missed


def problems(path: Path, trust: Path | None = None) -> list[tuple[str, str]]:
    """What does not hold, each with what was said."""
    return [(step.what, step.said) for step in verify(path, trust, AT).steps if not step.holds]
