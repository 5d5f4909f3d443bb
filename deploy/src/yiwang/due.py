"""`yiwang due`: when a limit ends, and how that was reckoned, from the city's calendar and office hours."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.clock import SHANGHAI, local
from chassis.worktime import Due, Limit, WorkTime, due
from rich.console import Console
from rich.table import Table

from yiwang.calendar import read_calendar


def reckon(city: Path, start: datetime, limit: Limit, unit: str = "") -> Due:
    """Return when a unit's limit ends; a start without a zone is Shanghai time."""
    times = WorkTime.from_json(read_calendar(city).model_dump(mode="json"))
    return due(in_shanghai(start), limit, times.calendar, times.hours(unit))


def in_shanghai(moment: datetime) -> datetime:
    """Give a moment without a zone Shanghai's."""
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def tell(console: Console, found: Due) -> None:
    """Print the end and its derivation."""
    table = Table(title=f"起算 {local(found.start):%Y-%m-%d %H:%M}  时限 {found.limit.amount} {found.limit.unit}")
    for column in ("日期", "是否计入", "原因", "用去"):
        table.add_column(column)
    for step in found.steps:
        days = f"{step.first}" if step.first == step.last else f"{step.first} 至 {step.last}"
        table.add_row(days, "计入" if step.counted else "不计入", step.why, step.used if step.counted else "")
    console.print(table)
    provisional = "[yellow](所跨年度放假通知未发布,暂定)[/]" if found.provisional else ""
    console.print(f"到期 [bold]{local(found.at):%Y-%m-%d %H:%M}[/] {provisional} 日历版本 {found.calendar_version}")


def as_json(found: Due) -> str:
    """Return the end and its derivation for machines; moments in Shanghai time."""
    value: dict[str, Any] = found.to_json()
    value |= {"at": local(found.at).isoformat(), "start": local(found.start).isoformat()}
    return json.dumps(value, ensure_ascii=False)
