"""Accuracy of a network when its inputs are changed within plausible bounds, and whether the attack can be trusted."""

from __future__ import annotations

import io
import itertools
import math
import platform
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexaudit.canonical import Digest, digest_bytes
from lexaudit.collect import Evidence, Inputs, Missing, Need, Workspace
from lexaudit.errors import InputError
from lexaudit.graph import Graph
from lexaudit_evidence import probe
from lexaudit_evidence.file import place_of
from lexaudit_evidence.interval import wilson
from lexaudit_evidence.mlp import Network
from lexaudit_evidence.spelling import did_you_mean
from lexaudit_evidence.subject import (
    Declaration,
    Selection,
    input_columns,
    load_network,
    load_table,
    network_inputs,
    read_declaration,
    select,
)
from lexaudit_evidence.table import Column

STRENGTHS = (0.0, 0.02, 0.05, 0.1)
MAX_ROWS = 4000
"""Above this many rows a random sample of them is attacked."""

MAX_WHOLE_CHANGES = 20_000_000
"""Up to this many changed rows, every change by whole numbers is tried instead of rounding what the attack found."""

LIBRARIES = ("torch", "adversarial-robustness-toolbox", "numpy")
"""What the probe measures with, by the names under which it is installed (`art` alone is another project)."""

ATTACKS = ("pgd_cross_entropy", "pgd_margin", "single_step", "random_search", "random_noise")

METHOD = (
    "Evasion within the L∞ ball around each standardised input, only in columns declared changeable and within their "
    "declared ranges. Attacks: projected gradient descent (Madry et al. 2018) by the Adversarial Robustness Toolbox, "
    "{steps} steps from the input and from {restarts} random starts, with cross-entropy and with margin loss; one "
    "gradient step; the best of {queries} random corners; one random change. A row counts as robust at a strength when "
    "no attack at it or below changes a right decision into a wrong one. Decisions on every changed input were made "
    "again by a second implementation (NumPy, float64), and every input was checked to lie within its bounds. Checks "
    "for gradient masking follow Carlini et al. 2019 (arXiv:1902.06705). 95 % intervals: Wilson."
)

LIMITS = (
    "Attacks show what is wrong, not what is right: the true accuracy under attack is at most the figure given.",
    "Strengths are in standard deviations of each input (the scale the manifest states); whether a change of this size "
    "is plausible for a given person is not examined.",
    "The attacker knows the weights and moves inputs by fractions, also those that are counts; the `feasible` figures "
    "allow only whole numbers for columns of type integer.",
    "Only the network is attacked, not the way data get into it or what people do with its output.",
    "Another machine or version of torch may find slightly different inputs; the inputs found are kept and can be "
    "checked by one forward pass.",
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an attacker may do to each input."""

    changeable: NDArray[np.bool_]
    """Which inputs may change at all."""
    whole: NDArray[np.bool_]
    """Which of them are whole numbers."""
    low: NDArray[np.float64]
    """The smallest raw value."""
    high: NDArray[np.float64]
    """The largest raw value."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything that an attack needs, read and checked."""

    inputs: Inputs
    network: Network
    bounds: Bounds
    selection: Selection
    raw: NDArray[np.float64]
    labels: NDArray[np.int64]


class Robustness:
    """Attacks a network's inputs and reports the accuracy that is left."""

    name = "robustness"
    version = "1"
    subjects = frozenset({"model"})
    reads_clock = False
    entry = "lexaudit_evidence.evasion:attack"
    """The function that runs in the probe's process."""
    roots: tuple[Path, ...] = ()
    """Further folders that the probe's process imports from."""
    memory_bytes = probe.MEMORY_BYTES

    def check(self, parameters: Mapping[str, Any]) -> list[str]:
        """See `Collector.check`."""
        known = ("strengths", "norm", "at")
        problems = [
            f"unknown parameter `{name}`; {did_you_mean(name, known)}" for name in parameters if name not in known
        ]
        strengths = parameters.get("strengths", list(STRENGTHS))
        if not isinstance(strengths, list) or not strengths or not all(_is_strength(value) for value in strengths):
            problems.append(f"`strengths` must be a list of numbers from 0 on, not `{strengths}`")
        elif strengths != sorted(set(strengths)) or strengths[-1] == 0:
            problems.append(f"`strengths` must rise, and end above 0, unlike `{strengths}`")
        elif parameters.get("at", strengths[-1]) not in strengths:
            problems.append(f"`at` must be one of the strengths, not `{parameters['at']}`")
        if parameters.get("norm", "linf") != "linf":
            problems.append(f"the norm `{parameters['norm']}` cannot be measured; known: `linf`")
        return problems

    def inspect(self, need: Need, graph: Graph, workspace: Workspace) -> Inputs | Missing:
        """See `Collector.inspect`."""
        prepared = _prepare(need, graph, workspace)
        return prepared if isinstance(prepared, Missing) else prepared.inputs

    def measure(self, need: Need, inputs: Inputs, graph: Graph, workspace: Workspace) -> Evidence | Missing:
        """See `Collector.measure`."""
        try:
            prepared = _prepare(need, graph, workspace)
        except InputError as error:
            return Missing(need, f"the data changed while they were being measured: {error.message}", error.advice)
        if isinstance(prepared, Missing):
            return prepared
        if dict(prepared.inputs.digests) != dict(inputs.digests):
            return Missing(need, "the data changed while they were being measured", "run the audit again")
        strengths = [float(value) for value in need.parameters.get("strengths", STRENGTHS)]
        folder = workspace.scratch / "probe"
        folder.mkdir()
        try:
            request = _request(prepared, [value for value in strengths if value > 0], workspace.seed, folder)
            answer = probe.run(
                self.entry,
                request,
                folder,
                workspace.timeout_seconds,
                workspace.progress,
                roots=self.roots,
                memory_bytes=self.memory_bytes,
            )
            if isinstance(answer, probe.Stopped):
                return Missing(need, answer.reason, answer.advice)
            attacked = _checked(answer, prepared, request["strengths"])
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(attacked, str):
            return Missing(
                need,
                f"the probe's answer does not hold: {attacked}",
                "the probe that gave it, or a library under it, is at fault",
            )
        value, kept = _value(prepared, attacked, strengths, float(need.parameters.get("at", strengths[-1])))
        workspace.progress(1.0, "attacked")
        return Evidence(
            need,
            value,
            METHOD.format(steps=attacked.steps, restarts=attacked.restarts, queries=attacked.queries),
            {
                "rows": len(prepared.labels),
                "selected": prepared.selection.how,
                "rows_digest": prepared.selection.digest,
                "rows_digest_of": "the positions of the rows from zero, as little-endian 64-bit integers",
            },
            self.version,
            workspace.seed,
            _environment(),
            prepared.inputs.digests,
            {"adversarial.npz": _keep(kept, workspace.scratch / "adversarial.npz")},
            workspace.at,
            LIMITS,
        )


def _environment() -> dict[str, Any]:
    libraries = {name: installed(name) for name in LIBRARIES}
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **libraries,
        "device": "cpu",
        "threads": 1,
        "precision": "float32 in the attack, float64 in the verdict",
    }


def _is_installed(library: str) -> bool:
    try:
        installed(library)
    except PackageNotFoundError:
        return False
    return True


# what is attacked ---------------------------------------------------------------------------------------------------


def _prepare(need: Need, graph: Graph, workspace: Workspace) -> _Prepared | Missing:
    model = graph.nodes[need.subject]
    declaration = read_declaration(model, graph)
    if isinstance(declaration, str):
        return Missing(need, declaration, "state `measured_on` with dataset and label for the model")
    if declaration.weights is None:
        return Missing(
            need,
            f"`{model.label}` declares no weights, and recorded predictions cannot be attacked",
            "declare its safetensors file under `weights`, or ask its supplier for a robustness report",
        )
    network, digest = load_network(declaration, workspace.root)
    table = load_table(declaration, workspace.root, input_columns(declaration))
    selection = _sampled(select(declaration, table), workspace.seed)
    raw = network_inputs(network, table, selection.rows, place_of(model, "weights"))
    labels = table.binary(declaration.label, selection.rows)
    bounds = _bounds(declaration, network.inputs)
    for at, name in enumerate(network.inputs):
        outside = np.flatnonzero((raw[:, at] < bounds.low[at]) | (raw[:, at] > bounds.high[at]))
        if outside.size:
            column = Column(name, "input of the network", place_of(declaration.dataset, "columns"))
            limits = f"{bounds.low[at]:g} to {bounds.high[at]:g}"
            raise table.wrong_value(
                column,
                int(selection.rows[outside[0]]),
                f"lies outside the declared range {limits}",
                "correct the value, or declare the range that the column really has",
            )
    if not bounds.changeable.any():
        return Missing(
            need,
            f"no input of `{model.label}` is declared changeable, so there is nothing an attacker could do",
            f"state `changeable: true` and a `range` for such columns of `{declaration.dataset.label}`",
        )
    if not all(map(_is_installed, LIBRARIES)):
        return Missing(need, "needs the extra `lexaudit[probes]`", "pip install 'lexaudit[probes]'")
    digests = {
        f"dataset:{declaration.dataset.name}": table.digest,
        f"weights:{model.name}": digest,
        f"declaration:{model.name}": declaration.digest,
    }
    strengths = need.parameters.get("strengths", STRENGTHS)
    summary = f"accuracy of {model.label} under attack at {len(strengths)} strengths on {len(labels)} rows"
    return _Prepared(
        Inputs(digests, 8 + len(labels) * len(strengths) * 1e-3, summary), network, bounds, selection, raw, labels
    )


def _sampled(selection: Selection, seed: int) -> Selection:
    if selection.rows.size <= MAX_ROWS:
        return selection
    rows = np.sort(np.random.default_rng(seed).choice(selection.rows, MAX_ROWS, replace=False))
    return Selection(rows, f"{MAX_ROWS} of the {selection.rows.size} {selection.how}, drawn with the seed")


def _bounds(declaration: Declaration, inputs: Sequence[str]) -> Bounds:
    columns = declaration.dataset.attributes.get("columns") or {}
    place = place_of(declaration.dataset, "columns")
    changeable, whole, low, high = [], [], [], []
    for name in inputs:
        declared = columns.get(name) or {}
        if not isinstance(declared, Mapping):
            raise InputError(
                f"`columns.{name}` must be a mapping such as `{{type: integer, range: [0, 9]}}`", place=place
            )
        limits = declared.get("range")
        if limits is not None and not _is_range(limits):
            raise InputError(f"`columns.{name}.range` must be two numbers, the smaller first", place=place)
        if declared.get("changeable") is True and limits is None:
            raise InputError(
                f"`{name}` is declared changeable without a `range`",
                place=place,
                advice="state the smallest and largest value it can plausibly have, such as `range: [0, 40]`",
            )
        changeable.append(declared.get("changeable") is True)
        whole.append(declared.get("type") == "integer")
        low.append(float(limits[0]) if limits else -math.inf)
        high.append(float(limits[1]) if limits else math.inf)
    return Bounds(np.array(changeable), np.array(whole), np.array(low), np.array(high))


def _is_strength(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _is_range(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item) for item in value)
        and value[0] < value[1]
    )


# asking the probe ---------------------------------------------------------------------------------------------------


def _box(prepared: _Prepared) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The declared ranges as the network sees them; inputs without one get bounds that nothing reaches."""
    far = 1e6
    low = prepared.network.standardised(np.where(np.isfinite(prepared.bounds.low), prepared.bounds.low, -far))
    high = prepared.network.standardised(np.where(np.isfinite(prepared.bounds.high), prepared.bounds.high, far))
    return low.astype(np.float32), high.astype(np.float32)


def _request(prepared: _Prepared, strengths: Sequence[float], seed: int, folder: Path) -> dict[str, Any]:
    network = prepared.network
    low, high = _box(prepared)
    arrays: dict[str, Any] = {
        "x": network.standardised(prepared.raw).astype(np.float32),
        "y": prepared.labels,
        "lower": low,
        "upper": high,
        "changeable": prepared.bounds.changeable,
    }
    for at, (weight, bias) in enumerate(network.layers):
        arrays[f"weight{at}"], arrays[f"bias{at}"] = weight, bias
    np.savez(folder / "request.npz", **arrays)
    return {
        "strengths": list(strengths),
        "seed": seed,
        "layers": len(network.layers),
        "activation": network.activation,
        "threshold_log_odds": math.log(network.at_least / (1 - network.at_least)),
    }


@dataclass(frozen=True, slots=True)
class _Attacked:
    """What the probe found, after it was checked."""

    adversarial: NDArray[np.float32]
    """Attacks × strengths × rows × inputs, standardised."""
    sanity: NDArray[np.float32]
    """Strengths without bounds × rows × inputs."""
    sanity_strengths: tuple[float, ...]
    zero_gradients: int
    steps: int
    restarts: int
    queries: int


def _checked(answer: probe.Response, prepared: _Prepared, strengths: Sequence[float]) -> _Attacked | str:
    """The probe's answer as values; what is wrong with it in words otherwise. Nothing of it is believed unseen."""
    rows, inputs = prepared.raw.shape
    value = answer.value
    if value.get("attacks") != list(ATTACKS) or value.get("strengths") != list(strengths):
        return "it names other attacks or strengths than were asked for"
    wanted = [value.get(name) for name in ("zero_gradients", "steps", "restarts", "queries")]
    counts = [count for count in wanted if isinstance(count, int) and not isinstance(count, bool) and count >= 0]
    unbounded = value.get("sanity_strengths")
    if len(counts) != len(wanted):
        return "a count is not a whole number"
    if counts[0] > rows or not isinstance(unbounded, list) or not unbounded or not all(map(_is_strength, unbounded)):
        return "a figure is out of its range"
    found = _array(answer.folder / "adversarial.npy", (len(ATTACKS), len(strengths), rows, inputs))
    sanity = _array(answer.folder / "sanity.npy", (len(unbounded), rows, inputs))
    if isinstance(found, str) or isinstance(sanity, str):
        return found if isinstance(found, str) else str(sanity)
    x = prepared.network.standardised(prepared.raw).astype(np.float32)
    low, high = _box(prepared)
    moved = np.abs(found - x)
    slack = 1e-5
    if (moved > np.array(strengths, dtype=np.float32)[None, :, None, None] + slack).any():
        return "an input was moved further than the strength allows"
    if (moved[..., ~prepared.bounds.changeable] > slack).any():
        return "an input that may not change was changed"
    if (found < low - slack).any() or (found > high + slack).any():
        return "an input lies outside its declared range"
    return _Attacked(found, sanity, tuple(map(float, unbounded)), *counts)


def _array(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32] | str:
    if not path.is_file() or path.is_symlink():
        return f"`{path.name}` is not there"
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError):
        return f"`{path.name}` cannot be read"
    if not isinstance(values, np.ndarray) or values.dtype != np.float32 or values.shape != shape:
        return f"`{path.name}` has another shape or type than was asked for"
    if not np.isfinite(values).all():
        return f"`{path.name}` holds values that are not finite"
    return values


# what it means ---------------------------------------------------------------------------------------------------


def _value(
    prepared: _Prepared, attacked: _Attacked, strengths: Sequence[float], at: float
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    network, labels = prepared.network, prepared.labels
    x = network.standardised(prepared.raw).astype(np.float32)
    rows = len(labels)
    clean = network.decisions(x.astype(np.float64)) == labels
    # INVARIANT: verdicts come from this forward pass, never from the probe's own words
    right = np.array(
        [[network.decisions(found.astype(np.float64)) == labels for found in attack] for attack in attacked.adversarial]
    )
    positive = [value for value in strengths if value > 0]
    held = clean.copy()
    worst = x.copy()
    curve: list[dict[str, Any]] = []
    kept: dict[str, NDArray[Any]] = {
        "examples": np.empty((len(positive), *x.shape), dtype=np.float32),
        "broken": np.empty((len(positive), rows), dtype=np.bool_),
    }
    for strength in strengths:
        entry: dict[str, Any] = {"strength": strength}
        if strength > 0:
            which = positive.index(strength)
            for attack in range(len(ATTACKS)):
                newly = held & ~right[attack, which]
                worst[newly] = attacked.adversarial[attack, which][newly]
                held &= right[attack, which]
            kept["examples"][which], kept["broken"][which] = worst, clean & ~held
            entry["attacks"] = {name: int(right[attack, which].sum()) for attack, name in enumerate(ATTACKS)}
        entry["robust_accuracy"] = _share(int(held.sum()), rows)
        entry["feasible"] = _feasible(prepared, worst, clean, strength)
        curve.append(entry)
    checks = _masking(right, attacked, prepared, clean, positive)
    reference = curve[list(strengths).index(at)]
    value = {
        "at": at,
        "norm": "linf",
        "unit": "standard deviations of each input",
        "confidence": 0.95,
        "changeable": [name for name, free in zip(network.inputs, prepared.bounds.changeable, strict=True) if free],
        "clean_accuracy": _share(int(clean.sum()), rows),
        "robust_accuracy": reference["robust_accuracy"],
        "feasible_robust_accuracy": reference["feasible"],
        "curve": curve,
        "checks": checks,
        "gradient_masking_suspected": not all(check["holds"] for check in checks),
    }
    names = np.array(network.inputs, dtype=np.str_)
    return value, {
        "rows": prepared.selection.rows,
        "labels": labels,
        "inputs": names,
        "standardised": x,
        "strengths": np.array(positive),
        **kept,
    }


def _share(k: int, n: int) -> dict[str, Any]:
    return {**wilson(k, n).plain(), "k": k}


def _feasible(
    prepared: _Prepared, worst: NDArray[np.float32], clean: NDArray[np.bool_], strength: float
) -> dict[str, Any]:
    """What is left when columns of whole numbers may change by whole numbers only."""
    bounds, network = prepared.bounds, prepared.network
    free = np.flatnonzero(bounds.changeable)
    reach = np.floor(strength * network.scale + 1e-9).astype(int)
    changes = math.prod(2 * int(reach[at]) + 1 for at in free) if bounds.whole[free].all() else 0
    if 0 < changes <= MAX_WHOLE_CHANGES // len(clean):
        held = clean.copy()
        for change in itertools.product(*(range(-int(reach[at]), int(reach[at]) + 1) for at in free)):
            moved = prepared.raw.copy()
            moved[:, free] += change
            inside = ((moved >= bounds.low) & (moved <= bounds.high)).all(axis=1)
            held &= ~inside | (network.decisions(network.standardised(moved)) == prepared.labels)
        how = f"each of {changes} changes by whole numbers was tried on every row"
    else:
        x = network.standardised(prepared.raw)
        raw = prepared.raw + (worst - x) * network.scale
        moved = np.where(bounds.whole, prepared.raw + np.trunc(raw - prepared.raw), raw)
        held = clean & (network.decisions(network.standardised(moved)) == prepared.labels)
        how = "the inputs that the attack found, with whole numbers rounded towards the original"
    return {**_share(int(held.sum()), len(clean)), "how": how}


def _masking(
    right: NDArray[np.bool_],
    attacked: _Attacked,
    prepared: _Prepared,
    clean: NDArray[np.bool_],
    strengths: Sequence[float],
) -> list[dict[str, Any]]:
    """Signs that the attack failed and not the model held (Carlini et al. 2019, section 4 and 5)."""
    rows = len(clean)
    accuracy = {name: right[at].mean(axis=1) for at, name in enumerate(ATTACKS)}
    main = accuracy["pgd_cross_entropy"]
    unbounded = [
        float((prepared.network.decisions(found.astype(np.float64)) == prepared.labels).mean())
        for found in attacked.sanity
    ]
    zero = attacked.zero_gradients / rows

    def entry(check: str, holds: bool, found: str) -> dict[str, Any]:
        return {"check": check, "holds": bool(holds), "found": found}

    def gap(other: str) -> float:
        # how much weaker the main attack is than another one, at the strength where that shows most
        return float((main - accuracy[other]).max())

    return [
        entry(
            "accuracy falls to zero as the strength grows without bounds",
            min(unbounded) <= 0.05,
            "; ".join(
                f"{100 * share:.1f} % at {strength:g}"
                for strength, share in zip(attacked.sanity_strengths, unbounded, strict=True)
            ),
        ),
        entry(
            "a stronger attack never leaves more",
            all(after <= before + 0.005 for before, after in itertools.pairwise([float(clean.mean()), *main.tolist()])),
            "; ".join(f"{100 * share:.1f} % at {strength:g}" for strength, share in zip(strengths, main, strict=True)),
        ),
        entry(
            "many steps are at least as strong as one",
            gap("single_step") <= 0.005,
            f"largest lead of one step: {100 * gap('single_step'):.1f} points",
        ),
        entry(
            "gradients do more than random noise",
            gap("random_noise") <= 0.005,
            f"largest lead of noise: {100 * gap('random_noise'):.1f} points",
        ),
        entry(
            "a search without gradients is not stronger",
            gap("random_search") <= 0.02,
            f"largest lead of the search: {100 * gap('random_search'):.1f} points",
        ),
        entry(
            "a loss that cannot saturate is not much stronger",
            gap("pgd_margin") <= 0.02,
            f"largest lead of the margin loss: {100 * gap('pgd_margin'):.1f} points",
        ),
        entry("gradients do not vanish", zero <= 0.01, f"no gradient at {attacked.zero_gradients} of {rows} rows"),
    ]


def _keep(arrays: Mapping[str, NDArray[Any]], path: Path) -> Digest:
    """Write arrays as an .npz whose bytes depend on nothing but them, and give its digest."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), part.getvalue())
    path.write_bytes(whole.getvalue())
    return digest_bytes(whole.getvalue())
