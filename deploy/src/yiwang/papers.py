"""The papers of a matter through the public API: awaited, fetched, shown, forged and verified; for demo and tests."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from chassis.base.clock import local
from chassis.http.asgi import App
from sealing.pdf_source import read
from sealing.pdf_update import Update

from yiwang.journey import Actor, Unexpected

KINDS = ("receipt", "acceptance", "decision", "licence", "licence_copy")
"""Kinds of papers, in the order of a matter."""
PDF, PAUSE = "application/pdf", 0.5
FAILED = "没有在 {seconds:.0f} 秒内签好的文书:{missing}"


async def until_sealed(
    reader: Actor, application_id: str, expected: Mapping[str, int], *, patience: float = 60.0
) -> AsyncIterator[dict[str, Any]]:
    """Yield an application's papers as they are sealed, until so many of each kind are there and none is being made.

    Raises Unexpected when nothing was sealed for so many seconds.
    """
    told: set[str] = set()
    moved = monotonic()
    while True:
        found = await documents_of(reader, application_id)
        for one in found:
            if one["state"] == "sealed" and one["document_id"] not in told:
                told.add(one["document_id"])
                moved = monotonic()
                yield one
        there = Counter(one["kind"] for one in found)
        missing = {kind: count - there[kind] for kind, count in expected.items() if there[kind] < count}
        if not missing and len(told) == len(found):
            return
        if monotonic() - moved > patience:
            unmade = missing or [one["title"] for one in found if one["state"] != "sealed"]
            raise Unexpected(FAILED.format(seconds=patience, missing=unmade))
        await asyncio.sleep(PAUSE)


async def documents_of(reader: Actor, application_id: str) -> list[dict[str, Any]]:
    """Return an application's papers in the order of a matter; none while none was wanted yet."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await reader.find(f"/applications/{application_id}/documents", **after)
        found += page["items"] if page else []
        if not page or not page["next"]:
            return sorted(found, key=lambda one: (KINDS.index(one["kind"]), one["document_id"]))
        after = {"after": page["next"]}


async def fetch(reader: Actor, document: Mapping[str, Any]) -> bytes:
    """Return a paper's file."""
    return await reader.file(f"/applications/{document['application_id']}/documents/{document['document_id']}")


async def licences_of(holder: Actor, documents: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the licences of the holder's wallet whose papers these are, the newest first."""
    wanted = {one["document_id"] for one in documents if one["kind"] == "licence"}
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while len(found) < len(wanted):
        page = await holder.get("/me/licences", **after)
        for one in page["items"]:
            licence = await holder.get(f"/me/licences/{one['licence_id']}")
            found += [licence] if licence["document_id"] in wanted else []
        if not page["next"]:
            break
        after = {"after": page["next"]}
    return found


async def copy_of(holder: Actor, licence: Mapping[str, Any], purpose: str, *, days: int = 30) -> dict[str, Any]:
    """Have a use copy (加注件) made for a purpose and so many days; return it once it is sealed.

    Raises Unexpected when it is not within a minute.
    """
    path = f"/me/licences/{licence['licence_id']}/copies"
    until = local(datetime.now(UTC)).date() + timedelta(days=days)
    copy = await holder.post(path, {"purpose": purpose, "until": until.isoformat()})
    ends = monotonic() + 60
    while copy["state"] == "making":
        if monotonic() > ends:
            raise Unexpected(FAILED.format(seconds=60, missing=copy["copy_id"]))
        await asyncio.sleep(PAUSE)
        copy = await holder.get(f"{path}/{copy['copy_id']}")
    return {**copy, "application_id": licence["application_id"]}


def anyone(gateway: App) -> Actor:
    """Return somebody who has not signed in."""
    return Actor(gateway, "")


async def checked(gateway: App, address: str) -> dict[str, Any]:
    """Return what the address in a code (QR) answers to anyone."""
    parts = urlsplit(address)
    path = unquote(parts.path).removeprefix("/api/v1")
    return dict(await anyone(gateway).get(path, **dict(parse_qsl(parts.query))))


async def verified(gateway: App, pdf: bytes) -> dict[str, Any]:
    """Return the public verification's verdict of a file."""
    return dict(await anyone(gateway).send_file("/verifications", pdf, PDF))


def failed_checks(verdict: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the checks that a file did not pass."""
    return list(dict.fromkeys(one["check"] for one in verdict["checks"] if not one["passed"]))


def with_byte_changed(pdf: bytes) -> bytes:
    """Return a sealed file with one byte of its first stream changed, as a forger's first try."""
    at = pdf.index(b"stream\n") + len(b"stream\n") + 20
    return b"".join((pdf[:at], bytes([pdf[at] ^ 1]), pdf[at + 1 :]))


def with_page_added(pdf: bytes) -> bytes:
    """Return a sealed file with its first page once more at the end, as an update behind the seal adds it."""
    source = read(pdf)
    first = source.objects[source.pages()[0]].entries()
    parent = int(first[b"/Parent"].split()[0])
    update = Update(source)
    number = update.add(b"<<%s>>" % b"".join(key + b" " + value for key, value in first.items()))
    above = source.objects[parent].entries()
    kids = b"[%s %d 0 R]" % (above[b"/Kids"].strip(b"[] "), number)
    update.change(parent, {b"/Kids": kids, b"/Count": b"%d" % (int(above[b"/Count"]) + 1)})
    return update.finished()
