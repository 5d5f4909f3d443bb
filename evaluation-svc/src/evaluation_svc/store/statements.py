"""What third-party assessors found, as rows: a signed statement each, with the files that its signature names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from chassis.data.database import insert
from chassis.data.schema import Json, UtcDateTime
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.store.tables import metadata, units

assessor_findings = sa.Table(
    "assessor_finding",
    metadata,
    sa.Column("finding_id", sa.String(36), primary_key=True),
    sa.Column("assessor", sa.String(8), nullable=False),
    sa.Column("statement_id", sa.String(36), nullable=False),
    sa.Column("assessor_name", sa.String(100), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("period", sa.String(7), nullable=False),
    sa.Column("assessed_on", sa.String(10), nullable=False),
    sa.Column("checked", sa.Integer),
    sa.Column("right", sa.Integer),
    sa.Column("score", sa.Integer),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("statement", sa.Text, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
    sa.Column("public_key", Json, nullable=False),
    sa.Column("submitted_by", sa.String(100), nullable=False),
    sa.Column("submitted_at", UtcDateTime, nullable=False),
    sa.Column("entered_at", UtcDateTime),
    sa.Column("withdrawn_at", UtcDateTime),
    sa.Column("withdrawal_reason", sa.String(20)),
    sa.Column("withdrawal", sa.Text),
    sa.Column("withdrawal_signature", sa.Text),
    sa.UniqueConstraint("assessor", "statement_id", name="finding_once"),
    sa.Index("finding_of_assessor", "assessor", "finding_id"),
    sa.Index("finding_of_unit", "unit", "finding_id"),
    sa.Index("finding_in_period", "period", "finding_id"),
)
"""`statement` and `withdrawal` are the bytes that were signed, `public_key` the JWK that verifies them."""

assessor_evidence = sa.Table(
    "assessor_evidence",
    metadata,
    sa.Column("finding_id", sa.String(36), sa.ForeignKey("assessor_finding.finding_id"), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("given_at", UtcDateTime),
    sa.Column("size", sa.Integer),
    sa.Column("file_name", sa.String(100), unique=True),
)
"""`file_name` is what the storage calls it."""

_OF_ID = assessor_findings.c.finding_id == sa.bindparam("of_finding")
_ADD = insert(assessor_findings).on_conflict_do_nothing(index_elements=["assessor", "statement_id"])
_ADD_RETURNING = _ADD.returning(assessor_findings.c.finding_id)
_ADD_EVIDENCE = assessor_evidence.insert()
_LOCK = (
    sa.select(assessor_findings)
    .where(_OF_ID, assessor_findings.c.assessor == sa.bindparam("of_assessor"))
    .with_for_update(of=assessor_findings)
)
_CHANGE = assessor_findings.update().where(_OF_ID)
_SHOWN = sa.select(assessor_findings, sa.func.coalesce(units.c.name, "").label("unit_name")).outerjoin(
    units, units.c.unit_code == assessor_findings.c.unit
)
_FIND = _SHOWN.where(_OF_ID)
_MINE = assessor_findings.c.unit.in_(sa.bindparam("mine", expanding=True))
_TOLD = assessor_findings.c.entered_at.is_not(None)
"""Its evidence is there, or was: what the unit that it is about may see."""
_BY_ASSESSOR = assessor_findings.c.assessor == sa.bindparam("of_assessor")
_FIND_OWN = _FIND.where(_BY_ASSESSOR)
_FIND_THEIRS = _FIND.where(_MINE, _TOLD)
_ITS_EVIDENCE = assessor_evidence.c.finding_id == sa.bindparam("of_finding")
_EVIDENCE = sa.select(assessor_evidence).where(_ITS_EVIDENCE).order_by(assessor_evidence.c.place)
_GIVE = assessor_evidence.update().where(
    _ITS_EVIDENCE, assessor_evidence.c.sha256 == sa.bindparam("of_sha256"), assessor_evidence.c.file_name.is_(None)
)
_MISSING = sa.select(sa.exists().where(_ITS_EVIDENCE, assessor_evidence.c.file_name.is_(None)))
_KNOWN = sa.select(assessor_evidence.c.file_name).where(
    assessor_evidence.c.file_name.in_(sa.bindparam("names", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose findings somebody sees: all, those of an assessor, or those about some units; the first that is said."""

    everything: bool = False
    assessor: str = ""
    mine: tuple[str, ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        """Return what the statements are given."""
        return {"of_assessor": self.assessor, "mine": list(self.mine)}


async def add_finding(
    connection: AsyncConnection, row: Mapping[str, Any], evidence_rows: Sequence[Mapping[str, Any]]
) -> bool:
    """Add a finding with the files that it names; tell whether the assessor's statement is new."""
    if (await connection.execute(_ADD_RETURNING, row)).first() is None:
        return False
    await connection.execute(_ADD_EVIDENCE, list(evidence_rows))
    return True


async def lock_finding(connection: AsyncConnection, finding_id: str, assessor: str) -> Any | None:
    """Return an assessor's finding, held until the transaction ends."""
    return (await connection.execute(_LOCK, {"of_finding": finding_id, "of_assessor": assessor})).first()


async def change_finding(connection: AsyncConnection, finding_id: str, values: Mapping[str, Any]) -> None:
    """Write a finding that this transaction holds."""
    await connection.execute(_CHANGE, {"of_finding": finding_id, **values})


async def find_finding(connection: AsyncConnection, finding_id: str, sight: Sight) -> Any | None:
    """Return a finding that somebody sees, with the unit's name."""
    query = _FIND if sight.everything else _FIND_OWN if sight.assessor else _FIND_THEIRS
    return (await connection.execute(query, {"of_finding": finding_id, **sight.given})).first()


async def evidence_of(connection: AsyncConnection, finding_id: str) -> list[Any]:
    """Return the files that a finding names, given or not, in its order."""
    return list(await connection.execute(_EVIDENCE, {"of_finding": finding_id}))


async def give_evidence(
    connection: AsyncConnection, finding_id: str, sha256: str, values: Mapping[str, Any]
) -> tuple[bool, bool]:
    """Note a file; tell whether it was not there, and whether all are there now."""
    given = await connection.execute(_GIVE, {"of_finding": finding_id, "of_sha256": sha256, **values})
    missing = (await connection.execute(_MISSING, {"of_finding": finding_id})).scalar()
    return bool(given.rowcount), not missing


async def files_known(connection: AsyncConnection, names: Sequence[str]) -> Collection[str]:
    """Return those of some files that are evidence."""
    return set((await connection.execute(_KNOWN, {"names": list(names)})).scalars())


@cache
def _listed(sees: str, *, unit: bool, period: bool, on: bool) -> sa.Select[Any]:
    whose: dict[str, list[sa.ColumnElement[bool]]] = {"all": [], "own": [_BY_ASSESSOR], "theirs": [_MINE, _TOLD]}
    wanted = [
        *([assessor_findings.c.unit == sa.bindparam("of_unit")] if unit else []),
        *([assessor_findings.c.period == sa.bindparam("in_period")] if period else []),
        *([assessor_findings.c.finding_id < sa.bindparam("before")] if on else []),
    ]
    ordered = _SHOWN.where(*whose[sees], *wanted).order_by(assessor_findings.c.finding_id.desc())
    return ordered.limit(sa.bindparam("size", type_=sa.Integer))


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings are asked for; what is empty narrows nothing."""

    unit: str = ""
    period: str = ""


async def list_findings(
    connection: AsyncConnection, sight: Sight, wanted: FindingFilter, *, after: str, size: int
) -> list[Any]:
    """Return a page and one more of the findings that somebody sees, the newest first."""
    sees = "all" if sight.everything else "own" if sight.assessor else "theirs"
    query = _listed(sees, unit=bool(wanted.unit), period=bool(wanted.period), on=bool(after))
    narrowed = {"of_unit": wanted.unit, "in_period": wanted.period, "before": after, "size": size + 1}
    return list(await connection.execute(query, {**sight.given, **narrowed}))
