"""A token for who writes an app, from the development identity provider of a running suite."""

import json
from pathlib import Path

import pytest
from chassis.http.asgi import Receive, Scope, Send
from chassis.http.upstream import call
from gateway.development.provider import people
from typer.testing import CliRunner
from yiwang.main import app
from yiwang.refusals import NotReady
from yiwang.suite import embedded
from yiwang.tokens import as_json, curl, person_of, token_of

URL = "http://127.0.0.1:1"
RUNNER = CliRunner()


async def test_a_developer_gets_a_token_that_opens_what_its_person_may(tmp_path: Path) -> None:
    suite = embedded(tmp_path, public_url=URL)
    async with suite.running():
        for name, path, status in (
            ("dev-citizen", "drafts", 200),
            ("测试市民三级", "tasks", 403),
            ("公安局审批", "tasks", 200),
        ):
            token = await token_of(person_of(name), suite.gateway, URL)
            headers = {"authorization": f"Bearer {token}"}
            assert (await call(suite.gateway, "GET", f"/api/v1/{path}", headers=headers)).status == status
        for person in people():
            token = await token_of(person, suite.gateway, URL)
            assert as_json(person, token, URL)["access_token"] == token
            line = curl(URL, token, person)
            assert f"Authorization: Bearer {token}'" in line
            reply = await call(
                suite.gateway, "GET", line.rpartition(URL)[2], headers={"authorization": f"Bearer {token}"}
            )
            assert reply.status == 200, person.subject


async def nothing_of_ours(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


async def test_a_suite_without_development_provider_is_told_apart() -> None:
    with pytest.raises(NotReady, match="不是嵌入式的一网"):
        await token_of(person_of("dev-citizen"), nothing_of_ours, URL)


@pytest.mark.parametrize(
    ("asked", "said", "lines"), [("市民", "不止一人", 6), ("张三", "没有测试人员", 1 + len(people()))]
)
def test_a_name_that_is_not_one_persons_is_answered_with_whom_there_is(asked: str, said: str, lines: int) -> None:
    with pytest.raises(NotReady) as told:
        person_of(asked)
    assert (said in str(told.value), len(str(told.value).splitlines())) == (True, lines)


def test_who_asks_for_nobody_sees_all_persons() -> None:
    result = RUNNER.invoke(app, ["token"])
    assert (result.exit_code, all(one.subject in result.stdout for one in people())) == (0, True)


@pytest.mark.enable_socket
def test_where_nothing_runs_a_sentence_says_so_on_standard_error(places: list[str]) -> None:
    result = RUNNER.invoke(app, ["token", "dev-citizen", "--plain", *places[:2]])
    assert (result.exit_code, result.stdout, "请先 make run" in result.stderr) == (1, "", True)
    assert "Traceback" not in json.dumps(result.output)
