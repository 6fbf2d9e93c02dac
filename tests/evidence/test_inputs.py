"""Everything a user can get wrong in data and weights, with the whole message."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexaudit.errors import InputError, Place
from lexaudit_evidence.fairness import Fairness
from lexaudit_evidence.mlp import read_tensors

HEADER = "y,p,g,split"
ROWS = ["0,1,a,test", "1,0,b,test", "1,1,a,train"]


def model(world: Any, *, predictions: dict[str, Any] | None = None, **measured_on: Any) -> Any:
    """A model on dataset `d`; `measured_on` stands on line 2 of the manifest, `predictions` on line 3."""
    block = {"dataset": "d", "label": "y", "sensitive": ["g"], **measured_on}
    return world.add("model", "m", measured_on=block, predictions=predictions or {"column": "p"})


def message(world: Any, subject: Any, **parameters: Any) -> str:
    with pytest.raises(InputError) as caught:
        world.inspect(Fairness(), subject, **parameters)
    return caught.value.render()


def test_a_file_that_is_not_there(world: Any) -> None:
    world.add("dataset", "d", path="data/compas.csv")
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: there is no file `data/compas.csv`\n"
        "  help: check the path; it is relative to the folder of the manifest"
    )


@pytest.mark.parametrize("path", ["../secret.csv", "/etc/passwd", "sub/../../secret.csv"])
def test_a_file_outside_the_folder(world: Any, path: str) -> None:
    (world.root.parent / "secret.csv").write_text("y,p,g\n0,1,a\n")
    world.add("dataset", "d", path=path)
    assert message(world, model(world)) == (
        f"lexaudit.yaml:2:5: `{path}` lies outside the folder of the manifest\n"
        "  help: copy the file into the folder of the manifest and give its path there"
    )


def test_a_link_that_leads_outside(world: Any) -> None:
    (world.root.parent / "secret.csv").write_text("y,p,g\n0,1,a\n")
    (world.root / "d.csv").symlink_to(world.root.parent / "secret.csv")
    world.add("dataset", "d", path="d.csv")
    assert "lies outside the folder of the manifest" in message(world, model(world))


def test_a_folder_for_a_file(world: Any) -> None:
    (world.root / "data").mkdir()
    world.add("dataset", "d", path="data")
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: `data` is a folder, not a file\n  help: name the file in it"
    )


def test_a_truncated_file(world: Any) -> None:
    world.table("d", HEADER, ROWS, rows=7214)
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: `d.csv` has 3 rows and 7214 are declared: it is truncated\n"
        "  help: restore the whole file; what is left of it would be measured as if it were all"
    )


def test_a_file_that_has_grown(world: Any) -> None:
    world.table("d", HEADER, ROWS, rows=2)
    assert message(world, model(world)) == (
        "lexaudit.yaml:3:5: `d.csv` has 3 rows and 2 are declared: it has grown\n"
        "  help: declare the new number of rows once you know where the others come from"
    )


def test_a_file_with_another_digest(world: Any) -> None:
    world.table("d", HEADER, ROWS, digest="sha256:" + "0" * 64)
    found = message(world, model(world))
    assert found.startswith(
        "lexaudit.yaml:3:5: `d.csv` is not the file whose digest the manifest states: its content is "
    )
    assert found.endswith("  help: put the right file back, or state the new digest once the change has been reviewed")


def test_a_file_that_is_not_text(world: Any) -> None:
    world.file("d.csv", b"y,p,g\n0,1,a\n1,0,\xff\n")
    world.add("dataset", "d", path="d.csv")
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: line 3 of `d.csv` is not UTF-8 text\n  help: save the file as UTF-8"
    )


def test_a_ragged_row(world: Any) -> None:
    world.table("d", HEADER, [*ROWS, "1,0,a"])
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: line 5 of `d.csv` has 3 values and the header has 4\n"
        "  help: the file may be cut off or a comma unquoted there; export it again"
    )


def test_an_unfinished_quote(world: Any) -> None:
    world.table("d", HEADER, [*ROWS, '1,0,"a,test'])
    found = message(world, model(world))
    assert "is not CSV: unexpected end of data" in found
    assert found.endswith("  help: check quotes near this line")


def test_a_row_after_a_quoted_line_break_is_named_by_its_line(world: Any) -> None:
    world.table("d", HEADER, ['0,1,"a\nb",test', "1,0"])
    assert "line 4 of `d.csv` has 2 values" in message(world, model(world))


def test_an_empty_file(world: Any) -> None:
    world.file("d.csv", "")
    world.add("dataset", "d", path="d.csv")
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: `d.csv` is empty\n  help: a table has a header and a line for each record"
    )


def test_a_header_without_rows(world: Any) -> None:
    world.table("d", HEADER, [])
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: `d.csv` has a header and no rows\n  help: export the records again"
    )


def test_a_column_twice(world: Any) -> None:
    world.table("d", "y,p,g,y", ["0,1,a,1"])
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: the header of `d.csv` has `y` twice\n  help: rename or remove one of the columns"
    )


def test_a_label_column_that_is_not_there(world: Any) -> None:
    world.table("d", "two_year_recid,p,g", ["0,1,a"])
    assert message(world, model(world, label="two_years_recid")) == (
        "lexaudit.yaml:2:5: `d.csv` has no column `two_years_recid` to be the label\n"
        "  help: did you mean `two_year_recid`?"
    )


def test_a_sensitive_column_that_is_not_there(world: Any) -> None:
    world.table("d", "y,p,race", ["0,1,a"])
    assert message(world, model(world, sensitive=["rase"])) == (
        "lexaudit.yaml:2:5: `d.csv` has no column `rase` to be the sensitive attribute\n  help: did you mean `race`?"
    )


def test_a_column_that_only_a_rule_asks_for(world: Any) -> None:
    world.table("d", HEADER, ROWS)
    assert message(world, model(world), by=["religion"]) == (
        "lexaudit.yaml:2:5: `d.csv` has no column `religion` to be the sensitive attribute\n"
        "  help: known: `g`, `p`, `split`, `y`"
    )


def test_a_prediction_column_that_is_not_there(world: Any) -> None:
    world.table("d", "y,decile_score,g", ["0,1,a"])
    assert message(world, model(world, predictions={"column": "decile_scores", "at_least": 5})) == (
        "lexaudit.yaml:3:5: `d.csv` has no column `decile_scores` to be the prediction\n"
        "  help: did you mean `decile_score`?"
    )


def test_a_label_that_is_not_binary(world: Any) -> None:
    world.table("d", HEADER, [*ROWS, "2,0,a,test"])
    assert message(world, model(world)) == (
        "lexaudit.yaml:2:5: line 5 of `d.csv`: the label `y` is `2`, which is neither 0 nor 1\n"
        "  help: a label must be 0 or 1; name another column, or write a binary one"
    )


def test_a_prediction_that_is_no_decision(world: Any) -> None:
    world.table("d", HEADER, [*ROWS, "1,0.7,a,test"])
    assert message(world, model(world)) == (
        "lexaudit.yaml:3:5: line 5 of `d.csv`: the prediction `p` is `0.7`, which is neither 0 nor 1\n"
        "  help: a prediction must be 0 or 1; name another column, or write a binary one"
    )


@pytest.mark.parametrize("value", ["high", "", "nan", "inf"])
def test_a_score_that_is_no_number(world: Any, value: str) -> None:
    world.table("d", HEADER, [*ROWS, f"1,{value},a,test"])
    assert message(world, model(world, predictions={"column": "p", "at_least": 0.5})) == (
        f"lexaudit.yaml:3:5: line 5 of `d.csv`: the prediction `p` is `{value}`, which is not a number\n"
        "  help: correct the value, or select the rows to measure with `rows` (column `p`)"
    )


def test_rows_that_are_not_selected_are_not_checked(world: Any) -> None:
    world.table("d", HEADER, [*ROWS, "n/a,n/a,a,unused"])
    subject = model(world, rows={"column": "split", "equals": "test"})
    assert world.value(Fairness(), subject)["overall_accuracy"]["n"] == 2


def test_a_selection_that_leaves_nothing(world: Any) -> None:
    world.table("d", HEADER, ROWS)
    assert message(world, model(world, rows={"column": "split", "equals": "tset"})) == (
        "lexaudit.yaml:2:5: no row of `d.csv` has `tset` in the column `split`: nothing is left to measure\n"
        "  help: did you mean `test`?"
    )


def test_a_misspelt_field(world: Any) -> None:
    world.table("d", HEADER, ROWS)
    assert message(world, model(world, sensetive=["g"])) == (
        "lexaudit.yaml:2:5: unknown field `sensetive` of `measured_on`\n  help: did you mean `sensitive`?"
    )


def test_a_threshold_that_is_no_number(world: Any) -> None:
    world.table("d", HEADER, ROWS)
    assert message(world, model(world, predictions={"column": "p", "at_least": "high"})) == (
        "lexaudit.yaml:3:5: `predictions.at_least` must be a number, not `high`"
    )


# weights ----------------------------------------------------------------------------------------------------


def safetensors(tensors: dict[str, list[Any]], **change: Any) -> bytes:
    """A safetensors file, written by hand: a name gives shape and values."""
    header: dict[str, Any] = {}
    data = b""
    for name, (shape, values) in tensors.items():
        part = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(part)]}
        header[name].update(change)
        data += part
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


GOOD = {"0.weight": [[2, 1], [1, 1]], "0.bias": [[2], [0, 0]], "2.weight": [[1, 2], [1, 1]], "2.bias": [[1], [0]]}


def network(world: Any, content: bytes, name: str = "net.safetensors", **architecture: Any) -> Any:
    world.table("d", "y,x,g", ["0,1,a", "1,2,b"] * 20)
    world.file(name, content)
    return world.add(
        "model", "m", measured_on={"dataset": "d", "label": "y", "sensitive": ["g"]},
        weights={"file": name, "architecture": {"type": "mlp", "inputs": ["x"], "hidden": [2], **architecture}},
    )  # fmt: skip


def test_weights_that_fit_are_run(world: Any) -> None:
    # 2 · relu(x) is never negative, so every decision is 1
    assert world.value(Fairness(), network(world, safetensors(GOOD)))["selection_rate"]["overall"]["estimate"] == 1.0


def test_weights_that_are_not_there(world: Any) -> None:
    subject = network(world, b"")
    (world.root / "net.safetensors").unlink()
    assert message(world, subject) == (
        "lexaudit.yaml:3:5: there is no file `net.safetensors`\n"
        "  help: check the path; it is relative to the folder of the manifest"
    )


class Bomb:
    """Whoever loads its pickle runs it."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, (Path("exploded"),)  # type: ignore[return-value]


def zipped(folder: Path) -> bytes:
    path = folder / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb()))
    return path.read_bytes()


@pytest.mark.parametrize(
    "name", ["net.pkl", "net.pt", "net.pth", "net.bin", "net.joblib", "NET.CKPT", "net.safetensors"]
)
def test_a_pickle_is_refused_by_name_or_content(world: Any, name: str) -> None:
    content = pickle.dumps(Bomb()) if name == "net.safetensors" else safetensors(GOOD)
    assert message(world, network(world, content, name)) == (
        f"lexaudit.yaml:3:5: `{name}` is a pickle, which runs whatever code it contains when it is loaded\n"
        '  help: convert to safetensors: `safetensors.torch.save_file(model.state_dict(), "model.safetensors")`'
    )
    assert not (world.root / "exploded").exists()


def test_a_zipped_pickle_is_refused(world: Any) -> None:
    assert "is a pickle" in message(world, network(world, zipped(world.root)))


def test_weights_of_another_shape(world: Any) -> None:
    wrong = {**GOOD, "0.weight": [[2, 3], [1] * 6]}
    assert message(world, network(world, safetensors(wrong))) == (
        "lexaudit.yaml:3:5: the weights in `net.safetensors` do not fit the declared architecture: "
        "`0.weight` is 2×3 instead of 2×1\n"
        "  help: the file has `0.bias` 2, `0.weight` 2×3, `2.bias` 1, `2.weight` 1×2; weights of 2×1, 1×2 with their "
        "biases are expected, named in order such as `0.weight`, `0.bias`, `2.weight` …"
    )


@pytest.mark.parametrize(
    ("tensors", "what"),
    [
        ({**GOOD, "embedding": [[1], [0]]}, "`embedding` is no layer of it"),
        ({key: GOOD[key] for key in ("0.weight", "0.bias")}, "it has 1 layers instead of 2"),
        ({key: GOOD[key] for key in ("0.weight", "0.bias", "2.weight")}, "layer `2` has no bias"),
        ({**GOOD, "2.bias": [[2], [0, 0]]}, "`2.bias` is 2 instead of 1"),
        (
            {"a.0.weight": GOOD["0.weight"], "b.0.bias": GOOD["0.bias"]},
            "the tensors have different names before their number: `a.`, `b.`",
        ),
        ({}, "it has 0 layers instead of 2"),
    ],
)
def test_weights_with_other_names(world: Any, tensors: dict[str, list[Any]], what: str) -> None:
    assert f"do not fit the declared architecture: {what}\n" in message(world, network(world, safetensors(tensors)))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is too short"),
        (struct.pack("<Q", 2**60) + b"{}", "its header does not fit into it"),
        (struct.pack("<Q", 4) + b"nope", "its header is not JSON"),
        (struct.pack("<Q", 2) + b"[]", "its header is not a mapping"),
        (safetensors(GOOD)[:-1], "the extent of `2.bias` does not fit its shape; the file may be truncated"),
        (safetensors(GOOD, dtype="BF16"), "`0.bias` is of type `BF16`, and only F64, F32, F16 can be read"),
        (safetensors(GOOD, shape=[-1]), "the entry of `0.bias` is incomplete"),
        (
            safetensors(GOOD, data_offsets=[0, 4]),
            "the extent of `0.bias` does not fit its shape; the file may be truncated",
        ),
        (safetensors({"0.bias": [[1], [float("nan")]]}), "`0.bias` holds values that are not finite"),
        (safetensors({"a": [[1], [1.0]], "b": [[1], [1.0]]}, data_offsets=[0, 4]), "its tensors overlap"),
    ],
)
def test_a_damaged_file(world: Any, content: bytes, what: str) -> None:
    assert message(world, network(world, content)) == (
        f"lexaudit.yaml:3:5: `net.safetensors` is not a sound safetensors file: {what}\n"
        "  help: save the weights again with safetensors"
    )


@given(st.binary(max_size=200), st.integers(0, 300))
def test_no_damage_gives_another_kind_of_error(noise: bytes, at: int) -> None:
    sound = safetensors(GOOD)
    for content in (noise, sound[:at] + noise + sound[at + len(noise) :]):
        try:
            read_tensors(content, "net.safetensors", Place("lexaudit.yaml"))
        except InputError as error:
            assert error.advice


@pytest.mark.parametrize(
    ("architecture", "what"),
    [
        ({"type": "transformer"}, "the architecture `transformer` cannot be run"),
        ({"inputs": []}, "`architecture.inputs` must list the columns the network reads, in order"),
        ({"hidden": [0]}, "`architecture.hidden` must list the widths of the hidden layers"),
        ({"outputs": 3}, "`architecture.outputs` is `3`, and only binary decisions can be measured"),
        ({"activation": "rellu"}, "the activation `rellu` cannot be run"),
        ({"inputs": ["z"]}, "`d.csv` has no column `z` to be the input of the network"),
    ],
)
def test_an_architecture_that_cannot_be_run(world: Any, architecture: dict[str, Any], what: str) -> None:
    assert message(world, network(world, safetensors(GOOD), **architecture)).startswith(f"lexaudit.yaml:3:5: {what}")
