"""A thousand people of whom nothing may be found but where it is encrypted, and in the answer to whoever may ask."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from chassis.data import schema
from chassis.data.database import Database
from chassis.http.upstream import Reply
from chassis.testing.client import audited
from datashare_svc import store
from datashare_svc.domain.model import Depth
from datashare_svc.domain.quotas import Quotas
from datashare_svc.errors import NetworkOut, QueryRefused
from datashare_svc.handlers import Datashare, ask

Running = Any
Network = Any
Ask = Callable[..., Awaitable[Reply]]
CANARIES = 1000
APPLICATION = "01900000-0000-7000-8000-0000000000a1"


def number_of(canary: int) -> str:
    return f"41019919770101{canary:03d}X"


def name_of(canary: int) -> str:
    return f"金丝雀{canary:03d}"


@pytest.mark.timeout(180)
async def test_a_thousand_people_are_found_nowhere_but_in_their_answers(
    running: Running, datashare: Datashare, network: Network, as_intake: Ask, ask_as: Ask, database: Database
) -> None:
    network.people = {
        number_of(canary): {
            "id_number": number_of(canary),
            "name": name_of(canary),
            "birth_date": "1977-01-01",
            "hukou_region": "410199",
            "residence_address": f"{name_of(canary)}路",
        }
        for canary in range(CANARIES)
    }
    many = replace(datashare, quotas=Quotas.of(officer=2 * CANARIES, case=2 * CANARIES, person=2 * CANARIES))
    with structlog.testing.capture_logs() as logs:
        for first in range(0, CANARIES, 50):
            body = running.persons(**{f"person_{canary}": number_of(canary) for canary in range(first, first + 50)})
            path = f"/api/v1/applications/{APPLICATION}/persons"
            assert (await as_intake("PUT", path, body=body)).status == 204
        for canary in range(CANARIES):
            await one_way_or_another(running, many, network, canary)
        asked = running.asking(person=number_of(CANARIES - 1), unmask=True, reason=f"核对{name_of(CANARIES - 1)}")
        assert name_of(CANARIES - 1) in (await ask_as(asked)).body.decode()
        refused = await ask_as(running.asking(person=number_of(0), fields=["name", "residence_address"]))
        assert number_of(0) not in refused.body.decode()
    await audited(database)
    said = [str(logs), *await everything(database)]
    assert all(one not in text for text in said for one in ("金丝雀", "41019919770101"))


async def one_way_or_another(running: Running, datashare: Datashare, network: Network, canary: int) -> None:
    """Ask about a person: most are told of, some are compared, some are refused, for some the network is out."""
    number = number_of(canary)
    same = {"person": number, "keys": {"id_number": number}, "officer": "intake"}
    network.is_out = canary % 10 == 3
    if canary % 10 == 1:
        compares = {"name": name_of(canary)}
        answered = await ask(
            datashare, running.query(**same, depth=Depth.VERIFY, fields=(), compares=compares), within=5
        )
        assert answered.matches == {"name": True}
    elif canary % 10 == 2:
        with pytest.raises(QueryRefused):
            await ask(datashare, running.query(**same, fields=("residence_address",)), within=5)
    elif canary % 10 == 3:
        with pytest.raises(NetworkOut):
            await ask(datashare, running.query(**same), within=5)
    else:
        assert (await ask(datashare, running.query(**same), within=5)).rows[0]["name"] == name_of(canary)


async def everything(database: Database) -> list[str]:
    """Return all that the database holds, row by row, and the bytes of its files."""
    tables = (*store.metadata.sorted_tables, *schema.metadata.sorted_tables)
    async with database.reading() as connection:
        rows = [
            str(row) for table in tables for row in await connection.execute(sa.text(f"SELECT * FROM {table.name}"))
        ]
    assert len(rows) > CANARIES
    if database.dialect != "sqlite":
        return rows
    place = Path(sa.make_url(database.url).database or "")
    return rows + [file.read_bytes().decode(errors="ignore") for file in place.parent.glob(f"{place.name}*")]
