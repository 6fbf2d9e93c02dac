"""An answer to a rule, or to a question, that there is not is refused with its place; nothing would ever read it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_pack import AT, DATES, FACTS, OBLIGATIONS, PACK

from lexaudit.audit import run
from lexaudit.collect import Workspace
from lexaudit.collect.gather import gather
from lexaudit.errors import InputError
from lexaudit.facts import check_attestations
from lexaudit.graph.manifest import graph_of, read_graph
from lexaudit.marked import parse_marked
from lexaudit.packs import load_pack, shipped_packs
from lexaudit.policy import read_policy
from lexaudit.store import Store

TEXT = """\
lexaudit: 1
namespace: n
systems: {{s: {{}}}}
attestations:
  - {{rule: {rule}, subject: system/s, answer: no, by: A, role: provider, on: 2026-01-01{more}}}
"""


def check(rule: str, more: str = "") -> None:
    graph = graph_of([parse_marked(TEXT.format(rule=rule, more=more).encode(), "lexaudit.yaml")])
    check_attestations(graph, [load_pack(folder) for folder in shipped_packs() if folder.name == "eu_ai_act"])


def test_an_answer_to_a_question_that_is_asked_is_taken():
    check("eu_ai_act/social-scoring-not-screened")


def test_an_answer_to_a_pack_that_the_policy_does_not_choose_is_left_alone():
    check("gdpr/necessity-not-shown")


@pytest.mark.parametrize(
    ("rule", "more", "message"),
    [
        ("eu_ai_act/social-scorng-not-screened", "",
         "unknown rule of eu_ai_act `social-scorng-not-screened`\n  help: did you mean `social-scoring-not-screened`?"),
        ("eu_ai_ct/social-scoring-not-screened", "", "unknown rule pack `eu_ai_ct`\n  help: did you mean `eu_ai_act`?"),
        ("eu_ai_act/logs-not-kept-six-months", "",
         "`eu_ai_act/logs-not-kept-six-months` asks nobody\n  help: remove this answer; nothing reads it"),
        ("eu_ai_act/social-scoring-not-screened", ", question: 2",
         "`eu_ai_act/social-scoring-not-screened` has no question 2\n  help: it asks 1"),
    ],
)  # fmt: skip
def test_an_answer_that_nothing_would_read_is_refused(rule: str, more: str, message: str):
    with pytest.raises(InputError) as error:
        check(rule, more)
    assert error.value.render() == f"lexaudit.yaml:5:5: {message}"


PACKED = """\
- rule: ladder-not-shaken
  title: The ladder was shaken
  obligations: [lad-1]
  subject: system
  severity: high
  form: attested
  applies: system.ladder
  not_applicable: it is no ladder
  expects:
    - {say: it held, attest: Did it hold?, who: provider, evidence: [test_report], valid_days: 30}
  remedy: Shake it.
"""


def outcome(folder: Path, answer: str, report: str, evidence: str = ", evidence: [document/r]") -> tuple[str, str]:
    for name, text in {
        "pack.yaml": PACK, "obligations.yaml": OBLIGATIONS, "dates.yaml": DATES, "facts/f.yaml": FACTS, "rules/r.yaml": PACKED,
    }.items():  # fmt: skip
        (folder / "pack" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "pack" / name).write_text(text)
    (folder / "policy.yaml").write_text("policy: 1\nname: p\npacks: [{id: ladders, path: pack}]\n")
    (folder / "report.md").write_text("It was shaken, and it held.")
    (folder / "lexaudit.yaml").write_text(
        "lexaudit: 1\nnamespace: n\ntitle: T\nsystems: {s: {facts: {ladder: true}}}\n"
        f"documents: {{r: {{type: test_report, path: report.md, about: [system/s], {report}}}}}\n"
        f"attestations: [{{rule: ladders/ladder-not-shaken, subject: system/s, answer: {answer}, by: A, role: provider,"
        f" on: 2026-11-10{evidence}}}]\n"
    )
    policy, graph = read_policy(folder / "policy.yaml"), read_graph([folder / "lexaudit.yaml"])
    workspace = Workspace(folder, folder, AT, 0, lambda share, words: None)
    quiet: Callable[[str, float, str], None] = lambda title, share, words: None  # noqa: E731
    store = Store(folder / "store")
    done = run(graph, policy, lambda plan: gather(plan.needs, graph, workspace, store, quiet), AT, AT.date())
    (finding,) = [each for each in done.findings if each.rule == "ladder-not-shaken"]
    return str(finding.outcome), finding.reasons[1].because


def test_what_an_answer_rests_on(tmp_path: Path):
    assert outcome(tmp_path, "yes", "status: approved, issued: 2026-11-10") == (
        "met",
        "A (provider) answered yes on 2026-11-10",
    )
    assert outcome(tmp_path, "yes", "status: approved, issued: 2026-11-11") == (
        "not_determined", "not known: the answer of A of 2026-11-10 rests on document/r, which was issued later",
    )  # fmt: skip
    assert outcome(tmp_path, "yes", "status: draft, issued: 2026-11-10") == (
        "not_determined", "not known: the answer of A rests on document/r: document/r is a draft, not approved",
    )  # fmt: skip
    assert outcome(tmp_path, "yes", "status: approved, issued: 2026-11-01", "") == (
        "not_determined", "not known: the answer of A is not linked to a document of type test_report",
    )  # fmt: skip


def test_an_admission_needs_no_document(tmp_path: Path):
    assert outcome(tmp_path, "no", "status: draft", "") == ("not_met", "A (provider) answered no on 2026-11-10")
