import shutil
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from chassis.worktime import WorkTime
from yiwang.calendar import read_calendar
from yiwang.city import PackUnreadable, read_pack
from yiwang.suite import CITY


@pytest.fixture
def city(tmp_path: Path) -> Path:
    copy = tmp_path / "city"
    shutil.copytree(CITY, copy)
    return copy


def change(file: Path, old: str, new: str) -> int:
    """Change the first place; return its line."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_zhengzhou_can_be_loaded() -> None:
    pack, warnings = read_pack(CITY)
    assert len([unit for unit in pack.units if unit.unit_code.startswith("U")]) == 56
    assert warnings == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("items/newborn.yaml", "unit: U09", "unit: U99", "没有单位 U99"),
        (
            "items/newborn.yaml",
            "promise: {amount: 2, unit: WORKDAY}",
            "promise: {amount: 30, unit: WORKDAY}",
            "承诺时限长于",
        ),
        ("items/newborn.yaml", "{element: birth_hospital,", "{element: birth_hopsital,", "没有数据元 birth_hopsital"),
        ("items/newborn.yaml", "task_name: 预防接种证办理", "task_nmae: 预防接种证办理", "task_nmae"),
        ("matters/newborn.yaml", "lead_unit: U23", "lead_unit: X1", "没有单位 X1"),
        ("matters/newborn.yaml", "after: [medical_insurance]", "after: [medical_insurence]", "没有环节"),
        ("matters/newborn.yaml", 'when: {card: ["yes"]}', 'when: {card: ["si"]}', "没有选项 si"),
        ("materials.yaml", "name: 结婚证", "name: 其他材料", "模糊"),
        ("elements.yaml", "section: hukou, max_length: 200", "section: nowhere, max_length: 200", "没有分区"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(city: Path, file: str, old: str, new: str, said: str) -> None:
    line = change(city / file, old, new)
    with pytest.raises(PackUnreadable) as refused:
        read_pack(city)
    hit = [finding for finding in refused.value.findings if said in finding]
    assert hit, refused.value.findings
    named = int(hit[0].split(":")[1])
    assert file in hit[0]
    assert abs(named - line) <= 25
    assert named <= line or "elements" in hit[0]


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
    with pytest.raises(PackUnreadable) as refused:
        read_pack(city)
    assert len(refused.value.findings) == 2


def test_the_calendar_agrees_with_the_library_on_every_day_of_2020_to_2026() -> None:
    times = WorkTime.from_json(read_calendar(CITY).model_dump(mode="json"))
    calendar = times.calendar
    day = date(2020, 1, 1)
    while day.year < 2027:
        assert calendar.is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)
    assert not calendar.is_official(date(2027, 1, 4))
    assert times.hours("U09").windows[0][0].hour == 9


def test_an_unknown_kind_in_the_calendar_is_named_with_its_line(city: Path) -> None:
    line = change(city / "calendar.csv", "2020-01-19,work", "2020-01-19,halfday")
    with pytest.raises(ValueError, match=f"calendar.csv:{line}"):
        read_calendar(city)
