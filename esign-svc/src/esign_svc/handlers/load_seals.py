"""Loading the seals of a city pack: what is not there is applied for; in development it is made, filed and used, too.

Elsewhere the seals wait for people: nobody but a maker makes a seal, and nobody but an auditor files it.
"""

from chassis.data.database import UnitOfWork, take_turn

from esign_svc.domain.seal_pack import SealPlan
from esign_svc.domain.seals import SealStep
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.seal_life import Done, advance, make, new_row, tell
from esign_svc.store import registry

KEPT = "kept "
"""How a line begins that tells of a seal whose name is another than the pack's: people apply for a new one."""


async def load_seals(work: UnitOfWork, plan: SealPlan) -> list[str]:
    """Apply for the seals of a checked pack whose codes are not there; return what was done.

    A seal is never changed: one whose unit has another name now is told, and stays.
    """
    await take_turn(work.connection, "seals of the city pack")
    there = await registry.names_by_code(work.connection)
    fresh = [one for one in plan.wanted if one.seal_code not in there]
    for wanted in fresh:
        row = new_row(work.ids(), wanted, plan.hands.applicant, at=work.clock.now())
        registry.add_seal(work, row)
        await tell(work, row, Done(work.ids(), SealStep.APPLY, plan.hands.applicant))
    other = [one for one in plan.wanted if there.get(one.seal_code, one.name) != one.name]
    kept = [f"{KEPT}{one.seal_code} {there[one.seal_code]}" for one in other]
    return [*([f"seals {len(fresh)}"] if fresh else []), *kept]


async def finish_seals(esign: Esign, work: UnitOfWork, plan: SealPlan) -> int:
    """Make, file and put in use what the pack applied for, by three named hands; return how many.

    Only where the development authority certifies: without one there is nothing to do here.
    """
    if esign.certifier is None:
        return 0
    rows = await registry.lock_applied_by(work.connection, plan.hands.applicant)
    for row in rows:
        for step, by in (
            (SealStep.MAKE, plan.hands.maker),
            (SealStep.FILE, plan.hands.auditor),
            (SealStep.PUT_IN_USE, plan.hands.auditor),
        ):
            advance(row, step, by, at=work.clock.now(), filing_no=f"DEV-{row['seal_code']}")
            if step is SealStep.MAKE:
                await make(esign, work, row)
            await tell(work, row, Done(work.ids(), step, by))
    await registry.save_seals(work.connection, rows)
    return len(rows)
