"""Running a probe in a process of its own: limited, without an environment, and not believed until it is checked.

A model is somebody else's; what touches it can hang, crash, eat memory or answer nonsense. Each of these is a `Stopped`
with a reason, never an exception and never a result.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lexaudit
import lexaudit_evidence

MEMORY_BYTES = 6 * 2**30
"""Address space. torch and ART map less than 1 GiB in a CPU build, several in a CUDA build."""

FILE_BYTES = 2**30
"""The largest file a probe may write."""

MAX_RESPONSE_BYTES = 16 * 2**20

LIMITED = Path(__file__).with_name("limited.py")
"""The script that the process begins with; never imported here, because parts of it exist on POSIX only."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A probe that gave no result."""

    reason: str
    """What happened, in words."""
    advice: str
    """What could be done."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a probe answered: well-formed, and still to be checked by whoever asked."""

    value: dict[str, Any]
    """The JSON mapping it returned."""
    folder: Path
    """Where the arrays it wrote lie."""


def run(
    entry: str,
    request: dict[str, Any],
    folder: Path,
    timeout_seconds: float,
    progress: Callable[[float, str], None],
    *,
    roots: Sequence[Path] = (),
    memory_bytes: int = MEMORY_BYTES,
) -> Response | Stopped:
    """Run `module:function` on a request in a limited process. `folder` must exist; the probe may write only there.

    Does *not* check what the response says, only that it is a JSON mapping of reasonable size.
    """
    if not hasattr(signal, "SIGXCPU"):
        return Stopped("probes need a POSIX system, whose limits they run under", "run the audit on Linux or macOS")
    seconds = int(timeout_seconds) + 2
    job = {
        "entry": entry,
        "request": request,
        "roots": [str(path) for path in (*_roots(), *roots)],
        "limits": {"cpu": seconds, "as": memory_bytes, "fsize": FILE_BYTES, "nofile": 256, "core": 0},
    }
    (folder / "job.json").write_text(json.dumps(job, allow_nan=False), encoding="utf-8")
    (folder / "response.json").unlink(missing_ok=True)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    with (folder / "stderr").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(LIMITED), str(folder.resolve())],
            cwd=home,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        try:
            finished = _follow(process, folder / "progress", timeout_seconds, progress)
        finally:
            _end(process)
    if not finished:
        return Stopped(
            f"the probe did not finish within {timeout_seconds:g} seconds and was stopped",
            "allow it more time, or measure fewer rows or strengths",
        )
    if process.returncode != 0:
        return _crashed(process.returncode, folder / "stderr")
    return _response(folder)


def _roots() -> list[Path]:
    # the folders that hold our two packages: two source roots in a checkout, site-packages once installed
    found = [
        Path(module.__file__).resolve().parent.parent for module in (lexaudit_evidence, lexaudit) if module.__file__
    ]
    return list(dict.fromkeys(found))


def _environment(home: Path) -> dict[str, str]:
    # nothing of the caller's environment: no proxies, tokens, or settings of libraries
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB_MAXIMUM")}
    where = {"HOME": str(home.resolve()), "TMPDIR": str(home.resolve()), "ART_DATA_PATH": str(home.resolve())}
    return {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "CUDA_VISIBLE_DEVICES": "", **threads, **where}


def _follow(
    process: subprocess.Popen[bytes], notes: Path, seconds: float, progress: Callable[[float, str], None]
) -> bool:
    """Pass progress on until the process ends. False when time ran out."""
    deadline = time.monotonic() + seconds
    read = 0
    while True:
        ended = process.poll() is not None
        read = _pass_on(notes, read, progress)
        if ended:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def _pass_on(notes: Path, read: int, progress: Callable[[float, str], None]) -> int:
    try:
        with notes.open("rb") as file:
            file.seek(read)
            text = file.read(65536)
    except FileNotFoundError:
        return read
    whole = text[: text.rfind(b"\n") + 1]
    for line in whole.splitlines():
        try:
            share, words = json.loads(line)
            progress(min(1.0, max(0.0, float(share))), str(words)[:200])
        except (ValueError, TypeError):
            continue
    return read + len(whole)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


def _crashed(code: int, errors: Path) -> Stopped:
    if code < 0:
        name = signal.Signals(-code).name if -code in {member.value for member in signal.Signals} else str(-code)
        if name == "SIGXCPU":
            return Stopped("the probe used up its processor time and was stopped", "allow it more time")
        return Stopped(
            f"the probe was ended by signal {name}", "look for a fault in a native library, or too little memory"
        )
    with errors.open("rb") as file:
        file.seek(max(0, errors.stat().st_size - 65536))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    last = lines[-1].strip()[:300] if lines else "no message"
    if "MemoryError" in last or "not enough memory" in last or "Cannot allocate memory" in last:
        return Stopped("the probe ran out of the memory it is allowed", "measure fewer rows, or a smaller model")
    return Stopped(f"the probe failed: {last}", "see whether the libraries of the extra `probes` fit each other")


def _response(folder: Path) -> Response | Stopped:
    nonsense = "the probe that gave it, or a library under it, is at fault"
    path = folder / "response.json"
    if not path.is_file() or path.is_symlink():
        return Stopped("the probe ended without an answer", nonsense)
    if path.stat().st_size > MAX_RESPONSE_BYTES:
        return Stopped("the probe's answer is larger than any answer can be", nonsense)
    try:
        value = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Stopped("the probe's answer cannot be read", nonsense)
    if not isinstance(value, dict):
        return Stopped("the probe's answer is not a mapping", nonsense)
    return Response(value, folder)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
