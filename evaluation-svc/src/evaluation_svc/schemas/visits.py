"""Bodies on visits and on what may be rated."""

from typing import Literal

from chassis.base.fields import Body, Code, Id, MaybeCode, Moment, Text, TypedNumber, UnitCode, View, shown

from evaluation_svc.schemas.rating_types import MaybeNumber, TypedPhone
from evaluation_svc.schemas.ratings import Opinion

Purpose = Literal["CONSULT", "SUBMIT", "SUPPLEMENT", "COLLECT", "OTHER"]


class VisitBody(Body):
    """登记一次到窗口的来访:有办件的写明办件编号,没有的留空;窗口代码即该窗口静态二维码中的代码。"""

    model_config = Body.model_config | shown(
        application_number="410100U232026030220000019", window="A-07", purpose="SUPPLEMENT"
    )

    application_number: TypedNumber = ""
    window: Code
    purpose: Purpose


class VisitView(View):
    """一次来访;不含来访人的信息。"""

    visit_id: Id
    application_number: MaybeNumber
    window: Code
    unit: UnitCode
    purpose: Purpose
    visited_at: Moment


class OpenRatingView(View):
    """一件可以评价的事项,或一次可以评价的来访(`visit_id` 不为空);`until` 为空时工作日历尚未到达。"""

    application_id: Id
    visit_id: Id | None
    application_number: MaybeNumber
    matter_code: MaybeCode
    matter_name: Text
    unit: UnitCode
    invited_at: Moment
    until: Moment | None


class WindowRatingBody(Opinion):
    """在窗口扫静态二维码评价:窗口代码与办件中留的手机号。"""

    model_config = Body.model_config | shown(
        window="A-07", phone="13800000000", level="SATISFIED", tags=["406"], channel="QR_CODE"
    )

    window: Code
    phone: TypedPhone


class ReceivedView(View):
    """已收到评价;同一次来访重复提交的,以第一次为准。"""

    received: Literal[True]
