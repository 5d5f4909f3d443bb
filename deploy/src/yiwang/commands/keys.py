"""`yiwang keys`: makes a key, and makes all findable under a new one."""

import asyncio
import json
from typing import Annotated

import typer
from chassis.http.identity import new_key
from chassis.settings import new_secret

from yiwang import rotation, upkeep
from yiwang.commands.options import KeptIn, ServiceName
from yiwang.services import SERVICES, callers_of
from yiwang.terminal import console

app = typer.Typer(help="密钥:新造一把、更换检索密钥。", no_args_is_help=True)


@app.command("new")
def keys_new() -> None:
    """输出一把新的密钥(32 字节,base64url);数据密钥请在前面加上编号与点,如 k2.…。"""
    console.print(new_secret(), highlight=False, markup=False, soft_wrap=True)


@app.command("service")
def keys_service(name: ServiceName) -> None:
    """新造一把服务密钥:输出本服务的私钥,与它以自身名义询问的各服务须列出的公钥;更换期间两把公钥同时列出。"""
    asked = [one for one in SERVICES[name].siblings if name in callers_of(one)]
    if not asked:
        raise typer.BadParameter(f"{name} 不以自身名义询问其他服务,不用服务密钥")
    key = new_key()
    public = json.dumps({"keys": [{**key.as_dict(private=False), "kid": name}]})
    lines = [f"{name.upper()}_SERVICE_KEY='{json.dumps(key.as_dict(private=True))}'"]
    lines += [f"{one.upper()}_CALLER_KEYS='{public}'" for one in asked]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


@app.command("heads")
def keys_heads(name: ServiceName, data_dir: KeptIn = None) -> None:
    """输出一个服务链头的公钥(JWK 集),交给在系统之外核对链头的人。"""
    found = upkeep.head_keys(name, data_dir, None)
    if not found:
        raise typer.BadParameter(f"{name} 不签名链头,或没有链头密钥")
    told = json.dumps({"keys": [key.as_dict(private=False) for key in found]})
    console.print(told, highlight=False, markup=False, soft_wrap=True)


@app.command("redigest")
def keys_redigest(
    name: Annotated[str, typer.Argument(help=f"服务:{'、'.join(rotation.REDIGESTS)};缺省为全部")] = "",
    data_dir: KeptIn = None,
) -> None:
    """更换检索密钥的第二步:各进程都有新旧两把之后,使每件申请、每个人用新的一把也查得到;之后可去掉旧的。"""
    if name and name not in rotation.REDIGESTS:
        raise typer.BadParameter(f"{name} 不按人检索")
    for one in [name] if name else rotation.REDIGESTS:
        done = asyncio.run(rotation.redigest(one, data_dir))
        console.print(f"{one}:{done} 条在现有各检索密钥下都可查到")
