"""Bodies on the reform's targets."""

from typing import Annotated, Literal

from chassis.base.fields import Code, Count, Day, LongText, Name, Text, View
from pydantic import Field

from evaluation_svc.schemas.figures import ExactValue, Rounded
from evaluation_svc.schemas.months import Month


class ReachedView(View):
    """目标达到多少:精确分数与两位小数;没有可计的为空。"""

    value: ExactValue | None
    rounded: Rounded
    is_met: bool | None


class MonthReachedView(ReachedView):
    """一个月达到多少。"""

    month: Month


class TargetView(View):
    """方案写明的一个目标:何时之前达到多少、怎样计算、现在多少、逐月多少;`matters` 非空的只计这些一件事。"""

    target: Code
    name: Name
    formula: LongText
    goal: Count
    comparison: Literal["at_least", "at_most"]
    unit: Literal["percent", "number"]
    matters: Annotated[list[Code], Field(max_length=100)]
    due: Day
    basis: Text
    now: ReachedView
    history: Annotated[list[MonthReachedView], Field(max_length=60)]


class TargetsView(View):
    """方案的各个目标;`now` 为最近十二个月合计,`history` 为各月。"""

    version: Count
    targets: Annotated[list[TargetView], Field(max_length=100)]
