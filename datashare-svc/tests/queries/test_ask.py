"""The evidence comes first: what cannot be written down is not asked, and what is not written down is not told."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from chassis.base.deadline import Deadline, deadline
from chassis.data.database import Database
from chassis.testing.builders import ManualClock
from chassis.testing.client import appended, audited
from datashare_svc.domain.answering import answer_digest
from datashare_svc.domain.model import Depth, Purpose, SharingClass
from datashare_svc.domain.queries import InCase
from datashare_svc.errors import KeyNotOfPerson, NetworkOut, NotGranted, QueryCaseOver, QueryRefused, QuotaSpent
from datashare_svc.events import CaseClosed
from datashare_svc.handlers import Datashare, ask, link_account
from datashare_svc.outside.networks import Told

Running = Any
Network = Any
MOTHER, FATHER = "410199199001011234", "410199198905052345"
APPLICATION = "01900000-0000-7000-8000-0000000000a1"


async def test_while_the_network_is_asked_the_evidence_is_there_and_says_that_no_more_is_known(
    running: Running, datashare: Datashare, network: Network
) -> None:
    seen: list[str] = []

    async def look() -> None:
        seen.extend(row.state for row in await running.accesses())

    network.before = look
    answered = await ask(datashare, running.query(), within=5)
    assert seen == ["ASKED"]
    (access,) = await running.accesses()
    assert (access.query_id, access.state, access.officer_kind) == (answered.query_id, "ANSWERED", "APPLICANT")
    assert (access.is_draft, access.application_number) == (True, "")
    assert answered.rows == ({"name": "李静"},)


async def test_nobody_is_asked_when_the_evidence_cannot_be_written(
    running: Running, datashare: Datashare, network: Network, database: Database
) -> None:
    async with database.unit_of_work() as work:
        await work.connection.exec_driver_sql("ALTER TABLE access RENAME TO gone")
    with pytest.raises(Exception, match="access"):
        await ask(datashare, running.query(), within=5)
    assert network.asked == []


async def test_nothing_is_told_when_the_outcome_cannot_be_written(
    running: Running, datashare: Datashare, network: Network, database: Database
) -> None:
    async def lose() -> None:
        async with database.unit_of_work() as work:
            await work.connection.exec_driver_sql("ALTER TABLE audit_unchained RENAME TO gone")

    network.before = lose
    with pytest.raises(Exception, match="audit_unchained"):
        await ask(datashare, running.query(), within=5)
    assert [row.state for row in await running.accesses()] == ["ASKED"]


async def test_a_network_that_is_out_is_on_record_as_out(
    running: Running, datashare: Datashare, network: Network, database: Database
) -> None:
    network.is_out = True
    with pytest.raises(NetworkOut):
        await ask(datashare, running.query(), within=5)
    (access,) = await running.accesses()
    assert (access.state, access.answer_sha256, access.salt) == ("OUT", "", "")
    assert [row.action for row in await audited(database)][-2:] == ["data.asked", "data.answered"]


@pytest.mark.parametrize(
    "lie",
    [Told(rows=({"name": "李静", "residence_address": "别处"},)), Told(matches={"name": True})],
    ids=["row", "match"],
)
async def test_a_network_that_tells_more_than_it_was_asked_is_not_believed(
    running: Running, datashare: Datashare, network: Network, lie: Told
) -> None:
    network.told = lie
    with pytest.raises(NetworkOut):
        await ask(datashare, running.query(), within=5)
    assert [row.state for row in await running.accesses()] == ["UNFIT"]


async def test_a_caller_whose_time_is_over_asks_nobody(
    running: Running, datashare: Datashare, network: Network
) -> None:
    async def spend() -> None:
        raise AssertionError

    network.before = spend
    set_to = deadline.set(Deadline.after(0.02))
    try:
        with pytest.raises(Exception):  # noqa: B017, PT011  the database's time is over, or the network's
            await ask(datashare, running.query(), within=5)
    finally:
        deadline.reset(set_to)
    assert network.asked == []


async def test_the_digest_is_of_the_answer_with_a_salt_that_is_kept_encrypted(
    running: Running, datashare: Datashare
) -> None:
    verify = running.query(depth=Depth.VERIFY, fields=(), compares={"name": "李静"}, purpose=Purpose.VERIFICATION)
    for _ in range(2):
        await ask(datashare, verify, within=5)
    one, other = await running.accesses()
    assert one.answer_sha256 != other.answer_sha256
    salt = datashare.cipher.decrypt(one.salt, table="access", column="salt", row=one.query_id)
    assert answer_digest(salt, [], {"name": True}, is_known=True) == one.answer_sha256


async def test_the_log_and_the_chained_log_say_the_same(
    running: Running, datashare: Datashare, database: Database
) -> None:
    await ask(datashare, running.query(), within=5)
    (access,) = await running.accesses()
    asked, answered = (await audited(database))[-2:]
    facts = json.loads(asked.details)
    facts.pop("row")
    assert facts == {name: getattr(access, name) for name in facts}
    ended = json.loads(answered.details)
    ended.pop("row")
    assert ended == {name: getattr(access, name) for name in ended}
    assert (asked.subject, answered.subject) == (access.query_id, access.query_id)


async def test_what_is_shared_unconditionally_is_granted_by_rule_at_its_first_use(
    bare: Running, datashare: Datashare, network: Network, database: Database
) -> None:
    await bare.resource(bare.register(sharing_class=SharingClass.UNCONDITIONAL))
    for _ in range(2):
        assert (await ask(datashare, bare.query(), within=5)).rows == ({"name": "李静"},)
    assert len(network.asked) == 2
    (decided,) = await appended(database, "datashare.grant.decided")
    assert (decided["data"]["decided_by"], decided["data"]["grantee"]) == ("rule", bare.query().unit)


async def test_a_kept_answer_spares_the_network_and_nothing_else(
    bare: Running, datashare: Datashare, network: Network, clock: ManualClock
) -> None:
    await bare.resource(bare.register(cache_seconds=60))
    await bare.grant(1, until=clock.now() + timedelta(seconds=50))
    for _ in range(2):
        assert (await ask(datashare, bare.query(), within=5)).rows == ({"name": "李静"},)
    assert len(network.asked) == 1
    assert [row.is_cached for row in await bare.accesses()] == [False, True]
    await ask(datashare, bare.query(person=FATHER, keys={"id_number": FATHER}), within=5)
    assert len(network.asked) == 2
    clock.advance(seconds=50)
    with pytest.raises(NotGranted):
        await ask(datashare, bare.query(), within=5)
    await bare.grant(2)
    await ask(datashare, bare.query(), within=5)
    assert len(network.asked) == 2
    clock.advance(seconds=10)
    await ask(datashare, bare.query(), within=5)
    assert len(network.asked) == 3


async def test_an_outage_is_not_kept(bare: Running, datashare: Datashare, network: Network) -> None:
    await bare.resource(bare.register(cache_seconds=60))
    await bare.grant(1)
    network.is_out = True
    with pytest.raises(NetworkOut):
        await ask(datashare, bare.query(), within=5)
    network.is_out = False
    assert (await ask(datashare, bare.query(), within=5)).rows


async def test_intake_may_ask_before_the_case_was_told_and_not_after_its_end(
    running: Running, datashare: Datashare
) -> None:
    fresh = InCase("citizen-1", "newborn", application_id=APPLICATION[:-1] + "9", application_number="1")
    verify = running.query(purpose=Purpose.VERIFICATION, officer="intake", case=fresh)
    assert (await ask(datashare, verify, within=5)).rows
    closed = CaseClosed(application_id=APPLICATION, closed_at=datashare.clock.now())
    await running.tell(closed, f"case-{APPLICATION}", 3)
    with pytest.raises(QueryCaseOver):
        await ask(datashare, replace(verify, case=replace(fresh, application_id=APPLICATION)), within=5)


async def test_a_case_whose_end_came_first_stays_over(bare: Running, datashare: Datashare) -> None:
    closed = CaseClosed(application_id=APPLICATION, closed_at=datashare.clock.now())
    await bare.tell(closed, "case-1", 1)
    await bare.resource(bare.register())
    await bare.grant(1)
    await bare.case()
    case = InCase("citizen-1", "newborn", application_id=APPLICATION)
    with pytest.raises(QueryCaseOver):
        await ask(datashare, bare.query(purpose=Purpose.VERIFICATION, officer="intake", case=case), within=5)


async def test_what_is_asked_by_must_be_the_named_person_s(running: Running, datashare: Datashare) -> None:
    for keys in ({"id_number": FATHER}, {}, {"name": "李静"}):
        with pytest.raises(KeyNotOfPerson):
            await ask(datashare, running.query(keys=keys), within=5)
    small = running.query(person="41019919900101123x", keys={"id_number": "41019919900101123X"})
    with pytest.raises(QueryRefused):
        await ask(datashare, replace(small, purpose=Purpose.REVIEW, officer="r"), within=5)


async def test_a_stranger_who_asks_about_somebody_spends_what_neither_she_nor_officials_may_ask(
    running: Running, datashare: Datashare, database: Database
) -> None:
    async with database.unit_of_work() as work:
        await link_account(datashare, work, "citizen-1", MOTHER)
    spare = replace(datashare, quotas=type(datashare.quotas).of(officer=9, case=9, person=1))
    of_strangers = [running.query(officer=one, case=InCase(one, "newborn", draft_id=one)) for one in ("c8", "c9")]
    await ask(spare, of_strangers[0], within=5)
    with pytest.raises(QuotaSpent):
        await ask(spare, of_strangers[1], within=5)
    await ask(spare, running.query(), within=5)
    case = InCase("", "", application_number=running.asking()["application_number"])
    review = running.query(purpose=Purpose.REVIEW, officer="reviewer-1", case=case)
    await ask(spare, review, within=5)
    with pytest.raises(QuotaSpent):
        await ask(spare, review, within=5)


async def test_an_applicant_s_quota_is_hers_and_the_service_has_none(running: Running, datashare: Datashare) -> None:
    spare = replace(datashare, quotas=type(datashare.quotas).of(officer=1, case=9, person=9))
    await ask(spare, running.query(), within=5)
    with pytest.raises(QuotaSpent):
        await ask(spare, running.query(), within=5)
    for _ in range(2):
        await ask(spare, running.query(officer="intake"), within=5)


async def test_what_a_network_did_not_answer_is_asked_again_at_nobody_s_cost(
    running: Running, datashare: Datashare, network: Network
) -> None:
    spare = replace(datashare, quotas=type(datashare.quotas).of(officer=1, case=1, person=1))
    network.is_out = True
    for _ in range(3):
        with pytest.raises(NetworkOut):
            await ask(spare, running.query(), within=5)
    network.is_out = False
    await ask(spare, running.query(), within=5)
    with pytest.raises(QuotaSpent):
        await ask(spare, running.query(), within=5)
    assert len(await running.accesses()) == 4
