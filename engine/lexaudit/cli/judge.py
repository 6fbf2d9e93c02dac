"""`audit`, `gate` and `plan`: the one path, as far as each goes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from lexaudit.audit import Audit, run
from lexaudit.cli.common import day, judging_options, manifests, moment, policy_path
from lexaudit.cli.formats import render
from lexaudit.cli.progress import progress
from lexaudit.collect import Workspace
from lexaudit.collect.gather import gather, inspect
from lexaudit.errors import InputError
from lexaudit.graph import Graph
from lexaudit.graph.manifest import read_graph
from lexaudit.plan import Plan, make_plan
from lexaudit.policy import Policy, default_policy, read_policy


@dataclass(frozen=True)
class _Request:
    """What was asked, read and checked."""

    graph: Graph
    policy: Policy
    root: Path
    at: datetime
    as_of: date


def _request(system: tuple[Path, ...], policy_file: Path | None, at: str | None, as_of: str | None) -> _Request:
    now = moment(at)
    law = day(as_of, "--as-of") if as_of else now.date()
    paths = manifests(system)
    graph = read_graph(paths)
    chosen = policy_path(policy_file, paths[0])
    policy = read_policy(chosen) if chosen else default_policy()
    return _Request(graph, policy, paths[0].parent, now, law)


@contextmanager
def _workspace(request: _Request) -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory(prefix="lexaudit-") as scratch:
        yield Workspace(request.root, Path(scratch), request.at, request.policy.seed, lambda share, words: None)


def _judge(request: _Request, store: Path, *, measure: bool, quiet: bool) -> Audit:
    from lexaudit.store import Store

    with _workspace(request) as workspace:
        return run(
            request.graph,
            request.policy,
            lambda plan: gather(plan.needs, request.graph, workspace, Store(store), progress(quiet), measure=measure),
            request.at,
            request.as_of,
        )


@click.command(epilog="Example:  lexaudit audit examples/compas/lexaudit.yaml --policy examples/compas/policy.yaml")
@judging_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("lexaudit-report"),
    show_default=True,
    help="The folder to write the bundle to.",
)
@click.option("--no-pdf", is_flag=True, help="Leave the PDF out of the bundle.")
@click.option(
    "--compare", "compare", metavar="DATE", help="Also print what changes between --as-of and this date of law."
)
def audit(
    system: tuple[Path, ...],
    policy_file: Path | None,
    as_of: str | None,
    at: str | None,
    store: Path,
    no_measure: bool,
    form: str,
    quiet: bool,
    out: Path,
    no_pdf: bool,
    compare: str | None,
) -> int:
    """Judge SYSTEM (a manifest, or its folder), seal the result, and write the bundle: report, statement, evidence.

    Several manifests are merged on identity. Exit code: 0 open, 1 closed by findings, 3 not determined.
    """
    from lexaudit.bundle import check_writable, seal

    request = _request(system, policy_file, at, as_of)
    other = day(compare, "--compare") if compare else None
    check_writable(out)
    result = _judge(request, store, measure=not no_measure, quiet=quiet)
    sealed = seal(result, store, out, pdf=not no_pdf)
    _print(result, form, quiet)
    if form == "text":
        for line in sealed.lines():
            click.echo(line)
        if other is not None:
            from lexaudit.cli.compare import compare_audit

            click.echo("\n" + compare_audit(result, request.policy, other))
    return result.gate.exit_code


@click.command(epilog="Example:  lexaudit gate examples/compas --sarif findings.sarif")
@judging_options
@click.option("--sarif", type=click.Path(path_type=Path), help="Also write the findings as SARIF 2.1.0.")
@click.option("--junit", type=click.Path(path_type=Path), help="Also write the findings as JUnit XML.")
def gate(
    system: tuple[Path, ...],
    policy_file: Path | None,
    as_of: str | None,
    at: str | None,
    store: Path,
    no_measure: bool,
    form: str,
    quiet: bool,
    sarif: Path | None,
    junit: Path | None,
) -> int:
    """Judge SYSTEM for CI: the same judgement as `audit`, entered in the ledger, without the report.

    Exit code: 0 the gate is open, 1 closed by findings, 2 bad input, 3 not determined.
    """
    from lexaudit.bundle import enter

    request = _request(system, policy_file, at, as_of)
    result = _judge(request, store, measure=not no_measure, quiet=quiet)
    # INVARIANT: no verdict before its entry is stored
    enter(result, store)
    for path, name in ((sarif, "sarif"), (junit, "junit")):
        if path is not None:
            try:
                path.write_text(render(name, result.plain()), encoding="utf-8")
            except OSError as error:
                raise InputError(
                    f"cannot write `{path}`: {error.strerror}", advice="name a file you may write"
                ) from error
    _print(result, form, quiet)
    return result.gate.exit_code


def _print(result: Audit, form: str, quiet: bool) -> None:
    if form == "json":
        click.echo(result.to_bytes().decode("utf-8"))
    elif quiet and form == "text":
        click.echo(f"gate {result.gate.sentence}")
    else:
        click.echo(render(form, result.plain()).rstrip("\n"))


@click.command(epilog="Example:  lexaudit plan examples/compas")
@judging_options
def plan(
    system: tuple[Path, ...],
    policy_file: Path | None,
    as_of: str | None,
    at: str | None,
    store: Path,
    no_measure: bool,
    form: str,
    quiet: bool,
) -> int:
    """What a judgement of SYSTEM would measure, why, and about how long it takes. Measures and writes nothing."""
    import json

    from lexaudit.cli.formats import load
    from lexaudit.collect.gather import Gathered
    from lexaudit.store import Store

    request = _request(system, policy_file, at, as_of)
    made = make_plan(request.graph, request.policy, request.at, request.as_of)
    with _workspace(request) as workspace:
        looked = Gathered({}, inspect(made.needs, request.graph, workspace))
        known = _known(made, looked, Store(store), request)
    rows = [{**looked.plain(need, made.asked_by[need.key]), "cached": need.key in known} for need in made.needs]
    click.echo(
        json.dumps(rows, indent=2, ensure_ascii=False)
        if form == "json"
        else load("lexaudit_reports.terminal:plan_table")(rows)
    )
    return 0


def _known(made: Plan, looked: Any, store: Any, request: _Request) -> set[str]:
    from lexaudit.collect import Inputs
    from lexaudit.collect.registry import collector

    known = set()
    for need in made.needs:
        inputs, member = looked.inspected[need.key], collector(need.collector)
        if (
            isinstance(inputs, Inputs)
            and not member.reads_clock
            and store.cached(need, inputs, member.version, request.policy.seed)
        ):
            known.add(str(need.key))
    return known
