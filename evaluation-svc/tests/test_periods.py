from datetime import UTC, datetime

import pytest
from evaluation_svc.domain.periods import NoPeriod, Period
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "months", "before"),
    [
        ("2026-03", ("2026-03",), "2026-02"),
        ("2026-01", ("2026-01",), "2025-12"),
        ("2026-Q1", ("2026-01", "2026-02", "2026-03"), "2025-Q4"),
        ("2026-H2", ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"), "2026-H1"),
    ],
)
def test_a_period_has_its_months_and_follows_another(name: str, months: tuple[str, ...], before: str) -> None:
    period = Period.named(name)
    assert (period.name, period.months, period.moved(-1).name) == (name, months, before)


def test_a_period_begins_and_ends_at_midnight_in_shanghai() -> None:
    period = Period.named("2026-Q1")
    assert period.begins_at == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 3, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["", "2026", "2026-13", "2026-00", "2026-Q5", "2026-H3", "1999-01", "2026-3", "2026-01 "]
)
def test_other_texts_name_no_period(name: str) -> None:
    with pytest.raises(NoPeriod):
        Period.named(name)


@given(st.integers(2000, 2099), st.sampled_from(["01", "07", "12", "Q1", "Q4", "H1", "H2"]), st.integers(-500, 500))
def test_moving_there_and_back_is_no_move(year: int, part: str, steps: int) -> None:
    period = Period.named(f"{year}-{part}")
    assert period.moved(steps).moved(-steps) == period
    assert period.moved(1).begins_at == period.ends_at
