"""Reading a pack from its folder: everything that is wrong with it, at once, with places."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from lexaudit.canonical import digest_bytes, digest_of
from lexaudit.condition import BOOL, Condition, ConditionErrors, Declarations
from lexaudit.condition import compile as compile_condition
from lexaudit.condition.syntax import Call, Literal, children
from lexaudit.condition.syntax import Node as SyntaxNode
from lexaudit.errors import InputError, Place, raise_all
from lexaudit.graph import ATTRIBUTES, TRANSITIVE, Attribute, Kind, Relation
from lexaudit.graph.kinds import DOCUMENT_TYPES, ROLES
from lexaudit.graph.manifest import plain_value, value_error
from lexaudit.marked import Marked, PathKey, parse_marked, unknown_word
from lexaudit.packs.pack import (
    Branch,
    Expectation,
    FactDeclaration,
    Flow,
    Formally,
    Former,
    Instrument,
    Obligation,
    Pack,
    Reading,
    Route,
    Rule,
    Stop,
    Threshold,
    Transitional,
)
from lexaudit.packs.shapes import (
    DatesShape,
    ExpectationShape,
    FactShape,
    FlowShape,
    ForbidShape,
    ObligationShape,
    PackShape,
    RuleShape,
    StopShape,
    ThresholdShape,
)
from lexaudit.packs.vocabulary import FLOW_WORDS, LITERALS, declarations, edge_declarations, fields_of
from lexaudit.shaped import S, shape
from lexaudit.shipped import shipped

CheckParameters = Mapping[str, Any]


def shipped_packs() -> list[Path]:
    """The folders of the packs that travel with lexaudit."""
    return sorted(path.parent for path in shipped("rulepacks").glob("*/pack.yaml"))


PACKS = "lexaudit.packs"
"""The entry points by which an installed distribution offers a pack: its id, and the package whose folder holds it."""


def available_packs() -> dict[str, Path]:
    """By id: the folders of the packs that travel with lexaudit, and of those that installed distributions offer.

    Nothing in a distribution is run to find its pack. An id that a shipped pack has stays the shipped pack's.
    """
    from importlib.metadata import entry_points

    found = {path.name: path for path in shipped_packs()}
    for entry in sorted(entry_points(group=PACKS), key=lambda entry: (entry.name, entry.value)):
        folder = _package_folder(entry.value)
        if folder is not None:
            found.setdefault(entry.name, folder)
    return found


def _package_folder(package: str) -> Path | None:
    """The folder of an installed package that holds a `pack.yaml`; looked up part by part, because importing runs code."""
    from importlib.machinery import PathFinder

    search: list[str] | None = None
    for part in package.split("."):
        spec = PathFinder.find_spec(part, search)
        if spec is None or not spec.submodule_search_locations:
            return None
        search = list(spec.submodule_search_locations)
    return next((Path(place) for place in search or [] if (Path(place) / "pack.yaml").is_file()), None)


def load_pack(folder: Path) -> Pack:
    """The pack in a folder. Raises `InputError` or `InputErrors` with every place that is wrong."""
    if not (folder / "pack.yaml").is_file():
        raise InputError(
            f"there is no rule pack in `{folder}`",
            advice="a pack is a folder with a `pack.yaml`; `lexaudit pack list` shows the shipped ones",
        )
    return _Loader(folder).load()


@dataclass
class _Loader:
    folder: Path
    errors: list[InputError] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    name: str = ""
    flow_names: list[str] = field(default_factory=list)
    flows: dict[str, Flow] = field(default_factory=dict)

    def load(self) -> Pack:
        self.name = self.folder.name
        document = self._read("pack.yaml")
        head = self._shape(PackShape, document, document.data) if document else None
        if head is None:
            raise_all(self.errors)
            raise AssertionError("a pack without a head has errors")
        instruments = {
            i.id: Instrument(i.id, i.title, i.short, i.celex, i.eli, i.consolidated) for i in head.instruments
        }
        obligations, penalties_used = self._obligations(instruments)
        thresholds = self._thresholds()
        facts = self._facts()
        readings = tuple(
            Reading(r.id, r.statement, r.alternative, r.certainty, tuple(r.choices))  # type: ignore[arg-type]  # of one type
            for r in head.readings
        )
        for index, reading in enumerate(readings):
            if reading.choices and (len(reading.choices) < 2 or len({type(choice) for choice in reading.choices}) > 1):
                assert document is not None
                self.errors.append(
                    InputError(
                        "a reading to be chosen has two or more `choices`, all words or all whole numbers",
                        place=document.place("readings", index),
                        advice="the first is the default",
                    )
                )
        context = _Context(facts, {name: t.type for name, t in thresholds.items()}, readings)
        documents = self._folder("flows")
        # their names are known before any condition is read
        self.flow_names = [
            str(entry["flow"])
            for document in documents
            for entry, _ in self._entries(document)
            if isinstance(entry, dict) and "flow" in entry
        ]
        self._branches(facts, context)
        self._flows(documents, context)
        routes, transitional, penalties, formally, former = self._dates(context, obligations, readings)
        for obligation, key, place in penalties_used:
            if key not in penalties:
                self.errors.append(unknown_word("penalty", key, penalties, place))
            else:
                obligations[obligation.id] = replace(obligation, penalty=penalties[key])
        rules = self._rules(head.pack, obligations, context)
        raise_all(self.errors)
        return Pack(
            head.pack,
            head.version,
            head.title,
            head.jurisdiction,
            head.effective.from_,
            tuple(instruments.values()),
            readings,
            tuple(head.limits),
            obligations,
            routes,
            tuple(transitional),
            thresholds,
            {path: fact for path, (fact, _, _) in facts.items()},
            tuple(rules),
            digest_of(self.contents),
            self.folder,
            self.flows,
            formally,
            former,
        )

    # files ------------------------------------------------------------------------------------------------------------

    def _read(self, relative: str, *, required: bool = True) -> Marked | None:
        path = self.folder / relative
        shown = f"pack:{self.name}/{relative}"
        if not path.is_file():
            if required:
                self.errors.append(InputError(f"the pack has no `{relative}`", place=Place(f"pack:{self.name}")))
            return None
        raw = path.read_bytes()
        self.contents[relative] = digest_bytes(raw)
        try:
            return parse_marked(raw, shown)
        except InputError as error:
            self.errors.append(error)
            return None

    def _entries(self, document: Marked | None) -> list[tuple[Any, PathKey]]:
        if document is None:
            return []
        if isinstance(document.data, list):
            return [(entry, (index,)) for index, entry in enumerate(document.data)]
        return [(document.data, ())]

    def _folder(self, name: str) -> list[Marked]:
        files = sorted((self.folder / name).glob("*.yaml"))
        read = [self._read(f"{name}/{path.name}") for path in files]
        return [document for document in read if document is not None]

    def _shape(self, model: type[S], document: Marked, data: Any, at: PathKey = ()) -> S | None:
        value, errors = shape(model, document, data, at)
        self.errors.extend(errors)
        return value

    # parts ------------------------------------------------------------------------------------------------------------

    def _obligations(
        self, instruments: Mapping[str, Instrument]
    ) -> tuple[dict[str, Obligation], list[tuple[Obligation, str, Place]]]:
        document = self._read("obligations.yaml")
        found: dict[str, Obligation] = {}
        penalties: list[tuple[Obligation, str, Place]] = []
        for entry, at in self._entries(document):
            assert document is not None
            item = self._shape(ObligationShape, document, entry, at)
            if item is None:
                continue
            if item.instrument not in instruments:
                self.errors.append(
                    unknown_word("instrument", item.instrument, instruments, document.place(*at, "instrument"))
                )
                continue
            if item.id in found:
                self.errors.append(
                    InputError(f"the obligation `{item.id}` is given twice", place=document.place(*at, "id"))
                )
            obligation = Obligation(
                item.id,
                instruments[item.instrument],
                item.provision,
                item.kind,
                item.summary,
                tuple(item.holder),
                tuple((a.date, a.when) for a in item.applies_from),
                "",
                item.until,
                item.amended_by,
                item.formally_from,
                item.version_of,
                document.place(*at),
            )
            found[item.id] = obligation
            if item.penalty:
                penalties.append((obligation, item.penalty, document.place(*at, "penalty")))
        return found, penalties

    def _thresholds(self) -> dict[str, Threshold]:
        document = self._read("thresholds.yaml", required=False)
        found: dict[str, Threshold] = {}
        for entry, at in self._entries(document):
            assert document is not None
            item = self._shape(ThresholdShape, document, entry, at)
            if item is not None:
                limits = (float(item.range[0]), float(item.range[1])) if item.range else None
                found[item.threshold] = Threshold(
                    item.threshold, item.type, limits, item.meaning, item.question, document.place(*at)
                )
        return found

    def _facts(self) -> dict[str, tuple[FactDeclaration, FactShape, tuple[Marked, PathKey]]]:
        found: dict[str, tuple[FactDeclaration, FactShape, tuple[Marked, PathKey]]] = {}
        for document in self._folder("facts"):
            for entry, at in self._entries(document):
                item = self._shape(FactShape, document, entry, at)
                if item is None:
                    continue
                place = document.place(*at, "fact")
                kind_name, _, name = item.fact.partition(".")
                if kind_name not in [str(kind) for kind in Kind]:
                    self.errors.append(unknown_word("kind", kind_name, [str(kind) for kind in Kind], place))
                    continue
                kind = Kind(kind_name)
                if name in ATTRIBUTES[kind]:
                    self.errors.append(
                        InputError(
                            f"`{item.fact}` is an attribute already",
                            place=place,
                            advice="use the attribute, or give the fact another name",
                        )
                    )
                    continue
                if item.fact in found:
                    self.errors.append(
                        InputError(
                            f"the fact `{item.fact}` is declared twice, first at {found[item.fact][0].place}",
                            place=place,
                        )
                    )
                    continue
                if item.derive is None and not item.question:
                    self.errors.append(
                        InputError(f"the fact `{item.fact}` has neither a `question` nor a `derive`", place=place)
                    )
                if item.who != "anyone" and item.who not in ROLES:
                    self.errors.append(unknown_word("role", item.who, [*ROLES, "anyone"], document.place(*at, "who")))
                attribute = Attribute(item.type, item.question or item.help or item.fact, choices=tuple(item.choices))
                # branches are compiled once every fact is known
                found[item.fact] = (
                    FactDeclaration(
                        item.fact,
                        kind,
                        name,
                        attribute,
                        item.question,
                        item.help,
                        item.who,
                        tuple(item.cite),
                        (),
                        place,
                    ),
                    item,
                    (document, at),
                )
        return found

    def _branches(
        self, facts: dict[str, tuple[FactDeclaration, FactShape, tuple[Marked, PathKey]]], context: _Context
    ) -> None:
        for path, (fact, item, (document, at)) in list(facts.items()):
            if item.derive is None:
                continue
            branches: list[Branch] = []
            for index, branch in enumerate(item.derive):
                here: PathKey = (*at, "derive", index)
                last = index == len(item.derive) - 1
                if last != (branch.otherwise is True) or (branch.when is None) == (branch.otherwise is None):
                    self.errors.append(
                        InputError(
                            "a derivation tries each `when` in order and ends with one `otherwise: true`",
                            place=document.place(*here),
                        )
                    )
                error = value_error(branch.value, fact.attribute, fact.path, document.place(*here, "value"))
                if error:
                    self.errors.append(error)
                condition = None
                if branch.when is not None:
                    condition = self._compile(branch.when, context.of(fact.kind), document.place(*here, "when"))
                branches.append(Branch(condition, plain_value(branch.value), branch.because, tuple(branch.cite)))
            facts[path] = (
                FactDeclaration(
                    fact.path,
                    fact.kind,
                    fact.name,
                    fact.attribute,
                    fact.question,
                    fact.help,
                    fact.who,
                    fact.cite,
                    tuple(branches),
                    fact.place,
                ),
                item,
                (document, at),
            )

    def _flows(self, documents: Sequence[Marked], context: _Context) -> None:
        for document in documents:
            for entry, at in self._entries(document):
                item = self._shape(FlowShape, document, entry, at)
                if item is None:
                    continue
                place = document.place(*at, "flow")
                if item.flow in self.flows:
                    first = self.flows[item.flow].place
                    self.errors.append(
                        InputError(f"the flow `{item.flow}` is declared twice, first at {first}", place=place)
                    )
                    continue
                stops = [
                    self._stop(stop, document, (*at, "stops", index), context) for index, stop in enumerate(item.stops)
                ]
                starts = {
                    Kind(kind): self._compile(source, context.of(Kind(kind)), document.place(*at, "starts", kind))
                    for kind, source in item.starts.items()
                }
                self.flows[item.flow] = Flow(
                    item.flow,
                    item.title,
                    tuple(item.cite),
                    {kind: condition for kind, condition in starts.items() if condition},
                    frozenset(Relation(relation) for relation in item.along),
                    tuple(stop for stop in stops if stop),
                    place,
                )

    def _stop(self, item: StopShape, document: Marked, at: PathKey, context: _Context) -> Stop | None:
        place = document.place(*at)
        if (item.edge is None) == (item.node is None):
            self.errors.append(
                InputError("a stop is either an `edge` or a `node`", place=place, advice="give one of them")
            )
            return None
        where: Relation | Kind = Relation(item.edge) if item.edge else Kind(str(item.node))
        environment = edge_declarations(where) if isinstance(where, Relation) else context.of(where)
        condition = self._compile(item.when, environment, document.place(*at, "when"))
        return Stop(where, condition, item.because, place) if condition else None

    def _forbidden(
        self, item: ForbidShape, rule: str, document: Marked, at: PathKey, subject: Kind, context: _Context
    ) -> Condition | None:
        """`forbid` as a flow of its own, and the condition that it does not reach the subject."""
        place = document.place(*at)
        upstream = Kind(item.upstream)
        environment = context.of(upstream)
        texts = [("where", item.where), *((f"unless_all {n}", text) for n, text in enumerate(item.unless_all, 1))]
        parts = [self._compile(text, environment, document.place(*at, *_key(name))) for name, text in texts]
        stops = [
            Stop(Kind(kind), condition, "`stop_at` of the rule", document.place(*at, "stop_at", kind))
            for kind, text in item.stop_at.items()
            if (condition := self._compile(text, context.of(Kind(kind)), document.place(*at, "stop_at", kind)))
        ]
        if any(part is None for part in parts):
            return None
        unless = " && ".join(f"({text.strip()})" for text in item.unless_all)
        source = f"({item.where.strip()})" + (f" && !({unless})" if unless else "")
        name = f"{rule} {int(at[-2]) + 1}"
        start = self._compile(source, environment, document.place(*at, "where"))
        if start is None:
            return None
        self.flow_names.append(name)
        title = f"a {upstream} of which `{' '.join(item.where.split())}` holds"
        self.flows[name] = Flow(name, title, (), {upstream: start}, TRANSITIVE, tuple(stops), place)
        return self._compile(f'!{subject}.carries("{name}")', context.of(subject), place)

    def _dates(
        self, context: _Context, obligations: Mapping[str, Obligation], readings: Sequence[Reading]
    ) -> tuple[dict[str, Route], list[Transitional], dict[str, str], tuple[Formally, ...], tuple[Former, ...]]:
        document = self._read("dates.yaml")
        item = self._shape(DatesShape, document, document.data) if document else None
        if document is None or item is None:
            return {}, [], {}, (), ()
        environment = context.of(Kind.SYSTEM)
        routes: dict[str, Route] = {}
        for index, route in enumerate(item.routes):
            kind = Kind(route.subject)
            condition = self._compile(route.that, context.of(kind), document.place("routes", index, "that"))
            if condition:
                routes[route.when] = Route(route.when, condition, route.cite, document.place("routes", index), kind)
        used = {when for obligation in obligations.values() for _, when in obligation.applies_from} - {"all"}
        known = {route.when for route in item.routes}
        for when in sorted(used - known):
            self.errors.append(
                InputError(
                    f"obligations apply from a date `when: {when}`, but no route says which systems that are",
                    place=document.place("routes"),
                    advice=f"add a route `{when}` with its condition",
                )
            )
        transitional: list[Transitional] = []
        for index, shift in enumerate(item.transitional):
            for name in shift.routes:
                if name not in known and name != "all":
                    self.errors.append(
                        unknown_word("route", name, known, document.place("transitional", index, "routes"))
                    )
            for name in shift.obligations:
                if name not in obligations:
                    self.errors.append(
                        unknown_word(
                            "obligation", name, obligations, document.place("transitional", index, "obligations")
                        )
                    )
            condition = self._compile(shift.that, environment, document.place("transitional", index, "that"))
            if condition:
                transitional.append(
                    Transitional(
                        shift.id,
                        shift.cite,
                        frozenset(shift.routes),
                        frozenset(shift.obligations),
                        condition,
                        shift.from_ if isinstance(shift.from_, date) else None,
                        document.place("transitional", index),
                        shift.since,
                        shift.until,
                    )
                )
        choices = {reading.id: reading.choices for reading in readings if reading.choices}
        for index, each in enumerate(item.formally):
            here = ("formally", index)
            if each.reading not in choices:
                self.errors.append(
                    unknown_word("reading to be chosen", each.reading, choices, document.place(*here, "reading"))
                )
            elif each.take not in choices[each.reading]:
                words = list(map(str, choices[each.reading]))
                self.errors.append(unknown_word("choice", str(each.take), words, document.place(*here, "take")))
            for key in ("obligations", "but"):
                self.errors += [
                    unknown_word("obligation", name, obligations, document.place(*here, key))
                    for name in getattr(each, key)
                    if name not in obligations
                ]
        for index, before in enumerate(item.former):
            self.errors += [
                unknown_word("route", name, known, document.place("former", index, "routes", name))
                for name in before.routes
                if name not in known
            ]
        return (
            routes,
            transitional,
            dict(item.penalties),
            tuple(
                Formally(f.reading, f.take, frozenset(f.obligations), frozenset(f.but), f.cite) for f in item.formally
            ),
            tuple(sorted((Former(f.until, f.amended_by, f.routes) for f in item.former), key=lambda f: f.until)),
        )

    def _rules(self, pack: str, obligations: Mapping[str, Obligation], context: _Context) -> list[Rule]:
        rules: dict[str, Rule] = {}
        for document in self._folder("rules"):
            for entry, at in self._entries(document):
                item = self._shape(RuleShape, document, entry, at)
                if item is None:
                    continue
                place = document.place(*at, "rule")
                if item.rule in rules:
                    self.errors.append(
                        InputError(
                            f"the rule `{item.rule}` is given twice, first at {rules[item.rule].place}", place=place
                        )
                    )
                    continue
                for index, name in enumerate(item.obligations):
                    if name not in obligations:
                        self.errors.append(
                            unknown_word("obligation", name, obligations, document.place(*at, "obligations", index))
                        )
                subject = Kind(item.subject)
                applies = self._compile(item.applies, context.of(subject), document.place(*at, "applies"))
                cited = {name: obligations[name] for name in item.obligations if name in obligations}
                expects: list[Expectation | None] = []
                for index, shape_ in enumerate(item.expects):
                    here = (*at, "expects", index)
                    if shape_.contents is not None:
                        expects += self._contents(shape_, document, here, subject, context, cited)
                        continue
                    made = self._expectation(f"{pack}/{item.rule}", document, here, subject, context)(shape_)
                    cites = self._cited(shape_.cite, cited, document, (*here, "cite"))
                    expects.append(replace(made, cites=cites) if made else None)
                if applies is None or any(e is None for e in expects):
                    continue
                rules[item.rule] = Rule(
                    pack,
                    item.rule,
                    item.title,
                    tuple(cited.values()),
                    subject,
                    item.severity,
                    item.form,
                    applies,
                    item.not_applicable,
                    tuple(e for e in expects if e),
                    item.remedy,
                    item.why,
                    tuple(item.references),
                    item.empty_is_fine,
                    item.waivable,
                    place,
                )
        if not rules and not self.errors:
            self.errors.append(
                InputError(
                    "the pack holds no rules",
                    place=Place(f"pack:{self.name}"),
                    advice="a pack that judges nothing is not a pass; add rules under `rules/`",
                )
            )
        return [rules[name] for name in sorted(rules)]

    def _cited(
        self, names: Sequence[str], cited: Mapping[str, Obligation], document: Marked, at: PathKey
    ) -> tuple[Obligation, ...]:
        """The obligations an expectation answers; only those that its rule cites."""
        self.errors += [
            unknown_word("obligation of this rule", name, cited, document.place(*at))
            for name in names
            if name not in cited
        ]
        return tuple(cited[name] for name in names if name in cited)

    def _contents(
        self,
        item: ExpectationShape,
        document: Marked,
        at: PathKey,
        subject: Kind,
        context: _Context,
        cited: Mapping[str, Obligation],
    ) -> list[Expectation | None]:
        """`contents` as expectations: that the document is on file and current, and one for each of its items."""
        place = document.place(*at)
        if item.that or item.measure or item.attest or item.forbid or item.with_ or not item.items:
            self.errors.append(
                InputError(
                    "an expectation with `contents` has `items`, and none of `that`, `measure`, `with`, `attest`, `forbid`",
                    place=place,
                )
            )
            return [None]
        sections, fields = ([v for i in item.items if (v := getattr(i, key))] for key in ("section", "field"))
        parameters: dict[str, Any] = {"type": item.contents}
        parameters |= {key: value for key, value in (("sections", sections), ("fields", fields)) if value}
        if item.max_age_days:
            parameters["max_age_days"] = item.max_age_days
        self.errors += _collector_errors("documents", parameters, subject, document, at)
        lines: list[tuple[str, str, PathKey, Sequence[str], str]] = [
            (item.say, "result.found && result.current", at, item.cite, "")
        ]
        for index, each in enumerate(item.items):
            here: PathKey = (*at, "items", index)
            if (each.section is None) == (each.field is None):
                self.errors.append(
                    InputError("an item of `contents` is either a `section` or a `field`", place=document.place(*here))
                )
                continue
            part = "missing_sections" if each.section else "missing_fields"
            source = f"!({json.dumps(each.section or each.field, ensure_ascii=False)} in result.{part})"
            if each.unless:
                source = f"({each.unless.strip()}) || {source}"
            asked = each.section or each.field or ""
            lines.append((each.say, source, here, [each.cite] if each.cite else [], asked))
        made: list[Expectation | None] = []
        for say, source, here, names, asked in lines:
            condition = self._compile(source, context.of(subject, measured=True), document.place(*here))
            cites = self._cited(names, cited, document, (*here, "cite"))
            made.append(
                Expectation(
                    say,
                    "recorded",
                    condition,
                    "documents",
                    parameters,
                    "",
                    (),
                    "yes",
                    (),
                    None,
                    document.place(*here),
                    item.empty_is_fine,
                    cites,
                    asked,
                )
                if condition
                else None
            )
        return made

    def _expectation(self, rule: str, document: Marked, at: PathKey, subject: Kind, context: _Context) -> Any:
        def build(item: Any) -> Expectation | None:
            place = document.place(*at)
            roles = (item.who,) if isinstance(item.who, str) else tuple(item.who or ())
            if item.items or item.max_age_days:
                self.errors.append(InputError("`items` and `max_age_days` go with `contents`", place=place))
            if item.attest is not None:
                if item.that or item.measure:
                    self.errors.append(
                        InputError("an expectation with `attest` has neither `that` nor `measure`", place=place)
                    )
                self.errors += [
                    unknown_word("role", role, ROLES, document.place(*at, "who"))
                    for role in roles or ("",)
                    if role not in ROLES
                ]
                for name in item.evidence:
                    if name not in DOCUMENT_TYPES:
                        self.errors.append(
                            unknown_word("document type", name, DOCUMENT_TYPES, document.place(*at, "evidence"))
                        )
                return Expectation(
                    item.say,
                    "attested",
                    None,
                    "",
                    {},
                    item.attest,
                    roles,
                    item.answer,
                    tuple(item.evidence),
                    item.valid_days,
                    place,
                )
            if item.forbid is not None:
                if item.that or item.measure or subject not in _FLOW_KINDS:
                    self.errors.append(
                        InputError(
                            "an expectation with `forbid` has neither `that` nor `measure`, and is about a "
                            + ", ".join(_FLOW_KINDS),
                            place=place,
                        )
                    )
                    return None
                condition = self._forbidden(item.forbid, rule, document, (*at, "forbid"), subject, context)
                if condition is None:
                    return None
                return Expectation(
                    item.say, "computed", condition, "", {}, "", (), "yes", (), None, place, item.empty_is_fine
                )
            if not item.that:
                self.errors.append(
                    InputError("an expectation needs `that`, `measure` with `that`, `forbid` or `attest`", place=place)
                )
                return None
            if item.with_ and not item.measure:
                self.errors.append(InputError("`with` goes with `measure`", place=place))
            form = "computed"
            if item.measure:
                form = "recorded" if item.measure == "documents" else "measured"
                self.errors.extend(_collector_errors(item.measure, item.with_, subject, document, at))
            condition = self._compile(
                item.that, context.of(subject, measured=bool(item.measure)), document.place(*at, "that")
            )
            if condition is None:
                return None
            return Expectation(
                item.say,
                form,
                condition,
                item.measure or "",
                plain_value(item.with_),
                "",
                (),
                "yes",
                (),
                None,
                place,
                item.empty_is_fine,
            )

        return build

    # conditions ---------------------------------------------------------------------------------------------------------

    def _compile(self, source: str, environment: Declarations, place: Place) -> Condition | None:
        try:
            condition = compile_condition(source.strip(), environment, place=place, expect=BOOL)
        except ConditionErrors as errors:
            self.errors.extend(errors.errors)
            return None
        self.errors.extend(_literal_errors(condition, place, self.flow_names))
        return condition


class _Context:
    """What conditions of a pack may name, by kind of subject; built once for each."""

    def __init__(
        self,
        facts: Mapping[str, tuple[FactDeclaration, FactShape, Any]],
        thresholds: Mapping[str, str],
        readings: Sequence[Reading],
    ) -> None:
        by_kind: dict[Kind, dict[str, Attribute]] = {}
        for fact, _, _ in facts.values():
            by_kind.setdefault(fact.kind, {})[fact.name] = fact.attribute
        self.fields = fields_of(by_kind)
        self.thresholds = thresholds
        self.readings = readings
        self._made: dict[tuple[Kind, bool], Declarations] = {}

    def of(self, subject: Kind, *, measured: bool = False) -> Declarations:
        key = (subject, measured)
        if key not in self._made:
            self._made[key] = declarations(
                self.fields, self.thresholds, subject, measured=measured, readings=self.readings
            )
        return self._made[key]


def _collector_errors(
    name: str, parameters: Mapping[str, Any], subject: Kind, document: Marked, at: Sequence[str | int]
) -> list[InputError]:
    from lexaudit.collect.registry import COLLECTORS, collector

    if name not in COLLECTORS:
        return [unknown_word("collector", name, COLLECTORS, document.place(*at, "measure"))]
    member = collector(name)
    if str(subject) not in member.subjects:
        return [
            InputError(
                f"`{name}` cannot be measured on a {subject}",
                place=document.place(*at, "measure"),
                advice="it measures: " + ", ".join(sorted(member.subjects)),
            )
        ]
    return [InputError(problem, place=document.place(*at, "with")) for problem in member.check(plain_value(parameters))]


_FLOW_KINDS = tuple(map(str, (Kind.DATASET, Kind.RUN, Kind.MODEL, Kind.SYSTEM, Kind.DEPLOYMENT)))
"""The kinds of node that lineage runs through."""


def _key(name: str) -> PathKey:
    word, _, number = name.partition(" ")
    return (word, int(number) - 1) if number else (word,)


def _literal_errors(condition: Condition, place: Place, flows: Sequence[str]) -> list[InputError]:
    """Misspelt words in calls such as `system.documents("risk_managment")`."""
    errors: list[InputError] = []
    waiting: list[SyntaxNode] = [condition.tree]
    while waiting:
        node = waiting.pop()
        waiting.extend(children(node))
        if isinstance(node, Call) and (node.function in LITERALS or node.function in FLOW_WORDS):
            what, known = LITERALS.get(node.function, ("flow", flows))
            for argument in node.arguments:
                if isinstance(argument, Literal) and isinstance(argument.value, str) and argument.value not in known:
                    errors.append(unknown_word(what, argument.value, known, place))
    return errors
