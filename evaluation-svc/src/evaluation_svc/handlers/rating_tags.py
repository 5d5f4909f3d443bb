"""The reason tags of the levels, as everybody may read them."""

from evaluation_svc.domain.ratings import LEVEL_NAMES, Level
from evaluation_svc.errors import PackIncomplete
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.schemas.rating_tags import RatingLevelView, RatingTagsView, RatingTagView
from evaluation_svc.store import pack


async def list_rating_tags(evaluation: Evaluation) -> RatingTagsView:
    """Return the levels with their tags. Raises PackIncomplete."""
    async with evaluation.database.asking() as connection:
        found = await pack.find_document(connection, "rating_tags")
    if found is None:
        raise PackIncomplete("rating_tags")
    tags = [RatingTagView(**one) for one in found.document["tags"]]
    levels = [
        RatingLevelView(level=level, level_name=LEVEL_NAMES[level], tags=[tag for tag in tags if tag.level is level])
        for level in Level
    ]
    return RatingTagsView(version=found.version, levels=levels)
