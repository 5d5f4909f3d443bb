"""Acceptance (验收): cases run against a network outside any transaction, kept, and signed off by two sides."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, page

from datashare_svc.domain.acceptance import AcceptanceCase, Outcome, digest_of, unfit, wrong_matches, wrong_rows
from datashare_svc.domain.connecting import ACCEPTABLE, SIGNED_WITHIN, SIGNS, STATES, Side
from datashare_svc.domain.model import SERVING, Connection, Depth, Resource
from datashare_svc.errors import (
    AcceptanceCasesMissing,
    AcceptanceNotFound,
    AcceptanceNotSignable,
    NetworkNotFound,
    NetworkNotYours,
    NetworkOut,
    NetworkStepNotPossible,
    NetworkWithoutAddress,
    SameSigner,
    StepNotYours,
)
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.connections import change_state, locked, require_own
from datashare_svc.outside.networks import Question
from datashare_svc.schemas.connections import OutcomeView, RunDetail, RunView, SignatureBody
from datashare_svc.store import acceptances, listed
from datashare_svc.store.catalogue import resources_of
from datashare_svc.store.connections import Record

AT_ONCE = 4
"""So many cases of a run are asked at the same time."""
OUT = "专网未能按时作出可用的答复"


@dataclass(frozen=True, slots=True)
class Ran:
    """A run, ready to be kept: its id, and what each case came to."""

    run_id: str
    outcomes: Sequence[Outcome]


async def plan_run(datashare: Datashare, caller: Principal, network: str) -> Ran:
    """Run the acceptance cases of a network that is connected; before any transaction.

    Raises NetworkNotFound, NetworkNotYours, NetworkStepNotPossible, NetworkWithoutAddress, AcceptanceCasesMissing.
    """
    async with datashare.database.reading() as connection:
        row = await listed.find_network(connection, network)
        cases = await acceptances.cases_of(connection, network, datashare.cipher)
    if row is None:
        raise NetworkNotFound(network)
    require_own(row.unit, caller)
    _require_acceptable(Connection(row.state))
    if not datashare.networks.has(network):
        raise NetworkWithoutAddress
    if not cases:
        raise AcceptanceCasesMissing
    return await run_cases(datashare, network, cases, by=caller.subject)


def _require_acceptable(state: Connection) -> None:
    if state not in ACCEPTABLE:
        raise NetworkStepNotPossible(f"专网现为“{STATES[state]}”,接通后方可验收")


async def run_cases(datashare: Datashare, network: str, cases: Sequence[AcceptanceCase], *, by: str) -> Ran:
    """Return what each case came to; some are asked at once, and one that is not answered fails alone."""
    async with datashare.database.asking() as connection:
        known = await resources_of(connection, [case.resource for case in cases])
    found = {key: one for key, one in known.items() if one.network == network}
    run_id, turn = datashare.database.ids(), asyncio.Semaphore(AT_ONCE)

    async def one(case: AcceptanceCase) -> Outcome:
        async with turn:
            return await _outcome(datashare, case, found.get(case.resource), {"run_id": run_id, "by": by})

    return Ran(run_id, await asyncio.gather(*(one(case) for case in cases)))


async def _outcome(
    datashare: Datashare, case: AcceptanceCase, resource: Resource | None, run: dict[str, str]
) -> Outcome:
    wrong = unfit(case, resource)
    if resource is None or wrong:
        return Outcome(case.case, case.name, wrong, datashare.clock.now())
    carried = {"project_no": f"acceptance:{run['run_id']}", "task_code": "", "purpose": "ACCEPTANCE"}
    carried |= {"basis": "专网对接验收", "officer": run["by"]}
    query_id = datashare.database.ids()
    fields = (case.fields or tuple(case.expects)) if case.depth is Depth.VALUE else ()
    question = Question(query_id, case.keys, fields, case.compares, {**carried, "query_id": query_id})
    try:
        told = await datashare.networks.ask(resource, question, resource.within_ms / 1000)
    except NetworkOut:
        return Outcome(case.case, case.name, OUT, datashare.clock.now())
    if case.depth is Depth.VALUE:
        wrong, answer = wrong_rows(case, told.rows), digest_of(told.rows)
    else:
        wrong = wrong_matches(case, told.matches, is_known=told.is_known)
        answer = digest_of([told.matches, told.is_known])
    return Outcome(case.case, case.name, wrong, datashare.clock.now(), answer)


async def store_run(work: UnitOfWork, caller: Principal, network: str, ran: Ran) -> RunDetail:
    """Keep a run with its cases. Raises NetworkNotFound, NetworkStepNotPossible."""
    row = await locked(work, network)
    _require_acceptable(Connection(row["state"]))
    run, outcomes = await add_run(work, network, ran, by=caller.subject)
    return detail(run, outcomes)


async def add_run(work: UnitOfWork, network: str, ran: Ran, *, by: str) -> tuple[Record, list[Record]]:
    """Add the rows of a run of a network that is locked, and audit it; return them."""
    passed = sum(one.passed for one in ran.outcomes)
    number = await acceptances.next_number(work.connection, network)
    run: Record = {"run_id": ran.run_id, "network": network, "number": number, "actor": by, "at": work.clock.now()}
    run |= {"cases": len(ran.outcomes), "passed": passed}
    run |= {"provider_by": "", "provider_at": None, "authority_by": "", "authority_at": None}
    outcomes: list[Record] = [
        {
            "run_id": ran.run_id,
            "place": place,
            "case_key": one.case,
            "name": one.name,
            "wrong": one.wrong,
            "answer_digest": one.answer_digest,
            "at": one.at,
        }
        for place, one in enumerate(ran.outcomes)
    ]
    acceptances.add_run(work, run, outcomes)
    details = {"run_id": ran.run_id, "cases": len(outcomes), "passed": passed}
    await audit.record(work, actor=by, action="acceptance.run", subject=network, details=details)
    return run, outcomes


async def sign_acceptance(
    work: UnitOfWork, caller: Principal, network: str, run_id: str, body: SignatureBody
) -> RunDetail:
    """Sign a run for one side; with the second signature the network is verified and serves cases.

    Raises NetworkNotFound, AcceptanceNotFound, StepNotYours, NetworkNotYours, NetworkStepNotPossible, SameSigner,
    AcceptanceNotSignable.
    """
    side = Side(body.side)
    row = await locked(work, network)
    if SIGNS[side] not in caller.roles:
        raise StepNotYours
    if side is Side.PROVIDER and caller.unit != row["unit"]:
        raise NetworkNotYours
    run = await sign(work, row, run_id, side, by=caller.subject)
    return detail(run, await acceptances.outcomes_of(work.connection, run_id))


async def sign(work: UnitOfWork, row: Record, run_id: str, side: Side, *, by: str) -> Record:
    """Sign a run of a locked network for a side; the second signature brings the network into service."""
    _require_acceptable(Connection(row["state"]))
    now = work.clock.now()
    oldest = now - SIGNED_WITHIN
    run = await acceptances.sign_run(
        work.connection, side, network=row["network"], run_id=run_id, by=by, now=now, oldest=oldest
    )
    if run is None:
        raise await _why_not(work, row["network"], run_id, side, by)
    details = {"run_id": run_id, "side": side.value}
    await audit.record(work, actor=by, action="acceptance.signed", subject=row["network"], details=details)
    if run["provider_by"] and run["authority_by"] and Connection(row["state"]) not in SERVING:
        await change_state(work, row, Connection.VERIFIED, by=by)
    return run


async def _why_not(work: UnitOfWork, network: str, run_id: str, side: Side, by: str) -> Exception:
    """Return the problem of a run that could not be signed: the statement that signs it is the only arbiter."""
    run = await acceptances.find_run(work.connection, network, run_id)
    if run is None:
        return AcceptanceNotFound(run_id)
    other = Side.AUTHORITY if side is Side.PROVIDER else Side.PROVIDER
    if run[f"{side.value}_by"]:
        return AcceptanceNotSignable("这一方已经签署")
    if run["passed"] < run["cases"]:
        return AcceptanceNotSignable("有用例未通过,请修正后重新验收")
    if run[f"{other.value}_by"] == by:
        return SameSigner()
    return AcceptanceNotSignable("已有更新的一次验收,或该次验收时间已久,请重新验收")


async def list_acceptances(datashare: Datashare, network: str, *, after: str, size: int) -> Page[RunView]:
    """Return a page of the runs of a network, the newest first. Raises NetworkNotFound."""
    (last,) = decode_cursor(after, int) if after else (0,)
    async with datashare.database.reading() as connection:
        row = await listed.find_network(connection, network)
        rows = await acceptances.list_runs(connection, network, before=last, size=size + 1)
    if row is None:
        raise NetworkNotFound(network)
    return page([_view(one) for one in rows], size, key=lambda view: (view.number,))


async def show_acceptance(datashare: Datashare, network: str, run_id: str) -> RunDetail:
    """Return a run with what each case came to. Raises AcceptanceNotFound."""
    async with datashare.database.reading() as connection:
        run = await acceptances.find_run(connection, network, run_id)
        outcomes = await acceptances.outcomes_of(connection, run_id) if run else []
    if run is None:
        raise AcceptanceNotFound(run_id)
    return detail(run, outcomes)


def _view(run: Record) -> RunView:
    return RunView(**{name: run[name] for name in RunView.model_fields})


def detail(run: Record, outcomes: Sequence[Record]) -> RunDetail:
    """Return a run as it is shown."""
    told = [
        OutcomeView(
            case=one["case_key"],
            name=one["name"],
            passed=not one["wrong"],
            wrong=one["wrong"],
            answer_digest=one["answer_digest"],
            at=one["at"],
        )
        for one in outcomes
    ]
    return RunDetail(**_view(run).model_dump(), outcomes=told)
