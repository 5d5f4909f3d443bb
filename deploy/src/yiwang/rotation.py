"""Changes the look-up keys of the services that find persons by them, while the services run."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from chassis.events.buses import open_bus
from chassis.http.asgi import Receive, Scope, Send
from chassis.settings import ServiceSettings
from datashare_svc.handlers import redigest as redigest_persons
from intake_svc.handlers import redigest as redigest_applications

from yiwang.environment import settings_of
from yiwang.keyfile import keys
from yiwang.services import SERVICES, Declared
from yiwang.suite import files_of, own_settings
from yiwang.upkeep import database_of

REDIGESTS: Mapping[str, Callable[[Any], Awaitable[int]]] = {
    "intake": redigest_applications,
    "datashare": redigest_persons,
}
"""By the service: makes all that it finds findable under each look-up key that is given."""


async def redigest(name: str, data_dir: Path | None) -> int:
    """Make all that a service finds findable under each look-up key that is given; return how many. Raises NotReady."""
    declared = SERVICES[name]
    async with database_of(name, data_dir) as database:
        settings = (
            settings_of(declared.settings_alone) if data_dir is None else _embedded(declared, data_dir, database.url)
        )
        siblings = dict.fromkeys(declared.siblings, _nobody)
        service = declared.build(settings, database=database, bus=open_bus(settings.bus_url), **siblings)
        await service.check()
        return await REDIGESTS[name](service.api.state.collaborators)


def _embedded(declared: Declared, data_dir: Path, database_url: str) -> ServiceSettings:
    folder = data_dir.resolve()
    own = own_settings(declared.name, keys(folder), f"embedded://{folder / 'bus.db'}")
    return declared.settings(database_url=database_url, **own, **files_of(declared.name, folder / "files"))


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise NotImplementedError("nothing is asked of a sibling")
