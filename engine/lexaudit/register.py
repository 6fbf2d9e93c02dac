"""The coverage register of a pack: every entry of the catalogue of obligations, and what carries it or why nothing does.

`coverage.yaml` lists the entries. One is carried by rules (those that cite it), by facts or dates of the pack (scope,
classification, transitional law), or by nothing, for a reason of a fixed list; or it is open, which is a gap and is counted
as one. A rule in the register is held against what the rules cite, both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field

from lexaudit.errors import InputError, Place, raise_all
from lexaudit.evaluate.dates import BINDING
from lexaudit.marked import Marked, read_marked, unknown_word
from lexaudit.packs import Pack
from lexaudit.packs.shapes import Shape, Word
from lexaudit.shaped import shape

REGISTER: Final = "coverage.yaml"

REASONS: Final[Mapping[str, str]] = {
    "authority": "a duty of authorities, notified bodies or the Commission",
    "option": "an option or a power; nobody has to use it",
    "right": "a right of persons; the duties that answer it are entries of their own",
    "context": "says how other provisions are to be read; carries no duty of its own",
    "penalty": "a penalty; shown beside the findings that it can follow",
    "presumption": "a presumption of conformity that needs a citation in the Official Journal; there is none yet",
    "repealed": "no longer law",
    "elsewhere": "the same duty is another entry, which a rule carries",
    "outside": "a duty outside what the lineage of a system or the records of its organisation can show",
}
"""Why an entry needs neither a rule nor a fact."""


class CatalogueShape(Shape):
    title: Word
    status: date
    entries: Annotated[int, Field(gt=0)]


class EntryShape(Shape):
    id: Word
    cite: Word
    kind: Word
    holder: list[Word] = []
    rules: list[Word] = []
    facts: list[Word] = []
    dates: list[Word] = []
    reason: str = ""
    why: str = ""
    open: str = ""


class RegisterShape(Shape):
    catalogue: CatalogueShape
    entries: list[EntryShape]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the catalogue, and what carries it."""

    id: str
    cite: str
    """`AI Act Art. 10(2)(f)`."""
    kind: str
    holder: tuple[str, ...]
    rules: tuple[str, ...]
    """Ids of the rules that cite it."""
    facts: tuple[str, ...]
    """Facts of the pack that carry it: `system.in_scope`."""
    dates: tuple[str, ...]
    """Routes and transitional cases that carry it."""
    reason: str
    """Why nothing has to: a key of `REASONS`."""
    why: str
    """The same in words of its own, or what is missing of an open one."""
    forms: tuple[str, ...]
    """What the rules rest on: `measured`, `recorded`, `attested`."""

    @property
    def binding(self) -> bool:
        """Whether it can become a finding: an obligation, prohibition, condition, or item of a document's content."""
        return self.kind in BINDING

    @property
    def state(self) -> str:
        """`rule`, `fact`, `date`, `reason` or `open`."""
        return (
            "rule"
            if self.rules
            else "fact"
            if self.facts
            else "date"
            if self.dates
            else "reason"
            if self.reason
            else "open"
        )

    @property
    def article(self) -> str:
        """`Art. 10`, `Annex III`, or the whole citation where it has no such beginning."""
        found = re.search(r"Art\. \d+[a-z]?|Annex [IVXL]+", self.cite)
        return found.group() if found else self.cite


@dataclass(frozen=True, slots=True)
class Register:
    """The coverage register of a pack, checked against the pack."""

    pack: str
    version: str
    title: str
    """The catalogue's."""
    status: date
    """The date of law that the catalogue was made for."""
    entries: tuple[Entry, ...]

    @property
    def open(self) -> tuple[Entry, ...]:
        """The gaps."""
        return tuple(entry for entry in self.entries if entry.state == "open")

    def by(self, group: str) -> dict[str, list[Entry]]:
        """The entries by `article`, `role` or `form`; one with several roles or forms stands under each."""
        keys: Mapping[str, Callable[[Entry], Sequence[str]]] = {
            "article": lambda entry: (entry.article,),
            "role": lambda entry: entry.holder or ("nobody named",),
            "form": lambda entry: entry.forms or (entry.state,),
        }
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for key in keys[group](entry):
                found.setdefault(key, []).append(entry)
        return found if group == "article" else dict(sorted(found.items()))


def read_register(pack: Pack) -> Register:
    """The register of a pack. Raises `InputError` or `InputErrors` for everything in which it is not what the pack is."""
    path = pack.folder / REGISTER
    if not path.is_file():
        raise InputError(
            f"the pack `{pack.id}` has no `{REGISTER}`",
            advice="list every entry of its catalogue there, with the rule that carries it or the reason why none does",
        )
    document = read_marked(path)
    item, errors = shape(RegisterShape, document, document.data)
    if item is None:
        raise_all(errors)
        raise AssertionError("a register without a shape has errors")
    entries = [_entry(shaped, pack) for shaped in item.entries]
    raise_all(list(_errors(item, entries, pack, document)))
    return Register(pack.id, pack.version, item.catalogue.title, item.catalogue.status, tuple(entries))


def _entry(shaped: EntryShape, pack: Pack) -> Entry:
    forms = sorted({rule.form for rule in pack.rules if rule.id in shaped.rules})
    return Entry(
        shaped.id,
        shaped.cite,
        shaped.kind,
        tuple(shaped.holder),
        tuple(shaped.rules),
        tuple(shaped.facts),
        tuple(shaped.dates),
        shaped.reason,
        shaped.open or shaped.why,
        tuple(forms),
    )


def _errors(item: RegisterShape, entries: Sequence[Entry], pack: Pack, document: Marked) -> Iterator[InputError]:
    """Everything in which a register and its pack, or its catalogue's number of entries, differ."""
    if len(entries) != item.catalogue.entries:
        yield InputError(
            f"{len(entries)} entries are listed, but the catalogue has {item.catalogue.entries}",
            place=document.place("catalogue", "entries"),
            advice="list every entry once",
        )
    citing: dict[str, list[str]] = {}
    for rule in pack.rules:
        for obligation in rule.obligations:
            citing.setdefault(obligation.id, []).append(rule.id)
    dates = {*pack.routes, *(shift.id for shift in pack.transitional)}
    seen: set[str] = set()
    for index, (shaped, entry) in enumerate(zip(item.entries, entries, strict=True)):
        place = document.place("entries", index)
        if entry.id in seen:
            yield InputError(f"`{entry.id}` is listed twice", place=place)
        seen.add(entry.id)
        given = [name for name in ("rules", "facts", "dates", "reason", "open") if getattr(shaped, name)]
        if not given or ("open" in given and len(given) > 1) or ("reason" in given and len(given) > 1):
            yield InputError(
                f"`{entry.id}` must say what carries it, or why nothing does",
                place=place,
                advice="give `rules`, `facts` or `dates`; or `reason`; or `open` with what is missing",
            )
        if sorted(entry.rules) != sorted(citing.get(entry.id, [])):
            cited = ", ".join(sorted(citing.get(entry.id, []))) or "none"
            yield InputError(
                f"`{entry.id}` is carried by {', '.join(entry.rules) or 'no rule'} here, and cited by {cited}",
                place=place,
                advice="`lexaudit pack coverage --update` writes the rules that cite it",
            )
        yield from _unknown(entry.facts, "fact", pack.facts, place)
        yield from _unknown(entry.dates, "route or transitional case", dates, place)
        yield from _unknown((entry.reason,) if entry.reason else (), "reason", REASONS, place)
    yield from (
        InputError(
            f"`{obligation.id}` of the pack is not in the register",
            place=obligation.place,
            advice=f"list it in `{REGISTER}`, or correct its id",
        )
        for obligation in pack.obligations.values()
        if (obligation.version_of or obligation.id) not in seen
    )


def _unknown(words: Sequence[str], what: str, known: Any, place: Place) -> Iterator[InputError]:
    return (unknown_word(what, word, list(known), place) for word in words if word not in known)


def update_register(pack: Pack) -> int:
    """Write into a pack's register which rules cite each entry; everything else stays. Returns how many lines changed."""
    from lexaudit.store import write_whole

    path = pack.folder / REGISTER
    citing: dict[str, list[str]] = {}
    for rule in pack.rules:
        for obligation in rule.obligations:
            citing.setdefault(obligation.id, []).append(rule.id)
    changed = 0
    lines: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        found = re.match(r"  - \{id: ([^,}]+), ", line)
        if found:
            rules = sorted(citing.get(found.group(1), []))
            new = re.sub(r", (rules: \[[^\]]*\]|open: (\"[^\"]*\"|[^,}]*))", "", line) if rules else line
            if rules:
                new = f"{re.sub(r', reason: [a-z]+', '', new)[:-1]}, rules: [{', '.join(rules)}]}}"
            elif "rules: [" in line:
                new = re.sub(r"rules: \[[^\]]*\]", "open: no rule yet", line)
            changed += new != line
            line = new
        lines.append(line)
    write_whole(path, ("\n".join(lines) + "\n").encode())
    return changed


# what is printed ------------------------------------------------------------------------------------------------------


def register_text(register: Register, group: str) -> str:
    """The register as a table, 80 columns wide: numbers with their denominators."""
    duties = [entry for entry in register.entries if entry.binding]
    carried = [entry for entry in duties if entry.state == "rule"]
    lines = [
        f"{register.pack} {register.version}: {len(register.entries)} entries of the catalogue, status {register.status}",
        f"  {len(carried)} of {len(duties)} duties are carried by a rule ({_percent(len(carried), len(duties))});"
        f" {len(register.open)} of {len(register.entries)} entries are open",
        "",
        f"{group:<26}{'entries':>8}{'duties':>8}{'by rule':>9}{'by fact':>9}{'reason':>8}{'open':>6}",
    ]
    for name, entries in register.by(group).items():
        states = [entry.state for entry in entries]
        numbers = (
            len(entries),
            sum(entry.binding for entry in entries),
            states.count("rule"),
            states.count("fact") + states.count("date"),
            states.count("reason"),
            states.count("open"),
        )
        lines.append(
            f"{name[:25]:<26}" + "".join(f"{n:>{w}}" for n, w in zip(numbers, (8, 8, 9, 9, 8, 6), strict=True))
        )
    if group != "article":
        lines.append(f"(an entry with several {group}s stands under each)")
    return "\n".join(lines)


def register_page(register: Register) -> str:
    """The register as a Markdown page: every entry with what carries it."""
    duties = [entry for entry in register.entries if entry.binding]
    carried = sum(entry.state == "rule" for entry in duties)
    lines = [
        f"# Coverage of {register.pack} {register.version}",
        "",
        f"{register.title}, status {register.status}: {len(register.entries)} entries, of which {len(duties)} are duties"
        f" (obligations, prohibitions, conditions, items of content). {carried} of {len(duties)} duties are carried by a"
        f" rule; {len(register.open)} of {len(register.entries)} entries are open. Being carried by a rule does not mean"
        " that a machine decides: a rule may ask a person.",
    ]
    for article, entries in register.by("article").items():
        lines += ["", f"## {article}", "", "| provision | kind | carried by |", "|---|---|---|"]
        lines += [f"| {entry.cite} (`{entry.id}`) | {entry.kind} | {_carried(entry)} |" for entry in entries]
    return "\n".join(lines) + "\n"


def _carried(entry: Entry) -> str:
    by = [
        *(f"rule `{rule}`" for rule in entry.rules),
        *(f"fact `{fact}`" for fact in entry.facts),
        *(f"date `{name}`" for name in entry.dates),
    ]
    if by:
        return ", ".join(by) + (f" ({'; '.join(entry.forms)})" if entry.forms else "")
    return f"nothing: {entry.why or REASONS[entry.reason]}" if entry.reason else f"**open**: {entry.why}"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
