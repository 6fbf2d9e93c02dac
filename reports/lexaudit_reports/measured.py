"""What was measured, as tables and pictures: every figure with the evidence and the place in it that it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lexaudit_reports import words


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is printed, and where it stands in the evidence."""

    text: str
    """As printed."""
    evidence: str
    """Id of the evidence."""
    path: str
    """`value.false_positive_rate.groups[0].estimate`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its interval, as it is drawn and printed."""

    label: str
    """What it is of: a group, a strength."""
    estimate: float
    """The estimate."""
    low: float
    """Lower bound."""
    high: float
    """Upper bound."""
    n: int | None
    """How many records it rests on."""
    k: int | None
    """How many of them showed it; none where it is no proportion."""
    figures: tuple[Figure, ...]
    """Estimate, bounds and counts as printed."""
    note: str = ""
    """Between whom, for a comparison: `race: African-American, Caucasian`."""

    @property
    def text(self) -> str:
        """`0.448 (0.426 to 0.472)`."""
        return f"{self.figures[0].text} ({self.figures[1].text} to {self.figures[2].text})"


@dataclass(frozen=True, slots=True)
class Limit:
    """A registered threshold that a rule compares with what was measured."""

    name: str
    """Its name in the policy."""
    value: float
    """Its value."""
    of: str
    """What it is a limit of: the place in the value, `false_positive_rate.difference`."""
    upper: bool
    """Whether values above it are not accepted (else those below)."""
    finding: str
    """Id of the finding that compares."""
    outcome: str
    """What became of the comparison."""

    @property
    def text(self) -> str:
        """`limit: at most 0.1 (fairness.error_rate_difference)`."""
        return f"limit: {'at most' if self.upper else 'at least'} {self.value:g} ({self.name})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far the groups lie apart, by difference or by ratio."""

    name: str
    """`difference` or `ratio`."""
    judged: Estimate
    """What rules compare with the limit: the worst over all attributes."""
    parts: tuple[Estimate, ...]
    """The same for each attribute, where there are several."""
    limit: Limit | None
    """The registered limit."""


@dataclass(frozen=True, slots=True)
class Rates:
    """One metric for every group."""

    metric: str
    """`false_positive_rate`."""
    groups: tuple[tuple[str, tuple[Estimate, ...]], ...]
    """By attribute (`race`): its groups, as measured."""
    overall: Estimate | None
    """All records together."""
    comparisons: tuple[Comparison, ...]
    """Difference and ratio between groups."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Accuracy against the strength of an attack."""

    points: tuple[tuple[float, Estimate], ...]
    """Strength and accuracy, by strength."""
    norm: str
    """How strength is measured."""
    limits: tuple[Limit, ...]
    """Registered limits on the accuracy."""
    reference: float | None
    """The strength that rules ask about."""


@dataclass(frozen=True, slots=True)
class Document:
    """What was found of a document that rules ask for."""

    type: str
    """`risk management`."""
    found: str
    """Whether one is filed."""
    current: str
    """Whether it is within its validity."""
    gaps: tuple[str, ...]
    """What it lacks: sections, fields."""


@dataclass(frozen=True, slots=True)
class Result:
    """One piece of evidence, as it is shown."""

    evidence: str
    """Its id."""
    label: str
    """Its short id, as printed."""
    collector: str
    """Who measured."""
    subject: str
    """`model/risk-net@1.0`."""
    title: str
    """`Fairness of Vendor decile score`."""
    method: str
    """What was done."""
    sample: str
    """On which records."""
    limits: tuple[str, ...]
    """What it does not show."""
    rates: tuple[Rates, ...]
    """Rates per group."""
    curve: Curve | None
    """Accuracy under attack."""
    document: Document | None
    """What was found of a document; then there is nothing else."""
    table: tuple[tuple[str, str], ...]
    """Everything else: name and value."""
    excluded: tuple[str, ...]
    """What was left out of the comparison, and why."""
    asked_by: tuple[int, ...]
    """Numbers of the findings that rest on it."""
    figures: tuple[Figure, ...]
    """Every number that is shown."""


COMPARISON = re.compile(r"\b(at_most|at_least)\(\s*result\.([A-Za-z_][\w.]*)\s*,\s*threshold\.([A-Za-z_][\w.]*)\s*\)")
"""How a rule compares what was measured with a registered threshold: function, place in the result, threshold."""


def limits_of(evidence: str, audit: Mapping[str, Any]) -> tuple[Limit, ...]:
    """The registered thresholds that rules compare with this evidence, read from the rules' own conditions."""
    values = {item["name"]: item["value"] for item in audit["policy"].get("thresholds", ())}
    found = {}
    for finding in audit["findings"]:
        for reason in finding["reasons"]:
            if evidence not in reason["evidence"]:
                continue
            for function, path, name in COMPARISON.findall(reason["expression"]):
                value = values.get(name)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    found[name, path] = Limit(
                        name, float(value), path, function == "at_most", finding["id"], reason["outcome"]
                    )
    return tuple(limit for _, limit in sorted(found.items()))


def result(
    piece: Mapping[str, Any], audit: Mapping[str, Any], label: str, title: str, asked_by: Sequence[int]
) -> Result:
    """A piece of evidence as tables and pictures. What no picture is known for is shown as names and values, whole."""
    need, value = piece["need"], piece["value"]
    limits = limits_of(piece["id"], audit)
    rates = tuple(_rates(piece["id"], value, limits))
    curve = _curve(piece["id"], value, limits, need["parameters"])
    drawn = _drawn(rates, curve)
    rows, figures = [], []
    for path, leaf in _leaves(value, "value"):
        if path in drawn or path.startswith(drawn) or path.startswith("value.excluded_groups"):
            continue
        rows.append((path.removeprefix("value."), words.value(leaf)))
        figures += _figures_in(piece["id"], path, leaf)
    excluded = value.get("excluded_groups")
    for index, group in enumerate(excluded if isinstance(excluded, list) else ()):
        if isinstance(group, Mapping) and isinstance(group.get("n"), int):
            figures.append(Figure(words.number(group["n"]), piece["id"], f"value.excluded_groups[{index}].n"))
    for metric in rates:
        figures += [figure for _, members in metric.groups for group in members for figure in group.figures]
        figures += metric.overall.figures if metric.overall else ()
        figures += [
            figure for each in metric.comparisons for one in (each.judged, *each.parts) for figure in one.figures
        ]
    if curve:
        figures += [figure for _, point in curve.points for figure in point.figures]
    return Result(
        piece["id"],
        label,
        need["collector"],
        words.label(need["subject"]),
        title + (": " + ", ".join(metric.metric.replace("_", " ") for metric in rates) if rates else ""),
        words.sentence(piece["method"]),
        "; ".join(f"{key.replace('_', ' ')}: {_sample(item)}" for key, item in piece["sample"].items()) or "not stated",
        tuple(piece["limits"]),
        rates,
        curve,
        _document(need, value),
        tuple(rows),
        tuple(_excluded(value)),
        tuple(asked_by),
        tuple(figures),
    )


def _drawn(rates: Sequence[Rates], curve: Curve | None) -> tuple[str, ...]:
    """The places whose figures a picture shows; what begins with one of them is not listed again."""
    shown = [
        f"value.{metric.metric}.{part}" for metric in rates for part in ("groups", "overall", "difference", "ratio")
    ]
    shown += [
        one.figures[0].path.rpartition(".")[0] for metric in rates for each in metric.comparisons for one in each.parts
    ]
    for _, point in curve.points if curve else ():
        where = point.figures[0].path.rpartition(".")[0]
        shown += [
            where if where.endswith("accuracy") else f"{where}.{key}" for key in ("estimate", "low", "high", "n", "k")
        ]
        shown.append(f"{where.partition(']')[0]}].strength")
    return tuple(dict.fromkeys(shown))


def _sample(item: Any) -> str:
    if isinstance(item, str):
        return words.short_digest(item) + "…" if item.startswith("sha256:") else item
    return words.value(item)


def _document(need: Mapping[str, Any], value: Mapping[str, Any]) -> Document | None:
    if need["collector"] != "documents" or not {"found", "current"} <= value.keys():
        return None
    gaps = [
        f"{what}: {', '.join(str(item) for item in value[key])}"
        for key, what in (
            ("missing_sections", "missing"),
            ("empty_sections", "empty"),
            ("missing_fields", "fields missing"),
        )
        if value.get(key)
    ]
    return Document(
        str(need["parameters"].get("type", "any")).replace("_", " "),
        words.yes(value["found"]),
        words.yes(value["current"]),
        tuple(gaps),
    )


def _excluded(value: Mapping[str, Any]) -> Iterator[str]:
    groups = value.get("excluded_groups")
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, Mapping):
            n = group.get("n")
            yield f"{group.get('attribute', '')} {group.get('group', '')}".strip() + (
                f" (n = {n})" if n is not None else ""
            )
        else:
            yield str(group)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Names and values: an interval, a list of plain values and a small record of plain values stay whole."""
    if (
        isinstance(value, Mapping)
        and value
        and not words.is_interval(value)
        and (path == "value" or not _is_record(value))
    ):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}")
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def _is_record(value: Mapping[str, Any]) -> bool:
    return len(value) <= 8 and not any(isinstance(item, Mapping | list) for item in value.values())


def _figures_in(evidence: str, path: str, leaf: Any) -> list[Figure]:
    if words.is_interval(leaf):
        return list(_estimate(evidence, path, leaf, "").figures)
    if isinstance(leaf, int | float) and not isinstance(leaf, bool):
        return [Figure(words.value(leaf), evidence, path)]
    if isinstance(leaf, Mapping):
        return [figure for key, item in leaf.items() for figure in _figures_in(evidence, f"{path}.{key}", item)]
    if isinstance(leaf, list):
        return [figure for index, item in enumerate(leaf) for figure in _figures_in(evidence, f"{path}[{index}]", item)]
    return []


def _estimate(evidence: str, path: str, value: Mapping[str, Any], label: str, note: str = "") -> Estimate:
    n, k = (value.get(key) if isinstance(value.get(key), int) else None for key in ("n", "k"))
    figures = [
        Figure(words.number(float(value[key])), evidence, f"{path}.{key}") for key in ("estimate", "low", "high")
    ]
    figures += [
        Figure(words.number(item), evidence, f"{path}.{key}") for key, item in (("n", n), ("k", k)) if item is not None
    ]
    return Estimate(
        label, float(value["estimate"]), float(value["low"]), float(value["high"]), n, k, tuple(figures), note
    )


def _rates(evidence: str, value: Mapping[str, Any], limits: Sequence[Limit]) -> Iterator[Rates]:
    for metric, body in value.items():
        groups = body.get("groups") if isinstance(body, Mapping) else None
        if not isinstance(groups, list) or not all(words.is_interval(group) for group in groups) or not groups:
            continue
        attributes: dict[str, list[Estimate]] = {}
        for index, group in enumerate(groups):
            name = str(group.get("group", ""))
            attributes.setdefault(str(group.get("attribute", "")), []).append(
                _estimate(evidence, f"value.{metric}.groups[{index}]", group, name)
            )
        overall = (
            _estimate(evidence, f"value.{metric}.overall", body["overall"], "all records")
            if words.is_interval(body.get("overall"))
            else None
        )
        comparisons = []
        for name, say in (
            ("difference", "largest difference between groups"),
            ("ratio", "smallest ratio between groups"),
        ):
            if words.is_interval(body.get(name)):
                limit = next((item for item in limits if item.of == f"{metric}.{name}"), None)
                by = body.get("by_attribute")
                parts = [
                    _estimate(
                        evidence,
                        f"value.{metric}.by_attribute.{attribute}.{name}",
                        entry[name],
                        f"by {attribute}",
                        _between(entry[name]),
                    )
                    for attribute, entry in (by.items() if isinstance(by, Mapping) else ())
                    if isinstance(entry, Mapping) and words.is_interval(entry.get(name))
                ]
                judged = _estimate(evidence, f"value.{metric}.{name}", body[name], say, _between(body[name]))
                comparisons.append(Comparison(name, judged, tuple(parts) if len(parts) > 1 else (), limit))
        yield Rates(
            metric,
            tuple((attribute, tuple(members)) for attribute, members in attributes.items()),
            overall,
            tuple(comparisons),
        )


def _between(comparison: Mapping[str, Any]) -> str:
    if not {"attribute", "largest", "smallest"} <= comparison.keys():
        return ""
    return f"{comparison['attribute']}: {comparison['largest']}, {comparison['smallest']}"


def _curve(
    evidence: str, value: Mapping[str, Any], limits: Sequence[Limit], parameters: Mapping[str, Any]
) -> Curve | None:
    points = []
    curve = value.get("curve")
    for index, point in enumerate(curve if isinstance(curve, list) else ()):
        if not isinstance(point, Mapping) or not isinstance(point.get("strength"), int | float):
            return None
        path = f"value.curve[{index}]"
        nested = next(
            ((key, point[key]) for key in ("accuracy", "robust_accuracy") if words.is_interval(point.get(key))), None
        )
        if nested is None and not words.is_interval(point):
            return None
        where, body = (f"{path}.{nested[0]}", nested[1]) if nested else (path, point)
        points.append((float(point["strength"]), _estimate(evidence, where, body, f"strength {point['strength']:g}")))
    if len(points) < 2:
        return None
    reference = value.get("at", parameters.get("at"))
    return Curve(
        tuple(sorted(points, key=lambda item: item[0])),
        str(value.get("norm", parameters.get("norm", ""))),
        tuple(limit for limit in limits if limit.of == "robust_accuracy"),
        float(reference) if isinstance(reference, int | float) else None,
    )
