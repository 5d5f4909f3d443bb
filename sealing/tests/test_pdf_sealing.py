import io
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from sealing.drawing import POINTS_PER_MM, Drawing
from sealing.pdf_sealing import Place, PlaceOutside, seal_pdf
from sealing.pdf_source import NotClean

PLACE = Place(2, 100, 20)


async def sealed(pdf: bytes, authority: Any, star: Drawing, **other: Any) -> bytes:
    words = {"drawing": star, "place": PLACE, "stamp": authority.stamp, "reason": "准予行政许可", "at": authority.now}
    return await seal_pdf(pdf, other.pop("signatory", None) or authority.seal(), **{**words, **other})


async def judged(pdf: bytes, authority: Any) -> list[PdfSignatureStatus]:
    found = PdfFileReader(io.BytesIO(pdf), strict=True).embedded_signatures
    return [await async_validate_pdf_signature(one, authority.trusting()) for one in found]


async def test_a_long_name_in_a_certificate_is_printed_whole_and_without_a_warning(
    letter: bytes, authority: Any, star: Drawing
) -> None:
    """At most 64 characters (RFC 5280, appendix A.1), which are more bytes."""
    name = "郑州航空港经济综合实验区自然资源和规划局行政审批专用章(第二)"
    signatory = authority.seal(name)
    with catch_warnings():
        simplefilter("error")
        out = await sealed(letter, authority, star, signatory=signatory)
    (signature,) = PdfFileReader(io.BytesIO(out)).embedded_signatures
    assert signature.sig_object["/Name"] == name
    assert (await judged(out, authority))[0].bottom_line


@pytest.mark.parametrize("level", ["B-B", "B-T"])
async def test_another_library_finds_a_sealed_letter_whole_and_trusted(
    letter: bytes, authority: Any, star: Drawing, level: str
) -> None:
    stamped = level == "B-T"
    out = await sealed(letter, authority, star, stamp=authority.stamp if stamped else None)
    (status,) = await judged(out, authority)
    assert out.startswith(letter)
    assert status.bottom_line
    assert status.summary().endswith("UNTOUCHED")
    assert (status.timestamp_validity is not None) is stamped
    if stamped:
        assert status.timestamp_validity is not None
        assert status.timestamp_validity.timestamp == authority.now
    assert not pikepdf.open(io.BytesIO(out)).check_pdf_syntax()


async def test_pdfsig_finds_a_sealed_letter_valid(
    letter: bytes, authority: Any, star: Drawing, program: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(await sealed(letter, authority, star))
    said = program("pdfsig", "-nocert", file).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "审批专用章" in said


async def test_openssl_finds_the_signature_and_its_time_stamp_valid(
    letter: bytes, authority: Any, star: Drawing, program: Callable[..., Any], tmp_path: Path
) -> None:
    out = await sealed(letter, authority, star)
    signature = PdfFileReader(io.BytesIO(out)).embedded_signatures[0]
    (tmp_path / "cms").write_bytes(signature.signed_data.dump() and _contents(out))
    (tmp_path / "content").write_bytes(_covered(out))
    words = ("-inform", "DER", "-in", tmp_path / "cms", "-content", tmp_path / "content", "-CAfile", authority.pem)
    found = program("openssl", "cms", "-verify", "-binary", *words, "-purpose", "any", "-out", os.devnull)
    assert found.returncode == 0, found.stderr
    token = signature.signer_info["unsigned_attrs"][0]["values"][0]
    (tmp_path / "token").write_bytes(_token(out))
    digest = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native
    found = program(
        "openssl", "ts", "-verify", "-digest", digest.hex(), "-token_in", "-in", tmp_path / "token",
        "-CAfile", authority.pem,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    (tmp_path / "content").write_bytes(_covered(out)[:-1] + b"\r")
    assert program("openssl", "cms", "-verify", "-binary", *words, "-purpose", "any", "-out", os.devnull).returncode


def _ranges(pdf: bytes) -> tuple[int, int, int]:
    found = re.findall(rb"/ByteRange\[0 +(\d+) +(\d+) +(\d+)\]", pdf)[-1]
    return int(found[0]), int(found[1]), int(found[2])


def _covered(pdf: bytes) -> bytes:
    first, second, length = _ranges(pdf)
    return pdf[:first] + pdf[second : second + length]


def _contents(pdf: bytes) -> bytes:
    first, second, _ = _ranges(pdf)
    padded = bytes.fromhex(pdf[first + 1 : second - 1].decode())
    return padded[: 4 + int.from_bytes(padded[2:4], "big")]


def _token(pdf: bytes) -> bytes:
    """The last element of the signed data: its own header is found by its object identifier."""
    whole = _contents(pdf)
    name = bytes.fromhex("060b2a864886f70d010910020e")
    at = whole.index(name) + len(name)
    start = at + (4 if whole[at + 1] == 0x82 else 3)
    return whole[start : start + 4 + int.from_bytes(whole[start + 2 : start + 4], "big")]


async def test_five_seals_leave_each_other_valid(letter: bytes, authority: Any, star: Drawing) -> None:
    out = letter
    for number in range(5):
        out = await sealed(out, authority, star, place=Place(1, 20 + 20 * number, 200), signatory=authority.seal())
    found = await judged(out, authority)
    assert [status.bottom_line for status in found] == [True] * 5
    assert PdfFileReader(io.BytesIO(out)).embedded_signatures[-1].field_name == "Seal5"


async def test_every_byte_but_the_signature_is_covered(letter: bytes, authority: Any, star: Drawing) -> None:
    out = await sealed(letter, authority, star)
    first, second, length = _ranges(out)
    assert second + length == len(out)
    assert re.fullmatch(rb"<[0-9a-f]+>", out[first:second])
    for at in (9, len(letter) // 2, first - 3, second + 2, len(out) - 3):
        changed = out[:at] + bytes((out[at] ^ 1,)) + out[at + 1 :]
        with pytest.raises(Exception):  # noqa: B017, PT011  whichever of the two notices
            assert (await judged(changed, authority))[0].bottom_line


async def test_the_same_words_stay_as_they_were_signed(letter: bytes, authority: Any, star: Drawing) -> None:
    out = pikepdf.open(io.BytesIO(await sealed(letter, authority, star)))
    (field,) = out.Root.AcroForm.Fields
    assert str(field.V.Reason) == "准予行政许可"
    assert str(field.V.Name) == "审批专用章"
    assert str(field.V.M) == f"D:{authority.now:%Y%m%d%H%M%S}+00'00'"
    assert "/DocMDP" not in str(out.Root.keys())
    assert "/Perms" not in out.Root


async def test_it_stays_what_pdf_a_2b_allows(letter: bytes, authority: Any, star: Drawing) -> None:
    """ISO 19005-2, 6.1.3 (ID, no data after the end), 6.3.3 (appearance, flags), 6.4.1, 6.4.3."""
    out = await sealed(letter, authority, star)
    document = pikepdf.open(io.BytesIO(out))
    (field,) = document.Root.AcroForm.Fields
    assert set(document.Root.AcroForm.keys()) == {"/Fields", "/SigFlags"}
    assert int(field.F) & 0b100111 == 0b100
    assert set(field.AP.keys()) == {"/N"}
    assert field.AP.N.Subtype == "/Form"
    assert not {"/PS", "/OPI", "/Ref", "/Subtype2"} & set(field.AP.N.keys())
    assert bytes(document.trailer.ID[0]) == bytes(pikepdf.open(io.BytesIO(letter)).trailer.ID[0])
    assert bytes(document.trailer.ID[1]) != bytes(document.trailer.ID[0])
    assert out.endswith(b"%%EOF\n")
    assert document.Root.OutputIntents[0].S == "/GTS_PDFA1"


def _floats(array: pikepdf.Object) -> list[float]:
    return [float(array[at]) for at in range(len(array))]


def _shown(page: pikepdf.Object, widget: pikepdf.Object, point: tuple[float, float]) -> tuple[float, float]:
    """Where a point of the appearance is seen, in mm from the shown page's upper left corner (ISO 32000-1, 12.5.5)."""
    a, b, c, d, e, f = _floats(widget.AP.N.Matrix)
    box = _floats(widget.AP.N.BBox)
    turned = [(a * x + c * y + e, b * x + d * y + f) for x in box[::2] for y in box[1::2]]
    low = min(x for x, _ in turned), min(y for _, y in turned)
    high = max(x for x, _ in turned), max(y for _, y in turned)
    rect = _floats(widget.Rect)
    x, y = a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f
    x = rect[0] + (x - low[0]) * (rect[2] - rect[0]) / (high[0] - low[0])
    y = rect[1] + (y - low[1]) * (rect[3] - rect[1]) / (high[1] - low[1])
    crop = _floats(page.CropBox)
    x, y, wide, high_ = x - crop[0], y - crop[1], crop[2] - crop[0], crop[3] - crop[1]
    seen = {0: (x, high_ - y), 90: (y, x), 180: (wide - x, y), 270: (high_ - y, wide - x)}[int(page.get("/Rotate", 0))]
    unit = float(page.get("/UserUnit", 1)) / POINTS_PER_MM
    return seen[0] * unit, seen[1] * unit


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    left=st.floats(0, 60),
    top=st.floats(0, 60),
    turn=st.sampled_from((0, 90, 180, 270)),
    origin=st.tuples(st.integers(-500, 500), st.integers(-500, 500)),
    unit=st.sampled_from((1, 1.5, 2)),
)
async def test_a_seal_lies_where_it_was_put_in_its_true_size_however_the_page_is_boxed_and_turned(
    plain: Callable[..., bytes], authority: Any, star: Drawing, left: float, top: float, turn: int,
    origin: tuple[int, int], unit: float,
) -> None:  # fmt: skip
    x, y = origin
    boxes = b"/MediaBox[%d %d %d %d]/CropBox[%d %d %d %d]" % (x, y, x + 900, y + 900, x + 50, y + 60, x + 500, y + 700)
    page = boxes + b"/Rotate %d/UserUnit %g" % (turn, unit)
    out = await sealed(plain(page=page), authority, star, place=Place(1, left, top), stamp=None)
    document = pikepdf.open(io.BytesIO(out))
    see = partial(_shown, document.pages[0].obj, document.Root.AcroForm.Fields[0])
    high = star.height_mm * POINTS_PER_MM
    assert see((0, high)) == pytest.approx((left, top), abs=0.01)
    assert see((0, 0)) == pytest.approx((left, top + 42), abs=0.01)
    assert see((high, high)) == pytest.approx((left + 42, top), abs=0.01)
    assert [status.bottom_line for status in await judged(out, authority)] == [True]


@pytest.mark.parametrize("place", [Place(0, 1, 1), Place(3, 1, 1), Place(-3, 1, 1), Place(1, 169, 1), Place(1, 1, -1)])
async def test_a_seal_beside_the_page_is_refused(letter: bytes, authority: Any, star: Drawing, place: Place) -> None:
    with pytest.raises(PlaceOutside):
        await sealed(letter, authority, star, place=place)


async def test_a_long_time_stamp_is_asked_for_once_more_with_the_room_it_needs(
    letter: bytes, authority: Any, star: Drawing
) -> None:
    asked: list[bytes] = []

    async def long(digest: bytes) -> bytes:
        asked.append(digest)
        token: bytes = await authority.stamp(digest)
        return token if len(asked) > 2 else token + bytes(20_000)

    out = await sealed(letter, authority, star, stamp=long)
    assert len(asked) == 2
    assert len(set(asked)) == 2
    assert _contents(out)


async def test_what_was_changed_after_rendering_is_not_sealed(letter: bytes, authority: Any, star: Drawing) -> None:
    document = pikepdf.open(io.BytesIO(letter))
    document.pages[0].obj.Rotate = 90
    saved = io.BytesIO()
    document.save(saved)
    with pytest.raises(NotClean):
        await sealed(saved.getvalue(), authority, star)
