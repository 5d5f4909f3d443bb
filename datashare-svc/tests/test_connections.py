import asyncio
from datetime import timedelta
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.service import Service
from chassis.testing.builders import ManualClock, anonymous, citizen, clerk, manager, steward
from chassis.testing.client import Client, appended, audited
from datashare_svc import app
from datashare_svc.domain.acceptance import AcceptanceCase, AcceptanceHands, AcceptancePlan
from datashare_svc.domain.model import Depth
from datashare_svc.handlers import Datashare, finish_connections, load_cases, probe_all, probe_in_turn
from datashare_svc.outside.networks import Networks
from datashare_svc.settings import DatashareSettings
from datashare_svc.store import connection_steps
from datashare_svc.store.access_log import accesses
from datashare_svc.store.connections import list_probes, states

from .networks import TEST_PERSON, FakeNetwork, list_networks

NUMBER, NAME = TEST_PERSON["id_number"], TEST_PERSON["name"]
KNOWN = AcceptanceCase(
    "population_known", "在册可查", "population_register", Depth.VALUE, {"id_number": NUMBER}, expects={"name": NAME}
)
AGREES = AcceptanceCase(
    "population_agrees",
    "相符与不符",
    "population_register",
    Depth.VERIFY,
    {"id_number": NUMBER},
    compares={"name": NAME, "sex": "1"},
    agrees={"name": True, "sex": False},
)
NOBODY = AcceptanceCase(
    "population_nobody",
    "无此人",
    "population_register",
    Depth.VERIFY,
    {"id_number": "410199190001010010"},
    compares={"name": "无"},
    is_known=False,
)
MARRIED = AcceptanceCase(
    "marriage_known", "在册可查", "marriage_register", Depth.VALUE, {"id_number": NUMBER}, expects={"name": NAME}
)
PLAN = AcceptancePlan((KNOWN, AGREES, NOBODY, MARRIED), AcceptanceHands("hand-of-unit", "hand-of-bureau"))
POPULATION = "/api/v1/networks/population"


@pytest.fixture
async def fakes(database: Database) -> dict[str, FakeNetwork]:
    """Have networks listed, and two of them have an address."""
    await list_networks(database)
    async with database.unit_of_work() as work:
        await load_cases(work, PLAN)
    return {"population": FakeNetwork(), "marriage": FakeNetwork()}


@pytest.fixture
def service(settings: DatashareSettings, database: Database, bus: Bus, fakes: dict[str, FakeNetwork]) -> Service:
    return app.build(settings, database=database, bus=bus, networks=Networks(fakes))


async def step(api: Client, name: str, *, by: Any, network: str = "population", note: str = "") -> Any:
    body = {"step": name, "note": note}
    return await api.post(f"/api/v1/networks/{network}/steps", by=by, body=body, key=f"{name}-{by.subject}-{network}")


async def connected(api: Client, network: str = "population", unit: str = "U09") -> None:
    """Bring a network to where its acceptance cases can be run."""
    for name in ("contact", "connect"):
        assert (await step(api, name, by=steward(unit=unit), network=network)).status == 201


async def run(api: Client, *, by: Any = None, key: str = "run", network: str = "population") -> Any:
    return await api.post(f"/api/v1/networks/{network}/acceptances", by=by or steward(), key=key)


async def sign(api: Client, run_id: str, side: str, *, by: Any, network: str = "population", key: str = "") -> Any:
    path = f"/api/v1/networks/{network}/acceptances/{run_id}/signatures"
    return await api.post(path, by=by, body={"side": side}, key=key or f"{run_id}-{side}-{by.subject}")


async def verified(api: Client, network: str = "population", unit: str = "U09") -> None:
    """Bring a network into service."""
    await connected(api, network, unit)
    run_id = (await run(api, by=manager(), key=f"run-{network}", network=network)).json()["run_id"]
    assert (await sign(api, run_id, "provider", by=steward(unit=unit), network=network)).status == 201
    assert (await sign(api, run_id, "authority", by=manager(), network=network)).status == 201


async def state(database: Database, network: str = "population") -> str:
    async with database.reading() as connection:
        return (await states(connection, [network]))[network].value


async def told(database: Database, kind: str) -> list[dict[str, Any]]:
    return [one["data"] | {"version": one["aggregateversion"]} for one in await appended(database, kind)]


async def test_a_network_goes_from_the_list_into_service_step_by_step_with_two_signatures(
    api: Client, database: Database
) -> None:
    assert (await step(api, "contact", by=steward())).json()["state"] == "CONTACTED"
    assert (await step(api, "connect", by=steward())).json()["state"] == "CONNECTED"
    ran = (await run(api)).json()
    assert (ran["cases"], ran["passed"], [one["wrong"] for one in ran["outcomes"]]) == (3, 3, ["", "", ""])
    assert all(one["answer_digest"] for one in ran["outcomes"])
    assert await state(database) == "CONNECTED"
    assert (await sign(api, ran["run_id"], "provider", by=steward())).status == 201
    assert await state(database) == "CONNECTED"
    signed = (await sign(api, ran["run_id"], "authority", by=manager())).json()
    assert (signed["provider_by"], signed["authority_by"]) == ("steward-1", "manager-1")
    assert await state(database) == "VERIFIED"
    changes = await told(database, "datashare.network.changed")
    assert [(one["former"], one["state"], one["version"]) for one in changes] == [
        ("LISTED", "CONTACTED", 1),
        ("CONTACTED", "CONNECTED", 2),
        ("CONNECTED", "VERIFIED", 3),
    ]
    actions = [row.action for row in await audited(database)]
    assert actions.count("network.changed") == 3
    assert actions.count("acceptance.signed") == 2


async def test_what_is_served_is_told_when_a_network_comes_into_service_and_when_it_leaves_it(
    api: Client, database: Database
) -> None:
    await verified(api)
    await verified(api, "marriage", "U10")
    retired = await step(api, "retire", by=manager(), network="marriage", note="系统停用")
    assert retired.json()["state"] == "RETIRED"
    served = await told(database, "datashare.sharing.changed")
    assert [(one["served"], one["to_bring"], one["version"]) for one in served] == [
        (["parent_id_card"], ["household_register", "marriage_certificate"], 1),
        (["household_register", "marriage_certificate", "parent_id_card"], [], 2),
        (["parent_id_card"], ["household_register", "marriage_certificate"], 3),
    ]


async def test_a_network_that_is_down_serves_what_it_served_and_is_well_again_by_its_probes(
    api: Client, database: Database, datashare: Datashare, fakes: dict[str, FakeNetwork]
) -> None:
    await verified(api)
    before = len(await told(database, "datashare.sharing.changed"))
    seen = []
    for out in [True] * 5 + [False] * 3:
        fakes["population"].out = out
        assert await probe_all(datashare) == 1
        seen.append(await state(database))
    assert seen == ["VERIFIED", *["DEGRADED"] * 3, *["DOWN"] * 3, "VERIFIED"]
    assert len(await told(database, "datashare.sharing.changed")) == before
    shown = (await api.get(POPULATION, by=steward())).json()
    assert (shown["probed"], shown["uptime"], shown["last_probe"]["ok"]) == (8, 3 / 8, True)
    pages: list[list[bool]] = []
    after: str | None = ""
    while after is not None:
        page = (await api.get(f"{POPULATION}/probes", by=steward(), query={"limit": 3, "after": after})).json()
        pages.append([one["ok"] for one in page["items"]])
        after = page["next"]
    assert pages == [[True, True, True], [False, False, False], [False, False]]


async def test_a_network_that_does_not_end_holds_up_no_other(
    api: Client, database: Database, datashare: Datashare, fakes: dict[str, FakeNetwork]
) -> None:
    await verified(api)
    await connected(api, "marriage", "U10")
    fakes["marriage"].let.clear()
    round_ = asyncio.create_task(probe_all(datashare))
    while not await _probes(database, "population"):
        await asyncio.sleep(0)
    assert not round_.done()
    assert await _probes(database, "marriage") == 0
    fakes["marriage"].let.set()
    assert await round_ == 2
    assert await _probes(database, "marriage") == 1


async def _probes(database: Database, network: str) -> int:
    async with database.reading() as connection:
        return len(await list_probes(connection, network, before="", size=10))


async def test_one_process_probes_and_another_takes_over_when_it_is_gone(
    api: Client, datashare: Datashare, clock: ManualClock
) -> None:
    await verified(api)
    assert await probe_in_turn(datashare, "one", every=60) == 1
    assert await probe_in_turn(datashare, "other", every=60) == 0
    clock.advance(seconds=100)
    assert await probe_in_turn(datashare, "one", every=60) == 1
    clock.advance(seconds=121)
    assert await probe_in_turn(datashare, "other", every=60) == 1
    assert await probe_in_turn(datashare, "one", every=60) == 0


async def test_only_connected_networks_with_an_address_are_probed(datashare: Datashare) -> None:
    assert await probe_all(datashare) == 0


async def test_a_network_without_an_address_or_an_answer_is_not_connected(
    api: Client, database: Database, fakes: dict[str, FakeNetwork]
) -> None:
    await step(api, "contact", by=steward(unit="U38"), network="archives")
    refused = await step(api, "connect", by=steward(unit="U38"), network="archives")
    assert (refused.status, refused.json()["code"]) == (409, "network_without_address")
    await step(api, "contact", by=steward())
    fakes["population"].out = True
    refused = await step(api, "connect", by=steward())
    assert (refused.status, refused.json()["code"]) == (503, "network_out")
    fakes["population"].out = False
    assert (await step(api, "connect", by=steward())).json()["state"] == "CONNECTED"


@pytest.mark.usefixtures("fakes")
async def test_steps_are_for_the_unit_and_the_bureau_and_each_in_its_state(api: Client) -> None:
    refused = {
        "another unit's": await step(api, "contact", by=steward("s2", unit="U10")),
        "a state before": await step(api, "connect", by=steward()),
        "a steward retires": await step(api, "retire", by=steward(), note="停用"),
        "no reason": await step(api, "retire", by=manager()),
        "no such network": await step(api, "contact", by=manager(), network="nowhere"),
    }
    assert {name: (one.status, one.json()["code"]) for name, one in refused.items()} == {
        "another unit's": (403, "network_not_yours"),
        "a state before": (409, "network_step_not_possible"),
        "a steward retires": (403, "step_not_yours"),
        "no reason": (422, "step_reason_missing"),
        "no such network": (404, "network_not_found"),
    }
    for stranger in (clerk(), citizen()):
        assert (await step(api, "contact", by=stranger)).status == 403


async def test_of_the_same_step_by_several_at_once_one_is_taken(api: Client, database: Database) -> None:
    answers = await asyncio.gather(*(step(api, "contact", by=steward(f"steward-{number}")) for number in range(5)))
    assert sorted(one.status for one in answers) == [201, 409, 409, 409, 409]
    assert len(await told(database, "datashare.network.changed")) == 1


async def test_a_step_or_a_run_that_is_sent_again_is_answered_as_before_and_done_once(
    api: Client, database: Database
) -> None:
    first, again = await step(api, "contact", by=steward()), await step(api, "contact", by=steward())
    assert (first.status, again.json()) == (201, first.json())
    await step(api, "connect", by=steward())
    assert (await run(api)).json() == (await run(api)).json()
    listed = (await api.get(f"{POPULATION}/acceptances", by=steward())).json()["items"]
    assert [one["number"] for one in listed] == [1]
    assert len(await told(database, "datashare.network.changed")) == 2


async def test_two_networks_that_come_into_service_at_once_are_both_told_as_served(
    api: Client, database: Database
) -> None:
    await connected(api)
    await connected(api, "marriage", "U10")
    runs = {name: (await run(api, by=manager(), key=name, network=name)).json() for name in ("population", "marriage")}
    for name, unit in (("population", "U09"), ("marriage", "U10")):
        await sign(api, runs[name]["run_id"], "provider", by=steward(unit=unit), network=name)
    await asyncio.gather(
        *(sign(api, ran["run_id"], "authority", by=manager(), network=name) for name, ran in runs.items())
    )
    events = await told(database, "datashare.sharing.changed")
    assert [one["version"] for one in events] == [1, 2]
    assert events[-1]["to_bring"] == []


@pytest.mark.usefixtures("fakes")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/unconnected-networks", None),
        ("GET", POPULATION, None),
        ("GET", f"{POPULATION}/probes", None),
        ("GET", f"{POPULATION}/acceptances", None),
        ("GET", f"{POPULATION}/acceptances/01900000-0000-7000-8000-00000000ffff", None),
        ("POST", f"{POPULATION}/steps", {"step": "contact"}),
        ("POST", f"{POPULATION}/acceptances", None),
        ("POST", f"{POPULATION}/acceptances/01900000-0000-7000-8000-00000000ffff/signatures", {"side": "provider"}),
    ],
)
async def test_what_is_for_staff_of_sharing_is_for_nobody_else(api: Client, method: str, path: str, body: Any) -> None:
    without_scope = steward("no-scope")
    without_scope = type(without_scope)(
        "no-scope", without_scope.kind, 3, "U09", without_scope.roles, frozenset({"matter:read"})
    )
    for caller, status in ((anonymous(), 401), (citizen(), 403), (clerk(), 403), (without_scope, 403)):
        reply = await api.send(method, path, by=caller, body=body, key="k" if method == "POST" else None)
        assert reply.status == status


async def test_a_note_is_kept_sealed_and_shown_to_staff(api: Client, database: Database) -> None:
    await step(api, "contact", by=steward(), note="联系人王某")
    async with database.reading() as connection:
        row = (await connection.execute(connection_steps.select())).one()
    assert "王某" not in row.note
    assert [one["note"] for one in (await api.get(POPULATION, by=steward())).json()["steps"]] == ["联系人王某"]


async def test_a_run_says_what_is_wrong_without_a_value_and_cannot_be_signed(
    api: Client, database: Database, fakes: dict[str, FakeNetwork]
) -> None:
    await connected(api)
    fakes["population"].people = {NUMBER: {**TEST_PERSON, "name": "冒名者"}}
    ran = (await run(api)).json()
    assert [one["wrong"] for one in ran["outcomes"]] == [
        "信息项 name 与预期不一致",
        "信息项 name 的核验结果与预期不一致",
        "",
    ]
    assert not {"冒名者", NAME, NUMBER} & set(str(ran))
    refused = await sign(api, ran["run_id"], "provider", by=steward())
    assert (refused.status, refused.json()["code"]) == (409, "acceptance_not_signable")
    fakes["population"].people = {}
    assert "应有 1 条记录" in (await run(api, key="none")).json()["outcomes"][0]["wrong"]
    fakes["population"].out = True
    assert {one["wrong"] for one in (await run(api, key="out")).json()["outcomes"]} == {"专网未能按时作出可用的答复"}
    listed = (await api.get(f"{POPULATION}/acceptances", by=steward())).json()["items"]
    assert [(one["number"], one["passed"]) for one in listed] == [(3, 0), (2, 1), (1, 1)]
    kept = await api.get(f"{POPULATION}/acceptances/{ran['run_id']}", by=manager())
    assert kept.json() == ran
    assert await state(database) == "CONNECTED"


async def test_a_network_is_accepted_only_once_it_is_connected_and_where_it_has_cases(api: Client) -> None:
    assert (await run(api)).json()["code"] == "network_step_not_possible"
    assert (await run(api, by=steward("s2", unit="U10"))).json()["code"] == "network_not_yours"


async def test_the_questions_of_a_run_say_why_they_are_asked(api: Client, fakes: dict[str, FakeNetwork]) -> None:
    await connected(api)
    ran = (await run(api)).json()
    for question in fakes["population"].asked:
        assert question.carried["project_no"] == f"acceptance:{ran['run_id']}"
        assert question.carried["purpose"] == "ACCEPTANCE"
        assert question.carried["basis"]


async def test_only_the_newest_passed_and_recent_run_is_signed_once_by_each_side(
    api: Client, clock: ManualClock, database: Database
) -> None:
    await connected(api)
    first, second = (await run(api)).json()["run_id"], (await run(api, key="again")).json()["run_id"]
    assert (await sign(api, first, "provider", by=steward())).status == 409
    both = steward()
    both_roles = type(both)(both.subject, both.kind, 3, "U09", frozenset({"data_steward", "data_manager"}), both.scopes)
    assert (await sign(api, second, "provider", by=both_roles)).status == 201
    refused = await sign(api, second, "authority", by=both_roles)
    assert (refused.status, refused.json()["code"]) == (403, "same_signer")
    assert (await sign(api, second, "provider", by=steward("s2"))).status == 409
    assert (await sign(api, second, "authority", by=steward())).json()["code"] == "step_not_yours"
    assert (await sign(api, second, "provider", by=steward("s3", unit="U10"))).json()["code"] == "network_not_yours"
    unknown = "01900000-0000-7000-8000-00000000ffff"
    assert (await sign(api, unknown, "authority", by=manager())).status == 404
    clock.advance(days=31)
    assert (await sign(api, second, "authority", by=manager())).status == 409
    assert await state(database) == "CONNECTED"


async def test_signatures_at_the_same_moment_bring_the_network_into_service_once(
    api: Client, database: Database
) -> None:
    await connected(api)
    run_id = (await run(api)).json()["run_id"]
    answers = await asyncio.gather(
        *(sign(api, run_id, "provider", by=steward(f"steward-{n}")) for n in range(4)),
        *(sign(api, run_id, "authority", by=manager(f"manager-{n}")) for n in range(4)),
    )
    assert sorted(one.status for one in answers) == [201] * 2 + [409] * 6
    assert await state(database) == "VERIFIED"
    changes = await told(database, "datashare.network.changed")
    assert [one["state"] for one in changes].count("VERIFIED") == 1


async def test_the_city_s_unconnected_networks_are_reported_by_unit(api: Client, clock: ManualClock) -> None:
    await step(api, "contact", by=steward(unit="U38"), network="archives")
    clock.advance(days=3)
    report = (await api.get("/api/v1/unconnected-networks", by=manager())).json()
    assert (report["municipal"], report["unconnected"]) == (2, 2)
    assert "停拨运维费用" in report["basis"]
    found = [
        (of["unit"], one["network"], one["state"], one["missing"]) for of in report["units"] for one in of["networks"]
    ]
    assert found == [
        ("U05", "real_estate", "LISTED", ["contact", "address", "connect", "acceptance"]),
        ("U38", "archives", "CONTACTED", ["address", "connect", "acceptance"]),
    ]
    assert report["units"][1]["networks"][0]["days"] == 3
    assert (await api.get("/api/v1/unconnected-networks", by=citizen())).status == 403


async def test_development_hands_bring_what_answers_into_use_and_do_nothing_at_the_second_start(
    datashare: Datashare, database: Database, fakes: dict[str, FakeNetwork]
) -> None:
    fakes["marriage"].people = {}
    assert await finish_connections(datashare, PLAN) == ["population"]
    assert (await state(database), await state(database, "marriage")) == ("VERIFIED", "CONNECTED")
    asked = len(fakes["population"].asked)
    fakes["marriage"].people = fakes["population"].people
    assert await finish_connections(datashare, PLAN) == ["marriage"]
    assert await finish_connections(datashare, PLAN) == []
    assert len(fakes["population"].asked) == asked
    events = await told(database, "datashare.sharing.changed")
    assert events[-1]["to_bring"] == []


async def test_a_network_that_is_out_stays_where_it_is_for_the_development_hands(
    datashare: Datashare, database: Database, fakes: dict[str, FakeNetwork]
) -> None:
    for fake in fakes.values():
        fake.out = True
    assert await finish_connections(datashare, PLAN) == []
    assert await state(database) == "LISTED"


async def test_cases_follow_the_pack_and_what_is_gone_from_it_is_not_run(database: Database) -> None:
    await list_networks(database)
    for plan, done in ((PLAN, ["acceptance cases 4"]), (PLAN, []), (AcceptancePlan((KNOWN,)), ["acceptance cases 3"])):
        async with database.unit_of_work() as work:
            assert await load_cases(work, plan) == done


async def test_what_was_asked_of_a_network_is_counted_by_day_from_the_record_of_the_queries(
    api: Client, database: Database, clock: ManualClock
) -> None:
    rows: list[tuple[str, bool, float]] = [
        *[("ANSWERED", False, 0.0)] * 2,
        *[("ANSWERED", True, 0.0), ("NO_RECORD", False, 0.0), ("OUT", False, 0.0), ("ASKED", False, 0.0)],
        *[("REFUSED_BY_PROVIDER", False, 24.0), ("UNFIT", False, 24.0)],
        ("ANSWERED", False, 24.0 * 30),
    ]
    texts = ("person_id", "resource", "provider", "unit", "officer", "officer_kind", "purpose", "basis", "case_id")
    same: dict[str, Any] = dict.fromkeys((*texts, "application_number", "matter_code", "item", "depth"), "x")
    same |= {"fields": [], "is_draft": False, "is_unmasked": False, "answer_sha256": "", "salt": "", "ended_at": None}
    async with database.unit_of_work() as work:
        for state, is_cached, hours in rows:
            at = clock.now() - timedelta(hours=hours)
            told = {"query_id": work.ids(), "at": at, "network": "population", "state": state, "is_cached": is_cached}
            work.add(accesses, {**same, **told})
    usage = (await api.get(POPULATION, by=steward())).json()["usage"]
    assert len(usage) == 7
    assert usage[0] == {
        "day": "2026-03-02",
        "asked": 5,
        "cached": 1,
        "answered": 3,
        "no_record": 1,
        "out": 1,
        "refused": 0,
        "unfit": 0,
    }
    assert (usage[1]["asked"], usage[1]["refused"], usage[1]["unfit"]) == (2, 1, 1)
    assert not any(one["asked"] for one in usage[2:])
    other = (await api.get("/api/v1/networks/marriage", by=steward())).json()["usage"]
    assert not any(one["asked"] for one in other)
