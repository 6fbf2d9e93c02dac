"""What comes into force, ends or comes out otherwise between two dates of law, whole, for a system and for stored audits."""

import json
from pathlib import Path

from cli.conftest import Command
from tiny_pack import write_pack

CHANGES = """\
: law of 2026-11-24 → 2028-06-01
  2027-01-01  ladders/tall-ladder-not-braced@system/long
    comes into force, not determined
    Ladder Act Art. 2 applies from 2027-01-01 (Ladder Act Art. 3)
  2027-07-01  ladders/ladder-not-inspected@system/long
    met → not applicable
    Ladder Act Art. 1 applied until 2027-06-30, amended by Regulation 2027/9.
  2027-07-01  ladders/ladder-not-inspected@system/short
    not met → not applicable
    Ladder Act Art. 1 applied until 2027-06-30, amended by Regulation 2027/9.
"""


def test_a_system_between_two_dates(command: Command):
    expected = "Two ladders" + CHANGES + "3 changes in 1 of 1 system; nothing was measured\n"
    line = "compare . --at 2026-11-24 --as-of 2026-11-24 --with 2028-06-01"
    assert command(line) == (0, expected)
    back = "compare . --at 2026-11-24 --as-of 2028-06-01 --with 2026-11-24"
    assert command(back) == (0, expected)


def test_a_folder_of_stored_audits_offline(command: Command, folder: Path):
    for name in ("one", "two"):
        command(f"audit . --at 2026-11-24 --no-pdf --quiet --out audits/{name}")
    (folder / "lexaudit.yaml").unlink()
    (folder / "policy.yaml").unlink()
    assert command("compare --audits audits --pack ladders --with 2028-06-01") == (
        0,
        f"Two ladders (one){CHANGES}Two ladders (two){CHANGES}6 changes in 2 of 2 systems; nothing was measured\n",
    )


def test_a_stored_audit_of_another_version_says_so(command: Command, folder: Path):
    command("audit . --at 2026-11-24 --no-pdf --quiet --out audits/one")
    write_pack(folder / "ladders", changes={"pack.yaml": ("version: 1.0.0", "version: 1.0.1")})
    printed = " ".join(command("compare --audits audits --pack ladders --with 2028-06-01")[1].split())
    assert "note: it was sealed under ladders 1.0.0 (sha256:" in printed
    assert "is judged here under 1.0.1 (sha256:" in printed


def test_a_stored_audit_whose_pack_is_not_here(command: Command):
    command("audit . --at 2026-11-24 --no-pdf --quiet --out audits/one")
    Path("ladders").rename("elsewhere")
    code, printed = command("compare --audits audits --with 2028-06-01")
    assert (code, printed) == (
        2,
        "error: a stored audit was made with the pack `ladders`, which is not here\n"
        "  help: name its folder with --pack\n",
    )


def test_a_stored_audit_that_was_changed_is_refused(command: Command, folder: Path):
    command("audit . --at 2026-11-24 --no-pdf --quiet --out audits/one")
    path = folder / "audits/one/audit.json"
    path.write_bytes(path.read_bytes().replace(b"Two ladders", b"Two ladderz"))
    assert command("compare --audits audits --pack ladders --with 2028-06-01")[0] == 4


def test_an_audit_prints_what_changes_by_another_date(command: Command):
    printed = command("audit . --at 2026-11-24 --no-pdf --out out --compare 2028-06-01")[1]
    assert printed.endswith("\n\nTwo ladders" + CHANGES + "3 changes in 1 of 1 system; nothing was measured\n")


def test_the_same_as_json(command: Command):
    line = "compare . --at 2026-11-24 --with 2027-01-01 --format json"
    value = json.loads(command(line)[1])
    (system,) = value["systems"]
    (change,) = system["changes"]
    assert (value["format"], system["from"], system["to"]) == ("lexaudit-compare/1", "2026-11-24", "2027-01-01")
    assert {key: change[key] for key in ("finding", "rule", "subject", "day", "provision", "what", "why")} == {
        "finding": "ladders/tall-ladder-not-braced@system/long",
        "rule": "ladders/tall-ladder-not-braced",
        "subject": "system:n/long",
        "day": "2027-01-01",
        "provision": "Ladder Act Art. 2",
        "what": "comes into force, not determined",
        "why": "Ladder Act Art. 2 applies from 2027-01-01 (Ladder Act Art. 3)",
    }


def test_a_day_that_no_date_of_the_law_names_is_found_too(command: Command, folder: Path):
    # the rule ends 100 days after a day that only the manifest names
    changes = {
        "rules/ladders.yaml": (
            "applies: system.ladder\n",
            "applies: system.ladder && audit.as_of < system.bought + days(100)\n",
        ),
        "facts/ladders.yaml": (
            "- {fact: system.library,",
            "- {fact: system.bought, type: date, question: When was it bought?, who: provider}\n- {fact: system.library,",
        ),
    }
    write_pack(folder / "ladders", changes=changes)
    manifest = folder / "lexaudit.yaml"
    manifest.write_text(
        manifest.read_text("utf-8").replace("height: 4,", "height: 4, bought: 2026-10-01,"), encoding="utf-8"
    )
    printed = command("compare . --at 2026-11-24 --with 2027-06-01")[1]
    assert "  2027-01-09  ladders/ladder-not-inspected@system/long\n    met → not applicable\n" in printed


def test_nothing_to_compare_is_said(command: Command):
    assert command("compare --with 2028-06-01")[0] == 2
    assert command("compare --audits ladders --with 2028-06-01")[0] == 2
