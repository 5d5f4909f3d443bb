"""Guides kept once by their digest, places counted, both beside processes of the release before, which do neither."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk
from chassis.testing.client import Client, deliver
from intake_svc.events import CaseOpened, MatterPublished, MatterWithdrawn, TaskOpened
from intake_svc.handlers import Intake
from intake_svc.handlers.guides import Guides
from intake_svc.siblings import Guide
from intake_svc.store import applications, drafts, guides, timeline

Make = Callable[..., Awaitable[dict[str, Any]]]
CASE = "01900000-0000-7000-9000-000000000001"


async def rows(database: Database, table: sa.Table) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(table)))


async def written(database: Database, change: sa.Update | sa.Insert | sa.Delete) -> None:
    async with database.unit_of_work() as work:
        await work.connection.execute(change)


async def as_before(database: Database, table: sa.Table) -> None:
    """Leave rows as the release before writes them, which has the guide in each."""
    fresh = {"place": 0} if table is applications else {"digest_version": None}
    await written(database, table.update().values(guide_digest=None, **fresh))
    await written(database, guides.delete())


async def test_a_guide_is_kept_once_however_many_drafts_and_applications_have_it(
    database: Database, drafted: Make, submitted: Make
) -> None:
    for by in (citizen("citizen-1"), citizen("citizen-2")):
        await drafted(by=by)
        await submitted(by=by)
    (kept,) = await rows(database, guides)
    named = {row.guide_digest for table in (drafts, applications) for row in await rows(database, table)}
    assert named == {kept.digest}
    assert Guide.model_validate_json(kept.document).digest == kept.digest


async def test_a_process_of_the_release_before_finds_the_guide_in_what_is_written_now(
    database: Database, drafted: Make, submitted: Make, catalog: Any
) -> None:
    await drafted()
    await submitted()
    for table in (drafts, applications):
        (row,) = await rows(database, table)
        assert json.loads(row.guide)["tasks"] == json.loads(Guide.model_validate(catalog.guide).text)["tasks"]


async def test_a_draft_that_the_release_before_changed_has_the_guide_which_that_wrote(
    api: Client, database: Database, drafted: Make, catalog: Any
) -> None:
    draft = await drafted()
    newer = {**catalog.guide, "name": "新的名称", "lead_unit": "U09"}
    change = {"guide": json.dumps(newer), "name": "新的名称", "version": draft["version"] + 1}
    await written(database, drafts.update().values(**change))
    body = {"draft_id": draft["draft_id"], "draft_version": draft["version"] + 1}
    reply = await api.post("/api/v1/applications", by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["unit"], reply.json()["name"]) == (201, "U09", "新的名称")


async def test_a_draft_that_is_saved_again_under_another_guide_has_that_one(
    api: Client, database: Database, drafted: Make, catalog: Any
) -> None:
    draft = await drafted()
    first = {row.digest for row in await rows(database, guides)}
    catalog.guide["form"]["sections"][0]["title"] = "另一个标题"
    path, body = f"/api/v1/drafts/{draft['draft_id']}", {"form": draft["form"], "materials": draft["materials"]}
    assert (await api.put(path, by=citizen(), body=body, headers={"if-match": '"2"'})).status == 200
    assert (await api.get(path, by=citizen())).json()["sections"][0]["title"] == "另一个标题"
    (row,) = await rows(database, drafts)
    assert row.guide_digest not in first
    assert json.loads(row.guide)["form"]["sections"][0]["title"] == "另一个标题"


async def test_what_the_release_before_wrote_is_read_submitted_accepted_and_followed(
    api: Client, service: Service, database: Database, drafted: Make, checked: list[str], clock: ManualClock
) -> None:
    draft = await drafted()
    await as_before(database, drafts)
    shown = (await api.get(f"/api/v1/drafts/{draft['draft_id']}", by=citizen())).json()
    assert shown["sections"] == draft["sections"]
    body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
    application = (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).json()
    await as_before(database, applications)
    path = f"/api/v1/applications/{application['application_id']}"
    assert (await api.get(path, by=citizen())).json() == application
    reply = await api.post(f"{path}/acceptances", by=clerk(), body={"materials_checked": checked}, key="k")
    assert reply.status == 201, reply.body
    step = {"task_id": "task", "task_key": "birth_certificate", "name": "签发出生医学证明", "unit": "U09"}
    event = TaskOpened(application_id=application["application_id"], **step)
    await deliver(service, event, subject=CASE, version=1)
    told = (await api.get(f"{path}/timeline", by=citizen())).json()["entries"]
    assert [one["kind"] for one in told] == ["submitted", "accepted", "task_opened"]


async def test_an_entry_follows_those_that_the_release_before_wrote_without_counting(
    service: Service, database: Database, accepted: Make, clock: ManualClock
) -> None:
    application_id = (await accepted())["application_id"]
    for place in (3, 4):
        told = {"at": clock.now(), "kind": "transferred", "text": "x", "unit": "", "task_key": ""}
        await written(database, timeline.insert().values(application_id=application_id, place=place, **told))
    own = {"application_id": application_id, "case_id": CASE, "tasks": 1, "promised_due": clock.now()}
    await deliver(service, CaseOpened(**own, provisional=False), subject=CASE, version=1)
    await deliver(service, CaseOpened(**own, provisional=True), subject=CASE, version=2)
    assert [row.place for row in await rows(database, timeline)] == [1, 2, 3, 4, 5, 6]
    (row,) = await rows(database, applications)
    assert row.place == 6


async def test_a_guide_that_is_remembered_no_longer_is_read_again(
    database: Database, intake: Intake, submitted: Make
) -> None:
    await submitted()
    (row,) = await rows(database, applications)
    anew = Guides(database, remembered=1)
    async with database.reading() as connection:
        first = await anew.of(connection, row)
        assert await anew.of(connection, row) is first
    await anew.keep(first.model_copy(update={"name": "另一个"}))
    async with database.reading() as connection:
        again = await anew.of(connection, row)
    assert again is not first
    assert again == first
    assert again.digest == row.guide_digest


async def test_a_guide_whose_keeping_failed_is_kept_the_next_time(
    database: Database, catalog: Any, tmp_path: Path
) -> None:
    guide = Guide.model_validate(catalog.guide)
    empty = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    keeping = Guides(empty)
    for _ in range(2):
        with pytest.raises(sa.exc.DBAPIError):  # it has no tables
            await keeping.keep(guide)
    await empty.close()
    await Guides(database).keep(guide)
    await Guides(database).keep(guide)
    assert [row.digest for row in await rows(database, guides)] == [guide.digest]


@pytest.fixture
def tell_matter(service: Service, catalog: Any) -> Callable[..., Awaitable[None]]:
    """Let the catalogue have told a version of the matter, or from when it is not offered any more."""

    async def tell(version: int, *, withdrawn_from: str = "") -> None:
        facts: dict[str, Any] = {"matter_code": "newborn", "matter_version": version}
        event = MatterWithdrawn(**facts, withdrawn_from=withdrawn_from) if withdrawn_from else MatterPublished(**facts)
        await deliver(service, event, subject="newborn", version=10 * version + bool(withdrawn_from))

    return tell


async def test_a_version_that_was_told_to_be_in_force_is_not_asked_for(
    api: Client, catalog: Any, drafted: Make, tell_matter: Any
) -> None:
    draft = await drafted()
    await tell_matter(draft["matter_version"])
    catalog.status = 500
    body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
    assert (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).status == 201


@pytest.mark.parametrize(
    ("other", "withdrawn_from", "status"),
    [(0, "2026-03-02", 503), (0, "2026-03-03", 201), (1, "", 503), (-1, "", 503)],
    ids=["ended today", "ends tomorrow", "a newer one was told", "an older one was told"],
)
async def test_the_catalogue_is_asked_where_what_it_told_would_refuse(
    api: Client, catalog: Any, drafted: Make, tell_matter: Any, other: int, withdrawn_from: str, status: int
) -> None:
    draft = await drafted()
    await tell_matter(draft["matter_version"] + other, withdrawn_from=withdrawn_from)
    body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
    catalog.status = 500
    assert (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).status == status
    if status == 503:
        catalog.status = 200
        assert (await api.post("/api/v1/applications", by=citizen(), body=body, key="k")).status == 201
