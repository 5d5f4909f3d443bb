"""What is counted of ratings and of the loop of a bad one.

Silence is counted apart: it is no active rating and satisfies nobody. First ratings make the figures of satisfaction,
second ones (追评) are counted beside them. What a rule excludes or a reviewer voids is counted as that and no more.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from evaluation_svc.domain.exclusions_told import RULED, ratings_out
from evaluation_svc.domain.marks import Entry, Mark, Told, day_of
from evaluation_svc.domain.marks_of_cases import dims_of

RATED = "evaluation.rating.submitted"
OPENED, CONCLUDED = "evaluation.rectification.opened", "evaluation.rectification.concluded"
OVERDUE = "evaluation.rectification.overdue"
LEVELS: Mapping[str, str] = {
    "VERY_SATISFIED": "非常满意",
    "SATISFIED": "满意",
    "BASICALLY_SATISFIED": "基本满意",
    "DISSATISFIED": "不满意",
    "VERY_DISSATISFIED": "非常不满意",
}
NAMED, CALLED = ("wants_call", "is_named", "named"), ("called_back", "is_called_back")
BAD = frozenset({"DISSATISFIED", "VERY_DISSATISFIED"})
RATINGS: Mapping[str, tuple[str, str]] = {
    "ratings_active": ("主动评价(首次,有效)", "评价时间"),
    **{f"ratings_{level.lower()}": (f"首次评价:{title}", "评价时间") for level, title in LEVELS.items()},
    "bad_ratings": ("差评(不满意和非常不满意,首次)", "评价时间"),
    "ratings_second": ("追评", "评价时间"),
    "second_satisfied": ("追评为基本满意以上", "评价时间"),
    "ratings_default": ("系统默认评价(不计入主动评价)", "默认时间"),
    "ratings_excluded": ("按规则不计入的评价", "评价时间"),
    "ratings_voided": ("经复核作废的评价", "评价时间"),
    "named_bad": ("希望回访的差评", "评价时间"),
    "named_called_back": ("已回访的实名差评", "整改办结时间"),
    "rectifications_opened": ("立案整改的差评", "立案时间"),
    "rectifications_closed": ("整改办结", "办结时间"),
    "rectifications_on_time": ("按期整改办结", "办结时间"),
    "rectifications_overdue": ("整改超期", "到期时间"),
}


def ratings_counted(told: Told) -> Iterator[tuple[Mark, int]]:
    """Count the ratings of a case or visit, and what followed bad ones."""
    out, dims = ratings_out(told), dims_of(told)
    both = (one.data for one in (*told.get(OPENED, ()), *told.get(CONCLUDED, ())))
    named = {_round(data) for data in both if any(data.get(word) for word in NAMED)}
    for entry in told.get(RATED, ()):
        taken = out.get(entry.data["rating_id"])
        measures = _kinds(entry.data) if taken is None else _OUT[taken == RULED]
        yield from ((_mark(measure, entry, dims), 1) for measure in measures)
    yield from _loop(told, out, dims, named)
    yield from _overdue(told, out, dims)


_OUT = (("ratings_voided",), ("ratings_excluded",))


def _kinds(data: Mapping[str, Any]) -> tuple[str, ...]:
    if data.get("is_default") or not data.get("level"):
        return ("ratings_default",)
    level = data["level"]
    if data.get("number") == 2:
        return ("ratings_second",) if level in BAD else ("ratings_second", "second_satisfied")
    return ("ratings_active", f"ratings_{level.lower()}", *(("bad_ratings",) if level in BAD else ()))


def _loop(
    told: Told, out: Mapping[str, str], dims: Mapping[str, str], named: Collection[tuple[str, int]]
) -> Iterator[tuple[Mark, int]]:
    overdue = {_rating(one.data) for one in told.get(OVERDUE, ())}
    for entry in told.get(OPENED, ()):
        if _rating(entry.data) not in out:
            yield _mark("rectifications_opened", entry, dims), 1
            yield _mark("named_bad", entry, dims), int(_round(entry.data) in named)
    for entry in told.get(CONCLUDED, ()):
        rating_id = _rating(entry.data)
        if rating_id not in out:
            yield _mark("rectifications_closed", entry, dims), 1
            yield _mark("rectifications_on_time", entry, dims), int(entry.data.get("on_time", rating_id not in overdue))
            called = _round(entry.data) in named and any(entry.data.get(word) for word in CALLED)
            yield _mark("named_called_back", entry, dims), int(called)


def _overdue(told: Told, out: Mapping[str, str], dims: Mapping[str, str]) -> Iterator[tuple[Mark, int]]:
    """Count once for each unit that was late in the loop of a rating, when it first was."""
    first: dict[tuple[str, str], Entry] = {}
    for entry in sorted(told.get(OVERDUE, ()), key=lambda one: (one.at, one.version, one.entry_id)):
        first.setdefault((_rating(entry.data), str(entry.data.get("unit") or "")), entry)
    yield from ((_mark("rectifications_overdue", one, dims), 1) for key, one in first.items() if key[0] not in out)


def _rating(data: Mapping[str, Any]) -> str:
    return str(data["rating_id"])


def _round(data: Mapping[str, Any]) -> tuple[str, int]:
    """Return which loop of a rating it is: a second bad rating has one of its own."""
    return _rating(data), int(data.get("round") or 1)


def _mark(measure: str, entry: Entry, dims: Mapping[str, str]) -> Mark:
    data = entry.data
    return Mark(
        measure,
        day_of(entry.at),
        str(data.get("unit") or ""),
        dims["region"] or data.get("region") or "",
        dims["matter"] or data.get("matter_code") or "",
        str(data.get("item") or ""),
        str(data.get("channel") or ""),
    )
