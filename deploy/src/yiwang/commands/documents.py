"""`yiwang documents`: what operators have done to sealed documents."""

import asyncio
from typing import Annotated

import typer

from yiwang import lasting
from yiwang.commands.options import KeptIn
from yiwang.terminal import console

app = typer.Typer(help="已签章的文书:附上长期验证资料。", no_args_is_help=True)
DocumentId = Annotated[str, typer.Argument(metavar="DOCUMENT_ID", help="文书编号")]


@app.callback()
def documents() -> None:
    """已签章的文书:附上长期验证资料。"""


@app.command("extend")
def documents_extend(document_id: DocumentId, data_dir: KeptIn = None) -> None:
    """为一份文书附上证书与吊销列表(PAdES B-LT),由运行中的 esign 去做;再次要求不变。"""
    if asyncio.run(lasting.extend_document(data_dir, document_id)):
        console.print("已交给 esign 去做;没有做成的,原因见 yiwang outgoing list esign")
    else:
        console.print("这份文书已附有长期验证资料")
