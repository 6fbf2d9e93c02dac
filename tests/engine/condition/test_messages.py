"""What people are told about a condition that cannot be used, written out whole."""

from __future__ import annotations

import pytest

from lexaudit.condition import (
    BOOL,
    INT,
    STRING,
    TIMESTAMP,
    ConditionErrors,
    Declarations,
    Function,
    ListType,
    RecordType,
    compile,  # noqa: A004
)
from lexaudit.errors import InputErrors, Place

DECLARATIONS = Declarations(
    {
        "system": RecordType("system", {"intended_purpose": STRING, "risk": STRING, "since": TIMESTAMP, "users": INT}),
        "datasets": ListType(RecordType("dataset", {"legal_basis": STRING, "rows": INT})),
    },
    [Function("upstream", (STRING, STRING), ListType(STRING), lambda one, other: [])],
)
PLACE = Place("rules/art-10.yaml", 12, 11)

MESSAGES = [
    (
        'system.intended_purpos == "hiring" && datsets.all(d, d.legal_bases != "")',
        """\
rules/art-10.yaml:12:18: `system` has no field `intended_purpos`
    system.intended_purpos == "hiring" && datsets.all(d, d.legal_bases != "")
           ^~~~~~~~~~~~~~~
  help: did you mean `intended_purpose`?
rules/art-10.yaml:12:49: `datsets` is not declared
    system.intended_purpos == "hiring" && datsets.all(d, d.legal_bases != "")
                                          ^~~~~~~
  help: did you mean `datasets`?""",
    ),
    (
        "datasets.all(d,\n  d.legal_bases != '' &&\n  d.rows > 'many')",
        """\
rules/art-10.yaml:13:5: `dataset` has no field `legal_bases`
      d.legal_bases != '' &&
        ^~~~~~~~~~~
  help: did you mean `legal_basis`?
rules/art-10.yaml:14:3: `>` does not order a `int` and a `string`
      d.rows > 'many')
      ^~~~~~~~~~~~~~~""",
    ),
    (
        "system.colour == 'red'",
        """\
rules/art-10.yaml:12:18: `system` has no field `colour`
    system.colour == 'red'
           ^~~~~~
  help: it has `intended_purpose`, `risk`, `since`, `users`""",
    ),
    (
        "system.risk = 'high'",
        """\
rules/art-10.yaml:12:23: unexpected character `=`
    system.risk = 'high'
                ^
  help: write `==` to compare""",
    ),
    (
        "system.risk == 'high' and system.users > 3",
        """\
rules/art-10.yaml:12:33: unexpected `and`
    system.risk == 'high' and system.users > 3
                          ^~~
  help: write `&&` for and""",
    ),
    (
        "(system.risk == 'high'",
        """\
rules/art-10.yaml:12:33: the condition ends too early
    (system.risk == 'high'
                          ^
  help: `)` is missing here""",
    ),
    (
        "system.risk == 'high",
        """\
rules/art-10.yaml:12:26: the text is not closed
    system.risk == 'high
                   ^~~~~
  help: add `'` at its end""",
    ),
    ("  ", "rules/art-10.yaml:12:13: the condition is empty\n      \n      ^"),
    (
        "system.risk",
        """\
rules/art-10.yaml:12:11: the condition must be a `bool`; it is a `string`
    system.risk
    ^~~~~~~~~~~""",
    ),
    (
        "system.since < '2026-08-02'",
        """\
rules/art-10.yaml:12:11: `<` does not order a `timestamp` and a `string`
    system.since < '2026-08-02'
    ^~~~~~~~~~~~~~~~~~~~~~~~~~~
  help: write `timestamp("2026-08-02T00:00:00Z")` for a moment""",
    ),
    (
        "system.risk.startWith('h')",
        """\
rules/art-10.yaml:12:23: there is no method `startWith`
    system.risk.startWith('h')
                ^~~~~~~~~
  help: did you mean `startsWith`?""",
    ),
    (
        "startsWith(system.risk, 'h')",
        """\
rules/art-10.yaml:12:11: `startsWith` is called differently
    startsWith(system.risk, 'h')
    ^~~~~~~~~~
  help: it is string.startsWith(string) -> bool""",
    ),
    (
        "upstream(system.risk).size() > 0",
        """\
rules/art-10.yaml:12:11: `upstream` does not take `string`
    upstream(system.risk).size() > 0
    ^~~~~~~~
  help: it is upstream(string, string) -> list(string)""",
    ),
    (
        'system.risk.matches("(") && system.since > timestamp("2 August 2026") && duration("30d") > duration("1h")',
        """\
rules/art-10.yaml:12:31: the pattern is not accepted: missing ): (
    system.risk.matches("(") && system.since > timestamp("2 August 2026") && duration("30d") > duration("1h")
                        ^~~
rules/art-10.yaml:12:64: `2 August 2026` is not a time; write `2026-08-02T00:00:00Z`
    system.risk.matches("(") && system.since > timestamp("2 August 2026") && duration("30d") > duration("1h")
                                                         ^~~~~~~~~~~~~~~
rules/art-10.yaml:12:93: `30d` is not a duration; write `720h`, `90m`, `1.5s`
    system.risk.matches("(") && system.since > timestamp("2 August 2026") && duration("30d") > duration("1h")
                                                                                      ^~~~~""",
    ),
    (
        "datasets.all(d.rows, true)",
        """\
rules/art-10.yaml:12:24: `all` needs a simple name here
    datasets.all(d.rows, true)
                 ^~~~~~
  help: write for example `datasets.all(d, d.examined)`""",
    ),
    (
        "system.users && !system.risk || -system.risk == 1 || system.users.all(x, x)",
        """\
rules/art-10.yaml:12:11: `&&` takes a `bool` on both sides, not a `int`
    system.users && !system.risk || -system.risk == 1 || system.users.all(x, x)
    ^~~~~~~~~~~~
rules/art-10.yaml:12:28: `!` takes a `bool`, not a `string`
    system.users && !system.risk || -system.risk == 1 || system.users.all(x, x)
                     ^~~~~~~~~~~
rules/art-10.yaml:12:44: `-` takes a number with a sign, not a `string`
    system.users && !system.risk || -system.risk == 1 || system.users.all(x, x)
                                     ^~~~~~~~~~~
rules/art-10.yaml:12:64: `all` ranges over a list or a map, not a `int`
    system.users && !system.risk || -system.risk == 1 || system.users.all(x, x)
                                                         ^~~~~~~~~~~~""",
    ),
    (
        r'system.risk == "C:\data"',
        r"""rules/art-10.yaml:12:29: `\d` is not an escape
    system.risk == "C:\data"
                      ^~
  help: write `\\` for a backslash""",
    ),
    (
        "system.users > 9223372036854775808",
        """\
rules/art-10.yaml:12:26: the number `9223372036854775808` does not fit in 64 bits
    system.users > 9223372036854775808
                   ^~~~~~~~~~~~~~~~~~~
  help: write a decimal number: `1.0e20`""",
    ),
]


@pytest.mark.parametrize(("source", "message"), MESSAGES)
def test_messages(source: str, message: str) -> None:
    with pytest.raises(ConditionErrors) as caught:
        compile(source, DECLARATIONS, place=PLACE, expect=BOOL)
    assert str(caught.value) == message
    assert isinstance(caught.value, InputErrors)
    assert all(error.span.of(source) or error.span.start == len(source) for error in caught.value.errors)


def test_without_a_place_the_snippet_still_shows_it() -> None:
    with pytest.raises(ConditionErrors) as caught:
        compile("system.risk == hgih", DECLARATIONS)
    assert str(caught.value) == "`hgih` is not declared\n    system.risk == hgih\n                   ^~~~"


def test_a_long_line_is_cut_around_the_place() -> None:
    source = " && ".join(["system.users > 1"] * 40) + " && nobody"
    with pytest.raises(ConditionErrors) as caught:
        compile(source, DECLARATIONS, place=PLACE)
    (error,) = caught.value.errors
    text, caret = error.snippet.splitlines()
    assert error.place == Place("rules/art-10.yaml", 12, 11 + source.index("nobody"))
    assert text[caret.index("^") :] == "nobody"
    assert len(text) < 120
