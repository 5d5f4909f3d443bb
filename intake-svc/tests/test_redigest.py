"""The look-up key is changed while the service runs: at no moment is an application not found."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.cipher import Keyring, LookupKeys
from chassis.data.database import Database
from chassis.data.keyring import KeyRefused, prove
from chassis.service import Service
from chassis.testing.builders import clerk
from chassis.testing.client import Client
from intake_svc import store
from intake_svc.handlers import Intake, redigest

Make = Callable[..., Awaitable[dict[str, Any]]]
OLD, BOTH, NEW = LookupKeys([b"o" * 32]), LookupKeys([b"n" * 32, b"o" * 32]), LookupKeys([b"n" * 32])
PERSON = "410199200002291025"


@pytest.fixture
def live(api: Client, service: Any, intake: Intake) -> Callable[[LookupKeys], Intake]:
    """Let the service have these look-up keys from now on, as after a restart with other settings."""

    def give(keys: LookupKeys) -> Intake:
        service.api.state.collaborators = replace(intake, lookup=keys)
        changed: Intake = service.api.state.collaborators
        return changed

    return give


async def test_every_application_is_found_at_every_moment_of_a_change(
    api: Client, submitted: Make, live: Callable[[LookupKeys], Intake], database: Database
) -> None:
    made: set[str] = set()

    async def submit_and_search(*replicas: LookupKeys) -> None:
        for keys in replicas:
            live(keys)
            made.add((await submitted(mother_id_number=PERSON))["application_id"])
            for other in replicas:
                live(other)
                reply = await api.post("/api/v1/applications/searches", by=clerk(), body={"id_number": PERSON})
                assert {one["application_id"] for one in reply.json()["items"]} == made

    def ring(keys: LookupKeys, intake: Intake) -> Keyring:
        return Keyring(intake.cipher, keys, ["g"])

    await prove(database, "intake", ring(OLD, live(OLD)))
    await submit_and_search(OLD)
    await prove(database, "intake", ring(BOTH, live(BOTH)))
    await submit_and_search(OLD, BOTH)  # a rolling restart
    await submit_and_search(BOTH)
    with pytest.raises(KeyRefused):
        await prove(database, "intake", ring(NEW, live(NEW)))
    assert await redigest(live(BOTH)) == len(made)
    await submit_and_search(BOTH)
    await prove(database, "intake", ring(NEW, live(NEW)))
    await submit_and_search(BOTH, NEW)
    assert await redigest(live(NEW)) == len(made)
    await submit_and_search(NEW)
    old = OLD.digests("id_number", PERSON)
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(store.persons).where(store.persons.c.digest.in_(old)))).all() == []


async def test_a_redigest_goes_through_many_in_steps(submitted: Make, live: Callable[[LookupKeys], Intake]) -> None:
    for _ in range(5):
        await submitted()
    assert await redigest(live(BOTH), step=2) == 5


async def test_what_was_stored_before_it_was_found_by_name_is_so_after_a_redigest(
    api: Client, submitted: Make, live: Callable[[LookupKeys], Intake], database: Database
) -> None:
    """An older release wrote the digests of ID numbers only."""
    by_number = OLD.digests("id_number", PERSON)
    intake = live(OLD)
    application = await submitted(mother_id_number=PERSON)
    async with database.unit_of_work() as work:
        await work.connection.execute(store.persons.delete().where(store.persons.c.digest.not_in(by_number)))

    async def found(**body: str) -> list[str]:
        reply = await api.post("/api/v1/applications/searches", by=clerk(), body=body)
        return [one["application_id"] for one in reply.json()["items"]]

    assert await found(id_number=PERSON) == [application["application_id"]]
    assert await found(name="测小宝", birth_date="2026-02-26") == []
    assert await redigest(intake) == 1
    assert await found(id_number=PERSON) == [application["application_id"]]
    assert await found(name="测小宝", birth_date="2026-02-26") == [application["application_id"]]


async def test_a_key_is_not_taken_away_while_something_is_found_only_under_it(
    submitted: Make, live: Callable[[LookupKeys], Intake], service: Service
) -> None:
    """A replica that does not know the new key yet submits though the operator had said that all do."""

    async def start(keys: LookupKeys) -> None:
        await replace(service, keys=Keyring(live(keys).cipher, keys, ["g"])).check()

    await start(OLD)
    await start(BOTH)
    await submitted()
    await redigest(live(BOTH))
    live(OLD)
    await submitted(mother_id_number=PERSON)
    for _ in range(2):
        with pytest.raises(KeyRefused, match="redigest"):
            await start(NEW)
    await redigest(live(BOTH))
    await start(NEW)


async def test_the_first_start_with_proofs_learns_no_look_up_key_that_does_not_find_what_is_there(
    submitted: Make, live: Callable[[LookupKeys], Intake], service: Service
) -> None:
    live(OLD)
    await submitted(mother_id_number=PERSON)

    async def start(keys: LookupKeys) -> None:
        await replace(service, keys=Keyring(live(keys).cipher, keys, ["g"])).check()

    with pytest.raises(KeyRefused, match="检索密钥"):
        await start(NEW)
    await start(BOTH)
    await start(OLD)
