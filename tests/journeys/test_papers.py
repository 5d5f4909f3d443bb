"""From a decision to a paper that counts: letters, licences, use copies and their verification, in both modes."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from chassis.http.upstream import call
from harness import Running
from yiwang import journey, papers
from yiwang.journey import ANSWERS, Cast, Unexpected

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.asyncio(loop_scope="session")]

REFUSE = {"outcome": "refuse", "reason": "票据上的姓名与申请人不一致", "basis": "社会保险法第五十六条"}
LICENSED = {"birth_certificate", "vaccination", "birth_registration", "medical_insurance", "social_security_card"}
"""The tasks of a newborn whose grant is a licence."""


async def submitted(cast: Cast, answers: Mapping[str, str] = ANSWERS) -> dict[str, Any]:
    return await journey.submit(cast.citizen, await journey.draft(cast.citizen, answers))


async def decided(cast: Cast, application: Mapping[str, Any], **refused: Mapping[str, str]) -> list[dict[str, Any]]:
    await journey.accept(cast.clerk, application["application_id"])
    return [task async for task in journey.work_through(cast, application, decisions=refused)]


async def sealed(cast: Cast, application: Mapping[str, Any], **expected: int) -> list[dict[str, Any]]:
    """Return an application's papers once there are so many of each kind, all sealed."""
    waiting = papers.until_sealed(cast.citizen, application["application_id"], expected)
    return [one async for one in waiting]


async def whole(cast: Cast) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a newborn's application that was granted, and its papers."""
    application = await submitted(cast)
    tasks = await decided(cast, application)
    return application, await sealed(cast, application, decision=len(tasks), licence=len(LICENSED))


async def test_each_act_is_on_a_sealed_paper_and_each_grant_is_a_licence_in_her_wallet(suite: Running) -> None:
    cast = await suite.cast()
    application = await submitted(cast)
    (receipt,) = await sealed(cast, application, receipt=1)
    assert (receipt["kind"], receipt["unit"]) == ("receipt", "U23")
    tasks = await decided(cast, application, maternity_allowance=REFUSE)
    found = await sealed(cast, application, acceptance=1, decision=len(tasks), licence=len(LICENSED))
    counted = Counter(one["kind"] for one in found)
    assert counted == {"receipt": 1, "acceptance": 1, "decision": 7, "licence": 5}
    assert {one["task_id"] for one in found if one["kind"] == "decision"} == {task["task_id"] for task in tasks}
    numbers = [(one["unit"], one["number"]) for one in found if one["number"]]
    assert len(numbers) == len(set(numbers)) == 9
    refused = next(task["task_id"] for task in tasks if task["task_key"] == "maternity_allowance")
    assert [one["title"][0] for one in found if one["task_id"] == refused] == ["不"]
    wallet = await papers.licences_of(cast.citizen, found)
    keys = {task["task_id"]: task["task_key"] for task in tasks}
    assert {keys[one["task_id"]] for one in found if one["kind"] == "licence"} == LICENSED
    assert {one["state"] for one in wallet} == {"valid"}
    assert {one["holder_name"] for one in wallet} == {application["form"]["child_name"]}
    for one in found:
        pdf = await papers.fetch(cast.citizen, one)
        assert hashlib.sha256(pdf).hexdigest() == one["sha256"]
        verdict = await papers.verified(suite.gateway, pdf)
        assert (verdict["verdict"], verdict["trust"]) == ("valid", True), verdict
        assert "registry" in {check["check"] for check in verdict["checks"]}


async def test_papers_are_attached_to_their_application_and_its_timeline(suite: Running) -> None:
    cast = await suite.cast()
    application, found = await whole(cast)
    path = f"/applications/{application['application_id']}"
    letters = {one["document_id"] for one in found}
    async with asyncio.timeout(60):
        while {one["document_id"] for one in (await cast.citizen.get(path))["documents"]} != letters:
            await asyncio.sleep(0.1)
    told = (await cast.citizen.get(f"{path}/timeline"))["documents"]
    assert {one["document_id"]: one["title"] for one in told} == {one["document_id"]: one["title"] for one in found}


async def test_a_forged_paper_is_refused_with_the_reason(suite: Running) -> None:
    cast = await suite.cast()
    application = await submitted(cast)
    (receipt,) = await sealed(cast, application, receipt=1)
    pdf = await papers.fetch(cast.citizen, receipt)
    for forged, failed in ((papers.with_byte_changed(pdf), "digest"), (papers.with_page_added(pdf), "later_changes")):
        verdict = await papers.verified(suite.gateway, forged)
        assert (verdict["verdict"], verdict["trust"]) == ("invalid", False)
        assert failed in papers.failed_checks(verdict)
        assert verdict["reason"]


async def test_papers_are_there_for_their_applicant_and_the_units_of_the_case_and_for_nobody_else(
    suite: Running,
) -> None:
    cast = await suite.cast()
    application = await submitted(cast, {key: value for key, value in SMALL.items() if key not in NOT_ASKED})
    tasks = await decided(cast, application)
    found = await sealed(cast, application, receipt=1, decision=len(tasks), licence=2)
    for staff in (cast.clerk, cast.reviewers["U23"]):
        listed = await papers.documents_of(staff, application["application_id"])
        assert {one["document_id"] for one in listed} == {one["document_id"] for one in found}
        assert await papers.fetch(staff, found[0]) == await papers.fetch(cast.citizen, found[0])
    (licence, *_) = await papers.licences_of(cast.citizen, found)
    other = await suite.actor("dev-citizen-other")
    for stranger in (other, await suite.actor("dev-clerk-u09"), cast.reviewers["U30"]):
        assert await papers.documents_of(stranger, application["application_id"]) == []
        with pytest.raises(Unexpected, match="404"):
            await papers.fetch(stranger, found[0])
    with pytest.raises(Unexpected, match="404"):
        await other.get(f"/me/licences/{licence['licence_id']}")
    with pytest.raises(Unexpected, match="404"):
        await cast.reviewers["U30"].get(f"/licences/{licence['licence_id']}")


SMALL = {**ANSWERS, "residence": "none", "maternity": "none"}
NOT_ASKED = {"hukou_follow", "insurance", "card"}


async def test_whoever_has_a_licences_code_learns_its_state_and_nobody_without_it(suite: Running) -> None:
    cast = await suite.cast()
    _, found = await whole(cast)
    licence = (await papers.licences_of(cast.citizen, found))[0]
    seen = await papers.checked(suite.gateway, licence["check_url"])
    assert (seen["answer"], seen["state"], seen["identifier"]) == ("valid", "valid", licence["identifier"])
    assert seen["holder_name"] != licence["holder_name"]
    for without in (urlsplit(licence["check_url"]).path, licence["check_url"][:-1]):
        with pytest.raises(Unexpected, match="404"):
            await papers.checked(suite.gateway, without)


async def test_a_use_copy_says_what_for_and_until_when_and_is_verified_like_any_paper(suite: Running) -> None:
    cast = await suite.cast()
    _, found = await whole(cast)
    licence = (await papers.licences_of(cast.citizen, found))[-1]
    copy = await papers.copy_of(cast.citizen, licence, "用于办理入园登记")
    assert (copy["state"], copy["purpose"]) == ("valid", "用于办理入园登记")
    verdict = await papers.verified(suite.gateway, await papers.fetch(cast.citizen, copy))
    assert (verdict["verdict"], verdict["licence"]["identifier"]) == ("valid", licence["identifier"])
    seen = await papers.checked(suite.gateway, copy["check_url"])
    assert (seen["use_copy"]["purpose"], seen["use_copy"]["until"]) == (copy["purpose"], copy["until"])


async def test_a_licence_of_hers_stands_for_a_number_in_a_later_application(suite: Running) -> None:
    cast = await suite.cast()
    application, found = await whole(cast)
    licence = next(one for one in await papers.licences_of(cast.citizen, found) if one["name"] == "出生医学证明")
    answers = {**ANSWERS, "birth_place": "henan"}
    saved = await journey.draft(cast.citizen, answers)
    child = {name: application["form"][name] for name in ("child_name", "child_birth_date")}
    materials = {"birth_certificate": licence["licence_id"]}
    path = f"/drafts/{saved['draft_id']}"
    named = {"form": {**saved["form"], **child}, "materials": {**saved["materials"], **materials}}
    later = await journey.submit(cast.citizen, await cast.citizen.put(path, named, seen=saved["version"]))
    (material,) = [one for one in later["materials"] if one["material"] == "birth_certificate"]
    assert (material["reference"], material["licence_id"]) == (licence["number"], licence["licence_id"])
    others = {"form": saved["form"], "materials": named["materials"]}
    again = await journey.draft(cast.citizen, answers)
    other = await cast.citizen.put(f"/drafts/{again['draft_id']}", others, seen=again["version"])
    with pytest.raises(Unexpected, match="licence_of_another"):
        await journey.submit(cast.citizen, other)


@asynccontextmanager
async def without_esign(suite: Running) -> AsyncIterator[None]:
    """Let esign's process be stopped for the block."""
    suite.processes["esign"].terminate()
    await asyncio.to_thread(suite.processes["esign"].wait, 60)
    try:
        yield
    finally:
        suite.start("esign")
        await suite.up()


async def test_acceptance_and_decisions_go_on_while_esign_is_out_and_the_papers_come_when_it_is_back(
    suite: Running,
) -> None:
    if suite.mode == "embedded":
        return  # one process is all of it
    cast = await suite.cast()
    async with without_esign(suite):
        application = await submitted(cast)
        tasks = await decided(cast, application)
        assert (await call(suite.gateway, "POST", "/api/v1/verifications", within=10.0)).status in {503, 504}
        timeline = await cast.citizen.get(f"/applications/{application['application_id']}/timeline")
        assert (timeline["state"], timeline["documents"]) == ("closed", [])
    found = await sealed(cast, application, receipt=1, acceptance=1, decision=len(tasks), licence=len(LICENSED))
    assert len(found) == 2 + len(tasks) + len(LICENSED)
