"""What people write about a task is planted, and must stand nowhere in clear but in what its readers are shown."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from chassis.data import schema
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.builders import citizen
from chassis.testing.client import Client
from workflow_svc import store
from workflow_svc.events import LimitRead, TaskRead

Decide = Callable[..., Awaitable[Reply]]
Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
REASON, BASIS, RECEIPT = "金丝雀理由", "金丝雀依据", "341099990000CANARY"
REMARK, GROUND = "金丝雀准予说明", "金丝雀准予依据"
CANARIES = (REASON, BASIS, RECEIPT, REMARK, GROUND)


def task(key: str, *after: str, by: str = "UNIT") -> TaskRead:
    limit = LimitRead(amount=3, unit="WORKDAY")
    known = {"task_key": key, "name": key, "item": key, "unit": "U30", "unit_name": "单位", "after": list(after)}
    return TaskRead.model_validate({**known, "promise": limit, "statutory": None, "on_refusal": "SOFT", "by": by})


def leaks(text: str) -> list[str]:
    escaped = {canary: canary.encode("unicode_escape").decode() for canary in CANARIES}
    return [canary for canary, other in escaped.items() if canary in text or other in text]


async def test_what_is_written_of_a_task_stands_in_no_table_and_no_file(
    calendar: Callable[..., Awaitable[None]],
    matter: Callable[..., Awaitable[None]],
    accept: Callable[..., Awaitable[str]],
    decide: Decide,
    tasks: Tasks,
    api: Client,
    database: Database,
    tmp_path: Path,
) -> None:
    await calendar()
    await matter(tasks=[task("insurance"), task("payment", "insurance", by="APPLICANT"), task("card")])
    case_id = await accept("insurance", "payment", "card")
    assert (await decide(case_id, "insurance", reason=REMARK, basis=GROUND)).status == 201
    assert (await decide(case_id, "card", "refuse", reason=REASON, basis=BASIS)).status == 201
    path = f"/api/v1/tasks/{(await tasks(case_id))['payment']['task_id']}/completions"
    assert (await api.post(path, by=citizen(), body={"receipt": RECEIPT}, key="paid")).status == 201
    shown = (await api.get(f"/api/v1/cases/{case_id}", by=citizen())).body.decode()
    assert leaks(shown) == [*CANARIES]
    async with database.reading() as connection:
        for table in (*schema.metadata.tables.values(), *store.metadata.tables.values()):
            rows = [tuple(row) for row in await connection.execute(sa.select(table))]
            assert leaks(str(rows)) == [], table.name
    if database.dialect != "sqlite":  # its files are the server's
        return
    files = {file.name: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert any(case_id.encode() in content for content in files.values())
    assert {name for name, content in files.items() if any(one.encode() in content for one in CANARIES)} == set()


async def test_a_basis_from_before_it_was_sealed_is_still_shown(
    city: None, accept: Callable[..., Awaitable[str]], decide: Decide, database: Database, api: Client
) -> None:
    case_id = await accept()
    assert (await decide(case_id, "certificate", "refuse")).status == 201
    async with database.unit_of_work() as work:
        old: dict[str, Any] = {"sealed_basis": "", "basis": "户口登记条例第八条"}
        await work.connection.execute(store.tasks.update().where(store.tasks.c.state == "refused").values(**old))
    told = (await api.get(f"/api/v1/cases/{case_id}", by=citizen())).json()["tasks"]
    assert [one["basis"] for one in told if one["state"] == "refused"] == ["户口登记条例第八条"]
