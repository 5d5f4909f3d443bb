"""Esign's tables."""

import sqlalchemy as sa

metadata = sa.MetaData()
units = sa.Table(
    "unit",
    metadata,
    sa.Column("unit_code", sa.String(8), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("successor", sa.String(8)),
    sa.Column("acceptance_word", sa.String(50), nullable=False),
)
