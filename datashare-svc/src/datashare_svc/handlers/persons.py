"""Persons: each number under a name of ours, found by keyed digests; whom a case concerns, and who an account is."""

from typing import Any

from chassis.base.typed import compact
from chassis.data import audit
from chassis.data.cipher import FieldCipher, LookupKeys
from chassis.data.database import UnitOfWork
from chassis.data.keyring import all_is_found_under
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.schemas.prefills import PersonsBody
from datashare_svc.store import cases, known_persons

NUMBER, ACCOUNT = "number", "account"
PAGE = 100


async def find_person(datashare: Datashare, connection: AsyncConnection, kind: str, value: str) -> str | None:
    """Return who has a number or an account; None while nobody was asked about."""
    return await known_persons.find_person(connection, datashare.lookup.digests(kind, value))


async def name_person(datashare: Datashare, work: UnitOfWork, kind: str, value: str) -> str:
    """Return who has a number or an account, known from now on if nobody had it."""
    found = await find_person(datashare, work.connection, kind, value)
    if found is not None:
        return found
    person_id, digests = work.ids(), datashare.lookup.digests(kind, value)
    await known_persons.add_digests(work.connection, person_id, digests)
    named = await known_persons.find_person(work.connection, digests)
    if named == person_id:
        sealed = datashare.cipher.encrypt(value, table="person", column="value", row=person_id)
        known_persons.add_person(work, person_id, kind, sealed)
    return named or person_id


async def register_persons(datashare: Datashare, work: UnitOfWork, application_id: str, body: PersonsBody) -> None:
    """Keep whom an application concerns, in place of whom it concerned before; the same again changes nothing."""
    named = {
        element: await name_person(datashare, work, NUMBER, compact(number))
        for element, number in sorted(body.persons.items())
    }
    await cases.begin_case(
        work.connection,
        application_id,
        application_number=body.application_number,
        applicant_id=body.applicant_id,
        matter_code=body.matter_code,
        draft_id=body.draft_id,
    )
    await cases.replace_persons(work, application_id, named)
    details = {"elements": sorted(named), "persons": sorted(set(named.values()))}
    await audit.record(work, actor="intake", action="persons.registered", subject=application_id, details=details)


async def link_account(datashare: Datashare, work: UnitOfWork, subject: str, number: str) -> str:
    """Note which person an account is, as the identity network told, and that it is no other; return the person.

    Whoever an account was before, by mistake or since it changed hands, is nobody whose log it reads any more.
    """
    known = await known_persons.persons_of(work.connection, subject)
    person_id = await name_person(datashare, work, NUMBER, compact(number))
    others = sorted(one for one, kind in known.items() if kind == NUMBER and one != person_id)
    if others:
        await known_persons.unlink_account(work.connection, subject, others)
        details = {"persons": others}
        await audit.record(work, actor="datashare", action="account.unlinked", subject=subject, details=details)
    await known_persons.link_account(work, subject, person_id, work.clock.now())
    await audit.record(work, actor=subject, action="account.linked", subject=person_id)
    return person_id


async def redigest(datashare: Datashare, step: int = PAGE) -> int:
    """Make all persons findable under the look-up keys that are live, and under no other; return how many.

    To be run when every process has the new key and the old; a run that was cut short is simply run again.
    """
    after, done = "", 0
    while True:
        async with datashare.database.reading() as connection:
            rows = await known_persons.persons_after(connection, after, step)
        if not rows:
            break
        digests = {row.person_id: datashare.lookup.digests(row.kind, _opened(datashare.cipher, row)) for row in rows}
        async with datashare.database.unit_of_work() as work:
            await known_persons.replace_digests(work.connection, digests)
        after, done = rows[-1].person_id, done + len(rows)
    async with datashare.database.unit_of_work() as work:
        await all_is_found_under(work, datashare.lookup)
        details = {"rows": done}
        await audit.record(work, actor="operator", action="lookup.redigested", subject="datashare", details=details)
    return done


async def page_is_found(
    connection: AsyncConnection, cipher: FieldCipher, lookup: LookupKeys, after: str
) -> tuple[bool, str]:
    """Tell whether all in a page of persons are found under one of the keys; return its last id."""
    rows = await known_persons.persons_after(connection, after, PAGE)
    found = await known_persons.digests_by_person(connection, [row.person_id for row in rows])
    for row in rows:
        if found[row.person_id].isdisjoint(lookup.digests(row.kind, _opened(cipher, row))):
            return False, row.person_id
    return True, rows[-1].person_id if rows else ""


def _opened(cipher: FieldCipher, row: Any) -> str:
    return cipher.decrypt(row.value, table="person", column="value", row=row.person_id)
