import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.identity import HEADER, ServiceSigner
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk, manager, steward
from chassis.testing.client import Client, appended, audited, deliver
from datashare_svc.events import CalendarPublished, UnitPublished
from datashare_svc.handlers import Datashare
from datashare_svc.handlers.dispute_clock import dispute_page
from datashare_svc.store import disputes

File = Callable[..., Awaitable[Reply]]
ID, APPLICATION = "01900000-0000-7000-8000-0000000000b1", "01900000-0000-7000-8000-00000000000a"
SHARED, CLAIMED, REASON = "金水区甲路一号", "二七区乙路二号", "上月已迁入二七区"
UPHELD = {"outcome": "upheld", "reason": "与户籍档案一致"}
CALENDAR = CalendarPublished(
    region="410100",
    calendar_version="2026.1",
    years=[2026],
    off={},
    work={},
    office_hours={"default": [["09:00", "12:00"], ["13:00", "17:00"]], "units": {}},
)
DUE = datetime(2026, 3, 16, 9, tzinfo=UTC)
"""Ten working days after a Monday morning, as the office closes in Shanghai."""
INBOX, MINE = "/api/v1/data-disputes", "/api/v1/me/data-disputes"


def numbered(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012d}"


async def test_a_dispute_is_filed_with_the_source_unit_and_told_without_its_values(
    file: File, database: Database, service: Service
) -> None:
    await deliver(service, CALENDAR, subject="410100", version=1)
    reply = await file()
    assert reply.status == 200
    view = reply.json()
    assert (view["unit"], view["state"], view["overdue"]) == ("U09", "open", False)
    assert datetime.fromisoformat(view["due_at"]) == DUE
    (told,) = await appended(database)
    assert (told["type"], told["subject"]) == ("datashare.dispute.filed", ID)
    assert told["data"]["key"] == "residence_address"
    assert [(row.action, row.actor) for row in await audited(database)] == [("dispute.filed", "citizen-1")]
    said = json.dumps([told, *(row.details for row in await audited(database))], ensure_ascii=False)
    assert not [value for value in (SHARED, CLAIMED, REASON) if value in said]


async def test_a_dispute_that_is_filed_again_is_one_and_stays_as_it_was(file: File, database: Database) -> None:
    first = await file()
    again = await file(claimed_value="另一个值")
    assert again.json() == first.json()
    assert len(await appended(database)) == 1
    other = await file(key="birth_date")
    assert (other.status, other.json()["code"]) == (409, "dispute_otherwise")


async def test_a_disagreement_that_a_material_s_verification_found_has_no_shared_value_and_is_filed(file: File) -> None:
    reply = await file(place="materials", key="marriage_certificate", shared_value="", query_id=None, label="证" * 200)
    assert (reply.status, reply.json()["shared_value"], reply.json()["query_id"]) == (200, "", None)


async def test_one_id_filed_many_times_at_once_is_one_dispute(file: File, database: Database) -> None:
    replies = await asyncio.gather(*(file() for _ in range(5)))
    assert {reply.status for reply in replies} == {200}
    assert len(await appended(database)) == 1


async def test_nobody_but_intake_files(api: Client, speaker: ServiceSigner, filing: dict[str, Any]) -> None:
    for caller in (citizen(), clerk(), steward(), manager()):
        assert (await api.post(INBOX, by=caller, body=filing)).status == 403
    assert (await api.post(INBOX, body=filing)).status == 401
    forged = await api.post(INBOX, by=None, body=filing, headers={HEADER: speaker.vouch("datashare")})
    assert forged.status == 401


async def test_what_is_disputed_is_kept_sealed(file: File, database: Database, api: Client) -> None:
    await file()
    body = {"outcome": "corrected", "reason": "漏录", "corrected_value": CLAIMED}
    assert (await api.post(f"{INBOX}/{ID}/answers", by=steward(), body=body, key="k")).status == 201
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(disputes))).one()
    for name in ("shared_value", "claimed_value", "reason", "answer", "corrected_value"):
        assert getattr(row, name).startswith("test."), name
    shown = (await api.get(f"{MINE}/{ID}", by=citizen())).json()
    assert [shown[name] for name in ("shared_value", "claimed_value", "corrected_value")] == [SHARED, CLAIMED, CLAIMED]


async def test_a_unit_that_ended_has_its_disputes_answered_by_its_successor(
    file: File, service: Service, api: Client
) -> None:
    await deliver(service, UnitPublished(unit_code="U10", name="新单位"), subject="U10", version=1)
    await file(dispute_id=numbered(1))
    ended = UnitPublished(unit_code="U09", name="旧单位", valid_to=date(2026, 3, 1), successor="U10")
    await deliver(service, ended, subject="U09", version=1)
    assert (await file(dispute_id=numbered(2))).json()["unit"] == "U10"
    heir = steward(unit="U10")
    listed = await api.get(INBOX, by=heir)
    assert [one["dispute_id"] for one in listed.json()["items"]] == [numbered(2)]
    of_before = await api.get(INBOX, by=heir, query={"unit": "U09"})
    assert [one["dispute_id"] for one in of_before.json()["items"]] == [numbered(1)]
    assert (await api.get(f"{INBOX}/{numbered(1)}", by=heir)).status == 200
    assert (await api.get(INBOX, by=steward(unit="U23"), query={"unit": "U10"})).json()["items"] == []


async def test_she_sees_her_own_disputes_and_a_stranger_sees_none(file: File, api: Client, clock: ManualClock) -> None:
    for number in range(3):
        await file(dispute_id=numbered(9 - number))
        clock.advance(seconds=1)
    await file(dispute_id=numbered(20), applicant_id="citizen-2")
    first = (await api.get(MINE, by=citizen(), query={"limit": 2})).json()
    second = (await api.get(MINE, by=citizen(), query={"limit": 2, "after": first["next"]})).json()
    seen = [one["dispute_id"] for one in (*first["items"], *second["items"])]
    assert seen == [numbered(7), numbered(8), numbered(9)]
    assert (await api.get(f"{MINE}/{numbered(20)}", by=citizen())).status == 404
    assert (await api.delete(f"{MINE}/{numbered(20)}", by=citizen())).status == 404
    assert (await api.get(f"{MINE}/{numbered(9)}", by=steward())).status == 403
    assert (await api.get(MINE, by=citizen(), query={"after": "WyJ4IiwieSJd"})).status == 422


async def test_a_stewards_look_at_the_values_is_on_record_before_it_is_answered(
    file: File, api: Client, database: Database
) -> None:
    await file()
    listed = (await api.get(INBOX, by=steward())).json()["items"]
    assert "shared_value" not in listed[0]
    assert (await api.get(f"{INBOX}/{ID}", by=steward())).json()["claimed_value"] == CLAIMED
    rows = [row for row in await audited(database) if row.actor == "steward-1"]
    assert [(row.action, row.subject) for row in rows] == [("disputes.listed", "U09"), ("dispute.opened", ID)]


async def test_another_units_steward_and_other_staff_see_nothing(file: File, api: Client) -> None:
    await file()
    stranger = steward(unit="U10")
    assert (await api.get(INBOX, by=stranger)).json()["items"] == []
    assert (await api.get(f"{INBOX}/{ID}", by=stranger)).status == 404
    assert (await api.post(f"{INBOX}/{ID}/answers", by=stranger, body=UPHELD, key="k")).status == 404
    for caller in (clerk(unit="U09"), manager(), citizen()):
        assert (await api.get(f"{INBOX}/{ID}", by=caller)).status == 403


async def test_nobody_answers_or_opens_a_dispute_of_their_own(file: File, api: Client) -> None:
    await file(applicant_id="steward-1")
    assert (await api.get(f"{INBOX}/{ID}", by=steward())).json()["code"] == "own_dispute"
    reply = await api.post(f"{INBOX}/{ID}/answers", by=steward(), body=UPHELD, key="k")
    assert (reply.status, reply.json()["code"]) == (403, "own_dispute")


async def test_the_inbox_is_ordered_by_what_is_due_first_and_narrowed_to_what_is_late(
    file: File, api: Client, service: Service, clock: ManualClock
) -> None:
    await deliver(service, CALENDAR, subject="410100", version=1)
    for number in range(3):
        await file(dispute_id=numbered(9 - number))
        clock.advance(days=1)
    first = (await api.get(INBOX, by=steward(), query={"limit": 2})).json()
    second = (await api.get(INBOX, by=steward(), query={"limit": 2, "after": first["next"]})).json()
    seen = [one["dispute_id"] for one in (*first["items"], *second["items"])]
    assert seen == [numbered(9), numbered(8), numbered(7)]
    clock.set(DUE)
    clock.advance(seconds=1)
    late = (await api.get(INBOX, by=steward(), query={"overdue": "true"})).json()["items"]
    assert [(one["dispute_id"], one["overdue"]) for one in late] == [(numbered(9), True)]
    await api.post(f"{INBOX}/{numbered(9)}/answers", by=steward(), body=UPHELD, key="k")
    answered = {"state": "upheld", "overdue": "true"}
    late = (await api.get(INBOX, by=steward(), query=answered)).json()["items"]
    assert [one["dispute_id"] for one in late] == [numbered(9)]


async def test_an_answer_is_told_once_and_for_good(file: File, api: Client, database: Database) -> None:
    await file()
    body = {"outcome": "corrected", "reason": "", "corrected_value": ""}
    reply = await api.post(f"{INBOX}/{ID}/answers", by=steward(), body=body, key="k")
    assert (reply.status, reply.json()["state"]) == (201, "corrected")
    again = await api.post(f"{INBOX}/{ID}/answers", by=steward(), body=body, key="k")
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    late = await api.post(f"{INBOX}/{ID}/answers", by=steward("steward-2"), body=UPHELD, key="l")
    assert (late.status, late.json()["code"]) == (409, "dispute_ended")
    (told,) = await appended(database, "datashare.dispute.answered")
    assert (told["aggregateversion"], told["data"]["outcome"]) == (2, "corrected")
    assert (told["data"]["place"], told["data"]["application_id"]) == ("form", APPLICATION)
    assert (await api.delete(f"{MINE}/{ID}", by=citizen())).status == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"outcome": "upheld"}, "/reason"),
        ({"outcome": "upheld", "reason": " \u200b"}, "/reason"),
        ({"outcome": "upheld", "reason": "无误", "corrected_value": "x"}, "/corrected_value"),
        ({"outcome": "withdrawn", "reason": "x"}, "/outcome"),
    ],
)
async def test_an_answer_that_says_no_reason_or_contradicts_itself_is_refused(
    file: File, api: Client, database: Database, body: dict[str, str], pointer: str
) -> None:
    await file()
    reply = await api.post(f"{INBOX}/{ID}/answers", by=steward(), body=body, key="k")
    assert (reply.status, reply.json()["errors"][0]["pointer"]) == (422, pointer)
    assert not await appended(database, "datashare.dispute.answered")


async def test_of_many_answers_and_a_withdrawal_at_once_one_counts(file: File, api: Client, database: Database) -> None:
    await file()
    answers = [
        api.post(f"{INBOX}/{ID}/answers", by=steward(f"steward-{n}"), body=UPHELD, key=f"k{n}") for n in range(4)
    ]
    replies = await asyncio.gather(*answers, api.delete(f"{MINE}/{ID}", by=citizen()))
    won = [reply for reply in replies if reply.status in {201, 204}]
    assert len(won) == 1
    assert {reply.status for reply in replies} - {201, 204} == {409}
    ended = await appended(database, "datashare.dispute.answered", "datashare.dispute.withdrawn")
    assert len(ended) == 1


async def test_what_is_withdrawn_is_told_and_withdrawn_once_more_without_effect(
    file: File, api: Client, database: Database
) -> None:
    await file()
    for _ in range(2):
        assert (await api.delete(f"{MINE}/{ID}", by=citizen())).status == 204
    assert len(await appended(database, "datashare.dispute.withdrawn")) == 1
    assert (await api.post(f"{INBOX}/{ID}/answers", by=steward(), body=UPHELD, key="k")).status == 409


async def test_a_dispute_filed_before_the_calendar_came_gets_its_due_time_with_it(
    file: File, datashare: Datashare, service: Service, api: Client, clock: ManualClock
) -> None:
    assert (await file()).json()["due_at"] is None
    assert await dispute_page(datashare) == 0
    clock.advance(days=3)
    await deliver(service, CALENDAR, subject="410100", version=1)
    assert await dispute_page(datashare) == 1
    shown = (await api.get(f"{MINE}/{ID}", by=citizen())).json()
    assert datetime.fromisoformat(shown["due_at"]) == DUE


async def test_a_new_calendar_moves_what_is_open_and_leaves_what_was_answered(
    file: File, datashare: Datashare, service: Service, api: Client
) -> None:
    await deliver(service, CALENDAR, subject="410100", version=1)
    for number in (1, 2):
        await file(dispute_id=numbered(number))
    await api.post(f"{INBOX}/{numbered(2)}/answers", by=steward(), body=UPHELD, key="k")
    renewed = CALENDAR.model_copy(update={"calendar_version": "2026.2", "off": {"2026-03-16": "放假"}})
    await deliver(service, renewed, subject="410100", version=2)
    while await dispute_page(datashare):
        pass
    dues = [(await api.get(f"{MINE}/{numbered(number)}", by=citizen())).json()["due_at"] for number in (1, 2)]
    assert [datetime.fromisoformat(due).day for due in dues] == [17, 16]


async def test_what_is_past_is_told_once_also_by_two_workers(
    file: File, datashare: Datashare, service: Service, database: Database, clock: ManualClock
) -> None:
    await deliver(service, CALENDAR, subject="410100", version=1)
    await file()
    clock.set(DUE)
    assert await dispute_page(datashare) == 0
    clock.advance(seconds=1)
    await asyncio.gather(*(dispute_page(datashare) for _ in range(4)))
    assert await dispute_page(datashare) == 0
    (told,) = await appended(database, "datashare.dispute.overdue")
    assert (told["aggregateversion"], told["data"]["unit"]) == (2, "U09")


async def test_a_late_answer_still_counts_and_follows_what_was_told(
    file: File, datashare: Datashare, service: Service, database: Database, api: Client, clock: ManualClock
) -> None:
    await deliver(service, CALENDAR, subject="410100", version=1)
    await file()
    clock.set(DUE)
    clock.advance(hours=1)
    await dispute_page(datashare)
    reply = await api.post(f"{INBOX}/{ID}/answers", by=steward(), body=UPHELD, key="k")
    assert (reply.status, reply.json()["overdue"]) == (201, True)
    versions = [told["aggregateversion"] for told in await appended(database)]
    assert versions == [1, 2, 3]
