"""Which materials of a matter the networks can serve: what is told of them, and what the applicant still brings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from datashare_svc.domain.model import SERVING, Connection, Sharing


@dataclass(frozen=True, slots=True)
class Served:
    """Materials that are served, and those of the sharing catalogue that are not (仍需自带); both in order."""

    served: tuple[str, ...]
    to_bring: tuple[str, ...]


def served_of(sharing: Sharing, network_of: Mapping[str, str], states: Mapping[str, Connection]) -> Served:
    """Return what is served of a sharing catalogue; `network_of` says whose each resource is.

    A material is served if all that it rests on is: each of its uses goes to a network that serves, or, where one is
    enough, any. One of the matter's that no use stands for is served by nobody.
    """
    serving = {resource for resource, network in network_of.items() if states.get(network) in SERVING}
    materials = {*sharing.materials, *(use.material for use in sharing.uses)} - {""}
    served = {material for material in materials if _is_served(sharing, material, serving)}
    return Served(tuple(sorted(served)), tuple(sorted(materials - served)))


def _is_served(sharing: Sharing, material: str, serving: Collection[str]) -> bool:
    uses = [use for use in sharing.uses if use.material == material]
    enough = any if all(use.one_is_enough for use in uses) else all
    return bool(uses) and enough(use.resource in serving for use in uses)
