"""What several commands share: where things are, and the two dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from lexaudit.errors import InputError, UsageError

F = TypeVar("F", bound=Callable[..., Any])

MANIFEST = "lexaudit.yaml"
POLICY = "policy.yaml"


def day(text: str, option: str) -> date:
    """A date from the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"`{text}` is not a date", advice=f"write {option} as year-month-day, such as 2026-11-24"
        ) from error


def moment(text: str | None) -> datetime:
    """The audit's time: the one given, or now, to the second."""
    if text is None:
        # the only place where the clock is read
        return datetime.now(UTC).replace(microsecond=0)
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"`{text}` is not a time", advice="write --at as 2026-11-24 or 2026-11-24T09:00:00Z"
        ) from error
    if given.tzinfo is None:
        given = given.replace(tzinfo=UTC)
    return given.astimezone(UTC).replace(microsecond=0)


def manifests(paths: tuple[Path, ...]) -> list[Path]:
    """The manifests meant: a folder stands for the `lexaudit.yaml` in it."""
    found = []
    for path in paths:
        if path.is_dir():
            if not (path / MANIFEST).is_file():
                raise InputError(
                    f"there is no `{MANIFEST}` in `{path}`",
                    advice="name the manifest, or write one with `lexaudit init`",
                )
            found.append(path / MANIFEST)
        else:
            found.append(path)
    return found


def policy_path(given: Path | None, manifest: Path) -> Path | None:
    """The policy meant: the one given, or the `policy.yaml` beside the manifest."""
    if given is not None:
        return given
    beside = manifest.parent / POLICY
    return beside if beside.is_file() else None


ALL_FORMS = ("text", "json", "markdown", "sarif", "junit")


def judging_options(*, forms: tuple[str, ...] = ALL_FORMS, measures: bool = True) -> Callable[[F], F]:
    """The options of every command that judges; without those on measuring for one that measures nothing."""
    options = [
        click.argument("system", nargs=-1, required=True, type=click.Path(path_type=Path)),
        click.option(
            "--policy",
            "policy_file",
            type=click.Path(path_type=Path),
            help=f"The policy; by default `{POLICY}` beside the manifest.",
        ),
        click.option(
            "--as-of",
            "as_of",
            metavar="DATE",
            help="The date of law: which duties and waivers are in force. [default: the day of --at]",
        ),
        click.option(
            "--at",
            metavar="TIME",
            help="The time of knowledge: documents and answers as they stood then. [default: now]",
        ),
        click.option(
            "--store",
            type=click.Path(path_type=Path),
            default=Path(".lexaudit"),
            show_default=True,
            help="Where evidence and the ledger are kept.",
        ),
        click.option(
            "--format", "form", type=click.Choice(forms), default="text", show_default=True, help="What is printed."
        ),
        click.option("--quiet", "-q", is_flag=True, help="Print the gate's sentence only, and no progress."),
    ]
    if measures:
        options.append(
            click.option(
                "--no-measure",
                is_flag=True,
                help="Take evidence from the store only; what is not there is not determined.",
            )
        )

    def decorated(command: F) -> F:
        for option in options:
            command = option(command)
        return command

    return decorated
