"""Many systems in one run: each is judged, entered and sealed as if it were alone, and one table tells of all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lexaudit.cli.common import MANIFEST
from lexaudit.cli.formats import load, render
from lexaudit.errors import InputError, LexauditError, UsageError

if TYPE_CHECKING:
    from lexaudit.audit import Audit

FORMAT = "lexaudit-systems/1"

Systems = Mapping[str, tuple[Path, ...]]
"""What was asked about: manifests that are one system together, by a name to tell it from the others."""


def systems(paths: Sequence[Path]) -> Systems:
    """The systems meant: several folders are several systems, as is a folder of folders; anything else is one.

    Raises `UsageError` for files among several folders, which could belong to any.
    """
    folders = [found for path in paths if path.is_dir() for found in _within(path)]
    files = [path for path in paths if not path.is_dir()]
    if len(folders) < 2:
        return {"": (*folders, *files)}
    if files:
        raise UsageError(
            f"`{files[0]}` is a file beside {len(folders)} folders; which of them does it belong to?",
            advice="judge that system alone, naming its folder and its files",
        )
    return dict(zip(_names(folders), ((folder,) for folder in folders), strict=True))


def _within(folder: Path) -> list[Path]:
    """The folder, if it has a manifest or is to be complained about; else those of its folders that have one."""
    if (folder / MANIFEST).is_file():
        return [folder]
    return sorted(found.parent for found in folder.glob(f"*/{MANIFEST}") if found.is_file()) or [folder]


def _names(folders: Sequence[Path]) -> list[str]:
    """The folders' own names; with as much of the way to them as tells those of the same name apart."""
    parts = [folder.resolve().parts for folder in folders]
    if len(set(parts)) < len(parts):
        raise UsageError("a folder is named twice", advice="name each system once")
    length = 1
    while len({part[-length:] for part in parts}) < len(parts):
        length += 1
    return ["-".join(part[-length:]) for part in parts]


def judge_each(found: Systems, one: Callable[[str, tuple[Path, ...]], Audit], form: str, quiet: bool) -> int:
    """Judge one system after another, print the table of all, and give the gravest exit code.

    A system that cannot be read does not keep the others from being judged; its message stands in the table, and the exit
    code is 2.
    """
    if form not in ("text", "json", "sarif"):
        raise UsageError(
            f"{len(found)} systems cannot be told as {form}", advice="choose text, json or sarif, or one system"
        )
    audits: dict[str, dict[str, Any]] = {}
    errors: dict[str, LexauditError] = {}
    for number, (name, paths) in enumerate(found.items(), 1):
        if not quiet:
            click.echo(f"{number} of {len(found)}: {name}", err=True)
        try:
            audits[name] = one(name, paths).plain()
        except (LexauditError, click.UsageError) as error:
            errors[name] = error if isinstance(error, LexauditError) else InputError(error.format_message())
    rows = [_row(name, audits.get(name), errors.get(name)) for name in found]
    if form == "json":
        click.echo(json.dumps({"format": FORMAT, "systems": rows}, ensure_ascii=False, indent=2))
    elif form == "sarif":
        click.echo(sarif_of(audits.values()).rstrip("\n"))
    else:
        click.echo(load("lexaudit_reports.terminal:systems_table")(rows, colour=sys.stdout.isatty()).rstrip("\n"))
    for name, met in errors.items():
        click.echo(f"error: {name}: {met.render()}", err=True)
    return gravest([row["exit_code"] for row in rows])


def sarif_of(audits: Any) -> str:
    """The findings of several audits as one SARIF log, with a run for each."""
    logs = [json.loads(render("sarif", audit)) for audit in audits]
    whole = (
        {**logs[0], "runs": [run for log in logs for run in log["runs"]]} if logs else {"version": "2.1.0", "runs": []}
    )
    return json.dumps(whole, ensure_ascii=False, indent=2)


def gravest(codes: Sequence[int]) -> int:
    """The exit code of several: what could not be judged, then closed gates, then what is not determined."""
    return next((code for code in (2, 4, 1, 3) if code in codes), max(codes, default=3))


def _row(name: str, audit: Mapping[str, Any] | None, error: LexauditError | None) -> dict[str, Any]:
    if audit is None:
        assert error is not None
        return {"system": name, "error": error.render(), "exit_code": error.exit_code}
    return {
        "system": name,
        "title": audit["title"],
        "audit": audit["id"],
        "counts": audit["counts"],
        "gate": audit["gate"],
        "exit_code": audit["gate"]["exit_code"],
    }
