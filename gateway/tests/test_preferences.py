"""What a caller would rather have, read from a header as it may stand there."""

import pytest
from gateway.preferences import MOST, language, takes_gzip, weights


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", {}),
        ("gzip", {"gzip": 1.0}),
        ("A;q=0, b ; q=0.25,c;q=1.000", {"a": 0.0, "b": 0.25, "c": 1.0}),
        ("a;q=0.5, a", {"a": 0.5}),
        ("a;q=0.1234, b;q=1.1, c;q=-1, d;level=1, e;q=, f", {"f": 1.0}),
        ("*;q=0.1, x-y", {"*": 0.1, "x-y": 1.0}),
        ("a b, c!, d", {"ab": 1.0, "d": 1.0}),
        ("a;Q=0.5", {"a": 0.5}),
        ("x" * 40, {"x" * 40: 1.0}),
        ("x" * 41, {}),
    ],
)
def test_a_header_names_with_weights_and_what_cannot_be_read_is_left_out(
    header: str, expected: dict[str, float]
) -> None:
    assert weights(header) == expected


def test_a_header_is_read_up_to_so_many_names() -> None:
    names = [f"n{number}" for number in range(MOST + 1)]
    assert list(weights(",".join(names))) == names[:MOST]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "zh-CN"),
        ("en", "en"),
        ("EN-us", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.5, zh;q=0.9", "zh-CN"),
        ("fr, en;q=0.3", "en"),
        ("fr", "zh-CN"),
        ("*", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("en;q=x", "zh-CN"),
        ("en;q=1.5", "zh-CN"),
        (";;,,", "zh-CN"),
        ("en, zh", "en"),
        ("en-gb;q=0.2, zh;q=0.5, en-us;q=0.7", "en"),
        ("en-gb;q=0.7, zh;q=0.5, en;q=0.2", "en"),
        ("ZH-Hant;q=0, en;q=0.1", "en"),
        ("zh, en", "zh-CN"),
    ],
)
def test_titles_are_chinese_unless_english_is_wanted_more(header: str, expected: str) -> None:
    assert language(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("br", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("x-gzip", True),
        ("x-gzip;q=0, *", False),
        ("gzip;q=0, x-gzip", False),
        ("gzip;q=0.001", True),
        ("gzip;q=0.5, identity;q=1", False),
        ("identity;q=0.5, gzip;q=0.5", True),
        ("identity", False),
    ],
)
def test_gzip_is_taken_as_the_caller_says(header: str, expected: bool) -> None:  # noqa: FBT001  the expected value
    assert takes_gzip(header) is expected
