import pytest
from gateway.rate_limits import MOST_CALLERS, Rate, RateLimits

from .conftest import Elapsed


@pytest.mark.parametrize(
    ("text", "rate"), [("2/second", Rate(2, 1)), ("60/minute", Rate(60, 60)), ("5/hour", Rate(5, 3600))]
)
def test_a_rate_reads_as_routes_declare_it(text: str, rate: Rate) -> None:
    assert Rate.read(text) == rate


@pytest.mark.parametrize("text", ["", "5", "x/minute", "5/day", "5/"])
def test_anything_else_is_no_rate(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        Rate.read(text)


def test_a_share_is_the_callers_own_and_new_in_each_window(elapsed: Elapsed) -> None:
    limits, rate = RateLimits(elapsed), Rate(2, 60)
    assert [limits.hit(rate, "a") for _ in range(3)] == [1, 0, -1]
    assert limits.hit(rate, "b") == 1
    assert limits.renewed_in(rate) == 20
    elapsed.seconds += 20
    assert limits.hit(rate, "a") == 1
    assert limits.renewed_in(rate) == 60


def test_windows_of_different_lengths_count_apart(elapsed: Elapsed) -> None:
    limits = RateLimits(elapsed)
    assert [limits.hit(rate, "a") for rate in (Rate(5, 60), Rate(5, 3600), Rate(5, 60), Rate(5, 3600))] == [4, 4, 3, 3]


def test_what_a_window_has_counted_is_forgotten_with_it(elapsed: Elapsed) -> None:
    limits, rate = RateLimits(elapsed), Rate(2, 60)
    for number in range(1000):
        limits.hit(rate, f"c{number}")
    elapsed.seconds += 60
    limits.hit(rate, "a")
    assert sum(len(window.hits) for window in limits._windows.values()) == 1


def test_of_more_callers_than_there_is_room_for_the_first_are_forgotten_and_nobody_else(
    elapsed: Elapsed,
) -> None:
    limits, rate = RateLimits(elapsed), Rate(1, 60)
    for number in range(MOST_CALLERS + 1):
        assert limits.hit(rate, f"c{number}") == 0
    assert sum(len(window.hits) for window in limits._windows.values()) == MOST_CALLERS
    assert limits.hit(rate, f"c{MOST_CALLERS}") == -1
    assert limits.hit(rate, "c0") == 0
