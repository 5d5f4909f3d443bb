"""Figures as they are read: exact values with their counts, small numbers withheld, opened to whom they concern."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.http.identity import ANONYMOUS, Principal
from chassis.testing.builders import ManualClock, citizen, staff
from chassis.testing.client import Client, audited
from evaluation_svc.domain.rounding import rounded
from evaluation_svc.domain.series import month_by_month, months_between
from evaluation_svc.domain.withholding import joined, span_of, withheld
from evaluation_svc.handlers import Evaluation, count_page, load_evaluation
from evaluation_svc.handlers.figures import counts_of
from evaluation_svc.handlers.journal import About, note_own
from hypothesis import given
from hypothesis import strategies as st

MARCH = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
READ = frozenset({"evaluation:read", "matter:read"})
VALUES, CASES = "/api/v1/indicators/{}/values", "/api/v1/figures/{}/cases"
RATE = "online_rate"


def person(unit: str, role: str) -> Principal:
    return staff(f"{role}-{unit}", unit=unit, roles=frozenset({role}), scopes=READ)


OFFICER, HEAD, LEADER = person("ZWB", "evaluation_officer"), person("U23", "unit_head"), person("SZF", "leader")
PUBLIC = citizen(scopes=frozenset({"matter:read"}))


def indicator(key: str, formula: str, *, level: str = "city unit", period: str = "month") -> dict[str, Any]:
    said = {"name": key, "unit": "percent", "direction": "up", "target": "", "status": "proposed"}
    of_source = {"source": "方案", "basis": "方案(四)"}
    return {"indicator": key, "formula": formula, "level": level.split(), "period": period, **said, **of_source}


INDICATORS = [
    indicator(RATE, "100 * online_cases / cases"),
    indicator("good", "100 * ratings_satisfied / ratings_active"),
    indicator("visits_to_date", "visits", period="to_date"),
    indicator("sorted_on_time", "100 * min(sorting_by_due, sorting_planned) / sorting_planned", period="to_date"),
]
STEP = {"step": "sorting", "measure": "items_published", "due": "2026-03", "city": 4, "units": {"U23": 3}}
PLAN = {"steps": [{**STEP, "name": "梳理", "source": "方案", "status": "proposed"}], "numbers": []}
Write = Callable[..., Awaitable[None]]


@pytest.fixture
async def write(evaluation: Evaluation, database: Database) -> Write:
    """Write so many cases of a unit into the journal, and count them: `write("U23", 9, online=3)`."""
    async with database.unit_of_work() as work:
        await load_evaluation(work, {"indicators": {"shown_from": 5, "indicators": INDICATORS}, "plan": PLAN})

    async def written(unit: str, cases: int, *, online: int = 0, at: datetime = MARCH, rated: int = 0) -> None:
        async with database.unit_of_work() as work:
            for number in range(cases):
                key = work.ids()
                channel = "ONLINE" if number < online else "WINDOW"
                told = {"unit": unit, "submitted_at": at.isoformat(), "channel": channel, "matter_code": "newborn"}
                note_own(work, About.CASE, key, type_="intake.application.submitted", version=1, at=at, data=told)
                if number < rated:
                    rating = {"rating_id": key, "unit": unit, "level": "SATISFIED", "number": 1}
                    note_own(work, About.CASE, key, type_="evaluation.rating.submitted", version=1, at=at, data=rating)
        while await count_page(evaluation):
            pass

    return written


async def test_a_value_is_an_exact_fraction_with_its_counts(write: Write, api: Client) -> None:
    await write("U23", 9, online=7)
    told = (await api.get(VALUES.format(RATE), by=PUBLIC, query={"period": "2026-03"})).json()
    assert told["items"] == [
        {
            "key": "",
            "value": {"numerator": "700", "denominator": "9"},
            "rounded": "77.78",
            "is_withheld": False,
            "counts": [{"measure": "cases", "count": 9}, {"measure": "online_cases", "count": 7}],
        }
    ]
    assert (told["formula"], told["late"], told["next"]) == ("100 * online_cases / cases", 0, None)


async def test_what_was_not_counted_has_no_value_neither_0_nor_100(write: Write, api: Client) -> None:
    await write("U23", 9)
    told = (await api.get(VALUES.format(RATE), by=ANONYMOUS, query={"period": "2026-04"})).json()
    assert [(one["value"], one["rounded"], one["counts"]) for one in told["items"]] in ([], [(None, "", [])])
    told = (await api.get(VALUES.format("good"), by=ANONYMOUS, query={"period": "2026-03"})).json()
    assert all(one["value"] is None for one in told["items"])


async def test_values_come_unit_by_unit_in_pages(write: Write, api: Client) -> None:
    for unit in ("U23", "U09", "U30"):
        await write(unit, 8, online=6)
    seen: list[Any] = []
    after: str | None = ""
    while after is not None:
        asked = {"period": "2026-Q1", "by": "unit", "limit": "2", "after": after}
        page = (await api.get(VALUES.format(RATE), by=PUBLIC, query=asked)).json()
        seen += [one["key"] for one in page["items"]]
        after = page["next"]
    assert seen == ["U09", "U23", "U30"]


async def test_small_numbers_are_withheld_from_everybody_but_those_who_lead(write: Write, api: Client) -> None:
    await write("U23", 40, online=4)
    await write("U09", 30, online=30)
    await write("U30", 50, online=50)
    asked = {"period": "2026-03", "by": "unit"}
    told = (await api.get(VALUES.format(RATE), by=PUBLIC, query=asked)).json()["items"]
    hidden = {one["key"]: one["is_withheld"] for one in told}
    assert hidden == {"U23": True, "U09": True, "U30": False}, "a second one, lest the difference to the city tells"
    assert all(one["value"] is None and one["counts"] == [] for one in told if one["is_withheld"])
    for who in (OFFICER, LEADER):
        told = (await api.get(VALUES.format(RATE), by=who, query=asked)).json()["items"]
        assert not any(one["is_withheld"] for one in told)
    told = (await api.get(VALUES.format(RATE), by=HEAD, query=asked)).json()["items"]
    assert any(one["is_withheld"] for one in told)


async def test_the_course_of_a_unit_tells_no_more_than_the_list_of_its_month(write: Write, api: Client) -> None:
    await write("U23", 40, online=4)
    await write("U09", 30, online=30)
    await write("U30", 50, online=50)
    for unit, is_hidden in (("U23", True), ("U09", True), ("U30", False)):
        asked = {"from": "2026-02", "to": "2026-03", "by": "unit", "key": unit}
        place = f"/api/v1/indicators/{RATE}/series"
        shown = [one["is_withheld"] for one in (await api.get(place, by=PUBLIC, query=asked)).json()["months"]]
        assert shown == [False, is_hidden]
        shown = [one["is_withheld"] for one in (await api.get(place, by=LEADER, query=asked)).json()["months"]]
        assert shown == [False, False]


async def test_a_quarter_is_withheld_where_its_months_would_tell_what_is(write: Write, api: Client) -> None:
    for month, online in ((1, 20), (2, 30), (3, 2)):
        for unit in ("U23", "U09"):
            await write(unit, 40, online=online, at=MARCH.replace(month=month))
        await write("U30", 50, online=3, at=MARCH.replace(month=month))
        await write("U31", 60, online=3, at=MARCH.replace(month=month))
    told = {}
    for period in ("2026-01", "2026-02", "2026-03", "2026-Q1", "2026-H1"):
        items = (await api.get(VALUES.format(RATE), by=PUBLIC, query={"period": period, "by": "unit"})).json()["items"]
        told[period] = {one["key"]: one["is_withheld"] for one in items}
    assert [told[month]["U23"] for month in told] == [False, False, True, True, True], "a sum less two is the third"
    assert [told[month]["U30"] for month in told] == [True, True, True, False, False], (
        "nine of three months, not of one"
    )


Months = st.lists(st.dictionaries(st.sampled_from("ab"), st.integers(0, 12), min_size=2), min_size=6, max_size=6)


@given(Months, st.integers(2, 6))
def test_no_period_tells_a_month_that_is_withheld(months: list[dict[str, int]], shown_from: int) -> None:
    spans = [span_of({key: {"cases": amount} for key, amount in one.items()}, {"cases"}, shown_from) for one in months]
    quarters = [joined(spans[first : first + 3], {"cases"}, shown_from) for first in (0, 3)]
    half = joined(quarters, {"cases"}, shown_from)
    for key in "ab":
        for whole, parts in ((quarters[0], spans[:3]), (quarters[1], spans[3:]), (half, quarters)):
            if key in whole.hidden:
                continue
            hidden = [one for one in parts if key in one.hidden]
            left = whole.counts[key]["cases"] - sum(one.counts[key]["cases"] for one in parts if one not in hidden)
            shown = sum(
                month.counts[key]["cases"]
                for one, inner in ((quarters[0], spans[:3]), (quarters[1], spans[3:]))
                if one in hidden
                for month in inner
                if key not in month.hidden
            )
            assert len(hidden) != 1
            assert not 0 < left - shown < shown_from


Rows = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 40), max_size=8)


@given(Rows, st.integers(1, 9))
def test_no_hidden_count_follows_from_the_sum_and_what_is_shown(rows: dict[str, int], shown_from: int) -> None:
    counts = {key: {"cases": amount} for key, amount in rows.items()}
    hidden = withheld(counts, {"cases"}, shown_from)
    assert all(key in hidden for key, amount in rows.items() if 0 < amount < shown_from)
    counting = {key for key in hidden if rows[key]}
    assert len(counting) != 1 or len([key for key in rows if rows[key]]) == 1
    together = sum(rows[key] for key in hidden)
    assert not 0 < together < shown_from or together == sum(rows.values()), "what the hidden are together is told"


async def test_what_is_withheld_among_the_units_of_a_month_is_withheld_in_each_ones_series(
    write: Write, api: Client
) -> None:
    await write("U23", 40, online=4)
    await write("U09", 30, online=30)
    await write("U30", 50, online=50)
    asked = {"from": "2026-03", "to": "2026-03", "by": "unit"}
    for who, expected in ((PUBLIC, {"U23": True, "U09": True, "U30": False}), (OFFICER, {"U09": False})):
        for unit, is_withheld in expected.items():
            url = f"/api/v1/indicators/{RATE}/series"
            (month,) = (await api.get(url, by=who, query={**asked, "key": unit})).json()["months"]
            assert (month["is_withheld"], month["value"] is None) == (is_withheld, is_withheld)


async def test_a_series_is_the_value_of_each_month(write: Write, api: Client) -> None:
    for month, online in ((1, 5), (3, 9)):
        await write("U23", 9, online=online, at=MARCH.replace(month=month))
    asked = {"from": "2025-12", "to": "2026-03", "by": "unit", "key": "U23"}
    told = (await api.get("/api/v1/indicators/online_rate/series", by=PUBLIC, query=asked)).json()
    assert [(one["month"], one["rounded"]) for one in told["months"]] == [
        ("2025-12", ""),
        ("2026-01", "55.56"),
        ("2026-02", ""),
        ("2026-03", "100.00"),
    ]
    for wrong in ({"from": "2026-03", "to": "2026-02"}, {"from": "2020-01", "to": "2026-02"}):
        refused = await api.get("/api/v1/indicators/online_rate/series", by=PUBLIC, query=wrong)
        assert (refused.status, refused.json()["errors"][0]["pointer"]) == (422, "/to")


async def test_a_step_is_held_against_its_plan_at_its_due_month(
    write: Write, api: Client, database: Database, evaluation: Evaluation
) -> None:
    for number, month in enumerate((2, 3, 4)):
        at, key = datetime(2026, month, 5, tzinfo=UTC), f"i{number}"
        async with database.unit_of_work() as work:
            said = {"item": key, "unit": "U23", "is_applied_for": False}
            note_own(work, About.ITEM, key, type_="catalog.item.published", version=1, at=at, data=said)
    while await count_page(evaluation):
        pass
    url = VALUES.format("sorted_on_time")
    for period, by_unit in (("2026-02", "33.33"), ("2026-03", "66.67"), ("2026-06", "66.67")):
        told = (await api.get(url, by=PUBLIC, query={"period": period, "by": "unit"})).json()["items"]
        assert [(one["key"], one["rounded"]) for one in told] == [("U23", by_unit)]
    asked = {"from": "2026-02", "to": "2026-04", "by": "unit", "key": "U23"}
    series = (await api.get("/api/v1/indicators/sorted_on_time/series", by=PUBLIC, query=asked)).json()["months"]
    assert [one["rounded"] for one in series] == ["33.33", "66.67", "66.67"]
    async with database.reading() as connection:
        counts = await counts_of(connection, "2026-06", "city")
    assert {name: counts[""][name] for name in ("sorting_planned", "sorting_by_due", "items_published")} == {
        "sorting_planned": 4,
        "sorting_by_due": 2,
        "items_published": 3,
    }


async def test_a_figure_opens_to_what_it_counts(write: Write, api: Client, database: Database) -> None:
    await write("U23", 3)
    await write("U09", 2)
    url, seen = CASES.format("cases"), list[Any]()
    after: str | None = ""
    while after is not None:
        page = (await api.get(url, by=OFFICER, query={"period": "2026-03", "limit": "2", "after": after})).json()
        seen += [(one["unit"], one["day"], one["matter"], one["amount"]) for one in page["items"]]
        after = page["next"]
    assert seen == [*[("U09", "2026-03-02", "newborn", 1)] * 2, *[("U23", "2026-03-02", "newborn", 1)] * 3]
    of_unit = {"period": "2026-03", "dimension": "unit", "key": "U09"}
    assert len((await api.get(url, by=LEADER, query=of_unit)).json()["items"]) == 2
    looks = [row for row in await audited(database) if row.action == "figure.opened"]
    assert len(looks) == 4


async def test_a_units_head_opens_what_is_counted_of_the_own_unit_only(write: Write, api: Client) -> None:
    await write("U23", 3)
    await write("U09", 2)
    url, asked = CASES.format("cases"), {"period": "2026-03"}
    told = (await api.get(url, by=HEAD, query=asked)).json()["items"]
    assert {one["unit"] for one in told} == {"U23"}
    other = {**asked, "dimension": "unit", "key": "U09"}
    assert (await api.get(url, by=HEAD, query=other)).json()["items"] == []


@pytest.mark.parametrize("measure", ["ratings_active", "bad_ratings", "ratings_default", "rectifications_opened"])
async def test_what_leads_to_single_raters_opens_for_nobody_in_a_unit(measure: str, write: Write, api: Client) -> None:
    await write("U23", 3, rated=3)
    refused = await api.get(CASES.format(measure), by=HEAD, query={"period": "2026-03"})
    assert (refused.status, refused.json()["code"]) == (403, "figure_confidential")
    assert (await api.get(CASES.format(measure), by=OFFICER, query={"period": "2026-03"})).status == 200


@pytest.mark.parametrize(
    ("who", "status"),
    [(ANONYMOUS, 401), (PUBLIC, 403), (person("U23", "reviewer"), 403), (person("U23", "evaluation_officer"), 200)],
)
async def test_who_may_open_figures(who: Principal, status: int, write: Write, api: Client) -> None:
    await write("U09", 1)
    answered = await api.get(CASES.format("cases"), by=who, query={"period": "2026-03"})
    assert answered.status == status
    if status == 200:
        assert answered.json()["items"] == [], "the officer of another unit than the authority sees the own unit's"


async def test_what_came_late_is_listed_with_why_and_when(write: Write, api: Client, clock: ManualClock) -> None:
    clock.set(MARCH + timedelta(days=40))
    await write("U23", 2, at=MARCH, rated=1)
    asked = {"period": "2026-03", "limit": "3"}
    seen: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = (await api.get("/api/v1/indicators/late-notes", by=OFFICER, query={**asked, "after": after})).json()
        seen += page["items"]
        after = page["next"]
    assert sorted((one["measure"], one["amount"]) for one in seen) == [
        ("cases", 1),
        ("cases", 1),
        ("ratings_active", 1),
        ("ratings_satisfied", 1),
    ]
    assert {one["received_at"][:7] for one in seen} == {"2026-04"}
    own = (await api.get("/api/v1/indicators/late-notes", by=HEAD, query=asked)).json()["items"]
    assert {one["measure"] for one in own} == {"cases"}, "no notes on ratings for a unit"
    told = (await api.get(VALUES.format(RATE), by=OFFICER, query={"period": "2026-03"})).json()
    assert told["late"] == 2


async def test_until_when_everything_is_counted_is_said(
    write: Write, api: Client, database: Database, clock: ManualClock
) -> None:
    await write("U23", 9)
    async with database.unit_of_work() as work:
        note_own(work, About.CASE, "x", type_="evaluation.visit.made", version=1, at=MARCH, data={"unit": "U23"})
    waiting_since = clock.now()
    clock.advance(hours=3)
    told = (await api.get(VALUES.format(RATE), by=PUBLIC, query={"period": "2026-03"})).json()
    assert datetime.fromisoformat(told["counted_until"]) == waiting_since


@pytest.mark.parametrize(
    ("url", "asked", "status"),
    [
        (VALUES.format("unknown"), {"period": "2026-03"}, 404),
        (VALUES.format(RATE), {"period": "2026-13"}, 422),
        (VALUES.format(RATE), {"period": "2026-03", "by": "channel"}, 422),
        (VALUES.format(RATE), {"period": "2026-03", "after": "bm9uZQ"}, 422),
        (CASES.format("unknown"), {"period": "2026-03"}, 404),
        (CASES.format("cases"), {"period": "2026-03", "after": "bm9uZQ"}, 422),
        ("/api/v1/indicators/late-notes", {"period": "2026-03", "after": "bm9uZQ"}, 422),
    ],
)
async def test_what_cannot_be_answered_is_said(
    url: str, asked: dict[str, str], status: int, write: Write, api: Client
) -> None:
    await write("U23", 1)
    assert (await api.get(url, by=OFFICER, query=asked)).status == status


async def test_every_count_is_listed_with_its_title(api: Client) -> None:
    told = (await api.get("/api/v1/measures", by=ANONYMOUS)).json()["measures"]
    assert {"measure", "title", "moment", "is_stock", "is_confidential"} == set(told[0])
    assert len({one["measure"] for one in told}) == len(told) > 60


@given(st.fractions(min_value=-1000, max_value=1000))
def test_rounding_is_to_the_nearest_hundredth_with_halves_away_from_zero(value: Fraction) -> None:
    read = Fraction(rounded(value))
    assert abs(read - value) <= Fraction(1, 200)
    assert rounded(-value).lstrip("-") == rounded(value).lstrip("-")
    assert not rounded(Fraction(-1, 1000)).startswith("-")


def test_months_go_over_the_end_of_a_year_and_sums_begin_before_the_first() -> None:
    months = list(months_between("2025-12", "2026-02"))
    assert months == ["2025-12", "2026-01", "2026-02"]
    told = [("2025-11", "a", 5), ("2026-01", "a", 2), ("2026-01", "b", 1)]
    assert month_by_month(told, months, frozenset({"a"})) == [{"a": 5}, {"a": 7, "b": 1}, {"a": 7}]
