"""A city at the bounds of every shape: what `city check` passes goes through to the end, and leaves as agreed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from catalog_svc import app as catalog_app
from catalog_svc.domain import checks
from catalog_svc.domain.model import Item
from catalog_svc.domain.pack import Pack
from catalog_svc.domain.shapes import SHAPES, Shape
from catalog_svc.handlers import Catalog, load_city
from chassis.base.shapes import NAME
from chassis.http.upstream import call
from chassis.service import Service
from chassis.testing.streams import reading
from gateway.table import RouteTable, read_contracts
from pydantic import TypeAdapter
from witness import Witness
from yiwang import journey
from yiwang.calendar import read_calendar
from yiwang.city import read_pack
from yiwang.demo import CITIZEN, CLERK, REVIEWERS
from yiwang.journey import Actor, Cast
from yiwang.suite import CITY, CONTRACTS, described, embedded

PACK: TypeAdapter[Pack] = TypeAdapter(Pack)
NOTHING = "无"
LENGTHS = (2000, 500, 200, 100, 50, 10)
NAMED = {"laws": "by_law", "fees": "fee_project", "options": "options", "questions": "questions", "tasks": "tasks"}
"""Where the parts of an entry that have shapes of their own stand."""


def longest(text: str, shape: Shape) -> str:
    """Return a text drawn out to the most that its shape allows; a code that is one of a few stays."""
    found = ("长" * (length - len(text)) + text for length in LENGTHS if length > len(text))
    return next((one for one in found if shape.pattern.fullmatch(one)), text)


def drawn_out(kind: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of a pack with all its words, and its parts' words, as long as their shapes allow."""
    made = dict(entry)
    for name, shape in SHAPES[kind].items():
        value = made[name]
        if value == NOTHING or name in {"fee_basis", "pattern"}:  # no words: they are rules
            continue
        made[name] = [longest(one, shape) for one in value] if isinstance(value, list) else longest(value, shape)
    for part, where in NAMED.items():
        if where in made:
            made[where] = [drawn_out(part, one) for one in made[where]]
    return made


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return a document with codes replaced wherever they stand, as keys too."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [renamed(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value


def long_key(key: str) -> str:
    return f"{key}.-Z".ljust(64, "9")


def at_its_bounds(pack: Pack, units: Mapping[str, str], *, drawn: bool) -> Pack:
    """Return a pack with other unit codes and the longest of keys and words; versions go up so that it is published."""
    document = PACK.dump_python(pack, mode="json")
    if drawn:
        for kind in ("units", "regions", "sections", "elements", "materials", "items", "matters"):
            document[kind] = [drawn_out(kind, entry) for entry in document[kind]]
    for task in (task for matter in document["matters"] for task in matter["tasks"] if drawn):
        task["task_key"], task["after"] = long_key(task["task_key"]), [long_key(key) for key in task["after"]]
    made = PACK.validate_python(renamed(document, units))
    items: tuple[Item, ...] = tuple(replace(item, task_version=item.task_version + 1) for item in made.items)
    matters = tuple(replace(matter, matter_version=matter.matter_version + 1) for matter in made.matters)
    return replace(made, items=items, matters=matters)


def wider(length: int) -> Callable[[str], str]:
    return lambda code: (code + "X9Y8Z7")[:length]


@pytest.mark.parametrize(("length", "drawn"), [(3, False), (4, False), (8, False), (8, True)])
async def test_what_the_check_passes_is_submitted_accepted_decided_and_closed(
    tmp_path: Path, length: int, *, drawn: bool
) -> None:
    pack, calendar = read_pack(CITY)[0], read_calendar(CITY)
    units = {unit.unit_code: wider(length)(unit.unit_code) for unit in pack.units}
    extreme = at_its_bounds(pack, units, drawn=drawn)
    assert [finding for finding in checks.check(extreme) if finding.is_error] == []
    suite = embedded(tmp_path, public_url="http://gateway")
    documents = read_contracts(CONTRACTS)
    witness = Witness(suite.gateway, RouteTable(documents), documents)
    async with suite.running():
        database = suite.service("catalog").database
        async with database.unit_of_work() as work:
            await load_city(
                Catalog(database, database.clock, catalog_app.cut, catalog_app.spell), work, extreme, calendar
            )

        def actor(person: str, unit: str = "") -> Actor:
            return Actor(witness, suite.provider.token(person, **({"unit": units[unit]} if unit else {})))

        reviewers = {units[unit]: actor(person, unit) for unit, person in REVIEWERS.items()}
        told = await journey.whole(Cast(actor(CITIZEN), actor(CLERK, "U23"), reviewers))
        application_id = told.application["application_id"]
        bearer = {"authorization": f"Bearer {suite.provider.token(CITIZEN)}", "last-event-id": "0"}
        async with reading(suite.gateway, f"/api/v1/applications/{application_id}/changes", bearer) as stream:
            heard = [await stream.next() for _ in told.timeline["entries"]]
        assert [one and one.data["task_key"] for one in heard] == [one["task_key"] for one in told.timeline["entries"]]
        for path in ("/units", "/items", "/matters", "/matters/newborn", f"/items/{pack.items[0].task_code}"):
            assert (await call(witness, "GET", f"/api/v1{path}")).status == 200
    assert told.timeline["state"] == "closed"
    assert told.application["unit"] == units["U23"]
    assert told.application["application_number"][6 : 6 + length] == units["U23"]
    assert witness.faults == []


HELD = {
    **dict.fromkeys(["unit", "unit_code", "lead_unit", "successor"], 8),
    **dict.fromkeys(["matter_code", "task_key", "task_code", "item"], 64),
    **dict.fromkeys(["name", "short_name", "unit_name", "lead_unit_name", "task_name"], NAME),
    "region": 6,
    "application_number": 30,
}


@pytest.mark.parametrize("service", described(), ids=lambda service: service.name)
def test_every_column_holds_what_the_shapes_allow(service: Service) -> None:
    tables = import_module(f"{service.package}.store").metadata.tables.values()
    columns = [
        column for table in tables for column in table.columns if column.name in HELD and table.name != "counter"
    ]
    assert columns
    bounded = [column for column in columns if column.type.length is not None]  # a sealed text has no bound
    assert [str(column) for column in bounded if column.type.length < HELD[column.name]] == []
