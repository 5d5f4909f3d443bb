"""Who looked: complete for the person it is about, readable, paged; for others as far as the case is theirs."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, anonymous, citizen, clerk, manager, reviewer
from chassis.testing.client import Client, audited
from datashare_svc.domain.queries import InCase
from datashare_svc.handlers import Datashare, ask, link_account

Running = Any
Ask = Callable[..., Awaitable[Reply]]
MOTHER, FATHER = "410199199001011234", "410199198905052345"
APPLICATION, OTHERS = "01900000-0000-7000-8000-0000000000a1", "01900000-0000-7000-8000-0000000000a2"
OWN = "/api/v1/me/data-accesses"


@pytest.fixture
async def linked(datashare: Datashare, database: Database) -> None:
    """Have the mother's account known as hers."""
    async with database.unit_of_work() as work:
        await link_account(datashare, work, "citizen-1", MOTHER)


@pytest.mark.usefixtures("linked")
async def test_a_person_reads_who_looked_why_and_at_what(running: Running, api: Client, ask_as: Ask) -> None:
    told = (await ask_as(running.asking())).json()
    (seen,) = (await api.get(OWN, by=citizen())).json()["items"]
    assert seen == {
        "query_id": told["query_id"],
        "at": "2026-03-02T01:30:00Z",
        "unit": "U09",
        "unit_name": "郑州市公安局",
        "officer": "reviewer-1",
        "officer_kind": "STAFF",
        "purpose": "REVIEW",
        "purpose_name": "审查办理",
        "basis": "《户口登记条例》第七条",
        "application_id": APPLICATION,
        "draft_id": None,
        "application_number": "410100U232026030220000019",
        "matter_code": "newborn",
        "item": "birth_registration",
        "provider": "U09",
        "provider_name": "郑州市公安局",
        "resource": "population_register",
        "resource_name": "人口基本信息",
        "fields": [{"name": "name", "label": "姓名"}, {"name": "hukou_region", "label": "户籍地"}],
        "depth": "VALUE",
        "is_unmasked": False,
        "is_cached": False,
        "state": "ANSWERED",
        "state_name": "已得到答复",
        "ended_at": "2026-03-02T01:30:00Z",
    }


@pytest.mark.usefixtures("linked")
async def test_each_person_s_list_is_hers_alone_and_whole_page_by_page(
    running: Running, api: Client, datashare: Datashare, clock: ManualClock, database: Database
) -> None:
    async with database.unit_of_work() as work:
        await link_account(datashare, work, "citizen-2", FATHER)
    for number in range(7):
        whose = MOTHER if number % 2 else FATHER
        await ask(datashare, running.query(person=whose, keys={"id_number": whose}), within=5)
        clock.advance(seconds=number % 3)
    by_account = running.query(person="", keys={"id_number": MOTHER}, officer="intake")
    await ask(datashare, by_account, within=5)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await api.get(OWN, by=citizen(), query={"limit": 2, "after": after})).json()
        seen += [one["query_id"] for one in page["items"]]
        after = page["next"]
    rows = await running.accesses()
    mine = [row for number, row in enumerate(rows) if number % 2 or number == 7]
    assert seen == [row.query_id for row in sorted(mine, key=lambda row: (row.at, row.query_id), reverse=True)]
    assert len((await api.get(OWN, by=citizen("citizen-2"))).json()["items"]) == 4


@pytest.mark.usefixtures("linked")
async def test_a_list_is_narrowed_to_a_case_a_unit_and_days(
    running: Running, api: Client, datashare: Datashare, ask_as: Ask, clock: ManualClock
) -> None:
    await ask(datashare, running.query(), within=5)
    clock.advance(days=1)
    await running.grant(2, unit="U23")
    await ask_as(running.asking(), by=clerk())

    async def units(**query: str) -> list[str]:
        items = (await api.get(OWN, by=citizen(), query=query)).json()["items"]
        return [one["unit"] for one in items]

    assert await units() == ["U23", "U09"]
    assert await units(application=OTHERS) == ["U09"]
    assert await units(application=APPLICATION.upper()) == ["U23"]
    assert await units(unit="U23") == ["U23"]
    assert await units(to="2026-03-02") == ["U09"]
    assert await units(**{"from": "2026-03-03"}) == ["U23"]
    assert await units(**{"from": "2026-03-04"}) == []
    for wrong in ({"from": "2026-02-30"}, {"to": "9999-12-31"}, {"to": "heute"}, {"unit": "x"}, {"after": "AAAA"}):
        assert (await api.get(OWN, by=citizen(), query=wrong)).status == 422, wrong


async def test_a_case_s_list_has_what_was_asked_for_its_draft(
    running: Running, api: Client, datashare: Datashare, ask_as: Ask, as_intake: Ask
) -> None:
    await ask(datashare, running.query(), within=5)
    await ask_as(running.asking())
    path = f"/api/v1/applications/{APPLICATION}"

    async def seen() -> list[tuple[str, str | None]]:
        items = (await api.get(f"{path}/data-accesses", by=citizen(), query={"limit": 1})).json()
        more = (await api.get(f"{path}/data-accesses", by=citizen())).json()["items"]
        assert items["items"] == more[:1]
        return [(one["purpose"], one["draft_id"]) for one in more]

    assert await seen() == [("REVIEW", None)], "while its draft was not told"
    body = running.persons()
    for told in ({**body, "draft_id": OTHERS}, body):
        assert (await as_intake("PUT", f"{path}/persons", body=told)).status == 204
        assert await seen() == [("REVIEW", None), ("PREFILL", OTHERS)]


@pytest.mark.usefixtures("running")
async def test_an_account_that_nobody_vouched_for_is_told_what_to_do_rather_than_an_empty_list(api: Client) -> None:
    refused = await api.get(OWN, by=citizen())
    assert (refused.status, refused.json()["code"]) == (409, "identity_unresolved")
    assert "草稿" in refused.json()["detail"]


async def test_an_account_whose_number_is_not_known_yet_is_unresolved(
    running: Running, api: Client, datashare: Datashare
) -> None:
    await ask(datashare, running.query(person=""), within=5)
    assert (await api.get(OWN, by=citizen())).status == 409


@pytest.mark.usefixtures("linked")
async def test_an_account_that_is_told_to_be_another_person_reads_no_more_of_the_one_before(
    running: Running, api: Client, ask_as: Ask, datashare: Datashare, database: Database
) -> None:
    await ask_as(running.asking())
    theirs = (await ask_as(running.asking(person=FATHER))).json()["query_id"]
    async with database.unit_of_work() as work:
        await link_account(datashare, work, "citizen-1", FATHER)
    assert [one["query_id"] for one in (await api.get(OWN, by=citizen())).json()["items"]] == [theirs]
    assert [row.subject for row in await audited(database) if row.action == "account.unlinked"] == ["citizen-1"]


@pytest.mark.parametrize(
    ("by", "status"),
    [
        (citizen(), 200),
        (citizen("citizen-2"), 404),
        (clerk(), 200),
        (reviewer(), 200),
        (reviewer("r", unit="U36"), 404),
        (manager(), 403),
        (anonymous(), 401),
    ],
    ids=["applicant", "another", "window", "reviewer", "other unit", "manager", "anonymous"],
)
async def test_each_caller_of_a_case_s_list_gets(
    running: Running, api: Client, ask_as: Ask, by: Principal, status: int
) -> None:
    await ask_as(running.asking())
    reply = await api.get(f"/api/v1/applications/{APPLICATION}/data-accesses", by=by)
    assert reply.status == status
    if status == 200:
        assert [one["officer"] for one in reply.json()["items"]] == ["reviewer-1"]
    assert (await api.get(f"/api/v1/applications/{OTHERS}/data-accesses", by=by)).status in {404, 403, 401}


@pytest.mark.parametrize(("by", "status"), [(reviewer(), 403), (manager(), 403), (anonymous(), 401)])
@pytest.mark.usefixtures("running")
async def test_nobody_else_has_a_list_of_his_own(api: Client, by: Principal, status: int) -> None:
    assert (await api.get(OWN, by=by)).status == status


@pytest.mark.usefixtures("linked")
async def test_what_was_asked_for_a_draft_is_in_the_person_s_list(
    running: Running, api: Client, datashare: Datashare, clock: ManualClock
) -> None:
    draft = InCase("citizen-1", "newborn", draft_id=OTHERS)
    await ask(datashare, running.query(case=draft), within=5)
    clock.advance(seconds=timedelta(seconds=1).total_seconds())
    (seen,) = (await api.get(OWN, by=citizen())).json()["items"]
    assert (seen["draft_id"], seen["application_id"], seen["officer_kind"]) == (OTHERS, None, "APPLICANT")
