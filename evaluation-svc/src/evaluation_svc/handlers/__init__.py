"""Evaluation's use cases."""

from evaluation_svc.handlers.assessing import (
    compute_assessment,
    end_objections,
    publish_assessment,
    recompute_assessment,
    tell_assessment,
)
from evaluation_svc.handlers.assessment_appeals import (
    assessment_appeal_overdue,
    decide_assessment_appeal,
    file_assessment_appeal,
    list_assessment_appeals,
)
from evaluation_svc.handlers.assessment_changes import show_assessment_changes
from evaluation_svc.handlers.assessment_views import list_assessments, show_assessment, show_ranking
from evaluation_svc.handlers.assessor_evidence import FindingFile, give_finding_evidence, read_finding_evidence
from evaluation_svc.handlers.assessor_findings import enter_finding, list_findings, show_finding, withdraw_finding
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.counting import count_page, keep_counted
from evaluation_svc.handlers.dashboard import show_dashboard
from evaluation_svc.handlers.default_ratings import end_second, rate_by_default
from evaluation_svc.handlers.exclude import exclusion_page, keep_excluded
from evaluation_svc.handlers.exclusions import lift_exclusion, list_exclusion_rules, list_exclusions
from evaluation_svc.handlers.figure_cases import list_counted, list_late_notes, list_measures
from evaluation_svc.handlers.follow import (
    follow_accepted,
    follow_case_closed,
    follow_case_opened,
    follow_case_transferred,
    follow_item,
    follow_item_withdrawn,
    follow_licence,
    follow_network,
    follow_overdue,
    follow_recomputed,
    follow_submitted,
    follow_task_completed,
    follow_task_decided,
    follow_task_opened,
    follow_task_transferred,
    follow_warned,
)
from evaluation_svc.handlers.indicator_values import show_series, show_values
from evaluation_svc.handlers.indicators import list_indicators
from evaluation_svc.handlers.learn import store_calendar, store_matter, store_unit
from evaluation_svc.handlers.letters import (
    approve_letter,
    draft_letter,
    edit_letter,
    follow_notice,
    list_letters,
    show_letter,
    withdraw_letter,
)
from evaluation_svc.handlers.lights import list_lights, show_lights
from evaluation_svc.handlers.load import load_evaluation
from evaluation_svc.handlers.province import keep_province_told, reconcile_province
from evaluation_svc.handlers.rate import require_unrated, submit_rating, submit_second_rating
from evaluation_svc.handlers.rating_appeals import (
    decide_rating_appeal,
    file_rating_appeal,
    list_rating_appeals,
    show_rating_appeal,
)
from evaluation_svc.handlers.rating_tags import list_rating_tags
from evaluation_svc.handlers.rating_views import list_own_ratings, show_own_rating
from evaluation_svc.handlers.rectification_clocks import RECTIFICATION_CLOCKS
from evaluation_svc.handlers.rectification_steps import take_rectification_step
from evaluation_svc.handlers.rectification_views import (
    list_own_rectifications,
    list_published_rectifications,
    list_rectifications,
    show_rectification,
)
from evaluation_svc.handlers.rectify import follow_rating
from evaluation_svc.handlers.supervisions import (
    answer_supervision,
    conclude_supervision,
    list_supervisions,
    show_supervision,
)
from evaluation_svc.handlers.targets import list_targets
from evaluation_svc.handlers.timers import keep_timers, timer_page
from evaluation_svc.handlers.unit_ratings import count_unit_ratings, list_unit_ratings, show_rating_text
from evaluation_svc.handlers.visits import list_open_ratings, register_visit
from evaluation_svc.handlers.window import rate_at_window

__all__ = [
    "RECTIFICATION_CLOCKS",
    "Evaluation",
    "FindingFile",
    "answer_supervision",
    "approve_letter",
    "assessment_appeal_overdue",
    "compute_assessment",
    "conclude_supervision",
    "count_page",
    "count_unit_ratings",
    "decide_assessment_appeal",
    "decide_rating_appeal",
    "draft_letter",
    "edit_letter",
    "end_objections",
    "end_second",
    "enter_finding",
    "exclusion_page",
    "file_assessment_appeal",
    "file_rating_appeal",
    "follow_accepted",
    "follow_case_closed",
    "follow_case_opened",
    "follow_case_transferred",
    "follow_item",
    "follow_item_withdrawn",
    "follow_licence",
    "follow_network",
    "follow_notice",
    "follow_overdue",
    "follow_rating",
    "follow_recomputed",
    "follow_submitted",
    "follow_task_completed",
    "follow_task_decided",
    "follow_task_opened",
    "follow_task_transferred",
    "follow_warned",
    "give_finding_evidence",
    "keep_counted",
    "keep_excluded",
    "keep_province_told",
    "keep_timers",
    "lift_exclusion",
    "list_assessment_appeals",
    "list_assessments",
    "list_counted",
    "list_exclusion_rules",
    "list_exclusions",
    "list_findings",
    "list_indicators",
    "list_late_notes",
    "list_letters",
    "list_lights",
    "list_measures",
    "list_open_ratings",
    "list_own_ratings",
    "list_own_rectifications",
    "list_published_rectifications",
    "list_rating_appeals",
    "list_rating_tags",
    "list_rectifications",
    "list_supervisions",
    "list_targets",
    "list_unit_ratings",
    "load_evaluation",
    "publish_assessment",
    "rate_at_window",
    "rate_by_default",
    "read_finding_evidence",
    "recompute_assessment",
    "reconcile_province",
    "register_visit",
    "require_unrated",
    "show_assessment",
    "show_assessment_changes",
    "show_dashboard",
    "show_finding",
    "show_letter",
    "show_lights",
    "show_own_rating",
    "show_ranking",
    "show_rating_appeal",
    "show_rating_text",
    "show_rectification",
    "show_series",
    "show_supervision",
    "show_values",
    "store_calendar",
    "store_matter",
    "store_unit",
    "submit_rating",
    "submit_second_rating",
    "take_rectification_step",
    "tell_assessment",
    "timer_page",
    "withdraw_finding",
    "withdraw_letter",
]
