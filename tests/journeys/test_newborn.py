"""A child was born: the same journeys in both modes, unchanged."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from chassis.http.upstream import call
from chassis.testing.streams import reading
from harness import Running
from yiwang import journey
from yiwang.journey import ANSWERS, Actor, Unexpected

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.asyncio(loop_scope="session")]


def answered(**changes: str) -> dict[str, str]:
    """Return the answers with some changed, and without those that a child with no local hukou is not asked for."""
    answers = {**ANSWERS, **changes}
    not_asked = {"none": {"hukou_follow", "insurance", "card"}, "hukou": set[str]()}
    left = not_asked.get(answers["residence"], {"hukou_follow", "card"})
    return {key: value for key, value in answers.items() if key not in left}


REFUSE = {"outcome": "refuse", "reason": "出生信息与医院上报不一致", "basis": "户口登记条例第七条"}


async def test_a_citizen_has_her_matter_done_by_all_units_in_one_go(suite: Running) -> None:
    told = await journey.whole(await suite.cast())
    assert told.timeline["outcome"] == "granted"
    assert (told.timeline["tasks_done"], told.timeline["tasks_total"]) == (7, 7)
    assert told.decided[0] == "birth_certificate"
    for gated in ("medical_insurance", "social_security_card"):
        assert told.decided.index("birth_registration") < told.decided.index(gated)
    kinds = [entry["kind"] for entry in told.timeline["entries"]]
    assert kinds[:3] == ["submitted", "accepted", "case_opened"]
    assert kinds[-1] == "closed"
    assert kinds.count("task_granted") == 7


async def test_a_mother_pays_after_the_end_and_only_she_can(suite: Running) -> None:
    cast = await suite.cast()
    told = await journey.whole(cast)
    application_id = told.application["application_id"]
    assert "insurance_payment" not in told.decided
    assert "需要您本人完成" in told.timeline["what_next"]
    asked = next(entry for entry in told.timeline["entries"] if entry["kind"] == "step_opened")
    assert "河南税务" in asked["text"]
    assert await journey.complete_steps(await suite.actor("dev-citizen-other"), application_id) == []
    (paid,) = await journey.complete_steps(cast.citizen, application_id, receipt="341000000000000001")
    assert (paid["state"], paid["receipt"]) == ("completed", "341000000000000001")
    timeline: dict[str, Any] = {}
    for _ in range(200):
        timeline = await cast.citizen.get(f"/applications/{application_id}/timeline")
        if timeline["entries"][-1]["kind"] == "step_completed":
            break
        await asyncio.sleep(0.05)
    assert (timeline["entries"][-1]["kind"], timeline["what_next"]) == ("step_completed", "已办结")
    assert (timeline["state"], timeline["outcome"]) == ("closed", "granted")


async def test_a_citizen_hears_what_happens_as_it_happens_and_goes_on_where_she_was(suite: Running) -> None:
    cast = await suite.cast()
    saved = await journey.draft(cast.citizen)
    application = await journey.submit(cast.citizen, saved)
    path = f"/api/v1/applications/{application['application_id']}/changes"
    signed_in = {"authorization": f"Bearer {cast.citizen.token}"}
    async with reading(suite.gateway, path, signed_in) as stream:
        first = await stream.next()
        assert first is not None
        assert (first.event, first.data["state"]) == ("state", "submitted")
        await journey.accept(cast.clerk, application["application_id"])
        heard = await stream.next()
        assert heard is not None
        assert (heard.event, heard.data["kind"]) == ("change", "accepted")
        assert [task async for task in journey.work_through(cast, application)]
        assert await journey.complete_steps(cast.citizen, application["application_id"])
        rest = await stream.rest(within=60)
    told = [heard, *(each for each in rest if each.event == "change")]
    timeline = await cast.citizen.get(f"/applications/{application['application_id']}/timeline")
    assert [each.data["text"] for each in told] == [entry["text"] for entry in timeline["entries"][1:]]
    assert (rest[-1].event, rest[-1].data["outcome"]) == ("closed", "granted")
    middle = told[len(told) // 2].place
    async with reading(suite.gateway, path, {**signed_in, "last-event-id": str(middle)}) as again:
        missed = [each.place for each in await again.rest() if each.event == "change"]
    assert missed == [each.place for each in told if (each.place or 0) > (middle or 0)]
    async with reading(suite.gateway, path, {**signed_in, "last-event-id": str(told[-1].place)}) as after:
        assert after.status == 204


async def test_a_refused_registration_spares_what_depends_on_it_and_tells_reason_and_remedies(suite: Running) -> None:
    cast = await suite.cast()
    saved = await journey.draft(cast.citizen)
    application = await journey.submit(cast.citizen, saved)
    await journey.accept(cast.clerk, application["application_id"])
    decided = [
        task["task_key"]
        async for task in journey.work_through(cast, application, decisions={"birth_registration": REFUSE})
    ]
    assert not {"medical_insurance", "insurance_payment", "social_security_card"} & set(decided)
    timeline = await cast.citizen.get(f"/applications/{application['application_id']}/timeline")
    assert (timeline["outcome"], timeline["tasks_done"]) == ("partly_granted", 7)
    cases = await cast.citizen.get("/cases", application_id=application["application_id"])
    case = await cast.citizen.get(f"/cases/{cases['items'][0]['case_id']}")
    refused = next(task for task in case["tasks"] if task["task_key"] == "birth_registration")
    assert refused["reason"] == REFUSE["reason"]
    assert "六十日" in refused["remedies"]


async def test_a_hard_refusal_ends_the_matter(suite: Running) -> None:
    cast = await suite.cast()
    saved = await journey.draft(cast.citizen)
    application = await journey.submit(cast.citizen, saved)
    await journey.accept(cast.clerk, application["application_id"])
    decisions = {"birth_certificate": REFUSE}
    decided = [task["task_key"] async for task in journey.work_through(cast, application, decisions=decisions)]
    assert decided == ["birth_certificate"]
    timeline = await cast.citizen.get(f"/applications/{application['application_id']}/timeline")
    assert timeline["outcome"] == "refused"


async def test_a_smaller_situation_asks_for_less_and_ends_sooner(suite: Running) -> None:
    answers = answered(residence="none", maternity="none")
    told = await journey.whole(await suite.cast(), answers=answers)
    assert set(told.decided) == {"birth_certificate", "vaccination"}
    assert told.timeline["outcome"] == "granted"


async def test_who_was_born_elsewhere_names_her_certificate_and_begins_with_the_registration(suite: Running) -> None:
    told = await journey.whole(await suite.cast(), answers=answered(birth_place="henan"))
    assert "birth_certificate" not in told.decided
    assert len(told.decided) == 6
    asked = {one["material"]: one["needs_reference"] for one in told.guide["materials"]}
    assert asked["birth_certificate"]
    assert told.timeline["outcome"] == "granted"


async def test_a_child_of_the_unmarried_follows_its_father_with_a_proof_that_is_brought_to_the_window(
    suite: Running,
) -> None:
    cast = await suite.cast()
    answers = answered(in_wedlock="no", hukou_follow="father")
    guide = await journey.ask_guide(cast.citizen, answers)
    proof = next(one for one in guide["materials"] if one["material"] == "paternity_test")
    assert "带到受理窗口" in proof["why"]
    saved = await journey.draft(cast.citizen, answers)
    assert saved["missing"] == []
    application = await journey.submit(cast.citizen, saved)
    path = f"/applications/{application['application_id']}/acceptances"
    with pytest.raises(Unexpected, match="materials_unchecked"):
        await cast.clerk.post(path, {"materials_checked": ["parent_id_card", "household_register"]})
    await journey.accept(cast.clerk, application["application_id"])
    decided = [task["task_key"] async for task in journey.work_through(cast, application)]
    assert "birth_registration" in decided


@pytest.mark.parametrize("residence", ["permit", "insured"])
async def test_a_child_without_a_local_hukou_is_insured_by_its_parents_permit_or_insurance(
    suite: Running, residence: str
) -> None:
    told = await journey.whole(await suite.cast(), answers=answered(residence=residence, maternity="allowance"))
    expected = {"birth_certificate", "vaccination", "medical_insurance", "maternity_allowance"}
    assert set(told.decided) == expected
    assert told.timeline["outcome"] == "granted"


@pytest.mark.parametrize("elsewhere", [{"parents_nationality": "other"}, {"birth_place": "abroad"}])
async def test_who_must_go_to_the_window_is_told_so_in_words(suite: Running, elsewhere: dict[str, str]) -> None:
    cast = await suite.cast()
    for asked in (
        journey.ask_guide(cast.citizen, answered(**elsewhere)),
        journey.draft(cast.citizen, answered(**elsewhere)),
    ):
        with pytest.raises(Unexpected, match="handled_at_window") as told:
            await asked
        assert "派出所户籍窗口" in str(told.value)


async def test_another_citizen_and_another_unit_find_nothing(suite: Running) -> None:
    cast = await suite.cast()
    other = await suite.actor("dev-citizen-other")
    saved = await journey.draft(cast.citizen)
    application = await journey.submit(cast.citizen, saved)
    path = f"/applications/{application['application_id']}"
    for actor, where in (
        (other, f"/drafts/{saved['draft_id']}"),
        (other, path),
        (other, f"{path}/timeline"),
        (await suite.actor("dev-clerk-u09"), path),
    ):
        with pytest.raises(Unexpected, match="404"):
            await actor.get(where)
    with pytest.raises(Unexpected, match="role_missing"):
        await cast.reviewers["U09"].post(f"{path}/acceptances", {"materials_checked": []})
    with pytest.raises(Unexpected, match="404"):
        await (await suite.actor("dev-clerk-u09")).post(f"{path}/acceptances", {"materials_checked": []})
    await journey.accept(cast.clerk, application["application_id"])


async def opened_task(reviewer: Actor, application_number: str) -> str:
    """Wait until a unit's task is open and intake has heard of it; return its id."""
    for _ in range(600):
        for task in (await reviewer.get("/tasks", application_number=application_number))["items"]:
            with suppress(Unexpected):
                await reviewer.get(f"/tasks/{task['task_id']}/dossier")
                return str(task["task_id"])
        await asyncio.sleep(0.1)
    raise AssertionError("no task was opened within a minute")


async def test_the_window_and_each_unit_see_and_open_what_their_work_needs_and_nothing_else(suite: Running) -> None:
    cast = await suite.cast()
    saved = await journey.draft(cast.citizen)
    application = await journey.submit(cast.citizen, saved)
    number = saved["form"]["mother_id_number"]
    look: dict[str, Any] = {"fields": ["mother_id_number"], "purpose": "check"}
    at_the_window = await cast.clerk.ask(f"/applications/{application['application_id']}/disclosures", look)
    assert [one["value"] for one in at_the_window["elements"]] == [number]
    await journey.accept(cast.clerk, application["application_id"])
    first = await opened_task(cast.reviewers["U23"], application["application_number"])
    before = await cast.reviewers["U23"].ask(f"/tasks/{first}/disclosures", look)
    assert [one["value"] for one in before["elements"]] == [number]
    look["purpose"] = "answer"  # what is decided is not checked any more
    decided = 0
    async for task in journey.work_through(cast, application):
        unit = cast.reviewers[task["unit"]]
        path = f"/tasks/{task['task_id']}"
        dossier = await unit.get(f"{path}/dossier")
        assert dossier["application_id"] == application["application_id"]
        assert number not in str(dossier)
        if "mother_id_number" in {one["element"] for one in dossier["elements"]}:
            opened = await unit.ask(f"{path}/disclosures", look)
            assert [one["value"] for one in opened["elements"]] == [number]
            decided += 1
        other = cast.reviewers["U43" if task["unit"] != "U43" else "U09"]
        with pytest.raises(Unexpected, match="404"):
            await other.get(f"{path}/dossier")
        with pytest.raises(Unexpected, match="404"):
            await other.ask(f"{path}/disclosures", look)
    assert decided


async def test_the_same_key_sent_four_times_at_once_submits_once(suite: Running) -> None:
    cast = await suite.cast()
    saved = await journey.draft(cast.citizen)
    key = str(uuid4())
    replies = await asyncio.gather(*(journey.submit(cast.citizen, saved, key=key) for _ in range(4)))
    assert len({reply["application_number"] for reply in replies}) == 1


async def test_an_incomplete_form_is_told_all_its_faults_at_once(suite: Running) -> None:
    cast = await suite.cast()
    made = await cast.citizen.post("/drafts", {"matter_code": "newborn", "answers": ANSWERS})
    bad = {"mother_id_number": "410199198502290029", "mother_phone": "123"}
    saved = await cast.citizen.put(f"/drafts/{made['draft_id']}", {"form": bad, "materials": {}}, seen=made["version"])
    with pytest.raises(Unexpected) as refused:
        await journey.submit(cast.citizen, saved)
    text = str(refused.value)
    assert "422" in text
    assert "form_incomplete" in text


async def test_the_gateway_answers_problems_limits_and_its_page(suite: Running) -> None:
    missing = await call(suite.gateway, "GET", "/api/v1/nothing")
    assert (missing.status, missing.json()["code"]) == (404, "not_found")
    forged = await call(suite.gateway, "GET", "/api/v1/drafts", headers={"authorization": "Bearer a.b.c"})
    assert forged.status == 401
    spoofed = await call(suite.gateway, "GET", "/api/v1/drafts", headers={"yiwang-principal": "x"})
    assert (spoofed.status, spoofed.headers["ratelimit-limit"]) == (401, "120")
    page = await call(suite.gateway, "GET", "/docs")
    assert b"swagger-ui" in page.body
    document = (await call(suite.gateway, "GET", "/openapi.json")).json()
    assert "/api/v1/applications/{application_id}/acceptances" in document["paths"]
    listed = await call(suite.gateway, "GET", "/api/v1/matters")
    assert "ratelimit-limit" not in listed.headers, "a public answer is everybody's"
    head = await call(suite.gateway, "HEAD", "/api/v1/matters")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", listed.headers["content-length"])
