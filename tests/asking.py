"""Datashare alone, asking a network that keeps a list of what it was asked: for faults, and for load.

`python tests/asking.py URL FOLDER FIRST LAST` asks the queries of these numbers, eight at a time: what the network was
asked goes into FOLDER/seen, what was told into FOLDER/told, each line before anything else is done with it.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from chassis.base.crash import operation
from chassis.data import schema
from chassis.data.cipher import FieldCipher
from chassis.data.database import Database
from chassis.events.buses import open_bus
from chassis.service import Service
from chassis.settings import new_secret
from datashare_svc import app, store
from datashare_svc.domain.answering import AccessState
from datashare_svc.domain.documents import resource_document
from datashare_svc.domain.grants import GranteeKind, RequestState
from datashare_svc.domain.model import (
    Connection,
    Depth,
    Kind,
    NetworkLevel,
    Purpose,
    Resource,
    ResourceField,
    SharingClass,
    SharingMode,
    UpdateCycle,
)
from datashare_svc.domain.queries import InCase, Query
from datashare_svc.handlers import Datashare, ask
from datashare_svc.outside.networks import Networks, Question, Told
from datashare_svc.settings import DatashareSettings
from joserfc.jwk import OKPKey

AT_ONCE = 8
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
UNSPENT = 1_000_000
KEY = OKPKey.generate_key("Ed25519").as_dict(private=False)
REGISTER = Resource(
    resource="population_register",
    resource_code="307001/000001",
    name="人口基本信息",
    network="population",
    unit="U09",
    service="population_register",
    summary="人口基本信息",
    sharing_class=SharingClass.CONDITIONAL,
    mode=SharingMode.API,
    update_cycle=UpdateCycle.REAL_TIME,
    basis="户口登记条例",
    fields=(
        ResourceField("id_number", "公民身份号码", Kind.ID_NUMBER, is_key=True),
        ResourceField("name", "姓名", Kind.PERSON_NAME),
        ResourceField("residence_address", "住址", Kind.TEXT),
    ),
    within_ms=10_000,
)


@dataclass(frozen=True, slots=True)
class ListingNetwork:
    """A network that writes down each question before it answers; of every tenth person it has no record."""

    seen: Path

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:  # noqa: ARG002  the role's
        """Answer for whoever is asked about."""
        with self.seen.open("a", encoding="utf-8") as file:
            file.write(question.query_id + "\n")
        number = question.keys["id_number"]
        if number.endswith("0"):
            return Told(is_known=False)
        row = {"name": f"人{number[-4:]}", "residence_address": "郑州市金水区"}
        return Told(rows=({name: row[name] for name in question.fields},))

    async def probe(self, within: float) -> None:
        """Work always."""

    async def close(self) -> None:
        """Close nothing."""


def built(url: str, folder: Path, data_key: str, lookup_key: str) -> Service:
    """Return datashare on a database, with that network."""
    settings = DatashareSettings(
        database_url=url,
        bus_url="embedded:///bus.db",
        data_key=data_key,
        lookup_key=lookup_key,
        principal_public_key=json.dumps(KEY),
        storage_url=(folder / "files").as_uri(),
        queries_per_officer=UNSPENT,
        queries_per_case=UNSPENT,
        queries_per_person=UNSPENT,
    )
    database = Database.open(url, cipher=FieldCipher.of(data_key))
    bus = open_bus(f"embedded:///{folder.as_posix().lstrip('/')}/bus.db")
    networks = Networks({"population": ListingNetwork(folder / "seen")})
    return app.build(settings, database=database, bus=bus, networks=networks)


async def prepare(database: Database) -> None:
    """Have the register, on a verified network, granted to a unit."""
    network = {"network": "population", "place": 1, "name": "公安人口", "level": NetworkLevel.NATIONAL.value}
    network |= {"unit": "U09", "owner_name": "公安部", "state": Connection.VERIFIED.value, "state_since": SINCE}
    resource = {name: getattr(REGISTER, name) for name in ("resource", "resource_code", "name", "network", "unit")}
    resource |= {"sharing_class": REGISTER.sharing_class.value, "document": resource_document(REGISTER), "version": 1}
    grant_id = "01900000-0000-7000-8000-0000000000f1"
    same: dict[str, Any] = {"resource": "population_register", "provider": "U09", "unit": "U23", "basis": "依据"}
    same |= {"grantee_kind": GranteeKind.UNIT.value, "grantee": "U23", "depth": Depth.VALUE.value, "until": None}
    same |= {"purposes": [one.value for one in Purpose]}
    asked = {"lines": [], "state": RequestState.GRANTED.value, "version": 1, "requested_by": "x", "requested_at": SINCE}
    asked |= dict.fromkeys(("origin", "due_at", "decided_by", "decided_unit", "decided_at"))
    given = {"fields": ["name", "residence_address"], "is_by_rule": False, "since": SINCE, "ended_at": None}
    async with database.unit_of_work() as work:
        work.add(store.networks, {**network, "version": 1, "status": "proposed", "source": ""})
        work.add(store.resources, resource)
    async with database.unit_of_work() as work:
        work.add(store.requested, {"request_id": grant_id, **same, **asked})
        work.add(store.granted, {"grant_id": grant_id, **same, **given})


def numbered(number: int) -> Query:
    """Return the query of a number: of a thousand people, in a hundred drafts of as many applicants."""
    person = f"410199{19800101 + number % 1000:08d}{number % 1000:04d}"
    applicant = f"citizen-{number % 100}"
    return Query(
        resource="population_register",
        depth=Depth.VALUE,
        purpose=Purpose.PREFILL,
        basis="《户口登记条例》第七条",
        case=InCase(applicant, "newborn", draft_id=f"01900000-0000-7000-9000-{number % 100:012d}"),
        item="birth_registration",
        unit="U23",
        officer=applicant,
        person=person,
        keys={"id_number": person},
        fields=("name", "residence_address"),
    )


async def ask_all(datashare: Datashare, numbers: Iterable[int], told: Path) -> None:
    """Ask the queries of these numbers, so many at a time, and write down each that was told of."""
    left = iter(numbers)

    async def go() -> None:
        operation.set("ask")
        for number in left:
            answered = await ask(datashare, numbered(number), within=30)
            with told.open("a", encoding="utf-8") as file:
                file.write(answered.query_id + "\n")

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(go())


async def faults(database: Database, folder: Path) -> list[str]:
    """Return where the log, the chained log, what the network was asked and what was told do not say the same."""
    async with database.reading() as connection:
        rows = {row.query_id: row for row in await connection.execute(sa.select(store.accesses))}
        columns = ("action", "subject", "details")
        logged: Sequence[Any] = [
            row
            for table in (schema.audit, schema.audit_unchained)
            for row in await connection.execute(sa.select(*(table.c[name] for name in columns)))
        ]
    found: list[str] = []
    said: dict[str, dict[str, dict[str, Any]]] = {"data.asked": {}, "data.answered": {}}
    for row in logged:
        if row.action in said:
            found += [f"{row.action} of {row.subject} twice"] * (row.subject in said[row.action])
            said[row.action][row.subject] = {
                name: value for name, value in json.loads(row.details).items() if name != "row"
            }
    ended = {query_id for query_id, row in rows.items() if row.state != AccessState.ASKED}
    found += [f"asked, and not in both logs: {one}" for one in said["data.asked"].keys() ^ rows.keys()]
    found += [f"ended, and not in both logs: {one}" for one in said["data.answered"].keys() ^ ended]
    for action in said.values():
        for query_id, facts in action.items():
            row = rows.get(query_id)
            if row is None or facts != {name: getattr(row, name) for name in facts if name != "state"} | (
                {"state": row.state} if "state" in facts else {}
            ):
                found.append(f"said otherwise: {query_id}")
    seen, told = (Counter(lines(folder / name)) for name in ("seen", "told"))
    found += [f"asked without evidence: {one}" for one in seen.keys() - rows.keys()]
    found += [f"asked twice: {one}" for one, times in seen.items() if times > 1]
    found += [f"told without an outcome on record: {one}" for one in told.keys() - ended]
    return found


def lines(file: Path) -> list[str]:
    """Return the lines of a file; none where it is not there."""
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


async def main(url: str, folder: Path, first: int, last: int) -> None:
    """Ask the queries of these numbers."""
    data_key, lookup_key = lines(folder / "keys")
    service = built(url, folder, data_key, lookup_key)
    await ask_all(service.api.state.collaborators, range(first, last), folder / "told")
    await service.database.close()


def make_keys(folder: Path) -> tuple[str, str]:
    """Return a data key and a look-up key, kept in a folder."""
    made = f"k.{new_secret()}", new_secret()
    (folder / "keys").write_text("\n".join(made), encoding="utf-8")
    return made


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
