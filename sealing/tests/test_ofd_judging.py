"""Forged OFD files: whatever a forger does to a sealed one, or makes with a seal of his own, is refused."""

import base64
import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sealing.national import certificates, making
from sealing.ofd.judging import judge_ofd
from sealing.ofd.package import read_package, write_package
from sealing.ofd.paper import Paper
from sealing.ofd.writing import Sealer, write_ofd
from sealing.testing.national import NOW, YEAR, World, a_world, signing_with
from sealing.verdict import Outcome, Trust, Verdict

from sealing import sm

SIGN = "Doc_0/Signs/Sign_0"
LIST, ROOT, PAGE = "Doc_0/Signs/Signatures.xml", "OFD.xml", "Doc_0/Pages/Page_0/Content.xml"
SIGNATURE, VALUE, SEAL = f"{SIGN}/Signature.xml", f"{SIGN}/SignedValue.dat", f"{SIGN}/Seal.esl"
PAPER = Paper(
    "准予行政许可决定书", "郑卫许决字〔2026〕第1号", "张三", ("准予许可。",), "郑州市卫生健康委员会", "2026年11月27日"
)
Files = dict[str, bytes]


@dataclass(frozen=True)
class Sealed:
    world: World
    data: bytes

    @property
    def files(self) -> Files:
        return read_package(self.data)

    def judged(self, data: bytes) -> Verdict:
        return judge_ofd(data, self.world.trust())


@pytest.fixture
async def sealed() -> Sealed:
    world = await a_world()
    return Sealed(world, await write_ofd(PAPER, Sealer(world.seal, world.signer, NOW)))


def assert_refused(sealed: Sealed, data: bytes, name: str) -> Verdict:
    verdict = sealed.judged(data)
    assert verdict.verdict is Outcome.INVALID, (name, verdict.reason)
    assert verdict.reason
    assert not verdict.trust
    return verdict


def zipped(files: list[tuple[str, bytes]], **settings: int) -> bytes:
    """Write a zip that may have two files of a name; settings are those of every entry."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for name, content in files:
            entry = zipfile.ZipInfo(name)
            entry.create_system = 0
            for setting, value in settings.items():
                setattr(entry, setting, value)
            package.NameToInfo.pop(name, None)
            package.writestr(entry, content)
    return written.getvalue()


def with_file(name: str, content: bytes = b"?") -> Callable[[Sealed], bytes]:
    return lambda sealed: zipped([*sealed.files.items(), (name, content)])


def edited(name: str, old: str, new: str) -> Callable[[Sealed], bytes]:
    def forge(sealed: Sealed) -> bytes:
        files = sealed.files
        assert old.encode() in files[name], "the forgery changes something"
        return write_package({**files, name: files[name].replace(old.encode(), new.encode())})

    return forge


def replaced(name: str, content: bytes) -> Callable[[Sealed], bytes]:
    return lambda sealed: write_package({**sealed.files, name: content})


def without(name: str) -> Callable[[Sealed], bytes]:
    return lambda sealed: write_package({one: held for one, held in sealed.files.items() if one != name})


def renamed(old: str, new: str) -> Callable[[Sealed], bytes]:
    return lambda sealed: write_package({new if one == old else one: held for one, held in sealed.files.items()})


def patched(mark: bytes, at: int, value: bytes) -> Callable[[Sealed], bytes]:
    """Write bytes at a place of the first structure with this mark."""

    def forge(sealed: Sealed) -> bytes:
        data = bytearray(sealed.data)
        start = data.index(mark) + at
        assert data[start : start + len(value)] != value, "the forgery changes something"
        data[start : start + len(value)] = value
        return bytes(data)

    return forge


def both(at_local: int, at_listed: int, value: bytes) -> Callable[[Sealed], bytes]:
    """Write the same in the list and before the file, so that they agree."""
    first, second = patched(b"PK\x03\x04", at_local, value), patched(b"PK\x01\x02", at_listed, value)
    return lambda sealed: second(replace(sealed, data=first(sealed)))


def gap(sealed: Sealed) -> bytes:
    """Put bytes between the files and the list, and correct where the list starts."""
    data = sealed.data
    end = data.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<L", data, end + 16)[0]
    hidden = b"<html>hidden</html>"
    tail = bytearray(data[end:])
    struct.pack_into("<L", tail, 16, start + len(hidden))
    return data[:start] + hidden + data[start:end] + bytes(tail)


def prefixed(sealed: Sealed) -> bytes:
    """Put bytes before the files, and correct every place: a zip that is something else, too."""
    hidden, data = b"#!/bin/sh\n", bytearray(sealed.data)
    end = data.rindex(b"PK\x05\x06")
    start, at = struct.unpack_from("<L", data, end + 16)[0], 0
    struct.pack_into("<L", data, end + 16, start + len(hidden))
    at = start
    while data[at : at + 4] == b"PK\x01\x02":
        struct.pack_into("<L", data, at + 42, struct.unpack_from("<L", data, at + 42)[0] + len(hidden))
        at += 46 + sum(struct.unpack_from("<3H", data, at + 28))
    return hidden + bytes(data)


def bomb(size: int) -> Callable[[Sealed], bytes]:
    def forge(sealed: Sealed) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in sealed.files.items():
                package.writestr(name, content)
            package.writestr("Doc_0/Res/zeros", bytes(size))
        return written.getvalue()

    return forge


def extra_field(kind: int, told: bytes = b"\x01abc") -> Callable[[Sealed], bytes]:
    def forge(sealed: Sealed) -> bytes:
        extra = struct.pack("<2H", kind, len(told)) + told
        return zipped(list(sealed.files.items()), extra=extra)  # type: ignore[arg-type]

    return forge


def commented(sealed: Sealed) -> bytes:
    return sealed.data[:-2] + b"\x04\x00note"


SECOND = (
    f'<ofd:Signature ID="2" Type="Seal" BaseLoc="/{SIGNATURE}"/>',
    f'<ofd:Signature ID="1" Type="Seal" BaseLoc="/{SIGNATURE}"/>',
    '<ofd:Signature ID="2" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_1/Signature.xml"/>',
)
DTD = '<!DOCTYPE x [<!ENTITY a "b">]>'
LAUGHS = "<!DOCTYPE x [" + "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9)) + "]>"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'

PACKAGES: dict[str, Callable[[Sealed], bytes]] = {
    "a file of the same name behind": with_file(PAGE, b"<another/>"),
    "a file of the same name before": lambda sealed: zipped([(PAGE, b"<another/>"), *sealed.files.items()]),
    "a root of the same name": with_file(ROOT, b"<another/>"),
    "a variant of the case": with_file("ofd.xml"),
    "a variant of the case of a folder": with_file("doc_0/Document.xml"),
    "a variant in full-width letters": with_file("ＯFD.xml"),
    "a file of a folder's name": with_file("Doc_0/", b"content"),
    "a step upwards": with_file("../evil.xml"),
    "a step upwards inside": with_file("Doc_0/../OFD.xml"),
    "an absolute name": with_file("/OFD.xml"),
    "a name with a drive": with_file("C:/x.xml"),
    "a name with a backslash": with_file("Doc_0\\x.xml"),
    "a name that ends in a point": with_file("OFD.xml."),
    "a name that begins with a space": with_file(" OFD.xml"),
    "a name with a control": with_file("OFD\u200b.xml"),
    "an empty part of a name": with_file("Doc_0//x.xml"),
    "a point as a part of a name": with_file("./OFD.xml"),
    "bytes behind": lambda sealed: sealed.data + b"\x00",
    "another zip behind": lambda sealed: sealed.data + sealed.data,
    "a comment": commented,
    "bytes before": lambda sealed: b"%PDF-1.7\n" + sealed.data,
    "bytes before, with every place corrected": prefixed,
    "bytes between files and list": gap,
    "cut": lambda sealed: sealed.data[:-1],
    "cut in the middle": lambda sealed: sealed.data[: len(sealed.data) // 2],
    "nothing": lambda _: b"",
    "no zip": lambda _: b"<ofd/>" * 10,
    "an empty zip": lambda _: write_package({}),
    "an encrypted entry": both(6, 8, b"\x01\x00"),
    "an unknown method": both(8, 10, b"\x0c\x00"),
    "a method that list and file do not agree on": patched(b"PK\x01\x02", 10, b"\x08\x00"),
    "a size that list and file do not agree on": patched(b"PK\x03\x04", 22, b"\x01\x00\x00\x00"),
    "a check sum that is wrong": both(14, 16, b"\x00\x00\x00\x00"),
    "a name that list and file do not agree on": patched(b"PK\x03\x04", 30, b"ofd.xml"),
    "a descriptor that is not there": both(6, 8, b"\x08\x00"),
    "a version of other zips": both(4, 6, b"\x2e\x00"),
    "an entry that starts elsewhere": patched(b"PK\x01\x02", 42, b"\x01\x00\x00\x00"),
    "an entry on another disk": patched(b"PK\x01\x02", 34, b"\x01\x00"),
    "an entry of another program": patched(b"PK\x01\x02", 4, b"\x14\x03"),
    "one entry more than there are": patched(b"PK\x05\x06", 10, b"\x20\x00"),
    "sixty-four bits": patched(b"PK\x05\x06", 16, b"\xff\xff\xff\xff"),
    "a zip64 field": extra_field(1),
    "a second name in a field": extra_field(0x7075),
    "a field that encrypts": extra_field(0x9901),
    "a file of another format in a field": extra_field(0x5455, b"%PDF-1.7\n" + b" " * 90),
    "a link": lambda sealed: zipped(list(sealed.files.items()), create_system=3, external_attr=0o120777 << 16),
    "a bomb in one file": bomb(60 * 1024 * 1024),
    "a bomb under the limit of one file": bomb(30 * 1024 * 1024),
    "too many files": lambda sealed: zipped([*sealed.files.items(), *((f"Doc_0/{n}", b"") for n in range(4200))]),
}
CONTENTS: dict[str, Callable[[Sealed], bytes]] = {
    "a changed page": edited(PAGE, "准予", "不予"),
    "a changed page of the same length": lambda sealed: write_package({**sealed.files, PAGE: sealed.files[PAGE][::-1]}),
    "a font with other shapes": replaced("Doc_0/Res/song.ttf", b"other shapes"),
    "a moved seal": edited(SIGNATURE, 'PageRef="', 'PageRef="1'),
    "a seal in another place": lambda sealed: write_package(
        {**sealed.files, SIGNATURE: re.sub(rb'Boundary="[^"]*"', b'Boundary="1 1 42 42"', sealed.files[SIGNATURE])}
    ),
    "a file beside": with_file("Doc_0/Res/more.png"),
    "an annotation beside": with_file("Doc_0/Annots/Annotations.xml", b"<Annotations/>"),
    "a page beside": with_file("Doc_0/Pages/Page_1/Content.xml", b"<Page/>"),
    "a file in the folder of the signature": with_file(f"{SIGN}/more.dat"),
    "a signature list beside": with_file("Doc_0/Signs/Signatures2.xml"),
    "a second document": with_file("Doc_1/Document.xml"),
    "a page taken out": without(PAGE),
    "the font taken out": without("Doc_0/Res/song.ttf"),
    "the seal taken out": without(SEAL),
    "the value taken out": without(VALUE),
    "the signature taken out": without(SIGNATURE),
    "the list taken out": without(LIST),
    "the root taken out": without(ROOT),
    "the root in small letters": renamed(ROOT, "ofd.xml"),
    "no signatures in the root": edited(ROOT, "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>", ""),
    "another list in the root": edited(ROOT, "Signatures.xml", "Signatures3.xml"),
    "two documents in the root": edited(ROOT, "</ofd:DocBody>", "</ofd:DocBody><ofd:DocBody/>"),
    "another document in the root": edited(ROOT, "Doc_0/Document.xml", "Doc_1/Document.xml"),
    "a root outside": edited(ROOT, "Doc_0/Document.xml", "../Document.xml"),
    "another namespace": edited(ROOT, "http://www.ofdspec.org/2016", "http://www.ofdspec.org/2017"),
    "another namespace in the list": edited(LIST, "ofdspec.org/2016", "ofdspec.org/2018"),
    "a list without signatures": replaced(
        LIST, f'{HEAD}<ofd:Signatures xmlns:ofd="http://www.ofdspec.org/2016"/>'.encode()
    ),
    "the same signature twice": edited(LIST, "</ofd:Signatures>", SECOND[0] + "</ofd:Signatures>"),
    "a number twice": edited(LIST, "</ofd:Signatures>", SECOND[1] + "</ofd:Signatures>"),
    "a signature that is not there": edited(LIST, "</ofd:Signatures>", SECOND[2] + "</ofd:Signatures>"),
    "a list that says more": edited(LIST, "</ofd:Signatures>", "<ofd:Hidden/></ofd:Signatures>"),
    "an attribute that hides": edited(LIST, 'Type="Seal"', 'Type="Seal" Visible="false"'),
    "a signature without a seal's kind": edited(LIST, 'Type="Seal"', 'Type="Sign"'),
    "a reference taken out": lambda sealed: write_package(
        {
            **sealed.files,
            SIGNATURE: re.sub(rb"<ofd:Reference .*?</ofd:Reference>", b"", sealed.files[SIGNATURE], count=1),
        }
    ),
    "all references taken out": lambda sealed: write_package(
        {**sealed.files, SIGNATURE: re.sub(rb"<ofd:Reference .*</ofd:Reference>", b"", sealed.files[SIGNATURE])}
    ),
    "a reference twice": lambda sealed: write_package(
        {
            **sealed.files,
            SIGNATURE: re.sub(rb"(<ofd:Reference .*?</ofd:Reference>)", rb"\1\1", sealed.files[SIGNATURE], count=1),
        }
    ),
    "digests by MD5": edited(SIGNATURE, sm.SM3_DIGEST, "1.2.840.113549.2.5"),
    "digests by SHA-1": edited(SIGNATURE, sm.SM3_DIGEST, "SHA1"),
    "digests by nothing": edited(SIGNATURE, f' CheckMethod="{sm.SM3_DIGEST}"', ""),
    "another signature algorithm": edited(SIGNATURE, sm.SM2_WITH_SM3, "1.2.840.113549.1.1.5"),
    "no stamp": lambda sealed: write_package(
        {**sealed.files, SIGNATURE: re.sub(rb"<ofd:StampAnnot[^>]*></ofd:StampAnnot>", b"", sealed.files[SIGNATURE])}
    ),
    "a description that says more": edited(SIGNATURE, "</ofd:SignedInfo>", "<ofd:Note/></ofd:SignedInfo>"),
    "a value outside": edited(SIGNATURE, f"/{VALUE}", "/../SignedValue.dat"),
    "the list as the value": edited(SIGNATURE, f"/{VALUE}", f"/{LIST}"),
    "an empty value": replaced(VALUE, b""),
    "the seal as the value": lambda sealed: write_package({**sealed.files, VALUE: sealed.files[SEAL]}),
    "a byte behind the value": lambda sealed: write_package({**sealed.files, VALUE: sealed.files[VALUE] + b"\x00"}),
    "a byte behind the seal": lambda sealed: write_package({**sealed.files, SEAL: sealed.files[SEAL] + b"\x00"}),
    "a type declaration in the root": edited(ROOT, "<ofd:OFD ", f"{DTD}<ofd:OFD "),
    "a type declaration in the list": edited(LIST, "<ofd:Signatures ", f"{DTD}<ofd:Signatures "),
    "a type declaration in a page": edited(PAGE, "<ofd:Page ", f"{DTD}<ofd:Page "),
    "entities that grow": edited(ROOT, "<ofd:OFD ", f"{LAUGHS}<ofd:OFD "),
    "an entity from outside": edited(
        PAGE, "<ofd:Page ", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><ofd:Page '
    ),
    "an instruction": edited(ROOT, "<ofd:OFD ", '<?xml-stylesheet href="x.xsl"?><ofd:OFD '),
    "another encoding": edited(LIST, 'encoding="UTF-8"', 'encoding="ISO-8859-1"'),
    "XML of two roots": edited(LIST, "</ofd:Signatures>", "</ofd:Signatures><x/>"),
    "XML that goes deep": replaced(LIST, b"<a>" * 5000),
    "a page that is no XML": replaced(PAGE, b"<Page"),
}


def test_there_are_more_than_sixty_forgeries() -> None:
    assert len(PACKAGES) + len(CONTENTS) + len(RESEALED) >= 100


@pytest.mark.parametrize("name", sorted(PACKAGES))
async def test_a_package_that_hides_something_is_refused(sealed: Sealed, name: str) -> None:
    verdict = assert_refused(sealed, PACKAGES[name](sealed), name)
    assert [check.check for check in verdict.checks] == ["package"], verdict.reason


@pytest.mark.parametrize("name", sorted(CONTENTS))
async def test_changed_contents_are_refused(sealed: Sealed, name: str) -> None:
    assert_refused(sealed, CONTENTS[name](sealed), name)


Forge = Callable[[Files], Files]


def resealed_by(forge: Forge) -> Callable[[Sealed], Awaitable[bytes]]:
    """Let the rightful signer sign a description that a careless or hostile program wrote."""

    async def make(sealed: Sealed) -> bytes:
        files = forge(sealed.files)
        content = making.Content(sm.sm3(files[SIGNATURE]), f"/{SIGNATURE}", NOW)
        files[VALUE] = await making.sign(sealed.world.seal, content, sealed.world.signer)
        return write_package(files)

    return make


def described(old: bytes, new: bytes) -> Forge:
    def forge(files: Files) -> Files:
        changed = re.sub(old, new, files[SIGNATURE], count=1, flags=re.DOTALL)
        assert changed != files[SIGNATURE], "the forgery changes something"
        return {**files, SIGNATURE: changed}

    return forge


def unlisted(files: Files) -> Files:
    return {**files, "Doc_0/Res/later.png": b"not listed"}


def by_md5(files: Files) -> Files:
    return {**files, SIGNATURE: files[SIGNATURE].replace(sm.SM3_DIGEST.encode(), b"MD5")}


def later_list(files: Files) -> Files:
    """Leave the list out of what is protected, and let another file lie where a later signer would put his own."""
    reference = re.compile(rb'<ofd:Reference FileRef="/Doc_0/Signs/Signatures.xml">.*?</ofd:Reference>')
    return {
        **files,
        SIGNATURE: reference.sub(b"", files[SIGNATURE]),
        "Doc_0/Signs/Sign_1/Signature.xml": files[SIGNATURE],
    }


RESEALED: dict[str, Forge] = {
    "a file that is not listed": unlisted,
    "digests by MD5, signed": by_md5,
    "a reference taken out, signed": described(rb'<ofd:Reference FileRef="/OFD.xml">.*?</ofd:Reference>', b""),
    "a reference to a file that is not there": described(
        rb'FileRef="/Doc_0/PublicRes.xml"', b'FileRef="/Doc_0/Other.xml"'
    ),
    "a reference outside": described(rb'FileRef="/Doc_0/PublicRes.xml"', b'FileRef="/Doc_0/../OFD.xml"'),
    "a digest that is no Base64": described(rb"<ofd:CheckValue>", b"<ofd:CheckValue>*"),
    "no stamp, signed": described(rb"<ofd:StampAnnot[^>]*></ofd:StampAnnot>", b""),
    "a stamp on no page": described(rb'PageRef="\d+"', b'PageRef="999"'),
    "a stamp without size": described(rb'Boundary="(\S+) (\S+) \S+ \S+"', rb'Boundary="\1 \2 0 0"'),
    "a stamp of no numbers": described(rb'Boundary="[^"]*"', b'Boundary="nan inf 1 1"'),
    "a stamp that is too far": described(rb'Boundary="[^"]*"', b'Boundary="1e9 0 42 42"'),
    "more than is known, signed": described(rb"</ofd:SignedInfo>", b"<ofd:Note/></ofd:SignedInfo>"),
    "two seals": described(rb"(<ofd:Seal>.*</ofd:Seal>)", rb"\1\1"),
    "a later signature that the list hides": later_list,
}


@pytest.mark.parametrize("name", sorted(RESEALED))
async def test_what_a_signer_signed_carelessly_is_refused(sealed: Sealed, name: str) -> None:
    assert_refused(sealed, await resealed_by(RESEALED[name])(sealed), name)


async def test_a_changed_file_is_named(sealed: Sealed) -> None:
    assert sealed.judged(edited(PAGE, "准予", "不予")(sealed)).reason == f"文件被改动:{PAGE}"
    beside = sealed.judged(with_file("Doc_0/Res/more.png")(sealed))
    assert beside.reason == "文件没有受到签章保护:Doc_0/Res/more.png"


async def test_a_file_sealed_with_ones_own_seal_is_not_trusted(sealed: Sealed) -> None:
    forger = await a_world()
    data = await write_ofd(PAPER, Sealer(forger.seal, forger.signer, NOW))
    verdict = sealed.judged(data)
    assert (verdict.verdict, verdict.trust) == (Outcome.INDETERMINATE, False)
    assert judge_ofd(data, Trust(at=NOW)).verdict is Outcome.INDETERMINATE


async def test_a_true_seal_that_is_not_the_signers_is_refused(sealed: Sealed) -> None:
    key = sm.new_key()
    span = (NOW - YEAR, NOW + YEAR)
    holder = certificates.Holder(sm.public_key(key), "另一单位", 77)
    other = await certificates.issue(holder, sealed.world.issuer, *span)
    data = await write_ofd(PAPER, Sealer(sealed.world.seal, signing_with(key, other), NOW))
    assert sealed.judged(data).reason == "签章人证书不在印章的签章者列表中"


async def test_a_true_seal_shown_over_another_signature_is_refused(sealed: Sealed) -> None:
    facts = replace(sealed.world.facts, name="另一枚印章")
    other = await making.make_seal(facts, sealed.world.maker)
    files = {**sealed.files, SEAL: other}
    digest = base64.b64encode(sm.sm3(other))
    reference = re.compile(rb'(FileRef="/Doc_0/Signs/Sign_0/Seal.esl"><ofd:CheckValue>)[^<]*')
    files[SIGNATURE] = reference.sub(lambda found: found[1] + digest, files[SIGNATURE])
    content = making.Content(sm.sm3(files[SIGNATURE]), f"/{SIGNATURE}", NOW)
    files[VALUE] = await making.sign(sealed.world.seal, content, sealed.world.signer)
    assert sealed.judged(write_package(files)).reason == "所附印章与签章中的印章不一致"


async def test_a_signature_of_another_file_is_refused(sealed: Sealed) -> None:
    other = await write_ofd(replace(PAPER, number="第2号"), Sealer(sealed.world.seal, sealed.world.signer, NOW))
    mixed = {**sealed.files, VALUE: read_package(other)[VALUE]}
    assert sealed.judged(write_package(mixed)).reason == "原文杂凑值不一致,原文被改动"
    moved = {**sealed.files, SIGNATURE: read_package(other)[SIGNATURE], VALUE: read_package(other)[VALUE]}
    assert_refused(sealed, write_package(moved), "the description of another file")


async def test_a_seal_that_ended_is_refused_and_one_that_ends_later_is_not(sealed: Sealed) -> None:
    late = await write_ofd(PAPER, Sealer(sealed.world.seal, sealed.world.signer, NOW + timedelta(days=301)))
    trust = sealed.world.trust(at=NOW + timedelta(days=302))
    assert judge_ofd(late, trust).reason == "签章时间不在印章有效期内"
    assert judge_ofd(sealed.data, trust).verdict is Outcome.VALID


def second_signature(files: Files, *, protects: Callable[[str], bool]) -> Files:
    """Add what a second signer adds: his files, and a line in the list."""
    place = "Doc_0/Signs/Sign_1"
    line = b'<ofd:Signature ID="2" Type="Seal" BaseLoc="Sign_1/Signature.xml"/></ofd:Signatures>'
    files = {**files, LIST: files[LIST].replace(b"</ofd:Signatures>", line), f"{place}/Seal.esl": files[SEAL]}
    references = "".join(
        f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>{base64.b64encode(sm.sm3(held)).decode()}</ofd:CheckValue>'
        "</ofd:Reference>"
        for name, held in files.items()
        if protects(name)
    ).encode()
    text = files[SIGNATURE].replace(SIGN.encode(), place.encode())
    described = re.sub(rb"<ofd:Reference .*</ofd:Reference>", lambda _: references, text, flags=re.DOTALL)
    return {**files, f"{place}/Signature.xml": described}


async def test_two_signers_are_valid_where_each_protects_the_whole(sealed: Sealed) -> None:
    """The first leaves the list open for the second, as signing programs do."""
    world = sealed.world
    opened = described(rb'<ofd:Reference FileRef="/Doc_0/Signs/Signatures.xml">.*?</ofd:Reference>', b"")(sealed.files)
    first = making.Content(sm.sm3(opened[SIGNATURE]), f"/{SIGNATURE}", NOW)
    opened[VALUE] = await making.sign(world.seal, first, world.signer)
    place = "Doc_0/Signs/Sign_1"
    for protects, outcome in (
        (lambda name: name != LIST, Outcome.VALID),
        (lambda name: name not in (LIST, SIGNATURE, VALUE, SEAL), Outcome.VALID),
        (lambda name: name not in (LIST, PAGE), Outcome.INVALID),
    ):
        files = second_signature(opened, protects=protects)
        second = making.Content(sm.sm3(files[f"{place}/Signature.xml"]), f"/{place}/Signature.xml", NOW)
        files[f"{place}/SignedValue.dat"] = await making.sign(world.seal, second, world.signer)
        verdict = sealed.judged(write_package(files))
        assert verdict.verdict is outcome, verdict.reason
        assert len(verdict.signatures) == 2
        hidden = {**files, LIST: opened[LIST]}
        assert_refused(sealed, write_package(hidden), "a later signature that the list no longer names")


async def test_honest_packages_of_other_programs_are_read(sealed: Sealed) -> None:
    """Deflated, with folders, with descriptors behind the files, with times of files in a field."""
    files = sealed.files
    assert sealed.judged(write_package(files, packed=True)).verdict is Outcome.VALID
    folders: list[tuple[str, bytes]] = [("Doc_0/", b""), ("Doc_0/Pages/", b""), *files.items()]
    assert sealed.judged(zipped(folders)).verdict is Outcome.VALID
    streamed = _Unseekable()
    with zipfile.ZipFile(streamed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    assert sealed.judged(streamed.getvalue()).verdict is Outcome.VALID
    assert sealed.judged(extra_field(0x5455)(sealed)).verdict is Outcome.VALID


class _Unseekable(io.BytesIO):
    """A stream that cannot go back, as a program has that writes to a socket."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation

    def seek(self, *_where: int) -> int:
        raise io.UnsupportedOperation


def assert_all_refused(sealed: Sealed, places: list[int]) -> None:
    chance = random.Random(33190)
    for place in places:
        mutant = bytearray(sealed.data)
        mutant[place] ^= chance.randrange(1, 256)
        assert_refused(sealed, bytes(mutant), f"byte {place}")


def of_the_signature(data: bytes) -> list[int]:
    """Return where the zip's own bytes lie, and those of the signature's files."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        entries = package.infolist()
        start = package.start_dir
    places = list(range(start, len(data)))
    for entry in entries:
        head = 30 + len(entry.filename)
        places += range(entry.header_offset, entry.header_offset + head)
        if entry.filename.startswith("Doc_0/Signs/"):
            places += range(entry.header_offset + head, entry.header_offset + head + entry.file_size)
    return places


async def test_a_byte_changed_anywhere_is_refused_sample(sealed: Sealed) -> None:
    chance = random.Random(2016)
    assert_all_refused(sealed, chance.sample(range(len(sealed.data)), 700))
    assert_all_refused(sealed, chance.sample(of_the_signature(sealed.data), 300))


@pytest.mark.fault
async def test_every_byte_changed_is_refused(sealed: Sealed) -> None:
    assert_all_refused(sealed, list(range(len(sealed.data))))
    assert_all_refused(sealed, of_the_signature(sealed.data) * 3)


async def test_a_packed_file_whose_bytes_were_changed_is_refused(sealed: Sealed) -> None:
    """In a stream of deflate the last bits of its last byte may mean nothing: those are left out here."""
    packed = write_package(sealed.files, packed=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        last = {one.header_offset + 30 + len(one.filename) + one.compress_size - 1 for one in package.infolist()}
    chance = random.Random(5)
    for place in chance.sample([one for one in range(len(packed)) if one not in last], 300):
        mutant = bytearray(packed)
        mutant[place] ^= chance.randrange(1, 256)
        assert_refused(sealed, bytes(mutant), f"byte {place}")


async def test_any_bytes_are_answered_never_raised(sealed: Sealed) -> None:
    chance = random.Random(7)
    for size in (0, 1, 21, 22, 23, 100, 5000):
        assert_refused(sealed, chance.randbytes(size), f"{size} bytes")
    assert_refused(sealed, chance.randbytes(100) + b"PK\x05\x06" + bytes(18), "an end without a list")
    assert zlib.crc32(b"") == 0
