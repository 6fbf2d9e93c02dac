"""A file that the manifest names: found inside the manifest's folder, or refused with the place that names it."""

from __future__ import annotations

from pathlib import Path

from lexaudit.canonical import digest_bytes
from lexaudit.errors import InputError, Place
from lexaudit.graph import Node


def place_of(node: Node, *attributes: str) -> Place:
    """Where the first of these attributes was read; where the node was, if none has a place."""
    for attribute in attributes:
        if attribute in node.places:
            return node.places[attribute]
    return node.origin.place


def find_file(root: Path, name: str, place: Place) -> Path:
    """The file of this name under the manifest's folder.

    Raises `InputError` when it is not there, is a folder, or lies outside (also through a symbolic link).
    """
    folder = root.resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise InputError(
            f"`{name}` lies outside the folder of the manifest",
            place=place,
            advice="copy the file into the folder of the manifest and give its path there",
        )
    if path.is_dir():
        raise InputError(f"`{name}` is a folder, not a file", place=place, advice="name the file in it")
    if not path.is_file():
        raise InputError(
            f"there is no file `{name}`",
            place=place,
            advice="check the path; it is relative to the folder of the manifest",
        )
    return path


def read_file(root: Path, name: str, node: Node, place: Place) -> bytes:
    """The content of a file that a node names, held against the digest that the node states, if it states one."""
    path = find_file(root, name, place)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"`{name}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
            place=place,
            advice="check its permissions",
        ) from error
    stated = str(node.attributes.get("digest", ""))
    if stated and stated != digest_bytes(content):
        raise InputError(
            f"`{name}` is not the file whose digest the manifest states: its content is {digest_bytes(content)}",
            place=place_of(node, "digest"),
            advice="put the right file back, or state the new digest once the change has been reviewed",
        )
    return content
