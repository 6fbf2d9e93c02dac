"""YAML whose every value knows its place."""

from datetime import date

import pytest

from lexaudit.errors import InputError, Place
from lexaudit.marked import parse_marked


def test_words_stay_words_and_dates_become_dates():
    document = parse_marked(
        b"answer: no\non: 2026-01-02\nversion: '1.0'\nrows: 6_172\nshare: 1.5e-3\nnone: ~\nfine: true\n", "f.yaml"
    )
    assert document.data == {
        "answer": "no",
        "on": date(2026, 1, 2),
        "version": "1.0",
        "rows": 6172,
        "share": 0.0015,
        "none": None,
        "fine": True,
    }


def test_every_value_and_key_knows_its_place():
    document = parse_marked(b"a:\n  - x\n  - b: 'y'\ncondition: >-\n    one &&\n    two\n", "f.yaml")
    assert document.place("a", 0) == Place("f.yaml", 2, 5)
    assert document.key_place("a", 1, "b") == Place("f.yaml", 3, 5)
    assert document.place("a", 1, "b") == Place("f.yaml", 3, 9)
    assert document.place("condition") == Place("f.yaml", 5, 5)
    assert document.place("a", 7, "nothing") == Place("f.yaml", 2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "f.yaml: the file is empty\n  help: write its content, or take it off the command line"),
        (b"\xff\xfe", "f.yaml:1: not UTF-8 text\n  help: save the file as UTF-8"),
        (
            b"a: 1\nb: 2\na: 3\n",
            "f.yaml:3:1: `a` is given twice, first at line 1\n  help: rename or remove one of them",
        ),
        (
            b"a: [1\nb: 2\n",
            "f.yaml:2:2: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence)\n"
            "    b: 2\n     ^\n  help: check indentation, quotes and colons near this place",
        ),
        (
            b"a: 2026-13-01\n",
            "f.yaml:1:4: `2026-13-01` is not a date: month must be in 1..12\n    a: 2026-13-01\n       ^\n"
            "  help: write year-month-day, such as 2026-11-24",
        ),
        (
            b"a: &x 1\nb: *x\n",
            "f.yaml:1:4: aliases (`*name`) are not allowed\n  help: write the value out where it is used",
        ),
        (b"<<: {a: 1}\n", "f.yaml:1:1: merge keys (`<<`) are not allowed\n  help: write the fields out"),
        (
            b"a: !!python/object:os.system x\n",
            "f.yaml:1:4: tags such as `tag:yaml.org,2002:python/object:os.system` are not allowed\n"
            "  help: leave the tag out",
        ),
        (b"? [a]\n: 1\n", "f.yaml:1:3: a key must be a word\n  help: quote it, or write a list"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: bytes, message: str):
    with pytest.raises(InputError) as error:
        parse_marked(text, "f.yaml")
    assert error.value.render() == message


@pytest.mark.parametrize(
    "text", [b"a: " + b"[" * 50_000, b"a: " + b"{b: " * 5_000, b"\n".join(b" " * i + b"a:" for i in range(500))]
)
def test_what_explodes_is_refused(text: bytes):
    with pytest.raises(InputError, match=r"nested more than 64 levels deep|not valid YAML"):
        parse_marked(text, "f.yaml")


def test_a_billion_laughs_is_refused():
    text = b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"
    with pytest.raises(InputError, match="aliases"):
        parse_marked(text, "f.yaml")
