"""`yiwang token`: a test person's token from a running suite's development identity provider, for who writes an app."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from chassis.base.problems import Problem
from chassis.http.asgi import App
from chassis.http.upstream import HttpUpstream, call
from gateway.app import DEVELOPMENT_PATH
from gateway.development.flow import sign_in
from gateway.development.provider import TOKEN_SECONDS, Person, people

from yiwang.demo import DEFAULT_PORT, url_of
from yiwang.refusals import NotReady
from yiwang.terminal import machine_readable, tell

PATIENCE = 30.0
"""Seconds for an answer; a suite that is busy is slow."""


def person_of(asked: str) -> Person:
    """Return the test person of a subject, a name, or a part of either. Raises NotReady, which lists whom there is."""
    known = people()
    found = [one for one in known if asked in {one.subject, one.name}] or [
        one for one in known if asked in one.subject or asked in one.name
    ]
    if len(found) == 1:
        return found[0]
    said = f"“{asked}”不止一人" if found else f"没有测试人员“{asked}”"
    raise NotReady("\n".join([f"{said},可用:", *listed(found)]))


def listed(persons: Sequence[Person] = ()) -> list[str]:
    """Return a line for each of these persons, or of all."""
    return [f"  {one.subject:<20}{one.name}" for one in persons or people()]


async def token_of(person: Person, gateway: App, url: str) -> str:
    """Sign a person in at a running suite, by authorization code with PKCE. Raises NotReady, SignInRefused."""
    try:
        reply = await call(gateway, "GET", f"{DEVELOPMENT_PATH}/jwks", within=PATIENCE)
        if reply.status == 200:
            return await sign_in(gateway, person.subject)
    except Problem as out:
        raise NotReady(f"{url} 没有应答;请先 make run,端口不是 8000 时给出 --port") from out
    raise NotReady(f"{url} 答话的不是嵌入式的一网,没有开发用身份提供方;令牌请向它的身份提供方(OIDC)申请")


async def _ask(person: Person, url: str) -> str:
    gateway = HttpUpstream(url)
    try:
        return await token_of(person, gateway, url)
    finally:
        await gateway.close()


def curl(url: str, token: str, person: Person) -> str:
    """Return a line that tries a token out: a reviewer's tasks, or the matters that citizens can have done."""
    path = "tasks" if "reviewer" in person.claims.get("roles", ()) else "matters"
    return f"curl -H 'Authorization: Bearer {token}' {url}/api/v1/{path}"


def as_json(person: Person, token: str, url: str) -> dict[str, Any]:
    """Return the token for machines, as RFC 6749 §5.1 names it, and whose it is."""
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return {**answer, "subject": person.subject, "curl": curl(url, token, person)}


app = typer.Typer()


@app.command()
def token_command(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="测试人员的代号、姓名或其一部分;不给则全部列出")] = "",
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="系统所在的端口")] = DEFAULT_PORT,
    plain: Annotated[bool, typer.Option("--plain", help="只输出令牌,供脚本使用")] = False,
    as_machine: Annotated[bool, typer.Option("--json", help="输出机器可读的结果")] = False,
) -> None:
    """取一个测试人员的访问令牌(一小时有效),供开发应用时使用;系统须已在运行(make run)。"""
    if not person:
        tell("测试人员:", *listed())
        return
    whose, url = person_of(person), url_of(port)
    token = asyncio.run(_ask(whose, url))
    if as_machine:
        typer.echo(machine_readable(as_json(whose, token, url)))
    elif plain:
        typer.echo(token)
    else:
        tell(f"{whose.name}({whose.subject})的令牌,一小时内有效,只供开发,不得用于生产:")
        typer.echo(f"{token}\n")
        tell("试一试:")
        typer.echo(curl(url, token, whose))
