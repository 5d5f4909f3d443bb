from contextlib import suppress

import pytest
from chassis.base.problems import Malformed, PreconditionRequired
from chassis.http.preconditions import Tags, read_tags, seen_tags
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("lines", "strong", "weak"),
    [
        (['"a"'], {'"a"'}, set()),
        (['W/"a"'], set(), {'"a"'}),
        (['"a", W/"b"', '"c"'], {'"a"', '"c"'}, {'"b"'}),
        (['"a,b"'], {'"a,b"'}, set()),
        (['""'], {'""'}, set()),
        ([', ,"a",,\t"b" ,'], {'"a"', '"b"'}, set()),
        ([""], set(), set()),
        ([], set(), set()),
    ],
)
def test_a_list_of_tags_is_read_in_any_lines_and_spacing(lines: list[str], strong: set[str], weak: set[str]) -> None:
    assert read_tags("if-match", lines) == Tags(frozenset(strong), frozenset(weak))


def test_a_star_stands_alone() -> None:
    assert read_tags("if-match", [" * "]).have('"anything"')
    for lines in (["*", "*"], ['"a", *'], ["**"]):
        with pytest.raises(Malformed):
            read_tags("if-match", lines)


def test_a_weak_tag_is_as_good_for_reading_and_never_good_for_changing() -> None:
    tags = read_tags("if-match", ['W/"2"'])
    assert (tags.have('"2"'), tags.have_alike('"2"')) == (False, True)


@given(st.lists(st.text("!#$%,;=/W*2\x80\xff", max_size=4), min_size=1, max_size=5))
def test_every_tag_that_may_be_is_read_back(opaque: list[str]) -> None:
    tags = read_tags("if-match", [", ".join(f'"{one}"' for one in opaque)])
    assert tags.strong == {f'"{one}"' for one in opaque}


@given(st.text(max_size=40))
def test_whatever_comes_is_a_list_of_tags_or_malformed(text: str) -> None:
    with suppress(Malformed):
        assert isinstance(read_tags("if-match", [text]), Tags)


@pytest.mark.parametrize("lines", [[b"", b'"3"'], [b'"3"', b""], [b" ", b"", b'"3"'], [b'"2"', b'"3"']])
def test_what_was_seen_is_read_from_all_lines(lines: list[bytes]) -> None:
    request = Request({"type": "http", "headers": [(b"if-match", line) for line in lines]})
    assert seen_tags(request).have('"3"')


@pytest.mark.parametrize("lines", [[], [b""], [b"", b" "]])
def test_who_says_nothing_of_what_he_saw_is_asked_for_it(lines: list[bytes]) -> None:
    with pytest.raises(PreconditionRequired):
        seen_tags(Request({"type": "http", "headers": [(b"if-match", line) for line in lines]}))
