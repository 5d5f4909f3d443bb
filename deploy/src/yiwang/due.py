"""`yiwang due`: when a limit ends, and how that was reckoned, from the city's calendar and office hours."""

import csv
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from chassis.base.clock import SHANGHAI, local
from chassis.worktime import LARGEST, Due, Limit, LimitUnit, Measure, NoWorkingTime, due
from rich.console import Console
from rich.table import Table

from yiwang.calendar import load
from yiwang.suite import CITY
from yiwang.terminal import machine_readable

UNREADABLE = (OSError, csv.Error, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError)
NAMES = {
    LimitUnit.ON_SITE: "当场办结",
    LimitUnit.WORK_HOUR: "工作小时",
    LimitUnit.WORKDAY: "个工作日",
    LimitUnit.CALENDAR_DAY: "日",
    LimitUnit.MONTH: "个月",
    LimitUnit.YEAR: "年",
}


def reckon(city: Path, start: datetime, limit: Limit, unit: str = "") -> Due:
    """Return when a unit's limit ends; a start without a zone is Shanghai time.

    Raises BadParameter for a unit the city does not have; what `load` and `due` raise.
    """
    times = load(city)
    if unit and unit not in times.units and unit not in _units(city):
        raise typer.BadParameter(f"没有单位 {unit};单位代码如 U09,见 {city / 'units.csv'}", param_hint="--unit")
    return due(in_shanghai(start), limit, times.calendar, times.hours(unit))


def _units(city: Path) -> set[str]:
    with (city / "units.csv").open(encoding="utf-8-sig", newline="") as lines:
        return {row["unit_code"] for row in csv.DictReader(lines)}


def in_shanghai(moment: datetime) -> datetime:
    """Give a moment without a zone Shanghai's."""
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def tell(console: Console, found: Due) -> None:
    """Print the end and its derivation."""
    amount = "" if found.limit.unit is LimitUnit.ON_SITE else f"{found.limit.amount} "
    table = Table(title=f"起算 {_shown(found.start)}  时限 {amount}{NAMES[found.limit.unit]}")
    table.add_column("日期", no_wrap=True)
    for column in ("是否计入", "原因", "用去", "剩余"):
        table.add_column(column, overflow="fold")
    for step, left in zip(found.steps, found.left(), strict=True):
        days = f"{step.first}" if step.first == step.last else f"{step.first} 至 {step.last}"
        used = (_amount(step.amount, step.measure), _amount(left, step.measure)) if step.counted else ("", "")
        table.add_row(days, "计入" if step.counted else "不计入", step.why, *used)
    console.print(table)
    provisional = "[yellow](所跨年度放假通知未发布,暂定)[/]" if found.provisional else ""
    console.print(f"到期 [bold]{_shown(found.at)}[/] {provisional} 日历版本 {found.calendar_version}")


def _shown(moment: datetime) -> str:
    return local(moment).replace(tzinfo=None).isoformat(" ", "seconds" if moment.second else "minutes")


def _amount(amount: int, measure: Measure) -> str:
    if measure is Measure.DAY or amount < 60:
        return f"{amount}{measure}"
    hours, minutes = divmod(amount, 60)
    return f"{hours}小时" + (f"{minutes}分钟" if minutes else "")


def as_json(found: Due) -> str:
    """Return the end and its derivation for machines; moments in Shanghai time."""
    value: dict[str, Any] = found.to_json()
    value |= {"at": local(found.at).isoformat(), "start": local(found.start).isoformat()}
    return machine_readable(value)


def moment(text: str) -> datetime:
    """Read `--from`: ISO 8601, to the day, minute or second, with a zone or without."""
    try:
        return in_shanghai(datetime.fromisoformat(text))
    except ValueError as error:
        raise typer.BadParameter(f"{text} 不是时间,应如 2026-09-30T16:30") from error


def count(unit: LimitUnit) -> Callable[[str], Limit]:
    """Return what reads a number of units as a limit."""

    def read(text: str) -> Limit:
        if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) > LARGEST[unit]:
            raise typer.BadParameter(f"{text} 不是 0 至 {LARGEST[unit]} 的整数")
        return Limit(int(text), unit)

    return read


def _counted(unit: LimitUnit, explanation: str) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(parser=count(unit), metavar="N", help=explanation)
    return found


app = typer.Typer()


@app.command()
def due_command(  # noqa: PLR0913  one keyword per option
    start: Annotated[
        datetime, typer.Option("--from", parser=moment, metavar="TIME", help="起算时间,如 2026-09-30T16:30(北京时间)")
    ],
    *,
    working_days: Annotated[
        Limit | None, _counted(LimitUnit.WORKDAY, "时限为多少个工作日;起算日不计入,0 为当日")
    ] = None,
    working_hours: Annotated[Limit | None, _counted(LimitUnit.WORK_HOUR, "时限为多少工作小时;只计办公时间")] = None,
    calendar_days: Annotated[
        Limit | None, _counted(LimitUnit.CALENDAR_DAY, "时限为多少日(自然日);届满日放假的顺延")
    ] = None,
    months: Annotated[Limit | None, _counted(LimitUnit.MONTH, "时限为多少个月;止于对应日,没有的止于月末")] = None,
    years: Annotated[Limit | None, _counted(LimitUnit.YEAR, "时限为多少年;止于对应日,没有的止于月末")] = None,
    unit: Annotated[str, typer.Option(metavar="CODE", help="单位代码,如 U09;不给则用通用办公时间")] = "",
    city: Annotated[Path, typer.Option(help="城市包目录")] = CITY,
    as_machine: Annotated[bool, typer.Option("--json", help="输出机器可读的结果")] = False,
) -> None:
    """推算到期时间,并说明每一天为何计入或不计入。时限给出一个:工作日、工作小时、日、月或年。"""
    given = [limit for limit in (working_days, working_hours, calendar_days, months, years) if limit is not None]
    if len(given) != 1:
        raise typer.BadParameter(
            "--working-days、--working-hours、--calendar-days、--months、--years 须给出一个,且只给一个"
        )
    found = _reckon_or_refuse(city, start, given[0], unit)
    if as_machine:
        typer.echo(as_json(found))
        return
    tell(Console(), found)


def _reckon_or_refuse(city: Path, start: datetime, limit: Limit, unit: str) -> Due:
    try:
        return reckon(city, start, limit, unit)
    except NoWorkingTime as error:
        raise typer.BadParameter("由此推算不出到期时间:整年没有工作日,或超出日期范围", param_hint="--from") from error
    except UNREADABLE as error:
        raise typer.BadParameter(f"城市包不能读取:{_unread(error)}", param_hint="--city") from error


def _unread(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"没有 {error.filename},或不能读取"
    return f"缺少 {error}" if isinstance(error, KeyError) else str(error)
