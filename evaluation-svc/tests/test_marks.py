"""Marks of generated histories: whatever the order in which topics arrive, and whatever is told twice or late."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from evaluation_svc.domain.marks import Entry, Mark
from evaluation_svc.domain.marks_of_cases import WITHIN
from evaluation_svc.domain.measures import MEASURES, counted
from hypothesis import given
from hypothesis import strategies as st

MARCH = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
OF_CASE = {"application_id": "a", "matter_code": "newborn", "region": "410105", "lead_unit": "U23", "unit": "U23"}
DIMS = {"region": "410105", "matter": "newborn", "channel": "ONLINE"}


def entry(type_: str, version: int, at: datetime = MARCH, *, received_at: datetime | None = None, **data: Any) -> Entry:
    known = {**OF_CASE, **data}
    said = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in known.items()}
    return Entry(f"{type_}-{version}", type_, version, at, received_at or at, said)


def submitted(**said: Any) -> Entry:
    return entry("intake.application.submitted", 1, **{"submitted_at": MARCH, "channel": "ONLINE", **said})


def closed(at: datetime, **said: Any) -> Entry:
    told = {"closed_at": at, "elapsed_working_minutes": 60, "outcome": "granted", **said}
    return entry("workflow.case.closed", 9, at, **told)


def opened(due: datetime) -> Entry:
    return entry("workflow.case.opened", 1, promised_due=due, statutory_due=None)


def rated(rating_id: str, level: str, version: int = 1, **said: Any) -> Entry:
    told = {"rating_id": rating_id, "level": level, "number": 1, "is_default": False, "channel": "MOBILE", **said}
    return entry("evaluation.rating.submitted", version, MARCH + timedelta(hours=version), **told)


def sums(entries: Sequence[Entry]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for mark, amount in counted(entries)[0].items():
        totals[mark.measure] = totals.get(mark.measure, 0) + amount
    return totals


def told_of_a_case() -> list[Entry]:
    task: dict[str, Any] = {
        "task_id": "t",
        "task_key": "k",
        "unit": "U09",
        "item": "i",
        "outcome": "granted",
        "decided_at": MARCH,
    }
    return [
        submitted(),
        entry("intake.application.accepted", 2, accepted_at=MARCH, elements_asked=9, elements_shared=4),
        opened(MARCH + timedelta(days=3)),
        entry("workflow.task.opened", 2, task_id="t", task_key="k", unit="U09", promised_due=MARCH, statutory_due=None),
        entry("workflow.deadline.recomputed", 3, task_id="t", promised_due=MARCH - timedelta(1), statutory_due=None),
        entry("workflow.deadline.recomputed", 4, task_id=None, promised_due=MARCH + timedelta(1), statutory_due=None),
        entry("workflow.task.decided", 5, **{**task, "not_needed": ["later"]}),
        closed(MARCH + timedelta(days=2)),
        rated("r1", "VERY_DISSATISFIED", wants_call=True),
        entry("evaluation.rectification.opened", 1, rating_id="r1", wants_call=True),
        entry("evaluation.rectification.overdue", 2, rating_id="r1"),
        entry("evaluation.rectification.concluded", 3, rating_id="r1", called_back=True),
        rated("r2", "SATISFIED", 2, number=2),
        rated("r3", "", 3, is_default=True),
        entry("evaluation.exclusion.ruled", 1, rule="burst", rating_id="r1", reason=""),
        entry("evaluation.exclusion.lifted", 2, rule="burst", rating_id="r1", reason=""),
    ]


def test_a_case_counts_once_for_each_thing_that_happened_to_it() -> None:
    told = sums(told_of_a_case())
    assert told == {
        **dict.fromkeys(("cases", "online_cases", "cases_accepted", "cases_closed", "cases_granted"), 1),
        "cases_overdue": 1,
        "cases_working_minutes": 60,
        **dict.fromkeys(WITHIN, 1),
        "elements_asked": 9,
        "elements_shared": 4,
        **dict.fromkeys(("tasks_decided", "tasks_granted", "tasks_overdue", "tasks_not_needed"), 1),
        **dict.fromkeys(("ratings_active", "ratings_very_dissatisfied", "bad_ratings", "ratings_default"), 1),
        **dict.fromkeys(("ratings_second", "second_satisfied"), 1),
        **dict.fromkeys(("rectifications_opened", "rectifications_overdue", "rectifications_closed"), 1),
        **dict.fromkeys(("named_bad", "named_called_back"), 1),
    }
    assert set(told) <= set(MEASURES)


@given(st.data())
def test_whatever_the_order_of_topics_and_pages_the_marks_are_the_same(data: st.DataObject) -> None:
    entries = told_of_a_case()
    shuffled = data.draw(st.permutations(entries))
    assert counted(shuffled) == counted(entries)


def test_silence_is_counted_apart_and_satisfies_nobody() -> None:
    told = sums([submitted(), rated("r", "", is_default=True)])
    assert told == {"cases": 1, "online_cases": 1, "ratings_default": 1}


def test_each_round_of_a_loop_is_named_and_called_back_by_itself() -> None:
    loop = "evaluation.rectification"
    second: dict[str, Any] = {"round": 2, "is_named": True}
    told = sums(
        [
            rated("r1", "DISSATISFIED"),
            entry(f"{loop}.opened", 1, rating_id="r1", round=1, is_named=False),
            entry(f"{loop}.concluded", 2, rating_id="r1", round=1, is_named=False, called_back=False),
            entry(f"{loop}.opened", 3, rating_id="r1", **second),
            entry(f"{loop}.concluded", 4, rating_id="r1", called_back=True, **second),
        ]
    )
    assert (told["rectifications_opened"], told["named_bad"], told["named_called_back"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("out", "as_what"),
    [
        (entry("evaluation.rating.voided", 1, rating_id="r", reason="恶意"), "ratings_voided"),
        (entry("evaluation.exclusion.ruled", 1, rule="burst", rating_id="r"), "ratings_excluded"),
    ],
)
def test_what_is_void_or_excluded_is_counted_as_that_and_no_more(out: Entry, as_what: str) -> None:
    loop = entry("evaluation.rectification.opened", 1, rating_id="r", wants_call=True)
    assert sums([rated("r", "DISSATISFIED"), loop, out]) == {as_what: 1}


def test_a_case_that_a_rule_excludes_is_counted_as_excluded_only() -> None:
    ruling = entry("evaluation.exclusion.ruled", 1, rule="split", rating_id="")
    task: dict[str, Any] = {"task_id": "t", "task_key": "k", "unit": "U09", "outcome": "granted", "decided_at": MARCH}
    assert sums([submitted(), entry("workflow.task.decided", 2, not_needed=[], **task), ruling]) == {
        "cases_excluded": 1
    }


def test_a_mark_is_of_the_day_in_zhengzhou_and_of_the_unit_that_led_then() -> None:
    at = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)
    marks, _ = counted([submitted(submitted_at=at), closed(at + timedelta(days=1), lead_unit="U30")])
    assert marks[Mark("cases", "2026-04-01", "U23", **DIMS)] == 1
    assert marks[Mark("cases_closed", "2026-04-02", "U30", **DIMS)] == 1


@pytest.mark.parametrize(("seconds", "measure"), [(0, "cases_on_time"), (1, "cases_overdue")])
def test_a_case_is_on_time_to_the_second(seconds: int, measure: str) -> None:
    due = MARCH + timedelta(days=3)
    told = sums([submitted(), opened(due), closed(due + timedelta(seconds=seconds))])
    assert {"cases_on_time", "cases_overdue"} & set(told) == {measure}


@pytest.mark.parametrize(
    ("minutes", "within"), [(420, 4), (421, 3), (480, 3), (481, 2), (2100, 2), (2101, 1), (42001, 0)]
)
def test_a_case_is_within_the_limits_of_the_plan_to_the_minute(minutes: int, within: int) -> None:
    told = sums([submitted(), closed(MARCH, elapsed_working_minutes=minutes)])
    assert sum(told.get(name, 0) for name in WITHIN) == within


APRIL = datetime(2026, 4, 3, 2, tzinfo=UTC)


def test_what_comes_when_its_month_is_over_counts_there_with_a_note() -> None:
    late = replace(closed(MARCH + timedelta(days=2)), received_at=APRIL)
    marks, notes = counted([submitted(), opened(MARCH + timedelta(days=3)), late])
    assert marks[Mark("cases_closed", "2026-03-04", "U23", **DIMS)] == 1
    assert {(note.period, note.measure, note.unit, note.amount) for note in notes} == {
        ("2026-03", measure, "U23", amount)
        for measure, amount in {
            **dict.fromkeys(("cases_closed", "cases_granted", "cases_on_time", *WITHIN), 1),
            "cases_working_minutes": 60,
        }.items()
    }
    assert {(note.received_at, note.why) for note in notes} == {(APRIL, "workflow.case.closed")}


def test_a_case_that_goes_on_into_the_next_month_is_no_late_one() -> None:
    _, notes = counted([submitted(), opened(APRIL + timedelta(days=3)), closed(APRIL)])
    assert notes == []


def test_a_rating_that_is_voided_later_leaves_its_month_with_a_note() -> None:
    void = replace(entry("evaluation.rating.voided", 1, rating_id="r"), at=APRIL, received_at=APRIL)
    _, notes = counted([submitted(), rated("r", "DISSATISFIED"), void])
    assert {(note.measure, note.amount) for note in notes} == {
        ("ratings_active", -1),
        ("ratings_dissatisfied", -1),
        ("bad_ratings", -1),
        ("ratings_voided", 1),
    }


def item(version: int, at: datetime, **said: Any) -> Entry:
    told = {"item": "i", "unit": "U30", "is_applied_for": True, "online_handle_depth": "Ⅱ", "limit_scene_num": 1}
    limits = {"promise": {"amount": 3, "unit": "WORKDAY"}, "statutory": {"amount": 20, "unit": "WORKDAY"}}
    return Entry(f"i{version}", "catalog.item.published", version, at, at, {**told, **limits, **said})


def test_what_stands_is_counted_as_its_changes() -> None:
    marks, notes = counted([item(1, MARCH), item(2, APRIL, online_handle_depth="Ⅲ", unit="U31")])
    assert notes == []
    of_march = {mark.measure: amount for mark, amount in marks.items() if mark.period == "2026-03"}
    assert of_march["items_published"] == 1
    assert "items_online" not in of_march
    moved = {(mark.unit, amount) for mark, amount in marks.items() if mark[:2] == ("items_published", "2026-04-03")}
    assert moved == {("U30", -1), ("U31", 1)}
    assert sum(amount for mark, amount in marks.items() if mark.measure == "items_online") == 1
    assert sum(amount for mark, amount in marks.items() if mark.measure == "promised_hundredths") == 300


def test_an_item_that_is_withdrawn_from_a_later_day_stands_until_then() -> None:
    gone = Entry(
        "w", "catalog.item.withdrawn", 2, MARCH, MARCH, {"item": "i", "unit": "U30", "withdrawn_from": "2026-05-01"}
    )
    marks, _ = counted([item(1, MARCH), gone])
    published = {mark.day: amount for mark, amount in marks.items() if mark.measure == "items_published"}
    assert published == {"2026-03-02": 1, "2026-05-01": -1}
    again, _ = counted([item(1, MARCH), gone, item(3, APRIL)])
    assert sum(amount for mark, amount in again.items() if mark.measure == "items_published") == 1


def test_a_network_that_goes_down_is_connected_still_and_a_retired_one_is_not() -> None:
    states = ("LISTED", "CONNECTED", "VERIFIED", "DOWN", "RETIRED")
    entries = [
        Entry(state, "datashare.network.changed", number, MARCH, MARCH, {"network": "n", "state": state})
        for number, state in enumerate(states)
    ]
    for through, connected, verified in ((1, 0, 0), (2, 1, 0), (3, 1, 1), (4, 1, 1), (5, 0, 0)):
        told = sums(entries[:through])
        assert (told.get("networks_connected", 0), told.get("networks_verified", 0)) == (connected, verified)


def test_what_an_assessor_found_is_of_the_month_he_says_unless_withdrawn() -> None:
    found = {"finding_id": "f", "unit": "U30", "period": "2026-02", "checked": 20, "right": 19, "score": None}
    told = Entry("f", "evaluation.finding.entered", 1, MARCH, MARCH, found)
    marks, notes = counted([told])
    assert marks == {Mark("samples_checked", "2026-02-01", "U30"): 20, Mark("samples_right", "2026-02-01", "U30"): 19}
    assert {note.measure for note in notes} == {"samples_checked", "samples_right"}
    gone = Entry("w", "evaluation.finding.withdrawn", 2, MARCH, MARCH, {"finding_id": "f", "unit": "U30"})
    assert counted([gone, told])[0] == {}
