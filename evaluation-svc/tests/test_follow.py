from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import sqlalchemy as sa
from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.client import deliver
from evaluation_svc import store
from evaluation_svc.events import read
from evaluation_svc.store import cases
from evaluation_svc.store.items import find_item

APPLICATION = "01900000-0000-7000-8000-00000000000a"
CLOSED = datetime(2026, 3, 4, 2, tzinfo=UTC)
ITEM = "11410100MBXX0030XE3412036001003"
OF_ITEM: dict[str, Any] = {
    "item": ITEM,
    "item_version": 1,
    "name": "医保参保登记",
    "unit": "U30",
    "task_type": "20",
    "project_type": "2",
    "is_applied_for": True,
    "handle_type": ["1", "2"],
    "online_handle_depth": "Ⅲ",
    "limit_scene_num": 1,
    "promise": {"amount": 1, "unit": "WORKDAY"},
    "statutory": {"amount": 10, "unit": "WORKDAY"},
    "clock_start": "RECEIPT",
    "materials": 2,
    "materials_required": 1,
    "is_fee": False,
    "region": "410100",
}
ENDED = read.ItemWithdrawn(item=ITEM, item_version=1, unit="U30", withdrawn_from=date(2027, 1, 1), region="410100")
Tell = Callable[..., Awaitable[None]]


async def test_a_case_is_known_in_whatever_order_its_two_topics_arrive(tell: Tell, database: Database) -> None:
    await tell(read.CaseOpened)
    await tell(read.TaskOpened)
    await tell(read.ApplicationSubmitted, tasks=["birth_registration"])
    await tell(read.TaskDecided)
    await tell(read.CaseClosed)
    async with database.reading() as connection:
        case = await cases.find_case(connection, APPLICATION)
        (task,) = await cases.tasks_of(connection, APPLICATION)
        entries = list(await connection.execute(sa.select(store.journal.c.type)))
    assert case is not None
    assert (case.applicant_id, case.outcome, case.application_number) == (
        "citizen-1",
        "granted",
        "410100U232026030220000019",
    )
    assert (task.unit, task.is_open, task.outcome) == ("U09", False, "granted")
    assert len(entries) == 6, "the five events and the invitation to rate"


async def test_who_was_read_of_after_the_end_of_her_case_is_invited_to_rate_it(tell: Tell, database: Database) -> None:
    await tell(read.CaseClosed, applicant_id=None, closed_at=CLOSED)
    await tell(read.ApplicationSubmitted, tasks=["birth_registration"])
    await tell(read.ApplicationAccepted, tasks=["birth_registration"])
    async with database.reading() as connection:
        (invited,) = list(await connection.execute(sa.select(store.invitations)))
    assert (invited.applicant_id, invited.shown_from) == ("citizen-1", CLOSED + timedelta(hours=2))


async def test_the_unit_that_leads_by_workflows_word_stays_when_the_submission_is_read_later(
    tell: Tell, database: Database
) -> None:
    await tell(read.CaseTransferred, from_unit="U23", lead_unit="U31")
    await tell(read.ApplicationSubmitted, tasks=["birth_registration"])
    await tell(read.ApplicationAccepted, tasks=["birth_registration"])
    async with database.reading() as connection:
        case = await cases.find_case(connection, APPLICATION)
    assert case is not None
    assert (case.lead_unit, case.applicant_id) == ("U31", "citizen-1")


async def test_the_journal_has_nobody_who_applied_accepted_or_decided(tell: Tell, database: Database) -> None:
    await tell(read.ApplicationSubmitted, tasks=["birth_registration"])
    await tell(read.ApplicationAccepted, tasks=["birth_registration"], accepted_by="clerk-1")
    await tell(read.CaseOpened, applicant_id="citizen-1")
    await tell(read.TaskDecided, decided_by="reviewer-1")
    async with database.reading() as connection:
        told = list((await connection.execute(sa.select(store.journal.c.data))).scalars())
        case = await cases.find_case(connection, APPLICATION)
    assert (case and case.applicant_id, case and case.accepted_by) == ("citizen-1", "clerk-1")
    assert not any(person in str(told) for person in ("citizen-1", "clerk-1", "reviewer-1"))


async def test_the_last_word_on_an_item_counts_in_whatever_order_its_events_arrive(
    service: Service, database: Database
) -> None:
    first = read.ItemPublished(**OF_ITEM)
    again = read.ItemPublished(**{**OF_ITEM, "item_version": 2, "online_handle_depth": "Ⅳ", "limit_scene_num": 0})
    events = [(1, first), (2, ENDED), (3, again)]
    for number, order in enumerate(permutations(events)):
        for version, event in order:
            named = event.model_copy(update={"item": f"{ITEM}-{number}"})
            await deliver(service, named, subject=f"{ITEM}-{number}", version=version, event_id=f"e{number}-{version}")
        async with database.reading() as connection:
            found = await find_item(connection, f"{ITEM}-{number}")
        assert found is not None
        assert (found.online_handle_depth, found.item_version, found.withdrawn_from) == ("Ⅳ", 2, None)


async def test_an_item_that_ends_says_from_when(service: Service, database: Database) -> None:
    async with database.reading() as connection:
        assert await find_item(connection, ITEM) is None
    await deliver(service, read.ItemPublished(**OF_ITEM), subject=ITEM, version=1, event_id="e1")
    await deliver(service, ENDED, subject=ITEM, version=2, event_id="e2")
    async with database.reading() as connection:
        found = await find_item(connection, ITEM)
        entries = [tuple(row) for row in await connection.execute(JOURNALLED)]
    assert found is not None
    assert (found.promise, found.withdrawn_from) == ({"amount": 1, "unit": "WORKDAY"}, date(2027, 1, 1))
    assert entries == [
        ("item", ITEM, "catalog.item.published"),
        ("item", ITEM, "catalog.item.withdrawn"),
    ]


JOURNALLED = sa.select(store.journal.c.kind, store.journal.c.key, store.journal.c.type).order_by(
    store.journal.c.version
)
