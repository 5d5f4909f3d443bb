"""A network that drops files: a register as lines of JSON, and beside it the file's SHA-256.

A file whose digest does not fit, or with a line that breaks the schema, is not used; the last good one is, until it is
too old. Reading goes on beside the event loop.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chassis.base import telemetry
from chassis.base.clock import Clock
from chassis.base.problems import BadRequest
from chassis.http.strict import parse

from datashare_svc.domain.answers import asked_for, checked_rows, checked_value, compared
from datashare_svc.domain.canonical import canonical
from datashare_svc.domain.model import Resource
from datashare_svc.errors import NetworkOut, Outage
from datashare_svc.outside.questions import Question, Told

LARGEST = 256 * 1024 * 1024
LONGEST_LINE = 64 * 1024
CHUNK = 1024 * 1024
DIGEST = re.compile(rb"\s*([0-9a-fA-F]{64})(?:\s|$)")
SERVICE = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
PATIENCE = 0.5
"""The part of a question's time for which a renewed file is waited for while a former one is there."""
Seen = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A good file: its lines, and of each key field which lines have a value."""

    lines: Sequence[bytes] = field(repr=False)
    places: Mapping[str, Mapping[bytes, Sequence[int]]] = field(repr=False)
    renewed: datetime

    def found(self, resource: Resource, keys: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Yield the rows that have all keys."""
        having = [self.places.get(key, {}).get(_short(_canonical(resource, key, keys[key])), ()) for key in keys]
        for place in sorted(set(having[0]).intersection(*having[1:])) if having else ():
            yield parse(self.lines[place])


@dataclass(slots=True)
class Kept:
    """What is kept of one service: the good file, if any, and what the pair looked like when it was last read."""

    good: Dropped | None = None
    seen: Seen = ()
    why: Outage = Outage.MISSING
    loading: asyncio.Task[None] | None = None


class FileConnector:
    """Reads what one network drops in a folder."""

    def __init__(self, folder: Path, *, stale_after: timedelta, clock: Clock) -> None:
        self._folder, self._stale_after, self._clock = folder, stale_after, clock
        self._kept: dict[str, Kept] = {}

    async def ask(self, resource: Resource, question: Question, within: float) -> Told:
        """Return what the file has within so many seconds; values to compare are compared here. Raises NetworkOut."""
        good = await self._good(resource, within)
        wanted = tuple(question.compares) or question.fields
        fields = asked_for(question.keys, wanted)
        found = [{name: row.get(name) for name in fields} for row in good.found(resource, question.keys)]
        rows = checked_rows(resource, question.keys, wanted, found)
        if question.compares:
            matches, is_known = compared(resource, question.compares, rows)
            return Told(matches=matches, is_known=is_known)
        return Told(rows=rows, is_known=bool(rows))

    async def probe(self, within: float) -> None:
        """Return once the folder was read and has a file with its digest. Raises NetworkOut."""
        try:
            async with asyncio.timeout(within):
                if not await asyncio.to_thread(_has_pair, self._folder):
                    raise NetworkOut(why=Outage.MISSING)
        except TimeoutError as error:
            raise NetworkOut(why=Outage.TIMED_OUT) from error
        except OSError as error:
            raise NetworkOut(why=Outage.NO_ANSWER) from error

    async def close(self) -> None:
        """Wait for what is being read."""
        if loading := [kept.loading for kept in self._kept.values() if kept.loading]:
            await asyncio.wait(loading)

    async def _good(self, resource: Resource, within: float) -> Dropped:
        """Return the newest good file. Raises NetworkOut where there is none, or only one that is too old."""
        if SERVICE.fullmatch(resource.service) is None:
            raise NetworkOut(why=Outage.MISSING)
        kept = self._kept.setdefault(resource.service, Kept())
        if kept.loading is None:
            kept.loading = asyncio.create_task(self._load(resource, kept))
        try:
            async with asyncio.timeout(within * (PATIENCE if kept.good else 1)):
                await asyncio.shield(kept.loading)
        except TimeoutError as error:
            if kept.good is None:
                raise NetworkOut(why=Outage.TIMED_OUT) from error
        if kept.good is None:
            raise NetworkOut(why=kept.why)
        if self._clock.now() - kept.good.renewed > self._stale_after:
            raise NetworkOut(why=Outage.STALE)
        return kept.good

    async def _load(self, resource: Resource, kept: Kept) -> None:
        """Read the pair where it changed; a bad one leaves what there was."""
        file = self._folder / f"{resource.service}.jsonl"
        seen: Seen = ()
        try:
            seen = await asyncio.to_thread(_look, file)
            if seen == kept.seen:
                return
            kept.good = await asyncio.to_thread(_read, file, resource)
            kept.seen = seen
        except NetworkOut as bad:
            kept.why, kept.seen = bad.why, seen
            telemetry.log.warning("file_refused", service=resource.service, why=bad.why.value, told=bad.told)
        except OSError as error:
            kept.why, kept.seen = Outage.MISSING, ()
            telemetry.log.warning("file_refused", service=resource.service, why=type(error).__name__)
        finally:
            kept.loading = None


def _look(file: Path) -> Seen:
    there = [one.stat() for one in (file, _digest_file(file))]
    return tuple((one.st_mtime_ns, one.st_size, one.st_ino) for one in there)


def _digest_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _has_pair(folder: Path) -> bool:
    return any(_digest_file(file).is_file() for file in folder.iterdir() if file.suffix == ".jsonl")


def _read(file: Path, resource: Resource) -> Dropped:
    """Read a file whole. Raises NetworkOut where its digest does not fit or lines break the schema, OSError."""
    with file.open("rb") as opened:
        there = os.fstat(opened.fileno())
        if there.st_size > LARGEST:
            raise NetworkOut(why=Outage.TOO_LARGE)
        digest, lines = hashlib.sha256(), []
        while line := opened.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise NetworkOut(why=Outage.TOO_LARGE)
            digest.update(line)
            lines.append(line)
    with _digest_file(file).open("rb") as opened:
        told = DIGEST.match(opened.read(256))
    if told is None or told[1].decode().lower() != digest.hexdigest():
        raise NetworkOut(why=Outage.UNREADABLE)
    renewed = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=there.st_mtime)
    lines = [line for line in lines if line.strip()]
    return Dropped(lines, _places(lines, resource), renewed)


def _places(lines: Sequence[bytes], resource: Resource) -> dict[str, dict[bytes, list[int]]]:
    """Return where each value of a key field stands. Raises NetworkOut, with the number of lines that are wrong."""
    places: dict[str, dict[bytes, list[int]]] = {one.name: {} for one in resource.fields if one.is_key}
    wrong = 0
    for place, line in enumerate(lines):
        values = _values(line, resource)
        wrong += values is None
        for key, having in places.items() if values is not None else ():
            if values and values[key]:
                having.setdefault(_short(values[key]), []).append(place)
    if wrong:
        raise NetworkOut(why=Outage.WRONG_SCHEMA, told=str(wrong))
    return places


def _values(line: bytes, resource: Resource) -> dict[str, str] | None:
    """Return the values of a line in canonical form; None where it breaks the schema."""
    with suppress(BadRequest, NetworkOut):
        row = parse(line)
        if isinstance(row, dict) and row.keys() <= {one.name for one in resource.fields}:
            return {one.name: checked_value(resource, one.name, row.get(one.name)) for one in resource.fields}
    return None


def _canonical(resource: Resource, name: str, value: str) -> str:
    found = resource.field(name)
    return canonical(found.kind, value) if found else value


def _short(value: str) -> bytes:
    return hashlib.blake2b(value.encode(), digest_size=12).digest()
