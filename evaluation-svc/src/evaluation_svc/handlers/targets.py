"""The reform's targets as everybody may read them: how far each is reached now, and in the months before."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.formulas import names_of
from evaluation_svc.domain.rounding import rounded
from evaluation_svc.domain.series import month_by_month
from evaluation_svc.domain.targets import Reached, reached, together
from evaluation_svc.errors import PackIncomplete
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.months import months_until_now
from evaluation_svc.schemas.figures import ExactValue
from evaluation_svc.schemas.targets import MonthReachedView, ReachedView, TargetsView, TargetView
from evaluation_svc.store import pack, tallying
from evaluation_svc.store.tallying import STOCKS

YEAR = 12
CITY = ("city", "")


async def list_targets(evaluation: Evaluation, *, months: int) -> TargetsView:
    """Return the targets of the plan, each with the history of so many months. Raises PackIncomplete."""
    async with evaluation.database.asking() as connection:
        found = await pack.find_document(connection, "targets")
        if found is None:
            raise PackIncomplete("targets")
        names = months_until_now(evaluation.clock, max(months, YEAR))
        views = [await _target(connection, one, names, months) for one in found.document["targets"]]
    return TargetsView(version=found.version, targets=views)


async def _target(
    connection: AsyncConnection, target: Mapping[str, Any], names: Sequence[str], months: int
) -> TargetView:
    measures = names_of(target["formula"])
    places = [("matter", matter) for matter in target["matters"]] or [CITY]
    added = [row for place in places for row in await tallying.by_month(connection, *place, measures, names[-1])]
    each = month_by_month(added, names, frozenset(STOCKS))
    history = [
        MonthReachedView(month=name, **_view(reached(target, counts)))
        for name, counts in list(zip(names, each, strict=True))[-months:]
    ]
    return TargetView(
        **target, now=ReachedView(**_view(reached(target, together(each[-YEAR:], STOCKS)))), history=history
    )


def _view(found: Reached) -> dict[str, Any]:
    if found.value is None:
        return {"value": None, "rounded": "", "is_met": None}
    exact = ExactValue(numerator=str(found.value.numerator), denominator=str(found.value.denominator))
    return {"value": exact, "rounded": rounded(found.value), "is_met": found.is_met}
