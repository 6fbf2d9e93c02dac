"""What can go wrong while a condition is evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lexaudit.condition.syntax import Span


@dataclass(frozen=True, slots=True)
class EvaluationFault:
    """The data did not allow a value: a missing key, an overflow, a wrong type, an exhausted budget."""

    message: str
    """Lower case, the user's words in backticks."""
    span: Span
    """The sub-expression at fault."""


class Fault(Exception):
    """An evaluation error on its way up; `&&`, `||` and the quantifiers may absorb it."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class BudgetExhausted(Exception):
    """The steps are used up; nothing absorbs it."""


def no_overload(name: str, *values: object) -> Fault:
    """The fault of an operation on values of types it does not take."""
    from lexaudit.condition.values import type_name

    given = ", ".join(f"`{type_name(value)}`" for value in values)
    return Fault(f"`{name}` does not take {given}")
