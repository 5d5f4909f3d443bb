"""Brings a service's database to its newest schema with alembic; each service keeps its versions in `migrations/`."""

import asyncio
from importlib import resources

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from chassis.data import schema


class SchemaUnknown(Exception):  # noqa: N818  named after the fact
    """The database has a version that this code does not know: another release made it."""


def config_for(package: str) -> Config:
    """Return alembic's configuration for the migrations inside a service's package."""
    config = Config()
    config.set_main_option("script_location", str(resources.files(package).joinpath("migrations")))
    return config


async def upgrade(url: str, package: str) -> None:
    """Apply all missing versions, each in its own transaction; a second call changes nothing. Raises SchemaUnknown."""
    engine = create_async_engine(url, poolclass=NullPool)

    def run(connection: sa.Connection) -> None:
        config = config_for(package)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
    except CommandError as error:
        raise SchemaUnknown(f"{package}: another release made this database; run it, or use other data") from error
    finally:
        await engine.dispose()


async def is_current(url: str, package: str) -> bool:
    """Tell whether the database has every version the package knows."""
    head = await asyncio.to_thread(lambda: ScriptDirectory.from_config(config_for(package)).get_current_head())
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
    finally:
        await engine.dispose()
    return found == head


def run_environment(*targets: sa.MetaData) -> None:
    """Do what alembic's `env.py` does: run the versions on the connection that `upgrade` opened."""
    connection: sa.Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=[schema.metadata, *targets],
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def create_chassis_tables(connection: sa.Connection) -> None:
    """Create the chassis' tables inside a service's first version, with the audit chain's empty head."""
    schema.metadata.create_all(connection, checkfirst=False)
    connection.execute(schema.audit_head.insert().values(id=1, sequence=0, digest=""))
