"""`yiwang keys`: makes a key, and makes all findable under a new one."""

import asyncio

import typer
from chassis.settings import new_secret

from yiwang import rotation
from yiwang.commands.options import KeptIn
from yiwang.terminal import console

app = typer.Typer(help="密钥:新造一把、更换检索密钥。", no_args_is_help=True)


@app.command("new")
def keys_new() -> None:
    """输出一把新的密钥(32 字节,base64url);数据密钥请在前面加上编号与点,如 k2.…。"""
    console.print(new_secret(), highlight=False, markup=False, soft_wrap=True)


@app.command("redigest")
def keys_redigest(data_dir: KeptIn = None) -> None:
    """更换检索密钥的第二步:各进程都有新旧两把之后,使每件申请用新的一把也查得到;之后可去掉旧的。"""
    done = asyncio.run(rotation.redigest(data_dir))
    console.print(f"intake:{done} 件申请在现有各检索密钥下都可查到")
