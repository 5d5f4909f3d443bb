"""What a city pack says of sharing: Zhengzhou's own is right, and every mistake is named with its file and line."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from datashare_svc.domain.model import Depth, NetworkLevel, Push, SharingClass
from datashare_svc.domain.pack import SharingPlan
from yiwang.city import check, read_pack, read_sharing
from yiwang.refusals import PackUnreadable
from yiwang.suite import CITY

NETWORKS, RESOURCES, SHARING, GRANTS = "networks.yaml", "resources.yaml", "sharing/newborn.yaml", "grants.yaml"
BIRTH_ITEM, HUKOU_ITEM = "11410100MBXX00238T3412023001000", "11410100MBXX0009494410709001000"
INSURANCE_ITEM = "11410100MBXX0030XE3412036001003"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return shutil.copytree(CITY, tmp_path / "city")


@pytest.fixture(scope="module")
def plan() -> SharingPlan:
    pack, _ = read_pack(CITY)
    return read_sharing(CITY, pack)


def test_zhengzhou_has_the_networks_of_the_plan_and_says_that_their_names_are_stand_ins(plan: SharingPlan) -> None:
    assert Counter(one.level for one in plan.networks) == {
        NetworkLevel.NATIONAL: 25,
        NetworkLevel.PROVINCIAL: 23,
        NetworkLevel.MUNICIPAL: 21,
    }
    assert {one.status for one in plan.networks} == {"proposed"}
    assert all("附件五未公开" in one.source for one in plan.networks)


def test_personal_data_are_never_cached_nor_shared_without_condition(plan: SharingPlan) -> None:
    open_ones = {one.resource for one in plan.resources if one.sharing_class is SharingClass.UNCONDITIONAL}
    assert open_ones == {"company_register"} == {one.resource for one in plan.resources if one.cache_seconds}
    assert all(one.basis and one.source and one.status == "proposed" for one in plan.resources)
    assert {case.resource for case in plan.acceptance.cases} == {one.resource for one in plan.resources}


def test_newborn_is_filled_in_at_the_draft_and_verified_at_submission(plan: SharingPlan) -> None:
    (sharing,) = plan.sharings
    assert {use.depth for use in sharing.uses if use.push is Push.SUBMISSION} == {Depth.VERIFY}
    given = {given for use in sharing.uses if use.push is Push.DRAFT for given in use.gives}
    assert {"child_name", "mother_phone", "residence_address", "materials.birth_certificate"} <= given
    assert set(sharing.materials) == {use.material for use in sharing.uses if use.material}, "each has a use"
    assert "child_hukou_record" not in sharing.materials, "the matter itself brings it about"
    either = {use.material for use in sharing.uses if use.one_is_enough}
    assert either == {"parent_residence_permit", "parent_insurance_record"}


def test_a_city_may_say_nothing_of_sharing(city: Path) -> None:
    for file in (NETWORKS, RESOURCES, GRANTS):
        (city / file).unlink()
    shutil.rmtree(city / "sharing")
    assert not any(remark.is_error for remark in check(city))
    assert read_sharing(city, read_pack(city)[0]) == SharingPlan()


MISTAKES = [
    (
        NETWORKS,
        "level: NATIONAL, unit: U09, owner_name: 公安部}",
        "level: CITY, unit: U09, owner_name: 公安部}",
        "不在可选值中",
    ),
    (NETWORKS, "{network: births,", "{network: population,", "network population 重复出现"),
    (NETWORKS, "name: 出生医学证明,", "name: 公安人口,", "name 公安人口 重复出现"),
    (NETWORKS, "plan: {NATIONAL: 25", "plan: {NATIONAL: 26", "NATIONAL 为 26 个,所列为 25 个"),
    (NETWORKS, "unit: U38", "unit: U99", "没有单位 U99"),
    (NETWORKS, "status: proposed", "status: guessed", "不在可选值中"),
    (NETWORKS, "status: proposed", "state: proposed", "没有这个键"),
    (NETWORKS, "hands: {provider: development-data-provider, ", "hands: {", "缺少此项"),
    (RESOURCES, "    network: births", "    network: birth", "没有专网 birth"),
    (RESOURCES, "    unit: DSJ", "    unit: DSX", "没有单位 DSX"),
    (RESOURCES, "resource: residence_permit", "resource: population_register", "resource population_register 重复出现"),
    (RESOURCES, "resource_code: 1010010001/000002", "resource_code: 1010010001/000001", "重复出现"),
    (RESOURCES, "resource_code: 1010010001/000002", "resource_code: 1010010001-2", "resource_code: 格式不对"),
    (RESOURCES, 'sharing_class: "2"', 'sharing_class: "4"', "不在可选值中"),
    (RESOURCES, "    condition: 仅用于账户本人在办的事项\n", "", "须写明 condition"),
    (RESOURCES, "    is_open: true\n", "    is_open: true\n    condition: 看情况\n", "不得附加条件"),
    (RESOURCES, "    mode: TABLE", "    mode: API", "格式分类应为 7"),
    (RESOURCES, "    within_ms: 800\n", "    within_ms: 800\n    cache_seconds: 60\n", "个人信息不得缓存"),
    (RESOURCES, "    within_ms: 800", "    within_ms: 80000", "within_ms"),
    (RESOURCES, "related: [population_register]", "related: [population]", "没有资源 population"),
    (RESOURCES, "name: level, label", "name: phone, label", "信息项 phone 重复出现"),
    (RESOURCES, "max_length: 100, is_key: true", "max_length: 100, is_key: false", "没有可据以查询的信息项"),
    (RESOURCES, "keys: {account: dev-nobody}", "keys: {name: 测试母亲甲}", "不能按其查询"),
    (RESOURCES, "values: {name: 测试母亲甲, id", "values: {nom: 测试母亲甲, id", "信息项 nom"),
    (RESOURCES, "expect: {rows: 0}", "expect: {}", "两者之一"),
    (RESOURCES, "expect: {rows: 0}", "expect: {rows: 0, agrees: {name: 甲}}", "两者之一"),
    (RESOURCES, "differs: {permit_address", "differs: {name", "不能既一致又不一致"),
    (SHARING, "matter_code: newborn", "matter_code: newborns", "没有一件事 newborns"),
    (SHARING, "use: birth\n", "use: identity\n", "use identity 重复出现"),
    (SHARING, "resource: real_name_identity", "resource: real_name", "没有资源 real_name"),
    (SHARING, "keys: {account: applicant.account}", "keys: {phone: applicant.account}", "不能据 phone 查询"),
    (SHARING, "keys: {account: applicant.account}", "keys: {account: applicant.phone}", "格式不对"),
    (SHARING, "keys: {account: applicant.account}", "keys: {}", "keys"),
    (
        SHARING,
        "keys: {parent_id_number: applicant.id_number}",
        "keys: {parent_id_number: form.card_bank}",
        "起草时没有哪一条先给出 form.card_bank",
    ),
    (SHARING, "mother_phone: phone", "mother_phone: telephone", "没有信息项 telephone"),
    (SHARING, "mother_phone: phone", "mother_telephone: phone", "不填数据元 mother_telephone"),
    (SHARING, "mother_phone: phone", "mother_phone: name", "数据元 mother_phone 最长 11 字"),
    (SHARING, "materials.birth_certificate: c", "materials.birth_paper: c", "没有材料 birth_paper"),
    (SHARING, "newest_by: child_birth_date", "newest_by: child_name", "child_name 不是日期"),
    (SHARING, "newest_by: child_birth_date", "newest_by: born", "没有信息项 born"),
    (SHARING, "push: DRAFT", "push: SUBMISSION", "共享深度应为 VERIFY"),
    (SHARING, "depth: VERIFY", "depth: VALUE", "共享深度应为 VERIFY"),
    (SHARING, "    compares: {name: mother_name}\n", "", "须写明 compares"),
    (SHARING, "compares: {name: mother_name}", "compares: {name: mothers_name}", "不填数据元 mothers_name"),
    (SHARING, "compares: {name: mother_name}", "compares: {nom: mother_name}", "没有信息项 nom"),
    (SHARING, "compares: {name: mother_name}", "gives: {mother_name: name}", "须写明 compares"),
    (SHARING, "material: parent_id_card", "material: parent_card", "没有材料 parent_card"),
    (SHARING, "material: parent_id_card", "material: birth_certificate", "不是 DATA_VERIFY"),
    (SHARING, "material: parent_id_card", "material: marriage_certificate", "不要材料 marriage_certificate"),
    (SHARING, "    material: parent_residence_permit\n", "", "one_is_enough 只与 material 同用"),
    (SHARING, "task: maternity_allowance", "task: maternity", "没有环节 maternity"),
    (SHARING, "task: maternity_allowance", "task: birth_registration", f"事项 {HUKOU_ITEM} 不在 items 中"),
    (SHARING, "    task: maternity_allowance\n", "", "须写明 task"),
    (SHARING, f"items: [{BIRTH_ITEM}]", "items: [unknown]", "没有事项 unknown"),
    (SHARING, "when: {hukou_follow: [mother]}", "when: {hukou_follow: [grandmother]}", "没有选项 grandmother"),
    (SHARING, "when: {hukou_follow: [mother]}", "when: {hukou: [mother]}", "没有问题 hukou"),
    (SHARING, 'requires: {insured_region: "410100"}', 'requires: {region: "410100"}', "没有信息项 region"),
    (SHARING, 'requires: {insured_region: "410100"}', "requires: {name: 甲}", "不能既与所填相比又有固定值"),
    (SHARING, "basis: 母婴保健法第二十三条;个", "because: 母婴保健法第二十三条;个", "缺少此项"),
    (GRANTS, "grant: newborn_birth\n", "grant: newborn_identity\n", "newborn_identity 重复出现"),
    (GRANTS, "fields: [id_number, name, phone]", "fields: [id_number, name, mobile]", "没有信息项 mobile"),
    (GRANTS, "resource: birth_record", "resource: birth_records", "没有资源 birth_records"),
    (GRANTS, "resource: birth_record", "resource: company_register", "只有有条件共享的资源须申请授权"),
    (GRANTS, "matter_code: newborn", "matter_code: divorce", "divorce 没有信息共享目录"),
    (GRANTS, f"items: [{BIRTH_ITEM}, ", f"items: [{INSURANCE_ITEM}, ", "用到资源 real_name_identity"),
    (GRANTS, "    unit: U23", "    unit: U77", "没有单位 U77"),
    (GRANTS, "  U10: dev-data-steward-u10\n", "", "hands 中没有单位 U10 的名义"),
    (GRANTS, "  U10: dev-data-steward-u10", "  U10: dev-data-steward-u23", "两个不同的名义"),
    (GRANTS, "  U10: dev-data-steward-u10", "  U10: dev-data-steward-u10\n  U98: nobody", "没有单位 U98"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_file_and_in_its_entry(
    city: Path, file: str, old: str, new: str, said: str
) -> None:
    text = (city / file).read_text(encoding="utf-8")
    assert old in text
    (city / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    found = [remark for remark in check(city) if remark.file == city / file and said in remark.detail]
    assert found, check(city)
    begins = [number for number, one in enumerate(text.splitlines(), 1) if is_entry(one)]
    first = max(number for number in begins if number <= line)
    last = min((number for number in begins if number > line), default=len(text.splitlines()))
    assert any(first <= remark.line <= last + new.count("\n") for remark in found), found


def is_entry(line: str) -> bool:
    return line.startswith("  - ") or not line.startswith(" ")


USED_WITHOUT_GRANT = [
    ("fields: [spouse_id_number, spouse_name]", "fields: [spouse_id_number]", "marriage", "申请 spouse_name"),
    (
        "purposes: [VERIFICATION, REVIEW]\n    reason: 代替结婚证",
        "purposes: [REVIEW]\n    reason: 代替结婚证",
        "marriage",
        "申请",
    ),
    ("depth: VALUE\n    purposes: [REVIEW]", "depth: VERIFY\n    purposes: [REVIEW]", "", ""),
]


@pytest.mark.parametrize(("old", "new", "use", "said"), USED_WITHOUT_GRANT)
def test_a_use_for_which_no_grant_is_asked_is_told_at_the_use(
    city: Path, old: str, new: str, use: str, said: str
) -> None:
    text = (city / GRANTS).read_text(encoding="utf-8")
    assert old in text
    (city / GRANTS).write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [remark for remark in check(city) if remark.is_error]
    assert [remark.file for remark in found] == [city / SHARING] * bool(use)
    assert all(f"{use}: grants.yaml 没有" in remark.detail and said in remark.detail for remark in found)


def test_a_withheld_resource_is_not_used(city: Path) -> None:
    file = city / RESOURCES
    text = file.read_text(encoding="utf-8")
    head, rest = text.split("resource: marriage_register", 1)
    file.write_text(head + "resource: marriage_register" + rest.replace('"2"', '"3"', 1), encoding="utf-8")
    details = [remark.detail for remark in check(city) if remark.is_error]
    assert any("marriage: 资源 marriage_register 不予共享" in one for one in details)
    with pytest.raises(PackUnreadable):
        read_sharing(city, read_pack(CITY)[0])


def test_a_second_catalogue_of_a_matter_is_told(city: Path) -> None:
    shutil.copy(city / SHARING, city / "sharing" / "second.yaml")
    found = [remark for remark in check(city) if remark.is_error]
    assert [(one.file.name, one.detail) for one in found] == [("second.yaml", "newborn 已有信息共享目录")]


def test_a_file_that_cannot_be_read_is_told_at_its_line(city: Path) -> None:
    (city / GRANTS).write_text("status: proposed\n  grants: [", encoding="utf-8")
    (found,) = [remark for remark in check(city) if remark.is_error]
    assert (found.file, "YAML 格式有误" in found.detail) == (city / GRANTS, True)


def test_of_a_pack_whose_items_cannot_be_read_sharing_is_not_blamed(city: Path) -> None:
    file = city / "items" / "newborn.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("task_version: 2", "task_version: two", 1), encoding="utf-8"
    )
    assert {remark.file for remark in check(city) if remark.is_error} == {file}
