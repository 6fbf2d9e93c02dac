"""`audit`, `gate` and `plan`: the one path, as far as each goes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lexaudit.audit import Audit, run
from lexaudit.cli.common import day, judging_options, manifests, moment, policy_path
from lexaudit.cli.formats import render
from lexaudit.cli.many import judge_each, sarif_of, systems
from lexaudit.cli.progress import progress
from lexaudit.collect import Evidence, Workspace
from lexaudit.collect.gather import gather, inspect
from lexaudit.errors import InputError, UsageError
from lexaudit.evaluate.judge import Collected, Judgement
from lexaudit.graph import Graph
from lexaudit.graph.manifest import read_graph
from lexaudit.plan import Plan, make_plan
from lexaudit.policy import Policy, default_policy, read_policy

if TYPE_CHECKING:
    from lexaudit.memory import Recall


@dataclass(frozen=True)
class Request:
    """What was asked, read and checked."""

    graph: Graph
    policy: Policy
    root: Path
    at: datetime
    as_of: date


def read_request(system: tuple[Path, ...], policy_file: Path | None, at: str | None, as_of: str | None) -> Request:
    now = moment(at)
    law = day(as_of, "--as-of") if as_of else now.date()
    paths = manifests(system)
    graph = read_graph(paths)
    chosen = policy_path(policy_file, paths[0])
    policy = read_policy(chosen) if chosen else default_policy()
    return Request(graph, policy, paths[0].parent, now, law)


def evidence_kept(request: Request, store: Path) -> Collected:
    """What the store has of the evidence that the rules ask for, and why what cannot be had cannot; nothing is measured."""
    from lexaudit.collect import Inputs
    from lexaudit.store import Store

    plan = make_plan(request.graph, request.policy, request.at, request.as_of)
    with _workspace(request) as workspace:
        gathered = gather(plan.needs, request.graph, workspace, Store(store), progress(True), measure=False)
    # what could be measured and has not been is not there yet, rather than not to be had
    return {
        key: found
        for key, found in gathered.collected.items()
        if isinstance(found, Evidence) or not isinstance(gathered.inspected[key], Inputs)
    }


@contextmanager
def _workspace(request: Request) -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory(prefix="lexaudit-") as scratch:
        yield Workspace(request.root, Path(scratch), request.at, request.policy.seed, lambda share, words: None)


def _judge(
    request: Request, store: Path, *, measure: bool, quiet: bool, recall: Recall | None = None
) -> tuple[Audit, Judgement]:
    from lexaudit.store import Store

    judgements: list[Judgement] = []
    with _workspace(request) as workspace:
        result = run(
            request.graph,
            request.policy,
            lambda plan: gather(plan.needs, request.graph, workspace, Store(store), progress(quiet), measure=measure),
            request.at,
            request.as_of,
            memory=recall.read() if recall else None,
            keep=judgements.append,
        )
    return result, judgements[0]


@click.command(epilog="Example:  lexaudit audit examples/compas/lexaudit.yaml --policy examples/compas/policy.yaml")
@judging_options()
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

    Several manifests are merged on identity. Several folders, or a folder of them, are several systems: each gets a bundle
    of its own in the folder --out, and a table tells of all. Exit code: 0 open, 1 closed by findings, 3 not determined.
    """
    from lexaudit.bundle import check_writable, seal

    found = systems(system)
    if len(found) > 1:
        if compare:
            raise UsageError("--compare takes one system", advice="leave it out, or use `lexaudit compare`")
        now = moment(at).isoformat()

        def one(name: str, paths: tuple[Path, ...]) -> Audit:
            request = read_request(paths, policy_file, now, as_of)
            check_writable(out / name)
            result, _ = _judge(request, store, measure=not no_measure, quiet=quiet)
            seal(result, store, out / name, pdf=not no_pdf)
            return result

        return judge_each(found, one, form, quiet)
    request = read_request(found[""], policy_file, at, as_of)
    other = day(compare, "--compare") if compare else None
    check_writable(out)
    result, _ = _judge(request, store, measure=not no_measure, quiet=quiet)
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
@judging_options()
@click.option("--sarif", type=click.Path(path_type=Path), help="Also write the findings as SARIF 2.1.0.")
@click.option("--junit", type=click.Path(path_type=Path), help="Also write the findings as JUnit XML.")
@click.option("--full", is_flag=True, help="Judge everything again, also what reads nothing that has changed.")
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
    full: bool,
) -> int:
    """Judge SYSTEM for CI: the same judgement as `audit`, entered in the ledger, without the report.

    What reads nothing that has changed since the last gate under the same policy and date of law is not judged again; the
    result is the same. `audit` judges everything. Several folders, or a folder of them, are several systems.

    Exit code: 0 the gate is open, 1 closed by findings, 2 bad input, 3 not determined.
    """
    found = systems(system)
    if len(found) > 1:
        if junit:
            raise UsageError("--junit takes one system", advice="gate one system after another, or use --sarif")
        now, audits = moment(at).isoformat(), []

        def one(name: str, paths: tuple[Path, ...]) -> Audit:
            audits.append(_gate(read_request(paths, policy_file, now, as_of), store, no_measure, quiet, full))
            return audits[-1]

        code = judge_each(found, one, form, quiet)
        if sarif is not None:
            write_text(sarif, sarif_of([audit.plain() for audit in audits]))
        return code
    result = _gate(read_request(found[""], policy_file, at, as_of), store, no_measure, quiet, full)
    for path, name in ((sarif, "sarif"), (junit, "junit")):
        if path is not None:
            write_text(path, render(name, result.plain()))
    _print(result, form, quiet)
    return result.gate.exit_code


def _gate(request: Request, store: Path, no_measure: bool, quiet: bool, full: bool) -> Audit:
    from lexaudit.bundle import enter
    from lexaudit.key import Keys, key_folder
    from lexaudit.memory import Recall

    recall = Recall(store, Keys(key_folder(), request.at), request.graph, request.policy, request.as_of)
    result, judgement = _judge(request, store, measure=not no_measure, quiet=quiet, recall=None if full else recall)
    # INVARIANT: no verdict before its entry is stored
    enter(result, store)
    recall.keep(judgement.memory)
    if judgement.reused and not quiet:
        judged = len(judgement.memory) - judgement.reused
        click.echo(
            f"  {judged} of {len(judgement.memory)} judged again; nothing that the others read has changed", err=True
        )
    return result


def write_text(path: Path, text: str) -> None:
    """Write what was asked for beside the printed result. Raises `InputError` where that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {error.strerror}", advice="name a file you may write") from error


def _print(result: Audit, form: str, quiet: bool) -> None:
    if form == "json":
        click.echo(result.to_bytes().decode("utf-8"))
    elif quiet and form == "text":
        click.echo(f"gate {result.gate.sentence}")
    else:
        click.echo(render(form, result.plain()).rstrip("\n"))


@click.command(epilog="Example:  lexaudit plan examples/compas --remedy")
@judging_options()
@click.option("--remedy", is_flag=True, help="What to answer, file and measure, in order, so that most is decided.")
def plan(
    system: tuple[Path, ...],
    policy_file: Path | None,
    as_of: str | None,
    at: str | None,
    store: Path,
    no_measure: bool,
    form: str,
    quiet: bool,
    remedy: bool,
) -> int:
    """What a judgement of SYSTEM would measure, why, and about how long it takes. Measures and writes nothing.

    With --remedy: the shortest way to decided. What is not determined is followed through every answer it could get, so that
    what is counted as decided is decided whatever is answered.
    """
    import json

    if remedy:
        return _way(read_request(system, policy_file, at, as_of), store, form)

    from lexaudit.cli.formats import load
    from lexaudit.collect.gather import Gathered
    from lexaudit.store import Store

    request = read_request(system, policy_file, at, as_of)
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


def _way(request: Request, store: Path, form: str) -> int:
    """The shortest way to decided, as text or JSON."""
    import json

    from lexaudit.cli.formats import load
    from lexaudit.questions import Standing, way_to_decided
    from lexaudit.remedy import Scene

    if form not in ("text", "json"):
        raise UsageError(f"--remedy cannot be told as {form}", advice="choose text or json")
    scene = Scene(request.graph, request.policy, evidence_kept(request, store), request.at, request.as_of)
    way = way_to_decided(Standing.of(scene)).plain()
    click.echo(
        json.dumps(way, indent=2, ensure_ascii=False)
        if form == "json"
        else load("lexaudit_reports.terminal:way")(way).rstrip()
    )
    return 0


def _known(made: Plan, looked: Any, store: Any, request: Request) -> set[str]:
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
