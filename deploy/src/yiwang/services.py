"""The services there are, each said once: suite, commands, gateway addresses and tests take them from here.

What cannot be derived (workspace, import rules, documents) is held equal to this list by tests/architecture.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalog_svc import app as catalog_app
from catalog_svc.settings import CatalogSettings
from chassis.service import Service
from chassis.settings import ServiceSettings, addressed
from intake_svc import app as intake_app
from intake_svc.settings import IntakeSettings
from workflow_svc import app as workflow_app
from workflow_svc.settings import WorkflowSettings


@dataclass(frozen=True, slots=True)
class Declared:
    """A service: how it is built, what it is told, and which siblings it asks.

    A sibling is a keyword of `build`, and at an address the setting `<sibling>_url`.
    """

    name: str
    build: Callable[..., Service]
    settings: type[ServiceSettings]
    siblings: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """Return the Python package."""
        return f"{self.name}_svc"

    @property
    def folder(self) -> str:
        """Return the member of the workspace."""
        return f"{self.name}-svc"

    @property
    def settings_alone(self) -> type[ServiceSettings]:
        """Return the settings of a process of its own, which finds its siblings at addresses."""
        return addressed(self.settings, self.siblings)


SERVICES: Mapping[str, Declared] = {
    one.name: one
    for one in (
        Declared("catalog", catalog_app.build, CatalogSettings),
        Declared("workflow", workflow_app.build, WorkflowSettings),
        Declared("intake", intake_app.build, IntakeSettings, siblings=("catalog", "workflow")),
    )
}
"""By name; a service stands after those it asks."""
