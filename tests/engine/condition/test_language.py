"""The language by example: an expression on the left, what it gives on the right."""

from __future__ import annotations

from collections import UserDict
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest

from lexaudit.condition import (
    BOOL,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    ConditionErrors,
    Declarations,
    EvaluationFault,
    Function,
    ListType,
    MapType,
    OptionalType,
    RecordType,
    Uint,
    Unknown,
    compile,  # noqa: A004
    format,  # noqa: A004
    parse,
)

DATASET = RecordType("dataset", {"name": STRING, "legal_basis": STRING, "rows": INT, "examined": BOOL})
SYSTEM = RecordType(
    "system",
    {
        "risk": STRING,
        "purpose": STRING,
        "accuracy": DOUBLE,
        "since": TIMESTAMP,
        "review_every": DURATION,
        "oversight": RecordType("oversight", {"trained": BOOL, "people": INT}),
        "tags": ListType(STRING),
        "scores": MapType(STRING, DOUBLE),
        "extra": RecordType("extra", {"known": INT}, open=True),
    },
)
DECLARATIONS = Declarations(
    {"system": SYSTEM, "datasets": ListType(DATASET), "anything": DYN, "limit": INT},
    [
        Function("twice", (INT,), INT, lambda value: value * 2, doc="Doubles."),
        Function("twice", (STRING,), STRING, lambda value: value * 2),
        Function("days.since", (TIMESTAMP,), INT, lambda moment: (datetime(2026, 8, 2, tzinfo=UTC) - moment).days),
        Function("starting", (ListType(DATASET), STRING), ListType(DATASET), lambda rows, start: [
            row for row in rows if row["name"].startswith(start)
        ], member=True),
        Function("refuse", (), BOOL, lambda: [][1]),
        Function("forgotten", (), BOOL, lambda: Unknown(frozenset({"what.nobody.knows"}))),
        Function("known", (DYN,), BOOL, lambda value: not isinstance(value, Unknown), strict=False),
    ],
)  # fmt: skip
DATA: dict[str, Any] = {
    "system": {
        "risk": "high",
        "purpose": "sort applications",
        "accuracy": 0.91,
        "since": datetime(2025, 8, 2, 12, tzinfo=UTC),
        "review_every": timedelta(days=30),
        "oversight": {"trained": True, "people": 2},
        "tags": ["hiring", "eu"],
        "scores": {"female": 0.9, "male": 0.92},
        "extra": {"known": 1, "more": "x"},
    },
    "datasets": [
        {"name": "cv", "legal_basis": "consent", "rows": 100, "examined": True},
        {"name": "calls", "legal_basis": "contract", "rows": 20, "examined": False},
    ],
    "anything": {"when": date(2026, 8, 2), "n": 3, "list": [1, 2.0, "3"]},
    "limit": 10,
}

TRUE = """
system.risk == "high"
system.risk in ["high", "limited"]
!(system.risk in ["minimal"])
system.purpose.startsWith("sort") && system.purpose.endsWith("applications") && system.purpose.contains(" ")
system.purpose.matches("^[a-z ]+$")
matches(system.purpose, "appl")
system.accuracy > 0.9 && system.accuracy <= 1
system["risk"] == "high"
system.`risk` == 'high'
has(system.risk) && !has(system.extra.nothing)
"hiring" in system.tags && size(system.tags) == 2 && system.tags.size() == 2
"female" in system.scores && !("other" in system.scores)
system.scores.all(group, system.scores[group] >= 0.8)
system.scores.all(group, score, score >= 0.8 && group != "")
system.scores.exists(group, score, group == "male" && score > 0.91)
system.scores["female"] / system.scores["male"] > 0.8
system.since < timestamp("2026-08-02T00:00:00Z")
system.since + duration("8760h") == timestamp("2026-08-02T12:00:00Z")
timestamp("2026-08-02T00:00:00Z") - system.since > system.review_every
system.since.getFullYear() == 2025 && system.since.getMonth() == 7 && system.since.getHours("Europe/Berlin") == 14
system.review_every == duration("720h") && system.review_every.getHours() == 720
string(system.review_every) == "2592000s" && string(system.since) == "2025-08-02T12:00:00Z"
anything.when == timestamp("2026-08-02T00:00:00Z")
anything.when > system.since
anything.n == 3.0 && anything.n == 3u && anything.n < 3.5 && anything.n in [1.0, 3.0]
anything.list == [1u, 2, "3"]
anything.list[1] == 2 && anything["list"][0] == 1
anything.missing == 1 || true
datasets.all(d, d.legal_basis != "")
datasets.exists(d, !d.examined)
datasets.exists_one(d, d.examined)
datasets.filter(d, d.rows > 50).map(d, d.name) == ["cv"]
datasets.map(d, d.examined, d.name) == ["cv"]
datasets.map(d, d.rows).exists(n, n == 20)
datasets.all(i, d, i < 2 && d.name != "")
datasets.existsOne(i, d, i == 1 && d.name == "calls")
datasets.transformList(i, d, d.examined, d.rows + i) == [100]
datasets.transformMap(i, d, d.name) == {0: "cv", 1: "calls"}
datasets.transformMapEntry(i, d, {d.name: i}) == {"cv": 0, "calls": 1}
datasets.starting("c").size() == 2 && datasets.starting("cv")[0].rows == 100
cel.bind(rows, datasets.map(d, d.rows), rows[0] + rows[1] == 120)
system.?risk.orValue("none") == "high"
system.extra.?nothing.orValue(5) == 5
datasets[?7].hasValue() == false && datasets[?0].value().name == "cv"
datasets[?1].optMap(d, d.rows).orValue(0) == 20
datasets[?1].optFlatMap(d, d.?legal_basis) == optional.of("contract")
[?datasets[?7], ?datasets[?0]].size() == 1
{?"a": optional.none(), "b": 1} == {"b": 1}
optional.none().or(optional.of(1)).value() == 1
system.oversight.people > 1 ? true : 1 / 0 > 0
twice(limit) == 20 && twice("a") == "aa"
days.since(system.since) == 364
known(limit) && !known(anything.n == 1 || forgotten())
type(limit) == int && type(system.risk) == string && type(1.5) != int && type([]) == list
type(system.since) == google.protobuf.Timestamp
int("42") + int(3.9) + int(7u) == 52 && uint("7") == 7u && double("1e3") == 1000.0 && bool("true")
string(1.0) == "1" && string(2.5) == "2.5" && string(b"abc") == "abc" && bytes("é") == b"\\303\\251"
math.greatest(1, 2.5, 2u) == 2.5 && math.least([3, 1, 2]) == 1 && math.round(2.5) == 3.0 && math.abs(-3) == 3
"%s: %.2f (%d of %d)".format(["rate", 0.914, 2, 3]) == "rate: 0.91 (2 of 3)"
"a,b,,c".split(",") == ["a", "b", "", "c"] && ["a", "b"].join("-") == "a-b" && " x ".trim() == "x"
"Straße".upperAscii() == "STRAßE" && "abc".reverse() == "cba" && "abcabc".lastIndexOf("b") == 4
strings.quote("a\\"b") == "\\"a\\\\\\"b\\""
-7 / 2 == -3 && -7 % 2 == -1 && 7 % -2 == 1
1.0 / 0.0 > 1e308 && !(0.0 / 0.0 == 0.0 / 0.0)
{1: "a", true: "b", 2u: "c"}[2] == "c"
{"a": {"b": [1, {"c": null}]}} == {"a": {"b": [1.0, {"c": null}]}}
r"\\d" == "\\\\d" && '''a'b''' == "a'b" && b"\\xff" != b"\\x00" && "\\u00e9" == "é"
0x1F == 31 && 1e3 == 1000.0 && .5 == 0.5 && 5u == 5U
// a comment to the end of the line
true && 2 + 3 * 4 == 14 && (2 + 3) * 4 == 20 && 10 - 4 - 3 == 3
""".strip().splitlines()


@pytest.mark.parametrize("source", [line for line in TRUE if not line.startswith("//")])
def test_true(source: str) -> None:
    condition = compile(source, DECLARATIONS, expect=BOOL)
    assert condition.evaluate(DATA) is True
    assert condition.explain(DATA).outcome == "true"
    assert parse(format(condition.tree)) == condition.tree
    assert compile(f"!({source})", DECLARATIONS).evaluate(DATA) is False


FAULTS = [
    ("anything.missing", "there is no `missing`", "anything.missing"),
    ("datasets[2].name", "there is no `2`", "datasets[2]"),
    ("anything.n + 'x' == ''", "`+` does not take `int`, `string`", "anything.n + 'x'"),
    ("anything.n.field == 1", "`field` cannot be selected from a value that is no record: `3`", "anything.n.field"),
    ("limit / (limit - 10) == 1", "division by zero", "limit / (limit - 10)"),
    ("limit * 9223372036854775807 > 0", "integer overflow", "limit * 9223372036854775807"),
    ("uint(limit) - 11u > 0u", "unsigned integer overflow", "uint(limit) - 11u"),
    ("anything.n && true", "a `bool` is needed here, not `3`", "anything.n"),
    ("int(system.risk) == 1", "`high` is not an integer", "int(system.risk)"),
    (
        "timestamp(system.risk) > system.since",
        "`high` is not a time; write `2026-08-02T00:00:00Z`",
        "timestamp(system.risk)",
    ),
    ("anything.n.startsWith('x')", "`startsWith` does not take `int`, `string`", "anything.n.startsWith('x')"),
    ("anything.n.all(x, true)", "a macro ranges over a list or a map, not `3`", "anything.n.all(x, true)"),
    ("datasets.all(d, d.rows / 0 > 1)", "division by zero", "d.rows / 0"),
    ("refuse()", "`refuse` failed: list index out of range", "refuse()"),
    ("{system.risk: 2, 'high': 3} != {}", 'the map has the key `"high"` twice', "{system.risk: 2, 'high': 3}"),
    ("optional.none().value() == 1", "the optional is empty", "optional.none().value()"),
    (
        "system.risk.matches(system.risk + '(')",
        "the pattern is not accepted: missing ): high(",
        "system.risk.matches(system.risk + '(')",
    ),
]


@pytest.mark.parametrize(("source", "message", "text"), FAULTS)
def test_faults_are_values_with_a_span(source: str, message: str, text: str) -> None:
    result = compile(source, DECLARATIONS).evaluate(DATA)
    assert isinstance(result, EvaluationFault)
    assert (result.message, result.span.of(source)) == (message, text)
    assert compile(source, DECLARATIONS).explain(DATA).outcome == "error"


def test_types_of_results() -> None:
    found = {
        source: str(compile(source, DECLARATIONS).type)
        for source in (
            "limit", "1u", "system", "datasets", "datasets[0].rows * 2", "datasets.map(d, d.name)",
            "system.since - system.since", "{'a': 1}", "[1, 'a']", "[]",
            "system.?risk", "datasets[?0].rows", "anything.x", "limit > 1 ? 1 : 2",
            "twice(anything)", "system.scores.transformMap(k, v, v > 0.5)",
        )
    }  # fmt: skip
    assert found == {
        "limit": "int",
        "1u": "uint",
        "system": "system",
        "datasets": "list(dataset)",
        "datasets[0].rows * 2": "int",
        "datasets.map(d, d.name)": "list(string)",
        "system.since - system.since": "duration",
        "{'a': 1}": "map(string, int)",
        "[1, 'a']": "list(dyn)",
        "[]": "list(dyn)",
        "system.?risk": "optional(string)",
        "datasets[?0].rows": "optional(int)",
        "anything.x": "dyn",
        "limit > 1 ? 1 : 2": "int",
        "twice(anything)": "dyn",
        "system.scores.transformMap(k, v, v > 0.5)": "map(string, bool)",
    }
    assert compile("datasets[?0]", DECLARATIONS).type == OptionalType(DATASET)


def test_values_come_out_as_python() -> None:
    def value(source: str) -> Any:
        return compile(source, DECLARATIONS).evaluate(DATA)

    assert value("system.since + duration('1s')") == datetime(2025, 8, 2, 12, 0, 1, tzinfo=UTC)
    assert value("duration('90m')") == timedelta(minutes=90)
    assert value("datasets.map(d, d.rows)") == [100, 20]
    assert value("{'a': [1]}") == {"a": [1]}
    assert value("7u") == Uint(7)
    assert type(value("7u")) is Uint
    assert value("null") is None


def test_where_a_bool_is_expected_nothing_else_comes_out() -> None:
    condition = compile("anything.n", DECLARATIONS, expect=BOOL)
    message = "the condition must be a `bool`; it gave `3`"
    assert condition.evaluate(DATA) == EvaluationFault(message, condition.tree.span)
    assert (condition.explain(DATA).outcome, condition.explain(DATA).message) == ("error", message)
    assert condition.evaluate({"anything": {"n": True}}) is True


def test_subclasses_of_plain_values_are_those_values() -> None:
    class Risk(StrEnum):
        HIGH = "high"

    class Share(float):
        pass

    class Count(int):
        pass

    data = {"anything": {"risk": Risk.HIGH, "share": Share(0.5), "count": Count(3), "rows": (1, 2)}}
    for source in (
        'anything.risk == "high" && anything.risk in ["high"] && anything.risk.startsWith("hi")',
        "anything.share < 0.6 && anything.share + 0.5 == 1.0 && anything.share * 2.0 == 1.0",
        "anything.count == 3 && anything.count > 2 && anything.count - 1 == 2 && -anything.count == -3",
        "anything.rows.all(r, r > 0) && anything.rows + [3] == [1, 2, 3] && anything.rows[1] == 2",
    ):
        assert compile(source, DECLARATIONS).evaluate(data) is True


def test_paths_are_what_a_condition_may_read() -> None:
    condition = compile(
        'system.risk == "high" && has(system.oversight.people) && datasets.all(d, d.rows > limit) '
        '&& system["accuracy"] > 0.5 && system.tags[0].startsWith("h") && system.?purpose.hasValue()',
        DECLARATIONS,
    )
    assert condition.paths == {
        "system.risk",
        "system.oversight.people",
        "datasets",
        "limit",
        "system.accuracy",
        "system.tags",
        "system.purpose",
    }


def test_literal_equalities_are_what_must_hold() -> None:
    condition = compile(
        '(system.risk == "high" && 3 == limit) && (system.purpose == "x" || system.accuracy == 1.0) '
        "&& system.oversight.trained && !datasets[0].examined && !(limit == 4) && !anything.late",
        DECLARATIONS,
    )
    assert condition.literal_equalities == [
        ("system.risk", "high"),
        ("limit", 3),
        ("system.oversight.trained", True),
        ("anything.late", False),
    ]


def test_records_may_be_any_mapping() -> None:
    class Facts(UserDict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            return Unknown(frozenset({f"system.{key}"})) if key == "risk" else super().__getitem__(key)

    facts = Facts({"oversight": Facts({"trained": True, "people": 1})})
    assert compile("system.oversight.trained", DECLARATIONS).evaluate({"system": facts}) is True
    risk = Unknown(frozenset({"system.risk"}))
    assert compile('system.risk == "high"', DECLARATIONS).evaluate({"system": facts}) == risk
    assert compile("has(system.risk)", DECLARATIONS).evaluate({"system": facts}) == risk
    assert compile("has(system.purpose)", DECLARATIONS).evaluate({"system": facts}) is False


def test_a_variable_that_is_not_given_is_unknown() -> None:
    assert compile("limit > 1", DECLARATIONS).evaluate({}) == Unknown(frozenset({"limit"}))
    assert compile("limit > 1 || true", DECLARATIONS).evaluate({}) is True


def test_qualified_names() -> None:
    declarations = Declarations({"a.b.c": STRING, "a.b": MapType(STRING, STRING), "y.z": INT})
    assert compile("a.b.c", declarations).evaluate({"a.b.c": "one", "a.b": {"c": "two"}}) == "one"
    assert compile("a.b.d", declarations).evaluate({"a.b": {"d": "two"}}) == "two"
    assert compile("[{'z': 0}].exists(y, y.z == 0)", declarations).evaluate({"y.z": 42}) is True
    assert compile("[{'z': 0}].exists(y, .y.z == 42)", declarations).evaluate({"y.z": 42}) is True


def test_macro_variables_hide_declared_ones_and_end_with_the_macro() -> None:
    assert compile("[1, 2].all(limit, limit < 3) && limit == 10", DECLARATIONS).evaluate(DATA) is True
    assert compile("[[1], [2]].all(x, x.all(x, x > 0) && size(x) == 1)", DECLARATIONS).evaluate(DATA) is True
    with pytest.raises(ConditionErrors, match="`x` is not declared"):
        compile("[1].all(x, x > 0) && x == 1", DECLARATIONS)
    assert compile("[1].exists(x, x == 1) && cel.bind(y, 2, y == 2)", DECLARATIONS).evaluate(DATA) is True


def test_evaluation_never_changes_the_data() -> None:
    condition = compile("datasets.filter(d, true) + [datasets[0]] != datasets", DECLARATIONS)
    before = repr(DATA)
    assert condition.evaluate(DATA) is True
    assert repr(DATA) == before
    constant = compile("[1, 2, 3]", DECLARATIONS)
    constant.evaluate(DATA).append(4)
    assert constant.evaluate(DATA) == [1, 2, 3]
