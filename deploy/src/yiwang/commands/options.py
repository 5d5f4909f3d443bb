"""The options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated, Any

import typer
from chassis.http import serving

from yiwang.services import SERVICES
from yiwang.terminal import tell_wrong

DataDir = Annotated[Path, typer.Option(help="嵌入式模式的数据目录")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="端口")]
Host = Annotated[str, typer.Option(help="监听地址;127.0.0.1 为仅本机")]


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise typer.BadParameter(f"{text} 不是 地址:端口")
    return host.strip("[]"), int(port)


Place = Annotated[
    Any, typer.Option("--operators", parser=_place, metavar="地址:端口", help="运维:/livez /readyz /metrics 在此监听")
]
Beside = Annotated[
    Any,
    typer.Option(
        "--operators",
        parser=_place,
        metavar="地址:端口",
        help="运维:/livez /readyz /metrics 在此监听;不给则在本机,端口号为 --port 加 1000",
        show_default=False,
    ),
]
PER_ADDRESS = 100
City = Annotated[Path, typer.Option(help="城市包目录")]
VAR = Path("var")


def known(name: str) -> str:
    """Return a service's name. Raises BadParameter where there is no such."""
    if name not in SERVICES:
        raise typer.BadParameter(f"没有服务 {name};可用:{'、'.join(SERVICES)}")
    return name


ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", callback=known, help="、".join(SERVICES))]
KeptIn = Annotated[Path | None, typer.Option("--data-dir", help="嵌入式数据目录,如 var;不给则用环境变量所指的数据库")]
EventId = Annotated[str, typer.Argument(help="事件编号,见 dead-letters list")]


def require_free(*places: tuple[str, int]) -> None:
    """Say in a sentence, before anything else is done, that a place to listen at is taken."""
    try:
        serving.require_free(*places)
    except serving.PlaceRefused as refused:
        tell_wrong(f"未启动:{refused}")
        raise typer.Exit(serving.NOT_STARTED) from refused
