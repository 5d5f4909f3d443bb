import shutil
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from chassis.worktime import WorkTime
from esign_svc.domain.licences import Period, ValidityUnit, licence_type
from yiwang.calendar import read_calendar
from yiwang.city import check, read_licences, read_pack
from yiwang.city.seals import read_seals
from yiwang.refusals import PackUnreadable
from yiwang.suite import CITY


@pytest.fixture
def city(tmp_path: Path) -> Path:
    copy = tmp_path / "city"
    shutil.copytree(CITY, copy)
    units = copy / "units.csv"  # the remedies that are still to be confirmed filled in, so that nothing is to be told
    text = units.read_text(encoding="utf-8")
    units.write_text(text.replace("郑州市人民政府,,,", "郑州市人民政府,测试法院,测试路 1 号,12345"), encoding="utf-8")
    text = units.read_text(encoding="utf-8")
    units.write_text(text.replace("河南省税务局,,,", "河南省税务局,测试法院,测试路 1 号,12345"), encoding="utf-8")
    return copy


def change(file: Path, old: str, new: str) -> int:
    """Change the first place; return its line."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_zhengzhou_can_be_loaded() -> None:
    pack, warnings = read_pack(CITY)
    units = {unit.unit_code: unit for unit in pack.units}
    assert {code for code in units if code.startswith("U")} == {f"U{number:02}" for number in range(1, 57)}
    assert [unit.kind for unit in pack.units].count("department") == 48
    assert [unit.kind for unit in pack.units].count("company") == 8
    assert {unit.unit_code for unit in pack.units if unit.kind == "coordinator"} == {"ZWB", "DSJ"}
    assert [one for one in warnings if "告知救济途径尚缺" not in one] == []


def test_what_is_proposed_in_zhengzhous_pack_says_so() -> None:
    pack, _ = read_pack(CITY)
    assert {item.status for item in pack.items} == {matter.status for matter in pack.matters} == {"proposed"}
    assert all(item.source for item in pack.items)
    assert {region.status for region in pack.regions if region.kind == "ZONE"} == {"proposed"}


def test_zhengzhous_items_have_the_types_and_the_statutory_limits_that_were_looked_up() -> None:
    pack, _ = read_pack(CITY)
    found = {item.task_name: (item.task_type, item.anticipate and item.anticipate.amount) for item in pack.items}
    assert found == {
        "《出生医学证明》首次签发": ("20", None),
        "预防接种证办理": ("20", None),
        "新生儿出生登记(随父或随母落户)": ("07", None),
        "新生儿医保参保登记": ("20", 10),
        "城乡居民社会保险费缴纳": ("20", None),
        "社会保障卡申领": ("20", None),
        "生育医疗费支付": ("20", 30),
        "生育津贴支付": ("20", 10),
    }
    assert all("条例第" in item.anticipate_explain for item in pack.items if item.anticipate)
    levels = {item.task_name: item.use_level for item in pack.items}
    assert levels["预防接种证办理"] == levels["新生儿出生登记(随父或随母落户)"] == "4"
    assert all(len(item.task_code) == 31 and len(item.catalog_code) == 12 for item in pack.items)


NEWBORN_ITEMS, NEWBORN = "items/newborn.yaml", "matters/newborn.yaml"
MISTAKES = [
    (NEWBORN_ITEMS, "unit: U09", "unit: U99", "没有单位 U99"),
    (NEWBORN_ITEMS, "promise_day: 5", "promise_day: 31", "个工作日长于"),
    (NEWBORN_ITEMS, "  anticipate_explain: 社会", "  anticipate_explian: 社会", "没有这个键"),
    (NEWBORN_ITEMS, "promise_day: 1", "promise_day: -1", "时限数应为"),
    (NEWBORN_ITEMS, "promise_day: 1", "promise_day: soon", "promise_day: 应为整数"),
    (NEWBORN_ITEMS, "{element: birth_hospital,", "{element: birth_hopsital,", "没有数据元 birth_hopsital"),
    (NEWBORN_ITEMS, "{element: child_sex, required", "{element: child_name, required", "重复出现"),
    (NEWBORN_ITEMS, "{element: child_sex, required", "{element: child_sex, requird", "没有这个键"),
    (NEWBORN_ITEMS, "is_fee: false", "is_fee: perhaps", "应为 true 或 false"),
    (NEWBORN_ITEMS, "result_material: birth_certificate", "result_material: nothing", "没有材料 nothing"),
    (NEWBORN, "lead_unit: U23", "lead_unit: X1", "没有单位 X1"),
    (NEWBORN, "[U09, U30, U36, U43]", "[U09, U30, U36]", "应为各环节的办理单位"),
    (NEWBORN, "after: [medical_insurance]", "after: [medical_insurence]", "没有环节"),
    (NEWBORN, 'when: {card: ["yes"]}', 'when: {card: ["si"]}', "没有选项 si"),
    (NEWBORN, 'when: {card: ["yes"]}', "when: [card]", "应为键值对"),
    (NEWBORN, 'when: {card: ["yes"]}', 'when: {card: ["yes"], residence: [none]}', "任何情形都不会办理"),
    (NEWBORN, "label: 未登记结婚}", "label: 未登记结婚, colour: red}", "没有这个键"),
    (NEWBORN, "stage: BIRTH", "stage: BIRTH\nstage: LIFE", "键 stage 重复出现"),
    (NEWBORN, "item: 11410100MBXX0009494410709001000", "item: unknown", "没有事项 unknown"),
    ("materials.yaml", "name: 结婚证", "name: 其他材料", "模糊"),
    ("materials.yaml", "name: 结婚证", "name: [结婚证", "YAML 格式有误"),
    ("elements.yaml", "section: hukou, max_length: 200", "section: nowhere, max_length: 200", "没有分区"),
    ("elements.yaml", '"^[0-9]{3,5}$"', '"^[0-9{3,5}("', "正则表达式"),
    ("elements.yaml", '"^[0-9]{3,5}$"', '"(?<=a)[0-9]+"', "invalid perl operator"),
    ("elements.yaml", '"^[0-9]{3,5}$"', '"([0-9])\\\\1"', "invalid escape sequence"),
    ("elements.yaml", '"^[0-9]{3,5}$"', '"(.{0,99}){0,99}"', "invalid repetition size"),
    ("elements.yaml", '"^[0-9]{3,5}$"', '"(.?){1000}.{1000}"', "too large"),
    ("elements.yaml", '"^[0-9]{3,5}$"', '"\\ud800"', "half a character"),
    ("elements.yaml", "type: phone,", "type: phone, personal: false,", "总是个人信息"),
    ("units.csv", "U02,jyj", "U01,jyj", "U01 重复出现"),
    ("units.csv", "U02,jyj", "U02,x,jyj", "多了 1 列"),
    ("regions.csv", "410105,金水区,DIVISION,410100", "410105,金水区,DIVISION,410900", "没有区划 410900"),
    ("city.yaml", '"410100"', '"410900"', "没有区划 410900"),
    ("calendar.csv", "2020-01-24,off", "2020-02-30,off", "没有这一天"),
    ("calendar.csv", "2026-10-02,off", "2026-10-02,work", "法定放假日(国庆节)"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_file_and_line(city: Path, file: str, old: str, new: str, said: str) -> None:
    line = change(city / file, old, new)
    hits = [str(remark) for remark in check(city) if said in remark.detail]
    assert hits, check(city)
    named, number, _ = hits[0].split(":", 2)
    assert named == str(city / file)
    assert line <= int(number) <= line + new.count("\n") + (1 if "YAML" in said else 0)


def test_tasks_that_wait_in_a_circle_are_refused(city: Path) -> None:
    change(city / "matters" / "newborn.yaml", "    on_refusal: HARD", "    on_refusal: HARD\n    after: [vaccination]")
    with pytest.raises(PackUnreadable, match="循环等待"):
        read_pack(city)


def test_broken_yaml_is_named_with_its_line(city: Path) -> None:
    change(city / "materials.yaml", "name: 结婚证", "name: [结婚证")
    with pytest.raises(PackUnreadable, match=r"materials\.yaml:\d+"):
        read_pack(city)


def test_all_mistakes_are_told_at_once(city: Path) -> None:
    change(city / "matters" / "newborn.yaml", "lead_unit: U23", "lead_unit: X1")
    change(city / "materials.yaml", "name: 结婚证", "name: 有关材料")
    change(city / "units.csv", "U02,jyj,郑州市教育局", "U02,jyj,")
    change(city / "items" / "newborn.yaml", "is_fee: false", "is_fee: perhaps")
    change(city / "calendar.csv", "2020-01-24,off", "2020-02-30,off")
    change(city / "calendar.csv", "2025-01-26,work,春节", "2025-01-26,work,春节,春运")
    change(city / "calendar.csv", "2026-10-01,off", "2026-10-02,off")
    change(city / "office_hours.yaml", '"13:00"', '"11:00"')
    with pytest.raises(PackUnreadable) as refused:
        read_pack(city)
    files = {Path(finding.split(":")[0]).name for finding in refused.value.findings}
    assert files == {"newborn.yaml", "materials.yaml", "units.csv", "calendar.csv", "office_hours.yaml"}
    assert len(refused.value.findings) == 8


def test_a_calendar_without_its_version_is_told_beside_its_days(city: Path) -> None:
    change(city / "city.yaml", "calendar_version", "calendar_versoin")
    change(city / "calendar.csv", "2020-01-24,off", "2020-01-24,of")
    assert [(remark.file.name, remark.detail) for remark in check(city)] == [
        ("calendar.csv", "kind 应为 off(放假)或 work(调休上班):of"),
        ("city.yaml", "缺少 calendar_version"),
    ]


def test_a_mistake_in_an_entry_is_not_told_again_by_those_that_refer_to_it(city: Path) -> None:
    change(city / "materials.yaml", "name: 结婚证, holder: U10", "name: 结婚证, holder: U10, colour: red")
    assert [remark.detail for remark in check(city)] == ["marriage_certificate: colour: 没有这个键"]


@pytest.mark.parametrize("file", ["units.csv", "regions.csv", "elements.yaml", "synonyms.yaml", "calendar.csv"])
def test_a_missing_file_is_named(city: Path, file: str) -> None:
    (city / file).unlink()
    assert f"{city / file}:1: 没有这个文件,或不能读取" in {str(remark) for remark in check(city)}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "文件是空的"),
        ("- {material: x, name: 结婚证}".encode("gbk"), "UTF-8"),
        (b"- {material: a\x07b}", "控制字符"),
        (b"- &a [*a]", "锚点"),
        (b"- &a 1\n- *a", "锚点"),
        (b"- " + b"[" * 3000 + b"]" * 3000, "嵌套过深"),
        (b"- ? [a]\n  : 1", "键应为文字"),
        (b"- !!python/name:os.system x", "无法识别的值"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_without_harm(city: Path, content: bytes, said: str) -> None:
    (city / "materials.yaml").write_bytes(content)
    remarks = check(city)
    assert any(said in remark.detail and remark.file.name == "materials.yaml" for remark in remarks), remarks


def test_a_table_that_a_spreadsheet_saved_with_a_byte_order_mark_is_read(city: Path) -> None:
    units = city / "units.csv"
    units.write_bytes(b"\xef\xbb\xbf" + units.read_bytes().replace(b"\n", b"\r\n"))
    assert check(city) == []


def test_tables_that_a_spreadsheet_rewrote_are_read(city: Path) -> None:
    for name in ("units.csv", "regions.csv", "calendar.csv"):
        lines = (city / name).read_text(encoding="utf-8").replace("2020-01-01", "2020/1/1").splitlines()
        widened = [f"{line},," for line in lines] + ["," * (lines[0].count(",") + 2)] * 3
        (city / name).write_bytes("\r\n".join(widened).encode("utf-8-sig"))
    assert check(city) == []


def test_a_calendar_in_another_encoding_is_told(city: Path) -> None:
    (city / "calendar.csv").write_bytes((city / "calendar.csv").read_text(encoding="utf-8").encode("gbk"))
    assert any("UTF-8" in remark.detail and remark.file.name == "calendar.csv" for remark in check(city))


def test_a_pseudo_unit_code_only_warns(city: Path) -> None:
    change(city / "units.csv", "11410100MBXX00019G", "11410100MBXX00019Z")
    change(city / "units.csv", "11410100MBXX00027B", "11410100MBXX000203")
    pack, warnings = read_pack(city)
    assert [warning.split(":")[1] for warning in warnings] == ["2", "3"]
    assert pack.units[0].uscc.endswith("Z")


def test_a_promise_as_one_map_is_told_the_national_names(city: Path) -> None:
    change(city / "items" / "newborn.yaml", "  promise_day: 1\n  promise_type: WORKDAY\n", "  promise: {amount: 1}\n")
    assert any("promise_day 和 promise_type" in remark.detail for remark in check(city))


def test_office_hours_of_an_unknown_unit_or_out_of_order_are_named(city: Path) -> None:
    line = change(city / "office_hours.yaml", "units: {}", 'units: {U99: [["09:00", "12:00"]]}')
    assert [str(remark) for remark in check(city)] == [f"{city / 'office_hours.yaml'}:{line}: 没有单位 U99"]
    change(city / "office_hours.yaml", 'U99: [["09:00", "12:00"]]', 'U09: [["12:00", "09:00"]]')
    assert ["office_hours.yaml" in str(remark) for remark in check(city)] == [True]


def test_the_calendar_agrees_with_the_library_on_every_day_of_2020_to_2026() -> None:
    times = WorkTime.from_json(read_calendar(CITY).model_dump(mode="json"))
    calendar = times.calendar
    day = date(2020, 1, 1)
    while day.year < 2027:
        assert calendar.is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)
    assert not calendar.is_certain(date(2027, 1, 4))
    assert calendar.is_certain(date(2027, 1, 1))
    assert times.hours("U09").windows[0][0].hour == 9


def test_an_unknown_kind_in_the_calendar_is_named_with_its_line(city: Path) -> None:
    line = change(city / "calendar.csv", "2020-01-19,work", "2020-01-19,halfday")
    with pytest.raises(ValueError, match=f"calendar.csv:{line}"):
        read_calendar(city)


def test_a_city_without_matters_is_right_when_its_folder_is_there(city: Path) -> None:
    for file in ("matters/newborn.yaml", "sharing/newborn.yaml", "grants.yaml"):
        (city / file).unlink()
    assert not any(remark.is_error for remark in check(city))
    (city / "matters").rmdir()
    assert any("没有 matters" in remark.detail for remark in check(city) if remark.is_error)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("holder: {name: child_name}", "holder: {name: child}", "没有数据元 child"),
        ("{element: birth_hospital, label: 接生机构}", "{element: card_bank, label: 银行}", "不填 card_bank"),
        ("subject: [child_name, child_birth_date]", "subject: [birth_weight]", "不必填 birth_weight"),
        ("items: [11410100MBXX00238T3412023001000]", "items: [nothing]", "没有事项 nothing"),
        ("materials: [birth_certificate]", "materials: [nothing]", "没有材料 nothing"),
        ("type_code: 11410100MBXX00238T002", "type_code: 11410100MBXX00238T001", "已有别的证照类型"),
        ("type_code: 11410100MBXX00238T001", "type_code: 11410100MBXX002380001", "不是有效的统一社会信用代码"),
        ("Z{yy:02}{n:07}", "Z{n:07}", "各有一处年份"),
        ("validity: 长期", "validity: 9999-12-31", "validity"),
        ("validity: {amount: 10, unit: YEAR}", "validity: {amount: 0, unit: YEAR}", "validity"),
        ("licence: birth_certificate", "licences: birth_certificate", "没有这个键"),
    ],
)
def test_a_type_of_licence_that_does_not_fit_is_told_with_its_line(city: Path, old: str, new: str, said: str) -> None:
    line = change(city / "licence_types.yaml", old, new)
    findings = [remark for remark in check(city) if remark.is_error]
    assert [remark.file.name for remark in findings] == ["licence_types.yaml"] * len(findings)
    assert any(said in remark.detail and abs(remark.line - line) <= 12 for remark in findings), findings


def test_each_item_that_ends_in_a_licence_has_its_type(city: Path) -> None:
    change(city / "items" / "newborn.yaml", "result_type: 其他", "result_type: 证照")
    change(city / "licence_types.yaml", "items: [11410100MBXX0009494410709001000]", "items: []")
    assert ["却没有证照类型" in remark.detail for remark in check(city) if remark.is_error] == [True]


def test_a_city_without_types_of_licences_issues_none(city: Path) -> None:
    (city / "licence_types.yaml").unlink()
    pack, _ = read_pack(city)
    assert (read_licences(city, pack).types, read_licences(city, pack).items) == ({}, {})


def test_zhengzhous_licences_are_typed_for_their_items() -> None:
    pack, _ = read_pack(CITY)
    told = read_licences(CITY, pack)
    assert set(told.items.values()) == set(told.types)
    assert told.issuers["U23"] == "11410100MBXX00238T"
    first = licence_type(told.types["birth_certificate"])
    assert first.face({"child_name": "测小宝", "child_sex": "男"}).fields == (("性别", "男"),)
    assert first.period is None
    assert licence_type(told.types["social_security_card"]).period == Period(10, ValidityUnit.YEAR)


def test_each_of_zhengzhous_56_units_has_its_seals_of_which_all_codes_are_synthetic() -> None:
    units = read_pack(CITY)[0].units
    found = read_seals(CITY, units).wanted
    assert (len(found), len({one.seal_code for one in found})) == (169, 169)
    assert {one.kind.value for one in found if one.unit == "U09"} == {"UNIT_NAME", "ACCEPTANCE", "APPROVAL"}
    assert [(one.kind.value, one.capacities) for one in found if one.unit == "ZWB"] == [
        ("UNIT_NAME", ("evaluation_officer",))
    ]
    assert all(one.synthetic and one.seal_code.startswith("410199") for one in found)


def test_a_seal_of_a_unit_that_is_not_in_the_city_is_named(city: Path) -> None:
    change(city / "seals.yaml", "units: [ZWB]", "units: [ZZZ]")
    assert [str(one) for one in check(city) if "没有这些单位:ZZZ" in str(one)]


def test_a_city_without_the_file_has_no_seals(city: Path) -> None:
    (city / "seals.yaml").unlink()
    assert check(city) == [one for one in check(city) if "seals" not in str(one)]
    assert read_seals(city, read_pack(city)[0].units).wanted == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("number: 1,", "number: 1, form: round,", "没有这个键"),
        ("kind: UNIT_NAME", "kind: ROUND", "不在可选值中"),
        ("maker: development-seal-maker", "maker: city-pack", "三个不同的名义"),
        ('code_prefix: "410199"', 'code_prefix: "4101"', "不是 13 位数字"),
        ("[department, company]", "[ministry]", "没有这类单位"),
    ],
)
def test_what_is_wrong_with_seals_is_named_with_its_line(city: Path, old: str, new: str, said: str) -> None:
    line = change(city / "seals.yaml", old, new)
    hits = [str(one) for one in check(city) if said in str(one)]
    assert hits
    assert hits[0].startswith(f"{city / 'seals.yaml'}:{line}:")
