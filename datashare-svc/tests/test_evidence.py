import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import ManualClock, citizen, clerk, steward
from chassis.testing.client import Client, audited
from datashare_svc.domain.evidence import LARGEST, MOST
from datashare_svc.store import dispute_evidence

File = Callable[..., Awaitable[Reply]]
ID = "01900000-0000-7000-8000-0000000000b1"
OWN, THEIRS = f"/api/v1/me/data-disputes/{ID}", f"/api/v1/data-disputes/{ID}"
UPHELD = {"outcome": "upheld", "reason": "与户籍档案一致"}
PDF, JPEG, PNG, HEIC = "application/pdf", "image/jpeg", "image/png", "image/heic"
SAMPLES = {
    PDF: b"%PDF-1.7\n1 0 obj\n",
    JPEG: b"\xff\xd8\xff\xe0\x00\x10JFIF",
    PNG: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    HEIC: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
async def reserved(file: File, api: Client) -> str:
    """File a dispute and reserve a PDF; give its address."""
    await file()
    return await reserve(api)


async def reserve(api: Client, media_type: str = PDF, *, key: str = "r") -> str:
    body = {"name": "张三的户口簿.pdf", "media_type": media_type}
    reply = await api.post(f"{OWN}/evidence", by=citizen(), body=body, key=key)
    assert reply.status == 201, reply.json()
    return reply.headers["location"]


async def put(api: Client, address: str, content: bytes, *, of: str = PDF, by: Any = None) -> Reply:
    return await api.put(address, by=by or citizen(), body=content, headers={"content-type": of})


@pytest.mark.parametrize("media_type", SAMPLES)
async def test_a_file_is_given_once_and_read_by_her_and_by_the_unit(
    file: File, api: Client, database: Database, media_type: str
) -> None:
    await file()
    address = await reserve(api, media_type)
    given = await put(api, address, SAMPLES[media_type], of=media_type)
    assert (given.status, given.json()["size"]) == (200, len(SAMPLES[media_type]))
    evidence_id = given.json()["evidence_id"]
    for where, who in ((address, citizen()), (f"{THEIRS}/evidence/{evidence_id}", steward())):
        read = await api.get(where, by=who)
        assert (read.status, read.body, read.headers["content-type"]) == (200, SAMPLES[media_type], media_type)
        assert read.headers["content-disposition"].startswith("attachment")
    shown = (await api.get(THEIRS, by=steward())).json()
    assert [one["name"] for one in shown["evidence"]] == ["张三的户口簿.pdf"]
    rows = await audited(database)
    assert [row.action for row in rows if row.actor == "steward-1"] == ["evidence.read", "dispute.opened"]
    assert not [row for row in rows if "张三" in row.details]


async def test_the_name_of_a_file_is_kept_sealed(reserved: str, database: Database) -> None:
    assert reserved
    async with database.reading() as connection:
        row = (await connection.execute(sa.select(dispute_evidence))).one()
    assert row.name.startswith("test.")
    assert row.file_name is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SVG, PDF),
        (b"MZ\x90\x00", PDF),
        (b"", PDF),
        (b"%PD", PDF),
        (SAMPLES[JPEG], PDF),
        (SAMPLES[PDF], JPEG),
        (SVG, "image/svg+xml"),
        (SAMPLES[PDF], ""),
    ],
)
async def test_a_file_that_is_not_what_was_reserved_is_refused_and_nothing_is_kept(
    reserved: str, api: Client, content: bytes, said: str
) -> None:
    reply = await put(api, reserved, content, of=said)
    assert (reply.status, reply.json()["code"]) == (415, "file_type_refused")
    assert (await api.get(reserved, by=citizen())).status == 404
    assert (await put(api, reserved, SAMPLES[PDF])).status == 200


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x00\x00\x18ftyp", b"\x00\x00\x00\x18ftypavif" + b"\0" * 20, SAMPLES[PNG], b"\0" * 64]
)
async def test_what_only_says_that_it_is_a_heic_is_refused(file: File, api: Client, content: bytes) -> None:
    await file()
    address = await reserve(api, HEIC)
    assert (await put(api, address, content, of=HEIC)).status == 415
    assert (await put(api, address, SAMPLES[HEIC], of=HEIC)).status == 200


async def test_a_file_that_is_too_large_is_refused_whatever_its_length_says(reserved: str, api: Client) -> None:
    reply = await put(api, reserved, b"%PDF-" + b"\0" * LARGEST)
    assert (reply.status, reply.json()["code"]) == (413, "body_too_large")
    assert (await put(api, reserved, b"%PDF-" + b"\0" * (LARGEST - 5))).status == 200


async def test_a_type_that_is_not_taken_is_not_reserved(file: File, api: Client) -> None:
    await file()
    for media_type in ("image/svg+xml", "text/html", "application/zip"):
        body = {"name": "a", "media_type": media_type}
        assert (await api.post(f"{OWN}/evidence", by=citizen(), body=body, key=media_type)).status == 422


async def test_a_file_is_never_replaced_and_the_same_one_may_come_again(reserved: str, api: Client) -> None:
    first = await put(api, reserved, SAMPLES[PDF])
    assert (await put(api, reserved, SAMPLES[PDF])).json() == first.json()
    other = await put(api, reserved, SAMPLES[PDF] + b"other")
    assert (other.status, other.json()["code"]) == (409, "evidence_given")
    assert (await api.get(reserved, by=citizen())).body == SAMPLES[PDF]


async def test_of_two_files_given_at_once_one_is_kept(reserved: str, api: Client) -> None:
    contents = [SAMPLES[PDF] + str(n).encode() for n in range(4)]
    replies = await asyncio.gather(*(put(api, reserved, content) for content in contents))
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
    kept = contents[[reply.status for reply in replies].index(200)]
    assert (await api.get(reserved, by=citizen())).body == kept


async def test_a_stranger_gives_and_reads_nothing(reserved: str, api: Client) -> None:
    assert (await put(api, reserved, SAMPLES[PDF], by=citizen("citizen-2"))).status == 404
    await put(api, reserved, SAMPLES[PDF])
    evidence_id = reserved.rsplit("/", 1)[1]
    theirs = f"{THEIRS}/evidence/{evidence_id}"
    assert (await api.get(reserved, by=citizen("citizen-2"))).status == 404
    assert (await api.get(theirs, by=steward(unit="U10"))).status == 404
    assert (await api.get(theirs, by=clerk(unit="U09"))).status == 403
    body = {"name": "a", "media_type": PDF}
    assert (await api.post(f"{OWN}/evidence", by=citizen("citizen-2"), body=body, key="k")).status == 404


async def test_evidence_of_another_dispute_is_not_found_under_this_one(reserved: str, file: File, api: Client) -> None:
    await put(api, reserved, SAMPLES[PDF])
    other = "01900000-0000-7000-8000-000000000099"
    await file(dispute_id=other)
    evidence_id = reserved.rsplit("/", 1)[1]
    assert (await api.get(f"/api/v1/me/data-disputes/{other}/evidence/{evidence_id}", by=citizen())).status == 404
    assert (await api.get(f"/api/v1/data-disputes/{other}/evidence/{evidence_id}", by=steward())).status == 404


async def test_a_dispute_has_so_much_evidence_and_no_more(file: File, api: Client) -> None:
    await file()
    for number in range(MOST):
        await reserve(api, key=f"k{number}")
    body = {"name": "a", "media_type": PDF}
    reply = await api.post(f"{OWN}/evidence", by=citizen(), body=body, key="more")
    assert (reply.status, reply.json()["code"]) == (409, "too_much_evidence")


async def test_after_the_answer_nothing_is_reserved_or_given(reserved: str, api: Client) -> None:
    await api.post(f"{THEIRS}/answers", by=steward(), body=UPHELD, key="k")
    reply = await put(api, reserved, SAMPLES[PDF])
    assert (reply.status, reply.json()["code"]) == (409, "dispute_ended")
    body = {"name": "a", "media_type": PDF}
    assert (await api.post(f"{OWN}/evidence", by=citizen(), body=body, key="later")).status == 409


async def test_a_file_that_no_row_knows_goes_a_day_later_and_evidence_stays(
    reserved: str, api: Client, service: Service, clock: ManualClock
) -> None:
    await put(api, reserved, SAMPLES[PDF])
    clock.advance(days=40_000)
    await service.trim()
    assert (await api.get(reserved, by=citizen())).body == SAMPLES[PDF]
