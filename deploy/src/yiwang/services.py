"""The services there are, each said once: suite, commands, gateway addresses and tests take them from here.

What cannot be derived (workspace, import rules, documents) is held equal to this list by tests/architecture.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from chassis.settings import ServiceSettings, addressed

if TYPE_CHECKING:
    from chassis.service import Service


@dataclass(frozen=True, slots=True)
class Declared:
    """A service: its name, from which follow its package, `app.build` and its settings, and which siblings it asks.

    A sibling is a keyword of `build`, and at an address the setting `<sibling>_url`. What the name stands for is
    imported when it is asked for: a process imports only what runs in it. `keys` are its settings that are keys of its
    own: in embedded mode the installation's `<name>_<key>` (`yiwang/keyfile.py`). One with a `service_key` asks its
    siblings in its own name.
    """

    name: str
    siblings: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def build(self) -> "Callable[..., Service]":
        """Return how the service is built."""
        found: Callable[..., Service] = import_module(f"{self.package}.app").build
        return found

    @property
    def settings(self) -> type[ServiceSettings]:
        """Return what the service is told: `ReminderSettings` of `reminder_svc.settings`."""
        named = f"{self.name.title().replace('_', '')}Settings"
        found: type[ServiceSettings] = getattr(import_module(f"{self.package}.settings"), named)
        return found

    @property
    def settings_alone(self) -> type[ServiceSettings]:
        """Return the settings of a process of its own, which finds its siblings at addresses."""
        return addressed(self.settings, self.siblings)

    @property
    def package(self) -> str:
        """Return the Python package."""
        return f"{self.name}_svc"

    @property
    def folder(self) -> str:
        """Return the member of the workspace."""
        return f"{self.name}-svc"


SERVICES: Mapping[str, Declared] = {
    one.name: one
    for one in (
        Declared("catalog"),
        Declared("workflow"),
        Declared("datashare", keys=("head_key",)),
        Declared("intake", siblings=("catalog", "workflow", "datashare"), keys=("service_key",)),
        Declared("esign", siblings=("intake", "workflow"), keys=("service_key", "seal_key")),
        Declared("evaluation", siblings=("intake",), keys=("service_key",)),
    )
}
"""By name; a service stands after those it asks."""


def callers_of(name: str) -> tuple[str, ...]:
    """Return the services that ask this one in their own name."""
    return tuple(one.name for one in SERVICES.values() if name in one.siblings and "service_key" in one.keys)
