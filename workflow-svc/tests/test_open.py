"""An accepted application becomes a case."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.builders import ManualClock
from chassis.testing.client import appended
from workflow_svc import store
from workflow_svc.events import TaskRead
from workflow_svc.store import learned

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Accept = Callable[..., Awaitable[str]]
Read = Callable[[str], Awaitable[Any]]


def utc(day: int) -> datetime:
    return datetime(2026, 3, day, 9, tzinfo=UTC)


async def test_the_tasks_that_wait_for_nothing_are_open_and_the_others_wait(
    city: None, accept: Accept, tasks: Tasks
) -> None:
    found = await tasks(await accept())
    assert {key: row["state"] for key, row in found.items() if row["state"] != "waiting"} == {"certificate": "open"}
    assert len(found) == 7


async def test_the_case_keeps_the_critical_path_and_each_open_task_its_own_limit(
    city: None, accept: Accept, tasks: Tasks, case: Read, database: Database
) -> None:
    case_id = await accept()
    row, certificate = await case(case_id), (await tasks(case_id))["certificate"]
    assert (certificate["promised_due"], certificate["statutory_due"]) == (utc(3), None)
    assert (row.promised_due, row.provisional) == (utc(13), False)
    async with database.reading() as connection:
        found = await store.newest_deadlines(connection, [case_id, certificate["task_id"]])
    promised = found[case_id, "promised"]
    assert (promised["number"], promised["cause"], promised["due_at"]) == (1, "opened", row.promised_due)
    assert [link["task_key"] for link in promised["derivation"]] == ["certificate", "maternity"]
    assert {link["calendar_version"] for link in promised["derivation"]} == {"2026-1"}
    assert [link["task_key"] for link in found[case_id, "statutory"]["derivation"]][:2] == [
        "certificate",
        "registration",
    ]
    assert found[certificate["task_id"], "promised"]["derivation"]["at"] == utc(3).isoformat()


async def test_the_clocks_start_at_the_acceptance_however_late_the_event_comes(
    city: None, accept: Accept, tasks: Tasks, case: Read, clock: ManualClock
) -> None:
    accepted_at = clock.now()
    clock.advance(days=9)
    case_id = await accept(at=accepted_at)
    certificate = (await tasks(case_id))["certificate"]
    assert (certificate["opened_at"], certificate["promised_due"]) == (accepted_at, utc(3))
    assert (await case(case_id)).promised_due == utc(13)


async def test_an_item_whose_law_counts_from_receipt_starts_when_the_application_was_submitted(
    calendar: Callable[..., Awaitable[None]],
    matter: Callable[..., Awaitable[None]],
    accept: Accept,
    tasks: Tasks,
    case: Read,
    service: Service,
    clock: ManualClock,
) -> None:
    await calendar()
    limits = {"promise": {"amount": 5, "unit": "WORKDAY"}, "statutory": {"amount": 10, "unit": "WORKDAY"}}
    known = {"item": "i", "unit": "U30", "unit_name": "医保局", "after": [], "on_refusal": "SOFT", **limits}
    rules = {"benefit": "RECEIPT", "licence": "ACCEPTANCE", "card": "RECEIPT"}
    graph = [{**known, "task_key": key, "name": key, "clock_start": rule} for key, rule in rules.items()]
    graph[2]["after"] = ["benefit"]
    await matter(tasks=[TaskRead.model_validate(task) for task in graph])
    submitted_at = clock.now()
    clock.advance(days=3)
    case_id = await accept(*rules, submitted_at=submitted_at)
    found = await tasks(case_id)
    assert (found["benefit"]["promised_due"], found["benefit"]["statutory_due"]) == (utc(9), utc(16))
    assert (found["licence"]["promised_due"], found["licence"]["statutory_due"]) == (utc(12), utc(19))
    assert (await case(case_id)).promised_due == utc(16)  # card, five days after the benefit
    async with service.database.reading() as connection:
        dues = await store.newest_deadlines(connection, [found["benefit"]["task_id"]])
    derivation = dues[found["benefit"]["task_id"], "statutory"]["derivation"]
    assert (derivation["start"], derivation["start_why"]) == (submitted_at.isoformat(), "自收到申请时起算")


async def test_a_smaller_situation_has_fewer_tasks_and_an_earlier_end(
    city: None, accept: Accept, tasks: Tasks, case: Read
) -> None:
    case_id = await accept("certificate", "vaccination", "payment")
    found = await tasks(case_id)
    assert [(key, row["after"]) for key, row in found.items()] == [
        ("certificate", []),
        ("vaccination", ["certificate"]),
        ("payment", ["certificate"]),
    ]
    assert (await case(case_id)).promised_due == utc(4)


async def test_opening_tells_the_case_and_each_open_task_in_order_and_is_audited(
    city: None, accept: Accept, service: Service, audited: Callable[[], Awaitable[list[Any]]]
) -> None:
    case_id = await accept()
    told = await appended(service.database)
    assert [(one["type"], one["aggregateversion"], one["subject"]) for one in told] == [
        ("workflow.case.opened", 1, case_id),
        ("workflow.task.opened", 2, case_id),
    ]
    assert told[0]["data"]["tasks"] == 7
    assert told[1]["data"]["task_key"] == "certificate"
    assert [(row.actor, row.action, row.subject) for row in await audited()] == [("workflow", "case.opened", case_id)]


async def test_each_event_tells_the_facts_of_the_case_and_those_of_a_task_its_item_and_result(
    city: None, accept: Accept, decide: Callable[..., Awaitable[Any]], service: Service
) -> None:
    case_id = await accept("certificate", "registration", applicant_id="citizen-7")
    await decide(case_id, "certificate")
    await decide(case_id, "registration")
    told = [one for one in await appended(service.database) if one["type"].startswith("workflow.")]
    assert {one["type"].removeprefix("workflow.") for one in told} == {
        *("case.opened", "case.closed", "task.opened", "task.decided")
    }
    of_case = {"matter_code": "newborn", "matter_version": 1, "lead_unit": "U23", "region": "410100"}
    of_case |= {"applicant_id": "citizen-7", "units": ["U23", "U09"]}
    for data in (one["data"] for one in told):
        assert of_case.items() <= data.items()
        if "task_key" in data:
            key = data["task_key"]
            assert (data["item"], data["result"]["name"]) == (f"item-{key}", f"结果 {key}")


async def test_a_matter_that_an_older_release_kept_opens_a_case_without_the_facts_it_does_not_have(
    city: None, accept: Accept, decide: Callable[..., Awaitable[Any]], service: Service
) -> None:
    async with service.database.unit_of_work() as work:
        document = await learned.find_definition(work.connection, "newborn", 1)
        assert document is not None
        for task in document["tasks"]:
            del task["result"]
        del document["region"]
        await work.connection.execute(store.definitions.update().values(document=document))
    case_id = await accept("certificate", region=None)
    await decide(case_id, "certificate")
    decided = (await appended(service.database, "workflow.task.decided"))[0]["data"]
    assert (decided["region"], decided["result"], decided["item"]) == (None, None, "item-certificate")


async def test_a_running_case_keeps_its_version_of_the_matter(
    city: None, accept: Accept, tasks: Tasks, matter: Callable[..., Awaitable[None]]
) -> None:
    old = await accept()
    first = next(iter((await tasks(old)).values()))
    shortened = {
        "task_key": "certificate",
        "name": "新名",
        "item": "i",
        "unit": "U23",
        "unit_name": "卫健委",
        "after": [],
    }
    limits = {"promise": {"amount": 1, "unit": "ON_SITE"}, "statutory": None, "on_refusal": "SOFT"}
    await matter(2, tasks=[{**shortened, **limits, "unit_name": "卫健委"}])
    assert (await tasks(old))["certificate"] == first
    assert list(await tasks(await accept("certificate", matter_version=2))) == ["certificate"]
    assert len(await tasks(await accept())) == 7


async def test_a_day_of_a_year_without_a_notice_makes_a_case_provisional(
    city: None, accept: Accept, case: Read
) -> None:
    late = await accept(at=datetime(2026, 12, 30, 2, tzinfo=UTC))
    assert (await case(late)).provisional
