"""Each thing that lint looks for, put into a small pack that is clean without it."""

from pathlib import Path

import pytest
from tiny_pack import write_pack

from lexaudit.cases import read_cases
from lexaudit.lint import idle_obligations, lint_pack
from lexaudit.packs import load_pack, shipped_packs

Change = dict[str, tuple[str, str]]

TWIN = """
- rule: tall-ladder-braced-anyway
  title: A tall ladder is not braced
  obligations: [lad-1]
  subject: system
  severity: high
  form: recorded
  applies: system.ladder
  not_applicable: it is no ladder
  expects:
    - say: it was never inspected, and is high or of something else
      that: "!(system.inspected || (system.height < 2 && system.material == \\"metal\\"))"
  remedy: Leave it alone.
"""


def problems(folder: Path, changes: Change) -> list[str]:
    pack = load_pack(write_pack(folder / "ladders", changes=changes))
    return [problem.render() for problem in lint_pack(pack, read_cases(pack))]


@pytest.mark.parametrize("folder", shipped_packs(), ids=lambda folder: folder.name)
def test_the_shipped_packs_are_clean(folder: Path):
    pack = load_pack(folder)
    assert lint_pack(pack, read_cases(pack)) == []


def test_the_small_pack_is_clean(tmp_path: Path):
    assert problems(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {
                "facts/ladders.yaml": (
                    "- {fact: system.library,",
                    "- {fact: system.colour, type: string, question: Which?}\n- {fact: system.library,",
                )
            },
            "pack:ladders/facts/ladders.yaml:2:10: no condition reads the fact `system.colour`\n"
            "  help: take it out, or write the rule that needs it",
        ),
        (
            {"rules/ladders.yaml": ("form: attested", "form: measured")},
            "pack:ladders/rules/ladders.yaml:13:9: `tall-ladder-not-braced` says it is measured, but its strongest part is attested\n"
            "  help: write `form: attested`, or measure something",
        ),
        (
            {"rules/ladders.yaml": ("Have it inspected.", "Make it compliant.")},
            "pack:ladders/rules/ladders.yaml:12:11: the word `compliant` is used\n"
            "  help: say what is met and what is not: no audit establishes compliance",
        ),
        (
            {"rules/ladders.yaml": ("say: somebody has seen the brace", "say: braced")},
            "pack:ladders/rules/ladders.yaml:22:7: `say: braced` is no sentence\n"
            "  help: say in one plain sentence what is so when the expectation is met",
        ),
        (
            {"rules/ladders.yaml": ("Brace it.", "Brace.")},
            "pack:ladders/rules/ladders.yaml:13:9: the remedy of `tall-ladder-not-braced` is no sentence\n"
            "  help: say what a person should do",
        ),
        (
            {"obligations.yaml": ("until: 2027-06-30", "until: 2025-06-30")},
            "pack:ladders/obligations.yaml:1:3: `lad-1` ends on 2025-06-30, before it applies to everyone it is for (2026-01-01)\n"
            "  help: correct `until` or `applies_from`",
        ),
        (
            {
                "obligations.yaml": (
                    "[{date: 2027-01-01, when: tall}]",
                    "[{date: 2027-01-01, when: tall}, {date: 2026-01-01, when: tall}]",
                )
            },
            "pack:ladders/obligations.yaml:10:3: the dates of `lad-2` are not in order\n"
            "  help: write `applies_from` with the earliest date first",
        ),
        (
            {"dates.yaml": ("from: 2028-01-01", "from: 2026-06-01")},
            "pack:ladders/dates.yaml:4:5: `libraries` begins on 2026-06-01, before every date that it is to put off (2027-01-01 …)\n"
            "  help: correct `from`, or the routes it is for",
        ),
        (
            {
                "rules/ladders.yaml": (
                    "applies: system.ladder && system.tall",
                    'applies: system.material == "wood" && system.material == "metal" && system.tall',
                )
            },
            "pack:ladders/rules/ladders.yaml:19:12: rule `tall-ladder-not-braced`, applies: can never be true, because "
            "`system.material` cannot be both `wood` and `metal`\n"
            "  help: one of the two is meant otherwise; use `||` where either will do",
        ),
        (
            {
                "rules/ladders.yaml": (
                    "applies: system.ladder && system.tall",
                    "applies: system.height < 3 && system.tall && !(system.height < 3)",
                )
            },
            "pack:ladders/rules/ladders.yaml:19:12: rule `tall-ladder-not-braced`, applies: can never be true, because "
            "`system.height < 3` cannot both hold and not hold\n"
            "  help: one of the two is meant otherwise; use `||` where either will do",
        ),
        (
            {"rules/ladders.yaml": ('system.material == "metal"', 'system.material == "mettal"')},
            "pack:ladders/rules/ladders.yaml:11:74: rule `ladder-not-inspected`, expectation 1: `system.material` is never `mettal`\n"
            "  help: it is one of: `wood`, `metal`",
        ),
        (
            {"rules/ladders.yaml": ("applies: system.ladder && system.tall", "applies: 1 < 2")},
            "pack:ladders/rules/ladders.yaml:19:12: rule `tall-ladder-not-braced`, applies: the condition reads nothing\n"
            "  help: name what it depends on; write `true` for a rule that always applies",
        ),
        (
            {
                "facts/ladders.yaml": (
                    "    - {otherwise: true",
                    "    - {when: system.height > 3, value: false, because: it is not}\n    - {otherwise: true",
                )
            },
            "pack:ladders/facts/ladders.yaml:10:14: fact `system.tall`, branch 2: is never reached, because an earlier one asks the same\n"
            "  help: take it out, or change one of the two",
        ),
    ],
)
def test_each_mistake_is_found_with_its_place(tmp_path: Path, changes: Change, expected: str):
    assert problems(tmp_path, changes) == [expected]


def test_two_rules_that_expect_the_contrary_of_each_other(tmp_path: Path):
    why = "  why: Tall ladders fall.\n"
    told = problems(tmp_path, {"rules/ladders.yaml": (why, why.rstrip("\n") + TWIN)})
    assert told == [
        "pack:ladders/rules/ladders.yaml:28:9: the rule `tall-ladder-braced-anyway` has no case\n"
        "  help: add cases under `tests/`: met, not met, and the rest",
        "pack:ladders/rules/ladders.yaml:37:7: `tall-ladder-braced-anyway` expects the contrary of what "
        "`ladder-not-inspected` expects at pack:ladders/rules/ladders.yaml:10:7\n"
        "  help: both can never be met; take one out, or say in `applies` for whom each is",
    ]


def test_an_obligation_that_nothing_rests_on_is_a_note(tmp_path: Path):
    pack = load_pack(write_pack(tmp_path / "ladders", changes={"rules/ladders.yaml": ("[lad-2]", "[lad-1]")}))
    assert [note.what for note in idle_obligations(pack)] == [
        "no rule, fact or date rests on `lad-2` (Art. 2, obligation)"
    ]
    assert lint_pack(pack, read_cases(pack)) == []
