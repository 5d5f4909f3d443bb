"""Resources and sharing catalogues as they are shown."""

from typing import Annotated

from chassis.base.fields import Code, Count, Day, LongText, MaybeCode, Name, Text, UnitCode, View, text
from chassis.base.shapes import KEY, OPTION, whole
from pydantic import Field

from datashare_svc.domain.model import (
    Connection,
    Depth,
    Kind,
    Push,
    SharingClass,
    SharingMode,
    UpdateCycle,
)

Key = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="mother_name")]
Place = Annotated[str, text(80, min_length=1, pattern="^[a-z_]+([.][a-z0-9_]+)?$|^[a-z0-9_]+$", example="mother_name")]
ResourceCode = Annotated[str, text(60, min_length=3, pattern="^[0-9]+/[0-9]+$", example="1010010001/000001")]


class ResourceSummary(View):
    """一项政务数据资源:谁的、经哪个专网、共享类型;`is_served` 为专网已验收、可以使用。"""

    resource: Code
    resource_code: ResourceCode
    name: Name
    network: Code
    network_name: Name
    unit: UnitCode
    unit_name: Text
    sharing_class: SharingClass
    is_served: bool


class ResourceFieldView(View):
    """一个信息项;`kind` 决定怎样比对与脱敏。"""

    name: Key
    label: Name
    kind: Kind
    max_length: Count
    is_key: bool
    required: bool
    is_personal: bool
    condition: Text


class ResourceView(ResourceSummary):
    """一项政务数据资源,依国家目录的各项;`within_ms` 为答复时限,`cache_seconds` 为可缓存的秒数。"""

    summary: Text
    mode: SharingMode
    format: Annotated[str, text(1)]
    update_cycle: UpdateCycle
    basis: LongText
    condition: Text
    fields: Annotated[list[ResourceFieldView], Field(max_length=200)]
    data_level: Text
    is_open: bool
    open_condition: Text
    published_on: Day | None
    related: Annotated[list[Code], Field(max_length=50)]
    contact: Text
    within_ms: Count
    cache_seconds: Count
    at_most_rows: Count
    is_repeatable: bool
    status: Code
    source: Text
    version: Count


class SharingUseView(View):
    """信息共享目录的一条:哪个单位、哪个系统、以何种方式与深度、何时提供什么;`is_served` 为现在可以使用。"""

    use: Code
    resource: Code
    resource_name: Name
    unit: UnitCode
    unit_name: Text
    network: Code
    network_name: Name
    network_state: Connection
    mode: SharingMode
    depth: Depth
    push: Push
    task: MaybeCode
    material: Annotated[str, text(64)]
    gives: Annotated[list[Place], Field(max_length=300)]
    compares: Annotated[list[Key], Field(max_length=300)]
    items: Annotated[list[Code], Field(max_length=100)]
    when: Annotated[
        dict[Key, Annotated[list[Annotated[str, text(64, pattern=whole(OPTION))]], Field(max_length=50)]],
        Field(max_length=50),
    ]
    basis: LongText
    is_served: bool


class SharedMaterialView(View):
    """一份应由数据核验取得的材料;专网没有接通的,仍须申请人提交。"""

    material: Key
    name: Name


class SharingView(View):
    """一件事的信息共享目录;`to_bring` 为专网尚不能核验、仍须申请人提交的材料。"""

    matter_code: Code
    status: Code
    source: Text
    uses: Annotated[list[SharingUseView], Field(max_length=300)]
    to_bring: Annotated[list[SharedMaterialView], Field(max_length=100)]
