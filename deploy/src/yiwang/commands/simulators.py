"""`yiwang simulators`: the simulators of the networks and of the provincial platform, listed, served, made to fail."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from chassis.base.clock import SystemClock
from chassis.http.asgi import App
from rich.table import Table

from yiwang.commands.options import Host, Port, require_free
from yiwang.simulators import faults, files
from yiwang.simulators.faults import Fault, FaultKind
from yiwang.simulators.files import FileFault
from yiwang.simulators.networks import SIMULATED, Protocol, Simulated
from yiwang.simulators.province import NAME as PROVINCE_NAME
from yiwang.simulators.province import PROVINCE
from yiwang.simulators.rest import apart
from yiwang.simulators.tables import MISSING
from yiwang.simulators.together import SECRET, Together
from yiwang.terminal import console, tell

app = typer.Typer(help="专网与省平台的模拟器:列出、运行、按需出错。其中的人都是虚构的。", no_args_is_help=True)
Folder = Annotated[Path, typer.Option(help="模拟器的文件夹;嵌入式系统的在其数据目录下")]
FOLDER, ALL = Path("var/simulators"), "all"
Url = Annotated[str, typer.Option(help="datashare 由哪个地址访问;不给则为 http://监听地址:端口", show_default=False)]
Front = Annotated[
    str,
    typer.Option(
        "--front", help="前置库的地址(postgresql+asyncpg://…);不给则为文件夹中的 SQLite 文件", show_default=False
    ),
]
PROTOCOLS = {Protocol.REST: "接口", Protocol.TABLE: "库表(前置库)", Protocol.FILES: "文件"}
WRONG = {MISSING: "没有库表"} | {str(one): name for one, name in files.NAMES.items()}
KINDS = {str(one): name for one, name in faults.NAMES.items()} | WRONG


NAMES = {**{one.network: one.name for one in SIMULATED.values()}, PROVINCE: PROVINCE_NAME}


def _network(name: str) -> str:
    if name not in NAMES:
        raise typer.BadParameter(f"没有模拟器 {name};可用:{'、'.join(NAMES)}")
    return name


def _networks(name: str) -> str:
    return name if name == ALL else _network(name)


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise typer.BadParameter(f"没有这种故障;可用:{'、'.join(f'{one} {name}' for one, name in KINDS.items())}")
    return kind


def _lies(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    if not all(name and equals for name, equals, _ in pairs):
        raise typer.BadParameter("应如 --lie birth_weight=3300")
    return {name: value for name, _, value in pairs}


Name = Annotated[str, typer.Argument(metavar="NAME", callback=_network, help="、".join(NAMES))]


def _together(folder: Path, front: str = "") -> Together:
    return Together.of(folder, SystemClock(), table_url=front)


@app.command("list")
def simulators_list() -> None:
    """列出各专网与省平台的模拟器:怎样对接,有哪些服务。"""
    table = Table("模拟器", "专网", "方式")
    table.add_column("服务与可用的查询条件", overflow="fold")
    for one in SIMULATED.values():
        services = "\n".join(f"{service.service}({'、'.join(service.keys)})" for service in one.services)
        table.add_row(one.network, one.name, PROTOCOLS[one.protocol], services)
    table.add_row(PROVINCE, PROVINCE_NAME, PROTOCOLS[Protocol.REST], "ratings、invalidations")
    console.print(table)


@app.command("serve")
def simulators_serve(  # noqa: PLR0913, PLR0917  a command has this many options
    name: Annotated[str, typer.Argument(metavar="NAME", callback=_networks, help=f"{'、'.join(NAMES)} 或 {ALL}")],
    port: Port = 9100,
    host: Host = "127.0.0.1",
    folder: Folder = FOLDER,
    url: Url = "",
    front: Front = "",
) -> None:
    """运行一个或全部模拟器,直到按 Ctrl+C;库表与文件写在文件夹中,地址写在其中的 endpoints.yaml。"""
    require_free((host, port))
    together = _together(folder, front)
    asyncio.run(together.prepare())
    address = url or f"http://{host}:{port}"
    endpoints = together.write_endpoints(address)
    tell(
        f"[bold red]这是模拟器,不是真的专网,不得用于生产[/] http://{host}:{port}/{name if name != ALL else '…'}",
        f"地址文件 DATASHARE_ENDPOINTS={endpoints}",
        f"省平台 EVALUATION_PROVINCE_URL={address}/{PROVINCE}  密钥在 {together.folder / SECRET}",
        "按 Ctrl+C 停止",
    )
    apps: dict[str, App] = {**together.apps, PROVINCE: together.province}
    served = {one: each for one, each in apps.items() if name in {one, ALL}}
    uvicorn.run(apart(served), host=host, port=port, log_config=None, access_log=False, lifespan="off")


@app.command("endpoints")
def simulators_endpoints(
    port: Port = 9100, host: Host = "127.0.0.1", folder: Folder = FOLDER, url: Url = "", front: Front = ""
) -> None:
    """写出模拟器的地址文件,供 DATASHARE_ENDPOINTS 使用。"""
    file = _together(folder, front).write_endpoints(url or f"http://{host}:{port}")
    console.print(file, highlight=False, soft_wrap=True)


@app.command("fault")
def simulators_fault(  # noqa: PLR0913  a fault has this many parts
    name: Name,
    kind: Annotated[str, typer.Argument(metavar="KIND", callback=_kind, help="、".join(KINDS))],
    *,
    service: Annotated[str, typer.Option(help="只在这项服务;不给则全部")] = faults.EVERY,
    count: Annotated[int | None, typer.Option(min=1, help="几次;不给则直到 clear")] = None,
    seconds: Annotated[float, typer.Option(min=0, help="slow:几秒后才答")] = 3.0,
    code: Annotated[str, typer.Option(help="refuse:以什么代码拒绝")] = "500",
    lie: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=VALUE", help="lying:哪个字段说成什么,可多次给")
    ] = None,
    folder: Folder = FOLDER,
) -> None:
    """让一个模拟器出错,从下一次查询起;嵌入式运行着的也立即生效。"""
    together = _together(folder)
    if _by_requests(name):
        amiss = faults.OF_NETWORKS_ALONE if name == PROVINCE else faults.OF_THE_PROVINCE
        if kind in WRONG or FaultKind(kind) in amiss:
            raise typer.BadParameter(f"{name} 以接口对接,没有这种故障")
        found = Fault(
            kind=FaultKind(kind), service=service, count=count, seconds=seconds, code=code, lies=_lies(lie or [])
        )
        together.have(name, found)
    else:
        asyncio.run(together.spoil(SIMULATED[name], _file_fault(SIMULATED[name], kind)))
    console.print(f"{NAMES[name]}(模拟器):{KINDS[kind]}")


def _by_requests(name: str) -> bool:
    return name == PROVINCE or SIMULATED[name].protocol is Protocol.REST


def _file_fault(network: Simulated, kind: str) -> FileFault:
    fits = kind == MISSING if network.protocol is Protocol.TABLE else kind in {str(one) for one in FileFault}
    if not fits:
        raise typer.BadParameter(f"{network.network} 以{PROTOCOLS[network.protocol]}对接,没有这种故障")
    return FileFault.MISSING if kind == MISSING else FileFault(kind)


@app.command("clear")
def simulators_clear(name: Name, folder: Folder = FOLDER) -> None:
    """让一个模拟器不再出错。"""
    together = _together(folder)
    if _by_requests(name):
        together.have(name)
    else:
        asyncio.run(together.spoil(SIMULATED[name], None))
    console.print(f"{NAMES[name]}(模拟器):恢复正常")
