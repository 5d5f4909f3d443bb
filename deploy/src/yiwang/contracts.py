"""`yiwang contracts`: writes the contracts from the code, holds them to it, freezes a version."""

from pathlib import Path
from typing import Annotated

import typer
from chassis.contracts import documents, released

from gateway import me
from yiwang import suite
from yiwang.terminal import console

BESIDE = [me.build()]
"""What has a contract and is no service: the gateway's own operations."""
app = typer.Typer(help="契约:由代码写出与核对。", no_args_is_help=True)


@app.command("write")
def contracts_write(folder: Annotated[Path, typer.Argument(help="契约目录")] = suite.CONTRACTS) -> None:
    """由代码写出 OpenAPI、事件 Schema 与 AsyncAPI。"""
    changed = documents.write(suite.described(), folder, BESIDE)
    console.print("\n".join(f"已写出 {path}" for path in changed) or "契约无变化")


@app.command("check")
def contracts_check(folder: Annotated[Path, typer.Argument(help="契约目录")] = suite.CONTRACTS) -> None:
    """核对契约与代码一致,已发布的版本原样未动,且没有破坏它们。"""
    _require_written(folder)
    if breaking := released.findings(folder, documents.documents(suite.described(), BESIDE)):
        console.print("\n".join(f"破坏已发布的契约:{one}" for one in breaking), style="red", markup=False)
        raise typer.Exit(1)
    console.print("契约与代码一致")


def _require_written(folder: Path) -> None:
    changed = documents.differences(suite.described(), folder, BESIDE)
    if changed:
        console.print("\n".join(f"与代码不一致:{path}" for path in changed), style="red")
        console.print("请运行 make contracts 并提交")
        raise typer.Exit(1)


@app.command("release")
def contracts_release(
    version: Annotated[str, typer.Argument(help="版本,如 1.1.0;须与契约自称的一致")],
    folder: Annotated[Path, typer.Argument(help="契约目录")] = suite.CONTRACTS,
) -> None:
    """冻结一版契约,此后任何改动都与它比对;已发布的不可改写。"""
    _require_written(folder)
    try:
        target = released.release(folder, documents.documents(suite.described(), BESIDE), version)
    except released.NotReleasable as reason:
        console.print(str(reason), style="red", markup=False)
        raise typer.Exit(1) from reason
    console.print(f"已冻结 {target}")
