"""How an assessment (考评) of a group and period goes on, and the appeals against it.

It is computed and computed again while it is a draft, told to its units, which may appeal, and published by another
person than who computed it. What is published stays: a correction is a new revision with its reason.
"""

from enum import StrEnum

OBJECTION_CLOCK, DECISION_CLOCK = "assessment_objection", "assessment_decision"
"""The clocks: until when units may appeal, and until when an appeal is to be decided."""


class AssessmentState(StrEnum):
    """起草、公布前听取意见、已公布."""

    DRAFT = "DRAFT"
    OBJECTION = "OBJECTION"
    PUBLISHED = "PUBLISHED"


class AssessmentAppealState(StrEnum):
    """待复核、成立、不成立."""

    OPEN = "OPEN"
    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"


SHOWN_TO_UNITS = (AssessmentState.OBJECTION, AssessmentState.PUBLISHED)
"""In which states an assessed unit sees how it stands."""
