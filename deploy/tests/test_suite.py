"""The whole suite in this process: a matter from search to decision, and what operators do beside it."""

import asyncio
import io
import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import datashare_svc.store as datashare
import pytest
import sqlalchemy as sa
from chassis.base.problems import StartRefused
from chassis.data import audit
from chassis.data.database import Database
from chassis.data.schema import audit as audit_rows
from chassis.data.schema import inbox, outbox
from chassis.events import parking
from chassis.events.envelope import Envelope
from chassis.events.parking import DeadLetterNotFound, Halt, NotFirst, State
from chassis.http.identity import HEADER
from chassis.http.upstream import call
from esign_svc.handlers import Esign
from esign_svc.siblings import Facts, application_facts
from esign_svc.store import seals
from gateway.development.flow import SignInRefused, sign_in
from rich.console import Console
from yiwang import journey, rotation, upkeep
from yiwang.demo import CITIZEN, CLERK, REVIEWERS
from yiwang.journey import Actor, Cast
from yiwang.keyfile import keys
from yiwang.services import SERVICES
from yiwang.suite import Suite, embedded, in_one_process

URL = "http://127.0.0.1:1"
SIMULATED = {
    *("identity", "population", "marriage", "births", "medical_insurance", "social_insurance", "real_estate"),
    "companies",
}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def cast_of(suite: Suite) -> Cast:
    async def actor(person: str) -> Actor:
        return Actor(suite.gateway, await sign_in(suite.gateway, person))

    reviewers = {unit: await actor(person) for unit, person in REVIEWERS.items()}
    return Cast(await actor(CITIZEN), await actor(CLERK), reviewers)


async def test_an_embedded_start_has_its_networks_verified_and_its_grants_decided_once(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        suite = embedded(tmp_path, public_url=URL)
        async with suite.running(), suite.service("datashare").database.reading() as connection:
            networks = list(await connection.execute(sa.select(datashare.networks)))
            assert Counter(row.level for row in networks) == {"NATIONAL": 25, "PROVINCIAL": 23, "MUNICIPAL": 21}
            assert {row.network for row in networks if row.state == "VERIFIED"} == SIMULATED
            requests = list(await connection.execute(sa.select(datashare.requested)))
            assert {row.state for row in requests} == {"GRANTED"}
            found.append({row.request_id for row in requests})
    assert found[0] == found[1]


async def test_an_embedded_start_brings_every_units_seals_into_use_and_the_next_one_makes_none_anew(
    tmp_path: Path,
) -> None:
    found: list[set[str]] = []
    for _ in range(2):
        suite = embedded(tmp_path, public_url=URL)
        async with suite.running(), suite.service("esign").database.reading() as connection:
            rows = list(await connection.execute(sa.select(seals.c.state, seals.c.key_id)))
            assert ({row.state for row in rows}, len(rows)) == ({"in_use"}, 169)
            found.append({row.key_id for row in rows})
    assert found[0] == found[1]


async def test_a_whole_matter_in_one_process_and_its_upkeep(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        told = await journey.whole(await cast_of(suite))
        assert told.timeline["outcome"] == "granted"
        with pytest.raises(SignInRefused):
            await sign_in(suite.gateway, "nobody")
    for service in SERVICES:
        assert (await upkeep.verify_audit(service, tmp_path))[0].broken_at is None
        assert await upkeep.list_parked(Console(quiet=True), service, tmp_path, everything=True) == 0
    with pytest.raises(DeadLetterNotFound):
        await upkeep.redrive("intake", tmp_path, "none")
    for file in tmp_path.glob("*.db*"):
        content = file.read_bytes()
        for canary in ("测试母亲", "410199199203041027", "13800000000", "6200000000000000000"):
            assert canary.encode() not in content, f"{canary} stands in {file.name}"


async def test_a_restarted_suite_goes_on_where_it_stopped(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        cast = await cast_of(suite)
        saved = await journey.draft(cast.citizen)
        application = await journey.submit(cast.citizen, saved)
    again = embedded(tmp_path, public_url=URL)
    async with again.running():
        moved = Cast(
            replace(cast.citizen, gateway=again.gateway),
            replace(cast.clerk, gateway=again.gateway),
            {unit: replace(one, gateway=again.gateway) for unit, one in cast.reviewers.items()},
        )
        await journey.accept(moved.clerk, application["application_id"])
        assert len([task async for task in journey.work_through(moved, application)]) == 7


async def test_the_command_makes_a_folders_applications_findable_under_the_keys_there_are(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        cast = await cast_of(suite)
        await journey.submit(cast.citizen, await journey.draft(cast.citizen))
        await both_parents_known(suite)
    assert await rotation.redigest("intake", tmp_path) == 1
    async with upkeep.database_of("datashare", tmp_path) as database, database.reading() as connection:
        known = await connection.scalar(sa.select(sa.func.count()).select_from(datashare.persons))
    assert known in {2, 3}, "both parents, and she who applies where she is neither"
    assert await rotation.redigest("datashare", tmp_path) == known


async def both_parents_known(suite: Suite) -> None:
    """Wait until intake has told datashare whom the application concerns."""
    ends = monotonic() + 60
    while monotonic() < ends:
        async with suite.service("datashare").database.reading() as connection:
            if await connection.scalar(sa.select(sa.func.count()).select_from(datashare.case_persons)) == 2:
                return
        await asyncio.sleep(0.1)
    pytest.fail("datashare was not told whom the application concerns")


async def ask_as_esign(suite: Suite, application_id: str) -> Facts:
    esign: Esign = suite.service("esign").api.state.collaborators
    return await application_facts(esign.intake, esign.vouch, application_id, purpose="letter", elements=["child_name"])


async def test_esign_asks_in_its_own_name_and_goes_on_with_a_key_made_anew_where_the_old_one_is_lost(
    tmp_path: Path,
) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        cast = await cast_of(suite)
        application = await journey.submit(cast.citizen, await journey.draft(cast.citizen))
        before = await ask_as_esign(suite, application["application_id"])
        assert before.fields == {"child_name": application["form"]["child_name"]}
    made = json.loads((tmp_path / "keys.json").read_text(encoding="utf-8"))
    lost = made.pop("esign_service_key")
    (tmp_path / "keys.json").write_text(json.dumps(made), encoding="utf-8")
    again = embedded(tmp_path, public_url=URL)
    async with again.running():
        assert await ask_as_esign(again, application["application_id"]) == before
    assert json.loads((tmp_path / "keys.json").read_text(encoding="utf-8"))["esign_service_key"] != lost
    async with upkeep.database_of("intake", tmp_path) as database:
        looks = await audit.rows_about(database, application["application_id"])
    told = [row["details"] for row in looks if row["action"] == "application.facts_read"]
    named = [(one["purpose"], one["caller"]) for one in told if one["elements"] == ["child_name"]]
    assert named == [("letter", "esign")] * 2, "beside these, esign reads for its letter, which names no element"


async def test_nobody_outside_reaches_what_is_for_services_whatever_he_sends(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        cast = await cast_of(suite)
        application = await journey.submit(cast.citizen, await journey.draft(cast.citizen))
        esign: Esign = suite.service("esign").api.state.collaborators
        path = f"/api/v1/applications/{application['application_id']}/facts"
        for headers in (
            {},
            {HEADER: esign.vouch("intake")},
            {"authorization": f"Bearer {esign.vouch('intake')}"},
            {"authorization": f"Bearer {cast.citizen.token}", HEADER: esign.vouch("intake")},
            {"authorization": f"Bearer {cast.reviewers['U09'].token}"},
        ):
            for method in ("GET", "HEAD", "POST"):
                reply = await call(suite.gateway, method, path, query={"purpose": "letter"}, headers=headers)
                assert reply.status == 404, (method, headers.keys())
        document = (await call(suite.gateway, "GET", "/openapi.json")).json()
    assert not [one for one in document["paths"] if one.endswith(("/facts", "/decision"))]


async def test_a_suite_refuses_a_database_that_this_release_cannot_use_in_a_sentence(tmp_path: Path) -> None:
    async with embedded(tmp_path, public_url=URL).running():
        pass
    with closing(sqlite3.connect(tmp_path / "intake.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("UPDATE schema_line SET floor = '9999' WHERE package = 'intake_svc'")
        database.commit()
    with pytest.raises(StartRefused, match="intake_svc 的数据库不是本版可用的"):
        async with embedded(tmp_path, public_url=URL).running():
            pass


async def test_stopping_is_quick_and_leaves_no_task(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with asyncio.timeout(60), suite.running():
        pass
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize(
    ("database", "bus"),
    [("postgresql+asyncpg://h/d", "embedded:///b.db"), ("sqlite+aiosqlite:///d.db", "kafka://127.0.0.1:1")],
)
async def test_beside_postgresql_or_kafka_no_address_leads_to_the_development_provider(
    tmp_path: Path, database: str, bus: str
) -> None:
    suite = in_one_process(
        dict.fromkeys(SERVICES, database), bus, keys(tmp_path), files=tmp_path / "files", public_url=URL
    )
    assert (await call(suite.gateway, "GET", "/dev/identity/jwks")).status == 404
    alone = embedded(tmp_path, public_url=URL)
    assert (await call(alone.gateway, "GET", "/dev/identity/jwks")).status == 200


async def park(database: Database, *versions: int) -> None:
    for version in versions:
        envelope = Envelope(
            id=f"e{version}",
            source="/test",
            type="workflow.case.opened",
            subject="case-1",
            aggregateversion=version,
            time=LONG_AGO,
            dataschema="/test",
            traceparent="",
            data={},
        )
        async with database.unit_of_work() as work:
            halt = Halt(State.WAITING, f"version {version - 1} of this subject has not arrived")
            await parking.park(work, envelope, "workflow.case", halt)


async def test_what_waits_is_listed_with_its_reason_and_discarded_with_one(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        pass
    async with upkeep.database_of("intake", tmp_path) as database:
        await park(database, 5, 6)
    printed = io.StringIO()
    assert await upkeep.list_parked(Console(file=printed, width=300), "intake", tmp_path, everything=False) == 2
    assert "version 4 of this subject has not arrived" in printed.getvalue()
    with pytest.raises(NotFirst):
        await upkeep.discard("intake", tmp_path, "e6", "不该先放弃后一条")
    await upkeep.discard("intake", tmp_path, "e5", "来源已确认作废,经办人 13800001234")
    async with upkeep.database_of("intake", tmp_path) as database:
        await audit.chain(database)
    async with upkeep.database_of("intake", tmp_path) as database, database.reading() as connection:
        told = (
            await connection.execute(sa.select(audit_rows).where(audit_rows.c.action == "dead_letter.discarded"))
        ).one()
        handled = (await connection.execute(sa.select(inbox.c.version).where(inbox.c.subject == "case-1"))).all()
    assert (told.subject, handled) == ("e5", [(5,)])
    assert "来源已确认作废,经办人 138****1234" in told.details
    assert (await upkeep.verify_audit("intake", tmp_path))[0].broken_at is None


async def test_a_service_that_comes_when_the_log_is_empty_learns_from_what_is_published_again(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        pass
    for file in (*tmp_path.glob("bus.db*"), *tmp_path.glob("workflow.db*")):
        file.unlink()
    async with upkeep.database_of("catalog", tmp_path) as database, database.reading() as connection:
        rows = list(await connection.execute(sa.select(outbox.c.event_id, outbox.c.topic)))
    ids = {row.event_id for row in rows if row.topic != "catalog.item"}
    assert await upkeep.republish("catalog", tmp_path, LONG_AGO, topic="none") == 0
    assert await upkeep.republish("catalog", tmp_path, LONG_AGO) == len(rows)
    again = embedded(tmp_path, public_url=URL)
    async with again.running():
        assert (await journey.whole(await cast_of(again))).timeline["outcome"] == "granted"
    async with upkeep.database_of("workflow", tmp_path) as database, database.reading() as connection:
        heard = set((await connection.execute(sa.select(inbox.c.event_id))).scalars())
    assert ids <= heard, "under the ids they always had"


async def test_what_is_published_again_changes_nothing_for_those_who_had_it(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        told = await journey.whole(await cast_of(suite))
    for service in ("catalog", "intake", "workflow"):
        assert await upkeep.republish(service, tmp_path, LONG_AGO) > 0
    again = embedded(tmp_path, public_url=URL)
    async with again.running():
        assert (await journey.whole(await cast_of(again))).timeline["outcome"] == "granted"
    async with upkeep.database_of("workflow", tmp_path) as database, database.reading() as connection:
        cases = sa.select(sa.func.count()).select_from(sa.table("case_file"))
        assert (await connection.execute(cases)).scalar_one() == 2
    assert told.timeline["outcome"] == "granted"
