"""What a city pack says of evaluation: a file a document, each with the model that it is read by.

Whoever adds a rule of the city adds its file here: `NAME.yaml` of the pack is then read, checked and kept under its
name. A model checks what can be seen in its own file; `domain.pack_faults` what several say of each other.
"""

from collections.abc import Mapping

from pydantic import BaseModel

from evaluation_svc.schemas.pack_assessment import AssessmentFile
from evaluation_svc.schemas.pack_assessors import AssessorsFile
from evaluation_svc.schemas.pack_indicators import IndicatorsFile, PlanFile
from evaluation_svc.schemas.pack_ratings import ExclusionsFile, RatingsFile, RatingTagsFile
from evaluation_svc.schemas.pack_rectification import RectificationFile
from evaluation_svc.schemas.pack_supervision import SupervisionFile
from evaluation_svc.schemas.pack_targets import TargetsFile

DOCUMENTS: Mapping[str, type[BaseModel]] = {
    "assessment": AssessmentFile,
    "assessors": AssessorsFile,
    "indicators": IndicatorsFile,
    "exclusions": ExclusionsFile,
    "plan": PlanFile,
    "rating_tags": RatingTagsFile,
    "ratings": RatingsFile,
    "rectification": RectificationFile,
    "targets": TargetsFile,
    "supervision": SupervisionFile,
}
"""The files that the pack of a city may have, each `NAME.yaml`."""
