"""Flows: facts carried along lineage until something stops them, certain or possible, with the way as witness."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clingo
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lexaudit.condition import Unknown
from lexaudit.errors import InputError, InputErrors
from lexaudit.evaluate.judge import judge
from lexaudit.facts import Derivations
from lexaudit.finding import Finding
from lexaudit.graph.manifest import read_graph
from lexaudit.graph.sweep import Plane, lanes, plane, sweep
from lexaudit.packs import load_pack
from lexaudit.policy import read_policy

AT = datetime(2026, 11, 24, tzinfo=UTC)

# the sweep, against answer set programming ------------------------------------------------------------------------------

FLOWS = 3
"""Flows in a random graph."""

Random = tuple[int, list[tuple[int, int]], dict[str, list[list[int]]]]
"""Nodes, edges, and for starts, stops and clears of each flow: 0 no, 1 yes, 2 unknown."""


@st.composite
def a_graph(draw: st.DrawFn) -> Random:
    """A small graph with cycles, and for each flow where it starts and what stops and clears it."""
    nodes = draw(st.integers(1, 7))
    ends = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    edges = draw(st.lists(ends, max_size=14))
    state = st.sampled_from([0, 0, 0, 1, 2])

    def states(size: int) -> list[list[int]]:
        return draw(st.lists(st.lists(state, min_size=size, max_size=size), min_size=FLOWS, max_size=FLOWS))

    return nodes, edges, {"start": states(nodes), "stop": states(len(edges)), "clear": states(nodes)}


def swept(graph: Random) -> Plane:
    """The sweep's answer."""
    nodes, edges, states = graph
    ends = np.array(edges, np.int32).reshape(-1, 2)

    def bits(of: list[list[int]], value: int, size: int) -> Any:
        return np.array([sum((of[f][at] == value) << f for f in range(FLOWS)) for at in range(size)], np.uint64)

    planes = {
        name: plane(bits(of, 1, size), bits(of, 2, size))
        for name, of, size in (
            ("start", states["start"], nodes),
            ("stop", states["stop"], len(edges)),
            ("clear", states["clear"], nodes),
        )
    }
    return sweep(lanes(nodes, ends[:, 0], ends[:, 1]), planes["start"], planes["stop"], planes["clear"])


ORACLE = """
held(F,V) :- start(F,V), not clear(F,V), node(V).
held(F,B) :- held(F,A), edge(E,A,B), not stop(F,E), not clear(F,B).
#show held/2.
"""


def answered(graph: Random, *, most: bool) -> set[tuple[int, int]]:
    """What an answer set program says: the least that is carried, or the most, over everything that is unknown."""
    nodes, edges, states = graph
    for_us, against_us = (2, 9) if most else (9, 2)
    program = [f"node({node})." for node in range(nodes)]
    program += [f"edge({number},{a},{b})." for number, (a, b) in enumerate(edges)]
    for name, favour in (("start", for_us), ("stop", against_us), ("clear", against_us)):
        for flow, row in enumerate(states[name]):
            program += [f"{name}({flow},{at})." for at, state in enumerate(row) if state in (1, favour)]
    control = clingo.Control(["--warn=none"])
    control.add("base", [], "\n".join(program) + ORACLE)
    control.ground([("base", [])])
    with control.solve(yield_=True) as handle:
        (model,) = (list(found.symbols(shown=True)) for found in handle)
    return {(symbol.arguments[0].number, symbol.arguments[1].number) for symbol in model}


def pairs(bits: Any) -> set[tuple[int, int]]:
    return {(flow, node) for node, word in enumerate(bits.tolist()) for flow in range(FLOWS) if word >> flow & 1}


@settings(max_examples=300, deadline=None)
@given(a_graph())
def test_the_sweep_is_what_an_answer_set_program_says(graph: Random):
    found = swept(graph)
    assert pairs(found.certain) == answered(graph, most=False)
    assert pairs(found.possible) == answered(graph, most=True)


@settings(max_examples=300, deadline=None)
@given(a_graph(), st.randoms(use_true_random=False))
def test_no_value_for_the_unknown_contradicts_what_is_decided(graph: Random, random: Any):
    nodes, edges, states = graph
    known = {name: [[s if s < 2 else random.randrange(2) for s in row] for row in of] for name, of in states.items()}
    found, whole = swept(graph), swept((nodes, edges, known))
    assert pairs(found.certain) <= pairs(whole.certain) <= pairs(found.possible)
    assert whole.decided


def test_more_flows_than_one_word_has_bits_go_in_several_sweeps(tmp_path: Path):
    flows = "\n".join(
        f"- {{flow: {'special' if n == 0 else f'f{n}'}, title: f{n}, starts: {{dataset: 'dataset.rows == {n}'}}}}"
        for n in range(70)
    )
    world = make(
        tmp_path, flows, "datasets: {a: {rows: 3}, b: {rows: 69, derived_from: {dataset: a, how: copy}}}\n"
    ).world
    node = next(node for node in world.graph.nodes.values() if node.name == "b")
    assert [n for n in range(70) if n and world.currents.state(node.id, f"f{n}") is True] == [3, 69]


# flows of a pack --------------------------------------------------------------------------------------------------------

PACK = {
    "pack.yaml": """\
pack: waters
version: 1.0.0
language: 1
title: Waters Act
jurisdiction: EU
effective: {from: 2026-01-01}
instruments: [{id: act, title: Waters Act, short: Waters Act, celex: 32026R0002, consolidated: 2026-01-01}]
""",
    "obligations.yaml": """\
- {id: wat-1, instrument: act, provision: Art. 1, kind: obligation, summary: Keep it clean., holder: [provider],
   applies_from: [{date: 2026-01-01, when: all}]}
""",
    "dates.yaml": "routes: []\n",
    "rules/rules.yaml": """\
- rule: special-data-in-use
  title: No special categories reach what is in use
  obligations: [wat-1]
  subject: deployment
  severity: high
  form: recorded
  applies: "true"
  not_applicable: never
  expects:
    - {say: no special categories of data reach it, that: '!deployment.carries("special")'}
  remedy: Anonymise the data.
""",
}

FLOW = """\
- flow: special
  title: special categories of personal data
  cite: [GDPR Art. 9(1)]
  starts:
    dataset: size(dataset.special_categories) > 0
  stops:
    - {edge: derived_into, when: 'edge.how in ["anonymised", "aggregated"]', because: anonymous data are no personal data}
    - {node: run, when: run.type == "anonymise", because: it makes the data anonymous}
"""

MANIFEST = """\
lexaudit: 1
namespace: n
datasets:
  raw: {special_categories: SPECIAL}
  clean: {special_categories: [], derived_from: {dataset: raw, how: HOW}}
runs:
  training:
    type: train
    uses: [{dataset: clean, for: training}]
    produces: [model/net]
models: {net: {}}
systems: {helper: {components: [model/net]}}
deployments: {live: {deploys: system/helper}}
"""


def make(folder: Path, flows: str, manifest: str, rules: str | None = None) -> Derivations:
    """The facts of a graph under a pack with these flows."""
    for name, text in {**PACK, "flows/flows.yaml": flows, **({"rules/rules.yaml": rules} if rules else {})}.items():
        path = folder / "waters" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "policy.yaml").write_text("policy: 1\nname: w\npacks: [{id: waters, path: waters}]\n", "utf-8")
    head = "" if manifest.startswith("lexaudit") else "lexaudit: 1\nnamespace: n\n"
    (folder / "lexaudit.yaml").write_text(head + manifest, "utf-8")
    return Derivations(read_graph([folder / "lexaudit.yaml"]), read_policy(folder / "policy.yaml"), AT, AT.date())


def judged(folder: Path, manifest: str, rules: str | None = None) -> Finding:
    """The finding of the only rule."""
    derivations = make(folder, FLOW, manifest, rules)
    policy = read_policy(folder / "policy.yaml")
    return judge(derivations.world.graph, policy, {}, AT, AT.date()).findings[0]


def test_a_flow_is_carried_to_what_is_in_use_with_the_way_as_witness(tmp_path: Path):
    finding = judged(tmp_path, MANIFEST.replace("SPECIAL", "[health]").replace("HOW", "subset"))
    assert finding.outcome == "not_met"
    assert finding.summary == (
        "Expected, but not so: no special categories of data reach it (special categories of personal data: dataset/raw was "
        "made into dataset/clean, which is used by run/training, which produced model/net, which is part of system/helper, "
        "which is deployed as deployment/live)."
    )
    assert [node.partition(":n/")[2] for node in finding.reasons[1].path] == [
        "raw", "clean", "training", "net", "helper", "live",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("special", "how", "outcome", "missing"),
    [
        ("[]", "subset", "met", []),
        ("[health]", "anonymised", "met", []),
        ("[health]", "aggregated", "met", []),
        ("[health]", "pseudonymised", "not_met", []),
        (None, "subset", "not_determined", ["dataset/raw.special_categories"]),
        (None, "anonymised", "met", []),
        ("[health]", None, "not_determined", ["dataset/raw -> dataset/clean (derived_into).how"]),
        (
            None,
            None,
            "not_determined",
            ["dataset/raw -> dataset/clean (derived_into).how", "dataset/raw.special_categories"],
        ),
    ],
)
def test_what_is_unknown_decides_only_where_nothing_stops_it(
    tmp_path: Path, special: str | None, how: str | None, outcome: str, missing: list[str]
):
    text = MANIFEST.replace("SPECIAL", special) if special else MANIFEST.replace("{special_categories: SPECIAL}", "{}")
    text = text.replace("HOW", how) if how else text.replace("{dataset: raw, how: HOW}", "{dataset: raw}")
    finding = judged(tmp_path, text)
    assert (finding.outcome, [item.path for item in finding.reasons[1].missing]) == (outcome, missing)


def test_a_run_that_anonymises_clears_what_comes_through_it(tmp_path: Path):
    text = MANIFEST.replace("SPECIAL", "[health]").replace("HOW", "subset").replace("type: train", "type: anonymise")
    assert judged(tmp_path, text).outcome == "met"


def test_a_cycle_carries_as_far_as_nothing_stops_it(tmp_path: Path):
    text = MANIFEST.replace("SPECIAL", "[]").replace("HOW", "subset") + (
        "edges:\n  - {from: deployment/live, relation: feeds_back, to: dataset/raw}\n"
    )
    assert judged(tmp_path, text).outcome == "met"
    fed = text.replace("clean: {special_categories: []", "clean: {special_categories: [genetic]")
    world = make(tmp_path / "fed", FLOW, fed).world
    reached = [node.name for node in world.graph.nodes.values() if world.currents.state(node.id, "special") is True]
    assert sorted(reached) == ["clean", "helper", "live", "net", "raw", "training"]


def test_the_datasets_it_is_carried_from(tmp_path: Path):
    text = MANIFEST.replace("SPECIAL", "[health]").replace("HOW", "subset")
    world = make(tmp_path, FLOW, text).world
    ids = {node.name: node.id for node in world.graph.nodes.values()}
    assert [str(view) for view in world.look("carried_from", ids["live"], "special")] == ["dataset/raw"]
    assert world.look("carried_from", ids["net"], "special") == world.look("carried_from", ids["live"], "special")
    unknown = make(tmp_path / "u", FLOW, text.replace("{special_categories: [health]}", "{}")).world
    assert isinstance(unknown.look("carried_from", ids["live"], "special"), Unknown)


# the rule form that a lawyer reads ----------------------------------------------------------------------------------------

FORBID = PACK["rules/rules.yaml"].replace(
    """that: '!deployment.carries("special")'""",
    """forbid: {upstream: dataset, where: 'size(dataset.special_categories) > 0',
       unless_all: ['dataset.obtained_from == "data_subject"', 'dataset.licence == "own"'], stop_at: {run: 'run.type == "anonymise"'}}""",
)


@pytest.mark.parametrize(
    ("raw", "type_", "outcome"),
    [
        ("special_categories: [health], obtained_from: third_party", "train", "not_met"),
        ("special_categories: [health]", "train", "not_determined"),
        ("special_categories: [health], obtained_from: data_subject, licence: own", "train", "met"),
        ("special_categories: [health], obtained_from: data_subject, licence: theirs", "train", "not_met"),
        ("special_categories: [health], obtained_from: data_subject", "train", "not_determined"),
        ("special_categories: [health]", "anonymise", "met"),
        ("special_categories: []", "train", "met"),
    ],
)
def test_forbid_says_the_same_in_words(tmp_path: Path, raw: str, type_: str, outcome: str):
    text = (
        MANIFEST.replace("special_categories: SPECIAL", raw)
        .replace("HOW", "subset")
        .replace("type: train", f"type: {type_}")
    )
    finding = judged(tmp_path, text, FORBID)
    assert finding.outcome == outcome
    if outcome == "not_met":
        assert finding.reasons[1].because.startswith(
            "a dataset of which `size(dataset.special_categories) > 0` holds: dataset/raw was made into dataset/clean"
        )


# what is wrong with a pack ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flows", "rules", "message"),
    [
        (FLOW, PACK["rules/rules.yaml"].replace('"special"', '"specal"'),
         "pack:waters/rules/rules.yaml:10:60: unknown flow `specal`\n  help: did you mean `special`?"),
        (FLOW.replace("special_categories)", "specal_categories)"), None,
         "pack:waters/flows/flows.yaml:5:27: `dataset` has no field `specal_categories`"),
        (FLOW.replace("edge.how", "edge.hwo"), None, "`edge` has no field `hwo`"),
        (FLOW.replace("edge: derived_into,", "edge: derivedinto,"), None, "`derivedinto` is not a value of `edge`"),
        (FLOW.replace("edge: derived_into,", ""), None, "pack:waters/flows/flows.yaml:7:7: a stop is either an `edge` or a `node`"),
        (FLOW.replace("starts:\n    dataset: size(dataset.special_categories) > 0", "starts: {}"), None, "`starts`"),
        (FLOW + FLOW, None, "pack:waters/flows/flows.yaml:9:9: the flow `special` is declared twice, first at"),
        (FLOW.replace("title:", "titel:"), None, "unknown field `titel`\n  help: did you mean `title`?"),
        (FLOW, FORBID.replace("subject: deployment", "subject: organisation"), "an expectation with `forbid`"),
        (FLOW, FORBID.replace("dataset.licence ==", "dataset.licens =="), "`dataset` has no field `licens`"),
    ],
)  # fmt: skip
def test_a_wrong_flow_is_refused_with_its_place(tmp_path: Path, flows: str, rules: str | None, message: str):
    with pytest.raises((InputError, InputErrors)) as refused:
        make(tmp_path, flows, "systems: {s: {}}\n", rules)
    assert message in refused.value.render()


def test_a_flow_that_starts_by_what_depends_on_flows_is_no_pass(tmp_path: Path):
    (tmp_path / "waters" / "facts").mkdir(parents=True)
    (tmp_path / "waters" / "facts" / "facts.yaml").write_text(
        "- {fact: dataset.tainted, type: bool, derive: [{when: 'dataset.carries(\"special\")', value: true, because: it is},"
        " {otherwise: true, value: false, because: it is not}]}\n",
        "utf-8",
    )
    flows = FLOW.replace("size(dataset.special_categories) > 0", "dataset.tainted")
    derivations = make(tmp_path, flows, MANIFEST.replace("SPECIAL", "[health]").replace("HOW", "subset"))
    policy = read_policy(tmp_path / "policy.yaml")
    finding = judge(derivations.world.graph, policy, {}, AT, AT.date()).findings[0]
    assert finding.outcome == "not_determined"
    assert "depends on flows" in finding.summary


def test_the_same_flow_in_two_packs_must_be_the_same(tmp_path: Path):
    make(tmp_path, FLOW, "systems: {s: {}}\n")
    make(tmp_path / "other", FLOW.replace("> 0", "> 1"), "systems: {s: {}}\n")
    first, second = (load_pack(folder / "waters") for folder in (tmp_path, tmp_path / "other"))
    from lexaudit.facts import declared_flows

    assert list(declared_flows([first, first])) == ["special"]
    with pytest.raises(InputError, match="the flow `special` is declared differently at"):
        declared_flows([first, second])
