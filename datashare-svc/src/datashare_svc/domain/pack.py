"""What a city pack says of sharing: networks, resources, sharing catalogues, the grants that it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from datashare_svc.domain.acceptance import AcceptancePlan
from datashare_svc.domain.model import Depth, Network, Purpose, Resource, Sharing


@dataclass(frozen=True, slots=True)
class GrantWanted:
    """A grant that the pack asks for: which fields of a resource, how deep, for which purposes, until when.

    It is for the items of a matter, for all of them where none is named; `unit` asks for it, as the matter's lead. Any
    unit may use it for an item of its own. `until` is the last day, none for as long as the matter is offered.
    """

    grant: str
    resource: str
    matter_code: str
    unit: str
    fields: tuple[str, ...]
    depth: Depth
    purposes: tuple[Purpose, ...]
    reason: str
    basis: str
    items: tuple[str, ...] = ()
    until: date | None = None
    status: str = "proposed"
    source: str = ""


@dataclass(frozen=True, slots=True)
class SharingPlan:
    """All that a checked city pack says of sharing.

    `hands` say in whose names development asks for grants and decides on them, by unit.
    """

    networks: tuple[Network, ...] = ()
    resources: tuple[Resource, ...] = ()
    sharings: tuple[Sharing, ...] = ()
    grants: tuple[GrantWanted, ...] = ()
    hands: Mapping[str, str] = field(default_factory=dict)
    acceptance: AcceptancePlan = field(default_factory=AcceptancePlan)
