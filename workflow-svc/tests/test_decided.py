"""A service that makes papers is told a decision, in its own name, for a purpose, and each look is recorded."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.http.identity import HEADER, ServiceSigner
from chassis.http.upstream import Reply
from chassis.service import Service
from chassis.testing.builders import citizen, reviewer
from chassis.testing.client import Client, appended
from workflow_svc import store

Tasks = Callable[[str], Awaitable[dict[str, store.Record]]]
Accept = Callable[..., Awaitable[str]]
Decide = Callable[..., Awaitable[Reply]]
Audited = Callable[[], Awaitable[list[Any]]]
Ask = Callable[..., Awaitable[Reply]]
ABSENT = "01900000-0000-7000-9000-999999999999"
LETTER = {"purpose": "letter"}


@pytest.fixture
def ask(api: Client, speaker: ServiceSigner) -> Ask:
    """Ask for a decision as esign does."""

    async def decision(task_id: str, **query: str) -> Reply:
        path = f"/api/v1/tasks/{task_id}/decision"
        return await api.get(path, by=None, query=query, headers={HEADER: speaker.vouch("workflow")})

    return decision


@pytest.mark.parametrize(("outcome", "words"), [("grant", "予以办理"), ("refuse", "不予办理")])
async def test_a_decision_is_told_with_its_words_and_what_its_unit_wrote(
    city: None, accept: Accept, tasks: Tasks, decide: Decide, ask: Ask, outcome: str, words: str
) -> None:
    case_id = await accept()
    told = (await decide(case_id, "certificate", outcome, by=reviewer("reviewer-7", unit="U23"))).json()
    reply = await ask(told["task_id"], **LETTER)
    assert reply.status == 200, reply.body
    decision = reply.json()
    same = [
        *("task_id", "case_id", "application_id", "application_number", "matter_code", "task_key", "name", "item"),
        *("unit", "unit_name", "reason", "basis", "remedies", "decided_at", "decision"),
    ]
    assert {name: decision[name] for name in same} == {name: told[name] for name in same}
    assert (decision["outcome"], decision["decision"], decision["decided_by"]) == (told["state"], words, "reviewer-7")
    assert decision["result"] == {"name": "结果 certificate", "type": "证照"}
    assert bool(decision["remedies"]) is (outcome == "refuse")


async def test_each_look_of_a_service_is_recorded_with_its_purpose_and_no_word_of_the_reason(
    city: None, accept: Accept, tasks: Tasks, decide: Decide, ask: Ask, audited: Audited
) -> None:
    case_id = await accept()
    await decide(case_id, "certificate", "refuse", reason="其母测试母亲已另行办理")
    task_id = (await tasks(case_id))["certificate"]["task_id"]
    before = len(await audited())
    assert (await ask(task_id, purpose="licence")).status == 200
    (row,) = (await audited())[before:]
    assert (row.actor, row.action, row.subject) == ("esign", "task.decision_read", task_id)
    details = json.loads(row.details)
    assert (details["purpose"], details["case_id"], details["caller"]) == ("licence", case_id, "esign")
    assert "测试母亲" not in row.details


@pytest.mark.parametrize("query", [{}, {"purpose": "curiosity"}, {**LETTER, "more": "1"}], ids=str)
async def test_without_a_purpose_of_the_list_nothing_is_told_or_recorded(
    city: None, accept: Accept, tasks: Tasks, decide: Decide, ask: Ask, audited: Audited, query: dict[str, str]
) -> None:
    case_id = await accept()
    await decide(case_id, "certificate")
    before = len(await audited())
    assert (await ask((await tasks(case_id))["certificate"]["task_id"], **query)).status == 422
    assert len(await audited()) == before


async def test_what_is_not_decided_or_not_there_reads_as_absent(
    city: None, accept: Accept, tasks: Tasks, ask: Ask
) -> None:
    found = await tasks(await accept())
    for task_id in (found["certificate"]["task_id"], found["registration"]["task_id"], ABSENT):
        reply = await ask(task_id, **LETTER)
        assert (reply.status, reply.json()["code"]) == (404, "decision_not_found")


async def test_nobody_else_is_told_not_even_the_unit_that_decided(
    city: None, accept: Accept, tasks: Tasks, decide: Decide, api: Client, speaker: ServiceSigner
) -> None:
    case_id = await accept()
    await decide(case_id, "certificate")
    path = f"/api/v1/tasks/{(await tasks(case_id))['certificate']['task_id']}/decision"
    for by in (citizen(), reviewer(unit="U23")):
        assert (await api.get(path, by=by, query=LETTER)).status == 403
    for_another = {HEADER: speaker.vouch("intake")}
    assert (await api.get(path, by=None, query=LETTER, headers=for_another)).status == 401


async def test_the_decision_is_told_with_who_decided(
    city: None, accept: Accept, decide: Decide, service: Service
) -> None:
    await decide(await accept(), "certificate", by=reviewer("reviewer-7", unit="U23"))
    (told,) = await appended(service.database, "workflow.task.decided")
    assert told["data"]["decided_by"] == "reviewer-7"
