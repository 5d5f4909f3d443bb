"""What is read before a draft is asked about: its matter's uses, their resources, networks and units in words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.model import Resource, Use
from datashare_svc.store import catalogue, learned, listed


@dataclass(frozen=True, slots=True)
class Sources:
    """A situation's uses with what tells of their sources; `acting` are its items' units."""

    uses: Sequence[Use]
    resources: Mapping[str, Resource]
    networks: Mapping[str, str]
    units: Mapping[str, str]
    acting: Mapping[str, str]

    def told(self, use: Use) -> dict[str, Any]:
        """Return the members of a view that name a use's source."""
        resource = self.resources[use.resource]
        return {
            "use": use.use,
            "resource": resource.resource,
            "resource_name": resource.name,
            "network": resource.network,
            "network_name": self.networks[resource.network],
            "unit": resource.unit,
            "unit_name": self.units.get(resource.unit) or resource.unit,
            "basis": use.basis,
            "when": {question: list(options) for question, options in use.when.items()},
        }

    def item_of(self, use: Use) -> str:
        """Return the situation's item in whose interest a use is asked; empty where it is the whole matter's."""
        return next((item for item in use.items if item in self.acting), "")

    def unit_of(self, use: Use) -> str:
        """Return the unit that uses the answer: the item's, else the provider itself."""
        return self.acting.get(self.item_of(use), self.resources[use.resource].unit)


async def sources_of(connection: AsyncConnection, matter_code: str, items: Collection[str]) -> Sources:
    """Return the sources of a matter, of these items where some are named; none where it has no sharing catalogue."""
    sharing = await catalogue.find_sharing(connection, matter_code)
    if sharing is None:
        return Sources((), {}, {}, {}, {})
    resources = await catalogue.resources_of(connection, {use.resource for use in sharing.uses})
    units = await learned.units_of_items(connection, matter_code)
    acting = {item: unit for item, unit in units.items() if not items or item in items}
    uses = [use for use in sharing.uses if use.resource in resources and (not use.items or acting.keys() & use.items)]
    networks, names = await listed.network_names(connection), await learned.unit_names(connection)
    return Sources(uses, resources, networks, names, acting)
