"""The tables as the migration makes them."""

import sqlalchemy as sa
from chassis.data.database import Database
from workflow_svc.store import metadata


def _shape(connection: sa.Connection, table: sa.Table) -> tuple[set[tuple[str, bool]], set[tuple[str, ...]]]:
    found = sa.inspect(connection)
    columns = {(column["name"], bool(column["nullable"])) for column in found.get_columns(table.name)}
    indexes = {tuple(str(name) for name in index["column_names"]) for index in found.get_indexes(table.name)}
    uniques = {tuple(unique["column_names"]) for unique in found.get_unique_constraints(table.name)}
    return columns, indexes | uniques


def _declared(table: sa.Table) -> tuple[set[tuple[str, bool]], set[tuple[str, ...]]]:
    columns = {(column.name, bool(column.nullable)) for column in table.columns}
    indexes = {tuple(column.name for column in index.columns) for index in table.indexes}
    uniques = {
        tuple(column.name for column in one.columns)
        for one in table.constraints
        if isinstance(one, sa.UniqueConstraint)
    }
    return columns, indexes | uniques


async def test_the_migrations_make_the_tables_that_the_store_declares(database: Database) -> None:
    async with database.reading() as connection:
        for table in metadata.tables.values():
            assert await connection.run_sync(_shape, table) == _declared(table), table.name
