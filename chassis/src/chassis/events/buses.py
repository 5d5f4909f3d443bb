"""Opens the bus that a URL names."""

from pathlib import Path
from urllib.parse import parse_qsl

from chassis.events.bus import Bus
from chassis.events.embedded_log import EmbeddedLog
from chassis.events.kafka import BROKER_DEFAULT, KafkaBus


def open_bus(url: str) -> Bus:
    """Open `embedded:///absolute/file` or `kafka://host:port[,host:port][?partitions=3&replication=1&prefix=]`.

    Partitions and replication (by default the broker's) are those of topics yet to be made; the prefix goes before
    topics and groups, so that several cities may share a cluster. Raises ValueError for any other address.
    """
    scheme, _, address = url.partition("://")
    if scheme == "embedded":
        return EmbeddedLog(Path(address))
    if scheme == "kafka":
        servers, _, query = address.partition("?")
        asked = dict(parse_qsl(query, strict_parsing=bool(query)))
        return KafkaBus(
            servers,
            partitions=int(asked.get("partitions", 3)),
            replication=int(asked.get("replication", BROKER_DEFAULT)),
            prefix=asked.get("prefix", ""),
        )
    raise ValueError(f"no bus at {scheme}:// (embedded:///file or kafka://host:port)")
