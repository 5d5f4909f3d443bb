"""`yiwang report`: what is reported upward."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from chassis.base.clock import SystemClock, local

from yiwang.commands.options import KeptIn
from yiwang.reporting import report_up
from yiwang.terminal import console

app = typer.Typer(help="上报:按国家库表导出一天的办件。", no_args_is_help=True)
OUT = Path("up")


@app.callback()
def _group() -> None:
    """Be a group, whatever is in it."""


@app.command("up")
def report_up_command(
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="哪一天,如 2026-03-02")],
    out: Annotated[Path, typer.Option(help="写到此目录下以日期命名的目录")] = OUT,
    data_dir: KeptIn = None,
) -> None:
    """导出一天受理与办结的办件(up_* 各表),逐列核对;不合规则的行不上报,连同原因写入 errors.csv。"""
    today = local(SystemClock().now()).date()
    told = asyncio.run(report_up(data_dir, day.date(), out, today=today))
    for table, found in told["tables"].items():
        console.print(f"{table}:{found['rows']} 行,不合规则未报 {found['refused']} 行", highlight=False)
    if not told["day_is_over"]:
        console.print("当日尚未结束,请在次日重新导出", style="yellow")
    if told["errors"]["rows"]:
        console.print(f"原因见 {out / told['date'] / 'errors.csv'}", style="red", soft_wrap=True, highlight=False)
        raise typer.Exit(1)
