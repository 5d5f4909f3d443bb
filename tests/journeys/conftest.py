"""One running suite a mode, shared by all journeys."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from harness import MODES, Running, run_mode


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=MODES)
async def suite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with run_mode(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the journeys of a mode together, so that side by side each mode is started once."""
    for item in items:
        given = getattr(item, "callspec", None)
        if given is not None and "suite" in given.params:
            item.add_marker(pytest.mark.xdist_group(given.params["suite"]))
