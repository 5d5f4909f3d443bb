"""The page docs/what-people-type.md, row by row: what is typed, what it is stored as, what the person is told."""

import re
from datetime import date
from pathlib import Path

import pytest
from intake_svc.domain import values

PAGE = Path(__file__).resolve().parents[2] / "docs" / "what-people-type.md"
DAY = date(2026, 3, 2)
ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(n))")
BLANK = "(空)"


def text(cell: str) -> str:
    """Return what a cell stands for: between its ticks, with escapes read."""
    plain = cell.removeprefix("`").removesuffix("`")
    return ESCAPE.sub(lambda found: "\n" if found[3] else chr(int(found[1] or found[2], 16)), plain)


def rows() -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = []
    kind = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            kind = line.rpartition("`")[0].rpartition("`")[2]
        if line.startswith("| `"):
            typed, stored, told = (cell.strip(" ") for cell in line.strip("|").split("|"))
            found.append((kind, text(typed), "" if stored == BLANK else text(stored), told))
    return found


@pytest.mark.parametrize(("kind", "typed", "stored", "told"), rows())
def test_every_row_of_the_page_is_true(kind: str, typed: str, stored: str, told: str) -> None:
    assert kind in values.KINDS
    assert values.normalise(kind, typed) == stored
    assert (values.fault(kind, stored, DAY) if stored else "") == told


def test_the_page_has_sixty_names_numbers_and_dates_and_more_and_every_kind() -> None:
    assert len(set(rows())) >= 100
    assert {kind for kind, *_ in rows()} == values.KINDS.keys() - {"date", "choice"}
