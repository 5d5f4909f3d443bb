"""`yiwang run`: the whole suite in one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer
from chassis.base import telemetry
from chassis.base.problems import StartRefused
from chassis.http import serving
from chassis.http.connections import Limits
from chassis.http.lifespan import WithLifespan

from yiwang import suite
from yiwang.city import read_pack
from yiwang.commands.options import PER_ADDRESS, VAR, Beside, City, DataDir, Host, Port, require_free
from yiwang.terminal import tell, tell_wrong

app = typer.Typer()
BESIDE = 1000
"""How far from the callers' port the operators' is, where nobody says otherwise."""


@app.command()
def run(
    data_dir: DataDir = VAR,
    port: Port = 8000,
    city: City = suite.CITY,
    host: Host = "127.0.0.1",
    operators: Beside = None,
) -> None:
    """在一个进程中运行整个系统(嵌入式:SQLite 与内置日志),直到按 Ctrl+C。"""
    operators = operators or ("127.0.0.1", port + (BESIDE if port + BESIDE <= 65535 else -BESIDE))
    require_free((host, port), operators)
    read_pack(city)
    telemetry.configure(level="WARNING")
    url = f"http://{host}:{port}"
    built = suite.embedded(data_dir, public_url=url)

    def greet() -> None:
        tell(
            f"[bold green]一网已启动[/] {url}  接口文档 {url}/docs  数据目录 {data_dir}",
            f"运维 http://{operators[0]}:{operators[1]}/readyz、/livez、/metrics",
            "[bold red]开发用身份提供方已启用,不得用于生产[/]  按 Ctrl+C 停止",
        )

    reasons = ["原因见上"]

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        try:
            async with built.running(city):
                yield
        except StartRefused as refused:
            reasons[:] = [str(refused)]
            raise

    whole, limits = WithLifespan(built.gateway, running), Limits(per_address=PER_ADDRESS)
    try:
        serving.serve(whole, (host, port), built.operators, operators, limits, greet=greet)
    except SystemExit as ended:
        if ended.code == serving.NOT_STARTED:
            tell_wrong(f"未启动:{reasons[0]}")
        if not ended.code:
            tell("已停止;数据留在原处,可以再次启动。")
        raise
