import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from chassis.base import telemetry
from chassis.base.problems import TooMany
from chassis.base.scribe import Scribe
from chassis.data.database import Database, UnitOfWork
from chassis.events import parking
from chassis.events.inbox import Received
from chassis.events.outbox import Event
from chassis.http.asgi import Receive, Scope, Send
from chassis.http.edge import Edge, Refused
from chassis.http.upstream import call
from chassis.service import Service
from chassis.testing.builders import citizen
from chassis.testing.client import Client, deliver
from chassis.testing.sample import Counted, counters
from pydantic import BaseModel

NAME, ID_NUMBER, PHONE = "测试母亲", "410199200002291025", "13800000000"
CANARIES = (NAME, ID_NUMBER, PHONE, "410199200002291025"[6:14])
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Form(BaseModel):
    child: int


class Told(io.StringIO):
    """What was logged so far."""

    scribe: Scribe

    def getvalue(self) -> str:
        assert self.scribe.drain(30)
        return super().getvalue()


@pytest.fixture
def told() -> Iterator[Told]:
    """Log as a process does, and give what it wrote."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    written = Told()
    written.scribe = telemetry.configure(stream=written)
    yield written
    written.scribe.close()
    logging.captureWarnings(capture=False)
    logging.raiseExceptions = True
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


def lines(told: Told) -> list[dict[str, object]]:
    text = told.getvalue()
    for canary in CANARIES:
        assert canary not in text
        assert json.dumps(canary).strip('"') not in text
    return [json.loads(line) for line in text.splitlines()]


def failing(error: Exception) -> Edge:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return Edge(app, service="t")


def refused() -> Exception:
    try:
        Form.model_validate({"child": f"{NAME} {ID_NUMBER}"})
    except ValueError as error:
        return error
    raise AssertionError


async def test_an_exception_is_logged_with_its_place_but_without_its_words(told: Told) -> None:
    for error in (RuntimeError(f"{NAME} {ID_NUMBER} {PHONE}"), refused(), KeyError(NAME)):
        await call(failing(error), "GET", f"/api/{NAME}/{ID_NUMBER}/{PHONE}", headers={"traceparent": TRACE})
    found = [line for line in lines(told) if line["event"] == "unexpected"]
    kinds = [line["exception"][-1]["exc_type"] for line in found]  # type: ignore[index]
    assert kinds == ["RuntimeError", "ValidationError", "KeyError"]
    assert {line["trace_id"] for line in found} == {"4bf92f3577b34da6a3ce929d0e0e4736"}
    assert "test_telemetry.py" in str(found[0]["exception"])


async def test_a_cause_is_logged_without_its_words_too(told: Told) -> None:
    try:
        try:
            raise ValueError(NAME)
        except ValueError as cause:
            raise ExceptionGroup(PHONE, [RuntimeError(ID_NUMBER)]) from cause
    except ExceptionGroup as error:
        await call(failing(error), "GET", "/")
    assert "ValueError" in str(lines(told))


async def test_numbers_are_masked_at_any_depth_and_named_fields_are_hidden(told: Told) -> None:
    telemetry.log.warning("m", list=[{"a": f"持 {ID_NUMBER}"}], deep={"b": (PHONE, f"+86{PHONE}")}, name=NAME)
    telemetry.log.warning(f"电话 {PHONE}")
    first, second = lines(told)
    assert first["name"] == "***"
    assert first["deep"] == {"b": ["138****0000", "+86138****0000"]}
    assert second["event"] == "电话 138****0000"


async def test_a_trace_id_with_digits_like_a_phone_is_not_masked(told: Told) -> None:
    trace = "4bf92f3577b34da6a13812345678a736"
    with telemetry.following(f"00-{trace}-00f067aa0ba902b7-01"):
        telemetry.log.warning("m")
    assert lines(told)[0]["trace_id"] == trace


async def test_what_libraries_log_is_json_and_masked_too(told: Told) -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        logging.getLogger("aiokafka.consumer").exception("record of %s", PHONE)
    logging.getLogger("uvicorn.error").warning("m")
    first, second = lines(told)
    assert (first["level"], first["logger"], first["event"]) == ("error", "aiokafka.consumer", "record of 138****0000")
    assert (second["level"], second["event"]) == ("warning", "m")


async def test_a_request_is_logged_by_its_operation_and_id_never_by_its_path(api: Client, told: Told) -> None:
    await api.get(f"/api/v1/counters/{ID_NUMBER}", headers={"x-request-id": "abc"})
    await api.get("/api/v1/counters/none", headers={"x-request-id": f"a.{ID_NUMBER}"})
    first, second = lines(told)
    assert (first["operation"], first["status"], first["request_id"]) == ("show_counter", 404, "abc")
    assert second["request_id"] == "a.410199********1025"


async def test_refused_requests_are_told_in_one_line_for_all(api: Client, told: Told) -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        raise TooMany

    edge = Edge(refusing, service="t")
    edge._refused = Refused("t", every=0.01)
    for _ in range(50):
        assert (await call(edge, "GET", f"/api/{PHONE}")).status == 429
    async with asyncio.timeout(60):
        while sum(line["counts"]["none 429"] for line in lines(told)) < 50:  # type: ignore[index]
            await asyncio.sleep(0.01)
    assert {line["event"] for line in lines(told)} == {"requests_refused"}


async def test_what_a_handler_raises_is_kept_masked_and_its_words_are_not_logged(
    service: Service, database: Database, told: Told
) -> None:
    async def clumsy(work: object, received: Received[Event]) -> None:
        Form.model_validate({"child": NAME})

    async def clumsier(work: object, received: Received[Event]) -> None:
        raise RuntimeError(f"no good: {ID_NUMBER} {PHONE}")

    assert service.consumer is not None
    reader = service.consumer._readers[Counted.type]
    for subject, handler in (("a", clumsy), ("b", clumsier)):
        object.__setattr__(reader, "handler", handler)
        await deliver(service, Counted(name=subject, by=1), subject=subject, version=1)
    assert [line["event"] for line in lines(told)] == ["event_parked", "event_parked"]
    async with database.reading() as connection:
        reasons = [row.reason for row in await parking.listed(connection)]
    assert not [reason for reason in reasons for canary in CANARIES if canary in reason]
    assert reasons[0].startswith("ValidationError: child: int_parsing")
    assert "no good" in reasons[1]


async def test_what_the_database_quotes_is_neither_logged_nor_kept(
    service: Service, database: Database, told: Told
) -> None:
    async def twice(work: UnitOfWork, received: Received[Event]) -> None:
        for _ in range(2):
            await work.connection.execute(counters.insert().values(name=NAME, value=1, version=1))

    assert service.consumer is not None
    object.__setattr__(service.consumer._readers[Counted.type], "handler", twice)
    await deliver(service, Counted(name="a", by=1), subject="a", version=1)
    assert [line["error"] for line in lines(told)] == ["IntegrityError"]
    async with database.reading() as connection:
        reasons = [row.reason for row in await parking.listed(connection)]
    assert len(reasons) == 1
    assert NAME not in reasons[0]


async def test_problems_tell_the_caller_a_trace_id_and_metrics_have_no_paths(api: Client, service: Service) -> None:
    reply = await api.post(f"/api/v1/counters/{PHONE}/counts", by=citizen(), body={"by": 1}, key="k")
    assert reply.status == 201
    metrics = (await call(service.operators, "GET", "/metrics")).body.decode()
    assert PHONE not in metrics
