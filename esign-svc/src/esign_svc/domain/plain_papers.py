"""What a paper says, as running text for formats that have no templates: the words of its template, one for one.

A test holds the two against each other. A paper that is not here goes out in its own format alone: a use copy (加注件)
is nothing without its watermark.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sealing.ofd.paper import Code, Paper

Data = Mapping[str, Any]
"""The data that the template was set with."""
NO_MATERIALS = "无须提交材料。"
RECEIVED = (
    "本凭证证明本单位于上述时间收到您的申请及所列材料，不表示申请已经受理。"
    "申请以数据电文提交的，其进入本系统的时间为收到时间（《中华人民共和国电子签名法》第十一条）。"
)
TO_BE_CHECKED = (
    "本单位将核对申请材料：齐全且符合法定形式的，予以受理；"
    "不齐全或者不符合法定形式的，当场或者在五个工作日内一次性告知需要补正的全部内容。"
    "其中的行政许可事项，逾期不告知的，自收到申请材料之日起即为受理（《中华人民共和国行政许可法》第三十二条）。"
)
NOT_COUNTED = (
    "其中的行政许可事项，依法需要听证、招标、拍卖、检验、检测、检疫、鉴定和专家评审的，所需时间不计算在期限内，届时另行书面告知"
    "（《中华人民共和国行政许可法》第四十五条）。"
)
ACCEPTED = (
    "其中的行政许可事项，依据《中华人民共和国行政许可法》第三十二条第一款第五项受理；"
    "其他事项，依据有关法律、法规、规章受理。您可以凭办件编号查询办理进度。"
)
TOLD, NOTIFIED = "特此告知。", "特此通知。"
CHECKED = "证照现时状态以核验结果为准。"


def paper_of(template: str, data: Data, code: Code) -> Paper | None:
    """Return a paper's text with its code for checking; None of one that goes out in its own format alone."""
    laid = PAPERS.get(template)
    return laid(data, code) if laid else None


def _letter(data: Data, code: Code, *paragraphs: str) -> Paper:
    return Paper(
        title=data["title"],
        number=data["number"],
        addressee=data["addressee"],
        paragraphs=tuple(one for one in paragraphs if one),
        unit_name=data["signer"],
        date_text=data["date"],
        code=code,
        reference=f"办件编号：{data['application_number']}" if "application_number" in data else "",
    )


def _receipt(data: Data, code: Code) -> Paper:
    listed = _listed(data["materials"]) or (NO_MATERIALS,)
    begun = f"您于{data['submitted_at']}提交的“{data['matter_name']}”申请已收到。收到的材料如下："
    return _letter(data, code, begun, *listed, RECEIVED, TO_BE_CHECKED, TOLD)


def _acceptance(data: Data, code: Code) -> Paper:
    numbered = f"，受理编号为{data['accept_doc_no']}" if data["accept_doc_no"] else ""
    begun = (
        f"您于{data['submitted_at']}提交的“{data['matter_name']}”申请收悉。经核对，申请材料齐全、符合法定形式，现予受理。"
        f"受理日期为{data['accepted_on']}{numbered}。"
    )
    promised = f"预计于{data['promised_on']}前办结。" if data["promised_on"] else ""
    listed = _listed(data["items"])
    return _letter(data, code, begun, "受理后由下列单位办理：", *listed, promised + NOT_COUNTED, ACCEPTED, NOTIFIED)


def _decision(data: Data, code: Code) -> Paper:
    accepted = f"已于{data['accepted_on']}受理，" if data["accepted_on"] else ""
    begun = (
        f"您就“{data['matter_name']}”提出的申请{accepted}其中的“{data['task_name']}”由本单位办理。"
        f"{data['finding']}{data['ruling']}"
    )
    result = f"办理结果：{data['result']}。" if data["result"] else ""
    parts = [("理由", data["reason"]), ("依据", data["basis"]), ("救济途径", data["remedies"])]
    said = [line.strip() for name, words in parts if words for line in (name, *words.split("\n"))]
    return _letter(data, code, begun, result, *said, data["delivery"], data["closing"])


def _notice(data: Data, code: Code) -> Paper:
    return _letter(data, code, *data["paragraphs"], data["closing"])


def _licence(data: Data, code: Code) -> Paper | None:
    if data.get("copy"):
        return None
    return Paper(
        title=data["title"],
        number=f"编号：{data['number']}",
        addressee="",
        opening=(data["statement"],),
        fields=tuple((label, value) for label, value in data["rows"]),
        paragraphs=(f"电子证照标识：{data['identifier']}", CHECKED),
        unit_name=data["signer"],
        date_text=data["date"],
        code=code,
    )


def _listed(rows: list[list[str]]) -> tuple[str, ...]:
    """Return the rows of a numbered table as lines."""
    return tuple(f"{number}．{name}（{beside}）" for number, (name, beside) in enumerate(rows, 1))


PAPERS: Mapping[str, Callable[[Data, Code], Paper | None]] = {
    "receipt": _receipt,
    "acceptance": _acceptance,
    "decision": _decision,
    "licence": _licence,
    "notice": _notice,
}
"""By template."""
