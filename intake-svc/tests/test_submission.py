import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen
from chassis.testing.client import Client, appended, audited
from intake_svc import handlers, store
from intake_svc.domain.numbers import ApplicationNumber, Channel
from intake_svc.handlers.numbers import LARGEST_BLOCK, Numbers
from intake_svc.schemas import SubmissionBody
from intake_svc.store import applications, counters, drafts

Make = Callable[..., Awaitable[dict[str, Any]]]


def as_seen(draft: dict[str, Any]) -> dict[str, Any]:
    """Return the body that submits a draft as it was seen."""
    return {"draft_id": draft["draft_id"], "draft_version": draft["version"]}


async def counted(database: Database, table: sa.Table) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())


async def test_a_submission_gets_a_receipt_an_event_and_an_audit_row(
    api: Client, database: Database, drafted: Make, clock: ManualClock
) -> None:
    draft = await drafted()
    body = as_seen(draft)
    reply = await api.post("/api/v1/applications", by=citizen(), body=body, key="k")
    receipt = reply.json()
    assert (reply.status, reply.headers["location"]) == (201, f"/api/v1/applications/{receipt['application_id']}")
    number = ApplicationNumber.parse(receipt["application_number"])
    assert (number.region, number.unit, number.channel, number.sequence) == ("410100", "U23", Channel.ONLINE, 1)
    assert f"{number.day}" == "2026-03-02"
    assert (receipt["state"], receipt["what_next"]) == ("submitted", "等待窗口受理")
    assert receipt["form"] == draft["form"]
    (event,) = await appended(database)
    assert (event["type"], event["aggregateversion"]) == ("intake.application.submitted", 1)
    assert event["data"]["tasks"][0] == "birth_certificate"
    rows = [(row.actor, row.action, row.subject) for row in await audited(database)]
    assert rows == [("citizen-1", "application.submitted", receipt["application_id"])]
    assert await counted(database, drafts) == 0


async def test_the_number_has_the_day_in_shanghai_and_each_day_counts_anew(submitted: Make, clock: ManualClock) -> None:
    first, second = await submitted(), await submitted()
    clock.set(clock.now().replace(hour=16, minute=0))  # midnight in Shanghai
    third = await submitted()
    found = [ApplicationNumber.parse(one["application_number"]) for one in (first, second, third)]
    assert [(f"{number.day}", number.sequence) for number in found] == [
        ("2026-03-02", 1),
        ("2026-03-02", 2),
        ("2026-03-03", 1),
    ]


async def test_an_incomplete_draft_is_refused_with_every_fault_at_once(
    api: Client, database: Database, drafted: Make
) -> None:
    draft = await drafted(child_name="", mother_phone="1")
    reply = await api.post("/api/v1/applications", by=citizen(), body=as_seen(draft), key="k")
    assert (reply.status, reply.json()["code"]) == (422, "form_incomplete")
    assert {error["pointer"]: error["code"] for error in reply.json()["errors"]} == {
        "/form/child_name": "required",
        "/form/mother_phone": "malformed",
    }
    assert await counted(database, applications) == await counted(database, counters) == 0


async def test_a_newer_version_of_the_matter_asks_to_open_the_draft_again(
    api: Client, catalog: Any, drafted: Make, form: dict[str, str], references: dict[str, str], answers: dict[str, str]
) -> None:
    draft = await drafted()
    catalog.publish()
    path, body = f"/api/v1/drafts/{draft['draft_id']}", as_seen(draft)
    reply = await api.post("/api/v1/applications", by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (409, "matter_version_changed")
    change: dict[str, Any] = {"form": form, "materials": references}
    asked = await api.put(path, by=citizen(), body=change, headers={"if-match": '"2"'})
    assert [fault["pointer"] for fault in asked.json()["faults"]] == ["/answers/insurance"]
    change["answers"] = {**answers, "insurance": "yes"}
    saved = (await api.put(path, by=citizen(), body=change, headers={"if-match": '"3"'})).json()
    assert saved["matter_version"] == catalog.guide["matter_version"]
    body = as_seen(saved)
    assert (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).status == 201


async def test_nothing_is_submitted_while_the_catalogue_is_out(api: Client, catalog: Any, drafted: Make) -> None:
    draft = await drafted()
    body = as_seen(draft)
    catalog.status = 500
    reply = await api.post("/api/v1/applications", by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (503, "catalog_unavailable")
    catalog.status = 200
    assert (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).status == 201


async def test_twenty_submissions_of_one_draft_make_one_application(
    api: Client, database: Database, drafted: Make
) -> None:
    body = as_seen(await drafted())
    replies = await asyncio.gather(
        *(api.post("/api/v1/applications", by=citizen(), body=body, key=f"k{n}") for n in range(20))
    )
    assert sorted(reply.status for reply in replies) == [201] + [409] * 19
    assert await counted(database, applications) == 1
    assert len(await appended(database)) == 1


async def test_the_same_key_fifty_times_at_once_has_one_effect_and_one_answer(
    api: Client, database: Database, drafted: Make
) -> None:
    body = as_seen(await drafted())
    replies = await asyncio.gather(
        *(api.post("/api/v1/applications", by=citizen(), body=body, key="same") for _ in range(50))
    )
    assert {reply.json()["code"] for reply in replies if reply.status != 201} <= {"request_in_flight"}
    answered = {reply.body for reply in replies if reply.status == 201}
    again = await api.post("/api/v1/applications", by=citizen(), body=body, key="same")
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert answered == {again.body}
    other = await api.post(
        "/api/v1/applications", by=citizen(), body={**body, "draft_id": body["draft_id"][::-1]}, key="same"
    )
    assert other.status == 422
    assert await counted(database, applications) == 1
    assert len(await appended(database)) == 1


async def test_numbers_are_unique_under_fifty_submissions_at_once(
    api: Client, database: Database, drafted: Make
) -> None:
    people = [citizen(f"citizen-{n}") for n in range(50)]
    ready = [await drafted(by=one) for one in people]
    bodies = [as_seen(draft) for draft in ready]
    replies = await asyncio.gather(
        *(
            api.post("/api/v1/applications", by=one, body=body, key="k")
            for one, body in zip(people, bodies, strict=True)
        )
    )
    found = [ApplicationNumber.parse(reply.json()["application_number"]) for reply in replies]
    assert len({number.sequence for number in found}) == 50


async def test_a_refused_submission_leaves_no_gap_in_the_numbers(api: Client, drafted: Make, submitted: Make) -> None:
    await submitted()
    draft = await drafted(child_name="")
    assert (await api.post("/api/v1/applications", by=citizen(), body=as_seen(draft), key="k")).status == 422
    assert ApplicationNumber.parse((await submitted())["application_number"]).sequence == 2


@pytest.mark.parametrize("field", ["state", "owner", "unit", "fee", "application_number"])
async def test_nobody_sets_what_is_not_his_to_set(api: Client, drafted: Make, field: str) -> None:
    draft = await drafted()
    body = {**as_seen(draft), field: "x"}
    assert (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).status == 422


async def test_a_submission_waits_for_no_other_submission_of_its_unit(
    service: Service, api: Client, database: Database, drafted: Make
) -> None:
    intake = service.api.state.collaborators
    one, other = citizen("citizen-1"), citizen("citizen-2")
    drafts_of = {
        one: await drafted(by=one),
        other: await drafted(by=other, child_name="测二宝"),
    }  # two of one child do wait
    planned = await handlers.plan_submission(intake, one, "", SubmissionBody(**as_seen(drafts_of[one])))
    if database.dialect == "sqlite":  # it has one writer anyway
        async with database.unit_of_work() as work:
            await handlers.submit_application(intake, work, one, planned)
        return
    async with asyncio.timeout(60), database.unit_of_work() as work:
        await handlers.submit_application(intake, work, one, planned)
        body = as_seen(drafts_of[other])
        assert (await api.post("/api/v1/applications", by=other, body=body, key="k")).status == 201


async def test_two_processes_never_give_the_same_number_and_a_quiet_one_leaves_no_gap(database: Database) -> None:
    quiet = Numbers(database)
    assert [await quiet.next("quiet") for _ in range(4)] == [1, 2, 3, 4]
    several = [Numbers(database) for _ in range(3)]
    given = await asyncio.gather(*(numbers.next("busy") for numbers in several for _ in range(100)))
    assert len(set(given)) == 300
    assert max(given) <= 300 + 3 * LARGEST_BLOCK


async def test_the_numbers_of_today_go_on_though_there_were_many_counters_before(database: Database) -> None:
    numbers = Numbers(database, kept=3)
    for old in ("yesterday", "the day before"):
        await numbers.next(old)
    assert [await numbers.next("today") for _ in range(2)] == [1, 2]  # and 3 is taken
    for other in ("another", "and one more"):
        await numbers.next(other)
    assert [await numbers.next("today") for _ in range(3)] == [3, 4, 5]


async def test_a_counter_that_another_process_holds_keeps_up_no_other_counter(database: Database) -> None:
    if database.dialect == "sqlite":  # it has one writer anyway
        return
    numbers = Numbers(database)
    async with asyncio.timeout(60), database.unit_of_work() as work:
        await store.count(work.connection, "held", work.clock.now())
        waiting = asyncio.create_task(numbers.next("held"))
        await asyncio.sleep(0.1)
        assert await numbers.next("free") == 1
        assert not waiting.done()
    assert await waiting == 2


async def test_a_draft_of_a_withdrawn_matter_is_not_submitted_and_stays_and_no_new_one_is_begun(
    api: Client, drafted: Make, catalog: Any, answers: Any
) -> None:
    draft = await drafted()
    catalog.ended = "2027-01-01"
    refused = await api.post("/api/v1/applications", by=citizen(), body=as_seen(draft), key="one")
    assert (refused.status, refused.json()["code"]) == (409, "matter_withdrawn")
    assert "2027-01-01" in refused.json()["detail"]
    assert (await api.get(f"/api/v1/drafts/{draft['draft_id']}", by=citizen())).json()["form"] == draft["form"]
    body = {"matter_code": "newborn", "answers": answers}
    begun = await api.post("/api/v1/drafts", by=citizen(), body=body, key="two")
    assert (begun.status, begun.json()["code"]) == (409, "matter_withdrawn")
    assert "自 2027-01-01 起" in begun.json()["detail"]
