"""From when an obligation applies to a subject: its dates, the routes they are for, and transitional law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lexaudit.facts import Derivations
from lexaudit.graph import Kind, Node
from lexaudit.packs import Obligation, Pack, Rule

BINDING = frozenset({"obligation", "prohibition", "condition", "content_item"})


@dataclass(frozen=True, slots=True)
class Start:
    """When an obligation begins for a subject."""

    day: date | None
    """None when it never does, or when no date could be tied to the subject."""
    never: bool
    """Whether transitional law exempts the subject for good, or the obligation has ended."""
    note: str
    """How the date came about."""


def start_of(rule: Rule, pack: Pack, subject: Node, derivations: Derivations, as_of: date) -> Start:
    """The earliest start among the obligations that a rule cites and that have not ended by the date of law."""
    binding = [obligation for obligation in rule.obligations if obligation.kind in BINDING] or rule.obligations
    standing = [obligation for obligation in binding if obligation.until is None or as_of <= obligation.until]
    if not standing:
        return _ended(max(binding, key=lambda obligation: obligation.until or date.max))
    # the contents of one document share their dates: what is dated alike is dated once, and the first of them is told
    alike: dict[tuple[object, ...], Obligation] = {}
    for obligation in standing:
        alike.setdefault(_dated_by(obligation, pack, derivations), obligation)
    starts = [_start(obligation, pack, subject, derivations, as_of) for obligation in alike.values()]
    dated = [start for start in starts if start.day is not None]
    if dated:
        return min(dated, key=lambda start: start.day or date.max)
    return next((start for start in starts if start.never), starts[0])


def _dated_by(obligation: Obligation, pack: Pack, derivations: Derivations) -> tuple[object, ...]:
    """Everything that the start of an obligation for a given subject and day rests on."""
    formally = next((f for f in pack.formally if f.reaches(obligation, derivations.base["reading"])), None)
    named = tuple(shift.id for shift in pack.transitional if obligation.id in shift.obligations)
    return obligation.applies_from, formally is not None and obligation.formally_from, named


def _ended(last: Obligation) -> Start:
    """A rule none of whose obligations applies any more, told by the last of them that did."""
    assert last.until is not None
    by = f", amended by {last.amended_by}" if last.amended_by else ""
    cited = f"{last.instrument.short} {last.provision}"
    return Start(None, True, f"{cited} applied until {last.until.isoformat()}{by}")


def _start(obligation: Obligation, pack: Pack, subject: Node, derivations: Derivations, as_of: date) -> Start:
    cited = f"{obligation.instrument.short} {obligation.provision}"
    candidates: list[Start] = []
    formally = next((f for f in pack.formally if f.reaches(obligation, derivations.base["reading"])), None)
    for day, when in obligation.applies_from:
        if when == "all":
            candidates.append(Start(day, False, f"{cited} applies from {day.isoformat()}"))
            continue
        route = pack.routes[when]
        told = route.cite
        former = next((f for f in pack.former if as_of <= f.until and when in f.routes), None)
        if former is not None:
            day, told = former.routes[when], f"as the law stood before {former.amended_by}"
        elif formally is not None and obligation.formally_from is not None:
            day, told = (
                min(day, obligation.formally_from),
                f"{formally.cite}; reading {formally.reading}: {formally.take}",
            )
        for view in derivations.world.look("models" if route.subject is Kind.MODEL else "systems", subject.id):
            node = view.node
            activation = derivations.activation(node)
            on_route = route.condition.evaluate(activation)
            if on_route is False:
                continue
            decided = "" if on_route is True else f"; whether {node.label} is on this route is not determined"
            note = f"{cited} applies from {{day}} ({told}){decided}"
            if route.subject is Kind.SYSTEM:
                candidates.append(_shifted(obligation, pack, day, when, activation, note, as_of))
            else:
                candidates.append(Start(day, False, note.format(day=day.isoformat())))
    dated = [start for start in candidates if start.day is not None]
    if dated:
        # INVARIANT: a date that cannot be decided counts as the earliest it could be; upcoming law is never assumed
        return min(dated, key=lambda start: start.day or date.max)
    if candidates:
        return candidates[0]
    return Start(None, False, f"no date of {cited} is tied to this subject")


def _shifted(
    obligation: Obligation, pack: Pack, day: date, when: str, activation: dict[str, object], note: str, as_of: date
) -> Start:
    for shift in pack.transitional:
        if not shift.stands(as_of):
            continue
        if when not in shift.routes or (shift.obligations and obligation.id not in shift.obligations):
            continue
        found = shift.condition.evaluate(activation)
        if found is True:
            if shift.start is None:
                return Start(
                    None, True, f"{obligation.instrument.short} {obligation.provision} does not apply: {shift.cite}"
                )
            return Start(shift.start, False, note.format(day=shift.start.isoformat()) + f", moved by {shift.cite}")
        if found is not False:
            return Start(
                day, False, note.format(day=day.isoformat()) + f"; whether {shift.cite} moves it is not determined"
            )
    return Start(day, False, note.format(day=day.isoformat()))
