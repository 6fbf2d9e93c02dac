"""`answer`: ask what is still open, and write it into the manifest."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lexaudit.cli.common import judging_options
from lexaudit.errors import InputError, Place, UsageError, raise_all

if TYPE_CHECKING:
    from lexaudit.answer import Given
    from lexaudit.cli.judge import Request
    from lexaudit.questions import Question, Standing

WIDTH = 80
FORMAT = "lexaudit-questions/1"


@click.command(epilog='Example:  lexaudit answer my-system --by "Jana Weber, head of product compliance"')
@judging_options(forms=("text", "json"), measures=False)
@click.option("--by", help="Who answers, as it is written beside each answer.")
@click.option("--into", type=click.Path(path_type=Path), help="The manifest to write to. [default: that of SYSTEM]")
@click.option("--list", "listed", is_flag=True, help="Print the open questions; ask and write nothing.")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="Take the answers from a YAML file: path: value."
)
@click.option("--role", help="Ask only what this role may answer.")
def answer(
    system: tuple[Path, ...],
    policy_file: Path | None,
    as_of: str | None,
    at: str | None,
    store: Path,
    form: str,
    quiet: bool,
    by: str | None,
    into: Path | None,
    listed: bool,
    source: Path | None,
    role: str | None,
) -> int:
    """Ask, in the terminal, the questions about SYSTEM whose answers can still change an outcome; those that decide most first.

    Each answer is written to the manifest at once, with your name and the date; comments and layout stay. An empty line
    skips a question, `?` explains it, `q` ends. Exit code: 0 nothing is left to ask, 2 bad input, 3 questions stay open.
    """
    from lexaudit.cli.judge import read_request
    from lexaudit.questions import open_questions

    request = read_request(system, policy_file, at, as_of)
    target = into or Path(request.graph.sources[0])
    standing = _standing(request, store)
    if listed:
        questions = [question for question in open_questions(standing) if role is None or question.asks(role)]
        click.echo(json.dumps(_plain(questions), indent=2, ensure_ascii=False) if form == "json" else _list(questions))
        return 3 if questions else 0
    if not by or not by.strip():
        raise UsageError("whose answers are these?", advice='name yourself: --by "Jana Weber, head of compliance"')
    if source is not None:
        return _from_file(source, standing, request, target, by)
    return _Dialogue(request, store, target, by, role, (system, policy_file, at, as_of)).run(standing)


def _standing(request: Request, store: Path) -> Standing:
    from lexaudit.cli.judge import evidence_kept
    from lexaudit.questions import Standing
    from lexaudit.remedy import Scene

    kept = evidence_kept(request, store)
    return Standing.of(Scene(request.graph, request.policy, kept, request.at, request.as_of))


def _plain(questions: Sequence[Question]) -> dict[str, Any]:
    return {"format": FORMAT, "questions": [question.plain() for question in questions]}


def _list(questions: Sequence[Question]) -> str:
    if not questions:
        return "Nothing to ask: no outcome waits on an answer."
    lines = [f"{len(questions)} open question{'' if len(questions) == 1 else 's'}; how many findings wait on each:"]
    for question in questions:
        lines += ["", *_wrapped(f"{len(question.waiting):>3}  {question.path} ({question.who.replace('_', ' ')})", 5)]
        lines += _wrapped(f"     {question.text}", 5)
    lines += ["", "answer them:  lexaudit answer SYSTEM --by NAME"]
    return "\n".join(lines)


def _wrapped(text: str, hang: int) -> list[str]:
    flat = " ".join(text.split())
    lead = len(text) - len(text.lstrip())
    return textwrap.wrap(flat, WIDTH, initial_indent=" " * lead, subsequent_indent=" " * hang, break_on_hyphens=False)


class _Dialogue:
    """Questions and answers in the terminal."""

    def __init__(
        self, request: Request, store: Path, target: Path, by: str, role: str | None, asked: tuple[Any, ...]
    ) -> None:
        self.request = request
        self.store = store
        self.target = target
        self.by = by
        self.role = role
        self.asked = asked
        self.skipped: set[str] = set()
        self.written = 0

    def run(self, standing: Standing) -> int:
        from lexaudit.questions import open_questions

        while True:
            questions = [q for q in open_questions(standing) if self.role is None or q.asks(self.role)]
            question = next(self.next_of(questions, standing), None)
            if question is None:
                return self.end(len(questions))
            left = sum(finding.outcome == "not_determined" for finding in standing.findings)
            given = self.ask(question, left)
            if given is _STOP:
                return self.end(len(questions))
            if given is None:
                self.skipped.add(question.path)
                continue
            self.skipped.add(question.path)
            standing = self.keep(given)
            for still in open_questions(standing):
                if still.path == question.path:
                    click.echo(f"  written, but it stays open: {_why(standing, question)}")

    def next_of(self, questions: Sequence[Question], standing: Standing) -> Iterator[Question]:
        from lexaudit.questions import still_matters

        for question in questions:
            if question.path not in self.skipped and still_matters(standing, question):
                yield question

    def ask(self, question: Question, left: int) -> Any:
        count = len(question.waiting)
        waiting = f"{count} finding{' waits' if count == 1 else 's wait'} on this; {left} open"
        click.echo("\n" + "\n".join(_wrapped(question.text, 0)))
        click.echo(f"  {question.path}\n  {question.who.replace('_', ' ')} · {waiting}")
        while True:
            said = self.line(f"{_expected(question)}: ")
            if said is None or said.strip().lower() in ("q", "quit"):
                return _STOP
            if not said.strip():
                return None
            if said.strip() == "?":
                self.explain(question)
                continue
            try:
                return self.given(question, said)
            except ValueError as error:
                click.echo(f"  {error}")

    def given(self, question: Question, said: str) -> Any:
        from lexaudit.answer import Given, oneself
        from lexaudit.questions import read_answer

        value = read_answer(question, said)
        source = ""
        if question.wanted:
            source = self.document(question)
            if not source:
                click.echo(f"  an answer to this counts only with a document of type {' or '.join(question.wanted)}")
                return None
        role = question.roles[0] if len(question.roles) == 1 else self.role or self.chosen("as", question.roles)
        if question.roles and not role:
            return None
        return Given(question, value, oneself(self.by), self.request.at.date(), source, "", role)

    def document(self, question: Question) -> str:
        if not question.documents:
            click.echo("  no such document is described; add it to the manifest first")
        return self.chosen("which document does it rest on", question.documents)

    def chosen(self, prompt: str, names: Sequence[str]) -> str:
        """One of these names; empty when none is chosen, or there is none."""
        for number, name in enumerate(names, 1):
            click.echo(f"    {number}  {name}")
        while names:
            said = self.line(f"{prompt} (a number, or nothing): ")
            if said is None or not said.strip():
                break
            if said.strip().isdigit() and 1 <= int(said) <= len(names):
                return names[int(said) - 1]
            if said.strip() in names:
                return said.strip()
            click.echo(f"  write a number from 1 to {len(names)}")
        return ""

    def explain(self, question: Question) -> None:
        for text in (question.help, "At stake: " + "; ".join(question.cite) if question.cite else ""):
            if text:
                click.echo("\n".join(_wrapped(f"  {text}", 2)))
        click.echo("\n".join(_wrapped("  Waiting: " + ", ".join(question.waiting), 2)))

    def line(self, prompt: str) -> str | None:
        """What is typed; none at the end of the input."""
        click.echo(prompt, nl=False)
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            click.echo(line.rstrip("\n"))
        return line.rstrip("\n") if line else None

    def keep(self, given: Given) -> Standing:
        from lexaudit.answer import write_answers
        from lexaudit.cli.judge import read_request

        write_answers(self.target, [given], _namespace(self.request))
        self.written += 1
        paths, policy, at, as_of = self.asked
        if self.target.resolve() not in [Path(source).resolve() for source in self.request.graph.sources]:
            paths = (*paths, self.target)
        self.request = read_request(paths, policy, at or self.request.at.isoformat(), as_of)
        return _standing(self.request, self.store)

    def end(self, left: int) -> int:
        told = f"{self.written} answer{'' if self.written == 1 else 's'} written to {self.target}"
        click.echo(f"\n{told}; {f'{left} questions stay open' if left else 'nothing is left to ask'}")
        return 3 if left else 0


def _why(standing: Standing, question: Question) -> str:
    """Why a question stays open, in the judge's words."""
    items = (item for finding in standing.findings for reason in finding.reasons for item in reason.missing)
    return next(item.reason for item in items if item.path == question.path)


_STOP: Any = object()
"""That whoever answers has had enough."""


def _expected(question: Question) -> str:
    if question.type in ("bool", "yes or no"):
        return "yes or no"
    if question.choices:
        several = "some of (with commas), or none" if question.type == "strings" else "one of"
        return f"{several}: {', '.join(question.choices)}"
    return {
        "int": "a whole number",
        "number": "a number",
        "date": "a date (2026-11-24)",
        "strings": "words, with commas",
    }.get(question.type, "in words")


def _namespace(request: Request) -> str:
    first = next(iter(request.graph.nodes.values()))
    return str(first.id).partition(":")[2].partition("/")[0]


def _from_file(source: Path, standing: Standing, request: Request, target: Path, by: str) -> int:
    """Write the answers in a file; all that is wrong with them at once, and nothing written then."""
    from lexaudit.answer import Given, oneself, write_answers
    from lexaudit.marked import read_marked, unknown_word
    from lexaudit.questions import open_questions, read_answer

    document = read_marked(source)
    questions = {question.path: question for question in open_questions(standing)}
    if not isinstance(document.data, dict):
        raise InputError("answers are a mapping from the question's path to the answer", place=Place(str(source)))
    errors: list[InputError] = []
    answers: list[Given] = []
    for path, said in document.data.items():
        place = document.key_place(path)
        question = questions.get(path)
        if question is None:
            errors.append(unknown_word("open question", path, questions, place))
            continue
        fields = dict(said) if isinstance(said, dict) else {"value": said}
        unknown = [key for key in fields if key not in ("value", "by", "on", "source", "statement", "role")]
        if unknown or "value" not in fields:
            errors.append(
                InputError(
                    f"the answer to `{path}` has {'an unknown field `' + unknown[0] + '`' if unknown else 'no `value`'}",
                    place=place,
                    advice="write `path: value`, or a mapping with value, by, on, source, statement, role",
                )
            )
            continue
        on = fields.get("on", request.at.date())
        try:
            value = read_answer(question, _text(fields["value"]))
            if not isinstance(on, date) or isinstance(on, datetime):
                raise ValueError("`on` must be a date such as 2026-11-24")
            document_ = str(fields.get("source", ""))
            if question.wanted and document_ not in question.documents:
                raise ValueError(
                    f"it must rest on a document of type {' or '.join(question.wanted)}: name it with `source`"
                )
        except ValueError as error:
            errors.append(InputError(f"the answer to `{path}`: {error}", place=place, advice=question.text))
            continue
        role = str(fields.get("role", question.roles[0] if len(question.roles) == 1 else ""))
        if question.roles and role not in question.roles:
            asked = " or ".join(question.roles)
            errors.append(
                InputError(f"the answer to `{path}` names no `role`", place=place, advice=f"it may be {asked}")
            )
            continue
        name = oneself(str(fields.get("by", by)))
        answers.append(Given(question, value, name, on, document_, str(fields.get("statement", "")), role))
    raise_all(errors)
    write_answers(target, answers, _namespace(request))
    left = len(questions) - len(answers)
    click.echo(f"{len(answers)} answer{'' if len(answers) == 1 else 's'} written to {target}")
    return 3 if left else 0


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
