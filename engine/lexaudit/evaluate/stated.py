"""A value that somebody states although a pack derives it: held against what follows, as a finding of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lexaudit.condition import Unknown
from lexaudit.facts import Derivations, Derived, json_value, missing_item, short_place
from lexaudit.finding import Citation, Finding, MissingItem, Outcome, Reason, Severity
from lexaudit.graph import Fact, Node
from lexaudit.packs import FactDeclaration, Pack
from lexaudit.packs.view import typed
from lexaudit.policy import Policy


def stated_findings(derivations: Derivations, policy: Policy) -> Iterator[Finding]:
    """One finding for every value stated of a derived fact: met when it is what follows, not met when it contradicts.

    What follows is judged by; what is stated never is.
    """
    for node in derivations.world.graph.nodes.values():
        for name, fact in node.facts.items():
            declaration = derivations.facts.get(fact.path)
            if declaration is not None and declaration.derived:
                derivations.world.view(node)[name]
                pack = next(pack for pack in policy.packs if pack.facts.get(fact.path) is declaration)
                yield _finding(pack, node, fact, declaration, derivations, policy)


def _finding(
    pack: Pack,
    node: Node,
    fact: Fact,
    declaration: FactDeclaration,
    derivations: Derivations,
    policy: Policy,
) -> Finding:
    derived = derivations.done[node.id, declaration.name]
    rule = f"stated-{declaration.path.replace('.', '-').replace('_', '-')}"
    label = f"{node.label}@{node.version}" if node.version else node.label
    outcome, because, missing = _held_against(node, fact, derived, derivations, policy)
    say = f"the stated `{fact.path}` is what follows from the other facts"
    told = f"{fact.given_by or 'the manifest'} states {_word(fact.value)}"
    observed = [{"text": fact.path, "value": _word(fact.value), "because": told}]
    reasons = (
        Reason("a value is stated", Outcome.MET, "computed", "", "", [], (), (), (), f"{told} of `{fact.path}`"),
        Reason(
            say, outcome, "computed", fact.path, str(declaration.place), observed, missing, (), derived.reads, because
        ),
    )
    return Finding(
        id=f"{pack.id}/{rule}@{label}",
        pack=pack.id,
        rule=rule,
        title=f"The stated `{fact.path}` is what follows from the other facts",
        subject=node.id,
        subject_title=node.title,
        subject_place=short_place(fact.origin.place, derivations.world.graph),
        outcome=outcome,
        severity=Severity.HIGH,
        form="computed",
        citations=tuple(_citation(cite, pack) for cite in dict.fromkeys(derived.cite or declaration.cite)),
        in_force_from=None,
        upcoming=False,
        date_note="",
        reasons=reasons,
        summary=because[:1].upper() + because[1:] + ".",
        remedy=_REMEDY.get(outcome, ""),
        # a statement that is wrong is to be corrected; there is nothing to accept
        waiver=None,
    )


_REMEDY = {
    Outcome.NOT_MET: "Correct the facts it follows from, if they are wrong; otherwise take the stated value out.",
    Outcome.NOT_DETERMINED: "Answer what is missing; the stated value is not judged by.",
}


def _held_against(
    node: Node, fact: Fact, derived: Derived, derivations: Derivations, policy: Policy
) -> tuple[Outcome, str, tuple[MissingItem, ...]]:
    if isinstance(derived.value, Unknown):
        missing = tuple(
            missing_item(path, derivations.facts, derivations.world.graph, policy, {})
            for path in sorted(derived.value.paths)
        )
        named = ", ".join(item.path for item in missing)
        return (
            Outcome.NOT_DETERMINED,
            f"whether {_word(fact.value)} follows cannot be said: not known: {named}",
            missing,
        )
    why = f"{_word(json_value(derived.value))} follows, because {derived.because}"
    if derived.value == typed(fact.value, derived.declaration.attribute):
        return Outcome.MET, why, ()
    return Outcome.NOT_MET, f"{_word(fact.value)} is stated of {node.label}, but {why}", ()


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _citation(cite: str, pack: Pack) -> Citation:
    for instrument in pack.instruments:
        if cite.startswith(f"{instrument.short} "):
            return Citation(
                "", instrument.short, cite.removeprefix(f"{instrument.short} "), instrument.celex, "", "", ()
            )
    return Citation("", cite, "", "", "", "", ())
