"""Rankings against a brute-force oracle, and the laws that they keep."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest
from evaluation_svc.domain.ranking import Ends, Line, MissingPoints, ends, in_order, lasting, ranks, score_of
from hypothesis import given
from hypothesis import strategies as st

HALF = Fraction(1, 2)
units = st.text("ABCDEFGH", min_size=1, max_size=3)
scores_of_units = st.dictionaries(
    units, st.fractions(0, 100, max_denominator=4).filter(lambda f: f % 5 == 0) | st.fractions(0, 100), max_size=20
)
sizes = st.integers(0, 6)
lines = st.lists(
    st.builds(
        lambda weight, points: Line(
            "i", weight, points, points, None if points is not None else MissingPoints.NO_VALUE
        ),
        st.integers(1, 50),
        st.none() | st.fractions(0, 100, max_denominator=1000),
    ),
    max_size=12,
)


def counted(scores: dict[str, Fraction], *, top: int, bottom: int) -> tuple[dict[str, int], set[str], set[str]]:
    """Rank by counting, pair by pair, as one would by hand."""
    places, above, below = {}, set(), set()
    for one, score in scores.items():
        better = len([other for other in scores.values() if other > score])
        worse = len([other for other in scores.values() if other < score])
        places[one] = better + 1
        high, low = better < top, worse < bottom
        if high and not low:
            above.add(one)
        if low and not high:
            below.add(one)
    return places, above, below


@given(scores_of_units, sizes, sizes)
def test_places_and_ends_are_those_that_counting_by_hand_gives(
    scores: dict[str, Fraction], top: int, bottom: int
) -> None:
    places, above, below = counted(scores, top=top, bottom=bottom)
    assert ranks(scores) == places
    assert ends(scores, top=top, bottom=bottom) == Ends(frozenset(above), frozenset(below))


@given(scores_of_units, sizes, sizes, st.randoms())
def test_the_order_in_which_units_are_given_changes_nothing(
    scores: dict[str, Fraction], top: int, bottom: int, chance: Random
) -> None:
    shuffled = list(scores.items())
    chance.shuffle(shuffled)
    other = dict(shuffled)
    assert ranks(other) == ranks(scores)
    assert ends(other, top=top, bottom=bottom) == ends(scores, top=top, bottom=bottom)
    assert in_order(other, list(other)) == in_order(scores, list(scores))


@given(scores_of_units, sizes, sizes)
def test_equals_stand_together_and_nobody_is_at_both_ends(scores: dict[str, Fraction], top: int, bottom: int) -> None:
    found, places = ends(scores, top=top, bottom=bottom), ranks(scores)
    assert not found.top & found.bottom
    for (one, score), (other, another) in product(scores.items(), repeat=2):
        if score == another:
            assert places[one] == places[other]
            assert (one in found.top, one in found.bottom) == (other in found.top, other in found.bottom)
        if score > another:
            assert places[one] < places[other]


@given(lines, st.fractions(0, 1))
def test_a_score_is_the_weighted_mean_of_what_there_is(given_lines: list[Line], minimum_share: Fraction) -> None:
    found = score_of(given_lines, minimum_share)
    there = [line for line in given_lines if line.points is not None]
    spread = [line.points for line in there for _ in range(line.weight) if line.points is not None]
    whole = sum(line.weight for line in given_lines)
    assert found.share == (Fraction(len(spread), whole) if whole else 0)
    if spread and found.share >= minimum_share:
        assert found.score == sum(spread, Fraction(0)) / len(spread)
        assert min(spread) <= found.score <= max(spread)
    else:
        assert found.score is None


@given(lines, st.integers(1, 30))
def test_weights_count_in_proportion_alone(given_lines: list[Line], times: int) -> None:
    grown = [Line(line.indicator, line.weight * times, line.value, line.points, line.missing) for line in given_lines]
    assert score_of(grown, HALF) == score_of(given_lines, HALF)


def test_scores_are_exact_where_floats_would_tie_or_differ() -> None:
    third = [Line("a", 1, None, Fraction(1, 3)), Line("b", 2, None, Fraction(1, 3))]
    assert score_of(third, HALF).score == Fraction(1, 3)
    close = {"U01": Fraction(10**20 + 1, 10**20), "U02": Fraction(1)}
    assert ranks(close) == {"U01": 1, "U02": 2}


@pytest.mark.parametrize(
    ("scores", "top", "bottom"),
    [
        ({"A": 9, "B": 8, "C": 7, "D": 6, "E": 5, "F": 4}, "AB", "EF"),
        ({"A": 9, "B": 8, "C": 8, "D": 6, "E": 5, "F": 4}, "ABC", "EF"),
        ({"A": 9, "B": 9, "C": 9, "D": 6, "E": 5, "F": 5}, "ABC", "EF"),
        ({"A": 9, "B": 8, "C": 7}, "A", "C"),
        ({"A": 9, "B": 9, "C": 9}, "", ""),
        ({"A": 9, "B": 9, "C": 9, "D": 1}, "", "D"),
        ({"A": 9}, "", ""),
        ({}, "", ""),
    ],
    ids=["plain", "tie-at-the-upper-edge", "ties", "three", "all-equal", "all-but-one", "alone", "nobody"],
)
def test_the_ends_of_a_group(scores: dict[str, int], top: str, bottom: str) -> None:
    exact = {unit: Fraction(score) for unit, score in scores.items()}
    assert ends(exact, top=2, bottom=2) == Ends(frozenset(top), frozenset(bottom))


def test_units_without_a_score_are_listed_at_the_end() -> None:
    assert in_order(
        {"U02": Fraction(1), "U03": Fraction(1), "U09": Fraction(5)}, ["U04", "U03", "U02", "U01", "U09"]
    ) == [
        "U09",
        "U02",
        "U03",
        "U01",
        "U04",
    ]


@pytest.mark.parametrize(
    ("stretch", "at", "lasts"),
    [
        (["A", "A", "A"], 2, True),
        (["A", "A", "A"], 0, True),
        (["A", "A", "A"], 1, True),
        (["A", "", "A", "A"], 3, False),
        (["B", "A", "A"], 2, False),
        (["A", "A", "B"], 2, False),
        (["A", "A", "", "A", "A", "A"], 0, False),
        (["", "A", "A", "A", "A"], 2, True),
    ],
)
def test_who_stays_at_the_lower_end_three_periods_in_a_row(stretch: list[str], at: int, lasts: bool) -> None:  # noqa: FBT001
    assert lasting(stretch, "A", at=at, periods=3) is lasts
