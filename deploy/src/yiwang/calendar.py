"""Reads a city's calendar.csv and office_hours.yaml."""

import csv
from pathlib import Path

import yaml
from catalog_svc.schemas import CalendarDocument


def read_calendar(city: Path) -> CalendarDocument:
    """Return a city's working calendar. Raises ValueError naming the line that cannot be read."""
    about = yaml.safe_load((city / "city.yaml").read_text(encoding="utf-8"))
    hours = yaml.safe_load((city / "office_hours.yaml").read_text(encoding="utf-8"))
    off: dict[str, str] = {}
    work: dict[str, str] = {}
    with (city / "calendar.csv").open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            if row["kind"] not in {"off", "work"}:
                raise ValueError(f"{city / 'calendar.csv'}:{number}: kind 应为 off 或 work")
            (off if row["kind"] == "off" else work)[row["date"]] = row["name"]
    return CalendarDocument(
        region=about["region_code"],
        calendar_version=about["calendar_version"],
        years=sorted({int(day[:4]) for day in off}),
        off=off,
        work=work,
        office_hours={"default": hours["default"], "units": hours["units"]},
    )
