"""Take something away, or misspell it: nothing turns to met, no finding disappears, and the gate never opens.

Two starting points: the COMPAS example, whose gate is closed, and a small system of which everything is met and whose gate is
open, so that each taking-away has to be seen to close it.

That these tests can fail was tried: with an unknown judged as met, 13 of them turned red (`no scope`, `no limit` …); without the check
for vacuity, `no training data` did; with any document counted as approved, `draft` and `withdrawn` did.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from lexaudit.audit import Audit, run
from lexaudit.collect import Workspace
from lexaudit.collect.gather import gather
from lexaudit.errors import LexauditError
from lexaudit.finding import Outcome
from lexaudit.graph.manifest import plain_value, read_graph
from lexaudit.marked import read_marked
from lexaudit.policy import Policy, read_policy
from lexaudit.store import Store

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "compas"
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
AS_OF = date(2027, 12, 3)
"""On this day the duties for systems of Annex III are in force, so that nothing hides behind being upcoming."""

Manifest = dict[str, Any]
Change = Callable[[Path, Manifest], None]


def manifest_of(folder: Path) -> Manifest:
    return plain_value(read_marked(folder / "lexaudit.yaml").data)


class Dumper(yaml.SafeDumper):
    """Writes no aliases, which manifests may not have."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(value: Any) -> str:
    # dates were read as text; only plain ones are read as dates again
    text = yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return re.sub(r"'(\d{4}-\d{2}-\d{2})'", r"\1", text)


def judged(folder: Path, policy: Policy, store: Path, scratch: Path, *, measure: bool = True) -> Audit:
    graph = read_graph([folder / "lexaudit.yaml"])
    workspace = Workspace(folder, scratch, AT, policy.seed, lambda share, words: None)
    quiet: Callable[[str, float, str], None] = lambda title, share, words: None  # noqa: E731
    return run(
        graph, policy,
        lambda plan: gather(plan.needs, graph, workspace, Store(store), quiet, measure=measure),
        AT, AS_OF,
    )  # fmt: skip


def outcomes(audit: Audit) -> dict[str, Outcome]:
    return {finding.id: finding.outcome for finding in audit.findings}


# what is taken away ---------------------------------------------------------------------------------------------------


def document_file_gone(name: str) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        (folder / manifest["documents"][name]["path"]).unlink(missing_ok=True)

    return change


def document_emptied(name: str) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        path = folder / manifest["documents"][name]["path"]
        if path.exists():
            path.write_text("")
        manifest["documents"][name].pop("digest", None)

    return change


def document_without_content(name: str) -> Change:
    """The headings stay, and what stood under them goes."""

    def change(folder: Path, manifest: Manifest) -> None:
        path = folder / manifest["documents"][name]["path"]
        if path.exists():
            path.write_text("\n\n".join(line for line in path.read_text("utf-8").splitlines() if line.startswith("#")))
        manifest["documents"][name].pop("digest", None)

    return change


def document_draft(name: str) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        manifest["documents"][name]["status"] = "draft"

    return change


def document_undated(name: str) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        manifest["documents"][name].pop("issued", None)
        manifest["documents"][name]["valid_until"] = "2025-01-01"

    return change


def document_gone(name: str) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        del manifest["documents"][name]

    return change


def fact_gone(section: str, node: str, fact: str) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        del manifest[section][node]["facts"][fact]

    return change


def fact_misspelt(section: str, node: str, fact: str) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        facts = manifest[section][node]["facts"]
        facts[fact[:-1] + "x_"] = facts.pop(fact)

    return change


def attribute_gone(section: str, node: str, name: str) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        del manifest[section][node][name]

    return change


def answer_gone(index: int) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        del manifest["attestations"][index]

    return change


def answer_old(index: int) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        manifest["attestations"][index]["valid_until"] = "2026-10-01"
        manifest["attestations"][index]["on"] = "2025-10-01"

    return change


def table(edit: Callable[[list[str]], list[str]]) -> Change:
    def change(folder: Path, manifest: Manifest) -> None:
        (dataset,) = [entry for entry in manifest["datasets"].values() if entry.get("path")]
        path = folder / dataset["path"]
        path.write_text("\n".join(edit(path.read_text("utf-8").splitlines())) + "\n")
        dataset.pop("digest", None)

    return change


def table_gone(folder: Path, manifest: Manifest) -> None:
    for entry in manifest["datasets"].values():
        if entry.get("path"):
            (folder / entry["path"]).unlink()


def without_column(lines: list[str]) -> list[str]:
    return [line.rpartition(",")[0] for line in lines]


TABLES: dict[str, Change] = {
    "table gone": table_gone,
    "table emptied": table(lambda lines: []),
    "table of a header only": table(lambda lines: lines[:1]),
    "table cut in half": table(lambda lines: lines[: len(lines) // 2]),
    "table cut in a line": table(lambda lines: [*lines[:100], lines[100][:5]]),
    "table without its last column": table(without_column),
    "table with labels as text": table(lambda lines: [lines[0], *(line.replace("1", "yes") for line in lines[1:])]),
}


def example_changes() -> Iterator[tuple[str, Change]]:
    manifest = manifest_of(EXAMPLE)
    for name in manifest["documents"]:
        yield f"no file of {name}", document_file_gone(name)
        yield f"empty {name}", document_emptied(name)
        yield f"headings only in {name}", document_without_content(name)
        yield f"draft {name}", document_draft(name)
        yield f"no {name}", document_gone(name)
    for section in ("organisations", "datasets", "models", "systems", "deployments", "processing"):
        for node, entry in manifest[section].items():
            for fact in entry.get("facts", {}):
                yield f"no {section}.{node}.{fact}", fact_gone(section, node, fact)
    for index, answer in enumerate(manifest["attestations"]):
        yield f"no answer {index} to {answer['rule']}", answer_gone(index)
        yield f"old answer {index} to {answer['rule']}", answer_old(index)
    for node, entry in manifest["processing"].items():
        for name in ("purpose", "legal_basis", "retention_days", "data_categories"):
            if name in entry:
                yield f"no processing.{node}.{name}", attribute_gone("processing", node, name)
    yield "profiling misspelt", fact_misspelt("systems", "risk-support", "profiling")
    yield from TABLES.items()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def example_policy() -> Policy:
    return read_policy(EXAMPLE / "policy.yaml")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, store: Path, example_policy: Policy) -> Audit:
    audit = judged(EXAMPLE, example_policy, store, tmp_path_factory.mktemp("scratch"))
    assert audit.gate.exit_code == 1
    assert Outcome.MET in outcomes(audit).values()
    return audit


@pytest.mark.parametrize(
    ("what", "change"), list(example_changes()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_in_the_example_nothing_turns_to_met(
    what: str, change: Change, example: Audit, example_policy: Policy, store: Path, tmp_path: Path
):
    folder = tmp_path / "compas"
    shutil.copytree(EXAMPLE, folder)
    manifest = manifest_of(folder)
    change(folder, manifest)
    (folder / "lexaudit.yaml").write_text(written(manifest), "utf-8")
    try:
        # what is not measured already is not determined: the point here is what is lost, not what is measured anew
        audit = judged(folder, example_policy, store, tmp_path, measure=False)
    except LexauditError as refused:
        assert refused.exit_code == 2
        return
    before, after = outcomes(example), outcomes(audit)
    assert {
        finding
        for finding, outcome in after.items()
        if outcome is Outcome.MET and before.get(finding) is not Outcome.MET
    } == set()
    gone = set(before) - set(after)
    assert {finding for finding in gone if not finding.partition("@")[2].startswith("document")} == set()
    assert audit.gate.exit_code in (1, 3)


def test_without_evidence_nothing_measured_is_met(example: Audit, example_policy: Policy, tmp_path: Path):
    audit = judged(EXAMPLE, example_policy, tmp_path / "empty", tmp_path, measure=False)
    measured = {finding.id for finding in example.findings for reason in finding.reasons if reason.form == "measured"}
    assert {outcomes(audit)[finding] for finding in measured} <= {
        Outcome.NOT_DETERMINED,
        Outcome.NOT_MET,
        Outcome.NOT_APPLICABLE,
    }
    assert set(outcomes(audit)) == set(outcomes(example))
    assert audit.gate.exit_code == 1


@pytest.mark.parametrize("name", ["fairness.error_rate_difference", "accuracy.minimum", "robustness.minimum_accuracy"])
def test_without_a_registered_limit_nothing_turns_to_met(name: str, example: Audit, store: Path, tmp_path: Path):
    policy = yaml.safe_load((EXAMPLE / "policy.yaml").read_text("utf-8"))
    del policy["thresholds"][name]
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy))
    audit = judged(EXAMPLE, read_policy(tmp_path / "policy.yaml"), store, tmp_path)
    before, after = outcomes(example), outcomes(audit)
    assert {finding for finding in after if after[finding] is Outcome.MET} <= {
        f for f in before if before[f] is Outcome.MET
    }
    assert audit.gate.exit_code == 1


PACK_EDITS = {
    "a metric": ("false_positive_rate", "false_positve_rate"),
    "a collector": ("measure: fairness", "measure: fairnes"),
    "a parameter": ("metrics:", "metric:"),
    "a document type": ("contents: bias_examination", "contents: bias_exmination"),
    "a fact": ("s.high_risk", "s.high_rsik"),
    "a function": (".systems()", ".sytems()"),
    "a threshold": ("threshold.fairness.", "threshold.fairnes."),
    "a role": ("who: provider", "who: provder"),
    "a field of a rule": ("  severity:", "  severty:"),
    "an obligation": ("aia-10-2-f", "aia-10-2-ff"),
}


@pytest.mark.parametrize("what", PACK_EDITS)
def test_a_misspelt_pack_is_refused(what: str, tmp_path: Path):
    shutil.copytree(ROOT / "rulepacks" / "eu_ai_act", tmp_path / "pack")
    path = tmp_path / "pack" / "rules" / "article_10_data.yaml"
    before, after = PACK_EDITS[what]
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")
    (tmp_path / "policy.yaml").write_text("policy: 1\nname: p\npacks: [{id: eu_ai_act, path: pack}]\n")
    with pytest.raises(LexauditError) as refused:
        read_policy(tmp_path / "policy.yaml")
    assert refused.value.exit_code == 2
    assert "article_10_data.yaml:" in refused.value.render()


@pytest.mark.parametrize("gone", ["pack.yaml", "obligations.yaml", "dates.yaml", "rules", "facts", "thresholds.yaml"])
def test_a_pack_of_which_a_part_is_gone_is_refused(gone: str, tmp_path: Path):
    shutil.copytree(ROOT / "rulepacks" / "eu_ai_act", tmp_path / "pack")
    part = tmp_path / "pack" / gone
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    (tmp_path / "policy.yaml").write_text("policy: 1\nname: p\npacks: [{id: eu_ai_act, path: pack}]\n")
    with pytest.raises(LexauditError) as refused:
        read_policy(tmp_path / "policy.yaml")
    assert refused.value.exit_code == 2


# a small system of which everything is met -----------------------------------------------------------------------------

PACK = {
    "pack.yaml": """\
pack: small
version: 1.0.0
language: 1
title: Small
jurisdiction: none
effective: {from: 2020-01-01}
instruments: [{id: act, title: The Act, short: Act, celex: none, consolidated: 2020-01-01}]
""",
    "obligations.yaml": """\
- id: a-1
  instrument: act
  provision: Art. 1
  kind: obligation
  summary: Do it.
  holder: [provider]
  applies_from: [{date: 2020-01-01, when: all}]
""",
    "dates.yaml": "routes: []\n",
    "thresholds.yaml": """\
- {threshold: fairness.difference, type: number, range: [0, 1], meaning: largest tolerated difference}
""",
    "facts/facts.yaml": """\
- {fact: system.in_scope, type: bool, question: Is it in scope?, who: provider}
- {fact: dataset.lawful, type: bool, question: Is it lawful?, who: provider}
""",
    "rules/rules.yaml": """\
- rule: data-not-lawful
  title: Training data are lawful
  obligations: [a-1]
  subject: system
  severity: high
  form: recorded
  applies: system.in_scope
  not_applicable: out of scope
  expects:
    - say: every training dataset is lawful
      that: system.datasets_used_for("training").all(d, d.lawful)
  remedy: Do it.
- rule: not-documented
  title: It is documented
  obligations: [a-1]
  subject: system
  severity: high
  form: recorded
  applies: system.in_scope
  not_applicable: out of scope
  expects:
    - say: the file is there, current and has its section
      measure: documents
      with: {type: risk_management, sections: [Risks], fields: [reference], max_age_days: 365}
      that: result.found && result.current && size(result.missing_sections) == 0 && size(result.missing_fields) == 0
  remedy: Do it.
- rule: groups-treated-differently
  title: Groups are treated alike
  obligations: [a-1]
  subject: model
  severity: high
  form: measured
  applies: model.systems().exists(s, s.in_scope)
  not_applicable: out of scope
  expects:
    - say: the selection rates differ by no more than the limit
      measure: fairness
      with: {metrics: [selection_rate]}
      that: at_most(result.selection_rate.difference, threshold.fairness.difference)
  remedy: Do it.
- rule: not-approved
  title: Somebody answers for it
  obligations: [a-1]
  subject: system
  severity: high
  form: attested
  applies: system.in_scope
  not_applicable: out of scope
  expects:
    - {say: a named person approved it, attest: Is it approved?, who: provider, answer: yes, evidence: [risk_management], valid_days: 365}
  remedy: Do it.
""",
}

SMALL = """\
lexaudit: 1
namespace: n
title: Small
organisations:
  us: {country: DE, roles: [{provider: system/s}]}
datasets:
  table: {path: table.csv, rows: 800, facts: {lawful: true}}
runs:
  training: {type: train, uses: [{dataset: table, for: training}], produces: [model/m]}
models:
  m:
    task: binary_classification
    predictions: {column: score, at_least: 5}
    measured_on: {dataset: table, label: label, sensitive: [group]}
systems:
  s: {components: [model/m], facts: {in_scope: true}}
documents:
  file: {type: risk_management, path: file.md, about: [system/s], status: approved, issued: 2026-08-01, fields: {reference: R-1}}
attestations:
  - {rule: small/not-approved, subject: system/s, answer: yes, by: A, role: provider, on: 2026-09-01, evidence: [document/file]}
"""

POLICY = """\
policy: 1
name: small
packs: [{id: small, path: pack}]
thresholds:
  fairness.difference: {value: 0.2, source: the board, force: organisation, registered: 2026-01-01}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    for name, text in PACK.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "lexaudit.yaml").write_text(SMALL)
    (tmp_path / "file.md").write_text("# File\n\n## Risks\n\n" + "What can go wrong is described here in words. " * 5)
    rows = [f"{'ab'[i % 2]},{5 if (i // 2) % 4 else 4},{(i // 2) % 3 > 0:d}" for i in range(800)]
    (tmp_path / "table.csv").write_text("\n".join(["group,score,label", *rows]) + "\n")
    return tmp_path


def small_audit(folder: Path, *, measure: bool = True) -> Audit:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return judged(folder, read_policy(folder / "policy.yaml"), folder / "store", scratch, measure=measure)


def replaced(name: str, before: str, after: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after), "utf-8")

    return change


SMALL_CHANGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "no scope": ("data-not-lawful@system/s", replaced("lexaudit.yaml", ", facts: {in_scope: true}", "")),
    "lawfulness not stated": ("data-not-lawful@system/s", replaced("lexaudit.yaml", ", facts: {lawful: true}", "")),
    "not lawful": ("data-not-lawful@system/s", replaced("lexaudit.yaml", "lawful: true", "lawful: false")),
    "no training data": ("data-not-lawful@system/s", replaced("lexaudit.yaml", "for: training", "for: testing")),
    "no document": ("not-documented@system/s", replaced("lexaudit.yaml", "about: [system/s]", "about: [model/m]")),
    "draft": ("not-documented@system/s", replaced("lexaudit.yaml", "status: approved", "status: draft")),
    "withdrawn": ("not-approved@system/s", replaced("lexaudit.yaml", "status: approved", "status: withdrawn")),
    "old document": ("not-documented@system/s", replaced("lexaudit.yaml", "issued: 2026-08-01", "issued: 2024-08-01")),
    "document of tomorrow": ("not-documented@system/s", replaced("lexaudit.yaml", "issued: 2026-08-01", "issued: 2026-12-01")),
    "undated document": ("not-documented@system/s", replaced("lexaudit.yaml", "issued: 2026-08-01, ", "")),
    "no reference": ("not-documented@system/s", replaced("lexaudit.yaml", "fields: {reference: R-1}", "fields: {}")),
    "another section": ("not-documented@system/s", replaced("file.md", "## Risks", "## Chances")),
    "placeholder": ("not-documented@system/s", replaced("file.md", "What can go wrong is described here in words. ", "")),
    "no file": ("not-documented@system/s", lambda folder: (folder / "file.md").unlink()),
    "empty file": ("not-documented@system/s", lambda folder: (folder / "file.md").write_text("")),
    "no limit": ("groups-treated-differently@model/m",
                 lambda folder: (folder / "policy.yaml").write_text(POLICY.partition("thresholds")[0])),
    "limit inside the interval": ("groups-treated-differently@model/m", replaced("policy.yaml", "value: 0.2", "value: 0.01")),
    "one group": ("groups-treated-differently@model/m",
                  lambda folder: (folder / "table.csv").write_text((folder / "table.csv").read_text().replace("\na,", "\nb,"))),
    "no predictions": ("groups-treated-differently@model/m",
                       replaced("lexaudit.yaml", "    predictions: {column: score, at_least: 5}\n", "")),
    "no data to measure on": ("groups-treated-differently@model/m", replaced(
        "lexaudit.yaml", "    measured_on: {dataset: table, label: label, sensitive: [group]}\n", "")),
    "no answer": ("not-approved@system/s", lambda folder: (folder / "lexaudit.yaml").write_text(SMALL.partition("attestations")[0])),
    "answer of another role": ("not-approved@system/s", replaced("lexaudit.yaml", "by: A, role: provider", "by: A, role: deployer")),
    "answer that ran out": ("not-approved@system/s", replaced("lexaudit.yaml", "on: 2026-09-01", "on: 2025-09-01")),
    "answer of tomorrow": ("not-approved@system/s", replaced("lexaudit.yaml", "on: 2026-09-01", "on: 2026-12-01")),
    "answer without a document": ("not-approved@system/s", replaced("lexaudit.yaml", ", evidence: [document/file]", "")),
    "answer no": ("not-approved@system/s", replaced("lexaudit.yaml", "answer: yes", "answer: no")),
}  # fmt: skip


def test_small_everything_is_met_and_the_gate_is_open(small: Path):
    audit = small_audit(small)
    assert set(outcomes(audit).values()) == {Outcome.MET}
    assert len(audit.findings) == 4
    assert audit.gate.exit_code == 0


@pytest.mark.parametrize("what", SMALL_CHANGES)
def test_small_each_taking_away_closes_the_gate(what: str, small: Path):
    finding, change = SMALL_CHANGES[what]
    change(small)
    audit = small_audit(small)
    assert outcomes(audit)[f"small/{finding}"] is not Outcome.MET
    assert len(audit.findings) == 4
    assert audit.gate.exit_code in (1, 3)


def test_small_no_evidence(small: Path):
    audit = small_audit(small, measure=False)
    assert outcomes(audit)["small/groups-treated-differently@model/m"] is Outcome.NOT_DETERMINED
    assert audit.gate.exit_code == 3


def test_small_damaged_evidence_is_not_believed(small: Path):
    small_audit(small)
    (kept,) = [
        path for path in (small / "store" / "evidence").rglob("*.json") if b"selection_rate" in path.read_bytes()
    ]
    kept.write_bytes(kept.read_bytes().replace(b'"estimate":0', b'"estimate":1', 1))
    audit = small_audit(small, measure=False)
    assert outcomes(audit)["small/groups-treated-differently@model/m"] is Outcome.NOT_DETERMINED
    assert audit.gate.exit_code == 3


def test_small_no_systems(small: Path):
    (small / "lexaudit.yaml").write_text("lexaudit: 1\nnamespace: n\ndatasets: {d: {}}\n")
    audit = small_audit(small)
    assert audit.findings == ()
    assert audit.gate.exit_code == 3
