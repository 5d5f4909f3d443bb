"""What is left out of the figures, and by which rules."""

from typing import Annotated

from chassis.base.fields import Body, Count, Id, LongText, Moment, Name, Text, View, WrittenLongText, shown, text
from pydantic import Field

from evaluation_svc.domain.exclusions import Rule
from evaluation_svc.schemas.rating_types import MaybeNumber, NumberName

MaybeUnit = Annotated[str, text(8, example="U23")]
MaybeCaller = Annotated[str, text(100, example="f3b0c2")]


class ExclusionRuleView(View):
    """一条不计入指标的规则及其数值。"""

    rule: Rule
    name: Name
    reason: Text
    numbers: Annotated[dict[NumberName, Count], Field(max_length=5)]


class ExclusionRulesView(View):
    """本市不计入指标的全部规则。"""

    rules: Annotated[list[ExclusionRuleView], Field(max_length=20)]


class ExclusionView(View):
    """一件不计入指标的办件或评价(`rating_id` 不为空):按哪条规则、为什么;解除的写明由谁、为什么。"""

    exclusion_id: Id
    rule: Rule
    application_id: Id
    application_number: MaybeNumber
    rating_id: Id | None
    unit: MaybeUnit
    reason: Text
    ruled_at: Moment
    lifted_at: Moment | None
    lifted_by: MaybeCaller
    lift_reason: LongText


class LiftBody(Body):
    """解除:写明理由。"""

    model_config = Body.model_config | shown(reason="经核实为同一家庭的三个孩子,不是拆分")

    reason: Annotated[WrittenLongText, Field(min_length=1)]
