"""Bad input: one clear message with file, line and remedy, exit code 2, and nothing written."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lexaudit.cli import main

ROOT = Path(__file__).resolve().parent.parent
Edit = Callable[[Path], None]


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example without the digests that would refuse any change first, and the working folder."""
    folder = tmp_path / "compas"
    shutil.copytree(ROOT / "examples" / "compas", folder)
    manifest = folder / "lexaudit.yaml"
    lines = manifest.read_text("utf-8").splitlines(keepends=True)
    # emptied and not removed, so that every line keeps its number
    manifest.write_text("".join("\n" if line.strip().startswith("digest:") else line for line in lines), "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LEXAUDIT_HOME", str(tmp_path / "home"))
    return folder


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line)


def put(name: str, before: str, after: str) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1), "utf-8")

    return edit


def append(name: str, text: str) -> Edit:
    return lambda folder: (folder / name).write_text((folder / name).read_text("utf-8") + text, "utf-8") and None


def pack_with(name: str, before: str, after: str) -> Edit:
    def edit(folder: Path) -> None:
        shutil.copytree(ROOT / "rulepacks" / "gdpr", folder / "pack")
        put(f"pack/rules/{name}", before, after)(folder)
        put("policy.yaml", "{id: gdpr, version: 0.1.0}", "{id: gdpr, path: pack}")(folder)

    return edit


def table(edit: Callable[[str], str]) -> Edit:
    return lambda folder: (
        (folder / "data/two-year.csv").write_text(edit((folder / "data/two-year.csv").read_text())) and None
    )


CASES: dict[str, tuple[Edit, str, str]] = {
    "malformed YAML": (append("lexaudit.yaml", "  bad: [\n"), "  bad: [", (
        "lexaudit.yaml:{line}:3: not valid YAML: did not find expected '-' indicator (while parsing a block collection)\n"
        "      bad: [\n      ^\n  help: check indentation, quotes and colons near this place")),
    "duplicate ids": (put("lexaudit.yaml", "\n  two-year:", "\n  two-year: {}\n  two-year:"), "two-year: {}", (
        "lexaudit.yaml:{line+1}:3: `two-year` is given twice, first at line {line}\n  help: rename or remove one of them")),
    "an edge to nothing": (append("lexaudit.yaml", "edges:\n  - {from: dataset/nowhere, relation: derived_into, to: dataset/two-year}\n"),
                           "dataset/nowhere",
                           "lexaudit.yaml:{line}:5: `dataset/nowhere` is not described anywhere\n"
                           "  help: did you mean `dataset/two-year`?"),
    "an unknown kind": (append("lexaudit.yaml", "edges:\n  - {from: datset/two-year, relation: derived_into, to: dataset/two-year}\n"),
                        "datset/two-year", "lexaudit.yaml:{line}:5: unknown kind `datset`\n  help: did you mean `dataset`?"),
    "ends that cannot be joined": (
        append("lexaudit.yaml", "edges:\n  - {from: deployment/pilot, relation: component_of, to: system/risk-support}\n"),
        "relation: component_of",
        "lexaudit.yaml:{line}:5: `component_of` cannot join `deployment/pilot` to `system/risk-support`\n"
        "  help: it joins dataset → system, model → system, system → system"),
    "a missing table": (lambda folder: (folder / "data/two-year.csv").unlink(), "path: data/two-year.csv", (
        "lexaudit.yaml:{line}:11: there is no file `data/two-year.csv`\n"
        "  help: check the path; it is relative to the folder of the manifest")),
    "a table cut in a line": (table(lambda text: text[:20000]), "path: data/two-year.csv", (
        "lexaudit.yaml:{line}:11: line 446 of `data/two-year.csv` has 1 value and the header has 12\n"
        "  help: the file may be cut off or a comma unquoted there; export it again")),
    "a table cut between lines": (table(lambda text: "".join(text.splitlines(keepends=True)[:101])), "path: data/two-year.csv", (
        "lexaudit.yaml:{line}:11: `data/two-year.csv` has 100 rows and 6172 are declared: it is truncated\n"
        "  help: restore the whole file; what is left of it would be measured as if it were all")),
    "an empty table": (table(lambda text: ""), "path: data/two-year.csv", (
        "lexaudit.yaml:{line}:11: `data/two-year.csv` is empty\n  help: a table has a header and a line for each record")),
    "a pickle as model": (lambda folder: (folder / "model/risk-net.safetensors").write_bytes(pickle.dumps({1: 2})) and None,
                          "file: model/risk-net.safetensors", (
        "lexaudit.yaml:{line}:7: `model/risk-net.safetensors` is a pickle, which runs whatever code it contains when it is loaded\n"
        '  help: convert to safetensors: `safetensors.torch.save_file(model.state_dict(), "model.safetensors")`')),
    "an unknown pack version": (put("policy.yaml", "{id: gdpr, version: 0.1.0}", "{id: gdpr, version: 9.9.9}"), "", (
        "policy.yaml:5:25: there is no version 9.9.9 of the pack `gdpr`\n"
        "  help: version 0.1.0 is installed: write that, or install the other")),
    "a misspelt threshold": (put("policy.yaml", "fairness.error_rate", "fairness.eror_rate"), "", (
        "policy.yaml:9:3: unknown threshold `fairness.eror_rate_difference`\n  help: did you mean `fairness.error_rate_difference`?")),
    "a bad condition": (pack_with("minimisation_and_storage.yaml", "applies: dataset.under_gdpr\n", "applies: dataset.under_gdpx\n"), "", (
        "pack:pack/rules/minimisation_and_storage.yaml:37:20: `dataset` has no field `under_gdpx`\n"
        "    dataset.under_gdpx\n            ^~~~~~~~~~\n  help: did you mean `under_gdpr`?")),
    "a misspelt rule in an answer": (put("lexaudit.yaml", "/manipulation-not-screened", "/manipulation-not-screned"),
                                     "rule: eu_ai_act/manipulation-not-screned", (
        "lexaudit.yaml:{line}:5: unknown rule of eu_ai_act `manipulation-not-screned`\n  help: did you mean `manipulation-not-screened`?")),
    "a misspelt fact": (put("lexaudit.yaml", "\n      profiling:", "\n      profilng:"), "      profilng:", (
        "lexaudit.yaml:{line}:7: unknown fact of a system `profilng`\n  help: did you mean `profiling`?")),
}  # fmt: skip


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return printed.err


@pytest.mark.parametrize("what", CASES)
def test_the_message_says_where_and_what_to_do_and_nothing_is_written(
    what: str, example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    edit, near, message = CASES[what]
    edit(example)
    line = line_of(example / "lexaudit.yaml", near) if near else 0
    message = message.replace("{line+1}", str(line + 1)).replace("{line}", str(line))
    out, store = tmp_path / "out", tmp_path / "store"
    said = refused(
        ["audit", "lexaudit.yaml", "--policy", "policy.yaml", "--out", str(out), "--store", str(store)], capsys
    )
    assert said == f"error: {message}\n"
    assert not out.exists()
    assert not store.exists()
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("label: two_year_recid", "label: two_year_recd",
         "has no column `two_year_recd` to be the label\n  help: did you mean `two_year_recid`?"),
        ("label: two_year_recid", "label: age", "`age`"),
        ("column: decile_score, at_least: 5", "column: decile_score", "`decile_score`"),
        ("sensitive: [race", "sensitive: [rase", "has no column `rase`"),
        ("hidden: [", "hidden: [7, ", "do not fit the declared architecture"),
        ("file: model/risk-net.safetensors", "file: model/risk.safetensors", "there is no file `model/risk.safetensors`"),
        ("path: data/two-year.csv", "path: ../../data.csv", "`../../data.csv`"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused_with_its_place(
    before: str, after: str, said: str, example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    put("lexaudit.yaml", before, after)(example)
    message = refused(["gate", "lexaudit.yaml", "--store", str(tmp_path / "store")], capsys)
    assert message.startswith("error: lexaudit.yaml:")
    assert said in message
    assert "help: " in message
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gate", "nowhere.yaml"],
         "error: there is no file `nowhere.yaml`\n  help: check the path; it is relative to where you are\n"),
        (["gate", "lexaudit.yaml", "--as-of", "2026-13-01"],
         "error: `2026-13-01` is not a date\n  help: write --as-of as year-month-day, such as 2026-11-24\n"),
        (["gate", "lexaudit.yaml", "--at", "noon"],
         "error: `noon` is not a time\n  help: write --at as 2026-11-24 or 2026-11-24T09:00:00Z\n"),
        (["audit", "lexaudit.yaml", "--out", "lexaudit.yaml"],
         "error: `lexaudit.yaml` is a file\n  help: name a folder with --out\n"),
        (["audit", "lexaudit.yaml", "--out", "documents"],
         "error: the folder `documents` holds something else\n  help: name an empty or a new folder with --out\n"),
        (["verify", "nowhere"],
         "error: there is nothing at `nowhere`\n  help: name a bundle's folder, a PDF, a statement or a ledger\n"),
    ],
)  # fmt: skip
def test_wrong_use_is_said(arguments: list[str], message: str, example: Path, capsys: pytest.CaptureFixture[str]):
    assert refused(arguments, capsys) == message


def test_an_output_folder_that_cannot_be_written(example: Path, capsys: pytest.CaptureFixture[str]):
    said = refused(["audit", "lexaudit.yaml", "--out", "/proc/nowhere"], capsys)
    assert said.startswith("error: cannot write into `/proc/nowhere`: ")
    assert said.endswith("help: name a folder you may write to with --out\n")


def test_an_unknown_command_and_option_are_said(capsys: pytest.CaptureFixture[str]):
    assert "there is no command `gaet`; did you mean `gate`?" in refused(["gaet"], capsys)
    assert "No such option" in refused(["gate", "x", "--polcy", "y"], capsys)
