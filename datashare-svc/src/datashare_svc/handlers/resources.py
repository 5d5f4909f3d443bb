"""Resources as staff of sharing see them, and each matter's sharing catalogue as everybody may."""

from typing import Any

from chassis.http.paging import Page, decode_cursor, page

from datashare_svc.domain.model import SERVING, Connection, Sharing
from datashare_svc.domain.served import served_of
from datashare_svc.errors import ResourceNotFound, SharingNotFound
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.schemas.resources import (
    ResourceSummary,
    ResourceView,
    SharedMaterialView,
    SharingUseView,
    SharingView,
)
from datashare_svc.store import catalogue

OF_ROW = ("resource", "resource_code", "name", "network", "network_name", "unit", "unit_name", "sharing_class")
OF_USE = ("use", "resource", "depth", "push", "task", "material", "basis")
OF_SOURCE = ("unit", "unit_name", "network", "network_name", "network_state")


async def list_resources(  # noqa: PLR0913  what is wanted of the list
    datashare: Datashare, *, network: str, unit: str, sharing_class: str, after: str, size: int
) -> Page[ResourceSummary]:
    """Return a page of the resources, in the order of their keys."""
    (last,) = decode_cursor(after, str) if after else ("",)
    async with datashare.database.asking() as connection:
        rows = await catalogue.list_resources(
            connection, network=network, unit=unit, sharing_class=sharing_class, after=last, size=size
        )
    return page([ResourceSummary(**_summary(row)) for row in rows], size, key=lambda view: (view.resource,))


async def show_resource(datashare: Datashare, resource: str) -> ResourceView:
    """Return a resource with all fields of the national catalogue. Raises ResourceNotFound."""
    async with datashare.database.asking() as connection:
        row = await catalogue.show_resource(connection, resource)
    if row is None:
        raise ResourceNotFound(resource)
    told = {name: value for name, value in row.document.items() if name != "service"}
    return ResourceView(**{**told, **_summary(row), "version": row.version})


async def show_sharing(datashare: Datashare, matter_code: str) -> SharingView:
    """Return the sharing catalogue of a matter, and what of it is served now. Raises SharingNotFound."""
    async with datashare.database.asking() as connection:
        sharing = await catalogue.find_sharing(connection, matter_code)
        if sharing is None:
            raise SharingNotFound(matter_code)
        rows = await catalogue.resources_shown(connection, {use.resource for use in sharing.uses})
    return _view(sharing, rows)


def _summary(row: Any) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in OF_ROW}, "is_served": row.network_state in SERVING}


def _view(sharing: Sharing, rows: dict[str, Any]) -> SharingView:
    uses = []
    for use in sharing.uses:
        row = rows[use.resource]
        told = {name: getattr(use, name) for name in OF_USE} | {name: getattr(row, name) for name in OF_SOURCE}
        lists = {"gives": list(use.gives), "compares": list(use.compares.values()), "items": list(use.items)}
        when = {question: list(values) for question, values in use.when.items()}
        served = row.network_state in SERVING
        source = {"resource_name": row.name, "mode": row.document["mode"]}
        uses.append(SharingUseView(**told, **lists, **source, when=when, is_served=served))
    states = {row.network: Connection(row.network_state) for row in rows.values()}
    now = served_of(sharing, {name: row.network for name, row in rows.items()}, states)
    missing = [SharedMaterialView(material=one, name=sharing.materials.get(one, one)) for one in now.to_bring]
    return SharingView(
        matter_code=sharing.matter_code, status=sharing.status, source=sharing.source, uses=uses, to_bring=missing
    )
