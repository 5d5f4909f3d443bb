"""Findings of third-party assessors: nobody's but theirs, exactly as signed, once, and counted with their evidence."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, staff
from chassis.testing.client import Client, audited, deliver
from evaluation_svc import store
from evaluation_svc.domain.assessor_findings import FINDING_TYPE, LARGEST_EVIDENCE, WITHDRAWAL_TYPE, sign
from evaluation_svc.events import read
from evaluation_svc.handlers import Evaluation, count_page, load_evaluation
from evaluation_svc.handlers.figures import counts_of
from evaluation_svc.schemas.pack_assessors import AssessorsFile
from joserfc.jwk import OKPKey

FINDINGS = "/api/v1/findings"
SCOPES = frozenset({"evaluation:read", "evaluation:assess"})
KEY, NEXT_KEY, RIVALS_KEY = (OKPKey.generate_key("Ed25519") for _ in range(3))
PDF, PNG = "application/pdf", "image/png"
REPORT, PHOTO = b"%PDF-1.7\n1 0 obj\n", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
Enter = Callable[..., Awaitable[Reply]]


def person(subject: str, unit: str, role: str) -> Principal:
    return staff(subject, unit=unit, roles=frozenset({role}), scopes=SCOPES)


ASSESSOR = person("assessor-1", "TPA", "third_party_assessor")
RIVAL = person("assessor-9", "TPB", "third_party_assessor")
OFFICER = person("officer-1", "ZWB", "evaluation_officer")
HEAD, OTHER_HEAD = person("head-1", "U09", "unit_head"), person("head-2", "U23", "unit_head")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def facts(number: int = 1, **said: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "statement_id": f"01900000-0000-7000-8000-{number:012d}",
        "assessor": "TPA",
        "kind": "CONFIGURATION_ACCURACY",
        "unit": "U09",
        "period": "2026-02",
        "assessed_on": "2026-03-02",
        "checked": 40,
        "right": 38,
        "evidence": [{"sha256": digest(REPORT), "media_type": PDF}],
    }
    return {**known, **said}


def public(*keys: OKPKey) -> list[Mapping[str, Any]]:
    return [{name: key.as_dict(private=False)[name] for name in ("kty", "crv", "x")} for key in keys]


async def list_assessors(database: Database, **keys: list[OKPKey]) -> None:
    """Load the pack's word on assessors."""
    listed = [{"assessor": code, "name": f"机构 {code}", "keys": public(*own)} for code, own in keys.items()]
    document = AssessorsFile.model_validate({"status": "proposed", "source": "测试", "assessors": listed})
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"assessors": document.model_dump(mode="json")})


@pytest.fixture
async def assessors(service: Service, database: Database, clock: ManualClock) -> None:
    """Two assessors with a key each, and two units."""
    clock.set(datetime(2026, 3, 2, 2, tzinfo=UTC))
    for unit in ("U09", "U23"):
        await deliver(service, read.UnitPublished(unit_code=unit, name=f"单位 {unit}"), subject=unit, version=1)
    await list_assessors(database, TPA=[KEY], TPB=[RIVALS_KEY])


@pytest.fixture
def enter(assessors: None, api: Client) -> Enter:
    """Enter a finding, signed with the assessor's key unless told otherwise."""

    async def send(
        said: dict[str, Any] | None = None,
        *,
        signed: dict[str, Any] | None = None,
        by: Principal = ASSESSOR,
        key: OKPKey = KEY,
        type_: str = FINDING_TYPE,
        once: str = "e",
    ) -> Reply:
        told = said or facts()
        body = {"finding": told, "signature": sign(signed or told, key, type_)}
        return await api.post(FINDINGS, by=by, body=body, key=once)

    return send


async def give(api: Client, place: str, content: bytes = REPORT, *, of: str = PDF, by: Principal = ASSESSOR) -> Reply:
    path = f"{place}/evidence/{digest(content)}"
    return await api.put(path, by=by, body=content, headers={"content-type": of})


async def withdraw(api: Client, place: str, *, key: OKPKey = KEY, once: str = "w", **said: Any) -> Reply:
    known = {"statement_id": facts()["statement_id"], "assessor": "TPA", "reason": "MISCOUNTED", **said}
    body = {"withdrawal": known, "signature": sign(known, key, WITHDRAWAL_TYPE)}
    return await api.post(f"{place}/withdrawals", by=ASSESSOR, body=body, key=once)


async def entries(database: Database) -> list[tuple[str, str, str]]:
    query = sa.select(store.journal.c.kind, store.journal.c.key, store.journal.c.type)
    async with database.reading() as connection:
        rows = await connection.execute(query.where(store.journal.c.type.like("evaluation.finding.%")))
        return [(row.kind, row.key, row.type) for row in rows]


async def test_a_signed_finding_counts_from_when_its_evidence_is_whole(
    enter: Enter, api: Client, database: Database
) -> None:
    both = [{"sha256": digest(REPORT), "media_type": PDF}, {"sha256": digest(PHOTO), "media_type": PNG}]
    reply = await enter(facts(evidence=both))
    place, view = reply.headers["location"], reply.json()
    assert (reply.status, view["state"], view["assessor_name"]) == (201, "AWAITING_EVIDENCE", "机构 TPA")
    assert (await give(api, place, PHOTO, of=PNG)).status == 200
    assert await entries(database) == []
    assert (await api.get(place, by=HEAD)).status == 404
    for _ in range(2):
        assert (await give(api, place)).status == 200
    assert await entries(database) == [("unit", "U09", "evaluation.finding.entered")]
    shown = (await api.get(place, by=HEAD)).json()
    assert (shown["state"], shown["unit_name"], [one["size"] for one in shown["evidence"]]) == (
        "ENTERED",
        "单位 U09",
        [len(REPORT), len(PHOTO)],
    )
    written = sa.select(store.journal.c.data).where(store.journal.c.kind == "unit")
    async with database.reading() as connection:
        data = (await connection.execute(written)).scalar_one()
    counted = {"unit": "U09", "period": "2026-02", "checked": 40, "right": 38, "score": None, "assessor": "TPA"}
    assert data == {**counted, "kind": "CONFIGURATION_ACCURACY", "finding_id": view["finding_id"]}


async def test_anybody_can_verify_what_is_shown_with_the_key_that_is_shown(enter: Enter, api: Client) -> None:
    shown = (await enter()).json()
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": shown["public_key"]})
    signature = shown["signature"].split("..")
    assert shown["statement"].startswith('{"assessed_on":"2026-03-02","assessor":"TPA","checked":40')
    assert key.thumbprint() == KEY.thumbprint()
    assert len(signature) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"right": 39},
        {"checked": 41},
        {"unit": "U23"},
        {"period": "2026-01"},
        {"assessed_on": "2026-03-01"},
        {"statement_id": "01900000-0000-7000-8000-000000000002"},
        {"evidence": [{"sha256": digest(PHOTO), "media_type": PDF}]},
        {"evidence": [{"sha256": digest(REPORT), "media_type": PNG}]},
        {"kind": "MYSTERY_VISIT", "checked": None, "right": None, "score": 90},
    ],
)
async def test_what_was_changed_after_it_was_signed_is_refused(enter: Enter, changed: dict[str, Any]) -> None:
    reply = await enter(facts(**changed), signed=facts())
    assert (reply.status, reply.json()["code"]) == (422, "finding_forged")


async def test_another_assessors_key_and_another_kind_of_statement_are_refused(
    enter: Enter, database: Database
) -> None:
    for forged in ({"key": RIVALS_KEY}, {"key": NEXT_KEY}, {"type_": WITHDRAWAL_TYPE}):
        reply = await enter(once=str(forged), **forged)
        assert (reply.status, reply.json()["code"]) == (422, "finding_forged")
    async with database.reading() as connection:
        assert list(await connection.execute(sa.select(store.assessor_findings))) == []


async def test_nobody_enters_a_finding_for_another_assessor_or_for_none(enter: Enter, database: Database) -> None:
    reply = await enter(by=RIVAL)
    assert (reply.status, reply.json()["code"]) == (403, "finding_of_another")
    reply = await enter(by=RIVAL, key=RIVALS_KEY, once="f")
    assert (reply.status, reply.json()["code"]) == (403, "finding_of_another")
    await list_assessors(database, TPB=[RIVALS_KEY])
    reply = await enter(once="g")
    assert (reply.status, reply.json()["code"]) == (403, "assessor_unknown")
    for stranger in (OFFICER, HEAD, citizen(scopes=SCOPES)):
        assert (await enter(by=stranger, once=stranger.subject)).status == 403


async def test_a_key_that_was_taken_back_signs_nothing_more_and_what_it_signed_stays(
    enter: Enter, api: Client, database: Database
) -> None:
    place = (await enter()).headers["location"]
    await list_assessors(database, TPA=[NEXT_KEY])
    assert (await enter(facts(2), once="f")).json()["code"] == "finding_forged"
    assert (await enter(facts(3), key=NEXT_KEY, once="g")).status == 201
    assert (await give(api, place)).status == 200
    assert (await api.get(place, by=OFFICER)).json()["state"] == "ENTERED"


async def test_a_statement_counts_once_however_often_it_is_sent(enter: Enter, database: Database) -> None:
    first, again = await enter(), await enter()
    assert first.json() == again.json()
    replies = await asyncio.gather(*(enter(facts(2), once=f"k{number}") for number in range(8)))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 7
    assert {reply.json()["code"] for reply in replies if reply.status == 409} == {"finding_known"}
    assert (await enter(facts(2, right=1), once="x")).json()["code"] == "finding_known"
    async with database.reading() as connection:
        assert len(list(await connection.execute(sa.select(store.assessor_findings)))) == 2


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"right": 41}, "/finding/right"),
        ({"assessed_on": "2026-03-03"}, "/finding/assessed_on"),
        ({"assessed_on": "2026-02-30"}, "/finding/assessed_on"),
        ({"period": "2026-04"}, "/finding/assessed_on"),
        ({"unit": "U77"}, "/finding/unit"),
        ({"score": 5}, "/finding/score"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(enter: Enter, said: dict[str, Any], place: str) -> None:
    reply = await enter(facts(**said))
    assert (reply.status, reply.json()["code"]) == (422, "finding_unfit")
    assert [one["pointer"] for one in reply.json()["errors"]] == [place]


async def test_evidence_is_what_was_signed_of_its_type_and_no_larger_than_may_be(
    enter: Enter, api: Client, database: Database
) -> None:
    large = b"%PDF-" + b"\0" * LARGEST_EVIDENCE
    place = (await enter()).headers["location"]
    path = f"{place}/evidence/{digest(REPORT)}"
    for content, of, status, code in (
        (REPORT + b"more", PDF, 409, "finding_evidence_differs"),
        (PHOTO, PNG, 415, "file_type_refused"),
        (b"MZ\x90\x00", PDF, 415, "file_type_refused"),
        (large, PDF, 413, "body_too_large"),
    ):
        reply = await api.put(path, by=ASSESSOR, body=content, headers={"content-type": of})
        assert (reply.status, reply.json()["code"]) == (status, code)
    reply = await give(api, place, PHOTO, of=PNG)
    assert (reply.status, reply.json()["code"]) == (404, "finding_evidence_not_found")
    assert (await give(api, place, by=RIVAL)).json()["code"] == "finding_not_found"
    assert (await api.get(path, by=OFFICER)).json()["code"] == "finding_evidence_not_found"
    assert await entries(database) == []


async def test_the_last_two_files_at_once_enter_the_finding_once(enter: Enter, api: Client, database: Database) -> None:
    both = [{"sha256": digest(REPORT), "media_type": PDF}, {"sha256": digest(PHOTO), "media_type": PNG}]
    place = (await enter(facts(evidence=both))).headers["location"]
    files = (give(api, place), give(api, place), give(api, place, PHOTO, of=PNG))
    assert {reply.status for reply in await asyncio.gather(*files)} == {200}
    assert await entries(database) == [("unit", "U09", "evaluation.finding.entered")]


async def test_evidence_is_read_by_who_sees_the_finding_and_each_look_is_on_record(
    enter: Enter, api: Client, database: Database
) -> None:
    place = (await enter()).headers["location"]
    await give(api, place)
    path = f"{place}/evidence/{digest(REPORT)}"
    for who in (OFFICER, ASSESSOR, HEAD):
        reply = await api.get(path, by=who)
        assert (reply.status, reply.body, reply.headers["content-type"]) == (200, REPORT, PDF)
    for who in (OTHER_HEAD, RIVAL):
        assert (await api.get(path, by=who)).status == 404
        assert (await api.get(place, by=who)).status == 404
        assert (await api.get(FINDINGS, by=who)).json()["items"] == []
    looked = [row.actor for row in await audited(database) if row.action == "finding.evidence_read"]
    assert looked == ["officer-1", "assessor-1", "head-1"]


async def test_findings_are_listed_newest_first_page_by_page_narrowed_by_unit_and_month(
    enter: Enter, api: Client
) -> None:
    made = [
        (await enter(facts(1), once="1")).json()["finding_id"],
        (await enter(facts(2, unit="U23"), once="2")).json()["finding_id"],
        (await enter(facts(3, period="2026-01"), once="3")).json()["finding_id"],
    ]
    first = (await api.get(FINDINGS, query={"limit": 2}, by=OFFICER)).json()
    rest = (await api.get(FINDINGS, query={"limit": 2, "after": first["next"]}, by=OFFICER)).json()
    assert [one["finding_id"] for one in first["items"] + rest["items"]] == made[::-1]
    for query, expected in (
        ({"unit": "U23"}, made[1:2]),
        ({"period": "2026-01"}, made[2:]),
        ({"unit": "U23", "period": "2026-01"}, []),
    ):
        found = (await api.get(FINDINGS, query=query, by=ASSESSOR)).json()["items"]
        assert [one["finding_id"] for one in found] == expected
    assert (await api.get(FINDINGS, query={"after": "made-up"}, by=OFFICER)).status == 422


async def test_only_a_signed_word_of_its_assessor_withdraws_a_finding_and_it_stays_to_be_seen(
    enter: Enter, api: Client, database: Database
) -> None:
    place = (await enter()).headers["location"]
    await give(api, place)
    for number, forged in enumerate(
        ({"key": RIVALS_KEY}, {"statement_id": facts(2)["statement_id"]}, {"assessor": "TPB"})
    ):
        assert (await withdraw(api, place, once=f"f{number}", **forged)).status in {403, 422}
    reply = await withdraw(api, place)
    assert (reply.status, reply.json()["state"], reply.json()["withdrawal_reason"]) == (201, "WITHDRAWN", "MISCOUNTED")
    assert (await withdraw(api, place, once="again")).json()["code"] == "finding_ended"
    assert [type_ for _, _, type_ in await entries(database)] == [
        "evaluation.finding.entered",
        "evaluation.finding.withdrawn",
    ]
    assert (await api.get(place, by=HEAD)).json()["state"] == "WITHDRAWN"
    assert (await api.get(f"{place}/evidence/{digest(REPORT)}", by=HEAD)).status == 200


async def test_a_finding_that_was_withdrawn_before_its_evidence_came_never_counts(
    enter: Enter, api: Client, database: Database
) -> None:
    place = (await enter()).headers["location"]
    assert (await withdraw(api, place)).status == 201
    reply = await give(api, place)
    assert (reply.status, reply.json()["code"]) == (409, "finding_ended")
    assert await entries(database) == []
    assert (await api.get(place, by=HEAD)).status == 404


async def test_the_figures_of_the_month_and_unit_count_samples_and_visits_and_not_what_was_withdrawn(
    enter: Enter, api: Client, evaluation: Evaluation, database: Database
) -> None:
    async def counts() -> Mapping[str, int]:
        while await count_page(evaluation):
            pass
        async with database.reading() as connection:
            found = (await counts_of(connection, "2026-02", "unit")).get("U09", {})
        names = ("samples_checked", "samples_right", "mystery_visits", "mystery_points")
        return {name: found[name] for name in names if found.get(name)}

    visit = facts(2, kind="MYSTERY_VISIT", checked=None, right=None, score=85)
    sample, seen = [
        (await enter(said, once=str(said["statement_id"]))).headers["location"] for said in (facts(), visit)
    ]
    assert await counts() == {}
    for place in (sample, seen):
        await give(api, place)
    visited = {"mystery_visits": 1, "mystery_points": 85}
    assert await counts() == {"samples_checked": 40, "samples_right": 38, **visited}
    assert (await withdraw(api, sample)).status == 201
    assert await counts() == visited
