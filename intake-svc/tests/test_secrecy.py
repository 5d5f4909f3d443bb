"""Canaries: persons who do not exist are planted, and must be found nowhere but with themselves."""

import base64
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.base.problems import Unavailable
from chassis.data import schema
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.events.outbox import Relay
from chassis.service import Service
from chassis.testing.builders import citizen, clerk
from chassis.testing.client import Client
from intake_svc import store
from intake_svc.handlers import Intake
from intake_svc.handlers.sharing import tell_datashare
from structlog.testing import capture_logs

Make = Callable[..., Awaitable[dict[str, Any]]]
CANARIES = {
    "child_name": "金丝雀小宝",
    "mother_name": "金丝雀母亲",
    "mother_id_number": "41019919551231123X",
    "mother_phone": "13900001111",
    "father_name": "金丝雀父亲",
    "residence_address": "金丝雀路 99 号院",
    "bank_account": "6299000011112222333",
    "bank_account_name": "金丝雀户名",
}
NOTE = "金丝雀备注"
SHARED, REASON = "金丝雀来源", "金丝雀理由"


def shapes() -> list[bytes]:
    """Return each canary plain, escaped as JSON does, in hex, and in base64 at each of the three alignments."""
    found: list[bytes] = []
    for canary in (*CANARIES.values(), NOTE, SHARED, REASON):
        raw = canary.encode()
        found += [raw, raw.hex().encode(), canary.encode("unicode_escape")]
        for lead in range(3):
            whole = base64.b64encode(b"\0" * lead + raw)
            found.append(whole[4 if lead else 0 : -4])
    return found


def leaks(text: str | bytes) -> list[bytes]:
    content = text if isinstance(text, bytes) else text.encode()
    return sorted({shape for shape in shapes() if shape in content})


@pytest.fixture
async def lived(api: Client, submitted: Make, checked: list[str], references: dict[str, str]) -> dict[str, Any]:
    """Let a canary's application live: drafted, submitted, accepted with a note, searched for, opened."""
    references["parent_id_card"] = CANARIES["mother_id_number"]
    application = await submitted(**CANARIES)
    path = f"/api/v1/applications/{application['application_id']}"
    body = {"materials_checked": checked, "note": NOTE}
    assert (await api.post(f"{path}/acceptances", by=clerk(), body=body, key="a")).status == 201
    for search in (
        {"id_number": CANARIES["mother_id_number"]},
        {"phone": CANARIES["mother_phone"]},
        {"name": CANARIES["father_name"]},
        {"name": CANARIES["child_name"], "birth_date": "2026-02-26"},
    ):
        assert len((await api.post("/api/v1/applications/searches", by=clerk(), body=search)).json()["items"]) == 1
    look = {"fields": [*CANARIES], "purpose": "check", "note": NOTE}
    opened = await api.post(f"{path}/disclosures", by=clerk(), body=look)
    assert leaks(opened.body) == sorted(canary.encode() for canary in CANARIES.values())
    return application


async def test_the_traps_catch(api: Client, lived: dict[str, Any]) -> None:
    own = await api.get(f"/api/v1/applications/{lived['application_id']}", by=citizen())
    assert leaks(own.body) == sorted(canary.encode() for canary in CANARIES.values())
    assert len(leaks(base64.b64encode(b"ab" + NOTE.encode() + b"cd"))) == 1


async def test_nothing_personal_stands_in_any_table(lived: dict[str, Any], drafted: Make, database: Database) -> None:
    await drafted(**CANARIES)
    tables = [*schema.metadata.tables.values(), *store.metadata.tables.values()]
    filled = set()
    async with database.reading() as connection:
        for table in tables:
            rows = [tuple(row) for row in await connection.execute(sa.select(table))]
            assert leaks(str(rows)) == [], table.name
            if rows:
                filled.add(table.name)
    assert filled >= {
        "draft",
        "application",
        "person",
        "timeline",
        "counter",
        "outbox",
        "audit_unchained",
        "idempotency",
    }


async def test_nothing_personal_stands_in_any_file_or_topic(
    lived: dict[str, Any], drafted: Make, database: Database, bus: Bus, service: Service, tmp_path: Path
) -> None:
    await drafted(**CANARIES)
    await bus.ensure_topics(service.topics)
    relay = Relay(database, bus, holder="test")
    async with database.unit_of_work() as work:
        await work.connection.execute(
            schema.lease.insert().values(name="relay", holder="test", token=1, expires_at=work.clock.now())
        )
    assert await relay.publish_batch(1) == 2
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(lived["application_id"].encode() in file.read_bytes() for file in files)
    for file in files:
        assert leaks(file.read_bytes()) == [], file.name


async def test_nothing_personal_is_logged_though_everything_goes_wrong(
    api: Client, submitted: Make, drafted: Make, catalog: Any, form: dict[str, str]
) -> None:
    with capture_logs() as entries:
        await submitted(**CANARIES)
        draft = await drafted(**{**CANARIES, "mother_phone": "金丝雀"})
        path, body = f"/api/v1/drafts/{draft['draft_id']}", {"form": {**form, **CANARIES}}
        seen = {"if-match": '"2"'}
        replies = [
            await api.post(
                "/api/v1/applications", by=citizen(), body={"draft_id": draft["draft_id"], "draft_version": 2}, key="k"
            ),
            await api.put(path, by=citizen(), body={**body, **CANARIES}, headers=seen),
            await api.put(
                path, by=citizen(), body={"form": {"child_name": CANARIES["child_name"] * 999}}, headers=seen
            ),
            await api.put(path, by=citizen("citizen-2"), body=body, headers=seen),
            await api.put(path, by=citizen(), body=body, headers={"if-match": '"1"'}),
        ]
        catalog.garbled = True
        saved = [await api.put(path, by=citizen(), body=body, headers=seen)]
        catalog.garbled = False
        without_form = {name: part for name, part in catalog.guide.items() if name != "form"}
        whole, catalog.guide = catalog.guide, without_form
        saved.append(await api.put(path, by=citizen(), body=body, headers={"if-match": "*"}))
        catalog.guide, catalog.questions = whole, None
        replies.append(await api.put(path, by=citizen(), body=body, headers=seen))
    assert [reply.status for reply in replies] == [422, 422, 422, 404, 412, 500]
    assert [reply.status for reply in saved] == [200, 200]
    assert len(entries) >= 10
    assert leaks(str(entries)) == []
    for reply in replies:
        assert leaks(reply.body) == [], reply.body


async def test_staff_are_shown_no_canary(api: Client, lived: dict[str, Any]) -> None:
    path = f"/api/v1/applications/{lived['application_id']}"
    for where in (path, f"{path}/timeline", "/api/v1/applications"):
        reply = await api.get(where, by=clerk())
        assert reply.status == 200
        assert [canary for canary in CANARIES.values() if canary in reply.body.decode()] == [], where


async def test_what_was_shared_and_why_it_is_disputed_stands_in_no_table_log_event_or_answer_but_to_whom_it_concerns(
    api: Client, intake: Intake, drafted: Make, datashare: Any, database: Database, checked: list[str]
) -> None:
    with capture_logs() as entries:
        datashare.gives("child_name", SHARED)
        datashare.verifies("marriage_certificate", "differs", "father_name")
        draft = await drafted(**CANARIES)
        path, by = f"/api/v1/drafts/{draft['draft_id']}", citizen()
        refused = await api.post(
            "/api/v1/applications", by=by, body={"draft_id": draft["draft_id"], "draft_version": 2}, key="k"
        )
        assert (refused.status, leaks(refused.body)) == (422, [])
        body = {"form": draft["form"], "disputes": {"child_name": REASON, "father_name": REASON}}
        saved = await api.put(path, by=by, body={**body, "materials": draft["materials"]}, headers={"if-match": '"2"'})
        assert saved.status == 200
        await drafted(by=citizen("citizen-3"), **CANARIES)
        body = {"draft_id": draft["draft_id"], "draft_version": 3}
        application = (await api.post("/api/v1/applications", by=by, body=body, key="k2")).json()
        datashare.status = 500
        with suppress(Unavailable):
            await tell_datashare(intake, application["application_id"])
        datashare.status = 200
        await tell_datashare(intake, application["application_id"])
    assert REASON in str(datashare.of("/data-disputes"))
    assert leaks(str(entries)) == []
    async with database.reading() as connection:
        for table in (*schema.metadata.tables.values(), *store.metadata.tables.values()):
            rows = [tuple(row) for row in await connection.execute(sa.select(table))]
            assert leaks(str(rows)) == [], table.name
            assert rows or table.name not in {"shared", "booked"}
    path = f"/api/v1/applications/{application['application_id']}"
    for where, who in ((f"{path}/ledger", by), (f"{path}/ledger", clerk()), (path, clerk()), (f"{path}/timeline", by)):
        reply = await api.get(where, by=who)
        assert (reply.status, leaks(reply.body)) == (200, []), where
