"""Every version of every schema, killed at every statement that writes."""

from functools import partial
from importlib import import_module

import pytest
from chassis.testing.plugin import OpenDatabase
from chassis.testing.schema_suite import a_kill_at_any_statement_leaves_what_can_be_upgraded
from yiwang.suite import described


@pytest.mark.fault
@pytest.mark.timeout(600)
@pytest.mark.parametrize("package", [service.package for service in described()])
async def test_a_killed_upgrade_can_be_done_again(package: str, open_database: OpenDatabase) -> None:
    tables = import_module(f"{package}.store").metadata
    await a_kill_at_any_statement_leaves_what_can_be_upgraded(partial(open_database, ""), package, tables)
