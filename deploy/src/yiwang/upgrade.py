"""Upgrades one service's database, or tells what an upgrade would do."""

import sqlalchemy as sa
from chassis.data import migrate
from chassis.service import Service


async def upgrade(service: Service) -> str:
    """Bring a service's database to its newest structure; return what to tell of it. Raises StartRefused."""
    name, url = service.name, service.database.url
    done = await migrate.upgrade(url, service.package)
    found = await migrate.schema_age(url, service.package)
    if done:
        return f"{name}:已应用 {'、'.join(done)}"
    if found is migrate.SchemaAge.NEWER:
        return f"{name}:数据库由更新的发行版升级过,本版可在其上运行,未作改动"
    return f"{name}:数据库结构已是最新"


async def plan(service: Service) -> str:
    """Return how to keep a copy first, and what an upgrade would apply then. Raises StartRefused."""
    name, url = service.name, sa.make_url(service.database.url)
    missing = await migrate.planned(service.database.url, service.package)
    if not missing:
        return f"{name}:无需升级"
    copy = "升级前自动在数据库旁留一份副本,代替上一次的"
    if url.get_backend_name() == "postgresql":
        address = url.set(drivername="postgresql").render_as_string(hide_password=True).replace(":***", "")
        copy = f"先留一份副本,待其完成再升级:pg_dump --format=custom --file={name}.dump '{address}'"
    return f"{name}:{copy}\n{name}:将应用 {'、'.join(missing)}"
