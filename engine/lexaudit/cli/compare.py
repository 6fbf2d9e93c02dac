"""`compare`: one system, or a folder of stored audits, under two dates of law."""

from __future__ import annotations

import json
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lexaudit.cli.common import day, manifests, moment, policy_path
from lexaudit.errors import InputError, UsageError

if TYPE_CHECKING:
    from lexaudit.audit import Audit
    from lexaudit.canonical import Digest
    from lexaudit.collect import Evidence, Inputs, Missing, Need
    from lexaudit.compare import Change, Scene
    from lexaudit.packs import Pack
    from lexaudit.policy import Policy

FORMAT = "lexaudit-compare/1"


@click.command(epilog="Example:  lexaudit compare examples/compas --as-of 2026-11-24 --with 2028-08-02")
@click.argument("system", nargs=-1, type=click.Path(path_type=Path))
@click.option("--as-of", "as_of", metavar="DATE", help="One date of law. [default: the day of --at, or of each audit]")
@click.option("--with", "other", metavar="DATE", required=True, help="The other date of law.")
@click.option("--audits", type=click.Path(path_type=Path), help="A folder of stored audits, instead of SYSTEM.")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="The policy of SYSTEM.")
@click.option("--pack", "folders", multiple=True, help="The folder of a pack that stored audits were made with.")
@click.option("--at", metavar="TIME", help="The time of knowledge of SYSTEM, the same for both dates. [default: now]")
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path(".lexaudit"),
    show_default=True,
    help="Where the evidence of SYSTEM is kept.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def compare(
    system: tuple[Path, ...],
    as_of: str | None,
    other: str,
    audits: Path | None,
    policy_file: Path | None,
    folders: tuple[str, ...],
    at: str | None,
    store: Path,
    form: str,
) -> int:
    """What comes into force for SYSTEM, or comes out otherwise, between two dates of law, and by which provision.

    Nothing is measured: evidence is taken from the store, or from the stored audits.
    """
    from lexaudit.compare import between_dates

    second = day(other, "--with")
    first = day(as_of, "--as-of") if as_of else None
    scenes = [
        *systems(system, policy_file, at, store, lambda policy: [policy], [d for d in (first, second) if d]),
        *stored(audits, packs_by_id(folders)),
    ]
    if not scenes:
        raise UsageError("nothing to compare", advice="name a manifest, or a folder of stored audits with --audits")
    told = []
    for scene in scenes:
        start, end = sorted((first or scene.as_of, second))
        told.append(_told(scene, start, end, between_dates(scene, start, end), [scene.policy]))
    show(told, form, {"format": FORMAT})
    return 0


def compare_audit(audit: Audit, policy: Policy, other: date) -> str:
    """An audit just made against another date of law, as text."""
    from lexaudit.compare import Scene, between_dates

    collected: dict[Digest, Evidence | Missing] = {piece.need.key: piece for piece in audit.missing}
    collected |= {piece.need.key: piece for piece in audit.evidence}
    scene = Scene(audit.title, audit.graph, policy, collected, audit.at, audit.as_of)
    start, end = sorted((audit.as_of, other))
    return text_of([_told(scene, start, end, between_dates(scene, start, end), [policy])])


# what is compared -----------------------------------------------------------------------------------------------------


def systems(
    paths: tuple[Path, ...],
    policy_file: Path | None,
    at: str | None,
    store: Path,
    policies: Callable[[Policy], list[Policy]],
    days: Sequence[date],
) -> list[Scene]:
    """The system that manifests describe, with what the store holds for these policies and days; none without a path."""
    from lexaudit.collect import Workspace
    from lexaudit.collect.gather import gather
    from lexaudit.compare import Scene
    from lexaudit.graph.manifest import read_graph
    from lexaudit.plan import make_plan
    from lexaudit.policy import default_policy, read_policy

    if not paths:
        return []
    now = moment(at)
    found = manifests(paths)
    graph = read_graph(found)
    chosen = policy_path(policy_file, found[0])
    policy = read_policy(chosen) if chosen else default_policy()
    needs: dict[str, Need] = {}
    for each in policies(policy):
        for when in {now.date(), *days}:
            needs |= {need.key: need for need in make_plan(graph, each, now, when).needs}
    with tempfile.TemporaryDirectory(prefix="lexaudit-") as scratch:
        workspace = Workspace(found[0].parent, Path(scratch), now, policy.seed, lambda share, words: None)
        ordered = [needs[key] for key in sorted(needs)]
        gathered = gather(ordered, graph, workspace, _Kept(store), lambda what, share, words: None, measure=False)
    return [Scene(graph.title, graph, policy, gathered.collected, now, now.date())]


class _Kept:
    """The evidence in a store, read only."""

    def __init__(self, folder: Path) -> None:
        from lexaudit.store import Store

        self._store = Store(folder)

    def cached(self, need: Need, inputs: Inputs, collector_version: str, seed: int) -> Evidence | None:
        return self._store.cached(need, inputs, collector_version, seed)

    def keep(self, evidence: Evidence, artifacts: Path) -> None:
        """Nothing is kept: a comparison leaves no trace."""


def stored(folder: Path | None, packs: Callable[[str], Pack]) -> list[Scene]:
    """The audits in a folder of bundles, by path; none without a folder."""
    from lexaudit.cli.read import read_audit
    from lexaudit.compare import scene_of

    if folder is None:
        return []
    paths = sorted(folder.rglob("audit.json"))
    if not paths:
        raise InputError(
            f"there is no stored audit in `{folder}`", advice="name a folder in which bundles with an `audit.json` lie"
        )
    found = []
    for path in paths:
        scene = scene_of(read_audit(path), packs, str(path))
        found.append(replace(scene, title=f"{scene.title} ({path.parent.relative_to(folder).as_posix()})"))
    return found


def packs_by_id(given: Iterable[str | Pack]) -> Callable[[str], Pack]:
    """A finder of packs: those given first, then those that are shipped or installed. Each is loaded once."""
    from lexaudit.cli.pack import find_pack
    from lexaudit.packs import Pack

    loaded = [item if isinstance(item, Pack) else find_pack(item) for item in given]
    known = {pack.id: pack for pack in loaded}

    def find(name: str) -> Pack:
        if name not in known:
            try:
                known[name] = find_pack(name)
            except InputError as error:
                raise InputError(
                    f"a stored audit was made with the pack `{name}`, which is not here",
                    advice="name its folder with --pack",
                ) from error
        return known[name]

    return find


# what is said of it ---------------------------------------------------------------------------------------------------


def _told(
    scene: Scene, first: date, second: date, changes: Sequence[Change], policies: Sequence[Policy]
) -> dict[str, Any]:
    return {
        "title": scene.title,
        "from": first.isoformat(),
        "to": second.isoformat(),
        "changes": [change.plain() for change in changes],
        "not_measured": scene.unmeasured(policies, sorted({first, second})),
        "notes": list(scene.notes),
    }


def told_packs(scene: Scene, when: date, changes: Sequence[Change], policies: Sequence[Policy]) -> dict[str, Any]:
    """What a change of pack means to one system."""
    return _told(scene, when, when, changes, policies)


def show(told: Sequence[Mapping[str, Any]], form: str, head: Mapping[str, Any]) -> None:
    """Print comparisons as text or as one JSON value."""
    if form == "json":
        click.echo(json.dumps({**head, "systems": list(told)}, indent=2, ensure_ascii=False))
    else:
        click.echo(text_of(told))


def text_of(told: Sequence[Mapping[str, Any]]) -> str:
    """Comparisons in at most 80 columns."""
    lines: list[str] = []
    for one in told:
        dates = f"law of {one['from']}" + (f" → {one['to']}" if one["to"] != one["from"] else "")
        lines += _wrapped(f"{one['title']}: {dates}", "")
        for change in one["changes"]:
            lines += _wrapped(f"{change['day']}  {change['finding']}", "  ", "    ")
            lines += _wrapped(change["what"], "    ")
            lines += _wrapped(change["why"], "    ")
        if not one["changes"]:
            lines.append("  nothing changes")
        for missing in one["not_measured"]:
            lines += _wrapped(f"not measured, so not determined: {missing}", "  ", "    ")
        for note in one["notes"]:
            lines += _wrapped(f"note: {note}", "  ", "    ")
    number = sum(len(one["changes"]) for one in told)
    touched = sum(bool(one["changes"]) for one in told)
    lines.append(f"{_count(number, 'change')} in {touched} of {_count(len(told), 'system')}; nothing was measured")
    return "\n".join(lines)


def _wrapped(text: str, indent: str, further: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        80,
        initial_indent=indent,
        subsequent_indent=indent if further is None else further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"
