"""The entry point, and the list of commands. A command's module is loaded when the command is used."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import cast

import click

from lexaudit import __version__
from lexaudit.errors import LexauditError

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("lexaudit.cli.start:init", "write a manifest and a policy to begin with"),
    "audit": ("lexaudit.cli.judge:audit", "judge a system, seal the result and write the reports"),
    "gate": ("lexaudit.cli.judge:gate", "the same judgement for CI: quick, with an exit code"),
    "survey": ("lexaudit.cli.survey:survey", "a whole estate at once: outcomes by rule, nothing sealed"),
    "answer": ("lexaudit.cli.answer:answer", "ask what is still open, and write it into the manifest"),
    "plan": ("lexaudit.cli.judge:plan", "what would be measured, why, and what it costs"),
    "explain": ("lexaudit.cli.read:explain", "why a finding came out as it did, and what would settle it"),
    "report": ("lexaudit.cli.read:report", "render a sealed audit again: pdf, markdown, sarif, junit, text"),
    "verify": ("lexaudit.cli.read:verify", "check a report, bundle, statement or ledger, offline"),
    "compare": ("lexaudit.cli.compare:compare", "what changes between two dates of law, when and by which provision"),
    "pack": ("lexaudit.cli.pack:pack", "rule packs: list, show, test, lint, docs, diff, new"),
    "lineage": ("lexaudit.cli.lineage:lineage", "what flows into what"),
    "evidence": ("lexaudit.cli.read:evidence", "what was measured: list, show"),
    "schema": ("lexaudit.cli.start:schema", "JSON Schema of a file people write"),
    "key": ("lexaudit.cli.start:key", "the signing keys, and the trust file for those who verify"),
}
"""Name, where it is, and what it does in one line."""


class Commands(click.Group):
    """A group whose members are loaded only when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        return cast(click.Command, getattr(import_module(module), attribute))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            guess = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean `{guess[0]}`?" if guess else "see `lexaudit --help`"
            raise click.UsageError(f"there is no command `{args[0]}`; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="lexaudit")
def cli() -> None:
    """Judge AI systems under the law as data, with measured evidence, and seal the result.

    \b
    Begin:      lexaudit init my-system
    Judge:      lexaudit audit my-system/lexaudit.yaml --policy my-system/policy.yaml
    In CI:      lexaudit gate my-system/lexaudit.yaml --policy my-system/policy.yaml
    Check:      lexaudit verify lexaudit-report

    \b
    Exit codes: 0 the gate is open   1 closed by findings   2 wrong use or bad input
                3 not determined     4 verification failed  70 our bug
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit. No traceback ever reaches a user."""
    try:
        result = cli.main(args=args, prog_name="lexaudit", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except LexauditError as error:
        click.echo(f"error: {error.render()}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; nothing was sealed", err=True)
        code = 130
    except BrokenPipeError:
        # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        code = _our_bug(error)
    sys.exit(code)


def _our_bug(error: Exception) -> int:
    import tempfile
    import traceback

    details = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile(
        "w", prefix="lexaudit-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"lexaudit {__version__}, Python {sys.version}\narguments: {sys.argv[1:]}\n\n{details}")
    click.echo(
        f"error: this is a bug in lexaudit ({type(error).__name__}); no verdict was given\n"
        f"  help: report it with the details in {file.name}",
        err=True,
    )
    return 70
