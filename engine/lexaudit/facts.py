"""Facts: what was stated, checked against what packs declare; and what follows from it, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lexaudit.condition import EvaluationFault, Unknown
from lexaudit.errors import InputError, raise_all
from lexaudit.finding import MissingItem
from lexaudit.graph import Attribute, Graph, Kind, Node
from lexaudit.graph.manifest import value_error
from lexaudit.marked import unknown_word
from lexaudit.packs import FactDeclaration, Flow, Pack, available_packs, load_pack
from lexaudit.packs.view import Reads, View, World, labels, timestamp, typed
from lexaudit.packs.vocabulary import fields_of
from lexaudit.policy import Policy


@dataclass(frozen=True, slots=True)
class Derived:
    """The value of a derived fact of a node, and why."""

    node: Node
    declaration: FactDeclaration
    value: Any
    """A typed value, or `Unknown`."""
    because: str
    cite: tuple[str, ...]
    reads: tuple[str, ...]
    """What it was derived from, as `kind/name.field`."""


def declared_facts(packs: Sequence[Pack]) -> dict[str, FactDeclaration]:
    """The facts of several packs together. Raises `InputError` where two of them disagree on one."""
    together: dict[str, FactDeclaration] = {}
    for pack in packs:
        for path, fact in pack.facts.items():
            other = together.setdefault(path, fact)
            if other is fact:
                continue
            if other.attribute.type != fact.attribute.type or other.attribute.choices != fact.attribute.choices:
                raise InputError(
                    f"the fact `{path}` is declared differently at {other.place}",
                    place=fact.place,
                    advice="give it the same type and choices in both packs, or another name in one",
                )
            if other.derived and fact.derived:
                raise InputError(
                    f"the fact `{path}` is derived at {other.place} too",
                    place=fact.place,
                    advice="derive it in one pack only",
                )
            if fact.derived:
                together[path] = fact
    return together


def declared_flows(packs: Sequence[Pack]) -> dict[str, Flow]:
    """The flows of several packs together. Raises `InputError` where two of them disagree on one."""
    together: dict[str, Flow] = {}
    for pack in packs:
        for name, flow in pack.flows.items():
            other = together.setdefault(name, flow)
            if other.source != flow.source:
                raise InputError(
                    f"the flow `{name}` is declared differently at {other.place}",
                    place=flow.place,
                    advice="declare it the same way in both packs, or give it another name in one",
                )
    return together


def check_facts(graph: Graph, facts: Mapping[str, FactDeclaration]) -> None:
    """Refuse facts that no pack declares, or that have a wrong value, with the place of each."""
    errors: list[InputError] = []
    others: dict[str, FactDeclaration] | None = None
    for node in graph.nodes.values():
        for fact in node.facts.values():
            place = fact.origin.place
            declaration = facts.get(fact.path)
            if declaration is None:
                # a manifest may answer the questions of packs that this policy does not choose
                if others is None:
                    others = declared_facts([load_pack(folder) for folder in available_packs().values()])
                declaration = others.get(fact.path)
            if declaration is None:
                known = [
                    path.partition(".")[2] for path in {**(others or {}), **facts} if path.startswith(f"{node.kind}.")
                ]
                errors.append(unknown_word(f"fact of a {node.kind}", fact.path.partition(".")[2], known, place))
                continue
            stated = _as_stated(fact.value, declaration.attribute)
            error = value_error(stated, declaration.attribute, fact.path, place)
            if error:
                errors.append(error)
    raise_all(errors)


def check_attestations(graph: Graph, packs: Sequence[Pack]) -> None:
    """Refuse answers to rules, or to questions of a rule, that there are not, with the place of each."""
    errors: list[InputError] = []
    known = {pack.id: pack for pack in packs}
    for attestation in graph.attestations:
        pack_id, _, rule_id = attestation.rule.partition("/")
        place = attestation.origin.place
        if pack_id not in known:
            # a manifest may answer the rules of packs that this policy does not choose
            others = available_packs()
            if pack_id not in others:
                errors.append(unknown_word("rule pack", pack_id, [*known, *others], place))
                continue
            known[pack_id] = load_pack(others[pack_id])
        rules = {rule.id: rule for rule in known[pack_id].rules}
        if rule_id not in rules:
            errors.append(unknown_word(f"rule of {pack_id}", rule_id, rules, place))
            continue
        questions = [expectation for expectation in rules[rule_id].expects if expectation.question]
        if not questions:
            errors.append(
                InputError(
                    f"`{attestation.rule}` asks nobody", place=place, advice="remove this answer; nothing reads it"
                )
            )
        elif attestation.question is not None and attestation.question > len(questions):
            errors.append(
                InputError(
                    f"`{attestation.rule}` has no question {attestation.question}",
                    place=place,
                    advice=f"it asks {len(questions)}",
                )
            )
        elif attestation.question is None and len(questions) > 1:
            errors.append(
                InputError(
                    f"`{attestation.rule}` asks {len(questions)} questions",
                    place=place,
                    advice="say with `question: 1` which of them this answers",
                )
            )
    raise_all(errors)


def _as_stated(value: Any, attribute: Attribute) -> Any:
    if attribute.type == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


class Derivations:
    """Derives facts when they are read, and remembers how: from what too, if what is read is recorded."""

    def __init__(self, graph: Graph, policy: Policy, at: datetime, as_of: date, *, recorded: bool = True) -> None:
        self.facts = declared_facts(policy.packs)
        check_facts(graph, self.facts)
        check_attestations(graph, policy.packs)
        by_kind: dict[Kind, dict[str, Attribute]] = {kind: {} for kind in Kind}
        derived: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        for fact in self.facts.values():
            by_kind[fact.kind][fact.name] = fact.attribute
            if fact.derived:
                derived[fact.kind].add(fact.name)
        self.base: dict[str, Any] = {
            "audit": {"as_of": timestamp(as_of), "at": at},
            "threshold": threshold_values(policy),
            "reading": policy.taken,
        }
        self.world = World(
            graph,
            fields_of(by_kind),
            {kind: frozenset(names) for kind, names in derived.items()},
            self._derive,
            flows=declared_flows(policy.packs),
            base=self.base,
            recorded=recorded,
        )
        self.done: dict[tuple[str, str], Derived] = {}
        self._under_way: set[tuple[str, str]] = set()

    def activation(self, node: Node) -> dict[str, Any]:
        """What a condition about this node reads."""
        return {**self.base, str(node.kind): self.world.view(node)}

    def _derive(self, view: View, name: str) -> Any:
        key = (view.node.id, name)
        if key not in self.done:
            if key in self._under_way:
                return Unknown(frozenset({f"fault: `{view.node.label}.{name}` is derived from itself"}))
            self._under_way.add(key)
            try:
                with self.world.recording() as reads:
                    self.done[key] = self._try_branches(view, self.facts[f"{view.node.kind}.{name}"], reads)
            finally:
                self._under_way.discard(key)
        return self.done[key].value

    def _try_branches(self, view: View, fact: FactDeclaration, reads: Reads) -> Derived:
        activation = self.activation(view.node)
        missing: set[str] = set()
        possible: list[Any] = []
        for branch in fact.branches:
            found = branch.condition.evaluate(activation) if branch.condition else True
            if found is False:
                continue
            value = typed(branch.value, fact.attribute)
            possible.append(value)
            if found is True:
                if all(value == other for other in possible):
                    return Derived(view.node, fact, value, branch.because, branch.cite, labels(self.world, reads))
                break
            missing |= unknown_paths(found)
        return Derived(
            view.node,
            fact,
            Unknown(frozenset(missing)),
            "a fact that decides it is missing",
            fact.cite,
            labels(self.world, reads),
        )


def unknown_paths(value: Any) -> frozenset[str]:
    """What is missing behind a value that is no verdict: an unknown, a fault, or something that is not a truth value."""
    if isinstance(value, Unknown):
        return value.paths
    if isinstance(value, EvaluationFault):
        return frozenset({f"fault: {value.message}"})
    return frozenset({f"fault: the condition gave {value!r}, not true or false"})


def threshold_values(policy: Policy) -> dict[str, Any]:
    """The nested record that `threshold.…` reads: what is registered, and unknown where nothing is."""
    tree: dict[str, Any] = {}
    for name, declared in policy.declared_thresholds.items():
        *parents, leaf = name.split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        registered = policy.thresholds.get(name)
        if registered is None:
            place[leaf] = Unknown(frozenset({f"threshold.{name}"}))
        else:
            place[leaf] = float(registered.value) if declared.type == "number" else int(registered.value)
    return tree


def missing_item(
    path: str,
    facts: Mapping[str, FactDeclaration],
    graph: Graph,
    policy: Policy,
    reasons: Mapping[str, tuple[str, str]],
) -> MissingItem:
    """What a missing path means to a person: why it is missing, who could supply it, and what to ask them."""
    if path in reasons:
        why, advice = reasons[path]
        return MissingItem(path, why, "whoever runs the audit", advice)
    if path.startswith("threshold."):
        name = path.removeprefix("threshold.")
        declared = policy.declared_thresholds.get(name)
        return MissingItem(
            path,
            "no limit is registered in the policy",
            "whoever keeps the policy",
            (declared.question or declared.meaning) if declared else f"register `{name}`",
        )
    if path.startswith("interval: "):
        return MissingItem(path, path.removeprefix("interval: "), "whoever holds the data", "measure on more records")
    if path.startswith("fault: "):
        return MissingItem(
            path,
            path.removeprefix("fault: "),
            "whoever keeps the rule pack",
            "report it; the rule could not be evaluated",
        )
    label, _, field = path.partition(".")
    kind, _, name = label.partition("/")
    fact = facts.get(f"{kind}.{field}")
    if fact is not None:
        return MissingItem(path, "not stated", fact.who, fact.question)
    node = graph.labelled(label)
    if node is not None:
        from lexaudit.graph import ATTRIBUTES

        attribute = ATTRIBUTES[node.kind].get(field)
        if attribute is not None:
            return MissingItem(
                path,
                "not stated",
                "whoever keeps the manifest",
                f"State `{field}` of {node.title}: {attribute.meaning}",
            )
    return MissingItem(path, "not stated", "whoever keeps the manifest", f"State `{field}` of `{label}`.")


def plain_facts(derivations: Derivations, graph: Graph, policy: Policy) -> list[dict[str, Any]]:
    """Every answer given and every derivation made, as they are printed and sealed."""
    rows: list[dict[str, Any]] = []
    for node in graph.nodes.values():
        for fact in node.facts.values():
            declaration = derivations.facts.get(fact.path)
            rows.append(
                {
                    "id": f"{node.label}.{fact.path.partition('.')[2]}",
                    "subject": node.id,
                    "path": fact.path,
                    "origin": "declared",
                    "state": "known",
                    "value": fact.value,
                    "because": "",
                    "cite": list(declaration.cite) if declaration else [],
                    "given_by": fact.given_by,
                    "given_on": fact.given_on.isoformat() if fact.given_on else None,
                    "source": fact.source,
                    "missing": [],
                    "place": short_place(fact.origin.place, graph),
                    "question": declaration.question if declaration else "",
                    "who": declaration.who if declaration else "",
                }
            )
    for derived in derivations.done.values():
        unknown = isinstance(derived.value, Unknown)
        rows.append(
            {
                "id": f"{derived.node.label}.{derived.declaration.name}",
                "subject": derived.node.id,
                "path": derived.declaration.path,
                "origin": "derived",
                "state": "unknown" if unknown else "known",
                "value": None if unknown else json_value(derived.value),
                "because": derived.because,
                "cite": list(derived.cite),
                "given_by": "",
                "given_on": None,
                "source": "",
                "missing": [
                    missing_item(path, derivations.facts, graph, policy, {}).plain()
                    for path in sorted(derived.value.paths)
                ]
                if unknown
                else [],
                "place": str(derived.declaration.place),
                "question": "",
                "who": "",
                "reads": list(derived.reads),
            }
        )
    return sorted(rows, key=lambda row: str(row["id"]))


def json_value(value: Any) -> Any:
    """A typed value as JSON."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def short_place(place: object, graph: Graph) -> str:
    """A place in a manifest, with the file's own name only: the same wherever the folder lies."""
    text = str(place)
    for source in graph.sources:
        if text.startswith(source):
            return source.replace("\\", "/").rpartition("/")[2] + text[len(source) :]
    return text
