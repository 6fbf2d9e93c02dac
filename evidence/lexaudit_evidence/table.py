"""A declared dataset, read from its CSV file and refused with line and reason where it is not what was declared."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexaudit.canonical import Digest, digest_bytes
from lexaudit.errors import InputError, Place
from lexaudit.graph import Node
from lexaudit_evidence.file import place_of, read_file
from lexaudit_evidence.spelling import did_you_mean


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is to be read."""

    name: str
    """Its name in the header."""
    use: str
    """What it is read for, as a message says it: `label`, `sensitive attribute`, `prediction` …"""
    place: Place
    """Where the manifest asks for it."""


@dataclass(frozen=True, slots=True)
class Table:
    """The wanted columns of a dataset's file, as text."""

    file: str
    """The file, as the manifest names it."""
    columns: Mapping[str, Sequence[str]]
    """The values of each wanted column, in the order of the file."""
    lines: Sequence[int]
    """The line of the file on which each row ends."""
    digest: Digest
    """The digest of the whole file."""

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return len(self.lines)

    def positions(self, column: str, equals: str) -> NDArray[np.int64]:
        """The positions of the rows whose value in this column is this text."""
        return np.array([at for at, value in enumerate(self.columns[column]) if value == equals], dtype=np.int64)

    def numbers(self, column: Column, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The values of a column at these rows as finite numbers. Raises `InputError` with the line otherwise."""
        values = self.columns[column.name]
        chosen = [values[row] for row in rows.tolist()]
        try:
            found = np.array(chosen, dtype=np.float64)
        except ValueError:
            found = np.array([_number(value) for value in chosen], dtype=np.float64)
        wrong = np.flatnonzero(~np.isfinite(found))
        if wrong.size:
            raise self.wrong_value(column, int(rows[wrong[0]]), "is not a number")
        return found

    def wrong_value(self, column: Column, row: int, what: str, advice: str = "") -> InputError:
        """The error for one value of a column."""
        return InputError(
            f"line {self.lines[row]} of `{self.file}`: the {column.use} `{column.name}` is "
            f"`{self.columns[column.name][row]}`, which {what}",
            place=column.place,
            advice=advice or f"correct the value, or select the rows to measure with `rows` (column `{column.name}`)",
        )

    def binary(self, column: Column, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The values of a column at these rows as 0 and 1. Raises `InputError` with the line for any other value."""
        values = self.columns[column.name]
        for row in rows.tolist():
            if values[row] not in _BINARY:
                advice = f"a {column.use} must be 0 or 1; name another column, or write a binary one"
                raise self.wrong_value(column, row, "is neither 0 nor 1", advice)
        return np.array([_BINARY[values[row]] for row in rows.tolist()], dtype=np.int64)


_BINARY = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1, "False": 0, "True": 1}


def read_table(dataset: Node, root: Path, wanted: Sequence[Column]) -> Table:
    """Read the wanted columns of a dataset that names its file.

    Raises `InputError` for a file that is not there, outside, not UTF-8, not a table, without a wanted column, or with
    another number of rows than declared. Does *not* check the values; `numbers` and `binary` do, for the rows used.
    """
    name = str(dataset.attributes["path"])
    place = place_of(dataset, "path")
    content = read_file(root, name, dataset, place)
    records = _records(_text(content, name, place), name, place)
    header = next(records, None)
    if header is None:
        raise InputError(f"`{name}` is empty", place=place, advice="a table has a header and a line for each record")
    names = header[1]
    twice = next((title for title in names if names.count(title) > 1), None)
    if twice is not None:
        raise InputError(
            f"the header of `{name}` has `{twice}` twice", place=place, advice="rename or remove one of the columns"
        )
    for column in wanted:
        if column.name not in names:
            raise InputError(
                f"`{name}` has no column `{column.name}` to be the {column.use}",
                place=column.place,
                advice=did_you_mean(column.name, names),
            )
    at = {column.name: names.index(column.name) for column in wanted}
    columns: dict[str, list[str]] = {column: [] for column in at}
    lines: list[int] = []
    picks = [(columns[column].append, index) for column, index in at.items()]
    for line, record in records:
        if len(record) != len(names):
            raise InputError(
                f"line {line} of `{name}` has {_count(len(record), 'value')} and the header has {len(names)}",
                place=place,
                advice="the file may be cut off or a comma unquoted there; export it again",
            )
        lines.append(line)
        for append, index in picks:
            append(record[index].strip())
    _check_rows(dataset, name, len(lines), place)
    return Table(name, columns, lines, digest_bytes(content))


def _text(content: bytes, name: str, place: Place) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"line {line} of `{name}` is not UTF-8 text", place=place, advice="save the file as UTF-8"
        ) from error


def _records(text: str, name: str, place: Place) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for record in reader:
            if record:
                yield reader.line_num, record
    except csv.Error as error:
        raise InputError(
            f"line {reader.line_num} of `{name}` is not CSV: {error}", place=place, advice="check quotes near this line"
        ) from error


def _check_rows(dataset: Node, name: str, rows: int, place: Place) -> None:
    if rows == 0:
        raise InputError(f"`{name}` has a header and no rows", place=place, advice="export the records again")
    declared = dataset.attributes.get("rows")
    if declared is None or declared == rows:
        return
    if rows < declared:
        message = "it is truncated"
        advice = "restore the whole file; what is left of it would be measured as if it were all"
    else:
        message = "it has grown"
        advice = "declare the new number of rows once you know where the others come from"
    raise InputError(
        f"`{name}` has {_count(rows, 'row')} and {declared} are declared: {message}",
        place=place_of(dataset, "rows", "path") if rows > declared else place,
        advice=advice,
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
