"""How every service's schema behaves: the same functions run for each package, on both dialects."""

from collections.abc import Awaitable, Callable

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from chassis.data import migrate, schema
from chassis.data.database import Database

OpenEmpty = Callable[[], Awaitable[Database]]
"""Opens a database in which nothing is yet."""
Behaviour = Callable[[OpenEmpty, str, sa.MetaData], Awaitable[None]]


def differences(connection: sa.Connection, metadata: sa.MetaData) -> list[str]:
    """Return how a migrated database differs from the chassis' and the service's tables as the code declares them."""
    versions = {migrate.CHASSIS.table, migrate.service_line("").table}
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _parents: kind != "table" or name not in versions,
    }
    context = MigrationContext.configure(connection, opts=options)
    declared = sa.MetaData()
    for table in (*schema.metadata.tables.values(), *metadata.tables.values()):
        table.to_metadata(declared)
    found = [str(one) for one in compare_metadata(context, declared)]
    inspected = sa.inspect(connection)
    for table in declared.tables.values():
        if inspected.has_table(table.name):
            keys = inspected.get_pk_constraint(table.name)["constrained_columns"]
            if keys != [column.name for column in table.primary_key.columns]:
                found.append(f"{table.name}: the primary key is {keys}")
    return found


async def _as_declared(database: Database, metadata: sa.MetaData) -> None:
    async with database.reading() as connection:
        found = await connection.run_sync(differences, metadata)
    assert found == [], found


async def the_migrations_make_the_tables_that_the_code_declares(
    open_empty: OpenEmpty, package: str, metadata: sa.MetaData
) -> None:
    """Columns, types, defaults, keys, indexes and constraints."""
    database = await open_empty()
    assert await migrate.upgrade(database.url, package) != []
    assert await migrate.is_current(database.url, package)
    await _as_declared(database, metadata)
    assert await migrate.upgrade(database.url, package) == []


async def a_database_of_the_first_release_is_taken_over(
    open_empty: OpenEmpty, package: str, metadata: sa.MetaData
) -> None:
    """The first release made the chassis' tables inside each service's first version, and kept one version table."""
    database = await open_empty()

    def first_release(connection: sa.Connection) -> None:
        migrate.CHASSIS.move(connection, to="0001")
        migrate.service_line(package).move(connection, to="0001")
        connection.execute(sa.text(f"DROP TABLE {migrate.CHASSIS.table}"))

    await migrate.alone(database.url, first_release)
    assert not await migrate.is_current(database.url, package)
    await migrate.upgrade(database.url, package)
    assert await migrate.is_current(database.url, package)
    await _as_declared(database, metadata)


BEHAVIOURS: tuple[Behaviour, ...] = (
    the_migrations_make_the_tables_that_the_code_declares,
    a_database_of_the_first_release_is_taken_over,
)
