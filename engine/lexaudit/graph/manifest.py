"""From manifests to a graph: a person's description of systems, read strictly and merged on identity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lexaudit.errors import InputError, Place, raise_all
from lexaudit.graph.kinds import ATTRIBUTES, EDGE_ATTRIBUTES, ENDS, ROLES, SECTIONS, Attribute, Kind, Relation
from lexaudit.graph.node import Attestation, Edge, Fact, Graph, Node, NodeId, Origin
from lexaudit.marked import Marked, PathKey, nearest, read_marked, unknown_word

VERSION = 1
BASES = ("declared", "observed", "inferred", "attested")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_TOP = ("lexaudit", "namespace", "title", "description", *SECTIONS, "attestations", "edges")

SHORT_FORMS: dict[Kind, dict[str, str]] = {
    Kind.ORGANISATION: {"roles": "What it is, and for what: a list such as `- {provider: system/score}`."},
    Kind.DATASET: {"derived_from": "What it was made from: `{dataset: name, how: subset}`, or a list of these."},
    Kind.RUN: {
        "uses": "What it read: a list of `{dataset: name, for: training, under: processing/name}`.",
        "produces": "What it wrote: a list of `kind/name`.",
    },
    Kind.MODEL: {"derived_from": "What it was made from, where no run is known: `{model: name, how: finetune}`."},
    Kind.SYSTEM: {"components": "The models and datasets it is made of: a list of `kind/name`."},
    Kind.DEPLOYMENT: {
        "deploys": "The system or model that runs there.",
        "feeds": "The dataset that its logs or feedback become.",
        "transfers": "Transfers to other countries: a list of `{to: organisation/name, country: US, mechanism: …}`.",
    },
    Kind.PROCESSING: {
        "covers": "The datasets, runs, models, systems and deployments it concerns: a list of `kind/name`.",
        "transfers": "Transfers to other countries: a list of `{to: organisation/name, country: US, mechanism: …}`.",
    },
    Kind.DOCUMENT: {"about": "What it documents: a list of `kind/name`."},
    Kind.MEASUREMENT: {"about": "What it measures: a list of `kind/name`."},
    Kind.CONTROL: {"on": "What it controls: a list of `kind/name`."},
    Kind.INCIDENT: {"concerns": "What it concerns: a list of `kind/name`."},
}
"""Edges written on the node where a person would look for them."""

_REFERENCES: dict[tuple[Kind, str], tuple[Relation, bool]] = {
    (Kind.RUN, "produces"): (Relation.PRODUCED, True),
    (Kind.SYSTEM, "components"): (Relation.COMPONENT_OF, False),
    (Kind.DEPLOYMENT, "deploys"): (Relation.DEPLOYED_AS, False),
    (Kind.DEPLOYMENT, "feeds"): (Relation.FEEDS_BACK, True),
    (Kind.PROCESSING, "covers"): (Relation.COVERS, True),
    (Kind.DOCUMENT, "about"): (Relation.EVIDENCES, True),
    (Kind.MEASUREMENT, "about"): (Relation.EVIDENCES, True),
    (Kind.CONTROL, "on"): (Relation.CONTROLS, True),
    (Kind.INCIDENT, "concerns"): (Relation.CONCERNS, True),
}
"""Short forms that are plain references: the relation, and whether the node itself is the cause."""


def read_graph(paths: Sequence[Path]) -> Graph:
    """Read manifests and merge them on identity.

    Raises `InputError` (or `InputErrors`, everything that is wrong at once) with places.
    """
    if not paths:
        raise InputError("no manifest was named", advice="name a file such as `lexaudit.yaml`")
    return graph_of([read_marked(path) for path in paths])


def graph_of(documents: Sequence[Marked]) -> Graph:
    """The graph that documents already read describe together."""
    reader = _Reader()
    for document in documents:
        reader.read(document)
    return reader.finish()


def plain_value(value: Any) -> Any:
    """A YAML value as JSON: dates become ISO strings."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    return value


def value_error(value: Any, attribute: Attribute, name: str, place: Place) -> InputError | None:
    """What is wrong with the value of an attribute or fact, if anything."""
    expected = {
        "string": "text",
        "bool": "`true` or `false`",
        "int": "a whole number",
        "number": "a number",
        "date": "a date such as 2026-11-24",
        "strings": "a list of words",
        "mapping": "a mapping",
    }[attribute.type]
    fits = {
        "string": isinstance(value, str),
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "date": isinstance(value, date),
        "strings": isinstance(value, list) and all(isinstance(item, str) for item in value),
        "mapping": isinstance(value, Mapping),
    }[attribute.type]
    if not fits:
        return InputError(
            f"`{name}` must be {expected}, not {_describe(value)}", place=place, advice=f"{name}: {attribute.meaning}"
        )
    words = value if attribute.type == "strings" else [value]
    for word in words if attribute.choices else ():
        if word not in attribute.choices:
            guess = nearest(str(word), attribute.choices)
            choices = ", ".join(f"`{choice}`" for choice in attribute.choices)
            return InputError(
                f"`{word}` is not a value of `{name}`",
                place=place,
                advice=(f"did you mean `{guess}`? " if guess else "") + f"known: {choices}",
            )
    if name in ("country", "countries", "storage_country"):
        for word in words:
            if not _COUNTRY.match(word):
                return InputError(
                    f"`{word}` is not a country code",
                    place=place,
                    advice="write the two capital letters of ISO 3166-1, such as `DE`",
                )
    return None


def _describe(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str | int | float | date):
        return f"`{value}`"
    return "a list" if isinstance(value, list) else "a mapping"


@dataclass
class _Draft:
    """A node while it is being read and merged."""

    kind: Kind
    namespace: str
    name: str
    version: str
    place: Place
    basis: str = "declared"
    attributes: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)

    @property
    def id(self) -> NodeId:
        return NodeId(f"{self.kind}:{self.namespace}/{self.name}" + (f"@{self.version}" if self.version else ""))


@dataclass(frozen=True)
class _Link:
    """An edge whose ends are still references."""

    source: str | _Draft
    relation: Relation
    target: str | _Draft
    namespace: str
    attributes: Mapping[str, Any]
    place: Place
    basis: str = "declared"


class _Reader:
    def __init__(self) -> None:
        self.errors: list[InputError] = []
        self.drafts: list[_Draft] = []
        self.links: list[_Link] = []
        self.attestations: list[tuple[str, dict[str, Any], Place]] = []
        self.titles: list[str] = []
        self.sources: list[str] = []
        self.merged: dict[tuple[Kind, str, str], list[_Draft]] = {}

    # reading ---------------------------------------------------------------------------------------------------------

    def read(self, document: Marked) -> None:
        data = document.data
        if not isinstance(data, dict):
            raise InputError("a manifest is a mapping", place=document.place(), advice="begin with `lexaudit: 1`")
        if data.get("lexaudit") != VERSION:
            raise InputError(
                f"`lexaudit: {VERSION}` is expected at the top of a manifest, not {_describe(data.get('lexaudit'))}",
                place=document.place("lexaudit"),
                advice=f"write `lexaudit: {VERSION}` in the first line",
            )
        for key in data:
            if key not in _TOP:
                self.errors.append(unknown_word("section", key, _TOP, document.key_place(key)))
        namespace = data.get("namespace")
        if not isinstance(namespace, str) or not _NAME.match(namespace):
            raise InputError(
                "`namespace` must name who speaks, in letters, digits, `.`, `_` and `-`",
                place=document.place("namespace"),
                advice="for example `namespace: northgate`",
            )
        self.sources.append(document.file)
        if isinstance(data.get("title"), str):
            self.titles.append(data["title"])
        for section, kind in SECTIONS.items():
            if section in data:
                self._section(document, namespace, section, kind, data[section])
        if "edges" in data:
            self._edges(document, namespace, data["edges"])
        if "attestations" in data:
            self._attestations(document, namespace, data["attestations"])

    def _section(self, document: Marked, namespace: str, section: str, kind: Kind, entries: Any) -> None:
        if entries is None:
            return
        if not isinstance(entries, dict):
            self.errors.append(
                InputError(
                    f"`{section}` must be a mapping from names to descriptions",
                    place=document.place(section),
                    advice=f"{section}:\n    a-name: {{…}}",
                )
            )
            return
        for key, fields in entries.items():
            name, _, version = key.partition("@")
            place = document.key_place(section, key)
            if not _NAME.match(name):
                self.errors.append(
                    InputError(f"`{key}` is not a name", place=place, advice="use letters, digits, `.`, `_` and `-`")
                )
                continue
            if fields is None:
                fields = {}
            if not isinstance(fields, dict):
                self.errors.append(
                    InputError(f"`{key}` must be described by a mapping, not {_describe(fields)}", place=place)
                )
                continue
            stated = fields.get("version", "")
            draft = _Draft(
                kind, namespace, name, version or (stated if isinstance(stated, str) else str(stated)), place
            )
            self.drafts.append(draft)
            self._fields(document, draft, (section, key), fields)

    def _fields(self, document: Marked, draft: _Draft, path: tuple[str, ...], fields: dict[str, Any]) -> None:
        attributes, short = ATTRIBUTES[draft.kind], SHORT_FORMS.get(draft.kind, {})
        for name, value in fields.items():
            place = document.place(*path, name)
            if name == "facts":
                self._facts(document, draft, (*path, "facts"), value)
            elif name == "basis":
                if value in BASES:
                    draft.basis = str(value)
                else:
                    self.errors.append(unknown_word("basis", str(value), BASES, place))
            elif name == "supersedes":
                for ref, ref_place in self._references(document, (*path, name), value):
                    self.links.append(_Link(draft, Relation.SUPERSEDES, ref, draft.namespace, {}, ref_place))
            elif name in short:
                self._short_form(document, draft, (*path, name), name, value)
            elif name in attributes:
                if name == "version" and not isinstance(value, str):
                    value = str(value)
                error = value_error(value, attributes[name], name, place)
                if error:
                    self.errors.append(error)
                else:
                    draft.attributes[name] = plain_value(value)
                    draft.places[name] = place
            else:
                known = [*attributes, *short, "facts", "basis", "supersedes"]
                self.errors.append(
                    unknown_word(f"field of a {draft.kind}", name, known, document.key_place(*path, name))
                )

    def _facts(self, document: Marked, draft: _Draft, path: tuple[str, ...], facts: Any) -> None:
        if not isinstance(facts, dict):
            self.errors.append(InputError("`facts` must be a mapping from fact to value", place=document.place(*path)))
            return
        for name, given in facts.items():
            place = document.key_place(*path, name)
            source, by, on, value = "", "", None, given
            if isinstance(given, dict):
                for key in given:
                    if key not in ("value", "by", "on", "source", "note"):
                        self.errors.append(
                            unknown_word(
                                "field of a fact",
                                key,
                                ("value", "by", "on", "source", "note"),
                                document.key_place(*path, name, key),
                            )
                        )
                if "value" not in given:
                    self.errors.append(InputError(f"the fact `{name}` has no `value`", place=place))
                    continue
                value, by, source, on = given["value"], given.get("by", ""), given.get("source", ""), given.get("on")
                if on is not None and not isinstance(on, date):
                    self.errors.append(
                        InputError(
                            f"`on` must be a date such as 2026-11-24, not {_describe(on)}",
                            place=document.place(*path, name, "on"),
                        )
                    )
                    on = None
                if not isinstance(by, str) or not isinstance(source, str):
                    self.errors.append(InputError("`by` and `source` must be text", place=place))
                    continue
            draft.facts[name] = Fact(f"{draft.kind}.{name}", plain_value(value), by, on, source, Origin(place))

    def _short_form(self, document: Marked, draft: _Draft, path: tuple[str, ...], name: str, value: Any) -> None:
        plain = _REFERENCES.get((draft.kind, name))
        if plain:
            relation, is_cause = plain
            for ref, place in self._references(document, path, value):
                ends = (draft, ref) if is_cause else (ref, draft)
                self.links.append(_Link(ends[0], relation, ends[1], draft.namespace, {}, place))
            return
        entries = value if isinstance(value, list) else [value]
        for index, entry in enumerate(entries):
            at: PathKey = (*path, index) if isinstance(value, list) else path
            place = document.place(*at)
            if not isinstance(entry, dict):
                self.errors.append(
                    InputError(
                        f"`{name}` is {SHORT_FORMS[draft.kind][name][0].lower()}{SHORT_FORMS[draft.kind][name][1:]}",
                        place=place,
                    )
                )
                continue
            match name:
                case "roles":
                    self._role(document, draft, at, entry)
                case "transfers":
                    self._transfer(document, draft, at, entry)
                case _:
                    self._flow(document, draft, at, entry, name)

    def _role(self, document: Marked, draft: _Draft, at: Sequence[str | int], entry: dict[str, Any]) -> None:
        for role, of in entry.items():
            if role not in ROLES:
                self.errors.append(unknown_word("role", role, ROLES, document.key_place(*at, role)))
                continue
            for ref, place in self._references(document, (*at, role), of):
                self.links.append(_Link(draft, Relation.HAS_ROLE, ref, draft.namespace, {"role": role}, place))

    def _transfer(self, document: Marked, draft: _Draft, at: Sequence[str | int], entry: dict[str, Any]) -> None:
        place = document.place(*at)
        if not isinstance(entry.get("to"), str):
            self.errors.append(
                InputError("a transfer needs `to`: the organisation that receives the data", place=place)
            )
            return
        attributes = self._edge_attributes(document, at, entry, Relation.TRANSFERS_TO, ("to",))
        self.links.append(_Link(draft, Relation.TRANSFERS_TO, entry["to"], draft.namespace, attributes, place))

    def _flow(self, document: Marked, draft: _Draft, at: Sequence[str | int], entry: dict[str, Any], name: str) -> None:
        place = document.place(*at)
        named = [kind for kind in ("dataset", "model") if kind in entry]
        if len(named) != 1 or not isinstance(entry[named[0]], str):
            self.errors.append(InputError(f"an entry of `{name}` names one `dataset` or `model`", place=place))
            return
        ref = entry[named[0]]
        if "/" not in ref:
            ref = f"{named[0]}/{ref}"
        relation = Relation.USED_BY if name == "uses" else Relation.DERIVED_INTO
        renamed = {("use" if key == "for" else key): value for key, value in entry.items()}
        attributes = self._edge_attributes(document, at, renamed, relation, (named[0],), {"use": "for"})
        self.links.append(_Link(ref, relation, draft, draft.namespace, attributes, document.place(*at, named[0])))
        under = attributes.get("under")
        if under:
            # a processing covers what happens under it
            self.links.append(_Link(under, Relation.COVERS, draft, draft.namespace, {}, document.place(*at, "under")))
            self.links.append(_Link(under, Relation.COVERS, ref, draft.namespace, {}, document.place(*at, "under")))

    def _edge_attributes(
        self,
        document: Marked,
        at: Sequence[str | int],
        entry: dict[str, Any],
        relation: Relation,
        skip: tuple[str, ...],
        written: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        known = EDGE_ATTRIBUTES.get(relation, {})
        attributes: dict[str, Any] = {}
        for key, value in entry.items():
            shown = (written or {}).get(key, key)
            if key in skip:
                continue
            if key not in known:
                self.errors.append(
                    unknown_word(f"field of `{relation}`", shown, [*known, *skip], document.key_place(*at, shown))
                )
                continue
            error = value_error(value, known[key], shown, document.place(*at, shown))
            if error:
                self.errors.append(error)
            else:
                attributes[key] = plain_value(value)
        return attributes

    def _references(self, document: Marked, path: Sequence[str | int], value: Any) -> Iterable[tuple[str, Place]]:
        entries = value if isinstance(value, list) else [value]
        for index, entry in enumerate(entries):
            at = (*path, index) if isinstance(value, list) else path
            if isinstance(entry, str) and "/" in entry:
                yield entry, document.place(*at)
            else:
                self.errors.append(
                    InputError(
                        f"a reference such as `system/score` is expected, not {_describe(entry)}",
                        place=document.place(*at),
                    )
                )

    def _edges(self, document: Marked, namespace: str, entries: Any) -> None:
        if not isinstance(entries, list):
            self.errors.append(InputError("`edges` must be a list", place=document.place("edges")))
            return
        for index, entry in enumerate(entries):
            at = ("edges", index)
            place = document.place(*at)
            if not isinstance(entry, dict) or not {"from", "relation", "to"} <= entry.keys():
                self.errors.append(InputError("an edge needs `from`, `relation` and `to`", place=place))
                continue
            if entry["relation"] not in [str(relation) for relation in Relation]:
                self.errors.append(
                    unknown_word(
                        "relation", str(entry["relation"]), [str(r) for r in Relation], document.place(*at, "relation")
                    )
                )
                continue
            if not isinstance(entry["from"], str) or not isinstance(entry["to"], str):
                self.errors.append(InputError("`from` and `to` are references such as `dataset/train`", place=place))
                continue
            basis = entry.get("basis", "declared")
            if basis not in BASES:
                self.errors.append(unknown_word("basis", str(basis), BASES, document.place(*at, "basis")))
                continue
            relation = Relation(entry["relation"])
            attributes = self._edge_attributes(document, at, entry, relation, ("from", "relation", "to", "basis"))
            self.links.append(_Link(entry["from"], relation, entry["to"], namespace, attributes, place, str(basis)))

    def _attestations(self, document: Marked, namespace: str, entries: Any) -> None:
        if entries is None:
            return
        if not isinstance(entries, list):
            self.errors.append(InputError("`attestations` must be a list", place=document.place("attestations")))
            return
        known = ("rule", "question", "subject", "answer", "by", "role", "on", "valid_until", "evidence", "statement")
        for index, entry in enumerate(entries):
            at = ("attestations", index)
            place = document.place(*at)
            if not isinstance(entry, dict):
                self.errors.append(InputError("an attestation is a mapping", place=place))
                continue
            problems = [
                unknown_word("field of an attestation", key, known, document.key_place(*at, key))
                for key in entry
                if key not in known
            ]
            for key in ("rule", "subject", "answer", "by", "role", "on"):
                if key not in entry:
                    problems.append(
                        InputError(
                            f"an attestation needs `{key}`",
                            place=place,
                            advice="an answer counts only with who gave it, in what role and when",
                        )
                    )
                elif key == "on":
                    if not isinstance(entry[key], date):
                        problems.append(
                            InputError("`on` must be a date such as 2026-11-24", place=document.place(*at, key))
                        )
                elif key == "answer":
                    if entry[key] not in ("yes", "no"):
                        problems.append(
                            InputError(
                                f"`answer` must be yes or no, not {_describe(entry[key])}",
                                place=document.place(*at, key),
                            )
                        )
                elif not isinstance(entry[key], str) or not entry[key].strip():
                    problems.append(InputError(f"`{key}` must be text", place=document.place(*at, key)))
            if isinstance(entry.get("rule"), str) and entry["rule"].count("/") != 1:
                problems.append(
                    InputError(
                        f"`{entry['rule']}` does not name a rule",
                        place=document.place(*at, "rule"),
                        advice="write pack/rule, such as `eu_ai_act/social-scoring-not-screened`",
                    )
                )
            if isinstance(entry.get("role"), str) and entry["role"] not in ROLES:
                problems.append(unknown_word("role", entry["role"], ROLES, document.place(*at, "role")))
            number = entry.get("question", 1)
            if not isinstance(number, int) or isinstance(number, bool) or number < 1:
                problems.append(
                    InputError(
                        "`question` is the number of the rule's question, counted from 1",
                        place=document.place(*at, "question"),
                    )
                )
            if "valid_until" in entry and not isinstance(entry["valid_until"], date):
                problems.append(InputError("`valid_until` must be a date", place=document.place(*at, "valid_until")))
            if not isinstance(entry.get("evidence", []), list) or not all(
                isinstance(ref, str) for ref in entry.get("evidence", [])
            ):
                problems.append(
                    InputError(
                        "`evidence` must be a list of references such as `document/memo`",
                        place=document.place(*at, "evidence"),
                    )
                )
            if problems:
                self.errors.extend(problems)
            else:
                self.attestations.append((namespace, entry, place))

    # merging and joining ---------------------------------------------------------------------------------------------

    def finish(self) -> Graph:
        self._merge()
        edges: dict[tuple[str, str, str, str], Edge] = {}
        for link in self.links:
            edge = self._join(link)
            if edge is not None:
                key = (edge.source, str(edge.relation), edge.target, repr(sorted(edge.attributes.items())))
                edges.setdefault(key, edge)
        attestations = [a for a in (self._attestation(*entry) for entry in self.attestations) if a is not None]
        raise_all(self.errors)
        drafts = sorted({draft.id: draft for group in self.merged.values() for draft in group}.items())
        nodes = {
            node_id: Node(
                node_id,
                draft.kind,
                draft.name,
                dict(sorted(draft.attributes.items())),
                dict(sorted(draft.facts.items())),
                Origin(draft.place, draft.basis),
                draft.places,
            )
            for node_id, draft in drafts
        }
        attestations.sort(key=lambda a: (a.rule, a.subject, a.question or 0, a.on, a.by, a.answer))
        return Graph(
            " + ".join(sorted(set(self.titles))) or "untitled",
            nodes,
            tuple(edges[key] for key in sorted(edges)),
            tuple(attestations),
            tuple(self.sources),
        )

    def _merge(self) -> None:
        by_name: dict[tuple[Kind, str, str], list[_Draft]] = {}
        for draft in self.drafts:
            by_name.setdefault((draft.kind, draft.namespace, draft.name), []).append(draft)
        for key, drafts in by_name.items():
            versions = sorted({draft.version for draft in drafts if draft.version})
            kept: dict[str, _Draft] = {}
            for draft in drafts:
                if not draft.version and len(versions) == 1:
                    draft.version = versions[0]
                first = kept.setdefault(draft.version, draft)
                if first is not draft:
                    self._fold(first, draft)
            self.merged[key] = list(kept.values())

    def _fold(self, first: _Draft, other: _Draft) -> None:
        if first.place.file == other.place.file:
            self.errors.append(
                InputError(
                    f"`{first.kind}/{first.name}` is described twice, first at {first.place}",
                    place=other.place,
                    advice="give one of them another name or version",
                )
            )
            return
        for name, value in other.attributes.items():
            if name in first.attributes and first.attributes[name] != value:
                self.errors.append(
                    InputError(
                        f"`{name}` of `{first.kind}/{first.name}` is {_describe(value)} here and "
                        f"{_describe(first.attributes[name])} at {first.places[name]}",
                        place=other.places[name],
                        advice="settle which of the two is right and remove the other",
                    )
                )
            first.attributes.setdefault(name, value)
            first.places.setdefault(name, other.places[name])
        for name, fact in other.facts.items():
            known = first.facts.setdefault(name, fact)
            if known.value != fact.value:
                self.errors.append(
                    InputError(
                        f"the fact `{fact.path}` of `{first.kind}/{first.name}` is {_describe(fact.value)} here and "
                        f"{_describe(known.value)} at {known.origin.place}",
                        place=fact.origin.place,
                        advice="settle which of the two is right and remove the other",
                    )
                )

    def _resolve(self, ref: str | _Draft, namespace: str, place: Place) -> _Draft | None:
        if isinstance(ref, _Draft):
            return next(d for d in self.merged[(ref.kind, ref.namespace, ref.name)] if d.version == ref.version)
        kind_name, _, rest = ref.partition("/")
        name, _, version = rest.partition("@")
        if kind_name not in [str(kind) for kind in Kind]:
            self.errors.append(unknown_word("kind", kind_name, [str(kind) for kind in Kind], place))
            return None
        kind = Kind(kind_name)
        candidates = self.merged.get((kind, namespace, name)) or [
            draft for (k, _, n), drafts in self.merged.items() if k is kind and n == name for draft in drafts
        ]
        if version:
            candidates = [draft for draft in candidates if draft.version == version]
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            self.errors.append(
                InputError(
                    f"`{ref}` could be {', '.join(sorted(f'`{d.id}`' for d in candidates))}",
                    place=place,
                    advice="write the version after an `@`",
                )
            )
            return None
        labels = [f"{k}/{n}" for (k, _, n) in self.merged]
        guess = nearest(f"{kind}/{name}", labels)
        self.errors.append(
            InputError(
                f"`{ref}` is not described anywhere",
                place=place,
                advice=(f"did you mean `{guess}`?" if guess else f"describe it, or remove this reference to a {kind}"),
            )
        )
        return None

    def _join(self, link: _Link) -> Edge | None:
        source = self._resolve(link.source, link.namespace, link.place)
        target = self._resolve(link.target, link.namespace, link.place)
        if source is None or target is None:
            return None
        if (source.kind, target.kind) not in ENDS[link.relation]:
            allowed = sorted({f"{a} → {b}" for a, b in ENDS[link.relation]})
            self.errors.append(
                InputError(
                    f"`{link.relation}` cannot join `{source.kind}/{source.name}` to `{target.kind}/{target.name}`",
                    place=link.place,
                    advice="it joins "
                    + (
                        ", ".join(allowed)
                        if len(allowed) <= 12
                        else f"{len(allowed)} pairs of kinds; see `lexaudit schema manifest`"
                    ),
                )
            )
            return None
        return Edge(
            source.id, link.relation, target.id, dict(sorted(link.attributes.items())), Origin(link.place, link.basis)
        )

    def _attestation(self, namespace: str, entry: dict[str, Any], place: Place) -> Attestation | None:
        subject = self._resolve(entry["subject"], namespace, place)
        evidence = [self._resolve(ref, namespace, place) for ref in entry.get("evidence", [])]
        if subject is None or any(draft is None for draft in evidence):
            return None
        return Attestation(
            entry["rule"],
            subject.id,
            entry["answer"],
            entry["by"],
            entry["role"],
            entry["on"],
            entry.get("valid_until"),
            tuple(draft.id for draft in evidence if draft),
            str(entry.get("statement", "")),
            Origin(place),
            entry.get("question"),
        )
