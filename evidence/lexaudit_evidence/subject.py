"""What a model declares about being measured: on which data, against which label, with which outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexaudit.canonical import Digest, digest_bytes, digest_of
from lexaudit.errors import InputError, Place
from lexaudit.graph import Graph, Kind, Node
from lexaudit_evidence.file import place_of, read_file
from lexaudit_evidence.mlp import Network, read_network, refuse_pickle
from lexaudit_evidence.spelling import did_you_mean
from lexaudit_evidence.table import Column, Table, read_table


@dataclass(frozen=True, slots=True)
class Declaration:
    """A model's blocks `measured_on`, `predictions` and `weights`, checked."""

    model: Node
    """The model."""
    dataset: Node
    """The dataset it is measured on; it names a file."""
    label: Column
    """The column with what really happened."""
    sensitive: tuple[Column, ...]
    """The columns whose groups are compared."""
    selection: tuple[Column, str] | None
    """The column and value that select the rows; all rows when none."""
    prediction: Column | None
    """The column with recorded outputs."""
    at_least: float | None
    """From which recorded output on the decision is 1; none when the column holds decisions."""
    weights: Mapping[str, Any] | None
    """The `weights` block."""

    @property
    def digest(self) -> Digest:
        """The digest of what is declared: change a threshold or a label and it is another measurement."""
        attributes = self.model.attributes
        return digest_of(
            {
                "measured_on": attributes.get("measured_on"),
                "predictions": attributes.get("predictions"),
                "weights": attributes.get("weights"),
                "dataset": self.dataset.id,
                "columns": self.dataset.attributes.get("columns"),
            }
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that are measured."""

    rows: NDArray[np.int64]
    """Their positions in the file, from zero."""
    how: str
    """How they were selected, in words."""

    @property
    def digest(self) -> Digest:
        """The digest of the positions, as little-endian 64-bit numbers."""
        return digest_bytes(self.rows.astype("<i8").tobytes())


def read_declaration(model: Node, graph: Graph) -> Declaration | str:
    """What a model declares; a reason in words where it declares too little to be measured at all.

    Raises `InputError` where what it declares is wrong. Reads no file.
    """
    block = model.attributes.get("measured_on")
    if block is None:
        return f"`{model.label}` does not say on which data it is measured"
    place = place_of(model, "measured_on")
    _check_keys(block, "measured_on", ("dataset", "label", "sensitive", "rows"), place)
    dataset = _dataset(model, graph, block.get("dataset"), place)
    if not dataset.attributes.get("path"):
        return f"`{dataset.label}`, on which `{model.label}` is measured, names no file"
    prediction, at_least = _predictions(model)
    weights = model.attributes.get("weights")
    if weights is not None and not isinstance(weights.get("file"), str):
        raise InputError("`weights` needs `file`: the safetensors file", place=place_of(model, "weights"))
    return Declaration(
        model,
        dataset,
        Column(_text(block, "label", "measured_on", place), "label", place),
        tuple(Column(name, "sensitive attribute", place) for name in _texts(block, "sensitive", place)),
        _selection(block, place),
        prediction,
        at_least,
        weights,
    )


def select(declaration: Declaration, table: Table) -> Selection:
    """The declared rows of a table. Raises `InputError` when there are none."""
    if declaration.selection is None:
        return Selection(np.arange(table.rows, dtype=np.int64), f"all rows of `{table.file}`")
    column, value = declaration.selection
    rows = table.positions(column.name, value)
    if rows.size == 0:
        known = sorted(set(table.columns[column.name]))
        raise InputError(
            f"no row of `{table.file}` has `{value}` in the column `{column.name}`: nothing is left to measure",
            place=column.place,
            advice=did_you_mean(value, known),
        )
    return Selection(rows, f"rows of `{table.file}` with `{value}` in the column `{column.name}`")


def load_table(declaration: Declaration, root: Path, more: Sequence[Column] = ()) -> Table:
    """The columns of the dataset that the declaration and the caller need."""
    wanted = [declaration.label, *more]
    if declaration.selection is not None:
        wanted.append(declaration.selection[0])
    if declaration.weights is None and declaration.prediction is not None:
        wanted.append(declaration.prediction)
    return read_table(declaration.dataset, root, list({column.name: column for column in reversed(wanted)}.values()))


def load_network(declaration: Declaration, root: Path) -> tuple[Network, Digest]:
    """The declared network with its weights, and the digest of their file. Raises `InputError`."""
    weights = declaration.weights
    if weights is None:
        raise ValueError("the model declares no weights")
    place = place_of(declaration.model, "weights")
    name = str(weights["file"])
    refuse_pickle(b"", name, place)
    content = read_file(root, name, declaration.model, place)
    return read_network(content, weights, place), digest_bytes(content)


def input_columns(declaration: Declaration) -> list[Column]:
    """The columns that the declared network reads, as far as its declaration lists them."""
    weights = declaration.weights or {}
    architecture = weights.get("architecture")
    names = architecture.get("inputs") if isinstance(architecture, Mapping) else None
    place = place_of(declaration.model, "weights")
    return [Column(name, "input of the network", place) for name in names or [] if isinstance(name, str)]


def network_inputs(network: Network, table: Table, rows: NDArray[np.int64], place: Place) -> NDArray[np.float64]:
    """The raw inputs of the network at these rows, one column for each input."""
    columns = [table.numbers(Column(name, "input of the network", place), rows) for name in network.inputs]
    return np.stack(columns, axis=1)


def _dataset(model: Node, graph: Graph, ref: Any, place: Place) -> Node:
    if not isinstance(ref, str) or not ref:
        raise InputError("`measured_on` needs `dataset`", place=place, advice="name a dataset of the manifest")
    name, _, version = ref.removeprefix("dataset/").partition("@")
    datasets = list(graph.of_kind(Kind.DATASET))
    found = [node for node in datasets if node.id == ref]
    found = found or [node for node in datasets if node.name == name and version in ("", node.version)]
    if len(found) > 1:
        space = model.id.partition(":")[2].partition("/")[0]
        found = [node for node in found if node.id.startswith(f"dataset:{space}/")] or found
    if len(found) > 1:
        raise InputError(
            f"`{ref}` could be {', '.join(f'`{node.id}`' for node in found)}",
            place=place,
            advice="write the version after an `@`",
        )
    if not found:
        raise InputError(
            f"`measured_on` names the dataset `{ref}`, which is not described anywhere",
            place=place,
            advice=did_you_mean(name, [node.name for node in datasets]),
        )
    return found[0]


def _predictions(model: Node) -> tuple[Column | None, float | None]:
    block = model.attributes.get("predictions")
    if block is None:
        return None, None
    place = place_of(model, "predictions")
    _check_keys(block, "predictions", ("column", "at_least"), place)
    limit = block.get("at_least")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float)):
        raise InputError(f"`predictions.at_least` must be a number, not `{limit}`", place=place)
    column = Column(_text(block, "column", "predictions", place), "prediction", place)
    return column, None if limit is None else float(limit)


def _selection(block: Mapping[str, Any], place: Place) -> tuple[Column, str] | None:
    rows = block.get("rows")
    if rows is None:
        return None
    if not isinstance(rows, Mapping) or set(rows) != {"column", "equals"}:
        raise InputError("`measured_on.rows` must be `{column: …, equals: …}`", place=place)
    value = rows["equals"]
    equals = str(value).lower() if isinstance(value, bool) else str(value)
    return Column(_text(rows, "column", "measured_on.rows", place), "column that selects the rows", place), equals


def _text(block: Mapping[str, Any], key: str, of: str, place: Place) -> str:
    value = block.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(f"`{of}` needs `{key}`: the name of a column", place=place)
    return value


def _texts(block: Mapping[str, Any], key: str, place: Place) -> list[str]:
    value = block.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"`measured_on.{key}` must be a list of columns", place=place)
    return list(dict.fromkeys(value))


def _check_keys(block: Any, name: str, known: Sequence[str], place: Place) -> None:
    if not isinstance(block, Mapping):
        raise InputError(f"`{name}` must be a mapping", place=place)
    for key in block:
        if key not in known:
            raise InputError(f"unknown field `{key}` of `{name}`", place=place, advice=did_you_mean(str(key), known))
