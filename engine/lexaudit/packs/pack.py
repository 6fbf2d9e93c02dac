"""A rule pack once it is loaded: law as frozen data, its conditions compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexaudit.canonical import Digest
from lexaudit.errors import Place
from lexaudit.graph import Attribute, Kind, Relation

if TYPE_CHECKING:
    from lexaudit.condition import Condition


NOWHERE = Place("")
"""The place of what was read from no file."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A law that a pack cites."""

    id: str
    title: str
    short: str
    """How it is cited: `AI Act`."""
    celex: str
    eli: str
    consolidated: date
    """The date of the consolidated text that was read."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "id": self.id,
            "title": self.title,
            "short": self.short,
            "celex": self.celex,
            "eli": self.eli,
            "consolidated": self.consolidated.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Obligation:
    """One entry of the catalogue: a provision, who owes it, and from when."""

    id: str
    instrument: Instrument
    provision: str
    kind: str
    summary: str
    holder: tuple[str, ...]
    applies_from: tuple[tuple[date, str], ...]
    """Dates, each with the route on which it holds (`all` always does)."""
    penalty: str
    """What it can cost, in words; empty when nothing is tied to it."""
    until: date | None = None
    """The last day on which it applies; none while nothing has ended it."""
    amended_by: str = ""
    """What ended or replaced it, as it is cited; empty when nothing has."""
    formally_from: date | None = None
    """From when it applies on paper, where another reading of the law ties its date to something later."""
    version_of: str = ""
    """The entry of the catalogue of which this is an earlier wording; empty for the entry itself."""
    place: Place = NOWHERE
    """Where it stands in the pack."""


@dataclass(frozen=True, slots=True)
class Route:
    """Which systems, or models, a date of an obligation is for."""

    when: str
    condition: Condition
    cite: str
    place: Place = NOWHERE
    subject: Kind = Kind.SYSTEM
    """What the condition is about: a system, or a model."""


@dataclass(frozen=True, slots=True)
class Transitional:
    """A later start for some systems."""

    id: str
    cite: str
    routes: frozenset[str]
    """It shifts only dates that came by one of these routes."""
    obligations: frozenset[str]
    """It shifts only these obligations; all when empty."""
    condition: Condition
    start: date | None
    """The later date; none when the obligation never applies."""
    place: Place = NOWHERE
    since: date | None = None
    """The first date of law on which it stands so; none when it always did."""
    until: date | None = None
    """The last date of law on which it stands so; none while nothing has ended it."""

    def stands(self, as_of: date) -> bool:
        """Whether it is law on a day."""
        return (self.since is None or self.since <= as_of) and (self.until is None or as_of <= self.until)


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the law leaves room: the reading taken unless the policy takes another."""

    id: str
    statement: str
    """The reading taken by default."""
    alternative: str
    """The other; empty where none is stated."""
    certainty: str
    """How sure it is."""
    choices: tuple[str, ...] | tuple[int, ...]
    """The values of `reading.<id>`, the default first; empty for a reading that cannot be chosen."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        told = {
            "id": self.id,
            "statement": self.statement,
            "alternative": self.alternative,
            "certainty": self.certainty,
        }
        return {**told, "choices": list(self.choices)} if self.choices else told


@dataclass(frozen=True, slots=True)
class Formally:
    """A reading under which obligations apply from their formal date."""

    reading: str
    take: str | int
    obligations: frozenset[str]
    """Only these; all with a formal date when empty."""
    but: frozenset[str]
    """Not these."""
    cite: str

    def reaches(self, obligation: Obligation, taken: Mapping[str, Any]) -> bool:
        """Whether an obligation applies from its formal date under the readings taken."""
        return (
            obligation.formally_from is not None
            and taken.get(self.reading) == self.take
            and (not self.obligations or obligation.id in self.obligations)
            and obligation.id not in self.but
        )


@dataclass(frozen=True, slots=True)
class Former:
    """The dates of routes before an amendment moved them."""

    until: date
    """The last date of law on which they stood."""
    amended_by: str
    routes: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit that the organisation must register."""

    name: str
    """`fairness.error_rate_difference`."""
    type: str
    range: tuple[float, float] | None
    meaning: str
    question: str
    place: Place


@dataclass(frozen=True, slots=True)
class Branch:
    """One case of a derivation."""

    condition: Condition | None
    """None for the last, which holds otherwise."""
    value: Any
    because: str
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactDeclaration:
    """A question somebody answers, or a derivation from other facts."""

    path: str
    """`system.profiling`."""
    kind: Kind
    name: str
    attribute: Attribute
    """Type, choices and meaning."""
    question: str
    help: str
    who: str
    """Who may answer: a role, or `anyone`."""
    cite: tuple[str, ...]
    branches: tuple[Branch, ...]
    """Empty for a question."""
    place: Place

    @property
    def derived(self) -> bool:
        """Whether it follows from other facts."""
        return bool(self.branches)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a flow ends."""

    at: Relation | Kind
    """Edges of this relation, or nodes of this kind, which then clear it of themselves and of what they pass on."""
    condition: Condition
    """Of which of them: over `edge`, or over the node."""
    because: str
    place: Place


@dataclass(frozen=True, slots=True)
class Flow:
    """A fact that is carried along lineage until something stops it."""

    name: str
    title: str
    """What is carried, in words: `special categories of personal data`."""
    cite: tuple[str, ...]
    starts: Mapping[Kind, Condition]
    """Where it starts: a condition over each kind of node."""
    along: frozenset[Relation]
    """The relations it goes along."""
    stops: tuple[Stop, ...]
    place: Place

    @property
    def source(self) -> tuple[object, ...]:
        """Everything that decides where it goes, to compare flows of several packs."""
        return (
            tuple((kind, condition.source) for kind, condition in sorted(self.starts.items())),
            tuple(sorted(self.along)),
            tuple((stop.at, stop.condition.source) for stop in self.stops),
        )


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing a rule expects."""

    say: str
    """In one plain sentence."""
    form: str
    """`computed`, `recorded`, `measured` or `attested`."""
    condition: Condition | None
    """None when a person is asked."""
    collector: str
    """The collector that measures; empty when nothing is measured."""
    parameters: Mapping[str, Any]
    """What it is asked."""
    question: str
    """What a person is asked; empty when nobody is."""
    roles: tuple[str, ...]
    """Who may answer: any one of these roles; empty when nobody is asked."""
    answer: str
    """The answer that meets the expectation."""
    documents: tuple[str, ...]
    """Types of document, one of which an attestation must rest on."""
    valid_days: int | None
    place: Place
    empty_is_fine: bool = False
    """Whether it may hold because there is nothing to check."""
    cites: tuple[Obligation, ...] = ()
    """Which of the rule's obligations this one answers; empty when it answers them all."""
    item: str = ""
    """For one item of a document's contents: the section or field that is asked for."""

    @property
    def who(self) -> str:
        """Who may answer, as it is said: `provider or deployer`."""
        return " or ".join(self.roles)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the law asks of one kind of subject."""

    pack: str
    id: str
    title: str
    obligations: tuple[Obligation, ...]
    subject: Kind
    severity: str
    form: str
    applies: Condition
    not_applicable: str
    expects: tuple[Expectation, ...]
    remedy: str
    why: str
    references: tuple[str, ...]
    empty_is_fine: bool
    waivable: bool
    place: Place

    @property
    def name(self) -> str:
        """`pack/rule`."""
        return f"{self.pack}/{self.id}"


@dataclass(frozen=True, slots=True)
class Pack:
    """Law as data, of one version."""

    id: str
    version: str
    title: str
    jurisdiction: str
    effective_from: date
    instruments: tuple[Instrument, ...]
    readings: tuple[Reading, ...]
    limits: tuple[str, ...]
    obligations: Mapping[str, Obligation]
    routes: Mapping[str, Route]
    transitional: tuple[Transitional, ...]
    thresholds: Mapping[str, Threshold]
    facts: Mapping[str, FactDeclaration]
    rules: tuple[Rule, ...]
    digest: Digest
    """Digest of every file that decides something."""
    folder: Path
    flows: Mapping[str, Flow] = field(default_factory=dict)
    """Facts that are carried along lineage; those that rules forbid have names of their own, with a colon."""
    formally: tuple[Formally, ...] = ()
    """Readings under which obligations apply from their formal date."""
    former: tuple[Former, ...] = ()
    """Dates before amendments, the earliest first."""

    def plain(self) -> dict[str, Any]:
        """As it is printed and sealed."""
        return {
            "id": self.id,
            "version": self.version,
            "digest": self.digest,
            "title": self.title,
            "jurisdiction": self.jurisdiction,
            "instruments": [instrument.plain() for instrument in self.instruments],
            "readings": [reading.plain() for reading in self.readings],
            "limits": list(self.limits),
            "rules": len(self.rules),
        }
