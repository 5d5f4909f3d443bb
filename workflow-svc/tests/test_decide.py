"""A unit decides: what follows, what is told, what is kept."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, reviewer
from chassis.testing.client import Client, appended
from workflow_svc import handlers, store
from workflow_svc.domain import Change, begin
from workflow_svc.domain import decide as rule
from workflow_svc.errors import CaseAlreadyClosed, OwnCase, TaskNotFound, TaskNotOpen
from workflow_svc.events import LimitRead, TaskRead
from workflow_svc.handlers import Workflow
from workflow_svc.schemas import DecisionBody, TaskView

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Accept = Callable[..., Awaitable[str]]
Read = Callable[[str], Awaitable[Any]]
Decide = Callable[..., Awaitable[Reply]]
GRANT = DecisionBody(outcome="grant")
REFUSE = DecisionBody(outcome="refuse", reason="材料与登记不符", basis="户口登记条例第七条")


async def handle(service: Service, task_id: str, decision: DecisionBody, *, by: Principal) -> TaskView:
    workflow: Workflow = service.api.state.collaborators
    async with service.database.unit_of_work() as work:
        return await handlers.decide_task(workflow, work, by, task_id, decision)


@pytest.mark.parametrize("outcome", ["grant", "refuse"])
async def test_what_a_decision_answers_is_what_its_unit_is_shown_then(
    city: None, accept: Accept, tasks: Tasks, decide: Decide, api: Client, outcome: str
) -> None:
    case_id = await accept()
    assert (await decide(case_id, "certificate")).status == 201
    told = (await decide(case_id, "registration", outcome, reason="出生信息核对过", basis="户口登记条例第七条")).json()
    path = f"/api/v1/tasks/{(await tasks(case_id))['registration']['task_id']}"
    assert (await api.get(path, by=reviewer(unit="U09"))).json() == told
    assert (told["reason"], told["basis"], told["statutory"]["limit"]["amount"]) == (
        "出生信息核对过",
        "户口登记条例第七条",
        20,
    )


async def test_a_grant_opens_what_waited_with_clocks_from_that_moment(
    city: None, accept: Accept, tasks: Tasks, service: Service, clock: ManualClock
) -> None:
    case_id = await accept()
    clock.advance(hours=4)
    certificate = (await tasks(case_id))["certificate"]
    view = await handle(service, certificate["task_id"], GRANT, by=reviewer(unit="U23"))
    assert (view.state, view.remedies) == ("granted", "")
    found = await tasks(case_id)
    opened = {key for key, row in found.items() if row["state"] == "open"}
    assert opened == {"vaccination", "registration", "maternity"}
    assert {found[key]["opened_at"] for key in opened} == {clock.now()}
    assert found["vaccination"]["promised_due"] == datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
    assert found["registration"]["statutory_due"] == datetime(2026, 3, 30, 9, tzinfo=UTC)


async def test_a_decision_is_told_with_what_it_opened_in_one_row_of_versions(
    city: None, accept: Accept, decide: Decide, service: Service
) -> None:
    case_id = await accept()
    await decide(case_id, "certificate")
    told = await appended(service.database)
    assert [one["aggregateversion"] for one in told] == [1, 2, 3, 4, 5, 6]
    decided = told[2]["data"]
    assert (told[2]["type"], decided["outcome"], decided["not_needed"]) == ("workflow.task.decided", "granted", [])
    assert decided["promised_due"] == "2026-03-03T09:00:00Z"
    assert {one["data"]["task_key"] for one in told[3:]} == {"vaccination", "registration", "maternity"}


async def test_a_soft_refusal_spares_its_dependents_and_the_case_is_partly_granted(
    city: None, accept: Accept, decide: Decide, tasks: Tasks, case: Read, service: Service
) -> None:
    case_id = await accept()
    await decide(case_id, "certificate")
    await decide(case_id, "registration", "refuse")
    states = {key: row["state"] for key, row in (await tasks(case_id)).items()}
    assert {key for key, state in states.items() if state == "not_needed"} == {"insurance", "payment", "card"}
    assert (await case(case_id)).state == "open"
    await decide(case_id, "vaccination")
    await decide(case_id, "maternity")
    assert ((await case(case_id)).state, (await case(case_id)).outcome) == ("closed", "partly_granted")
    refused = (await appended(service.database, "workflow.task.decided"))[1]["data"]
    assert (refused["outcome"], set(refused["not_needed"])) == ("refused", {"insurance", "payment", "card"})


async def test_a_hard_refusal_ends_the_matter(
    city: None, accept: Accept, decide: Decide, tasks: Tasks, case: Read, service: Service
) -> None:
    case_id = await accept()
    await decide(case_id, "certificate", "refuse")
    assert {row["state"] for row in (await tasks(case_id)).values()} == {"refused", "not_needed"}
    assert (await case(case_id)).outcome == "refused"
    assert len(await appended(service.database, "workflow.case.closed")) == 1


async def test_the_case_counts_its_working_minutes_in_the_lead_units_hours(
    calendar: Callable[..., Awaitable[None]],
    matter: Callable[..., Awaitable[None]],
    accept: Accept,
    decide: Decide,
    case: Read,
    clock: ManualClock,
    service: Service,
) -> None:
    office = {"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {"U23": [["09:30", "11:30"]]}}
    await calendar(office_hours=office)
    await matter()
    case_id = await accept()
    clock.advance(days=1, hours=1)
    await decide(case_id, "certificate", "refuse")
    assert (await case(case_id)).elapsed_working_minutes == 120 + 60
    closed = (await appended(service.database, "workflow.case.closed"))[0]["data"]
    assert closed["elapsed_working_minutes"] == 180


async def test_another_units_task_reads_as_absent_whatever_its_state_and_whoever_applied(
    city: None, accept: Accept, tasks: Tasks, service: Service
) -> None:
    found = await tasks(await accept(applicant_id="reviewer-1"))
    for key in ("certificate", "vaccination"):
        with pytest.raises(TaskNotFound):
            await handle(service, found[key]["task_id"], GRANT, by=reviewer("reviewer-1", unit="U09"))


async def test_nobody_decides_his_own_application(city: None, accept: Accept, tasks: Tasks, service: Service) -> None:
    case_id = await accept(applicant_id="reviewer-1")
    before = await tasks(case_id)
    with pytest.raises(OwnCase):
        await handle(service, before["certificate"]["task_id"], GRANT, by=reviewer("reviewer-1", unit="U23"))
    assert await tasks(case_id) == before


async def test_a_step_cannot_be_skipped_nor_decided_twice_nor_after_the_end(
    city: None, accept: Accept, tasks: Tasks, service: Service
) -> None:
    found = await tasks(await accept())
    with pytest.raises(TaskNotOpen):
        await handle(service, found["registration"]["task_id"], GRANT, by=reviewer(unit="U09"))
    await handle(service, found["certificate"]["task_id"], GRANT, by=reviewer(unit="U23"))
    with pytest.raises(TaskNotOpen):
        await handle(service, found["certificate"]["task_id"], REFUSE, by=reviewer(unit="U23"))
    ended = await tasks(await accept())
    await handle(service, ended["certificate"]["task_id"], REFUSE, by=reviewer(unit="U23"))
    with pytest.raises(CaseAlreadyClosed):
        await handle(service, ended["registration"]["task_id"], GRANT, by=reviewer(unit="U09"))


async def test_the_reason_of_a_refusal_is_kept_sealed_and_leaves_in_no_event_and_no_audit_row(
    city: None,
    accept: Accept,
    tasks: Tasks,
    service: Service,
    audited: Callable[[], Awaitable[list[Any]]],
) -> None:
    case_id = await accept()
    task_id = (await tasks(case_id))["certificate"]["task_id"]
    view = await handle(service, task_id, REFUSE, by=reviewer("reviewer-7", unit="U23"))
    assert (view.reason, view.basis) == (REFUSE.reason, REFUSE.basis)
    assert "六十日" in view.remedies
    assert "六个月" in view.remedies
    row = (await tasks(case_id))["certificate"]
    assert REFUSE.reason not in row["reason"]
    assert (row["decided_by"], row["decided_at"]) == ("reviewer-7", service.database.clock.now())
    rows = await audited()
    assert [(one.actor, one.action, one.subject) for one in rows][1:] == [("reviewer-7", "task.decided", task_id)]
    assert REFUSE.reason not in str(rows) + str(await appended(service.database))


async def test_the_stored_case_follows_the_rules_on_random_graphs(
    calendar: Callable[..., Awaitable[None]],
    matter: Callable[..., Awaitable[None]],
    accept: Accept,
    decide: Decide,
    tasks: Tasks,
    case: Read,
    database: Database,
) -> None:
    await calendar()
    order = Random(20260302)
    for number in range(8):
        await matter(1, code=f"m{number}", tasks=_graph(order))
        keys = [f"t{place}" for place in range(6)]
        case_id = await accept(*keys, matter_code=f"m{number}")
        expected = begin(store.task_rule({**row, "state": "waiting"}) for row in (await tasks(case_id)).values())
        while expected.outcome is None:
            key = order.choice([task.key for task in expected.tasks if task.state == "open"])
            granted = order.random() < 0.7
            expected = rule(expected.tasks, key, granted=granted)
            assert (await decide(case_id, key, "grant" if granted else "refuse")).status == 201
            assert {key: row["state"] for key, row in (await tasks(case_id)).items()} == _states(expected)
        assert (await case(case_id)).outcome == expected.outcome
        told = [one for one in await appended(database) if one["subject"] == case_id]
        assert [one["aggregateversion"] for one in told] == list(range(1, len(told) + 1))
        assert [one["type"] for one in told].count("workflow.case.closed") == 1
        assert told[-1]["type"] == "workflow.case.closed"


def _states(change: Change) -> dict[str, str]:
    return {task.key: task.state.value for task in change.tasks}


def _graph(order: Random) -> list[TaskRead]:
    return [
        TaskRead(
            task_key=f"t{place}",
            name=f"环节 {place}",
            item="item",
            unit=order.choice(["U09", "U23", "U30"]),
            unit_name="单位",
            after=[f"t{gate}" for gate in range(place) if order.random() < 0.3],
            promise=LimitRead(amount=order.randint(0, 9), unit=order.choice(["WORKDAY", "WORK_HOUR", "CALENDAR_DAY"])),
            statutory=None,
            on_refusal="HARD" if order.random() < 0.2 else "SOFT",
        )
        for place in range(6)
    ]
