"""Templates: whole, or refused with what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from reports import sample_audit

from lexaudit.errors import InputError
from lexaudit_reports.pdf import render
from lexaudit_reports.template import read_template


@pytest.fixture
def copy(templates: Path, tmp_path: Path) -> Path:
    shutil.copytree(templates, tmp_path / "own")
    return tmp_path / "own"


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "report.en.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_organisation_may_have_its_own_words_and_colours(copy: Path):
    from io import BytesIO

    from pypdf import PdfReader

    change(copy, "kind: Audit report", "kind: Prüfbericht der Beispiel GmbH")
    change(copy, '"#1f3a5f"', '"#3f1a5f"')
    report = render(sample_audit.small(), attachments={}, templates=copy)
    assert "Prüfbericht der Beispiel GmbH" in PdfReader(BytesIO(report)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  seal: Electronic seal\n", "", "`cover.seal` in the report template: field required"),
        ("  seal: Electronic", "  sael: Electronic", "`cover.seal`"),
        ('met: "#1c6b57"', "met: green", "`palette.met`"),
        ("bold: NotoSans-Bold.ttf", "bold: Nowhere.ttf", "the font `Nowhere.ttf` is not in the folder `fonts`"),
        ("language: en-GB", "language: [", "is no YAML"),
        ("language: en-GB", "language: 3", "`language`"),
    ],
)
def test_what_is_wrong_is_named(copy: Path, old: str, new: str, message: str):
    change(copy, old, new)
    with pytest.raises(InputError) as error:
        read_template(copy)
    assert message in error.value.message
    assert error.value.place is not None


def test_a_folder_without_a_template_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        read_template(tmp_path)
