"""What to ask, and whom: the questions whose answers can still change an outcome, those that decide most first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from lexaudit.collect import Missing
from lexaudit.facts import Derivations
from lexaudit.finding import Finding, MissingItem, Outcome
from lexaudit.graph import Kind
from lexaudit.graph.kinds import SECTIONS
from lexaudit.packs import Expectation, Rule
from lexaudit.plan import document_type
from lexaudit.remedy import Change, Scene, compared, stating, suppose, suppose_answer

_SECTION: Final = {kind: section for section, kind in SECTIONS.items()}


@dataclass(frozen=True)
class Question:
    """One question, with everything that waits on its answer."""

    path: str
    """What it is about: `system/x.profiling`, `answer to pack/rule for system/x`."""
    text: str
    """The question in plain words."""
    help: str
    who: str
    """A role or function that may answer."""
    type: str
    """`bool`, `int`, `number`, `string`, `date`, `strings`, or `yes or no` for an answer that a rule asks for."""
    choices: tuple[str, ...]
    """The only values that an answer may have; empty when any may."""
    cite: tuple[str, ...]
    """The provisions at stake."""
    waiting: tuple[str, ...]
    """Ids of the findings that wait on it."""
    deciding: int
    """How many of them wait to know whether they apply at all."""
    place: tuple[str, ...]
    """Where the answer belongs: section, name, `facts` or nothing, field; or `attestations`, rule, subject, number."""
    documents: tuple[str, ...] = ()
    """For an answer that must rest on a document: the documents of a fitting type, as `document/x`."""
    wanted: tuple[str, ...] = ()
    """The types of document that it may rest on; empty when it needs none."""
    roles: tuple[str, ...] = ()
    """For an answer that a rule asks for: the roles in any one of which it may be given."""

    def asks(self, role: str) -> bool:
        """Whether somebody in this role may answer."""
        return role in (self.roles or (self.who,))

    @property
    def weight(self) -> tuple[int, str]:
        """What it is ordered by: most findings first, and those that decide whether a rule applies twice."""
        return (-len(self.waiting) - self.deciding, self.path)

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "path": self.path,
            "question": self.text,
            "help": self.help,
            "who": self.who,
            "type": self.type,
            "choices": list(self.choices),
            "cite": list(self.cite),
            "waiting": list(self.waiting),
            "documents": list(self.documents),
        }


@dataclass(frozen=True)
class Standing:
    """A scene with what came of it."""

    scene: Scene
    findings: tuple[Finding, ...]
    derivations: Derivations
    rules: Mapping[str, Rule]

    @classmethod
    def of(cls, scene: Scene) -> Standing:
        """The scene, judged."""
        judge = scene.judge()
        findings = tuple(judge.finding(pack, rule, subject) for pack, rule, subject in judge.pairs())
        rules = {rule.name: rule for pack in scene.policy.packs for rule in pack.rules}
        return cls(scene, findings, judge.derivations, rules)


def open_questions(standing: Standing) -> list[Question]:
    """Every question that some finding waits on, those that decide most first; each once, whoever asks it.

    What has to be measured, filed or registered, and what is stated of edges, is not asked.
    """
    waiting: dict[str, list[tuple[Finding, MissingItem, bool, Expectation | None]]] = {}
    for finding in standing.findings:
        if finding.outcome is not Outcome.NOT_DETERMINED:
            continue
        expects = [None, *standing.rules[f"{finding.pack}/{finding.rule}"].expects]
        for number, (reason, expectation) in enumerate(zip(finding.reasons, expects, strict=False)):
            for item in reason.missing:
                waiting.setdefault(item.path, []).append((finding, item, number == 0, expectation))
    made = (_question(standing, path, uses) for path, uses in waiting.items())
    return sorted((question for question in made if question is not None), key=lambda question: question.weight)


def _question(
    standing: Standing, path: str, uses: Sequence[tuple[Finding, MissingItem, bool, Expectation | None]]
) -> Question | None:
    findings = tuple(dict.fromkeys(finding.id for finding, *_ in uses))
    deciding = len({finding.id for finding, _, first, _ in uses if first})
    cite = tuple(dict.fromkeys(str(finding.citations[0]) for finding, *_ in uses if finding.citations))
    if path.startswith("answer to "):
        return _asked(standing, path, uses[0], findings, cite)
    label, _, name = path.rpartition(".")
    node = standing.scene.graph.labelled(label)
    attribute = standing.derivations.world.fields[node.kind].get(name) if node else None
    if node is None or attribute is None or attribute.structured:
        return None
    declared = standing.derivations.facts.get(f"{node.kind}.{name}")
    if declared is not None:
        text, help_, who = declared.question, declared.help, declared.who
        cite = tuple(dict.fromkeys((*declared.cite, *cite)))
    else:
        text, help_, who = f"{attribute.meaning} ({node.title})", "", "whoever keeps the manifest"
    place = (_SECTION[node.kind], node.name, *(("facts",) if declared else ()), name)
    return Question(path, text, help_, who, attribute.type, attribute.choices, cite, findings, deciding, place)


def _asked(
    standing: Standing,
    path: str,
    use: tuple[Finding, MissingItem, bool, Expectation | None],
    findings: tuple[str, ...],
    cite: tuple[str, ...],
) -> Question | None:
    finding, _, _, expectation = use
    assert expectation is not None
    rule = standing.rules[f"{finding.pack}/{finding.rule}"]
    questions = [asked for asked in rule.expects if asked.question]
    number = str(questions.index(expectation) + 1) if len(questions) > 1 else ""
    graph = standing.scene.graph
    fitting = [node.label for node in graph.of_kind(Kind.DOCUMENT) if document_type(node) in expectation.documents]
    label = graph.nodes[finding.subject].label
    return Question(
        path,
        expectation.question,
        rule.why,
        expectation.who,
        "yes or no",
        ("yes", "no"),
        cite,
        findings,
        0,
        ("attestations", rule.name, label, number),
        tuple(fitting),
        expectation.documents,
        expectation.roles,
    )


def still_matters(standing: Standing, question: Question) -> bool:
    """Whether some answer to a question changes the outcome of a finding that waits on it, or what it waits on next."""
    if question.type == "yes or no":
        return True
    values = compared(standing.scene.policy.packs)
    before = {finding.id: finding for finding in standing.findings if finding.id in question.waiting}
    for change in stating(standing.scene, question.path, question.who, standing.derivations, values):
        judge = suppose(standing.scene, [change]).judge()
        for pack, rule, subject in judge.pairs():
            found = next(
                (f for f in before.values() if (f.rule, f.pack, f.subject) == (rule.id, pack.id, subject.id)), None
            )
            if found is not None:
                after = judge.finding(pack, rule, subject)
                rest = {path for path in _waited(found) if path != question.path}
                if after.outcome is not found.outcome or _waited(after) != rest:
                    return True
    return False


def _waited(finding: Finding) -> set[str]:
    return {item.path for reason in finding.reasons for item in reason.missing}


# the shortest way to decided --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One thing to supply, with the findings that are decided once it and those before it are."""

    what: str
    """`answer`, `file`, `measure` or `register`."""
    path: str
    text: str
    """What is asked or to be done."""
    who: str
    decides: tuple[str, ...]
    """Ids of findings that are decided then, whatever the answers are."""


@dataclass(frozen=True)
class Way:
    """What to supply, in order, so that as much as possible is decided."""

    steps: tuple[Step, ...]
    open: tuple[str, ...]
    """Ids of every finding that is not determined now."""
    left: Mapping[str, str]
    """Ids of findings that nothing here decides, each with the reason."""

    @property
    def decided(self) -> int:
        """How many findings are decided at the end."""
        return sum(len(step.decides) for step in self.steps)

    @property
    def sentence(self) -> str:
        """`answer 4 questions, measure 2 things: 31 of 38 undetermined obligations are decided`."""
        if not self.open:
            return "nothing is undetermined"
        kinds = [("answer", "question"), ("file", "document"), ("measure", "thing"), ("register", "limit")]
        told = []
        for what, noun in kinds:
            number = sum(step.what == what for step in self.steps)
            if number:
                told.append(f"{what} {number} {noun}{'' if number == 1 else 's'}")
        whole = f"{self.decided} of {len(self.open)} undetermined obligations"
        return (
            f"{', '.join(told)}: {whole} are decided" if told else f"nothing to supply decides any of {len(self.open)}"
        )

    def plain(self) -> dict[str, Any]:
        """As a JSON value."""
        return {
            "sentence": self.sentence,
            "open": list(self.open),
            "steps": [
                {"what": s.what, "path": s.path, "text": s.text, "who": s.who, "decides": list(s.decides)}
                for s in self.steps
            ],
            "left": dict(self.left),
        }


TREE: Final = 400
"""Judgements that following one finding through the answers it could get may take."""


def way_to_decided(standing: Standing) -> Way:
    """The steps that decide most, fewest first: at each, the finding that needs least beyond what is supplied already.

    What a finding needs is found by following it through every answer that conditions tell apart, so that a finding counted
    as decided is decided whatever is answered. What a measurement shows is taken to be conclusive.
    """
    open_ = [finding for finding in standing.findings if finding.outcome is Outcome.NOT_DETERMINED]
    needs: dict[str, dict[str, Step]] = {}
    left: dict[str, str] = {}
    for finding in open_:
        try:
            needs[finding.id] = _needs(standing, finding)
        except _CannotTell as reason:
            left[finding.id] = str(reason)
    steps: list[Step] = []
    supplied: set[str] = set()
    while needs:
        # the least more, and among those what helps most others
        missing = {name: [path for path in wanted if path not in supplied] for name, wanted in needs.items()}
        least = min(missing, key=lambda name: (len(missing[name]), -_helped(missing, missing[name]), name))
        for path in missing[least]:
            supplied.add(path)
            decided = tuple(name for name, wanted in needs.items() if all(other in supplied for other in wanted))
            steps.append(replace(needs[least][path], decides=decided))
            for name in decided:
                if name != least:
                    del needs[name]
            if least in decided:
                break
        needs.pop(least, None)
    return Way(tuple(steps), tuple(finding.id for finding in open_), left)


def _helped(missing: Mapping[str, Sequence[str]], paths: Sequence[str]) -> int:
    return sum(set(wanted) <= set(paths) for wanted in missing.values())


class _CannotTell(Exception):
    """A finding whose needs cannot be told, with the reason."""


def _needs(standing: Standing, finding: Finding) -> dict[str, Step]:
    """Everything that a finding could come to need before it is decided, by path."""
    rule = standing.rules[f"{finding.pack}/{finding.rule}"]
    pack = next(pack for pack in standing.scene.policy.packs if pack.id == finding.pack)
    values = compared(standing.scene.policy.packs)
    steps: dict[str, Step] = {}
    pending: list[tuple[Change, ...]] = [()]
    tried = 0
    while pending:
        changes = pending.pop()
        tried += 1
        if tried > TREE:
            raise _CannotTell("too much depends on the answers to follow them all")
        scene = suppose(standing.scene, changes)
        judge = scene.judge()
        found = judge.finding(pack, rule, judge.graph.nodes[finding.subject])
        if found.outcome is not Outcome.NOT_DETERMINED:
            continue
        waits = list(_waits(found, rule, {change.path for change in changes}))
        if not waits:
            raise _CannotTell(next(iter(sorted(_waited(found))), "it stays open"))
        item, expectation = waits[0]
        step = _step(standing, item, expectation)
        steps.setdefault(step.path, step)
        answers = list(_answers(scene, judge.derivations, item, expectation, found, values))
        if not answers:
            # a measurement: conclusive, it decides this part; what else is missing still counts
            for other, asked in waits[1:]:
                more = _step(standing, other, asked)
                steps.setdefault(more.path, more)
            continue
        pending.extend((*changes, change) for change in answers)
    return steps


def _waits(finding: Finding, rule: Rule, taken: set[str]) -> Iterator[tuple[MissingItem, Expectation | None]]:
    """What a finding waits on and can be supplied, the questions that decide most first."""
    for reason, expectation in zip(finding.reasons, [None, *rule.expects], strict=False):
        for item in reason.missing:
            if item.path.startswith(("interval: ", "fault: ", "nothing to check")):
                raise _CannotTell(item.path.removeprefix("interval: ").removeprefix("fault: "))
            if item.path not in taken:
                yield item, expectation


def _step(standing: Standing, item: MissingItem, expectation: Expectation | None) -> Step:
    if item.path.startswith("evidence "):
        for found in standing.scene.collected.values():
            if isinstance(found, Missing) and found.reason == item.reason:
                raise _CannotTell(f"{item.path.removeprefix('evidence ')}: {found.reason}")
        documents = expectation is not None and expectation.collector == "documents"
        what = "file" if documents else "measure"
    elif item.path.startswith("threshold."):
        what = "register"
    else:
        what = "answer"
    return Step(what, item.path, item.question, item.who, ())


def _answers(
    scene: Scene,
    derivations: Derivations,
    item: MissingItem,
    expectation: Expectation | None,
    finding: Finding,
    values: Mapping[str, Sequence[Any]],
) -> Iterator[Change]:
    """Every answer that conditions tell apart; none for what is measured."""
    if item.path.startswith("evidence "):
        return
    if item.path.startswith("answer to ") and expectation is not None:
        rule = f"{finding.pack}/{finding.rule}"
        number = int(item.path.partition("(question ")[2].partition(")")[0] or 0) or None
        for answer in ("yes", "no"):
            yield suppose_answer(item.path, rule, finding.subject, number, answer, expectation)
        return
    yield from stating(scene, item.path, item.who, derivations, values)


# reading answers --------------------------------------------------------------------------------------------------------


def read_answer(question: Question, text: str) -> Any:
    """An answer as typed, as the JSON value it stands for. Raises `ValueError` with what is expected."""
    return typed_answer(question.type, question.choices, text)


def typed_answer(type_: str, choices: Sequence[str], text: str) -> Any:
    """See `read_answer`."""
    said = text.strip()
    if type_ in ("bool", "yes or no"):
        meant = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}.get(said.lower())
        if meant is None:
            raise ValueError("answer yes or no")
        return meant if type_ == "bool" else ("yes" if meant else "no")
    if type_ == "int":
        if not said.lstrip("-").isdigit():
            raise ValueError("a whole number is expected, such as 12")
        return int(said)
    if type_ == "number":
        try:
            return float(said)
        except ValueError:
            raise ValueError("a number is expected, such as 0.05") from None
    if type_ == "date":
        try:
            return date.fromisoformat(said)
        except ValueError:
            raise ValueError("a date is expected, such as 2026-11-24") from None
    if type_ == "strings":
        words = [] if said.lower() in ("none", "[]") else [word.strip() for word in said.split(",") if word.strip()]
        for word in words:
            _check_choice(choices, word)
        return words
    _check_choice(choices, said)
    return said


def _check_choice(choices: Sequence[str], word: str) -> None:
    if choices and word not in choices:
        from lexaudit.marked import nearest

        guess = nearest(word, choices)
        raise ValueError(f"`{word}` is none of {', '.join(choices)}" + (f"; did you mean {guess}?" if guess else ""))
