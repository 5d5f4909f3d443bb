from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.form import Field, Need, check, masked

NAME = Field("child_name", "新生儿姓名", "text", True, 5, "", ())
IDENTITY = Field("mother_id_number", "母亲公民身份号码", "id_number", True, 18, "", ())
PHONE = Field("mother_phone", "联系手机", "phone", False, 11, "", ())
BORN = Field("child_birth_date", "出生日期", "date", True, 100, "", ())
SEX = Field("child_sex", "性别", "choice", True, 100, "", ("1", "2"))
ACCOUNT = Field("bank_account", "收款账号", "bank_account", False, 19, "", ())
WEIGHT = Field("birth_weight", "出生体重", "text", False, 5, "^[0-9]{3,5}$", ())
FIELDS = (NAME, IDENTITY, PHONE, BORN, SEX, ACCOUNT, WEIGHT)
NEEDS = (Need("parent_id_card", "父母居民身份证", True, True), Need("marriage", "结婚证", True, False))
GOOD = {
    "child_name": "测小宝",
    "mother_id_number": "410199200002291025",
    "child_birth_date": "2026-02-26",
    "child_sex": "1",
}
REFERENCES = {"parent_id_card": "410199200002291025"}


def test_a_complete_form_has_no_fault() -> None:
    assert check(FIELDS, NEEDS, GOOD, REFERENCES) == []


def test_an_empty_form_is_told_everything_that_is_missing_at_once() -> None:
    pointers = {fault.pointer for fault in check(FIELDS, NEEDS, {}, {})}
    assert pointers == {
        "/form/child_name",
        "/form/mother_id_number",
        "/form/child_birth_date",
        "/form/child_sex",
        "/materials/parent_id_card",
    }


def test_each_wrong_value_is_pointed_at() -> None:
    bad = {
        "child_name": "一二三四五六",
        "mother_id_number": "410199198502290029",
        "mother_phone": "12345",
        "child_birth_date": "2026-02-30",
        "child_sex": "3",
        "bank_account": "62x",
        "birth_weight": "三千克",
        "status": "accepted",
    }
    faults = {fault.pointer: fault.code for fault in check(FIELDS, NEEDS, bad, {**REFERENCES, "other": "1"})}
    assert faults == {
        **{f"/form/{field.element}": "malformed" for field in FIELDS},
        "/form/status": "unknown_field",
        "/materials/other": "unknown_material",
    }


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=30)), st.dictionaries(st.text(max_size=10), st.text()))
def test_no_input_breaks_the_check(form: dict[str, str], materials: dict[str, str]) -> None:
    for fault in check(FIELDS, NEEDS, form, materials):
        assert fault.pointer.startswith(("/form/", "/materials/"))


def test_staff_see_personal_values_masked() -> None:
    fields = (*FIELDS, Field("residence_address", "地址", "text", True, 200, "", ()))
    full = {
        **GOOD,
        "mother_phone": "13800001234",
        "bank_account": "6200000000001234",
        "residence_address": "郑州市测试路 1 号",
    }
    assert masked(fields, full) == {
        "child_name": "测**",
        "mother_id_number": "410***********1025",
        "child_birth_date": "2026-02-26",
        "child_sex": "1",
        "mother_phone": "138****1234",
        "bank_account": "************1234",
        "residence_address": "郑州市测试路****",
    }
