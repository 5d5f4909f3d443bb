"""Disputes of shared values (校核纠错): what they can be, and who answers them.

Source: 政务数据共享条例 (国务院令 809): who uses shared data and doubts it asks the unit that provides it to check.
"""

from collections.abc import Mapping
from enum import StrEnum


class DisputePlace(StrEnum):
    """Where in an application the disputed value stands: an element of the form, or a material."""

    FORM = "form"
    MATERIALS = "materials"


class DisputeState(StrEnum):
    """How far a dispute is: one that is not open has ended for good."""

    OPEN = "open"
    CORRECTED = "corrected"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


class DisputeOutcome(StrEnum):
    """What a unit answers: its value was wrong and is corrected, or it was right and stays."""

    CORRECTED = "corrected"
    UPHELD = "upheld"


LABELS: Mapping[DisputeState, str] = {
    DisputeState.OPEN: "校核中",
    DisputeState.CORRECTED: "已更正",
    DisputeState.UPHELD: "经校核无误",
    DisputeState.WITHDRAWN: "已撤回",
}
"""What people are told of each state."""
