"""Indicators as everybody may read them."""

from evaluation_svc.errors import PackIncomplete
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.schemas.indicators import IndicatorsView, IndicatorView
from evaluation_svc.store import pack


async def list_indicators(evaluation: Evaluation) -> IndicatorsView:
    """Return the indicators of the city. Raises PackIncomplete."""
    async with evaluation.database.asking() as connection:
        found = await pack.find_document(connection, "indicators")
    if found is None:
        raise PackIncomplete("indicators")
    views = [IndicatorView(**one) for one in found.document["indicators"]]
    return IndicatorsView(version=found.version, indicators=views)
