"""The rule language: CEL, the Common Expression Language, parsed, type-checked, compiled and explained.

`compile` gives a `Condition`, which evaluates on plain Python values to a value, an `Unknown` (a fact is missing) or an
`EvaluationFault`, and explains itself. What is not CEL: no messages of protocol buffers, no containers of names.
"""

from __future__ import annotations

from lexaudit.condition.budget import DEFAULT_BUDGET
from lexaudit.condition.complaint import ConditionError, ConditionErrors
from lexaudit.condition.condition import EMPTY_RESULT, Condition, Outcome, compile  # noqa: A004 - what it is called everywhere
from lexaudit.condition.explanation import Deciding, Element, Explanation
from lexaudit.condition.fault import EvaluationFault
from lexaudit.condition.function import Declarations, Function
from lexaudit.condition.parser import parse
from lexaudit.condition.printer import format  # noqa: A004 - likewise
from lexaudit.condition.syntax import Span
from lexaudit.condition.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NULL,
    STRING,
    TIMESTAMP,
    UINT,
    ListType,
    MapType,
    OptionalType,
    RecordType,
    Type,
)
from lexaudit.condition.unknown import Unknown
from lexaudit.condition.values import Uint

__all__ = [
    "BOOL",
    "BYTES",
    "DEFAULT_BUDGET",
    "DOUBLE",
    "DURATION",
    "DYN",
    "EMPTY_RESULT",
    "INT",
    "NULL",
    "STRING",
    "TIMESTAMP",
    "UINT",
    "Condition",
    "ConditionError",
    "ConditionErrors",
    "Deciding",
    "Declarations",
    "Element",
    "EvaluationFault",
    "Explanation",
    "Function",
    "ListType",
    "MapType",
    "OptionalType",
    "Outcome",
    "RecordType",
    "Span",
    "Type",
    "Uint",
    "Unknown",
    "compile",
    "format",
    "parse",
]
