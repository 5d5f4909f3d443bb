from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.client import appended, audited
from evaluation_svc import store
from evaluation_svc.domain.ratings import Level

LIST = "/api/v1/rectifications"
Rate = Callable[..., Awaitable[str]]
Step = Callable[..., Awaitable[Reply]]
Pass = Callable[[datetime], Awaitable[None]]
Look = Callable[..., Awaitable[Reply]]
Only = Callable[[], Awaitable[str]]
Taken = tuple[str, dict[str, Any]]
pytestmark = pytest.mark.usefixtures("calendar")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of March 2026 in Zhengzhou."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


async def journalled(database: Database) -> list[tuple[str, Any]]:
    query = sa.select(store.journal.c.type, store.journal.c.data).order_by(store.journal.c.entry_id)
    async with database.reading() as connection:
        return [(row.type, row.data) for row in await connection.execute(query)]


async def walk(step: Step, rectification_id: str, *steps: Taken) -> None:
    for action, said in steps:
        answer = await step("officer", rectification_id, action, **said)
        assert answer.status == 201, answer.json()


ASSIGN: Taken = ("ASSIGN", {})
CONTACT = ("CONTACT", {"reached": True, "words": "已电话联系"})
FIX, FIXED = ("FIX_NOW", {"words": "属实"}), ("FIXED", {"words": "已补样本"})
ANSWER, CALL = ("ANSWER", {"words": "您反映的问题已整改"}), ("CALL_BACK", {"reached": True, "words": "认可"})
CLOSE: Taken = ("CLOSE", {})


@pytest.mark.parametrize("level", Level)
async def test_what_is_bad_opens_a_rectification_and_nothing_else_does(level: Level, rate: Rate, look: Look) -> None:
    await rate(level=level)
    listed = (await look("head", LIST)).json()["items"]
    assert len(listed) == (level in {Level.DISSATISFIED, Level.VERY_DISSATISFIED})


async def test_a_bad_rating_goes_the_whole_way_round(
    rate: Rate, step: Step, only: Only, look: Look, database: Database
) -> None:
    rating_id = await rate()
    found = await only()
    await walk(step, found, ASSIGN, CONTACT, FIX, FIXED, ANSWER, CALL, CLOSE)
    whole = (await look("head", f"{LIST}/{found}")).json()
    assert (whole["state"], whole["outcome"], whole["overdue_count"]) == ("CLOSED", "FIXED", 0)
    actions = ["OPEN", "ASSIGN", "CONTACT", "FIX_NOW", "FIXED", "ANSWER", "CALL_BACK", "CLOSE"]
    assert [one["action"] for one in whole["steps"]] == actions
    assert {one["actor"] for one in whole["steps"][1:]} == {"officer-u09"}
    own = (await look("rater", "/api/v1/me/rectifications")).json()["items"]
    assert [(one["rating_id"], one["answer"], one["state"]) for one in own] == [
        (rating_id, "您反映的问题已整改", "CLOSED")
    ]
    types = [type_ for type_, _ in await journalled(database)]
    assert types == ["evaluation.rectification.opened", "evaluation.rectification.concluded"]
    concluded = (await journalled(database))[-1][1]
    assert (concluded["outcome"], concluded["called_back"], concluded["on_time"]) == ("FIXED", True, True)


async def test_the_rated_person_has_neither_the_list_nor_the_thing_nor_a_step_and_is_not_assigned(
    rate: Rate, step: Step, only: Only, look: Look
) -> None:
    await rate()
    found = await only()
    assert (await look("rated", LIST)).json()["items"] == []
    assert (await look("rated", f"{LIST}/{found}")).status == 404
    assert (await step("rated", found, "ASSIGN")).status == 404
    refused = await step("head", found, "ASSIGN", officer="reviewer-1")
    assert (refused.status, refused.json()["code"]) == (403, "officer_was_rated")


async def test_no_answer_to_an_assignment_tells_who_rated(rate: Rate, step: Step, only: Only) -> None:
    await rate()
    found = await only()
    told = []
    for guessed in ("citizen-1", "citizen-2"):
        reply = await step("head", found, "ASSIGN", officer=guessed)
        view = reply.json() | {"steps": [], "officer": "", "version": 0}
        told.append((reply.status, {**view, "version": 0}))
    assert told[0][0] == told[1][0] == 201
    assert told[0] == told[1]


@pytest.mark.parametrize("who", ["other_head", "reviewer"])
async def test_another_unit_has_nothing_of_it(who: str, rate: Rate, step: Step, only: Only, look: Look) -> None:
    await rate()
    found = await only()
    expected = 404 if who == "other_head" else 403
    assert (await look(who, f"{LIST}/{found}")).status == expected
    assert (await step(who, found, "ASSIGN")).status == expected


async def test_the_authority_sees_those_of_all_units_and_may_assign(
    rate: Rate, step: Step, only: Only, look: Look
) -> None:
    await rate()
    await rate(unit="U23", application_id="01900000-0000-7000-8000-00000000000b")
    units = [one["unit"] for one in (await look("authority", LIST)).json()["items"]]
    assert sorted(units) == ["U09", "U23"]
    narrowed = (await look("authority", LIST, unit="U23")).json()["items"]
    assert [one["unit"] for one in narrowed] == ["U23"]
    found = await only()
    assert (await step("authority", found, "ASSIGN")).json()["errors"][0]["pointer"] == "/officer"
    assert (await step("authority", found, "ASSIGN", officer="officer-u09")).status == 201
    assert (await step("authority", found, "CONTACT", reached=True)).status == 403


async def test_the_one_it_is_assigned_to_works_on_it_and_the_head_may_hand_it_over(
    rate: Rate, step: Step, only: Only
) -> None:
    await rate()
    found = await only()
    await step("officer", found, "ASSIGN")
    refused = await step("second", found, "CONTACT", reached=True)
    assert (refused.status, refused.json()["code"]) == (403, "rectification_not_yours")
    assert "被指派的整改人员" in refused.json()["detail"]
    assert (await step("second", found, "ASSIGN")).status == 403
    assert (await step("head", found, "ASSIGN", officer="second-u09")).status == 201
    assert (await step("second", found, "CONTACT", reached=True)).status == 201
    assert (await step("officer", found, "FIX_NOW", words="属实")).status == 403


async def test_a_step_that_the_state_does_not_allow_says_what_can_be_done(rate: Rate, step: Step, only: Only) -> None:
    await rate()
    found = await only()
    refused = await step("head", found, "CLOSE")
    assert (refused.status, refused.json()["code"]) == (409, "rectification_step_not_possible")
    assert refused.json()["detail"] == "现在是“待指派”,不能办理“办结”;可以办理:指派"


@pytest.mark.parametrize(
    ("action", "said", "pointers"),
    [
        ("CONTACT", {}, {"/reached"}),
        ("CONTACT", {"reached": False}, {"/words"}),
        ("FIX_NOW", {}, {"/words"}),
        ("EXPLAIN", {"words": "没有依据"}, {"/basis"}),
        ("ANSWER", {"officer": "somebody", "reached": True}, {"/words", "/officer", "/reached"}),
        ("CLOSE", {"workdays": 3, "basis": "无"}, {"/workdays", "/basis"}),
    ],
)
async def test_a_step_names_what_it_lacks_and_what_it_does_not_take(
    action: str, said: dict[str, Any], pointers: set[str], rate: Rate, step: Step, only: Only
) -> None:
    await rate()
    refused = await step("head", await only(), action, **said)
    assert (refused.status, refused.json()["code"]) == (422, "rectification_step_unfit")
    assert {one["pointer"] for one in refused.json()["errors"]} == pointers


async def test_each_clock_runs_in_working_time_and_what_runs_out_is_marked_counted_told_and_first_in_the_list(
    rate: Rate, step: Step, passes: Pass, look: Look, database: Database
) -> None:
    await rate(application_id="01900000-0000-7000-8000-00000000000b")
    await passes(at(2, 11))
    await rate()
    listed = (await look("head", LIST)).json()["items"]
    assert [one["due_at"] for one in listed] == ["2026-03-02T07:00:00Z", "2026-03-02T08:00:00Z"]
    first, second = (one["rectification_id"] for one in listed)
    await step("officer", first, "ASSIGN")
    await passes(at(2, 15, 59))
    near = (await look("head", f"{LIST}/{second}")).json()
    assert (near["is_overdue"], [one["action"] for one in near["steps"]]) == (False, ["OPEN", "WARNED"])
    await passes(at(2, 16))
    listed = (await look("head", LIST)).json()["items"]
    assert [(one["rectification_id"], one["is_overdue"]) for one in listed] == [(second, True), (first, False)]
    overdue = (await look("head", LIST, overdue="true")).json()["items"]
    assert [one["rectification_id"] for one in overdue] == [second]
    (event,) = [one for one in await appended(database) if one["type"] == "evaluation.rectification.overdue"]
    assert event["data"] == {
        "rectification_id": second,
        "unit": "U09",
        "clock": "assign",
        "due_at": "2026-03-02T08:00:00Z",
    }
    assert [data["clock"] for type_, data in await journalled(database) if type_.endswith("overdue")] == ["assign"]
    await step("officer", second, "ASSIGN")
    again = (await look("head", f"{LIST}/{second}")).json()
    assert (again["is_overdue"], again["overdue_count"], again["clock"]) == (False, 1, "contact")
    await passes(at(3, 17))
    assert {one["is_overdue"] for one in (await look("head", LIST)).json()["items"]} == {True}


async def test_the_ledger_has_a_deadline_of_its_own_and_at_most_the_citys(
    rate: Rate, step: Step, only: Only, look: Look
) -> None:
    await rate()
    found = await only()
    await walk(step, found, ASSIGN, CONTACT)
    late = await step("officer", found, "LEDGER", words="须改系统", workdays=16)
    assert late.json()["errors"][0]["detail"] == "台账期限最长 15 个工作日"
    await walk(step, found, ("LEDGER", {"words": "须改系统", "workdays": 10}))
    whole = (await look("head", f"{LIST}/{found}")).json()
    assert (whole["clock"], whole["due_at"]) == ("ledger", "2026-03-16T09:00:00Z")
    assert whole["derivation"][-1]["last"] == "2026-03-16"
    await walk(step, found, FIXED, ANSWER)


async def test_one_who_wants_a_call_is_called_before_the_end_or_tried_on_three_days(
    rate: Rate, step: Step, only: Only, passes: Pass
) -> None:
    await rate()
    found = await only()
    await walk(step, found, ASSIGN, CONTACT, FIX, FIXED, ANSWER)
    refused = await step("officer", found, "CLOSE")
    assert (refused.status, refused.json()["code"]) == (409, "call_back_first")
    for day in (3, 3, 4):
        await passes(at(day, 10))
        await walk(step, found, ("CALL_BACK", {"reached": False, "words": "无人接听"}))
    assert (await step("officer", found, "CLOSE")).status == 409
    await passes(at(5, 10))
    await walk(step, found, ("CALL_BACK", {"reached": False, "words": "无人接听"}), CLOSE)


async def test_one_who_wants_no_call_is_answered_in_writing_and_reads_what_she_is_asked(
    rate: Rate, step: Step, only: Only, look: Look
) -> None:
    await rate(wants_call=None)
    found = await only()
    await walk(step, found, ASSIGN, ("CONTACT", {"reached": False, "words": "请说明是哪一天"}))
    explained = ("EXPLAIN", {"words": "所提材料为法定材料", "basis": "户口登记条例第七条"})
    await walk(step, found, explained, ANSWER)
    refused = await step("officer", found, "CALL_BACK", reached=True)
    assert (refused.status, refused.json()["code"]) == (409, "call_not_wanted")
    await walk(step, found, CLOSE)
    (own,) = (await look("rater", "/api/v1/me/rectifications")).json()["items"]
    assert [one["words"] for one in own["steps"] if one["words"]] == [
        "请说明是哪一天",
        "所提材料为法定材料\n依据:户口登记条例第七条",
        "您反映的问题已整改",
    ]
    assert (await look("other_rater", "/api/v1/me/rectifications")).json()["items"] == []


async def test_a_second_bad_rating_reopens_it_once_for_the_head(
    rate: Rate, step: Step, only: Only, look: Look, database: Database
) -> None:
    await rate(wants_call=False)
    found = await only()
    await walk(step, found, ASSIGN, CONTACT, FIX, FIXED, ANSWER, CLOSE)
    await rate(number=2)
    whole = (await look("head", f"{LIST}/{found}")).json()
    assert (whole["state"], whole["round"], whole["officer"], whole["clock"]) == ("OPENED", 2, None, "assign")
    assert (await step("officer", found, "ASSIGN")).status == 403
    assert (await step("head", found, "ASSIGN", officer="second-u09")).status == 201
    await rate(number=2)
    whole = (await look("head", f"{LIST}/{found}")).json()
    assert (whole["state"], whole["steps"][-1]["action"]) == ("ASSIGNED", "RATED_AGAIN")
    opened = [data["round"] for type_, data in await journalled(database) if type_.endswith("opened")]
    assert opened == [1, 2]


async def test_who_wants_a_call_with_the_second_bad_rating_alone_is_called_back(
    rate: Rate, step: Step, only: Only, database: Database
) -> None:
    await rate(wants_call=False)
    found = await only()
    await walk(step, found, ASSIGN, CONTACT, FIX, FIXED, ANSWER, CLOSE)
    await rate(number=2, wants_call=True)
    assert (await step("head", found, "ASSIGN", officer="officer-u09")).status == 201
    await walk(step, found, CONTACT, FIX, FIXED, ANSWER)
    refused = await step("officer", found, "CLOSE")
    assert (refused.status, refused.json()["code"]) == (409, "call_back_first")
    await walk(step, found, ("CALL_BACK", {"reached": True}), CLOSE)
    told = [data for type_, data in await journalled(database) if type_.endswith(("opened", "concluded"))]
    assert [(data["round"], data["is_named"]) for data in told] == [(1, False), (1, False), (2, True), (2, True)]


async def test_what_was_late_in_the_first_round_is_not_held_against_the_second(
    rate: Rate, step: Step, only: Only, passes: Pass, database: Database
) -> None:
    await rate(wants_call=False)
    found = await only()
    await passes(at(3, 17))
    await walk(step, found, ASSIGN, CONTACT, FIX, FIXED, ANSWER, CLOSE)
    await rate(number=2, wants_call=False)
    assert (await step("head", found, "ASSIGN", officer="officer-u09")).status == 201
    await walk(step, found, CONTACT, FIX, FIXED, ANSWER, CLOSE)
    told = [data["on_time"] for type_, data in await journalled(database) if type_.endswith("concluded")]
    assert told == [False, True]


async def test_a_second_rating_that_is_good_is_noted_and_reopens_nothing(
    rate: Rate, step: Step, only: Only, look: Look
) -> None:
    await rate(wants_call=False)
    found = await only()
    await walk(step, found, ASSIGN, CONTACT, FIX, FIXED, ANSWER, CLOSE)
    await rate(number=2, level=Level.SATISFIED)
    whole = (await look("head", f"{LIST}/{found}")).json()
    assert (whole["state"], whole["steps"][-1]["action"]) == ("CLOSED", "RATED_AGAIN")


async def test_a_second_rating_that_is_bad_after_a_good_one_opens_the_loop(rate: Rate, only: Only) -> None:
    await rate(level=Level.SATISFIED)
    await rate(number=2)
    await only()


async def test_neither_minutes_nor_ids_nor_lists_tell_when_or_who(
    rate: Rate, only: Only, look: Look, passes: Pass
) -> None:
    await passes(at(2, 10, 7))
    rating_id = await rate()
    found = await only()
    whole = await look("head", f"{LIST}/{found}")
    text = str(whole.json())
    assert "citizen-1" not in text
    assert rating_id not in text
    assert {whole.json()["opened_at"], whole.json()["steps"][0]["at"]} == {"2026-03-02T03:00:00Z"}
    assert not found.startswith("019")


async def test_looks_are_on_record_and_so_is_each_step(
    rate: Rate, step: Step, only: Only, look: Look, database: Database
) -> None:
    await rate()
    found = await only()
    await look("head", f"{LIST}/{found}")
    await step("head", found, "ASSIGN", officer="officer-u09")
    actions = [(row.action, row.actor) for row in await audited(database)]
    assert actions == [
        ("rectification.open", "evaluation"),
        ("rectifications.listed", "head-u09"),
        ("rectification.shown", "head-u09"),
        ("rectification.assign", "head-u09"),
    ]


async def test_what_was_done_is_public_without_names_once_a_unit_has_enough(
    rate: Rate, step: Step, look: Look, database: Database
) -> None:
    public = "/api/v1/published-rectifications"
    for number in range(5):
        assert (await look("", public)).json()["items"] == []
        await rate(application_id=f"01900000-0000-7000-8000-0000000001{number:02d}", wants_call=False)
        listed = (await look("head", LIST, state="OPENED")).json()["items"]
        await walk(step, listed[0]["rectification_id"], ASSIGN, CONTACT, FIX, FIXED, ANSWER, CLOSE)
    items = (await look("", public)).json()["items"]
    assert len(items) == 5
    assert {tuple(sorted(one)) for one in items} == {
        ("done", "matter_name", "month", "outcome", "publication_id", "tags", "unit", "unit_name")
    }
    assert {one["month"] for one in items} == {"2026-03"}
    assert [one["unit"] for one in (await look("", public, unit="U23", limit="2")).json()["items"]] == []
    page = (await look("", public, limit="3")).json()
    rest = (await look("", public, limit="3", after=page["next"])).json()
    assert len({one["publication_id"] for one in page["items"] + rest["items"]}) == 5


async def test_words_are_kept_sealed(rate: Rate, step: Step, only: Only, database: Database) -> None:
    await rate()
    await walk(step, await only(), ASSIGN, CONTACT, FIX, FIXED, ANSWER)
    tables = (store.metadata.tables["rectification"], store.metadata.tables["rectification_step"])
    async with database.reading() as connection:
        kept = [str(dict(row)) for table in tables for row in (await connection.execute(sa.select(table))).mappings()]
    assert not [one for one in kept if "已" in one]


@pytest.mark.parametrize("path", ["rectifications", "rating-appeals", "me/rectifications", "published-rectifications"])
async def test_a_cursor_that_no_page_gave_is_refused(path: str, look: Look) -> None:
    who = {"rating-appeals": "reviewer", "me/rectifications": "rater", "published-rectifications": ""}.get(path, "head")
    for cursor in ("WzFd", "Wzk5LCAiMjAyNiIsICJ4Il0", "WyIyMDI2LTAzIiwgIngiXQ"):
        assert (await look(who, f"/api/v1/{path}", after=cursor)).status == 422
