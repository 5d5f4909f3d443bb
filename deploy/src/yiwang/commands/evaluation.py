"""`yiwang evaluation`: ratings held against those of the provincial platform."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from chassis.base.clock import SystemClock
from evaluation_svc.domain.province import TO_TELL_AGAIN, Difference, Finding
from evaluation_svc.handlers import reconcile_province
from evaluation_svc.outside.province import ProvincialPlatform
from evaluation_svc.outside.provincial_rest import province_of
from evaluation_svc.settings import EvaluationSettings
from rich.table import Table

from yiwang import upkeep
from yiwang.commands.options import KeptIn
from yiwang.environment import settings_of
from yiwang.refusals import NotReady
from yiwang.simulators import inside
from yiwang.simulators.together import Together
from yiwang.terminal import console

app = typer.Typer(help="综合评价:与省平台核对好差评。", no_args_is_help=True)
SAID = {
    Difference.MISSING_THERE: "省平台没有",
    Difference.NOT_CONFIRMED: "省平台有,本地未得到答复",
    Difference.ONLY_THERE: "只在省平台(渠道 7 为系统默认),不计入本地的主动评价",
    Difference.UNKNOWN_HERE: "省平台有,本地没有",
    Difference.DIFFERS: "两边不同",
    Difference.NOT_VOID_THERE: "已认定无效,省平台未作废",
}


@app.callback()
def _group() -> None:
    """Be a group, though there is one command in it."""


@app.command("reconcile")
def evaluation_reconcile(
    date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="哪一天(北京时间)的评价")],
    data_dir: KeptIn = None,
) -> None:
    """与省平台核对一天的好差评:列出缺的与不同的,缺的由运行中的服务再报一次。"""
    found = asyncio.run(_reconciled(date, data_dir))
    if not found:
        console.print(f"{date:%Y-%m-%d}:与省平台一致")
        return
    table = Table(title=f"{date:%Y-%m-%d}:{len(found)} 条不同")
    for column in ("不同", "评价", "省平台编号", "说明"):
        table.add_column(column, overflow="fold")
    for one in found:
        table.add_row(SAID[one.difference], one.key, one.provincial_eval_id, one.detail)
    console.print(table)
    again = len({one.key for one in found if one.difference in TO_TELL_AGAIN})
    console.print(f"将再报一次:{again} 条")
    raise typer.Exit(1)


async def _reconciled(date: datetime, data_dir: Path | None) -> Sequence[Finding]:
    async with upkeep.database_of("evaluation", data_dir) as database, _platform(data_dir) as platform:
        return await reconcile_province(database, platform, date.date())


@asynccontextmanager
async def _platform(data_dir: Path | None) -> AsyncIterator[ProvincialPlatform]:
    """Return the platform that the settings name, beside an embedded installation its simulator. Raises NotReady."""
    clock = SystemClock()
    if data_dir is not None:
        yield inside.province(Together.of(data_dir / "simulators", clock))
        return
    platform = province_of(settings_of(EvaluationSettings), clock)
    if platform is None:
        raise NotReady("没有省平台的地址:请设 EVALUATION_PROVINCE_URL")
    try:
        yield platform
    finally:
        await platform.close()
