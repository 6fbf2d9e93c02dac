"""The sections of the printed report, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lexaudit_reports.annex import evidence, facts, glossary, limitations, signoff, verification
from lexaudit_reports.finding_pages import findings, upcoming, waivers
from lexaudit_reports.opening import conclusion, contents, cover
from lexaudit_reports.results import results
from lexaudit_reports.scope import classification, matrix, scope, system
from lexaudit_reports.setting import Setting, Story

AFTER_CONTENTS: tuple[Callable[[Setting], Story], ...] = (
    scope,
    system,
    classification,
    matrix,
    results,
    findings,
    upcoming,
    waivers,
    evidence,
    facts,
    limitations,
    glossary,
    signoff,
    verification,
)


def story(to: Setting, pages: Mapping[str, int]) -> Story:
    """The whole report; `pages` says on which page each heading came to stand in the pass before."""
    return [
        *cover(to),
        *conclusion(to),
        *contents(to, pages),
        *(flowable for section in AFTER_CONTENTS for flowable in section(to)),
    ]
