"""A probe's process: what it gets, what it may do, and what is said when it misbehaves."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lexaudit_evidence import probe

HERE = Path(__file__).parent


def run(
    folder: Path, entry: str, seconds: float = 30.0, memory_bytes: int = probe.MEMORY_BYTES
) -> probe.Response | probe.Stopped:
    return probe.run(
        f"hostile:{entry}", {"n": 1}, folder, seconds, lambda *_: None, roots=[HERE], memory_bytes=memory_bytes
    )


def test_an_honest_probe_gets_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    notes: list[tuple[float, str]] = []
    found = probe.run("hostile:honest", {"n": 1}, tmp_path, 30, lambda *note: notes.append(note), roots=[HERE])
    assert isinstance(found, probe.Response)
    assert found.value["echo"] == {"n": 1}
    assert found.value["isolated"] == 1
    assert not {"SECRET_TOKEN", "PYTHONPATH", "PATH"} & set(found.value["environment"])
    assert notes == [(0.5, "half")]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("crash", "the probe was ended by signal SIGSEGV"),
        ("fail", "the probe failed: RuntimeError: the shapes do not agree"),
        ("leave", "the probe ended without an answer"),
        ("hog", "the probe ran out of the memory it is allowed"),
        ("telephone", "the probe failed: PermissionError: a probe may not use socket.getaddrinfo"),
        ("shell", "the probe failed: PermissionError: a probe may not use subprocess.Popen"),
        ("scribble", "the probe failed: PermissionError: a probe may not write outside its folder"),
        ("a_list", "the probe's answer is not a mapping"),
        ("not_a_number", "the probe's answer cannot be read"),
        ("garbage", "the probe's answer cannot be read"),
        ("flood", "the probe's answer is larger than any answer can be"),
        ("nowhere", "the probe failed: AttributeError: module 'hostile' has no attribute 'nowhere'"),
    ],
)
def test_a_probe_that_misbehaves_is_a_reason(tmp_path: Path, entry: str, reason: str) -> None:
    folder = tmp_path / "probe"
    folder.mkdir()
    found = run(folder, entry)
    assert isinstance(found, probe.Stopped)
    assert found.reason == reason
    assert found.advice
    assert str(tmp_path) not in found.reason
    assert not (tmp_path / "scribbled").exists()


def test_a_probe_that_hangs_is_stopped(tmp_path: Path) -> None:
    started = time.monotonic()
    found = run(tmp_path, "hang", seconds=1)
    assert time.monotonic() - started < 10
    assert found == probe.Stopped(
        "the probe did not finish within 1 seconds and was stopped",
        "allow it more time, or measure fewer rows or strengths",
    )


def test_a_probe_that_spins_is_stopped(tmp_path: Path) -> None:
    found = run(tmp_path, "spin", seconds=1)
    assert isinstance(found, probe.Stopped)
    assert "was stopped" in found.reason


def test_a_stale_answer_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "response.json").write_text('{"from": "before"}')
    assert isinstance(run(tmp_path, "leave"), probe.Stopped)
