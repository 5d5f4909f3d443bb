"""`yiwang audit`: holds the audit chain together, and says what it tells of somebody."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from yiwang import upkeep
from yiwang.commands.options import KeptIn, ServiceName
from yiwang.terminal import console

HeadsFile = Annotated[Path | None, typer.Option("--heads", help="另行保存的已签名链头(JSON 行),由首个链头起")]
HeadKey = Annotated[Path | None, typer.Option("--head-key", help="链头公钥(JWK 或 JWK 集);缺省为该服务自己的")]
app = typer.Typer(help="审计链:核对是否被改动。", no_args_is_help=True)


@app.command("verify")
def audit_verify(name: ServiceName, data_dir: KeptIn = None, heads: HeadsFile = None, head_key: HeadKey = None) -> None:
    """重算审计链,指出第一处不符;签名链头的服务另核对每个链头的签名、次序与所指的行。

    只有以另行保存的链头核对,才能发现末尾被截去、整个库被回退。没有签名链头的服务,请另行保存输出的链头。
    """
    given = upkeep.HeadsGiven(heads, head_key)
    verdict, judged = asyncio.run(upkeep.verify_audit(name, data_dir, given))
    if verdict.broken_at is not None:
        console.print(f"{name}:第 {verdict.broken_at} 行起不可信:{verdict.reason}", style="red")
        raise typer.Exit(1)
    if differs := asyncio.run(upkeep.reconciled(name, data_dir)):
        console.print(f"{name}:审计链完整,但查询留痕与其不符:{differs}", style="red", soft_wrap=True)
        raise typer.Exit(1)
    waiting = f",另有 {verdict.waiting} 行待入链" if verdict.waiting else ""
    head = f"{verdict.rows}:{verdict.head}"
    console.print(f"{name}:{verdict.rows} 行完整,链头 {head}{waiting}", soft_wrap=True, highlight=False)
    if judged is not None:
        behind = f",文件缺最后 {judged.behind} 个" if judged.behind else ""
        console.print(f"{name}:已签名链头 {judged.last} 个,均与审计链相符{behind}", soft_wrap=True, highlight=False)


@app.command("about")
def audit_about(name: ServiceName, subject: str, data_dir: KeptIn = None) -> None:
    """列出一个服务中提到某标识的全部审计记录:谁、何时、看过或做过什么、为什么。

    intake 按申请编号(标识)查,含列表与检索中出现过的;workflow 的记录按办件或环节的标识查。
    """
    for row in asyncio.run(upkeep.audit_about(name, data_dir, subject)):
        details = {word: value for word, value in row["details"].items() if word != "row"}
        words = f"{row['at']} {row['actor']} {row['action']} {json.dumps(details, ensure_ascii=False)}"
        console.print(words, soft_wrap=True, highlight=False, markup=False)
