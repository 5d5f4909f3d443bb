import pytest
from chassis.base.fields import View
from chassis.base.problems import Malformed
from chassis.http.paging import decode_cursor, encode_cursor, page
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


def test_the_last_page_has_no_next() -> None:
    rows = [Row(number=n) for n in range(3)]
    first = page(rows, 2, key=lambda row: (row.number,))
    assert [row.number for row in first.items] == [0, 1]
    assert first.next is not None
    assert decode_cursor(first.next, int) == (1,)
    assert page(rows, 3, key=lambda row: (row.number,)).next is None
