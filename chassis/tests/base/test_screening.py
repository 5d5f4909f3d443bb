import pytest
from chassis.base.screening import CARD, HOME, ID_NUMBER, MAIL, PHONE, PLATE, screened
from hypothesis import given
from hypothesis import strategies as st

WEIGHTS, CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("他的号是410199199003070018,别外传", f"他的号是{ID_NUMBER},别外传"),
        ("4101 9919 5512 3112 3x", ID_NUMBER),
        ("410199199003070019不是身份证", "410199199003070019不是身份证"),
        ("打13812345678找李四", f"打{PHONE}找李四"),
        ("+86 138-1234-5678", f"+{PHONE}"),
        ("138 1234 5678", PHONE),
        ("座机0371-67181234", f"座机{PHONE}"),
        ("编号1234567890123456", "编号1234567890123456"),
        ("卡号4111111111111111扣了钱", f"卡号{CARD}扣了钱"),
        ("车牌豫A12345挡路", f"车牌{PLATE}挡路"),
        ("新能源豫AD12345", f"新能源{PLATE}"),
        ("住花园路12号院3号楼2单元501室", f"{HOME}"),
        ("送到3号楼2单元501室", f"送到{HOME}"),
        ("写信给zhang.san@example.com吧", f"写信给{MAIL}吧"),
        ("3号窗口的人态度好,等了40分钟", "3号窗口的人态度好,等了40分钟"),
        ("2026年3月2日 9:30 到 11:00", "2026年3月2日 9:30 到 11:00"),
        ("办件410100U232026030220000019", "办件410100U232026030220000019"),
        ("", ""),
    ],
)
def test_what_looks_like_somebodys_data_is_hidden_and_the_rest_stays(text: str, shown: str) -> None:
    assert screened(text) == shown


def id_number(digits: list[int]) -> str:
    number = "".join(map(str, digits))
    return number + CHECKS[sum(a * b for a, b in zip(digits, WEIGHTS, strict=True)) % 11]


DIGITS = st.lists(st.integers(0, 9), min_size=16, max_size=16).flatmap(
    lambda rest: st.integers(1, 9).map(lambda first: [first, *rest])
)


@given(DIGITS, st.sampled_from(["", " ", "-", "\u3000", "\u200b"]), st.text("的号是了,。", max_size=5))
def test_every_right_id_number_is_hidden_however_it_is_typed(digits: list[int], between: str, around: str) -> None:
    number = id_number(digits)
    groups = between.join((number[:6], number[6:14], number[14:]))
    wide = "".join(chr(ord(char) + 0xFEE0) for char in groups) if between == "" else groups
    for typed in (groups, groups.lower(), wide):
        assert screened(around + typed + around) == around + ID_NUMBER + around


@given(st.text(max_size=300))
def test_any_text_can_be_screened_and_again_changes_nothing(text: str) -> None:
    once = screened(text)
    assert screened(once) == once
