"""Whatever people and time do to requests, in whatever order: what is stored is what the steps lead to."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import combinations_with_replacement, count
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.builders import MONDAY_MORNING, ManualClock, manager, steward
from chassis.testing.client import Client, appended
from datashare_svc.domain.grants import STANDING, UNDECIDED, GrantStep, RequestState, fold
from datashare_svc.domain.model import Purpose
from datashare_svc.handlers import Datashare, tend_page
from datashare_svc.store import granted, request_steps, request_timers, requested
from datashare_svc.store.grants import find_grant
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Ask = Callable[..., Awaitable[str]]
HEALTH, POLICE = steward(unit="U23"), steward("police-1", unit="U09")
WHY = {"reason": "与办理事项无关", "basis": "个人信息保护法第六条"}
REFUSED = [{"field": name, **WHY} for name in ("name", "residence_address")]
ACTS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "check": (POLICE, "grant-requests/{}/checks", {"is_complete": True}),
    "return": (POLICE, "grant-requests/{}/checks", {"is_complete": False, "reason": "缺原文"}),
    "supplement": (HEALTH, "grant-requests/{}/supplements", {"text": "原文"}),
    "grant": (POLICE, "grant-requests/{}/decisions", {"granted": ["name", "residence_address"]}),
    "part": (POLICE, "grant-requests/{}/decisions", {"granted": ["name"], "refused": REFUSED[1:]}),
    "refuse": (POLICE, "grant-requests/{}/decisions", {"refused": REFUSED}),
    "in stead": (manager(), "grant-requests/{}/decisions", {"granted": ["name"], "refused": REFUSED[1:]}),
    "take back": (HEALTH, "grant-requests/{}/withdrawals", {"reason": "不再需要"}),
    "withdraw": (POLICE, "grants/{}/withdrawals", {"reason": "用途超出"}),
}
HOURS = st.sampled_from([1, 30, 24 * 20, 24 * 130])
DONE = st.lists(st.sampled_from(sorted(ACTS)) | HOURS, min_size=1, max_size=8)


@pytest.mark.usefixtures("shared")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DONE, min_size=2, max_size=3))
async def test_the_stored_state_is_what_the_steps_lead_to(
    database: Database,
    datashare: Datashare,
    clock: ManualClock,
    api: Client,
    calendar: Callable[..., Awaitable[None]],
    ask: Ask,
    histories: Sequence[Sequence[str | int]],
) -> None:
    clock.set(MONDAY_MORNING)
    await calendar()
    keys = count(1)
    made = [await ask(until="2026-06-30") for _ in histories]

    async def act(request_id: str, what: str) -> Reply:
        by, path, body = ACTS[what]
        return await api.post(f"/api/v1/{path.format(request_id)}", by=by, body=body, key=f"{request_id}{next(keys)}")

    for number in range(max(map(len, histories))):
        now = [(one, acts[number]) for one, acts in zip(made, histories, strict=True) if number < len(acts)]
        replies = await asyncio.gather(*(act(one, what) for one, what in now if isinstance(what, str)))
        assert {reply.status for reply in replies} <= {201, 403, 404, 409, 422}
        clock.advance(hours=sum(what for _, what in now if isinstance(what, int)))
        await asyncio.gather(tend_page(datashare), tend_page(datashare))
    for request_id in made:
        await hold(database, request_id, clock)


@pytest.mark.usefixtures("shared")
async def test_any_two_steps_at_once_leave_one_history(
    database: Database, clock: ManualClock, api: Client, calendar: Callable[..., Awaitable[None]], ask: Ask
) -> None:
    await calendar()
    keys = count(1)

    async def act(request_id: str, what: str) -> int:
        by, path, body = ACTS[what]
        reply = await api.post(f"/api/v1/{path.format(request_id)}", by=by, body=body, key=f"k{next(keys)}")
        return reply.status

    made: list[str] = []
    for before in ([], ["return"], ["check"], ["part"]):
        for pair in combinations_with_replacement(sorted(ACTS), 2):
            request_id = await ask()
            made.append(request_id)
            assert [await act(request_id, what) for what in before] == [201] * len(before)
            statuses = await asyncio.gather(*(act(request_id, what) for what in pair))
            assert set(statuses) <= {201, 403, 404, 409}
    for request_id in made:
        await hold(database, request_id, clock)


async def hold(database: Database, request_id: str, clock: ManualClock) -> None:
    """Hold a request's row, steps, events, clocks and grant against each other."""
    async with database.reading() as connection:

        async def rows(table: sa.Table, name: str = "request_id") -> list[Any]:
            return list(await connection.execute(sa.select(table).where(table.c[name] == request_id)))

        ((row,), steps, timers, grants) = (
            await rows(requested),
            await rows(request_steps),
            await rows(request_timers),
            await rows(granted, "grant_id"),
        )
        found = await find_grant(
            connection,
            resource="population_register",
            matter_code="newborn",
            item="",
            unit="U23",
            purpose=Purpose.PREFILL,
            now=clock.now(),
        )
    state = RequestState(row.state)
    ordered = sorted(steps, key=lambda one: one.number)
    assert fold([GrantStep(one.step) for one in ordered]) is state
    assert [one.number for one in ordered] == list(range(1, row.version + 1))
    told = [one for one in await appended(database) if one["subject"] == request_id]
    assert [one["aggregateversion"] for one in told] == list(range(1, row.version + 1))
    assert told[-1]["data"]["state"] == state.value
    running = [one for one in timers if one.ended_at is None]
    assert len(running) == (state in {RequestState.REQUESTED, RequestState.COMPLETE})
    assert (row.due_at is not None) is (state in UNDECIDED - {RequestState.RETURNED})
    was_granted = any(one.step in {"GRANT", "GRANT_PART"} for one in steps)
    assert len(grants) == was_granted
    assert all((one.ended_at is None) is (state in STANDING) for one in grants)
    assert found is None or found.until is None or found.until > clock.now()
