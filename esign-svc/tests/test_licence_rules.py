from datetime import UTC, date, datetime, timedelta

import pytest
from esign_svc.domain.guessing import FREE, LONGEST, Guesses
from esign_svc.domain.licences import (
    NATIONAL,
    TRANSITIONS,
    Answer,
    LicenceAction,
    LicenceState,
    Period,
    ValidityUnit,
    answer_of,
    licence_type,
    moved,
    serial_of,
    state_on,
    until_words,
)
from esign_svc.errors import LicenceStateWrong
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
TYPE = {
    "code": "permit",
    "type_code": "11410100MBXX00238T001",
    "name": "许可证",
    "items": ["i1"],
    "holder_name": "name",
    "holder_number": "",
    "fields": [
        {"element": "sex", "label": "性别"},
        {"element": "born", "label": "出生日期"},
        {"element": "weight", "label": "体重"},
    ],
    "subject": ["name"],
    "period": {"amount": 5, "unit": "YEAR"},
    "level": "3",
    "number": "Z{yy:02}{n:07}",
    "definer": "郑州市卫生健康委员会",
    "statement": "准予。",
    "materials": ["permit"],
}


@pytest.mark.parametrize("action", LicenceAction)
@pytest.mark.parametrize("state", LicenceState)
def test_an_action_leads_from_its_states_to_one_and_from_no_other(state: LicenceState, action: LicenceAction) -> None:
    before, after = TRANSITIONS[action]
    if state in before:
        assert moved(state, action) is after
    else:
        with pytest.raises(LicenceStateWrong):
            moved(state, action)


def test_what_was_taken_away_never_comes_back() -> None:
    ended = {LicenceState.REVOKED, LicenceState.FORFEITED, LicenceState.CANCELLED, LicenceState.INVALID}
    assert {after for before, after in TRANSITIONS.values() if before & ended} == {LicenceState.CANCELLED}


@pytest.mark.parametrize("state", [LicenceState.EXPIRED, LicenceState.REVOKED, LicenceState.FORFEITED])
def test_what_ended_is_cancelled_afterwards_and_only_once(state: LicenceState) -> None:
    cancelled = moved(state, LicenceAction.CANCEL)
    with pytest.raises(LicenceStateWrong):
        moved(cancelled, LicenceAction.CANCEL)


def test_the_national_codes_are_those_of_the_standard() -> None:
    codes = {NATIONAL[state] for state in LicenceState if state is not LicenceState.ISSUING}
    assert codes == {"01", "02", "03", "04", "05", "06", "07", "99"}


@pytest.mark.parametrize("state", [LicenceState.VALID, LicenceState.SUSPENDED])
def test_a_licence_is_valid_through_its_last_day_and_expired_on_the_next(state: LicenceState) -> None:
    until = date(2026, 3, 2)
    assert state_on(state, until, until) is state
    assert state_on(state, until, until + timedelta(days=1)) is LicenceState.EXPIRED
    assert state_on(state, None, date.max) is state
    assert state_on(LicenceState.REVOKED, until, date.max) is LicenceState.REVOKED


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (LicenceState.VALID, Answer.VALID),
        (LicenceState.SUSPENDED, Answer.NOT_VALID),
        (LicenceState.REVOKED, Answer.NOT_VALID),
        (LicenceState.EXPIRED, Answer.NOT_VALID),
        (LicenceState.INVALID, Answer.NOT_VALID),
        (LicenceState.TRANSFERRED, Answer.UNKNOWN),
        (LicenceState.OTHER, Answer.UNKNOWN),
        (LicenceState.ISSUING, Answer.UNKNOWN),
    ],
)
def test_a_check_has_three_answers(state: LicenceState, answer: Answer) -> None:
    assert answer_of(state) is answer


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        (date(2026, 3, 2), 5, ValidityUnit.YEAR, date(2031, 3, 2)),
        (date(2024, 2, 29), 1, ValidityUnit.YEAR, date(2025, 2, 28)),
        (date(2026, 1, 31), 1, ValidityUnit.MONTH, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, ValidityUnit.MONTH, date(2027, 2, 28)),
        (date(2026, 3, 2), 30, ValidityUnit.DAY, date(2026, 4, 1)),
    ],
)
def test_a_period_ends_on_the_corresponding_day(start: date, amount: int, unit: ValidityUnit, end: date) -> None:
    assert Period(amount, unit).end(start) == end


@given(st.dates(date(2020, 1, 1), date(2400, 1, 1)), st.integers(1, 1200), st.sampled_from(ValidityUnit))
def test_a_period_ends_after_it_began_and_a_longer_one_not_before(start: date, amount: int, unit: ValidityUnit) -> None:
    assert start < Period(amount, unit).end(start) <= Period(amount + 1, unit).end(start)


def test_for_ever_is_a_word_of_its_own() -> None:
    assert until_words(None) == "长期"
    assert until_words(date(2031, 3, 2)) == "2031-03-02"


def test_the_face_shows_what_was_given_and_days_as_people_write_them() -> None:
    face = licence_type(TYPE).face({"name": "测小宝", "sex": "女", "born": "2026-02-26"})
    assert (face.holder_name, face.holder_number) == ("测小宝", "")
    assert face.fields == (("性别", "女"), ("出生日期", "2026年2月26日"))


def test_a_type_says_what_is_asked_of_the_application_and_how_it_counts() -> None:
    kind = licence_type(TYPE)
    assert kind.elements == ("name", "sex", "born", "weight")
    assert kind.numbered(2026, 1) == "Z260000001"
    assert serial_of(2023, 403) == "20230000403"
    assert licence_type({**TYPE, "period": None}).period is None


def test_after_some_wrong_codes_an_identifier_says_nothing_for_longer_and_longer() -> None:
    guesses, waits = Guesses(), []
    now = NOW
    for _ in range(FREE + 12):
        guesses.wrong("a", now)
        waits.append(guesses.wait("a", now))
        now += timedelta(seconds=waits[-1])
    assert waits[: FREE - 1] == [0] * (FREE - 1)
    assert waits[FREE - 1 :] == sorted(waits[FREE - 1 :])
    assert (waits[FREE - 1], waits[-1]) == (2, LONGEST.total_seconds())
    assert guesses.wait("b", now) == 0
    guesses.right("a")
    assert guesses.wait("a", now) == 0
