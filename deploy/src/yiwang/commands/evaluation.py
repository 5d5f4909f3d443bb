"""`yiwang evaluation`: ratings held against those of the provincial platform, and the figures built anew."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from chassis.base.clock import SystemClock
from evaluation_svc.domain.periods import NoPeriod, Period
from evaluation_svc.domain.province import TO_TELL_AGAIN, Difference, Finding
from evaluation_svc.handlers import reconcile_province
from evaluation_svc.handlers.rebuilding import MOST_DIFFERENCES, Rebuilt, rebuild
from evaluation_svc.outside.province import ProvincialPlatform
from evaluation_svc.outside.provincial_rest import province_of
from evaluation_svc.settings import EvaluationSettings
from rich.table import Table

from yiwang import upkeep
from yiwang.commands.options import KeptIn
from yiwang.environment import settings_of
from yiwang.ranking_export import GROUPS, export_rankings
from yiwang.refusals import NotReady
from yiwang.simulators import inside
from yiwang.simulators.together import Together
from yiwang.terminal import console

OUT = Path("rankings")
app = typer.Typer(help="综合评价:与省平台核对好差评,导出排名,重算计数。", no_args_is_help=True)
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
    """Be a group, whatever is in it."""


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


@app.command("rebuild")
def evaluation_rebuild(
    *,
    data_dir: KeptIn = None,
    anew: Annotated[bool, typer.Option("--anew", help="不接着上次没有做完的做(升级后计数方法变了时用)")] = False,
) -> None:
    """从日志重算全部计数:做完之前照旧提供原来的,做完一次换上;中断后再执行即接着做。与原来不同的逐条列出。"""
    began = monotonic()
    rebuilt = asyncio.run(_rebuilt(data_dir, anew=anew))
    took = monotonic() - began
    console.print(
        f"第 {rebuilt.generation} 代:{rebuilt.entries} 条日志,{took:.1f} 秒,与原来不同 {_differing(rebuilt)} 处"
    )
    for what, rows in (("原来", rebuilt.lost), ("重算", rebuilt.gained)):
        for row in rows:
            said = "、".join(f"{name} {value}" for name, value in row.items() if value != "")
            console.print(f"{what}:{said}", soft_wrap=True, highlight=False, markup=False)
    if rebuilt.lost or rebuilt.gained:
        raise typer.Exit(1)


def _differing(rebuilt: Rebuilt) -> str:
    """Return how many figures differ; more than are listed are told as such."""
    most = max(len(rebuilt.lost), len(rebuilt.gained))
    return f"至少 {most}" if most >= MOST_DIFFERENCES else str(most)


async def _rebuilt(data_dir: Path | None, *, anew: bool) -> Rebuilt:
    async with upkeep.database_of("evaluation", data_dir) as database:
        with console.status("已重算 0 条") as status:
            return await rebuild(database, lambda entries: status.update(f"已重算 {entries} 条"), anew=anew)


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


def _period(name: str) -> str:
    try:
        return Period.named(name).name
    except NoPeriod:
        raise typer.BadParameter("周期应为月(2026-03)、季(2026-Q1)或半年(2026-H1)") from None


def _group_named(name: str) -> str:
    if name and name not in GROUPS:
        raise typer.BadParameter(f"没有分组 {name};可用:{'、'.join(GROUPS)}")
    return name


@app.command("export")
def export_command(
    period: Annotated[str, typer.Option(callback=_period, help="周期:月 2026-03、季 2026-Q1、半年 2026-H1")],
    group: Annotated[str, typer.Option(callback=_group_named, help="、".join(GROUPS) + ";不给则全部")] = "",
    out: Annotated[Path, typer.Option(help="写到此目录下以周期和分组命名的目录")] = OUT,
    data_dir: KeptIn = None,
) -> None:
    """导出排名:各单位的计数、公式、权重、得分和名次;已公布的导出所公布的,否则导出草稿。

    任何人可用 docs/recompute_ranking.py(只用标准库)重新计算并核对。
    """
    written = asyncio.run(export_rankings(data_dir, period, [group] if group else GROUPS, out))
    for name, told in written.items():
        where = out / period / name
        said = f"{name}:第 {told['revision']} 版,{told['state']},计算于 {told['computed_at']},写到 {where}"
        console.print(said, soft_wrap=True, highlight=False)
