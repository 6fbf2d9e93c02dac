"""What a pack's files may hold: the shapes checked at the edge, and the source of their JSON Schemas."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z][a-z0-9_]*$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+([-+].*)?$")]
KindName = Literal[
    "dataset",
    "run",
    "model",
    "system",
    "deployment",
    "organisation",
    "processing",
    "document",
    "measurement",
    "control",
    "incident",
]
TypeName = Literal["bool", "int", "number", "string", "date", "strings"]


class Shape(BaseModel):
    """A mapping in which nothing unknown is tolerated."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class InstrumentShape(Shape):
    id: Word
    title: Word
    short: Word
    celex: Word
    eli: str = ""
    consolidated: date
    amended_by: list[Word] = []


class ReadingShape(Shape):
    id: Word
    statement: Word
    alternative: str = ""
    certainty: Word
    choices: list[Word | int] = []


class EffectiveShape(Shape):
    from_: date = Field(alias="from")
    until: date | None = None


class PackShape(Shape):
    pack: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Version
    language: Literal[1]
    title: Word
    jurisdiction: Word
    effective: EffectiveShape
    instruments: Annotated[list[InstrumentShape], Field(min_length=1)]
    readings: list[ReadingShape] = []
    limits: list[Word] = []


class AppliesFromShape(Shape):
    date: date
    when: Word


class ObligationShape(Shape):
    id: Word
    instrument: Word
    provision: Word
    kind: Word
    summary: Word
    holder: list[Word]
    applies_from: list[AppliesFromShape]
    formally_from: date | None = None
    until: date | None = None
    amended_by: str = ""
    version_of: str = ""
    penalty: str = ""


class RouteShape(Shape):
    when: Word
    subject: Literal["system", "model"] = "system"
    that: Word
    cite: Word


class TransitionalShape(Shape):
    id: Word
    cite: Word
    routes: list[Word]
    that: Word
    from_: date | Literal["never"] = Field(alias="from")
    obligations: list[Word] = []
    note: str = ""
    since: date | None = None
    until: date | None = None


class FormallyShape(Shape):
    reading: Word
    take: Word | int
    obligations: list[Word] = []
    but: list[Word] = []
    cite: Word


class FormerShape(Shape):
    until: date
    amended_by: Word
    routes: Annotated[dict[str, date], Field(min_length=1)]


class DatesShape(Shape):
    routes: list[RouteShape] = []
    transitional: list[TransitionalShape] = []
    formally: list[FormallyShape] = []
    former: list[FormerShape] = []
    penalties: dict[str, str] = {}


class ThresholdShape(Shape):
    threshold: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
    type: Literal["number", "int"]
    range: Annotated[list[float | int], Field(min_length=2, max_length=2)] | None = None
    meaning: Word
    question: str = ""


class BranchShape(Shape):
    when: str | None = None
    otherwise: Literal[True] | None = None
    value: Any
    because: Word
    cite: list[Word] = []


class FactShape(Shape):
    fact: FactName
    type: TypeName
    choices: list[Word] = []
    question: str = ""
    help: str = ""
    who: str = "anyone"
    cite: list[Word] = []
    derive: list[BranchShape] | None = None


FlowName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
FlowKindName = Literal["dataset", "run", "model", "system", "deployment"]
RelationName = Literal["used_by", "produced", "derived_into", "component_of", "deployed_as", "feeds_back"]


class StopShape(Shape):
    edge: RelationName | None = None
    node: FlowKindName | None = None
    when: Word = "true"
    because: Word


class FlowShape(Shape):
    flow: FlowName
    title: Word
    cite: list[Word] = []
    starts: Annotated[dict[FlowKindName, Word], Field(min_length=1)]
    along: list[RelationName] = ["used_by", "produced", "derived_into", "component_of", "deployed_as", "feeds_back"]
    stops: list[StopShape] = []


class ForbidShape(Shape):
    upstream: FlowKindName
    where: Word
    unless_all: list[Word] = []
    stop_at: dict[FlowKindName, Word] = {}


class ItemShape(Shape):
    cite: Word | None = None
    say: Word
    section: Word | None = None
    field: Word | None = None
    unless: Word | None = None


class ExpectationShape(Shape):
    say: Word
    cite: list[Word] = []
    that: str | None = None
    forbid: ForbidShape | None = None
    measure: Word | None = None
    with_: dict[str, Any] = Field(default={}, alias="with")
    contents: Word | None = None
    max_age_days: Annotated[int, Field(gt=0)] | None = None
    items: list[ItemShape] = []
    attest: str | None = None
    who: Word | Annotated[list[Word], Field(min_length=1)] | None = None
    answer: Literal["yes", "no"] = "yes"
    evidence: list[Word] = []
    valid_days: Annotated[int, Field(gt=0)] | None = None
    empty_is_fine: bool = False


class RuleShape(Shape):
    rule: RuleName
    title: Word
    obligations: Annotated[list[Word], Field(min_length=1)]
    subject: KindName
    severity: Literal["critical", "high", "medium", "low"]
    form: Literal["measured", "recorded", "attested"]
    applies: Word
    not_applicable: Word
    expects: Annotated[list[ExpectationShape], Field(min_length=1)]
    remedy: Word
    why: str = ""
    references: list[Word] = []
    empty_is_fine: bool = False
    waivable: bool = True


class CaseEvidenceShape(Shape):
    collector: Word
    subject: Word
    with_: dict[str, Any] = Field(default={}, alias="with")
    result: dict[str, Any] | None = None
    missing: str = ""


class CaseExpectShape(Shape):
    rule: str | None = None
    fact: str | None = None
    subject: Word
    outcome: Literal["met", "not_met", "not_applicable", "not_determined"] | None = None
    value: Any = None
    because: str = ""
    missing: list[str] = []
    upcoming: bool | None = None
    in_force_from: date | Literal["never"] | None = None
    reason: str = ""


class CaseShape(Shape):
    case: Word
    as_of: date | None = None
    at: date | None = None
    manifest: dict[str, Any] = {}
    evidence: list[CaseEvidenceShape] = []
    thresholds: dict[str, float | int] = {}
    readings: dict[str, str | int] = {}
    expect: Annotated[list[CaseExpectShape], Field(min_length=1)]
    note: str = ""
