"""Brings the simulated networks into use, and has the city pack's requests for data granted, as people of a city do.

A steward of the unit that looks after a network connects it and has its acceptance run, both sides sign; each provider
decides on what it was asked for. All of it goes through the public API.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from yiwang.journey import Actor
from yiwang.simulators.networks import SIMULATED

UNITS = ("U05", "U09", "U10", "U23", "U26", "U30", "U36", "DSJ")
OPEN = ("REQUESTED", "COMPLETE")


async def bring_into_use(manager: Actor, stewards: Mapping[str, Actor]) -> None:
    """Connect every simulated network, and grant all that the city pack asks for; `stewards` by unit."""
    await asyncio.gather(*(_verify(manager, stewards, network) for network in SIMULATED))
    for unit, steward in stewards.items():
        for state in OPEN:
            await _grant(steward, unit, state)


async def _verify(manager: Actor, stewards: Mapping[str, Actor], network: str) -> None:
    path = f"/networks/{network}"
    steward = stewards[(await manager.get(path))["unit"]]
    for step in ("contact", "connect"):
        await steward.post(f"{path}/steps", {"step": step, "basis": "测试函〔2026〕1号"})
    run = await steward.post(f"{path}/acceptances", None)
    assert run["passed"] == run["cases"], [one for one in run["outcomes"] if not one["passed"]]
    signed: dict[str, Any] = {}
    for person, side in ((steward, "provider"), (manager, "authority")):
        signed = await person.post(f"{path}/acceptances/{run['run_id']}/signatures", {"side": side})
    assert signed["provider_by"] != signed["authority_by"]
    assert (await manager.get(path))["state"] == "VERIFIED"


async def _grant(steward: Actor, unit: str, state: str) -> None:
    """Grant what a unit is asked for; decided ones are listed no more."""
    while found := (await steward.get("/grant-requests", unit=unit, state=state))["items"]:
        for one in found:
            path = f"/grant-requests/{one['request_id']}"
            fields = [line["field"] for line in (await steward.get(path))["lines"]]
            await steward.post(f"{path}/decisions", {"granted": fields})
