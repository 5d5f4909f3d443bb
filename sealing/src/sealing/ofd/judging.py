"""Judging a sealed OFD: every file is protected by every signature, nothing lies beside them, and each seal holds.

What is refused: a package that hides something, a signature over less than the whole, files that nobody listed,
another signature list, a seal that is not the signer's (GB/T 33190-2016, 18; GB/T 38540-2020, 7).
"""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256, sha384, sha512

from sealing import sm
from sealing.national import judging as ses
from sealing.ofd.package import Unreadable, read_package
from sealing.ofd.xml import Node, NotOfd, parse, require_harmless
from sealing.verdict import SignatureSeen, Trust, Verdict

MOST_SIGNATURES = 64
_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "SM3": sm.sm3,
    sm.SM3_DIGEST: sm.sm3,
    "SHA256": lambda content: sha256(content).digest(),
    "2.16.840.1.101.3.4.2.1": lambda content: sha256(content).digest(),
    "SHA384": lambda content: sha384(content).digest(),
    "2.16.840.1.101.3.4.2.2": lambda content: sha384(content).digest(),
    "SHA512": lambda content: sha512(content).digest(),
    "2.16.840.1.101.3.4.2.3": lambda content: sha512(content).digest(),
}
_METHODS = (sm.SM2_WITH_SM3, "SM2", "SM3WithSM2")
_KNOWN = {
    "Signatures": {"MaxSignId", "Signature"},
    "Signature": {"SignedInfo", "SignedValue"},
    "SignedInfo": {
        "Provider",
        "SignatureMethod",
        "SignatureDateTime",
        "References",
        "StampAnnot",
        "Seal",
        "Parameters",
    },
    "References": {"Reference"},
    "Reference": {"CheckValue"},
    "Seal": {"BaseLoc"},
}


@dataclass(frozen=True, slots=True)
class _Signed:
    """A signature's three files by name, and what its description says."""

    place: str
    value: str
    seal: str
    described: Node

    @property
    def own(self) -> set[str]:
        """The files that a signature need not protect: they hold its value, or are held by it."""
        return {one for one in (self.place, self.value, self.seal) if one}


def judge_ofd(data: bytes, trust: Trust) -> Verdict:
    """Judge an OFD file of anyone."""
    opinion = ses.opinion_of(trust)
    try:
        files = read_package(data)
        opinion.hold("package", passed=True, detail="文件包完整,没有夹带", otherwise="")
        pages, listing, signed = _opened(files)
        opinion.hold("structure", passed=True, detail="文件结构符合 GB/T 33190-2016", otherwise="")
    except (Unreadable, NotOfd) as refused:
        step = "package" if isinstance(refused, Unreadable) else "structure"
        opinion.hold(step, passed=False, detail="", otherwise=str(refused))
        return ses.verdict(opinion, ())
    beside = {listing}.union(*(one.own for one in signed))
    seen = [_judged(one, files, pages, beside, opinion) for one in signed]
    return ses.verdict(opinion, tuple(one for one in seen if one is not None))


def _opened(files: dict[str, bytes]) -> tuple[set[str], str, list[_Signed]]:
    """Follow the file from its root; return its pages, its signature list, and what that lists. Raises NotOfd."""
    for name, content in files.items():
        if name.casefold().endswith(".xml"):
            require_harmless(content)
    body = parse(_file(files, "OFD.xml")).one("DocBody")
    document = _located("", body.value("DocRoot"))
    root = parse(_file(files, document))
    pages = root.one("Pages").all("Page")
    numbers = {page.attribute("ID") for page in pages}
    for page in pages:
        parse(_file(files, _located(document, page.attribute("BaseLoc"))))
    if not pages or len(numbers) != len(pages):
        raise NotOfd("文件没有页面,或者页面编号重复")
    if not body.all("Signatures"):
        raise NotOfd("文件没有签章")
    listing = _located("", body.value("Signatures"))
    return numbers, listing, _listed(files, listing)


def _listed(files: dict[str, bytes], listing: str) -> list[_Signed]:
    """Read the signature list and each signature's description."""
    root = parse(_file(files, listing))
    _require_known(root)
    found = root.all("Signature")
    if not 0 < len(found) <= MOST_SIGNATURES:
        raise NotOfd("签章列表为空或者过长")
    ids = [one.attribute("ID") for one in found]
    if len(set(ids)) != len(ids) or any(set(one.attributes) - {"ID", "Type", "BaseLoc"} for one in found):
        raise NotOfd("签章列表的编号重复,或者带有不认识的属性")
    if any(one.attributes.get("Type", "Seal") != "Seal" for one in found):
        raise NotOfd("含有没有印章的数字签名,此处只核验电子签章")
    if len(root.all("MaxSignId")) > 1 or root.text.strip():
        raise NotOfd("签章列表含有不认识的内容")
    signed = [_described(files, _located(listing, one.attribute("BaseLoc"))) for one in found]
    owned = [name for one in signed for name in one.own]
    if len(set(owned)) != len(owned) or listing in owned:
        raise NotOfd("两个签章使用同一个文件")
    return signed


def _described(files: dict[str, bytes], place: str) -> _Signed:
    root = parse(_file(files, place))
    _require_known(root)
    information = root.one("SignedInfo")
    _require_known(information)
    seals = information.all("Seal")
    seal = _located(place, information.one("Seal").value("BaseLoc")) if seals else ""
    value = _located(place, root.value("SignedValue"))
    for name in (value, seal):
        if name:
            _file(files, name)
    return _Signed(place, value, seal, information)


def _judged(
    signed: _Signed, files: dict[str, bytes], pages: set[str], beside: set[str], opinion: ses.Opinion
) -> SignatureSeen | None:
    """Judge one signature: what it protects, its value, and that its seal is the one that is shown."""
    information = signed.described
    try:
        complaint = _complaint(information, files, beside)
        shown = _is_shown(information, pages)
    except NotOfd as refused:
        complaint, shown = str(refused), False
    opinion.hold("references", not complaint, "签章保护了全部文件,均未被改动", complaint)
    opinion.hold("stamp", shown, "印章显示在文件的页面上", "印章没有显示在文件的页面上,或者位置不合规定")
    signature = ses.examine_signature(files[signed.value], sm.sm3(files[signed.place]), opinion)
    if signature is None:
        return None
    bound = not signed.seal or files[signed.seal] == signature["to_sign"]["eseal"].dump()
    opinion.hold("seal_bound", bound, "所附印章与签章中的印章一致", "所附印章与签章中的印章不一致")
    told = signature["to_sign"]["property_info"].native.lstrip("/")
    here = not told.casefold().endswith("signature.xml") or told == signed.place
    opinion.hold("place_bound", here, "签章属于此处", "签章是从别处移来的")
    return ses.seen(signature, signed.place, covers=not complaint)


def _complaint(information: Node, files: dict[str, bytes], beside: set[str]) -> str:
    """Return what is wrong with what a signature protects, in words; nothing where all is right. Raises NotOfd."""
    if information.value("SignatureMethod") not in _METHODS:
        return "签章使用的签名算法不是 SM2"
    references = information.one("References")
    _require_known(references)
    digest = _DIGESTS.get(references.attributes.get("CheckMethod", "MD5").replace("-", "").upper())
    if digest is None:
        return "签章使用的杂凑算法不安全或者不认识"
    protected: dict[str, bytes] = {}
    for reference in references.all("Reference"):
        _require_known(reference)
        name = _located("", reference.attribute("FileRef"))
        if name in protected:
            return f"签章两次列出同一个文件:{name}"
        protected[name] = _decoded(reference.value("CheckValue"))
    for name, expected in protected.items():
        if name not in files:
            return f"签章所列的文件不存在:{name}"
        if not hmac.compare_digest(digest(files[name]), expected):
            return f"文件被改动:{name}"
    unprotected = sorted(set(files) - set(protected) - beside)
    return f"文件没有受到签章保护:{unprotected[0]}" if unprotected else ""


def _is_shown(information: Node, pages: set[str]) -> bool:
    """Tell whether each stamp stands on a page that is there, in a box that has a size."""
    stamps = information.all("StampAnnot")
    return bool(stamps) and all(
        stamp.attribute("PageRef") in pages and _has_size(stamp.attribute("Boundary")) for stamp in stamps
    )


def _has_size(box: str) -> bool:
    try:
        numbers = [float(number) for number in box.split()]
    except ValueError:
        return False
    return len(numbers) == 4 and all(abs(number) < 10_000 for number in numbers) and min(numbers[2:]) > 0


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as refused:
        raise NotOfd("杂凑值不是 Base64") from refused


def _require_known(node: Node) -> None:
    """Refuse what a signature's files say beyond what is known: another reader may act on it."""
    strange = {child.name for child in node.children} - _KNOWN[node.name]
    if strange:
        raise NotOfd(f"{node.name} 含有不认识的 {min(strange)}")


def _file(files: dict[str, bytes], name: str) -> bytes:
    if name not in files:
        raise NotOfd(f"缺少文件 {name}")
    return files[name]


def _located(beside: str, place: str) -> str:
    """Return the name of a file by what another says of it: from the root, or from where that file lies."""
    if place.startswith("/"):
        path = place[1:]
    else:
        folder, slash, _ = beside.rpartition("/")
        path = folder + slash + place
    if "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise NotOfd("文件中的路径指向别处")
    return path
