from dataclasses import replace

from catalog_svc.domain.merge import Field, Saved, SetMaterial, merge_fields, merge_materials, save
from catalog_svc.domain.model import Item, NeededElement, NeededMaterial, ObtainMode
from catalog_svc.domain.pack import PublishedMatter
from hypothesis import given
from hypothesis import strategies as st

ALL = {"in_wedlock": "yes"}
WHEN = st.sampled_from([{}, {"in_wedlock": ("yes",)}, {"in_wedlock": ("no",)}])


@st.composite
def matters(draw: st.DrawFn, newborn: PublishedMatter) -> tuple[PublishedMatter, list[Item]]:
    """Give the newborn matter's items other needs, drawn from its elements and materials."""
    elements = [element.element for element in newborn.elements]
    materials = [material.material for material in newborn.materials]
    need_element = st.builds(
        NeededElement,
        st.sampled_from(elements),
        st.booleans(),
        st.one_of(st.none(), st.integers(1, 300)),
        WHEN,
    )
    need_material = st.builds(
        NeededMaterial,
        st.sampled_from(materials),
        st.booleans(),
        st.integers(1, 5),
        st.sampled_from(["", "清晰", "有效"]),
        WHEN,
        st.sampled_from(["", "某办法第一条", "某办法第二条"]),
    )
    items = [
        replace(
            item,
            elements=tuple(draw(st.lists(need_element, max_size=4, unique_by=lambda need: need.element))),
            materials=tuple(draw(st.lists(need_material, max_size=4, unique_by=lambda need: need.material))),
        )
        for item in newborn.items
    ]
    return newborn, draw(st.permutations(items))


@given(st.data())
def test_the_merge_depends_neither_on_order_nor_on_repetition(newborn: PublishedMatter, data: st.DataObject) -> None:
    published, items = data.draw(matters(newborn))
    again = [*data.draw(st.permutations(items)), *items]
    assert merge_fields(published, again, ALL) == merge_fields(published, items, ALL)
    assert merge_materials(published, again, ALL) == merge_materials(published, items, ALL)
    assert save(published, again, ALL) == save(published, items, ALL)


@given(st.data())
def test_a_field_is_there_once_for_all_who_need_it_under_the_strictest_constraint(
    newborn: PublishedMatter, data: st.DataObject
) -> None:
    published, items = data.draw(matters(newborn))
    fields = {field.element.element: field for field in merge_fields(published, items, ALL)}
    lengths = {element.element: element.max_length for element in published.elements}
    for item in items:
        for need in item.elements:
            if need.when == {"in_wedlock": ("no",)}:
                assert need.element not in fields or item.task_code not in fields[need.element].used_by
                continue
            field = fields[need.element]
            assert item.task_code in field.used_by
            assert field.required or not need.required
            assert field.element.max_length <= min(need.max_length or lengths[need.element], lengths[need.element])
    assert sum(len(field.used_by) for field in fields.values()) <= sum(len(item.elements) for item in items)


@given(st.data())
def test_papers_saved_and_papers_still_brought_are_all_that_was_asked_for_before(
    newborn: PublishedMatter, data: st.DataObject
) -> None:
    published, items = data.draw(matters(newborn))
    modes = {one.material.material: one.obtain_mode for one in merge_materials(published, items, ALL)}
    asked: dict[str, list[int]] = {}
    for item in items:
        for need in item.materials:
            if need.asked_before and need.when != {"in_wedlock": ("no",)}:
                asked.setdefault(need.material, []).append(need.page_num)
    brought = sum(max(pages) for key, pages in asked.items() if modes[key] is ObtainMode.UPLOAD)
    saved = save(published, items, ALL)
    assert sum(one.copies for one in saved) + brought == sum(map(sum, asked.values()))
    assert all(one.basis and "" not in one.basis for one in saved)


def test_the_newborn_matters_papers_are_saved_each_with_a_reason(newborn: PublishedMatter) -> None:
    saved = save(newborn, newborn.items, ALL)
    assert {one.reason for one in saved} == {"duplicate", "data", "produced_inside", "form_field"}
    unmarried = save(newborn, newborn.items, {"in_wedlock": "no"})
    assert {one.reason for one in unmarried if one.material.material == "paternity_statement"} == {"promise"}
    card = [one for one in saved if one.material.material == "parent_id_card"]
    assert {one.reason for one in card} == {"duplicate", "data"}
    assert all(one.copies >= 1 for one in saved)


def test_what_a_task_of_the_matter_produces_is_not_asked_for_and_alone_it_is(newborn: PublishedMatter) -> None:
    def mode(items: list[Item]) -> ObtainMode:
        found = {one.material.material: one.obtain_mode for one in merge_materials(newborn, items, ALL)}
        return found["birth_certificate"]

    without = [item for item in newborn.items if item.result_material != "birth_certificate"]
    assert mode(list(newborn.items)) is ObtainMode.SYSTEM_GENERATED
    assert mode(without) is ObtainMode.LICENSE_REUSE


def test_a_material_must_satisfy_all_items_standards(newborn: PublishedMatter) -> None:
    merged = merge_materials(newborn, newborn.items, ALL)
    card = next(one for one in merged if one.material.material == "parent_id_card")
    assert "在有效期内" in card.material.accept_stand
    assert "随其落户的一方须为本市户籍" in card.material.accept_stand


def test_a_father_is_asked_for_only_of_the_married_and_may_be_named_by_others(newborn: PublishedMatter) -> None:
    def required(answer: str) -> bool:
        fields = merge_fields(newborn, newborn.items, {"in_wedlock": answer})
        return next(field.required for field in fields if field.element.element == "father_name")

    assert required("yes")
    assert not required("no")


def test_a_place_is_chosen_from_the_citys_regions(newborn: PublishedMatter) -> None:
    fields = merge_fields(newborn, newborn.items, ALL)
    region = next(field.element for field in fields if field.element.element == "hukou_region")
    assert ("410105", "金水区") in {(option.value, option.label) for option in region.options}
    assert "410100" not in {option.value for option in region.options}


def test_what_two_items_need_of_one_field_and_one_paper_is_written_out(newborn: PublishedMatter) -> None:
    first, second = sorted(newborn.items, key=lambda item: item.task_code)[:2]
    card = replace(
        next(one for one in newborn.materials if one.material == "parent_id_card"),
        accept_stand="原件",
        obtain_mode=ObtainMode.DATA_VERIFY,
    )
    name = next(one for one in newborn.elements if one.element == "child_name")
    items = [
        replace(
            second,
            elements=(NeededElement("child_name", required=True, max_length=60),),
            materials=(NeededMaterial("parent_id_card", False, 2, "清晰", {}, "某办法第二条"),),
            result_material="",
        ),
        replace(
            first,
            elements=(NeededElement("child_name", required=False, max_length=70),),
            materials=(NeededMaterial("parent_id_card", False, 3, "有效", {}, "某办法第一条"),),
            result_material="",
        ),
    ]
    published = replace(newborn, materials=(card,), elements=(replace(name, max_length=100),))
    codes = (first.task_code, second.task_code)
    assert merge_fields(published, items, ALL) == (Field(replace(name, max_length=60), True, codes),)
    merged = replace(card, accept_stand="原件;有效;清晰")
    assert merge_materials(published, items, ALL) == (SetMaterial(merged, ObtainMode.DATA_VERIFY, False, codes),)
    basis = ("某办法第一条", "某办法第二条")
    assert save(published, items, ALL) == (
        Saved(merged, "duplicate", "2 个事项共用一份", 2, basis),
        Saved(merged, "data", "由数据共享核验,免提交", 3, basis),
    )
