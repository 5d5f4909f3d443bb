"""An official's query: bound to a case that runs, masked unless he says why he needs the values whole."""

from collections.abc import Mapping

from chassis.base.problems import FieldError, Malformed
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal, ScopeMissing

from datashare_svc.domain.masking import mask_row
from datashare_svc.domain.model import Depth, Purpose
from datashare_svc.domain.queries import InCase, Query
from datashare_svc.handlers.ask import (
    Asked,
    Outcome,
    put,
    put_again_on_record,
    put_on_record,
    put_refusal_on_record,
    settle,
)
from datashare_svc.handlers.collaborators import Datashare
from datashare_svc.schemas.queries import QueryBody, QueryView

WHOLE = "personal:read"
WINDOW_CLERK = "window_clerk"
WITHIN_SECONDS = 10.0
NAMED: Mapping[str, str] = {
    "purpose": "请写明查询的目的",
    "basis": "请写明查询的依据",
    "application_number": "请填写办件编号",
    "person": "请填写被查询人的号码",
    "item": "请填写事项",
}
"""What each query names, and what to say where it does not."""


async def plan_query(datashare: Datashare, caller: Principal, body: QueryBody) -> tuple[Asked, Outcome]:
    """Put an official's query on record and to its network; what came of it is on record once it is told.

    Raises Malformed, ScopeMissing, QueryRefused, NetworkOut.
    """
    query = await _wanted(datashare, caller, body)
    is_whole = body.unmask and query.depth is Depth.VALUE
    asked = await put_on_record(datashare, query, reason=body.reason if is_whole else "")
    return asked, await put(datashare, asked, within=WITHIN_SECONDS)


async def tell_again(datashare: Datashare, caller: Principal, body: QueryBody) -> None:
    """Put on record that an answer is told again, by its key, while the query could still be made; nobody is asked.

    Raises Malformed, ScopeMissing, QueryRefused: as where the case is over or the grant withdrawn meanwhile.
    """
    await put_again_on_record(datashare, await _wanted(datashare, caller, body))


async def _wanted(datashare: Datashare, caller: Principal, body: QueryBody) -> Query:
    """Return what an official asks; what lacks something, or is not his to ask, is on record as refused.

    Raises Malformed, ScopeMissing.
    """
    query = _query(caller, body)
    try:
        _require_whole(caller, body)
    except (Malformed, ScopeMissing) as refusal:
        await put_refusal_on_record(datashare, query, refusal)
        raise
    return query


def _query(caller: Principal, body: QueryBody) -> Query:
    """Return what an official asks, of whom there is one purpose; what he did not name is empty."""
    return Query(
        resource=body.resource,
        depth=Depth(body.depth),
        purpose=Purpose.REVIEW,
        basis=body.basis or "",
        case=InCase(applicant_id="", matter_code="", application_number=body.application_number or ""),
        item=body.item or "",
        unit=caller.unit,
        officer=caller.subject,
        person=body.person or "",
        keys=body.keys,
        fields=tuple(dict.fromkeys(body.fields)),
        compares=body.compares,
        is_at_window=WINDOW_CLERK in caller.roles,
    )


async def tell_query(
    datashare: Datashare, work: UnitOfWork, body: QueryBody, asked: Asked, outcome: Outcome
) -> QueryView:
    """Write down what came of a query, and tell it, masked unless it was asked for whole."""
    answered = await settle(datashare, work, asked, outcome)
    resource = asked.admitted.resource
    is_masked = body.depth == Depth.VALUE and not body.unmask
    return QueryView(
        query_id=answered.query_id,
        at=answered.at,
        resource=resource.resource,
        depth=Depth(body.depth),
        is_known=answered.is_known,
        is_masked=is_masked,
        rows=[mask_row(resource, row) if is_masked else dict(row) for row in answered.rows],
        matches=dict(answered.matches),
    )


def _require_whole(caller: Principal, body: QueryBody) -> None:
    """Hold that what is needed is there, and nothing that does not fit. Raises Malformed, ScopeMissing."""
    errors = [FieldError(f"/{name}", "required", said) for name, said in NAMED.items() if not getattr(body, name)]
    missing = []
    if body.unmask and not body.reason:
        missing.append("reason")
    is_value = body.depth == Depth.VALUE
    missing += ["fields"] * (is_value and not body.fields) + ["compares"] * (not is_value and not body.compares)
    errors += [FieldError(f"/{name}", "required", "请填写") for name in missing]
    beyond = ("compares", body.compares) if is_value else ("fields", body.fields)
    if beyond[1]:
        errors.append(FieldError(f"/{beyond[0]}", "not_wanted", "与核验深度不符,请不要填写"))
    errors += [
        FieldError(f"/compares/{name}", "required", "请填写") for name, value in body.compares.items() if not value
    ]
    if errors:
        raise Malformed(errors=errors)
    if body.unmask and WHOLE not in caller.scopes:
        raise ScopeMissing
