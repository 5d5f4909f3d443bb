import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.data.periods import DRAFTS, DRAFTS_WARNED
from chassis.service import Service
from chassis.testing.builders import ManualClock, anonymous, citizen, clerk
from chassis.testing.client import Client, audited, deliver
from intake_svc.events import MatterPublished, MatterWithdrawn

Make = Callable[..., Awaitable[dict[str, Any]]]
SEEN = {"if-match": '"2"'}


async def test_a_draft_tells_what_is_missing_until_it_is_complete(
    api: Client, drafted: Make, answers: dict[str, str]
) -> None:
    made = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "newborn", "answers": answers}, key="k")
    assert made.status == 201
    assert made.headers["location"] == f"/api/v1/drafts/{made.json()['draft_id']}"
    missing = {fault["pointer"]: fault["code"] for fault in made.json()["missing"]}
    assert missing["/form/child_name"] == missing["/materials/parent_id_card"] == "required"
    assert (await drafted())["missing"] == []


async def test_a_draft_may_be_wrong_and_says_where(drafted: Make) -> None:
    draft = await drafted(mother_id_number="410199198502290029")
    assert {fault["pointer"]: fault["code"] for fault in draft["missing"]} == {"/form/mother_id_number": "malformed"}


async def test_a_draft_shows_its_form_with_labels_options_and_help(drafted: Make, catalog: Any) -> None:
    draft = await drafted()
    fields = {field["element"]: field for section in draft["sections"] for field in section["fields"]}
    assert fields["child_name"]["label"] == "新生儿姓名"
    assert [option["label"] for option in fields["child_sex"]["options"]] == ["男", "女"]
    told = [section["title"] for section in catalog.guide["form"]["sections"]]
    assert [section["title"] for section in draft["sections"]] == told
    asked = {one["material"]: one["needs_reference"] for one in draft["materials_asked"]}
    assert asked["parent_id_card"]


async def test_blanks_around_what_was_typed_are_not_kept(drafted: Make) -> None:
    draft = await drafted(mother_phone="  13800000000 ")
    assert draft["form"]["mother_phone"] == "13800000000"
    assert draft["missing"] == []


async def test_even_the_fullest_wrong_draft_is_answered(api: Client, drafted: Make) -> None:
    draft = await drafted()
    body = {"form": {f"f{n}": "x" for n in range(300)}, "materials": {f"m{n}": "x" for n in range(100)}}
    reply = await api.put(f"/api/v1/drafts/{draft['draft_id']}", by=citizen(), body=body, headers=SEEN)
    assert reply.status == 200
    assert len(reply.json()["unused"]) == 400


@pytest.mark.parametrize(
    ("place", "key", "typed", "most"),
    [
        ("form", "mother_id_number", "\ufdfa" * 2000, 2000),
        ("form", "residence_address", "\u0958" * 2000, 2000),
        ("form", "child_name", "\u0344" * 2000, 2000),
        ("form", "of_no_field", "\u0958" * 2000, 2000),
        ("materials", "parent_id_card", "\ufdfa" * 200, 200),
        ("materials", "of_no_need", "\u0958" * 200, 200),
    ],
)
async def test_what_is_too_long_in_its_standard_form_is_told_at_its_place(
    api: Client, drafted: Make, place: str, key: str, typed: str, most: int
) -> None:
    draft = await drafted()
    body = {"form": {}, "materials": {}, place: {key: typed}}
    reply = await api.put(f"/api/v1/drafts/{draft['draft_id']}", by=citizen(), body=body, headers=SEEN)
    assert reply.status == 422
    assert [(one["pointer"], one["detail"]) for one in reply.json()["errors"]] == [
        (f"/{place}/{key}", f"最多 {most} 个字")
    ]


async def test_what_a_changed_situation_no_longer_asks_for_stays_in_the_draft_and_out_of_the_application(
    api: Client, catalog: Any, drafted: Make
) -> None:
    draft = await drafted()
    whole = catalog.guide
    catalog.guide = {**whole, "form": {"sections": whole["form"]["sections"][:1]}, "materials": []}
    path = f"/api/v1/drafts/{draft['draft_id']}"
    body = {"form": draft["form"], "materials": draft["materials"], "answers": {"residence": "none", "card": "no"}}
    changed = (await api.put(path, by=citizen(), body=body, headers=SEEN)).json()
    assert changed["answers"] == body["answers"]
    assert (changed["form"], changed["materials"], changed["missing"]) == (draft["form"], draft["materials"], [])
    assert {"/form/bank_account", "/materials/parent_id_card"} <= set(changed["unused"])
    assert "/form/child_name" not in changed["unused"]
    submission = {"draft_id": draft["draft_id"], "draft_version": changed["version"]}
    application = (await api.post("/api/v1/applications", by=citizen(), body=submission, key="k")).json()
    assert "child_name" in application["form"]
    assert "bank_account" not in application["form"]


async def test_what_was_put_aside_is_there_again_when_the_situation_returns(
    api: Client, catalog: Any, drafted: Make, answers: dict[str, str]
) -> None:
    draft = await drafted()
    whole = catalog.guide
    catalog.guide = {**whole, "form": {"sections": whole["form"]["sections"][:1]}, "materials": []}
    path = f"/api/v1/drafts/{draft['draft_id']}"
    body = {"form": draft["form"], "materials": draft["materials"], "answers": {"residence": "none", "card": "no"}}
    assert (await api.put(path, by=citizen(), body=body, headers=SEEN)).json()["unused"] != []
    catalog.guide = whole
    again = await api.put(path, by=citizen(), body={**body, "answers": answers}, headers={"if-match": '"3"'})
    assert (again.json()["unused"], again.json()["missing"]) == ([], [])


async def test_what_was_typed_is_kept_though_the_situation_does_not_fit(
    api: Client, drafted: Make, form: dict[str, str], answers: dict[str, str]
) -> None:
    draft = await drafted()
    path = f"/api/v1/drafts/{draft['draft_id']}"
    chosen = {"residence": "hukou"}
    body = {"form": {**form, "child_name": "测大宝"}, "materials": draft["materials"], "answers": chosen}
    saved = await api.put(path, by=citizen(), body=body, headers=SEEN)
    assert (saved.status, saved.headers["etag"]) == (200, '"3"')
    assert [(fault["pointer"], fault["code"]) for fault in saved.json()["faults"]] == [("/answers/card", "unanswered")]
    kept = (await api.get(path, by=citizen())).json()
    assert (kept["form"]["child_name"], kept["answers"]) == ("测大宝", chosen)
    assert [fault["code"] for fault in kept["faults"]] == ["situation_open"]
    submission = {"draft_id": draft["draft_id"], "draft_version": 3}
    refused = await api.post("/api/v1/applications", by=citizen(), body=submission, key="k")
    assert (refused.status, refused.json()["code"]) == (422, "answers_wrong")
    mended = await api.put(path, by=citizen(), body={**body, "answers": answers}, headers={"if-match": '"3"'})
    assert (mended.json()["faults"], mended.json()["answers"]) == ([], answers)


async def test_an_emptied_situation_is_kept_said_to_be_wrong_and_never_filed_as_the_one_before(
    api: Client, drafted: Make
) -> None:
    draft = await drafted()
    path = f"/api/v1/drafts/{draft['draft_id']}"
    body = {"form": draft["form"], "materials": draft["materials"]}
    saved = (await api.put(path, by=citizen(), body={**body, "answers": {}}, headers=SEEN)).json()
    assert (saved["answers"], [fault["code"] for fault in saved["faults"]]) == ({}, ["unanswered"] * 2)
    kept = (await api.get(path, by=citizen())).json()
    assert (kept["answers"], [fault["code"] for fault in kept["faults"]]) == ({}, ["situation_open"])
    again = (await api.put(path, by=citizen(), body=body, headers={"if-match": '"3"'})).json()
    assert (again["answers"], [fault["code"] for fault in again["faults"]]) == ({}, ["unanswered"] * 2)
    submission = {"draft_id": draft["draft_id"], "draft_version": 4}
    refused = await api.post("/api/v1/applications", by=citizen(), body=submission, key="k")
    assert (refused.status, refused.json()["code"]) == (422, "answers_wrong")


@pytest.mark.parametrize(
    ("ill", "code"),
    [
        ({"status": 500}, "catalog_unavailable"),
        ({"garbled": True}, "catalog_unavailable"),
        ({"status": 404}, "matter_not_found"),
    ],
)
async def test_what_was_typed_is_kept_though_the_catalogue_is_out_or_has_no_such_matter_any_more(
    api: Client, catalog: Any, drafted: Make, ill: dict[str, Any], code: str
) -> None:
    draft = await drafted()
    for name, value in ill.items():
        setattr(catalog, name, value)
    path, chosen = f"/api/v1/drafts/{draft['draft_id']}", {"residence": "none", "card": "no"}
    body = {"form": {**draft["form"], "child_name": "测大宝"}, "materials": draft["materials"], "answers": chosen}
    saved = (await api.put(path, by=citizen(), body=body, headers=SEEN)).json()
    assert ([fault["code"] for fault in saved["faults"]], saved["answers"]) == ([code], chosen)
    assert (await api.get(path, by=citizen())).json()["form"]["child_name"] == "测大宝"
    catalog.status, catalog.garbled = 200, False
    submission = {"draft_id": draft["draft_id"], "draft_version": 3}
    refused = await api.post("/api/v1/applications", by=citizen(), body=submission, key="k")
    assert (refused.status, refused.json()["code"]) == (409, "situation_open")
    del body["answers"]
    guided = (await api.put(path, by=citizen(), body=body, headers={"if-match": '"3"'})).json()
    assert (guided["faults"], guided["answers"]) == ([], chosen)


async def test_a_draft_says_when_its_matter_has_a_newer_version(
    api: Client, service: Service, catalog: Any, drafted: Make, answers: dict[str, str]
) -> None:
    draft = await drafted()
    path = f"/api/v1/drafts/{draft['draft_id']}"
    newer = draft["matter_version"] + 1
    for version in (newer, newer - 1):  # the older one comes late
        event = MatterPublished(matter_code="newborn", matter_version=version)
        await deliver(service, event, subject="newborn", version=version)
    assert (await api.get(path, by=citizen())).json()["newer_version"] == newer
    (listed,) = (await api.get("/api/v1/drafts", by=citizen())).json()["items"]
    assert listed["newer_version"] == newer
    catalog.publish()
    body = {"form": draft["form"], "answers": {**answers, "insurance": "yes"}}
    saved = (await api.put(path, by=citizen(), body=body, headers=SEEN)).json()
    assert (saved["matter_version"], saved["newer_version"]) == (newer, None)


async def test_a_draft_of_a_matter_that_ended_says_so_and_keeps_what_is_typed(
    api: Client, service: Service, catalog: Any, drafted: Make
) -> None:
    draft = await drafted()
    path, version = f"/api/v1/drafts/{draft['draft_id']}", draft["matter_version"]
    await deliver(service, MatterPublished(matter_code="newborn", matter_version=version), subject="newborn", version=1)
    ended = MatterWithdrawn(matter_code="newborn", matter_version=version, withdrawn_from=date(2026, 4, 1))
    await deliver(service, ended, subject="newborn", version=2)
    assert (await api.get(path, by=citizen())).json()["withdrawn_from"] == "2026-04-01"
    catalog.ended = "2026-03-01"
    body = {"form": {**draft["form"], "child_name": "测大宝"}}
    saved = (await api.put(path, by=citizen(), body=body, headers=SEEN)).json()
    assert [fault["code"] for fault in saved["faults"]] == ["matter_withdrawn"]
    assert (await api.get(path, by=citizen())).json()["form"]["child_name"] == "测大宝"


@pytest.mark.parametrize("newer", [0, 1])
async def test_a_matter_that_is_offered_again_has_no_end_whatever_its_version(
    api: Client, service: Service, drafted: Make, answers: dict[str, str], newer: int
) -> None:
    draft = await drafted()
    path, version = f"/api/v1/drafts/{draft['draft_id']}", draft["matter_version"]
    ended = MatterWithdrawn(matter_code="newborn", matter_version=version, withdrawn_from=date(2026, 4, 1))
    await deliver(service, ended, subject="newborn", version=2)
    late = MatterPublished(matter_code="newborn", matter_version=version)
    await deliver(service, late, subject="newborn", version=1)
    assert (await api.get(path, by=citizen())).json()["withdrawn_from"] == "2026-04-01"
    begun = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "newborn", "answers": answers}, key="k")
    assert begun.json()["withdrawn_from"] == "2026-04-01"
    again = MatterPublished(matter_code="newborn", matter_version=version + newer)
    await deliver(service, again, subject="newborn", version=3)
    assert (await api.get(path, by=citizen())).json()["withdrawn_from"] is None


async def test_a_person_has_so_many_drafts_of_a_matter_and_no_more(
    api: Client, drafted: Make, answers: dict[str, str]
) -> None:
    made = [await drafted() for _ in range(5)]
    body = {"matter_code": "newborn", "answers": answers}
    refused = await api.post("/api/v1/drafts", by=citizen(), body=body, key="one more")
    assert (refused.status, refused.json()["code"]) == (409, "too_many_drafts")
    assert refused.json()["see"] == refused.headers["location"] == "/api/v1/drafts?matter_code=newborn"
    assert (await api.post("/api/v1/drafts", by=citizen("citizen-2"), body=body, key="k")).status == 201
    path = f"/api/v1/drafts/{made[0]['draft_id']}"
    assert (await api.delete(path, by=citizen(), headers=SEEN)).status == 204
    assert (await api.post("/api/v1/drafts", by=citizen(), body=body, key="one more")).status == 201


async def test_twenty_drafts_begun_at_once_are_no_more_than_may_be(api: Client, answers: dict[str, str]) -> None:
    body = {"matter_code": "newborn", "answers": answers}
    replies = await asyncio.gather(
        *(api.post("/api/v1/drafts", by=citizen(), body=body, key=f"k{n}") for n in range(20))
    )
    assert sorted(reply.status for reply in replies) == [201] * 5 + [409] * 15


async def test_a_draft_tells_when_it_goes_warns_before_and_is_erased_with_a_record(
    api: Client, service: Service, database: Database, clock: ManualClock, drafted: Make
) -> None:
    draft, other = await drafted(), await drafted()
    path = f"/api/v1/drafts/{draft['draft_id']}"
    assert draft["expires_at"].startswith("2026-05-31T01:30:00")
    assert draft["warning"] == ""
    clock.advance(days=80)
    body = {"form": other["form"], "materials": other["materials"]}
    renewed = await api.put(f"/api/v1/drafts/{other['draft_id']}", by=citizen(), body=body, headers=SEEN)
    assert renewed.json()["warning"] == ""
    assert "2026-05-31" in (await api.get(path, by=citizen())).json()["warning"]
    (soon,) = (await api.get("/api/v1/drafts", by=citizen(), query={"expiring": "true"})).json()["items"]
    assert soon["draft_id"] == draft["draft_id"]
    await service.bus.ensure_topics(service.topics)
    await service.trim()
    assert (await api.get(path, by=citizen())).status == 200
    clock.advance(days=10, seconds=1)
    await service.trim()
    gone = await api.get(path, by=citizen())
    assert (gone.status, gone.json()["code"]) == (404, "draft_not_found")
    assert draft["draft_id"] not in gone.json()["detail"]
    assert (await api.get(f"/api/v1/drafts/{other['draft_id']}", by=citizen())).status == 200
    (row,) = [row for row in await audited(database) if row.action == "drafts.erased"]
    assert (row.actor, row.subject, '"drafts":1' in row.details) == ("intake", "draft", True)


async def test_a_draft_is_listed_as_expiring_from_the_moment_on_that_it_says_so(
    api: Client, clock: ManualClock, drafted: Make
) -> None:
    draft, begun = await drafted(), clock.now()
    found = []
    for early in (timedelta(seconds=1), timedelta()):
        clock.set(begun + DRAFTS - DRAFTS_WARNED - early)
        listed = (await api.get("/api/v1/drafts", by=citizen(), query={"expiring": "true"})).json()["items"]
        shown = (await api.get(f"/api/v1/drafts/{draft['draft_id']}", by=citizen())).json()
        found.append((len(listed), bool(shown["warning"])))
    assert found == [(0, False), (1, True)]


async def test_drafts_are_listed_by_matter(api: Client, drafted: Make) -> None:
    draft = await drafted()
    for code, expected in (("newborn", [draft["draft_id"]]), ("marriage", [])):
        found = (await api.get("/api/v1/drafts", by=citizen(), query={"matter_code": code})).json()["items"]
        assert [one["draft_id"] for one in found] == expected


async def test_whatever_comes_after_the_submission_is_told_where_the_application_is(
    api: Client, drafted: Make, form: dict[str, str]
) -> None:
    draft = await drafted()
    path, body = f"/api/v1/drafts/{draft['draft_id']}", {"draft_id": draft["draft_id"], "draft_version": 2}
    made = await api.post("/api/v1/applications", by=citizen(), body=body, key="k")
    where = made.headers["location"]
    for late in (
        await api.get(path, by=citizen()),
        await api.put(path, by=citizen(), body={"form": form}, headers=SEEN),
        await api.delete(path, by=citizen(), headers=SEEN),
        await api.post("/api/v1/applications", by=citizen(), body=body, key="again"),
    ):
        assert (late.status, late.json()["code"]) == (409, "already_submitted")
        assert late.json()["see"] == late.headers["location"] == where
    again = await api.post("/api/v1/applications", by=citizen(), body=body, key="k")
    assert (again.status, again.body) == (201, made.body)
    for other in (
        await api.get(path, by=citizen("citizen-2")),
        await api.post("/api/v1/applications", by=citizen("citizen-2"), body=body, key="k"),
    ):
        assert (other.status, other.json()["code"]) == (404, "draft_not_found")
        assert made.json()["application_id"] not in other.body.decode()


async def test_the_catalogues_refusals_come_through_with_their_pointers(api: Client) -> None:
    wrong = {"matter_code": "newborn", "answers": {"residence": "hukou"}}
    reply = await api.post("/api/v1/drafts", by=citizen(), body=wrong, key="k")
    assert (reply.status, reply.json()["code"]) == (422, "answers_wrong")
    assert [error["pointer"] for error in reply.json()["errors"]] == ["/answers/card"]
    reply = await api.post("/api/v1/drafts", by=citizen(), body={"matter_code": "x", "answers": {}}, key="k")
    assert (reply.status, reply.json()["code"]) == (404, "matter_not_found")


async def test_a_situation_for_the_window_makes_no_draft_and_is_told_in_the_catalogues_words(
    api: Client, catalog: Any, answers: dict[str, str]
) -> None:
    catalog.window = "请到派出所户籍窗口办理"
    body = {"matter_code": "newborn", "answers": answers}
    reply = await api.post("/api/v1/drafts", by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (422, "handled_at_window")
    assert reply.json()["detail"] == "请到派出所户籍窗口办理"
    assert [one["pointer"] for one in reply.json()["errors"]] == ["/answers/residence"]
    assert (await api.get("/api/v1/drafts", by=citizen())).json()["items"] == []


@pytest.mark.parametrize("ill", ["status", "garbled"])
async def test_a_catalogue_that_is_out_or_talks_nonsense_is_503(
    api: Client, catalog: Any, answers: dict[str, str], ill: str
) -> None:
    setattr(catalog, ill, {"status": 500, "garbled": True}[ill])
    body = {"matter_code": "newborn", "answers": answers}
    reply = await api.post("/api/v1/drafts", by=citizen(), body=body, key="k")
    assert (reply.status, reply.json()["code"]) == (503, "catalog_unavailable")
    assert reply.headers["retry-after"]


async def test_a_draft_is_changed_or_discarded_only_by_who_says_which_version_he_saw(
    api: Client, drafted: Make
) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    for headers in ({}, {"if-match": ""}, {"if-match": "  "}):
        for reply in (
            await api.put(path, by=citizen(), body={"form": {}}, headers=headers),
            await api.delete(path, by=citizen(), headers=headers),
        ):
            assert (reply.status, reply.json()["code"]) == (428, "precondition_required")
    assert (await api.get(path, by=citizen())).json()["version"] == 2


@pytest.mark.parametrize("seen", ['"1"', '"3"', 'W/"2"', '"1", W/"2"', '"02"', ","])
async def test_a_stale_copy_of_a_draft_is_refused_and_the_present_one_told(
    api: Client, drafted: Make, seen: str
) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    assert (await api.get(path, by=citizen())).headers["etag"] == '"2"'
    for stale in (
        await api.put(path, by=citizen(), body={"form": {}}, headers={"if-match": seen}),
        await api.delete(path, by=citizen(), headers={"if-match": seen}),
    ):
        assert (stale.status, stale.json()["code"], stale.headers["etag"]) == (412, "draft_changed", '"2"')
        assert "第 2 版" in stale.json()["detail"]
    assert (await api.get(path, by=citizen())).json()["form"] != {}


@pytest.mark.parametrize("seen", ['"2"', "*", ' "1","2" ', '"1" , ,W/"9", "2",'])
async def test_a_draft_is_changed_over_the_version_that_is_named_in_any_way(
    api: Client, drafted: Make, seen: str
) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    fresh = await api.put(path, by=citizen(), body={"form": {}}, headers={"if-match": seen})
    assert (fresh.status, fresh.headers["etag"]) == (200, '"3"')
    assert (await api.delete(path, by=citizen(), headers={"if-match": seen.replace("2", "3")})).status == 204


@pytest.mark.parametrize("seen", ["2", "'2'", '"2', '2"', 'w/"2"', '"2"x', '"1" "2"', "*, *", '"2", *', "\u00e9"])
async def test_a_condition_that_is_none_is_told_in_words(api: Client, drafted: Make, seen: str) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    reply = await api.put(path, by=citizen(), body={"form": {}}, headers={"if-match": seen})
    (error,) = reply.json()["errors"]
    assert (reply.status, error["pointer"], error["code"]) == (422, "/header/if-match", "entity_tag")
    assert "ETag" in error["detail"]


async def test_a_submission_names_the_version_that_was_seen(api: Client, drafted: Make, form: dict[str, str]) -> None:
    draft = await drafted()
    path = f"/api/v1/drafts/{draft['draft_id']}"
    elsewhere = {"form": {**form, "bank_account": "6200000000000000018"}, "materials": draft["materials"]}
    assert (await api.put(path, by=citizen(), body=elsewhere, headers=SEEN)).status == 200
    body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
    unseen = await api.post("/api/v1/applications", by=citizen(), body=body, key="k")
    assert (unseen.status, unseen.json()["code"], unseen.headers["etag"]) == (412, "draft_changed", '"3"')
    blind = await api.post("/api/v1/applications", by=citizen(), body={"draft_id": draft["draft_id"]}, key="k")
    assert (blind.status, blind.json()["errors"][0]["pointer"]) == (422, "/draft_version")
    assert (
        await api.post("/api/v1/applications", by=citizen(), body={**body, "draft_version": 3}, key="k")
    ).status == 201


async def test_a_draft_is_its_owners_alone(api: Client, drafted: Make) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    absent = "/api/v1/drafts/01900000-0000-7000-8000-ffffffffffff"
    stranger = citizen("citizen-2")
    for where in (path, absent):
        replies = [
            await api.get(where, by=stranger),
            await api.put(where, by=stranger, body={"form": {}}, headers=SEEN),
            await api.delete(where, by=stranger, headers=SEEN),
            await api.post(
                "/api/v1/applications", by=stranger, body={"draft_id": where[-36:], "draft_version": 2}, key=where
            ),
        ]
        assert [(reply.status, reply.json()["code"]) for reply in replies] == [(404, "draft_not_found")] * 4
    assert (await api.get("/api/v1/drafts", by=stranger)).json()["items"] == []
    assert (await api.get(path, by=clerk())).status == 403
    assert (await api.get(path, by=anonymous())).status == 401
    assert (await api.get(path, by=citizen(level=0))).status == 403
    assert (await api.get(path, by=citizen())).status == 200


async def test_a_discarded_draft_is_gone(api: Client, drafted: Make) -> None:
    path = f"/api/v1/drafts/{(await drafted())['draft_id']}"
    assert (await api.delete(path, by=citizen(), headers=SEEN)).status == 204
    assert (await api.get(path, by=citizen())).status == 404
    assert (await api.delete(path, by=citizen(), headers=SEEN)).status == 404


async def test_drafts_are_paged_newest_first_without_gaps(api: Client, drafted: Make) -> None:
    made = [(await drafted())["draft_id"] for _ in range(5)]
    await drafted(by=citizen("citizen-2"))
    seen: list[str] = []
    query: dict[str, str | int] = {"limit": 2}
    while True:
        page = (await api.get("/api/v1/drafts", by=citizen(), query=query)).json()
        seen += [draft["draft_id"] for draft in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize("field", ["state", "owner", "version", "matter_version", "draft_id"])
async def test_nobody_sets_what_is_not_his_to_set_in_a_draft(api: Client, drafted: Make, field: str) -> None:
    draft = await drafted()
    reply = await api.put(
        f"/api/v1/drafts/{draft['draft_id']}", by=citizen(), body={"form": {}, field: "x"}, headers=SEEN
    )
    assert reply.status == 422
