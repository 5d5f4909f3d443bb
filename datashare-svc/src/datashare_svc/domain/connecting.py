"""The life of a network's connection (对接): which step leads from where to where, by whom; and what probes make of it.

Source: the city's plan (实施方案) nos. 7 to 10: networks are connected, and the connection is accepted (验收确认).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from datashare_svc.domain.model import SERVING, Connection
from datashare_svc.errors import NetworkStepNotPossible, StepNotYours

STEWARD, MANAGER = "data_steward", "data_manager"
"""A unit's sharing officer (数据共享联络员), and the sharing authority's manager (市大数据局)."""
SYSTEM = "datashare"
"""The subject of what the service does by rule."""


class Step(StrEnum):
    """A step that people take: contacted, connected, retired."""

    CONTACT = "contact"
    CONNECT = "connect"
    RETIRE = "retire"


class Side(StrEnum):
    """The two sides that sign an acceptance (验收): the network's unit, and the sharing authority."""

    PROVIDER = "provider"
    AUTHORITY = "authority"


SIGNS: Mapping[Side, str] = {Side.PROVIDER: STEWARD, Side.AUTHORITY: MANAGER}
"""Which role signs for a side."""
STATES: Mapping[Connection, str] = {
    Connection.LISTED: "已列入清单",
    Connection.CONTACTED: "已联系",
    Connection.CONNECTED: "已接通",
    Connection.VERIFIED: "已验收",
    Connection.DEGRADED: "不稳定",
    Connection.DOWN: "中断",
    Connection.RETIRED: "已停用",
}
STEPS: Mapping[Step, str] = {Step.CONTACT: "登记联系", Step.CONNECT: "接通", Step.RETIRE: "停用"}
"""How people read of states and steps."""


@dataclass(frozen=True, slots=True)
class Move:
    """A step: from which states, to which, by whom; whether it says why."""

    before: frozenset[Connection]
    after: Connection
    roles: frozenset[str]
    needs_reason: bool = False


MOVES: Mapping[Step, Move] = {
    Step.CONTACT: Move(frozenset({Connection.LISTED}), Connection.CONTACTED, frozenset({STEWARD, MANAGER})),
    Step.CONNECT: Move(frozenset({Connection.CONTACTED}), Connection.CONNECTED, frozenset({STEWARD, MANAGER})),
    Step.RETIRE: Move(frozenset(Connection) - {Connection.RETIRED}, Connection.RETIRED, frozenset({MANAGER}), True),
}
"""All steps of people. VERIFIED is reached by the second signature under an acceptance, what follows by probes."""
ACCEPTABLE = frozenset({Connection.CONNECTED}) | SERVING
"""In these states acceptance cases are run: also again, of a network that serves already."""
PROBED = ACCEPTABLE
"""In these states a network is probed."""


def after_step(state: Connection, step: Step, roles: frozenset[str]) -> Connection:
    """Return the state after a step. Raises StepNotYours, NetworkStepNotPossible."""
    move = MOVES[step]
    if not (move.roles & roles):
        raise StepNotYours
    if state not in move.before:
        raise NetworkStepNotPossible(f"专网现为“{STATES[state]}”,不能{STEPS[step]}")
    return move.after


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When probes change what is said of a network, in probes one after another (proposed)."""

    degraded_after: int = 2
    down_after: int = 5
    well_after: int = 3

    @property
    def looked_at(self) -> int:
        """How many of the last probes decide."""
        return max(self.degraded_after, self.down_after, self.well_after)


THRESHOLDS = Thresholds()
SIGNED_WITHIN = timedelta(days=30)
"""A run of acceptance cases that is older is run again before it is signed (proposed)."""
PROBES_KEPT = timedelta(days=30)
"""How long the outcomes of probes stay (proposed)."""


def judged(state: Connection, newest_first: Sequence[bool], limits: Thresholds = THRESHOLDS) -> Connection:
    """Return what a network is after its last probes; only one that serves gets better or worse by them."""
    if state not in SERVING or not newest_first:
        return state
    well = newest_first[0]
    run = next((place for place, one in enumerate(newest_first) if one is not well), len(newest_first))
    if well:
        return Connection.VERIFIED if run >= limits.well_after else state
    if run >= limits.down_after:
        return Connection.DOWN
    return Connection.DEGRADED if run >= limits.degraded_after and state is Connection.VERIFIED else state


class Missing(StrEnum):
    """What a network lacks until it serves."""

    CONTACT = "contact"
    ADDRESS = "address"
    CONNECT = "connect"
    ACCEPTANCE = "acceptance"


def missing(state: Connection, *, has_address: bool) -> tuple[Missing, ...]:
    """Return what a network lacks until it serves, in the order in which it is done; of a retired one nothing."""
    if state in SERVING or state is Connection.RETIRED:
        return ()
    lacks = {
        Missing.CONTACT: state is Connection.LISTED,
        Missing.ADDRESS: not has_address,
        Missing.CONNECT: state is not Connection.CONNECTED,
        Missing.ACCEPTANCE: True,
    }
    return tuple(one for one, lacked in lacks.items() if lacked)
