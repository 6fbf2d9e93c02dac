"""`survey`: the outcomes of a whole estate, rule by rule, and the findings that matter most."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lexaudit.cli.common import judging_options
from lexaudit.cli.formats import load

if TYPE_CHECKING:
    from lexaudit.evaluate.survey import Row, Survey

FORMAT = "lexaudit-survey/1"


@click.command(epilog="Example:  lexaudit survey estate/lexaudit.yaml --top 5 --csv outcomes.csv")
@judging_options(forms=("text", "json"), measures=False)
@click.option("--top", default=10, show_default=True, help="How many findings to explain, the gravest first.")
@click.option(
    "--csv", "table", type=click.Path(path_type=Path), help="Also write every outcome that is not met or not known."
)
def survey(
    system: tuple[Path, ...],
    policy_file: Path | None,
    as_of: str | None,
    at: str | None,
    store: Path,
    form: str,
    quiet: bool,
    top: int,
    table: Path | None,
) -> int:
    """Judge an estate of many thousand nodes at once: outcomes by rule, and the gravest findings explained.

    The outcomes are those of `gate`. Nothing is measured that is not in the store, nothing is sealed or entered in the
    ledger, so that this is no audit: it shows where to look. Exit codes are those of `gate`.
    """
    from lexaudit.cli.judge import evidence_kept, read_request, write_text
    from lexaudit.evaluate.survey import survey as survey_of
    from lexaudit.finding import Outcome

    request = read_request(system, policy_file, at, as_of)
    collected = evidence_kept(request, store)
    found = survey_of(request.graph, request.policy, collected, request.at, request.as_of)
    blocking = found.blocking(request.policy, request.as_of)
    report = {
        "format": FORMAT,
        "title": request.graph.title,
        "at": request.at.isoformat(),
        "as_of": request.as_of.isoformat(),
        "nodes": len(request.graph.nodes),
        "block_at": str(request.policy.block_at),
        "closed_by": blocking[Outcome.NOT_MET],
        "undetermined": blocking[Outcome.NOT_DETERMINED],
        "unjudged": list(found.unjudged),
        "exit_code": 1 if blocking[Outcome.NOT_MET] else 3 if blocking[Outcome.NOT_DETERMINED] or found.unjudged else 0,
        "counts": {str(outcome): number for outcome, number in found.counts.items()},
        "rules": [_rule(row) for row in found.rows],
        "findings": [finding.plain() for finding in found.gravest(top)],
    }
    if table is not None:
        write_text(table, _csv(found))
    if form == "json":
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        told = load("lexaudit_reports.terminal:survey")(report, colour=sys.stdout.isatty()).rstrip("\n")
        click.echo(told.partition("\n")[0] if quiet else told)
    return int(str(report["exit_code"]))


def _rule(row: Row) -> dict[str, Any]:
    return {
        "rule": row.rule.name,
        "title": row.rule.title,
        "severity": row.rule.severity,
        "subjects": len(row.subjects),
        "upcoming": int(row.upcoming.sum()),
        **{str(outcome): number for outcome, number in row.counts.items()},
    }


def _csv(found: Survey) -> str:
    """A line for each rule and subject that is not met or not determined."""
    from lexaudit.finding import Outcome

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["rule", "severity", "subject", "outcome", "upcoming"])
    for row in found.rows:
        for outcome in (Outcome.NOT_MET, Outcome.NOT_DETERMINED):
            for upcoming in (False, True):
                for node in row.subjects_with(outcome, upcoming=upcoming):
                    writer.writerow([row.rule.name, row.rule.severity, node.id, str(outcome), str(upcoming).lower()])
    return text.getvalue()
