"""A service asks another in its own name: directly where each has a process, and never through the gateway."""

import json
from pathlib import Path

import pytest
from chassis.base.clock import SystemClock
from chassis.http.identity import HEADER, ServiceSigner
from chassis.http.upstream import HttpUpstream, UpstreamUnavailable, call
from chassis.settings import signing_key
from esign_svc.siblings import application_facts
from harness import Running
from yiwang import journey

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.asyncio(loop_scope="session")]


def esign_of(suite: Running) -> ServiceSigner:
    """Return what signs for esign, with the key that this run gave it."""
    file = Path(suite.database("esign").removeprefix("sqlite+aiosqlite:///")).with_name("keys.json")
    told = suite.environment.get("ESIGN_SERVICE_KEY") or json.loads(file.read_text())["esign_service_key"]
    return ServiceSigner("esign", signing_key(json.loads(told)), SystemClock())


async def test_a_service_is_told_by_the_sibling_it_asks_and_by_nobody_at_the_gateway(suite: Running) -> None:
    cast = await suite.cast()
    application = await journey.submit(cast.citizen, await journey.draft(cast.citizen))
    application_id, esign = application["application_id"], esign_of(suite)
    path = f"/api/v1/applications/{application_id}/facts"
    query, word = {"purpose": "letter"}, {HEADER: esign.vouch("intake")}
    for headers in (word, {"authorization": f"Bearer {word[HEADER]}"}, {}):
        assert (await call(suite.gateway, "GET", path, query=query, headers=headers)).status == 404
    if suite.mode == "embedded":  # no address leads to intake
        return
    intake = HttpUpstream(suite.environment["ESIGN_INTAKE_URL"])
    try:
        facts = await application_facts(intake, esign.vouch, application_id, purpose="letter", elements=["child_name"])
        assert facts.fields == {"child_name": application["form"]["child_name"]}
        with pytest.raises(UpstreamUnavailable, match="401"):
            await application_facts(intake, lambda _: esign.vouch("workflow"), application_id, purpose="letter")
    finally:
        await intake.close()
