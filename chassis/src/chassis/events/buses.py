"""Opens the bus that a URL names; the driver of another is not imported."""

from importlib import import_module

from chassis.events.bus import Bus

BUSES = {"embedded": "chassis.events.embedded_log", "kafka": "chassis.events.kafka"}
"""Where each scheme's bus is: `open_at(address)` of that module opens it."""


def open_bus(url: str) -> Bus:
    """Open `embedded:///absolute/file` or `kafka://host:port[,host:port][?partitions=3&replication=1&prefix=]`.

    Raises ValueError for any other address.
    """
    scheme, _, address = url.partition("://")
    if scheme not in BUSES:
        raise ValueError(f"no bus at {scheme}:// (embedded:///file or kafka://host:port)")
    opened: Bus = import_module(BUSES[scheme]).open_at(address)
    return opened
