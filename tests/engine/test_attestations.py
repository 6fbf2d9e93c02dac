"""An answer to a rule, or to a question, that there is not is refused with its place; nothing would ever read it."""

import pytest

from lexaudit.errors import InputError
from lexaudit.facts import check_attestations
from lexaudit.graph.manifest import graph_of
from lexaudit.marked import parse_marked
from lexaudit.packs import load_pack, shipped_packs

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
