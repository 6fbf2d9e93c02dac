"""`pack`: list, show, test and lint rule packs."""

from __future__ import annotations

from pathlib import Path

import click

from lexaudit.errors import InputError
from lexaudit.packs import Pack, load_pack, shipped_packs


@click.group()
def pack() -> None:
    """Rule packs: law as versioned data."""


def find_pack(name: str) -> Pack:
    """A pack by the id of a shipped one, or by its folder."""
    shipped = {path.name: path for path in shipped_packs()}
    if Path(name).is_dir():
        return load_pack(Path(name))
    if name in shipped:
        return load_pack(shipped[name])
    raise InputError(
        f"there is no rule pack `{name}`",
        advice="name a folder with a `pack.yaml`, or one of: " + ", ".join(sorted(shipped)),
    )


@pack.command("list", epilog="Example:  lexaudit pack list")
def list_packs() -> None:
    """The packs that travel with lexaudit."""
    for folder in shipped_packs():
        found = load_pack(folder)
        read = max(instrument.consolidated for instrument in found.instruments)
        click.echo(
            f"{found.id:<12} {found.version:<8} {len(found.rules):>3} rules   law read as of {read}   {found.title}"
        )


@pack.command(epilog="Example:  lexaudit pack show gdpr")
@click.argument("name")
@click.option("--rule", "rule_id", help="Show one rule whole.")
def show(name: str, rule_id: str | None) -> None:
    """What a pack holds: its sources, its rules, and what it does not establish."""
    found = find_pack(name)
    if rule_id is not None:
        _show_rule(found, rule_id)
        return
    click.echo(f"{found.title} ({found.id} {found.version})\n  digest {found.digest}")
    for instrument in found.instruments:
        click.echo(f"  source {instrument.title}, CELEX {instrument.celex}, consolidated {instrument.consolidated}")
    click.echo(f"\n{len(found.rules)} rules:")
    for rule in found.rules:
        cited = ", ".join(o.provision for o in rule.obligations[:3]) + (" …" if len(rule.obligations) > 3 else "")
        click.echo(f"  {rule.id}\n      {rule.title} [{cited}; {rule.subject}, {rule.severity}, {rule.form}]")
    for title, lines in (
        ("Readings taken where the law leaves room", [r["statement"] for r in found.readings]),
        ("What the pack does not establish", found.limits),
    ):
        if lines:
            click.echo(f"\n{title}:")
            for line in lines:
                click.echo(f"  - {line}")


def _show_rule(found: Pack, rule_id: str) -> None:
    rule = next((rule for rule in found.rules if rule.id == rule_id), None)
    if rule is None:
        from lexaudit.marked import unknown_word

        raise unknown_word("rule", rule_id, [rule.id for rule in found.rules], None)
    click.echo(f"{rule.title}\n  {rule.name}, {rule.severity}, {rule.form}, judged on each {rule.subject}")
    for obligation in rule.obligations:
        dates = ", ".join(f"{day} ({when})" for day, when in obligation.applies_from)
        click.echo(
            f"  {obligation.instrument.short} {obligation.provision}: {obligation.summary}\n      applies from {dates}"
        )
    click.echo(f"applies when\n    {rule.applies.source}\nexpects")
    for expectation in rule.expects:
        click.echo(f"  - {expectation.say} [{expectation.form}]")
        if expectation.condition:
            click.echo(f"      {expectation.condition.source}")
        if expectation.question:
            click.echo(f"      asks the {expectation.who}: {expectation.question} ({expectation.answer} meets it)")
    click.echo(f"remedy\n  {rule.remedy}")


@pack.command(epilog="Example:  lexaudit pack test rulepacks/gdpr")
@click.argument("name")
def test(name: str) -> int:
    """Run the cases beside a pack's rules, and say which rules lack one."""
    from lexaudit.cases import run_cases

    found = find_pack(name)
    result = run_cases(found)
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
    failed = len(result.differences)
    click.echo(
        f"{found.id} {found.version}: {result.cases} cases, {result.expectations} expectations, {failed} differences"
    )
    if result.cases == 0:
        click.echo("no case was run: nothing was tested")
    return 1 if failed or bare or result.cases == 0 else 0


@pack.command(epilog="Example:  lexaudit pack lint rulepacks/eu_ai_act")
@click.argument("name")
def lint(name: str) -> int:
    """Look for what loads but is not right: unused facts, obligations nobody checks, limits nobody reads."""
    found = find_pack(name)
    problems = lint_problems(found)
    for problem in problems:
        click.echo(problem)
    click.echo(
        f"{found.id} {found.version}: {len(found.rules)} rules, {len(found.facts)} facts, {len(found.obligations)} obligations, "
        f"{len(problems)} problems"
    )
    return 1 if problems else 0


def lint_problems(found: Pack) -> list[str]:
    """Each problem as a line with its place."""
    problems: list[str] = []
    texts = [rule.applies.source for rule in found.rules]
    texts += [e.condition.source for rule in found.rules for e in rule.expects if e.condition]
    texts += [branch.condition.source for fact in found.facts.values() for branch in fact.branches if branch.condition]
    texts += [route.condition.source for route in found.routes.values()] + [
        shift.condition.source for shift in found.transitional
    ]
    everything = "\n".join(texts)
    for fact in found.facts.values():
        if f".{fact.name}" not in everything:
            problems.append(f"{fact.place}: no condition reads the fact `{fact.path}`")
    for threshold in found.thresholds.values():
        if f"threshold.{threshold.name}" not in everything:
            problems.append(f"{threshold.place}: no condition reads the threshold `{threshold.name}`")
    for rule in found.rules:
        forms = {expectation.form for expectation in rule.expects}
        strongest = next(form for form in ("measured", "recorded", "computed", "attested") if form in forms)
        if rule.form == "measured" and "measured" not in forms:
            problems.append(f"{rule.place}: `{rule.id}` says it is measured, but its strongest part is {strongest}")
        if not any(character in rule.applies.source for character in ".") and rule.applies.source.strip() != "true":
            problems.append(f"{rule.place}: `{rule.id}` applies by a condition that reads nothing")
    return problems
