"""Hundreds of faults, generated: whatever goes wrong in what people write, no gate opens and nothing is met by it.

The starting point is the small system of `test_mutations`, of which everything is met and whose gate is open, so that each
fault has to be seen to close it: refused with a message and exit code 2, or judged and not met or not determined.
Faults that change nothing that a verdict rests on (a title, a remedy) are left out, by the names in `IMMATERIAL`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_mutations import PACK, POLICY, SMALL, judged, outcomes, written

from lexaudit.errors import LexauditError
from lexaudit.finding import Outcome
from lexaudit.graph.manifest import plain_value
from lexaudit.marked import parse_marked
from lexaudit.policy import read_policy

Fault = Callable[[dict[str, str]], None]
FILES = {"lexaudit.yaml": SMALL, "policy.yaml": POLICY, **{f"pack/{name}": text for name, text in PACK.items()}}

IMMATERIAL = {
    # said to a reader, and no more
    "title", "summary", "say", "remedy", "not_applicable", "meaning", "question", "provision", "celex", "source", "short",
    "jurisdiction", "consolidated", "by", "country", "severity", "holder", "kind", "name", "namespace", "rows", "form",
    # when it was so: another day in the past decides nothing here
    "effective", "registered", "date", "from", "range", "force", "applies_from", "version", "reference",
}  # fmt: skip
"""Fields whose value no verdict of the small system rests on, as far as the value has the right type."""
OPTIONAL = {
    "title", "namespace", "organisations", "roles", "country", "rows", "task", "source", "range",
    "by", "routes", "severity", "name", "kind", "form", "question",
    # without these a rule asks for less, or somebody else: another law, and no fault
    "who", "sections", "fields", "max_age_days", "evidence", "valid_days", "answer",
}  # fmt: skip
"""Fields that may be left out without a verdict losing what it rests on, or whose lack is made good."""
NAMES = {
    "organisations",
    "datasets",
    "runs",
    "models",
    "systems",
    "documents",
    "thresholds",
    "columns",
    "facts",
    "fields",
}
"""Mappings whose keys are names that people choose."""


def read(text: str) -> Any:
    return plain_value(parse_marked(text.encode(), "a file").data)


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    if path:
        yield path
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def fault(file: str, path: tuple[Any, ...], edit: Callable[[Any, Any], None]) -> Fault:
    def change(files: dict[str, str]) -> None:
        data = read(files[file])
        edit(at(data, path[:-1]), path[-1])
        files[file] = written(data)

    return change


def put(value: Any) -> Callable[[Any, Any], None]:
    def edit(holder: Any, key: Any) -> None:
        holder[key] = value

    return edit


def drop(holder: Any, key: Any) -> None:
    del holder[key]


def misspell(holder: Any, key: Any) -> None:
    entries = [(f"{k}x" if k == key else k, v) for k, v in holder.items()]
    holder.clear()
    holder.update(entries)


def generated() -> Iterator[tuple[str, Fault]]:
    for file, text in FILES.items():
        data = read(text)
        for path in places(data):
            value, key = at(data, path), path[-1]
            told = f"{file} {'.'.join(map(str, path))}"
            if "organisations" in path:
                continue  # no rule of the small law asks for roles
            named = len(path) > 1 and path[-2] in NAMES
            if isinstance(key, str) and not named:
                yield f"{told} misspelt", fault(file, path, misspell)
            if isinstance(key, str) and key not in OPTIONAL and path[-3:] != ("runs", "training", "type"):
                yield f"{told} dropped", fault(file, path, drop)
            last = (
                next(part for part in reversed(path) if isinstance(part, str))
                if any(isinstance(p, str) for p in path)
                else ""
            )
            if isinstance(value, list) and key not in OPTIONAL | {"holder", "applies_from"}:
                yield f"{told} emptied", fault(file, path, put([]))
            if last in IMMATERIAL:
                continue
            for wrong in wrongs(value):
                if last in ("rule", "attest") and isinstance(wrong, str) and file.startswith("pack/"):
                    continue  # any text will do
                yield f"{told} is {wrong!r}", fault(file, path, put(wrong))


def wrongs(value: Any) -> list[Any]:
    """Values of other types, and of the same type but senseless."""
    if isinstance(value, bool):
        return ["maybe", 7, [], {}]
    if isinstance(value, str):
        return ["zzz", 7, [], {}, True]
    if isinstance(value, int | float):
        return ["many", [], {}]
    return ["zzz", 7]


FAILING = [
    "1 / (size(d.name) - size(d.name)) == 1",
    '"a".substring(9) == ""',
    "[1, 2][7] == 1",
    'timestamp(d.name) < audit.at',
    'int(d.name) == 1',
    '{"a": d.lawful}["b"]',
    "at_most(d.name, 1.0)",
    'at_least({"estimate": 1.0}, 0.5)',
    "9223372036854775807 + size(d.name) > 0",
    "days(9223372036854775807) > days(1)",
    "duration(d.name) > days(1)",
    'd.name.matches(d.name + "(")',
]  # fmt: skip
"""Conditions in which a function fails on the data."""


def failing() -> Iterator[tuple[str, Fault]]:
    for condition in FAILING:
        for form in ("{}", "{} && d.lawful", "d.lawful && ({})", "!({})", "({}) == true", "({}) || !d.lawful"):
            said = form.format(condition)

            def change(files: dict[str, str], said: str = said) -> None:
                rules = read(files["pack/rules/rules.yaml"])
                rules[0]["expects"][0]["that"] = f'system.datasets_used_for("training").all(d, {said})'
                files["pack/rules/rules.yaml"] = written(rules)

            yield f"a function fails: {said}", change


def broken() -> Iterator[tuple[str, Fault]]:
    for file, text in FILES.items():
        for what, cut in {
            "cut in half": text[: len(text) // 2],
            "empty": "",
            "not YAML": text + "\n}{",
            "tabs": text.replace("  ", "\t", 1),
            "twice": text + "\n---\n" + text,
            "not text": "\x00" + text,
            "a list of nothing": "[]",
            "a word": "word",
        }.items():
            if cut == text or (file == "pack/dates.yaml" and what in ("empty", "cut in half")):
                continue

            def change(files: dict[str, str], file: str = file, cut: str = cut) -> None:
                files[file] = cut

            yield f"{file} {what}", change


FAULTS = dict([*generated(), *failing(), *broken()])


def test_there_are_at_least_four_hundred() -> None:
    assert len(FAULTS) >= 400


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was measured of the small system as it is."""
    folder = tmp_path_factory.mktemp("small")
    lay(folder, dict(FILES))
    audit = judged(folder, read_policy(folder / "policy.yaml"), folder / "store", folder)
    assert (set(outcomes(audit).values()), audit.gate.exit_code) == ({Outcome.MET}, 0)
    return folder / "store"


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "file.md").write_text("# File\n\n## Risks\n\n" + "What can go wrong is described here in words. " * 5)
    rows = [f"{'ab'[i % 2]},{5 if (i // 2) % 4 else 4},{(i // 2) % 3 > 0:d}" for i in range(800)]
    (folder / "table.csv").write_text("\n".join(["group,score,label", *rows]) + "\n")


@pytest.mark.parametrize("what", FAULTS)
def test_no_fault_opens_the_gate(what: str, store: Path, tmp_path: Path) -> None:
    files = dict(FILES)
    FAULTS[what](files)
    assert files != FILES
    lay(tmp_path, files)
    try:
        # what is measured already is found in the store; what would have to be measured anew is not determined
        audit = judged(tmp_path, read_policy(tmp_path / "policy.yaml"), store, tmp_path, measure=False)
    except LexauditError as refused:
        assert refused.exit_code == 2
        assert refused.render().strip()
        return
    assert audit.gate.exit_code in (1, 3), outcomes(audit)
    assert set(outcomes(audit).values()) != {Outcome.MET}
