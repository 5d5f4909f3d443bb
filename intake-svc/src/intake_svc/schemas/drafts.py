"""Drafts: what is asked, what was given, and the submission of one."""

from typing import Annotated

from chassis.base.fields import (
    Body,
    Code,
    Count,
    Day,
    Id,
    LongText,
    Moment,
    Name,
    Text,
    Version,
    View,
    WrittenLongText,
    shown,
    text,
)
from chassis.base.shapes import KEY, OPTION, whole
from pydantic import Field

from intake_svc.domain.booking import Place
from intake_svc.domain.sources import SourceState

Key = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="parent_id_card")]
Answer = Annotated[str, text(64, min_length=1, pattern=whole(OPTION), example="yes")]
Answers = Annotated[dict[Key, Answer], Field(max_length=50)]
Form = Annotated[dict[Key, LongText], Field(max_length=300)]
References = Annotated[dict[Key, Text], Field(max_length=100)]
Disputes = Annotated[dict[Key, Annotated[WrittenLongText, Field(min_length=1)]], Field(max_length=100)]


class DraftBody(Body):
    """新建草稿:哪件事、什么情形。`prefill` 不为 false 则由各专网预填,来源见 `sources`;暂时取不到的由您填写。"""

    model_config = shown(
        matter_code="newborn",
        answers={
            "parents_nationality": "both",
            "birth_place": "zhengzhou",
            "in_wedlock": "yes",
            "residence": "hukou",
            "hukou_follow": "mother",
            "insurance": "yes",
            "card": "no",
            "maternity": "none",
        },
    )

    matter_code: Code
    answers: Answers
    prefill: bool | None = None

    @property
    def is_filled_in(self) -> bool:
        """Whether the networks are to fill it in: they are, unless the caller says no."""
        return self.prefill is not False


class DraftChangeBody(Body):
    """保存草稿:整体替换表单与证照号码;改变情形则按新情形重新引导。

    证照号码处可以填写“我的证照”中一份电子证照的 `licence_id` 或电子证照标识,提交时与证照库核对。

    所填与来源不一致、而确认来源有误的,在 `disputes` 中按数据元或材料说明理由,即为提出异议;缺省则保留原有的。
    """

    model_config = shown(
        form={"child_name": "测小宝", "child_sex": "1", "child_birth_date": "2026-02-26"},
        materials={"birth_certificate": "Z000000001"},
    )

    form: Form
    materials: References = Field(default_factory=dict)
    answers: Answers | None = None
    disputes: Disputes | None = None


class FaultView(View):
    """一处缺漏或错误。"""

    pointer: Text
    code: Code
    detail: LongText


class AskedOption(View):
    """一个选项。"""

    value: Text
    label: Text


class AskedField(View):
    """表单中的一项。"""

    element: Code
    label: Text
    type: Code
    required: bool
    max_length: Count
    pattern: LongText
    options: Annotated[list[AskedOption], Field(max_length=500)]
    help: LongText


class AskedSection(View):
    """表单的一部分。"""

    title: Text
    fields: Annotated[list[AskedField], Field(max_length=300)]


class AskedMaterial(View):
    """一份材料;`needs_reference` 的须填写证照号码。"""

    material: Code
    name: Text
    required: bool
    needs_reference: bool
    obtain_mode: Code
    accept_standard: LongText
    why: LongText


class SourceView(View):
    """一处内容的来源:哪个单位的哪项数据,何时、以哪次查询取得。

    `state`:kept 与来源一致;differs 与来源不一致,提交前须改回或说明理由;disputed 已提出异议,`reason` 是理由;
    left_out 未采用;asked_by_hand 没有取得,`reason` 是原因,由您填写。
    """

    place: Place
    key: Key
    unit_name: Text
    network_name: Text
    resource_name: Text
    at: Moment | None
    query_id: Id | None
    state: SourceState
    reason: LongText


Faults = Annotated[list[FaultView], Field(max_length=1000)]


class DraftSummary(View):
    """草稿摘要:`newer_version` 是这件事更新的版本,`withdrawn_from` 是停办之日。

    `expires_at` 之后删除,临近时有 `warning`。
    """

    draft_id: Id
    matter_code: Code
    matter_version: Version
    name: Name
    version: Version
    created_at: Moment
    updated_at: Moment
    newer_version: Version | None
    withdrawn_from: Day | None
    expires_at: Moment
    warning: Text


class DraftView(DraftSummary):
    """草稿;`missing` 列出提交前还须补正之处,`unused` 列出所选情形不再需要、留作备用的内容。

    `warnings` 列出请再核对之处,不影响提交。

    `sources` 是各处内容的来源;`sources_missing` 说明数据共享暂时不能答复,由您自行填写。

    `sections` 和 `materials_asked` 是所选情形的表单与材料。`faults` 是所选情形的问题;有问题时填写的内容照样保存。
    """

    answers: Answers
    form: Form
    materials: References
    unused: Annotated[list[LongText], Field(max_length=400)]
    sections: Annotated[list[AskedSection], Field(max_length=100)]
    materials_asked: Annotated[list[AskedMaterial], Field(max_length=100)]
    missing: Faults
    warnings: Faults
    faults: Faults
    sources: Annotated[list[SourceView], Field(max_length=800)]
    sources_missing: Text


class SubmissionBody(Body):
    """提交:把一份草稿作为申请提交;`draft_version` 是申请人所见的草稿版本,别处改过则拒绝。"""

    model_config = shown(draft_id="01900000-0000-7000-8000-00000000000d", draft_version=2)

    draft_id: Id
    draft_version: Version
