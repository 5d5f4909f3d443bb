"""Queries of officials, and what they brought."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    Code,
    Id,
    LongText,
    MaybeCode,
    Moment,
    TypedNumber,
    View,
    WrittenLongText,
    WrittenText,
    shown,
    text,
)
from chassis.base.shapes import KEY, whole
from pydantic import Field

from datashare_svc.domain.model import Depth

Key = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="name")]
Values = Annotated[dict[Key, LongText], Field(max_length=50)]


class QueryBody(Body):
    """一次查询:查谁、查哪项数据资源的哪些信息项,为了哪个办件的哪个事项,依据什么。

    目的、依据、办件编号、事项和人缺一不可,缺的拒绝并留痕。
    `depth` 为 VALUE 时填 `fields`,为 VERIFY 时填 `compares`(信息项 → 待核验的值)。`keys` 缺省为 `person`。
    """

    model_config = Body.model_config | shown(
        resource="population_register",
        depth="VERIFY",
        purpose="REVIEW",
        basis="《户口登记条例》第七条",
        application_number="410100U232026030220000019",
        item="birth_registration",
        person="410199199001011234",
        compares={"name": "李静"},
    )

    resource: Code
    depth: Literal["VERIFY", "VALUE"]
    purpose: Literal["REVIEW", ""] | None = None
    basis: WrittenText | None = None
    application_number: TypedNumber | None = None
    item: MaybeCode | None = None
    person: TypedNumber | None = None
    keys: Annotated[dict[Key, WrittenText], Field(max_length=10)] = Field(default_factory=dict)
    fields: Annotated[list[Key], Field(max_length=50)] = Field(default_factory=list)
    compares: Annotated[dict[Key, WrittenLongText], Field(max_length=50)] = Field(default_factory=dict)
    unmask: bool = False
    reason: WrittenText = ""


class QueryView(View):
    """查询的结果;`is_masked` 表示个人信息已脱敏,`is_known` 为 false 表示来源没有此人的记录。"""

    query_id: Id
    at: Moment
    resource: Code
    depth: Depth
    is_known: bool
    is_masked: bool
    rows: Annotated[list[Values], Field(max_length=200)]
    matches: Annotated[dict[Key, bool], Field(max_length=50)]
