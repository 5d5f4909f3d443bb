"""What follows a matter, in both modes: its rating, the loop of a bad one, the figures, a letter under seal."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any

import pytest
from chassis.base.clock import local
from chassis.data.database import Database
from evaluation_svc.domain.letters import LetterKind
from evaluation_svc.handlers.letters import draft_letter
from harness import Running
from yiwang import journey, papers
from yiwang.demo_rating import EVALUATOR, HEAD, OPINION, RECTIFIER, SECOND, STEPS
from yiwang.journey import Actor, Cast, Unexpected

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.asyncio(loop_scope="session")]
LATE = ("nothing_to_rate", "not_finished")


async def until(look: Callable[[], Awaitable[Any]], *, seconds: float = 120.0) -> Any:
    """Look again and again until there is something; nothing is what comes too late."""
    ends = monotonic() + seconds
    while not (found := await look()) and monotonic() < ends:
        await asyncio.sleep(0.2)
    assert found
    return found


async def finished(cast: Cast) -> str:
    """Let a matter come to its end; return its application."""
    application = await journey.submit(cast.citizen, await journey.draft(cast.citizen))
    await journey.accept(cast.clerk, application["application_id"])
    async for _ in journey.work_through(cast, application):
        pass
    return str(application["application_id"])


async def rated(citizen: Actor, application_id: str) -> Any:
    """Rate a matter, once its end has come to who takes ratings."""

    async def given() -> Any:
        try:
            return await citizen.post("/ratings", {"application_id": application_id, **OPINION}, key=application_id)
        except Unexpected as early:
            if any(word in str(early) for word in LATE):
                return None
            raise

    return await until(given)


async def test_a_bad_rating_is_answered_rated_again_and_counted_once(suite: Running) -> None:
    cast = await suite.cast()
    people = {name: await suite.actor(name) for name in (HEAD, RECTIFIER, EVALUATOR)}
    application_id = await finished(cast)
    rating = await rated(cast.citizen, application_id)
    with pytest.raises(Unexpected, match="already_rated"):
        await cast.citizen.post("/ratings", {"application_id": application_id, **OPINION})

    async def opened() -> Any:
        listed = (await cast.citizen.get("/me/rectifications"))["items"]
        return next((one for one in listed if one["rating_id"] == rating["rating_id"]), None)

    path = f"/rectifications/{(await until(opened))['rectification_id']}"
    for name, body in STEPS:
        await people[name].post(f"{path}/steps", body)
    whole = await people[HEAD].get(path)
    assert (whole["state"], whole["outcome"]) == ("CLOSED", "FIXED")
    assert (await opened())["answer"]
    assert rating["rating_id"] not in str(whole)
    second = await cast.citizen.post(f"/ratings/{rating['rating_id']}/second", SECOND)
    assert (second["number"], second["level"]) == (2, "SATISFIED")

    for measure in ("cases_closed", "bad_ratings", "rectifications_closed", "ratings_second"):
        assert await until(partial(counted, people[EVALUATOR], measure, application_id)) == [1]


async def counted(evaluator: Actor, measure: str, application_id: str) -> list[int]:
    """Return what a figure of this month counts of an application."""
    query: dict[str, str | int] = {"period": f"{local(datetime.now(UTC)):%Y-%m}", "limit": 200}
    while True:
        page = await evaluator.get(f"/figures/{measure}/cases", **query)
        if found := [one["amount"] for one in page["items"] if one["key"] == application_id]:
            return found
        if page["next"] is None:
            return []
        query["after"] = page["next"]


async def test_a_letter_is_sealed_once_somebody_else_has_approved_it_and_read_by_whom_it_is_to(suite: Running) -> None:
    database = Database.open(suite.database("evaluation"), cipher=suite.cipher("evaluation"))
    try:
        async with database.unit_of_work() as work:
            letter_id = await draft_letter(
                work,
                kind=LetterKind.SUPERVISION,
                unit="U09",
                subject=work.ids(),
                title="督办函",
                paragraphs=["出生登记一环节已超过承诺时限,请三个工作日内答复。"],
                drafted_by="evaluation",
            )
    finally:
        await database.close()
    evaluator, head = await suite.actor(EVALUATOR), await suite.actor(HEAD)
    path = f"/evaluation-letters/{letter_id}"
    assert await head.find(path) is None
    await evaluator.post(f"{path}/approvals", {"version": 1})

    async def sealed() -> Any:
        letter = await evaluator.get(path)
        return letter if letter["state"] == "SEALED" else None

    letter = await until(sealed)
    pdf = await head.file(f"/notices/{letter['document_id']}")
    verdict = await papers.verified(suite.gateway, pdf)
    assert verdict["verdict"] == "valid"
