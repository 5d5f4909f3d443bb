"""XML as OFD has it: read without declarations of one's own, entities or instructions; written from nodes."""

from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://www.ofdspec.org/2016"
DEEPEST = 64
MOST_NODES = 400_000


class NotOfd(ValueError):  # noqa: N818  named after the fact
    """The text is no XML that an OFD may have; the words say why, in Chinese."""


@dataclass(slots=True)
class Node:
    """An element of the OFD namespace: its local name, attributes, children, and the text directly inside."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> list["Node"]:
        """Return the children of a name."""
        return [child for child in self.children if child.name == name]

    def one(self, name: str) -> "Node":
        """Return the only child of a name. Raises NotOfd."""
        found = self.all(name)
        if len(found) != 1:
            raise NotOfd(f"{self.name} 应当有且只有一个 {name}")
        return found[0]

    def value(self, name: str) -> str:
        """Return the text of the only child of a name. Raises NotOfd."""
        return self.one(name).text.strip()

    def attribute(self, name: str) -> str:
        """Return an attribute. Raises NotOfd."""
        if name not in self.attributes:
            raise NotOfd(f"{self.name} 没有 {name}")
        return self.attributes[name]


def parse(data: bytes) -> Node:
    """Read a document whose elements are all of OFD. Raises NotOfd."""
    root = _read(data, foreign=False)
    if root is None:
        raise NotOfd("XML 没有内容")
    return root


def require_harmless(data: bytes) -> None:
    """See that a document of any namespace declares nothing and is well-formed. Raises NotOfd."""
    _read(data, foreign=True)


def write(node: Node) -> bytes:
    """Return the document, in UTF-8."""
    declared = {"xmlns:ofd": NAMESPACE, **node.attributes}
    text = _written(Node(node.name, declared, node.children, node.text))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _written(node: Node) -> str:
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in node.attributes.items())
    inside = escape(node.text) + "".join(map(_written, node.children))
    return f"<ofd:{node.name}{attributes}>{inside}</ofd:{node.name}>"


def _read(data: bytes, *, foreign: bool) -> Node | None:
    reader = _Reader(foreign)
    parser = expat.ParserCreate() if foreign else expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.XmlDeclHandler = reader.declare
    parser.ProcessingInstructionHandler = reader.refuse
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ExternalEntityRefHandler = reader.refuse
    parser.SkippedEntityHandler = reader.refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, UnicodeError, ValueError) as refused:
        if isinstance(refused, NotOfd):
            raise
        raise NotOfd("XML 不合格式") from refused
    return reader.root


class _Reader:
    """What expat tells, kept as nodes unless the document is of any namespace."""

    def __init__(self, foreign: bool) -> None:  # noqa: FBT001  set once, above
        self.foreign = foreign
        self.root: Node | None = None
        self._open: list[Node] = []
        self._seen = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition("}")
        self._seen += 1
        if self._seen > MOST_NODES or len(self._open) >= DEEPEST:
            raise NotOfd("XML 嵌套过深或者过大")
        if space != NAMESPACE and not self.foreign:
            raise NotOfd("XML 的命名空间不是 OFD 的")
        node = Node(local, attributes)
        if self._open and not self.foreign:
            self._open[-1].children.append(node)
        if not self._open:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        if not self.foreign:
            self._open[-1].text += text

    def declare(self, version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0" or (encoding or "UTF-8").upper() != "UTF-8":
            raise NotOfd("XML 的版本或者编码不是 OFD 的")

    def refuse(self, *_declared: object) -> int:
        raise NotOfd("XML 含有声明、实体或者处理指令")
