"""The tables of requests for grants, of grants, of their steps and clocks."""

import sqlalchemy as sa
from chassis.data.schema import Json, UtcDateTime

from datashare_svc.store.tables import metadata

requested = sa.Table(
    "grant_request",
    metadata,
    sa.Column("request_id", sa.String(36), primary_key=True),
    sa.Column("origin", sa.String(100), unique=True),
    sa.Column("resource", sa.String(64), sa.ForeignKey("resource.resource"), nullable=False),
    sa.Column("provider", sa.String(8), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("grantee_kind", sa.String(8), nullable=False),
    sa.Column("grantee", sa.String(64), nullable=False),
    sa.Column("depth", sa.String(8), nullable=False),
    sa.Column("purposes", Json, nullable=False),
    sa.Column("lines", Json, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("requested_by", sa.String(100), nullable=False),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime),
    sa.Column("decided_by", sa.String(100)),
    sa.Column("decided_unit", sa.String(8)),
    sa.Column("decided_at", UtcDateTime),
    sa.CheckConstraint("decided_by IS NULL OR decided_by <> requested_by", name="grant_request_by_two"),
    sa.CheckConstraint("decided_unit IS NULL OR decided_unit <> unit", name="grant_request_by_others"),
    sa.Index("grant_request_of_asker", "unit", "request_id"),
    sa.Index("grant_request_of_asker_in_state", "unit", "state", "request_id"),
    sa.Index("grant_request_of_provider", "provider", "request_id"),
    sa.Index("grant_request_of_provider_in_state", "provider", "state", "request_id"),
    sa.Index("grant_request_in_state", "state", "request_id"),
    sa.Index("grant_request_due", "due_at", "request_id"),
    sa.Index("grant_request_due_of_asker", "unit", "due_at", "request_id"),
    sa.Index("grant_request_due_of_provider", "provider", "due_at", "request_id"),
)
"""Requests; `version` counts their steps and events.

`origin` names what came from no person: a rule's or the city pack's, each once. `lines` are field, reason, outcome, and
of a refused one why. `due_at` is when the clock ends that runs for it, or has ended without an answer. `decided_unit`
is empty where a rule decided.
"""

granted = sa.Table(
    "data_grant",
    metadata,
    sa.Column("grant_id", sa.String(36), sa.ForeignKey("grant_request.request_id"), primary_key=True),
    sa.Column("resource", sa.String(64), sa.ForeignKey("resource.resource"), nullable=False),
    sa.Column("provider", sa.String(8), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("grantee_kind", sa.String(8), nullable=False),
    sa.Column("grantee", sa.String(64), nullable=False),
    sa.Column("depth", sa.String(8), nullable=False),
    sa.Column("purposes", Json, nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("is_by_rule", sa.Boolean, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Index("grant_of_grantee", "resource", "grantee_kind", "grantee"),
    sa.Index("grant_of_provider", "provider", "grant_id"),
    sa.Index("grant_of_asker", "unit", "grant_id"),
)
"""Grants, each under the id of its request; a rule's have all fields of the resource as they are now.

`ended_at` is when it was withdrawn, or told to have expired; whether it has expired says `until` alone.
"""
NOT_ENDED = granted.c.ended_at.is_(None)
sa.Index("grant_to_expire", granted.c.until, postgresql_where=NOT_ENDED, sqlite_where=NOT_ENDED)

request_steps = sa.Table(
    "grant_step",
    metadata,
    sa.Column("request_id", sa.String(36), sa.ForeignKey("grant_request.request_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("step", sa.String(12), nullable=False),
    sa.Column("actor", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
)
"""What was done, by whom of which unit, and why; steps are only added."""

request_timers = sa.Table(
    "grant_timer",
    metadata,
    sa.Column("request_id", sa.String(36), sa.ForeignKey("grant_request.request_id"), primary_key=True),
    sa.Column("clock", sa.String(8), primary_key=True),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("working_days", sa.Integer, nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("reckoned_under", sa.Integer, nullable=False),
    sa.Column("due_at", UtcDateTime),
    sa.Column("derivation", Json),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("fired_at", UtcDateTime),
)
"""The clocks of requests, by the office hours of a unit.

`reckoned_under` is the calendar's number, 0 for none; without `due_at` the calendar does not reach that far yet.
`ended_at` is when it was stopped or fired, `fired_at` when it ran out.
"""
RUNNING = request_timers.c.ended_at.is_(None)
sa.Index("grant_timer_due", request_timers.c.due_at, postgresql_where=RUNNING, sqlite_where=RUNNING)
sa.Index("grant_timer_to_reckon", request_timers.c.reckoned_under, postgresql_where=RUNNING, sqlite_where=RUNNING)
