"""The JSON Schema of a manifest, made from the same tables that the reader checks with."""

from __future__ import annotations

from typing import Any

from lexaudit.graph.kinds import (
    ATTRIBUTES,
    DERIVATIONS,
    EDGE_ATTRIBUTES,
    ROLES,
    SECTIONS,
    USES,
    Attribute,
    Kind,
    Relation,
)
from lexaudit.graph.manifest import BASES, SHORT_FORMS

_TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "strings": {"type": "array", "items": {"type": "string"}},
    "mapping": {"type": "object"},
}
_REFERENCE = {"type": "string", "pattern": "^[a-z]+/[^/]+$", "description": "kind/name, or kind/name@version"}


def manifest_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `lexaudit.yaml`, for editors to complete and check with."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lexaudit manifest",
        "description": "Describes AI systems: who is who, what data went into which model, what is used where, what is written down.",
        "type": "object",
        "required": ["lexaudit", "namespace"],
        "additionalProperties": False,
        "properties": {
            "lexaudit": {"const": 1, "description": "The version of this format."},
            "namespace": {
                "type": "string",
                "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
                "description": "Who speaks; part of every identity.",
            },
            "title": {"type": "string", "description": "What is described."},
            "description": {"type": "string"},
            **{section: {"type": "object", "additionalProperties": _node(kind)} for section, kind in SECTIONS.items()},
            "attestations": {"type": "array", "items": _attestation()},
            "edges": {"type": "array", "items": _edge(), "description": "What the short forms cannot say."},
        },
    }


def _node(kind: Kind) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            **{name: _attribute(attribute) for name, attribute in ATTRIBUTES[kind].items()},
            **{name: _short_form(name, meaning) for name, meaning in SHORT_FORMS.get(kind, {}).items()},
            "facts": {
                "type": "object",
                "description": "Answers to the questions of the rule packs: a value, or `{value, by, on, source}`.",
            },
            "basis": {"enum": list(BASES), "description": "How this is known."},
            "supersedes": _one_or_many(_REFERENCE),
        },
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    made: dict[str, Any] = {**_TYPES[attribute.type], "description": attribute.meaning}
    if attribute.choices and attribute.type == "strings":
        made["items"] = {"enum": list(attribute.choices)}
    elif attribute.choices:
        made["enum"] = list(attribute.choices)
    return made


def _one_or_many(item: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [item, {"type": "array", "items": item}]}


def _short_form(name: str, meaning: str) -> dict[str, Any]:
    reference_or_name = {"type": "string"}
    match name:
        case "roles":
            item: dict[str, Any] = {
                "type": "object",
                "additionalProperties": False,
                "properties": {role: _one_or_many(_REFERENCE) for role in ROLES},
            }
        case "uses":
            item = {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "dataset": reference_or_name,
                    "model": reference_or_name,
                    "for": {"enum": list(USES)},
                    "under": _REFERENCE,
                },
            }
        case "derived_from":
            item = {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "dataset": reference_or_name,
                    "model": reference_or_name,
                    "how": {"enum": list(DERIVATIONS)},
                },
            }
        case "transfers":
            item = {
                "type": "object",
                "additionalProperties": False,
                "required": ["to"],
                "properties": {
                    "to": _REFERENCE,
                    **{key: _attribute(value) for key, value in EDGE_ATTRIBUTES[Relation.TRANSFERS_TO].items()},
                },
            }
        case _:
            item = _REFERENCE
    return {**_one_or_many(item), "description": meaning}


def _attestation() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["rule", "subject", "answer", "by", "role", "on"],
        "properties": {
            "rule": {"type": "string", "pattern": "^[^/]+/[^/]+$", "description": "pack/rule"},
            "question": {
                "type": "integer",
                "minimum": 1,
                "description": "Which of the rule's questions, where it asks several.",
            },
            "subject": _REFERENCE,
            "answer": {"enum": ["yes", "no"]},
            "by": text,
            "role": {"enum": list(ROLES)},
            "on": {"type": "string", "format": "date"},
            "valid_until": {"type": "string", "format": "date"},
            "evidence": {"type": "array", "items": _REFERENCE},
            "statement": {"type": "string"},
        },
    }


def _edge() -> dict[str, Any]:
    attributes = {name: _attribute(value) for known in EDGE_ATTRIBUTES.values() for name, value in known.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["from", "relation", "to"],
        "properties": {
            "from": _REFERENCE,
            "relation": {"enum": [str(relation) for relation in Relation]},
            "to": _REFERENCE,
            "basis": {"enum": list(BASES)},
            **attributes,
        },
    }
