from collections.abc import Mapping
from typing import Any

import pytest
from datashare_svc.domain.filling import (
    askable,
    asked_at,
    chosen_row,
    compared,
    given_by,
    keys_known,
    person_among,
    place_of,
)
from datashare_svc.domain.model import (
    Depth,
    Kind,
    Push,
    Resource,
    ResourceField,
    Sharing,
    SharingClass,
    SharingMode,
    UpdateCycle,
    Use,
)


def use(name: str = "birth", **changed: Any) -> Use:
    told: dict[str, Any] = {
        "use": name,
        "resource": "birth_record",
        "depth": Depth.VALUE,
        "push": Push.DRAFT,
        "keys": {"parent_id_number": "applicant.id_number"},
        "basis": "母婴保健法第二十三条",
    }
    return Use(**{**told, **changed})


def test_a_use_is_asked_once_its_keys_are_known() -> None:
    identity = use("identity", keys={"account": "applicant.account"})
    hukou = use("hukou", keys={"id_number": "form.mother_id_number"})
    known = {"applicant.account": "a-1"}
    assert askable([identity, use(), hukou], known) == [identity]
    known["applicant.id_number"] = "410199200002291025"
    assert askable([use(), hukou], known) == [use()]
    assert keys_known(hukou, {**known, "form.mother_id_number": ""}) is None, "an empty value is nobody's"


def test_a_situation_has_its_own_uses() -> None:
    of_mother = use("hukou_of_mother", when={"hukou_follow": ("mother",)})
    of_father = use("hukou_of_father", when={"hukou_follow": ("father",)})
    verified = use("verified", depth=Depth.VERIFY, push=Push.SUBMISSION)
    sharing = Sharing("newborn", (of_mother, of_father, verified))
    assert asked_at(sharing, Push.DRAFT, Depth.VALUE, {"hukou_follow": "father"}) == [of_father]
    assert asked_at(sharing, Push.DRAFT, Depth.VALUE, {}) == []
    assert asked_at(sharing, Push.SUBMISSION, Depth.VERIFY, {}) == [verified]


ELDER, CHILD, TWIN = (
    {"name": name, "born": born}
    for name, born in (("大宝", "2020-01-01"), ("小宝", "2026-02-26"), ("二宝", "2026-02-26"))
)


@pytest.mark.parametrize(
    ("newest_by", "rows", "chosen"),
    [
        ("", [], None),
        ("", [CHILD], CHILD),
        ("", [ELDER, CHILD], None),
        ("born", [ELDER, CHILD], CHILD),
        ("born", [CHILD, ELDER, TWIN], None),
        ("born", [{"name": "甲"}, {"name": "乙"}], None),
    ],
    ids=["none", "the only one", "which of two", "the newest", "twins", "no day to go by"],
)
def test_of_several_rows_only_one_that_stands_out_is_taken(
    newest_by: str, rows: list[Mapping[str, str]], chosen: Mapping[str, str] | None
) -> None:
    assert chosen_row(use(newest_by=newest_by), rows) == chosen


def test_a_row_fills_in_the_form_a_licences_number_and_who_applies_and_nothing_with_what_is_empty() -> None:
    gives = {
        "child_name": "name",
        "materials.birth_certificate": "number",
        "applicant.id_number": "mother",
        "birth_weight": "weight",
    }
    row = {"name": "小宝", "number": "Z000000001", "mother": "410199200002291025", "weight": ""}
    assert given_by(use(gives=gives), row) == {
        "form.child_name": "小宝",
        "materials.birth_certificate": "Z000000001",
        "applicant.id_number": "410199200002291025",
    }
    assert place_of("materials") == "form.materials", "an element may be called so"


def test_what_was_not_filled_in_is_not_held_against_anything() -> None:
    checked = use(compares={"spouse_name": "father_name", "registered_on": "married_on"})
    assert compared(checked, {"father_name": "测试父亲", "married_on": ""}) == {"spouse_name": "测试父亲"}


def test_a_query_is_about_the_person_of_its_id_number() -> None:
    fields = (ResourceField("account", "账号"), ResourceField("parent", "父母", Kind.ID_NUMBER))
    resource = Resource(
        resource="r",
        resource_code="1/1",
        name="r",
        network="n",
        unit="U23",
        service="r",
        summary="",
        sharing_class=SharingClass.CONDITIONAL,
        mode=SharingMode.API,
        update_cycle=UpdateCycle.REAL_TIME,
        basis="",
        fields=fields,
    )
    assert person_among(resource, {"account": "a-1", "parent": "410199200002291025"}) == "410199200002291025"
    assert not person_among(resource, {"account": "a-1"})
