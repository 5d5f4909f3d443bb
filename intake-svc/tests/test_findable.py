import pytest
from intake_svc.domain.findable import folded, marks_of
from intake_svc.domain.form import Field, Need


def field(element: str, type_: str) -> Field:
    return Field(element, element, type_, True, 200, "", ())


FIELDS = (
    field("child_name", "person_name"),
    field("born", "past_date"),
    field("mother_name", "person_name"),
    field("mother_id_number", "id_number"),
    field("phone", "phone"),
    field("address", "text"),
)
NEEDS = (Need("card", "身份证", True, True, "id_number"), Need("proof", "证明", True, True, "text"))


def test_an_application_is_found_by_the_numbers_and_names_in_it_and_a_name_with_a_birth_date() -> None:
    form = {
        "child_name": "测小宝",
        "born": "2026-02-26",
        "mother_name": "阿依·努尔",
        "mother_id_number": "410199200002291025",
        "phone": "13800000000",
        "address": "测试路",
    }
    found = marks_of(FIELDS, NEEDS, form, {"card": "41019919951201118X", "proof": "A1"})
    assert found == [
        ("id_number", "41019919951201118X"),
        ("id_number", "410199200002291025"),
        ("name_and_birth", "测小宝/2026-02-26"),
        ("name_and_birth", "阿依努尔/2026-02-26"),
        ("person_name", "测小宝"),
        ("person_name", "阿依努尔"),
        ("phone", "13800000000"),
    ]


def test_what_was_left_empty_is_no_mark() -> None:
    assert marks_of(FIELDS, NEEDS, {"child_name": "", "born": "2026-02-26"}, {}) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿依·努尔", "阿依•努尔"),
        ("阿依·努尔", "阿依努尔"),
        ("Mary Jane O'Brien", "ＭＡＲＹ jane o’brien"),
        ("张三", "张 三"),
        ("张\u200b三", "张三"),
        ("\U00031350三", "\U00031350 三"),
    ],
)
def test_a_name_is_one_however_it_was_typed(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


def test_other_names_stay_apart() -> None:
    assert len({folded(name) for name in ("张三", "张三丰", "章三", "\U00031350三")}) == 4
