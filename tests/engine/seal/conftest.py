"""Keys of the tests' own, and the small audit sealed once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine.seal.small import AT, sealed

from lexaudit.key import Keys


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A key folder of the tests' own; keys are made once, because an RSA key takes its time."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEXAUDIT_HOME", str(folder))
        Keys(folder / "keys", AT).trust()
        yield folder


@pytest.fixture
def keys(home: Path) -> Keys:
    return Keys(home / "keys", AT)


@pytest.fixture(scope="session")
def _once(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sealed")
    sealed(folder)
    return folder


@pytest.fixture
def place(_once: Path, tmp_path: Path) -> Path:
    """A folder with `out`, a bundle without PDF, and `store`; the test's own copy."""
    return Path(shutil.copytree(_once, tmp_path / "sealed"))
