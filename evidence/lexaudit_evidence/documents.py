"""Documents: whether one is filed about a subject, is in force, and has the content that a rule asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lexaudit.canonical import Digest, digest_bytes, digest_of
from lexaudit.collect import Evidence, Inputs, Missing, Need, Workspace
from lexaudit.errors import InputError
from lexaudit.graph import Graph, Kind, Node
from lexaudit.graph.kinds import DOCUMENT_TYPES, Relation
from lexaudit_evidence.file import find_file, place_of
from lexaudit_evidence.spelling import did_you_mean

MINIMUM_WORDS = 20
"""How many words of its own a section needs to count as written."""

PLACEHOLDERS = (
    r"\btodo\b",
    r"^\W*to do\b",
    r"\btbd\b",
    r"\btbc\b",
    r"\btba\b",
    r"\bfixme\b",
    r"\bxxx+\b",
    r"\bplaceholder\b",
    r"\bcoming soon\b",
    r"\bto be (?:added|completed|confirmed|decided|defined|determined|done|filled in|provided|written)\b",
    r"\b(?:insert|add|enter|fill in) (?:your )?(?:text|content|description|details?)\b.{0,40}\bhere\b",
    r"\[\s*(?:insert|describe|your|add|enter|fill in|todo|tbd|\.\.\.|…)[^\]]*\]",
    r"<\s*(?:insert|describe|your|add|enter)[^>]*>",
    r"\bsee template\b",
    r"\bsample text\b",
    r"\bdummy text\b",
)
"""Phrases that stand where content is still to come: a sentence with one of them does not count."""

FILLERS = (r"\blorem ipsum\b", r"\bdolor sit amet\b")
"""Phrases of filler text: a paragraph with one of them does not count."""

METHOD = (
    "Documents filed about the subject (edges `evidences`) of the type asked for; the newest approved one is judged. "
    "Sections are found by their headings in Markdown (CommonMark 4.2 and 4.3; without case, numbering and final "
    f"punctuation). A section counts when at least {MINIMUM_WORDS} words stand under it; its subsections count "
    "unless they are asked for themselves; headings, comments and sentences with placeholders (TODO, TBD, to be "
    "completed, lorem ipsum …) do not"
)

LIMITS = (
    "That a section is written says nothing about whether what it says is true or sufficient; a person has to read it.",
    "Only documents that the manifest declares are seen.",
)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a document."""

    title: str
    """The heading, as written."""
    level: int
    """1 for the highest."""
    body: str
    """The text up to the next heading of any level."""


class Documents:
    """Looks for a document about the subject and at what it contains."""

    name = "documents"
    version = "2"
    subjects = frozenset(str(kind) for kind in Kind)
    reads_clock = True

    def check(self, parameters: Mapping[str, Any]) -> list[str]:
        """See `Collector.check`."""
        known = ("type", "sections", "fields", "max_age_days")
        problems = [
            f"unknown parameter `{name}`; {did_you_mean(name, known)}" for name in parameters if name not in known
        ]
        kind = parameters.get("type")
        if kind is None:
            problems.append("`type` is missing: the type of document to look for")
        elif kind not in DOCUMENT_TYPES:
            problems.append(f"unknown type of document `{kind}`; {did_you_mean(str(kind), DOCUMENT_TYPES)}")
        for name in ("sections", "fields"):
            value = parameters.get(name, [])
            if not isinstance(value, list) or not all(isinstance(item, str) and item.strip(" |") for item in value):
                problems.append(f"`{name}` must be a list of titles, not `{value}`")
        age = parameters.get("max_age_days")
        if age is not None and (not isinstance(age, int) or isinstance(age, bool) or age < 1):
            problems.append(f"`max_age_days` must be a whole number of days, not `{age}`")
        return problems

    def inspect(self, need: Need, graph: Graph, workspace: Workspace) -> Inputs | Missing:
        """See `Collector.inspect`."""
        filed = _filed(need, graph)
        digests: dict[str, Digest] = {
            # the judgement depends on the date, so the date is one of the things it is made from
            "clock:day": digest_of(workspace.at.date().isoformat()),
            "declaration:documents": digest_of([node.plain() for node in filed]),
        }
        for node in filed:
            content = _content(node, workspace)
            if content is not None:
                digests[f"document:{node.name}"] = digest_bytes(content)
        kind, subject = str(need.parameters["type"]).replace("_", " "), graph.nodes[need.subject].label
        return Inputs(digests, 0.01, f"{kind} of {subject}: {len(filed)} filed")

    def measure(self, need: Need, inputs: Inputs, graph: Graph, workspace: Workspace) -> Evidence | Missing:
        """See `Collector.measure`."""
        filed = _filed(need, graph)
        try:
            contents = {node.name: _content(node, workspace) for node in filed}
        except InputError as error:
            return Missing(need, error.message, error.advice)
        changed = [
            name
            for name, content in contents.items()
            if content is not None and inputs.digests.get(f"document:{name}") != digest_bytes(content)
        ]
        if changed:
            return Missing(need, f"`{changed[0]}` changed while it was being read", "run the audit again")
        found = _judge(need, graph, filed, contents, workspace.at.date())
        if isinstance(found, Missing):
            return found
        workspace.progress(1.0, "documents read")
        return Evidence(
            need,
            found,
            METHOD + ".",
            {"documents": [node.label for node in filed]},
            self.version,
            workspace.seed,
            {"device": "cpu", "random": "nothing in this measurement is random"},
            inputs.digests,
            {},
            workspace.at,
            LIMITS,
        )


def sections_of(text: str) -> list[Section]:
    """The sections of a Markdown text, in order; what stands before the first heading belongs to none."""
    sections: list[Section] = []
    title, level = "", 0
    body: list[str] = []
    fence = ""

    def close() -> None:
        if level:
            sections.append(Section(title, level, "\n".join(body)))
        body.clear()

    for line in _without_front_matter(re.sub(r"<!--.*?(?:-->|\Z)", "", text, flags=re.DOTALL)).splitlines():
        opened = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if fence:
            body.append(line)
            if opened and opened[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
            continue
        if opened:
            fence = opened[1]
            body.append(line)
            continue
        heading = re.match(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$", line)
        underline = re.match(r" {0,3}(=+|-+)[ \t]*$", line)
        if heading:
            close()
            title, level = heading[2] or "", len(heading[1])
        elif underline and body and _may_be_underlined(body[-1]):
            text_of_heading = body.pop()
            close()
            title, level = text_of_heading.strip(), 1 if underline[1].startswith("=") else 2
        else:
            body.append(line)
    close()
    return sections


def substance(text: str) -> int:
    """How many words of a text count: words with a letter, outside placeholders and filler."""
    words = 0
    for paragraph in re.split(r"\n[ \t]*\n", text):
        if any(re.search(filler, paragraph, re.IGNORECASE) for filler in FILLERS):
            continue
        for sentence in re.split(r"(?<=[.!?])\s+|\n(?=\s*(?:[-*+|>]|\d+[.)]))", paragraph):
            if not any(re.search(phrase, sentence, re.IGNORECASE) for phrase in PLACEHOLDERS):
                words += len(re.findall(r"[^\W_]*[^\W\d_][^\W_]*(?:[-'’][^\W_]+)*", _shown(sentence)))
    return words


def _shown(sentence: str) -> str:
    # the text of a link is read, its address is not
    return re.sub(r"\]\([^)]*\)|https?://\S+", " ", sentence)


def same_title(text: str) -> str:
    """A heading as it is compared: no case, numbering, markup or final punctuation."""
    plain = re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", lambda match: match[1] or "", text).casefold().replace("&", " and ")
    plain = re.sub(r"^\s*(?:§+\s*)?(?:\(?(?:\d+(?:\.\d+)*|[a-z]|[ivx]+)[.):]+|\d+(?:\.\d+)*)\s+", "", plain)
    return re.sub(r"\s+", " ", plain).strip(" .:;–-")


def _may_be_underlined(line: str) -> bool:
    return bool(line.strip()) and not re.match(r"\s*(?:[-*+>|]|\d+[.)])\s?", line)


def _without_front_matter(text: str) -> str:
    match = re.match(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*\n", text, flags=re.DOTALL)
    return text[match.end() :] if match else text


def _filed(need: Need, graph: Graph) -> list[Node]:
    nodes = (graph.nodes[edge.source] for edge in graph.incoming(need.subject, Relation.EVIDENCES))
    found = {
        node.id: node
        for node in nodes
        if node.kind is Kind.DOCUMENT
        and node.attributes.get("type", "other") == need.parameters.get("type")
        # an answer that rests on one document asks about that one
        and need.parameters.get("document", node.id) == node.id
    }
    return [found[key] for key in sorted(found)]


def _content(node: Node, workspace: Workspace) -> bytes | None:
    """The content of a document's file; none when it names no file, or a file that is not there."""
    name = str(node.attributes.get("path", ""))
    if not name:
        return None
    try:
        return find_file(workspace.root, name, place_of(node, "path")).read_bytes()
    except InputError as error:
        if error.message.startswith("there is no file"):
            return None
        raise
    except OSError as error:
        raise InputError(
            f"`{name}` cannot be read", place=place_of(node, "path"), advice="check its permissions"
        ) from error


def _judge(
    need: Need, graph: Graph, filed: Sequence[Node], contents: Mapping[str, bytes | None], today: date
) -> dict[str, Any] | Missing:
    kind = str(need.parameters["type"]).replace("_", " ")
    wanted = [str(title) for title in need.parameters.get("sections", [])]
    fields = [str(field) for field in need.parameters.get("fields", [])]
    value: dict[str, Any] = {
        "found": False,
        "current": False,
        "missing_sections": wanted,
        "empty_sections": [],
        "missing_fields": fields,
        "count": len(filed),
        "document": "",
        "reasons": [],
        "because": {},
        "items": dict.fromkeys((*wanted, *fields), "there is no such document"),
    }
    items: dict[str, str] = value["items"]
    reasons: list[str] = value["reasons"]
    because: dict[str, list[str]] = value["because"]
    if not filed:
        reasons.append(f"no document of type {kind} is filed about {graph.nodes[need.subject].label}")
        because["found"] = list(reasons)
        return value
    node = _newest(filed, today)
    value["document"] = node.label
    if len(filed) > 1:
        reasons.append(
            f"{len(filed)} documents of type {kind} are filed; {node.label}, the newest"
            f"{' approved one' if node.attributes.get('status') == 'approved' else ''}, is judged"
        )
    said = len(reasons)
    value["found"] = _is_found(node, contents[node.name], today, reasons)
    because["found"], said = reasons[said:], len(reasons)
    value["current"] = value["found"] and _is_current(node, need.parameters.get("max_age_days"), today, reasons)
    because["current"], said = reasons[said:], len(reasons)
    issued = _day(node, "issued")
    if isinstance(issued, date):
        value["issued"] = issued.isoformat()
        value["age_days"] = (today - issued).days
    stated = node.attributes.get("fields") or {}
    value["missing_fields"] = [name for name in fields if not _is_stated(stated.get(name))]
    items.clear()
    items.update({name: f"{node.label} records no {name.replace('_', ' ')}" for name in value["missing_fields"]})
    items.update(dict.fromkeys(wanted, f"{node.label} has no file to look into"))
    if value["missing_fields"]:
        reasons.append(f"{node.label} records no " + ", no ".join(value["missing_fields"]))
        because["missing_fields"], said = reasons[said:], len(reasons)
    content = contents[node.name]
    if wanted and content is not None:
        text = _text(node, content)
        if text is None and not value["current"]:
            return _said(value)
        if text is None:
            return Missing(
                need,
                f"the sections of {node.label} cannot be read: `{node.attributes['path']}` is {_what(content)}",
                "file it as Markdown beside the original, or attest to its content",
            )
        value["missing_sections"], value["empty_sections"] = _sections(text, wanted)
        for title in wanted:
            items.pop(title, None)
        for title in value["missing_sections"]:
            # the first of several titles is the one to ask for
            asked = title.partition("|")[0].strip()
            if title in value["empty_sections"]:
                told = f"the section “{asked}” of {node.label} has fewer than {MINIMUM_WORDS} words of substance"
            else:
                told = f"{node.label} has no section “{asked}”"
            reasons.append(told)
            items[title] = told
        because["missing_sections"] = reasons[said:]
        because["empty_sections"] = [reason for reason in reasons[said:] if reason.startswith("the section")]
    return _said(value)


def _said(value: dict[str, Any]) -> dict[str, Any]:
    """The result without the parts on which there is nothing to say."""
    value["because"] = {part: sentences for part, sentences in value["because"].items() if sentences}
    return value


def _newest(filed: Sequence[Node], today: date) -> Node:
    def rank(node: Node) -> tuple[bool, bool, date, str]:
        issued = _day(node, "issued")
        day = issued if isinstance(issued, date) else date.min
        return node.attributes.get("status") == "approved", day <= today, day, str(node.id)

    return max(filed, key=rank)


def _is_found(node: Node, content: bytes | None, today: date, reasons: list[str]) -> bool:
    before = len(reasons)
    status = node.attributes.get("status", "draft")
    if status != "approved":
        reasons.append(f"{node.label} is {'a draft' if status == 'draft' else status}, not approved")
    name = node.attributes.get("path")
    if not name:
        reasons.append(f"{node.label} names no file")
    elif content is None:
        reasons.append(f"the file `{name}` of {node.label} is not there")
    elif not content.strip():
        reasons.append(f"the file `{name}` of {node.label} is empty")
    elif node.attributes.get("digest") not in (None, "", digest_bytes(content)):
        reasons.append(f"the content of `{name}` is not what {node.label} states by its digest")
    issued = _day(node, "issued")
    if isinstance(issued, date) and issued > today:
        reasons.append(f"{node.label} is dated {issued}, after the day of the audit")
    return len(reasons) == before


def _is_current(node: Node, max_age: int | None, today: date, reasons: list[str]) -> bool:
    before = len(reasons)
    issued, until = _day(node, "issued"), _day(node, "valid_until")
    if isinstance(issued, str):
        reasons.append(f"{node.label} states `{issued}` as its date, which cannot be read")
    elif max_age is not None and issued is None:
        reasons.append(f"{node.label} does not say when it was issued")
    elif max_age is not None and isinstance(issued, date) and (today - issued).days > max_age:
        reasons.append(
            f"{node.label} was issued on {issued}, {(today - issued).days} days ago; at most {max_age} are allowed"
        )
    if isinstance(until, str):
        reasons.append(f"{node.label} states `{until}` as the end of its validity, which cannot be read")
    elif isinstance(until, date) and until < today:
        reasons.append(f"{node.label} was valid until {until}")
    return len(reasons) == before


def _day(node: Node, attribute: str) -> date | str | None:
    """A date; the text where it is none; nothing where it is not stated."""
    value = node.attributes.get(attribute)
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return str(value)


def _is_stated(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and not any(re.search(phrase, value, re.IGNORECASE) for phrase in PLACEHOLDERS)
    return value is not None and value != [] and value != {}


def _text(node: Node, content: bytes) -> str | None:
    """The text of a document that is text."""
    if content.startswith(b"%PDF") or b"\x00" in content:
        return None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None


def _what(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return "a PDF, in which headings cannot be told from other text"
    return "not UTF-8 text"


def _sections(text: str, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """The wanted titles that no section answers with substance, and those of them for which there is only a heading."""
    sections = sections_of(text)
    alternatives = {title: {same_title(part) for part in title.split("|") if part.strip()} for title in wanted}
    asked = set().union(*alternatives.values()) if alternatives else set()
    missing, empty = [], []
    for title in wanted:
        at = [index for index, section in enumerate(sections) if same_title(section.title) in alternatives[title]]
        if not any(_own_words(sections, index, asked) >= MINIMUM_WORDS for index in at):
            missing.append(title)
            if at:
                empty.append(title)
    return missing, empty


def _own_words(sections: Sequence[Section], index: int, asked: set[str]) -> int:
    words = substance(sections[index].body)
    skipping = 0
    for section in sections[index + 1 :]:
        if section.level <= sections[index].level:
            break
        if skipping and section.level > skipping:
            continue
        skipping = section.level if same_title(section.title) in asked else 0
        if not skipping:
            words += substance(section.body)
    return words
