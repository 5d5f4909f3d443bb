import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from chassis.data import outgoing
from chassis.data.database import Database
from chassis.data.outgoing import Worker
from chassis.service import Service
from chassis.testing.builders import citizen, clerk, reviewer
from chassis.testing.client import Client, appended, audited, deliver
from intake_svc.domain.booking import dispute_id_of
from intake_svc.events import CaseClosed, CaseOpened, DisputeAnswered, TaskOpened
from intake_svc.handlers import Intake
from intake_svc.handlers.booking import TELLING, VERIFYING
from intake_svc.handlers.reverify import verify_again
from intake_svc.handlers.sharing import tell_datashare
from intake_svc.store import booked, shared

Make = Callable[..., Awaitable[dict[str, Any]]]
MARRIED = "marriage_certificate"
MATERIALS = ["parent_id_card", MARRIED, "household_register", "hospital_birth_record", "hospital_expense_record"]


@pytest.fixture
def submit(api: Client, drafted: Make, keys: Callable[[], str]) -> Callable[..., Awaitable[Any]]:
    """Submit a filled-in draft with reasons of disputes, whatever comes of it."""

    async def send(*, disputes: dict[str, str] | None = None, **form: str) -> Any:
        draft = await drafted(**form)
        if disputes:
            path, seen = f"/api/v1/drafts/{draft['draft_id']}", {"if-match": f'"{draft["version"]}"'}
            body = {"form": draft["form"], "materials": draft["materials"], "disputes": disputes}
            draft = (await api.put(path, by=citizen(), body=body, headers=seen)).json()
        body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
        return await api.post("/api/v1/applications", by=citizen(), body=body, key=keys())

    return send


@pytest.fixture
def work(intake: Intake) -> Callable[[], Awaitable[None]]:
    """Do the outgoing work that is due."""

    async def run() -> None:
        for kind, do in ((TELLING, tell_datashare), (VERIFYING, verify_again)):
            worker = Worker(intake.database, "intake", kind, lambda subject, do=do: do(intake, subject))  # type: ignore[misc]
            while await worker.round("test"):
                pass

    return run


async def left(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        return [(row.kind, row.state) for row in await outgoing.listed(connection)]


def faults(reply: Any) -> list[tuple[str, str]]:
    assert reply.status == 422, reply.body
    return [(one["pointer"], one["code"]) for one in reply.json()["errors"]]


async def checks(api: Client, application: dict[str, Any], *, by: Any = None) -> dict[str, str]:
    path = f"/api/v1/applications/{application['application_id']}"
    shown = (await api.get(path, by=by or citizen())).json()
    return {one["material"]: one["checked"]["how"] for one in shown["materials"] if one["checked"]}


async def ledger(api: Client, application: dict[str, Any], *, by: Any = None) -> dict[str, Any]:
    reply = await api.get(f"/api/v1/applications/{application['application_id']}/ledger", by=by or citizen())
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json()
    return found


def how(told: dict[str, Any]) -> dict[str, str]:
    return {line["key"]: line["how"] for line in told["lines"]}


async def test_what_agrees_is_booked_as_verified_and_need_not_be_brought(
    api: Client, submit: Any, datashare: Any
) -> None:
    datashare.verifies(MARRIED, "agrees", resource_name="婚姻登记信息", unit_name="市民政局")
    reply = await submit()
    assert reply.status == 201, reply.body
    application = reply.json()
    assert await checks(api, application) == {MARRIED: "verified"}
    (body,) = datashare.of("/data-verifications")
    assert body["materials"] == MATERIALS
    assert (body["applicant_id"], body["application_id"], body["form"]["child_name"]) == ("citizen-1", None, "测小宝")
    told = await ledger(api, application)
    assert how(told)[MARRIED] == "verified"
    (line,) = [line for line in told["lines"] if line["key"] == MARRIED]
    assert line["text"] == "已由市民政局的婚姻登记信息核验一致,不用提交"
    assert (line["query_id"], line["rule"]) == (body and "01900000-0000-7000-8000-0000000000a1", "政务数据共享条例")


@pytest.mark.parametrize("result", ["differs", "unknown"])
async def test_what_differs_is_a_fault_at_its_field_unless_it_is_disputed(
    api: Client, submit: Any, datashare: Any, result: str
) -> None:
    datashare.verifies(MARRIED, result, "father_name", "not_in_this_form")
    code = {"differs": "differs_from_source", "unknown": "unknown_to_source"}[result]
    refused = await submit()
    assert faults(refused) == [("/form/father_name", code)]
    (error,) = refused.json()["errors"]
    assert "父亲姓名" in error["detail"]
    assert "市卫生健康委的出生医学证明信息" in error["detail"]
    assert faults(await submit(disputes={"mother_name": "别处的理由"})) == [("/form/father_name", code)]
    reply = await submit(disputes={"father_name": "民政登记有误"})
    assert reply.status == 201, reply.body
    assert await checks(api, reply.json()) == {MARRIED: "disputed"}
    assert how(await ledger(api, reply.json()))["father_name"] == "disputed"


async def test_what_a_source_does_not_know_stands_at_the_material_where_no_element_is_named(
    api: Client, submit: Any, datashare: Any
) -> None:
    datashare.verifies(MARRIED, "unknown")
    assert faults(await submit()) == [(f"/materials/{MARRIED}", "unknown_to_source")]
    assert (await submit(disputes={MARRIED: "在外地登记"})).status == 201


async def test_every_disagreement_is_told_once_and_at_once(submit: Any, datashare: Any) -> None:
    datashare.verifies(MARRIED, "differs", "father_name", "father_id_number")
    datashare.verifies("household_register", "differs", "father_name")
    datashare.verifies("hospital_birth_record", "unknown")
    assert faults(await submit()) == [
        ("/form/father_name", "differs_from_source"),
        ("/form/father_id_number", "differs_from_source"),
        ("/materials/hospital_birth_record", "unknown_to_source"),
    ]


async def test_no_source_is_asked_about_a_form_that_is_not_complete(submit: Any, datashare: Any) -> None:
    assert faults(await submit(child_name="")) == [("/form/child_name", "required")]
    assert datashare.of("/data-verifications") == []


@pytest.mark.parametrize("result", ["not_served", "a_result_to_come"])
async def test_what_no_network_serves_is_to_be_brought_as_before(
    api: Client, submit: Any, datashare: Any, result: str
) -> None:
    datashare.verifies(MARRIED, result)
    application = (await submit()).json()
    assert await checks(api, application) == {}
    assert how(await ledger(api, application))[MARRIED] == "brought"


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (["agrees", "agrees"], "verified"),
        (["agrees", "out"], "to_verify"),
        (["agrees", "not_served"], None),
        (["out", "not_served"], None),
    ],
)
async def test_of_several_sources_of_a_material_the_worst_counts(
    api: Client, submit: Any, datashare: Any, results: list[str], said: str | None
) -> None:
    for result in results:
        datashare.verifies("parent_id_card", result)
    assert (await checks(api, (await submit()).json())).get("parent_id_card") == said


@pytest.mark.parametrize("trouble", ["status", "garbled", "hangs"])
async def test_nobody_is_sent_away_because_datashare_is_out(
    api: Client, submit: Any, datashare: Any, trouble: str, work: Any, database: Database, clock: Any
) -> None:
    setattr(datashare, trouble, 500 if trouble == "status" else True)
    reply = await submit()
    assert reply.status == 201, reply.body
    open_ones = {MARRIED, "household_register", "hospital_birth_record", "hospital_expense_record"}
    assert await checks(api, reply.json()) == dict.fromkeys(open_ones, "to_verify")
    assert how(await ledger(api, reply.json()))["parent_id_card"] == "typed"
    setattr(datashare, trouble, 200 if trouble == "status" else False)
    datashare.verifies(MARRIED, "agrees")
    await work()
    assert await left(database) == []
    assert await checks(api, reply.json()) == {
        MARRIED: "verified",
        **dict.fromkeys(open_ones - {MARRIED}, "brought"),
    }


async def test_what_was_out_is_verified_again_until_it_is_done_and_told(
    api: Client, submit: Any, datashare: Any, work: Any, database: Database, clock: Any
) -> None:
    datashare.verifies(MARRIED, "out")
    datashare.verifies("household_register", "out")
    application = (await submit()).json()
    assert set((await checks(api, application)).values()) == {"to_verify"}
    await work()
    assert await left(database) == [(VERIFYING, "waiting")]
    datashare.says = {}
    datashare.verifies(MARRIED, "agrees", at="2026-03-02T01:50:00Z")
    datashare.verifies("household_register", "out")
    clock.advance(minutes=20)
    await work()
    assert await checks(api, application) == {MARRIED: "verified", "household_register": "to_verify"}
    datashare.says = {}
    datashare.verifies("household_register", "differs", "residence_address", at="2026-03-02T03:50:00Z")
    clock.advance(hours=2)
    await work()
    assert await left(database) == []
    assert await checks(api, application) == {MARRIED: "verified", "household_register": "differs"}
    asked = datashare.of("/data-verifications")
    assert [body["materials"] for body in asked[1:]] == [
        [MARRIED, "household_register"],
        [MARRIED, "household_register"],
        ["household_register"],
    ]
    assert {body["application_number"] for body in asked[1:]} == {application["application_number"]}
    path = f"/api/v1/applications/{application['application_id']}"
    texts = [one["text"] for one in (await api.get(f"{path}/timeline", by=citizen())).json()["notices"]]
    source = "市卫生健康委的出生医学证明信息"
    assert texts == [f"结婚证:已由{source}核验一致,不用提交", f"居民户口簿:与{source}不一致,由窗口核对"]
    warned = (await api.get(path, by=clerk())).json()["warnings"]
    assert [(one["pointer"], one["code"]) for one in warned] == [("/materials/household_register", "differs")]
    actions = [row.action for row in await audited(database)]
    assert actions.count("materials.verified") == 2


async def test_the_window_asks_once_more_and_checks_itself_what_is_still_out(
    api: Client, submit: Any, datashare: Any, checked: list[str], work: Any, database: Database, clock: Any
) -> None:
    datashare.verifies(MARRIED, "out")
    datashare.verifies("household_register", "out")
    application = (await submit()).json()
    await work()
    datashare.says = {}
    datashare.verifies(MARRIED, "agrees")
    datashare.verifies("household_register", "out")
    path = f"/api/v1/applications/{application['application_id']}"
    reply = await api.post(f"{path}/acceptances", by=clerk(), body={"materials_checked": checked}, key="a")
    assert reply.status == 201, reply.body
    said = {one["material"]: one["checked"]["how"] for one in reply.json()["materials"] if one["checked"]}
    assert said == {MARRIED: "verified", "household_register": "by_hand"} == await checks(api, application, by=clerk())
    (row,) = [row for row in await audited(database) if row.action == "application.accepted"]
    assert json.loads(row.details)["by_hand"] == ["household_register"]
    before = len(datashare.of("/data-verifications"))
    clock.advance(hours=2)
    await work()
    assert (await left(database), len(datashare.of("/data-verifications"))) == ([], before)
    assert await checks(api, application) == said, "what the clerk checked is not asked for again"


async def test_the_window_waits_for_no_source(
    api: Client, submit: Any, datashare: Any, checked: list[str], accepted: Make
) -> None:
    datashare.verifies(MARRIED, "out")
    application = (await submit()).json()
    datashare.hangs = True
    path = f"/api/v1/applications/{application['application_id']}/acceptances"
    reply = await api.post(path, by=clerk(), body={"materials_checked": checked}, key="a")
    assert (reply.status, await checks(api, application)) == (201, {MARRIED: "by_hand"})


async def test_a_case_that_is_over_is_asked_for_nothing(
    api: Client,
    service: Service,
    intake: Intake,
    submit: Any,
    datashare: Any,
    checked: list[str],
    database: Database,
    clock: Any,
) -> None:
    datashare.verifies(MARRIED, "out")
    application_id = (await submit()).json()["application_id"]
    await tell_datashare(intake, application_id)
    path = f"/api/v1/applications/{application_id}/acceptances"
    await api.post(path, by=clerk(), body={"materials_checked": checked}, key="a")
    told = {"case_id": application_id, "application_id": application_id, "tasks": 1, "provisional": False}
    await deliver(service, CaseOpened(**told, promised_due=clock.now()), subject=application_id, version=1)
    ended = {"outcome": "granted", "closed_at": clock.now(), "elapsed_working_minutes": 1}
    await deliver(service, CaseClosed(application_id=application_id, **ended), subject=application_id, version=2)
    asked = len(datashare.of("/data-verifications"))
    await verify_again(intake, application_id)
    assert (len(datashare.of("/data-verifications")), await left(database)) == (asked, [])


async def test_datashare_is_told_whom_an_application_concerns_and_what_is_disputed(
    api: Client, submit: Any, datashare: Any, work: Any, database: Database
) -> None:
    datashare.gives("child_name", "测大宝")
    datashare.verifies(MARRIED, "differs", "father_name")
    reply = await submit(disputes={"child_name": "医院录错", "father_name": "民政录错"})
    assert reply.status == 201, reply.body
    application = reply.json()
    application_id = application["application_id"]
    assert datashare.of("/persons") == datashare.of("/data-disputes") == []
    await work()
    ((method, path, body),) = [one for one in datashare.asked if one[1].endswith("/persons")]
    assert (method, path) == ("PUT", f"/api/v1/applications/{application_id}/persons")
    assert body == {
        "application_number": application["application_number"],
        "draft_id": body["draft_id"],
        "applicant_id": "citizen-1",
        "matter_code": "newborn",
        "persons": {"mother_id_number": "410199200002291025", "father_id_number": "410199199003070018"},
    }
    shared, compared = datashare.of("/data-disputes")
    assert shared["dispute_id"] == dispute_id_of(application_id, "form", "child_name")
    values = ("place", "key", "label", "shared_value", "claimed_value", "reason", "network", "unit", "applicant_id")
    assert [shared[name] for name in values] == [
        *("form", "child_name", "新生儿姓名", "测大宝", "测小宝", "医院录错", "births", "U23", "citizen-1"),
    ]
    assert [compared[name] for name in ("key", "shared_value", "claimed_value")] == ["father_name", "", "测试父亲"]
    assert shared["application_id"] == application_id
    assert shared["draft_id"] == body["draft_id"]
    (row,) = [row for row in await audited(database) if row.action == "application.shared"]
    details = json.loads(row.details)
    assert details["persons"] == ["father_id_number", "mother_id_number"]
    assert details["disputes"] == [shared["dispute_id"], compared["dispute_id"]]
    told = await ledger(api, application)
    line = next(line for line in told["lines"] if line["key"] == "child_name")
    assert (line["how"], line["dispute_id"]) == ("disputed", shared["dispute_id"])
    seen = (await api.get(f"/api/v1/applications/{application_id}", by=clerk())).json()
    assert [one["element"] for one in seen["elements"] if one["disputed"]] == ["child_name", "father_name"]


async def test_what_was_not_heard_is_told_again_under_the_same_ids(
    submit: Any, datashare: Any, intake: Intake, work: Any, database: Database, clock: Any
) -> None:
    datashare.gives("child_name", "测大宝")
    application = (await submit(disputes={"child_name": "医院录错"})).json()
    datashare.status = 500
    await work()
    assert await left(database) == [(TELLING, "waiting")]
    datashare.status = 201
    clock.advance(hours=1)
    await work()
    assert await left(database) == []
    await tell_datashare(intake, application["application_id"])
    assert len({body["dispute_id"] for body in datashare.of("/data-disputes")}) == 1
    assert [row.action for row in await audited(database)].count("application.shared") == 1


async def test_the_ledger_counts_what_she_was_spared(
    api: Client, submit: Any, datashare: Any, keys: Callable[[], str], work: Any
) -> None:
    datashare.gives("child_name", "测小宝")
    datashare.gives("birth_hospital", "测试医院")
    datashare.verifies(MARRIED, "agrees")
    datashare.verifies("household_register", "out")
    application = (await submit()).json()
    told = await ledger(api, application)
    assert (told["elements_asked"], told["elements_typed"]) == (14, 12)
    asked, brought = told["materials_asked"], told["materials_brought"]
    assert (asked, brought) == (6, 2)
    assert told["text"] == "应填 14 项,由申请人填写 12 项;应交材料 6 份,由申请人提交 2 份"
    assert how(told)["child_name"] == "shared"
    assert how(told)["mother_name"] == how(told)["bank_account_slip"] == "typed"
    assert "测小宝" not in str(told), "no value stands in it"


async def test_the_acceptance_tells_the_counts_of_the_ledger_and_the_submission_how_it_came(
    api: Client, submit: Any, datashare: Any, database: Database, checked: list[str], keys: Callable[[], str]
) -> None:
    datashare.gives("child_name", "测小宝")
    datashare.gives("birth_hospital", "测试医院")
    datashare.verifies(MARRIED, "agrees")
    datashare.verifies("household_register", "out")
    application = (await submit()).json()
    datashare.says = {}
    datashare.verifies("household_register", "agrees")
    path = f"/api/v1/applications/{application['application_id']}/acceptances"
    assert (await api.post(path, by=clerk(), body={"materials_checked": checked, "note": ""}, key=keys())).status == 201
    submitted, accepted = (event["data"] for event in await appended(database))
    assert submitted["channel"] == "ONLINE"
    counts = {name: value for name, value in accepted.items() if name.startswith(("elements_", "materials_"))}
    shown = await ledger(api, application)
    assert counts == {
        "elements_asked": 14,
        "elements_shared": 2,
        "elements_typed": 12,
        "materials_asked": 6,
        "materials_shared": 2,
        "materials_brought": 2,
    }
    assert counts.items() >= {name: shown[name] for name in counts if name in shown}.items()


async def test_the_ledger_is_its_owners_its_windows_and_in_part_its_units(
    api: Client, service: Service, submit: Any, datashare: Any, database: Database
) -> None:
    for material in MATERIALS:
        datashare.verifies(material, "agrees")
    application = (await submit()).json()
    application_id = application["application_id"]
    path = f"/api/v1/applications/{application_id}/ledger"
    for other in (citizen("citizen-2"), clerk(unit="U09"), reviewer(unit="U30"), clerk(unit="")):
        assert (await api.get(path, by=other)).status == 404
    whole = await ledger(api, application, by=clerk())
    assert whole == await ledger(api, application)
    opened = {
        "application_id": application_id,
        "task_id": application_id,
        "task_key": "fertility_service",
        "name": "生育登记",
        "unit": "U30",
        "item": "11410100MBXX0030XE3412036008002",
    }
    await deliver(service, TaskOpened(**opened), subject=application_id, version=1)
    part = how(await ledger(api, application, by=reviewer(unit="U30")))
    assert "bank_account" in part
    assert "birth_hospital" not in part
    assert part.items() < how(whole).items()
    dossier = await api.get(f"/api/v1/tasks/{application_id}/dossier", by=reviewer(unit="U30"))
    said = {one["material"]: one["checked"]["how"] for one in dossier.json()["materials"] if one["checked"]}
    assert said == dict.fromkeys(("parent_id_card", "hospital_expense_record"), "verified")
    looks = [(row.actor, row.action) for row in await audited(database) if row.action == "ledger.shown"]
    assert looks == [("clerk-1", "ledger.shown"), ("reviewer-1", "ledger.shown")]


async def test_a_lost_answer_of_a_submission_is_given_again_and_nothing_is_booked_twice(
    api: Client, drafted: Make, datashare: Any, work: Any
) -> None:
    datashare.verifies(MARRIED, "agrees")
    draft = await drafted()
    body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
    first, again = [await api.post("/api/v1/applications", by=citizen(), body=body, key="k") for _ in range(2)]
    assert first.body == again.body
    await work()
    assert len(datashare.of("/persons")) == 1


async def answer(service: Service, application_id: str, key: str, outcome: str, *, place: str = "form") -> None:
    told = {"application_id": application_id, "place": place, "key": key, "outcome": outcome}
    at = service.database.clock.now()
    subject = dispute_id_of(application_id, place, key)
    await deliver(service, DisputeAnswered(**told, answered_at=at), subject=subject, version=1)


async def test_what_a_source_corrected_is_asked_again_and_told(
    api: Client, service: Service, submit: Any, datashare: Any, work: Any, database: Database, clock: Any
) -> None:
    datashare.verifies(MARRIED, "differs", "father_name")
    datashare.verifies("household_register", "agrees")
    application = (await submit(disputes={"father_name": "民政录错"})).json()
    await work()
    datashare.says = {}
    datashare.verifies(MARRIED, "agrees", at="2026-03-02T05:31:00Z")
    datashare.verifies("household_register", "agrees")
    clock.advance(hours=4)
    await answer(service, application["application_id"], "father_name", "corrected")
    path = f"/api/v1/applications/{application['application_id']}"
    before = (await api.get(f"{path}/timeline", by=citizen())).headers["etag"]
    await work()
    assert datashare.of("/data-verifications")[-1]["materials"] == [MARRIED, "household_register"]
    assert await left(database) == []
    assert (await checks(api, application))[MARRIED] == "verified"
    told = await ledger(api, application)
    (line,) = [line for line in told["lines"] if line["key"] == "father_name"]
    assert (line["how"], line["text"][-7:]) == ("disputed", "来源单位已更正")
    timeline = await api.get(f"{path}/timeline", by=citizen())
    assert timeline.headers["etag"] != before
    assert [one["text"] for one in timeline.json()["notices"]] == [
        "您对父亲姓名提出的异议,市卫生健康委已答复:已更正,将重新核验",
        "结婚证:已由市卫生健康委的出生医学证明信息核验一致,不用提交",
    ]


async def test_what_another_source_corrected_leaves_a_dispute_that_is_open_as_it_is(
    api: Client, service: Service, submit: Any, datashare: Any, work: Any
) -> None:
    datashare.verifies(MARRIED, "differs", "father_name")
    datashare.verifies("household_register", "differs", "residence_address")
    datashare.verifies("hospital_birth_record", "unknown")
    disputes = dict.fromkeys(("father_name", "residence_address", "hospital_birth_record"), "登记有误")
    application = (await submit(disputes=disputes)).json()
    await work()
    filed = {body["key"]: body["dispute_id"] for body in datashare.of("/data-disputes")}
    datashare.says[MARRIED][0] |= {"result": "agrees", "differs": []}
    await answer(service, application["application_id"], "father_name", "corrected")
    await work()
    said = {MARRIED: "verified", "household_register": "disputed", "hospital_birth_record": "disputed"}
    assert await checks(api, application) == said
    told = await ledger(api, application)
    assert filed.keys() == disputes.keys()
    assert {line["key"]: line["dispute_id"] for line in told["lines"] if line["dispute_id"]} == filed


async def test_what_a_source_upholds_is_told_and_not_asked_again(
    api: Client, service: Service, submit: Any, datashare: Any, work: Any, database: Database
) -> None:
    datashare.verifies(MARRIED, "unknown")
    application = (await submit(disputes={MARRIED: "在外地登记"})).json()
    await work()
    asked = len(datashare.asked)
    await answer(service, application["application_id"], MARRIED, "upheld", place="materials")
    await answer(service, application["application_id"], "never_disputed", "upheld")
    await work()
    assert len(datashare.asked) == asked
    path = f"/api/v1/applications/{application['application_id']}/timeline"
    (notice,) = (await api.get(path, by=citizen())).json()["notices"]
    assert notice["text"] == "您对结婚证提出的异议,市卫生健康委已答复:经核查,维持原记录,由窗口与您核对"
    assert [row.action for row in await audited(database)].count("dispute.answered") == 1


async def test_an_answer_while_the_work_waits_disturbs_neither(
    api: Client, service: Service, submit: Any, datashare: Any, work: Any, database: Database, clock: Any
) -> None:
    datashare.gives("child_name", "测大宝")
    datashare.verifies(MARRIED, "out")
    application = (await submit(disputes={"child_name": "医院录错"})).json()
    await answer(service, application["application_id"], "child_name", "corrected")
    await work()
    assert await left(database) == [(VERIFYING, "waiting")]
    datashare.says = {}
    datashare.verifies(MARRIED, "agrees")
    clock.advance(hours=1)
    await work()
    assert (await left(database), await checks(api, application)) == ([], {MARRIED: "verified"})


async def test_an_answer_while_sources_are_asked_has_them_asked_again(
    api: Client, service: Service, submit: Any, datashare: Any, work: Any, database: Database, clock: Any
) -> None:
    datashare.verifies(MARRIED, "differs", "father_name")
    datashare.verifies("household_register", "out")
    application = (await submit(disputes={"father_name": "民政录错"})).json()
    await work()
    assert await left(database) == [(VERIFYING, "waiting")]
    datashare.says = {}
    datashare.verifies(MARRIED, "agrees")
    datashare.verifies("household_register", "agrees")
    datashare.meanwhile = lambda: answer(service, application["application_id"], "father_name", "corrected")
    for _ in range(2):
        clock.advance(hours=1)
        await work()
    assert datashare.of("/data-verifications")[-1]["materials"] == [MARRIED, "household_register"]
    said = {MARRIED: "verified", "household_register": "verified"}
    assert (await left(database), await checks(api, application)) == ([], said)


async def test_an_application_of_before_there_were_sources_has_its_ledger(
    api: Client, submit: Any, datashare: Any, database: Database
) -> None:
    datashare.gives("child_name", "测小宝")
    datashare.verifies(MARRIED, "agrees")
    application = (await submit()).json()
    async with database.unit_of_work() as work:
        for table in (booked, shared):
            await work.connection.execute(table.delete())
    told = await ledger(api, application)
    assert set(how(told).values()) == {"typed", "brought"}
    assert (told["elements_typed"], told["materials_brought"]) == (told["elements_asked"], 4)
    assert await checks(api, application) == {}


async def test_a_field_of_a_long_name_stands_in_the_ledger_too(api: Client, submit: Any, catalog: Any) -> None:
    (field,) = [
        field
        for section in catalog.guide["form"]["sections"]
        for field in section["fields"]
        if field["element"] == "child_name"
    ]
    field["label"] = "名" * 200
    told = await ledger(api, (await submit()).json())
    assert [line["label"] for line in told["lines"] if line["key"] == "child_name"] == ["名" * 200]


async def test_what_was_typed_because_its_source_was_out_is_booked_as_that(
    api: Client, submit: Any, datashare: Any
) -> None:
    datashare.lacks("child_name", "hukou_region")
    datashare.lacks("mother_name", reason="not_found")
    told = await ledger(api, (await submit()).json())
    said = {line["key"]: line["text"] for line in told["lines"] if line["place"] == "form"}
    assert said["child_name"] == "市卫生健康委的出生医学证明信息当时不能答复,由申请人填写"
    assert said["mother_name"] == "由申请人填写"
    assert "hukou_region" not in said, "nothing was given"


BIRTH, SOURCE = "hospital_birth_record", "市卫生健康委的出生医学证明信息"


def elements(told: dict[str, Any]) -> dict[str, str]:
    return {line["key"]: line["text"] for line in told["lines"] if line["place"] == "form"}


async def test_what_was_typed_while_its_source_was_out_is_held_against_it_at_submission(
    api: Client, submit: Any, datashare: Any
) -> None:
    datashare.lacks("child_birth_date", "birth_hospital", "child_name")
    datashare.verifies(BIRTH, "differs", "child_birth_date", agrees=("birth_hospital", "mother_name"))
    refused = await submit()
    assert faults(refused) == [("/form/child_birth_date", "differs_from_source")]
    (error,) = refused.json()["errors"]
    assert error["detail"] == f"出生日期与{SOURCE}不一致;请核对,确认来源有误的请说明理由提出异议"
    application = (await submit(disputes={"child_birth_date": "医院录错"})).json()
    told = await ledger(api, application)
    said = elements(told)
    assert said["birth_hospital"] == f"由申请人填写,已由{SOURCE}核验一致"
    assert said["child_name"] == f"{SOURCE}当时不能答复,由申请人填写", "its source is not asked to compare it"
    assert said["mother_name"] == "由申请人填写", "it was not out when she typed this"
    assert said["child_birth_date"] == f"申请人对{SOURCE}提出了异议,按所填继续办理"
    assert (how(told)["birth_hospital"], told["elements_typed"]) == ("verified", told["elements_asked"])


async def test_what_was_typed_is_held_against_its_source_once_that_is_back_and_she_is_told(
    api: Client, submit: Any, datashare: Any, work: Any, database: Database, clock: Any
) -> None:
    datashare.lacks("child_birth_date", "birth_hospital", "child_name")
    datashare.gives("mother_name", "测试母亲")
    datashare.verifies(BIRTH, "out")
    application = (await submit()).json()
    before = how(await ledger(api, application))
    typed = ("child_birth_date", "birth_hospital", "child_name")
    assert [before[key] for key in (BIRTH, *typed)] == ["to_verify", "typed", "typed", "typed"]
    datashare.says = {}
    at = "2026-03-02T02:00:00Z"
    datashare.verifies(BIRTH, "agrees", agrees=("child_birth_date", "mother_name"), at=at)
    datashare.verifies(BIRTH, "differs", "child_birth_date", agrees=("birth_hospital",), at=at)
    clock.advance(minutes=30)
    await work()
    assert await left(database) == []
    after = how(await ledger(api, application))
    assert [after[key] for key in (BIRTH, *typed)] == ["differs", "differs", "verified", "typed"]
    assert after["mother_name"] == "shared", "she did not type it"
    path = f"/api/v1/applications/{application['application_id']}"
    texts = {one["text"] for one in (await api.get(f"{path}/timeline", by=citizen())).json()["notices"]}
    assert {f"出生日期:与{SOURCE}不一致,由窗口核对", f"接生机构:由申请人填写,已由{SOURCE}核验一致"} < texts
    warned = {one["pointer"] for one in (await api.get(path, by=clerk())).json()["warnings"]}
    assert warned == {"/form/child_birth_date", f"/materials/{BIRTH}"}
    (row,) = [row for row in await audited(database) if row.action == "materials.verified"]
    said = {name: what for name, what in json.loads(row.details).items() if name != "row"}
    assert said == {"child_birth_date": "differs", "birth_hospital": "verified", BIRTH: "differs"}


async def test_what_was_typed_is_held_against_its_source_as_the_window_accepts(
    api: Client, submit: Any, datashare: Any, checked: list[str], work: Any, database: Database
) -> None:
    datashare.lacks("child_birth_date", "residence_address")
    datashare.verifies(BIRTH, "out")
    datashare.verifies("household_register", "out")
    application = (await submit()).json()
    await work()
    datashare.says = {}
    datashare.verifies(BIRTH, "agrees", agrees=("child_birth_date",))
    datashare.verifies("household_register", "out")
    path = f"/api/v1/applications/{application['application_id']}/acceptances"
    reply = await api.post(path, by=clerk(), body={"materials_checked": checked}, key="a")
    assert reply.status == 201, reply.body
    said = how(await ledger(api, application))
    assert (said[BIRTH], said["child_birth_date"]) == ("verified", "verified")
    assert (said["household_register"], said["residence_address"]) == ("by_hand", "typed")
    (row,) = [row for row in await audited(database) if row.action == "application.accepted"]
    assert json.loads(row.details)["by_hand"] == ["household_register"]
