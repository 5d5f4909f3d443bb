"""Changes the look-up key of the service that finds persons by it, while the service runs."""

from pathlib import Path

from chassis.events.buses import open_bus
from chassis.http.asgi import Receive, Scope, Send
from chassis.settings import ServiceSettings
from intake_svc.handlers import Intake
from intake_svc.handlers import redigest as redigest_applications

from yiwang.environment import settings_of
from yiwang.keyfile import keys
from yiwang.services import SERVICES
from yiwang.suite import own_settings
from yiwang.upkeep import database_of

INTAKE = SERVICES["intake"]


async def redigest(data_dir: Path | None) -> int:
    """Make all applications findable under each look-up key that is given; return how many. Raises NotReady."""
    async with database_of(INTAKE.name, data_dir) as database:
        settings = settings_of(INTAKE.settings_alone) if data_dir is None else _embedded(data_dir, database.url)
        siblings = dict.fromkeys(INTAKE.siblings, _nobody)
        service = INTAKE.build(settings, database=database, bus=open_bus(settings.bus_url), **siblings)
        await service.check()
        intake: Intake = service.api.state.collaborators
        return await redigest_applications(intake)


def _embedded(data_dir: Path, database_url: str) -> ServiceSettings:
    folder = data_dir.resolve()
    own = own_settings(INTAKE.name, keys(folder), f"embedded://{folder / 'bus.db'}")
    return INTAKE.settings(database_url=database_url, **own)


async def _nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise NotImplementedError("nothing is asked of a sibling")
