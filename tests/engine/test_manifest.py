"""From manifests to a graph: strict, with places, and merged on identity."""

from itertools import permutations
from pathlib import Path

import pytest

from lexaudit.errors import InputError
from lexaudit.graph.lineage import Lineage, to_networkx
from lexaudit.graph.manifest import graph_of, read_graph
from lexaudit.graph.schema import manifest_schema
from lexaudit.marked import parse_marked

WHOLE = """\
lexaudit: 1
namespace: northgate
title: Reoffending risk support
organisations:
  northgate: {country: DE, roles: [{provider: system/support}, {controller: processing/development}]}
datasets:
  table: {path: table.csv, personal_data: personal}
  train: {derived_from: {dataset: table, how: subset}}
runs:
  training: {type: train, uses: [{dataset: train, for: training, under: processing/development}], produces: [model/net]}
models:
  net: {version: "1.0"}
systems:
  support: {components: [model/net], facts: {profiling: {value: true, by: A, on: 2026-01-01}}}
deployments:
  pilot: {deploys: system/support, feeds: dataset/table}
processing:
  development: {purpose: training, covers: [dataset/table]}
documents:
  risk-file: {type: risk_management, about: [system/support]}
"""


def graph(text: str):
    return graph_of([parse_marked(text.encode(), "lexaudit.yaml")])


def test_short_forms_become_edges_from_cause_to_effect():
    edges = [(str(e.source), str(e.relation), str(e.target), dict(e.attributes)) for e in graph(WHOLE).edges]
    n = "northgate"
    assert edges == [
        (f"dataset:{n}/table", "derived_into", f"dataset:{n}/train", {"how": "subset"}),
        (f"dataset:{n}/train", "used_by", f"run:{n}/training", {"under": "processing/development", "use": "training"}),
        (f"deployment:{n}/pilot", "feeds_back", f"dataset:{n}/table", {}),
        (f"document:{n}/risk-file", "evidences", f"system:{n}/support", {}),
        (f"model:{n}/net@1.0", "component_of", f"system:{n}/support", {}),
        (f"organisation:{n}/northgate", "has_role", f"processing:{n}/development", {"role": "controller"}),
        (f"organisation:{n}/northgate", "has_role", f"system:{n}/support", {"role": "provider"}),
        (f"processing:{n}/development", "covers", f"dataset:{n}/table", {}),
        (f"processing:{n}/development", "covers", f"dataset:{n}/train", {}),
        (f"processing:{n}/development", "covers", f"run:{n}/training", {}),
        (f"run:{n}/training", "produced", f"model:{n}/net@1.0", {}),
        (f"system:{n}/support", "deployed_as", f"deployment:{n}/pilot", {}),
    ]


def test_lineage_reaches_through_any_number_of_steps_and_a_cycle_is_reported_not_refused():
    lineage = Lineage(graph(WHOLE))
    system = next(node for node in lineage.graph.nodes if node.startswith("system"))
    assert [node.label for node in lineage.upstream(system)] == [
        "model/net",
        "run/training",
        "dataset/train",
        "dataset/table",
        "deployment/pilot",
    ]
    assert [node.label for node in lineage.used_for(system, "training")] == ["dataset/train"]
    table = next(node for node in lineage.graph.nodes if node.endswith("/table"))
    assert [str(step).partition(":")[0] for step in lineage.path(table, system)] == [
        "dataset",
        "dataset",
        "run",
        "model",
        "system",
    ]
    assert [note["text"] for note in lineage.notes()] == [
        "these feed each other and are judged together: dataset/table, dataset/train, deployment/pilot, model/net, run/training, system/support"
    ]


def test_networkx_is_the_interchange_form():
    drawn = to_networkx(graph(WHOLE))
    assert drawn.number_of_nodes() == 9
    assert drawn.nodes["model:northgate/net@1.0"]["attributes"] == {"version": "1.0"}


def test_the_digest_does_not_depend_on_file_names_or_order():
    first = "lexaudit: 1\nnamespace: n\nsystems: {s: {version: '1'}}\n"
    second = "lexaudit: 1\nnamespace: n\nsystems: {s: {status: development}}\nmodels: {m: {}}\n"
    third = "lexaudit: 1\nnamespace: n\nedges: [{from: model/m, relation: component_of, to: system/s}]\n"
    texts = {"a.yaml": first, "b.yaml": second, "c.yaml": third}
    digests = {
        graph_of([parse_marked(texts[name].encode(), name) for name in order]).digest for order in permutations(texts)
    }
    assert len(digests) == 1


def test_what_two_files_state_differently_is_an_error_that_names_both_places():
    texts = [
        "lexaudit: 1\nnamespace: n\nsystems:\n  s: {status: development}\n",
        "lexaudit: 1\nnamespace: n\nsystems:\n  s: {status: in_service}\n",
    ]
    with pytest.raises(InputError) as error:
        graph_of([parse_marked(text.encode(), f"{index}.yaml") for index, text in enumerate(texts)])
    assert error.value.render() == (
        "1.yaml:4:15: `status` of `system/s` is `in_service` here and `development` at 0.yaml:4:15\n"
        "  help: settle which of the two is right and remove the other"
    )


HEAD = "lexaudit: 1\nnamespace: n\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "namespace: n\n",
            "lexaudit.yaml:1:1: `lexaudit: 1` is expected at the top of a manifest, not nothing\n"
            "  help: write `lexaudit: 1` in the first line",
        ),
        (
            "lexaudit: 1\n",
            "lexaudit.yaml:1:1: `namespace` must name who speaks, in letters, digits, `.`, `_` and `-`\n"
            "  help: for example `namespace: northgate`",
        ),
        (HEAD + "systms: {}\n", "lexaudit.yaml:3:1: unknown section `systms`\n  help: did you mean `systems`?"),
        (
            HEAD + "datasets: {d: {personal_dta: none}}\n",
            "lexaudit.yaml:3:16: unknown field of a dataset `personal_dta`\n  help: did you mean `personal_data`?",
        ),
        (
            HEAD + "datasets: {d: {personal_data: persnal}}\n",
            "lexaudit.yaml:3:31: `persnal` is not a value of `personal_data`\n"
            "  help: did you mean `personal`? known: `none`, `anonymous`, `pseudonymous`, `personal`",
        ),
        (
            HEAD + "datasets: {d: {rows: many}}\n",
            "lexaudit.yaml:3:22: `rows` must be a whole number, not `many`\n"
            "  help: rows: How many records the file must have; another number is refused as truncated.",
        ),
        (
            HEAD + "systems: {s: {components: [model/m]}}\n",
            "lexaudit.yaml:3:28: `model/m` is not described anywhere\n"
            "  help: describe it, or remove this reference to a model",
        ),
        (
            HEAD + "systems: {s: {components: [modl/m]}}\n",
            "lexaudit.yaml:3:28: unknown kind `modl`\n  help: did you mean `model`?",
        ),
        (
            HEAD
            + "systems: {s: {}, t: {}}\ndeployments: {d: {}}\nedges: [{from: deployment/d, relation: component_of, to: system/s}]\n",
            "lexaudit.yaml:5:9: `component_of` cannot join `deployment/d` to `system/s`\n"
            "  help: it joins dataset → system, model → system, system → system",
        ),
        (
            HEAD + "organisations: {o: {country: Germany}}\n",
            "lexaudit.yaml:3:30: `Germany` is not a country code\n"
            "  help: write the two capital letters of ISO 3166-1, such as `DE`",
        ),
        (
            HEAD + "systems: {s: {}}\norganisations: {o: {roles: [{proivder: system/s}]}}\n",
            "lexaudit.yaml:4:30: unknown role `proivder`\n  help: did you mean `provider`?",
        ),
        (
            HEAD
            + "systems: {s: {}}\nattestations: [{rule: p/r, subject: system/s, answer: maybe, by: A, role: provider, on: 2026-01-01}]\n",
            "lexaudit.yaml:4:55: `answer` must be yes or no, not `maybe`",
        ),
    ],
)
def test_bad_input_is_said_with_place_and_remedy(text: str, message: str):
    with pytest.raises(InputError) as error:
        graph(text)
    assert error.value.render() == message


def test_everything_wrong_is_said_at_once():
    with pytest.raises(InputError) as error:
        graph(HEAD + "datasets: {d: {rows: x, nme: 1}}\nsystems: {s: {components: [model/m]}}\n")
    assert [line for line in error.value.render().splitlines() if not line.startswith("  ")] == [
        "lexaudit.yaml:3:22: `rows` must be a whole number, not `x`",
        "lexaudit.yaml:3:25: unknown field of a dataset `nme`",
        "lexaudit.yaml:4:28: `model/m` is not described anywhere",
    ]


def test_the_published_schema_accepts_what_the_reader_accepts():
    jsonschema = pytest.importorskip("jsonschema")
    schema = manifest_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    from lexaudit.graph.manifest import plain_value

    assert list(validator.iter_errors(plain_value(parse_marked(WHOLE.encode(), "f").data))) == []
    wrong = plain_value(parse_marked((HEAD + "datasets: {d: {personal_dta: none}}\n").encode(), "f").data)
    assert [error.validator for error in validator.iter_errors(wrong)] == ["additionalProperties"]


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(InputError, match="there is no file"):
        read_graph([tmp_path / "none.yaml"])
