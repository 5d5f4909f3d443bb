"""Opens the bus that a URL names."""

from pathlib import Path

from chassis.bus import Bus
from chassis.embedded_log import EmbeddedLog
from chassis.kafka import KafkaBus


def open_bus(url: str, *, instance: str) -> Bus:
    """Open `embedded:///absolute/file` or `kafka://host:port[,host:port]`; raises ValueError for any other address."""
    scheme, _, address = url.partition("://")
    if scheme == "embedded":
        return EmbeddedLog(Path(address))
    if scheme == "kafka":
        return KafkaBus(address, instance=instance)
    raise ValueError(f"no bus at {scheme}:// (embedded:///file or kafka://host:port)")
