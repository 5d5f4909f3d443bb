"""The paper of a licence is made once, makes it valid, and says what it is for where it is a copy."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.data.outgoing import Postponed, Refused
from chassis.events.outbox import Event
from chassis.http.upstream import UpstreamUnavailable
from chassis.service import Service
from chassis.testing.builders import citizen, staff
from chassis.testing.client import Client, appended, audited, deliver
from esign_svc.domain.identifiers import read_identifier
from esign_svc.handlers import Esign, load_licence_types
from esign_svc.handlers.licence_papers import copy_sealed, licence_content
from esign_svc.handlers.make import make
from esign_svc.handlers.making import SealedFile
from esign_svc.store import documents, seal_uses
from esign_svc.store.licence_tables import licences
from esign_svc.store.licence_types import TypesKept

ITEM, USCC = "11410100MBXX00238T3412023001000", "11410100MBXX00238T"
TYPE: dict[str, Any] = {
    "code": "birth_certificate",
    "type_code": f"{USCC}001",
    "name": "出生医学证明",
    "items": [ITEM],
    "holder_name": "child_name",
    "holder_number": "",
    "fields": [{"element": "child_sex", "label": "性别"}, {"element": "child_birth_date", "label": "出生日期"}],
    "subject": ["child_name"],
    "period": None,
    "level": "3",
    "number": "Z{yy:02}{n:07}",
    "definer": "郑州市卫生健康委员会",
    "statement": "依据《中华人民共和国母婴保健法》第二十三条,证明下列新生儿的出生情况。",
    "materials": ["birth_certificate"],
}
Tell = Callable[..., Event]


@pytest.fixture
def service(whole: Service) -> Service:
    return whole


async def all_of(database: Database, table: sa.Table) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(table.select().order_by(*table.primary_key)))


@pytest.fixture
async def licence(service: Service, database: Database, sealed_units: None, decided: Tell) -> Any:
    """Have a licence granted whose paper is wanted."""
    async with database.unit_of_work() as work:
        await load_licence_types(
            work, TypesKept({"birth_certificate": TYPE}, {ITEM: "birth_certificate"}, {"U23": USCC})
        )
    event = decided(unit="U23", item=ITEM, applicant_id="citizen-1", name="签发出生医学证明")
    await deliver(service, event, subject="c", version=1)
    (row,) = await all_of(database, licences)
    return row


async def read(esign: Esign, database: Database, document_id: str) -> bytes:
    (row,) = [one for one in await all_of(database, documents) if one.document_id == document_id]
    return b"".join([chunk async for chunk in esign.storage.read(row.file_name)])


async def test_the_licence_is_valid_with_its_seal_and_only_then_told(
    database: Database, esign: Esign, licence: Any, facts: dict[str, Any]
) -> None:
    assert await appended(database, "esign.licence.issued") == []
    await make(esign, licence.document_id)
    await make(esign, licence.document_id)
    (row,) = await all_of(database, licences)
    assert (row.state, row.version) == ("valid", 1)
    assert len(await appended(database, "esign.licence.issued")) == 1
    assert len(await appended(database, "esign.document.sealed")) == 1
    uses = await all_of(database, seal_uses)
    assert {(use.document_kind, use.approver, use.capacity) for use in uses} == {("licence", "reviewer-1", "reviewer")}
    assert sorted(use.format for use in uses) == ["ofd", "pdf"]
    assert facts["fields"]["child_name"] not in json.dumps(await appended(database), ensure_ascii=False)


async def test_the_paper_has_one_signature_and_the_holder_reads_it(
    api: Client, database: Database, esign: Esign, licence: Any
) -> None:
    path = f"/api/v1/me/licences/{licence.licence_id}"
    early = await api.get(f"{path}/file", by=citizen())
    assert (early.status, early.json()["code"]) == (409, "document_not_ready")
    await make(esign, licence.document_id)
    own = (await api.get(path, by=citizen())).json()
    assert (own["state"], own["holder_name"]) == ("valid", "测小宝")
    assert {"label": "出生日期", "value": "2026年2月26日"} in own["fields"]
    reply = await api.get(f"{path}/file", by=citizen())
    assert (reply.status, reply.headers["content-type"]) == (200, "application/pdf")
    with pikepdf.open(io.BytesIO(reply.body)) as opened:
        assert len(opened.Root.AcroForm.Fields) == 1
        assert str(opened.docinfo["/Title"]) == "出生医学证明"
    assert (await api.get(f"{path}/file", by=citizen("citizen-2"))).json()["code"] == "licence_not_found"


async def test_a_use_copy_is_another_paper_that_says_what_it_is_for(
    api: Client, database: Database, esign: Esign, licence: Any
) -> None:
    await make(esign, licence.document_id)
    path = f"/api/v1/me/licences/{licence.licence_id}/copies"
    body = {"purpose": "用于办理金水区2026年秋季学期义务教育阶段入学登记", "until": "2026-06-30"}
    copy = (await api.post(path, by=citizen(), body=body, key="k")).json()
    await make(esign, copy["document_id"])
    shown = (await api.get(f"{path}/{copy['copy_id']}", by=citizen())).json()
    assert (shown["state"], shown["made_at"]) == ("valid", "2026-03-02T01:30:00Z")
    reply = await api.get(f"{path}/{copy['copy_id']}/file", by=citizen())
    assert reply.body.startswith(b"%PDF")
    assert reply.body != await read(esign, database, licence.document_id)
    assert [use.approver for use in await all_of(database, seal_uses) if use.format == "pdf"] == ["reviewer-1"] * 2


async def test_a_copy_of_a_licence_whose_event_named_nobody_is_by_whom_workflow_names(
    api: Client, database: Database, esign: Esign, licence: Any, told_decision: dict[str, Any]
) -> None:
    async with database.unit_of_work() as work:
        await work.connection.execute(documents.update().values(approver=""))
    await make(esign, licence.document_id)
    path = f"/api/v1/me/licences/{licence.licence_id}/copies"
    copy = (await api.post(path, by=citizen(), body={"purpose": "入学", "until": "2026-06-30"}, key="k")).json()
    await make(esign, copy["document_id"])
    uses = await all_of(database, seal_uses)
    assert {use.approver for use in uses} == {told_decision["decided_by"]}
    assert {use.document_id for use in uses} == {licence.document_id, copy["document_id"]}


@pytest.mark.parametrize(("state", "outcome"), [("revoked", Refused), ("suspended", Postponed)])
async def test_no_copy_is_sealed_of_a_licence_that_was_taken_away_meanwhile(
    api: Client, database: Database, esign: Esign, licence: Any, state: str, outcome: type[Exception]
) -> None:
    await make(esign, licence.document_id)
    path = f"/api/v1/me/licences/{licence.licence_id}/copies"
    copy = (await api.post(path, by=citizen(), body={"purpose": "入学", "until": "2026-06-30"}, key="k")).json()
    async with database.unit_of_work() as work:
        await work.connection.execute(licences.update().values(state=state))
    with pytest.raises(outcome):
        await make(esign, copy["document_id"])
    assert (await api.get(f"{path}/{copy['copy_id']}", by=citizen())).json()["made_at"] is None
    async with database.unit_of_work() as work:
        (document,) = [one for one in await all_of(database, documents) if one.document_id == copy["document_id"]]
        with pytest.raises(outcome):
            await copy_sealed(esign, work, document, None, SealedFile("", "", "", 0, document.wanted_at))  # type: ignore[arg-type]


async def test_without_intake_the_licence_waits_and_nothing_is_told(
    database: Database, esign: Esign, licence: Any, without: Callable[[str, Exception], Esign]
) -> None:
    with pytest.raises(UpstreamUnavailable):
        await make(without("intake", UpstreamUnavailable()), licence.document_id)
    assert [row.state for row in await all_of(database, licences)] == ["issuing"]
    assert await appended(database, "esign.licence.issued") == []
    await make(esign, licence.document_id)
    assert [row.state for row in await all_of(database, licences)] == ["valid"]


async def test_a_licence_without_a_holder_is_not_made(
    database: Database, esign: Esign, licence: Any, facts: dict[str, Any]
) -> None:
    del facts["fields"]["child_name"]
    with pytest.raises(Refused, match="child_name"):
        await make(esign, licence.document_id)
    assert [row.state for row in await all_of(database, licences)] == ["issuing"]


async def test_the_code_on_the_paper_leads_where_the_wallet_says(
    api: Client, database: Database, esign: Esign, licence: Any
) -> None:
    (paper,) = [one for one in await all_of(database, documents) if one.document_id == licence.document_id]
    content = await licence_content(esign, paper)
    shown = (await api.get(f"/api/v1/me/licences/{licence.licence_id}", by=citizen())).json()
    assert content.address == shown["check_url"]
    assert content.address.startswith("http")


async def step(api: Client, licence_id: str, action: str, **more: Any) -> Any:
    """Let one officer propose and another confirm; return the reply to the latter."""
    body = {"action": action, "reason": "登记有误", "basis": "行政许可法第五条", **more}
    key = f"{action} {' '.join(more.get('corrections', ()))}"
    steps = f"/api/v1/licences/{licence_id}/steps"
    proposed = await api.post(steps, by=officer("officer-1"), body=body, key=key)
    assert proposed.status == 201, proposed.json()
    path = f"{steps}/{proposed.json()['step_id']}/decisions"
    return await api.post(path, by=officer("officer-2"), body={"decision": "confirm"}, key=f"second {key}")


def officer(subject: str) -> Any:
    return staff(subject, unit="U23", roles=frozenset({"licence_officer"}))


async def correct(api: Client, licence_id: str, name: str = "测晓宝") -> Any:
    return await step(api, licence_id, "correct", corrections={"child_name": name})


async def newest(database: Database) -> Any:
    return max(await all_of(database, licences), key=lambda row: row.edition)


async def told(database: Database) -> list[tuple[str, int, int]]:
    rows = [one for one in await appended(database) if one["type"].startswith("esign.licence.")]
    return [
        (one["type"].removeprefix("esign.licence."), one["data"]["edition"], one["aggregateversion"]) for one in rows
    ]


async def test_a_corrected_edition_takes_the_place_of_the_former_once_it_is_sealed(
    api: Client, database: Database, esign: Esign, licence: Any, facts: dict[str, Any]
) -> None:
    await make(esign, licence.document_id)
    former = (await api.get(f"/api/v1/me/licences/{licence.licence_id}", by=citizen())).json()
    assert (await correct(api, licence.licence_id)).json()["status"] == "confirmed"
    row = await newest(database)
    assert [one.state for one in await all_of(database, licences)] == ["valid", "issuing"], "valid until then"
    await make(esign, row.document_id)
    await make(esign, row.document_id)
    assert await told(database) == [("issued", 1, 1), ("issued", 2, 1), ("superseded", 1, 2)]
    row = await newest(database)
    first, second = read_identifier(licence.identifier), read_identifier(row.identifier)
    assert second == replace(first, edition=2)
    assert (row.number, row.supersedes, row.state, row.valid_from) == (
        licence.number,
        licence.licence_id,
        "valid",
        licence.valid_from,
    )
    own = (await api.get(f"/api/v1/me/licences/{row.licence_id}", by=citizen())).json()
    assert (own["holder_name"], own["metadata"]["certificate_version"], own["superseded_by"]) == ("测晓宝", "002", None)
    assert {"label": "出生日期", "value": "2026年2月26日"} in own["fields"], "asked anew of intake"
    past = (await api.get(f"/api/v1/me/licences/{licence.licence_id}", by=citizen())).json()
    assert (past["state"], past["holder_name"], past["superseded_by"]) == ("invalid", "测小宝", row.identifier)
    path, _, code = former["check_url"].removeprefix(esign.public_url).partition("?code=")
    check = (await api.get(path, query={"code": code})).json()
    assert (check["answer"], check["superseded_by"]) == ("not_valid", row.identifier)
    assert row.identifier in check["detail"]
    uses = [(use.approver, use.capacity) for use in await all_of(database, seal_uses) if use.format == "pdf"]
    assert uses == [("reviewer-1", "reviewer"), ("officer-2", "licence_officer")]
    kept = [*await appended(database), *map(str, await all_of(database, licences)), *map(str, await audited(database))]
    assert "测晓宝" not in json.dumps(kept, ensure_ascii=False)


async def test_a_correction_of_a_correction_keeps_what_was_corrected_before(
    api: Client, database: Database, esign: Esign, licence: Any
) -> None:
    await make(esign, licence.document_id)
    await correct(api, licence.licence_id)
    second = await newest(database)
    await make(esign, second.document_id)
    await step(api, second.licence_id, "correct", corrections={"child_sex": "男"})
    third = await newest(database)
    await make(esign, third.document_id)
    own = (await api.get(f"/api/v1/me/licences/{third.licence_id}", by=citizen())).json()
    assert (own["edition"], own["supersedes"], own["holder_name"]) == (3, second.licence_id, "测晓宝")
    assert {"label": "性别", "value": "男"} in own["fields"]
    again = await api.post(
        f"/api/v1/licences/{licence.licence_id}/steps",
        by=officer("officer-1"),
        body={"action": "correct", "reason": "x", "basis": "y", "corrections": {"child_sex": "女"}},
        key="past",
    )
    assert again.json()["code"] == "licence_state_wrong"


async def test_what_is_done_to_a_licence_gives_up_the_edition_that_is_still_being_made(
    api: Client, database: Database, esign: Esign, licence: Any
) -> None:
    await make(esign, licence.document_id)
    await correct(api, licence.licence_id)
    given_up = await newest(database)
    assert (await step(api, licence.licence_id, "suspend")).status == 201
    await make(esign, given_up.document_id)
    assert {one.edition: one.state for one in await all_of(database, licences)} == {1: "suspended", 2: "invalid"}
    papers = [one.state for one in await all_of(database, documents) if one.kind == "licence"]
    assert papers == ["sealed", "void"]
    assert await told(database) == [("issued", 1, 1), ("suspended", 1, 2)]
    shown = (await api.get(f"/api/v1/licences/{licence.licence_id}", by=officer("officer-1"))).json()
    assert (shown["state"], shown["superseded_by"]) == ("suspended", None)
    assert [one["corrections"] for one in shown["steps"]] == [{"child_name": "测晓宝"}, {}]


@pytest.mark.parametrize(
    ("action", "corrections"),
    [("correct", {}), ("correct", {"child_name": " "}), ("correct", {"other": "x"}), ("revoke", {"child_name": "x"})],
)
async def test_a_correction_says_what_it_corrects_and_nothing_else_does(
    api: Client, esign: Esign, licence: Any, action: str, corrections: dict[str, str]
) -> None:
    await make(esign, licence.document_id)
    body = {"action": action, "reason": "x", "basis": "y", "corrections": corrections}
    reply = await api.post(f"/api/v1/licences/{licence.licence_id}/steps", by=officer("officer-1"), body=body, key="k")
    assert reply.status == 422
