"""What a network tells is held against its resource and against what was asked."""

from dataclasses import replace
from typing import Any

import pytest
from datashare_svc.domain.answers import checked_matches, checked_rows, compared
from datashare_svc.domain.model import Kind, Resource, ResourceField, SharingClass, SharingMode, UpdateCycle
from datashare_svc.errors import NetworkOut, Outage
from hypothesis import given
from hypothesis import strategies as st

MOTHER, OTHER = "410199199003070024", "410199199003070040"
BIRTHS = Resource(
    resource="birth_record",
    resource_code="R/1",
    name="出生医学证明",
    network="births",
    unit="U23",
    service="birth_record",
    summary="",
    sharing_class=SharingClass.CONDITIONAL,
    mode=SharingMode.API,
    update_cycle=UpdateCycle.REAL_TIME,
    basis="",
    fields=(
        ResourceField("parent_id_number", "父母身份证号", Kind.ID_NUMBER, 18, is_key=True, required=True),
        ResourceField("child_name", "姓名", Kind.PERSON_NAME, 50),
        ResourceField("child_birth_date", "出生日期", Kind.DATE, 10, required=True),
        ResourceField("birth_weight", "体重", Kind.NUMBER, 6),
    ),
    at_most_rows=3,
)
KEYS = {"parent_id_number": MOTHER}
WANTED = ("child_name", "child_birth_date", "birth_weight")
ROW = {"parent_id_number": MOTHER, "child_name": "王 一", "child_birth_date": "20260301", "birth_weight": 3200}
WRONG: list[tuple[Any, Outage]] = [
    (None, Outage.WRONG_SCHEMA),
    ("rows", Outage.WRONG_SCHEMA),
    ({"rows": []}, Outage.WRONG_SCHEMA),
    ([None], Outage.WRONG_SCHEMA),
    ([["a"]], Outage.WRONG_SCHEMA),
    ([{**ROW, "mother_name": "李二"}], Outage.WRONG_SCHEMA),
    ([{**ROW, "child_birth_date": None}], Outage.WRONG_SCHEMA),
    ([{**ROW, "child_birth_date": " "}], Outage.WRONG_SCHEMA),
    ([{**ROW, "child_birth_date": "20260230"}], Outage.WRONG_SCHEMA),
    ([{**ROW, "child_name": "王" * 51}], Outage.WRONG_SCHEMA),
    ([{**ROW, "child_name": "王" * 1_000_000}], Outage.WRONG_SCHEMA),
    ([{**ROW, "child_name": ["王"]}], Outage.WRONG_SCHEMA),
    ([{**ROW, "birth_weight": True}], Outage.WRONG_SCHEMA),
    ([{**ROW, "birth_weight": "heavy"}], Outage.WRONG_SCHEMA),
    ([{name: value for name, value in ROW.items() if name != "parent_id_number"}], Outage.WRONG_SCHEMA),
    ([{**ROW, "parent_id_number": OTHER}], Outage.WRONG_PERSON),
    ([ROW, {**ROW, "parent_id_number": OTHER}], Outage.WRONG_PERSON),
    ([ROW] * 4, Outage.TOO_MANY_ROWS),
]


def test_rows_come_in_canonical_form_with_what_was_wanted_and_no_more() -> None:
    told = checked_rows(BIRTHS, KEYS, WANTED, [ROW, {**ROW, "birth_weight": None, "child_name": ""}])
    assert told == (
        {"child_name": "王一", "child_birth_date": "2026-03-01", "birth_weight": "3200"},
        {"child_birth_date": "2026-03-01"},
    )


def test_a_key_that_was_wanted_is_in_the_row() -> None:
    assert checked_rows(BIRTHS, KEYS, ("parent_id_number",), [{"parent_id_number": f" {MOTHER} "}]) == (KEYS,)


def test_no_rows_are_no_rows() -> None:
    assert checked_rows(BIRTHS, KEYS, WANTED, []) == ()


@pytest.mark.parametrize(("told", "why"), WRONG)
def test_a_wrong_answer_is_no_answer_and_says_why(told: Any, why: Outage) -> None:
    with pytest.raises(NetworkOut) as refused:
        checked_rows(BIRTHS, KEYS, WANTED, told)
    assert refused.value.why is why


def test_a_key_is_the_one_that_was_asked_by_to_the_letter() -> None:
    account = replace(BIRTHS, fields=(ResourceField("account", "账户", is_key=True), ResourceField("level", "等级")))
    assert checked_rows(account, {"account": "Dev"}, ("level",), [{"account": "Dev", "level": "3"}]) == (
        {"level": "3"},
    )
    with pytest.raises(NetworkOut) as refused:
        checked_rows(account, {"account": "Dev"}, ("level",), [{"account": "dev", "level": "3"}])
    assert refused.value.why is Outage.WRONG_PERSON


def test_all_keys_are_those_that_were_asked_by() -> None:
    both = {**KEYS, "child_name": "王一"}
    assert checked_rows(BIRTHS, both, WANTED, [ROW])
    with pytest.raises(NetworkOut) as refused:
        checked_rows(BIRTHS, {**both, "child_name": "王二"}, WANTED, [ROW])
    assert refused.value.why is Outage.WRONG_PERSON


def test_what_is_refused_is_not_told_on() -> None:
    with pytest.raises(NetworkOut) as refused:
        checked_rows(BIRTHS, KEYS, WANTED, [{**ROW, "parent_id_number": OTHER}])
    assert OTHER not in str(refused.value)
    assert "王" not in repr(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ROW, "more"]), inner, max_size=5),
)


@given(JSON | st.lists(st.fixed_dictionaries(dict.fromkeys(ROW, JSON)), max_size=4))
def test_whatever_is_told_is_either_rows_of_the_schema_or_an_outage(told: Any) -> None:
    try:
        rows = checked_rows(BIRTHS, KEYS, WANTED, told)
    except NetworkOut:
        return
    assert all(row.keys() <= set(WANTED) and all(isinstance(one, str) for one in row.values()) for row in rows)


@given(JSON, JSON)
def test_whatever_is_told_of_a_verification_is_matches_or_an_outage(told: Any, known: Any) -> None:
    try:
        matches, is_known = checked_matches({"child_name": "王一"}, told, known)
    except NetworkOut:
        return
    assert matches == {} if not is_known else matches.keys() == {"child_name"}


def test_a_verification_tells_of_each_field_whether_it_agrees() -> None:
    compares = {"child_name": "王一", "child_birth_date": "2026-03-01"}
    told = {"child_name": "一致", "child_birth_date": "不一致"}
    assert checked_matches(compares, told, known=True) == ({"child_name": True, "child_birth_date": False}, True)
    assert checked_matches(compares, {}, known=False) == ({}, False)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({}, True),
        ({"child_name": "一致", "child_birth_date": "一致"}, True),
        ({"birth_weight": "一致"}, True),
        ({"child_name": "yes"}, True),
        ({"child_name": True}, True),
        ({"child_name": ["一致"]}, True),
        ({"child_name": "一致"}, None),
        ({"child_name": "一致"}, "true"),
        ([], True),
    ],
)
def test_a_verification_that_tells_something_else_is_refused(told: Any, known: Any) -> None:
    with pytest.raises(NetworkOut) as refused:
        checked_matches({"child_name": "王一"}, told, known)
    assert refused.value.why is Outage.WRONG_SCHEMA


def test_values_are_compared_here_in_canonical_form_with_the_row_that_fits_best() -> None:
    rows = [
        {"child_name": "王一", "child_birth_date": "2024-01-02"},
        {"child_name": "王二", "child_birth_date": "2026-03-01"},
    ]
    given_values = {"child_name": "王 二", "child_birth_date": "2026年3月1日"}
    assert compared(BIRTHS, given_values, rows) == ({"child_name": True, "child_birth_date": True}, True)
    assert compared(BIRTHS, {**given_values, "birth_weight": "3200"}, rows)[0]["birth_weight"] is False
    assert compared(BIRTHS, given_values, []) == ({}, False)
