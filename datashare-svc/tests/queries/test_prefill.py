"""Prefill and verification as intake asks for them: by the matter's sharing catalogue, each answer with its source."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.http.upstream import Reply
from chassis.testing.builders import citizen
from chassis.testing.client import Client
from datashare_svc import store
from datashare_svc.domain.documents import sharing_document
from datashare_svc.domain.model import Connection, Depth, Push, Sharing, Use

MOTHER, FATHER = "410199199001011234", "410199198905052345"
APPLICATION = "01900000-0000-7000-8000-0000000000a1"
DRAFT = "01900000-0000-7000-8000-0000000000d1"
BASIS = "户口登记条例第七条"
Send = Callable[..., Awaitable[Reply]]


def use(name: str, element: str, **changed: Any) -> Use:
    """Return a use of the register that fills in by the number of an element, with what is changed."""
    told: dict[str, Any] = {
        "use": name,
        "resource": "population_register",
        "depth": Depth.VALUE,
        "push": Push.DRAFT,
        "keys": {"id_number": element},
        "basis": BASIS,
        "gives": {"hukou_region": "hukou_region", "applicant.name": "name"},
        "items": ("birth_registration",),
    }
    return Use(**{**told, **changed})


def verified(name: str, element: str, **changed: Any) -> Use:
    """Return a use of the register that holds the name against the number of an element, with what is changed."""
    told = {"depth": Depth.VERIFY, "push": Push.SUBMISSION, "gives": {}, "material": "parent_id_card"}
    compares = {"name": f"{name}_name"}
    return use(name, f"form.{element}", **{**told, "compares": compares, **changed})


@pytest.fixture
async def share(running: Any) -> Callable[..., Awaitable[None]]:
    """Give what makes a sharing catalogue of uses for the matter."""

    async def make(*uses: Use) -> None:
        document = sharing_document(Sharing("newborn", uses))
        async with running.database.unit_of_work() as work:
            work.add(store.sharings, {"matter_code": "newborn", "document": document, "version": 1})

    return make


@pytest.fixture
def prefilled(as_intake: Send) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Give what asks for a prefill as intake does."""

    async def ask(**answers: str) -> dict[str, Any]:
        body = {"draft_id": DRAFT, "applicant_id": MOTHER, "matter_code": "newborn", "answers": answers}
        reply = await as_intake("POST", "/api/v1/prefills", body=body)
        assert reply.status == 200, reply.body
        found: dict[str, Any] = reply.json()
        return found

    return ask


@pytest.fixture
def held(as_intake: Send) -> Callable[..., Awaitable[list[dict[str, Any]]]]:
    """Give what asks for a verification as intake does."""

    async def ask(form: dict[str, str], materials: tuple[str, ...] = (), **more: Any) -> list[dict[str, Any]]:
        body = {"draft_id": DRAFT, "applicant_id": "citizen-1", "matter_code": "newborn", "answers": {}}
        body |= {"form": form, "materials": list(materials), **more}
        reply = await as_intake("POST", "/api/v1/data-verifications", body=body)
        assert reply.status == 200, reply.body
        found: list[dict[str, Any]] = reply.json()["results"]
        return found

    return ask


async def test_a_draft_is_filled_in_from_a_source_which_is_named_and_on_record(
    share: Any, prefilled: Any, running: Any
) -> None:
    """The account of these tests is a number, so that the register may be asked by it."""
    await share(use("mine", "applicant.account"))
    (value,) = (await prefilled())["values"]
    said = {name: value[name] for name in ("place", "key", "value", "unit", "unit_name", "resource", "basis")}
    assert said == {
        "place": "form",
        "key": "hukou_region",
        "value": "410105",
        "unit": "U09",
        "unit_name": "郑州市公安局",
        "resource": "population_register",
        "basis": BASIS,
    }
    (row,) = await running.accesses()
    assert (row.query_id, row.purpose, row.state, row.case_id) == (value["query_id"], "PREFILL", "ANSWERED", DRAFT)
    assert row.fields == ["hukou_region", "name"]


async def test_what_one_source_tells_is_what_the_next_is_asked_by(share: Any, prefilled: Any, network: Any) -> None:
    network.people[MOTHER]["residence_address"] = FATHER
    await share(
        use("second", "form.father_id_number", gives={"birth_date": "birth_date"}),
        use("first", "applicant.account", gives={"father_id_number": "name"}),
        use("never", "form.nobody"),
    )
    network.people[MOTHER]["name"] = FATHER
    told = await prefilled()
    assert [question.keys["id_number"] for question in network.asked] == [MOTHER, FATHER]
    assert {one["key"]: one["value"] for one in told["values"]} == {
        "father_id_number": FATHER,
        "birth_date": "1990-01-01",
    }
    (left,) = told["unasked"]
    assert (left["use"], left["reason"], left["keys"]) == ("never", "lacks_keys", ["hukou_region"])


async def test_a_source_that_is_out_leaves_its_fields_open_with_the_reason(
    share: Any, prefilled: Any, network: Any, running: Any
) -> None:
    network.is_out = True
    await share(use("mine", "applicant.account"))
    told = await prefilled()
    assert told["values"] == []
    assert [(one["reason"], one["keys"]) for one in told["unasked"]] == [("network_out", ["hukou_region"])]
    assert [row.state for row in await running.accesses()] == ["OUT"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"gives": {"residence_address": "residence_address"}}, "not_granted"),
        ({"keys": {"id_number": "applicant.account"}, "newest_by": "birth_date"}, None),
    ],
    ids=["a field beyond the grant", "a day to go by"],
)
async def test_only_what_is_granted_is_asked_for(
    share: Any, prefilled: Any, network: Any, changed: dict[str, Any], reason: str | None
) -> None:
    await share(use("mine", "applicant.account", **changed))
    told = await prefilled()
    assert [one["reason"] for one in told["unasked"]] == ([reason] if reason else [])
    assert len(network.asked) == (0 if reason else 1)


async def test_a_network_that_is_not_verified_is_not_asked(
    share: Any, prefilled: Any, network: Any, running: Any
) -> None:
    await share(use("mine", "applicant.account"))
    async with running.database.unit_of_work() as work:
        await work.connection.execute(store.networks.update(), {"state": Connection.CONNECTED.value})
    assert [one["reason"] for one in (await prefilled())["unasked"]] == ["not_connected"]
    assert network.asked == []


async def test_each_value_says_of_which_situation_its_source_is(share: Any, prefilled: Any) -> None:
    await share(
        use("mine", "applicant.account", when={"hukou_follow": ("mother", "both")}),
        use("never", "form.nobody"),
        use("other", "form.father_id_number", when={"hukou_follow": ("father",)}),
    )
    told = await prefilled(hukou_follow="mother")
    assert [one["when"] for one in told["values"]] == [{"hukou_follow": ["mother", "both"]}]
    assert [one["when"] for one in told["unasked"]] == [{}]


async def test_a_matter_without_a_catalogue_is_filled_in_by_nobody(running: Any, prefilled: Any, network: Any) -> None:
    assert running is not None
    assert await prefilled() == {"values": [], "unasked": []}
    assert network.asked == []


@pytest.mark.parametrize(
    ("form", "results"),
    [
        ({"mother_id": MOTHER, "mother_name": "李静"}, [("agrees", ["mother_name"], [])]),
        ({"mother_id": MOTHER, "mother_name": "李晶"}, [("differs", [], ["mother_name"])]),
        ({"mother_id": "41019919770707345X", "mother_name": "李静"}, [("unknown", [], [])]),
        ({"mother_id": MOTHER}, []),
        ({"mother_name": "李静"}, []),
    ],
    ids=["the same", "another name", "nobody", "no name", "no number"],
)
async def test_what_was_filled_in_is_held_against_its_source(
    share: Any, held: Any, network: Any, form: dict[str, str], results: list[Any]
) -> None:
    await share(verified("mother", "mother_id"))
    told = await held(form)
    assert [(one["result"], one["agrees"], one["differs"]) for one in told] == results
    assert all(question.fields == () for question in network.asked), "no value comes back"
    assert not any("李静" in str(one) for one in told)


async def test_a_source_that_is_out_is_to_be_asked_again_and_only_what_is_wanted_is(
    share: Any, held: Any, network: Any
) -> None:
    await share(verified("mother", "mother_id"))
    network.is_out = True
    form = {"mother_id": MOTHER, "mother_name": "李静"}
    (told,) = await held(form, ("parent_id_card",))
    assert (told["result"], told["agrees"], told["differs"]) == ("out", [], [])
    assert await held(form, ("marriage_certificate",)) == []


@pytest.mark.parametrize(
    ("mother", "father", "out", "results"),
    [
        ("李静", "王刚", False, ["agrees"]),
        ("李静", "李静", False, ["agrees", "agrees"]),
        ("王刚", "王刚", False, ["differs", "differs"]),
        ("王刚", "王刚", True, ["out", "out"]),
    ],
    ids=["one of them", "both", "neither", "a source is out"],
)
async def test_where_one_of_two_parents_is_enough_the_other_stands_in_nobodys_way(
    share: Any, held: Any, network: Any, *, mother: str, father: str, out: bool, results: list[str]
) -> None:
    uses = [verified(one, f"{one}_id", one_is_enough=True) for one in ("mother", "father")]
    await share(*uses)
    network.is_out = out
    form = {"mother_id": MOTHER, "mother_name": mother, "father_id": FATHER, "father_name": father}
    assert [one["result"] for one in await held(form)] == results


@pytest.mark.parametrize(
    ("place", "officer"),
    [({}, ("citizen-1", "APPLICANT")), ({"application_id": APPLICATION}, ("intake", "SERVICE"))],
    ids=["a draft", "an application"],
)
async def test_what_is_verified_after_the_submission_was_not_asked_by_the_applicant(
    share: Any, held: Any, running: Any, place: dict[str, str], officer: tuple[str, str]
) -> None:
    await share(verified("mother", "mother_id"))
    (told,) = await held({"mother_id": MOTHER, "mother_name": "李静"}, **place)
    assert told["result"] == "agrees"
    assert [(row.officer, row.officer_kind) for row in await running.accesses()] == [officer]


async def test_what_a_source_must_say_besides_is_held_against_it_too(share: Any, held: Any) -> None:
    await share(verified("mother", "mother_id", requires={"hukou_region": "410199"}))
    told = await held({"mother_id": MOTHER, "mother_name": "李静"})
    assert [(one["result"], one["agrees"], one["differs"]) for one in told] == [("differs", ["mother_name"], [])]


async def test_each_element_that_was_filled_in_is_said_to_agree_or_to_differ(share: Any, held: Any) -> None:
    compares = {"name": "mother_name", "birth_date": "mother_birth_date", "hukou_region": "hukou_region"}
    await share(verified("mother", "mother_id", compares=compares))
    (told,) = await held({"mother_id": MOTHER, "mother_name": "李静", "mother_birth_date": "1991-01-01"})
    assert (told["result"], told["agrees"], told["differs"]) == ("differs", ["mother_name"], ["mother_birth_date"])


async def test_a_use_is_asked_in_the_interest_of_an_item_that_the_situation_has(
    share: Any, running: Any, as_intake: Send
) -> None:
    several = use("mine", "applicant.account", items=("birth_certificate", "birth_registration"))
    await share(several, use("other", "applicant.account", items=("medical_insurance",)))
    body = {"draft_id": DRAFT, "applicant_id": MOTHER, "matter_code": "newborn", "answers": {}}
    reply = await as_intake("POST", "/api/v1/prefills", body={**body, "items": ["birth_registration"]})
    assert [one["use"] for one in reply.json()["values"]] == ["mine"]
    assert reply.json()["unasked"] == [], "what is another situation's is not spoken of"
    (row,) = await running.accesses()
    assert (row.item, row.unit) == ("birth_registration", "U09")


async def test_only_intake_may_ask(api: Client) -> None:
    for path in ("/api/v1/prefills", "/api/v1/data-verifications"):
        assert (await api.post(path, by=citizen(), body={})).status == 403
