"""Datashare's tables: the city pack's networks, resources and sharing catalogues, and what siblings told.

Tables of one concept alone stand in its own module of this room.
"""

import sqlalchemy as sa
from chassis.data.schema import Json, UtcDateTime

metadata = sa.MetaData()

networks = sa.Table(
    "network",
    metadata,
    sa.Column("network", sa.String(64), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("level", sa.String(12), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("owner_name", sa.String(100), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("state_since", UtcDateTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("source", sa.String(200), nullable=False),
)
"""`place` is its place in the city's list, `version` counts its events."""

resources = sa.Table(
    "resource",
    metadata,
    sa.Column("resource", sa.String(64), primary_key=True),
    sa.Column("resource_code", sa.String(60), nullable=False, unique=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("network", sa.String(64), sa.ForeignKey("network.network"), nullable=False, index=True),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("sharing_class", sa.String(1), nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
"""`document` is the whole `domain.model.Resource`."""

sharings = sa.Table(
    "sharing",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("document", Json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
"""`document` is the whole `domain.model.Sharing`; `version` counts the events on what is served of it."""

units = sa.Table(
    "unit",
    metadata,
    sa.Column("unit_code", sa.String(8), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("successor", sa.String(8)),
)

matters = sa.Table(
    "matter",
    metadata,
    sa.Column("matter_code", sa.String(64), primary_key=True),
    sa.Column("matter_version", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("tasks", Json, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
)
"""`tasks` are a list of task_key, item and unit."""

calendars = sa.Table(
    "calendar",
    metadata,
    sa.Column("region", sa.String(6), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("document", Json, nullable=False),
)
