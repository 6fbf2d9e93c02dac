"""Every case of the CEL specification's conformance suite that needs no protocol buffers.

The suite is not part of the repository; it is looked for beside it, in `shared/cel`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lexaudit.condition import (
    DYN,
    Condition,
    ConditionErrors,
    Declarations,
    EvaluationFault,
    Uint,
    compile,  # noqa: A004
)
from lexaudit.condition.values import TypeValue

SUITE = Path(__file__).parents[4] / "shared" / "cel"

NOT_MET = {
    "parse/bytes_literals/triple_single_quoted_unescaped_punctuation": (
        "expects a backslash that its expression, as converted from the suite's text form, does not hold"
    ),
    "parse/bytes_literals/triple_double_quoted_unescaped_punctuation": (
        "expects a backslash that its expression, as converted from the suite's text form, does not hold"
    ),
}
"""Cases that are not met, with the reason. A case listed here that is met fails the test."""


def value_of(tagged: Mapping[str, Any]) -> Any:
    """The Python value for `cel.expr.Value` in its JSON form."""
    ((tag, inner),) = tagged.items()
    match tag:
        case "int64Value":
            return int(inner)
        case "uint64Value":
            return Uint(inner)
        case "doubleValue":
            return float(inner)
        case "bytesValue":
            return base64.b64decode(inner)
        case "typeValue":
            return TypeValue(inner)
        case "listValue":
            return [value_of(item) for item in inner.get("values", [])]
        case "mapValue":
            return {value_of(item["key"]): value_of(item["value"]) for item in inner.get("entries", [])}
    assert tag in ("boolValue", "stringValue", "nullValue"), tag
    return inner


def identical(given: Any, wanted: Any) -> bool:
    """Equal in value and in type, signs of zero and NaN included."""
    if isinstance(wanted, list):
        return isinstance(given, list) and len(given) == len(wanted) and all(map(identical, given, wanted))
    if isinstance(wanted, dict):
        same_size = isinstance(given, Mapping) and len(given) == len(wanted)
        return same_size and all(key in given and identical(given[key], wanted[key]) for key in wanted)
    if isinstance(wanted, float):
        return isinstance(given, float) and repr(given) == repr(wanted)
    return type(given) is type(wanted) and given == wanted


def compiled(case: Mapping[str, Any], names: Mapping[str, Any]) -> Condition:
    """The condition of a case.

    A constant that can only fail (`timestamp("0000-01-01T00:00:00Z")`) is refused at load; such a case is evaluated
    unchecked, so that an expected error is always an error of evaluation, never a missing function.
    """
    declarations = Declarations(dict.fromkeys(names, DYN))
    try:
        return compile(case["expr"], declarations, checked=not case.get("disableCheck"))
    except ConditionErrors:
        if "evalError" not in case:
            raise
        return compile(case["expr"], declarations, checked=False)


def met(case: Mapping[str, Any]) -> bool:
    """Whether evaluating gives what the case expects, and explaining gives the same."""
    bindings = {name: value_of(bound["value"]) for name, bound in case.get("bindings", {}).items()}
    condition = compiled(case, bindings)
    result = condition.evaluate(bindings)
    explained = condition.explain(bindings).outcome
    if "evalError" in case:
        return isinstance(result, EvaluationFault) and explained == "error"
    wanted = value_of(case["value"]) if "value" in case else True
    outcome = {True: "true", False: "false"}[wanted] if isinstance(wanted, bool) else "value"
    return identical(result, wanted) and explained == outcome


@pytest.mark.parametrize(("name", "count"), [("standard", 1078), ("extensions", 522)])
def test_conformance(name: str, count: int) -> None:
    path = SUITE / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the CEL conformance suite is not at {path}")
    cases = json.loads(path.read_text())
    assert len(cases) == count
    not_met = []
    for case in cases:
        try:
            passed = met(case)
        except ConditionErrors:
            passed = False
        if not passed:
            not_met.append(f"{case['file']}/{case['section']}/{case['name']}")
    assert not_met == [case for case in NOT_MET if name == "standard"]
