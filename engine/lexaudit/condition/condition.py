"""A condition: compiled once, evaluated and explained on any data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from lexaudit.condition.batch import WORTHWHILE, Fast, fast
from lexaudit.condition.budget import ACTIVATION, DEFAULT_BUDGET, EMPTY, STEPS, Frame
from lexaudit.condition.check import Meaning, check, literal_equalities, paths
from lexaudit.condition.closure import Closure, Compiler
from lexaudit.condition.complaint import Complaint, ConditionErrors, SyntaxComplaint, located
from lexaudit.condition.explanation import Explainer, Explanation, OutcomeWord
from lexaudit.condition.fault import BudgetExhausted, EvaluationFault, Fault
from lexaudit.condition.function import Declarations
from lexaudit.condition.parser import read
from lexaudit.condition.syntax import Node, Span
from lexaudit.condition.types import BOOL, Type
from lexaudit.condition.unknown import Unknown
from lexaudit.condition.values import lower, plain, show
from lexaudit.errors import Place


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result, and whether it means anything."""

    value: Any
    """What `Condition.evaluate` gives."""
    vacuous: bool
    """Whether it is true only because a quantifier ranged over nothing."""


EMPTY_RESULT: Final = "true of nothing"
"""What `Condition.evaluate_each` gives for a truth that rests on a quantifier that ranged over nothing."""


class Condition:
    """A condition that has been read, checked and compiled; it holds no data and may be shared between threads."""

    def __init__(self, source: str, place: Place | None, tree: Node, meaning: Meaning, expect: Type | None) -> None:
        self.source = source
        """The text."""
        self.place = place
        """Where its first character stands."""
        self.tree = tree
        """What it was read as."""
        self.expect = expect
        """The type it must have; a value that is no `bool` where one is expected is a fault."""
        self.type: Type = meaning.types[id(tree)]
        """The type of its value, as far as it can be told without data."""
        self.paths = paths(tree, meaning)
        """Every dotted path from a declared variable that it may read: `system.intended_purpose`."""
        self.literal_equalities = literal_equalities(tree, meaning)
        """Paths with the literal each must equal for the condition to be true: what to index conditions by."""
        self._meaning = meaning
        self._blank: Frame = [None] * meaning.frame_size
        self._written: dict[str, Fast | None] = {}

    # made when the condition is first evaluated or explained: of a large pack, most conditions never are

    @cached_property
    def _compiler(self) -> Compiler:
        return Compiler(self.tree, self._meaning)

    @cached_property
    def _run(self) -> Closure:
        return self._compiler.closure(self.tree)

    @cached_property
    def _cost(self) -> int:
        return self._compiler.cost(self.tree)

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.source, self._compiler, self._meaning.slots)

    def __repr__(self) -> str:
        return f"Condition({self.source!r})"

    def evaluate(self, activation: Mapping[str, Any], *, budget: int = DEFAULT_BUDGET) -> Any:
        """The value, an `Unknown`, or an `EvaluationFault`; never raises for what the data hold.

        A declared variable that the activation lacks is unknown. Times come out as `datetime` and `timedelta`.
        """
        return self._evaluated(self._frame(activation, budget), budget)

    def evaluate_traced(self, activation: Mapping[str, Any], *, budget: int = DEFAULT_BUDGET) -> Outcome:
        """The same with whether a true result is vacuous."""
        frame = self._frame(activation, budget)
        value = self._evaluated(frame, budget)
        vacuous = value is True and frame[EMPTY] is True and self.explain(activation, budget=budget).vacuous
        return Outcome(value, vacuous)

    def evaluate_each(
        self, activation: dict[str, Any], name: str, values: Iterable[Any], *, budget: int = DEFAULT_BUDGET
    ) -> list[Any]:
        """What `evaluate` gives with the variable bound to one value after another; `EMPTY_RESULT` for a vacuous truth.

        The activation is changed. A batch is quicker than as many calls.
        """
        blank, run, steps = self._blank, self._run, budget - self._cost
        if not isinstance(values, Sequence):
            values = list(values)
        quick = self._fast(name) if len(values) >= WORTHWHILE and steps >= 0 else None
        results: list[Any] = list(quick(values, activation, steps)) if quick else [None] * len(values)
        for position, value in enumerate(values):
            if results[position] is not None:
                continue
            activation[name] = value
            frame = blank.copy()
            frame[ACTIVATION], frame[STEPS], frame[EMPTY] = activation, steps, False
            try:
                result = run(frame) if steps >= 0 else None
            except (Fault, BudgetExhausted, RecursionError):
                result = None
            if result is True and frame[EMPTY] is True and self.explain(activation, budget=budget).vacuous:
                result = EMPTY_RESULT
            elif type(result) is not bool and type(result) is not Unknown:
                # rare, and told in full
                result = self.evaluate(activation, budget=budget)
            results[position] = result
        return results

    def _fast(self, variable: str) -> Fast | None:
        if variable not in self._written:
            self._written[variable] = fast(self.tree, self._meaning, self._compiler, variable)
        return self._written[variable]

    def explain(self, activation: Mapping[str, Any], *, budget: int = DEFAULT_BUDGET) -> Explanation:
        """The tree of sub-expressions with what each gave.

        Explaining follows more than evaluating does. When the budget does not reach for that, the explanation is the
        whole condition with its outcome alone.
        """
        frame = self._frame(activation, budget)
        try:
            explanation = self._explainer.explain(self.tree, frame)
            if explanation.outcome == "value" and self.expect is BOOL:
                return self._outline(self.evaluate(activation, budget=budget))
            return explanation
        except (BudgetExhausted, RecursionError):
            return self._outline(self.evaluate(activation, budget=budget))

    def _frame(self, activation: Mapping[str, Any], budget: int) -> Frame:
        frame = self._blank.copy()
        frame[ACTIVATION] = activation
        frame[STEPS] = budget - self._cost
        frame[EMPTY] = False
        return frame

    def _evaluated(self, frame: Frame, budget: int) -> Any:
        try:
            if frame[STEPS] < 0:
                raise BudgetExhausted
            value = self._run(frame)
            return value if type(value) is bool else self._given(value)
        except Fault as fault:
            return EvaluationFault(fault.message, fault.span or self.tree.span)
        except BudgetExhausted:
            return EvaluationFault(f"the condition takes more than {budget:,} steps on this data", self.tree.span)
        except RecursionError:
            return EvaluationFault("the data are nested too deeply", self.tree.span)

    def _given(self, value: Any) -> Any:
        """A value that is no `bool`, as it is given: a fault when the condition had to be one."""
        if self.expect is BOOL and type(value) is not Unknown:
            return EvaluationFault(f"the condition must be a `bool`; it gave `{show(value)}`", self.tree.span)
        return lower(value)

    def _outline(self, value: Any) -> Explanation:
        outcome: OutcomeWord = "true" if value is True else "false" if value is False else "value"
        message = ""
        unknown_paths: frozenset[str] = frozenset()
        shown = None
        if isinstance(value, EvaluationFault):
            outcome, message = "error", value.message
        elif isinstance(value, Unknown):
            outcome, unknown_paths = "unknown", value.paths
        else:
            shown = plain(value)
        return Explanation(
            "leaf", self.tree.span, self.source, shown, outcome, None, (), False, unknown_paths, message, 0, self.tree
        )


def compile(  # noqa: A001 - what it is called everywhere
    source: str,
    declarations: Declarations,
    *,
    place: Place | None = None,
    expect: Type | None = None,
    checked: bool = True,
) -> Condition:
    """Read, check and compile a condition.

    `place` is where its first character stands in its file; `expect` the type it must have. Raises `ConditionErrors`:
    the first syntax error, or every undeclared name and type error at once. With `checked` false, type errors and
    undeclared names are left to be faults of the evaluations that meet them.
    """
    try:
        tree = read(source)
        meaning = check(tree, declarations, expect)
        if checked and meaning.complaints:
            raise ConditionErrors([located(complaint, source, place) for complaint in meaning.complaints])
        return Condition(source, place, tree, meaning, expect)
    except SyntaxComplaint as error:
        raise ConditionErrors([located(error.complaint, source, place)]) from None
    except RecursionError:
        complaint = Complaint("the condition is nested too deeply", Span(0, 1), "split it into several conditions")
        raise ConditionErrors([located(complaint, source, place)]) from None
