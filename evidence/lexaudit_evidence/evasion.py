"""The attacks of the robustness probe; runs inside the limited process and answers with the inputs it found.

Every attack gets the same box: inputs may move by at most the strength, in standard deviations, only where they may
change and within their declared ranges. The answers are inputs, not verdicts: whoever asked runs the model on them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

with warnings.catch_warnings():
    # ART imports optional parts of other libraries, which warn
    warnings.simplefilter("ignore")
    from art.attacks.evasion import ProjectedGradientDescentPyTorch
    from art.estimators.classification import PyTorchClassifier

STEPS = 40
RESTARTS = 6
QUERIES = 200
SANITY_STRENGTHS = (1.0, 3.0, 10.0, 30.0)
"""Strengths without any range or fixed input, at which an attack that works breaks everything."""

Floats = NDArray[np.float32]


class MarginLoss(torch.nn.Module):
    """How far the other class is ahead: its gradient does not vanish where probabilities saturate."""

    reduction = "mean"

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The mean over the batch, as ART expects of a loss."""
        right = target if target.ndim == 1 else target.argmax(dim=1)
        own = logits.gather(1, right[:, None])[:, 0]
        return (logits.gather(1, 1 - right[:, None])[:, 0] - own).mean()


def attack(request: dict[str, Any], folder: Path, progress: Callable[[float, str], None]) -> dict[str, Any]:
    """Attack the network in `request.npz`; write `adversarial.npy` (attacks × strengths × rows × inputs)."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    given = np.load(folder / "request.npz", allow_pickle=False)
    x, y = given["x"].astype(np.float32), given["y"].astype(np.int64)
    lower, upper = given["lower"].astype(np.float32), given["upper"].astype(np.float32)
    free = given["changeable"].astype(np.float32)
    network = _network(given, request)
    losses = {"pgd_cross_entropy": torch.nn.CrossEntropyLoss(), "pgd_margin": MarginLoss()}
    strengths = [float(value) for value in request["strengths"]]
    names = [*losses, "single_step", "random_search", "random_noise"]
    found = np.empty((len(names), len(strengths), *x.shape), dtype=np.float32)
    for at, strength in enumerate(strengths):
        for which, name in enumerate(names):
            progress(
                (at + which / len(names)) / (len(strengths) + 1), f"{name.replace('_', ' ')} at strength {strength:g}"
            )
            # one stream for each attack and strength, so that adding one does not change the others
            seed = int(np.random.SeedSequence([request["seed"], at, which]).generate_state(1)[0])
            if name in losses:
                box = (lower, upper)
                found[which, at] = _gradient(network, losses[name], x, y, strength, free, box, seed, STEPS, RESTARTS)
            elif name == "single_step":
                loss = losses["pgd_cross_entropy"]
                found[which, at] = _gradient(network, loss, x, y, strength, free, (lower, upper), seed, 1, 0)
            else:
                tries = QUERIES if name == "random_search" else 1
                found[which, at] = _random(network, x, y, strength, free, (lower, upper), seed, tries)
    progress(len(strengths) / (len(strengths) + 1), "checking the attack")
    np.save(folder / "adversarial.npy", found, allow_pickle=False)
    np.save(folder / "sanity.npy", _sanity(network, x, y, request["seed"]), allow_pickle=False)
    return {
        "attacks": names,
        "strengths": strengths,
        "zero_gradients": _zero_gradients(network, x, y, free),
        "steps": STEPS,
        "restarts": RESTARTS,
        "queries": QUERIES,
        "sanity_strengths": list(SANITY_STRENGTHS),
    }


def _network(given: Any, request: dict[str, Any]) -> torch.nn.Module:
    activation = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}[request["activation"]]
    parts: list[torch.nn.Module] = []
    for index in range(request["layers"]):
        weight, bias = (torch.from_numpy(given[f"{part}{index}"].astype(np.float32)) for part in ("weight", "bias"))
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
        with torch.no_grad():
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
        parts += [layer, activation()]
    return _TwoLogits(torch.nn.Sequential(*parts[:-1]), float(request["threshold_log_odds"])).eval()


class _TwoLogits(torch.nn.Module):
    """A binary network as ART expects one: a logit for each class, the decision threshold at equality."""

    def __init__(self, body: torch.nn.Module, threshold: float) -> None:
        super().__init__()
        self.body = body
        self.threshold = threshold

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.body(x)
        odds = out[:, 0] if out.shape[1] == 1 else out[:, 1] - out[:, 0]
        half = (odds - self.threshold) / 2
        return torch.stack([-half, half], dim=1)


def _gradient(
    network: torch.nn.Module,
    loss: torch.nn.Module,
    x: Floats,
    y: NDArray[np.int64],
    strength: float,
    free: Floats,
    box: tuple[Floats, Floats] | None,
    seed: int,
    steps: int,
    restarts: int,
) -> Floats:
    """Projected gradient descent by ART, from the input itself and from random starts; the best for each row."""
    np.random.seed(seed)
    torch.manual_seed(seed)
    classifier = PyTorchClassifier(
        model=network, loss=loss, input_shape=x.shape[1:], nb_classes=2, clip_values=box, device_type="cpu"
    )
    step = strength if steps == 1 else 2.5 * strength / steps
    best = x
    for starts in (0, restarts) if restarts else (0,):
        method = ProjectedGradientDescentPyTorch(
            classifier,
            norm=np.inf,
            eps=strength,
            eps_step=step,
            max_iter=steps,
            num_random_init=starts,
            batch_size=4096,
            verbose=False,
        )
        best = _better(network, y, best, method.generate(x, y=np.eye(2, dtype=np.float32)[y], mask=free))
    return best


def _random(
    network: torch.nn.Module,
    x: Floats,
    y: NDArray[np.int64],
    strength: float,
    free: Floats,
    box: tuple[Floats, Floats],
    seed: int,
    tries: int,
) -> Floats:
    """Random changes without gradients: one draw inside the box, or the best of many corners of it."""
    random = np.random.default_rng(seed)
    best = x
    for _ in range(tries):
        drawn = random.uniform(-1, 1, x.shape) if tries == 1 else random.choice([-1.0, 1.0], x.shape)
        moved = np.clip(x + (strength * drawn * free).astype(np.float32), *box).astype(np.float32)
        best = _better(network, y, best, moved) if tries > 1 else moved
    return best


def _margins(network: torch.nn.Module, x: Floats, y: NDArray[np.int64]) -> Floats:
    with torch.no_grad():
        logits = network(torch.from_numpy(x)).numpy()
    return np.asarray(logits[np.arange(len(y)), y] - logits[np.arange(len(y)), 1 - y], dtype=np.float32)


def _better(network: torch.nn.Module, y: NDArray[np.int64], first: Floats, second: Floats) -> Floats:
    worse = _margins(network, second, y) < _margins(network, first, y)
    return np.where(worse[:, None], second, first).astype(np.float32)


def _zero_gradients(network: torch.nn.Module, x: Floats, y: NDArray[np.int64], free: Floats) -> int:
    """For how many rows the cross-entropy loss has no gradient to follow."""
    inputs = torch.from_numpy(x.copy()).requires_grad_(True)
    torch.nn.functional.cross_entropy(network(inputs), torch.from_numpy(y), reduction="sum").backward()  # type: ignore[no-untyped-call]
    gradient = inputs.grad if inputs.grad is not None else torch.zeros_like(inputs)
    return int((gradient.numpy() * free == 0).all(axis=1).sum())


def _sanity(network: torch.nn.Module, x: Floats, y: NDArray[np.int64], seed: int) -> Floats:
    everything = np.ones(x.shape[1], dtype=np.float32)
    loss = torch.nn.CrossEntropyLoss()
    return np.stack(
        [
            _gradient(network, loss, x, y, strength, everything, None, seed % 2**32, STEPS, 2)
            for strength in SANITY_STRENGTHS
        ]
    )
