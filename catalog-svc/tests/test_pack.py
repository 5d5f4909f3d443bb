"""What a published matter rests on, and what becomes of it when units end."""

from dataclasses import replace

import pytest
from catalog_svc.domain.model import Choice, ElementType, Region
from catalog_svc.domain.pack import Pack, PublishedMatter, publish, succeeded


@pytest.fixture
def crowded(pack: Pack) -> Pack:
    """A pack with one of each kind that no matter needs, and each first."""
    return replace(
        pack,
        items=(replace(pack.items[0], task_code="stranger"), *pack.items),
        elements=(replace(pack.elements[0], element="stranger", section="strange"), *pack.elements),
        sections=(replace(pack.sections[0], key="strange"), *pack.sections),
        materials=(replace(pack.materials[0], material="stranger", holder="U99"), *pack.materials),
        units=(replace(pack.units[0], unit_code="U99"), *pack.units),
        rules=(replace(pack.rules[0], elements=("stranger", pack.elements[0].element)), *pack.rules),
    )


def test_a_published_matter_holds_all_that_it_rests_on(pack: Pack) -> None:
    published = publish(pack, pack.matters[0])
    assert published.matter is pack.matters[0]
    assert [item.task_code for item in published.items] == [task.item for task in published.matter.tasks]
    assert {one.element for one in published.elements} == {
        need.element for item in published.items for need in item.elements
    }
    assert {one.material for one in published.materials} == {
        need.material for item in published.items for need in item.materials
    }
    assert {one.key for one in published.sections} == {one.section for one in published.elements}
    assert {element for rule in published.rules for element in rule.elements} <= {
        one.element for one in published.elements
    }
    assert published.rules
    assert published.unit_names.keys() == {"U09", "U10", "U23", "U30", "U36", "U43"}
    assert published.unit_names["U09"] == next(unit.name for unit in pack.units if unit.unit_code == "U09")


def test_a_published_matter_holds_nothing_else(pack: Pack, crowded: Pack) -> None:
    assert publish(crowded, crowded.matters[0]) == publish(pack, pack.matters[0])


def test_whoever_leads_or_helps_is_named_also_where_no_item_is_theirs(pack: Pack) -> None:
    matter = replace(pack.matters[0], lead_unit="U01", cooperating_units=("U02",))
    assert {"U01", "U02", "U09", "U10"} <= publish(pack, matter).unit_names.keys()


def test_a_place_is_chosen_from_the_citys_divisions_and_zones(pack: Pack) -> None:
    regions = (Region("1", "市", "CITY"), Region("2", "区", "DIVISION"), Region("3", "新区", "ZONE"))
    published = publish(replace(pack, regions=regions), pack.matters[0])
    written = {one.element: one for one in pack.elements}
    places = [one for one in published.elements if one.type is ElementType.REGION]
    assert places == [
        replace(written["hukou_region"], options=(Choice("2", "区"), Choice("3", "新区"))),
    ]
    assert all(one == written[one.element] for one in published.elements if one not in places)


def test_what_the_pack_has_not_is_an_error_that_names_it(pack: Pack, newborn: PublishedMatter) -> None:
    with pytest.raises(KeyError, match=pack.matters[0].tasks[-1].item):
        publish(replace(pack, items=pack.items[:-1]), pack.matters[0])
    with pytest.raises(KeyError, match="stranger"):
        newborn.item("stranger")
    assert newborn.item(newborn.items[1].task_code) is newborn.items[1]


def test_an_heir_does_and_holds_what_the_unit_did_and_held(pack: Pack) -> None:
    matter = replace(pack.matters[0], lead_unit="U23", cooperating_units=("U09", "U30", "U23"))
    published = publish(pack, matter)
    now = succeeded(published, {"U23": "U30", "U01": "U02"}, {"U30": "新局", "U02": "另一局"})
    assert (now.matter.lead_unit, now.matter.cooperating_units) == ("U30", ("U09", "U30"))
    assert [(item.task_code, item.unit) for item in now.items] == [
        (item.task_code, "U30" if item.unit == "U23" else item.unit) for item in published.items
    ]
    assert [(one.material, one.holder) for one in now.materials] == [
        (one.material, "U30" if one.holder == "U23" else one.holder) for one in published.materials
    ]
    assert now.unit_names == {**published.unit_names, "U30": "新局", "U02": "另一局"}
    untouched = {"matter", "items", "materials", "unit_names"}
    assert replace(published, **{name: getattr(now, name) for name in untouched}) == now


def test_a_matter_without_a_unit_that_ended_is_the_same_matter(newborn: PublishedMatter) -> None:
    assert succeeded(newborn, {"U01": "U02"}, {"U02": "另一局"}) is newborn
