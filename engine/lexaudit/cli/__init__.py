"""The command line: each command parses, builds, calls, prints and exits."""

from lexaudit.cli.main import main

__all__ = ["main"]
