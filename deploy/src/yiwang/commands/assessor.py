"""`yiwang assessor`: for third-party assessors, on their own machine: a key, and signed findings and withdrawals.

The private key stays in the file that it was made into; what is printed is for the city, or for the request.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from chassis.http.identity import new_key
from evaluation_svc.domain.assessor_findings import FINDING_TYPE, WITHDRAWAL_TYPE, sign
from evaluation_svc.schemas.assessor_findings import FindingFacts, FindingWithdrawalFacts
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from yiwang.refusals import NotReady
from yiwang.terminal import console

app = typer.Typer(help="第三方评估机构:在本机造签名密钥,给评估结果和撤回签名。", no_args_is_help=True)
KeyFile = Annotated[Path, typer.Option("--key", help="机构的私钥文件,不要交给任何人")]


@app.command("new-key")
def assessor_new_key(key: KeyFile) -> None:
    """新造一把签名密钥,私钥写入文件(已有的文件不覆盖);输出公钥,交市政务办登记在 assessors.yaml。"""
    made = new_key()
    try:
        handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as there:
        raise NotReady(f"{key} 已存在,不覆盖") from there
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(made.as_dict(private=True), file)
    _print({name: made.as_dict(private=False)[name] for name in ("kty", "crv", "x")})


@app.command("sign")
def assessor_sign(
    statement: Annotated[Path, typer.Argument(help="评估结果或撤回,JSON 文件;有 reason 的是撤回")], key: KeyFile
) -> None:
    """核对一份评估结果或撤回并签名;输出的 JSON 就是 POST /findings 或 …/withdrawals 的请求内容。"""
    said = _read(statement)
    is_withdrawal = isinstance(said, dict) and "reason" in said
    model = FindingWithdrawalFacts if is_withdrawal else FindingFacts
    try:
        told = model.model_validate_json(json.dumps(said)).model_dump(mode="json")
    except ValueError as unfit:
        raise NotReady(f"{statement}:{unfit}") from unfit
    signature = sign(told, _key(key), WITHDRAWAL_TYPE if is_withdrawal else FINDING_TYPE)
    known = {name: value for name, value in told.items() if value is not None}
    _print({"withdrawal" if is_withdrawal else "finding": known, "signature": signature})


def _key(file: Path) -> OKPKey:
    try:
        key = OKPKey.import_key(_read(file))
    except (JoseError, ValueError, KeyError, TypeError) as wrong:
        raise NotReady(f"{file} 不是密钥") from wrong
    if not key.is_private:
        raise NotReady(f"{file} 是公钥,签名要用私钥")
    return key


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as unreadable:
        raise NotReady(f"读不了 {file}:应为 JSON 文件") from unreadable


def _print(told: Any) -> None:
    console.print(json.dumps(told, ensure_ascii=False, indent=2), highlight=False, markup=False, soft_wrap=True)
