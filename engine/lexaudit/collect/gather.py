"""Collecting what a plan needs: look first, refuse bad input, take what is cached, measure the rest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from lexaudit.canonical import Digest
from lexaudit.collect.interface import Collector, Evidence, Inputs, Missing, Need, Workspace
from lexaudit.collect.registry import collector
from lexaudit.errors import InputError, raise_all
from lexaudit.graph import Graph

Progress = Callable[[str, float, str], None]
"""Called with what is being measured, the share done (0 to 1) and a few words."""


class Cache(Protocol):
    """Where evidence is kept between runs, by what it was made from."""

    def cached(self, need: Need, inputs: Inputs, collector_version: str, seed: int) -> Evidence | None:
        """The evidence for exactly these inputs, or none."""
        ...

    def keep(self, evidence: Evidence, artifacts: Path) -> None:
        """Keep evidence, with the files it names from this folder."""
        ...


@dataclass(frozen=True)
class Gathered:
    """What was collected, and what was looked at."""

    collected: Mapping[Digest, Evidence | Missing]
    """By the key of the need."""
    inspected: Mapping[Digest, Inputs | Missing]
    """What would be read for each need, by its key."""
    measured: tuple[Digest, ...] = ()
    """The keys of needs that were measured now, and not taken from the cache."""

    def plain(self, need: Need, asked_by: Sequence[str]) -> dict[str, Any]:
        """A row of the plan, as it is printed and sealed."""
        looked = self.inspected.get(need.key)
        return {
            "key": need.key,
            **need.plain(),
            "asked_by": list(asked_by),
            "summary": looked.summary if isinstance(looked, Inputs) else (looked.reason if looked else ""),
            "cost_seconds": looked.cost_seconds if isinstance(looked, Inputs) else 0,
        }


def inspect(needs: Sequence[Need], graph: Graph, workspace: Workspace) -> dict[Digest, Inputs | Missing]:
    """What each need would read. Raises every `InputError` at once; measures and writes nothing."""
    inspected: dict[Digest, Inputs | Missing] = {}
    errors: dict[str, InputError] = {}
    for need in needs:
        try:
            inspected[need.key] = collector(need.collector).inspect(need, graph, workspace)
        except InputError as error:
            errors.setdefault(error.render(), error)
        except ImportError as error:
            inspected[need.key] = _not_installed(need, error)
    raise_all(list(errors.values()))
    return inspected


def gather(
    needs: Sequence[Need],
    graph: Graph,
    workspace: Workspace,
    cache: Cache | None,
    progress: Progress,
    *,
    measure: bool = True,
) -> Gathered:
    """Evidence for each need, or the reason why there is none.

    With `measure=False` only what is cached, and what is read rather than measured, is given. Raises `InputError` for
    declared inputs that are not what they must be, before anything is measured or written.
    """
    inspected = inspect(needs, graph, workspace)
    collected: dict[Digest, Evidence | Missing] = {}
    measured: list[Digest] = []
    for need in needs:
        inputs = inspected[need.key]
        member = collector(need.collector)
        if isinstance(inputs, Missing):
            collected[need.key] = inputs
            continue
        known = (
            None if cache is None or member.reads_clock else cache.cached(need, inputs, member.version, workspace.seed)
        )
        if known is not None:
            collected[need.key] = known
        elif measure or member.reads_clock:
            collected[need.key] = _measure(member, need, inputs, graph, workspace, cache, progress)
            measured.append(need.key)
        else:
            collected[need.key] = Missing(
                need,
                "it has not been measured, and this run was told not to measure",
                "run again without `--no-measure`",
            )
    return Gathered(collected, inspected, tuple(measured))


def _measure(
    member: Collector,
    need: Need,
    inputs: Inputs,
    graph: Graph,
    workspace: Workspace,
    cache: Cache | None,
    progress: Progress,
) -> Evidence | Missing:
    scratch = workspace.scratch / need.key.removeprefix("sha256:")[:16]
    scratch.mkdir(parents=True, exist_ok=True)
    title = f"{need.collector} of {graph.nodes[need.subject].label}"
    own = replace(workspace, scratch=scratch, progress=lambda share, words: progress(title, share, words))
    try:
        if inputs.cost_seconds >= 1:
            own.progress(0.0, inputs.summary)
        evidence = member.measure(need, inputs, graph, own)
        own.progress(1.0, "done")
        if isinstance(evidence, Evidence) and cache is not None:
            cache.keep(evidence, scratch)
        return evidence
    except ImportError as error:
        return _not_installed(need, error)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _not_installed(need: Need, error: ImportError) -> Missing:
    return Missing(
        need, f"`{need.collector}` needs `{error.name}`, which is not installed", "pip install 'lexaudit[probes]'"
    )
