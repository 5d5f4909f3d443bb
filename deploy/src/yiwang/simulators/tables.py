"""A network that is spoken with by tables: a front database (前置库) that its rows are written into, or wrongly."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from yiwang.simulators.records import Row, Service
from yiwang.simulators.register import Register

MISSING = "missing_table"


def table_of(service: Service) -> sa.Table:
    """Return the table of a service: its fields are the columns, found by its keys."""
    columns = [sa.Column(name, sa.String(200), nullable=False, index=name in service.keys) for name in service.fields]
    return sa.Table(service.service, sa.MetaData(), *columns)


async def write(url: str, services: Sequence[Service], register: Register) -> None:
    """Write the tables of a network anew, whole or not at all."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            for service in services:
                await _renew(connection, table_of(service), register.rows(service))
    finally:
        await engine.dispose()


async def _renew(connection: AsyncConnection, table: sa.Table, rows: list[Row]) -> None:
    await connection.run_sync(table.metadata.drop_all)
    await connection.run_sync(table.metadata.create_all)
    await connection.execute(table.insert(), [dict(row) for row in rows])


async def drop(url: str, services: Sequence[Service]) -> None:
    """Let the tables of a network be missing."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            for service in services:
                await connection.run_sync(table_of(service).metadata.drop_all)
    finally:
        await engine.dispose()
