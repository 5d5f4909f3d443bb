"""From counts to places: minimum volumes, what has no value, and the whole against an evaluator of its own."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from evaluation_svc.domain.ranking import MissingPoints
from evaluation_svc.domain.scoring import Criterion, RankingEnd, Rules, Unranked, line_of, rules_of, standings_of
from hypothesis import given
from hypothesis import strategies as st

ONLINE = Criterion(
    indicator="online_handling_rate",
    name="网上办理率",
    formula="100 * online_cases / cases",
    direction="up",
    unit="percent",
    weight=3,
    target=80,
    points="min(100, 100 * value / target)",
    volume="cases",
    minimum=10,
)
OVERDUE = Criterion(
    indicator="overdue_rate",
    name="超期率",
    formula="100 * tasks_overdue / tasks_decided",
    direction="down",
    unit="percent",
    weight=1,
    target=0,
    points="max(0, 100 - 10 * value)",
    volume="tasks_decided",
    minimum=1,
)
RULES = Rules("departments", "市级部门", 1, 1, "cases", 5, 50, 3, (ONLINE, OVERDUE))
amounts = st.fixed_dictionaries(
    {name: st.integers(0, 60) for name in ("cases", "online_cases", "tasks_decided", "tasks_overdue")}
)


def test_points_come_from_the_value_and_the_target() -> None:
    line = line_of(ONLINE, {"cases": 30, "online_cases": 10})
    assert (line.value, line.points, line.missing) == (Fraction(100, 3), Fraction(125, 3), None)


@pytest.mark.parametrize(
    ("criterion", "counts", "missing"),
    [
        (ONLINE, {"cases": 9, "online_cases": 9}, MissingPoints.BELOW_MINIMUM),
        (ONLINE, {}, MissingPoints.BELOW_MINIMUM),
        (OVERDUE, {"tasks_overdue": 1}, MissingPoints.BELOW_MINIMUM),
        (replace(OVERDUE, minimum=0), {"tasks_overdue": 1}, MissingPoints.NO_VALUE),
        (replace(ONLINE, target=0), {"cases": 10}, MissingPoints.NO_POINTS),
    ],
)
def test_what_has_no_points_says_why(criterion: Criterion, counts: dict[str, int], missing: MissingPoints) -> None:
    line = line_of(criterion, counts)
    assert (line.points, line.missing) == (None, missing)


def test_the_weight_of_what_is_missing_is_left_out_and_the_rest_scaled() -> None:
    (one,) = standings_of(RULES, {"U01": {"cases": 20, "online_cases": 16}})
    assert (one.score, one.share, one.place) == (Fraction(100), Fraction(3, 4), 1)


def test_a_unit_whose_score_would_rest_on_too_little_is_listed_without_a_place() -> None:
    found = standings_of(RULES, {"U01": {"cases": 9, "tasks_decided": 9}, "U02": {"cases": 10, "online_cases": 1}})
    assert [(one.unit, one.place, one.unranked) for one in found] == [
        ("U02", 1, None),
        ("U01", None, Unranked.SHARE_TOO_SMALL),
    ]


def test_a_unit_with_too_little_to_do_is_listed_without_a_place_whatever_its_points() -> None:
    found = standings_of(RULES, {"U01": {"cases": 4, "tasks_decided": 90}, "U02": {"cases": 40, "online_cases": 1}})
    assert [(one.unit, one.unranked) for one in found] == [("U02", None), ("U01", Unranked.BELOW_MINIMUM)]


@given(st.dictionaries(st.sampled_from([f"U{n:02d}" for n in range(1, 13)]), amounts))
def test_standings_are_those_that_plain_arithmetic_gives(counts: dict[str, dict[str, int]]) -> None:
    scores = {unit: score for unit, amount in counts.items() if (score := _by_hand(amount)) is not None}
    found = standings_of(RULES, counts)
    assert {one.unit for one in found} == set(counts)
    for one in found:
        assert one.place == (
            None if one.unit not in scores else 1 + sum(other > scores[one.unit] for other in scores.values())
        )
        assert (one.score if one.place else None) == scores.get(one.unit)
    best, worst = max(scores.values(), default=None), min(scores.values(), default=None)
    ends = {unit: (score == best, score == worst) for unit, score in scores.items()}
    assert {one.unit for one in found if one.end is RankingEnd.TOP} == {
        unit for unit, at in ends.items() if at == (True, False)
    }
    assert {one.unit for one in found if one.end is RankingEnd.BOTTOM} == {
        unit for unit, at in ends.items() if at == (False, True)
    }


def _by_hand(amount: dict[str, int]) -> Fraction | None:
    """Return the score by the two formulas written out; None where there is none."""
    cases, decided = amount["cases"], amount["tasks_decided"]
    if cases < 10:
        return None
    online = min(Fraction(100), Fraction(100 * 100 * amount["online_cases"], 80 * cases))
    if decided < 1:
        return online
    return (3 * online + max(Fraction(0), 100 - Fraction(10 * 100 * amount["tasks_overdue"], decided))) / 4


@given(st.dictionaries(st.sampled_from(["U01", "U02", "U03", "U04"]), amounts, min_size=1), st.randoms())
def test_neither_the_order_of_units_nor_that_of_criteria_changes_a_place(
    counts: dict[str, dict[str, int]], chance: Random
) -> None:
    shuffled = list(counts.items())
    chance.shuffle(shuffled)
    turned = Rules("departments", "市级部门", 1, 1, "cases", 5, 50, 3, (OVERDUE, ONLINE))
    expected = [(one.unit, one.place, one.score, one.end) for one in standings_of(RULES, counts)]
    assert [(one.unit, one.place, one.score, one.end) for one in standings_of(turned, dict(shuffled))] == expected


def test_rules_are_put_together_from_the_two_documents() -> None:
    indicator = {"indicator": "a", "name": "甲", "formula": "x / y", "direction": "up", "unit": "percent", "level": []}
    criterion = {"indicator": "a", "weight": 1, "target": 1, "points": "value", "volume": "z", "minimum": 1}
    group = {"group": "companies", "name": "企业", "top": 0, "bottom": 0, "volume": "w", "minimum": 1, "members": []}
    assessment = {
        "minimum_share": 50,
        "persistence": 3,
        "groups": [group],
        "criteria": [{**criterion, "groups": ["companies"]}, {**criterion, "groups": ["regions"]}],
    }
    rules = rules_of(group, assessment, {"indicators": [indicator]})
    assert rules.measures == {"x", "y", "z", "w"}
    assert len(rules.criteria) == 1
