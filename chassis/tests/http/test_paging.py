from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from chassis.base.fields import View
from chassis.base.problems import Malformed
from chassis.http.paging import decode_cursor, encode_cursor, id_in, moment_in, page
from hypothesis import given
from hypothesis import strategies as st


class Row(View):
    number: int


PLAIN = st.text(st.characters(exclude_categories=["C", "Z"]))


@given(PLAIN, st.integers(-(2**63), 2**63 - 1))
def test_a_cursor_gives_back_its_values(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor(text, number), str, int) == (text, number)


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "bnVsbA", "W10", "é", "[1]", "WyJhXHUwMDAwIl0", "WyJcdWQ4MDAiXQ"])
def test_a_cursor_of_another_shape_is_refused(cursor: str) -> None:
    with pytest.raises(Malformed):
        decode_cursor(cursor, str)


def test_a_cursor_names_a_row_by_its_id_and_its_moment() -> None:
    row, moment = "0198c0de-0000-7000-8000-00000000000a", datetime(2026, 3, 2, 1, 30, 0, 123456, UTC)
    assert id_in(row) == row
    assert moment_in(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("read", "value"),
    [
        *[(id_in, value) for value in ("", "a" * 35, "a" * 37, "A" * 36, "a" * 36 + "\n")],
        *[(moment_in, value) for value in ("", "soon", "2026-03-02T01:30:00", "2026-03-02T09:30:00+08:00")],
    ],
)
def test_what_is_no_id_and_no_moment_of_utc_is_no_cursors(read: Callable[[str], object], value: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(value)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/after", "bad_cursor")]


def test_the_last_page_has_no_next() -> None:
    rows = [Row(number=n) for n in range(3)]
    first = page(rows, 2, key=lambda row: (row.number,))
    assert [row.number for row in first.items] == [0, 1]
    assert first.next is not None
    assert decode_cursor(first.next, int) == (1,)
    assert page(rows, 3, key=lambda row: (row.number,)).next is None
