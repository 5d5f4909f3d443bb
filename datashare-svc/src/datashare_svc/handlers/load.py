"""Loading what a city pack says of sharing: networks, resources and the matters' sharing catalogues."""

from typing import Any

from chassis.data.database import UnitOfWork, take_turn

from datashare_svc.domain.documents import resource_document, sharing_document
from datashare_svc.domain.model import Connection, Network
from datashare_svc.domain.pack import SharingPlan
from datashare_svc.store import loading

LEFT = "left "
"""How a line begins that tells of what is not in the pack any more: it stays until people end it."""


async def load_sharing(work: UnitOfWork, plan: SharingPlan) -> list[str]:
    """Load a checked pack's networks, resources and sharing catalogues; return what was new or changed.

    A new network is LISTED; of one that is there the words are renewed, how far it is connected stays. A resource or a
    sharing catalogue is replaced by its newer words.
    """
    await take_turn(work.connection, "sharing of the city pack")
    return [
        *await _load_networks(work, plan),
        *await _load_resources(work, plan),
        *await _load_sharings(work, plan),
    ]


async def _load_networks(work: UnitOfWork, plan: SharingPlan) -> list[str]:
    kept = await loading.networks_kept(work.connection)
    wanted = [{"place": place, **_words(network)} for place, network in enumerate(plan.networks)]
    changed = [row for row in wanted if not _says(kept.get(row["network"]), row)]
    new = {"state": Connection.LISTED.value, "state_since": work.clock.now(), "version": 0}
    if changed:
        await loading.save_networks(work.connection, [{**row, **new} for row in changed])
    gone = sorted(set(kept) - {network.network for network in plan.networks})
    return [*([f"networks {len(changed)}"] if changed else []), *(f"{LEFT}network {key}" for key in gone)]


def _words(network: Network) -> dict[str, Any]:
    return {name: getattr(network, name) for name in ("network", *loading.WORDS) if name != "place"}


def _says(kept: Any, row: dict[str, Any]) -> bool:
    return kept is not None and all(getattr(kept, name) == value for name, value in row.items())


async def _load_resources(work: UnitOfWork, plan: SharingPlan) -> list[str]:
    kept = await loading.resources_kept(work.connection)
    changed = [
        {
            **{name: document[name] for name in ("resource", "resource_code", "name", "network", "unit")},
            "sharing_class": document["sharing_class"],
            "document": document,
            "version": 1,
        }
        for document in map(resource_document, plan.resources)
        if kept.get(document["resource"]) != document
    ]
    if changed:
        await loading.save_resources(work.connection, changed)
    gone = sorted(set(kept) - {resource.resource for resource in plan.resources})
    return [*([f"resources {len(changed)}"] if changed else []), *(f"{LEFT}resource {key}" for key in gone)]


async def _load_sharings(work: UnitOfWork, plan: SharingPlan) -> list[str]:
    kept = await loading.sharings_kept(work.connection)
    documents = {one.matter_code: sharing_document(one) for one in plan.sharings}
    changed = {matter: document for matter, document in documents.items() if kept.get(matter) != document}
    if changed:
        rows = [{"matter_code": matter, "document": document, "version": 0} for matter, document in changed.items()]
        await loading.save_sharings(work.connection, rows)
    gone = sorted(set(kept) - set(documents))
    return [*(f"sharing {matter}" for matter in changed), *(f"{LEFT}sharing {matter}" for matter in gone)]
