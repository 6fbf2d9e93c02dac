"""Error rates of groups: counted, with intervals that say what the numbers of records allow to be said."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexaudit.canonical import Digest
from lexaudit.collect import Evidence, Inputs, Missing, Need, Workspace
from lexaudit.errors import InputError
from lexaudit.graph import Graph
from lexaudit_evidence import interval
from lexaudit_evidence.file import place_of
from lexaudit_evidence.interval import Spread, wilson
from lexaudit_evidence.spelling import did_you_mean
from lexaudit_evidence.subject import (
    Declaration,
    Selection,
    input_columns,
    load_network,
    load_table,
    network_inputs,
    read_declaration,
    select,
)
from lexaudit_evidence.table import Column, Table

MINIMUM_GROUP = 30
"""How many records must enter a group's rate before the group is compared, unless the rule says otherwise."""

Counts = NDArray[np.int64]
"""For each group, the number of records by label (0, 1) and decision (0, 1): an array of groups × 2 × 2."""

_ALL = ((0, 0), (0, 1), (1, 0), (1, 1))

METRICS: dict[str, tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]] = {
    "selection_rate": (((0, 1), (1, 1)), _ALL),
    "true_positive_rate": (((1, 1),), ((1, 0), (1, 1))),
    "false_positive_rate": (((0, 1),), ((0, 0), (0, 1))),
    "true_negative_rate": (((0, 0),), ((0, 0), (0, 1))),
    "false_negative_rate": (((1, 0),), ((1, 0), (1, 1))),
    "accuracy": (((0, 0), (1, 1)), _ALL),
    "precision": (((1, 1),), ((0, 1), (1, 1))),
}
"""Each metric as the cells (label, decision) it counts, and those it counts them among."""

LIMITS = (
    "The rates describe these recorded cases. They say nothing about people who are not in the data, and the label is "
    "what was recorded, which may itself be biased (for instance, arrests rather than offences).",
    "Equal error rates and equal predictive values cannot hold together when the groups' base rates differ; which of "
    "them matters is a judgement that this measurement does not make.",
    "An interval reflects chance in the sample only, not errors in the data.",
)


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one attribute, or of several together, with their counts."""

    attribute: str
    """The column, or columns joined by ` & `."""
    names: tuple[str, ...]
    """The groups."""
    counts: Counts
    """Their counts by label and decision."""


def tally(codes: NDArray[np.int64], groups: int, labels: NDArray[np.int64], decisions: NDArray[np.int64]) -> Counts:
    """The counts of each group; everything measured afterwards is arithmetic on them."""
    return np.bincount(codes * 4 + labels * 2 + decisions, minlength=groups * 4).reshape(groups, 2, 2)


def hits_and_totals(counts: Counts, metric: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each group, how many records count for a metric and among how many."""
    hits, among = METRICS[metric]
    return (
        sum((counts[:, label, decision] for label, decision in hits), np.zeros(len(counts), dtype=np.int64)),
        sum((counts[:, label, decision] for label, decision in among), np.zeros(len(counts), dtype=np.int64)),
    )


def coded(values: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Values as positions in the sorted list of them. A value that is empty is a group of its own."""
    names = tuple(sorted(set(values)))
    position = {name: at for at, name in enumerate(names)}
    return np.array([position[value] for value in values], dtype=np.int64), tuple(
        name or "(not recorded)" for name in names
    )


class Fairness:
    """Compares the error rates of a model's decisions between groups."""

    name = "fairness"
    version = "1"
    subjects = frozenset({"model"})
    reads_clock = False

    def check(self, parameters: Mapping[str, Any]) -> list[str]:
        """See `Collector.check`."""
        problems = []
        known = {"metrics": list, "by": list, "intersections": bool, "minimum_group": int}
        for name, value in parameters.items():
            if name not in known:
                problems.append(f"unknown parameter `{name}`; {did_you_mean(name, known)}")
            elif not isinstance(value, known[name]) or (known[name] is int and isinstance(value, bool)):
                wanted = {list: "a list of words", bool: "`true` or `false`", int: "a whole number"}[known[name]]
                problems.append(f"`{name}` must be {wanted}, not `{value}`")
            elif isinstance(value, list) and (not value or not all(isinstance(item, str) for item in value)):
                problems.append(f"`{name}` must be a list of words that is not empty")
        metrics = parameters.get("metrics", [])
        unknown = [m for m in map(str, metrics) if m not in METRICS] if isinstance(metrics, list) else []
        problems += [f"unknown metric `{metric}`; {did_you_mean(metric, METRICS)}" for metric in unknown]
        least = parameters.get("minimum_group")
        if isinstance(least, int) and not isinstance(least, bool) and least < 1:
            problems.append(f"`minimum_group` must be at least 1, not `{least}`")
        return problems

    def inspect(self, need: Need, graph: Graph, workspace: Workspace) -> Inputs | Missing:
        """See `Collector.inspect`."""
        prepared = _prepare(need, graph, workspace)
        return prepared if isinstance(prepared, Missing) else prepared.inputs

    def measure(self, need: Need, inputs: Inputs, graph: Graph, workspace: Workspace) -> Evidence | Missing:
        """See `Collector.measure`."""
        workspace.progress(0.0, "reading predictions and groups")
        try:
            prepared = _prepare(need, graph, workspace)
        except InputError as error:
            return Missing(need, f"the data changed while they were being measured: {error.message}", error.advice)
        if isinstance(prepared, Missing):
            return prepared
        if dict(prepared.inputs.digests) != dict(inputs.digests):
            return Missing(need, "the data changed while they were being measured", "run the audit again")
        workspace.progress(0.5, "comparing groups")
        value = _compare(
            prepared.groups,
            need.parameters.get("metrics", list(METRICS)),
            need.parameters.get("minimum_group", MINIMUM_GROUP),
        )
        workspace.progress(1.0, "groups compared")
        return Evidence(
            need,
            value,
            f"Counts by group, label and decision; {prepared.source}. {interval.METHOD}.",
            {
                "rows": int(prepared.selection.rows.size),
                "selected": prepared.selection.how,
                "rows_digest": prepared.selection.digest,
                "rows_digest_of": "the positions of the rows from zero, as little-endian 64-bit integers",
            },
            self.version,
            workspace.seed,
            {
                "python": ".".join(platform.python_version_tuple()[:2]),
                "numpy": installed("numpy"),
                "device": "cpu",
                "threads": 1,
                "random": "nothing in this measurement is random",
            },
            prepared.inputs.digests,
            {},
            workspace.at,
            LIMITS,
        )


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything that a comparison needs, read and checked."""

    inputs: Inputs
    selection: Selection
    groups: tuple[Groups, ...]
    source: str


def _prepare(need: Need, graph: Graph, workspace: Workspace) -> _Prepared | Missing:
    model = graph.nodes[need.subject]
    declaration = read_declaration(model, graph)
    if isinstance(declaration, str):
        return Missing(
            need, declaration, "state `measured_on` with dataset, label and sensitive attributes for the model"
        )
    if declaration.prediction is None and declaration.weights is None:
        return Missing(
            need,
            f"`{model.label}` has neither recorded predictions nor weights",
            "name the column with its outputs under `predictions`, or its safetensors file under `weights`",
        )
    place = place_of(model, "measured_on")
    attributes = [Column(name, "sensitive attribute", place) for name in need.parameters.get("by", ())]
    attributes = attributes or list(declaration.sensitive)
    if not attributes:
        return Missing(
            need,
            f"no sensitive attributes are declared for `{model.label}`",
            "name the columns whose groups are to be compared under `measured_on.sensitive`",
        )
    table = load_table(declaration, workspace.root, [*attributes, *input_columns(declaration)])
    selection = select(declaration, table)
    labels = table.binary(declaration.label, selection.rows)
    digests = {f"dataset:{declaration.dataset.name}": table.digest, f"declaration:{model.name}": declaration.digest}
    decisions, source = _decisions(declaration, table, selection, workspace, digests)
    groups = tuple(
        _grouped(table, selection, attributes, labels, decisions, bool(need.parameters.get("intersections")))
    )
    names = " and ".join(column.name for column in attributes)
    summary = f"error rates of {model.label} by {names} on {selection.rows.size} rows of {declaration.dataset.label}"
    return _Prepared(Inputs(digests, 0.2 + table.rows * 2e-6, summary), selection, groups, source)


def _decisions(
    declaration: Declaration, table: Table, selection: Selection, workspace: Workspace, digests: dict[str, Digest]
) -> tuple[NDArray[np.int64], str]:
    if declaration.weights is not None:
        network, digest = load_network(declaration, workspace.root)
        digests[f"weights:{declaration.model.name}"] = digest
        raw = network_inputs(network, table, selection.rows, place_of(declaration.model, "weights"))
        decisions = network.decisions(network.standardised(raw))
        return (
            decisions,
            f"decisions from the weights by a forward pass in NumPy (float64), at least {network.at_least:g}",
        )
    column = declaration.prediction
    if column is None:
        raise ValueError("a model without outputs was prepared")
    if declaration.at_least is None:
        return table.binary(column, selection.rows), f"decisions as recorded in the column `{column.name}`"
    numbers = table.numbers(column, selection.rows)
    return (numbers >= declaration.at_least).astype(np.int64), (
        f"decisions from the column `{column.name}`: 1 where it is at least {declaration.at_least:g}"
    )


def _grouped(
    table: Table,
    selection: Selection,
    attributes: Sequence[Column],
    labels: NDArray[np.int64],
    decisions: NDArray[np.int64],
    intersections: bool,
) -> list[Groups]:
    rows = selection.rows.tolist()
    values = {column.name: [table.columns[column.name][row] for row in rows] for column in attributes}
    if intersections and len(values) > 1:
        values[" & ".join(values)] = [" & ".join(parts) for parts in zip(*values.values(), strict=True)]
    found = []
    for attribute, of in values.items():
        codes, names = coded(of)
        found.append(Groups(attribute, names, tally(codes, len(names), labels, decisions)))
    return found


def _compare(groups: Sequence[Groups], metrics: Sequence[str], minimum: int) -> dict[str, Any]:
    excluded: dict[tuple[str, str], dict[str, Any]] = {}
    undecided: list[dict[str, str]] = []
    total = groups[0].counts.sum(axis=0, keepdims=True)
    value: dict[str, Any] = {
        "confidence": interval.CONFIDENCE,
        "minimum_group": minimum,
        "attributes": [of.attribute for of in groups],
        "overall_accuracy": _rate(total, "accuracy", 0),
    }
    for metric in metrics:
        value[metric] = _metric(groups, metric, total, minimum, excluded, undecided)
    value["excluded_groups"] = [excluded[key] for key in sorted(excluded)]
    value["undecided"] = undecided
    return value


def _metric(
    groups: Sequence[Groups],
    metric: str,
    total: Counts,
    minimum: int,
    excluded: dict[tuple[str, str], dict[str, Any]],
    undecided: list[dict[str, str]],
) -> dict[str, Any]:
    found: dict[str, Any] = {"groups": [], "by_attribute": {}}
    words = metric.replace("_", " ")
    if hits_and_totals(total, metric)[1][0] > 0:
        found["overall"] = _rate(total, metric, 0)
    spreads: list[tuple[Groups, list[int], Spread]] = []
    for of in groups:
        hits, totals = hits_and_totals(of.counts, metric)
        enough = [at for at in range(len(of.names)) if totals[at] >= minimum]
        for at, name in enumerate(of.names):
            if at in enough:
                found["groups"].append({"attribute": of.attribute, "group": name, **_rate(of.counts, metric, at)})
            else:
                entry = excluded.setdefault(
                    (of.attribute, name),
                    {"attribute": of.attribute, "group": name, "n": int(of.counts[at].sum()), "metrics": {}},
                )
                entry["metrics"][metric] = {"n": int(totals[at]), "k": int(hits[at])}
        if len(enough) < 2:
            undecided.append(
                {
                    "metric": metric,
                    "attribute": of.attribute,
                    "reason": (
                        f"{len(enough)} of {len(of.names)} groups by {of.attribute} "
                        f"{'has' if len(enough) == 1 else 'have'} at least {minimum} records that enter the {words}"
                    ),
                }
            )
        else:
            spreads.append((of, enough, interval.spread(hits[enough].tolist(), totals[enough].tolist(), len(groups))))
    for of, enough, apart in spreads:
        found["by_attribute"][of.attribute] = _spread_entry(of, enough, apart)
        if apart.ratio is None:
            undecided.append(
                {
                    "metric": metric,
                    "attribute": of.attribute,
                    "reason": f"no group by {of.attribute} has a {words} above zero, so there is no ratio",
                }
            )
    # INVARIANT: what could not be compared is never part of a figure that a rule may find good enough
    if len(spreads) == len(groups):
        entries = [found["by_attribute"][of.attribute] for of in groups]
        found["difference"] = _worst([entry["difference"] for entry in entries], largest=True)
        if all("ratio" in entry for entry in entries):
            found["ratio"] = _worst([entry["ratio"] for entry in entries], largest=False)
    return found


def _spread_entry(of: Groups, enough: Sequence[int], apart: Spread) -> dict[str, Any]:
    who = {
        "attribute": of.attribute,
        "largest": of.names[enough[apart.largest]],
        "smallest": of.names[enough[apart.smallest]],
    }
    entry: dict[str, Any] = {"difference": {**apart.difference.plain(), **who}}
    if apart.ratio is not None:
        entry["ratio"] = {**apart.ratio.plain(), **who}
    return entry


def _worst(entries: Sequence[dict[str, Any]], largest: bool) -> dict[str, Any]:
    """The worst attribute; its limits hold for the worst over all attributes, because they hold for each at once."""
    pick = max if largest else min
    worst = pick(entries, key=lambda entry: entry["estimate"])
    return {**worst, "low": pick(entry["low"] for entry in entries), "high": pick(entry["high"] for entry in entries)}


def _rate(counts: Counts, metric: str, at: int) -> dict[str, Any]:
    hits, totals = hits_and_totals(counts, metric)
    k, n = int(hits[at]), int(totals[at])
    return {**wilson(k, n).plain(), "k": k}
