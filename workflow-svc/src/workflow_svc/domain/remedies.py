"""What a decision is called by the kind of its item, and which remedies against it are told, by the unit that made it.

Sources: 事项类型 of GB/T 39046-2020 A.1; 行政复议法(2023) art. 20 (60 days from when one knows or should know; untold,
up to a year), 24 (government of the same level), 27 (next higher organ), 28 (a choice); 行政诉讼法 art. 46 (6 months).
Companies and mass organisations make no administrative acts: against them there is a way to complain.
"""

from collections.abc import Mapping
from dataclasses import dataclass

UNTOLD_ADDRESS = "地址和电话请向办理窗口询问"
UNTOLD_PERIOD = (
    "未告知复议机关的,复议申请期限自知道或者应当知道复议机关之日起计算,最长不超过自知道或者应当知道本决定内容之日起一年"
    "(行政复议法第二十条第三款)。"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What granting and refusing are called."""

    granted: str
    refused: str


KINDS: Mapping[str, Words] = {
    "01": Words("准予许可", "不予许可"),
    "05": Words("予以给付", "不予给付"),
    "07": Words("予以确认", "不予确认"),
    "08": Words("予以奖励", "不予奖励"),
    "20": Words("已办结", "不能办理"),
}
OTHER = Words("予以办理", "不予办理")


@dataclass(frozen=True, slots=True)
class Review:
    """Who reviews a unit's decisions: in general words, and by which article."""

    in_general: str
    article: str


REVIEWS: Mapping[str, Review] = {
    "same_level_government": Review("作出决定的部门的本级人民政府", "第二十四条"),
    "higher_organ": Review("作出决定的机关的上一级主管部门", "第二十七条"),
    "choice": Review("作出决定的部门的本级人民政府或者上一级主管部门", "第二十八条"),
}
NO_REVIEW = "none"


def words_of(task_type: str) -> Words:
    """Return what granting and refusing an item of a kind are called; of an untold kind in words that fit any."""
    return KINDS.get(task_type, OTHER)


def remedies(task_type: str, told: Mapping[str, str]) -> str:
    """Return what an applicant who was refused is told; `told` is what the catalogue says of the deciding unit."""
    basis = told.get("review_basis", "")
    if basis == NO_REVIEW:
        way = told.get("complaint_way") or "投诉渠道请向办理窗口询问"
        return f"对办理结果有异议的:{way}。"
    act = "本办理结果" if task_type == "20" else "本决定"
    review = REVIEWS.get(basis)
    authority = told.get("review_authority") or (review.in_general if review else "复议机关(名称请向办理窗口询问)")
    article = f"({review.article})" if review else ""
    court = told.get("court") or "有管辖权的人民法院"
    return (
        f"如不服{act},可自知道或者应当知道{act}之日起六十日内(行政复议法第二十条)向{authority}申请行政复议{article},"
        f"{_where(told)};或自知道或者应当知道{act}之日起六个月内向{court}提起行政诉讼(行政诉讼法第四十六条)。"
        + ("" if review else UNTOLD_PERIOD)
    )


def _where(told: Mapping[str, str]) -> str:
    address, phone = told.get("authority_address"), told.get("authority_phone")
    known = [f"地址:{address}"] * bool(address) + [f"电话:{phone}"] * bool(phone)
    return ",".join(known) or UNTOLD_ADDRESS
