"""Reads PDFs that typst made or this library sealed, byte for byte, and refuses every other one.

It is no reader of PDFs in general, on purpose. A file is a row of revisions, each of them nothing but its objects, its
table of them and its trailer, with no byte between; each object stands once in a revision, is reached from the
trailer, and has nothing in it that acts, that hides, or that comes from elsewhere. What is sealed is then what is seen.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LARGEST = 50_000_000
_HEADER = re.compile(rb"%PDF-1\.[4-7]\n%[\x80-\xff]{4}\n+")
_END = re.compile(rb"startxref\n(\d{1,10})\n%%EOF\n?\Z")
_SECTION = re.compile(rb"(\d{1,7}) (\d{1,7}) ?\n")
_TRAILER = re.compile(rb"trailer\n(<<.*?>>)\nstartxref\n(\d{1,10})\n%%EOF\n?", re.DOTALL)
_TRAILER_KEYS = {b"/Size", b"/Root", b"/Info", b"/ID", b"/Prev"}
_STREAM = re.compile(rb"(<<.*?>>)\n?stream\n", re.DOTALL)
_LENGTH = re.compile(rb"/Length (\d{1,9})(?! \d+ R)(?=[\s/>])")
_MARK = re.compile(rb"\\.|[()]|(?<!<)<[0-9A-Fa-f\s]*>", re.DOTALL)
_REFERENCE = re.compile(rb"(?<![\d.])(\d{1,7}) 0 R(?![A-Za-z])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_TOKEN = re.compile(
    rb"[\0\t\n\f\r ]{0,64}"
    rb"(\d{1,7} \d{1,5} R(?![A-Za-z])|<<|>>|\[|\]|\(\d{1,7}\)|/[^\s<>\[\]()/%{}]*|[^\s<>\[\]()/%{}]+)"
)
_ACTS = re.compile(
    rb"/(JS|JavaScript|OpenAction|AA|XFA|EmbeddedFiles?|EF|AF|Launch|GoToR|GoToE|SubmitForm|ResetForm|ImportData|Named"
    rb"|Rendition|RichMedia|Movie|Sound|Thread|Trans|Hide|SetOCGState|Encrypt|Perms|ObjStm|XRef|Collection|Filespec"
    rb"|FFilter|FDecodeParms|OPI|Ref|OC|OCG|OCProperties|Alternates|PS|Requirements|URLS)(?![^\s<>\[\]()/%{}])"
    rb"|/F\s{0,64}(?:[(<]|\d{1,7} \d{1,5} R)"
)
_FORMS = re.compile(rb"/(AcroForm|Widget|FT|Sig|DocTimeStamp|DSS)(?![^\s<>\[\]()/%{}])")


class NotClean(Exception):  # noqa: N818  named after the fact
    """A PDF that this service did not render: it is not sealed."""


@dataclass(frozen=True, slots=True)
class Object:
    """An object: its dictionary or value with every text taken out (`(0)`, `(1)` … stand for them), and the texts."""

    value: bytes = field(repr=False)
    texts: tuple[bytes, ...] = field(repr=False)
    stream: bool

    def entries(self) -> dict[bytes, bytes]:
        """Return the entries of the dictionary by key, as they were written. Raises NotClean."""
        tokens = _tokens(self.value)
        if next(tokens, b"") != b"<<":
            raise NotClean("不是字典")
        found: dict[bytes, bytes] = {}
        while (key := next(tokens, b"")) != b">>":
            if not key.startswith(b"/") or key in found:
                raise NotClean("字典写错")
            found[key] = self._text(_value(tokens))
        return found

    def _text(self, value: bytes) -> bytes:
        return re.sub(rb"\((\d+)\)", lambda one: self.texts[int(one[1])], value)


@dataclass(frozen=True, slots=True)
class Source:
    """A PDF, read: its objects by number, the trailer's entries, where its last table is, how often it was updated."""

    data: bytes = field(repr=False)
    objects: Mapping[int, Object] = field(repr=False)
    trailer: Mapping[bytes, bytes]
    table: int
    revisions: int

    def entries(self, reference: bytes) -> dict[bytes, bytes]:
        """Return the entries of the dictionary that a reference leads to. Raises NotClean."""
        return self.objects[number_of(reference)].entries()

    def pages(self) -> list[int]:
        """Return the numbers of the pages' objects in their order. Raises NotClean."""
        found: list[int] = []
        waiting = [self.entries(self.trailer[b"/Root"])[b"/Pages"]]
        seen = set(waiting)
        while waiting:
            one = waiting.pop()
            entries = self.entries(one)
            if entries.get(b"/Type") == b"/Page":
                found.append(number_of(one))
                continue
            below = references(self._whole(entries[b"/Kids"]))
            if seen.intersection(below):
                raise NotClean("页面树成环")
            seen.update(below)
            waiting += reversed(below)
        return found

    def inherited(self, page: int, key: bytes) -> bytes:
        """Return an entry of a page or of what is above it (ISO 32000-1, 7.7.3.4); empty where there is none."""
        entries = self.objects[page].entries()
        for _ in range(len(self.objects)):
            if key in entries:
                return self._whole(entries[key])
            if b"/Parent" not in entries:
                return b""
            entries = self.entries(entries[b"/Parent"])
        raise NotClean("页面树成环")

    def _whole(self, value: bytes) -> bytes:
        """Return what a value is or, being a reference, leads to."""
        return self.objects[number_of(value)].value if value.endswith(b" R") else value

    def array(self, value: bytes) -> list[bytes]:
        """Return the references in an array that stands there or is referred to."""
        return references(self._whole(value)) if value else []


def number_of(reference: bytes) -> int:
    """Return the number in a reference. Raises NotClean."""
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise NotClean("不是引用")
    return int(found[1])


def references(value: bytes) -> list[bytes]:
    """Return the references in a value, in their order."""
    return [found[0] for found in _REFERENCE.finditer(value)]


def read(data: bytes) -> Source:
    """Read a PDF that typst made, or that this library sealed or extended since. Raises NotClean."""
    try:
        return _read(data)
    except (KeyError, IndexError, ValueError) as error:
        raise NotClean(f"读不出:{type(error).__name__}") from error


def _read(data: bytes) -> Source:
    header, end = _HEADER.match(data), _END.search(data, max(0, len(data) - 64))
    if not header or not end or len(data) > LARGEST:
        raise NotClean("不是本系统生成的 PDF")
    tables = _tables(data, int(end[1]))
    objects: dict[int, Object] = {}
    position = header.end()
    trailer: dict[bytes, bytes] = {}
    for revision, (table, trailer_at) in enumerate(tables):
        offsets = dict(_offsets(data, table, trailer_at))
        found, trailer, position_after = _revision(data, position, offsets, (table, trailer_at))
        for one in found.values():
            _require_harmless(one, sealed=revision > 0)
        objects |= found
        if int(trailer[b"/Size"]) != max(objects) + 1 or trailer.keys() - _TRAILER_KEYS:
            raise NotClean("文件尾与内容不符")
        position = position_after
    if position != len(data):
        raise NotClean("文件尾部有多余内容")
    _require_reached(objects, trailer)
    source = Source(data, objects, trailer, tables[-1][0], len(tables))
    for page in source.pages():
        annotations = source.objects[page].entries().get(b"/Annots", b"")
        kinds = {source.entries(one)[b"/Subtype"] for one in source.array(annotations)}
        if b"<<" in annotations or kinds - ({b"/Link"} if len(tables) == 1 else {b"/Link", b"/Widget"}):
            raise NotClean("含有批注")
    return source


def _tables(data: bytes, last: int) -> list[tuple[int, int]]:
    """Return where each revision's table and trailer are, the oldest first."""
    found: list[tuple[int, int]] = []
    at = last
    while True:
        trailer = data.find(b"trailer\n", at)
        matched = _TRAILER.match(data, trailer) if trailer >= 0 else None
        if not data.startswith(b"xref\n", at) or not matched or int(matched[2]) != at or len(found) > 100:
            raise NotClean("交叉引用表不符")
        found.append((at, trailer))
        before = _object(matched[1]).entries().get(b"/Prev")
        if before is None:
            return found[::-1]
        if int(before) >= at:
            raise NotClean("交叉引用表成环")
        at = int(before)


def _offsets(data: bytes, table: int, trailer: int) -> Iterator[tuple[int, int]]:
    """Give each object of a table with its offset, in the order of numbers."""
    at, last = table + len(b"xref\n"), -1
    while at < trailer:
        section = _SECTION.match(data, at)
        if not section or int(section[1]) <= last:
            raise NotClean("交叉引用表不符")
        at = section.end()
        for number in range(int(section[1]), int(section[1]) + int(section[2])):
            entry, at, last = data[at : at + 20], at + 20, number
            if not re.fullmatch(rb"\d{10} \d{5} [nf](?: \n|\r\n| \r)", entry):
                raise NotClean("交叉引用表不符")
            if entry[17:18] == b"n":
                yield number, int(entry[:10])
    if at != trailer:
        raise NotClean("交叉引用表不符")


def _revision(
    data: bytes, start: int, offsets: Mapping[int, int], end: tuple[int, int]
) -> tuple[dict[int, Object], dict[bytes, bytes], int]:
    """Return a revision's objects, its trailer and where it ends: its objects fill all the room from the start."""
    found: dict[int, Object] = {}
    order = sorted((offset, number) for number, offset in offsets.items())
    for (offset, number), (after, _) in zip(order, [*order[1:], (end[0], 0)], strict=True):
        begun, ended = b"%d 0 obj\n" % number, b"\nendobj"
        written = data[offset:after].rstrip(b"\n")
        if offset != start or not written.startswith(begun) or not written.endswith(ended):
            raise NotClean("对象之间有多余内容")
        found[number] = _object(written[len(begun) : -len(ended)])
        start = after
    trailer = _TRAILER.match(data, end[1])
    if not trailer or start != end[0]:
        raise NotClean("对象之间有多余内容")
    return found, _object(trailer[1]).entries(), trailer.end()


def _object(body: bytes) -> Object:
    stream = _STREAM.match(body)
    value, texts = _without_texts(stream[1] if stream else body)
    if stream:
        length = _LENGTH.findall(value)
        if len(length) != 1 or body[stream.end() + int(length[0]) :] not in {b"\nendstream", b"endstream"}:
            raise NotClean("数据流长度不符")
    if value.count(b"(") != len(texts) or re.search(
        rb"(?<![A-Za-z])(endobj|obj|stream|endstream)(?![A-Za-z])|%|\{", value
    ):
        raise NotClean("对象中另有对象")
    return Object(value, texts, stream is not None)


def _without_texts(value: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Take every text out of a value, `(0)`, `(1)` … in its place. Raises NotClean for one that does not end."""
    texts, parts, depth, begun, done = list[bytes](), list[bytes](), 0, 0, 0
    for found in _MARK.finditer(value):
        mark = found[0]
        depth += (mark == b"(") - (mark == b")")
        if mark == b"(" and depth == 1:
            begun = found.start()
        ends = mark == b")" and depth == 0
        if ends or (depth == 0 and mark[:1] == b"<"):
            begun = begun if ends else found.start()
            parts += (value[done:begun], b"(%d)" % len(texts))
            texts.append(value[begun : found.end()])
            done = found.end()
        elif depth < 0 or (depth == 0 and mark[:1] == b"\\"):
            raise NotClean("文字写错")
    if depth:
        raise NotClean("文字写错")
    return b"".join((*parts, value[done:])), tuple(texts)


def first_text(value: bytes) -> bytes:
    """Return the first text in a value, as it was written. Raises NotClean."""
    texts = _without_texts(value)[1]
    if not texts:
        raise NotClean("没有文件标识")
    return texts[0]


def _require_harmless(one: Object, *, sealed: bool) -> None:
    names = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), one.value) if b"#" in one.value else one.value
    if found := _ACTS.search(names):
        raise NotClean(f"含有不允许的内容 {found[0].decode('latin-1')}")
    if not sealed and _FORMS.search(names):
        raise NotClean("含有表单")


def _require_reached(objects: Mapping[int, Object], trailer: Mapping[bytes, bytes]) -> None:
    waiting = [int(found[1]) for value in trailer.values() for found in _REFERENCE.finditer(value)]
    reached: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += map(int, _REFERENCE.findall(objects[one].value))
    if len(reached) != len(objects):
        raise NotClean("含有用不到的对象")


def _tokens(value: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(value):
        found = _TOKEN.match(value, at)
        if not found:
            if value[at:].strip():
                raise NotClean("对象写错")
            return
        at = found.end()
        yield found[1]


def _value(tokens: Iterator[bytes]) -> bytes:
    """Take one value off the tokens."""
    taken, depth = [], 0
    for token in tokens:
        taken.append(token)
        depth += (token in {b"<<", b"["}) - (token in {b">>", b"]"})
        if depth == 0:
            return b" ".join(taken)
        if depth < 0:
            break
    raise NotClean("字典写错")
