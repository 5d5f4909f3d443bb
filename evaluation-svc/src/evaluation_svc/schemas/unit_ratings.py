"""Ratings as the rated unit sees them, and the original text for the authority."""

from typing import Annotated

from chassis.base.fields import Count, Id, LongText, MaybeCode, Text, UnitCode, View
from pydantic import Field

from evaluation_svc.domain.ratings import Level
from evaluation_svc.schemas.months import Month
from evaluation_svc.schemas.rating_types import MaybeNumber, Tags

"""A month in Shanghai."""


class UnitRatingView(View):
    """一条评价,不含评价人、日期与渠道;文字中的他人个人信息已隐去。办件编号只在评价人希望回访时给出。"""

    rating_id: Id
    period: Month
    matter_code: MaybeCode
    matter_name: Text
    level: Level
    level_name: Text
    tags: Tags
    text: LongText
    number: Annotated[int, Field(ge=1, le=2, json_schema_extra={"format": "int32"})]
    wants_call: bool
    application_number: MaybeNumber


class LevelCountView(View):
    """一个等级的条数。"""

    level: Level
    level_name: Text
    count: Count


class UnitRatingCountsView(View):
    """本单位一个月的评价条数;`silent` 是逾期未评(默认评价),不算主动评价。

    `withheld` 条只计数不逐条列出:当月尚未结束,或评价人不足 `seen_from` 人。
    """

    unit: UnitCode
    period: Month
    levels: Annotated[list[LevelCountView], Field(min_length=5, max_length=5)]
    silent: Count
    withheld: Count
    seen_from: Count


class RatingTextView(View):
    """一条评价的原文,以及各单位看到的样子。"""

    rating_id: Id
    unit: UnitCode
    text: LongText
    shown: LongText
