"""The simulators inside a suite of one process: services ask their apps without a line between."""

from chassis.base.ids import new_code
from datashare_svc.outside.endpoints import networks_of
from datashare_svc.outside.networks import Networks
from evaluation_svc.outside.provincial_rest import Line, RestProvincialPlatform

from yiwang.simulators.province import APP_ID
from yiwang.simulators.together import Together


def networks(together: Together) -> Networks:
    """Return the networks as datashare asks them, each by its own protocol."""
    return networks_of(together.endpoints("http://localhost"), together.clock, apps=together.apps)


def province(together: Together) -> RestProvincialPlatform:
    """Return the provincial platform as evaluation tells it of ratings."""
    line = Line(together.province, APP_ID, together.province.secret.encode())
    return RestProvincialPlatform(line, together.clock, new_code)
