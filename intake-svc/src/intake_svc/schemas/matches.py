"""Which applications have a telephone number, asked by another service for a purpose of a short list."""

from typing import Annotated, Literal

from chassis.base.fields import Body, Id, View, read_by, shown, text
from chassis.base.typed import compact
from pydantic import Field

TypedPhone = Annotated[str, text(40, example="13800000000"), read_by(compact, 40)]
"""A telephone number as somebody typed it."""
MOST = 200


class MatchBody(Body):
    """在所列的申请中,问哪些留有这个手机号;用途只有 rating(窗口扫码评价)。"""

    model_config = Body.model_config | shown(
        phone="13800000000", application_ids=["01900000-0000-7000-8000-00000000000a"], purpose="rating"
    )

    phone: TypedPhone
    application_ids: Annotated[list[Id], Field(max_length=MOST)]
    purpose: Literal["rating"]


class MatchesView(View):
    """所列的申请中留有这个手机号的,只有标识。"""

    application_ids: Annotated[list[Id], Field(max_length=MOST)]
