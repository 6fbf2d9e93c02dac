"""What was added to a pack, taken out of it, or changed in it: rules, facts, dates and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lexaudit.packs.pack import Expectation, FactDeclaration, Flow, Obligation, Pack, Reading, Rule


@dataclass(frozen=True, slots=True)
class Altered:
    """One part of a pack that is not the same in another version of it."""

    section: str
    """`pack`, `rule`, `fact`, `flow`, `obligation`, `route`, `transitional` or `threshold`."""
    name: str
    """Its id."""
    how: str
    """`added`, `removed` or `changed`."""
    cite: str
    """The provision it rests on; empty where none is tied to it."""
    fields: tuple[tuple[str, str, str], ...]
    """What changed: field, before, after; empty for what was added or removed."""

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        changes = [{"field": field, "before": before, "after": after} for field, before, after in self.fields]
        return {"section": self.section, "name": self.name, "how": self.how, "cite": self.cite, "changes": changes}


def differences(before: Pack, after: Pack) -> list[Altered]:
    """What is different in `after`, section by section, each by name."""
    found: list[Altered] = []
    old, new = _sections(before), _sections(after)
    for section in old:
        for name in sorted({*old[section], *new[section]}):
            was, became = old[section].get(name), new[section].get(name)
            cite = (became or was or {}).get("cited", "")
            if was is None or became is None:
                found.append(Altered(section, name, "added" if was is None else "removed", cite, ()))
                continue
            fields = tuple(
                (field, was.get(field, ""), became.get(field, ""))
                for field in dict.fromkeys([*was, *became])
                if field != "cited" and was.get(field, "") != became.get(field, "")
            )
            if fields:
                found.append(Altered(section, name, "changed", cite, fields))
    return found


_Told = Mapping[str, str]


def _sections(pack: Pack) -> dict[str, dict[str, _Told]]:
    head = {
        "version": pack.version,
        "title": pack.title,
        "effective from": pack.effective_from.isoformat(),
        **{f"{i.short} consolidated": i.consolidated.isoformat() for i in pack.instruments},
        **{f"reading {reading.id}": _reading(reading) for reading in pack.readings},
        **{
            f"formally by {f.reading} {f.take}": f"{', '.join(sorted(f.obligations)) or 'all'}; but {', '.join(sorted(f.but)) or 'none'}"
            for f in pack.formally
        },
        **{
            f"until {f.until}": ", ".join(f"{route} from {day}" for route, day in sorted(f.routes.items()))
            for f in pack.former
        },
        "limits": " ".join(pack.limits),
    }
    return {
        "pack": {pack.id: head},
        "rule": {rule.id: _rule(rule) for rule in pack.rules},
        "fact": {path: _fact(fact) for path, fact in pack.facts.items()},
        "flow": {name: _flow(flow) for name, flow in pack.flows.items()},
        "obligation": {name: _obligation(obligation) for name, obligation in pack.obligations.items()},
        "route": {
            when: {"that": route.condition.source, "cite": route.cite, "cited": route.cite}
            for when, route in pack.routes.items()
        },
        "transitional": {
            shift.id: {
                "that": shift.condition.source,
                "from": shift.start.isoformat() if shift.start else "never",
                "routes": ", ".join(sorted(shift.routes)),
                "obligations": ", ".join(sorted(shift.obligations)) or "all",
                **({"law since": shift.since.isoformat()} if shift.since else {}),
                **({"law until": shift.until.isoformat()} if shift.until else {}),
                "cite": shift.cite,
                "cited": shift.cite,
            }
            for shift in pack.transitional
        },
        "threshold": {
            name: {"type": limit.type, "range": str(limit.range or ""), "meaning": limit.meaning}
            for name, limit in pack.thresholds.items()
        },
    }


def _reading(reading: Reading) -> str:
    choices = f" (to be chosen: {' or '.join(map(str, reading.choices))})" if reading.choices else ""
    return reading.statement + choices


def _flow(flow: Flow) -> _Told:
    return {
        "title": flow.title,
        **{f"starts at {kind}": condition.source for kind, condition in flow.starts.items()},
        "along": ", ".join(sorted(flow.along)),
        **{f"stop {number}": f"{stop.at}: {stop.condition.source}" for number, stop in enumerate(flow.stops, 1)},
        "cited": ", ".join(flow.cite),
    }


def _rule(rule: Rule) -> _Told:
    return {
        "title": rule.title,
        "obligations": ", ".join(obligation.id for obligation in rule.obligations),
        "subject": str(rule.subject),
        "severity": rule.severity,
        "form": rule.form,
        "applies": rule.applies.source,
        **{f"expectation {number + 1}": _expectation(e) for number, e in enumerate(rule.expects)},
        "remedy": rule.remedy,
        "not applicable": rule.not_applicable,
        "empty is fine": str(rule.empty_is_fine).lower(),
        "waivable": str(rule.waivable).lower(),
        "cited": _cited(rule),
    }


def _cited(rule: Rule) -> str:
    first = rule.obligations[0]
    return f"{first.instrument.short} {first.provision}"


def _expectation(expectation: Expectation) -> str:
    if expectation.condition is None:
        rests = f", resting on {' or '.join(expectation.documents)}" if expectation.documents else ""
        days = f", valid {expectation.valid_days} days" if expectation.valid_days else ""
        asked = f"the {expectation.who} answers {expectation.answer} to: {expectation.question}{rests}{days}"
    else:
        given = ", ".join(f"{key}: {value}" for key, value in sorted(expectation.parameters.items()))
        measured = f"{expectation.collector} ({given}): " if expectation.collector else ""
        asked = f"{measured}{expectation.condition.source}"
    return f"{expectation.say}: {asked}" + (" (empty is fine)" if expectation.empty_is_fine else "")


def _fact(fact: FactDeclaration) -> _Told:
    return {
        "type": fact.attribute.type,
        "choices": ", ".join(fact.attribute.choices),
        "question": fact.question,
        "help": fact.help,
        "who": fact.who,
        **{
            f"branch {number + 1}": f"{branch.value} when "
            f"{branch.condition.source if branch.condition else 'otherwise'}, because {branch.because}"
            for number, branch in enumerate(fact.branches)
        },
        "cited": ", ".join(fact.cite),
    }


def _obligation(obligation: Obligation) -> _Told:
    return {
        "provision": obligation.provision,
        "kind": obligation.kind,
        "summary": obligation.summary,
        "holder": ", ".join(obligation.holder),
        "applies from": ", ".join(f"{day} ({when})" for day, when in obligation.applies_from),
        **({"formally from": obligation.formally_from.isoformat()} if obligation.formally_from else {}),
        "until": obligation.until.isoformat() if obligation.until else "",
        "amended by": obligation.amended_by,
        "penalty": obligation.penalty,
        "cited": f"{obligation.instrument.short} {obligation.provision}",
    }
