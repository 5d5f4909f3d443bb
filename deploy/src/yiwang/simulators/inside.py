"""The simulators inside a suite of one process: datashare asks their apps without a line between."""

from datashare_svc.outside.endpoints import networks_of
from datashare_svc.outside.networks import Networks

from yiwang.simulators.together import Together


def networks(together: Together) -> Networks:
    """Return the networks as datashare asks them, each by its own protocol."""
    return networks_of(together.endpoints("http://localhost"), together.clock, apps=together.apps)
