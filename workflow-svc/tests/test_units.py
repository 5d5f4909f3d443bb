"""Units: renamed for open work at once, for what is final never again; after their end their work is their heirs'."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.base.clock import local
from chassis.data import audit
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, reviewer
from chassis.testing.client import Client, appended, deliver
from workflow_svc import store
from workflow_svc.events import UnitPublished
from workflow_svc.handlers import transfer_page
from workflow_svc.store.transferring import lock_cases_with

Accept = Callable[..., Awaitable[str]]
Decide = Callable[..., Awaitable[Reply]]
Tell = Callable[..., Awaitable[None]]
Read = Callable[[str], Awaitable[Any]]
MOVED, LED = "workflow.task.transferred", "workflow.case.transferred"


@pytest.fixture
def unit(service: Service) -> Tell:
    """Have the catalogue tell of a unit."""

    async def tell(code: str, version: int = 1, **facts: Any) -> None:
        event = UnitPublished(**{"unit_code": code, "name": f"单位 {code}", **facts})
        await deliver(service, event, subject=code, version=version)

    return tell


async def names(api: Client, case_id: str) -> tuple[str, dict[str, str]]:
    case = (await api.get(f"/api/v1/cases/{case_id}", by=reviewer(unit="U23"))).json()
    return case["lead_unit_name"], {task["task_key"]: task["unit_name"] for task in case["tasks"]}


async def test_a_reviewer_reads_the_units_new_name_on_open_work_and_the_old_one_on_what_was_decided_under_it(
    city: None, accept: Accept, decide: Decide, api: Client, unit: Tell
) -> None:
    case_id = await accept("certificate", "vaccination", "registration")
    await unit("U23", name="卫生健康委")
    assert (await decide(case_id, "certificate")).status == 201
    await unit("U23", 2, name="卫生健康局")
    lead, shown = await names(api, case_id)
    assert (lead, shown["vaccination"], shown["certificate"]) == ("卫生健康局", "卫生健康局", "卫生健康委")
    assert shown["registration"] == "单位 U09"
    inbox = (await api.get("/api/v1/tasks", by=reviewer(unit="U23"))).json()["items"]
    assert [task["unit_name"] for task in inbox] == ["卫生健康局"]
    assert (await decide(case_id, "vaccination")).json()["unit_name"] == "卫生健康局"
    assert (await decide(case_id, "registration")).status == 201
    await unit("U23", 3, name="卫生和健康局")
    assert await names(api, case_id) == (
        "卫生健康局",
        {"certificate": "卫生健康委", "vaccination": "卫生健康局", "registration": "单位 U09"},
    )


async def test_what_is_known_of_a_unit_never_goes_back_when_an_older_word_comes_late(
    city: None, accept: Accept, api: Client, unit: Tell
) -> None:
    case_id = await accept("certificate")
    await unit("U23", 2, name="后来的名称")
    await unit("U23", 1, name="从前的名称")
    assert (await names(api, case_id))[0] == "后来的名称"


@pytest.fixture
def transfer(service: Service) -> Callable[[], Awaitable[int]]:
    """Transfer page after page until nothing is left to move."""

    async def all_pages() -> int:
        moved = 0
        while page := await transfer_page(service.api.state.collaborators):
            moved += page
        return moved

    return all_pages


async def inbox(api: Client, unit: str) -> list[str]:
    items = (await api.get("/api/v1/tasks", by=reviewer(unit=unit))).json()["items"]
    return [task["task_key"] for task in items]


async def test_a_reviewer_of_the_successor_has_the_open_work_from_the_day_after_the_end_and_the_old_unit_none(
    city: None, accept: Accept, decide: Decide, api: Client, unit: Tell, transfer: Any, clock: ManualClock,
    database: Database, case: Read, tasks: Read, audited: Any,
) -> None:  # fmt: skip
    case_id = await accept("certificate", "vaccination", "registration")
    assert (await decide(case_id, "certificate")).status == 201
    due = (await tasks(case_id))["vaccination"]["promised_due"]
    today = local(clock.now()).date()
    await unit("U99", name="卫生健康局")
    await unit("U23", valid_to=today, successor="U99")
    assert await transfer() == 0
    clock.advance(days=1)
    assert await transfer() == 1
    assert await transfer() == 0
    assert (await inbox(api, "U99"), await inbox(api, "U23")) == (["vaccination"], [])
    now = await tasks(case_id)
    assert {key: row["unit"] for key, row in now.items()} == {
        "certificate": "U23",
        "vaccination": "U99",
        "registration": "U09",
    }
    assert now["vaccination"]["promised_due"] == due
    row = await case(case_id)
    assert (row.lead_unit, row.lead_unit_name) == ("U99", "卫生健康局")
    led, moved = await appended(database, LED, MOVED)
    assert led["aggregateversion"] + 1 == moved["aggregateversion"] == row.version
    assert (moved["data"]["unit"], moved["data"]["from_unit"]) == ("U99", "U23")
    assert (moved["data"]["lead_unit"], moved["data"]["task_key"]) == ("U99", "vaccination")
    told = [line for line in await audited() if line.action.endswith("transferred")]
    assert [(line.actor, line.action) for line in told] == [
        ("workflow", "case.transferred"),
        ("workflow", "task.transferred"),
    ]
    assert all('"from_unit":"U23"' in line.details and '"unit":"U99"' in line.details for line in told)
    assert (await decide(case_id, "vaccination", by=reviewer(unit="U23"))).status == 404
    assert (await decide(case_id, "vaccination")).json()["unit_name"] == "卫生健康局"
    assert (await decide(case_id, "registration")).status == 201
    assert (await case(case_id)).state == "closed"
    assert (await audit.verify(database)).broken_at is None


async def test_waiting_tasks_go_over_too_and_open_at_the_successor(
    city: None, accept: Accept, decide: Decide, api: Client, unit: Tell, transfer: Any, tasks: Read
) -> None:
    case_id = await accept("registration", "insurance")
    await unit("U98")
    await unit("U30", valid_to=date(2026, 1, 1), successor="U98")
    assert await transfer() == 1
    assert (await tasks(case_id))["insurance"]["state"] == "waiting"
    assert (await decide(case_id, "registration")).status == 201
    assert await inbox(api, "U98") == ["insurance"]


async def test_a_chain_is_followed_to_its_end_and_a_circle_or_an_unknown_successor_moves_nothing(
    city: None, accept: Accept, api: Client, unit: Tell, transfer: Any
) -> None:
    await accept("certificate")
    ended = date(2026, 1, 1)
    await unit("U23", valid_to=ended, successor="U97")
    assert await transfer() == 0  # nothing is known of U97 yet
    await unit("U97", valid_to=ended, successor="U23")
    assert await transfer() == 0
    assert await inbox(api, "U23") == ["certificate"]
    await unit("U97", 2, valid_to=ended, successor="U96")
    await unit("U96")
    assert await transfer() == 1
    assert await inbox(api, "U96") == ["certificate"]


async def test_a_case_opened_after_the_end_is_the_successors_from_the_start(
    city: None, accept: Accept, api: Client, unit: Tell, transfer: Any, database: Database, case: Read
) -> None:
    await unit("U99", name="卫生健康局")
    await unit("U23", valid_to=date(2026, 1, 1), successor="U99")
    case_id = await accept("certificate")
    assert await inbox(api, "U99") == ["certificate"]
    assert (await case(case_id)).lead_unit == "U99"
    assert await transfer() == 0
    assert await appended(database, MOVED) == []


async def test_a_running_service_moves_work_when_the_day_has_come_and_two_processes_move_it_once(
    city: None, accept: Accept, unit: Tell, service: Service, database: Database, transfer: Any, clock: ManualClock
) -> None:
    for _ in range(3):
        await accept("certificate")
    await unit("U99")
    await unit("U23", valid_to=local(clock.now()).date(), successor="U99")
    clock.advance(days=1)
    await asyncio.gather(transfer(), transfer())
    assert len(await appended(database, MOVED)) == 3
    await accept("certificate", at=clock.now() - timedelta(days=1))
    async with asyncio.timeout(60), service.running():
        await unit("U99", 2, valid_to=local(clock.now()).date() - timedelta(days=1), successor="U98")
        await unit("U98")
        while len(await appended(database, MOVED)) < 7:
            await asyncio.sleep(0.05)


async def _waits_for_a_lock(database: Database) -> None:
    """Return once a request waits: on SQLite for the one writer, of which there is nothing to see."""
    if database.dialect != "postgresql":
        await asyncio.sleep(0)
        return
    lock = "datname = current_database() AND wait_event_type = 'Lock'"
    waiting = sa.text(f"SELECT count(*) FROM pg_stat_activity WHERE {lock}")
    while True:
        async with database.asking() as connection:
            if (await connection.execute(waiting)).scalar_one():
                return
        await asyncio.sleep(0.01)


async def test_a_unit_whose_task_goes_over_while_its_decision_waits_has_it_no_longer(
    city: None, accept: Accept, decide: Decide, database: Database, tasks: Read
) -> None:
    case_id = await accept("certificate", "vaccination", "registration")
    row = (await tasks(case_id))["certificate"]
    async with database.unit_of_work() as work:
        (held,) = await lock_cases_with(work.connection, ["U23"], size=1)
        late = asyncio.ensure_future(decide(case_id, "certificate", by=reviewer(unit="U23")))
        await _waits_for_a_lock(database)
        await store.save_tasks(work.connection, [{**row, "unit": "U99"}])
        await store.save_cases(work.connection, [{**held, "version": held["version"] + 1}])
    refused = await late
    assert refused.status == 404
    assert refused.json()["code"] == "task_not_found"
    now = (await tasks(case_id))["certificate"]
    assert (now["unit"], now["state"], now["decided_by"]) == ("U99", "open", row["decided_by"])
