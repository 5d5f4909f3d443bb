"""Persons: registered by intake alone, kept once and encrypted, found under every live look-up key."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from chassis.base.ids import uuid7
from chassis.data.cipher import LookupKeys
from chassis.data.database import Database
from chassis.http.identity import HEADER, ServiceSigner
from chassis.http.upstream import Reply
from chassis.settings import new_secret
from chassis.testing.builders import ManualClock, citizen, reviewer
from chassis.testing.client import Client, audited
from datashare_svc import store
from datashare_svc.handlers import Datashare, ask, link_account, redigest
from datashare_svc.handlers.persons import NUMBER, find_person, name_person, page_is_found
from datashare_svc.store import known_persons
from joserfc.jwk import OKPKey

Running = Any
Ask = Callable[..., Awaitable[Reply]]
MOTHER, FATHER = "410199199001011234", "410199198905052345"
APPLICATION = "01900000-0000-7000-8000-0000000000a1"
PATH = f"/api/v1/applications/{APPLICATION}/persons"


async def rows(database: Database, table: Any) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(table.select()))


async def test_registering_again_changes_nothing_and_another_list_takes_its_place(
    bare: Running, as_intake: Ask, database: Database
) -> None:
    for _ in range(2):
        assert (await as_intake("PUT", PATH, body=bare.persons())).status == 204
    assert len(await rows(database, store.case_persons)) == 2
    assert len(await rows(database, store.persons)) == 2
    changed = bare.persons(mother_id_number=MOTHER.lower(), child_id_number=f" {MOTHER[:6]} {MOTHER[6:]}")
    assert (await as_intake("PUT", PATH, body=changed)).status == 204
    kept = await rows(database, store.case_persons)
    assert {row.element for row in kept} == {"mother_id_number", "child_id_number"}
    assert len({row.person_id for row in kept}) == 1
    for row in await rows(database, store.persons):
        assert MOTHER not in row.value
        assert FATHER not in row.value
    assert all(MOTHER not in row.details for row in await audited(database))


async def test_whom_a_case_concerns_is_said_by_intake_alone(
    bare: Running, api: Client, service_key: OKPKey, clock: ManualClock
) -> None:
    body = bare.persons()
    for by in (citizen(), reviewer()):
        assert (await api.put(PATH, by=by, body=body)).status == 403
    forged = ServiceSigner("esign", service_key, clock)
    assert (await api.put(PATH, by=None, body=body, headers={HEADER: forged.vouch("datashare")})).status == 401
    elsewhere = ServiceSigner("intake", service_key, clock)
    assert (await api.put(PATH, by=None, body=body, headers={HEADER: elsewhere.vouch("esign")})).status == 401


async def test_what_was_told_of_the_case_stays_when_persons_are_registered(
    running: Running, as_intake: Ask, database: Database
) -> None:
    before = await rows(database, store.case_files)
    assert (await as_intake("PUT", PATH, body={**running.persons(), "matter_code": "other"})).status == 204
    assert await rows(database, store.case_files) == before


@pytest.mark.usefixtures("running")
async def test_two_at_once_name_a_person_alike(datashare: Datashare, database: Database) -> None:
    other = LookupKeys([b"x" * 32])
    spare = replace(datashare, lookup=other)
    async with database.unit_of_work() as work:
        taken = await name_person(spare, work, NUMBER, MOTHER)
    async with database.unit_of_work() as work:
        digests = other.digests(NUMBER, MOTHER)
        await known_persons.add_digests(work.connection, uuid7(), digests)
        assert await known_persons.find_person(work.connection, digests) == taken


@pytest.mark.usefixtures("running")
async def test_a_look_up_key_is_changed_and_the_log_still_names_whom_it_named(
    running: Running, datashare: Datashare, database: Database
) -> None:
    await ask(datashare, running.query(), within=5)
    (before,) = await running.accesses()
    old = datashare.lookup.keys[0]
    new = LookupKeys.of(new_secret()).keys[0]
    both = replace(datashare, lookup=LookupKeys([new, old]))
    async with database.reading() as connection:
        assert not (await page_is_found(connection, datashare.cipher, LookupKeys([new]), ""))[0]
        assert (await page_is_found(connection, datashare.cipher, LookupKeys([new, old]), ""))[0]
    async with database.unit_of_work() as work:
        await name_person(both, work, NUMBER, "410199200001010000")
    assert await redigest(both, step=2) == 3
    fresh = replace(datashare, lookup=LookupKeys([new]))
    async with database.reading() as connection:
        found, last = await page_is_found(connection, datashare.cipher, LookupKeys([new]), "")
        assert (found, last != "") == (True, True)
        assert (await page_is_found(connection, datashare.cipher, LookupKeys([new]), last)) == (True, "")
        assert await find_person(fresh, connection, NUMBER, MOTHER) == before.person_id
    assert (await audited(database))[-1].action == "lookup.redigested"


async def test_an_account_is_linked_once(datashare: Datashare, database: Database) -> None:
    linked = set()
    for _ in range(2):
        async with database.unit_of_work() as work:
            linked.add(await link_account(datashare, work, "citizen-1", MOTHER))
    async with database.reading() as connection:
        assert await known_persons.persons_of(connection, "citizen-1") == dict.fromkeys(linked, NUMBER)
    assert len(linked) == 1
    async with database.reading() as connection:
        assert await known_persons.persons_of(connection, "citizen-2") == {}
