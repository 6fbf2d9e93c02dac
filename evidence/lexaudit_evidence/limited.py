"""The first code of a probe's process: it limits itself, then runs one function. Started by `probe.run`, by path.

Standard library only until the limits hold. What it is given is a JSON file; what it gives back is `response.json` and
arrays beside it. The fence against network, other programs and writing elsewhere is an audit hook: it stops libraries
that phone home or write caches, and is no wall against native code that means harm.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

_FORBIDDEN = (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system", "os.exec",
    "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn", "urllib.Request",
)  # fmt: skip


def limit(limits: dict[str, int]) -> None:
    """Lower the limits of this process for good."""
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (value, value))


def fence(folder: Path) -> None:
    """Refuse network, other programs, and writing outside the folder."""
    inside = folder.resolve()

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN:
            raise PermissionError(f"a probe may not use {event}")
        if event == "open" and isinstance(args[0], str | bytes) and args[2] & (os.O_WRONLY | os.O_RDWR):
            path = Path(os.fsdecode(args[0])).resolve()
            if not path.is_relative_to(inside) and str(path) != os.devnull:
                raise PermissionError("a probe may not write outside its folder")

    sys.addaudithook(hook)


def main() -> None:
    """Read the request, limit, run, answer."""
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    limit(job["limits"])
    # appended, so that nothing of ours can stand in for the standard library
    sys.path.extend(job["roots"])
    fence(folder)
    module, _, function = job["entry"].partition(":")
    with (folder / "progress").open("a", encoding="utf-8", buffering=1) as notes:

        def progress(share: float, words: str) -> None:
            notes.write(json.dumps([share, words]) + "\n")

        response = getattr(importlib.import_module(module), function)(job["request"], folder, progress)
    (folder / "response.json").write_text(json.dumps(response, allow_nan=False), encoding="utf-8")


if __name__ == "__main__":
    main()
