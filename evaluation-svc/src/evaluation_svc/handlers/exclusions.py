"""What is left out of the figures, as the authority sees it, and lifts it with a reason."""

from collections.abc import Mapping
from typing import Any

from chassis.data import audit
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from chassis.http.paging import Page, decode_cursor, id_in, page

from evaluation_svc.domain.exclusions import Rule, stated
from evaluation_svc.errors.ratings import ExclusionLifted, ExclusionNotFound
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.journal import About, note_own
from evaluation_svc.handlers.whose import require_lead
from evaluation_svc.schemas.exclusions import ExclusionRulesView, ExclusionRuleView, ExclusionView, LiftBody
from evaluation_svc.store import excluding, pack

LIFTED = "evaluation.exclusion.lifted"
MADE = frozenset({"lift_reason", "rating_id"})


async def list_exclusion_rules(evaluation: Evaluation) -> ExclusionRulesView:
    """Return the rules as the city states them, for everybody."""
    async with evaluation.database.asking() as connection:
        found = await pack.find_document(connection, "exclusions")
    rules = stated(found.document if found else None)
    views = [
        ExclusionRuleView(rule=rule, name=one.name, reason=one.reason, numbers=dict(one.numbers))
        for rule, one in rules.items()
    ]
    return ExclusionRulesView(rules=views)


async def list_exclusions(
    evaluation: Evaluation, caller: Principal, *, rule: str, after: str, size: int
) -> Page[ExclusionView]:
    """Return a page of what is left out, the newest first. Raises Malformed for a wrong cursor, NotAuthority."""
    before = id_in(decode_cursor(after, str)[0]) if after else ""
    require_lead(caller)
    async with evaluation.database.asking() as connection:
        rows = await excluding.list_exclusions(connection, rule=rule, before=before, size=size)
    if rows:
        details = {"rule": rule, "shown": [row["exclusion_id"] for row in rows[:size]]}
        await audit.record_look(
            evaluation.database, actor=caller.subject, action="exclusions.listed", subject=caller.unit, details=details
        )
    views = [_view(evaluation, row, row["application_number"]) for row in rows]
    return page(views, size, key=lambda view: (view.exclusion_id,))


async def lift_exclusion(
    evaluation: Evaluation, work: UnitOfWork, caller: Principal, exclusion_id: str, body: LiftBody
) -> ExclusionView:
    """Count again what a rule left out, with a reason that is kept.

    Raises NotAuthority, ExclusionNotFound, ExclusionLifted.
    """
    require_lead(caller)
    row = await excluding.lock_exclusion(work.connection, exclusion_id)
    if row is None:
        raise ExclusionNotFound
    if row["rule"] == Rule.DEFAULT_RATING:
        raise ExclusionLifted("逾期未评没有评价内容,不能计入")
    now = work.clock.now()
    reason = evaluation.cipher.encrypt(body.reason, table="exclusion", column="lift_reason", row=exclusion_id)
    if not await excluding.lift(work.connection, exclusion_id, at=now, by=caller.subject, reason=reason):
        raise ExclusionLifted
    told = {name: row[name] for name in ("rule", "rating_id", "unit")} | {"at": now.isoformat()}
    note_own(work, About.CASE, row["application_id"], type_=LIFTED, version=2, at=now, data=told)
    details = {name: row[name] for name in ("rule", "application_id", "rating_id")}
    await audit.record(work, actor=caller.subject, action="exclusion.lifted", subject=exclusion_id, details=details)
    lifted = {**row, "lifted_at": now, "lifted_by": caller.subject, "lift_reason": reason}
    return _view(evaluation, lifted, "")


def _view(evaluation: Evaluation, row: Mapping[str, Any], number: str) -> ExclusionView:
    sealed = row["lift_reason"]
    place = {"table": "exclusion", "column": "lift_reason", "row": row["exclusion_id"]}
    kept = {name: row[name] for name in ExclusionView.model_fields if name in row and name not in MADE}
    return ExclusionView(
        **{**kept, "application_number": number},
        rating_id=row["rating_id"] or None,
        lift_reason=evaluation.cipher.decrypt(sealed, **place) if sealed else "",
    )
