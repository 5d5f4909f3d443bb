"""Dropped files: none is used that is not whole, and the last good one is until it is too old."""

import asyncio
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from chassis.testing.builders import ManualClock
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.files import LONGEST_LINE, FileConnector
from datashare_svc.outside.networks import Question
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WITHIN = 60.0
ANNA, BERTA = "410199199003070024", "41019919900307004X"
ROW = {"id_number": ANNA, "name": "张三", "birth_date": "19900307", "address": "花园路1号"}
ROWS = [ROW, {**ROW, "id_number": BERTA.lower(), "name": "李四", "address": None}]
Drop = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "dropped"
    made.mkdir()
    return made


@pytest.fixture
def drop(folder: Path, clock: ManualClock) -> Drop:
    """Drop a file renewed now, with a digest that fits unless another is told."""
    turn = iter(range(1000))

    def dropped(rows: list[dict[str, Any]] | bytes, digest: str = "") -> None:
        data = rows if isinstance(rows, bytes) else b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        file = folder / "POPULATION.jsonl"
        file.write_bytes(data)
        file.with_name(f"{file.name}.sha256").write_text(f"{digest or hashlib.sha256(data).hexdigest()}\n")
        os.utime(file, (clock.now().timestamp(), clock.now().timestamp() + next(turn) / 1000))

    return dropped


@pytest.fixture
def connector(folder: Path, clock: ManualClock) -> FileConnector:
    return FileConnector(folder, stale_after=timedelta(hours=48), clock=clock)


async def why(asking: Any) -> Outage:
    with pytest.raises(NetworkOut) as refused:
        await asking
    return refused.value.why


async def test_rows_are_found_by_their_keys(
    connector: FileConnector, drop: Drop, resource: Resource, question: Question
) -> None:
    drop(ROWS)
    told = await connector.ask(resource, question, WITHIN)
    assert told.rows == ({"name": "张三", "birth_date": "1990-03-07"},)
    berta = replace(question, keys={"id_number": BERTA, "name": "李 四"}, fields=("address", "birth_date"))
    assert (await connector.ask(resource, berta, WITHIN)).rows == ({"birth_date": "1990-03-07"},)
    for keys in (
        {"id_number": BERTA, "name": "张三"},
        {"id_number": "410199199003070999"},
        {"address": "花园路1号"},
        {},
    ):
        told = await connector.ask(resource, replace(question, keys=keys), WITHIN)
        assert (told.rows, told.is_known) == ((), False), keys
    await connector.close()


async def test_values_are_compared_here_and_dropped(
    connector: FileConnector, drop: Drop, resource: Resource, verification: Question
) -> None:
    drop(ROWS)
    told = await connector.ask(resource, verification, WITHIN)
    assert (told.matches, told.rows, told.is_known) == ({"name": True, "birth_date": True}, (), True)


async def test_more_rows_than_the_resource_gives_are_an_outage(
    connector: FileConnector, drop: Drop, resource: Resource, question: Question
) -> None:
    drop([ROW] * 3)
    assert await why(connector.ask(resource, question, WITHIN)) is Outage.TOO_MANY_ROWS


async def test_a_renewed_file_is_used_from_the_next_question_on(
    connector: FileConnector, drop: Drop, resource: Resource, question: Question
) -> None:
    drop(ROWS)
    await connector.ask(resource, question, WITHIN)
    drop([{**ROW, "name": "张三丰"}])
    assert (await connector.ask(resource, question, WITHIN)).rows[0]["name"] == "张三丰"


@pytest.mark.parametrize(
    ("data", "digest", "expected"),
    [
        (ROWS, "0" * 64, Outage.UNREADABLE),
        (ROWS, "no digest", Outage.UNREADABLE),
        (json.dumps(ROW).encode() + b'\n{"id_number": "4101', "", Outage.WRONG_SCHEMA),
        (b"<html>\n", "", Outage.WRONG_SCHEMA),
        ([ROW, {**ROW, "more": "x"}], "", Outage.WRONG_SCHEMA),
        ([ROW, {**ROW, "birth_date": "soon"}], "", Outage.WRONG_SCHEMA),
        ([ROW, {**ROW, "id_number": ""}], "", Outage.WRONG_SCHEMA),
        ([ROW, {**ROW, "name": "x" * 51}], "", Outage.WRONG_SCHEMA),
        (b'{"a":' * 3000 + b"\n", "", Outage.WRONG_SCHEMA),
        (b'{"name": "' + b"x" * LONGEST_LINE + b'"}\n', "", Outage.TOO_LARGE),
    ],
)
async def test_a_file_that_is_not_whole_is_not_used_and_the_last_good_one_is(
    connector: FileConnector,
    drop: Drop,
    resource: Resource,
    question: Question,
    data: Any,
    digest: str,
    expected: Outage,
) -> None:
    drop(data, digest)
    assert await why(connector.ask(resource, question, WITHIN)) is expected
    drop(ROWS)
    assert (await connector.ask(resource, question, WITHIN)).is_known
    drop(data, digest)
    assert (await connector.ask(resource, question, WITHIN)).is_known


async def test_a_file_that_is_half_written_is_used_once_it_is_whole(
    connector: FileConnector, drop: Drop, folder: Path, resource: Resource, question: Question
) -> None:
    drop(ROWS)
    file = folder / "POPULATION.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:50])
    assert await why(connector.ask(resource, question, WITHIN)) is Outage.UNREADABLE
    file.write_bytes(whole)
    assert (await connector.ask(resource, question, WITHIN)).is_known


async def test_no_file_is_an_outage_and_a_file_that_went_away_is_not_for_a_while(
    connector: FileConnector, drop: Drop, folder: Path, resource: Resource, question: Question
) -> None:
    assert await why(connector.ask(resource, question, WITHIN)) is Outage.MISSING
    drop(ROWS)
    assert (await connector.ask(resource, question, WITHIN)).is_known
    (folder / "POPULATION.jsonl").unlink()
    assert (await connector.ask(resource, question, WITHIN)).is_known


async def test_a_file_that_nobody_renews_ends(
    connector: FileConnector, drop: Drop, clock: ManualClock, resource: Resource, question: Question
) -> None:
    drop(ROWS)
    clock.advance(hours=48)
    assert (await connector.ask(resource, question, WITHIN)).is_known
    clock.advance(seconds=1)
    assert await why(connector.ask(resource, question, WITHIN)) is Outage.STALE
    drop(ROWS, "0" * 64)
    assert await why(connector.ask(resource, question, WITHIN)) is Outage.STALE
    drop(ROWS)
    assert (await connector.ask(resource, question, WITHIN)).is_known


async def test_a_service_is_no_path(
    connector: FileConnector, folder: Path, resource: Resource, question: Question
) -> None:
    (folder.parent / "outside.jsonl").write_bytes(b"")
    for service in ("../outside", "/etc/passwd", "a/b", "", "."):
        assert await why(connector.ask(replace(resource, service=service), question, WITHIN)) is Outage.MISSING


async def test_a_hundred_questions_read_the_file_once(
    connector: FileConnector, drop: Drop, resource: Resource, question: Question
) -> None:
    drop(ROWS)
    told = await asyncio.gather(*(connector.ask(resource, question, WITHIN) for _ in range(100)))
    assert all(one.is_known for one in told)
    assert connector._kept["POPULATION"].loading is None


async def test_a_probe_finds_a_file_with_its_digest(connector: FileConnector, drop: Drop, folder: Path) -> None:
    assert await why(connector.probe(WITHIN)) is Outage.MISSING
    drop(ROWS)
    await connector.probe(WITHIN)
    gone = FileConnector(folder / "none", stale_after=timedelta(1), clock=ManualClock())
    assert await why(gone.probe(WITHIN)) is Outage.NO_ANSWER


async def test_how_many_lines_are_wrong_is_logged_and_none_of_what_they_say(
    connector: FileConnector, drop: Drop, resource: Resource, question: Question
) -> None:
    drop([ROW, {**ROW, "birth_date": "x"}, {**ROW, "more": ""}])
    with structlog.testing.capture_logs() as logs:
        await why(connector.ask(resource, question, WITHIN))
    assert [(one["event"], one["told"]) for one in logs] == [("file_refused", "2")]
    assert "张" not in str(logs)


@given(st.lists(st.binary(max_size=40), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
async def test_any_bytes_are_no_rows_or_an_outage(
    folder: Path, drop: Drop, clock: ManualClock, resource: Resource, question: Question, lines: list[bytes]
) -> None:
    drop(b"\n".join(lines))
    connector = FileConnector(folder, stale_after=timedelta(hours=48), clock=clock)
    found: Outage | bool
    try:
        found = (await connector.ask(resource, question, WITHIN)).is_known
    except NetworkOut as out:
        found = out.why
    assert found in {False, Outage.WRONG_SCHEMA}
