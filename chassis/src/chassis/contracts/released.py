"""Released contracts: frozen copies below `contracts/released/<version>/`, against which every change is judged.

What each one was when it was frozen is told by a digest in `contracts/releases.json`.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chassis.contracts import breaking
from chassis.contracts.breaking import Breaking

FOLDER = "released"
DIGESTS = "releases.json"
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


def unfrozen(contracts: Path) -> list[Breaking]:
    """Return which releases are not what they were when they were frozen, are gone, or were never frozen."""
    frozen, there = _digests(contracts), {folder.name: digest(folder) for folder in releases(contracts)}
    found = [
        Breaking(f"{FOLDER}/{version}", "与冻结时不同" if version in there else "没有了", "从版本库恢复,勿改")
        for version, was in frozen.items()
        if there.get(version) != was
    ]
    strange = sorted(there.keys() - frozen.keys())
    found += [Breaking(f"{FOLDER}/{version}", f"不在 {DIGESTS} 中", "用 contracts release 冻结") for version in strange]
    return found or ([] if there else [Breaking(FOLDER, "没有任何已发布的版本", "从版本库恢复,或 contracts release")])


def digest(release: Path) -> str:
    """Return the SHA-256 of a release: of each file's path and content, in order."""
    lines = (
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(release).as_posix()}\n"
        for file in sorted(release.rglob("*"))
        if file.is_file()
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _digests(contracts: Path) -> dict[str, str]:
    file = contracts / DIGESTS
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found


def findings(contracts: Path, documents: Documents) -> list[Breaking]:
    """Return what of these documents breaks the newest release, or the events of any release that are still told.

    A release that is not what was frozen is no measure: then only that is returned.
    """
    if found := unfrozen(contracts):
        return found
    return _broken(contracts, documents)


def _broken(contracts: Path, documents: Documents) -> list[Breaking]:
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
    first = not releases(contracts) and not _digests(contracts)
    if found := [] if first else findings(contracts, documents):
        raise NotReleasable("\n".join(map(str, found)))
    half = target.with_name(f".{version}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for name in KEPT:
        (shutil.copytree if (contracts / name).is_dir() else shutil.copy)(contracts / name, half / name)
    half.rename(target)
    digests = _digests(contracts) | {version: digest(target)}
    (contracts / DIGESTS).write_text(json.dumps(digests, indent=2) + "\n", encoding="utf-8")
    return target


def _order(version: str) -> tuple[int, ...]:
    matched = VERSION.fullmatch(version)
    return tuple(map(int, matched.groups())) if matched else ()
