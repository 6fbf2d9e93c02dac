"""The look and standing wording of a report, read from a folder that an organisation may replace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lexaudit.errors import InputError, Place

FILE = "report.en.yaml"

_Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Fonts(_Part):
    """File names of the fonts."""

    regular: str
    bold: str
    italic: str
    mono: str
    fallback: str


class Palette(_Part):
    """Colours."""

    ink: _Colour
    muted: _Colour
    line: _Colour
    wash: _Colour
    accent: _Colour
    met: _Colour
    not_met: _Colour
    not_determined: _Colour
    not_applicable: _Colour
    waived: _Colour
    upcoming: _Colour


class Cover(_Part):
    """Labels of the cover."""

    kind: str
    subtitle: str
    identity: str
    status: str
    as_of: str
    at: str
    engine: str
    packs: str
    policy: str
    judged: str
    attached: str
    verify: str
    seal: str
    seal_note: str


class Sections(_Part):
    """Titles of the sections."""

    contents: str
    conclusion: str
    scope: str
    system: str
    classification: str
    matrix: str
    results: str
    findings: str
    upcoming: str
    waivers: str
    evidence: str
    facts: str
    limitations: str
    glossary: str
    signoff: str
    verification: str


class Intros(_Part):
    """One paragraph under the title of each section."""

    conclusion: str
    scope: str
    system: str
    classification: str
    matrix: str
    results: str
    findings: str
    upcoming: str
    waivers: str
    evidence: str
    facts: str
    limitations: str
    signoff: str


class Nothing(_Part):
    """What is said where there is nothing."""

    findings: str
    top: str
    waivers: str
    upcoming: str
    evidence: str
    results: str
    facts: str
    attestations: str
    thresholds: str
    exclusions: str
    lineage: str
    readings: str


class Role(_Part):
    """One who signs."""

    role: str
    statement: str


class Step(_Part):
    """One step of checking a report."""

    title: str
    text: str
    command: str


class Wording(_Part):
    """The whole of `report.en.yaml`."""

    language: str
    fonts: Fonts
    palette: Palette
    cover: Cover
    sections: Sections
    intros: Intros
    none: Nothing
    signoff: Annotated[list[Role], Field(min_length=3)]
    verification: list[Step]
    glossary: dict[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """Wording, and the files of the fonts."""

    wording: Wording
    """What `report.en.yaml` says."""
    fonts: Path
    """The folder with the fonts that it names."""


def read_template(folder: Path) -> Template:
    """Read and check a folder of templates. Raises `InputError` that names what is missing or misspelt."""
    file = folder / FILE
    place = Place(str(file))
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"the report template cannot be read: {error.strerror}", place=place) from error
    try:
        wording = Wording.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise InputError(f"the report template is no YAML: {str(error).splitlines()[0]}", place=place) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"`{where}` in the report template: {first['msg'].lower()}",
            place=place,
            advice="compare with the template that lexaudit ships",
        ) from error
    for name in wording.fonts.model_dump().values():
        if not (folder / "fonts" / name).is_file():
            raise InputError(f"the font `{name}` is not in the folder `fonts` beside the template", place=place)
    return Template(wording, folder / "fonts")
