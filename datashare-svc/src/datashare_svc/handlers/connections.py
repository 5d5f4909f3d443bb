"""The life of a network's connection: each step with its row, its event and its audit row."""

from dataclasses import dataclass

from chassis.base.problems import FieldError
from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.events.outbox import append
from chassis.http.identity import Principal

from datashare_svc.domain.connecting import MANAGER, MOVES, Step, after_step
from datashare_svc.domain.model import SERVING, Connection
from datashare_svc.errors import (
    NetworkNotFound,
    NetworkNotYours,
    NetworkStepNotPossible,
    NetworkWithoutAddress,
    StepReasonMissing,
)
from datashare_svc.events import NetworkChanged
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.served import tell_served
from datashare_svc.schemas.connections import ConnectionStepBody
from datashare_svc.schemas.networks import NetworkView
from datashare_svc.store import connections, listed
from datashare_svc.store.connections import Record

PROBE_SECONDS = 3.0
"""For so long a network may think about whether it works."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who takes a step: the subject, the unit, by which document, and what there is to note."""

    subject: str
    unit: str = ""
    basis: str = ""
    note: str = ""


async def plan_step(datashare: Datashare, caller: Principal, network: str, body: ConnectionStepBody) -> None:
    """See before the transaction that a network that is to be connected answers; other steps ask nothing of it.

    Raises NetworkNotFound, NetworkNotYours, StepNotYours, NetworkStepNotPossible, NetworkWithoutAddress, NetworkOut.
    """
    if body.step != Step.CONNECT.value:
        return
    async with datashare.database.asking() as connection:
        row = await listed.find_network(connection, network)
    if row is None:
        raise NetworkNotFound(network)
    require_own(row.unit, caller)
    after_step(Connection(row.state), Step.CONNECT, caller.roles)
    await require_answer(datashare, network)


async def require_answer(datashare: Datashare, network: str) -> None:
    """Return once a network answered. Raises NetworkWithoutAddress, NetworkOut."""
    if not datashare.networks.has(network):
        raise NetworkWithoutAddress
    await datashare.networks.probe(network, PROBE_SECONDS)


def require_own(unit: str, caller: Principal) -> None:
    """Raise NetworkNotYours unless the network is the caller's unit's, or the caller manages sharing for the city."""
    if MANAGER not in caller.roles and caller.unit != unit:
        raise NetworkNotYours


async def take_step(
    datashare: Datashare, work: UnitOfWork, caller: Principal, network: str, body: ConnectionStepBody
) -> NetworkView:
    """Take a step, under the network's lock.

    Raises NetworkNotFound, NetworkNotYours, StepNotYours, NetworkStepNotPossible, StepReasonMissing.
    """
    row = await locked(work, network)
    require_own(row["unit"], caller)
    step = Step(body.step)
    after_step(Connection(row["state"]), step, caller.roles)
    if MOVES[step].needs_reason and not body.note:
        raise StepReasonMissing(errors=[FieldError("/note", "required", "此步骤须说明理由")])
    await step_on(datashare, work, row, step, Hand(caller.subject, caller.unit, body.basis, body.note))
    return await shown(work, network)


async def locked(work: UnitOfWork, network: str) -> Record:
    """Return a network's row, locked. Raises NetworkNotFound."""
    row = await connections.lock_network(work.connection, network)
    if row is None:
        raise NetworkNotFound(network)
    return row


async def shown(work: UnitOfWork, network: str) -> NetworkView:
    """Return a network as it is now in this transaction."""
    row = await listed.find_network(work.connection, network)
    return NetworkView.of(row)


async def step_on(datashare: Datashare, work: UnitOfWork, row: Record, step: Step, hand: Hand) -> None:
    """Bring a locked network to after a step of people, with the row that keeps who took it."""
    step_id = work.ids()
    after = MOVES[step].after
    note = hand.note
    sealed = datashare.cipher.encrypt(note, table="connection_step", column="note", row=step_id) if note else ""
    taken = {"step_id": step_id, "network": row["network"], "step": step.value, "state": after.value}
    taken |= {"actor": hand.subject, "unit": hand.unit, "at": work.clock.now(), "basis": hand.basis, "note": sealed}
    connections.add_step(work, taken)
    await change_state(work, row, after, by=hand.subject)


async def change_state(work: UnitOfWork, row: Record, after: Connection, *, by: str) -> None:
    """Bring a locked network into another state, tell it, audit it; and tell what is served if that is another set.

    Raises NetworkStepNotPossible when it is not in the state that the caller saw.
    """
    now, former = work.clock.now(), Connection(row["state"])
    version = await connections.move(work.connection, row["network"], former, after, now)
    if version is None:
        raise NetworkStepNotPossible
    told = {name: row[name] for name in ("network", "level", "unit")} | {"state": after, "former": former}
    await append(work, NetworkChanged(**told, at=now), subject=row["network"], version=version)
    details = {"unit": row["unit"], "state": after.value, "former": former.value}
    await audit.record(work, actor=by, action="network.changed", subject=row["network"], details=details)
    row |= {"state": after.value, "state_since": now, "version": version}
    if (former in SERVING) is not (after in SERVING):
        await tell_served(work)
