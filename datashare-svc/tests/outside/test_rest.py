"""The protocol of the exchange, against a provider that is strict."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog
from chassis.base.deadline import Deadline, deadline
from chassis.http.asgi import App, Receive, Scope, Send, answer
from chassis.testing.builders import ManualClock
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.networks import Networks, Question
from datashare_svc.outside.rest import LARGEST, RestConnector
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WITHIN = 60.0
Connect = Callable[[App], RestConnector]


async def why(asking: Any) -> NetworkOut:
    with pytest.raises(NetworkOut) as refused:
        await asking
    return refused.value


def saying(status: int, body: bytes) -> App:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, status, body, "application/json", {})

    return app


async def test_a_query_tells_the_fields_that_were_asked_for(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    told = await connect(provider).ask(resource, question, WITHIN)
    assert told.rows == ({"name": "张三", "birth_date": "1990-03-07"},)
    assert told.is_known
    [(service, asked)] = provider.asked
    assert service == "POPULATION"
    assert asked["fields"] == ["name", "birth_date", "id_number"]
    assert asked["reason"] == {**question.carried, "query_id": "q-1"}


async def test_nobody_of_these_keys_is_an_answer(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    nobody = replace(question, keys={"id_number": "410199199003070999"})
    told = await connect(provider).ask(resource, nobody, WITHIN)
    assert (told.rows, told.is_known) == ((), False)
    told = await connect(provider).ask(resource, replace(nobody, fields=(), compares={"name": "张三"}), WITHIN)
    assert (told.matches, told.is_known) == ({}, False)


async def test_a_verification_sends_canonical_values_and_brings_none(
    provider: Any, connect: Connect, resource: Resource, verification: Question
) -> None:
    told = await connect(provider).ask(resource, verification, WITHIN)
    assert (told.matches, told.rows, told.is_known) == ({"name": True, "birth_date": True}, (), True)
    [(_, asked)] = provider.asked
    assert (asked["mode"], asked["fields"]) == ("verify", [])
    assert asked["values"] == {"name": "张三", "birth_date": "1990-03-07"}
    other = await connect(provider).ask(resource, replace(verification, compares={"name": "李四"}), WITHIN)
    assert other.matches == {"name": False}
    blank = replace(verification, compares={"name": "张三", "birth_date": " "})
    assert (await connect(provider).ask(resource, blank, WITHIN)).matches == {"name": True, "birth_date": False}
    assert provider.asked[-1][1]["values"] == {"name": "张三"}, "what is blank is not sent"


async def test_a_query_without_a_reason_is_refused_by_the_provider(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    out = await why(connect(provider).ask(resource, replace(question, carried={}), WITHIN))
    assert (out.why, out.told) == (Outage.REFUSED, "403")


async def test_a_hundred_at_once_in_one_millisecond_are_each_signed_for_a_moment_of_their_own(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    connector = connect(provider)
    asked = [connector.ask(resource, replace(question, query_id=f"q-{one}"), WITHIN) for one in range(100)]
    assert len(await asyncio.gather(*asked)) == 100
    assert len({moment for _, _, moment, _ in provider.seen}) == 100


async def test_a_moment_that_another_process_took_is_followed_by_the_next(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    await connect(provider).ask(resource, question, WITHIN)
    assert (await connect(provider).ask(resource, question, WITHIN)).is_known


async def test_what_is_called_a_replay_again_and_again_is_given_up(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    provider.codes = ["409"] * 4
    out = await why(connect(provider).ask(resource, question, WITHIN))
    assert (out.why, out.told, len(provider.codes)) == (Outage.REFUSED, "409", 1)


@pytest.mark.parametrize("skew", [-301_000, 301_000])
async def test_a_provider_whose_clock_is_too_far_off_refuses(
    provider: Any, connect: Connect, resource: Resource, question: Question, skew: int
) -> None:
    provider.skew_ms = skew
    out = await why(connect(provider).ask(resource, question, WITHIN))
    assert (out.why, out.told) == (Outage.REFUSED, "408")


async def test_a_clock_that_goes_back_does_not_say_a_moment_twice(
    provider: Any, connect: Connect, resource: Resource, question: Question, clock: ManualClock
) -> None:
    connector = connect(provider)
    for _ in range(3):
        await connector.ask(resource, question, WITHIN)
        clock.advance(seconds=-60)
    assert len(provider.seen) == 3


async def test_a_key_that_ended_is_renewed_once_for_all_who_ask_at_that_time(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    provider.keys = [b"of another process".ljust(32, b".")]
    connector = connect(provider)
    told = await asyncio.gather(*(connector.ask(resource, question, WITHIN) for _ in range(20)))
    assert all(one.is_known for one in told)
    assert provider.renewals == 1


async def test_a_key_is_renewed_before_it_ends(
    provider: Any, connect: Connect, resource: Resource, question: Question, clock: ManualClock
) -> None:
    provider.keys = []
    connector = connect(provider)
    await connector.ask(resource, question, WITHIN)
    clock.advance(hours=11, minutes=58)
    await connector.ask(resource, question, WITHIN)
    assert provider.renewals == 1
    clock.advance(minutes=1)
    await connector.ask(resource, question, WITHIN)
    assert provider.renewals == 2


async def test_while_a_key_cannot_be_renewed_the_present_one_is_used_to_its_end(
    provider: Any, connect: Connect, resource: Resource, question: Question, clock: ManualClock
) -> None:
    provider.keys = []
    connector = connect(provider)
    await connector.ask(resource, question, WITHIN)
    clock.advance(hours=11, minutes=59, seconds=30)
    provider.codes = ["500"]
    assert (await connector.ask(resource, question, WITHIN)).is_known
    assert provider.renewals == 1


async def test_after_a_restart_the_registered_key_gets_another(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    provider.keys = []
    await connect(provider).ask(resource, question, WITHIN)
    assert (await connect(provider).ask(resource, question, WITHIN)).is_known
    assert provider.renewals == 2


async def test_a_renewed_key_that_another_process_replaced_is_renewed_with_the_registered_one(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    provider.keys = []
    connector = connect(provider)
    await connector.ask(resource, question, WITHIN)
    provider.keys = [b"of another process".ljust(32, b".")]
    assert (await connector.ask(resource, question, WITHIN)).is_known
    assert provider.renewals == 2


async def test_who_is_not_registered_is_told_so_and_does_not_ask_on_and_on(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    provider.keys, provider.registered = [], b"other".ljust(32, b".")
    out = await why(connect(provider).ask(resource, question, WITHIN))
    assert (out.why, out.told, provider.renewals) == (Outage.REFUSED, "401", 0)


@pytest.mark.parametrize(
    "key", [None, 5, "", "not base64!", "A" * 200], ids=["none", "number", "empty", "garbled", "long"]
)
async def test_a_renewed_key_that_is_none_is_not_taken(
    provider: Any, connect: Connect, resource: Resource, question: Question, key: Any
) -> None:
    provider.keys = []
    provider.tells = lambda told: {**told, "key": key} if "key" in told else told
    assert (await why(connect(provider).ask(resource, question, WITHIN))).why is Outage.UNREADABLE


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"query_id": "q-2"}, Outage.WRONG_QUERY),
        ({"query_id": None}, Outage.WRONG_QUERY),
        ({"data": None}, Outage.WRONG_SCHEMA),
        ({"data": {}}, Outage.WRONG_SCHEMA),
        ({"data": [{"id_number": "41019919900307004X", "name": "李四"}]}, Outage.WRONG_PERSON),
        ({"data": [{"name": "张三"}]}, Outage.WRONG_SCHEMA),
        ({"code": 0}, Outage.UNREADABLE),
        ({"code": "500"}, Outage.UNAVAILABLE),
        ({"code": "429"}, Outage.TOO_MANY),
        ({"code": "404"}, Outage.MISSING),
        ({"code": "422"}, Outage.REFUSED),
    ],
)
async def test_an_answer_that_is_not_to_the_question_is_an_outage(
    provider: Any, connect: Connect, resource: Resource, question: Question, change: dict[str, Any], expected: Outage
) -> None:
    provider.tells = lambda told: {**told, **change}
    assert (await why(connect(provider).ask(resource, question, WITHIN))).why is expected


async def test_a_verification_without_its_results_is_an_outage(
    provider: Any, connect: Connect, resource: Resource, verification: Question
) -> None:
    provider.tells = lambda told: {**told, "results": {"name": "一致"}}
    assert (await why(connect(provider).ask(resource, verification, WITHIN))).why is Outage.WRONG_SCHEMA


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"", Outage.UNREADABLE),
        (200, b"<html>", Outage.UNREADABLE),
        (200, b"[]", Outage.UNREADABLE),
        (200, b'"0"', Outage.UNREADABLE),
        (200, b"{}", Outage.UNREADABLE),
        (200, b'{"code": "0", "code": "0"}', Outage.UNREADABLE),
        (200, b'{"code": "0", "data": NaN}', Outage.UNREADABLE),
        (200, b'{"code": "0", "message": "\\ud83d"}', Outage.UNREADABLE),
        (200, b'{"code": "0", "data": ' + b"9" * 10_000 + b"}", Outage.UNREADABLE),
        (200, b"[" * 100_000, Outage.UNREADABLE),
        (200, b'{"a":' * 5000 + b"1" + b"}" * 5000, Outage.UNREADABLE),
        (200, b" " * (LARGEST + 1), Outage.TOO_LARGE),
        (301, b"", Outage.REFUSED),
        (302, b'{"code": "0"}', Outage.REFUSED),
        (404, b"{}", Outage.MISSING),
        (429, b"", Outage.TOO_MANY),
        (500, b'{"code": "0"}', Outage.UNAVAILABLE),
        (503, b"", Outage.UNAVAILABLE),
    ],
)
async def test_what_is_not_the_protocol_is_an_outage(
    connect: Connect, resource: Resource, question: Question, status: int, body: bytes, expected: Outage
) -> None:
    connector = connect(saying(status, body))
    assert (await why(connector.ask(resource, question, WITHIN))).why is expected
    assert (await why(connector.probe(WITHIN))).why is expected


async def test_a_probe_is_a_ping_and_a_refusal_of_it_is_an_outage(provider: Any, connect: Connect) -> None:
    await connect(provider).probe(WITHIN)
    assert (await why(connect(saying(200, b'{"code": "403"}')).probe(WITHIN))).told == "403"


async def test_an_app_that_breaks_off_is_an_outage(connect: Connect, resource: Resource, question: Question) -> None:
    async def resets(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ConnectionResetError

    async def says_nothing(_scope: Scope, _receive: Receive, _send: Send) -> None: ...

    for app in (resets, says_nothing):
        assert (await why(connect(app).ask(resource, question, WITHIN))).why is Outage.NO_ANSWER


async def test_whatever_an_app_raises_is_an_outage_behind_the_guard(
    connect: Connect, resource: Resource, question: Question
) -> None:
    async def bug(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise LookupError("of whatever library")

    networks = Networks({"population": connect(bug)})
    assert (await why(networks.ask(resource, question, WITHIN))).why is Outage.FAULT
    assert (await why(networks.probe("population", WITHIN))).why is Outage.FAULT


async def test_a_caller_without_time_gets_an_outage(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    async def called() -> NetworkOut:
        deadline.set(Deadline.after(-1))
        return await why(connect(provider).ask(resource, question, WITHIN))

    assert (await asyncio.create_task(called())).why is Outage.TIMED_OUT
    assert provider.asked == []


async def test_an_app_that_hangs_is_left_in_time(connect: Connect, resource: Resource, question: Question) -> None:
    left = asyncio.Event()

    async def hangs(_scope: Scope, _receive: Receive, _send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    assert (await why(connect(hangs).ask(resource, question, 0.05))).why is Outage.TIMED_OUT
    assert left.is_set()


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_bytes_are_an_outage(connect: Connect, resource: Resource, question: Question, body: bytes) -> None:
    assert (await why(connect(saying(200, body)).ask(resource, question, WITHIN))).why is Outage.UNREADABLE


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "id_number", "x"]), inner),
    max_leaves=8,
)
ANSWERS = st.fixed_dictionaries(
    {}, optional={"code": st.sampled_from(["0", "401", "5"]) | VALUES, "query_id": st.just("q-1") | VALUES}
    | dict.fromkeys(["data", "results", "known", "key", "valid_until_ms"], VALUES)
)  # fmt: skip


@given(ANSWERS, st.sampled_from(["query", "verify"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_any_json_is_an_answer_that_fits_or_an_outage(
    connect: Connect, resource: Resource, question: Question, verification: Question, told: Any, mode: str
) -> None:
    connector = connect(saying(200, json.dumps(told).encode()))
    try:
        found = await connector.ask(resource, question if mode == "query" else verification, WITHIN)
    except NetworkOut:
        return
    assert not found.rows or mode == "query"
    assert all(row.keys() <= set(question.fields) for row in found.rows)


async def test_nothing_that_a_provider_says_in_words_is_logged_or_told(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    provider.codes = ["422"]
    networks = Networks({"population": connect(provider)})
    with structlog.testing.capture_logs() as logs:
        out = await why(networks.ask(resource, question, WITHIN))
    said = f"{logs} {out} {out.body()} {out!r}"
    assert logs == [
        {"event": "network_out", "log_level": "warning", "network": "population", "why": "refused", "told": "422"}
    ]
    assert question.keys["id_number"] not in said


async def test_a_code_that_is_a_sentence_is_not_told_on(
    provider: Any, connect: Connect, resource: Resource, question: Question
) -> None:
    provider.codes = ["张三 410199199003070024"]
    assert (await why(connect(provider).ask(resource, question, WITHIN))).told == "?"
