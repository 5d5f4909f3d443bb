"""`yiwang serve`: one service, or the gateway, as a process of its own."""

from typing import Annotated

import typer
from chassis.http import serving
from chassis.http.connections import Limits

from yiwang.commands.options import PER_ADDRESS, Host, Place, Port, known, require_free
from yiwang.services import SERVICES

app = typer.Typer()
OPERATORS = "127.0.0.1:9000"


@app.command()
def serve(  # noqa: PLR0913, PLR0917  a command has this many options
    name: Annotated[str, typer.Argument(metavar="SERVICE", help=f"{'、'.join(SERVICES)} 或 gateway")],
    host: Host = "0.0.0.0",  # noqa: S104  a container's own network
    port: Port = 8000,
    operators: Place = OPERATORS,
    connections: Annotated[int, typer.Option(min=1, help="最多同时多少个连接")] = 800,
    per_address: Annotated[
        int, typer.Option(min=1, help="网关:一个地址最多同时多少个连接;受信代理(GATEWAY_TRUSTED_PROXIES)不计")
    ] = PER_ADDRESS,
) -> None:
    """运行一个服务,设置取自环境变量(分布式:PostgreSQL 与 Kafka)。"""
    require_free((host, port), operators)
    if name == "gateway":
        from yiwang import gate  # noqa: PLC0415  a process imports only what runs in it

        gateway = gate.process()
        limits = Limits(most=connections, per_address=per_address, trusted=gateway.trusted)
        serving.serve(gateway.app, (host, port), gateway.operators, operators, limits)
        return
    from yiwang import alone  # noqa: PLC0415  as above

    whole, beside = alone.process(known(name))
    serving.serve(whole, (host, port), beside, operators, Limits(most=connections))
