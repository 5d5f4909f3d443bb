"""Every service's schema, by the chassis' suite, on both dialects."""

from functools import partial
from importlib import import_module

import pytest
from chassis.testing import sample
from chassis.testing.plugin import OpenDatabase
from chassis.testing.schema_suite import BEHAVIOURS, Behaviour
from yiwang.suite import described

TABLES = {service.package: import_module(f"{service.package}.store").metadata for service in described()}
TABLES["chassis.testing.sample"] = sample.metadata


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.__name__)
@pytest.mark.parametrize("package", TABLES)
async def test_a_schema_behaves(package: str, behaviour: Behaviour, open_database: OpenDatabase) -> None:
    await behaviour(partial(open_database, ""), package, TABLES[package])
