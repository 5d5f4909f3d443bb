import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_svc.domain.form import Field
from intake_svc.domain.masking import MASKS, mask, masked, masked_reference

TYPES = (*MASKS, "text", "date", "past_date", "choice", "region", "a type to come")


def field(element: str, type_: str, *, personal: bool = True) -> Field:
    return Field(element, element, type_, True, 200, "", (), personal=personal)


def test_staff_see_personal_values_masked_by_their_type() -> None:
    fields = (
        field("child_name", "person_name"),
        field("mother_id_number", "id_number"),
        field("mother_phone", "phone"),
        field("bank_account", "bank_account"),
        field("child_birth_date", "past_date"),
        field("child_sex", "choice"),
        field("residence_address", "text"),
        field("birth_hospital", "text", personal=False),
    )
    full = {
        "child_name": "测小宝",
        "mother_id_number": "410199200002291025",
        "mother_phone": "13800001234",
        "bank_account": "6200000000001234",
        "child_birth_date": "2026-02-26",
        "child_sex": "1",
        "residence_address": "郑州市测试路 1 号",
        "birth_hospital": "测试医院",
    }
    assert masked(fields, full) == {
        "child_name": "测**",
        "mother_id_number": "410***********1025",
        "mother_phone": "138****1234",
        "bank_account": "************1234",
        "child_birth_date": "***",
        "child_sex": "***",
        "residence_address": "***",
        "birth_hospital": "测试医院",
    }


@pytest.mark.parametrize("key", ["guardian", "email", "passport_no", "remarks", "birth_hospital"])
def test_what_the_pack_does_not_call_open_is_masked_whatever_its_key(key: str) -> None:
    assert masked([Field(key, key, "text", True, 200, "", ())], {key: "测试母亲 a@b.cn"}) == {key: "***"}


def test_a_value_without_a_field_is_not_shown() -> None:
    assert masked([field("child_name", "text")], {"other": "测小宝"}) == {}


@pytest.mark.parametrize("type_", TYPES)
@given(value=st.text(min_size=1, max_size=6))
def test_a_short_value_is_never_told_nor_its_length(type_: str, value: str) -> None:
    shown = mask(type_, value)
    assert shown in {"***", f"{value[0]}**"}


@pytest.mark.parametrize("type_", TYPES)
def test_what_was_left_empty_stays_empty(type_: str) -> None:
    assert mask(type_, "") == ""


@pytest.mark.parametrize(
    ("kind", "reference", "shown"),
    [
        ("id_number", "410199200002291025", "410***********1025"),
        ("birth_certificate_no", "Z000000001", "******0001"),
        ("text", "J410199-2020-000123", "***************0123"),
        ("text", "1234567", "***"),
        ("text", "", ""),
    ],
)
def test_staff_see_a_licences_number_masked_by_its_kind(kind: str, reference: str, shown: str) -> None:
    assert masked_reference(kind, reference) == shown
