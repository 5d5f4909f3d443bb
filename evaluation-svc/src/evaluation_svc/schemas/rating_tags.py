"""Reason tags as everybody may read them."""

from typing import Annotated

from chassis.base.fields import Name, Text, Version, View
from pydantic import Field

from evaluation_svc.domain.ratings import Level
from evaluation_svc.schemas.rating_types import TagCode


class RatingTagView(View):
    """一个标签:属于哪个等级;`is_basic` 为该等级的基本标签。"""

    tag: TagCode
    level: Level
    text: Name
    is_basic: bool


class RatingLevelView(View):
    """一个评价等级及其标签。"""

    level: Level
    level_name: Text
    tags: Annotated[list[RatingTagView], Field(max_length=100)]


class RatingTagsView(View):
    """五个等级及其标签,好的在前;`version` 随每次变更加一。"""

    version: Version
    levels: Annotated[list[RatingLevelView], Field(min_length=5, max_length=5)]
