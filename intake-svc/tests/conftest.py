"""Intake on a fresh database, beside a catalogue that serves a real guide from a file, and hands that apply."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from chassis.data.database import Database
from chassis.events.bus import Bus
from chassis.http.asgi import App, Receive, Scope, Send
from chassis.http.identity import Principal
from chassis.service import Service
from chassis.testing.builders import citizen, clerk
from chassis.testing.client import Client
from chassis.testing.plugin import OpenDatabase
from intake_svc import app
from intake_svc.handlers import Intake
from intake_svc.settings import IntakeSettings

Make = Callable[..., Awaitable[dict[str, Any]]]


class FileCatalog:
    """A catalogue that knows one matter, answers as the real one, and can be asked to publish a new version."""

    def __init__(self) -> None:
        self.guide, self.matter = (
            json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
            for name in ("guide.json", "matter.json")
        )
        self.status = 200
        self.garbled = False
        self.ended = ""
        self.questions = {"residence", "card"}
        self.window = ""

    def publish(self) -> None:
        """Put the next version of the matter in force; it asks one question more."""
        self.guide["matter_version"] += 1
        self.questions.add("insurance")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        status, answer = self._answer(scope["path"], json.loads(body) if body else None)
        raw = b"<html>" if self.garbled else json.dumps(answer).encode()
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": raw})

    def _answer(self, path: str, asked: Any) -> tuple[int, dict[str, Any]]:
        if self.status != 200:
            return self.status, {}
        if path == "/api/v1/matters/newborn":
            now = {"is_withdrawn": bool(self.ended), "withdrawn_from": self.ended or None}
            return 200, {**self.matter, "matter_version": self.guide["matter_version"], **now}
        if path != "/api/v1/matters/newborn/guide":
            return 404, {"code": "matter_not_found"}
        return self._refusal(asked["answers"]) or (200, {**self.guide, "answers": asked["answers"]})

    def _refusal(self, answers: Any) -> tuple[int, dict[str, Any]] | None:
        if self.ended:
            return 409, {"code": "matter_withdrawn", "detail": f"自 {self.ended} 起不再受理“新生儿出生”"}
        if self.window:
            place = {"pointer": "/answers/residence", "code": "handled_at_window", "detail": self.window}
            return 422, {"code": "handled_at_window", "detail": self.window, "errors": [place]}
        if wrong := sorted(set(answers) ^ self.questions):
            errors = [{"pointer": f"/answers/{one}", "code": "unanswered", "detail": "请选择"} for one in wrong]
            return 422, {"code": "answers_wrong", "errors": errors}
        return None


class FileWorkflow:
    """A workflow that answers for one case as the real one, or does not answer."""

    def __init__(self) -> None:
        self.case = json.loads(Path(__file__).with_name("case.json").read_text(encoding="utf-8"))
        self.status = 200
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.asked.append(scope["path"])
        raw = json.dumps(self.case).encode()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": raw})


class FileDatashare:
    """A datashare that answers as a test tells it: what it gives for drafts, what it says of materials, or nothing."""

    def __init__(self) -> None:
        self.status = 200
        self.garbled = False
        self.hangs = False
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.values: list[dict[str, Any]] = []
        self.unasked: list[dict[str, Any]] = []
        self.says: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def gives(self, key: str, value: str, *, place: str = "form", **changes: Any) -> None:
        """Give a value for drafts."""
        told = {**SOURCE, "place": place, "key": key, "value": value, "query_id": QUERY, "at": AT}
        self.values.append({**told, **changes})

    def lacks(self, *keys: str, reason: str = "network_out", **changes: Any) -> None:
        """Say why elements cannot be filled."""
        self.unasked.append({**SOURCE, "keys": list(keys), "reason": reason, **changes})

    def verifies(self, material: str, result: str, *differs: str, agrees: tuple[str, ...] = (), **changes: str) -> None:
        """Say a thing of a material; of one that is asked for and nothing is said, no network serves it."""
        told: dict[str, Any] = {**SOURCE, "material": material, "result": result, "item": "", "at": AT}
        told |= {"agrees": list(agrees), "differs": list(differs)}
        self.says.setdefault(material, []).append({**told, "query_id": QUERY, **changes})

    def of(self, path: str) -> list[dict[str, Any]]:
        """Return the bodies that were sent to a path's end."""
        return [body for _, at, body in self.asked if at.endswith(path)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = json.loads((await receive())["body"])
        self.asked.append((scope["method"], scope["path"], body))
        if self.hangs:
            await asyncio.Event().wait()
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        raw = b"<html>" if self.garbled else json.dumps(self._answer(scope["path"], body)).encode()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": raw})

    def _answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/prefills"):
            return {"values": self.values, "unasked": self.unasked}
        if path.endswith("/data-verifications"):
            return {"results": [one for material in body["materials"] for one in self.says.get(material, [])]}
        return {}


QUERY = "01900000-0000-7000-8000-0000000000a1"
AT = "2026-03-02T01:30:00Z"
SOURCE = {
    "use": "birth",
    "resource": "birth_record",
    "resource_name": "出生医学证明信息",
    "network": "births",
    "network_name": "出生医学证明专网",
    "unit": "U23",
    "unit_name": "市卫生健康委",
    "basis": "政务数据共享条例",
}


@pytest.fixture
def datashare() -> FileDatashare:
    return FileDatashare()


@pytest.fixture
def workflow() -> FileWorkflow:
    return FileWorkflow()


@pytest.fixture
def catalog() -> FileCatalog:
    return FileCatalog()


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("intake_svc")


@pytest.fixture
def asked(database: Database) -> Iterator[list[str]]:
    """Note what is asked of the database."""
    statements: list[str] = []
    engine = database._reader.sync_engine

    def note(*told: Any) -> None:
        statements.append(told[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def siblings(catalog: FileCatalog, workflow: FileWorkflow, datashare: FileDatashare) -> dict[str, App]:
    return {"catalog": catalog, "workflow": workflow, "datashare": datashare}


@pytest.fixture
def service(
    settings_for: Callable[..., IntakeSettings], database: Database, bus: Bus, siblings: dict[str, App]
) -> Service:
    settings = settings_for(IntakeSettings, prefill_seconds=0.5, verify_seconds=0.5)
    return app.build(settings, database=database, bus=bus, **siblings)


@pytest.fixture
def intake(service: Service) -> Intake:
    collaborators: Intake = service.api.state.collaborators
    return collaborators


@pytest.fixture
def api(client: Callable[..., Client], service: Service) -> Client:
    return client(service.app)


@pytest.fixture
def answers() -> dict[str, str]:
    return {"residence": "hukou", "card": "yes"}


@pytest.fixture
def form() -> dict[str, str]:
    return {
        "child_name": "测小宝",
        "child_sex": "1",
        "child_birth_date": "2026-02-26",
        "birth_hospital": "测试医院",
        "mother_name": "测试母亲",
        "mother_id_number": "410199200002291025",
        "mother_phone": "13800000000",
        "father_name": "测试父亲",
        "father_id_number": "410199199003070018",
        "hukou_follow": "mother",
        "residence_address": "郑州市测试路 1 号",
        "card_bank": "测试银行",
        "bank_account": "6200000000000000000",
        "bank_account_name": "测试母亲",
    }


@pytest.fixture
def references() -> dict[str, str]:
    return {"parent_id_card": "410199199003070018"}


@pytest.fixture
def checked(catalog: FileCatalog) -> list[str]:
    asked = [one for one in catalog.guide["materials"] if one["obtain_mode"] != "SYSTEM_GENERATED"]
    return [one["material"] for one in asked if one["required"]]


@pytest.fixture
def keys() -> Callable[[], str]:
    """Give fresh idempotency keys."""
    numbers = count(1)
    return lambda: f"key-{next(numbers)}"


@pytest.fixture
def drafted(
    api: Client, form: dict[str, str], references: dict[str, str], answers: dict[str, str], keys: Callable[[], str]
) -> Make:
    """Make a draft and fill it in; keywords override the form."""

    async def draft(*, by: Principal | None = None, **overrides: str) -> dict[str, Any]:
        by = by or citizen()
        body: dict[str, Any] = {"matter_code": "newborn", "answers": answers}
        made = await api.post("/api/v1/drafts", by=by, body=body, key=keys())
        assert made.status == 201, made.body
        body = {"form": {**form, **overrides}, "materials": references}
        path = f"/api/v1/drafts/{made.json()['draft_id']}"
        saved = await api.put(path, by=by, body=body, headers={"if-match": '"1"'})
        assert saved.status == 200, saved.body
        found: dict[str, Any] = saved.json()
        return found

    return draft


@pytest.fixture
def submitted(api: Client, drafted: Make, keys: Callable[[], str]) -> Make:
    """Submit a filled-in draft; return the application."""

    async def submit(*, by: Principal | None = None, **overrides: str) -> dict[str, Any]:
        by = by or citizen()
        draft = await drafted(by=by, **overrides)
        body = {"draft_id": draft["draft_id"], "draft_version": draft["version"]}
        reply = await api.post("/api/v1/applications", by=by, body=body, key=keys())
        assert reply.status == 201, reply.body
        found: dict[str, Any] = reply.json()
        return found

    return submit


@pytest.fixture
def accepted(api: Client, submitted: Make, checked: list[str], keys: Callable[[], str]) -> Make:
    """Submit an application and have the window accept it."""

    async def accept(*, by: Principal | None = None, note: str = "") -> dict[str, Any]:
        application = await submitted(by=by)
        path = f"/api/v1/applications/{application['application_id']}/acceptances"
        body = {"materials_checked": checked, "note": note}
        reply = await api.post(path, by=clerk(), body=body, key=keys())
        assert reply.status == 201, reply.body
        found: dict[str, Any] = reply.json()
        return found

    return accept
