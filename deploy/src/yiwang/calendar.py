"""Reads a city's calendar.csv and office_hours.yaml, with the names of city.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from catalog_svc.schemas import CalendarDocument
from chassis.worktime import WorkTime, legal_days_off

from yiwang.tables import read_table

COLUMNS = ("date", "kind", "name", "source")


@dataclass(frozen=True, slots=True)
class Days:
    """The days off and the make-up working days with their names, and the faults by line."""

    off: dict[str, str] = field(default_factory=dict)
    work: dict[str, str] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)


def load(city: Path) -> WorkTime:
    """Return a city's calendar and office hours, ready to reckon with. Raises what `read_calendar` raises."""
    return WorkTime.from_json(read_calendar(city).model_dump(mode="json"))


def read_calendar(city: Path) -> CalendarDocument:
    """Return a city's working calendar as it is published.

    Raises ValueError, of lines as `file:line: what`; OSError, YAMLError, KeyError, TypeError.
    """
    file = city / "calendar.csv"
    days = read_days(file)
    if days.faults:
        raise ValueError("\n".join(f"{file}:{line}: {detail}" for line, detail in days.faults))
    return publishable(city, days)


def publishable(city: Path, days: Days) -> CalendarDocument:
    """Put days together with city.yaml and office_hours.yaml. Raises what reading them raises, and ValueError.

    A year is official when its own notice is there, told by its 1 January: the notice of the next year may already
    give days of this December, and a city closure is no notice.
    """
    about = yaml.safe_load((city / "city.yaml").read_text(encoding="utf-8"))
    hours = yaml.safe_load((city / "office_hours.yaml").read_text(encoding="utf-8"))
    return CalendarDocument(
        region=about["region_code"],
        calendar_version=about["calendar_version"],
        years=sorted(int(day[:4]) for day in days.off if day.endswith("-01-01")),
        off=days.off,
        work=days.work,
        office_hours={"default": hours["default"], "units": hours["units"]},
    )


def read_days(file: Path) -> Days:
    """Return the days of a calendar.csv, and what is wrong with each line that was left out. Raises OSError."""
    days = Days()
    seen: dict[str, int] = {}
    try:
        text = file.read_bytes().decode("utf-8-sig")  # -sig: spreadsheets write a byte order mark
    except UnicodeDecodeError as error:
        days.faults.append((error.object[: error.start].count(b"\n") + 1, "不是 UTF-8 编码,请另存为 UTF-8"))
        return days
    table = read_table(text, COLUMNS)
    broken = {line for line, _ in table.faults}
    days.faults.extend(table.faults)
    for line, row in table.rows:
        if line in broken:
            continue
        if fault := _fault(row, seen):
            days.faults.append((line, fault))
            continue
        seen[row["date"]] = line
        (days.off if row["kind"] == "off" else days.work)[row["date"]] = row["name"]
    if table.unread:
        days.faults.append(table.unread)
    return days


def _fault(row: Mapping[str, str], seen: Mapping[str, int]) -> str:
    day, kind = row["date"], row["kind"]
    if kind not in {"off", "work"}:
        return f"kind 应为 off(放假)或 work(调休上班):{kind}"
    if not _is_date(day):
        return f"没有这一天:{day}"
    if kind == "work" and (holiday := _legal(day)):
        return f"{day} 是法定放假日({holiday}),不能调休上班"
    return f"{day} 与第 {seen[day]} 行重复" if day in seen else ""


def _legal(text: str) -> str:
    day = date.fromisoformat(text)
    return legal_days_off(day.year).get(day, "")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
