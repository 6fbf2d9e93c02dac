"""Checking plain data against a shape, with the place of each thing that is wrong."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lexaudit.errors import InputError
from lexaudit.marked import Marked, PathKey, unknown_word

S = TypeVar("S", bound=BaseModel)


def shape(model: type[S], document: Marked, data: Any, at: PathKey = ()) -> tuple[S | None, list[InputError]]:
    """The data in its shape, or every reason why it does not fit, each with its place."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, [_input_error(model, document, dict(detail), at) for detail in error.errors()]


def _input_error(model: type[BaseModel], document: Marked, detail: dict[str, Any], at: PathKey) -> InputError:
    # pydantic adds the name of the union's branch to `loc`; only what exists in the document is a place
    path: PathKey = at
    for part in detail["loc"]:
        if (*path, part) in document.values:
            path = (*path, part)
    name = str(detail["loc"][-1]) if detail["loc"] else "this"
    match detail["type"]:
        case "extra_forbidden":
            return unknown_word("field", name, _fields(model, detail["loc"]), document.key_place(*path))
        case "missing":
            return InputError(f"`{name}` is missing", place=document.place(*path), advice=f"add `{name}: …` here")
        case "literal_error":
            return InputError(
                f"`{detail['input']}` is not a value of `{name}`",
                place=document.place(*path),
                advice=f"known: {detail['ctx']['expected']}",
            )
        case _:
            said = str(detail["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
            return InputError(
                f"`{name}` should be {said}" if "should" not in said and "String" not in said else f"`{name}`: {said}",
                place=document.place(*path),
            )


def _fields(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    current: Any = model
    for part in loc[:-1]:
        if isinstance(part, str) and isinstance(current, type) and issubclass(current, BaseModel):
            field = next((f for n, f in current.model_fields.items() if n == part or f.alias == part), None)
            current = _inner(field.annotation) if field else current
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _inner(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner(argument)
        if found is not None:
            return found
    for argument in getattr(annotation, "__metadata__", ()):
        found = _inner(argument)
        if found is not None:
            return found
    return None
