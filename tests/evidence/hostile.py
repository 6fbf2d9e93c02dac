"""Probes that misbehave; run only inside the limited process, by `test_probe.py` and `test_robustness.py`."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Progress = Callable[[float, str], None]


def honest(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    progress(0.5, "half")
    return {"echo": request, "environment": sorted(os.environ), "isolated": sys.flags.isolated, "folder": folder.name}


def hang(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    progress(0.1, "about to hang")
    while True:
        time.sleep(1)


def spin(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    while True:
        pass


def crash(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def fail(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    raise RuntimeError("the shapes do not agree")


def leave(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    os._exit(0)


def hog(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    return {"size": len(bytearray(64 * 2**30))}


def telephone(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    return {}


def shell(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    subprocess.run(["/bin/true"], check=True)
    return {}


def scribble(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    (folder.parent / "scribbled").write_text("was here")
    return {}


def a_list(request: dict[str, Any], folder: Path, progress: Progress) -> Any:
    return [1, 2, 3]


def not_a_number(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    (folder / "response.json").write_text('{"accuracy": NaN}')
    os._exit(0)


def garbage(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    (folder / "progress").write_bytes(b"\xff\xfe not json\n[2, 3, 4]\n[9e99, 5]\n")
    (folder / "response.json").write_bytes(b"\x80\x04 nonsense")
    os._exit(0)


def flood(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    (folder / "response.json").write_text(json.dumps({"x": "y" * 17 * 2**20}))
    os._exit(0)


# answers of the right form that do not hold: each starts from what an honest attack that finds nothing would say


def idle(request: dict[str, Any], folder: Path, progress: Progress, **change: Any) -> dict[str, Any]:
    x = np.load(folder / "request.npz")["x"]
    attacks = ["pgd_cross_entropy", "pgd_margin", "single_step", "random_search", "random_noise"]
    found = np.broadcast_to(x, (len(attacks), len(request["strengths"]), *x.shape)).copy()
    np.save(folder / "adversarial.npy", change.pop("found", lambda found: found)(found))
    np.save(folder / "sanity.npy", np.broadcast_to(x, (1, *x.shape)))
    return {"attacks": attacks, "strengths": request["strengths"], "zero_gradients": 0, "steps": 1, "restarts": 0,
            "queries": 1, "sanity_strengths": [30.0], **change}  # fmt: skip


def too_far(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    return idle(request, folder, progress, found=lambda found: found + np.float32(9) * (np.arange(6) == 4))


def fixed_moved(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    return idle(request, folder, progress, found=lambda found: (found + np.float32(0.01)).astype(np.float32))


def below_zero(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    step = (np.arange(6) == 4) * np.float32(-0.01)
    return idle(request, folder, progress, found=lambda found: (found + step).astype(np.float32))


def fewer_rows(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    return idle(request, folder, progress, found=lambda found: found[:, :, 1:])


def with_nan(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    return idle(request, folder, progress, found=lambda found: found * np.float32("nan"))


def pickled(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    response = idle(request, folder, progress)
    np.save(folder / "adversarial.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return response


def boasting(request: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    return idle(request, folder, progress, zero_gradients=10**6)
