"""`init`, `schema` and `key`: what is needed before the first audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from lexaudit.errors import InputError

_SHAPES = (
    "manifest",
    "policy",
    "pack",
    "obligations",
    "dates",
    "thresholds",
    "facts",
    "flows",
    "rules",
    "cases",
    "coverage",
)

_MANIFEST = """\
# What is judged. `lexaudit schema manifest > manifest.schema.json` lets your editor complete and check this file.
lexaudit: 1
namespace: {namespace}
title: {title}

organisations:
  us:
    title: Our organisation
    # country: DE
    roles:
      - provider: system/{name}

systems:
  {name}:
    version: "0.1"
    # intended_purpose: What it is for, with the context and conditions of use.
    # status: development

# Next: what it is made of. Uncomment, and say what is true; what is left out counts as unknown.
# datasets:
#   training-data:
#     path: data/training.csv
#     personal_data: personal
# runs:
#   training:
#     type: train
#     uses: [{{dataset: training-data, for: training}}]
#     produces: [model/classifier]
# models:
#   classifier: {{task: binary_classification}}
"""


@click.command(
    epilog="Example:  lexaudit init my-system && lexaudit audit my-system/lexaudit.yaml --policy my-system/policy.yaml"
)
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a manifest and a policy to begin with, into a new FOLDER."""
    import re

    from lexaudit.shipped import shipped

    name = re.sub(r"[^a-z0-9-]+", "-", folder.resolve().name.lower()).strip("-") or "system"
    title = folder.resolve().name
    files = {
        folder / "lexaudit.yaml": _MANIFEST.format(namespace=name, name=name, title=json.dumps(title)),
        folder / "policy.yaml": (shipped("policies") / "starting.yaml").read_text("utf-8"),
    }
    for path in files:
        if path.exists():
            raise InputError(f"`{path}` exists already", advice="name another folder; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot write into `{folder}`: {error.strerror}", advice="name a folder you may write to"
        ) from error
    for path in files:
        click.echo(f"wrote {path}")
    click.echo(f"next: lexaudit audit {folder / 'lexaudit.yaml'} --policy {folder / 'policy.yaml'}")


@click.command(epilog="Example:  lexaudit schema manifest > manifest.schema.json")
@click.argument("what", type=click.Choice(_SHAPES), default="manifest")
def schema(what: str) -> None:
    """Print the JSON Schema of a file people write: a manifest, a policy, or a part of a rule pack."""
    click.echo(json.dumps(schema_of(what), indent=2, ensure_ascii=False))


def schema_of(what: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file."""
    if what == "manifest":
        from lexaudit.graph.schema import manifest_schema

        return manifest_schema()
    from lexaudit.packs import shapes
    from lexaudit.policy import PolicyShape
    from lexaudit.register import RegisterShape

    whole: dict[str, type[shapes.Shape]] = {
        "policy": PolicyShape,
        "pack": shapes.PackShape,
        "dates": shapes.DatesShape,
        "coverage": RegisterShape,
    }
    lists: dict[str, type[shapes.Shape]] = {
        "obligations": shapes.ObligationShape,
        "thresholds": shapes.ThresholdShape,
        "facts": shapes.FactShape,
        "flows": shapes.FlowShape,
        "rules": shapes.RuleShape,
        "cases": shapes.CaseShape,
    }
    if what in whole:
        made = whole[what].model_json_schema(by_alias=True)
    else:
        inner = lists[what].model_json_schema(by_alias=True)
        definitions = inner.pop("$defs", {})
        made = {"oneOf": [inner, {"type": "array", "items": inner}], "$defs": definitions}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": f"lexaudit {what}"}


@click.group()
def key() -> None:
    """The keys that sign statements, ledger and reports.

    They are made on first use and kept in $LEXAUDIT_HOME/keys, or in your configuration folder.
    """


@key.command("show", epilog="Example:  lexaudit key show")
def show_key() -> None:
    """Where the keys are, and their ids. Makes none."""
    from lexaudit.key import WORTH, key_folder

    folder = key_folder()
    click.echo(f"folder  {folder}")
    present = sorted(path.name for path in folder.glob("*.pem")) if folder.is_dir() else []
    for name in present:
        click.echo(f"  {name}")
    if not present:
        click.echo("  none yet: the first `lexaudit audit` or `lexaudit gate` makes them")
    click.echo(f"note: {WORTH.partition(': ')[2]}")


@key.command("trust", epilog="Example:  lexaudit key trust > trust.json")
def trust_file() -> None:
    """Print the trust file: what others need to verify with. Makes the keys if there are none."""
    import sys

    from lexaudit.cli.common import moment
    from lexaudit.key import WORTH, Keys, key_folder

    keys = Keys(key_folder(), moment(None))
    sys.stdout.buffer.write(keys.trust())
    if keys.made:
        click.echo(f"note: {WORTH}", err=True)
