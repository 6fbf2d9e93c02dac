"""Rule packs: law as versioned, effective-dated data."""

from lexaudit.packs.load import available_packs, load_pack, shipped_packs
from lexaudit.packs.pack import (
    Expectation,
    FactDeclaration,
    Flow,
    Instrument,
    Obligation,
    Pack,
    Reading,
    Rule,
    Threshold,
)

__all__ = [
    "Expectation",
    "FactDeclaration",
    "Flow",
    "Instrument",
    "Obligation",
    "Pack",
    "Reading",
    "Rule",
    "Threshold",
    "available_packs",
    "load_pack",
    "shipped_packs",
]
