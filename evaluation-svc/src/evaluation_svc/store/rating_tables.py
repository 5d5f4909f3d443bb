"""The tables of ratings: what may be rated, what was, the trips to a window, what is left out of figures."""

import sqlalchemy as sa
from chassis.data.keyring import Sealed
from chassis.data.schema import Json, UtcDateTime

from evaluation_svc.store.tables import metadata

ratings = sa.Table(
    "rating",
    metadata,
    sa.Column("rating_id", sa.String(36), primary_key=True),
    sa.Column("rated_key", sa.String(36), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("application_id", sa.String(36), nullable=False, index=True),
    sa.Column("visit_id", sa.String(36)),
    sa.Column("rater_id", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("item", sa.String(64), nullable=False),
    sa.Column("region", sa.String(64), nullable=False),
    sa.Column("level", sa.String(20), nullable=False),
    sa.Column("tags", Json, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("channel", sa.String(12), nullable=False),
    sa.Column("wants_call", sa.Boolean),
    sa.Column("is_default", sa.Boolean, nullable=False),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("window_code", sa.String(64), nullable=False),
    sa.Column("period", sa.String(7), nullable=False),
    sa.Column("rated_at", UtcDateTime, nullable=False),
    sa.Index("rating_once", "rated_key", "number", unique=True),
    sa.Index("rating_of_rater", "rater_id", "rated_at", "rating_id"),
    sa.Index("rating_of_unit", "unit", "period", "rating_id"),
    sa.Index("rating_of_device", "device", "rated_at"),
    sa.Index("rating_of_window", "window_code", "rated_at"),
)
"""`rated_key` is the visit's id, or the application's: with `number` it is there once. A rating's id is random, so that
its order tells nobody when it came. `level` is empty for silence (`is_default`); `text` is kept sealed; `device` is a
keyed digest; `period` is the month in Shanghai."""
invitations = sa.Table(
    "invitation",
    metadata,
    sa.Column("rated_key", sa.String(36), primary_key=True),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("visit_id", sa.String(36)),
    sa.Column("applicant_id", sa.String(100), nullable=False),
    sa.Column("shown_from", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)
"""What may be rated once: a finished matter or a visit; `ended_at` is when it was rated or its term ran out."""
_OPEN = sa.text("ended_at IS NULL")
sa.Index(
    "invitation_open",
    invitations.c.applicant_id,
    invitations.c.shown_from,
    invitations.c.rated_key,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
visits = sa.Table(
    "visit",
    metadata,
    sa.Column("visit_id", sa.String(36), primary_key=True),
    sa.Column("application_id", sa.String(36)),
    sa.Column("window_code", sa.String(64), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("registered_by", sa.String(100), nullable=False),
    sa.Column("visited_at", UtcDateTime, nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Index("visit_once_a_day", "application_id", "window_code", "day", unique=True),
    sa.Index("visit_of_case", "application_id", "visited_at"),
    sa.Index("visit_at_window", "window_code", "visited_at"),
)
known_staff = sa.Table(
    "known_staff",
    metadata,
    sa.Column("subject", sa.String(100), primary_key=True),
    sa.Column("unit", sa.String(8), primary_key=True),
)
"""Who was seen to work for which unit, by what they decided, accepted or registered."""
unjudged = sa.Table(
    "unjudged",
    metadata,
    sa.Column("key", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("working_minutes", sa.Integer),
    sa.Column("noted_at", UtcDateTime, nullable=False),
    sa.Index("unjudged_oldest", "noted_at", "key"),
)
"""Ratings and closed cases on which the rules of exclusion have not ruled yet; the row goes with the ruling."""
exclusions = sa.Table(
    "exclusion",
    metadata,
    sa.Column("exclusion_id", sa.String(36), primary_key=True),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("rating_id", sa.String(36), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("ruled_at", UtcDateTime, nullable=False),
    sa.Column("lifted_at", UtcDateTime),
    sa.Column("lifted_by", sa.String(100), nullable=False),
    sa.Column("lift_reason", sa.Text, nullable=False),
    sa.Index("exclusion_once", "rule", "application_id", "rating_id", unique=True),
    sa.Index("exclusion_by_rule", "rule", "exclusion_id"),
)
"""What is left out of the figures by a stated rule; `rating_id` is empty where the whole case is."""
SEALED = (
    Sealed(ratings.c.text, (ratings.c.rating_id,), ratings.c.rating_id),
    Sealed(exclusions.c.lift_reason, (exclusions.c.exclusion_id,), exclusions.c.exclusion_id),
)
