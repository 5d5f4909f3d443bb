"""Released contracts: frozen copies below `contracts/released/<version>/`, against which every change is judged."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chassis.contracts import breaking
from chassis.contracts.breaking import Breaking

FOLDER = "released"
KEPT = ("openapi", "events", "asyncapi.json")
VERSION = re.compile(r"(\d{1,5})\.(\d{1,5})\.(\d{1,5})")
Documents = Mapping[str, Mapping[str, Any]]


class NotReleasable(Exception):  # noqa: N818  named after the fact
    """Why a version cannot be released, in a sentence for the operator."""


def releases(contracts: Path) -> list[Path]:
    """Return the folders of the released versions, the oldest first."""
    found = [folder for folder in (contracts / FOLDER).glob("*.*.*") if VERSION.fullmatch(folder.name)]
    return sorted(found, key=lambda folder: _order(folder.name))


def read(release: Path) -> dict[str, Any]:
    """Return a release's documents by their path."""
    files = sorted(release.rglob("*.json"))
    return {file.relative_to(release).as_posix(): json.loads(file.read_text(encoding="utf-8")) for file in files}


def findings(contracts: Path, documents: Documents) -> list[Breaking]:
    """Return what of these documents breaks the newest release, or the events of any release that are still told."""
    released = releases(contracts)
    found = [
        one for release in released for one in _of_events(read(release), documents, newest=release == released[-1])
    ]
    if released:
        found += _of_newest(released[-1], documents)
    return list(dict.fromkeys(found))


def _of_events(release: Documents, documents: Documents, *, newest: bool) -> Iterator[Breaking]:
    for path, old in release.items():
        if path.startswith("events/") and (newest or path in documents):
            yield from breaking.event(old, documents.get(path))


def _of_newest(release: Path, documents: Documents) -> Iterator[Breaking]:
    frozen = read(release)
    for path, old in frozen.items():
        if path.startswith("openapi/"):
            yield from breaking.openapi(old, documents.get(path, {"paths": {}}))
    yield from breaking.topics(frozen["asyncapi.json"], documents["asyncapi.json"])
    version = documents["asyncapi.json"]["info"]["version"]
    if _order(version) < _order(release.name):
        yield Breaking(
            "info.version", f"{version} 早于已发布的 {release.name}", "提高 chassis.contracts.components.VERSION"
        )
    if version == release.name and frozen != documents:
        yield Breaking(
            "info.version",
            f"{version} 已发布,内容与现在不同",
            "提高 chassis.contracts.components.VERSION 后 make contracts",
        )


def release(contracts: Path, documents: Documents, version: str) -> Path:
    """Freeze what is committed as a version; return its folder.

    Raises NotReleasable for a version that is there, is not the next, is not what the documents say, or breaks.
    """
    target = contracts / FOLDER / version
    if not VERSION.fullmatch(version):
        raise NotReleasable(f"版本应形如 1.2.0,不是 {version}")
    if target.exists():
        raise NotReleasable(f"{version} 已发布,不可改写")
    if version != documents["asyncapi.json"]["info"]["version"]:
        raise NotReleasable(f"契约自称 {documents['asyncapi.json']['info']['version']},不是 {version}")
    if found := findings(contracts, documents):
        raise NotReleasable("\n".join(map(str, found)))
    half = target.with_name(f".{version}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for name in KEPT:
        (shutil.copytree if (contracts / name).is_dir() else shutil.copy)(contracts / name, half / name)
    return half.rename(target)


def _order(version: str) -> tuple[int, ...]:
    matched = VERSION.fullmatch(version)
    return tuple(map(int, matched.groups())) if matched else ()
