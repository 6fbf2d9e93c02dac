"""The files on the page `write a rule` are a pack: it loads, its cases hold, and it prints what the page shows."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from lexaudit.cases import read_cases
from lexaudit.cli.pack import pack as command
from lexaudit.mutation import score
from lexaudit.packs import load_pack

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "write-a-rule.md").read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of the page; one that is shown twice is as it stands in the end."""
    for name, text in re.findall(
        r"^\*\*`([\w./]+\.yaml)`\*\*[^\n]*\n\n```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
    ):
        path = tmp_path / "our_rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "our_rules"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["test", "lint"])
def test_the_commands_print_what_the_page_shows(name: str):
    line, shown = re.search(rf"^\$ lexaudit pack ({name} [^\n]*)\n(\S.*?)^```", PAGE, re.DOTALL | re.MULTILINE).groups()
    result = CliRunner().invoke(command, line.split(), standalone_mode=False)
    assert (result.return_value, result.output) == (0, shown)


def test_the_cases_notice_every_mistake_in_the_rule(folder: Path):
    pack = load_pack(folder)
    assert [mutant.what for mutant in score(pack, read_cases(pack), lambda title, share, words: None).survivors] == []
