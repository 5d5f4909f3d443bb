"""A city pack on disk: read with the line of every value, checked with all findings at once, loaded idempotently."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from catalog_svc.domain.checks import Finding, check
from catalog_svc.domain.model import Pack
from catalog_svc.schemas import PackDocument
from pydantic import ValidationError

KEYS = {
    "units": "unit_code",
    "items": "task_code",
    "elements": "element",
    "materials": "material",
    "matters": "matter_code",
}
Place = tuple[str | int, ...]


@dataclass(slots=True)
class Source:
    """The pack's raw documents, and the file and line each value stands at."""

    document: dict[str, Any] = field(default_factory=dict)
    places: dict[Place, tuple[Path, int]] = field(default_factory=dict)

    def at(self, place: Place) -> str:
        """Return `file:line` of a place, or of the nearest one around it."""
        while place and place not in self.places:
            place = place[:-1]
        file, line = self.places.get(place, (Path("pack"), 0))
        return f"{file}:{line}"


class PackUnreadable(Exception):  # noqa: N818  named after the fact
    """The pack cannot be read; `findings` are lines of `file:line: what`."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


def read_pack(city: Path) -> tuple[Pack, list[str]]:
    """Return a checked pack and its warnings. Raises PackUnreadable with every error."""
    source = _read(city)
    try:
        pack = PackDocument.model_validate(source.document).pack()
    except ValidationError as error:
        lines = [f"{source.at(tuple(one['loc']))}: {_path(one['loc'])}: {one['msg']}" for one in error.errors()]
        raise PackUnreadable(lines) from error
    findings = check(pack)
    errors = [_line(source, finding) for finding in findings if finding.is_error]
    if errors:
        raise PackUnreadable(errors)
    return pack, [_line(source, finding) for finding in findings]


def _line(source: Source, finding: Finding) -> str:
    entries = source.document[finding.kind]
    index = next((n for n, entry in enumerate(entries) if entry[KEYS[finding.kind]] == finding.key), 0)
    steps = [int(step) if step.isdigit() else step for step in finding.path.split("/") if step]
    return f"{source.at((finding.kind, index, *steps))}: {finding.key}: {finding.detail}"


def _path(loc: Any) -> str:
    return "/".join(str(step) for step in loc)


def _read(city: Path) -> Source:
    source = Source()
    _read_units(source, city / "units.csv")
    for key in ("sections", "elements"):
        _take(source, city / "elements.yaml", (key,), inside=key)
    _take(source, city / "materials.yaml", ("materials",))
    _take(source, city / "synonyms.yaml", ("synonyms",))
    source.document["items"] = []
    source.document["matters"] = []
    for file in sorted((city / "items").glob("*.yaml")):
        _extend(source, file, "items")
    for file in sorted((city / "matters").glob("*.yaml")):
        _extend(source, file, "matters")
    return source


def _read_units(source: Source, file: Path) -> None:
    units = []
    with file.open(encoding="utf-8", newline="") as lines:
        for index, row in enumerate(csv.DictReader(lines)):
            row.pop("source", None)
            units.append(row)
            source.places[("units", index)] = (file, index + 2)
    source.document["units"] = units


def _take(source: Source, file: Path, place: Place, *, inside: str = "") -> None:
    node = _compose(file)
    if inside:
        node = next(value for key, value in node.value if key.value == inside)
    source.document[str(place[0])] = _value(source, file, node, place)


def _extend(source: Source, file: Path, kind: str) -> None:
    node = _compose(file)
    entries = node.value if isinstance(node, yaml.SequenceNode) else [node]
    for entry in entries:
        place = (kind, len(source.document[kind]))
        source.document[kind].append(_value(source, file, entry, place))


def _compose(file: Path) -> Any:
    try:
        return yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise PackUnreadable([f"{file}:{line}: {error.problem}"]) from error


def _value(source: Source, file: Path, node: Any, place: Place) -> Any:
    source.places[place] = (file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(source, file, value, (*place, key.value)) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(source, file, value, (*place, index)) for index, value in enumerate(node.value)]
    loader = yaml.SafeLoader("")
    return loader.construct_object(node)
