from dataclasses import replace

import pytest
from datashare_svc.domain.acceptance import AcceptanceCase, case_document, digest_of, unfit, wrong_matches, wrong_rows
from datashare_svc.domain.model import Connection, Depth
from datashare_svc.domain.served import served_of
from datashare_svc.store.acceptances import read_case

from .networks import SHARING, resource

CASE = AcceptanceCase(
    "c", "名", "population_register", Depth.VALUE, {"id_number": "1"}, ("name",), expects={"name": "甲"}
)
VERIFY = AcceptanceCase(
    "v", "名", "population_register", Depth.VERIFY, {"id_number": "1"}, compares={"name": "甲"}, agrees={"name": True}
)


def test_a_case_is_the_same_after_it_was_stored() -> None:
    assert [read_case(case_document(one)) for one in (CASE, VERIFY)] == [CASE, VERIFY]


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        (CASE, ""),
        (VERIFY, ""),
        (replace(CASE, fields=("colour",)), "colour"),
        (replace(CASE, expects={"colour": ""}), "colour"),
        (replace(CASE, keys={"name": "甲"}), "name"),
        (replace(CASE, keys={}), "查询条件"),
        (replace(VERIFY, compares={}, agrees={}), "compares"),
        (replace(VERIFY, agrees={"sex": True}), "compares"),
    ],
)
def test_a_case_that_does_not_fit_its_resource_is_told(case: AcceptanceCase, wrong: str) -> None:
    found = unfit(case, resource())
    assert wrong in found
    assert bool(found) is bool(wrong)


def test_a_case_of_no_resource_is_told() -> None:
    assert "population_register" in unfit(CASE, None)


def test_rows_and_matches_are_judged_in_words_without_values() -> None:
    assert wrong_rows(CASE, ({"name": "甲"},)) == ""
    assert wrong_rows(CASE, ({"name": "乙"},)) == "信息项 name 与预期不一致"
    assert wrong_rows(CASE, ()) == "应有 1 条记录,实为 0 条"
    assert wrong_rows(replace(CASE, rows=0, expects={}), ()) == ""
    assert wrong_matches(VERIFY, {"name": True}, is_known=True) == ""
    assert wrong_matches(VERIFY, {"name": False}, is_known=True) == "信息项 name 的核验结果与预期不一致"
    assert wrong_matches(VERIFY, {}, is_known=True) == "信息项 name 的核验结果与预期不一致"
    assert wrong_matches(VERIFY, {}, is_known=False) == "应有此人而来源无记录"
    assert wrong_matches(replace(VERIFY, is_known=False), {}, is_known=True) == "应无此人而来源有记录"


def test_equal_answers_have_equal_digests_and_others_have_not() -> None:
    assert digest_of([{"a": "1", "b": "2"}]) == digest_of([{"b": "2", "a": "1"}])
    assert digest_of([{"a": "1"}]) != digest_of([{"a": "2"}])


@pytest.mark.parametrize(
    ("states", "served"),
    [
        ({}, ()),
        ({"population": Connection.CONNECTED}, ()),
        ({"population": Connection.VERIFIED}, ("parent_id_card",)),
        ({"population": Connection.DOWN}, ("parent_id_card",)),
        ({"population": Connection.RETIRED}, ()),
        ({"marriage": Connection.DEGRADED}, ("marriage_certificate",)),
        (
            {"population": Connection.VERIFIED, "marriage": Connection.VERIFIED},
            ("household_register", "marriage_certificate", "parent_id_card"),
        ),
    ],
)
def test_a_material_is_served_if_all_that_it_rests_on_serves(
    states: dict[str, Connection], served: tuple[str, ...]
) -> None:
    network_of = {"population_register": "population", "marriage_register": "marriage"}
    found = served_of(SHARING, network_of, states)
    assert found.served == served
    assert set(found.served) | set(found.to_bring) == {"household_register", "marriage_certificate", "parent_id_card"}
    assert not set(found.served) & set(found.to_bring)
