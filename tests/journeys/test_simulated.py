"""A draft comes filled from the simulated networks, in both modes; one that is out leaves its fields to be typed."""

import subprocess
import sys
from pathlib import Path

import pytest
from harness import Running
from yiwang import journey
from yiwang.journey import ANSWERS, MATTER

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.asyncio(loop_scope="session")]


def simulators(suite: Running, *words: str) -> None:
    """Tell the simulators of a running suite, embedded or apart, by the operators' command."""
    database = Path(suite.database("catalog").removeprefix("sqlite+aiosqlite:///"))
    data = database.parent if suite.mode == "embedded" else suite.log.parent
    command = [sys.executable, "-m", "yiwang", "simulators", *words, "--folder", str(data / "simulators")]
    subprocess.run(command, check=True, env=suite.environment)


async def test_a_draft_comes_filled_and_what_a_network_that_is_out_would_tell_is_typed(suite: Running) -> None:
    cast = await suite.cast()
    saved = await journey.draft(cast.citizen)
    told = {one["key"]: one["network_name"] for one in saved["sources"] if one["state"] == "kept"}
    assert (told["mother_name"], told["residence_address"]) == ("出生医学证明", "公安人口")
    simulators(suite, "fault", "births", "out")
    try:
        made = await cast.citizen.post("/drafts", {"matter_code": MATTER, "answers": ANSWERS})
        assert "mother_name" not in made["form"]
        typed = await journey.draft(cast.citizen)
        application = await journey.submit(cast.citizen, typed)
    finally:
        simulators(suite, "clear", "births")
    await journey.accept(cast.clerk, application["application_id"])
    decided = [task["task_key"] async for task in journey.work_through(cast, application)]
    assert len(decided) == 7
