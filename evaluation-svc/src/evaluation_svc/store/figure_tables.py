"""The tables of the figures: which generation is shown; marks, tallies and notes of late changes of each."""

import sqlalchemy as sa
from chassis.data.schema import UtcDateTime

from evaluation_svc.store.tables import metadata

figures = sa.Table(
    "figures",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("current", sa.Integer, nullable=False),
    sa.Column("building", sa.Integer),
    sa.Column("built_kind", sa.String(12), nullable=False),
    sa.Column("built_key", sa.String(64), nullable=False),
    sa.Column("built_entries", sa.Integer, nullable=False),
    sa.Column("begun_at", UtcDateTime),
)
"""One row: the generation that is shown, the one that is being built anew, and up to which key of the journal it is."""

marks = sa.Table(
    "mark",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(12), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("nth", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("measure", sa.String(64), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("period", sa.String(7), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("region", sa.String(64), nullable=False),
    sa.Column("matter", sa.String(64), nullable=False),
    sa.Column("item", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
)
"""What each key of the journal adds to the figures, by which every figure opens to what it counts."""
sa.Index(
    "mark_of_figure",
    marks.c.generation,
    marks.c.measure,
    marks.c.period,
    marks.c.unit,
    marks.c.key,
    marks.c.kind,
    marks.c.nth,
)

tallies = sa.Table(
    "tally",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("dimension", sa.String(8), primary_key=True),
    sa.Column("period", sa.String(7), primary_key=True),
    sa.Column("measure", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
)
"""The sum of the marks of a month, for the city and for each unit, region, matter, item and channel."""
sa.Index(
    "tally_over_time", tallies.c.generation, tallies.c.dimension, tallies.c.measure, tallies.c.period, tallies.c.key
)

late_notes = sa.Table(
    "late_note",
    metadata,
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(12), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("period", sa.String(7), primary_key=True),
    sa.Column("measure", sa.String(64), primary_key=True),
    sa.Column("unit", sa.String(8), primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("why", sa.String(64), nullable=False),
)
"""What changed in a month that was over: of what, by how much, when it was told and by what type of entry."""
sa.Index(
    "late_note_of_period",
    late_notes.c.generation,
    late_notes.c.period,
    late_notes.c.unit,
    late_notes.c.key,
    late_notes.c.measure,
    late_notes.c.kind,
)
