"""The simulators inside a suite of one process: datashare asks their apps without a network between."""

import base64
from datetime import timedelta

from datashare_svc.outside.files import FileConnector
from datashare_svc.outside.networks import Connector, Networks
from datashare_svc.outside.rest import RestConnector
from datashare_svc.outside.tables import TableConnector

from yiwang.simulators.networks import Protocol, by
from yiwang.simulators.together import REQUESTER, STALE_AFTER_HOURS, Together

AT_ONCE = 8


def networks(together: Together) -> Networks:
    """Return the networks as datashare asks them, each by its own protocol."""
    key, stale_after = base64.b64decode(together.key), timedelta(hours=STALE_AFTER_HOURS)
    found: dict[str, Connector] = {
        network: RestConnector(app, requester_id=REQUESTER, key=key, clock=together.clock)
        for network, app in together.apps.items()
    }
    for one in by(Protocol.TABLE):
        found[one.network] = TableConnector(together.table_url, at_once=AT_ONCE)
    for one in by(Protocol.FILES):
        found[one.network] = FileConnector(together.folder, stale_after=stale_after, clock=together.clock)
    return Networks(found)
