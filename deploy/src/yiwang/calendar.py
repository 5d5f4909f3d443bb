"""Reads a city's calendar.csv and office_hours.yaml, with the names of city.yaml."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import yaml
from catalog_svc.schemas import CalendarDocument
from chassis.worktime import WorkTime

COLUMNS = {"date", "kind", "name", "source"}


def load(city: Path) -> WorkTime:
    """Return a city's calendar and office hours, ready to reckon with. Raises what `read_calendar` raises."""
    return WorkTime.from_json(read_calendar(city).model_dump(mode="json"))


def read_calendar(city: Path) -> CalendarDocument:
    """Return a city's working calendar as it is published.

    A year is official when its own notice is there, told by its 1 January: the notice of the next year may already
    give days of this December, and a city closure is no notice. Raises ValueError, of a line as `file:line: what`;
    OSError, YAMLError.
    """
    about = yaml.safe_load((city / "city.yaml").read_text(encoding="utf-8"))
    hours = yaml.safe_load((city / "office_hours.yaml").read_text(encoding="utf-8"))
    days: dict[str, dict[str, str]] = {"off": {}, "work": {}}
    for day, kind, name in _rows(city / "calendar.csv"):
        days[kind][day] = name
    return CalendarDocument(
        region=about["region_code"],
        calendar_version=about["calendar_version"],
        years=sorted(int(day[:4]) for day in days["off"] if day.endswith("-01-01")),
        office_hours={"default": hours["default"], "units": hours["units"]},
        **days,
    )


def _rows(file: Path) -> Iterator[tuple[str, str, str]]:
    seen: dict[str, int] = {}
    with file.open(encoding="utf-8-sig", newline="") as lines:  # -sig: spreadsheets write a byte order mark
        table = csv.DictReader(lines)
        if not set(table.fieldnames or ()) >= COLUMNS:
            raise ValueError(f"{file}:1: 表头应有 {'、'.join(sorted(COLUMNS))}")
        for row in table:
            day, kind, place = row["date"], row["kind"], f"{file}:{table.line_num}"
            if kind not in {"off", "work"}:
                raise ValueError(f"{place}: kind 应为 off 或 work")
            try:
                date.fromisoformat(day)
            except ValueError as error:
                raise ValueError(f"{place}: 没有这一天:{day}") from error
            if day in seen:
                raise ValueError(f"{place}: {day} 与第 {seen[day]} 行重复")
            seen[day] = table.line_num
            yield day, kind, row["name"]
