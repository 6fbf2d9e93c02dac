"""Writing answers into a manifest: its comments, order and layout stay; the file is replaced whole or not at all."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lexaudit.errors import InputError, Place
from lexaudit.questions import Question


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, with who gave it and when."""

    question: Question
    value: Any
    """A JSON value of the question's type, or a date."""
    by: str
    on: date
    source: str = ""
    """The document it was taken from, or that it rests on: `document/x`."""
    statement: str = ""
    """The person's own words."""
    role: str = ""
    """In which role, where the question may be answered in several; the only one otherwise."""


def write_answers(path: Path, answers: Sequence[Given], namespace: str) -> None:
    """Put answers where a manifest keeps them; a manifest that is not there is begun.

    Facts get `by`, `on` and `source`; attributes, which have no such fields, a comment that says so. Raises `InputError`
    where the file cannot be read or written, or holds something else in the answer's place.
    """
    from lexaudit.store import write_whole

    try:
        text = path.read_text("utf-8") if path.exists() else f"lexaudit: 1\nnamespace: {namespace}\n"
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read `{path}`: {error}", advice="name a manifest with --into") from error
    yaml = _layout(text)
    document = yaml.load(text)
    for given in answers:
        _put(document, given, path)
    written = io.StringIO()
    yaml.dump(document, written)
    try:
        write_whole(path, written.getvalue().encode("utf-8"))
    except OSError as error:
        raise InputError(
            f"cannot write `{path}`: {error.strerror or error}", advice="name a file you may write with --into"
        ) from error


def _layout(text: str) -> Any:
    """A reader and writer that indents lists as the file does."""
    from ruamel.yaml import YAML

    best: tuple[int, Any] | None = None
    for sequence, offset in ((4, 2), (2, 0)):
        yaml = YAML()
        yaml.preserve_quotes = True
        yaml.width = 1_000_000
        yaml.indent(mapping=2, sequence=sequence, offset=offset)
        out = io.StringIO()
        yaml.dump(yaml.load(text), out)
        changed = sum(a != b for a, b in zip(text.splitlines(), out.getvalue().splitlines(), strict=False))
        changed += abs(text.count("\n") - out.getvalue().count("\n"))
        if best is None or changed < best[0]:
            best = (changed, yaml)
    assert best is not None
    return best[1]


def _put(document: Any, given: Given, path: Path) -> None:
    question = given.question
    section, *rest = question.place
    if section == "attestations":
        rule, subject, number = rest
        entries = _within(document, ("attestations",), path, [])
        entry: dict[str, Any] = {"rule": rule, "subject": subject}
        if number:
            entry["question"] = int(number)
        entry |= {"answer": given.value, "by": given.by, "role": given.role or question.roles[0], "on": given.on}
        if given.source:
            entry["evidence"] = [given.source]
        if given.statement:
            entry["statement"] = given.statement
        entries.append(entry)
        return
    *parents, name = rest
    mapping = _within(document, (section, *parents), path, {})
    if parents[-1:] == ["facts"]:
        mapping[name] = {"value": given.value, "by": given.by, "on": given.on} | (
            {"source": given.source} if given.source else {}
        )
    else:
        mapping[name] = given.value
        mapping.yaml_add_eol_comment(f"{given.by}, {given.on.isoformat()}", name)


def _within(document: Any, keys: Sequence[str], path: Path, empty: Any) -> Any:
    """What stands under these keys, begun where nothing does."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    place = document
    for number, key in enumerate(keys):
        last = number == len(keys) - 1
        if place.get(key) is None:
            place[key] = CommentedSeq() if last and isinstance(empty, list) else CommentedMap()
        place = place[key]
        if not isinstance(place, CommentedSeq if last and isinstance(empty, list) else CommentedMap):
            raise InputError(
                f"`{'.'.join(keys[: number + 1])}` is not where an answer can be put", place=Place(str(path))
            )
    return place


def oneself(text: str) -> str:
    """A name as it is written into a file: on one line, without control characters."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()
