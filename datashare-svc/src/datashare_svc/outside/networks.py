"""The networks that are asked, by their keys, each behind a guard of its own."""

import asyncio
from collections.abc import Mapping

from datashare_svc.domain.breaker import BreakerState, Endurance
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.guard import Elapsed, Guard, Room, running_time
from datashare_svc.outside.questions import Connector, Question, Told

__all__ = ["Connector", "Networks", "Question", "Told"]


class Networks:
    """The networks that have an address."""

    def __init__(
        self,
        connectors: Mapping[str, Connector] | None = None,
        *,
        rooms: Mapping[str, Room] | None = None,
        endurance: Endurance | None = None,
        elapsed: Elapsed = running_time,
    ) -> None:
        """`rooms` say of each network how much is asked of it at once, where that is not what is usual."""
        self.connectors: Mapping[str, Connector] = connectors or {}
        self._guards = {
            network: Guard(network, connector, (rooms or {}).get(network, Room()), endurance or Endurance(), elapsed)
            for network, connector in self.connectors.items()
        }

    def has(self, network: str) -> bool:
        """Tell whether a network has an address."""
        return network in self._guards

    def breaker_state(self, network: str) -> BreakerState:
        """Return the state of a network's breaker. Raises NetworkOut for one without an address."""
        return self._guard(network).state()

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:
        """Ask the network of a resource; what it tells fits the resource. Raises NetworkOut, and nothing else."""
        return await self._guard(resource.network).ask(resource, question, within)

    async def probe(self, network: str, within: float) -> None:
        """Return once a network answered that it works. Raises NetworkOut."""
        await self._guard(network).probe(within)

    async def run(self) -> None:
        """Keep the connections while the service runs, and close them as it stops."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    def _guard(self, network: str) -> Guard:
        if network not in self._guards:
            raise NetworkOut(why=Outage.NO_ADDRESS)
        return self._guards[network]

    async def close(self) -> None:
        """Close kept connections."""
        await asyncio.gather(*(connector.close() for connector in self.connectors.values()), return_exceptions=True)
