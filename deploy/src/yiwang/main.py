"""The `yiwang` command."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from catalog_svc.handlers.load import RESTORED, REWORDED, WITHDRAWN
from chassis.base import telemetry
from chassis.base.clock import SHANGHAI
from chassis.base.problems import Problem, StartRefused
from chassis.data.database import Database
from chassis.events.buses import open_bus
from chassis.http import serving
from chassis.http.connections import Limits
from chassis.http.lifespan import WithLifespan
from chassis.http.upstream import HttpUpstream
from chassis.service import Service, starting
from chassis.settings import addressed, new_secret
from chassis.settings import upstreams as upstreams_of
from gateway.development.flow import SignInRefused
from gateway.settings import GatewaySettings

from gateway import app as gateway_app
from yiwang import bench as measures
from yiwang import contracts, rotation, suite, tokens, upkeep
from yiwang import demo as told
from yiwang import due as deadlines
from yiwang import upgrade as upgrades
from yiwang.city import read_pack
from yiwang.journey import Unexpected
from yiwang.services import SERVICES
from yiwang.terminal import Telling, console, tell, tell_wrong
from yiwang.wording import LANGUAGES

app = typer.Typer(
    cls=Telling,
    help="一网:一网通办、一次办成。先用 yiwang demo 看一遍,再用 yiwang run 让系统一直运行。",
    epilog="退出码:0 做成;1 没有做成,原因已说明;2 命令写法有误;3 系统没有启动;130 被 Ctrl+C 中断。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
city_app = typer.Typer(help="城市包:检查与载入。", no_args_is_help=True)
letters_app = typer.Typer(help="死信与等待中的事件:列出、查看、重新处理、放弃。", no_args_is_help=True)
events_app = typer.Typer(help="事件:再发布一次。", no_args_is_help=True)
audit_app = typer.Typer(help="审计链:核对是否被改动。", no_args_is_help=True)
keys_app = typer.Typer(help="密钥:新造一把、更换检索密钥。", no_args_is_help=True)
app.add_typer(city_app, name="city")
app.add_typer(letters_app, name="dead-letters")
app.add_typer(events_app, name="events")
app.add_typer(audit_app, name="audit")
app.add_typer(contracts.app, name="contracts")
app.add_typer(keys_app, name="keys")

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
OPERATORS = "127.0.0.1:9000"
BESIDE = 1000
"""How far from the callers' port the operators' is, where nobody says otherwise."""
PER_ADDRESS = 100
TERMINATED = 143
City = Annotated[Path, typer.Option(help="城市包目录")]
VAR = Path("var")


def _known(name: str) -> str:
    if name not in SERVICES:
        raise typer.BadParameter(f"没有服务 {name};可用:{'、'.join(SERVICES)}")
    return name


ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", callback=_known, help="、".join(SERVICES))]
KeptIn = Annotated[Path | None, typer.Option("--data-dir", help="嵌入式数据目录,如 var;不给则用环境变量所指的数据库")]
EventId = Annotated[str, typer.Argument(help="事件编号,见 dead-letters list")]


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
    _require_free((host, port), operators)
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
    _require_free((host, port), operators)
    if name == "gateway":
        settings = upkeep.settings_of(addressed(GatewaySettings, SERVICES))
        telemetry.configure()
        upstreams = upstreams_of(settings, SERVICES)
        gateway = gateway_app.build(settings, upstreams=upstreams)

        @asynccontextmanager
        async def open_upstreams() -> AsyncIterator[None]:
            yield
            for upstream in upstreams.values():
                await upstream.close()

        whole = WithLifespan(gateway, open_upstreams)
        limits = Limits(most=connections, per_address=per_address, trusted=settings.trusted_proxies)
        serving.serve(whole, (host, port), gateway.operators, operators, limits)
        return
    service, siblings = _service(_known(name))
    telemetry.configure()

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for close in (*(one.close for one in siblings), service.database.close, service.bus.close):
                stack.push_async_callback(close)
            with starting():
                await service.bus.start()
                await stack.enter_async_context(service.running())
            yield

    whole = WithLifespan(service.app, running)
    serving.serve(whole, (host, port), service.operators, operators, Limits(most=connections))


@app.command()
def demo(
    *,
    data_dir: DataDir = VAR,
    port: Port = 8000,
    keep: Annotated[bool, typer.Option("--keep", help="讲完后系统继续运行,直到按 Ctrl+C")] = False,
    lang: Annotated[Literal["zh", "en"], typer.Option(help="以何种语言讲述 language of the story")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="输出机器可读的结果")] = False,
) -> None:
    """从检索到办结,讲一遍“新生儿出生”;系统未运行时自动启动,讲完停止。"""
    words = LANGUAGES[lang]
    try:
        ended_well = asyncio.run(told.demo(port, data_dir, words, as_json=as_json, keep=keep))
    except (told.NotStarted, SignInRefused, Unexpected, Problem, StartRefused) as failure:
        tell_wrong(words.unfinished.format(why=failure))
        raise typer.Exit(1) from failure
    except asyncio.CancelledError as ended:
        raise typer.Exit(TERMINATED) from ended
    if not ended_well:
        raise typer.Exit(1)


def _require_free(*places: tuple[str, int]) -> None:
    """Say in a sentence, before anything else is done, that a place to listen at is taken."""
    try:
        serving.require_free(*places)
    except serving.PlaceRefused as refused:
        tell_wrong(f"未启动:{refused}")
        raise typer.Exit(serving.NOT_STARTED) from refused


def _service(name: str) -> tuple[Service, Sequence[HttpUpstream]]:
    settings = upkeep.settings_of(SERVICES[name].settings_alone)
    database = Database.open(settings.database_url, pool_size=settings.pool_size, cipher=settings.cipher())
    return suite.single(name, settings, open_bus(settings.bus_url), database)


@app.command()
def migrate(
    name: ServiceName,
    *,
    plan: Annotated[bool, typer.Option("--plan", help="只说将做什么、如何先留副本,不作改动")] = False,
) -> None:
    """把一个服务的数据库升级到最新结构;设置取自环境变量。"""
    service, _ = _service(name)
    told = asyncio.run((upgrades.plan if plan else upgrades.upgrade)(service))
    console.print(told, highlight=False, markup=False, soft_wrap=True)


@city_app.command("check")
def city_check(path: Annotated[Path, typer.Argument(help="城市包目录")] = suite.CITY) -> None:
    """检查城市包,一次指出全部错误,每处注明文件与行号。"""
    pack, warnings = read_pack(path)
    for line in warnings:
        console.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{path}:{len(pack.units)} 个单位、{len(pack.items)} 个事项、{len(pack.matters)} 件事,可以载入")


@city_app.command("load")
def city_load(
    path: Annotated[Path, typer.Argument(help="城市包目录")] = suite.CITY,
    *,
    data_dir: KeptIn = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="城市包中少了过半的事项也照办:少了的一律停办")] = False,
) -> None:
    """检查并载入城市包:内容未变的不重复发布,只改文字的不需要新版本,不再列出的即停办。"""

    async def load() -> list[str]:
        async with upkeep.database_of("catalog", data_dir) as database:
            return await suite.load(database, path, withdraw=withdraw)

    published = asyncio.run(load())
    console.print("\n".join(_loaded(name) for name in published) or "无变化", highlight=False, soft_wrap=True)


DONE = {REWORDED: "文字更新", WITHDRAWN: "停办", RESTORED: "恢复办理"}


def _loaded(name: str) -> str:
    """Return a line of what a load did, in Chinese."""
    done = next((verb for verb in DONE if name.startswith(verb)), "")
    return f"{DONE[done]} {name.removeprefix(done)}" if done else f"已发布 {name}"


@letters_app.command("list")
def letters_list(
    name: ServiceName,
    *,
    data_dir: KeptIn = None,
    everything: Annotated[bool, typer.Option("--all", help="也列出正在重试的")] = False,
) -> None:
    """列出一个服务的死信和等待中的事件,及其原因。"""
    asyncio.run(upkeep.list_parked(console, name, data_dir, everything=everything))


@letters_app.command("show")
def letters_show(name: ServiceName, event_id: EventId, data_dir: KeptIn = None) -> None:
    """查看一条死信的全文与原因。"""
    found = asyncio.run(upkeep.show_parked(name, data_dir, event_id))
    console.print_json(upkeep.pretty(found))


@letters_app.command("redrive")
def letters_redrive(name: ServiceName, event_id: EventId, data_dir: KeptIn = None) -> None:
    """重新处理一条死信,或不再等待所缺的而处理;由运行中的服务执行,效果只有一次。"""
    asyncio.run(upkeep.redrive(name, data_dir, event_id))
    console.print("已交给服务重新处理")


@letters_app.command("discard")
def letters_discard(
    name: ServiceName,
    event_id: EventId,
    reason: Annotated[str, typer.Option(help="为何不处理;记入审计")],
    data_dir: KeptIn = None,
) -> None:
    """放弃一条停放的事件:视为已处理而无效果,同一对象其后的事件得以继续。"""
    asyncio.run(upkeep.discard(name, data_dir, event_id, reason))
    console.print("已放弃")


@events_app.command("republish")
def events_republish(
    name: ServiceName,
    since: Annotated[datetime, typer.Option(help="自何时(北京时间)起发布过的,如 2026-03-01 或 2026-03-01T09:00:00")],
    topic: Annotated[str, typer.Option(help="只限此主题")] = "",
    subject: Annotated[str, typer.Option(help="只限此对象")] = "",
    data_dir: KeptIn = None,
) -> None:
    """把已发布的事件按原编号、原次序再发布一次;已处理过的读者不受影响。"""
    moment = since.replace(tzinfo=since.tzinfo or SHANGHAI)
    asked = upkeep.republish(name, data_dir, moment, topic=topic, subject=subject)
    console.print(f"{name}:{asyncio.run(asked)} 条事件将由运行中的服务再发布一次")


@audit_app.command("verify")
def audit_verify(name: ServiceName, data_dir: KeptIn = None) -> None:
    """重算审计链,指出第一处不符;输出的链头请另行保存。"""
    verdict = asyncio.run(upkeep.verify_audit(name, data_dir))
    if verdict.broken_at is not None:
        console.print(f"{name}:第 {verdict.broken_at} 行起不可信:{verdict.reason}", style="red")
        raise typer.Exit(1)
    waiting = f",另有 {verdict.waiting} 行待入链" if verdict.waiting else ""
    head = f"{verdict.rows}:{verdict.head}"
    console.print(f"{name}:{verdict.rows} 行完整,链头 {head}{waiting}", soft_wrap=True, highlight=False)


@audit_app.command("about")
def audit_about(name: ServiceName, subject: str, data_dir: KeptIn = None) -> None:
    """列出一个服务中提到某标识的全部审计记录:谁、何时、看过或做过什么、为什么。

    intake 按申请编号(标识)查,含列表与检索中出现过的;workflow 的记录按办件或环节的标识查。
    """
    for row in asyncio.run(upkeep.audit_about(name, data_dir, subject)):
        details = {word: value for word, value in row["details"].items() if word != "row"}
        words = f"{row['at']} {row['actor']} {row['action']} {json.dumps(details, ensure_ascii=False)}"
        console.print(words, soft_wrap=True, highlight=False, markup=False)


@keys_app.command("new")
def keys_new() -> None:
    """输出一把新的密钥(32 字节,base64url);数据密钥请在前面加上编号与点,如 k2.…。"""
    console.print(new_secret(), highlight=False, markup=False, soft_wrap=True)


@keys_app.command("redigest")
def keys_redigest(data_dir: KeptIn = None) -> None:
    """更换检索密钥的第二步:各进程都有新旧两把之后,使每件申请用新的一把也查得到;之后可去掉旧的。"""
    done = asyncio.run(rotation.redigest(data_dir))
    console.print(f"intake:{done} 件申请在现有各检索密钥下都可查到")


app.command("due")(deadlines.due_command)
app.command("token")(tokens.token_command)


@app.command()
def bench(
    count: Annotated[int, typer.Option(min=1, help="每轮完整办理多少件")] = 30,
    at_once: Annotated[int, typer.Option(min=1, help="并行多少件")] = 8,
    rounds: Annotated[int, typer.Option(min=1, help="多少轮")] = 3,
    postgresql: Annotated[str, typer.Option(help="另在此 PostgreSQL 上测量(postgresql://…,须可建库)")] = "",
    kafka: Annotated[str, typer.Option(help="与 --postgresql 一起给出:kafka://host:port")] = "",
) -> None:
    """测量:每秒办结多少件、中继多快、网关占多少;给出服务器地址则两种后端交替测量。"""
    if bool(postgresql) != bool(kafka):
        raise typer.BadParameter("--postgresql 与 --kafka 须一起给出")
    telemetry.configure(level="ERROR")
    servers = (postgresql, kafka) if postgresql else None
    asyncio.run(measures.bench(console, count=count, at_once=at_once, rounds=rounds, servers=servers))
