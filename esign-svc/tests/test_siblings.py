"""Esign asks its siblings in its own name; an answer that is none is asked for again, and is not in the log."""

import json
from pathlib import Path
from typing import Any

import pytest
from chassis.http.asgi import App, Receive, Scope, Send, header
from chassis.http.identity import HEADER, Kind, PrincipalVerifier
from chassis.http.upstream import UpstreamUnavailable
from chassis.service import Service
from chassis.testing.builders import ManualClock
from esign_svc.handlers import Esign
from esign_svc.siblings import application_facts, decision
from joserfc.jwk import OKPKey

FACTS, DECISION = (
    json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")) for name in ("facts", "decision")
)


class Sibling:
    """A sibling that answers one thing, and notes how it was asked."""

    def __init__(self, answer: Any, status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.asked: list[tuple[str, str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.asked.append((scope["path"], scope["query_string"].decode(), header(scope, HEADER.encode())))
        raw = json.dumps(self.answer).encode()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": raw})


@pytest.fixture
def esign(service: Service) -> Esign:
    collaborators: Esign = service.api.state.collaborators
    return collaborators


async def ask(esign: Esign, app: App) -> Any:
    return await application_facts(app, esign.vouch, "a1", purpose="letter", elements=["b", "a", "b"])


async def test_facts_and_decisions_are_read_as_they_are_told(esign: Esign) -> None:
    facts = await ask(esign, Sibling(FACTS))
    assert json.loads(facts.model_dump_json()) == FACTS
    told = await decision(Sibling(DECISION), esign.vouch, "t1", purpose="licence")
    assert json.loads(told.model_dump_json()) == DECISION


async def test_each_sibling_is_asked_in_esigns_name_and_the_word_is_good_there_alone(
    esign: Esign, service_key: OKPKey, gateway_key: OKPKey, clock: ManualClock
) -> None:
    intake, workflow = Sibling(FACTS), Sibling(DECISION)
    await ask(esign, intake)
    await decision(workflow, esign.vouch, "t1", purpose="licence")
    assert [one[:2] for one in intake.asked] == [("/api/v1/applications/a1/facts", "purpose=letter&elements=a%2Cb")]
    assert [one[:2] for one in workflow.asked] == [("/api/v1/tasks/t1/decision", "purpose=licence")]
    for name, sibling in (("intake", intake), ("workflow", workflow)):
        verifier = PrincipalVerifier([gateway_key], clock, name=name, callers={"esign": [service_key]})
        principal = verifier.verify(sibling.asked[0][2])
        assert (principal.subject, principal.kind) == ("esign", Kind.SERVICE)


@pytest.mark.parametrize(
    ("answer", "status"), [(FACTS, 401), (FACTS, 404), (FACTS, 503), ({**FACTS, "unit": None}, 200), ([], 200)]
)
async def test_an_answer_that_is_none_is_to_be_asked_for_again(esign: Esign, answer: Any, status: int) -> None:
    with pytest.raises(UpstreamUnavailable) as refused:
        await ask(esign, Sibling(answer, status))
    assert FACTS["applicant_name"] not in f"{refused.value.detail} {refused.value.__cause__}"
