"""`yiwang audit`: holds the audit chain together, and says what it tells of somebody."""

import asyncio
import json

import typer

from yiwang import upkeep
from yiwang.commands.options import KeptIn, ServiceName
from yiwang.terminal import console

app = typer.Typer(help="审计链:核对是否被改动。", no_args_is_help=True)


@app.command("verify")
def audit_verify(name: ServiceName, data_dir: KeptIn = None) -> None:
    """重算审计链,指出第一处不符;输出的链头请另行保存。"""
    verdict = asyncio.run(upkeep.verify_audit(name, data_dir))
    if verdict.broken_at is not None:
        console.print(f"{name}:第 {verdict.broken_at} 行起不可信:{verdict.reason}", style="red")
        raise typer.Exit(1)
    waiting = f",另有 {verdict.waiting} 行待入链" if verdict.waiting else ""
    head = f"{verdict.rows}:{verdict.head}"
    console.print(f"{name}:{verdict.rows} 行完整,链头 {head}{waiting}", soft_wrap=True, highlight=False)


@app.command("about")
def audit_about(name: ServiceName, subject: str, data_dir: KeptIn = None) -> None:
    """列出一个服务中提到某标识的全部审计记录:谁、何时、看过或做过什么、为什么。

    intake 按申请编号(标识)查,含列表与检索中出现过的;workflow 的记录按办件或环节的标识查。
    """
    for row in asyncio.run(upkeep.audit_about(name, data_dir, subject)):
        details = {word: value for word, value in row["details"].items() if word != "row"}
        words = f"{row['at']} {row['actor']} {row['action']} {json.dumps(details, ensure_ascii=False)}"
        console.print(words, soft_wrap=True, highlight=False, markup=False)
