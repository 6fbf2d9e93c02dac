"""What a collector is, and what it gives back: evidence, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NewType, Protocol

from lexaudit.canonical import Digest, digest_of
from lexaudit.graph import Graph, NodeId

EvidenceId = NewType("EvidenceId", str)
"""The digest of a piece of evidence: `sha256:` and 64 hexadecimal characters."""


@dataclass(frozen=True)
class Need:
    """One thing to be measured about one subject."""

    collector: str
    """The collector's name: `fairness`, `robustness`, `documents` …"""
    subject: NodeId
    """The node it is measured on."""
    parameters: Mapping[str, Any]
    """JSON parameters; together with collector and subject they identify the need."""

    def plain(self) -> dict[str, Any]:
        """The need as a JSON value."""
        return {"collector": self.collector, "subject": self.subject, "parameters": dict(self.parameters)}

    @cached_property
    def key(self) -> Digest:
        """The digest that identifies the need, whatever is found."""
        return digest_of(self.plain())


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a measurement will read, found without measuring."""

    digests: Mapping[str, Digest]
    """By role and name (`dataset:two-year`, `weights:risk-net`, `document:risk-file`): the content that will be read."""
    cost_seconds: float
    """About how long the measurement takes on two cores."""
    summary: str
    """What would be measured, in one line."""


@dataclass(frozen=True)
class Evidence:
    """What was measured, with everything needed to contest it or to do it again. Plain JSON throughout."""

    need: Need
    """What was asked."""
    value: Mapping[str, Any]
    """The result, as rules read it (`result.…`); every estimate carries its interval and its counts."""
    method: str
    """What was done, in words, with the source of the method."""
    sample: Mapping[str, Any]
    """Which records: counts, how selected, and the digest of the list of their indices."""
    collector_version: str
    """Version of the collector that measured."""
    seed: int
    """The seed of everything random in it."""
    environment: Mapping[str, Any]
    """Versions of the libraries, device, threads: whatever could change a figure."""
    inputs: Mapping[str, Digest]
    """Digests of everything read."""
    artifacts: Mapping[str, Digest]
    """Files kept beside the evidence (raw verdicts, adversarial inputs), by name."""
    collected_at: datetime
    """When, by the clock that was passed in (UTC)."""
    limits: Sequence[str]
    """What the measurement does not show; printed with it."""

    def plain(self) -> dict[str, Any]:
        """The evidence as the JSON value that is stored, hashed and sealed."""
        return {
            "format": "lexaudit-evidence/1",
            "need": self.need.plain(),
            "value": dict(self.value),
            "method": self.method,
            "sample": dict(self.sample),
            "collector_version": self.collector_version,
            "seed": self.seed,
            "environment": dict(self.environment),
            "inputs": dict(self.inputs),
            "artifacts": dict(self.artifacts),
            "collected_at": self.collected_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "limits": list(self.limits),
        }

    @cached_property
    def id(self) -> EvidenceId:
        """The digest of the evidence: change anything and it is another piece."""
        return EvidenceId(digest_of(self.plain()))


@dataclass(frozen=True, slots=True)
class Missing:
    """Evidence that could not be had: a value with a reason, never an absent entry."""

    need: Need
    """What was asked."""
    reason: str
    """Why there is none, in words for the person who must decide."""
    advice: str = ""
    """What would supply it."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {"need": self.need.plain(), "reason": self.reason, "advice": self.advice}


@dataclass(frozen=True, slots=True)
class Workspace:
    """All that a collector may touch."""

    root: Path
    """The folder of the manifest; paths in the graph are relative to it and may not leave it."""
    scratch: Path
    """A folder that exists and is the collector's own while it measures; artifacts are written here."""
    at: datetime
    """The clock: the audit's time (UTC). A collector never asks another."""
    seed: int
    """The root seed of the audit."""
    progress: Callable[[float, str], None]
    """Called with the share done (0 to 1) and a few words."""
    timeout_seconds: float = 900.0
    """How long a probe process may run."""


class Collector(Protocol):
    """One measured thing. A member is a module with one class of this shape."""

    name: str
    """As rules name it."""
    version: str
    """Changes whenever the same inputs could give another result; part of the cache key."""
    subjects: frozenset[str]
    """The kinds of node it can measure."""
    reads_clock: bool
    """Whether the result depends on the audit's time (a document's age), so that a cached one may be stale."""

    def check(self, parameters: Mapping[str, Any]) -> list[str]:
        """What is wrong with a rule's parameters, in words; called when a pack is loaded, without any graph."""
        ...

    def inspect(self, need: Need, graph: Graph, workspace: Workspace) -> Inputs | Missing:
        """Look at what would be read, without measuring and without heavy libraries.

        Raises `InputError` (with the place in the manifest) for what the user must mend: a file that is not there or
        truncated, a column that does not exist, predictions that are not binary, weights that do not fit. Returns
        `Missing` where the subject honestly cannot be measured (no data declared, an extra that is not installed).
        """
        ...

    def measure(self, need: Need, inputs: Inputs, graph: Graph, workspace: Workspace) -> Evidence | Missing:
        """Measure. Never raises for what the subject does: a probe that fails is `Missing` with the reason."""
        ...
