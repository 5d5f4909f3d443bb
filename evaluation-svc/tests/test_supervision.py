"""Lights and supervision: by working time, once, with figures, answered in time or escalated."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.service import Service
from chassis.testing.builders import ManualClock, staff
from chassis.testing.client import Client, appended, audited, deliver
from evaluation_svc import app, store
from evaluation_svc.events import NoticeSealed, read
from evaluation_svc.handlers import Evaluation, load_evaluation, timer_page
from evaluation_svc.handlers.counting import count_page

Tell = Callable[..., Awaitable[None]]
MOMENT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DUE = datetime(2026, 3, 5, 9, tzinfo=UTC)
"""Thursday 17:00 in Zhengzhou, when the task of the fixtures is due."""
SCOPES = frozenset({"evaluation:read", "evaluation:manage", "supervision:answer"})
LISTED, LIGHTS, LETTERS = "/api/v1/supervisions", "/api/v1/lights", "/api/v1/evaluation-letters"
DOCUMENT = "01900000-0000-7000-8000-0000000000d1"
TERM = {"unit": "WORKDAY", "warn": 1, "source": "s", "status": "proposed"}


def rule(name: str, light: str, after: int) -> dict[str, Any]:
    return {
        "rule": name,
        "name": "环节超过承诺时限未办结",
        "light": light,
        "after_workdays": after,
        "source": "s",
        "status": "proposed",
    }


def rules(after: int = 0) -> dict[str, Any]:
    return {
        "status": "proposed",
        "source": "s",
        "first_answer": {**TERM, "amount": 5},
        "answer": {**TERM, "amount": 3},
        "rules": [rule("task_overdue", "RED", after), rule("first_answer_overdue", "PURPLE", after)],
    }


def person(subject: str, unit: str, role: str) -> Principal:
    return staff(subject, unit=unit, roles=frozenset({role}), scopes=SCOPES)


OFFICER = person("officer-1", "ZWB", "evaluation_officer")
RECTIFIER = person("rectifier-1", "U09", "rectification_officer")
HEAD = person("head-1", "U09", "unit_head")
STRANGER = person("head-2", "U23", "unit_head")


async def load(database: Database, after: int = 0) -> None:
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"supervision": rules(after)})


@pytest.fixture
async def ruled(database: Database, calendar: None) -> None:
    """Have the city's rules of supervision, and its calendar."""
    await load(database)


@pytest.fixture
def tick(evaluation: Evaluation, clock: ManualClock) -> Callable[[datetime], Awaitable[None]]:
    """Set the clock and let it do all that time has brought."""

    async def at(moment: datetime) -> None:
        clock.set(moment)
        while await timer_page(evaluation, app.CLOCKS):
            pass

    return at


async def turn_red(tell: Tell, **said: Any) -> None:
    """Have a unit's task that workflow told to be overdue."""
    await tell(read.ApplicationSubmitted, tasks=[], **said)
    await tell(read.ApplicationAccepted, tasks=[], **said)
    await tell(read.TaskOpened, **said)
    over = {"kind": "promised", "due_at": DUE, "overdue_at": DUE, "working_minutes_over": 0}
    await tell(read.DeadlineOverdue, **over, **said)


async def journalled(database: Database) -> list[str]:
    async with database.reading() as connection:
        query = sa.select(store.journal.c.type).where(store.journal.c.type.like("evaluation.%"))
        rows = await connection.execute(query.order_by(store.journal.c.received_at, store.journal.c.entry_id))
        return [row.type for row in rows if not row.type.startswith("evaluation.invitation")]


async def all_of(api: Client, by: Principal, **query: str) -> list[dict[str, Any]]:
    reply = await api.get(LISTED, by=by, query=query)
    assert reply.status == 200
    found: list[dict[str, Any]] = reply.json()["items"]
    return found


@pytest.fixture
async def sent(ruled: None, api: Client, service: Service, tell: Tell, clock: ManualClock) -> str:
    """Have a supervision that was approved, sealed and sent an hour after its task turned red; give its id."""
    clock.set(DUE + timedelta(hours=17))
    await turn_red(tell)
    (one,) = await all_of(api, OFFICER)
    letter = f"{LETTERS}/{one['letter_id']}"
    assert (await api.post(f"{letter}/approvals", by=OFFICER, body={"version": 1}, key="a")).status == 201
    sealed = NoticeSealed(
        document_id=DOCUMENT,
        letter_id=one["letter_id"],
        number="郑政务评字〔2026〕1号",
        sha256="a" * 64,
        sealed_at=clock.now(),
    )
    await deliver(service, sealed, subject=DOCUMENT, version=1)
    return str(one["supervision_id"])


async def test_a_red_light_drafts_one_letter_that_says_which_task_due_when_and_how_long_over(
    ruled: None, api: Client, tell: Tell, clock: ManualClock, database: Database, service: Service
) -> None:
    matter = {"matter_code": "newborn", "matter_version": 1, "name": "新生儿出生", "lead_unit": "U23", "tasks": []}
    await deliver(service, read.MatterPublished(**matter), subject="newborn", version=1)
    clock.set(datetime(2026, 3, 9, 2, 30, tzinfo=UTC))  # Monday 10:30: Friday's seven hours and one and a half
    await turn_red(tell)
    (one,) = await all_of(api, OFFICER)
    assert (one["state"], one["light"], one["rule"], one["unit"]) == ("DRAFTED", "RED", "task_overdue", "U09")
    letter = (await api.get(f"{LETTERS}/{one['letter_id']}", by=OFFICER)).json()
    assert letter["title"] == "关于“出生登记”超过承诺时限的督办函"
    said, number, asked, by_rule = letter["paragraphs"]
    assert said == (
        "你单位承办的“新生儿出生”中的“出生登记”,承诺于2026年3月5日17时00分前办结;"
        "至2026年3月9日10时30分尚未办结,已逾期1个工作日又1小时又30分钟。"
    )
    assert number == "办件编号:410100U232026030220000019"
    assert "3个工作日内" in asked
    assert "task_overdue" in by_rule
    assert "citizen-1" not in str(letter)
    assert one["is_done"] is False
    await tell(read.TaskDecided)
    assert [done["is_done"] for done in await all_of(api, OFFICER)] == [True]
    assert await all_of(api, RECTIFIER) == [], "what was not sent is not the unit's to see"


async def test_a_case_has_one_supervision_with_a_unit(ruled: None, api: Client, tell: Tell, clock: ManualClock) -> None:
    clock.set(DUE)
    await turn_red(tell)
    other = {"task_id": "01900000-0000-7000-8000-0000000000dd", "task_key": "second"}
    await tell(read.TaskOpened, **other)
    over = {"kind": "promised", "due_at": DUE, "overdue_at": DUE, "working_minutes_over": 0}
    await tell(read.DeadlineOverdue, **over, **other)
    assert len(await all_of(api, OFFICER)) == 1
    assert len((await api.get(LETTERS, by=OFFICER)).json()["items"]) == 1


async def test_what_the_law_s_time_says_drafts_nothing(
    ruled: None, api: Client, tell: Tell, clock: ManualClock
) -> None:
    clock.set(DUE)
    await tell(read.TaskOpened)
    over = {"kind": "statutory", "due_at": DUE, "overdue_at": DUE, "working_minutes_over": 0}
    await tell(read.DeadlineOverdue, **over)
    assert await all_of(api, OFFICER) == []


async def test_a_city_without_rules_has_lights_and_no_letters(
    calendar: None, api: Client, tell: Tell, clock: ManualClock
) -> None:
    clock.set(DUE)
    await turn_red(tell)
    assert await all_of(api, OFFICER) == []
    assert (await api.get(LIGHTS, by=OFFICER)).json()["city"]["red"] == 1


async def test_a_rule_that_waits_counts_working_days_and_passes_by_what_was_decided(
    database: Database, calendar: None, api: Client, tell: Tell, clock: ManualClock, tick: Any
) -> None:
    await load(database, after=2)
    clock.set(DUE)
    await turn_red(tell)
    other = {
        "application_id": "01900000-0000-7000-8000-0000000000aa",
        "case_id": "01900000-0000-7000-8000-0000000000cc",
    }
    await turn_red(tell, **other, task_id="01900000-0000-7000-8000-0000000000dd")
    await tick(datetime(2026, 3, 9, 8, 59, tzinfo=UTC))
    assert await all_of(api, OFFICER) == [], "Thursday and two working days are over on Monday evening"
    await tell(read.TaskDecided, **other, task_id="01900000-0000-7000-8000-0000000000dd")
    await tick(datetime(2026, 3, 9, 9, tzinfo=UTC))
    assert [one["application_id"] for one in await all_of(api, OFFICER)] == ["01900000-0000-7000-8000-00000000000a"]


async def test_a_task_that_was_decided_just_before_its_red_light_arrives_gives_no_letter(
    ruled: None, api: Client, tell: Tell, clock: ManualClock
) -> None:
    clock.set(DUE)
    await tell(read.TaskOpened)
    await tell(read.TaskDecided)
    over = {"kind": "promised", "due_at": DUE, "overdue_at": DUE, "working_minutes_over": 0}
    await tell(read.DeadlineOverdue, **over)
    assert await all_of(api, OFFICER) == []
    assert (await api.get(LIGHTS, by=OFFICER)).json()["city"]["red"] == 0


@pytest.mark.parametrize(
    ("submitted", "over"),
    [
        (MOMENT, datetime(2026, 3, 9, 9, tzinfo=UTC)),
        (datetime(2026, 4, 2, 2, tzinfo=UTC), datetime(2026, 4, 10, 9, tzinfo=UTC)),
        (datetime(2026, 4, 30, 2, tzinfo=UTC), datetime(2026, 5, 11, 9, tzinfo=UTC)),
    ],
    ids=["a week", "over 清明", "over 劳动节 with a make-up Saturday"],
)
async def test_a_first_answer_is_overdue_by_working_days_never_early_and_once(
    submitted: datetime,
    over: datetime,
    ruled: None,
    api: Client,
    tell: Tell,
    clock: ManualClock,
    tick: Any,
    database: Database,
) -> None:
    clock.set(submitted)
    await tell(read.ApplicationSubmitted, tasks=[], submitted_at=submitted)
    await tick(over - timedelta(seconds=1))
    assert (await api.get(LIGHTS, by=OFFICER)).json()["city"]["purple"] == 0
    for _ in range(2):
        await tick(over)
    shown = (await api.get(LIGHTS, by=OFFICER)).json()
    assert [(one["unit"], one["purple"]) for one in shown["units"]] == [("U09", 1)]
    assert await journalled(database) == ["evaluation.first_answer.overdue"]
    (one,) = (await api.get(f"{LIGHTS}/tasks", by=OFFICER, query={"light": "PURPLE"})).json()["items"]
    assert datetime.fromisoformat(one["due_at"]) == over
    (letter,) = (await api.get(LETTERS, by=OFFICER)).json()["items"]
    assert letter["title"] == "关于逾期未答复是否受理的督办函"
    await tell(read.ApplicationAccepted, tasks=[])
    assert (await api.get(LIGHTS, by=OFFICER)).json()["city"]["purple"] == 0


async def test_an_application_accepted_in_time_is_never_purple(
    ruled: None, api: Client, tell: Tell, tick: Any, database: Database
) -> None:
    await tell(read.ApplicationSubmitted, tasks=[])
    await tell(read.ApplicationAccepted, tasks=[])
    await tick(datetime(2026, 3, 20, 9, tzinfo=UTC))
    assert await journalled(database) == []


async def test_a_late_reader_waits_a_while_for_the_answer_that_was_given_in_time(
    ruled: None, api: Client, tell: Tell, clock: ManualClock, tick: Any, database: Database
) -> None:
    clock.set(datetime(2026, 3, 20, 2, tzinfo=UTC))
    await tell(read.ApplicationSubmitted, tasks=[])
    await tick(datetime(2026, 3, 20, 2, 59, tzinfo=UTC))
    assert await journalled(database) == []
    await tell(read.ApplicationAccepted, tasks=[])
    await tick(datetime(2026, 3, 20, 4, tzinfo=UTC))
    assert await journalled(database) == []
    await tell(read.ApplicationSubmitted, tasks=[], application_id="01900000-0000-7000-8000-0000000000aa")
    await tick(datetime(2026, 3, 20, 6, 59, tzinfo=UTC))
    assert await journalled(database) == ["evaluation.first_answer.overdue"]
    (one,) = (await api.get(f"{LIGHTS}/tasks", by=OFFICER, query={"light": "PURPLE"})).json()["items"]
    assert datetime.fromisoformat(one["due_at"]) == datetime(2026, 3, 9, 9, tzinfo=UTC), "the law's, not the reader's"


async def test_what_turned_in_a_month_is_counted_from_the_journal(
    ruled: None, api: Client, evaluation: Evaluation, tell: Tell, clock: ManualClock, tick: Any
) -> None:
    await tell(read.ApplicationSubmitted, tasks=[], application_id="01900000-0000-7000-8000-0000000000aa")
    await tick(datetime(2026, 3, 9, 9, tzinfo=UTC))
    await turn_red(tell)
    while await count_page(evaluation):
        pass
    (unit,) = (await api.get(LIGHTS, by=OFFICER, query={"month": "2026-03"})).json()["units"]
    assert (unit["unit"], unit["turned_red"], unit["turned_purple"]) == ("U09", 1, 1)
    before = (await api.get(LIGHTS, by=OFFICER, query={"month": "2026-02"})).json()["city"]
    assert (before["turned_red"], before["turned_purple"], before["red"]) == (0, 0, 1)
    assert (await api.get(LIGHTS, by=OFFICER, query={"month": "2026-13"})).status == 422


async def test_two_processes_light_purple_once(
    ruled: None, evaluation: Evaluation, tell: Tell, clock: ManualClock, database: Database
) -> None:
    await tell(read.ApplicationSubmitted, tasks=[])
    clock.set(datetime(2026, 3, 9, 9, tzinfo=UTC))
    await asyncio.gather(*(timer_page(evaluation, app.CLOCKS) for _ in range(2)))
    assert await journalled(database) == ["evaluation.first_answer.overdue"]
    async with database.reading() as connection:
        assert len(list(await connection.execute(sa.select(store.supervisions)))) == 1


async def test_lights_are_counted_by_unit_and_each_unit_sees_its_own(
    ruled: None, api: Client, tell: Tell, clock: ManualClock
) -> None:
    clock.set(DUE)
    near = {"kind": "promised", "due_at": DUE, "warned_at": DUE, "working_minutes_left": 60}
    for number, unit, light in ((1, "U09", ""), (2, "U09", "near"), (3, "U09", "over"), (4, "U23", "")):
        end = f"{number:012d}"
        of = {
            "application_id": f"01900000-0000-7000-8000-{end}",
            "case_id": f"01900000-0000-7000-8001-{end}",
            "task_id": f"01900000-0000-7000-8002-{end}",
            "unit": unit,
        }
        await tell(read.TaskOpened, **of)
        if light:
            await tell(read.DeadlineWarned, **near, **of)
        if light == "over":
            over = {"kind": "promised", "due_at": DUE, "overdue_at": DUE, "working_minutes_over": 0}
            await tell(read.DeadlineOverdue, **over, **of)
    shown = (await api.get(LIGHTS, by=OFFICER)).json()
    counted = [(one["unit"], one["green"], one["yellow"], one["red"]) for one in shown["units"]]
    assert counted == [("U09", 1, 1, 1), ("U23", 1, 0, 0)]
    assert shown["city"]["green"] == 2
    theirs = (await api.get(LIGHTS, by=STRANGER)).json()
    assert [(one["unit"], one["green"]) for one in theirs["units"]] == [("U23", 1)]
    for light, by, expected in (("YELLOW", HEAD, 1), ("RED", HEAD, 1), ("RED", STRANGER, 0), ("GREEN", OFFICER, 2)):
        listed = (await api.get(f"{LIGHTS}/tasks", by=by, query={"light": light})).json()["items"]
        assert len(listed) == expected
    asked = (await api.get(f"{LIGHTS}/tasks", by=STRANGER, query={"light": "RED", "unit": "U09"})).json()["items"]
    assert asked == []
    first = (await api.get(f"{LIGHTS}/tasks", by=OFFICER, query={"light": "GREEN", "limit": 1})).json()
    query = {"light": "GREEN", "limit": 1, "after": first["next"]}
    rest = (await api.get(f"{LIGHTS}/tasks", by=OFFICER, query=query)).json()
    assert len({one["subject"] for one in first["items"] + rest["items"]}) == 2


async def test_a_sent_supervision_bears_the_letter_s_number_and_its_unit_answers_it(
    sent: str, api: Client, database: Database
) -> None:
    (one,) = await all_of(api, RECTIFIER)
    assert (one["state"], one["number"], one["authority"]) == ("SENT", "郑政务评字〔2026〕1号", "ZWB")
    assert datetime.fromisoformat(one["due_at"]) == datetime(2026, 3, 11, 9, tzinfo=UTC)
    place = f"{LISTED}/{sent}"
    assert (await api.get(place, by=STRANGER)).status == 404
    refused = await api.post(f"{place}/answers", by=STRANGER, body={"words": "不是我"}, key="a")
    assert (refused.status, refused.json()["code"]) == (404, "supervision_not_found")
    answered = await api.post(f"{place}/answers", by=RECTIFIER, body={"words": "已办结。"}, key="b")
    assert (answered.status, answered.json()["state"], answered.json()["due_at"]) == (201, "ANSWERED", None)
    again = await api.post(f"{place}/answers", by=RECTIFIER, body={"words": "再答"}, key="c")
    assert (again.status, again.json()["code"]) == (409, "supervision_state_wrong")
    back = await api.post(f"{place}/conclusions", by=OFFICER, body={"action": "SEND_BACK", "words": "请补充"}, key="d")
    assert (back.json()["state"], back.json()["due_at"] is not None) == ("SENT", True)
    await api.post(f"{place}/answers", by=HEAD, body={"words": "补充如下。"}, key="e")
    closed = await api.post(f"{place}/conclusions", by=OFFICER, body={"action": "CLOSE", "words": "可行。"}, key="f")
    assert (closed.json()["state"], closed.json()["result"]) == ("CLOSED", "可行。")
    steps = [(step["number"], step["action"]) for step in (await api.get(place, by=HEAD)).json()["steps"]]
    actions = ["DRAFT", "SEND", "ANSWER", "SEND_BACK", "ANSWER", "CLOSE"]
    assert steps == list(enumerate(actions, 1))
    assert await journalled(database) == [f"evaluation.supervision.{step}" for step in ("sent", "answered", "closed")]
    assert "supervision.read" in [row.action for row in await audited(database)]
    async with database.reading() as connection:
        words = [row.words for row in await connection.execute(sa.select(store.supervision_steps)) if row.words]
    assert len(words) == 4
    assert all(word.startswith("test.") for word in words), "what people wrote is kept sealed"


async def test_an_unanswered_supervision_warns_then_goes_to_the_head_who_finds_it_first_and_alone_answers(
    sent: str, api: Client, tick: Any, database: Database
) -> None:
    over = datetime(2026, 3, 11, 9, tzinfo=UTC)
    await tick(over - timedelta(seconds=1))
    (one,) = await all_of(api, HEAD)
    assert (one["state"], one["warned_at"] is not None) == ("SENT", True)
    for _ in range(2):
        await tick(over)
    (one,) = await all_of(api, HEAD, state="ESCALATED")
    assert one["escalated_at"] is not None
    (told,) = await appended(database, "evaluation.supervision.escalated")
    assert (told["data"]["unit"], told["data"]["number"]) == ("U09", "郑政务评字〔2026〕1号")
    place = f"{LISTED}/{sent}/answers"
    refused = await api.post(place, by=RECTIFIER, body={"words": "答复"}, key="a")
    assert (refused.status, refused.json()["code"]) == (403, "head_answers")
    assert (await api.post(place, by=HEAD, body={"words": "答复"}, key="b")).json()["state"] == "ANSWERED"
    assert "evaluation.supervision.escalated" in await journalled(database)


async def test_one_that_is_escalated_again_after_it_was_sent_back_is_told_as_the_next_event_of_it(
    sent: str, api: Client, tick: Any, database: Database
) -> None:
    place = f"{LISTED}/{sent}"
    await tick(datetime(2026, 3, 11, 9, tzinfo=UTC))
    assert (await api.post(f"{place}/answers", by=HEAD, body={"words": "答复"}, key="a")).status == 201
    back = await api.post(f"{place}/conclusions", by=OFFICER, body={"action": "SEND_BACK", "words": "请补充"}, key="b")
    assert back.json()["state"] == "SENT"
    await tick(datetime(2026, 3, 31, 9, tzinfo=UTC))
    told = await appended(database, "evaluation.supervision.escalated")
    assert [one["aggregateversion"] for one in told] == [1, 2]


async def test_of_two_who_answer_at_once_one_does(sent: str, api: Client) -> None:
    place = f"{LISTED}/{sent}/answers"
    replies = await asyncio.gather(
        *(api.post(place, by=by, body={"words": "答复"}, key=by.subject) for by in (RECTIFIER, HEAD))
    )
    assert sorted(reply.status for reply in replies) == [201, 409]


async def test_a_withdrawn_letter_cancels_its_supervision(
    ruled: None, api: Client, tell: Tell, clock: ManualClock
) -> None:
    clock.set(DUE)
    await turn_red(tell)
    (one,) = await all_of(api, OFFICER)
    gone = f"{LETTERS}/{one['letter_id']}/withdrawals"
    assert (await api.post(gone, by=OFFICER, body={"reason": "已办结"}, key="a")).status == 201
    assert [one["state"] for one in await all_of(api, OFFICER)] == ["CANCELLED"]


async def test_only_the_authority_closes(sent: str, api: Client) -> None:
    place, body = f"{LISTED}/{sent}/conclusions", {"action": "CLOSE", "words": "完"}
    assert (await api.post(place, by=HEAD, body=body, key="a")).status == 403
    elsewhere = person("o", "U09", "evaluation_officer")
    assert (await api.post(place, by=elsewhere, body=body, key="b")).json()["code"] == "not_authority"


@pytest.mark.parametrize("month", ["0000-01", "1999-12", "2100-01", "2026-13", "2026-Q1"])
async def test_a_month_that_no_figure_has_is_refused(month: str, api: Client) -> None:
    assert (await api.get(LIGHTS, by=OFFICER, query={"month": month})).status == 422
