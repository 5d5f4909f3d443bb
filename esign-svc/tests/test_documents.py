"""Documents are read by whose they are and by the units of their case; anyone checks one by its code."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.outgoing import Worker
from chassis.events.outbox import Event
from chassis.http.identity import ANONYMOUS, Principal
from chassis.service import Service
from chassis.testing.builders import citizen, staff
from chassis.testing.client import Client, audited, deliver
from esign_svc.handlers import Esign
from esign_svc.handlers.make import make
from esign_svc.store import documents

APPLICATION = "01900000-0000-7000-8000-00000000000a"
OTHER = "01900000-0000-7000-8000-0000000000ff"
LIST = f"/api/v1/applications/{APPLICATION}/documents"
SCOPES = frozenset({"application:read", "document:read"})
HERS = citizen(subject="f3b0c2", scopes=SCOPES)
Tell = Callable[..., Event]


@pytest.fixture
def service(whole: Service) -> Service:
    return whole


async def rows(database: Database) -> Sequence[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(sa.select(documents).order_by(documents.c.document_id)))


def at(unit: str) -> Principal:
    return staff(f"reviewer-{unit}", unit=unit, roles=frozenset({"reviewer"}), scopes=SCOPES)


@pytest.fixture
async def made(
    service: Service,
    database: Database,
    esign: Esign,
    sealed_units: None,
    submitted: Tell,
    accepted: Tell,
    decided: Tell,
) -> list[str]:
    """Have three units in a case with a receipt, an acceptance and a decision of one of them, all sealed."""
    units = ["U23", "U09", "U30"]
    await deliver(service, submitted(units=units), subject=APPLICATION, version=1)
    await deliver(service, accepted(units=units), subject=APPLICATION, version=2)
    await deliver(service, decided(outcome="refused", units=units), subject="c", version=1)
    ids = [row.document_id for row in await rows(database)]
    for document_id in ids:
        await make(esign, document_id)
    return ids


async def test_an_applicant_and_the_units_of_the_case_see_which_documents_there_are(
    api: Client, made: list[str]
) -> None:
    for by in (HERS, at("U23"), at("U09"), at("U30")):
        reply = await api.get(LIST, by=by)
        assert reply.status == 200
        found = reply.json()["items"]
        assert [(one["document_id"], one["kind"], one["state"]) for one in found] == [
            (made[0], "receipt", "sealed"),
            (made[1], "acceptance", "sealed"),
            (made[2], "decision", "sealed"),
        ]


async def test_a_list_goes_on_where_a_page_ends(api: Client, made: list[str]) -> None:
    first = (await api.get(LIST, by=HERS, query={"limit": 2})).json()
    then = (await api.get(LIST, by=HERS, query={"limit": 2, "after": first["next"]})).json()
    assert [one["document_id"] for one in (*first["items"], *then["items"])] == made
    assert then["next"] is None


@pytest.mark.parametrize("by", [citizen(subject="other", scopes=SCOPES), at("U05")])
async def test_to_a_stranger_there_are_no_documents_as_there_are_none_of_nothing(
    by: Principal, api: Client, made: list[str]
) -> None:
    replies = [
        await api.get(LIST, by=by),
        await api.get(f"/api/v1/applications/{OTHER}/documents", by=by),
        *[await api.get(f"{LIST}/{one}", by=by) for one in (*made, OTHER)],
    ]
    told = {(one.status, one.json()["code"], one.json().get("detail")) for one in replies}
    assert told == {(404, "document_not_found", None)}


async def test_a_document_is_read_as_it_was_sealed(database: Database, api: Client, made: list[str]) -> None:
    for row in await rows(database):
        reply = await api.get(f"{LIST}/{row.document_id}", by=HERS)
        assert (reply.status, reply.headers["content-type"]) == (200, "application/pdf")
        assert len(reply.body) == row.size
        with pikepdf.open(io.BytesIO(reply.body)) as pdf:
            assert len(pdf.Root.AcroForm.Fields) == 1


@pytest.mark.parametrize(("looking", "readable"), [("U23", {0, 1, 2}), ("U09", {0, 1, 2}), ("U30", {0, 1})])
async def test_a_decision_is_read_by_the_unit_that_made_it_and_the_one_that_leads(
    looking: str, readable: set[int], api: Client, made: list[str]
) -> None:
    replies = [(await api.get(f"{LIST}/{one}", by=at(looking))).status for one in made]
    assert {index for index, status in enumerate(replies) if status == 200} == readable
    assert {status for index, status in enumerate(replies) if index not in readable} <= {404}


async def test_the_unit_that_took_over_reads_what_the_ended_one_made(
    service: Service, api: Client, made: list[str], unit: Tell
) -> None:
    ended = unit(unit_code="U09", valid_to=date(2026, 3, 1), successor="U10", name="郑州市公安局")
    await deliver(service, ended, subject="U09", version=2)
    await deliver(service, unit(unit_code="U10", name="郑州市公安局(新)"), subject="U10", version=1)
    assert (await api.get(f"{LIST}/{made[2]}", by=at("U10"))).status == 200
    for who, seen in (("U10", True), ("U23", False)):
        listed = await api.get("/api/v1/documents", by=at(who), query={"unit": "U09", "state": "sealed"})
        assert (made[2] in [one["document_id"] for one in listed.json()["items"]]) is seen


async def test_a_document_of_another_application_is_not_found_beneath_this_one(api: Client, made: list[str]) -> None:
    assert (await api.get(f"/api/v1/applications/{OTHER}/documents/{made[0]}", by=HERS)).status == 404


async def test_what_staff_look_at_is_written_down_and_what_she_does_is_not(
    database: Database, api: Client, made: list[str]
) -> None:
    await api.get(LIST, by=HERS)
    await api.get(f"{LIST}/{made[0]}", by=HERS)
    await api.get(LIST, by=at("U09"))
    await api.get(f"{LIST}/{made[0]}", by=at("U09"))
    looks = [(row.action, row.subject) for row in await audited(database) if row.actor == at("U09").subject]
    assert looks == [("documents.listed", APPLICATION), ("document.read", made[0])]
    assert not [row for row in await audited(database) if row.actor == HERS.subject]


async def test_a_document_that_is_being_made_is_listed_and_cannot_be_read_yet(
    service: Service, database: Database, api: Client, sealed_units: None, submitted: Tell
) -> None:
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    (row,) = await rows(database)
    (shown,) = (await api.get(LIST, by=HERS)).json()["items"]
    assert (shown["state"], shown["label"], shown["sealed_at"]) == ("wanted", "制作中", None)
    reply = await api.get(f"{LIST}/{row.document_id}", by=HERS)
    assert (reply.status, reply.json()["code"], reply.headers["retry-after"]) == (409, "document_not_ready", "5")


async def test_a_unit_sees_what_of_its_own_is_being_made_and_why_it_is_not_done(
    service: Service, database: Database, esign: Esign, api: Client, unit: Tell, submitted: Tell
) -> None:
    await deliver(service, unit(), subject="U23", version=1)
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    worker = Worker(database, "esign", "document", lambda document_id: make(esign, document_id))
    assert await worker.round("elsewhere/1/me") == 1
    path = "/api/v1/documents"
    (shown,) = (await api.get(path, by=at("U23"))).json()["items"]
    assert (shown["attempts"], shown["last_error"], shown["stuck"]) == (0, "单位 U23 此时没有可用的受理专用章", False)
    assert (await api.get(path, by=at("U09"))).json()["items"] == []
    assert (await api.get(path, by=at("U23"), query={"state": "sealed"})).json()["items"] == []


async def test_anyone_who_has_the_code_sees_the_state_and_nothing_personal(
    service: Service,
    database: Database,
    esign: Esign,
    api: Client,
    sealed_units: None,
    submitted: Tell,
    facts: dict[str, Any],
    with_codes: Callable[[list[str]], Esign],
) -> None:
    await deliver(service, submitted(), subject=APPLICATION, version=1)
    (row,) = await rows(database)
    await make(with_codes(["Aa-_0123456789Aa-_0123"]), row.document_id)
    (row,) = await rows(database)
    path = f"/api/v1/documents/{row.document_id}/status"
    told = (await api.get(path, by=ANONYMOUS, query={"code": "Aa-_0123456789Aa-_0123"})).json()
    assert told == {
        "document_id": row.document_id,
        "state": "sealed",
        "label": "已签章",
        "kind": "receipt",
        "title": "收件凭证",
        "number": "郑卫收字〔2026〕1号",
        "unit": "U23",
        "unit_name": "郑州市卫生健康委员会",
        "dated": "2026-03-02T01:30:00Z",
        "sealed_at": "2026-03-02T01:30:00Z",
        "sha256": row.sha256,
        "as_of": "2026-03-02T01:30:00Z",
    }
    assert facts["applicant_name"] not in str(told)
    wrong = [
        await api.get(path, by=ANONYMOUS, query={"code": "Aa-_0123456789Aa-_0124"}),
        await api.get(path, by=ANONYMOUS),
        await api.get(f"/api/v1/documents/{OTHER}/status", by=ANONYMOUS, query={"code": "x"}),
    ]
    assert {(one.status, one.json()["code"]) for one in wrong} == {(404, "document_not_found")}
