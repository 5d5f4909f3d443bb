"""`yiwang city`: checks a city pack, and loads it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from catalog_svc.handlers.load import RESTORED, REWORDED, TOLD, WITHDRAWN
from datashare_svc.handlers.load import LEFT
from esign_svc.handlers.load_seals import KEPT

from yiwang import suite, upkeep
from yiwang.city import read_pack
from yiwang.commands.options import KeptIn
from yiwang.terminal import console

app = typer.Typer(help="城市包:检查与载入。", no_args_is_help=True)


@app.command("check")
def city_check(path: Annotated[Path, typer.Argument(help="城市包目录")] = suite.CITY) -> None:
    """检查城市包,一次指出全部错误,每处注明文件与行号。"""
    pack, warnings = read_pack(path)
    for line in warnings:
        console.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{path}:{len(pack.units)} 个单位、{len(pack.items)} 个事项、{len(pack.matters)} 件事,可以载入")


@app.command("load")
def city_load(
    path: Annotated[Path, typer.Argument(help="城市包目录")] = suite.CITY,
    *,
    data_dir: KeptIn = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="城市包中少了过半的事项也照办:少了的一律停办")] = False,
) -> None:
    """检查并载入城市包:内容未变的不重复发布,只改文字的不需要新版本,不再列出的即停办。"""

    async def load() -> list[str]:
        read = await suite.read_city(path)
        async with (
            upkeep.database_of("catalog", data_dir) as catalog,
            upkeep.database_of("esign", data_dir) as esign,
            upkeep.database_of("datashare", data_dir) as datashare,
            upkeep.database_of("evaluation", data_dir) as evaluation,
        ):
            published = await suite.load(catalog, read, withdraw=withdraw)
            published += await suite.load_registry(esign, read) + await suite.load_licences(esign, read)
            published += await suite.load_datashare(datashare, read)
            return published + await suite.load_evaluated(evaluation, read)

    published = asyncio.run(load())
    console.print("\n".join(_loaded(name) for name in published) or "无变化", highlight=False, soft_wrap=True)


DONE = {
    REWORDED: "文字更新",
    WITHDRAWN: "停办",
    RESTORED: "恢复办理",
    TOLD: "补发事件",
    KEPT: "名称与城市包不同,须另行申请",
    LEFT: "城市包中已没有,仍保留",
}


def _loaded(name: str) -> str:
    """Return a line of what a load did, in Chinese."""
    done = next((verb for verb in DONE if name.startswith(verb)), "")
    return f"{DONE[done]} {name.removeprefix(done)}" if done else f"已发布 {name}"
