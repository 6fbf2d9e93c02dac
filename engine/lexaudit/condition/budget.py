"""How many steps an evaluation may take.

An evaluation keeps its state in one list, the frame: the activation, the steps left, a flag set when a quantifier
ranged over nothing, and one place for each variable that a macro introduces. A step is one node evaluated. Nodes
outside of macros are charged when evaluation starts; the body of a macro is charged for each element, at once when that
fits in what is left; operations whose work grows with their operands are charged for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from lexaudit.condition.fault import BudgetExhausted

DEFAULT_BUDGET: Final = 1_000_000
"""Steps for one evaluation."""

Frame = list[Any]
"""The state of one evaluation."""

ACTIVATION: Final = 0
"""Position of the activation in a frame."""
STEPS: Final = 1
"""Position of the steps left."""
EMPTY: Final = 2
"""Position of the flag that a quantifier ranged over nothing."""
FIRST_SLOT: Final = 3
"""Position of the first macro variable."""

BYTES_PER_STEP: Final = 16
"""Characters or bytes that one step may copy or scan."""


def charge(frame: Frame, steps: int) -> None:
    """Take steps off the budget. Raises `BudgetExhausted` when they are not there."""
    left = frame[STEPS] - steps
    frame[STEPS] = left
    if left < 0:
        raise BudgetExhausted


def metered(items: Iterable[Any], cost: int, frame: Frame) -> Iterator[Any]:
    """The items, each charged when it is reached."""
    for item in items:
        charge(frame, cost)
        yield item


def ranged(items: Any, cost: int, frame: Frame) -> Any:
    """The items, charged at once when that fits in the budget, else each when it is reached."""
    whole = len(items) * cost
    if whole <= frame[STEPS]:
        frame[STEPS] -= whole
        return items
    return metered(items, cost, frame)


def weight(value: Any) -> int:
    """The steps that reading this value once may take."""
    kind = type(value)
    if kind is str or kind is bytes:
        return len(value) // BYTES_PER_STEP
    if kind is list or kind is tuple or kind is dict:
        return len(value)
    return 0
