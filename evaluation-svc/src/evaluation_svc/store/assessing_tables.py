"""The tables of assessments: their steps, how each unit stands in them, and appeals."""

from typing import Any

import sqlalchemy as sa
from chassis.data.schema import Json, UtcDateTime

from evaluation_svc.store.tables import metadata

_UNPUBLISHED: dict[str, Any] = {
    "sqlite_where": sa.text("state <> 'PUBLISHED'"),
    "postgresql_where": sa.text("state <> 'PUBLISHED'"),
}
_OPEN: dict[str, Any] = {"sqlite_where": sa.text("state = 'OPEN'"), "postgresql_where": sa.text("state = 'OPEN'")}

assessments = sa.Table(
    "assessment",
    metadata,
    sa.Column("assessment_id", sa.String(36), primary_key=True),
    sa.Column("group_name", sa.String(16), nullable=False),
    sa.Column("period", sa.String(7), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("rules", Json, nullable=False),
    sa.Column("documents", Json, nullable=False),
    sa.Column("computed_by", sa.String(100), nullable=False),
    sa.Column("computed_at", UtcDateTime, nullable=False),
    sa.Column("counted_until", UtcDateTime, nullable=False),
    sa.Column("told_by", sa.String(100)),
    sa.Column("told_at", UtcDateTime),
    sa.Column("objections_over_at", UtcDateTime),
    sa.Column("published_by", sa.String(100)),
    sa.Column("published_at", UtcDateTime),
    sa.CheckConstraint("published_by IS NULL OR published_by <> computed_by", name="assessment_by_two"),
    sa.UniqueConstraint("group_name", "period", "revision", name="assessment_once"),
    sa.Index("assessment_under_way", "group_name", "period", unique=True, **_UNPUBLISHED),
    sa.Index("assessment_of_group", "group_name", "assessment_id"),
    sa.Index("assessment_published", "group_name", "published_at"),
)
"""`rules` and the standings are what it was computed from, kept whole; `documents` the versions of the city's rules.

Of a group and period one at most is not published. `reason` is why a later revision corrects the one before;
`version` counts computations and steps.
"""

standings = sa.Table(
    "assessment_standing",
    metadata,
    sa.Column("assessment_id", sa.String(36), sa.ForeignKey("assessment.assessment_id"), primary_key=True),
    sa.Column("unit", sa.String(8), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("place", sa.Integer),
    sa.Column("ending", sa.String(6)),
    sa.Column("unranked", sa.String(16)),
    sa.Column("score", sa.Text),
    sa.Column("share", sa.Text, nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.Column("lines", Json, nullable=False),
    sa.Index("standing_of_unit", "unit", "assessment_id"),
)
"""`key` is under what the unit is counted; scores and shares are exact fractions as text; `counts` are all that the
lines were computed from.
"""

appealed = sa.Table(
    "assessment_appeal",
    metadata,
    sa.Column("appeal_id", sa.String(36), primary_key=True),
    sa.Column("assessment_id", sa.String(36), sa.ForeignKey("assessment.assessment_id"), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("indicator", sa.String(64), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("grounds", sa.Text, nullable=False),
    sa.Column("filed_by", sa.String(100), nullable=False),
    sa.Column("filed_at", UtcDateTime, nullable=False),
    sa.Column("overdue_at", UtcDateTime),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("decided_at", UtcDateTime),
    sa.CheckConstraint("decided_by IS NULL OR decided_by <> filed_by", name="assessment_appeal_by_two"),
    sa.Index("appeal_open", "assessment_id", "unit", unique=True, **_OPEN),
    sa.Index("appeal_of_assessment", "assessment_id", "appeal_id"),
)
"""Appeals before publication, a unit's one at a time; grounds and decision are sealed, as people write of cases."""
