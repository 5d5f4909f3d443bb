"""Assessments: computed, told, appealed against, published by another person, and never changed after that."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.http.identity import ANONYMOUS, Principal
from chassis.testing.builders import ManualClock
from chassis.testing.client import Client, appended, audited
from evaluation_svc.handlers import Evaluation, count_page
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.store import appealed, standings

from .assessing import (
    ASSESSMENTS,
    CITIZEN,
    COMPANY_HEAD,
    DEPARTMENTS,
    HEAD,
    OFFICER,
    OTHER_HEAD,
    PERIOD,
    RANKINGS,
    REVIEWER,
    SECOND,
    STRANGER,
    Steps,
    rates,
    set_up,
)

Count = Callable[..., Awaitable[None]]
APPEAL = {"grounds": "二月有四件网上申请计为窗口受理"}


@pytest.fixture
async def steps(
    api: Client, evaluation: Evaluation, clock: ManualClock, database: Database, calendar: None, counted: Count
) -> Steps:
    await set_up(database)
    await counted(PERIOD, "unit", rates())
    return Steps(api, evaluation, clock)


def places(view: dict[str, Any]) -> list[tuple[str, int | None, str | None]]:
    return [(one["unit"], one["place"], one["end"]) for one in view["ranking"]]


async def test_a_ranking_tells_counts_values_points_and_weights_of_each_unit(steps: Steps) -> None:
    found = await steps.computed()
    assert (found["state"], found["revision"], found["rules"]["name"]) == ("DRAFT", 1, "市级部门")
    assert [one["unit"] for one in found["ranking"]] == DEPARTMENTS
    first = found["ranking"][0]
    assert (first["place"], first["end"], first["score"]["exact"]) == (1, "TOP", "725/8")
    line = first["lines"][0]
    assert (line["value"]["exact"], line["points"]["exact"], line["points"]["rounded"]) == ("70", "175/2", "87.50")
    assert {one["measure"]: one["count"]["exact"] for one in line["counts"]} == {"cases": "100", "online_cases": "70"}
    assert found["rules"]["criteria"][0]["formula"] == "100 * online_cases / cases"


async def test_ties_come_together_at_both_ends_and_companies_and_the_office_are_not_among_departments(
    steps: Steps, counted: Count
) -> None:
    await counted(PERIOD, "unit", {**rates(U02=60, U03=60, U05=20, U06=20, U07=20), "U49": rates()["U01"]})
    found = await steps.computed()
    assert places(found) == [
        ("U01", 1, "TOP"),
        ("U02", 2, "TOP"),
        ("U03", 2, "TOP"),
        ("U04", 4, None),
        ("U05", 5, "BOTTOM"),
        ("U06", 5, "BOTTOM"),
        ("U07", 5, "BOTTOM"),
    ]


async def test_regions_are_counted_by_their_codes_and_written_to_by_their_bodies(steps: Steps, counted: Count) -> None:
    await counted(PERIOD, "region", {"410102": rates()["U01"]})
    found = await steps.computed(group="regions")
    assert [(one["unit"], one["name"], one["place"], one["end"]) for one in found["ranking"]] == [
        ("R410102", "中原区", 1, None)
    ]


async def test_a_draft_is_computed_again_from_what_is_counted_now(steps: Steps, counted: Count) -> None:
    found = await steps.computed()
    await counted(PERIOD, "unit", rates(U07=75))
    again = await steps.post(f"/{found['assessment_id']}/computations", by=SECOND)
    assert (again.status, places(again.json())[0]) == (201, ("U07", 1, "TOP"))
    assert again.json()["computed_by"] == "officer-2"


async def test_it_is_told_only_when_its_period_is_over_and_it_was_computed_then(
    steps: Steps, clock: ManualClock
) -> None:
    found = await steps.computed(period="2026-03")
    early = await steps.post(f"/{found['assessment_id']}/announcements", by=OFFICER)
    assert (early.status, early.json()["code"]) == (409, "period_not_over")
    clock.set(datetime(2026, 3, 31, 16, tzinfo=UTC))
    half = await steps.post(f"/{found['assessment_id']}/announcements", by=OFFICER)
    assert (half.status, half.json()["code"]) == (409, "assessment_outdated")
    assert (await steps.post(f"/{found['assessment_id']}/computations", by=OFFICER)).status == 201
    assert (await steps.post(f"/{found['assessment_id']}/announcements", by=OFFICER)).status == 201


async def test_what_came_before_the_end_of_its_period_is_counted_before_a_draft_is_told(
    steps: Steps, clock: ManualClock, database: Database, evaluation: Evaluation
) -> None:
    received_at = clock.now()
    async with database.unit_of_work() as work:
        note_own(
            work, About.CASE, "late", type_="evaluation.visit.made", version=1, at=received_at, data={"unit": "U01"}
        )
    clock.set(datetime(2026, 3, 31, 16, tzinfo=UTC))
    found = await steps.computed(period="2026-03")
    assert datetime.fromisoformat(found["counted_until"]) == received_at
    place = f"/{found['assessment_id']}"
    behind = await steps.post(f"{place}/announcements", by=OFFICER)
    assert (behind.status, behind.json()["code"]) == (409, "assessment_outdated")
    while await count_page(evaluation):
        pass
    again = (await steps.post(f"{place}/computations", by=OFFICER)).json()
    assert again["counted_until"] == again["computed_at"]
    assert (await steps.post(f"{place}/announcements", by=OFFICER)).status == 201


async def test_until_publication_a_unit_sees_its_own_line_alone(steps: Steps, api: Client) -> None:
    assessment_id = (await steps.computed())["assessment_id"]
    place = f"{ASSESSMENTS}/{assessment_id}"
    assert (await api.get(place, by=HEAD)).json()["code"] == "assessment_not_found"
    await steps.post(f"/{assessment_id}/announcements", by=OFFICER)
    found = (await api.get(place, by=HEAD)).json()
    assert (places(found), found["computed_by"]) == ([("U07", 7, "BOTTOM")], None)
    assert found["appeals_due_at"] == "2026-03-09T09:00:00Z"
    assert (await api.get(place, by=COMPANY_HEAD)).status == 404
    assert [one["assessment_id"] for one in (await api.get(ASSESSMENTS, by=HEAD)).json()["items"]] == [assessment_id]
    assert (await api.get(ASSESSMENTS, by=COMPANY_HEAD)).json()["items"] == []
    assert (await api.get(RANKINGS, query={"group": "departments"})).status == 404
    await steps.pass_clocks()
    await steps.post(f"/{assessment_id}/publications", by=SECOND)
    assert len((await api.get(place, by=HEAD)).json()["ranking"]) == len(DEPARTMENTS)


async def test_it_is_published_after_the_clock_by_another_person_than_who_computed_it(
    steps: Steps, database: Database
) -> None:
    assessment_id = await steps.told()
    early = await steps.post(f"/{assessment_id}/publications", by=SECOND)
    assert (early.status, early.json()["code"]) == (409, "assessment_appeal_clock_running")
    await steps.pass_clocks()
    own = await steps.post(f"/{assessment_id}/publications", by=OFFICER)
    assert (own.status, own.json()["code"]) == (403, "own_computation")
    done = await steps.post(f"/{assessment_id}/publications", by=SECOND)
    assert (done.status, done.json()["state"], done.json()["published_by"]) == (201, "PUBLISHED", "officer-2")
    (told,) = await appended(database, "evaluation.ranking.published")
    assert (told["data"]["group"], told["data"]["period"], told["data"]["revision"]) == ("departments", PERIOD, 1)
    actions = [row.action for row in await audited(database) if row.action.startswith("assessment.")]
    assert actions == ["assessment.computed", "assessment.told", "assessment.published"]


async def test_of_two_who_publish_at_once_one_does(steps: Steps, database: Database) -> None:
    assessment_id = await steps.told()
    await steps.pass_clocks()
    replies = await asyncio.gather(*(steps.post(f"/{assessment_id}/publications", by=SECOND) for _ in range(4)))
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409]
    assert len(await appended(database, "evaluation.ranking.published")) == 1


async def test_of_two_who_compute_a_period_at_once_one_does(steps: Steps, api: Client) -> None:
    body = {"group": "departments", "period": PERIOD}
    replies = await asyncio.gather(*(steps.post("", by=who, body=body) for who in (OFFICER, SECOND, OFFICER)))
    assert sorted(reply.status for reply in replies) == [201, 409, 409]
    assert {reply.json()["code"] for reply in replies if reply.status == 409} == {"assessment_under_way"}
    assert len((await api.get(ASSESSMENTS, by=OFFICER)).json()["items"]) == 1


async def test_what_is_published_stays_whatever_arrives_later_and_the_difference_is_shown(
    steps: Steps, api: Client, counted: Count
) -> None:
    assessment_id = await steps.published()
    before = (await api.get(RANKINGS, query={"group": "departments", "period": PERIOD})).json()
    await counted(PERIOD, "unit", rates(U07=75))
    assert (await api.get(RANKINGS, query={"group": "departments", "period": PERIOD})).json() == before
    assert (await steps.post(f"/{assessment_id}/computations", by=OFFICER)).json()["code"] == (
        "assessment_step_not_possible"
    )
    changes = (await api.get(f"{ASSESSMENTS}/{assessment_id}/changes", by=OFFICER)).json()
    (changed,) = changes["changed_since"]
    assert (changed["unit"], changed["measure"]) == ("U07", "online_cases")
    assert (changed["kept"]["exact"], changed["now"]["exact"]) == ("10", "75")
    assert changes["moves"] == DEPARTMENTS


async def test_a_published_ranking_is_corrected_by_a_revision_with_its_reason_alone(
    steps: Steps, api: Client, counted: Count
) -> None:
    first = await steps.published()
    body = {"group": "departments", "period": PERIOD}
    bare = await steps.post("", by=OFFICER, body=body)
    assert (bare.status, bare.json()["errors"][0]["pointer"]) == (422, "/reason")
    await counted(PERIOD, "unit", rates(U07=75))
    second = await steps.published(reason="四件迟到的办件已计入")
    now = (await api.get(RANKINGS, query=body)).json()
    assert (now["revision"], now["reason"], places(now)[0]) == (2, "四件迟到的办件已计入", ("U07", 1, "TOP"))
    kept = (await api.get(f"{ASSESSMENTS}/{first}", by=OFFICER)).json()
    assert (kept["revision"], kept["state"], places(kept)[0]) == (1, "PUBLISHED", ("U01", 1, "TOP"))
    listed = (await api.get(ASSESSMENTS, by=OFFICER, query={"group": "departments"})).json()["items"]
    assert [one["assessment_id"] for one in listed] == [second, first]


async def test_everybody_reads_published_rankings_without_counts_below_the_minimum(
    steps: Steps, api: Client, counted: Count
) -> None:
    small = {"cases": 4, "online_cases": 3, "cases_closed": 4, "cases_overdue": 1}
    await counted(PERIOD, "unit", {**rates(), "U07": small, "U06": {**rates()["U06"], "cases": 9}})
    await steps.published()
    for who in (ANONYMOUS, CITIZEN, REVIEWER):
        found = (await api.get(RANKINGS, by=who, query={"group": "departments"})).json()
        by_unit = {one["unit"]: one for one in found["ranking"]}
        assert by_unit["U01"]["lines"][0]["counts"] != []
        assert (by_unit["U07"]["place"], by_unit["U07"]["unranked"]) == (None, "below_minimum")
        assert [line["counts"] for line in by_unit["U07"]["lines"]] == [[], []]
        assert by_unit["U06"]["unranked"] == "share_too_small"
        assert [bool(line["counts"]) for line in by_unit["U06"]["lines"]] == [False, True]


STEPS_OF_OFFICE = [
    ("", {"group": "departments", "period": "2026-01"}),
    ("/{}/announcements", None),
    ("/{}/computations", None),
    ("/{}/publications", None),
    ("/{}/appeals/01900000-0000-7000-8000-0000000000ff/decisions", {"outcome": "DISMISSED", "reason": "不成立"}),
]


@pytest.mark.parametrize("who", [ANONYMOUS, CITIZEN, HEAD, REVIEWER, STRANGER], ids=lambda who: who.subject)
async def test_the_steps_are_for_officers_of_the_office_alone(steps: Steps, who: Principal) -> None:
    assessment_id = (await steps.computed())["assessment_id"]
    for path, body in STEPS_OF_OFFICE:
        reply = await steps.post(path.format(assessment_id), by=who, body=body)
        assert reply.status == (401 if who is ANONYMOUS else 403), (path, reply.json())
    changes = f"{ASSESSMENTS}/{assessment_id}/changes"
    assert (await steps.get(changes, by=who)).status == (401 if who is ANONYMOUS else 403)


@pytest.mark.parametrize("who", [ANONYMOUS, CITIZEN, REVIEWER, OFFICER, COMPANY_HEAD], ids=lambda who: who.subject)
async def test_only_the_head_of_an_assessed_unit_appeals(steps: Steps, who: Principal) -> None:
    assessment_id = await steps.told()
    reply = await steps.post(f"/{assessment_id}/appeals", by=who, body=APPEAL)
    assert reply.status == {"anonymous": 401, "head-49": 404}.get(who.subject, 403)


async def test_an_appeal_blocks_publication_until_it_is_decided(steps: Steps, database: Database) -> None:
    assessment_id = await steps.told()
    appeal = await steps.post(f"/{assessment_id}/appeals", by=HEAD, body=APPEAL)
    assert (appeal.status, appeal.json()["state"], appeal.json()["unit"]) == (201, "OPEN", "U07")
    again = await steps.post(f"/{assessment_id}/appeals", by=HEAD, body=APPEAL)
    assert (again.status, again.json()["code"]) == (409, "assessment_appeal_open")
    await steps.pass_clocks()
    blocked = await steps.post(f"/{assessment_id}/publications", by=SECOND)
    assert (blocked.status, blocked.json()["code"]) == (409, "assessment_appeals_undecided")
    place = f"/{assessment_id}/appeals/{appeal.json()['appeal_id']}/decisions"
    body = {"outcome": "DISMISSED", "reason": "四件均为窗口收件"}
    decided = await steps.post(place, by=OFFICER, body=body)
    assert (decided.status, decided.json()["state"]) == (201, "DISMISSED")
    assert decided.json()["overdue_at"] is not None
    assert (await steps.post(place, by=SECOND, body=body)).json()["code"] == "assessment_appeal_decided"
    assert (await steps.post(f"/{assessment_id}/publications", by=SECOND)).status == 201
    async with database.reading() as connection:
        (row,) = await connection.execute(sa.select(appealed))
    assert "窗口" not in row.grounds + row.decision


async def test_of_two_who_appeal_for_a_unit_at_once_one_does(steps: Steps) -> None:
    assessment_id = await steps.told()
    replies = await asyncio.gather(
        *(steps.post(f"/{assessment_id}/appeals", by=HEAD, body=APPEAL) for _ in range(3)),
        steps.post(f"/{assessment_id}/appeals", by=OTHER_HEAD, body=APPEAL),
    )
    assert sorted(reply.status for reply in replies) == [201, 201, 409, 409]


async def test_an_appeal_after_the_clock_is_too_late(steps: Steps) -> None:
    assessment_id = await steps.told()
    await steps.pass_clocks()
    late = await steps.post(f"/{assessment_id}/appeals", by=HEAD, body=APPEAL)
    assert (late.status, late.json()["code"]) == (409, "assessment_appeal_too_late")


async def test_an_upheld_appeal_returns_the_ranking_to_be_computed_and_told_again(
    steps: Steps, counted: Count, api: Client
) -> None:
    assessment_id = await steps.told()
    appeal = (await steps.post(f"/{assessment_id}/appeals", by=HEAD, body=APPEAL)).json()
    place = f"/{assessment_id}/appeals/{appeal['appeal_id']}/decisions"
    await steps.post(place, by=SECOND, body={"outcome": "UPHELD", "reason": "四件已更正"})
    assert (await api.get(f"{ASSESSMENTS}/{assessment_id}", by=HEAD)).status == 404
    await counted(PERIOD, "unit", rates(U07=75))
    same = await steps.post(f"/{assessment_id}/announcements", by=OFFICER)
    assert (same.status, same.json()["code"]) == (409, "assessment_outdated")
    assert (await steps.post(f"/{assessment_id}/computations", by=OFFICER)).status == 201
    assert (await steps.post(f"/{assessment_id}/announcements", by=OFFICER)).status == 201
    early = await steps.post(f"/{assessment_id}/publications", by=SECOND)
    assert early.json()["code"] == "assessment_appeal_clock_running"
    await steps.pass_clocks()
    assert places((await steps.post(f"/{assessment_id}/publications", by=SECOND)).json())[0] == ("U07", 1, "TOP")


async def test_a_unit_reads_its_own_appeals_and_the_office_all_of_them_on_record(
    steps: Steps, api: Client, database: Database
) -> None:
    assessment_id = await steps.told()
    for who in (HEAD, OTHER_HEAD):
        await steps.post(f"/{assessment_id}/appeals", by=who, body=APPEAL)
    place = f"{ASSESSMENTS}/{assessment_id}/appeals"
    assert [one["unit"] for one in (await api.get(place, by=OFFICER)).json()["items"]] == ["U06", "U07"]
    (own,) = (await api.get(place, by=HEAD)).json()["items"]
    assert (own["unit"], own["grounds"]) == ("U07", APPEAL["grounds"])
    assert (await api.get(place, by=COMPANY_HEAD)).status == 404
    assert (await api.get(place, by=OFFICER, query={"after": "WyJ4Il0"})).status == 422
    looks = [row.actor for row in await audited(database) if row.action == "assessment.appeals_read"]
    assert looks == ["officer-1", "head-7"]


async def test_notices_are_drafted_for_the_two_ends_and_for_who_stays_at_the_lower_one(
    steps: Steps, api: Client, counted: Count, clock: ManualClock
) -> None:
    drafted: dict[str, list[tuple[str, str]]] = {}
    letters: list[dict[str, Any]] = []
    for period in ("2026-02", "2026-03", "2026-04"):
        await counted(period, "unit", rates(U05=5) if period == "2026-04" else rates())
        clock.set(datetime(2026, 5, 6, 2, tzinfo=UTC))
        await steps.published(period=period)
        letters = (await api.get("/api/v1/evaluation-letters", by=OFFICER)).json()["items"]
        drafted[period] = sorted(
            (one["unit"], one["kind"]) for one in letters if one["subject"] == f"departments.{period}"
        )
    usual = [("U01", "COMMENDATION"), ("U02", "COMMENDATION"), ("U06", "CRITICISM"), ("U07", "CRITICISM")]
    assert drafted["2026-02"] == drafted["2026-03"] == usual
    assert drafted["2026-04"] == [*usual[:2], ("U05", "CRITICISM"), ("U07", "CRITICISM"), ("U07", "INTERVIEW")]
    assert all(one["state"] == "DRAFT" for one in letters)
    letter_id = next(one["letter_id"] for one in letters if one["kind"] == "COMMENDATION")
    letter = (await api.get(f"/api/v1/evaluation-letters/{letter_id}", by=OFFICER)).json()
    assert letter["title"] == "关于2026年4月政务服务考评结果的通报表扬"
    assert letter["paragraphs"][0].startswith("2026年4月考评中,市级部门共 7 个参加排名,单位U")


async def test_a_correction_drafts_for_those_it_brings_in_and_says_whom_it_takes_out(
    steps: Steps, api: Client, counted: Count, database: Database
) -> None:
    await steps.published()
    await counted(PERIOD, "unit", rates(U07=75))
    await steps.published(reason="四件迟到的办件已计入")
    letters = (await api.get("/api/v1/evaluation-letters", by=OFFICER)).json()["items"]
    assert sorted((one["unit"], one["kind"]) for one in letters) == [
        ("U01", "COMMENDATION"),
        ("U02", "COMMENDATION"),
        ("U05", "CRITICISM"),
        ("U06", "CRITICISM"),
        ("U07", "COMMENDATION"),
        ("U07", "CRITICISM"),
    ]
    last = [row for row in await audited(database) if row.action == "assessment.published"][-1]
    assert '"lapsed":["U02","U07"]' in last.details


async def test_a_quarter_sums_its_months(steps: Steps, counted: Count) -> None:
    for month in ("2026-01", "2026-02", "2026-03"):
        await counted(month, "unit", rates())
    found = await steps.computed(period="2026-Q1")
    counts = {one["measure"]: one["count"]["exact"] for one in found["ranking"][0]["lines"][0]["counts"]}
    assert counts == {"cases": "300", "online_cases": "210"}


async def test_without_rules_nothing_is_assessed(api: Client) -> None:
    reply = await api.post(ASSESSMENTS, by=OFFICER, body={"group": "departments", "period": PERIOD}, key="a")
    assert (reply.status, reply.json()["code"]) == (404, "pack_incomplete")


async def test_nothing_in_the_store_changes_a_published_ranking(steps: Steps, database: Database) -> None:
    assessment_id = await steps.published()
    async with database.reading() as connection:
        before = list(await connection.execute(sa.select(standings)))
    for step in ("announcements", "computations", "publications"):
        assert (await steps.post(f"/{assessment_id}/{step}", by=OFFICER)).status == 409
    async with database.reading() as connection:
        assert list(await connection.execute(sa.select(standings))) == before
