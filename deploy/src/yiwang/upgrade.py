"""Upgrades one service's database, or tells what an upgrade would do."""

import sqlalchemy as sa
from chassis.data import migrate
from chassis.service import Service
from sqlalchemy.exc import SQLAlchemyError

from yiwang.upkeep import NotReady


async def upgrade(service: Service) -> str:
    """Bring a service's database to its newest structure; return what to tell of it. Raises NotReady."""
    name, url = service.name, service.database.url
    try:
        done = await migrate.upgrade(url, service.package)
        found = await migrate.standing(url, service.package)
    except (OSError, SQLAlchemyError) as error:
        raise NotReady(f"{name} 的数据库连不上,或现在不能升级(未作改动,可再试):{str(error).splitlines()[0]}") from error
    except migrate.SchemaUnknown as error:
        raise NotReady(migrate.TOLD[migrate.Standing.UNKNOWN].format(service=name)) from error
    if done:
        return f"{name}:已应用 {'、'.join(done)}"
    if found is migrate.Standing.NEWER:
        return f"{name}:数据库由更新的发行版升级过,本版可在其上运行,未作改动"
    return f"{name}:数据库结构已是最新"


async def plan(service: Service) -> str:
    """Return what an upgrade would apply, and how to keep a copy first. Raises NotReady."""
    name, url = service.name, sa.make_url(service.database.url)
    try:
        missing = await migrate.planned(service.database.url, service.package)
    except (OSError, SQLAlchemyError) as error:
        raise NotReady(f"{name} 的数据库连不上:{str(error).splitlines()[0]}") from error
    except migrate.SchemaUnknown as error:
        raise NotReady(migrate.TOLD[migrate.Standing.UNKNOWN].format(service=name)) from error
    if not missing:
        return f"{name}:无需升级"
    copy = "升级前自动在数据库旁留一份副本"
    if url.get_backend_name() == "postgresql":
        address = url.set(drivername="postgresql").render_as_string(hide_password=True).replace(":***", "")
        copy = f"升级前请留一份副本:pg_dump --format=custom --file={name}.dump '{address}'"
    return f"{name}:将应用 {'、'.join(missing)}\n{copy}"
