"""A rater is not derivable by whom she rated (国办发〔2019〕51号), not by elimination either."""

import json
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from chassis.base.ids import uuid4
from chassis.data.database import Database
from chassis.http.identity import Principal
from chassis.http.upstream import Reply
from chassis.testing.builders import ManualClock, clerk, staff
from chassis.testing.client import Client, audited
from evaluation_svc import store
from evaluation_svc.domain.ratings import Level
from evaluation_svc.handlers import Evaluation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Rate = Callable[..., Awaitable[Reply]]
Close = Callable[..., Awaitable[None]]
LISTED, COUNTED = "/api/v1/unit-ratings", "/api/v1/unit-rating-counts"
FEW = 5
NEXT_MONTH = datetime(2026, 4, 1, tzinfo=UTC)
MARCH = {"period": "2026-03"}
UNITS = count(100)


def rectifier(unit: str = "U23") -> Principal:
    return staff(f"rectifier-{unit}", unit=unit, roles=frozenset({"rectification_officer"}))


def officer() -> Principal:
    scopes = frozenset({"evaluation:read"})
    return staff("officer-1", unit="ZWB", roles=frozenset({"evaluation_officer"}), scopes=scopes)


Given = tuple[int, int, str, bool]
"""Who of some persons rated which of some matters how, and whether to be called."""


async def write(database: Database, unit: str, given_: Sequence[Given], *, day: int = 2) -> dict[str, Given]:
    """Write ratings of a unit; return by their ids who gave them."""
    rows: list[dict[str, Any]] = []
    for place, (person, matter, level, calls) in enumerate(given_):
        rating_id = uuid4()
        rows.append(
            {
                **dict.fromkeys(("item", "text", "device", "window_code"), ""),
                "rating_id": rating_id,
                "rated_key": rating_id,
                "number": 1,
                "application_id": rating_id,
                "visit_id": None,
                "rater_id": f"person-{person}",
                "unit": unit,
                "matter_code": f"matter-{matter}",
                "region": "410100",
                "level": level,
                "tags": [],
                "channel": "PC",
                "wants_call": calls,
                "is_default": False,
                "period": "2026-03",
                "rated_at": datetime(2026, 3, day, tzinfo=UTC) + timedelta(hours=place),
            }
        )
    async with database.unit_of_work() as work:
        work.add(store.ratings, *rows)
    return {row["rating_id"]: one for row, one in zip(rows, given_, strict=True)}


async def all_seen(api: Client, unit: str, **narrowed: Any) -> list[dict[str, Any]]:
    """Return all that a unit may see, page by page."""
    seen: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        query = {**MARCH, "limit": 3, "after": after, **narrowed}
        reply = await api.get(LISTED, by=rectifier(unit), query=query)
        assert reply.status == 200
        seen += reply.json()["items"]
        after = reply.json()["next"]
    return seen


GIVEN = st.tuples(st.integers(0, 9), st.integers(0, 2), st.sampled_from([one.value for one in Level]), st.booleans())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(GIVEN, max_size=24), st.randoms(use_true_random=False))
async def test_each_rating_that_a_unit_sees_may_be_any_of_enough_persons_however_it_asks(
    api: Client, database: Database, clock: ManualClock, ratings: Sequence[Given], rng: random.Random
) -> None:
    clock.set(NEXT_MONTH)
    unit = f"U{next(UNITS)}"
    by_id = await write(database, unit, ratings)
    unnamed: dict[int, set[int]] = defaultdict(set)
    for person, matter, _, calls in ratings:
        if not calls:
            unnamed[matter].add(person)
    level, one_matter = rng.choice(list(Level)).value, f"matter-{rng.randrange(3)}"
    for narrowed in ({}, {"level": level}, {"matter": one_matter}, {"level": level, "matter": one_matter}):
        seen = await all_seen(api, unit, **narrowed)
        for one in seen:
            _, number, _, calls = by_id[one["rating_id"]]
            assert calls or len(unnamed[number]) >= FEW, "too few to hide among"
            assert one["wants_call"] is calls
        assert [one["rating_id"] for one in seen] == sorted(one["rating_id"] for one in seen), "in no order of time"
    expected = {key for key, (_, number, _, calls) in by_id.items() if calls or len(unnamed[number]) >= FEW}
    assert {one["rating_id"] for one in await all_seen(api, unit)} == expected
    counted = (await api.get(COUNTED, by=rectifier(unit), query=MARCH)).json()
    assert counted["withheld"] == len(ratings) - len(expected)
    assert sum(one["count"] for one in counted["levels"]) == len(ratings)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(GIVEN, min_size=1, max_size=16), st.randoms(use_true_random=False))
async def test_who_of_them_gave_which_rating_and_when_changes_nothing_of_what_a_unit_sees(
    api: Client, database: Database, clock: ManualClock, ratings: Sequence[Given], rng: random.Random
) -> None:
    clock.set(NEXT_MONTH)
    unit = f"U{next(UNITS)}"
    by_id = await write(database, unit, ratings)
    before = [await all_seen(api, unit, **one) for one in ({}, {"level": "DISSATISFIED"}, {"matter": "matter-1"})]
    groups: dict[int, list[str]] = defaultdict(list)
    for rating_id, (_, matter, _, calls) in by_id.items():
        if not calls:
            groups[matter].append(rating_id)
    async with database.unit_of_work() as work:
        for ids in groups.values():
            persons = [by_id[one][0] for one in ids]
            rng.shuffle(persons)
            for rating_id, person in zip(ids, persons, strict=True):
                moved = {"rater_id": f"person-{person}", "rated_at": datetime(2026, 3, rng.randint(1, 31), tzinfo=UTC)}
                await work.connection.execute(
                    store.ratings.update().where(store.ratings.c.rating_id == rating_id).values(**moved)
                )
    after = [await all_seen(api, unit, **one) for one in ({}, {"level": "DISSATISFIED"}, {"matter": "matter-1"})]
    assert before == after


async def test_single_ratings_are_seen_when_the_month_is_over_and_never_one_as_it_comes(
    api: Client, database: Database, clock: ManualClock
) -> None:
    await write(database, "U23", [(person, 0, "SATISFIED", False) for person in range(FEW)])
    clock.set(datetime(2026, 3, 31, 15, 59, tzinfo=UTC))
    assert await all_seen(api, "U23") == []
    clock.set(datetime(2026, 3, 31, 16, tzinfo=UTC))
    assert len(await all_seen(api, "U23")) == FEW


async def test_one_person_with_many_ratings_is_not_many_to_hide_among(
    api: Client, database: Database, clock: ManualClock
) -> None:
    clock.set(NEXT_MONTH)
    await write(database, "U23", [(person % 4, 0, "SATISFIED", False) for person in range(20)])
    assert await all_seen(api, "U23") == []


@pytest.mark.usefixtures("calendar")
async def test_a_units_officer_sees_words_without_others_data_and_a_number_only_of_whom_wants_to_be_called(
    close: Close, rate: Rate, api: Client, database: Database, clock: ManualClock
) -> None:
    await close()
    await rate(level="DISSATISFIED", text="经办人电话13812345678没人接", wants_call=True)
    (one,) = (await api.get(LISTED, by=rectifier(), query=MARCH)).json()["items"]
    assert one["text"] == "经办人电话〔电话〕没人接"
    assert (one["wants_call"], one["application_number"]) == (True, "410100U232026030220000019")
    said = json.dumps(one, ensure_ascii=False)
    assert not [word for word in ("citizen-1", "MOBILE", "2026-03-02", "13812345678") if word in said]
    looked = [row for row in await audited(database) if row.action == "ratings.listed"]
    assert [(row.actor, row.subject) for row in looked] == [("rectifier-U23", "U23")]


@pytest.mark.usefixtures("calendar")
async def test_another_unit_sees_nothing_and_other_roles_are_refused(close: Close, rate: Rate, api: Client) -> None:
    await close()
    await rate(wants_call=True)
    assert (await api.get(LISTED, by=rectifier("U09"), query=MARCH)).json()["items"] == []
    assert (await api.get(LISTED, by=rectifier("U09"), query={**MARCH, "unit": "U23"})).json()["items"] == []
    assert (await api.get(LISTED, by=clerk(), query=MARCH)).status == 403
    assert (await api.get(LISTED, by=rectifier(), query={"period": "2026-13"})).status == 422
    assert (await api.get(LISTED, by=rectifier(), query={**MARCH, "after": "WyJ4Il0"})).status == 422


@pytest.mark.usefixtures("calendar")
async def test_the_authority_reads_the_original_on_record_and_nobody_else_does(
    close: Close, rate: Rate, api: Client, database: Database
) -> None:
    await close()
    rating_id = (await rate(text="找张三13812345678", wants_call=True)).json()["rating_id"]
    path = f"/api/v1/ratings/{rating_id}/text"
    view = (await api.get(path, by=officer())).json()
    assert (view["text"], view["shown"]) == ("找张三13812345678", "找张三〔电话〕")
    assert "rating.text_read" in {row.action for row in await audited(database)}
    assert (await api.get(path, by=rectifier())).status == 403
    missing = path.replace(rating_id, uuid4())
    assert (await api.get(missing, by=officer())).json()["code"] == "rating_not_found"


async def test_a_ratings_id_does_not_tell_when_it_was_made(evaluation: Evaluation) -> None:
    assert {evaluation.random_id()[14] for _ in range(20)} == {"4"}
