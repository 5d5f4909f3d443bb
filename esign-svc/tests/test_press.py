import io
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from esign_svc.outside.press import TEMPLATES, GlyphMissing, Press, Printed, readable, version_of

MADE = datetime(2026, 3, 2, 2, tzinfo=UTC)
A4 = (210, 297)
LETTER: dict[str, Any] = {
    "title": "受理通知书",
    "number": "郑卫受通字〔2026〕1号",
    "addressee": "测小明",
    "application_number": "410100U232026030220000019",
    "signer": "郑州市卫生健康委员会",
    "day": [2026, 3, 2],
    "date": "2026年3月2日",
    "qr": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h1v1h-1z"/></svg>',
    "verify_at": "http://127.0.0.1:8000",
    "matter_name": "新生儿出生",
    "submitted_at": "2026年3月2日9时30分",
    "accepted_on": "2026年3月2日",
}
DECISION = {
    "task_name": "出生登记",
    "finding": "经审查，您的申请不符合法定条件、标准。",
    "ruling": "依据《中华人民共和国行政许可法》第三十八条第二款，决定：不予许可。",
    "result": "",
    "reason": "居住证明所载地址与登记信息不一致。",
    "basis": "《中华人民共和国户口登记条例》第七条",
    "remedies": "如不服本决定，可自知道或者应当知道本决定之日起六十日内向郑州市人民政府申请行政复议。",
    "delivery": "",
    "closing": "特此决定。",
}
LETTERS: dict[str, dict[str, Any]] = {
    "receipt": {"materials": [["居民身份证", "电子证照"], ["结婚证", "电子证照"]]},
    "acceptance": {
        "accept_doc_no": "郑卫受字〔2026〕第000001号",
        "promised_on": "2026年3月12日",
        "items": [["出生登记", "郑州市公安局"]],
    },
    "decision": DECISION,
    "correction": {"until": "2026年3月20日", "corrections": [["结婚证", "照片不清晰,无法辨认"]]},
    "special": {
        "task_name": "出生登记",
        "procedure": "专家评审",
        "begins_on": "2026年3月3日",
        "duration": "十个工作日",
        "reason": "须由专家评审。",
    },
    "extension": {
        "task_name": "出生登记",
        "duration": "十个工作日",
        "until": "2026年4月13日",
        "reason": "须向原籍核实。",
    },
    "notice": {
        "addressee": "郑州市公安局",
        "paragraphs": ["承办事项已逾期。", "请书面答复。"],
        "closing": "特此督办。",
    },
    "licence": {
        "identifier": "1.2.156.3005.2.11410100MBXX00238T001.11410100MBXX00238T.20260000001.001.E",
        "statement": "证明下列新生儿的出生情况。",
        "rows": [["持证者", "欧阳阿卜杜热合曼·买买提依明江𬀩㛃"], ["有效期限", "2026年3月2日至长期"]],
        "copy": {"purpose": "办理入学登记", "until": "2026年6月30日", "mark": "仅用于办理入学登记 · 加注件"},
    },
}


def opened(printed: Printed) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(printed.pdf))


def words(printed: Printed, folder: Path) -> list[str]:
    """Return the text of each page, without blanks, as another program reads it."""
    file = folder / "paper.pdf"
    file.write_bytes(printed.pdf)
    read = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True).stdout
    return [re.sub(r"\s", "", page) for page in read.split("\f")[:-1]]


async def test_every_template_is_tried_here() -> None:
    assert {file.stem for file in TEMPLATES.glob("*.typ")} - {"letter"} == set(LETTERS)


@pytest.mark.parametrize("template", LETTERS)
async def test_each_letter_is_an_archivable_tagged_pdf_with_its_fonts_and_a_place_for_the_seal(template: str) -> None:
    printed = await Press().print(template, {**LETTER, **LETTERS[template]}, at=MADE)
    pdf = opened(printed)
    with pdf.open_metadata() as said:
        assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("2", "B")
        assert said["dc:title"] == LETTER["title"]
    assert pdf.Root.MarkInfo.Marked
    assert "/StructTreeRoot" in pdf.Root
    assert str(pdf.Root.Lang).startswith("zh")
    fonts = [
        one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/FontDescriptor"
    ]
    assert fonts
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)
    assert printed.page == len(pdf.pages)
    assert 21 < printed.x_mm < A4[0] - 21
    assert 21 < printed.y_mm < A4[1] - 21, "a seal of 42 mm is whole on the page"


async def test_the_same_letter_printed_twice_is_the_same_file() -> None:
    first, second = [await Press().print("decision", {**LETTER, **DECISION}, at=MADE) for _ in range(2)]
    assert first == second


@pytest.mark.parametrize("times", [1, 18, 19, 20, 21, 22, 23, 40, 100])
async def test_the_page_of_the_seal_has_words_of_the_letter_however_long_the_reason_is(
    times: int, tmp_path: Path
) -> None:
    reason = "经查，您提交的居住证明所载地址与登记信息不一致，须先行更正；" * times
    printed = await Press().print("decision", {**LETTER, **DECISION, "reason": reason}, at=MADE)
    pages = words(printed, tmp_path)
    assert len(pages) == printed.page
    assert DECISION["closing"] in pages[-1]
    assert LETTER["signer"] in pages[-1]
    assert "行政复议。" in pages[-1], "the last words before the end go with it"
    assert "".join(pages).count("须先行更正") == times


@pytest.mark.parametrize("template", ["receipt", "acceptance"])
async def test_a_letter_on_items_of_all_kinds_cites_the_licensing_law_for_licences_alone(
    template: str, tmp_path: Path
) -> None:
    printed = await Press().print(template, {**LETTER, **LETTERS[template]}, at=MADE)
    sentences = "".join(words(printed, tmp_path)).split("。")
    citing = [sentence for sentence in sentences if "行政许可法" in sentence]
    assert citing
    assert all("其中的行政许可事项" in sentence for sentence in citing)


@pytest.mark.parametrize("name", ["阿不都热西提·买买提依明·艾则孜江·托合提", "司马㛃", "欧阳𬀩", '#raw("x")$1$ *a* @b'])
async def test_a_name_is_printed_as_it_is_whatever_it_is_made_of(name: str, tmp_path: Path) -> None:
    printed = await Press().print("acceptance", {**LETTER, **LETTERS["acceptance"], "addressee": name}, at=MADE)
    assert name.replace(" ", "") + "：" in words(printed, tmp_path)[0]


@pytest.mark.parametrize("place", ["addressee", "reason"])
async def test_a_character_that_no_font_has_is_refused_by_its_code_and_never_printed_as_a_box(place: str) -> None:
    with pytest.raises(GlyphMissing) as refused:
        await Press().print("decision", {**LETTER, **DECISION, place: "张𠮷\U0001f600"}, at=MADE)
    assert refused.value.codes == ["U+1F600", "U+20BB7"]


def test_what_nobody_sees_is_not_printed() -> None:
    assert readable({"a": ["张\u200b三\x07\n", 1]}) == {"a": ["张三\n", 1]}


def test_a_template_is_told_from_any_other_wording() -> None:
    assert len({version_of(template) for template in LETTERS}) == len(LETTERS)
