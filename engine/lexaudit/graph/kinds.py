"""What a lineage graph is made of: eleven kinds of node, their attributes, and the relations between them.

Three layers. *Flow* (dataset, run, model, system, deployment) is what data and behaviour move through. *Law*
(organisation, processing) is who answers for it and on what basis: a legal basis belongs to a processing for a purpose,
never to a dataset. *Evidence* (document, measurement, control, incident) is what has been recorded about it.

Relations run from cause to effect, so that "downstream" means successors. Only the transitive ones carry facts along.

Attributes are of an *open* world (not stated means unknown) or a *closed* one (not stated means absent): the table below
says which, and a rule that reads an open attribute nobody stated is not determined, never met.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of node."""

    DATASET = "dataset"
    RUN = "run"
    MODEL = "model"
    SYSTEM = "system"
    DEPLOYMENT = "deployment"
    ORGANISATION = "organisation"
    PROCESSING = "processing"
    DOCUMENT = "document"
    MEASUREMENT = "measurement"
    CONTROL = "control"
    INCIDENT = "incident"


SECTIONS: dict[str, Kind] = {
    "datasets": Kind.DATASET,
    "runs": Kind.RUN,
    "models": Kind.MODEL,
    "systems": Kind.SYSTEM,
    "deployments": Kind.DEPLOYMENT,
    "organisations": Kind.ORGANISATION,
    "processing": Kind.PROCESSING,
    "documents": Kind.DOCUMENT,
    "measurements": Kind.MEASUREMENT,
    "controls": Kind.CONTROL,
    "incidents": Kind.INCIDENT,
}
"""The section of a manifest that lists the nodes of each kind."""


class Relation(StrEnum):
    """A relation between two nodes, from cause to effect."""

    USED_BY = "used_by"
    PRODUCED = "produced"
    DERIVED_INTO = "derived_into"
    COMPONENT_OF = "component_of"
    DEPLOYED_AS = "deployed_as"
    FEEDS_BACK = "feeds_back"
    HAS_ROLE = "has_role"
    COVERS = "covers"
    TRANSFERS_TO = "transfers_to"
    EVIDENCES = "evidences"
    CONTROLS = "controls"
    CONCERNS = "concerns"
    SUPERSEDES = "supersedes"


TRANSITIVE = frozenset(
    {
        Relation.USED_BY,
        Relation.PRODUCED,
        Relation.DERIVED_INTO,
        Relation.COMPONENT_OF,
        Relation.DEPLOYED_AS,
        Relation.FEEDS_BACK,
    }
)
"""The relations along which lineage runs."""

_ANY = frozenset(Kind)
_FLOW = frozenset({Kind.DATASET, Kind.RUN, Kind.MODEL, Kind.SYSTEM, Kind.DEPLOYMENT})

ENDS: dict[Relation, frozenset[tuple[Kind, Kind]]] = {
    Relation.USED_BY: frozenset({(Kind.DATASET, Kind.RUN), (Kind.MODEL, Kind.RUN)}),
    Relation.PRODUCED: frozenset(
        {(Kind.RUN, Kind.DATASET), (Kind.RUN, Kind.MODEL), (Kind.RUN, Kind.MEASUREMENT), (Kind.RUN, Kind.DOCUMENT)}
    ),
    Relation.DERIVED_INTO: frozenset(
        {(Kind.DATASET, Kind.DATASET), (Kind.MODEL, Kind.MODEL), (Kind.DATASET, Kind.MODEL), (Kind.MODEL, Kind.DATASET)}
    ),
    Relation.COMPONENT_OF: frozenset(
        {(Kind.MODEL, Kind.SYSTEM), (Kind.DATASET, Kind.SYSTEM), (Kind.SYSTEM, Kind.SYSTEM)}
    ),
    Relation.DEPLOYED_AS: frozenset({(Kind.SYSTEM, Kind.DEPLOYMENT), (Kind.MODEL, Kind.DEPLOYMENT)}),
    Relation.FEEDS_BACK: frozenset({(Kind.DEPLOYMENT, Kind.DATASET)}),
    Relation.HAS_ROLE: frozenset(
        (Kind.ORGANISATION, kind) for kind in (Kind.SYSTEM, Kind.MODEL, Kind.DEPLOYMENT, Kind.PROCESSING)
    ),
    Relation.COVERS: frozenset((Kind.PROCESSING, kind) for kind in _FLOW),
    Relation.TRANSFERS_TO: frozenset({(Kind.PROCESSING, Kind.ORGANISATION), (Kind.DEPLOYMENT, Kind.ORGANISATION)}),
    Relation.EVIDENCES: frozenset((kind, other) for kind in (Kind.DOCUMENT, Kind.MEASUREMENT) for other in _ANY),
    Relation.CONTROLS: frozenset(
        (Kind.CONTROL, kind) for kind in (Kind.SYSTEM, Kind.DEPLOYMENT, Kind.MODEL, Kind.PROCESSING)
    ),
    Relation.CONCERNS: frozenset((Kind.INCIDENT, kind) for kind in _FLOW | {Kind.PROCESSING}),
    Relation.SUPERSEDES: frozenset((kind, kind) for kind in _ANY),
}
"""Which kinds a relation may join."""

ROLES = (
    # Regulation (EU) 2024/1689 Art. 3(3)-(8)
    "provider",
    "deployer",
    "importer",
    "distributor",
    "authorised_representative",
    "product_manufacturer",
    # Regulation (EU) 2016/679 Arts. 4(7), 26, 4(8), 28(2)
    "controller",
    "joint_controller",
    "processor",
    "sub_processor",
    # Regulation (EU) 2024/1689 Art. 25(4); Regulation (EU) 2016/679 Art. 27
    "supplier",
    "representative",
)
"""What an organisation can be towards a system, model, deployment or processing."""

USES = (
    "training",
    "validation",
    "testing",
    "fine_tuning",
    "evaluation",
    "retrieval",
    "inference_input",
    "labelling",
    "collection",
    "preparation",
)
"""What a run uses a dataset or model for."""

DERIVATIONS = (
    "copy",
    "subset",
    "join",
    "anonymised",
    "pseudonymised",
    "aggregated",
    "finetune",
    "adapter",
    "quantized",
    "distilled",
    "merge",
)
"""How a dataset or model comes from another."""

DOCUMENT_TYPES = (
    # Regulation (EU) 2024/1689: providers of high-risk systems
    "technical_documentation",
    "risk_management",
    "data_governance",
    "bias_examination",
    "instructions_for_use",
    "post_market_monitoring_plan",
    "declaration_of_conformity",
    "quality_management",
    "fundamental_rights_impact_assessment",
    "data_protection_impact_assessment",
    "record_of_processing",
    "privacy_notice",
    "processing_agreement",
    "legitimate_interests_assessment",
    "consent_text",
    "transfer_instrument",
    "transfer_impact_assessment",
    "retention_schedule",
    "security_measures",
    "logging_specification",
    "human_oversight_plan",
    "not_high_risk_assessment",
    "test_report",
    "training_record",
    "contract",
    # Regulation (EU) 2024/1689: conformity, supply chain, use
    "conformity_assessment",
    "notified_body_certificate",
    "notified_body_application",
    "registration",
    "retention_record",
    "corrective_action",
    "authority_notification",
    "authority_correspondence",
    "mandate",
    "importer_verification",
    "distributor_verification",
    "supplier_agreement",
    "handover_record",
    "worker_information",
    "person_information",
    "explanation",
    "judicial_authorisation",
    "annual_report",
    "incident_report",
    "substantial_modification_assessment",
    # Regulation (EU) 2024/1689: sandboxes and testing in real-world conditions
    "sandbox_plan",
    "sandbox_exit_report",
    "real_world_testing_plan",
    "testing_consent",
    # Regulation (EU) 2024/1689: general-purpose AI models
    "model_documentation",
    "downstream_information",
    "copyright_policy",
    "training_content_summary",
    "model_evaluation",
    "systemic_risk_assessment",
    "systemic_risk_notification",
    # Regulation (EU) 2016/679
    "data_protection_policy",
    "design_record",
    "joint_controller_arrangement",
    "representative_mandate",
    "dpo_designation",
    "dpo_record",
    "processor_assessment",
    "processor_record",
    "breach_record",
    "breach_notification",
    "breach_communication",
    "prior_consultation",
    "binding_corporate_rules",
    "certification",
    "rights_procedure",
    "rights_record",
    "erasure_record",
    "accuracy_procedure",
    "consent_record",
    "anonymity_assessment",
    "research_safeguards",
    # a decision of the organisation, with who took it and why
    "decision_record",
    "other",
)
"""What a document is."""

CONTROL_TYPES = (
    "human_oversight",
    "logging",
    "monitoring",
    "cybersecurity",
    "transparency_notice",
    "retention_job",
    "access_control",
    "pseudonymisation",
    "encryption",
    "incident_response",
    "human_intervention",
    "erasure",
    "rights_handling",
    "accuracy_check",
    "marking",
    "age_verification",
    "suspension",
)
"""What a control does."""

TRANSFER_MECHANISMS = (
    "adequacy",
    "standard_contractual_clauses",
    "binding_corporate_rules",
    "code_of_conduct",
    "certification",
    "public_instrument",
    "authority_clauses",
    "authorised_clauses",
    "administrative_arrangement",
    "derogation",
    "none",
)
"""On what a transfer to a third country rests (Regulation (EU) 2016/679 Arts. 45-49)."""

LEGAL_BASES = (
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
    "none",
)
"""Regulation (EU) 2016/679 Art. 6(1), points (a) to (f), and `none` where there is none."""

ART_9_CONDITIONS = (
    "explicit_consent",
    "employment_law",
    "vital_interests",
    "not_for_profit_body",
    "made_public",
    "legal_claims",
    "substantial_public_interest",
    "health_care",
    "public_health",
    "research",
    "none",
)
"""Regulation (EU) 2016/679 Art. 9(2), points (a) to (j), and `none`."""

PERSONAL_DATA = ("none", "anonymous", "pseudonymous", "personal")
"""How a dataset relates to natural persons; `pseudonymous` is still personal data (Art. 4(5), recital 26)."""

SPECIAL_CATEGORIES = (
    "racial_or_ethnic_origin",
    "political_opinions",
    "religious_or_philosophical_beliefs",
    "trade_union_membership",
    "genetic",
    "biometric",
    "health",
    "sex_life_or_orientation",
)
"""Regulation (EU) 2016/679 Art. 9(1)."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a kind of node."""

    type: str
    """One of `string`, `bool`, `int`, `number`, `date`, `strings` (a list of them)."""
    meaning: str
    """One sentence, shown by editors and in questions."""
    open: bool = True
    """Whether not stating it leaves it unknown; otherwise not stating it means `default`."""
    choices: tuple[str, ...] = ()
    """The only values allowed; empty when any is."""
    default: bool | int | str | tuple[str, ...] | None = None
    """The value of a closed attribute that is not stated."""
    structured: bool = False
    """A mapping of its own, read by collectors and not by conditions."""


def _closed(
    type_: str, meaning: str, default: bool | int | str | tuple[str, ...] | None = None, choices: tuple[str, ...] = ()
) -> Attribute:
    return Attribute(type_, meaning, open=False, choices=choices, default=default)


def _structured(meaning: str) -> Attribute:
    return Attribute("mapping", meaning, open=False, structured=True)


_COMMON: dict[str, Attribute] = {
    "title": _closed("string", "What people call it.", ""),
    "description": _closed("string", "What it is, in a sentence or two.", ""),
    "version": _closed("string", "Its version; part of its identity.", ""),
    "digest": _closed("string", "The digest of its content; never its identity.", ""),
}

ATTRIBUTES: dict[Kind, dict[str, Attribute]] = {
    Kind.DATASET: {
        **_COMMON,
        "path": _closed("string", "The file, relative to the manifest.", ""),
        "format": _closed("string", "How the file is written.", "csv", ("csv",)),
        "rows": _closed("int", "How many records the file must have; another number is refused as truncated."),
        "columns": _structured("What each column means: type, range, whether a person can change it."),
        "personal_data": Attribute("string", "How it relates to natural persons.", choices=PERSONAL_DATA),
        "special_categories": Attribute(
            "strings", "The special categories it holds; an empty list for none.", choices=SPECIAL_CATEGORIES
        ),
        "criminal_offence_data": Attribute(
            "bool", "Whether it holds data on criminal convictions or offences (GDPR Art. 10)."
        ),
        "children": Attribute("bool", "Whether it holds data on children."),
        "data_subjects": Attribute("strings", "The categories of persons in it."),
        "obtained_from": Attribute(
            "string", "Where it was obtained.", choices=("data_subject", "third_party", "public_source", "generated")
        ),
        "original_purpose": Attribute("string", "What it was first collected for."),
        "collected_from": Attribute("date", "When collection began."),
        "collected_to": Attribute("date", "When collection ended."),
        "countries": Attribute("strings", "The countries (ISO 3166-1 alpha-2) whose people it describes."),
        "storage_country": Attribute("string", "The country it is stored in."),
        "licence": Attribute("string", "The licence it is used under."),
        "erase_by": Attribute("date", "When it is to be erased."),
    },
    Kind.RUN: {
        **_COMMON,
        "type": Attribute(
            "string",
            "What the run does.",
            choices=(
                "collect",
                "transform",
                "label",
                "train",
                "fine_tune",
                "validate",
                "test",
                "infer",
                "anonymise",
                "monitor",
            ),
        ),
        "started": Attribute("date", "When it started."),
        "ended": Attribute("date", "When it ended."),
        "code": _closed("string", "The script or commit that was run.", ""),
    },
    Kind.MODEL: {
        **_COMMON,
        "task": Attribute(
            "string",
            "What it does.",
            choices=(
                "binary_classification",
                "multiclass_classification",
                "regression",
                "ranking",
                "generation",
                "other",
            ),
        ),
        "supplied_by": Attribute(
            "string", "Whether it was built in-house or supplied by another.", choices=("own", "third_party")
        ),
        "general_purpose": Attribute("bool", "Whether it is a general-purpose AI model (AI Act Art. 3(63))."),
        "placed_on_market": Attribute("date", "When it was, or is planned to be, first placed on the market."),
        "continues_to_learn": Attribute("bool", "Whether it keeps learning after being placed on the market."),
        "weights": _structured("A safetensors file and the architecture it fits."),
        "predictions": _structured("Recorded outputs: a column and how it becomes a decision."),
        "measured_on": _structured("The dataset, label, sensitive attributes and split it is measured on."),
    },
    Kind.SYSTEM: {
        **_COMMON,
        "intended_purpose": Attribute(
            "string", "The use the provider intends, with context and conditions (AI Act Art. 3(12))."
        ),
        "status": Attribute(
            "string", "Where it is in its life.", choices=("development", "placed_on_market", "in_service", "withdrawn")
        ),
        "placed_on_market": Attribute(
            "date", "When it was, or is planned to be, first placed on the market or put into service."
        ),
        "affects_natural_persons": Attribute("bool", "Whether its output concerns natural persons."),
    },
    Kind.DEPLOYMENT: {
        **_COMMON,
        "status": Attribute("string", "Whether it runs.", choices=("planned", "pilot", "live", "suspended", "ended")),
        "started": Attribute("date", "When it went live."),
        "ended": Attribute("date", "When it ended."),
        "countries": Attribute("strings", "The countries (ISO 3166-1 alpha-2) it is used in."),
        "endpoint": _closed("string", "Where it answers.", ""),
        "log_retention_days": Attribute("int", "How many days automatically generated logs are kept."),
    },
    Kind.ORGANISATION: {
        **_COMMON,
        "country": Attribute("string", "Where it is established (ISO 3166-1 alpha-2)."),
        "public_authority": Attribute("bool", "Whether it is a public authority or acts for one."),
        "small_or_medium": Attribute("bool", "Whether it is an SME or small mid-cap."),
        "contact": _closed("string", "Whom to ask: a function, not a person's name.", ""),
    },
    Kind.PROCESSING: {
        **_COMMON,
        "purpose": Attribute("string", "The specified purpose (GDPR Art. 5(1)(b))."),
        "legal_basis": Attribute("string", "The point of GDPR Art. 6(1) relied on.", choices=LEGAL_BASES),
        "article_9_condition": Attribute(
            "string", "The point of GDPR Art. 9(2) relied on for special categories.", choices=ART_9_CONDITIONS
        ),
        "article_10_authority": Attribute(
            "string",
            "Under what GDPR Art. 10 allows criminal offence data.",
            choices=("official_authority", "authorised_by_law", "none"),
        ),
        "data_categories": Attribute("strings", "The categories of personal data."),
        "data_subjects": Attribute("strings", "The categories of data subjects."),
        "recipients": Attribute("strings", "The categories of recipients."),
        "retention_days": Attribute("int", "How long the data are kept for this purpose."),
        "automated_decision": Attribute(
            "bool", "Whether decisions are based solely on automated processing (GDPR Art. 22)."
        ),
        "started": Attribute("date", "When the processing began."),
    },
    Kind.DOCUMENT: {
        **_COMMON,
        "type": _closed("string", "What the document is.", "other", DOCUMENT_TYPES),
        "path": _closed("string", "The file, relative to the manifest.", ""),
        "status": _closed("string", "Whether it is in force.", "draft", ("draft", "approved", "withdrawn")),
        "issued": Attribute("date", "When it was issued."),
        "valid_until": Attribute("date", "Until when it holds."),
        "approved_by": _closed("string", "The function that approved it.", ""),
        "fields": _structured("Recorded fields of the document, such as its reference number."),
    },
    Kind.MEASUREMENT: {
        **_COMMON,
        "metric": Attribute("string", "What was measured."),
        "value": Attribute("number", "The value found."),
        "at": Attribute("date", "When it was measured."),
    },
    Kind.CONTROL: {
        **_COMMON,
        "type": _closed("string", "What the control does.", "monitoring", CONTROL_TYPES),
        "status": _closed("string", "Whether it is at work.", "planned", ("planned", "operating", "failed", "retired")),
        "owner": _closed("string", "The function that answers for it.", ""),
        "last_verified": Attribute("date", "When it was last seen to work."),
    },
    Kind.INCIDENT: {
        **_COMMON,
        "serious": Attribute("bool", "Whether it is a serious incident (AI Act Art. 3(49))."),
        "personal_data_breach": Attribute("bool", "Whether it is a personal data breach (GDPR Art. 4(12))."),
        "occurred": Attribute("date", "When it happened."),
        "detected": Attribute("date", "When it was noticed."),
        "reported": Attribute("date", "When the authority was told."),
        "closed": Attribute("date", "When it was closed."),
    },
}
"""The attributes of each kind. A pack's facts add to these; they never replace them."""

EDGE_ATTRIBUTES: dict[Relation, dict[str, Attribute]] = {
    Relation.USED_BY: {
        "use": Attribute("string", "What for.", choices=USES),
        "under": _closed("string", "The processing it happens under.", ""),
    },
    Relation.DERIVED_INTO: {"how": Attribute("string", "How it was derived.", choices=DERIVATIONS)},
    Relation.HAS_ROLE: {"role": Attribute("string", "What the organisation is.", choices=ROLES)},
    Relation.TRANSFERS_TO: {
        "country": Attribute("string", "The third country (ISO 3166-1 alpha-2)."),
        "mechanism": Attribute("string", "On what the transfer rests.", choices=TRANSFER_MECHANISMS),
    },
    Relation.EVIDENCES: {"claim": _closed("string", "What it shows.", "")},
}
"""The attributes an edge may carry, beside its basis and dates."""
