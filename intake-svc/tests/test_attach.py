"""What esign has sealed is attached to its application and seen there."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.inbox import Received
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk
from chassis.testing.client import Client, deliver
from intake_svc.errors import ApplicationUnknown
from intake_svc.events import DocumentSealed
from intake_svc.handlers.attach import follow_document_sealed

Make = Callable[..., Awaitable[dict[str, Any]]]
DOCUMENT = "01900000-0000-7000-8000-0000000000d0"


def sealed(application_id: str, clock: ManualClock, **changed: Any) -> DocumentSealed:
    told = {
        "document_id": DOCUMENT,
        "application_id": application_id,
        "kind": "receipt",
        "title": "收件凭证",
        "number": "郑卫收字〔2026〕1号",
        "unit": "U23",
        "task_id": None,
        "sealed_at": clock.now(),
    }
    return DocumentSealed(**{**told, **changed})


async def test_a_sealed_document_is_seen_with_its_application_and_on_its_timeline(
    service: Service, api: Client, submitted: Make, clock: ManualClock
) -> None:
    application_id = (await submitted())["application_id"]
    path = f"/api/v1/applications/{application_id}"
    before = await api.get(f"{path}/timeline", by=citizen())
    assert before.json()["documents"] == []
    await deliver(service, sealed(application_id, clock), subject=DOCUMENT, version=1)
    shown = {
        "document_id": DOCUMENT,
        "kind": "receipt",
        "title": "收件凭证",
        "number": "郑卫收字〔2026〕1号",
        "unit": "U23",
        "task_id": None,
        "sealed_at": "2026-03-02T01:30:00Z",
    }
    for by in (citizen(), clerk()):
        assert (await api.get(path, by=by)).json()["documents"] == [shown]
        assert (await api.get(f"{path}/timeline", by=by)).json()["documents"] == [shown]


async def test_a_kept_timeline_is_not_given_again_once_a_document_was_attached(
    service: Service, api: Client, submitted: Make, clock: ManualClock
) -> None:
    application_id = (await submitted())["application_id"]
    path = f"/api/v1/applications/{application_id}/timeline"
    tag = (await api.get(path, by=citizen())).headers["etag"]
    await deliver(service, sealed(application_id, clock), subject=DOCUMENT, version=1)
    again = await api.get(path, by=citizen(), headers={"if-none-match": tag})
    assert (again.status, len(again.json()["documents"])) == (200, 1)


async def test_an_acceptance_answers_with_what_was_sealed_before_it(
    service: Service, api: Client, submitted: Make, clock: ManualClock, checked: list[str]
) -> None:
    application_id = (await submitted())["application_id"]
    await deliver(service, sealed(application_id, clock), subject=DOCUMENT, version=1)
    path = f"/api/v1/applications/{application_id}/acceptances"
    reply = await api.post(path, by=clerk(), body={"materials_checked": checked}, key="k1")
    assert [one["document_id"] for one in reply.json()["documents"]] == [DOCUMENT]


async def test_a_use_copy_is_its_holders_and_is_not_attached(
    service: Service, api: Client, submitted: Make, clock: ManualClock
) -> None:
    application_id = (await submitted())["application_id"]
    await deliver(service, sealed(application_id, clock, kind="licence_copy"), subject=DOCUMENT, version=1)
    assert (await api.get(f"/api/v1/applications/{application_id}", by=citizen())).json()["documents"] == []


async def test_a_document_of_an_application_that_is_not_known_waits(database: Database, clock: ManualClock) -> None:
    told = sealed("01900000-0000-7000-8000-0000000000ff", clock)
    received = Received("e", told.type, DOCUMENT, 1, clock.now(), told)
    async with database.unit_of_work() as work:
        with pytest.raises(ApplicationUnknown):
            await follow_document_sealed(work, received)
