"""Looks up what a query is held against, and holds it against the rules: case, person, network, grant, quotas."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chassis.base.clock import local
from chassis.base.succession import in_force
from chassis.base.typed import compact
from chassis.data.database import UnitOfWork, take_turn
from sqlalchemy.ext.asyncio import AsyncConnection

from datashare_svc.domain.admission import (
    OfficerKind,
    RunningCase,
    asked_fields,
    kind_of,
    require_basis,
    require_case,
    require_grant,
    require_keys,
    with_keys,
)
from datashare_svc.domain.model import Resource
from datashare_svc.domain.queries import InCase, Query
from datashare_svc.errors import QueryRefused, QueryResourceNotFound
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.handlers.grants import grant_by_rule
from datashare_svc.handlers.persons import ACCOUNT, NUMBER, find_person, name_person
from datashare_svc.store import access_log, cases, known_persons, learned
from datashare_svc.store.catalogue import find_served
from datashare_svc.store.grants import find_grant

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A query that may be made: with its case filled in, about a person under the name that we have for her."""

    query: Query
    kind: OfficerKind
    resource: Resource
    person_id: str


async def admit(datashare: Datashare, work: UnitOfWork, asked: Query, *, is_counted: bool = True) -> Admitted:
    """Return a query as it may be made, in the transaction that is to write it down; one not counted needs no room.

    Raises QueryRefused, which names the case where there is one.
    """
    query = replace(asked, person=compact(asked.person))
    mark = (NUMBER, query.person) if query.person else (ACCOUNT, query.case.applicant_id)
    person_id = await find_person(datashare, work.connection, *mark)
    case = await _case(work.connection, query, person_id or "")
    try:
        admitted = await _judged(work, _filled(query, case), case, person_id or "")
        if is_counted:
            await _require_quota(datashare, work.connection, admitted, work.clock.now())
    except QueryRefused as refusal:
        refusal.case_id = case.application_id if case else query.case.application_id or query.case.draft_id
        raise
    if admitted.person_id:
        return admitted
    return replace(admitted, person_id=await _named(datashare, work, query, mark))


async def _judged(work: UnitOfWork, query: Query, case: RunningCase | None, person_id: str) -> Admitted:
    """Hold a query against every rule but the quotas, each with its own refusal. Raises QueryRefused."""
    kind, connection, now = kind_of(query), work.connection, work.clock.now()
    require_basis(query)
    is_official = kind is OfficerKind.STAFF
    mine = await acts_for(connection, query.unit, case.units, now) if case and is_official else NONE
    require_case(query, case, mine)
    served = await find_served(connection, query.resource)
    if served is None:
        raise QueryResourceNotFound
    resource, state = served
    query = with_keys(query, resource) if is_official else query
    require_keys(query, resource)
    granted = await find_grant(
        connection,
        resource=resource.resource,
        matter_code=query.case.matter_code,
        item=query.item,
        unit=query.unit,
        purpose=query.purpose,
        now=now,
        depth=query.depth,
        fields=asked_fields(query)[1],
    )
    if granted is None:
        granted = await grant_by_rule(work, resource, query.unit)
    require_grant(query, resource, state, granted)
    return Admitted(query, kind, resource, person_id)


async def _named(datashare: Datashare, work: UnitOfWork, query: Query, mark: tuple[str, str]) -> str:
    """Return the name that we give somebody who was not asked about before; an account is its applicant."""
    person_id = await name_person(datashare, work, *mark)
    if mark[0] == ACCOUNT:
        await known_persons.link_account(work, query.case.applicant_id, person_id, work.clock.now())
    return person_id


async def _case(connection: AsyncConnection, query: Query, person_id: str) -> RunningCase | None:
    """Return the case that a query names; None for a draft, and while it was not told."""
    place = query.case
    if not (place.application_id or place.application_number):
        return None
    row = await cases.find_case(
        connection, application_id=place.application_id, number=place.application_number, person_id=person_id
    )
    if row is None:
        return None
    tasks = await cases.given_tasks(connection, row.application_id) if kind_of(query) is OfficerKind.STAFF else []
    return running_case(row, tasks)


def running_case(row: Any, tasks: Sequence[Any]) -> RunningCase:
    """Return a case from its row, its matter's tasks and those that units were given."""
    of_task = {task["task_key"]: task["item"] for task in row.matter_tasks or () if task["task_key"] in row.tasks}
    working: dict[str, set[str]] = {}
    for task in tasks:
        if task.is_open and task.task_key in of_task:
            working.setdefault(of_task[task.task_key], set()).add(task.unit)
    return RunningCase(
        application_id=row.application_id,
        application_number=row.application_number or "",
        matter_code=row.matter_code,
        applicant_id=row.applicant_id,
        is_open=row.state != cases.CaseState.CLOSED,
        concerns=bool(row.concerns),
        window=frozenset({row.unit, row.lead_unit} - {""}),
        items=frozenset(of_task.values()) if row.matter_tasks and row.tasks else None,
        working={item: frozenset(units) for item, units in working.items()},
        taking_part=frozenset(task.unit for task in tasks),
    )


async def acts_for(connection: AsyncConnection, unit: str, units: Collection[str], now: datetime) -> frozenset[str]:
    """Return the units whose work a unit does: its own, and that of those among `units` that ended and it follows."""
    if unit in units:
        return frozenset({unit})
    terms, today = await learned.unit_terms(connection), local(now).date()
    return frozenset({unit, *(one for one in units if in_force(terms, one, today) == unit)})


def _filled(query: Query, case: RunningCase | None) -> Query:
    """Return a query with what its case is known to be."""
    if case is None:
        return query
    known = InCase(
        applicant_id=case.applicant_id or query.case.applicant_id,
        matter_code=case.matter_code or query.case.matter_code,
        application_id=case.application_id,
        application_number=case.application_number or query.case.application_number,
    )
    return replace(query, case=known)


async def _require_quota(datashare: Datashare, connection: AsyncConnection, admitted: Admitted, now: datetime) -> None:
    """Hold that the officer, the case and the person have room, counting one officer's queries one after another."""
    query, kind, person_id = admitted.query, admitted.kind, admitted.person_id
    if kind is not OfficerKind.SERVICE:
        await take_turn(connection, f"query/{query.officer}")
    whose = {"officer": query.officer, "case": query.case.application_id or query.case.draft_id, "person": person_id}
    by_staff = kind is OfficerKind.STAFF
    spent = await access_log.spent(connection, whose, datashare.quotas.since(now), by_staff=by_staff)
    is_spent = kind is OfficerKind.APPLICANT and spent["person"][0] >= datashare.quotas.quotas["person"].amount
    if is_spent and person_id in await known_persons.persons_of(connection, query.case.applicant_id):
        spent["person"] = (0, None)  # whatever others asked about her, she asks for herself
    datashare.quotas.require_room(kind, spent, now)
