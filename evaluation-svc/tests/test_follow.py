from collections.abc import Awaitable, Callable

import sqlalchemy as sa
from chassis.data.database import Database
from evaluation_svc import store
from evaluation_svc.events import read
from evaluation_svc.store import cases

APPLICATION = "01900000-0000-7000-8000-00000000000a"
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
    assert len(entries) == 5
