"""What intake asks of its siblings, and the classes that their answers are read with."""

from collections.abc import Mapping

from intake_svc.siblings.answers import Answer
from intake_svc.siblings.catalog import (
    APPLICANT,
    Guide,
    GuideField,
    GuideMaterial,
    GuideSection,
    Matter,
    current_version,
    fetch_guide,
)
from intake_svc.siblings.datashare import (
    Prefill,
    SharedValue,
    Source,
    Unasked,
    Verification,
    Verified,
    fetch_prefill,
    fetch_verification,
    file_dispute,
    put_persons,
)
from intake_svc.siblings.workflow import Case, CaseTask, fetch_refusals

ANSWERS: Mapping[tuple[str, str], type[Answer]] = {
    ("catalog", "guide_matter"): Guide,
    ("catalog", "show_matter"): Matter,
    ("workflow", "show_case"): Case,
    ("datashare", "prefill_draft"): Prefill,
    ("datashare", "verify_given"): Verification,
}
"""Which answer of which sibling's operation each class reads; the contracts are tested against it."""

__all__ = [
    "ANSWERS",
    "APPLICANT",
    "Answer",
    "Case",
    "CaseTask",
    "Guide",
    "GuideField",
    "GuideMaterial",
    "GuideSection",
    "Matter",
    "Prefill",
    "SharedValue",
    "Source",
    "Unasked",
    "Verification",
    "Verified",
    "current_version",
    "fetch_guide",
    "fetch_prefill",
    "fetch_refusals",
    "fetch_verification",
    "file_dispute",
    "put_persons",
]
