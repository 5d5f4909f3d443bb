from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.form import Fault, Field, Need, check, warnings
from intake_svc.domain.rules import Broken, Rule, broken

TODAY = date(2026, 3, 2)
NUMBERS = ("mother_id_number", "father_id_number")
MOTHER, FATHER, BOY = "410199200002291025", "410199199003070018", "410199201603010019"
FIELDS = (
    Field("child_birth_date", "出生日期", "past_date", False, 10, "", ()),
    Field("child_sex", "孩子性别", "choice", False, 10, "", ("1", "2")),
    Field("mother_id_number", "母亲身份证号", "id_number", False, 18, "", ()),
    Field("father_name", "父亲姓名", "person_name", False, 50, "", ()),
    Field("father_id_number", "父亲身份证号", "id_number", False, 18, "", ()),
    Field("hukou_follow", "随父或随母落户", "choice", False, 10, "", ("mother", "father")),
)
DIFFER = Rule("differ", ("father_id_number", "mother_id_number"), 0, "", {}, is_warning=False)
OLDER = Rule("older_by", ("mother_id_number", "child_birth_date"), 10, "", {}, is_warning=False)
FEMALE = Rule("matches_sex", ("mother_id_number",), 0, "2", {}, is_warning=True)
OF_SEX = Rule("matches_sex", ("father_id_number", "child_sex"), 0, "", {}, is_warning=True)
FOLLOWED = Rule("needs", ("father_name", "father_id_number"), 0, "", {"hukou_follow": ["father"]}, is_warning=False)
NAMED = Rule("needs", ("father_name",), 0, "", {"father_id_number": []}, is_warning=False)
LATER = Rule("of_a_later_version", ("father_name",), 0, "", {}, is_warning=False)
RULES = (DIFFER, OLDER, FEMALE, OF_SEX, FOLLOWED, NAMED, LATER)


def told(form: dict[str, str], *rules: Rule) -> list[tuple[str, str]]:
    found = check(FIELDS, (), form, {}, today=TODAY, rules=rules or RULES)
    return [(fault.pointer.removeprefix("/form/"), fault.code) for fault in found]


def odd(form: dict[str, str]) -> list[Fault]:
    return warnings(FIELDS, form, RULES, today=TODAY)


def test_a_right_form_keeps_all_rules() -> None:
    form = {
        "child_birth_date": "2026-02-26",
        "child_sex": "1",
        "mother_id_number": MOTHER,
        "father_name": "测试",
        "father_id_number": FATHER,
        "hukou_follow": "father",
    }
    assert (told(form), odd(form)) == ([], [])


def test_an_empty_form_breaks_no_rule() -> None:
    assert (told({}), odd({})) == ([], [])


def test_two_persons_do_not_have_one_number_and_the_later_field_is_pointed_at() -> None:
    form = {"mother_id_number": MOTHER, "father_id_number": MOTHER, "father_name": "测试"}
    assert told(form) == [("father_id_number", "differ")]
    (fault,) = check(FIELDS, (), form, {}, today=TODAY, rules=[DIFFER])
    assert fault.detail == "父亲身份证号:不能与母亲身份证号相同"


@pytest.mark.parametrize(
    ("born", "is_told"),
    [("2010-03-01", False), ("2010-02-28", True), ("2009-12-31", True), ("1999-01-01", True), ("2026-02-28", False)],
)
def test_a_parent_is_ten_years_older_than_the_child(born: str, is_told: bool) -> None:  # noqa: FBT001  of the table
    form = {"mother_id_number": MOTHER, "child_birth_date": born}  # she was born on 29 February 2000
    assert told(form) == [("mother_id_number", "older_by")] * is_told
    said = [fault.detail for fault in check(FIELDS, (), form, {}, today=TODAY, rules=[OLDER])]
    assert said == ["母亲身份证号:按此年龄比所填“出生日期”的人大不到 10 岁,请核对两处"] * is_told


def test_a_sex_that_a_number_does_not_tell_is_a_warning_and_holds_nobody_back() -> None:
    form = {"mother_id_number": FATHER, "father_id_number": MOTHER, "father_name": "测", "child_sex": "1"}
    assert told(form) == []
    assert [(one.pointer, one.code) for one in odd(form)] == [
        ("/form/mother_id_number", "matches_sex"),
        ("/form/father_id_number", "matches_sex"),
    ]
    assert odd(form)[0].detail == "母亲身份证号:号码第 17 位表示男性,请核对是否填对"
    assert odd(form)[1].detail == "父亲身份证号:号码第 17 位表示女性,与所填孩子性别不一致,请核对是否填对"


@pytest.mark.parametrize(
    ("form", "codes"),
    [
        ({"hukou_follow": "mother"}, []),
        ({"hukou_follow": "father"}, [("father_name", "required"), ("father_id_number", "required")]),
        ({"hukou_follow": "father", "father_name": "测试"}, [("father_id_number", "required")]),
        ({"father_id_number": FATHER}, [("father_name", "required")]),
        ({"hukou_follow": "father", "father_name": "测1", "father_id_number": "1"}, None),
    ],
)
def test_what_others_make_necessary_is_asked_for_once(
    form: dict[str, str], codes: list[tuple[str, str]] | None
) -> None:
    expected = codes if codes is not None else [("father_name", "malformed"), ("father_id_number", "malformed")]
    assert told(form) == expected


def test_a_rule_looks_at_right_values_only() -> None:
    assert told({"mother_id_number": "1", "father_id_number": "1", "father_name": "测"}) == [
        ("mother_id_number", "malformed"),
        ("father_id_number", "malformed"),
    ]


@given(
    st.dictionaries(
        st.sampled_from([field.element for field in FIELDS]), st.sampled_from(["", MOTHER, "x", "1", "2026-02-26"])
    )
)
def test_no_form_breaks_the_rules_evaluation(form: dict[str, str]) -> None:
    told(form)
    odd(form)


@pytest.mark.parametrize(
    ("form", "number", "codes"),
    [
        ({"mother_id_number": MOTHER}, MOTHER, []),
        ({"mother_id_number": MOTHER, "father_id_number": FATHER}, FATHER, []),
        ({"mother_id_number": MOTHER, "father_id_number": FATHER}, BOY, ["not_of_a_named_person"]),
        ({}, MOTHER, []),
        ({"mother_id_number": MOTHER}, "无", ["malformed"]),
    ],
)
def test_a_licence_is_of_a_person_who_is_named_in_the_form(form: dict[str, str], number: str, codes: list[str]) -> None:
    paper = Need(
        "id_card",
        "身份证",
        required=True,
        needs_reference=True,
        reference_type="id_number",
        reference_of=("mother_id_number", "father_id_number", "not_asked"),
    )
    faults = check(FIELDS, (paper,), form, {"id_card": number}, today=TODAY)
    assert [fault.code for fault in faults] == codes
    if codes == ["not_of_a_named_person"]:
        said = "身份证的证照号码:应与母亲身份证号或父亲身份证号相同,请核对"
        assert faults == [Fault("/materials/id_card", "not_of_a_named_person", said)]


LABELS = {field.element: field.label for field in FIELDS}


def test_whoever_is_not_old_enough_is_told_at_the_later_of_the_two_fields() -> None:
    rule = Rule("older_by", ("mother_id_number", "father_id_number"), 10, "", {}, is_warning=False)
    said = "按此年龄比所填“母亲身份证号”的人小不到 10 岁,请核对两处"
    form = {"mother_id_number": MOTHER, "father_id_number": FATHER}
    assert list(broken(rule, form, LABELS)) == [Broken("father_id_number", "older_by", said)]


@pytest.mark.parametrize(("born", "is_told"), [("2000-03-06", True), ("2000-03-07", False)])
def test_years_are_full_on_the_birthday(born: str, is_told: bool) -> None:  # noqa: FBT001  of the table
    rule = Rule("older_by", ("father_id_number", "child_birth_date"), 10, "", {}, is_warning=False)
    form = {"father_id_number": FATHER, "child_birth_date": born}  # born on 7 March 1990
    assert bool(list(broken(rule, form, LABELS))) is is_told


def test_a_rule_over_all_fields_of_a_form_holds() -> None:
    rule = Rule("differ", NUMBERS, 0, "", {}, is_warning=False)
    both = dict.fromkeys(NUMBERS, MOTHER)
    assert len(list(broken(rule, both, {name: LABELS[name] for name in NUMBERS}))) == 1
    assert list(broken(rule, both, {"mother_id_number": ""})) == []


def test_what_others_make_necessary_is_told_with_all_that_made_it_so() -> None:
    rule = Rule(
        "needs", ("father_name", "child_birth_date"), 0, "", {"hukou_follow": [], "child_sex": []}, is_warning=False
    )
    form = {"hukou_follow": "father", "child_sex": "1", "father_name": "测试"}
    said = "按已填的随父或随母落户、孩子性别,还须填写出生日期"
    assert list(broken(rule, form, LABELS)) == [Broken("child_birth_date", "required", said)]
