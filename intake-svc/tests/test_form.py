from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.form import Fault, Field, Need, check, pointer, tidied, tidied_references, unchecked
from intake_svc.domain.rules import Rule

NAME = Field("child_name", "新生儿姓名", "person_name", True, 5, "", ())
IDENTITY = Field("mother_id_number", "母亲公民身份号码", "id_number", True, 18, "", ())
PHONE = Field("mother_phone", "联系手机", "phone", False, 11, "", ())
BORN = Field("child_birth_date", "出生日期", "past_date", True, 100, "", ())
SEX = Field("child_sex", "性别", "choice", True, 100, "", ("1", "2"))
ACCOUNT = Field("bank_account", "收款账号", "bank_account", False, 19, "", ())
WEIGHT = Field("birth_weight", "出生体重", "text", False, 5, "^[0-9]{3,5}$", ())
REGION = Field("birth_region", "出生地", "region", False, 6, "", ())
PLACE = Field("hukou_region", "落户区县", "region", False, 6, "", ("410105", "410181"))
TODAY = date(2026, 3, 2)
FIELDS = (NAME, IDENTITY, PHONE, BORN, SEX, ACCOUNT, WEIGHT, REGION)
NEEDS = (
    Need("parent_id_card", "父母居民身份证", True, True, reference_type="id_number"),
    Need("marriage", "结婚证", True, False),
    Need("residence_permit", "居住证", False, True),
)
GOOD = {
    "child_name": "测小宝",
    "mother_id_number": "410199200002291025",
    "child_birth_date": "2026-02-26",
    "child_sex": "1",
}
REFERENCES = {"parent_id_card": "410199200002291025"}


def test_a_complete_form_has_no_fault() -> None:
    assert check(FIELDS, NEEDS, GOOD, REFERENCES, today=TODAY) == []


def test_an_empty_form_is_told_everything_that_is_missing_at_once() -> None:
    pointers = {fault.pointer for fault in check(FIELDS, NEEDS, {}, {}, today=TODAY)}
    assert pointers == {
        "/form/child_name",
        "/form/mother_id_number",
        "/form/child_birth_date",
        "/form/child_sex",
        "/materials/parent_id_card",
    }


def test_a_pattern_of_the_city_never_takes_longer_than_its_value_is_long() -> None:
    odd = Field("odd", "怪", "text", True, 2000, "(a|a)*b", ())
    assert [fault.code for fault in check([odd], [], {"odd": "a" * 2000}, {}, today=TODAY)] == ["malformed"]
    assert check([odd], [], {"odd": "a" * 1999 + "b"}, {}, today=TODAY) == []


def test_a_pattern_that_is_no_longer_taken_holds_nobody_back() -> None:
    before = Field("old", "旧", "text", True, 20, "(?<=a)b", ())
    assert check([before], [], {"old": "b"}, {}, today=TODAY) == []


def test_each_wrong_value_is_pointed_at() -> None:
    bad = {
        "child_name": "一二三四五六",
        "mother_id_number": "410199198502290029",
        "mother_phone": "12345",
        "child_birth_date": "2026-02-30",
        "child_sex": "3",
        "bank_account": "62x",
        "birth_weight": "三千克",
        "birth_region": "河南",
    }
    faults = {fault.pointer: fault.code for fault in check(FIELDS, NEEDS, bad, REFERENCES, today=TODAY)}
    assert faults == {f"/form/{field.element}": "malformed" for field in FIELDS}


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=30)), st.dictionaries(st.text(max_size=10), st.text()))
def test_no_input_breaks_the_check(form: dict[str, str], materials: dict[str, str]) -> None:
    for fault in check(FIELDS, NEEDS, form, materials, today=TODAY):
        assert fault.pointer.startswith(("/form/", "/materials/"))


@given(st.text(min_size=1, max_size=20))
def test_a_pointer_leads_to_its_place_whatever_the_key(key: str) -> None:
    _, place, name = pointer("form", key).split("/")
    assert (place, name.replace("~1", "/").replace("~0", "~")) == ("form", key)
    assert pointer("materials", "a~b/~1") == "/materials/a~0b~1~01"


@pytest.mark.parametrize(
    ("field", "value", "fits"),
    [
        (REGION, "410100", True),
        (PLACE, "410105", True),
        (PLACE, "410100", False),
        (PLACE, "41010", False),
        (REGION, "990100", False),
        (REGION, "41010", False),
        (REGION, "４１０１００", False),
        (PHONE, "13800000000", True),
        (PHONE, "12800000000", False),
        (PHONE, "1380000000０", False),
        (ACCOUNT, "620000000000", True),
        (ACCOUNT, "62000000000", False),
        (BORN, "2026-02-28", True),
        (BORN, "2026-W09-6", False),
        (WEIGHT, "3200", True),
        (WEIGHT, "3200g", False),
        (SEX, "2", True),
        (SEX, "0", False),
    ],
)
def test_each_type_takes_its_own_values(field: Field, value: str, fits: bool) -> None:  # noqa: FBT001  a column of the table
    assert (check((field,), (), {field.element: value}, {}, today=TODAY) == []) is fits


@pytest.mark.parametrize("blank", ["", " \u3000", "\u3164", "\u200b", "\u2800\ufeff", "\u00a0\n", "\ufe0f"])
@pytest.mark.parametrize("field", FIELDS)
def test_what_shows_nothing_is_missing_whatever_the_type(field: Field, blank: str) -> None:
    required = replace(field, required=True)
    form = tidied((required,), {field.element: blank})
    assert [fault.code for fault in check((required,), (), form, {}, today=TODAY)] == ["required"]


def test_what_was_typed_is_brought_into_the_standard_form_of_its_type() -> None:
    typed = {
        "child_name": " 测\u3000小宝\u200b",
        "mother_id_number": "４１０１９９ 1995120１118x",
        "mother_phone": "+86 138-0000-0000",
        "child_birth_date": "2026年2月26日",
        "birth_weight": "３２００",
        "status": " accepted ",
    }
    assert tidied(FIELDS, typed) == {
        "child_name": "测小宝",
        "mother_id_number": "41019919951201118X",
        "mother_phone": "13800000000",
        "child_birth_date": "2026-02-26",
        "birth_weight": "3200",
        "status": "accepted",
    }
    assert tidied_references(NEEDS, {"parent_id_card": "41019919951201118x", "other": " a "}) == {
        "parent_id_card": "41019919951201118X",
        "other": "a",
    }


def test_a_length_counts_what_a_person_sees() -> None:
    remark = Field("remark", "说明", "text", True, 3, "", ())
    for value, faults in (("一二三", 0), ("一\ufe00二三", 0), ("e\u0323\u0302xy", 0), ("一二三四", 1)):
        assert len(check((remark,), (), {"remark": value}, {}, today=TODAY)) == faults


def test_nobody_reads_a_pattern_where_a_value_does_not_fit_it() -> None:
    helped = replace(WEIGHT, help="填写整数克数,如 3200")
    (fault,) = check((helped,), (), {"birth_weight": "三千克"}, {}, today=TODAY)
    assert fault.detail == "出生体重:格式不符:填写整数克数,如 3200"


def test_a_number_of_another_kind_than_is_asked_for_is_sent_to_the_window() -> None:
    asked = replace(IDENTITY, accepts=("resident",))
    (fault,) = check((asked,), (), {"mother_id_number": "810099199003070017"}, {}, today=TODAY)
    assert "港澳台居民居住证" in fault.detail
    assert "窗口" in fault.detail
    assert check((IDENTITY,), (), {"mother_id_number": "810099199003070017"}, {}, today=TODAY) == []


@pytest.mark.parametrize(
    "typed", ["无", "没有", "不知道", "N/A", "n / a", "-", "--", "０００", "0000000000", "x", "暂无"]
)
@pytest.mark.parametrize("kind", ["text", "id_number", "birth_certificate_no"])
def test_words_in_the_place_of_a_licences_number_are_no_number(typed: str, kind: str) -> None:
    needs = (Need("paper", "证照", True, True, reference_type=kind),)
    references = tidied_references(needs, {"paper": typed})
    (fault,) = check((), needs, {}, references, today=TODAY)
    assert fault.pointer == "/materials/paper"


@pytest.mark.parametrize(
    ("kind", "typed", "fits"),
    [
        ("birth_certificate_no", "z 410000001", True),
        ("birth_certificate_no", "410000001", False),
        ("id_number", "410199200002291025", True),
        ("id_number", "410199200002291026", False),
        ("text", "J410199-2020-000123", True),
    ],
)
def test_a_licences_number_is_of_its_type(kind: str, typed: str, fits: bool) -> None:  # noqa: FBT001  a column of the table
    needs = (Need("paper", "证照", True, True, reference_type=kind),)
    assert (check((), needs, {}, tidied_references(needs, {"paper": typed}), today=TODAY) == []) is fits


@pytest.mark.parametrize(("born", "faults"), [("2026-03-01", 0), ("2026-03-02", 0), ("2026-03-03", 1)])
def test_nobody_is_born_after_today(born: str, faults: int) -> None:
    assert len(check((BORN,), (), {"child_birth_date": born}, {}, today=TODAY)) == faults


def test_a_clerk_has_checked_what_is_required_and_only_what_is_there() -> None:
    assert unchecked(NEEDS, ["marriage", "parent_id_card"]) == []
    faults = unchecked(NEEDS, ["marriage", "410199200002291025"])
    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/materials_checked/1", "unknown_material"),
        ("/materials_checked", "unchecked"),
    ]
    assert faults[1].detail == "请核对:父母居民身份证"


def test_what_fits_a_citys_pattern_as_it_was_typed_stays_so() -> None:
    named = replace(WEIGHT, max_length=9, pattern="[a-z ]+")
    assert tidied([named], {named.element: "a b"}) == {named.element: "a b"}
    spaced = replace(named, pattern="[A-Z ]+")
    assert tidied([spaced], {spaced.element: "A B"}) == {spaced.element: "A B"}
    coded = replace(WEIGHT, max_length=9, pattern="[A-Z]{2}")
    assert tidied([coded], {coded.element: "a b"}) == {coded.element: "AB"}
    assert tidied([coded], {coded.element: "a b c"}) == {coded.element: "a b c"}


def test_a_choice_is_one_of_its_options_also_where_there_are_none() -> None:
    for options in ((), ("1",)):
        chosen = replace(WEIGHT, type="choice", options=options)
        (fault,) = check([chosen], (), {chosen.element: "2"}, {}, today=TODAY)
        assert fault.detail == f"{chosen.label}:不在可选项中,请重新选择"


def test_a_clerk_is_told_which_paper_is_unknown_and_which_is_left() -> None:
    needs = [Need("card", "身份证", True, True), Need("proof", "证明", False, False)]
    assert unchecked(needs, ["proof", "stranger"]) == [
        Fault("/materials_checked/1", "unknown_material", "不在这份申请的材料中"),
        Fault("/materials_checked", "unchecked", "请核对:身份证"),
    ]


def test_whoever_fills_in_a_form_is_told_each_place_in_whole_sentences() -> None:
    needs = (Need("marriage", "结婚证", True, False), *NEEDS)
    wrong = {**GOOD, "mother_id_number": "", "child_name": "一二三四五六", "birth_weight": "三千克"}
    assert check(FIELDS, needs, wrong, {}, today=TODAY) == [
        Fault("/form/child_name", "malformed", "新生儿姓名:最多 5 个字,现在是 6 个"),
        Fault("/form/mother_id_number", "required", "请填写母亲公民身份号码"),
        Fault("/form/birth_weight", "malformed", "出生体重:格式不符"),
        Fault("/materials/parent_id_card", "required", "请填写父母居民身份证的证照号码"),
    ]
    assert check(FIELDS, needs, GOOD, {"parent_id_card": "1"}, today=TODAY) == [
        Fault("/materials/parent_id_card", "malformed", "父母居民身份证的证照号码:身份证号应为 18 位,现在是 1 位"),
    ]


def test_a_place_that_breaks_two_rules_is_told_of_the_first_and_other_places_of_theirs() -> None:
    other = replace(IDENTITY, element="father_id_number", label="父亲身份证号")
    third = replace(IDENTITY, element="child_id_number", label="孩子身份证号")
    differ = [
        Rule("differ", ("mother_id_number", "father_id_number"), 0, "", {}, is_warning=False),
        Rule("differ", ("father_id_number", "mother_id_number"), 0, "", {}, is_warning=False),
        Rule("differ", ("mother_id_number", "child_id_number"), 0, "", {}, is_warning=False),
    ]
    form = dict.fromkeys(("mother_id_number", "father_id_number", "child_id_number"), GOOD["mother_id_number"])
    assert check((IDENTITY, other, third), (), form, {}, today=TODAY, rules=differ) == [
        Fault("/form/father_id_number", "differ", "父亲身份证号:不能与母亲公民身份号码相同"),
        Fault("/form/child_id_number", "differ", "孩子身份证号:不能与母亲公民身份号码相同"),
    ]


def test_options_and_patterns_bind_whatever_the_type() -> None:
    (fault,) = check((PLACE,), (), {"hukou_region": "410100"}, {}, today=TODAY)
    assert fault.detail == "落户区县:不在可选项中,请重新选择"
    both = replace(PLACE, pattern="41018.")
    assert [one.detail for one in check((both,), (), {"hukou_region": "410105"}, {}, today=TODAY)] == [
        "落户区县:格式不符"
    ]
    assert check((both,), (), {"hukou_region": "410181"}, {}, today=TODAY) == []
