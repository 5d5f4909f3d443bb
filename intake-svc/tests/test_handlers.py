import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.preconditions import Tags
from chassis.testing.builders import citizen
from intake_svc import handlers, store
from intake_svc.errors import ApplicationNotFound, DraftChanged, DraftNotFound, FormIncomplete
from intake_svc.handlers import Intake
from intake_svc.schemas import DraftChangeBody, SubmissionBody
from intake_svc.store import applications
from intake_svc.store.timelines import follow_application

Make = Callable[..., Awaitable[dict[str, Any]]]
VOUCHED = "the caller's signed principal"
ANY = Tags(whatever=True)


async def test_a_draft_changed_between_plan_and_submission_is_not_submitted_as_it_was(
    intake: Intake, database: Database, drafted: Make, form: dict[str, str], references: dict[str, str]
) -> None:
    draft_id = (await drafted())["draft_id"]
    plan = await handlers.plan_submission(
        intake, citizen(), VOUCHED, SubmissionBody(draft_id=draft_id, draft_version=2)
    )
    planned = await handlers.guide_draft(intake, citizen(), VOUCHED, draft_id, None)
    async with database.unit_of_work() as work:
        body = DraftChangeBody(form={**form, "child_name": "测大宝"}, materials=references)
        await handlers.change_draft(intake, work, planned, body, ANY)
    with pytest.raises(DraftChanged):
        async with database.unit_of_work() as work:
            await handlers.submit_application(intake, work, citizen(), plan)
    again = await handlers.plan_submission(
        intake, citizen(), VOUCHED, SubmissionBody(draft_id=draft_id, draft_version=3)
    )
    async with database.unit_of_work() as work:
        view = await handlers.submit_application(intake, work, citizen(), again)
    assert view.form["child_name"] == "测大宝"


async def test_a_draft_discarded_between_plan_and_submission_is_not_submitted(
    intake: Intake, database: Database, drafted: Make
) -> None:
    draft_id = (await drafted())["draft_id"]
    plan = await handlers.plan_submission(
        intake, citizen(), VOUCHED, SubmissionBody(draft_id=draft_id, draft_version=2)
    )
    async with database.unit_of_work() as work:
        await handlers.discard_draft(work, citizen(), draft_id, ANY)
    with pytest.raises(DraftNotFound):
        async with database.unit_of_work() as work:
            await handlers.submit_application(intake, work, citizen(), plan)


async def test_two_changes_of_one_reading_keep_the_first(
    intake: Intake, database: Database, drafted: Make, form: dict[str, str]
) -> None:
    draft_id = (await drafted())["draft_id"]
    planned = await handlers.guide_draft(intake, citizen(), VOUCHED, draft_id, None)

    async def change(name: str) -> bool:
        try:
            async with database.unit_of_work() as work:
                body = DraftChangeBody(form={**form, "child_name": name})
                await handlers.change_draft(intake, work, planned, body, ANY)
        except DraftChanged:
            return False
        return True

    names = [f"测{n}宝" for n in range(10)]
    done = await asyncio.gather(*(change(name) for name in names))
    assert sum(done) == 1
    kept = await handlers.show_draft(intake, citizen(), draft_id)
    assert (kept.form["child_name"], kept.version) == (names[done.index(True)], 3)


async def test_a_failed_effect_leaves_the_draft_and_no_trace(intake: Intake, database: Database, drafted: Make) -> None:
    draft_id = (await drafted())["draft_id"]
    plan = await handlers.plan_submission(
        intake, citizen(), VOUCHED, SubmissionBody(draft_id=draft_id, draft_version=2)
    )

    async def fail() -> None:
        async with database.unit_of_work() as work:
            await handlers.submit_application(intake, work, citizen(), plan)
            raise OSError("power")

    with pytest.raises(OSError, match="power"):
        await fail()
    async with database.reading() as connection:
        assert (await connection.execute(applications.select())).all() == []
    async with database.unit_of_work() as work:
        view = await handlers.submit_application(intake, work, citizen(), plan)
    assert view.application_number[18:24] == "000001"


async def test_a_plan_is_not_made_for_what_is_incomplete_or_someone_elses(intake: Intake, drafted: Make) -> None:
    body = SubmissionBody(draft_id=(await drafted(child_name=""))["draft_id"], draft_version=2)
    with pytest.raises(FormIncomplete) as refused:
        await handlers.plan_submission(intake, citizen(), VOUCHED, body)
    assert [error.pointer for error in refused.value.errors] == ["/form/child_name"]
    with pytest.raises(DraftNotFound):
        await handlers.plan_submission(intake, citizen("citizen-2"), VOUCHED, body)


async def test_what_is_stored_can_be_read_only_in_its_place(
    intake: Intake, database: Database, submitted: Make
) -> None:
    first, second = await submitted(), await submitted(child_name="测大宝")
    async with database.unit_of_work() as work:
        row = await store.find_application(work.connection, first["application_id"], subject="citizen-1")
        assert row is not None
        stolen = {"given": row.given}
        await follow_application(work.connection, second["application_id"], stolen)
    with pytest.raises(Exception, match=r"application\.given of"):
        await handlers.show_application(intake, citizen(), second["application_id"])
    with pytest.raises(ApplicationNotFound):
        await handlers.show_application(intake, citizen("citizen-2"), second["application_id"])
