"""OFD as it is written: the same bytes for the same paper, Chinese lines, pages, and a seal in its place."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from fontTools.ttLib import TTFont
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sealing.national import der, making, structures
from sealing.ofd import document
from sealing.ofd.judging import judge_ofd
from sealing.ofd.lines import broken
from sealing.ofd.package import Unreadable, read_package
from sealing.ofd.paper import BODY, BOTTOM, COLUMN, LEFT, Paper, lay
from sealing.ofd.writing import Sealer, seal_picture, write_ofd
from sealing.ofd.xml import NAMESPACE, parse
from sealing.seal_face import SealFace, draw
from sealing.testing.national import NOW, World, a_world
from sealing.verdict import Outcome

from sealing import sm

PAPER = Paper(
    title="准予行政许可决定书",
    number="郑卫许决字〔2026〕第12号",
    addressee="古丽·阿依古丽买买提江吐尔逊娜依阿卜杜",
    paragraphs=("你于2026年11月20日提出的“公共场所卫生许可”申请，经审查，符合法定条件。", "本机关决定准予许可。"),
    unit_name="郑州市卫生健康委员会",
    date_text="2026年11月27日",
    code=((True, False), (False, True)),
)


@pytest.fixture
async def world() -> World:
    return await a_world()


async def sealed(world: World, paper: Paper = PAPER) -> bytes:
    return await write_ofd(paper, Sealer(world.seal, world.signer, NOW))


def texts(data: bytes) -> list[str]:
    """Return the lines of all pages."""
    files = read_package(data)
    pages = [parse(content) for name, content in files.items() if name.endswith("Content.xml")]
    layers = [page.one("Content").one("Layer") for page in pages]
    return [text.one("TextCode").text for layer in layers for text in layer.all("TextObject")]


async def test_a_sealed_paper_is_valid_and_says_what_it_was_given(world: World) -> None:
    data = await sealed(world)
    verdict = judge_ofd(data, world.trust())
    assert (verdict.verdict, verdict.reason) == (Outcome.VALID, "电子签章有效,内容未被改动")
    assert verdict.signatures[0].field == "Doc_0/Signs/Sign_0/Signature.xml"
    assert verdict.signatures[0].covers_whole_file
    said = "".join(texts(data))
    for one in (PAPER.title, PAPER.number, PAPER.addressee, *PAPER.paragraphs, PAPER.unit_name, PAPER.date_text):
        assert one in said


async def test_the_package_is_named_as_the_standard_names_its_files(world: World) -> None:
    files = read_package(await sealed(world))
    assert list(files) == [
        "OFD.xml",
        "Doc_0/Document.xml",
        "Doc_0/Res/song.ttf",
        "Doc_0/PublicRes.xml",
        "Doc_0/Pages/Page_0/Content.xml",
        "Doc_0/Signs/Signatures.xml",
        "Doc_0/Signs/Sign_0/Seal.esl",
        "Doc_0/Signs/Sign_0/Signature.xml",
        "Doc_0/Signs/Sign_0/SignedValue.dat",
    ]
    assert f'xmlns:ofd="{NAMESPACE}"' in files["OFD.xml"].decode()
    assert files["Doc_0/Signs/Sign_0/Seal.esl"] == world.seal


async def test_the_same_paper_is_the_same_bytes_but_for_the_signature(world: World) -> None:
    first, second = read_package(await sealed(world)), read_package(await sealed(world))
    changed = {name for name in first if first[name] != second[name]}
    assert changed == {"Doc_0/Signs/Sign_0/SignedValue.dat"}, "an SM2 signature has a chance number in it"


async def test_the_font_has_the_characters_that_are_written_and_no_other(world: World) -> None:
    data = await sealed(world)
    font = TTFont(io.BytesIO(read_package(data)["Doc_0/Res/song.ttf"]))
    assert {chr(code) for code in font.getBestCmap()} == set("".join(texts(data)))
    assert "glyf" in font, "every reader draws TrueType"


async def test_the_seal_stands_over_the_date_in_its_true_size(world: World) -> None:
    files = read_package(await sealed(world))
    stamp = parse(files["Doc_0/Signs/Sign_0/Signature.xml"]).one("SignedInfo").one("StampAnnot")
    left, top, wide, tall = map(float, stamp.attribute("Boundary").split())
    assert (wide, tall) == (42, 42)
    page = parse(files["Doc_0/Pages/Page_0/Content.xml"]).one("Content").one("Layer")
    lines = {one.one("TextCode").text: one.attribute("Boundary").split() for one in page.all("TextObject")}
    date_left, date_top, date_wide, _ = map(float, lines[PAPER.date_text])
    assert left < date_left
    assert date_left + date_wide - BODY < left + wide
    assert top < date_top < top + tall


async def test_a_drawn_seal_is_a_picture_in_vectors_of_its_true_size() -> None:
    picture = seal_picture(draw(SealFace("郑州市卫生健康委员会", "行政审批专用章", "4101000000017")))
    assert (picture.kind, picture.width_mm, picture.height_mm) == ("ofd", 40, 40)
    files = read_package(picture.content)
    page = parse(files["Doc_0/Pages/Page_0/Content.xml"])
    assert page.one("Area").value("PhysicalBox") == "0 0 40 40"
    colours = {
        colour.attribute("Value")
        for path in page.one("Content").one("Layer").all("PathObject")
        for colour in path.all("FillColor") + path.all("StrokeColor")
    }
    assert colours == {"217 0 15"}


async def test_a_long_reason_takes_pages_and_the_signing_lines_never_stand_alone(world: World) -> None:
    for lines in range(1, 60):
        paper = replace(PAPER, paragraphs=("上述情形不符合规定。" * 3,) * lines)
        laid = lay(paper)
        last = [placed.line.text for placed in laid.sheets[-1].lines]
        assert any("规定" in text or "情形" in text for text in last), lines
        for sheet in laid.sheets:
            assert all(placed.base <= BOTTOM for placed in sheet.lines if "—" not in placed.line.text), lines
    data = await sealed(world, replace(PAPER, paragraphs=("上述情形不符合规定。" * 300,)))
    pages = [name for name in read_package(data) if name.endswith("Content.xml")]
    assert len(pages) > 4
    assert judge_ofd(data, world.trust()).verdict is Outcome.VALID


async def test_a_rare_character_is_drawn_and_one_that_no_font_has_is_marked(world: World) -> None:
    data = await sealed(world, replace(PAPER, addressee="王㛃𠅤\U000e0100"))
    page = parse(read_package(data)["Doc_0/Pages/Page_0/Content.xml"]).one("Content").one("Layer")
    assert "王㛃　〓：" in texts(data)
    drawn = [path for path in page.all("PathObject") if path.attribute("Fill") == "true"]
    assert len(drawn) == 2, "the character and the code"


async def test_names_and_values_of_a_licence_stand_line_by_line(world: World) -> None:
    fields = (("持证主体", "某某餐饮管理有限公司"), ("经营场所", "河南省郑州市金水区花园路" * 4), ("有效期限", "长期"))
    lines = texts(await sealed(world, replace(PAPER, addressee="", fields=fields, paragraphs=())))
    assert {"持证主体：某某餐饮管理有限公司", "经营场所：", "有效期限：长期"} <= set(lines)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="郑州市人民政府，。、；：！？（）《》“”—…abcABC0123.- ", max_size=200), st.integers(6, 30))
@example("00000000", 6)  # a word that fits a line, but not the first one
def test_no_line_begins_with_a_closing_mark_nor_ends_with_an_opening_one(text: str, room: int) -> None:
    lines = broken(text, room, indent=2.0)
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert line.start + line.width <= room + 1e-6 or len(line.text) == 1
    for before, behind in pairwise(lines):
        longest = max(map(len, _runs(text)), default=0)
        if longest < room / 2 and before.text and behind.text:
            assert behind.text[0] not in "，。、；：！？）》”"
            assert before.text[-1] not in "（《“"


def _runs(text: str) -> list[str]:
    """Return the runs of marks and of words, which may be too long for any rule."""
    runs = [""]
    for one in text:
        if one in "，。、；：！？（）《》“”—…abcABC0123.-":
            runs[-1] += one
        else:
            runs.append("")
    return runs


def test_a_number_is_not_torn_and_a_full_line_is_flush() -> None:
    lines = broken("办件编号为410199202611200001的申请，请持身份证办理。", 16.0)
    assert any("410199202611200001" in line.text for line in lines)
    full = broken("郑州市卫生健康委员会，行政审批服务处，依法办理。" * 3, 15.0)
    assert all(abs(line.width - 15.0) < 0.01 for line in full[:-1])


async def test_what_is_no_seal_seals_nothing(world: World) -> None:
    with pytest.raises(der.Malformed):
        await write_ofd(PAPER, Sealer(b"no seal", world.signer, NOW))
    with pytest.raises(sm.Unsound):
        await write_ofd(PAPER, Sealer(world.seal, replace(world.signer, certificate=world.maker.certificate), NOW))


async def test_markup_in_a_name_stays_text(world: World) -> None:
    name = "<ofd:x/>&amp;\"'"
    data = await sealed(world, replace(PAPER, addressee=name))
    assert f"{name}：" in texts(data)
    assert judge_ofd(data, world.trust()).verdict is Outcome.VALID


def test_the_document_is_dated_by_the_day_here() -> None:
    unsealed = document.document_of(PAPER, lay(PAPER), date(2026, 11, 27))
    assert "<ofd:CreationDate>2026-11-27</ofd:CreationDate>" in unsealed.files["OFD.xml"].decode()
    assert LEFT + COLUMN < 210


async def test_a_seal_made_with_its_drawn_picture_seals_and_is_read_as_a_plain_zip(world: World) -> None:
    picture = seal_picture(draw(SealFace("郑州市卫生健康委员会")))
    seal = await making.make_seal(replace(world.facts, picture=picture), world.maker)
    data = await write_ofd(PAPER, Sealer(seal, world.signer, datetime(2026, 11, 26, 17, 0, tzinfo=UTC)))
    assert judge_ofd(data, world.trust()).verdict is Outcome.VALID
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
    held = structures.read_seal(seal)["seal_info"]["picture"]
    assert held["data"].native == picture.content
    with pytest.raises(Unreadable):
        read_package(picture.content + b" ")


async def test_what_stands_above_the_addressee_and_before_the_fields_stands_there(world: World) -> None:
    paper = replace(PAPER, reference="办件编号：410100U23", opening=("证明下列人员。",), fields=(("姓名", "张三"),))
    found = texts(await sealed(world, paper))
    places = [found.index(one) for one in (PAPER.number, "办件编号：410100U23", f"{PAPER.addressee}：")]
    assert places == sorted(places)
    assert found.index("证明下列人员。") < found.index("姓名：张三") < found.index(PAPER.unit_name)
    whole = "".join(paper.texts())
    assert all(one in whole or one.startswith("—") for line in found for one in line.split("："))


def test_the_reference_ends_at_the_right_edge_below_the_number() -> None:
    lines = lay(replace(PAPER, reference="办件编号：410100U23")).sheets[0].lines
    (placed,) = [one for one in lines if one.line.text.startswith("办件编号")]
    (number,) = [one for one in lines if one.line.text == PAPER.number]
    assert placed.left + placed.line.width * placed.size == pytest.approx(LEFT + COLUMN)
    assert placed.base > number.base
