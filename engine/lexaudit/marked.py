"""YAML whose every value knows its place.

Scalars follow the core schema of YAML 1.2 (`on`, `yes` and `no` are words, not truth values), with ISO dates. What makes
YAML dangerous or ambiguous is refused with its place: aliases, merge keys, tags, duplicate keys, several documents.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lexaudit.errors import InputError, Place

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_OPENERS = 5_000

PathKey = tuple[str | int, ...]

_INT = re.compile(r"[-+]?(0|[1-9][0-9_]*)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_TAGS = frozenset(
    "tag:yaml.org,2002:" + name
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@dataclass(frozen=True, slots=True)
class Marked:
    """A document read from YAML: plain data, and the place of each part of it."""

    file: str
    """The file's name, as the user gave it."""
    data: Any
    """Dictionaries, lists, strings, numbers, booleans, None and `date`."""
    values: Mapping[PathKey, Place]
    """Where each value begins."""
    keys: Mapping[PathKey, Place]
    """Where the key of each value of a mapping begins."""

    def place(self, *path: str | int) -> Place:
        """Where a value begins; the nearest enclosing one if there is no such path."""
        for end in range(len(path), -1, -1):
            found = self.values.get(path[:end])
            if found is not None:
                return found
        return Place(self.file)

    def under(self, prefix: PathKey, data: Any) -> Marked:
        """These data as a document of their own, whose parts have the places of what stands under `prefix` here."""
        return Marked(self.file, data, _Under(self.values, prefix), _Under(self.keys, prefix))

    def key_place(self, *path: str | int) -> Place:
        """Where the key of a value begins; where the value begins when it has none."""
        return self.keys.get(path) or self.place(*path)


def read_marked(path: Path, name: str | None = None) -> Marked:
    """Read a YAML file. Raises `InputError` with line and column for whatever is wrong with it."""
    shown = name if name is not None else str(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            f"there is no file `{shown}`", advice="check the path; it is relative to where you are"
        ) from error
    except IsADirectoryError as error:
        raise InputError(f"`{shown}` is a folder, not a file", advice="name the YAML file in it") from error
    except OSError as error:
        raise InputError(f"cannot read `{shown}`: {error.strerror}", advice="check its permissions") from error
    return parse_marked(raw, shown)


def parse_marked(raw: bytes, file: str) -> Marked:
    """Parse YAML text. Raises `InputError` with line and column for whatever is wrong with it."""
    if len(raw) > MAX_BYTES:
        raise InputError(
            f"larger than {MAX_BYTES // 2**20} MiB", place=Place(file), advice="split it into several files"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError("not UTF-8 text", place=Place(file, line), advice="save the file as UTF-8") from error
    try:
        _check_depth(text, file)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        problem = (error.problem or "cannot be read").rstrip(".")
        if error.context and error.context not in problem:
            problem = f"{problem} ({error.context})"
        raise InputError(
            f"not valid YAML: {problem}",
            place=place,
            snippet=_snippet(text, place),
            advice="check indentation, quotes and colons near this place",
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"not valid YAML: {error}", place=Place(file)) from error
    if root is None:
        raise InputError(
            "the file is empty", place=Place(file), advice="write its content, or take it off the command line"
        )
    return _Builder(file, text).build(root)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def unknown_word(what: str, word: str, known: Iterable[str], place: Place | None) -> InputError:
    """The error for a word that is not among the known ones, with the nearest of them."""
    known = sorted(known)
    guess = nearest(word, known)
    if guess:
        advice = f"did you mean `{guess}`?"
    elif len(known) <= 12:
        advice = "known: " + ", ".join(f"`{name}`" for name in known) if known else "none is known here"
    else:
        advice = f"{len(known)} are known; `lexaudit schema` lists them"
    return InputError(f"unknown {what} `{word}`", place=place, advice=advice)


def _check_depth(text: str, file: str) -> None:
    # libyaml's composer recurses on the C stack; its event parser does not. What cannot be deep enough for that is spared
    # the second reading, and held to the limit when it is built
    openers = sum(map(text.count, "[{-?"))
    if openers < MAX_OPENERS and "\n" + " " * MAX_OPENERS not in text:
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        mark = event.start_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise InputError(f"nested more than {MAX_DEPTH} levels deep", place=place)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            raise _alias(place)


def _alias(place: Place) -> InputError:
    return InputError("aliases (`*name`) are not allowed", place=place, advice="write the value out where it is used")


def _snippet(text: str, place: Place) -> str:
    lines = text.splitlines()
    if not 0 < place.line <= len(lines):
        return ""
    return f"{lines[place.line - 1]}\n{' ' * (place.column - 1)}^"


class _Places(Mapping[PathKey, Place]):
    """Places by path, each worked out when it is asked for."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.nodes: dict[PathKey, yaml.Node] = {}
        self._file = file
        self._lines = lines

    def __getitem__(self, path: PathKey) -> Place:
        return self.of(self.nodes[path])

    def __contains__(self, path: object) -> bool:
        return path in self.nodes

    def __iter__(self) -> Iterator[PathKey]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def of(self, node: yaml.Node) -> Place:
        """Where a node begins."""
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") and line < len(self._lines):
            # the text of a block begins on the line below its indicator
            content = self._lines[line]
            return Place(self._file, line + 1, len(content) - len(content.lstrip()) + 1)
        if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"'):
            column += 1
        return Place(self._file, line, column)


class _Under(Mapping[PathKey, Place]):
    """The places under a path, as paths from there."""

    def __init__(self, places: Mapping[PathKey, Place], prefix: PathKey) -> None:
        self._places = places
        self._prefix = prefix

    def __getitem__(self, path: PathKey) -> Place:
        return self._places[self._prefix + path]

    def __contains__(self, path: object) -> bool:
        return isinstance(path, tuple) and self._prefix + path in self._places

    def __iter__(self) -> Iterator[PathKey]:
        length = len(self._prefix)
        return (path[length:] for path in self._places if path[:length] == self._prefix)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Builder:
    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        lines = text.splitlines()
        self.values = _Places(file, lines)
        self.keys = _Places(file, lines)
        self.seen: set[int] = set()

    def build(self, root: yaml.Node) -> Marked:
        data = self._value(root, ())
        return Marked(self.file, data, self.values, self.keys)

    def _value(self, node: yaml.Node, path: PathKey) -> Any:
        self.values.nodes[path] = node
        if id(node) in self.seen:
            raise _alias(self.values[path])
        self.seen.add(id(node))
        if len(path) >= MAX_DEPTH and not isinstance(node, yaml.ScalarNode):
            raise InputError(f"nested more than {MAX_DEPTH} levels deep", place=self.values[path])
        if node.tag not in _TAGS:
            raise InputError(
                f"tags such as `{node.tag}` are not allowed", place=self.values[path], advice="leave the tag out"
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError(
                    "a key must be a word", place=self.keys.of(key_node), advice="quote it, or write a list"
                )
            key = str(key_node.value)
            if key == "<<":
                raise InputError(
                    "merge keys (`<<`) are not allowed", place=self.keys.of(key_node), advice="write the fields out"
                )
            inner = (*path, key)
            if key in mapping:
                raise InputError(
                    f"`{key}` is given twice, first at line {self.keys[inner].line}",
                    place=self.keys.of(key_node),
                    advice="rename or remove one of them",
                )
            self.keys.nodes[inner] = key_node
            mapping[key] = self._value(value_node, inner)
        return mapping

    def _scalar(self, node: yaml.ScalarNode, path: PathKey) -> Any:
        text = str(node.value)
        if node.style:
            return text
        if text in ("", "~", "null", "Null", "NULL"):
            return None
        if text in ("true", "True", "TRUE"):
            return True
        if text in ("false", "False", "FALSE"):
            return False
        if _INT.match(text) and len(text) <= 20:
            return int(text.replace("_", ""))
        if _FLOAT.match(text) and len(text) <= 40:
            return float(text)
        if _DATE.match(text):
            try:
                return date.fromisoformat(text)
            except ValueError as error:
                place = self.values[path]
                raise InputError(
                    f"`{text}` is not a date: {error}",
                    place=place,
                    snippet=_snippet(self.text, place),
                    advice="write year-month-day, such as 2026-11-24",
                ) from error
        return text
