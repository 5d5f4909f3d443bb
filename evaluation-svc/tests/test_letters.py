"""Letters: drafted once, approved as they were read by somebody else than their writer, sent to their unit alone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.base.shapes import LONG
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.service import Service
from chassis.testing.builders import staff
from chassis.testing.client import Client, appended, audited, deliver
from evaluation_svc.domain.letters import MOST_PARAGRAPHS, LetterKind
from evaluation_svc.events import NoticeSealed
from evaluation_svc.handlers import draft_letter

SCOPES = frozenset({"evaluation:read", "evaluation:manage"})
LETTERS = "/api/v1/evaluation-letters"
DOCUMENT = "01900000-0000-7000-8000-0000000000d1"
TEXT = {"title": "关于逾期的督办函", "paragraphs": ["请书面答复。"]}
Draft = Callable[..., Awaitable[str]]


def person(subject: str, unit: str, role: str) -> Principal:
    return staff(subject, unit=unit, roles=frozenset({role}), scopes=SCOPES)


OFFICER = person("officer-1", "ZWB", "evaluation_officer")
SECOND = person("officer-2", "ZWB", "evaluation_officer")
HEAD = person("head-1", "U09", "unit_head")


@pytest.fixture
def draft(database: Database) -> Draft:
    async def drafted(subject: str = "task-1", **changed: Any) -> str:
        known = {"kind": LetterKind.SUPERVISION, "unit": "U09", "drafted_by": "evaluation", **TEXT, **changed}
        async with database.unit_of_work() as work:
            return await draft_letter(work, subject=subject, **known)

    return drafted


async def test_one_letter_of_a_kind_is_drafted_for_a_unit_on_a_subject(draft: Draft, database: Database) -> None:
    first = await draft()
    assert await draft(title="另一个标题") == first
    others = {await draft("task-2"), await draft(unit="U23"), await draft(kind=LetterKind.CRITICISM)}
    assert len(others | {first}) == 4
    assert [row.action for row in await audited(database)] == ["letter.drafted"] * 4


async def test_many_who_draft_at_once_draft_one(draft: Draft) -> None:
    assert len(set(await asyncio.gather(*(draft() for _ in range(8))))) == 1


async def test_a_draft_is_changed_and_approved_by_another_person_and_told_without_who_wrote_it(
    draft: Draft, api: Client, database: Database
) -> None:
    place = f"{LETTERS}/{await draft()}"
    changed = {"title": "关于“出生登记”逾期的督办函", "paragraphs": ["请于三个工作日内书面答复。", "逾期将通报。"]}
    edited = await api.put(place, by=OFFICER, body=changed)
    assert (edited.status, edited.json()["version"]) == (200, 2)
    own = await api.post(f"{place}/approvals", by=OFFICER, body={"version": 2}, key="a")
    assert (own.status, own.json()["code"]) == (403, "own_letter")
    stale = await api.post(f"{place}/approvals", by=SECOND, body={"version": 1}, key="b")
    assert (stale.status, stale.json()["code"]) == (409, "letter_changed")
    for _ in range(2):
        reply = await api.post(f"{place}/approvals", by=SECOND, body={"version": 2}, key="c")
        assert (reply.status, reply.json()["state"], reply.json()["approved_by"]) == (201, "APPROVED", "officer-2")
    (told,) = await appended(database, "evaluation.letter.approved")
    assert told["data"]["paragraphs"] == changed["paragraphs"]
    assert (told["data"]["from_unit"], told["data"]["unit"], told["data"]["approved_by"]) == ("ZWB", "U09", "officer-2")
    assert (await api.put(place, by=OFFICER, body=TEXT)).json()["code"] == "letter_ended"
    late = await api.post(f"{place}/withdrawals", by=OFFICER, body={"reason": "撤销"}, key="d")
    assert (late.status, late.json()["code"]) == (409, "letter_ended")


async def test_who_changed_a_draft_before_another_did_does_not_approve_it_either(draft: Draft, api: Client) -> None:
    place = f"{LETTERS}/{await draft()}"
    await api.put(place, by=OFFICER, body={**TEXT, "paragraphs": ["请于一个工作日内书面答复。"]})
    await api.put(place, by=SECOND, body={**TEXT, "paragraphs": ["请于一个工作日内书面答复!"]})
    for number, who in enumerate((OFFICER, SECOND)):
        own = await api.post(f"{place}/approvals", by=who, body={"version": 3}, key=f"a{number}")
        assert (own.status, own.json()["code"]) == (403, "own_letter")
    third = person("officer-3", "ZWB", "evaluation_officer")
    assert (await api.post(f"{place}/approvals", by=third, body={"version": 3}, key="c")).status == 201


async def test_the_longest_letter_that_can_be_written_can_be_approved(draft: Draft, api: Client) -> None:
    place = f"{LETTERS}/{await draft()}"
    longest = {"title": "督办函", "paragraphs": ["𠮷" * LONG] * MOST_PARAGRAPHS}
    assert (await api.put(place, by=OFFICER, body=longest)).status == 200
    assert (await api.post(f"{place}/approvals", by=SECOND, body={"version": 2}, key="a")).status == 201


async def test_a_withdrawn_draft_is_never_approved(draft: Draft, api: Client, database: Database) -> None:
    place = f"{LETTERS}/{await draft()}"
    gone = await api.post(f"{place}/withdrawals", by=OFFICER, body={"reason": "已办结"}, key="a")
    assert (gone.status, gone.json()["state"], gone.json()["reason"]) == (201, "WITHDRAWN", "已办结")
    late = await api.post(f"{place}/approvals", by=SECOND, body={"version": 1}, key="b")
    assert (late.status, late.json()["code"]) == (409, "letter_ended")
    assert await appended(database) == []


async def test_of_two_who_approve_at_once_one_does(draft: Draft, api: Client, database: Database) -> None:
    place = f"{LETTERS}/{await draft()}"
    third = person("officer-3", "ZWB", "evaluation_officer")
    replies = await asyncio.gather(
        *(api.post(f"{place}/approvals", by=who, body={"version": 1}, key=who.subject) for who in (SECOND, third))
    )
    assert sorted(reply.status for reply in replies) == [201, 409]
    assert len(await appended(database, "evaluation.letter.approved")) == 1


async def test_only_people_of_the_authority_manage_letters(draft: Draft, api: Client) -> None:
    place = f"{LETTERS}/{await draft()}"
    elsewhere = person("officer-9", "U09", "evaluation_officer")
    reply = await api.post(f"{place}/approvals", by=elsewhere, body={"version": 1}, key="a")
    assert (reply.status, reply.json()["code"]) == (403, "not_authority")
    assert (await api.put(place, by=HEAD, body=TEXT)).status == 403
    assert (await api.get(place)).status == 401


async def test_a_unit_does_not_see_what_was_not_sent(draft: Draft, api: Client) -> None:
    letter_id = await draft()
    assert (await api.get(f"{LETTERS}/{letter_id}", by=HEAD)).json()["code"] == "letter_not_found"
    assert (await api.get(LETTERS, by=HEAD)).json()["items"] == []
    shown = (await api.get(f"{LETTERS}/{letter_id}", by=OFFICER)).json()
    assert (shown["state_name"], shown["kind_name"], shown["paragraphs"]) == ("起草", "督办函", ["请书面答复。"])


async def test_a_sealed_letter_is_sent_to_its_unit_and_to_no_other(draft: Draft, api: Client, service: Service) -> None:
    letter_id = await draft()
    place = f"{LETTERS}/{letter_id}"
    await api.post(f"{place}/approvals", by=SECOND, body={"version": 1}, key="a")
    sealed = NoticeSealed(
        document_id=DOCUMENT,
        letter_id=letter_id,
        number="郑政务评字〔2026〕1号",
        sha256="a" * 64,
        sealed_at=datetime(2026, 3, 2, 2, tzinfo=UTC),
    )
    await deliver(service, sealed, subject=DOCUMENT, version=1)
    shown = (await api.get(place, by=HEAD)).json()
    assert (shown["state"], shown["number"], shown["document_id"]) == ("SEALED", "郑政务评字〔2026〕1号", DOCUMENT)
    assert [one["letter_id"] for one in (await api.get(LETTERS, by=HEAD)).json()["items"]] == [letter_id]
    assert (await api.get(place, by=person("head-2", "U23", "unit_head"))).status == 404


async def test_the_paper_of_a_letter_that_is_not_there_changes_nothing(service: Service, database: Database) -> None:
    sealed = NoticeSealed(
        document_id=DOCUMENT,
        letter_id=DOCUMENT,
        number="1",
        sha256="a" * 64,
        sealed_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    await deliver(service, sealed, subject=DOCUMENT, version=1)
    assert await audited(database) == []


async def test_letters_are_narrowed_and_paged_the_newest_first(draft: Draft, api: Client) -> None:
    ids = [await draft(f"t{n}", unit="U09" if n % 2 else "U23") for n in range(4)]
    first = (await api.get(LETTERS, by=OFFICER, query={"limit": 3})).json()
    rest = (await api.get(LETTERS, by=OFFICER, query={"limit": 3, "after": first["next"]})).json()
    assert [one["letter_id"] for one in first["items"] + rest["items"]] == ids[::-1]
    narrowed = await api.get(LETTERS, by=OFFICER, query={"unit": "U09", "state": "DRAFT", "kind": "SUPERVISION"})
    assert [one["letter_id"] for one in narrowed.json()["items"]] == [ids[3], ids[1]]
    assert (await api.get(LETTERS, by=OFFICER, query={"after": "WyJ4Il0"})).status == 422
