from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.builders import MONDAY_MORNING, ManualClock, citizen, clerk
from chassis.testing.client import Client, deliver
from intake_svc.domain.licence_names import named
from intake_svc.errors import FormIncomplete
from intake_svc.events import LicenceIssued, LicenceResumed, LicenceRevoked, LicenceSuspended, OfLicence
from intake_svc.handlers.submit import plan_submission, submit_application
from intake_svc.schemas import SubmissionBody

Make = Callable[..., Awaitable[dict[str, Any]]]
LICENCE_ID = "01900000-0000-7000-8000-00000000f001"
IDENTIFIER = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
NUMBER = "410199199003070018"
NAMES = [LICENCE_ID, LICENCE_ID.upper(), IDENTIFIER, f" {IDENTIFIER} "]


@pytest.fixture
async def licence(service: Service, submitted: Make) -> dict[str, Any]:
    """Give a licence of the caller's, issued from an application for 测小宝."""
    source = await submitted()
    told = {
        "licence_id": LICENCE_ID,
        "identifier": IDENTIFIER,
        "number": NUMBER,
        "licence_type": "id_card",
        "name": "居民身份证",
        "holder_id": "citizen-1",
        "application_id": source["application_id"],
        "state": "valid",
        "valid_until": "2026-12-31",
        "materials": ["parent_id_card"],
        "subject": ["child_name", "child_birth_date"],
    }
    await deliver(service, LicenceIssued(**told), subject=LICENCE_ID, version=1)
    return told


async def tell(service: Service, kind: type[OfLicence], told: dict[str, Any], version: int, **changes: Any) -> None:
    await deliver(service, kind(**{**told, **changes}), subject=LICENCE_ID, version=version)


@pytest.fixture
def offer(api: Client, drafted: Make, references: dict[str, str], keys: Callable[[], str]) -> Any:
    """Submit a draft that names a licence, or has a number."""

    async def submit(name: str, *, subject: str = "citizen-1", **form: str) -> Any:
        references["parent_id_card"] = name
        by = citizen(subject)
        draft = await drafted(by=by, **form)
        body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
        return await api.post("/api/v1/applications", by=by, body=body, key=keys())

    return submit


def faults(reply: Any) -> list[tuple[str, str]]:
    assert reply.status == 422, reply.body
    return [(one["pointer"], one["code"]) for one in reply.json()["errors"]]


@pytest.mark.parametrize("name", NAMES)
async def test_a_licence_from_the_wallet_stands_for_its_number(
    api: Client, offer: Any, licence: dict[str, Any], checked: list[str], keys: Callable[[], str], name: str
) -> None:
    reply = await offer(name)
    assert reply.status == 201, reply.body
    application = reply.json()
    for by in (citizen(), clerk()):
        shown = (await api.get(f"/api/v1/applications/{application['application_id']}", by=by)).json()
        (material,) = [one for one in shown["materials"] if one["material"] == "parent_id_card"]
        assert material["licence_id"] == LICENCE_ID
        assert (material["reference"] == NUMBER) is (by == citizen())
    path, body = f"/api/v1/applications/{application['application_id']}/acceptances", {"materials_checked": checked}
    accepted = (await api.post(path, by=clerk(), body=body, key=keys())).json()
    assert LICENCE_ID in [one["licence_id"] for one in accepted["materials"]]


async def test_a_typed_number_is_checked_where_there_is_such_a_licence_and_else_stays(
    service: Service, offer: Any, licence: dict[str, Any]
) -> None:
    reply = await offer("410199200002291025")
    assert [one["licence_id"] for one in reply.json()["materials"] if one["material"] == "parent_id_card"] == [None]
    reply = await offer(NUMBER)
    assert LICENCE_ID in [one["licence_id"] for one in reply.json()["materials"]]
    await tell(service, LicenceRevoked, licence, 2, state="revoked")
    assert faults(await offer(NUMBER)) == [("/materials/parent_id_card", "licence_not_valid")]


async def test_of_a_strangers_licence_a_typed_number_tells_no_state_and_checks_nothing_that_the_form_does_not_say(
    service: Service, offer: Any, licence: dict[str, Any]
) -> None:
    await tell(service, LicenceRevoked, licence, 2, state="revoked")
    other = await offer(NUMBER, subject="citizen-2", child_name="测大宝")
    assert faults(other) == [("/materials/parent_id_card", "licence_of_another")]
    assert faults(await offer(NUMBER, subject="citizen-2")) == [("/materials/parent_id_card", "licence_not_valid")]
    unsaid = {**licence, "number": "410199200002291025", "subject": ["not_in_this_form"]}
    another = {"licence_id": LICENCE_ID.replace("f001", "f004"), "identifier": "1.2.156.3005.2.Z"}
    await deliver(service, LicenceIssued(**{**unsaid, **another}), subject=another["licence_id"], version=1)
    reply = await offer("410199200002291025", subject="citizen-2")
    assert (reply.status, {one["licence_id"] for one in reply.json()["materials"]}) == (201, {None})


async def test_nobody_elses_licence_can_be_named_nor_one_that_is_not_there(offer: Any, licence: dict[str, Any]) -> None:
    place = "/materials/parent_id_card"
    assert faults(await offer(LICENCE_ID, subject="citizen-2")) == [(place, "licence_not_found")]
    assert faults(await offer(LICENCE_ID.replace("f001", "f002"))) == [(place, "licence_not_found")]
    assert faults(await offer(IDENTIFIER.replace(".001.U", ".002.S"))) == [(place, "licence_not_found")]


async def test_whoever_types_a_number_of_anothers_licence_learns_nothing_unless_he_tells_its_holder(
    service: Service, offer: Any, licence: dict[str, Any]
) -> None:
    here = [("/materials/parent_id_card", "licence_of_another")]
    assert (await offer(NUMBER, subject="citizen-2")).status == 201, "the other parent tells all of the child"
    told = set()
    for version, kind in ((2, LicenceSuspended), (3, LicenceResumed)):
        await tell(service, kind, licence, version, state="suspended" if kind is LicenceSuspended else "valid")
        for wrong in ({"child_name": "测大宝"}, {"child_birth_date": "2026-02-25"}):
            reply = await offer(NUMBER, subject="citizen-2", **wrong)
            assert faults(reply) == here
            told.add(reply.json()["errors"][0]["detail"])
    assert len(told) == 1


async def test_a_number_whose_holder_the_form_does_not_tell_stays_for_the_window_to_check(
    service: Service, offer: Any, licence: dict[str, Any]
) -> None:
    other = {**licence, "licence_id": LICENCE_ID.replace("f001", "f009"), "identifier": "1.2.156.3005.2.X"}
    told = {**other, "subject": ["student_name"]}
    await deliver(service, LicenceIssued(**told), subject=told["licence_id"], version=1)
    reply = await offer(NUMBER, subject="citizen-2")
    assert [one["licence_id"] for one in reply.json()["materials"] if one["material"] == "parent_id_card"] == [None]


async def test_a_licence_that_is_revoked_while_it_is_submitted_is_told(
    service: Service, database: Database, drafted: Make, references: dict[str, str], licence: dict[str, Any]
) -> None:
    references["parent_id_card"] = LICENCE_ID
    draft, intake = await drafted(), service.api.state.collaborators
    body = SubmissionBody(draft_id=draft["draft_id"], draft_version=draft["version"])
    submission = await plan_submission(intake, citizen(), "", body)
    await tell(service, LicenceRevoked, licence, 2, state="revoked")
    with pytest.raises(FormIncomplete) as refused:
        async with database.unit_of_work() as work:
            await submit_application(intake, work, citizen(), submission)
    assert [one.code for one in refused.value.errors] == ["licence_not_valid"]


async def test_a_licence_for_another_child_is_told(offer: Any, licence: dict[str, Any]) -> None:
    reply = await offer(LICENCE_ID, child_name="测大宝")
    assert faults(reply) == [("/materials/parent_id_card", "licence_of_another")]
    assert "新生儿姓名" in reply.json()["errors"][0]["detail"]


async def test_a_licence_of_another_type_does_not_fit(service: Service, offer: Any, licence: dict[str, Any]) -> None:
    other = {**licence, "licence_id": LICENCE_ID.replace("f001", "f009"), "identifier": "1.2.156.3005.2.X"}
    await deliver(service, LicenceIssued(**{**other, "materials": ["other"]}), subject=other["licence_id"], version=1)
    assert faults(await offer(other["licence_id"])) == [("/materials/parent_id_card", "licence_does_not_fit")]


async def test_its_state_counts_as_it_was_told_last(
    service: Service, offer: Any, licence: dict[str, Any], clock: ManualClock
) -> None:
    await tell(service, LicenceSuspended, licence, 2, state="suspended")
    reply = await offer(LICENCE_ID)
    assert faults(reply) == [("/materials/parent_id_card", "licence_not_valid")]
    assert "被暂扣" in reply.json()["errors"][0]["detail"]
    await tell(service, LicenceResumed, licence, 3)
    assert (await offer(LICENCE_ID)).status == 201
    clock.set(MONDAY_MORNING.replace(year=2027, month=1, day=1))
    assert faults(await offer(LICENCE_ID)) == [("/materials/parent_id_card", "licence_not_valid")]


async def test_what_happens_to_a_licence_waits_for_it(service: Service, offer: Any, licence: dict[str, Any]) -> None:
    other = {**licence, "licence_id": LICENCE_ID.replace("f001", "f003"), "identifier": "1.2.156.3005.2.Y"}
    name = other["licence_id"]
    await deliver(service, LicenceRevoked(**{**other, "state": "revoked"}), subject=name, version=2)
    assert faults(await offer(name)) == [("/materials/parent_id_card", "licence_not_found")]
    await deliver(service, LicenceIssued(**{**other, "number": "1"}), subject=name, version=1)
    assert (await offer(name)).status == 201


@pytest.mark.parametrize("typed", ["", NUMBER, "Z410000001", "1.2.156", LICENCE_ID[:-1], "１"])
def test_what_is_no_name_of_a_licence_is_a_number(typed: str) -> None:
    assert not named(typed)


@pytest.mark.parametrize("typed", NAMES)
def test_a_licence_is_named_by_its_id_or_identifier(typed: str) -> None:
    assert named(typed) in {LICENCE_ID, IDENTIFIER}
