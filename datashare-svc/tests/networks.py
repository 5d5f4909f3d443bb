"""Networks, resources and connectors for tests: what stands behind an address answers as it is told."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chassis.data.database import Database
from datashare_svc.domain.documents import resource_document, sharing_document
from datashare_svc.domain.model import (
    Depth,
    Kind,
    Push,
    Resource,
    ResourceField,
    Sharing,
    SharingClass,
    SharingMode,
    UpdateCycle,
    Use,
)
from datashare_svc.errors import NetworkOut
from datashare_svc.outside.networks import Question, Told
from datashare_svc.store import networks, resources, sharings

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
LISTED = (
    ("population", "NATIONAL", "U09"),
    ("marriage", "NATIONAL", "U10"),
    ("one_window", "PROVINCIAL", "DSJ"),
    ("archives", "MUNICIPAL", "U38"),
    ("real_estate", "MUNICIPAL", "U05"),
)
TEST_PERSON = {"id_number": "410199199001010015", "name": "测验收", "sex": "2"}


def resource(key: str = "population_register", network: str = "population", unit: str = "U09") -> Resource:
    """Return a resource that is asked by the number of a person."""
    return Resource(
        resource=key,
        resource_code=f"code-{key}",
        name=key,
        network=network,
        unit=unit,
        service=key,
        summary="",
        sharing_class=SharingClass.CONDITIONAL,
        mode=SharingMode.API,
        update_cycle=UpdateCycle.REAL_TIME,
        basis="测试依据",
        fields=(
            ResourceField("id_number", "号码", Kind.ID_NUMBER, is_key=True, required=True),
            ResourceField("name", "姓名", Kind.PERSON_NAME),
            ResourceField("sex", "性别", Kind.CODE),
        ),
    )


def use(key: str, of: str, material: str) -> Use:
    """Return a use that stands for a material."""
    keys = {"id_number": "form.mother_id_number"}
    return Use(key, of, Depth.VERIFY, Push.SUBMISSION, keys, "测试依据", compares={"name": "n"}, material=material)


SHARING = Sharing(
    "newborn",
    (
        use("card_of_mother", "population_register", "parent_id_card"),
        use("card_of_father", "population_register", "parent_id_card"),
        use("marriage", "marriage_register", "marriage_certificate"),
        use("household", "population_register", "household_register"),
        use("household_by_marriage", "marriage_register", "household_register"),
    ),
)


async def list_networks(database: Database, *, state: str = "LISTED") -> None:
    """Have networks listed, with two resources and a sharing catalogue."""
    same = {"state": state, "state_since": SINCE, "version": 0, "status": "proposed", "source": "拟定"}
    listed = [
        {"network": key, "place": place, "name": key, "level": level, "unit": unit, "owner_name": key, **same}
        for place, (key, level, unit) in enumerate(LISTED)
    ]
    known = [resource(), resource("marriage_register", "marriage", "U10")]
    async with database.unit_of_work() as work:
        work.add(networks, *listed)
        await work.write()
        work.add(resources, *(_row(one) for one in known))
        document = sharing_document(SHARING)
        work.add(sharings, {"matter_code": SHARING.matter_code, "document": document, "version": 0})


def _row(one: Resource) -> dict[str, Any]:
    named = {name: getattr(one, name) for name in ("resource", "resource_code", "name", "network", "unit")}
    return {
        **named,
        "sharing_class": one.sharing_class.value,
        "document": resource_document(one),
        "version": 0,
    }


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class FakeNetwork:
    """A network that answers of its people, and is out where it is told so."""

    people: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: {TEST_PERSON["id_number"]: TEST_PERSON})
    out: bool = False
    let: asyncio.Event = field(default_factory=_set)
    asked: list[Question] = field(default_factory=list)

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:  # noqa: ARG002  the role's
        """Answer of a person by the number."""
        self.asked.append(question)
        if self.out:
            raise NetworkOut("测试中断")
        found = self.people.get(question.keys["id_number"])
        if question.compares:
            matches = {name: (found or {}).get(name) == value for name, value in question.compares.items()}
            return Told(matches=matches, is_known=found is not None)
        return Told(tuple([{name: found[name] for name in question.fields}] if found else []))

    async def probe(self, within: float) -> None:  # noqa: ARG002  the role's
        """Answer unless out, as soon as it is let."""
        await self.let.wait()
        if self.out:
            raise NetworkOut("测试中断")

    async def close(self) -> None:
        """Keep nothing."""
