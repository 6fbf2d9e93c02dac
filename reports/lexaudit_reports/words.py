"""Values in words: dates, counts with their denominator, numbers, intervals. Nothing is rounded that decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

OUTCOMES: dict[str, str] = {
    "met": "met",
    "not_met": "not met",
    "not_determined": "not determined",
    "not_applicable": "not applicable",
}
"""The four outcomes in the order in which they are counted, and their words."""

FORMS: dict[str, str] = {
    "measured": "measured by a probe or a check of the documents",
    "recorded": "recorded in the system's description",
    "attested": "attested by a named person",
    "computed": "derived from stated facts",
}
"""What an expectation can rest on, and what that means."""


def day(iso: str | None) -> str:
    """`24 November 2026`; text that is no date is given back as it is, nothing as `no date`."""
    if not iso:
        return "no date"
    try:
        value = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def moment(iso: str) -> str:
    """`24 November 2026, 09:00:00 UTC`."""
    clock = iso[11:19]
    return f"{day(iso)}, {clock} UTC" if clock else day(iso)


def noun(number: int, one: str) -> str:
    """`finding` for 1, else `findings`."""
    return one if number == 1 else one + "s"


def count(number: int, one: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number} {noun(number, one)}"


def share(number: int, of: int) -> str:
    """`3 of 12`: a count is never given without what it is a part of."""
    return f"{number} of {of}"


def number(value: float) -> str:
    """Three decimals; more where three would show nothing; thousands apart in whole numbers."""
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u00a0")
    if value and abs(value) < 0.0005:
        return f"{value:.2e}"
    if abs(value) >= 1000:
        return f"{value:,.1f}".replace(",", "\u00a0")
    return f"{value:.3f}"


def is_interval(value: Any) -> bool:
    """Whether a value is an estimate with its interval."""
    return isinstance(value, Mapping) and all(
        isinstance(value.get(key), int | float) and not isinstance(value.get(key), bool)
        for key in ("estimate", "low", "high")
    )


def interval(value: Mapping[str, Any]) -> str:
    """`0.302 (0.252 to 0.350), n = 3 824`."""
    text = f"{number(float(value['estimate']))} ({number(float(value['low']))} to {number(float(value['high']))})"
    n = value.get("n")
    return f"{text}, n = {number(n)}" if isinstance(n, int) and not isinstance(n, bool) else text


def value(item: Any) -> str:
    """Any JSON value, for people: intervals as estimate and bounds, text in quotes, nothing as `not stated`."""
    if item is None:
        return "not stated"
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int):
        return number(item)
    if isinstance(item, float):
        return f"{item:g}" if round(item, 3) == item else number(item)
    if isinstance(item, str):
        return f"“{item}”"
    if is_interval(item):
        others = [f"{key} {_bare(each)}" for key, each in item.items() if key not in ("estimate", "low", "high", "n")]
        return "; ".join([interval(item), *others])
    if isinstance(item, Mapping):
        return "; ".join(f"{key}: {_bare(each)}" for key, each in item.items()) or "empty"
    if isinstance(item, Sequence):
        return ", ".join(value(each) for each in item) or "none"
    return str(item)


def _bare(item: Any) -> str:
    return item if isinstance(item, str) else value(item)


def yes(item: Any) -> str:
    """`yes`, `no`, or `not known` for what is neither true nor false."""
    return {True: "yes", False: "no"}.get(item, "not known") if isinstance(item, bool) else "not known"


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def shorten(text: str, limit: int) -> str:
    """At most so many characters, in one line, with `…` where something was left out."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: max(limit - 1, 1)].rstrip() + "…"


def short_digest(digest: str, length: int = 12) -> str:
    """The first characters of a digest, without its algorithm; the whole stands in a register."""
    return digest.partition(":")[2][:length] or digest[:length]


def label(node_id: str) -> str:
    """`model/risk-net@1.0` for `model:northgate/risk-net@1.0`: how a manifest refers to it."""
    kind, found, rest = node_id.partition(":")
    return f"{kind}/{rest.partition('/')[2] or rest}" if found else node_id


def plain_name(name: str) -> str:
    """`False positive rate` for `false_positive_rate`."""
    text = name.replace("_", " ").replace(".", ": ").strip()
    return text[:1].upper() + text[1:]


def humanised(seconds: float) -> str:
    """`under a second`, `42 s`, `3 min`."""
    if seconds < 1:
        return "under 1 s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
