"""What intake asks for a draft and for an application: values from the networks, and whether given ones agree."""

from typing import Annotated, Literal

from chassis.base.fields import (
    Body,
    CallerId,
    Code,
    Id,
    LongText,
    MaybeCode,
    Moment,
    Name,
    Text,
    UnitCode,
    View,
    shown,
    text,
)
from chassis.base.shapes import KEY, OPTION, whole
from pydantic import Field

Key = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="mother_id_number")]
Answers = Annotated[
    dict[Key, Annotated[str, text(64, min_length=1, pattern=whole(OPTION), example="yes")]], Field(max_length=50)
]
Options = Annotated[
    list[Annotated[str, text(64, min_length=1, pattern=whole(OPTION), example="yes")]], Field(max_length=50)
]
When = Annotated[dict[Key, Options], Field(max_length=50)]
Form = Annotated[dict[Key, LongText], Field(max_length=300)]
References = Annotated[dict[Key, Text], Field(max_length=100)]
Items = Annotated[list[Code], Field(max_length=200)]
"""所选情形涉及的事项;不写则为这件事的全部事项。"""
Reason = Literal["not_connected", "not_granted", "refused", "network_out", "not_found", "ambiguous", "lacks_keys"]
"""未接通、未授权、不予查询(如超过次数)、提供方不能答复、没有记录、不止一条记录、缺少查询条件。"""


class PrefillBody(Body):
    """为一份新草稿预填:谁、哪件事、什么情形。"""

    model_config = shown(
        draft_id="01900000-0000-7000-8000-00000000000d",
        applicant_id="f3b0c2",
        matter_code="newborn",
        answers={"hukou_follow": "mother"},
    )

    draft_id: Id
    applicant_id: CallerId
    matter_code: Code
    answers: Answers
    items: Items = Field(default_factory=list)


class SourceView(View):
    """一个来源:哪个单位的哪项数据资源、经哪个专网、依据;`when` 为它所属的情形(问题 → 选项),空则不限。"""

    use: Code
    resource: Code
    resource_name: Name
    network: Code
    network_name: Name
    unit: UnitCode
    unit_name: Name
    basis: Text
    when: When = Field(default_factory=dict)


class ValueView(SourceView):
    """一个来自专网的值;`place` 为 form 或 materials,`key` 为数据元或材料。"""

    place: Literal["form", "materials"]
    key: Key
    value: LongText
    query_id: Id
    at: Moment


class UnaskedView(SourceView):
    """一个没有得到的来源及原因;`keys` 是本可由它填写的数据元,须由申请人自己填写。"""

    keys: Annotated[list[Key], Field(max_length=300)]
    reason: Reason


class PrefillView(View):
    """预填的结果。"""

    values: Annotated[list[ValueView], Field(max_length=400)]
    unasked: Annotated[list[UnaskedView], Field(max_length=100)]


class VerificationBody(Body):
    """核验:按情形与所填内容,核验由数据核验取得的材料;`materials` 为空则全部核验。提交后另有申请的标识与编号。"""

    model_config = shown(
        draft_id="01900000-0000-7000-8000-00000000000d",
        applicant_id="f3b0c2",
        matter_code="newborn",
        answers={"hukou_follow": "mother"},
        form={"mother_name": "测试母亲", "mother_id_number": "410199200002291025"},
    )

    draft_id: Id
    application_id: Id | None = None
    application_number: Annotated[str, text(40)] = ""
    applicant_id: CallerId
    matter_code: Code
    answers: Answers
    items: Items = Field(default_factory=list)
    form: Form
    materials: Annotated[list[Key], Field(max_length=100)] = Field(default_factory=list)


Verified = Literal["agrees", "differs", "unknown", "out", "not_served"]
"""一致、不一致、来源无此人、暂时不能核验、没有可用的专网。"""


class VerifiedView(SourceView):
    """一份材料的一次核验;`agrees`、`differs` 是与来源一致、不一致的数据元。`item` 为需要它的事项。"""

    material: Key
    result: Verified
    agrees: Annotated[list[Key], Field(max_length=300)]
    differs: Annotated[list[Key], Field(max_length=300)]
    item: MaybeCode
    query_id: Id | None
    at: Moment


class VerificationView(View):
    """核验的结果;目录中没有的材料不在其中。"""

    results: Annotated[list[VerifiedView], Field(max_length=200)]


class PersonsBody(Body):
    """一份申请涉及的人:数据元 → 身份证件号码。只留摘要,供核对查询是否与案件有关。"""

    model_config = Body.model_config | shown(
        application_number="410100U232026030220000019",
        draft_id="01900000-0000-7000-8000-00000000000d",
        applicant_id="f3b0c2",
        matter_code="newborn",
        persons={"mother_id_number": "410199199001011234"},
    )

    application_number: Annotated[str, text(40, min_length=1)]
    draft_id: Id | None = None
    applicant_id: CallerId
    matter_code: Code
    persons: Annotated[dict[Key, Annotated[str, text(40, min_length=1)]], Field(max_length=50)]
