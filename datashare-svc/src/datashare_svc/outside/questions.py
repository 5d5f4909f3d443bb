"""What is asked of a network, what it tells, and who speaks with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from datashare_svc.domain.model import Resource


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a network: rows of `fields` by `keys`, or whether the values of `compares` are the source's.

    `carried` is what the network is told of why: `query_id`, `project_no` (办件编号), `task_code`, `purpose`, `basis`,
    `officer`.
    """

    query_id: str
    keys: Mapping[str, str]
    fields: tuple[str, ...] = ()
    compares: Mapping[str, str] = field(default_factory=dict)
    carried: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What a network told: rows with only the fields asked for, or by field whether it agrees; no row is no match.

    `is_known` says of a verification whether the source has anybody of these keys.
    """

    rows: tuple[Mapping[str, str], ...] = ()
    matches: Mapping[str, bool] = field(default_factory=dict)
    is_known: bool = True


class Connector(Protocol):
    """Speaks with one network."""

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:
        """Return what the network tells within so many seconds. Raises NetworkOut."""
        ...

    async def probe(self, within: float) -> None:
        """Return once the network answered that it works. Raises NetworkOut."""
        ...

    async def close(self) -> None:
        """Close kept connections."""
        ...
