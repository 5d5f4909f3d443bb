"""What sharing changes for a citizen, in both modes: filled in, verified, disputed, and told who looked."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest
from chassis.base.clock import SystemClock, local
from chassis.http.upstream import call
from harness import Running
from yiwang import journey
from yiwang.journey import Actor
from yiwang.simulators.faults import Fault, FaultKind
from yiwang.simulators.together import Together

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.asyncio(loop_scope="session")]
FILLED = {
    *("child_sex", "child_birth_date", "birth_hospital", "birth_weight", "mother_name", "mother_id_number"),
    *("father_name", "father_id_number", "mother_phone", "residence_address", "hukou_region"),
}
ADDRESS = "residence_address"
TYPED_WHILE_OUT = ("child_sex", "child_birth_date", "birth_hospital", "birth_weight")
MOVED, WHY = "郑州市金水区测试路 9 号", "上月已迁入此处,户口簿首页可证"


async def begun(citizen: Actor, **more: Any) -> dict[str, Any]:
    """Begin a draft; return it."""
    body = {"matter_code": journey.MATTER, "answers": journey.ANSWERS, **more}
    made: dict[str, Any] = await citizen.post("/drafts", body)
    return made


async def saved(citizen: Actor, made: dict[str, Any], form: dict[str, str], **more: Any) -> dict[str, Any]:
    """Fill in what is missing, with some of it otherwise; return the draft."""
    asked = {fault["pointer"].rpartition("/")[2] for fault in made["missing"]}
    typed = {k: v for k, v in journey.filled_in(local(datetime.now(UTC)).date()).items() if k in asked}
    body = {"form": {**made["form"], **typed, **form}, "materials": made["materials"], **more}
    found: dict[str, Any] = await citizen.put(f"/drafts/{made['draft_id']}", body, seen=made["version"])
    return found


async def until(look: Callable[[], Any], *, seconds: float = 120.0) -> Any:
    """Look again and again until there is something; nothing is what comes too late."""
    ends = monotonic() + seconds
    while not (found := await look()) and monotonic() < ends:
        await asyncio.sleep(0.2)
    assert found
    return found


async def submitting(suite: Running, citizen: Actor, draft: dict[str, Any]) -> Any:
    """Submit a draft; return the whole answer."""
    headers = {"authorization": f"Bearer {citizen.token}", "idempotency-key": f"submit-{draft['draft_id']}"}
    body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
    return await call(suite.gateway, "POST", "/api/v1/applications", body=body, headers=headers, within=30)


async def test_a_draft_comes_filled_in_and_what_differs_from_its_source_is_disputed_and_answered(
    suite: Running,
) -> None:
    cast = await suite.cast("dev-citizen-l1")
    made = await until(lambda: _filled(cast.citizen))
    sources = {one["key"]: one for one in made["sources"] if one["state"] == "kept"}
    assert sources.keys() >= FILLED
    assert all(one["unit_name"] and one["query_id"] for one in sources.values())

    changed = await saved(cast.citizen, made, {ADDRESS: MOVED})
    refused = await submitting(suite, cast.citizen, changed)
    assert refused.status == 422
    assert {f"/form/{ADDRESS}"} == {one["pointer"] for one in refused.json()["errors"]}

    changed = await saved(cast.citizen, changed, {}, disputes={ADDRESS: WHY})
    application = await journey.submit(cast.citizen, changed)
    steward = await suite.actor("dev-data-steward-u09")
    dispute = await until(lambda: _dispute(steward, application["application_id"]))
    answer = {"outcome": "corrected", "reason": "迁入登记漏录", "corrected_value": MOVED}
    await steward.post(f"/data-disputes/{dispute['dispute_id']}/answers", answer)

    async def told() -> bool:
        seen = await cast.citizen.get(f"/me/data-disputes/{dispute['dispute_id']}")
        return bool(seen["state"] == "corrected" and seen["answer"] == "迁入登记漏录")

    await until(told)
    ledger = await cast.citizen.get(f"/applications/{application['application_id']}/ledger")
    how = {(line["place"], line["key"]): line["how"] for line in ledger["lines"]}
    assert {key for (place, key), one in how.items() if (place, one) == ("form", "shared")} == FILLED - {ADDRESS}
    assert (how["form", ADDRESS], how["materials", "parent_id_card"]) == ("disputed", "verified")
    assert ledger["elements_asked"] - ledger["elements_typed"] == len(FILLED) - 1


async def _filled(citizen: Actor) -> dict[str, Any] | None:
    """Begin a draft; none where not all sources were there yet, as while a suite has just started."""
    made = await begun(citizen)
    return made if made["form"].keys() >= FILLED else None


async def _dispute(steward: Actor, application_id: str) -> dict[str, Any] | None:
    page = await steward.get("/data-disputes", limit=200)
    return next((one for one in page["items"] if one["application_id"] == application_id), None)


async def test_a_network_that_is_out_sends_nobody_away_and_is_asked_again(suite: Running) -> None:
    cast = await suite.cast("dev-citizen-l2")
    networks = Together.of(suite.simulators, SystemClock())
    made = await until(lambda: _filled(cast.citizen))
    networks.have("marriage", Fault(kind=FaultKind.OUT))
    try:
        application = await journey.submit(cast.citizen, await saved(cast.citizen, made, {}))
        ledger = await cast.citizen.get(f"/applications/{application['application_id']}/ledger")
        how = {line["key"]: line["how"] for line in ledger["lines"]}
        assert (how["marriage_certificate"], how["parent_id_card"]) == ("to_verify", "verified")
    finally:
        networks.have("marriage")

    async def verified() -> bool:
        again = await cast.citizen.get(f"/applications/{application['application_id']}/ledger")
        return "verified" in {line["how"] for line in again["lines"] if line["key"] == "marriage_certificate"}

    await until(verified)


async def test_a_draft_goes_on_without_sources_where_she_wants_none_or_they_are_out(suite: Running) -> None:
    cast = await suite.cast("dev-citizen-l1")
    bare = await begun(cast.citizen, prefill=False)
    assert (bare["form"], [one for one in bare["sources"] if one["state"] == "kept"]) == ({}, [])
    networks = Together.of(suite.simulators, SystemClock())
    whole = await until(lambda: _filled(cast.citizen))
    networks.have("births", Fault(kind=FaultKind.OUT))
    try:
        made = await begun(cast.citizen)
        assert "mother_phone" in made["form"], "one network that is out is in no other's way"
        by_hand = {one["key"]: one["reason"] for one in made["sources"] if one["state"] == "asked_by_hand"}
        assert by_hand["child_birth_date"] == "这个专网暂时不能答复,请自行填写"
        application = await journey.submit(cast.citizen, await saved(cast.citizen, made, whole["form"]))
        how = await _how(cast.citizen, application)
        assert [how[key] for key in TYPED_WHILE_OUT] == ["typed"] * len(TYPED_WHILE_OUT)
        assert (how["hospital_birth_record"], how["mother_name"]) == ("to_verify", "verified")
    finally:
        networks.have("births")

    async def verified() -> bool:
        how = await _how(cast.citizen, application)
        return {how[key] for key in (*TYPED_WHILE_OUT, "hospital_birth_record")} == {"verified"}

    await until(verified)
    await journey.accept(cast.clerk, application["application_id"])
    assert await verified(), "what agreed before the acceptance is booked as that after it"


async def _how(citizen: Actor, application: dict[str, Any]) -> dict[str, str]:
    """Return how each element and material of an application came, as its ledger says."""
    ledger = await citizen.get(f"/applications/{application['application_id']}/ledger")
    return {line["key"]: line["how"] for line in ledger["lines"]}


async def test_she_reads_each_look_at_her_data_and_others_read_none_of_them(suite: Running) -> None:
    cast = await suite.cast("dev-citizen-l2")
    made = await until(lambda: _filled(cast.citizen))
    application = await journey.submit(cast.citizen, await saved(cast.citizen, made, {}))
    of_case = {one["query_id"]: one for one in await _of_case(cast.citizen, application)}
    told = {one["query_id"] for one in made["sources"] if one["query_id"]}
    assert told
    assert told < of_case.keys(), "what filled in her draft, and what verified it"
    looks = (await cast.citizen.get("/me/data-accesses", limit=200))["items"]
    mine = {one["query_id"] for one in looks}
    assert {one["query_id"] for one in looks if one["draft_id"] == made["draft_id"]} <= of_case.keys()
    about_her = {one["query_id"] for one in of_case.values() if one["resource"] == "real_name_identity"}
    assert about_her
    assert about_her <= mine
    for one in looks:
        assert one["unit_name"], one
        assert one["purpose_name"], one
        assert one["fields"], one
    assert made["form"]["mother_id_number"] not in str(looks), "the log has no values"
    other = await suite.cast("dev-citizen-l1")
    await until(lambda: _filled(other.citizen))
    theirs = {one["query_id"] for one in (await other.citizen.get("/me/data-accesses", limit=200))["items"]}
    assert theirs
    assert not mine & theirs
    path = f"/api/v1/applications/{application['application_id']}/data-accesses"
    headers = {"authorization": f"Bearer {other.citizen.token}"}
    assert (await call(suite.gateway, "GET", path, headers=headers)).status == 404


async def _of_case(citizen: Actor, application: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each look that is on record of a case and its draft, once the case is known where they are kept."""
    path = f"/applications/{application['application_id']}/data-accesses"

    async def listed() -> list[dict[str, Any]]:
        page = await citizen.find(path, limit=200)
        return page["items"] if page else []

    found: list[dict[str, Any]] = await until(listed)
    return found


async def test_a_reviewer_asks_for_his_item_in_a_case_that_runs_and_for_nothing_beyond(suite: Running) -> None:
    cast = await suite.cast("dev-citizen-other")
    made = await until(lambda: _filled(cast.citizen))
    application = await journey.submit(cast.citizen, await saved(cast.citizen, made, {}))
    await journey.accept(cast.clerk, application["application_id"])
    reviewer, item = cast.reviewers["U23"], "11410100MBXX00238T3412023001000"
    asked = {
        "resource": "birth_record",
        "depth": "VERIFY",
        "purpose": "REVIEW",
        "basis": "母婴保健法第二十三条",
        "application_number": application["application_number"],
        "item": item,
        "person": made["form"]["mother_id_number"],
        "compares": {"child_birth_date": made["form"]["child_birth_date"]},
    }

    async def answered() -> Any:
        reply = await _query(suite, reviewer, asked)
        return reply if reply.status == 201 else None

    told = (await until(answered)).json()
    assert (told["matches"], told["rows"]) == ({"child_birth_date": True}, []), "whether it agrees, and no value"
    otherwise = (await _query(suite, reviewer, {**asked, "compares": {"child_birth_date": "2001-01-01"}})).json()
    assert (otherwise["matches"], otherwise["rows"]) == ({"child_birth_date": False}, [])
    for changed, code in (
        ({"person": "410199197707077077"}, "person_not_in_case"),
        ({"item": "11410100MBXX0009494410709001000"}, "item_not_yours"),
        ({"application_number": "410100U232026030220000019"}, "query_case_not_found"),
        ({"compares": {"mother_name": "某人"}}, "field_not_granted"),
    ):
        refused = await _query(suite, reviewer, {**asked, **changed})
        assert refused.json()["code"] == code, refused.body


async def _query(suite: Running, reviewer: Actor, body: dict[str, Any]) -> Any:
    headers = {"authorization": f"Bearer {reviewer.token}", "idempotency-key": f"query-{monotonic()}"}
    return await call(suite.gateway, "POST", "/api/v1/data-queries", body=body, headers=headers, within=30)
