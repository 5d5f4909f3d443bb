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

    A material is served if all that it rests on is: each of its uses goes to a network that serves.
    """
    resting: dict[str, list[str]] = {}
    for use in sharing.uses:
        if use.material:
            resting.setdefault(use.material, []).append(use.resource)
    served = {material for material, asked in resting.items() if _all_serve(asked, network_of, states)}
    return Served(tuple(sorted(served)), tuple(sorted(set(resting) - served)))


def _all_serve(resources: Collection[str], network_of: Mapping[str, str], states: Mapping[str, Connection]) -> bool:
    return all(states.get(network_of.get(resource, "")) in SERVING for resource in resources)
