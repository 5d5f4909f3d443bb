"""Intake on a fresh database, beside a catalogue that serves a real guide from a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chassis.asgi import App, Receive, Scope, Send
from chassis.bus import Bus
from chassis.database import Database
from chassis.service import Service
from chassis.testing.client import Client
from chassis.testing.plugin import OpenDatabase
from intake_svc import app
from intake_svc.settings import IntakeSettings


class FileCatalog:
    """A catalogue that knows one matter, answers as the real one, and can be asked to publish a new version."""

    def __init__(self) -> None:
        self.guide: dict[str, Any] = json.loads(Path(__file__).with_name("guide.json").read_text(encoding="utf-8"))
        self.status = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = json.loads((await receive())["body"])
        body: dict[str, Any] = {**self.guide, "answers": asked["answers"]}
        status = self.status
        if "/newborn/" not in scope["path"]:
            status, body = 404, {"code": "matter_not_found"}
        elif "wrong" in asked["answers"]:
            error = {"pointer": "/answers/wrong", "code": "unknown_question", "detail": "没有这个问题"}
            status, body = 422, {"code": "answers_wrong", "errors": [error]}
        raw = json.dumps(body).encode()
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": raw})


@pytest.fixture
def catalog() -> FileCatalog:
    return FileCatalog()


@pytest.fixture
async def database(open_database: OpenDatabase) -> Database:
    return await open_database("intake_svc")


@pytest.fixture
def service(settings_for: Callable[..., IntakeSettings], database: Database, bus: Bus, catalog: FileCatalog) -> Service:
    upstream: App = catalog
    return app.build(settings_for(IntakeSettings), database=database, bus=bus, catalog=upstream)


@pytest.fixture
def api(client: Callable[..., Client], service: Service) -> Client:
    return client(service.app)
