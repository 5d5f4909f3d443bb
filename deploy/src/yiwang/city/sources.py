"""The files of a city pack as they stand: raw values, the file and line of each, and what cannot be read at all."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from yiwang.tables import read_table

KEYS = {
    "units": "unit_code",
    "regions": "region_code",
    "sections": "key",
    "elements": "element",
    "rules": "rule",
    "materials": "material",
    "items": "task_code",
    "matters": "matter_code",
    "licences": "licence",
}
"""By which field an entry of each list is named."""
UNIT_COLUMNS = (
    *("unit_code", "key", "name", "short_name", "kind", "uscc", "valid_from", "valid_to", "successor"),
    *("acceptance_word", "review_basis", "review_authority", "court", "authority_address", "authority_phone"),
    *("complaint_way", "aliases", "remedies_status", "source", "status"),
)
REGION_COLUMNS = ("region_code", "name", "kind", "parent", "status", "source")
NOTES = {"units": ("remedies_status", "source", "status"), "regions": ("source",)}
"""Columns for the reader of the file, of which the catalogue keeps nothing."""
LISTS = frozenset({"aliases"})
"""Columns that hold several values, with 、 between them."""
ABSENT_WHEN_BLANK = frozenset({"valid_to"})
PARTS = ("amount", "unit")
LIMITS = {"promise": ("promise_day", "promise_type"), "anticipate": ("anticipate_day", "anticipate_type")}
"""The national pairs of elements that make up one limit."""
NATIONAL = {f"{name}/{part}": key for name, pair in LIMITS.items() for part, key in zip(PARTS, pair, strict=True)}
"""What stands in the file for a limit's amount and unit."""
DEEPEST = 20
MAY_BE_NONE = "matters"
"""A city that ends its last matter has an empty folder; that it is meant is asked at the load."""
Place = tuple[str | int, ...]


@dataclass(slots=True)
class Source:
    """A pack's raw lists and maps, where each value stands, and the faults of the files themselves."""

    lists: dict[str, list[Any]] = field(default_factory=lambda: {kind: [] for kind in KEYS})
    about: dict[str, Any] = field(default_factory=dict)
    synonyms: Any = field(default_factory=dict)
    places: dict[Place, tuple[Path, int]] = field(default_factory=dict)
    faults: list[tuple[Path, int, str]] = field(default_factory=list)
    unread_files: list[Path] = field(default_factory=list)

    def at(self, place: Place) -> tuple[Path, int]:
        """Return file and line of a place, or of the nearest one around it."""
        while place and place not in self.places:
            place = place[:-1]
        return self.places.get(place, (Path("pack"), 1))

    def line_of(self, file: Path, key: str) -> int:
        """Return the first line of a file where a key stands."""
        lines = file.read_text(encoding="utf-8").splitlines()
        return next((number for number, line in enumerate(lines, 1) if re.search(rf"\b{re.escape(key)}\b", line)), 1)

    def refuse(self, file: Path, line: int, detail: str) -> None:
        """Note a fault that leaves a file unread."""
        self.faults.append((file, line, detail))
        self.unread_files.append(file)


def read_city(city: Path) -> Source:
    """Read all of a city's files that describe the catalogue; faults are noted, never raised."""
    source = Source()
    _read_table(source, city / "units.csv", "units", UNIT_COLUMNS)
    _read_table(source, city / "regions.csv", "regions", REGION_COLUMNS)
    about = read_map(source, city / "city.yaml", ("city", 0))
    source.about = about if isinstance(about, dict) else {}
    _read_form(source, city / "elements.yaml")
    _read_list(source, city / "materials.yaml", "materials")
    if (licences := city / "licence_types.yaml").exists():
        _read_list(source, licences, "licences")
    source.synonyms = read_map(source, city / "synonyms.yaml", ("synonyms", 0))
    for kind in ("items", "matters"):
        files = sorted((city / kind).glob("*.yaml"))
        if not files and not (kind == MAY_BE_NONE and (city / kind).is_dir()):
            source.refuse(city / kind, 1, f"没有 {kind}/*.yaml")
        for file in files:
            _read_list(source, file, kind)
    for index, item in enumerate(source.lists["items"]):
        if isinstance(item, dict):
            _join_limits(source, ("items", index), item)
    return source


def _text(source: Source, file: Path) -> str | None:
    """Return a file's text; a byte order mark, which spreadsheets write, is dropped."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError:
        source.refuse(file, 1, "没有这个文件,或不能读取")
    except UnicodeDecodeError as error:
        source.refuse(file, error.object[: error.start].count(b"\n") + 1, "不是 UTF-8 编码,请另存为 UTF-8")
    return None


def _read_table(source: Source, file: Path, kind: str, columns: tuple[str, ...]) -> None:
    text = _text(source, file)
    if text is None:
        return
    table = read_table(text, columns)
    source.faults += [(file, line, detail) for line, detail in table.faults]
    for line, row in table.rows:
        source.places[kind, len(source.lists[kind])] = (file, line)
        kept = {name: cell for name, cell in row.items() if name not in NOTES[kind]}
        kept = {name: cell for name, cell in kept.items() if cell or name not in ABSENT_WHEN_BLANK}
        source.lists[kind].append({name: _several(cell) if name in LISTS else cell for name, cell in kept.items()})
    if table.unread:
        source.refuse(file, *table.unread)


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("、") if part.strip()]


def _read_form(source: Source, file: Path) -> None:
    node = _compose(source, file)
    if node is None:
        return
    found = dict(_pairs(source, file, node)) if isinstance(node, yaml.MappingNode) else {}
    if not {"sections", "elements"} <= set(found) <= {"sections", "elements", "rules"}:
        source.refuse(file, 1, "应有 sections 和 elements,可有 rules,没有其他")
        return
    for kind, value in found.items():
        _take_list(source, file, value, kind)


def _read_list(source: Source, file: Path, kind: str) -> None:
    node = _compose(source, file)
    if node is not None:
        _take_list(source, file, node, kind)


def _take_list(source: Source, file: Path, node: yaml.Node, kind: str) -> None:
    """Take a list's entries, or the one entry that a file is."""
    for entry in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        place = (kind, len(source.lists[kind]))
        source.lists[kind].append(_value(source, file, entry, place))


def read_map(source: Source, file: Path, place: Place) -> Any:
    """Return a file's plain value and note where its parts stand; an empty map where it cannot be read."""
    node = _compose(source, file)
    return {} if node is None else _value(source, file, node, place)


def _compose(source: Source, file: Path) -> yaml.Node | None:
    text = _text(source, file)
    if text is None:
        return None
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        source.refuse(file, line, f"YAML 格式有误:{error.problem}")
        return None
    except yaml.reader.ReaderError as error:
        source.refuse(file, text[: error.position].count("\n") + 1, "含有不可见的控制字符")
        return None
    except RecursionError:
        source.refuse(file, 1, "嵌套过深")
        return None
    if node is None:
        source.refuse(file, 1, "文件是空的")
    elif fault := _unfit(node, set(), 0):
        source.refuse(file, *fault)
        return None
    return node


def _unfit(node: yaml.Node, seen: set[int], depth: int) -> tuple[int, str] | None:
    """Return the line and the reason why a document is not taken: aliases (which can grow without bound), depth."""
    line = node.start_mark.line + 1
    if id(node) in seen:
        return line, "不支持锚点与别名(& 和 *)"
    if depth > DEEPEST:
        return line, "嵌套过深"
    seen.add(id(node))
    parts: Iterator[yaml.Node] = iter(())
    if isinstance(node, yaml.MappingNode):
        parts = (part for pair in node.value for part in pair)
    elif isinstance(node, yaml.SequenceNode):
        parts = iter(node.value)
    return next((fault for part in parts if (fault := _unfit(part, seen, depth + 1))), None)


def _pairs(source: Source, file: Path, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    """Yield a map's keys and nodes; a key that is no plain word, or stands there already, is a fault."""
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            source.faults.append((file, line, "键应为文字"))
        elif key.value in seen:
            source.faults.append((file, line, f"键 {key.value} 重复出现"))
        else:
            seen.add(key.value)
            yield key.value, value


def _value(source: Source, file: Path, node: yaml.Node, place: Place) -> Any:
    """Return a node's plain value and note where it and its parts stand."""
    source.places[place] = (file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return {key: _value(source, file, part, (*place, key)) for key, part in _pairs(source, file, node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(source, file, part, (*place, index)) for index, part in enumerate(node.value)]
    try:
        return _scalar(node)
    except (yaml.YAMLError, ValueError):
        source.faults.append((file, node.start_mark.line + 1, f"无法识别的值 {node.value!r}"))
        return None


def _scalar(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    construct: Callable[[yaml.Node], Any] = loader.construct_object
    return construct(node)


def _join_limits(source: Source, place: Place, item: dict[str, Any]) -> None:
    """Put promise_day with promise_type, and anticipate_day with anticipate_type, together as limits.

    An item without a statutory limit leaves the second pair out.
    """
    for name, pair in LIMITS.items():
        if name in item:
            source.faults.append((*source.at((*place, name)), f"{name} 应写作 {' 和 '.join(pair)}"))
        given = {part: item.pop(key) for part, key in zip(PARTS, pair, strict=True) if key in item}
        item.pop(name, None)
        if given:
            item[name] = given
        elif name == "anticipate":
            item[name] = None
        for part, key in zip(PARTS, pair, strict=True):
            if (*place, key) in source.places:
                source.places[*place, name, part] = source.places[*place, key]
                source.places.setdefault((*place, name), source.places[*place, key])
