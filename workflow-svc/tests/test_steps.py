"""Steps that are the applicant's own act: opened like tasks, done by her alone, holding only what waits for them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk, reviewer
from chassis.testing.client import Client, appended, deliver
from workflow_svc import store
from workflow_svc.domain import Outcome, Task, TaskState, begin, complete, decide, on_the_way
from workflow_svc.errors import TaskNotOpen
from workflow_svc.events import LimitRead, TaskRead, UnitPublished

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Decide = Callable[..., Awaitable[Reply]]
Read = Callable[[str], Awaitable[Any]]
INSURANCE = Task("insurance", (), hard=False)
PAYMENT = Task("payment", ("insurance",), hard=False, by_applicant=True)
DELIVERY = Task("delivery", ("payment",), hard=False)


def read(key: str, unit: str, *after: str, days: int = 1, by: str = "UNIT", of: str = "WORKDAY") -> TaskRead:
    return TaskRead.model_validate(
        {
            "task_key": key,
            "name": f"环节 {key}",
            "item": f"item-{key}",
            "unit": unit,
            "unit_name": f"单位 {unit}",
            "after": list(after),
            "promise": LimitRead(amount=days, unit=of),
            "statutory": None,
            "on_refusal": "SOFT",
            "by": by,
        }
    )


LEAF = [
    read("insurance", "U30"),
    read("payment", "U43", "insurance", days=30, by="APPLICANT", of="CALENDAR_DAY"),
    read("card", "U36", days=3),
]


def states(change: Any) -> dict[str, str]:
    return {task.key: task.state.value for task in change.tasks}


def test_a_step_opens_with_its_gates_and_the_case_ends_without_it() -> None:
    change = decide(begin([INSURANCE, PAYMENT]).tasks, "insurance", granted=True)
    assert (change.opened, change.outcome) == (("payment",), Outcome.GRANTED)
    done = complete(change.tasks, "payment")
    assert states(done) == {"insurance": "granted", "payment": "completed"}
    with pytest.raises(TaskNotOpen, match="已完成"):
        complete(done.tasks, "payment")


def test_a_step_that_something_waits_for_holds_that_and_the_case() -> None:
    change = decide(begin([INSURANCE, PAYMENT, DELIVERY]).tasks, "insurance", granted=True)
    assert change.outcome is None
    paid = complete(change.tasks, "payment")
    assert paid.opened == ("delivery",)
    assert decide(paid.tasks, "delivery", granted=True).outcome is Outcome.GRANTED


def test_a_step_behind_a_refusal_is_not_needed_and_one_that_is_open_stays_the_applicants() -> None:
    refused = decide(begin([INSURANCE, PAYMENT]).tasks, "insurance", granted=False)
    assert (refused.dropped, refused.outcome) == (("payment",), Outcome.REFUSED)
    last = Task("last", (), hard=True)
    change = decide(begin([INSURANCE, PAYMENT, last]).tasks, "insurance", granted=True)
    ended = decide(change.tasks, "last", granted=False)
    assert (states(ended)["payment"], ended.outcome) == (TaskState.OPEN, Outcome.REFUSED)


def test_a_step_counts_in_the_cases_time_only_as_far_as_a_unit_waits_for_it() -> None:
    gates = {"insurance": (), "payment": ("insurance",), "delivery": ("payment",)}
    assert on_the_way(gates, {"payment"}) == set(gates)
    assert on_the_way({key: gates[key] for key in ("insurance", "payment")}, {"payment"}) == {"insurance"}


@pytest.fixture
async def paying(
    calendar: Callable[..., Awaitable[None]],
    matter: Callable[..., Awaitable[None]],
    accept: Callable[..., Awaitable[str]],
) -> str:
    """Have the window accept an application whose matter ends with the applicant's payment; return the case."""
    await calendar()
    await matter(tasks=LEAF)
    return await accept("insurance", "payment", "card")


def pay(api: Client, task_id: str, *, by: Principal | None = None, key: str = "paid", receipt: str = "") -> Any:
    path = f"/api/v1/tasks/{task_id}/completions"
    return api.post(path, by=by or citizen(), body={"receipt": receipt}, key=key)


async def test_a_step_has_its_own_time_and_none_of_it_is_the_cases(
    paying: str, decide: Decide, tasks: Tasks, case: Read, clock: ManualClock, service: Service
) -> None:
    assert (await case(paying)).promised_due == datetime(2026, 3, 5, 9, tzinfo=UTC), "the card, not the payment"
    opened = await appended(service.database, "workflow.case.opened")
    assert (opened[0]["data"]["tasks"], opened[0]["data"]["units"]) == (2, ["U23", "U30", "U36"])
    clock.advance(hours=4)
    await decide(paying, "insurance")
    step = (await tasks(paying))["payment"]
    assert (step["state"], step["opened_at"]) == ("open", clock.now())
    assert step["promised_due"] == datetime(2026, 4, 1, 9, tzinfo=UTC)
    told = (await appended(service.database, "workflow.task.opened"))[-1]["data"]
    assert (told["task_key"], told["by"]) == ("payment", "APPLICANT")


async def test_a_case_closes_without_its_last_step_which_its_applicant_does_later(
    paying: str, api: Client, decide: Decide, tasks: Tasks, case: Read, service: Service
) -> None:
    await decide(paying, "card")
    await decide(paying, "insurance")
    assert ((await case(paying)).state, (await case(paying)).outcome) == ("closed", "granted")
    step = (await tasks(paying))["payment"]
    done = await pay(api, step["task_id"], receipt="3410 0000-0000 0000\u200b01")
    assert (done.status, done.headers["location"]) == (201, f"/api/v1/cases/{paying}")
    assert (done.json()["state"], done.json()["by"], done.json()["receipt"]) == (
        "completed",
        "APPLICANT",
        "341000000000000001",
    )
    kinds = [one["type"] for one in await appended(service.database)]
    assert kinds[-2:] == ["workflow.case.closed", "workflow.task.completed"]
    assert [one["aggregateversion"] for one in await appended(service.database)] == list(range(1, len(kinds) + 1))
    assert ((await case(paying)).state, (await case(paying)).outcome) == ("closed", "granted")


async def test_a_step_is_written_down_as_its_applicants_own_deed(
    paying: str, api: Client, decide: Decide, tasks: Tasks, clock: ManualClock, audited: Callable[[], Awaitable[Any]]
) -> None:
    await decide(paying, "insurance", by=reviewer("reviewer-7", unit="U30"))
    clock.advance(hours=1)
    task_id = (await tasks(paying))["payment"]["task_id"]
    await pay(api, task_id)
    found = await tasks(paying)
    assert [found[key]["decided_by"] for key in ("insurance", "payment", "card")] == ["reviewer-7", "citizen-1", None]
    assert found["payment"]["decided_at"] == clock.now()
    last = (await audited())[-1]
    assert (last.actor, last.action, last.subject) == ("citizen-1", "task.completed", task_id)


async def test_a_receipt_is_sealed_leaves_in_no_event_and_is_shown_to_its_owner_alone(
    paying: str,
    api: Client,
    decide: Decide,
    tasks: Tasks,
    service: Service,
    audited: Callable[[], Awaitable[list[Any]]],
) -> None:
    await decide(paying, "insurance")
    await pay(api, (await tasks(paying))["payment"]["task_id"], receipt="341000000000000001")
    assert "341000000000000001" not in (await tasks(paying))["payment"]["receipt"]
    assert "341000000000000001" not in str(await appended(service.database))
    assert "341000000000000001" not in str([row._asdict() for row in await audited()])
    shown = [
        next(task for task in reply.json()["tasks"] if task["task_key"] == "payment")["receipt"]
        for reply in (
            await api.get(f"/api/v1/cases/{paying}", by=citizen()),
            await api.get(f"/api/v1/cases/{paying}", by=reviewer(unit="U30")),
        )
    ]
    assert shown == ["341000000000000001", ""]


async def test_a_closed_case_keeps_its_units_name_when_its_step_is_done_afterwards(
    paying: str, api: Client, decide: Decide, tasks: Tasks, case: Read, service: Service
) -> None:
    await deliver(service, UnitPublished(unit_code="U23", name="卫生健康委"), subject="U23", version=1)
    for key in ("insurance", "card"):
        assert (await decide(paying, key)).status == 201
    await deliver(service, UnitPublished(unit_code="U23", name="卫生健康局"), subject="U23", version=2)
    assert (await pay(api, (await tasks(paying))["payment"]["task_id"])).status == 201
    row = await case(paying)
    assert (row.state, row.lead_unit_name) == ("closed", "卫生健康委")


async def test_what_completing_a_step_answers_is_what_its_applicant_is_shown_then(
    paying: str, api: Client, decide: Decide, tasks: Tasks
) -> None:
    await decide(paying, "insurance")
    told = (await pay(api, (await tasks(paying))["payment"]["task_id"], receipt="341000000000000001")).json()
    shown = (await api.get(f"/api/v1/cases/{paying}", by=citizen())).json()["tasks"]
    assert [one for one in shown if one["task_key"] == "payment"] == [told]
    assert (told["receipt"], told["promised"]["limit"]["amount"]) == ("341000000000000001", 30)


async def test_a_step_is_in_no_units_hands(paying: str, api: Client, decide: Decide, tasks: Tasks) -> None:
    await decide(paying, "insurance")
    step = (await tasks(paying))["payment"]
    tax = reviewer(unit="U43")
    assert (await api.get("/api/v1/tasks", by=tax)).json()["items"] == []
    assert (await api.get(f"/api/v1/tasks/{step['task_id']}", by=tax)).status == 404
    path = f"/api/v1/tasks/{step['task_id']}/decisions"
    assert (await api.post(path, by=tax, body={"outcome": "grant"}, key="d")).status == 404
    assert (await api.get(f"/api/v1/cases/{paying}", by=tax)).status == 404


@pytest.mark.parametrize(
    ("by", "status"),
    [(citizen("citizen-2"), 404), (reviewer(unit="U43"), 403), (clerk(), 403), (citizen(level=0), 403)],
)
async def test_a_step_is_done_by_its_applicant_alone(
    paying: str, api: Client, decide: Decide, tasks: Tasks, by: Principal, status: int
) -> None:
    await decide(paying, "insurance")
    step = (await tasks(paying))["payment"]
    assert (await pay(api, step["task_id"], by=by)).status == status
    assert (await tasks(paying))["payment"]["state"] == "open"


async def test_a_step_is_done_once_and_not_before_its_time_and_no_units_task_is_done_so(
    paying: str, api: Client, decide: Decide, tasks: Tasks
) -> None:
    step = (await tasks(paying))["payment"]
    early = await pay(api, step["task_id"])
    assert (early.status, early.json()["code"]) == (409, "task_not_open")
    await decide(paying, "insurance")
    first, same = [await pay(api, step["task_id"], key="k1") for _ in range(2)]
    assert (first.status, same.status, first.body) == (201, 201, same.body)
    assert (await pay(api, step["task_id"], key="k2")).status == 409
    assert (await pay(api, (await tasks(paying))["card"]["task_id"], key="k3")).status == 404


async def test_a_step_that_gates_opens_what_waited_when_it_is_done(
    calendar: Callable[..., Awaitable[None]],
    matter: Callable[..., Awaitable[None]],
    accept: Callable[..., Awaitable[str]],
    api: Client,
    decide: Decide,
    tasks: Tasks,
    case: Read,
) -> None:
    await calendar()
    await matter(tasks=[*LEAF[:2], read("delivery", "U36", "payment", days=2)])
    case_id = await accept("insurance", "payment", "delivery")
    assert (await case(case_id)).promised_due > datetime(2026, 4, 1, tzinfo=UTC), "a unit waits for the payment"
    await decide(case_id, "insurance")
    assert (await case(case_id)).state == "open"
    await pay(api, (await tasks(case_id))["payment"]["task_id"])
    assert (await tasks(case_id))["delivery"]["state"] == "open"
    await decide(case_id, "delivery")
    assert (await case(case_id)).outcome == "granted"
