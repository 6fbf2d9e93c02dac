"""Audits written by hand, in the engine's own types, so that their shape cannot drift from what is sealed.

`compas()` is a recidivism score with findings of every outcome; `small()` is one of each; `many(n)` and `hostile()` are
for the edges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import sqrt
from typing import Any

from lexaudit.audit import Audit, gate_of
from lexaudit.canonical import Digest, digest_of
from lexaudit.collect import Evidence, Missing, Need
from lexaudit.errors import Place
from lexaudit.finding import Citation, Finding, MissingItem, Outcome, Reason, Severity, WaiverNote
from lexaudit.graph import Attestation, Edge, Graph, Kind, Node, NodeId, Origin, Relation

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
NS = "northgate"

MET, NOT_MET = Outcome.MET, Outcome.NOT_MET
NOT_APPLICABLE, NOT_DETERMINED = Outcome.NOT_APPLICABLE, Outcome.NOT_DETERMINED

HIGH_RISK = date(2027, 12, 2)
AIA_99_4 = (
    "up to EUR 15 000 000 or 3 % of total worldwide annual turnover, whichever is higher (Art. 99(4)); for SMEs and "
    "start-ups the lower of the two (Art. 99(6))"
)
GDPR_83_4 = "up to EUR 10 000 000 or 2 % of total worldwide annual turnover, whichever is higher (Art. 83(4))"
GDPR_83_5 = "up to EUR 20 000 000 or 4 % of total worldwide annual turnover, whichever is higher (Art. 83(5))"


def node_id(label: str) -> NodeId:
    kind, _, name = label.partition("/")
    return NodeId(f"{kind}:{NS}/{name}")


def _digest(text: str) -> Digest:
    return digest_of(text)


def _origin(line: int = 0) -> Origin:
    return Origin(Place("lexaudit.yaml", line, 3))


def _node(label: str, line: int, /, **attributes: Any) -> Node:
    kind, _, name = label.partition("/")
    places = {attribute: Place("lexaudit.yaml", line + 1 + i, 5) for i, attribute in enumerate(attributes)}
    return Node(node_id(label), Kind(kind), name.partition("@")[0], attributes, {}, _origin(line), places)


def _edge(source: str, relation: Relation, target: str, **attributes: Any) -> Edge:
    return Edge(node_id(source), relation, node_id(target), attributes, _origin())


def graph() -> Graph:
    nodes = [
        _node(
            "organisation/northgate",
            6,
            title="Northgate Analytics GmbH",
            country="DE",
            public_authority=False,
            contact="Head of product compliance",
        ),
        _node(
            "organisation/court",
            12,
            title="Courts of Nordmark",
            country="DE",
            public_authority=True,
            contact="Data protection officer",
        ),
        _node(
            "dataset/two-year",
            20,
            title="Two-year follow-up of defendants",
            path="data/compas.csv",
            rows=6172,
            personal_data="personal",
            special_categories=["racial_or_ethnic_origin"],
            criminal_offence_data=True,
            original_purpose="pre-trial administration",
            digest=_digest("two-year"),
        ),
        _node("dataset/train", 34, title="Training split", rows=4320, personal_data="personal"),
        _node("dataset/pilot-logs", 40, title="Pilot logs", personal_data="pseudonymous"),
        _node("run/split", 45, type="transform", started="2026-05-02"),
        _node("run/train-net", 50, title="Training of the network", type="train", started="2026-05-04"),
        _node(
            "model/risk-net@1.0",
            60,
            title="Risk network",
            version="1.0",
            task="binary_classification",
            supplied_by="own",
        ),
        _node(
            "model/vendor-score",
            72,
            title="Vendor decile score",
            task="binary_classification",
            supplied_by="third_party",
        ),
        _node(
            "system/risk-support@2.0",
            80,
            title="Reoffending risk support",
            version="2.0",
            status="placed_on_market",
            placed_on_market="2026-10-01",
            affects_natural_persons=True,
            intended_purpose="Estimate the likelihood that a defendant reoffends within two years, as one input to a "
            "judge's decision on release before trial. Not for sentencing.",
        ),
        _node(
            "deployment/pilot",
            92,
            title="Pilot in two courts",
            status="pilot",
            started="2026-10-12",
            countries=["DE"],
            log_retention_days=90,
        ),
        _node(
            "processing/risk-assessment", 100, title="Assessment of the risk of reoffending", legal_basis="public_task"
        ),
        _node(
            "document/risk-file",
            110,
            title="Risk management file",
            type="risk_management",
            status="approved",
            issued="2026-08-30",
        ),
        _node(
            "control/oversight",
            118,
            title="Human oversight by the duty judge",
            type="human_oversight",
            status="operating",
            owner="Court operations",
        ),
    ]
    edges = [
        _edge("dataset/two-year", Relation.USED_BY, "run/split", use="preparation"),
        _edge("run/split", Relation.PRODUCED, "dataset/train"),
        _edge("dataset/train", Relation.USED_BY, "run/train-net", use="training"),
        _edge("run/train-net", Relation.PRODUCED, "model/risk-net@1.0"),
        _edge("dataset/two-year", Relation.DERIVED_INTO, "model/vendor-score"),
        _edge("model/risk-net@1.0", Relation.COMPONENT_OF, "system/risk-support@2.0"),
        _edge("model/vendor-score", Relation.COMPONENT_OF, "system/risk-support@2.0"),
        _edge("system/risk-support@2.0", Relation.DEPLOYED_AS, "deployment/pilot"),
        _edge("deployment/pilot", Relation.FEEDS_BACK, "dataset/pilot-logs"),
        _edge("organisation/northgate", Relation.HAS_ROLE, "system/risk-support@2.0", role="provider"),
        _edge("organisation/court", Relation.HAS_ROLE, "deployment/pilot", role="deployer"),
        _edge("organisation/court", Relation.HAS_ROLE, "processing/risk-assessment", role="controller"),
        _edge("processing/risk-assessment", Relation.COVERS, "dataset/two-year"),
        _edge("processing/risk-assessment", Relation.COVERS, "system/risk-support@2.0"),
        _edge("document/risk-file", Relation.EVIDENCES, "system/risk-support@2.0"),
        _edge("control/oversight", Relation.CONTROLS, "system/risk-support@2.0"),
    ]
    attestation = Attestation(
        "eu_ai_act/social-scoring-not-screened",
        node_id("system/risk-support@2.0"),
        "no",
        "Jana Weber",
        "provider",
        date(2026, 9, 14),
        None,
        (node_id("document/screening-memo"),),
        "The score concerns one decision and is not used to rate people over time.",
        _origin(130),
    )
    nodes.append(_node("document/screening-memo", 126, title="Screening memo", type="other", status="approved"))
    return Graph(
        "Reoffending risk support",
        {node.id: node for node in sorted(nodes, key=lambda n: n.id)},
        tuple(sorted(edges, key=lambda e: (e.source, e.relation, e.target))),
        (attestation,),
        ("lexaudit.yaml",),
    )


def interval(k: int, n: int) -> dict[str, Any]:
    """A Wilson interval at 95 %."""
    z, p = 1.959964, k / n
    middle, half = (
        (p + z * z / (2 * n)) / (1 + z * z / n),
        z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n),
    )
    return {"estimate": round(p, 6), "low": round(middle - half, 6), "high": round(middle + half, 6), "n": n}


def _rates(
    groups: Sequence[tuple[str, str, int, int]],
    difference: tuple[float, float, float],
    ratio: tuple[float, float, float],
) -> dict[str, Any]:
    race = [group for group in groups if group[0] == "race"]
    n = sum(group[3] for group in race)
    return {
        "difference": {"estimate": difference[0], "low": difference[1], "high": difference[2], "n": n},
        "ratio": {"estimate": ratio[0], "low": ratio[1], "high": ratio[2], "n": n},
        "overall": interval(sum(group[2] for group in race), n),
        "groups": [{"attribute": a, "group": g, "k": k, **interval(k, of)} for a, g, k, of in groups],
    }


def _evidence(
    collector: str,
    subject: str,
    parameters: Mapping[str, Any],
    value: Mapping[str, Any],
    method: str,
    sample: Mapping[str, Any],
    limits: Sequence[str],
    inputs: Mapping[str, Digest],
) -> Evidence:
    return Evidence(
        Need(collector, node_id(subject), parameters),
        value,
        method,
        sample,
        "1",
        20261124,
        {"python": "3.11", "numpy": "2.4", "device": "cpu", "threads": 2},
        inputs,
        {},
        AT,
        limits,
    )


def fairness() -> Evidence:
    return _evidence(
        "fairness",
        "model/vendor-score",
        {"metrics": ["false_positive_rate", "false_negative_rate"], "by": ["race", "sex"], "minimum_group": 30},
        {
            "false_positive_rate": _rates(
                [
                    ("race", "African-American", 805, 1795),
                    ("race", "Caucasian", 349, 1488),
                    ("race", "Hispanic", 69, 322),
                    ("race", "Other", 32, 219),
                    ("sex", "Female", 264, 746),
                    ("sex", "Male", 991, 3078),
                ],
                (0.302347, 0.252118, 0.349876),
                (0.325797, 0.235112, 0.442671),
            ),
            "false_negative_rate": _rates(
                [
                    ("race", "African-American", 532, 1901),
                    ("race", "Caucasian", 461, 966),
                    ("race", "Hispanic", 107, 189),
                    ("race", "Other", 83, 124),
                    ("sex", "Female", 163, 499),
                    ("sex", "Male", 1020, 2681),
                ],
                (0.389501, 0.302887, 0.472431),
                (0.418133, 0.351002, 0.504219),
            ),
            "excluded_groups": [
                {"attribute": "race", "group": "Asian", "n": 23},
                {"attribute": "race", "group": "Native American", "n": 7},
            ],
        },
        "rates per group with Wilson score intervals at 95 % (Wilson 1927); differences and ratios by a multinomial "
        "bootstrap of 10 000 resamples, percentile interval",
        {"rows": 6172, "selected": "all rows with a label", "digest": _digest("rows")},
        [
            "The label is a recorded re-arrest, which is not the same as an offence.",
            "Groups are those recorded in the data; how race was recorded is not known.",
        ],
        {"dataset:two-year": _digest("two-year"), "model:vendor-score": _digest("vendor")},
    )


def robustness() -> Evidence:
    curve = [(0.0, 1268), (0.02, 1193), (0.05, 1040), (0.1, 742), (0.2, 331)]
    return _evidence(
        "robustness",
        "model/risk-net@1.0",
        {"strengths": [0.0, 0.02, 0.05, 0.1, 0.2], "norm": "linf", "at": 0.05},
        {
            "clean_accuracy": interval(1268, 1852),
            "robust_accuracy": interval(1040, 1852),
            "at": 0.05,
            "norm": "linf",
            "curve": [{"strength": s, "k": k, **interval(k, 1852)} for s, k in curve],
            "gradient_masking_suspected": False,
        },
        "projected gradient descent (Madry et al. 2018), 40 steps, 3 restarts, on changeable columns only; the worst "
        "of the restarts counts; Wilson score intervals at 95 %",
        {"rows": 1852, "selected": "split equals test", "digest": _digest("test rows")},
        [
            "An attack that fails does not prove that none succeeds: the accuracy is an upper bound.",
            "Strengths are in units of one standard deviation of each column.",
        ],
        {"dataset:two-year": _digest("two-year"), "weights:risk-net": _digest("weights")},
    )


def document(
    type_: str,
    subject: str,
    *,
    found: bool = True,
    current: bool = True,
    missing: Sequence[str] = (),
    empty: Sequence[str] = (),
    sections: Sequence[str] = ("Method", "Findings"),
) -> Evidence:
    inputs = {f"document:{type_}": _digest(type_)} if found else {}
    return _evidence(
        "documents",
        subject,
        {"type": type_, "sections": list(sections), "max_age_days": 365},
        {
            "found": found,
            "current": current,
            "missing_sections": list(missing),
            "empty_sections": list(empty),
            "missing_fields": [],
            "count": int(found),
        },
        "headings of the filed document compared with the sections asked for; a section counts from 20 words of its "
        "own",
        {"documents": int(found)},
        ["What a section says is not judged, only that it is there."],
        inputs,
    )


def _reason(
    say: str,
    outcome: Outcome,
    because: str,
    *,
    form: str = "recorded",
    expression: str = "",
    place: str = "",
    observed: Sequence[tuple[str, Any]] = (),
    missing: Sequence[MissingItem] = (),
    evidence: Sequence[Evidence] = (),
    facts: Sequence[str] = (),
    vacuous: bool = False,
    path: Sequence[str] = (),
) -> Reason:
    return Reason(
        say,
        outcome,
        form,
        expression,
        place,
        [{"text": t, "value": v, "because": ""} for t, v in observed],
        tuple(missing),
        tuple(piece.id for piece in evidence),
        tuple(facts),
        because,
        vacuous,
        tuple(node_id(label) for label in path),
    )


TITLES = {
    "system/risk-support@2.0": ("Reoffending risk support", "lexaudit.yaml:80:3"),
    "model/vendor-score": ("Vendor decile score", "lexaudit.yaml:72:3"),
    "model/risk-net@1.0": ("Risk network", "lexaudit.yaml:60:3"),
    "processing/risk-assessment": ("Assessment of the risk of reoffending", "lexaudit.yaml:100:3"),
    "deployment/pilot": ("Pilot in two courts", "lexaudit.yaml:92:3"),
    "organisation/northgate": ("Northgate Analytics GmbH", "lexaudit.yaml:6:3"),
    "organisation/court": ("Courts of Nordmark", "lexaudit.yaml:12:3"),
    "dataset/two-year": ("Two-year follow-up of defendants", "lexaudit.yaml:20:3"),
}

SYSTEM, VENDOR, NET = "system/risk-support@2.0", "model/vendor-score", "model/risk-net@1.0"
PROCESSING, PILOT = "processing/risk-assessment", "deployment/pilot"


def aia(
    obligation: str, provision: str, summary: str, penalty: str = AIA_99_4, holder: tuple[str, ...] = ("provider",)
) -> Citation:
    return Citation(obligation, "AI Act", provision, "32024R1689", summary, penalty, holder)


def gdpr(
    obligation: str, provision: str, summary: str, penalty: str = GDPR_83_5, holder: tuple[str, ...] = ("controller",)
) -> Citation:
    return Citation(obligation, "GDPR", provision, "32016R0679", summary, penalty, holder)


class Findings:
    """Collects findings, as of one date of law."""

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of
        self.all: list[Finding] = []

    def add(
        self,
        pack: str,
        rule: str,
        title: str,
        subject: str,
        outcome: Outcome,
        severity: Severity,
        form: str,
        citations: tuple[Citation, ...],
        from_: date | None,
        reasons: tuple[Reason, ...],
        summary: str,
        *,
        remedy: str = "",
        waiver: WaiverNote | None = None,
        date_note: str = "",
    ) -> None:
        name, place = TITLES[subject]
        self.all.append(
            Finding(
                f"{pack}/{rule}@{subject}",
                pack,
                rule,
                title,
                node_id(subject),
                name,
                place,
                outcome,
                severity,
                form,
                citations,
                from_,
                from_ is not None and from_ > self.as_of,
                date_note,
                reasons,
                summary,
                remedy,
                waiver,
            )
        )


def _applies(because: str = "the system is high-risk: Annex III, point 6(d)") -> Reason:
    return _reason(
        "the rule applies",
        MET,
        because,
        form="computed",
        expression="system.high_risk",
        place="pack:eu_ai_act/rules/chapter-3.yaml:4:12",
        observed=[("system.high_risk", True)],
        facts=("system:northgate/risk-support@2.0.high_risk",),
    )


ROUTE = "Annex III route (AI Act Art. 113, point (c)(i))"


def compas_findings(as_of: date) -> tuple[Finding, ...]:
    f = Findings(as_of)
    fair, robust = fairness(), robustness()
    dpia = document(
        "data_protection_impact_assessment",
        PROCESSING,
        found=False,
        current=False,
        sections=("Description", "Necessity", "Risks", "Measures"),
    )
    risk = document(
        "risk_management", SYSTEM, empty=("Residual risk",), sections=("Known risks", "Measures", "Residual risk")
    )
    use = document("instructions_for_use", SYSTEM, sections=("Intended purpose", "Accuracy", "Oversight"))
    bias = document("bias_examination", VENDOR, found=False, current=False)
    a, g = "eu_ai_act", "gdpr"

    f.add(
        a,
        "social-scoring-not-screened",
        "Social scoring screened",
        SYSTEM,
        MET,
        Severity.CRITICAL,
        "attested",
        (
            aia(
                "aia-5-1-c",
                "Art. 5(1)(c)",
                "Do not use AI for social scoring that leads to detrimental treatment.",
                "up to EUR 35 000 000 or 7 % of total worldwide annual turnover, whichever is higher (Art. 99(3))",
            ),
        ),
        date(2025, 2, 2),
        (
            _reason(
                "a named person has screened the system for social scoring",
                MET,
                "Jana Weber (provider) answered “no” on 14 September 2026, with a screening memo",
                form="attested",
                expression="Does the system rate people over time on social behaviour?",
            ),
        ),
        "A named person screened the system for social scoring and linked the memo.",
    )
    f.add(
        a,
        "crime-prediction-not-screened",
        "Prediction of offences screened",
        SYSTEM,
        NOT_DETERMINED,
        Severity.CRITICAL,
        "attested",
        (
            aia(
                "aia-5-1-d",
                "Art. 5(1)(d)",
                "Do not use AI that predicts a person's risk of offending based solely on "
                "profiling or personality traits; support of a human assessment on objective, verifiable facts is "
                "outside it.",
                "up to EUR 35 000 000 or 7 % of total worldwide annual turnover, whichever is higher (Art. 99(3))",
            ),
        ),
        date(2025, 2, 2),
        (
            _reason(
                "a named person has judged whether the risk is predicted solely from profiling",
                NOT_DETERMINED,
                "nobody has answered the question",
                form="attested",
                expression="Does the system predict offending solely from profiling or personality traits?",
                missing=[
                    MissingItem(
                        "answer to eu_ai_act/crime-prediction-not-screened",
                        "not answered",
                        "provider",
                        "Does the system predict offending solely from profiling or personality traits?",
                    )
                ],
            ),
        ),
        "Whether the prohibition of predicting offences applies has not been judged by a named person.",
        remedy="Have a qualified person answer the screening question and link the memo it rests on.",
    )
    f.add(
        a,
        "ai-literacy-not-supported",
        "AI literacy supported",
        "organisation/northgate",
        MET,
        Severity.MEDIUM,
        "recorded",
        (
            aia(
                "aia-4-1",
                "Art. 4(1)",
                "Take measures that support the AI literacy of staff and others who operate the system.",
                "national rules (Art. 99(1))",
                ("provider", "deployer"),
            ),
        ),
        date(2025, 2, 2),
        (
            _reason(
                "a training record of the last year is filed", MET, "the training record of 3 March 2026 is current"
            ),
        ),
        "A current training record is filed.",
    )
    f.add(
        a,
        "people-not-told",
        "People told that they deal with an AI system",
        SYSTEM,
        NOT_APPLICABLE,
        Severity.HIGH,
        "recorded",
        (
            aia(
                "aia-50-1",
                "Art. 50(1)",
                "Design systems that interact directly with people so that they are informed that they deal with AI.",
            ),
        ),
        date(2026, 8, 2),
        (
            _reason(
                "the rule applies",
                NOT_APPLICABLE,
                "the system does not interact directly with natural persons",
                form="computed",
                expression="system.interacts_with_people",
            ),
        ),
        "The system does not interact directly with natural persons.",
    )
    f.add(
        a,
        "bias-not-examined",
        "Training data examined for possible biases",
        VENDOR,
        NOT_MET,
        Severity.HIGH,
        "measured",
        (
            aia(
                "aia-10-2-f",
                "Art. 10(2)(f)",
                "Examine for biases likely to affect health, safety or fundamental rights or "
                "lead to unlawful discrimination, especially where outputs feed future inputs.",
            ),
            aia(
                "aia-10-2-g",
                "Art. 10(2)(g)",
                "Take appropriate measures to detect, prevent and mitigate the biases found.",
            ),
        ),
        HIGH_RISK,
        (
            _applies(),
            _reason(
                "the error rates of the groups differ by no more than the registered limit",
                NOT_MET,
                "the false positive rates differ by 0.302 (95 % interval 0.252 to 0.350), above the limit of 0.10",
                form="measured",
                expression="at_most(result.false_positive_rate.difference, threshold.fairness.error_rate_difference)",
                place="pack:eu_ai_act/rules/article-10.yaml:21:11",
                observed=[
                    (
                        "result.false_positive_rate.difference",
                        {"estimate": 0.302347, "low": 0.252118, "high": 0.349876, "n": 3824},
                    ),
                    ("threshold.fairness.error_rate_difference", 0.1),
                ],
                evidence=[fair],
                path=("dataset/two-year", VENDOR, SYSTEM),
            ),
            _reason(
                "the examination is written down, with its method and its findings",
                NOT_MET,
                "no document of type bias_examination is filed about the model",
                form="measured",
                expression="result.found && result.current && size(result.missing_sections) == 0",
                place="pack:eu_ai_act/rules/article-10.yaml:26:11",
                observed=[("result.found", False)],
                evidence=[bias],
            ),
            _reason(
                "a named person has judged that the biases found were mitigated appropriately",
                NOT_DETERMINED,
                "nobody has answered the question",
                form="attested",
                expression="Have appropriate measures been taken to detect, prevent and mitigate the biases found?",
                missing=[
                    MissingItem(
                        "answer to eu_ai_act/bias-not-examined",
                        "not answered",
                        "provider",
                        "Have appropriate measures been taken to detect, prevent and mitigate the biases found?",
                    )
                ],
            ),
        ),
        "The false positive rates of the groups differ by more than the registered limit, and no examination is filed.",
        remedy="Commission a bias examination of the vendor score; file it as a document of type bias_examination that "
        "names the model.",
        date_note=ROUTE,
    )
    f.add(
        a,
        "bias-not-examined",
        "Training data examined for possible biases",
        NET,
        NOT_DETERMINED,
        Severity.HIGH,
        "measured",
        (
            aia(
                "aia-10-2-f",
                "Art. 10(2)(f)",
                "Examine for biases likely to affect health, safety or fundamental rights or "
                "lead to unlawful discrimination, especially where outputs feed future inputs.",
            ),
        ),
        HIGH_RISK,
        (
            _applies(),
            _reason(
                "the error rates of the groups differ by no more than the registered limit",
                NOT_DETERMINED,
                "there is no fairness evidence for the model: the column `race` is not in the test split",
                form="measured",
                expression="at_most(result.false_positive_rate.difference, threshold.fairness.error_rate_difference)",
                place="pack:eu_ai_act/rules/article-10.yaml:21:11",
                missing=[
                    MissingItem(
                        "evidence fairness on model:northgate/risk-net@1.0",
                        "the column `race` is not in the test split",
                        "whoever keeps the data",
                        "Declare a test split that carries the sensitive columns.",
                    )
                ],
            ),
        ),
        "The error rates of the groups could not be measured.",
        remedy="Declare a test split with the sensitive columns, then collect again.",
        date_note=ROUTE,
    )
    f.add(
        a,
        "not-robust",
        "Robust against manipulated inputs",
        NET,
        NOT_MET,
        Severity.HIGH,
        "measured",
        (
            aia(
                "aia-15-5-s3-evasion",
                "Art. 15(5), subpara. 3",
                "Where appropriate, address adversarial examples or model evasion.",
            ),
            aia("aia-15-1", "Art. 15(1)", "Achieve appropriate accuracy, robustness and cybersecurity."),
        ),
        HIGH_RISK,
        (
            _applies(),
            _reason(
                "under attack the model keeps at least the registered accuracy",
                NOT_MET,
                "under attack of strength 0.05 the accuracy is 0.562 (95 % interval 0.539 to 0.584), below 0.60",
                form="measured",
                expression="at_least(result.robust_accuracy, threshold.robustness.accuracy)",
                place="pack:eu_ai_act/rules/article-15.yaml:14:11",
                observed=[
                    ("result.robust_accuracy", {"estimate": 0.561555, "low": 0.538846, "high": 0.584017, "n": 1852}),
                    ("threshold.robustness.accuracy", 0.6),
                ],
                evidence=[robust],
            ),
        ),
        "Under attack the model is less accurate than the registered limit.",
        remedy="Train against the attack, or restrict the inputs that a person can change; then measure again.",
        waiver=WaiverNote(
            "W-2026-03",
            "Chief risk officer",
            "Inputs are read from the court register, not typed in; a hardened model is due in March.",
            "Inputs are checked against the register before each score.",
            date(2027, 12, 31),
        ),
        date_note=ROUTE,
    )
    f.add(
        a,
        "risk-management-not-established",
        "Risk management established",
        SYSTEM,
        NOT_MET,
        Severity.CRITICAL,
        "recorded",
        (
            aia("aia-9-1", "Art. 9(1)", "Establish, implement, document and maintain a risk management system."),
            aia(
                "aia-9-2",
                "Art. 9(2)",
                "Run risk management as a continuous, iterative process over the whole lifecycle.",
            ),
        ),
        HIGH_RISK,
        (
            _applies(),
            _reason(
                "a current risk management file covers known risks, measures and residual risk",
                NOT_MET,
                "the section “Residual risk” is empty",
                form="measured",
                expression="result.found && result.current && size(result.empty_sections) == 0",
                place="pack:eu_ai_act/rules/article-9.yaml:12:11",
                observed=[("result.empty_sections", ["Residual risk"])],
                evidence=[risk],
            ),
        ),
        "The risk management file says nothing about residual risk.",
        remedy="Complete the section “Residual risk” and have the file approved again.",
        date_note=ROUTE,
    )
    f.add(
        a,
        "instructions-missing",
        "Instructions for use supplied",
        SYSTEM,
        MET,
        Severity.HIGH,
        "recorded",
        (aia("aia-13-1", "Art. 13(1)", "Design for sufficient transparency so that deployers can interpret output."),),
        HIGH_RISK,
        (
            _applies(),
            _reason(
                "current instructions for use have the sections asked for",
                MET,
                "the instructions of 1 September 2026 have all 3 sections",
                form="measured",
                evidence=[use],
                expression="result.found && result.current && size(result.missing_sections) == 0",
            ),
        ),
        "Current instructions for use are filed, with all the sections asked for.",
        date_note=ROUTE,
    )
    f.add(
        a,
        "oversight-not-designed",
        "Human oversight designed in",
        SYSTEM,
        MET,
        Severity.HIGH,
        "recorded",
        (aia("aia-14-1", "Art. 14(1)", "Design the system so that people can oversee it effectively while in use."),),
        HIGH_RISK,
        (
            _applies(),
            _reason(
                "an operating human oversight control lies on the system",
                MET,
                "control/oversight is operating and owned by Court operations",
            ),
        ),
        "An operating human oversight control is recorded.",
        date_note=ROUTE,
    )
    f.add(
        a,
        "logs-not-kept",
        "Logs kept for six months",
        PILOT,
        NOT_MET,
        Severity.MEDIUM,
        "recorded",
        (
            aia(
                "aia-26-6",
                "Art. 26(6)",
                "Keep automatically generated logs under the deployer's control for at least six months.",
                AIA_99_4,
                ("deployer",),
            ),
        ),
        date(2030, 8, 2),
        (
            _applies(),
            _reason(
                "logs are kept for at least 180 days",
                NOT_MET,
                "log_retention_days is 90",
                expression="deployment.log_retention_days >= 180",
                place="pack:eu_ai_act/rules/article-26.yaml:9:11",
                observed=[("deployment.log_retention_days", 90)],
                facts=("deployment:northgate/pilot.log_retention_days",),
            ),
        ),
        "Logs are kept for 90 days.",
        remedy="Keep logs for at least six months.",
        date_note="system for public authorities placed on the market before 2 December 2027 (AI Act Art. 111(2))",
    )
    f.add(
        a,
        "technical-documentation-missing",
        "Technical documentation drawn up",
        SYSTEM,
        NOT_DETERMINED,
        Severity.HIGH,
        "recorded",
        (
            aia(
                "aia-11-1",
                "Art. 11(1)",
                "Draw up technical documentation before placing on the market and keep it up to date.",
            ),
        ),
        HIGH_RISK,
        (
            _applies(),
            _reason(
                "the documentation covers the items of Annex IV",
                NOT_DETERMINED,
                "the form chosen (full or simplified for SMEs) is not stated",
                facts=("organisation:northgate/northgate.small_or_medium",),
                missing=[
                    MissingItem(
                        "organisation:northgate/northgate.small_or_medium",
                        "not stated",
                        "provider",
                        "Is the provider an SME or a small mid-cap?",
                    )
                ],
            ),
        ),
        "Which form of technical documentation applies could not be decided.",
        remedy="State the size of the provider.",
        date_note=ROUTE,
    )
    f.add(
        a,
        "not-registered",
        "Registered in the EU database",
        SYSTEM,
        NOT_MET,
        Severity.MEDIUM,
        "recorded",
        (
            aia(
                "aia-49-4",
                "Art. 49(4)",
                "For Annex III points 1, 6 and 7 in law enforcement, register in the secure non-public section.",
            ),
        ),
        HIGH_RISK,
        (
            _applies(),
            _reason(
                "a registration number is recorded",
                NOT_MET,
                "no registration is recorded",
                expression='system.eu_database_registration != ""',
                observed=[("system.eu_database_registration", "")],
            ),
        ),
        "No registration in the EU database is recorded.",
        remedy="Register before the date of application.",
        date_note=ROUTE,
    )
    f.add(
        a,
        "fundamental-rights-not-assessed",
        "Fundamental rights impact assessed",
        PILOT,
        NOT_MET,
        Severity.HIGH,
        "recorded",
        (
            aia(
                "aia-27-1",
                "Art. 27(1)",
                "Public bodies assess the impact on fundamental rights before deploying.",
                AIA_99_4,
                ("deployer",),
            ),
        ),
        date(2030, 8, 2),
        (
            _applies(),
            _reason("an approved assessment is filed", NOT_MET, "no such document is filed about the deployment"),
        ),
        "No fundamental rights impact assessment is filed.",
        remedy="Carry out and file the assessment.",
        date_note="system for public authorities placed on the market before 2 December 2027 (AI Act Art. 111(2))",
    )

    f.add(
        g,
        "impact-assessment-missing",
        "Data protection impact assessed",
        PROCESSING,
        NOT_MET,
        Severity.CRITICAL,
        "recorded",
        (
            gdpr(
                "gdpr-35-1",
                "Art. 35(1)",
                "Assess the impact of processing likely to result in a high risk before it begins.",
                GDPR_83_4,
            ),
            gdpr(
                "gdpr-35-3-b",
                "Art. 35(3)(b)",
                "An assessment is required for large-scale processing of special categories or "
                "of data relating to criminal convictions and offences.",
                GDPR_83_4,
            ),
        ),
        date(2018, 5, 25),
        (
            _reason(
                "the rule applies",
                MET,
                "the processing covers criminal offence data on a large scale",
                form="computed",
                expression="processing.likely_high_risk",
                place="pack:gdpr/rules/article-35.yaml:6:10",
            ),
            _reason(
                "a current impact assessment is filed, with its four parts",
                NOT_MET,
                "no document of type data_protection_impact_assessment is filed about the processing",
                form="measured",
                expression="result.found && result.current && size(result.missing_sections) == 0",
                place="pack:gdpr/rules/article-35.yaml:11:11",
                observed=[("result.found", False)],
                evidence=[dpia],
            ),
        ),
        "No data protection impact assessment is filed.",
        remedy="Carry out the assessment under Art. 35(7), have the data protection officer advise on it, and file it.",
    )
    f.add(
        g,
        "legal-basis-missing",
        "Legal basis stated",
        PROCESSING,
        MET,
        Severity.CRITICAL,
        "recorded",
        (gdpr("gdpr-6-1", "Art. 6(1)", "Process personal data only on one of the bases listed."),),
        date(2018, 5, 25),
        (
            _reason(
                "a legal basis is stated",
                MET,
                "the basis stated is `public_task`",
                expression='processing.legal_basis != "none"',
                observed=[("processing.legal_basis", "public_task")],
                facts=("processing:northgate/risk-assessment.legal_basis",),
            ),
        ),
        "A legal basis is stated. Whether it holds is not judged here.",
    )
    f.add(
        g,
        "special-categories-without-condition",
        "Special categories processed under a condition",
        PROCESSING,
        NOT_DETERMINED,
        Severity.CRITICAL,
        "recorded",
        (
            gdpr(
                "gdpr-9-2", "Art. 9(2)", "Special categories may be processed only under one of the conditions listed."
            ),
        ),
        date(2018, 5, 25),
        (
            _reason(
                "a condition of Art. 9(2) is stated",
                NOT_DETERMINED,
                "the dataset holds data on racial or ethnic origin, and the condition relied on is not stated",
                expression='processing.article_9_condition != "none"',
                place="pack:gdpr/rules/article-9.yaml:10:11",
                facts=("processing:northgate/risk-assessment.article_9_condition",),
                path=("dataset/two-year", "run/split", "dataset/train"),
                missing=[
                    MissingItem(
                        "processing:northgate/risk-assessment.article_9_condition",
                        "not stated",
                        "controller",
                        "On which point of GDPR Art. 9(2) does the processing of special categories rest?",
                    )
                ],
            ),
        ),
        "The condition for special categories is not stated.",
        remedy="State the condition, or stop processing the column.",
    )
    f.add(
        g,
        "offence-data-without-authority",
        "Offence data processed under official authority",
        PROCESSING,
        NOT_MET,
        Severity.HIGH,
        "recorded",
        (
            gdpr(
                "gdpr-10",
                "Art. 10",
                "Process data on criminal convictions only under official authority or where law "
                "authorises it with safeguards.",
            ),
        ),
        date(2018, 5, 25),
        (
            _reason(
                "an authority under Art. 10 is stated",
                NOT_MET,
                "`none` is stated",
                expression='processing.article_10_authority != "none"',
                observed=[("processing.article_10_authority", "none")],
            ),
        ),
        "No authority for data on criminal offences is stated.",
        remedy="Name the provision that authorises it.",
        waiver=WaiverNote(
            "W-2026-04",
            "Data protection officer",
            "The court order that authorises the pilot is being published.",
            "Access is limited to three named clerks.",
            date(2027, 3, 31),
        ),
    )
    f.add(
        g,
        "solely-automated",
        "No decision solely by automated means",
        PROCESSING,
        MET,
        Severity.HIGH,
        "recorded",
        (
            gdpr(
                "gdpr-22-1",
                "Art. 22(1)",
                "People have the right not to be subject to a decision based solely on automated "
                "processing that significantly affects them.",
            ),
        ),
        date(2018, 5, 25),
        (
            _reason(
                "decisions are not based solely on automated processing",
                MET,
                "automated_decision is false",
                observed=[("processing.automated_decision", False)],
            ),
        ),
        "Decisions are recorded as not solely automated.",
    )
    f.add(
        g,
        "transfer-without-instrument",
        "Transfers rest on an instrument",
        PROCESSING,
        NOT_APPLICABLE,
        Severity.HIGH,
        "recorded",
        (gdpr("gdpr-44", "Art. 44", "Transfer personal data to third countries only under Chapter V."),),
        date(2018, 5, 25),
        (_reason("the rule applies", NOT_APPLICABLE, "no transfer to a third country is declared"),),
        "No transfer to a third country is declared.",
    )
    f.add(
        g,
        "record-of-processing-missing",
        "Processing recorded",
        PROCESSING,
        MET,
        Severity.MEDIUM,
        "recorded",
        (gdpr("gdpr-30-1", "Art. 30(1)", "Keep a record of processing activities.", GDPR_83_4),),
        date(2018, 5, 25),
        (_reason("a record of processing is filed", MET, "the record of 12 January 2026 covers the processing"),),
        "A record of the processing is filed.",
    )
    return tuple(sorted(f.all, key=lambda finding: finding.id))


def pack(id_: str, title: str, rules: int, instrument: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": id_,
        "version": "0.1.0",
        "digest": _digest(id_),
        "title": title,
        "jurisdiction": "EU",
        "instruments": [dict(instrument)],
        "rules": rules,
        "readings": [
            {
                "id": "two_step_dates",
                "statement": "Articles 49 and 72 apply to a system from the date on which Article 6 applies to it.",
                "alternative": "They apply from 2 August 2026.",
                "certainty": "reasoned reading, no official confirmation found",
            }
        ]
        if id_ == "eu_ai_act"
        else [],
        "limits": ["The pack does not decide whether a practice is prohibited; it asks a named person."]
        if id_ == "eu_ai_act"
        else ["Whether a legal basis that is stated holds in law is not judged."],
    }


AI_ACT = {
    "id": "ai_act",
    "title": "Regulation (EU) 2024/1689 (Artificial Intelligence Act)",
    "short": "AI Act",
    "celex": "32024R1689",
    "eli": "http://data.europa.eu/eli/reg/2024/1689/oj",
    "consolidated": "2026-07-27",
}
GDPR = {
    "id": "gdpr",
    "title": "Regulation (EU) 2016/679 (General Data Protection Regulation)",
    "short": "GDPR",
    "celex": "32016R0679",
    "eli": "http://data.europa.eu/eli/reg/2016/679/oj",
    "consolidated": "2016-05-04",
}

THRESHOLDS = [
    {
        "name": "fairness.error_rate_difference",
        "value": 0.1,
        "source": "Policy board, minute 14 of 3 June 2026",
        "force": "organisation",
        "registered": "2026-06-03",
        "meaning": "largest tolerated difference between the groups' false positive (or false negative) rates",
    },
    {
        "name": "robustness.accuracy",
        "value": 0.6,
        "source": "Policy board, minute 15 of 3 June 2026",
        "force": "organisation",
        "registered": "2026-06-03",
        "meaning": "least accuracy under attack at the reference strength",
    },
]


def _fact(
    subject: str,
    path: str,
    value: Any,
    *,
    origin: str = "declared",
    because: str = "",
    cite: Sequence[str] = (),
    by: str = "Head of product compliance",
    source: str = "document/classification-memo",
    question: str = "",
    who: str = "provider",
    missing: Sequence[str] = (),
) -> dict[str, Any]:
    known = not missing
    return {
        "id": f"{node_id(subject)}.{path.partition('.')[2]}",
        "subject": node_id(subject),
        "path": path,
        "origin": origin,
        "state": "known" if known else "unknown",
        "value": value if known else None,
        "because": because,
        "cite": list(cite),
        "given_by": by if known and origin == "declared" else "",
        "given_on": "2026-09-14" if known and origin == "declared" else None,
        "source": source if known and origin == "declared" else "",
        "missing": list(missing),
        "place": "lexaudit.yaml:88:7" if known else "",
        "question": question,
        "who": who,
    }


def facts() -> list[dict[str, Any]]:
    return [
        _fact(
            SYSTEM,
            "system.annex_iii_point",
            "6d",
            cite=["AI Act Annex III, point 6(d)"],
            question="Which point of Annex III describes the intended purpose?",
        ),
        _fact(
            SYSTEM,
            "system.profiling",
            True,
            cite=["AI Act Art. 3(52)"],
            question="Does the system profile natural persons (evaluate personal aspects by automated processing)?",
        ),
        _fact(
            SYSTEM,
            "system.high_risk",
            True,
            origin="derived",
            because="a system listed in Annex III that profiles natural persons is always high-risk",
            cite=["AI Act Art. 6(3), subpara. 3"],
        ),
        _fact(
            SYSTEM,
            "system.interacts_with_people",
            False,
            cite=["AI Act Art. 50(1)"],
            question="Does the system interact directly with natural persons?",
        ),
        _fact(
            "organisation/northgate",
            "organisation.small_or_medium",
            None,
            missing=["organisation.small_or_medium"],
            question="Is the provider an SME or a small mid-cap?",
        ),
        _fact(
            SYSTEM,
            "system.simplified_documentation",
            None,
            origin="derived",
            because="",
            cite=["AI Act Art. 11(1), subpara. 2"],
            missing=["organisation.small_or_medium"],
        ),
    ]


def _plan(pieces: Sequence[Evidence], missing: Sequence[Missing], findings: Sequence[Finding]) -> list[dict[str, Any]]:
    entries = []
    for need in [piece.need for piece in pieces] + [item.need for item in missing]:
        asked = sorted(
            {
                f"{f.pack}/{f.rule}"
                for f in findings
                for r in f.reasons
                if any(e.id in r.evidence for e in pieces if e.need == need)
            }
        )
        entries.append(
            {
                "key": need.key,
                **need.plain(),
                "asked_by": asked or ["eu_ai_act/bias-not-examined"],
                "summary": f"{need.collector} of {need.subject.partition(':')[2]}",
                "cost_seconds": {"fairness": 1.5, "robustness": 42.0}.get(need.collector, 0.1),
            }
        )
    return entries


def compas(as_of: date = TODAY) -> dict[str, Any]:
    """The recidivism score, whole."""
    findings = compas_findings(as_of)
    pieces = (
        fairness(),
        robustness(),
        document(
            "data_protection_impact_assessment",
            PROCESSING,
            found=False,
            current=False,
            sections=("Description", "Necessity", "Risks", "Measures"),
        ),
        document(
            "risk_management", SYSTEM, empty=("Residual risk",), sections=("Known risks", "Measures", "Residual risk")
        ),
        document("instructions_for_use", SYSTEM, sections=("Intended purpose", "Accuracy", "Oversight")),
        document("bias_examination", VENDOR, found=False, current=False),
    )
    missing = (
        Missing(
            Need("fairness", node_id(NET), {"metrics": ["false_positive_rate"]}),
            "the column `race` is not in the test split",
            "declare a test split that carries the sensitive columns",
        ),
    )
    policy = {
        "name": "northgate-release",
        "digest": _digest("policy"),
        "block_at": "high",
        "seed": 20261124,
        "thresholds": THRESHOLDS,
        "waivers": [
            {
                "id": "W-2026-03",
                "rule": "eu_ai_act/not-robust",
                "subject": node_id(NET),
                "requester": "Head of modelling",
                "approver": "Chief risk officer",
                "reason": "Inputs are read from the court register, not typed in; a hardened model is due in March.",
                "compensating": "Inputs are checked against the register before each score.",
                "from": "2026-10-01",
                "until": "2027-12-31",
                "state": "in force",
            },
            {
                "id": "W-2026-04",
                "rule": "gdpr/offence-data-without-authority",
                "subject": node_id(PROCESSING),
                "requester": "Court operations",
                "approver": "Data protection officer",
                "reason": "The court order that authorises the pilot is being published.",
                "compensating": "Access is limited to three named clerks.",
                "from": "2026-10-01",
                "until": "2027-03-31",
                "state": "in force",
            },
            {
                "id": "W-2025-11",
                "rule": "eu_ai_act/risk-management-not-established",
                "subject": node_id(SYSTEM),
                "requester": "Head of modelling",
                "approver": "Chief risk officer",
                "reason": "The file was being rewritten.",
                "compensating": "None.",
                "from": "2025-11-01",
                "until": "2026-10-31",
                "state": "expired",
            },
        ],
    }
    packs = [
        pack("eu_ai_act", "EU AI Act", len({f.rule for f in findings if f.pack == "eu_ai_act"}), AI_ACT),
        pack("gdpr", "GDPR", len({f.rule for f in findings if f.pack == "gdpr"}), GDPR),
    ]
    return Audit(
        "Reoffending risk support",
        {"name": "lexaudit", "version": "0.1.0", "digest": _digest("engine")},
        AT,
        as_of,
        graph(),
        [
            {
                "kind": "cycle",
                "text": "the pilot feeds its logs back into a dataset",
                "nodes": [node_id(PILOT), node_id("dataset/pilot-logs")],
            }
        ],
        packs,
        policy,
        facts(),
        _plan(pieces, missing, findings),
        tuple(sorted(pieces, key=lambda piece: piece.id)),
        missing,
        findings,
        gate_of(findings, [pack["id"] for pack in packs], Severity.HIGH),
    ).plain()


def _bare(title: str, findings: Sequence[Finding], graph_: Graph | None = None, **changes: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "notes": [],
        "packs": [pack("eu_ai_act", "EU AI Act", len({f.rule for f in findings}), AI_ACT)],
        "policy": {
            "name": "plain",
            "digest": _digest("policy"),
            "block_at": "high",
            "seed": 0,
            "thresholds": [],
            "waivers": [],
        },
        "facts": [],
        "plan": [],
        "evidence": (),
        "missing": (),
    }
    parts.update(changes)
    return Audit(
        title,
        {"name": "lexaudit", "version": "0.1.0", "digest": _digest("engine")},
        AT,
        TODAY,
        graph_ or Graph(title, {}, ()),
        findings=tuple(findings),
        gate=gate_of(findings, [pack["id"] for pack in parts["packs"]], Severity.HIGH),
        **parts,
    ).plain()


SMALL = (
    "eu_ai_act/social-scoring-not-screened@system/risk-support@2.0",
    "eu_ai_act/people-not-told@system/risk-support@2.0",
    "eu_ai_act/crime-prediction-not-screened@system/risk-support@2.0",
    "eu_ai_act/bias-not-examined@model/vendor-score",
    "gdpr/impact-assessment-missing@processing/risk-assessment",
    "gdpr/offence-data-without-authority@processing/risk-assessment",
)


def small() -> dict[str, Any]:
    """One finding of each kind: met, not applicable, not determined, upcoming, not met and waived."""
    findings = [f for f in compas_findings(TODAY) if f.id in SMALL]
    pieces = (
        fairness(),
        document("bias_examination", VENDOR, found=False, current=False),
        document(
            "data_protection_impact_assessment",
            PROCESSING,
            found=False,
            current=False,
            sections=("Description", "Necessity", "Risks", "Measures"),
        ),
    )
    return _bare(
        "Reoffending risk support",
        findings,
        graph(),
        evidence=pieces,
        plan=_plan(pieces, (), findings),
        packs=[pack("eu_ai_act", "EU AI Act", 4, AI_ACT), pack("gdpr", "GDPR", 2, GDPR)],
        policy={
            "name": "northgate-release",
            "digest": _digest("policy"),
            "block_at": "high",
            "seed": 20261124,
            "thresholds": THRESHOLDS[:1],
            "waivers": [],
        },
    )


def many(number: int) -> dict[str, Any]:
    """As many findings as asked, of every outcome in turn; none at all for 0."""
    f = Findings(TODAY)
    outcomes, severities = list(Outcome), list(Severity)
    for i in range(number):
        outcome = outcomes[i % 4]
        missing = (MissingItem(f"system:northgate/s{i}.x", "not stated", "provider", f"What is x of {i}?"),)
        f.add(
            "eu_ai_act",
            f"rule-{i:04}",
            f"Requirement number {i}",
            SYSTEM,
            outcome,
            severities[i % 3],
            "recorded",
            (aia(f"aia-{i}", f"Art. {i}", f"What article {i} asks."),),
            date(2025, 2, 2) if i % 5 else HIGH_RISK,
            (
                _reason(
                    f"expectation {i} holds",
                    outcome,
                    f"because of {i}",
                    missing=missing if outcome is NOT_DETERMINED else (),
                ),
            ),
            f"Summary of {i}.",
            remedy=f"Do {i}." if outcome in (NOT_MET, NOT_DETERMINED) else "",
        )
    return _bare("Many", f.all)


HOSTILE = (
    '<para>& "quoted" <b>bold?</b> ]]> &amp; ‹§› \\ %s {0} <script>alert(1)</script>\n'
    "second line\ttab 😀 中文 עברית العربية e\u0301 \u200b\u202e end"
)


def hostile() -> dict[str, Any]:
    """Everything a person can write is as unpleasant as it gets."""
    f = Findings(TODAY)
    TITLES["system/hostile"] = (HOSTILE, f"{HOSTILE}.yaml:1:1")
    for i, outcome in enumerate(Outcome):
        f.add(
            "eu_ai_act",
            f"rule-{i}",
            (HOSTILE + " ") * 40 if i == 0 else HOSTILE,
            "system/hostile",
            outcome,
            Severity.CRITICAL,
            "recorded",
            (aia("x", HOSTILE, HOSTILE * 3, HOSTILE),),
            date(2025, 2, 2),
            (
                _reason(
                    HOSTILE,
                    outcome,
                    HOSTILE,
                    expression=HOSTILE,
                    place=HOSTILE,
                    observed=[(HOSTILE, HOSTILE * 50)],
                    missing=[MissingItem(HOSTILE, HOSTILE, HOSTILE, HOSTILE)],
                    facts=(HOSTILE,),
                ),
            ),
            "x" * 5000,
            remedy=HOSTILE,
            waiver=WaiverNote(HOSTILE, HOSTILE, HOSTILE, HOSTILE, date(2027, 1, 1)) if i == 1 else None,
        )
    nodes = {
        node_id(f"dataset/{i}"): _node(f"dataset/{i}", i, title=HOSTILE, description=HOSTILE * 5) for i in range(4)
    }
    edges = (
        _edge("dataset/0", Relation.DERIVED_INTO, "dataset/1", how=HOSTILE),
        _edge("dataset/1", Relation.DERIVED_INTO, "dataset/0"),
    )
    evidence = fairness()
    value = {
        **evidence.value,
        "false_positive_rate": {
            **evidence.value["false_positive_rate"],
            "groups": [{"attribute": HOSTILE, "group": HOSTILE * (1 + i), "k": i, **interval(i, 10)} for i in range(3)],
        },
    }
    odd = Evidence(
        Need("fairness", node_id("system/hostile"), {HOSTILE: HOSTILE}),
        value,
        HOSTILE,
        {HOSTILE: 1},
        HOSTILE,
        1,
        {},
        {HOSTILE: _digest("h")},
        {},
        AT,
        [HOSTILE * 10],
    )
    other = Evidence(
        Need("drift", node_id("system/hostile"), {}),
        {HOSTILE: HOSTILE, "nested": {"a": [1, 2.5, None, True]}},
        HOSTILE,
        {},
        "1",
        1,
        {},
        {},
        {},
        AT,
        [],
    )
    return _bare(
        HOSTILE,
        f.all,
        Graph(HOSTILE, nodes, edges),
        evidence=(odd, other),
        facts=[
            _fact("system/hostile", "system.x", HOSTILE, because=HOSTILE, by=HOSTILE, source=HOSTILE, question=HOSTILE)
        ],
        notes=[{"kind": HOSTILE, "text": HOSTILE, "nodes": [HOSTILE]}],
        policy={
            "name": HOSTILE,
            "digest": _digest("p"),
            "block_at": "high",
            "seed": 0,
            "thresholds": [
                {
                    "name": HOSTILE,
                    "value": HOSTILE,
                    "source": HOSTILE,
                    "force": HOSTILE,
                    "registered": HOSTILE,
                    "meaning": HOSTILE,
                }
            ],
            "waivers": [
                {
                    "id": HOSTILE,
                    "rule": HOSTILE,
                    "subject": HOSTILE,
                    "requester": HOSTILE,
                    "approver": HOSTILE,
                    "reason": HOSTILE,
                    "compensating": HOSTILE,
                    "from": "2026-01-01",
                    "until": "2027-01-01",
                    "state": "in force",
                }
            ],
        },
    )


def at_path(value: Any, path: str) -> Any:
    """What stands at `value.curve[0].estimate`."""
    for part in re.findall(r"[^.\[\]]+|\[\d+\]", path):
        value = value[int(part[1:-1])] if part.startswith("[") else value[part]
    return value
