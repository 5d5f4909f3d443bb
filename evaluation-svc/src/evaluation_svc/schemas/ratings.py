"""Bodies on ratings: what a rater gives and sees."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    Code,
    Id,
    LongText,
    MaybeCode,
    Moment,
    Text,
    UnitCode,
    View,
    WrittenLongText,
    shown,
)
from pydantic import Field

from evaluation_svc.domain.ratings import Channel, Level
from evaluation_svc.schemas.rating_types import DeviceToken, MaybeNumber, Tags

APPLICATION = "01900000-0000-7000-8000-00000000000a"
GivenChannel = Literal["PC", "MOBILE", "QR_CODE", "TABLET", "TERMINAL", "TELEPHONE", "SMS"]


class Opinion(Body):
    """评价内容:等级、该等级的标签(至多 8 个)、文字、是否希望回访。"""

    level: Annotated[Level, Field(strict=False)]
    tags: Tags = Field(default_factory=list)
    text: WrittenLongText = ""
    wants_call: bool | None = None
    channel: GivenChannel
    device: DeviceToken | None = None


class RatingBody(Opinion):
    """对一件已办结的事项或一次到访的评价:二者择一;可指明所评的单位,缺省为牵头单位。"""

    model_config = Body.model_config | shown(
        application_id=APPLICATION,
        level="SATISFIED",
        tags=["406"],
        text="窗口一次讲清了要带的材料",
        wants_call=False,
        channel="MOBILE",
    )

    application_id: Id | None = None
    visit_id: Id | None = None
    unit: UnitCode | None = None


class SecondRatingBody(Opinion):
    """追评:对首次评价过的事项再评一次。"""

    model_config = Body.model_config | shown(level="SATISFIED", tags=["406"], text="整改后办得很快", channel="MOBILE")


class RatingView(View):
    """本人的一次评价;`number` 为 2 的是追评,`second_until` 之前还可以追评一次(为空则不能,或工作日历尚未到达)。"""

    rating_id: Id
    application_id: Id
    application_number: MaybeNumber
    visit_id: Id | None
    matter_code: Code
    item: MaybeCode
    unit: UnitCode
    level: Level
    level_name: Text
    tags: Tags
    text: LongText
    wants_call: bool | None
    channel: Channel
    number: Annotated[int, Field(ge=1, le=2, json_schema_extra={"format": "int32"})]
    rated_at: Moment
    second_until: Moment | None
