import pytest
from chassis.base.patterns import PatternRefused, fits, require_pattern

LONGEST = 2000


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("^[0-9]{3,5}$", "3200", True),
        ("[0-9]{3,5}", "320000", False),
        ("[0-9]+", "32\n", False),
        ("[0-9]+", "٣", False),
        (r"\d+", "٣", False),
        ("a|b", "ab", False),
        (r"\p{Han}{2,50}", "诸葛亮", True),
        (r"[\x{4e00}-\x{9fff}·]{2,50}", "买买提·艾力", True),
        ("", "", True),
    ],
)
def test_a_whole_text_is_matched(pattern: str, text: str, *, matches: bool) -> None:
    assert fits(pattern, text) is matches


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * (LONGEST - 1) + "b"),
        ("(a|a)*b", "a" * LONGEST),
        ("(a|aa)+$", "a" * (LONGEST - 1) + "b"),
        ("(.*a){20}", "a" * 10 + "b" * (LONGEST - 10)),
        ("(.*,){11}P", "1," * (LONGEST // 2)),
        (r"([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+", "0" * LONGEST),
        ("(?:a?){900}a{900}", "a" * 899),
        ("((a|b|c|d)?(a|b|c|d)?){0,999}x", "abcd" * (LONGEST // 4)),
    ],
)
def test_no_pattern_takes_more_time_than_its_text_is_long(pattern: str, text: str) -> None:
    assert not fits(pattern, text)  # an engine that goes back and tries again would still be at it when the sun is out


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "missing )"),
        ("(?=a)a", "invalid perl operator"),
        ("(?<!a)b", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("(a{0,1000}){0,80}b", "invalid repetition size"),
        ("([a-z]{0,99}[0-9]?){0,900}x", "invalid repetition size"),
        (r"\p{L}{1,99}\p{L}{1,99}", "too large"),
        ("\ud800", "half a character"),
    ],
)
def test_what_cannot_run_so_is_refused_with_the_reason(pattern: str, said: str) -> None:
    with pytest.raises(PatternRefused, match=said.replace(")", r"\)")):
        require_pattern(pattern)
