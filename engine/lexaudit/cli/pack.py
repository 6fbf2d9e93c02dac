"""`pack`: list, show, test, lint, document, compare and begin rule packs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lexaudit.errors import InputError, UsageError
from lexaudit.packs import Pack, available_packs, load_pack

WIDTH = 80

if TYPE_CHECKING:
    from lexaudit.cases import Case
    from lexaudit.packs.difference import Altered
    from lexaudit.packs.pages import Example
    from lexaudit.policy import Policy


@click.group()
def pack() -> None:
    """Rule packs: law as versioned data."""


def find_pack(name: str) -> Pack:
    """A pack by its folder, or by the id of one that is shipped or that an installed distribution offers."""
    available = available_packs()
    if Path(name).is_dir():
        return load_pack(Path(name))
    if name in available:
        return load_pack(available[name])
    raise InputError(
        f"there is no rule pack `{name}`",
        advice="name a folder with a `pack.yaml`, or one of: " + ", ".join(sorted(available)),
    )


@pack.command(epilog="Example:  lexaudit pack coverage rulepacks/gdpr --by role")
@click.argument("name")
@click.option(
    "--by", "group", type=click.Choice(["article", "role", "form"]), default="article", show_default=True, help="Rows."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--page", type=click.Path(path_type=Path), help="Also write every entry as a Markdown page.")
@click.option("--update", is_flag=True, help="First write into the register which rules cite each entry.")
def coverage(name: str, group: str, form: str, page: Path | None, update: bool) -> int:
    """Whether every entry of the catalogue of obligations is carried by something, or nothing for a reason.

    Exit code: 0 nothing is open, 1 entries are open, 2 the register and the pack differ.
    """
    import json
    from dataclasses import asdict

    from lexaudit.register import read_register, register_page, register_text, update_register

    found = find_pack(name)
    if update:
        changed = update_register(found)
        click.echo(f"{changed} {'entry' if changed == 1 else 'entries'} changed", err=True)
    register = read_register(found)
    if page is not None:
        _write_page(page, register_page(register))
    if form == "json":
        entries = [{**asdict(entry), "state": entry.state} for entry in register.entries]
        click.echo(json.dumps({"pack": found.id, "version": found.version, "entries": entries}, indent=2))
    else:
        click.echo(register_text(register, group))
    return 1 if register.open else 0


def _write_page(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {error.strerror}", advice="name a file you may write") from error


@pack.command("list", epilog="Example:  lexaudit pack list")
def list_packs() -> None:
    """The packs that travel with lexaudit, and those that installed distributions offer."""
    for folder in available_packs().values():
        found = load_pack(folder)
        read = max(instrument.consolidated for instrument in found.instruments)
        click.echo(
            f"{found.id:<12} {found.version:<8} {len(found.rules):>3} rules   law read as of {read}   {found.title}"
        )


@pack.command(epilog="Example:  lexaudit pack show gdpr no-processing-agreement")
@click.argument("name")
@click.argument("rule_id", metavar="[RULE]", required=False)
def show(name: str, rule_id: str | None) -> None:
    """What a pack holds: its sources, its rules, and what it does not establish; or one RULE whole."""
    found = find_pack(name)
    if rule_id is not None:
        _show_rule(found, rule_id)
        return
    click.echo(f"{found.title} ({found.id} {found.version})\n  digest {found.digest}")
    for i in found.instruments:
        _say(f"source {i.title}, CELEX {i.celex}, consolidated {i.consolidated}", 2, 4)
    click.echo(f"\n{len(found.rules)} rules:")
    for rule in found.rules:
        cited = ", ".join(o.provision for o in rule.obligations[:3]) + (" …" if len(rule.obligations) > 3 else "")
        click.echo(f"  {rule.id}")
        _say(f"{rule.title} [{cited}; {rule.subject}, {rule.severity}, {rule.form}]", 6)
    chosen = "(to be chosen: {0}: {1})"
    for title, lines in (
        (
            "Flows along lineage",
            [f"{flow.name}: {flow.title}" for flow in found.flows.values() if " " not in flow.name],
        ),
        (
            "Readings taken where the law leaves room",
            [
                f"{r.statement} {chosen.format(r.id, ' or '.join(map(str, r.choices))) if r.choices else ''}".rstrip()
                for r in found.readings
            ],
        ),
        ("What the pack does not establish", found.limits),
    ):
        if lines:
            click.echo(f"\n{title}:")
            for line in lines:
                _say(f"- {line}", 2, 4)


def _say(text: str, indent: int, hang: int | None = None) -> None:
    """Print a paragraph, 80 columns wide."""
    click.echo(
        textwrap.fill(
            " ".join(text.split()),
            WIDTH,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent if hang is None else hang),
            break_on_hyphens=False,
            break_long_words=False,
        )
    )


def _show_rule(found: Pack, rule_id: str) -> None:
    rule = next((rule for rule in found.rules if rule.id == rule_id), None)
    if rule is None:
        from lexaudit.marked import unknown_word

        raise unknown_word("rule", rule_id, [rule.id for rule in found.rules], None)
    click.echo(f"{rule.title}\n  {rule.name}, {rule.severity}, {rule.form}, judged on each {rule.subject}")
    for obligation in rule.obligations:
        dates = ", ".join(f"{day} ({when})" for day, when in obligation.applies_from)
        _say(f"{obligation.instrument.short} {obligation.provision}: {obligation.summary}", 2, 6)
        _say(f"applies from {dates}", 6)
    click.echo(f"applies when\n    {rule.applies.source}\nexpects")
    for expectation in rule.expects:
        answered = "".join(f", {cited.provision}" for cited in expectation.cites)
        _say(f"- {expectation.say} [{expectation.form}{answered}]", 2, 4)
        if expectation.condition:
            click.echo(f"      {expectation.condition.source}")
        if expectation.question:
            _say(f"asks the {expectation.who}: {expectation.question} ({expectation.answer} meets it)", 6)
    click.echo("remedy")
    _say(rule.remedy, 2)


@pack.command(epilog="Example:  lexaudit pack test rulepacks/gdpr --coverage --min-coverage 80")
@click.argument("name")
@click.option("--coverage", "listed", is_flag=True, help="List the sub-conditions that no case has shown to effect.")
@click.option(
    "--min-coverage", type=click.FloatRange(0, 100), metavar="PERCENT", help="Fail under this condition coverage."
)
@click.option(
    "--mutate", is_flag=True, help="Make mistakes in the law, one at a time, and count those the cases notice."
)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="With --mutate: try this many, drawn by --seed."
)
@click.option("--seed", type=int, default=0, show_default=True, help="With --sample: which mistakes are drawn.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def test(
    name: str, listed: bool, min_coverage: float | None, mutate: bool, sample: int | None, seed: int, quiet: bool
) -> int:
    """Run the cases beside a pack's rules, and say what they do not show.

    Condition coverage counts the sub-conditions that the cases have seen true, false and unknown where that made a
    difference. Exit code: 0 every case holds and every rule has one, 1 otherwise.
    """
    from lexaudit.cases import read_cases, run_cases
    from lexaudit.cli.progress import progress
    from lexaudit.coverage import measure_coverage

    if (sample is not None or seed) and not mutate:
        raise UsageError("`--sample` and `--seed` go with `--mutate`", advice="add --mutate")
    found = find_pack(name)
    cases = read_cases(found)
    result = run_cases(found, cases)
    for difference in result.differences:
        click.echo(difference.render())
    bare = sorted(rule for rule, outcomes in result.outcomes.items() if not outcomes)
    for rule in bare:
        click.echo(f"{found.id}: the rule `{rule}` has no case")
    lacking = {
        rule: sorted({"met", "not_met", "not_applicable", "not_determined"} - outcomes)
        for rule, outcomes in result.outcomes.items()
        if outcomes
    }
    for rule, outcomes in sorted(lacking.items()):
        if outcomes:
            click.echo(f"{found.id}: note: `{rule}` has no case for {', '.join(outcomes)}")
    coverage = measure_coverage(found, cases)
    if listed:
        for part in coverage.parts:
            if part.lacking:
                click.echo(f"{part.place}: {part.where}\n    `{part.text}` not seen {_or(part.lacking)}")
    if mutate:
        from lexaudit.mutation import score

        scored = score(found, cases, progress(quiet), sample=sample, seed=seed)
        for mutant in scored.survivors:
            click.echo(f"{mutant.place}: {mutant.where}: no case notices\n    {mutant.what}")
        drawn = f", drawn from {scored.possible} with seed {seed}" if scored.made < scored.possible else ""
        click.echo(
            f"{found.id}: mutation score {scored.percent:.1f} %: {scored.noticed} of {scored.made} mistakes "
            f"noticed{drawn}"
        )
    failed = len(result.differences)
    click.echo(
        f"{found.id} {found.version}: {result.cases} cases, {result.expectations} expectations, {failed} differences; "
        f"condition coverage {coverage.percent:.1f} % ({coverage.covered} of {coverage.asked})"
    )
    if result.cases == 0:
        click.echo("no case was run: nothing was tested")
    short = min_coverage is not None and coverage.percent < min_coverage
    if short:
        click.echo(
            f"the condition coverage is under the {min_coverage:g} % asked for: add cases; --coverage lists what lacks"
        )
    return 1 if failed or bare or result.cases == 0 or short else 0


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


@pack.command(epilog="Example:  lexaudit pack lint rulepacks/eu_ai_act")
@click.argument("name")
@click.option("--notes", is_flag=True, help="Also list the obligations that no rule rests on.")
def lint(name: str, notes: bool) -> int:
    """Look for what loads but is surely wrong: idle facts and limits, law nobody can reach, rules that contradict.

    Exit code: 0 no problem, 1 problems.
    """
    from lexaudit.cases import read_cases
    from lexaudit.lint import idle_obligations, lint_pack

    found = find_pack(name)
    problems = lint_pack(found, read_cases(found))
    idle = idle_obligations(found)
    for problem in problems:
        click.echo(problem.render())
    for note in idle if notes else ():
        click.echo(f"{note.place}: note: {note.what}")
    click.echo(
        f"{found.id} {found.version}: {len(found.rules)} rules, {len(found.facts)} facts, "
        f"{len(found.obligations)} obligations ({len(idle)} that no rule rests on), {len(problems)} problems"
    )
    return 1 if problems else 0


@pack.command(epilog="Example:  lexaudit pack docs gdpr --out gdpr-pages")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write the pages to.")
def docs(name: str, out: Path) -> int:
    """Write a page for each rule of a pack, and an index by article. The same pack gives the same pages."""
    from lexaudit.cases import read_cases
    from lexaudit.packs.pages import INDEX, pages

    found = find_pack(name)
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / INDEX).is_file())):
        raise InputError(f"`{out}` holds something else", advice="name an empty or a new folder with --out")
    made = pages(found, _examples(read_cases(found)))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for old in out.glob("*.md"):
            old.unlink()
        for file, text in made.items():
            (out / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write into `{out}`: {error.strerror}", advice="name another folder") from error
    click.echo(f"wrote {len(made)} pages; begin with {out / INDEX}")
    return 0


def _examples(cases: Sequence[Case]) -> dict[str, list[Example]]:
    """For each rule the shortest case in which it is met, and the shortest in which it is not; one case may be both."""
    import yaml

    from lexaudit.packs.pages import Example

    described: dict[int, str] = {}
    found: dict[str, dict[str, tuple[int, str]]] = {}
    for number, case in enumerate(cases):
        shown = case.said.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, include={"as_of", "manifest", "evidence", "thresholds"}
        )
        described[number] = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=100)
        for expect in case.said.expect:
            if expect.rule is not None and expect.outcome in ("met", "not_met"):
                shortest = found.setdefault(expect.rule, {})
                best = shortest.get(expect.outcome)
                if best is None or len(described[number]) < len(described[best[0]]):
                    shortest[expect.outcome] = (number, expect.subject)
    examples: dict[str, list[Example]] = {}
    for rule_id, by_outcome in found.items():
        numbers = list(dict.fromkeys(by_outcome[outcome][0] for outcome in ("met", "not_met") if outcome in by_outcome))
        examples[rule_id] = [
            Example(
                cases[number].said.case,
                tuple((outcome, subject) for outcome, (at, subject) in sorted(by_outcome.items()) if at == number),
                described[number],
            )
            for number in numbers
        ]
    return examples


@pack.command(epilog="Example:  lexaudit pack new our_rules")
@click.argument("folder", type=click.Path(path_type=Path))
def new(folder: Path) -> int:
    """Begin a pack in a new FOLDER: one rule, its questions and its cases, ready to be overwritten."""
    from lexaudit.packs.scaffold import new_pack

    _wrote(new_pack(folder), folder)
    return 0


@pack.group()
def rule() -> None:
    """The rules of a pack."""


@rule.command("new", epilog="Example:  lexaudit pack rule new our_rules decision-not-logged")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--obligation", help="The obligation it rests on. [default: a new one of the same name]")
def new_rule_(folder: Path, name: str, obligation: str | None) -> int:
    """Begin the rule NAME in the pack in FOLDER, with its questions and its cases."""
    from lexaudit.packs.scaffold import new_rule

    _wrote(new_rule(load_pack(folder), name, obligation), folder)
    return 0


def _wrote(paths: Sequence[Path], folder: Path) -> None:
    for path in paths:
        click.echo(f"wrote {path}")
    click.echo(f"next: lexaudit pack test {folder} --coverage, and lexaudit pack lint {folder}")


@pack.command(epilog="Example:  lexaudit pack diff gdpr my-gdpr --system examples/compas")
@click.argument("before")
@click.argument("after")
@click.option("--system", "system", multiple=True, type=click.Path(path_type=Path), help="A manifest to judge by both.")
@click.option("--audits", type=click.Path(path_type=Path), help="A folder of stored audits to judge by both.")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="The policy of the system.")
@click.option("--as-of", "as_of", metavar="DATE", help="The date of law. [default: the day of --at, or of each audit]")
@click.option("--at", metavar="TIME", help="The time of knowledge of the system. [default: now]")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path(".lexaudit"),
    show_default=True,
    help="Where the evidence of the system is kept.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(
    before: str,
    after: str,
    system: tuple[Path, ...],
    audits: Path | None,
    policy_file: Path | None,
    as_of: str | None,
    at: str | None,
    store: Path,
    form: str,
) -> int:
    """What two versions of a pack say differently, and for whom it comes out otherwise, when, and by which provision.

    BEFORE and AFTER are folders, or ids of packs that are here. Nothing is measured.
    """
    from lexaudit.cli.common import day
    from lexaudit.cli.compare import packs_by_id, show, stored, systems, told_packs
    from lexaudit.compare import between_packs, with_pack
    from lexaudit.packs.difference import differences

    old, new = find_pack(before), find_pack(after)
    altered = differences(old, new)
    when = day(as_of, "--as-of") if as_of else None
    ids = {old.id, new.id}

    def both(policy: Policy) -> list[Policy]:
        return [with_pack(policy, old, ids), with_pack(policy, new, ids)]

    scenes = systems(system, policy_file, at, store, both, [when] if when else [])
    scenes += stored(audits, packs_by_id([old]))
    told = []
    for scene in scenes:
        law = when or scene.as_of
        told.append(told_packs(scene, law, between_packs(scene, old, new, law), both(scene.policy)))
    head = f"{old.id} {old.version} → {new.id} {new.version}"
    if form == "json":
        show(told, form, {"format": "lexaudit-pack-diff/1", "packs": head, "pack": [item.plain() for item in altered]})
        return 0
    for line in _altered_lines(head, altered):
        click.echo(line)
    if told:
        click.echo("")
        show(told, form, {})
    return 0


def _altered_lines(head: str, altered: Sequence[Altered]) -> list[str]:
    import textwrap

    def wrapped(text: str, first: str, further: str) -> list[str]:
        return textwrap.wrap(
            text,
            80,
            initial_indent=first,
            subsequent_indent=further,
            break_long_words=False,
            break_on_hyphens=False,
        )

    lines = wrapped(head, "", "  ")
    for item in altered:
        cite = f" ({item.cite})" if item.cite else ""
        lines += wrapped(f"{item.section} {item.how}: {item.name}{cite}", "  ", "    ")
        for field, was, became in item.fields:
            lines.append(f"    {field}")
            lines += wrapped(was or "(nothing)", "      - ", "        ")
            lines += wrapped(became or "(nothing)", "      + ", "        ")
    if not altered:
        lines.append("  the two say the same")
    return lines
