"""Documents, the units that may see them, and the counters of letter numbers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from chassis.base.succession import Term
from chassis.data.database import insert
from chassis.data.schema import UtcDateTime, outgoing
from sqlalchemy.ext.asyncio import AsyncConnection

from esign_svc.domain.documents import OPEN_TO_ALL_UNITS, DocumentKind, DocumentState
from esign_svc.store.tables import metadata, units

MAKING = "document"
"""The kind of outgoing work that makes documents."""
EXTENDING = "extension"
"""The kind of outgoing work that puts proofs behind sealed documents."""
documents = sa.Table(
    "document",
    metadata,
    sa.Column("document_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("title", sa.String(100), nullable=False),
    sa.Column("number", sa.String(80)),
    sa.Column("application_id", sa.String(36), nullable=False),
    sa.Column("case_id", sa.String(36)),
    sa.Column("task_id", sa.String(36)),
    sa.Column("matter_code", sa.String(64), nullable=False),
    sa.Column("applicant_id", sa.String(100), nullable=False),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("lead_unit", sa.String(8), nullable=False),
    sa.Column("approver", sa.String(100), nullable=False),
    sa.Column("dated", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("wanted_at", UtcDateTime, nullable=False),
    sa.Column("template", sa.String(40)),
    sa.Column("template_version", sa.String(16)),
    sa.Column("seal_id", sa.String(36)),
    sa.Column("sealed_at", UtcDateTime),
    sa.Column("sha256", sa.String(64)),
    sa.Column("size", sa.Integer),
    sa.Column("file_name", sa.String(100), unique=True),
    sa.Column("code_digest", sa.String(64)),
    sa.Column("extended_sha256", sa.String(64)),
    sa.Column("extended_at", UtcDateTime),
    sa.UniqueConstraint("kind", "subject", name="document_of_subject"),
    sa.UniqueConstraint("unit", "number", name="document_of_number"),
    sa.Index("document_of_application", "application_id", "document_id"),
    sa.Index("document_of_unit", "unit", "state", "document_id"),
    sa.Index("document_of_file", "sha256"),
)
case_units = sa.Table(
    "case_unit",
    metadata,
    sa.Column("application_id", sa.String(36), primary_key=True),
    sa.Column("unit", sa.String(8), primary_key=True),
)
letter_counters = sa.Table(
    "letter_counter",
    metadata,
    sa.Column("unit", sa.String(8), primary_key=True),
    sa.Column("word", sa.String(60), primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)

_COUNTING = insert(letter_counters)
_COUNT = _COUNTING.on_conflict_do_update(
    index_elements=["unit", "word", "year"], set_={"value": letter_counters.c.value + 1}
).returning(letter_counters.c.value)


async def next_number(connection: AsyncConnection, unit: str, word: str, year: int) -> int:
    """Count a unit's letters of a word and year; the counter is held until the transaction ends, so none is skipped."""
    given = {"unit": unit, "word": word, "year": year, "value": 1}
    return int((await connection.execute(_COUNT, given)).scalar_one())


_OF_SUBJECT = sa.select(documents.c.document_id).where(
    documents.c.kind == sa.bindparam("of_kind"), documents.c.subject == sa.bindparam("of_subject")
)


async def document_of(connection: AsyncConnection, kind: DocumentKind, subject: str) -> str | None:
    """Return the id of a subject's document of a kind."""
    return (await connection.execute(_OF_SUBJECT, {"of_kind": kind.value, "of_subject": subject})).scalar()


_ADD = documents.insert()
_NAMED = sa.select(units.c.name, units.c.acceptance_word).where(units.c.unit_code == sa.bindparam("wanted"))


async def add_document(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Add a document. Raises IntegrityError where another transaction has added that of its subject."""
    await connection.execute(_ADD, row)


async def unit_told(connection: AsyncConnection, unit: str) -> tuple[str, str]:
    """Return a unit's name and the word of its acceptances; empty while they were not told."""
    row = (await connection.execute(_NAMED, {"wanted": unit})).first()
    return (row.name, row.acceptance_word) if row else ("", "")


_SEE = insert(case_units).on_conflict_do_nothing()


async def let_see(connection: AsyncConnection, application_id: str, unit_codes: Collection[str]) -> None:
    """Note the units that work on an application's case."""
    if rows := [{"application_id": application_id, "unit": unit} for unit in sorted(set(unit_codes) - {""})]:
        await connection.execute(_SEE, rows)


_ONE = sa.select(documents).where(documents.c.document_id == sa.bindparam("wanted"))


async def find_document(connection: AsyncConnection, document_id: str) -> Any | None:
    """Return a document."""
    return (await connection.execute(_ONE, {"wanted": document_id})).first()


_SEAL = documents.update().where(
    documents.c.document_id == sa.bindparam("made"), documents.c.state == DocumentState.WANTED.value
)


async def mark_sealed(connection: AsyncConnection, document_id: str, made: Mapping[str, Any]) -> bool:
    """Keep what was made of a wanted document; tell whether it was wanted."""
    changed = {"made": document_id, "state": DocumentState.SEALED.value, **made}
    return bool((await connection.execute(_SEAL, changed)).rowcount)


_GIVE_UP = documents.update().where(
    documents.c.document_id == sa.bindparam("made"), documents.c.state == DocumentState.WANTED.value
)


async def give_up(connection: AsyncConnection, document_id: str) -> None:
    """Make a wanted document void: it is not made any more."""
    await connection.execute(_GIVE_UP, {"made": document_id, "state": DocumentState.VOID.value})


_EXTEND = documents.update().where(
    documents.c.document_id == sa.bindparam("made"),
    documents.c.state == DocumentState.SEALED.value,
    documents.c.extended_at.is_(None),
)


async def mark_extended(connection: AsyncConnection, document_id: str, made: Mapping[str, Any]) -> bool:
    """Keep the longer file of a sealed document in the place of its first, whose digest stays; once. Tell whether."""
    return bool((await connection.execute(_EXTEND, {"made": document_id, **made})).rowcount)


@dataclass(frozen=True, slots=True)
class Whose:
    """Who looks: a subject, and for staff the unit with those whose work it has taken over."""

    subject: str
    units: Collection[str]

    @property
    def given(self) -> dict[str, Any]:
        """Return the values of the queries below."""
        return {"subject": self.subject, "mine": list(self.units)}


_MINE: sa.BindParameter[Any] = sa.bindparam("mine", expanding=True)
_IN_CASE = sa.exists().where(case_units.c.application_id == documents.c.application_id, case_units.c.unit.in_(_MINE))
_HERS = documents.c.applicant_id == sa.bindparam("subject")
_NAMED_DOCUMENT = sa.select(documents, units.c.name.label("unit_name")).outerjoin(
    units, units.c.unit_code == documents.c.unit
)
_LISTED = (
    _NAMED_DOCUMENT.where(
        documents.c.application_id == sa.bindparam("of_application"),
        documents.c.document_id > sa.bindparam("after"),
        sa.or_(_HERS, _IN_CASE),
    )
    .order_by(documents.c.document_id)
    .limit(sa.bindparam("size"))
)


async def documents_of(
    connection: AsyncConnection, application_id: str, whose: Whose, *, after: str = "", size: int
) -> list[Any]:
    """Return a page and one more of an application's documents, to its applicant or a unit of its case; else none."""
    given = {"of_application": application_id, "after": after, "size": size + 1}
    return list(await connection.execute(_LISTED, {**given, **whose.given}))


_OPEN = documents.c.kind.in_([kind.value for kind in sorted(OPEN_TO_ALL_UNITS)])
_THEIRS = sa.or_(documents.c.unit.in_(_MINE), documents.c.lead_unit.in_(_MINE), sa.and_(_OPEN, _IN_CASE))
_READ = sa.select(documents).where(
    documents.c.document_id == sa.bindparam("wanted"),
    documents.c.application_id == sa.bindparam("of_application"),
    sa.or_(_HERS, _THEIRS),
)


async def readable_document(
    connection: AsyncConnection, application_id: str, document_id: str, whose: Whose
) -> Any | None:
    """Return a document of an application to its applicant, or to a unit that may read it."""
    given = {"wanted": document_id, "of_application": application_id}
    return (await connection.execute(_READ, {**given, **whose.given})).first()


_OF_UNIT = (
    sa.select(
        documents,
        units.c.name.label("unit_name"),
        outgoing.c.state.label("making"),
        outgoing.c.attempts,
        outgoing.c.last_error,
    )
    .outerjoin(units, units.c.unit_code == documents.c.unit)
    .outerjoin(outgoing, sa.and_(outgoing.c.kind == MAKING, outgoing.c.subject == documents.c.document_id))
    .where(
        documents.c.unit == sa.bindparam("of_unit"),
        documents.c.state == sa.bindparam("in_state"),
        documents.c.kind != DocumentKind.NOTICE.value,
    )
    .order_by(documents.c.document_id.desc())
    .limit(sa.bindparam("size"))
)
_OF_UNIT_AFTER = _OF_UNIT.where(documents.c.document_id < sa.bindparam("after"))


async def list_documents(
    connection: AsyncConnection, unit: str, state: DocumentState, *, after: str, size: int
) -> list[Any]:
    """Return a page and one more of a unit's documents in a state, the newest first, with how their making stands.

    Notices, which are of no application, have a list of their own.
    """
    given = {"of_unit": unit, "in_state": state.value, "after": after, "size": size + 1}
    return list(await connection.execute(_OF_UNIT_AFTER if after else _OF_UNIT, given))


_NAMED_ONE = _NAMED_DOCUMENT.where(documents.c.document_id == sa.bindparam("wanted"))


async def find_named_document(connection: AsyncConnection, document_id: str) -> Any | None:
    """Return a document with its unit's name of today."""
    return (await connection.execute(_NAMED_ONE, {"wanted": document_id})).first()


_TERMS = sa.select(units.c.unit_code, units.c.valid_to, units.c.successor)


async def unit_terms(connection: AsyncConnection) -> dict[str, Term]:
    """Return until when each unit works and who follows it."""
    return {row.unit_code: Term(row.valid_to, row.successor) for row in await connection.execute(_TERMS)}
