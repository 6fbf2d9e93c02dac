"""A small feed-forward network as the manifest declares it: read from safetensors without torch, run with NumPy.

The file format is a length, a JSON header and raw numbers (huggingface/safetensors, "Format"); nothing in it can run.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from lexaudit.errors import InputError, Place
from lexaudit_evidence.spelling import did_you_mean

Floats = NDArray[np.float64]

ACTIVATIONS = ("relu", "tanh", "sigmoid")
MAX_HEADER_BYTES = 100 * 1024 * 1024
PICKLE_SUFFIXES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt", ".joblib")

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
_LAYER = re.compile(r"(?P<prefix>.*?)(?P<index>\d+)\.(?P<part>weight|bias)\Z")


@dataclass(frozen=True, slots=True)
class Network:
    """A network that can be run: standardisation, layers and the threshold of its decision."""

    inputs: tuple[str, ...]
    """The columns it reads, in order."""
    mean: Floats
    """What is subtracted from each input."""
    scale: Floats
    """What each input is then divided by."""
    layers: tuple[tuple[Floats, Floats], ...]
    """Weight (outputs × inputs) and bias of each layer."""
    activation: str
    """What lies between the layers."""
    at_least: float
    """The probability from which on the decision is 1."""

    def standardised(self, values: Floats) -> Floats:
        """Raw inputs as the network sees them."""
        return (values - self.mean) / self.scale

    def margin(self, standardised: Floats) -> Floats:
        """The log-odds of class 1 above the threshold of the decision; the decision is 1 where it is not negative."""
        state = standardised
        for index, (weight, bias) in enumerate(self.layers):
            state = state @ weight.T + bias
            if index < len(self.layers) - 1:
                state = _activate(state, self.activation)
        odds = state[:, 0] if state.shape[1] == 1 else state[:, 1] - state[:, 0]
        return np.asarray(odds - math.log(self.at_least / (1 - self.at_least)), dtype=np.float64)

    def decisions(self, standardised: Floats) -> NDArray[np.int64]:
        """The decision for each row: 0 or 1."""
        return (self.margin(standardised) >= 0).astype(np.int64)


def _activate(state: Floats, activation: str) -> Floats:
    if activation == "relu":
        return np.maximum(state, 0.0)
    if activation == "tanh":
        return np.asarray(np.tanh(state), dtype=np.float64)
    return np.asarray(0.5 * (1 + np.tanh(state / 2)), dtype=np.float64)


def read_network(content: bytes, declared: Mapping[str, Any], place: Place) -> Network:
    """The network that a `weights` block declares, with the tensors of its file.

    Raises `InputError` for a pickle, a damaged file, a declaration that is incomplete, and tensors that do not fit it.
    """
    name = str(declared["file"])
    architecture = _mapping(declared, "architecture", place)
    inputs = _names(architecture, place)
    sizes = [len(inputs), *_sizes(architecture, place)]
    mean, scale = _standardisation(declared, inputs, place)
    return Network(
        inputs,
        mean,
        scale,
        _layers(read_tensors(content, name, place), sizes, name, place),
        _choice(architecture, "activation", ACTIVATIONS, "relu", place),
        _threshold(declared, place),
    )


def refuse_pickle(content: bytes, name: str, place: Place) -> None:
    """Raise `InputError` for a file that runs code when it is loaded."""
    zipped = content.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    pickled = content[:1] == b"\x80" and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")
    if zipped or pickled or name.lower().endswith(PICKLE_SUFFIXES):
        raise InputError(
            f"`{name}` is a pickle, which runs whatever code it contains when it is loaded",
            place=place,
            advice='convert to safetensors: `safetensors.torch.save_file(model.state_dict(), "model.safetensors")`',
        )


def read_tensors(content: bytes, name: str, place: Place) -> dict[str, Floats]:
    """The tensors of a safetensors file, checked before any number is read. Raises `InputError`."""
    refuse_pickle(content, name, place)

    def broken(what: str) -> InputError:
        return InputError(
            f"`{name}` is not a sound safetensors file: {what}",
            place=place,
            advice="save the weights again with safetensors",
        )

    if len(content) < 8:
        raise broken("it is too short")
    size = int.from_bytes(content[:8], "little")
    if size > MAX_HEADER_BYTES or 8 + size > len(content):
        raise broken("its header does not fit into it")
    try:
        header = json.loads(content[8 : 8 + size])
    except (ValueError, RecursionError) as error:
        raise broken("its header is not JSON") from error
    if not isinstance(header, dict):
        raise broken("its header is not a mapping")
    data = memoryview(content)[8 + size :]
    tensors: dict[str, Floats] = {}
    ends: list[tuple[int, int]] = []
    for key, entry in sorted(header.items()):
        if key == "__metadata__":
            continue
        tensors[key], extent = _tensor(key, entry, data, broken)
        ends.append(extent)
    ends.sort()
    if any(first[1] > second[0] for first, second in itertools.pairwise(ends)):
        raise broken("its tensors overlap")
    return tensors


def _tensor(
    key: str, entry: Any, data: memoryview, broken: Callable[[str], InputError]
) -> tuple[Floats, tuple[int, int]]:
    fields = entry if isinstance(entry, dict) else {}
    shape, extent, kind = fields.get("shape"), fields.get("data_offsets"), fields.get("dtype")
    if not _whole(shape) or not _whole(extent) or len(extent) != 2:
        raise broken(f"the entry of `{key}` is incomplete")
    if kind not in _TYPES:
        raise broken(f"`{key}` is of type `{kind}`, and only {', '.join(_TYPES)} can be read")
    begin, end = extent
    if not begin <= end <= len(data) or end - begin != math.prod(shape) * np.dtype(_TYPES[kind]).itemsize:
        raise broken(f"the extent of `{key}` does not fit its shape; the file may be truncated")
    values = np.frombuffer(data[begin:end], dtype=_TYPES[kind]).astype(np.float64).reshape(shape)
    if not np.isfinite(values).all():
        raise broken(f"`{key}` holds values that are not finite")
    return values, (begin, end)


def _whole(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(
        isinstance(item, int) and not isinstance(item, bool) and item >= 0 for item in value
    )


def _layers(
    tensors: Mapping[str, Floats], sizes: Sequence[int], name: str, place: Place
) -> tuple[tuple[Floats, Floats], ...]:
    expected = [f"{sizes[i + 1]}×{sizes[i]}" for i in range(len(sizes) - 1)]
    found = ", ".join(f"`{key}` {'×'.join(map(str, value.shape))}" for key, value in tensors.items()) or "no tensors"

    def misfit(what: str) -> InputError:
        return InputError(
            f"the weights in `{name}` do not fit the declared architecture: {what}",
            place=place,
            advice=f"the file has {found}; weights of {', '.join(expected)} with their biases are expected, named in "
            "order such as `0.weight`, `0.bias`, `2.weight` …",
        )

    parts: dict[int, dict[str, Floats]] = {}
    prefixes: set[str] = set()
    for key, value in tensors.items():
        match = _LAYER.match(key)
        if match is None:
            raise misfit(f"`{key}` is no layer of it")
        prefixes.add(match["prefix"])
        parts.setdefault(int(match["index"]), {})[match["part"]] = value
    if len(prefixes) > 1:
        names = ", ".join(f"`{prefix}`" for prefix in sorted(prefixes))
        raise misfit(f"the tensors have different names before their number: {names}")
    if len(parts) != len(sizes) - 1:
        raise misfit(f"it has {len(parts)} layers instead of {len(sizes) - 1}")
    layers = []
    for at, (index, pair) in enumerate(sorted(parts.items())):
        if set(pair) != {"weight", "bias"}:
            raise misfit(f"layer `{index}` has no {'bias' if 'weight' in pair else 'weight'}")
        if pair["weight"].shape != (sizes[at + 1], sizes[at]):
            raise misfit(f"`{index}.weight` is {'×'.join(map(str, pair['weight'].shape))} instead of {expected[at]}")
        if pair["bias"].shape != (sizes[at + 1],):
            raise misfit(f"`{index}.bias` is {'×'.join(map(str, pair['bias'].shape))} instead of {sizes[at + 1]}")
        layers.append((pair["weight"], pair["bias"]))
    return tuple(layers)


def _mapping(block: Mapping[str, Any], key: str, place: Place) -> Mapping[str, Any]:
    value = block.get(key)
    if not isinstance(value, Mapping):
        raise InputError(
            f"`weights` needs `{key}` as a mapping",
            place=place,
            advice="weights: {file: …, architecture: {type: mlp, inputs: […], hidden: […], outputs: 1}, inputs: {…}}",
        )
    return value


def _names(architecture: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    kind = architecture.get("type")
    if kind != "mlp":
        raise InputError(
            f"the architecture `{kind}` cannot be run",
            place=place,
            advice="known: `mlp`; or record predictions in a column",
        )
    names = architecture.get("inputs")
    if not isinstance(names, list) or not names or not all(isinstance(item, str) for item in names):
        raise InputError("`architecture.inputs` must list the columns the network reads, in order", place=place)
    return tuple(names)


def _sizes(architecture: Mapping[str, Any], place: Place) -> list[int]:
    hidden, outputs = architecture.get("hidden", []), architecture.get("outputs", 1)
    if not _whole(hidden) or 0 in hidden:
        raise InputError(
            "`architecture.hidden` must list the widths of the hidden layers", place=place, advice="such as `[16, 8]`"
        )
    if outputs not in (1, 2) or isinstance(outputs, bool):
        raise InputError(
            f"`architecture.outputs` is `{outputs}`, and only binary decisions can be measured",
            place=place,
            advice="use 1 (one log-odds) or 2 (one for each class)",
        )
    return [*hidden, outputs]


def _choice(block: Mapping[str, Any], key: str, choices: Sequence[str], default: str, place: Place) -> str:
    value = str(block.get(key, default))
    if value not in choices:
        raise InputError(f"the {key} `{value}` cannot be run", place=place, advice=did_you_mean(value, choices))
    return value


def _standardisation(declared: Mapping[str, Any], inputs: Sequence[str], place: Place) -> tuple[Floats, Floats]:
    block = declared.get("inputs", {})
    if not isinstance(block, Mapping):
        raise InputError("`weights.inputs` must give mean and scale of each input", place=place)
    for name in block:
        if name not in inputs:
            raise InputError(
                f"`weights.inputs` names `{name}`, which the network does not read",
                place=place,
                advice=did_you_mean(str(name), inputs),
            )
    mean, scale = [], []
    for name in inputs:
        entry = block.get(name, {"mean": 0.0, "scale": 1.0})
        centre, unit = (entry.get("mean", 0.0), entry.get("scale", 1.0)) if isinstance(entry, Mapping) else (None, None)
        if not _finite(centre) or not _finite(unit) or unit <= 0:
            raise InputError(f"`weights.inputs.{name}` needs a `mean` and a positive `scale`", place=place)
        mean.append(float(centre))
        scale.append(float(unit))
    return np.array(mean), np.array(scale)


def _threshold(declared: Mapping[str, Any], place: Place) -> float:
    decision = declared.get("decision", {})
    value = decision.get("at_least", 0.5) if isinstance(decision, Mapping) else None
    if not _finite(value) or not 0 < value < 1:
        raise InputError(
            "`weights.decision.at_least` must be a probability between 0 and 1", place=place, advice="such as `0.5`"
        )
    return float(value)


def _finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
