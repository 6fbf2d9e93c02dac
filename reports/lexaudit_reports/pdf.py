"""The report as PDF: printed by ReportLab, finished by pikepdf, with the machine result attached.

The same input gives the same bytes. The file is unsigned and untagged; `seal` signs it, into the box that
`signature_box()` names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from lexaudit_reports import words
from lexaudit_reports.content import Content, content
from lexaudit_reports.fonts import register
from lexaudit_reports.layout import SIGNATURE_BOX, Report, SignatureBox, Style
from lexaudit_reports.opening import seal
from lexaudit_reports.sections import story
from lexaudit_reports.setting import Setting
from lexaudit_reports.template import Template, read_template

_KINDS = {
    "audit.json": ("/Source", "application/json", "The sealed result from which this report was printed"),
    "statement.dsse.json": ("/Supplement", "application/vnd.in-toto+dsse", "The signed statement about the result"),
}
_PASSES = 4
"""Two are enough in practice: the first finds the page numbers, the second prints them."""
_ASTRAL = re.compile(rb"<([0-9A-Fa-f]{5,6})>")


def signature_box() -> SignatureBox:
    """The page (from 0) and rectangle (points) that the cover leaves empty for the visible seal."""
    return SIGNATURE_BOX


def render(audit: Mapping[str, Any], *, attachments: Mapping[str, bytes], templates: Path) -> bytes:
    """The report of an audit (`lexaudit-audit/1`), with the attachments in it, in the look of a folder of templates.

    Raises `InputError` for another format of audit or a template that is not whole. Does not check that the
    attachments belong to the audit.
    """
    said = content(audit)
    template = read_template(templates)
    return _finish(_print(said, template, sorted(attachments)), said, template, attachments)


def _print(said: Content, template: Template, attached: list[str]) -> bytes:
    """Set the report again until the page numbers in it are those that it has."""
    style = Style(register(template), template.wording.palette)
    pages: Mapping[str, int] = {}
    total = 0
    for _ in range(_PASSES):
        title = f"{template.wording.cover.kind}: {said.title}"
        to = Setting(said, style, template.wording, attached)
        report = Report(style, " ".join(title.split()), said.id, template.wording.language, total, partial(seal, to))
        report.build(story(to, pages))
        if report.headings == pages and report.page == total:
            break
        pages, total = report.headings, report.page
    return report.buffer.getvalue()


def _finish(printed: bytes, said: Content, template: Template, attachments: Mapping[str, bytes]) -> bytes:
    """Colour intent, metadata, links and attachments; everything that ReportLab leaves out."""
    at = datetime.strptime(said.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    stamp = at.strftime("D:%Y%m%d%H%M%S+00'00'")
    with pikepdf.open(BytesIO(printed)) as pdf:
        for page in pdf.pages:
            if Name.Trans in page.obj:
                del page.obj[Name.Trans]
            for annotation in page.obj.get(Name.Annots, ()):
                annotation[Name.F] = 4
                annotation[Name.Contents] = String("Link within this report")
        _beyond_the_basic_plane(pdf)
        _intent(pdf)
        _metadata(pdf, said, template, at, stamp)
        _attach(pdf, attachments, stamp)
        out = BytesIO()
        pdf.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
            recompress_flate=False,
            linearize=False,
        )
        return out.getvalue()


def _beyond_the_basic_plane(pdf: pikepdf.Pdf) -> None:
    """ReportLab writes U+1F600 as `<1F600>` where a ToUnicode map must hold UTF-16: `<D83DDE00>`."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get(Name.Type) == Name.Font and Name.ToUnicode in item:
            written = item[Name.ToUnicode].read_bytes()
            mended = _ASTRAL.sub(
                lambda match: b"<" + chr(int(match[1], 16)).encode("utf-16-be").hex().upper().encode() + b">", written
            )
            if mended != written:
                item[Name.ToUnicode].write(mended)


def _intent(pdf: pikepdf.Pdf) -> None:
    """Colours are sRGB."""
    profile = pdf.make_stream((Path(pikepdf.__file__).parent / "pdfa" / "data" / "sRGB.icc").read_bytes(), N=3)
    pdf.Root[Name.OutputIntents] = Array(
        [
            pdf.make_indirect(
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name.GTS_PDFA1,
                    OutputConditionIdentifier=String("sRGB"),
                    Info=String("sRGB IEC61966-2.1"),
                    DestOutputProfile=profile,
                )
            )
        ]
    )


def _metadata(pdf: pikepdf.Pdf, said: Content, template: Template, at: datetime, stamp: str) -> None:
    title = " ".join(f"{template.wording.cover.kind}: {said.title}".split())
    subject = f"{said.gate} Law of {words.day(said.as_of)}."
    info = pdf.docinfo
    for key in list(info.keys()):
        del info[key]
    info[Name.Title] = String(title)
    info[Name.Subject] = String(subject)
    info[Name.Keywords] = String(said.id)
    info[Name.Creator] = String(said.engine)
    info[Name.Producer] = String(said.engine)
    info[Name.CreationDate] = String(stamp)
    info[Name.ModDate] = String(stamp)
    moment = at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["dc:title"] = title
        xmp["dc:description"] = subject
        xmp["dc:language"] = [template.wording.language]
        xmp["dc:identifier"] = said.id
        xmp["pdf:Keywords"] = said.id
        xmp["pdf:Producer"] = said.engine
        xmp["xmp:CreatorTool"] = said.engine
        xmp["xmp:CreateDate"] = moment
        xmp["xmp:ModifyDate"] = moment
        xmp["xmp:MetadataDate"] = moment
    pdf.Root[Name.Lang] = String(template.wording.language)
    pdf.Root[Name.ViewerPreferences] = Dictionary(DisplayDocTitle=True)
    pdf.Root[Name.PageMode] = Name.UseOutlines


def _attach(pdf: pikepdf.Pdf, attachments: Mapping[str, bytes], stamp: str) -> None:
    """Embedded files, associated with the document (PDF/A-3: `AF`, `AFRelationship`)."""
    files = []
    names = Array()
    for name, data in sorted(attachments.items()):
        relationship, kind, description = _KINDS.get(name, ("/Supplement", "application/octet-stream", name))
        stream = pdf.make_stream(data)
        stream[Name.Type] = Name.EmbeddedFile
        stream[Name.Subtype] = Name("/" + kind)
        stream[Name.Params] = Dictionary(Size=len(data), ModDate=String(stamp), CreationDate=String(stamp))
        entry = pdf.make_indirect(
            Dictionary(
                Type=Name.Filespec,
                F=String(name),
                UF=String(name),
                Desc=String(description),
                AFRelationship=Name(relationship),
                EF=Dictionary(F=stream, UF=stream),
            )
        )
        names.append(String(name))
        names.append(entry)
        files.append(entry)
    if files:
        root_names = pdf.Root.get(Name.Names, Dictionary())
        root_names[Name.EmbeddedFiles] = Dictionary(Names=names)
        pdf.Root[Name.Names] = root_names
        pdf.Root[Name.AF] = Array(files)
