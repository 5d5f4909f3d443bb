"""Loading a city pack's acceptance cases; and, in development, bringing the networks that have an address into use."""

from chassis.data.audit import Unsealed
from chassis.data.database import UnitOfWork, take_turn

from datashare_svc.domain.acceptance import AcceptancePlan, case_document
from datashare_svc.domain.connecting import MOVES, Side, Step
from datashare_svc.domain.model import SERVING, Connection
from datashare_svc.errors import NetworkOut
from datashare_svc.handlers.acceptance import add_run, run_cases, sign
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.connections import Hand, locked, require_answer, step_on
from datashare_svc.store import acceptances, connections
from datashare_svc.store.catalogue import resources_of

DEVELOPMENT = "开发环境"


async def load_cases(work: UnitOfWork, plan: AcceptancePlan) -> list[str]:
    """Store the cases of a checked pack, take away those that it does not have any more; return what was done.

    Raises Unsealed.
    """
    if (cipher := work.cipher) is None:
        raise Unsealed
    await take_turn(work.connection, "acceptance cases of the city pack")
    await work.write()
    known = await resources_of(work.connection, [case.resource for case in plan.cases])
    stored = await acceptances.stored_cases(work.connection, cipher)
    wanted = {
        case.case: {
            "case_key": case.case,
            "network": known[case.resource].network,
            "place": place,
            "document": case_document(case),
        }
        for place, case in enumerate(plan.cases)
        if case.resource in known
    }
    changed = [row for key, row in wanted.items() if stored.get(key) != row]
    await acceptances.save_cases(work.connection, changed, cipher)
    gone = sorted(set(stored) - set(wanted))
    await acceptances.drop_cases(work.connection, gone)
    return [f"acceptance cases {len(changed) + len(gone)}"] if changed or gone else []


async def finish_connections(datashare: Datashare, plan: AcceptancePlan) -> list[str]:
    """Bring the networks that have an address and cases into use, by two named hands; return which.

    Only for development, where simulators stand behind the addresses: elsewhere people do each step. A network that
    does not answer, or whose cases do not pass, stays where it is.
    """
    return [network for network in sorted(datashare.networks.connectors) if await _finish(datashare, plan, network)]


async def _finish(datashare: Datashare, plan: AcceptancePlan, network: str) -> bool:
    async with datashare.database.reading() as connection:
        state = (await connections.states(connection, [network])).get(network)
        cases = await acceptances.cases_of(connection, network, datashare.cipher)
    if state is None or state in SERVING or state is Connection.RETIRED or not cases:
        return False
    try:
        await require_answer(datashare, network)
    except NetworkOut:
        return False
    ran = await run_cases(datashare, network, cases, by=plan.hands.authority)
    async with datashare.database.unit_of_work() as work:
        row = await locked(work, network)
        for step in (Step.CONTACT, Step.CONNECT):
            if Connection(row["state"]) in MOVES[step].before:
                await step_on(datashare, work, row, step, Hand(plan.hands.provider, row["unit"], DEVELOPMENT))
        await add_run(work, network, ran, by=plan.hands.authority)
        if not all(one.passed for one in ran.outcomes):
            return False
        await work.write()
        await sign(work, row, ran.run_id, Side.PROVIDER, by=plan.hands.provider)
        await sign(work, row, ran.run_id, Side.AUTHORITY, by=plan.hands.authority)
    return True
