"""The measures (计数): everything that is counted, with its name in formulas, and how it is counted.

A flow belongs to the month in which it happened. A stock is what there is at the end of a month; it is counted as the
changes of each month, so that its figure is their sum. What leads to single raters is confidential.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation_svc.domain.marks import Counting, Entry, Marks, Note, marks_of, notes_of
from evaluation_svc.domain.marks_of_cases import CASES, cases_counted
from evaluation_svc.domain.marks_of_items import FOUND, STOCKS, items_counted
from evaluation_svc.domain.marks_of_ratings import RATINGS, ratings_counted
from evaluation_svc.domain.marks_of_steps import STEPS, steps_counted

COUNTINGS: Sequence[Counting] = (cases_counted, steps_counted, ratings_counted, items_counted)


@dataclass(frozen=True, slots=True)
class Measure:
    """A named count: its Chinese title, and which moment says the period."""

    measure: str
    title: str
    moment: str
    is_stock: bool = False
    is_confidential: bool = False
    is_of_persons: bool = True


MEASURES: Mapping[str, Measure] = {
    one.measure: one
    for one in (
        *(Measure(name, *said) for name, said in {**CASES, **STEPS}.items()),
        *(Measure(name, *said, is_confidential=True) for name, said in RATINGS.items()),
        *(Measure(name, title, "期末存量", is_stock=True, is_of_persons=False) for name, title in STOCKS.items()),
        *(Measure(name, title, "所属月份", is_of_persons=False) for name, title in FOUND.items()),
    )
}


def counted(entries: Sequence[Entry]) -> tuple[Marks, Sequence[Note]]:
    """Return what a key's entries add to the figures, and what of it came when its month was over."""
    marks = marks_of(entries, COUNTINGS)
    return marks, notes_of(entries, marks, COUNTINGS)
