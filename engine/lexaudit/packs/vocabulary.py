"""The words of the rule language beyond CEL: the kinds as record types, and the functions over lineage and evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lexaudit.condition import (
    BOOL,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    Declarations,
    Function,
    ListType,
    RecordType,
    Type,
    Unknown,
)
from lexaudit.graph import ATTRIBUTES, Attribute, Kind, Relation
from lexaudit.graph.kinds import CONTROL_TYPES, DOCUMENT_TYPES, EDGE_ATTRIBUTES, ROLES, USES

if TYPE_CHECKING:
    from lexaudit.packs.pack import Reading

LITERALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "datasets_used_for": ("use", USES),
    "holders": ("role", ROLES),
    "holds": ("role", ROLES),
    "documents": ("document type", DOCUMENT_TYPES),
    "controls": ("control type", CONTROL_TYPES),
}
"""Functions whose text argument is one of a fixed list; a misspelt one is an error when the pack loads."""

EEA = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
    }
    | {"PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO"}
)
"""The 27 Member States, and Iceland, Liechtenstein and Norway (EEA Agreement, Joint Committee Decision 154/2018)."""

_TYPES: dict[str, Type] = {
    "string": STRING,
    "bool": BOOL,
    "int": INT,
    "number": DOUBLE,
    "date": TIMESTAMP,
    "strings": ListType(STRING),
}

Fields = Mapping[Kind, Mapping[str, Attribute]]


def fields_of(facts: Mapping[Kind, Mapping[str, Attribute]]) -> dict[Kind, dict[str, Attribute]]:
    """All that can be read of each kind: its attributes, and the facts that packs declare for it."""
    return {kind: {**ATTRIBUTES[kind], **facts.get(kind, {})} for kind in Kind}


def record_types(fields: Fields) -> dict[Kind, RecordType]:
    """Each kind as a type."""
    return {
        kind: RecordType(
            str(kind),
            {
                "id": STRING,
                "name": STRING,
                "kind": STRING,
                **{name: _TYPES[attribute.type] for name, attribute in attributes.items() if not attribute.structured},
            },
        )
        for kind, attributes in fields.items()
    }


TRANSFER = RecordType("transfer", {"country": STRING, "mechanism": STRING, "recipient": STRING})


def declarations(
    fields: Fields,
    thresholds: Mapping[str, str],
    subject: Kind,
    *,
    measured: bool = False,
    readings: Sequence[Reading] = (),
) -> Declarations:
    """What a condition about this kind of subject may name.

    `thresholds` maps names such as `fairness.error_rate_difference` to `number` or `int`; `readings` are those that
    the policy may choose.
    """
    records = record_types(fields)
    variables: dict[str, Type] = {
        str(subject): records[subject],
        "audit": RecordType("audit", {"as_of": TIMESTAMP, "at": TIMESTAMP}),
        "threshold": threshold_type(thresholds),
    }
    if measured:
        variables["result"] = DYN
    chosen = {r.id: INT if isinstance(r.choices[0], int) else STRING for r in readings if r.choices}
    if chosen:
        variables["reading"] = RecordType("reading", chosen)
    return Declarations(variables, functions(records))


def edge_declarations(relation: Relation) -> Declarations:
    """What a condition about edges of a relation may name: `edge` with its attributes and the ids of its ends."""
    attributes = EDGE_ATTRIBUTES.get(relation, {})
    fields = {"source": STRING, "target": STRING, **{name: _TYPES[a.type] for name, a in attributes.items()}}
    return Declarations({"edge": RecordType("edge", fields)}, [])


FLOW_WORDS = ("carries", "carried_from")
"""Functions whose text argument is the name of a flow of the pack."""


def threshold_type(thresholds: Mapping[str, str]) -> RecordType:
    """The nested record that `threshold.…` reads."""
    tree: dict[str, Any] = {}
    for name, type_ in thresholds.items():
        *parents, leaf = name.split(".")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = _TYPES[type_]

    def build(name: str, branch: Mapping[str, Any]) -> RecordType:
        return RecordType(
            name, {key: build(key, value) if isinstance(value, dict) else value for key, value in branch.items()}
        )

    return build("threshold", tree)


def functions(records: Mapping[Kind, RecordType]) -> list[Function]:
    """The functions of the rule language, each for every kind it makes sense for."""
    made: list[Function] = []

    def add(
        name: str, receivers: list[Kind], result: Type, implementation: Callable[..., Any], *parameters: Type, doc: str
    ) -> None:
        made.extend(
            Function(name, (records[kind], *parameters), result, implementation, member=True, doc=doc)
            for kind in receivers
        )

    flow = [Kind.DATASET, Kind.RUN, Kind.MODEL, Kind.SYSTEM, Kind.DEPLOYMENT]
    every = list(Kind)
    add(
        "upstream_datasets",
        flow,
        ListType(records[Kind.DATASET]),
        _look("upstream", "dataset"),
        doc="every dataset that flows into it",
    )
    add(
        "upstream_models",
        flow,
        ListType(records[Kind.MODEL]),
        _look("upstream", "model"),
        doc="every model that flows into it",
    )
    add(
        "upstream_runs", flow, ListType(records[Kind.RUN]), _look("upstream", "run"), doc="every run that flows into it"
    )
    add(
        "downstream_models",
        flow,
        ListType(records[Kind.MODEL]),
        _look("downstream", "model"),
        doc="every model it flows into",
    )
    add(
        "downstream_deployments",
        flow,
        ListType(records[Kind.DEPLOYMENT]),
        _look("downstream", "deployment"),
        doc="every deployment it flows into",
    )
    add(
        "carries",
        flow,
        BOOL,
        _look("carries"),
        STRING,
        doc="whether this flow of the pack reaches it; unknown with what would decide it",
    )
    add(
        "carried_from",
        flow,
        ListType(records[Kind.DATASET]),
        _look("carried_from"),
        STRING,
        doc="the datasets in which this flow starts and from which it certainly reaches it; unknown while `carries` is",
    )
    add("systems", every, ListType(records[Kind.SYSTEM]), _look("systems"), doc="the systems it belongs to")
    add(
        "datasets_used_for",
        flow,
        ListType(records[Kind.DATASET]),
        _look("datasets_used_for"),
        STRING,
        doc="the upstream datasets some run used for this",
    )
    add(
        "holders",
        [Kind.SYSTEM, Kind.MODEL, Kind.DEPLOYMENT, Kind.PROCESSING],
        ListType(records[Kind.ORGANISATION]),
        _look("holders"),
        STRING,
        doc="the organisations with this role for it",
    )
    add(
        "holds",
        [Kind.ORGANISATION],
        ListType(STRING),
        _look("holds"),
        STRING,
        doc="the ids of what it has this role for",
    )
    add(
        "documents",
        every,
        ListType(records[Kind.DOCUMENT]),
        _look("documents"),
        STRING,
        doc="the documents of this type filed about it",
    )
    add(
        "controls",
        every,
        ListType(records[Kind.CONTROL]),
        _look("controls"),
        STRING,
        doc="the controls of this type on it",
    )
    add("incidents", every, ListType(records[Kind.INCIDENT]), _look("incidents"), doc="the incidents that concern it")
    add(
        "processings",
        flow,
        ListType(records[Kind.PROCESSING]),
        _look("processings"),
        doc="the processings that cover it or what it is made from",
    )
    add(
        "covered_datasets",
        [Kind.PROCESSING],
        ListType(records[Kind.DATASET]),
        _look("covered", "dataset"),
        doc="the datasets it covers",
    )
    add(
        "transfers",
        [Kind.PROCESSING, Kind.DEPLOYMENT],
        ListType(TRANSFER),
        _look("transfers"),
        doc="its transfers to other countries",
    )
    made += [
        Function("at_most", (DYN, DYN), BOOL, _at_most, doc="whether a whole interval lies at or below a limit"),
        Function("at_least", (DYN, DYN), BOOL, _at_least, doc="whether a whole interval lies at or above a limit"),
        Function("days", (INT,), DURATION, lambda n: timedelta(days=n), doc="so many days"),
        Function(
            "eea",
            (STRING,),
            BOOL,
            lambda country: country in EEA,
            doc="whether a country belongs to the European Economic Area",
        ),
    ]
    return made


def _look(name: str, *fixed: str) -> Callable[..., Any]:
    """The lookup of this name, as a function of a view and of words."""
    return lambda view, *words: view.world.look(name, view.node.id, *fixed, *words)


def _at_most(interval: Any, limit: Any) -> Any:
    return _beyond(interval, limit, lambda low, high: high <= limit, lambda low, high: low > limit)


def _at_least(interval: Any, limit: Any) -> Any:
    return _beyond(interval, limit, lambda low, high: low >= limit, lambda low, high: high < limit)


def _beyond(
    interval: Any, limit: Any, holds: Callable[[float, float], bool], fails: Callable[[float, float], bool]
) -> Any:
    """Whether a limit is kept by a whole interval, broken by a whole interval, or lies inside it."""
    if not isinstance(interval, Mapping) or not {"estimate", "low", "high", "n"} <= interval.keys():
        raise ValueError("an interval with `estimate`, `low`, `high` and `n` is expected")
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        raise ValueError("a number is expected as the limit")
    estimate, low, high, n = (float(interval[key]) for key in ("estimate", "low", "high", "n"))
    if not all(map(math.isfinite, (estimate, low, high))) or not low <= high:
        raise ValueError("the interval is not one of finite numbers")
    if holds(low, high):
        return True
    if fails(low, high):
        return False
    distance, half = abs(estimate - limit), (high - low) / 2
    # the half-width of an interval shrinks with the square root of the sample size
    needed = (
        f"about {math.ceil(n * (half / distance) ** 2):,} records would decide it"
        if distance > 1e-9
        else "no sample size would decide it"
    )
    return Unknown(
        frozenset({f"interval: the limit {limit:g} lies between {low:.4g} and {high:.4g} (n = {n:,.0f}); {needed}"})
    )
