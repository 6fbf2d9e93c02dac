"""What an organisation demands: which packs, which limits, what closes its gate, and which findings it has waived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from lexaudit.canonical import Digest, digest_of
from lexaudit.errors import InputError, Place, raise_all
from lexaudit.finding import Severity
from lexaudit.graph.manifest import plain_value
from lexaudit.marked import Marked, parse_marked, read_marked, unknown_word
from lexaudit.packs import Pack, Reading, Threshold, available_packs, load_pack, shipped_packs
from lexaudit.packs.shapes import Shape, Word
from lexaudit.shaped import shape

Force = Literal["law", "guideline", "convention", "organisation"]


class PackChoiceShape(Shape):
    id: Word
    version: Word | None = None
    path: Word | None = None


class GateShape(Shape):
    block_at: Literal["critical", "high", "medium", "low"] = "high"


class RegisteredShape(Shape):
    value: float | int
    source: Word
    force: Force
    registered: date


class ReadingChoiceShape(Shape):
    take: Word | int
    because: Word


class WaiverShape(Shape):
    id: Word
    rule: Word
    subject: Word
    requester: Word
    approver: Word
    reason: Word
    compensating: Word
    from_: date = Field(alias="from")
    until: date


class PolicyShape(Shape):
    policy: Literal[1]
    name: Word
    description: str = ""
    packs: Annotated[list[PackChoiceShape], Field(min_length=1)]
    gate: GateShape = GateShape()
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    thresholds: dict[str, RegisteredShape] = {}
    readings: dict[str, ReadingChoiceShape] = {}
    waivers: list[WaiverShape] = []


@dataclass(frozen=True, slots=True)
class Registered:
    """A limit the organisation set itself, with where it comes from."""

    name: str
    """As the pack declares it."""
    value: float | int
    """The limit."""
    source: str
    """Who set it, and from what."""
    force: str
    """`law`, `guideline`, `convention` or `organisation`."""
    registered: date
    """Since when it stands in the policy."""


@dataclass(frozen=True, slots=True)
class ReadingChoice:
    """A reading of the law that the organisation takes, where a pack lets it choose."""

    id: str
    take: str | int
    """One of the reading's choices."""
    because: str
    """Why, in the organisation's words."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted shortfall: it lies over a finding and never changes its outcome."""

    id: str
    rule: str
    """`pack/rule`."""
    subject: str
    """`kind/name`, or `*` for every subject of the rule."""
    requester: str
    approver: str
    reason: str
    compensating: str
    """What is done instead."""
    start: date
    until: date
    """The last day it holds (UTC)."""
    place: Place

    def state(self, day: date) -> str:
        """`in force`, `expired` or `not yet in force` on a day."""
        if day < self.start:
            return "not yet in force"
        # INVARIANT: a waiver dies at its expiry (plan, section 4, no. 3)
        return "in force" if day <= self.until else "expired"

    def covers(self, rule: str, label: str) -> bool:
        """Whether it is meant for this rule and subject."""
        return self.rule == rule and self.subject in ("*", label)


@dataclass(frozen=True)
class Policy:
    """An organisation's demands, with the packs they choose."""

    name: str
    packs: tuple[Pack, ...]
    block_at: Severity
    seed: int
    thresholds: Mapping[str, Registered]
    waivers: tuple[Waiver, ...]
    digest: Digest
    """Digest of the policy as written, without its comments."""
    readings: Mapping[str, ReadingChoice] = field(default_factory=dict)
    """The readings chosen otherwise than by default, by their ids."""

    @property
    def taken(self) -> dict[str, str | int]:
        """What `reading.<id>` is for every reading that may be chosen: the policy's choice, or the pack's default."""
        defaults = {r.id: r.choices[0] for pack in self.packs for r in pack.readings if r.choices}
        return {**defaults, **{choice.id: choice.take for choice in self.readings.values()}}

    @property
    def declared_thresholds(self) -> dict[str, Threshold]:
        """Every limit that the chosen packs ask for."""
        return {name: threshold for pack in self.packs for name, threshold in pack.thresholds.items()}

    def rule_names(self) -> set[str]:
        """`pack/rule` of every rule chosen."""
        return {rule.name for pack in self.packs for rule in pack.rules}


def default_policy() -> Policy:
    """The policy where none is given: every shipped pack, no limits registered, nothing waived."""
    chosen = "\n".join(f"  - id: {folder.name}" for folder in shipped_packs())
    text = f"policy: 1\nname: default (no policy was given)\npacks:\n{chosen}\n"
    return policy_of(parse_marked(text.encode(), "default policy"), Path())


def read_policy(path: Path) -> Policy:
    """Read a policy and load the packs it chooses. Raises `InputError` or `InputErrors` with places."""
    return policy_of(read_marked(path), path.parent)


def policy_of(document: Marked, folder: Path) -> Policy:
    """The policy of a document already read; packs with a `path` are looked for relative to `folder`."""
    item, errors = shape(PolicyShape, document, document.data)
    if item is None:
        raise_all(errors)
        raise AssertionError("a policy without a shape has errors")
    packs = _packs(item, document, folder)
    declared = {name: threshold for pack in packs for name, threshold in pack.thresholds.items()}
    thresholds: dict[str, Registered] = {}
    for name, registered in item.thresholds.items():
        place = document.key_place("thresholds", name)
        if name not in declared:
            errors.append(unknown_word("threshold", name, declared, place))
            continue
        limits = declared[name].range
        if limits and not limits[0] <= registered.value <= limits[1]:
            errors.append(
                InputError(
                    f"`{name}` must lie between {limits[0]:g} and {limits[1]:g}, not {registered.value:g}",
                    place=document.place("thresholds", name, "value"),
                    advice=declared[name].meaning,
                )
            )
        thresholds[name] = Registered(
            name, registered.value, registered.source, registered.force, registered.registered
        )
    readings = _readings(item, document, packs, errors)
    rules = {rule.name: rule for pack in packs for rule in pack.rules}
    waivers: list[Waiver] = []
    for index, waiver in enumerate(item.waivers):
        place = document.place("waivers", index)
        if waiver.rule not in rules:
            errors.append(unknown_word("rule", waiver.rule, rules, document.place("waivers", index, "rule")))
            continue
        if not rules[waiver.rule].waivable:
            errors.append(
                InputError(
                    f"`{waiver.rule}` cannot be waived",
                    place=document.place("waivers", index, "rule"),
                    advice="a prohibition stands until it no longer applies; take the waiver out",
                )
            )
        if waiver.requester.casefold() == waiver.approver.casefold():
            errors.append(
                InputError(
                    f"the waiver `{waiver.id}` is approved by the one who asked for it",
                    place=place,
                    advice="have somebody else approve it",
                )
            )
        if waiver.until < waiver.from_:
            errors.append(
                InputError(
                    f"the waiver `{waiver.id}` ends before it begins", place=document.place("waivers", index, "until")
                )
            )
        if any(known.id == waiver.id for known in waivers):
            errors.append(
                InputError(f"the waiver `{waiver.id}` is given twice", place=document.place("waivers", index, "id"))
            )
        waivers.append(
            Waiver(
                waiver.id,
                waiver.rule,
                waiver.subject,
                waiver.requester,
                waiver.approver,
                waiver.reason,
                waiver.compensating,
                waiver.from_,
                waiver.until,
                place,
            )
        )
    raise_all(errors)
    return Policy(
        item.name,
        tuple(packs),
        Severity(item.gate.block_at),
        item.seed,
        dict(sorted(thresholds.items())),
        tuple(waivers),
        digest_of(plain_value(document.data)),
        readings,
    )


def _readings(
    item: PolicyShape, document: Marked, packs: list[Pack], errors: list[InputError]
) -> dict[str, ReadingChoice]:
    """The readings that the policy chooses; what is wrong with them is added to the errors."""
    known: dict[str, tuple[Pack, Reading]] = {}
    for pack in packs:
        for reading in pack.readings:
            if not reading.choices:
                continue
            if reading.id in known:
                errors.append(
                    InputError(
                        f"the reading `{reading.id}` is declared by the packs `{known[reading.id][0].id}` and `{pack.id}`",
                        place=document.place("packs"),
                        advice="choose one of the packs, or give the reading another name in one",
                    )
                )
            known[reading.id] = (pack, reading)
    chosen: dict[str, ReadingChoice] = {}
    for name, choice in item.readings.items():
        if name not in known:
            errors.append(unknown_word("reading to be chosen", name, known, document.key_place("readings", name)))
            continue
        choices = known[name][1].choices
        if choice.take not in choices:
            words = list(map(str, choices))
            errors.append(unknown_word("choice", str(choice.take), words, document.place("readings", name, "take")))
        chosen[name] = ReadingChoice(name, choice.take, choice.because)
    return dict(sorted(chosen.items()))


def _packs(item: PolicyShape, document: Marked, folder: Path) -> list[Pack]:
    available = available_packs()
    packs: list[Pack] = []
    for index, choice in enumerate(item.packs):
        if choice.path is not None:
            source = folder / choice.path
            if not (source / "pack.yaml").is_file():
                raise InputError(
                    f"there is no rule pack in `{choice.path}`",
                    place=document.place("packs", index, "path"),
                    advice="the path is relative to the policy and leads to a folder with a `pack.yaml`",
                )
        elif choice.id in available:
            source = available[choice.id]
        else:
            raise unknown_word("rule pack", choice.id, available, document.place("packs", index, "id"))
        pack = load_pack(source)
        if pack.id != choice.id:
            raise InputError(
                f"the pack in `{choice.path}` is `{pack.id}`, not `{choice.id}`",
                place=document.place("packs", index, "id"),
            )
        if choice.version is not None and choice.version != pack.version:
            raise InputError(
                f"there is no version {choice.version} of the pack `{choice.id}`",
                place=document.place("packs", index, "version"),
                advice=f"version {pack.version} is installed: write that, or install the other",
            )
        if any(known.id == pack.id for known in packs):
            raise InputError(f"the pack `{pack.id}` is chosen twice", place=document.place("packs", index))
        packs.append(pack)
    return packs


def plain_policy(policy: Policy, day: date, used: set[str]) -> dict[str, Any]:
    """The policy as it is printed and sealed; `used` are the ids of waivers that lie over a finding."""
    declared = policy.declared_thresholds

    def state(waiver: Waiver) -> str:
        now = waiver.state(day)
        return "unused" if now == "in force" and waiver.id not in used else now

    return {
        "name": policy.name,
        "digest": policy.digest,
        "block_at": str(policy.block_at),
        "seed": policy.seed,
        "thresholds": [
            {
                "name": t.name,
                "value": t.value,
                "source": t.source,
                "force": t.force,
                "registered": t.registered.isoformat(),
                "meaning": declared[t.name].meaning,
            }
            for t in policy.thresholds.values()
        ],
        "readings": [{"id": r.id, "take": r.take, "because": r.because} for r in policy.readings.values()],
        "waivers": [
            {
                "id": w.id,
                "rule": w.rule,
                "subject": w.subject,
                "requester": w.requester,
                "approver": w.approver,
                "reason": w.reason,
                "compensating": w.compensating,
                "from": w.start.isoformat(),
                "until": w.until.isoformat(),
                "state": state(w),
            }
            for w in policy.waivers
        ],
    }
