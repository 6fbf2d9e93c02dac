"""The printed report: complete, traceable, the same bytes each time, and whole whatever people wrote."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader
from reports import sample_audit

from lexaudit.canonical import canonical_bytes
from lexaudit_reports.content import content
from lexaudit_reports.pdf import render, signature_box


def printed(audit: dict[str, Any], templates: Path) -> bytes:
    return render(
        audit,
        attachments={"audit.json": canonical_bytes(audit), "statement.dsse.json": b'{"payload": ""}'},
        templates=templates,
    )


@pytest.fixture(scope="module", name="report")
def _report(compas: dict[str, Any], templates: Path) -> bytes:
    return printed(compas, templates)


@pytest.fixture(scope="module", name="pages")
def _pages(report: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(report)).pages]


@pytest.fixture(scope="module", name="sections")
def _sections(report: bytes) -> dict[str, int]:
    """The page of each section, from 0, by the bookmarks."""
    reader = PdfReader(BytesIO(report))
    return {
        str(item.title): reader.get_destination_page_number(item)
        for item in reader.outline
        if not isinstance(item, list)
    }


def squeezed(text: str) -> str:
    """Without white space, because ids are broken over lines."""
    return re.sub(r"\s", "", text)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_every_finding_is_printed_with_its_id_its_outcome_and_its_reasons(compas, pages):
    text = squeezed("".join(pages))
    for finding in compas["findings"]:
        assert squeezed(finding["id"]) in text
        assert squeezed(finding["summary"]) in text
        for reason in finding["reasons"]:
            assert squeezed(reason["because"].replace("`", ""))[1:] in text
            assert squeezed(reason["place"]) in text


@pytest.mark.parametrize(
    "audit",
    [sample_audit.compas(), sample_audit.compas(date(2027, 12, 3)), sample_audit.many(40)],
    ids=["compas", "later law", "many"],
)
def test_every_count_is_that_of_the_audit(audit, templates):
    pages = [flat(page.extract_text()) for page in PdfReader(BytesIO(printed(audit, templates))).pages]
    counts, tally, text = audit["counts"], content(audit).tally, " ".join(pages)
    groups = {
        title: int(number)
        for title, number, of in re.findall(
            r"(Not met, in force|Not determined, in force|Waived|Not met or not determined under law to come|Met|Not applicable): "
            r"(\d+) of (\d+) findings",
            text,
        )
        if int(of) == counts["total"]
    }
    assert groups.get("Met", 0) == counts["met"]
    assert groups.get("Not applicable", 0) == counts["not_applicable"]
    assert sum(number for title, number in groups.items() if title not in ("Met", "Not applicable")) == (
        counts["not_met"] + counts["not_determined"]
    )
    assert groups.get("Not met, in force", 0) + groups.get("Not determined, in force", 0) + tally.waived == (
        tally.not_met + tally.not_determined
    )
    for pack in content(audit).packs:
        for statement in pack.statements:
            assert statement in text


def test_every_figure_on_the_pages_of_results_is_in_the_evidence_named_there(compas, pages, sections):
    said = content(compas)
    first, last = sections["Measured results"], sections["Findings"]
    figures = {figure.text.replace("\u00a0", " "): figure for result in said.results for figure in result.figures}
    labels = {result.label for result in said.results}
    seen = set()
    for page in pages[first:last]:
        text = page.replace("\u00a0", " ")
        assert labels & set(re.findall(r"E-[0-9a-f]{8,}", text)), "no evidence is named on a page of results"
        # what is measured has three decimals; axes, limits and strengths have fewer
        for number in re.findall(r"(?<![\d.])\d\.\d{3}(?!\d)", text):
            assert number in figures, f"{number} is printed but stands in no evidence"
            seen.add(number)
    assert {
        figure.text for result in said.results for figure in result.figures if re.fullmatch(r"\d\.\d{3}", figure.text)
    } == seen


def test_every_piece_of_evidence_and_every_digest_read_is_in_the_register(compas, pages):
    text = squeezed("".join(pages))
    for piece in compas["evidence"]:
        assert squeezed(piece["id"]) in text
        for name, digest in piece["inputs"].items():
            assert squeezed(name) in text
            assert digest in text
        for limit in piece["limits"]:
            assert squeezed(limit) in text


def test_law_waivers_thresholds_facts_and_limits_are_printed(compas, pages):
    text = squeezed("".join(pages))
    for pack in compas["packs"]:
        assert pack["digest"] in text
        for instrument in pack["instruments"]:
            assert instrument["celex"] in text
        for said in (*pack["limits"], *(reading["alternative"] for reading in pack["readings"])):
            assert squeezed(said) in text
    for waiver in compas["policy"]["waivers"]:
        assert waiver["id"] in text
        assert squeezed(waiver["approver"]) in text
    for threshold in compas["policy"]["thresholds"]:
        assert squeezed(threshold["source"]) in text
    for fact in compas["facts"]:
        assert squeezed(fact["id"]) in text
    assert squeezed("Is the provider an SME or a small mid-cap?") in text
    assert compas["engine"]["digest"] in text
    assert compas["graph"]["digest"] in text


def test_no_template_and_no_report_says_that_anything_is_compliant(pages, templates):
    for text in (*pages, *(path.read_text("utf-8") for path in templates.glob("*.*"))):
        assert "compliant" not in text.lower()


def test_no_place_is_left_where_a_value_should_stand(pages):
    text = flat(" ".join(pages))
    assert not re.findall(r"\{[a-z_.]+[(.}][^}]*\}?", text)
    assert "None" not in text.split()
    assert "From the graph " + content(sample_audit.compas()).graph_digest[7:19] in text


def test_each_page_says_which_report_it_is_and_its_place_in_it(compas, pages):
    for number, page in enumerate(pages, 1):
        assert compas["id"] in page
        assert f"Page {number} of {len(pages)}" in page


def test_the_contents_and_the_bookmarks_lead_to_the_right_pages(pages, sections):
    assert list(sections)[:4] == ["Conclusion", "Contents", "Scope and criteria", "System"]
    contents = flat(pages[sections["Contents"]])
    for title, page in sections.items():
        assert title in pages[page]
        if title != "Contents":
            assert f" {title} {page + 1} " in f" {contents} ", title


def test_every_link_leads_somewhere(report):
    reader = PdfReader(BytesIO(report))
    names = set(reader.named_destinations)
    links = [annotation.get_object() for page in reader.pages for annotation in page.get("/Annots", ())]
    assert len(links) > 100
    for link in links:
        assert str(link["/Dest"]) in names or isinstance(link["/Dest"], list)
        assert link["/F"] == 4
        assert link["/Contents"]


def test_the_same_input_gives_the_same_bytes_here_and_in_another_process(compas, report, templates):
    assert printed(compas, templates) == report
    program = (
        "import sys, hashlib; from pathlib import Path; from reports import sample_audit; from reports.test_pdf import printed;"
        "print(hashlib.sha256(printed(sample_audit.compas(), Path(sys.argv[1]))).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, str(templates)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout.strip()
    assert other == hashlib.sha256(report).hexdigest()


@pytest.mark.parametrize("name", ["report", "hostile"])
def test_every_font_is_embedded(name, report, templates):
    data = report if name == "report" else printed(sample_audit.hostile(), templates)
    with pikepdf.open(BytesIO(data)) as pdf:
        fonts = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"]
        assert fonts
        for font in fonts:
            described = font.get("/FontDescriptor")
            assert described is not None, font.get("/BaseFont")
            assert "/FontFile2" in described
            assert "/ToUnicode" in font


def test_the_result_and_its_statement_are_attached_unchanged(compas, report):
    with pikepdf.open(BytesIO(report)) as pdf:
        attached = {name: bytes(spec.get_file().read_bytes()) for name, spec in pdf.attachments.items()}
        assert attached == {"audit.json": canonical_bytes(compas), "statement.dsse.json": b'{"payload": ""}'}
        assert {str(spec.UF): str(spec.AFRelationship) for spec in pdf.Root.AF} == {
            "audit.json": "/Source",
            "statement.dsse.json": "/Supplement",
        }


def test_the_file_says_what_it_is(compas, report):
    with pikepdf.open(BytesIO(report)) as pdf:
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.Root.OutputIntents[0].OutputConditionIdentifier) == "sRGB"
        assert str(pdf.docinfo["/Title"]) == "Audit report: Reoffending risk support"
        assert str(pdf.docinfo["/CreationDate"]) == "D:20261124090000+00'00'"
        with pdf.open_metadata() as xmp:
            assert xmp["dc:title"] == "Audit report: Reoffending risk support"
            assert xmp["dc:identifier"] == compas["id"]


def test_pictures_have_a_text_alternative_with_their_figures(report):
    with pikepdf.open(BytesIO(report)) as pdf:
        content_ = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    said = [bytes.fromhex(text.decode()).decode("utf-16") for text in re.findall(rb"/Alt <([0-9A-F]+)>", content_)]
    assert any("African-American 0.448 (0.426 to 0.472), n 1795" in text for text in said)
    assert any("at strength 0.05 0.562 (0.539 to 0.584)" in text for text in said)
    assert any("Training split used by Training of the network" in text for text in said)
    assert content_.count(b" BDC") == content_.count(b"EMC")


def test_the_box_for_the_seal_is_empty(report):
    page, (left, bottom, right, top) = signature_box()
    found: list[str] = []

    def visit(text: str, _: Any, matrix: list[float], *rest: Any) -> None:
        if text.strip() and left < matrix[4] < right and bottom < matrix[5] < top:
            found.append(text)

    PdfReader(BytesIO(report)).pages[page].extract_text(visitor_text=visit)
    assert found == []


def test_what_people_wrote_is_printed_as_they_wrote_it(templates):
    audit = sample_audit.hostile()
    text = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(printed(audit, templates))).pages))
    for piece in (
        '<para>&"quoted"<b>bold?</b>]]>&amp;',
        "‹§›\\%s{0}<script>alert(1)</script>",
        "😀",
        "[U+4E2D][U+6587]",
        "é",
        "[U+200B][U+202E]",
    ):
        assert piece in text
    assert "x" * 500 in text
    for finding in audit["findings"]:
        assert squeezed(finding["id"]) in text


def test_right_to_left_words_read_from_the_right():
    from lexaudit_reports.fonts import shown

    assert shown("a עברית b") == "a תירבע b"
    assert shown("plain") == "plain"
    assert shown("e\u0301\t\u202e") == "é [U+202E]"


@pytest.mark.parametrize("number", [0, 1, 400])
def test_no_one_and_four_hundred_findings(number, templates):
    audit = sample_audit.many(number)
    reader = PdfReader(BytesIO(printed(audit, templates)))
    text = squeezed("".join(page.extract_text() for page in reader.pages))
    for finding in audit["findings"]:
        assert squeezed(finding["id"]) in text
    if number == 0:
        assert squeezed("Gate not determined: nothing was judged under eu_ai_act.") in text
        assert squeezed("No finding. Nothing was judged, and nothing is concluded.") in text
