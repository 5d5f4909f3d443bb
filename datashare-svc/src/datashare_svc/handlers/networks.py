"""Networks: what the city's list has, and how far each is connected."""

from chassis.http.paging import Page, decode_cursor, encode_cursor

from datashare_svc.errors import NetworkNotFound
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.schemas.networks import NetworkView
from datashare_svc.store import listed

SHOWN = tuple(NetworkView.model_fields)


async def list_networks(  # noqa: PLR0913  what is wanted of the list
    datashare: Datashare, *, level: str, state: str, unit: str, after: str, size: int
) -> Page[NetworkView]:
    """Return a page of the networks, in the order of the city's list."""
    last, _ = decode_cursor(after, int, str) if after else (-1, "")
    async with datashare.database.asking() as connection:
        rows = await listed.list_networks(connection, level=level, state=state, unit=unit, after=last, size=size)
    shown = [NetworkView(**{name: getattr(row, name) for name in SHOWN}) for row in rows[:size]]
    return Page(
        items=shown, next=encode_cursor(rows[size - 1].place, rows[size - 1].network) if len(rows) > size else None
    )


async def show_network(datashare: Datashare, network: str) -> NetworkView:
    """Return a network. Raises NetworkNotFound."""
    async with datashare.database.asking() as connection:
        row = await listed.find_network(connection, network)
    if row is None:
        raise NetworkNotFound(network)
    return NetworkView(**{name: getattr(row, name) for name in SHOWN})
