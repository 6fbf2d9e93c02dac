"""`explain`, `report`, `verify` and `evidence`: reading what was sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from lexaudit.cli.formats import FORMATS, load, render
from lexaudit.errors import InputError, UsageError
from lexaudit.marked import nearest

_AUDIT = click.option(
    "--audit",
    "source",
    type=click.Path(path_type=Path),
    default=Path("lexaudit-report"),
    show_default=True,
    help="A bundle's folder, or an audit.json.",
)


def read_audit(source: Path) -> dict[str, Any]:
    """A sealed audit, from a bundle's folder or from its `audit.json`. Refuses one whose id does not hold."""
    from lexaudit.audit import FORMAT
    from lexaudit.canonical import digest_of
    from lexaudit.errors import Place, VerificationError

    path = source / "audit.json" if source.is_dir() else source
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(
            f"there is no audit at `{source}`", advice="run `lexaudit audit` first, or name its folder with --audit"
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as an audit: {error}", place=Place(str(path))) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InputError(f"not an audit in the format `{FORMAT}`", place=Place(str(path)))
    body = {key: item for key, item in value.items() if key != "id"}
    try:
        holds = digest_of(body) == value.get("id")
    except ValueError:
        holds = False
    if not holds:
        raise VerificationError(
            "the audit's content does not match its id: it was changed after it was made",
            place=Place(str(path)),
            advice="get the bundle again from where it was sealed, and check it with `lexaudit verify`",
        )
    return value


def find_finding(audit: dict[str, Any], words: str) -> str:
    """The id of the one finding that is meant: its id, its rule, or a part that only it has."""
    ids = [str(finding["id"]) for finding in audit["findings"]]
    if words in ids:
        return words
    by_rule = [f["id"] for f in audit["findings"] if words in (f["rule"], f"{f['pack']}/{f['rule']}")]
    matches = by_rule or [name for name in ids if words in name]
    if len(matches) == 1:
        return str(matches[0])
    if matches:
        listed = "\n    ".join(sorted(matches)[:12])
        raise UsageError(
            f"`{words}` could be any of {len(matches)} findings:\n    {listed}", advice="write the whole id"
        )
    guess = nearest(words, [*ids, *{str(f["rule"]) for f in audit["findings"]}])
    raise UsageError(
        f"there is no finding `{words}` in this audit",
        advice=f"did you mean `{guess}`?" if guess else "`lexaudit report --format text` lists them",
    )


@click.command(epilog="Example:  lexaudit explain processing-agreement-missing --audit lexaudit-report")
@click.argument("finding")
@_AUDIT
@click.option("--pack", "folders", multiple=True, help="The folder of a pack that the audit was made with.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def explain(finding: str, source: Path, folders: tuple[str, ...], form: str) -> int:
    """Why FINDING came out as it did: each expectation, what was observed, and what would change it.

    FINDING is an id as printed by `audit` and `gate`, or the rule's name where only one subject has it. What would change
    it is found by judging the audit again with answers, documents and facts supposed: the smallest sets that turn the
    outcome, cheapest first. Nothing is written.
    """
    audit = read_audit(source)
    chosen = find_finding(audit, finding)
    told = _remedies(audit, chosen, folders, source)
    if form == "json":
        found = next(item for item in audit["findings"] if item["id"] == chosen)
        click.echo(json.dumps({"finding": found, "remedies": told}, indent=2, ensure_ascii=False))
    else:
        click.echo(load("lexaudit_reports.terminal:explanation")(audit, chosen, remedies=told).rstrip("\n"))
    return 0


def _remedies(audit: dict[str, Any], finding: str, folders: tuple[str, ...], source: Path) -> dict[str, Any] | None:
    """What would change a finding that is not met or not determined; none for another."""
    from lexaudit.cli.compare import packs_by_id
    from lexaudit.compare import scene_of
    from lexaudit.remedy import BUDGET, Scene, remedies

    state = next(item["outcome"] for item in audit["findings"] if item["id"] == finding)
    if state not in ("not_met", "not_determined"):
        return None
    try:
        sealed = scene_of(audit, packs_by_id(folders), str(source))
        found = remedies(Scene(sealed.graph, sealed.policy, sealed.collected, sealed.at, sealed.as_of), finding)
    except (InputError, KeyError) as error:
        why = error.message if isinstance(error, InputError) else "the packs here have no such rule"
        return {"found": [], "whole": True, "beyond": [], "budget": 0, "notes": [f"it cannot be judged again: {why}"]}
    return {
        "found": [remedy.plain() for remedy in found.found],
        "whole": found.whole,
        "beyond": list(found.beyond),
        "budget": BUDGET,
        "notes": list(sealed.notes),
    }


@click.command(epilog="Example:  lexaudit report --format sarif --out findings.sarif")
@_AUDIT
@click.option("--format", "form", type=click.Choice(["pdf", "json", *FORMATS]), default="text", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file; a PDF needs it.")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path(".lexaudit"),
    show_default=True,
    help="Where the ledger is kept.",
)
def report(source: Path, form: str, out: Path | None, store: Path) -> int:
    """Render a sealed audit again, from its own bytes and nothing else.

    A PDF rendered here carries the bundle's statement and is signed with your key.
    """
    audit = read_audit(source)
    if form == "pdf":
        from lexaudit.bundle import render_pdf

        if out is None:
            raise UsageError("a PDF needs a file", advice="add --out report.pdf")
        if not source.is_dir():
            raise UsageError(
                "a PDF is rendered from a bundle, because it carries the statement",
                advice="name the bundle's folder with --audit",
            )
        data = render_pdf(audit, source)
    else:
        text = (
            json.dumps(audit, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
            if form == "json"
            else render(form, audit)
        )
        if out is None:
            click.echo(text.rstrip("\n"))
            return 0
        data = text.encode("utf-8")
    try:
        out.write_bytes(data)
    except OSError as error:
        raise InputError(f"cannot write `{out}`: {error.strerror}", advice="name a file you may write") from error
    click.echo(f"wrote {out}")
    return 0


@click.group()
def evidence() -> None:
    """What was measured, with everything needed to contest it."""


@evidence.command("list", epilog="Example:  lexaudit evidence list --audit lexaudit-report")
@_AUDIT
def list_evidence(source: Path) -> None:
    """The evidence that an audit rests on, and what could not be had."""
    click.echo(load("lexaudit_reports.terminal:evidence_list")(read_audit(source)).rstrip("\n"))


@evidence.command("show", epilog="Example:  lexaudit evidence show E-3f9a0c12 --audit lexaudit-report")
@click.argument("identity")
@_AUDIT
def show_evidence(identity: str, source: Path) -> None:
    """One piece of evidence whole; IDENTITY is its id, or the first characters of it."""
    audit = read_audit(source)
    wanted = identity.removeprefix("sha256:").removeprefix("E-")
    ids = [
        str(piece["id"]) for piece in audit["evidence"] if str(piece["id"]).removeprefix("sha256:").startswith(wanted)
    ]
    if len(ids) != 1 or not wanted:
        problem = (
            f"`{identity}` is the beginning of {len(ids)} ids"
            if ids
            else f"there is no evidence `{identity}` in this audit"
        )
        raise UsageError(problem, advice="`lexaudit evidence list` shows the ids")
    click.echo(load("lexaudit_reports.terminal:evidence_show")(audit, ids[0]).rstrip("\n"))


@click.command(epilog="Example:  lexaudit verify lexaudit-report --trust their-trust.json")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--trust", "trust_file", type=click.Path(path_type=Path), help="The signer's trust.json, got by a way you trust."
)
@click.option("--at", metavar="TIME", help="The time at which certificates must be valid. [default: now]")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(path: Path, trust_file: Path | None, at: str | None, form: str) -> int:
    """Check PATH offline: a bundle's folder, report.pdf, a statement, an evidence file, or a ledger.db.

    Each step says what it proves and what it does not. Exit code: 0 everything holds, 4 something does not.
    """
    from lexaudit.cli.common import moment
    from lexaudit.verify import verify as check

    result = check(path, trust_file, moment(at))
    if form == "json":
        steps = [{"what": s.what, "holds": s.holds, "said": s.said, "proves": s.proves} for s in result.steps]
        click.echo(
            json.dumps(
                {"subject": result.subject, "holds": result.holds, "steps": steps, "notes": result.notes},
                indent=2,
                ensure_ascii=False,
            )
        )
        return 0 if result.holds else 4
    for step in result.steps:
        _say(f"{'holds' if step.holds else 'FAILS'}  {step.what}: {step.said}")
        if step.proves:
            _say(f"       proves: {step.proves}")
    for note in result.notes:
        _say(f"note   {note}")
    failed = [step for step in result.steps if not step.holds]
    _say(
        f"verified: all {len(result.steps)} steps hold"
        if result.holds
        else f"not verified: {len(failed)} of {len(result.steps)} steps do not hold"
    )
    return 0 if result.holds else 4


def _say(text: str) -> None:
    import textwrap

    click.echo(textwrap.fill(text, 80, subsequent_indent="       ", break_long_words=False, break_on_hyphens=False))
