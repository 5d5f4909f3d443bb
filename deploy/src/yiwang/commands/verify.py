"""`yiwang verify`: judges a sealed file, alone: without a database, a service or a network."""

import asyncio
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rich.markup import escape
from sealing.answers import told
from sealing.limits import Busy, Judges
from sealing.verdict import Outcome, Trust, Verdict
from typer.core import TyperCommand

from yiwang.terminal import console, machine_readable, tell_wrong

NOT_JUDGED = 64
"""The exit code where nothing was judged: no such file, no such certificate, wrongly written; 2 has another meaning."""
LARGEST = 100 * 2**20
CODES = {Outcome.VALID: 0, Outcome.INVALID: 1, Outcome.INDETERMINATE: 2}
WORDS = {
    Outcome.VALID: ("有效", "green"),
    Outcome.INVALID: ("无效", "red"),
    Outcome.INDETERMINATE: ("未能确认", "yellow"),
}
KINDS = {"seal": "签章", "timestamp": "时间戳"}
BEIJING = timezone(timedelta(hours=8))
app = typer.Typer(add_completion=False)


class _Judging(TyperCommand):
    """A command for which 2 is an answer: what is wrongly written ends with another code."""

    def make_context(self, *given: Any, **options: Any) -> Any:
        """Read the words of the command."""
        try:
            return super().make_context(*given, **options)
        except Exception as wrong:
            if hasattr(wrong, "exit_code") and wrong.exit_code == 2:
                wrong.exit_code = NOT_JUDGED
            raise


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text} 不是时间,应如 2026-11-20T10:00+08:00") from wrong
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)


def _roots(place: str) -> tuple[bytes, ...]:
    try:
        text = Path(place).read_bytes()
        read = (
            x509.load_pem_x509_certificates(text) if b"-----BEGIN" in text else [x509.load_der_x509_certificate(text)]
        )
    except (OSError, ValueError) as wrong:
        raise typer.BadParameter(f"{place} 不是证书文件(PEM)") from wrong
    return tuple(one.public_bytes(Encoding.DER) for one in read)


@app.command(cls=_Judging, epilog="退出码:0 有效;1 无效;2 未能确认(签章完好,签章人身份未能确认);64 没有核验成。")
def verify(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="盖章的文件")
    ],
    *,
    trust: Annotated[
        list[Any] | None,
        typer.Option("--trust", parser=_roots, metavar="PEM", help="可信的根证书,可多次给;不给则至多为未能确认"),
    ] = None,
    at: Annotated[
        Any, typer.Option("--at", parser=_time, metavar="TIME", help="按何时核验,如 2026-11-20T10:00;不给则为现在")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出机器可读的结果")] = False,
) -> None:
    """核验盖章的文件:是否盖章之后未被改动、是谁盖的、何时盖的。不需要数据库、服务与网络。"""
    roots = tuple(root for given in trust or () for root in given)
    try:
        verdict = asyncio.run(_judged(file, Trust(roots, at)))
    except (OSError, Busy) as failure:
        tell_wrong(f"没有核验:{failure or '这台机器太忙,请稍后再试'}")
        raise typer.Exit(NOT_JUDGED) from failure
    if as_json:
        typer.echo(machine_readable(told(verdict)))
    else:
        _tell(file, verdict, rooted=bool(roots))
    raise typer.Exit(CODES[verdict.verdict])


async def _judged(place: Path, trust: Trust) -> Verdict:
    file = os.open(place, os.O_RDONLY)
    try:
        if os.fstat(file).st_size > LARGEST:
            raise OSError(f"文件超过 {LARGEST // 2**20} MB")
        async with Judges() as judges:
            return await judges.judge(file, trust)
    finally:
        os.close(file)


def _tell(file: Path, verdict: Verdict, *, rooted: bool) -> None:
    word, colour = WORDS[verdict.verdict]
    console.print(
        f"[bold {colour}]{word}[/] {escape(file.name)}:{escape(verdict.reason)}", highlight=False, soft_wrap=True
    )
    for one in verdict.signatures:
        when = one.signed_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if one.signed_at else "时间不明"
        words = f"  {KINDS.get(one.kind, one.kind)} {one.field} {one.signer or '签章人不明'} {when}"
        console.print(escape(words), highlight=False, soft_wrap=True)
    for check in verdict.checks:
        mark = "[green]√[/]" if check.passed else "[red]×[/]"
        console.print(f"  {mark} {escape(check.detail)}", highlight=False, soft_wrap=True)
    if not rooted:
        console.print("  没有给可信的根证书(--trust),所以不能确认签章人的身份。", highlight=False)
