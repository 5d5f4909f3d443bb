from chassis.data.database import Database
from chassis.service import Service
from chassis.testing.client import deliver
from datashare_svc.events import UnitPublished
from datashare_svc.store import learned


async def test_a_unit_is_known_by_its_newest_name(service: Service, database: Database) -> None:
    for version, name in ((2, "郑州市公安局"), (1, "郑州市公安处")):
        await deliver(service, UnitPublished(unit_code="U09", name=name), subject="U09", version=version)
    async with database.reading() as connection:
        assert await learned.unit_names(connection) == {"U09": "郑州市公安局"}
