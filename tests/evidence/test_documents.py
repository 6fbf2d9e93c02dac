"""When a document is there, in force, and says something."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexaudit.canonical import canonical_bytes, digest_bytes
from lexaudit.collect import Evidence, Inputs, Missing
from lexaudit.errors import InputError
from lexaudit_evidence.documents import Documents, same_title, sections_of, substance

TWENTY = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
TEXT = f"# Risk file\n\n## Method\n\n{TWENTY}.\n\n## Findings\n\n{TWENTY}.\n"


def filed(world: Any, text: str | bytes | None = TEXT, name: str = "file", about: Any = None, **attributes: Any) -> Any:
    """A system with a document of type risk_management about it; gives the system."""
    system = about or world.add("system", "score")
    stated = {
        "type": "risk_management",
        "path": f"{name}.md",
        "status": "approved",
        "issued": "2026-08-30",
        **attributes,
    }
    if text is not None:
        world.file(stated["path"], text)
    world.document(name, system, **stated)
    return system


def look(world: Any, system: Any, **parameters: Any) -> dict[str, Any]:
    return dict(world.value(Documents(), system, type="risk_management", **parameters))


def test_a_good_document_whole(world: Any) -> None:
    system = filed(world, fields={"reference": "RM-1"})
    assert look(world, system, sections=["Method", "Findings"], fields=["reference"], max_age_days=365) == {
        "found": True,
        "current": True,
        "missing_sections": [],
        "empty_sections": [],
        "missing_fields": [],
        "count": 1,
        "document": "document/file",
        "issued": "2026-08-30",
        "age_days": 86,
        "reasons": [],
        "because": {},
        "items": {},
    }


def test_nothing_filed_is_absent_and_not_missing(world: Any) -> None:
    found = world.measure(Documents(), world.add("system", "score"), type="risk_management", sections=["Method"])
    assert isinstance(found, Evidence)
    assert found.value == {
        "found": False,
        "current": False,
        "missing_sections": ["Method"],
        "empty_sections": [],
        "missing_fields": [],
        "count": 0,
        "document": "",
        "reasons": ["no document of type risk management is filed about system/score"],
        "because": {"found": ["no document of type risk management is filed about system/score"]},
        "items": {"Method": "there is no such document"},
    }


def test_each_item_that_is_lacking_has_a_sentence_of_its_own(world: Any) -> None:
    system = filed(world, f"## Method\n\n{TWENTY}\n\n## Findings\n\nnone\n", fields={"reference": "RM-1"})
    value = look(world, system, sections=["Method", "Findings|Results", "Scope"], fields=["reference", "next_review"])
    assert value["items"] == {
        "Findings|Results": "the section “Findings” of document/file has fewer than 20 words of substance",
        "Scope": "document/file has no section “Scope”",
        "next_review": "document/file records no next review",
    }


def test_documents_about_others_or_of_other_types_do_not_count(world: Any) -> None:
    system = filed(world, type="test_report")
    filed(world, name="other", about=world.add("model", "net"))
    assert look(world, system)["count"] == 0


@pytest.mark.parametrize(
    ("attributes", "text", "reason"),
    [
        ({"status": "draft"}, TEXT, "document/file is a draft, not approved"),
        ({"status": "withdrawn"}, TEXT, "document/file is withdrawn, not approved"),
        ({}, None, "the file `file.md` of document/file is not there"),
        ({"path": ""}, None, "document/file names no file"),
        ({}, " \n", "the file `file.md` of document/file is empty"),
        ({"issued": "2027-01-01"}, TEXT, "document/file is dated 2027-01-01, after the day of the audit"),
        (
            {"digest": digest_bytes(b"as approved")},
            TEXT,
            "the content of `file.md` is not what document/file states by its digest",
        ),
    ],
)
def test_what_makes_a_document_not_found(world: Any, attributes: dict[str, Any], text: str | None, reason: str) -> None:
    value = look(world, filed(world, text, **attributes))
    assert (value["found"], value["current"]) == (False, False)
    assert value["reasons"] == [reason]


@pytest.mark.parametrize(
    ("attributes", "parameters", "reasons"),
    [
        ({}, {}, []),
        ({"issued": "2025-11-24"}, {"max_age_days": 365}, []),
        (
            {"issued": "2025-11-23"},
            {"max_age_days": 365},
            ["document/file was issued on 2025-11-23, 366 days ago; at most 365 are allowed"],
        ),
        ({"valid_until": "2026-11-24"}, {}, []),
        ({"valid_until": "2026-11-23"}, {}, ["document/file was valid until 2026-11-23"]),
        ({"issued": "30.08.2026"}, {}, ["document/file states `30.08.2026` as its date, which cannot be read"]),
        (
            {"valid_until": "soon"},
            {},
            ["document/file states `soon` as the end of its validity, which cannot be read"],
        ),
        ({"issued": None}, {"max_age_days": 365}, ["document/file does not say when it was issued"]),
        ({"issued": None}, {}, []),
    ],
)
def test_when_a_document_is_current(
    world: Any, attributes: dict[str, Any], parameters: dict[str, Any], reasons: list[str]
) -> None:
    value = look(world, filed(world, **attributes), **parameters)
    assert value["found"] is True
    assert value["current"] is (reasons == [])
    assert value["reasons"] == reasons


def test_the_same_document_at_another_time(world: Any) -> None:
    system = filed(world)
    before = world.inspect(Documents(), system, type="risk_management").digests
    world.at = datetime(2027, 12, 3, tzinfo=UTC)
    assert look(world, system, max_age_days=365)["current"] is False
    assert world.inspect(Documents(), system, type="risk_management").digests != before


@pytest.mark.parametrize(
    ("body", "missing", "empty"),
    [
        (f"## Method\n{TWENTY}", [], []),
        (f"## Method\n{TWENTY.removesuffix(' twenty')}", ["Method"], ["Method"]),
        (f"Method\n------\n\n{TWENTY}", [], []),
        (f"Method\n======\n\n{TWENTY}", [], []),
        (f"### 2.1 METHOD: ###\n{TWENTY}", [], []),
        (f"## **Method**\n{TWENTY}", [], []),
        (f"## Methods\n{TWENTY}", ["Method"], []),
        (f"The method:\n\n{TWENTY}", ["Method"], []),
        ("## Method\n\n## Findings\n" + TWENTY, ["Method"], ["Method"]),
        (f"## Method\n### Steps\n{TWENTY}", [], []),
        (f"## Method\n### Data\n### Steps\n{TWENTY}\n## Findings", [], []),
        (f"## Method\n\nTODO: {TWENTY}.", ["Method"], ["Method"]),
        (f"## Method\n\nTBD. {TWENTY}.", [], []),
        (f"## Method\n\nLorem ipsum dolor sit amet. {TWENTY}.", ["Method"], ["Method"]),
        (f"## Method\n\n[insert the description of your method, {TWENTY}]", ["Method"], ["Method"]),
        (f"## Method\n<!-- {TWENTY} -->", ["Method"], ["Method"]),
        (f"```\n## Method\n{TWENTY}\n```", ["Method"], []),
        (f"## Method\n```\n# not a heading\n{TWENTY}\n```\n", [], []),
        (f"---\ntitle: x\n---\n## Method\n{TWENTY}", [], []),
        (f"## Method\r\n\r\n{TWENTY}\r\n", [], []),
        ("## Method\n" + "1 2 3 4 5 6 7 8 9 10 " * 5, ["Method"], ["Method"]),
        ("## Method\n" + "\n".join(f"- item {word}" for word in TWENTY.split()), [], []),
        (f"## Method\n\n| a | b |\n|---|---|\n| {TWENTY} | x |", [], []),
        ("", ["Method"], []),
    ],
)
def test_when_a_section_counts(world: Any, body: str, missing: list[str], empty: list[str]) -> None:
    value = look(world, filed(world, f"Title\n\n{body}\n"), sections=["Method"])
    assert (value["missing_sections"], value["empty_sections"]) == (missing, empty)


def test_text_of_a_section_asked_for_itself_does_not_count_for_the_one_above(world: Any) -> None:
    system = filed(world, f"# Method\n\n## Findings\n\n{TWENTY}\n\n### Details\n\n{TWENTY}\n")
    value = look(world, system, sections=["Method", "Findings"])
    assert (value["missing_sections"], value["empty_sections"]) == (["Method"], ["Method"])
    assert value["reasons"] == ["the section “Method” of document/file has fewer than 20 words of substance"]


def test_one_of_several_titles_is_enough(world: Any) -> None:
    system = filed(world)
    value = look(world, system, sections=["Approach|Method", "Results | Findings", "Scope|Extent"])
    assert value["missing_sections"] == ["Scope|Extent"]
    assert value["reasons"] == ["document/file has no section “Scope”"]


@pytest.mark.parametrize("value", [None, "", "  ", "TBD", "to be defined", [], {}])
def test_a_field_needs_a_value(world: Any, value: Any) -> None:
    found = look(world, filed(world, fields={"reference": value, "edition": 0}), fields=["reference", "edition"])
    assert found["missing_fields"] == ["reference"]
    assert found["reasons"] == ["document/file records no reference"]


def test_the_newest_approved_one_is_judged(world: Any) -> None:
    system = filed(world, name="old", issued="2025-01-01")
    filed(world, name="new", about=system, issued="2026-06-01")
    filed(world, name="draft", about=system, issued="2026-11-01", status="draft")
    filed(world, name="future", about=system, issued="2026-12-01")
    value = look(world, system)
    assert (value["count"], value["document"], value["found"]) == (4, "document/new", True)
    assert value["reasons"] == [
        "4 documents of type risk management are filed; document/new, the newest approved one, is judged"
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n...", "a PDF, in which headings cannot be told from other text"),
        (b"PK\x03\x04\x00\x00", "not UTF-8 text"),
        ("Über".encode("latin-1"), "not UTF-8 text"),
    ],
)
def test_a_document_that_cannot_be_read(world: Any, content: bytes, what: str) -> None:
    system = filed(world, content)
    found = world.measure(Documents(), system, type="risk_management", sections=["Method"])
    assert isinstance(found, Missing)
    assert found.reason == f"the sections of document/file cannot be read: `file.md` is {what}"
    assert found.advice == "file it as Markdown beside the original, or attest to its content"
    # that it is there and in force can be said without reading it
    assert look(world, system)["current"] is True


def test_a_draft_that_cannot_be_read_is_still_a_draft(world: Any) -> None:
    value = look(world, filed(world, b"%PDF-1.7", status="draft"), sections=["Method"])
    assert (value["found"], value["missing_sections"]) == (False, ["Method"])


def test_a_document_outside_the_folder_is_an_error(world: Any) -> None:
    (world.root.parent / "secret.md").write_text(TEXT)
    system = filed(world, None, path="../secret.md")
    with pytest.raises(InputError) as caught:
        world.inspect(Documents(), system, type="risk_management")
    assert caught.value.render() == (
        "lexaudit.yaml:3:5: `../secret.md` lies outside the folder of the manifest\n"
        "  help: copy the file into the folder of the manifest and give its path there"
    )


def test_a_document_that_changes_meanwhile_is_not_judged(world: Any) -> None:
    system = filed(world)
    collector = Documents()
    need, workspace = world.need(collector, system, {"type": "risk_management"}), world.workspace()
    inputs = collector.inspect(need, world.graph, workspace)
    assert isinstance(inputs, Inputs)
    world.file("file.md", "# Other\n")
    found = collector.measure(need, inputs, world.graph, workspace)
    assert isinstance(found, Missing)
    assert found.reason == "`file` changed while it was being read"


def test_twice_gives_the_same_bytes(world: Any) -> None:
    system = filed(world)
    first, second = (world.measure(Documents(), system, type="risk_management", sections=["Method"]) for _ in range(2))
    assert canonical_bytes(first.plain()) == canonical_bytes(second.plain())
    assert str(world.root) not in canonical_bytes(first.plain()).decode()


@pytest.mark.parametrize(
    ("parameters", "problems"),
    [
        ({"type": "risk_management", "sections": ["A|B"], "fields": ["x"], "max_age_days": 365}, []),
        ({}, ["`type` is missing: the type of document to look for"]),
        ({"type": "risk_managment"}, ["unknown type of document `risk_managment`; did you mean `risk_management`?"]),
        ({"type": "other", "section": []}, ["unknown parameter `section`; did you mean `sections`?"]),
        ({"type": "other", "sections": "A"}, ["`sections` must be a list of titles, not `A`"]),
        ({"type": "other", "sections": [" | "]}, ["`sections` must be a list of titles, not `[' | ']`"]),
        ({"type": "other", "max_age_days": 0}, ["`max_age_days` must be a whole number of days, not `0`"]),
    ],
)
def test_parameters_are_checked_without_a_graph(parameters: dict[str, Any], problems: list[str]) -> None:
    assert Documents().check(parameters) == problems


@pytest.mark.parametrize(
    "title",
    ["Risk & rights", "3. Risk and rights", "3.1.2 RISK AND RIGHTS", "(b) Risk and rights:", "§ 4 *Risk and rights*"],
)
def test_titles_are_compared_without_their_trimmings(title: str) -> None:
    assert same_title(title) == "risk and rights"


@given(st.text(alphabet="ab #=-`\n|<!>", max_size=120))
def test_any_text_has_sections_and_words(text: str) -> None:
    for section in sections_of(text):
        assert 1 <= section.level <= 6
        assert substance(section.body) >= 0
