"""Verifies a file that anybody sends; it is judged apart, and nothing of it is kept."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, cast

from chassis.base.works import moving
from sealing.limits import Busy
from sealing.verdict import Trust, Verdict

from esign_svc.errors import VerifierBusy
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.opinion import registry_opinion
from esign_svc.schemas.verification import (
    MOST_CHECKS,
    MOST_SIGNATURES,
    CheckView,
    LicenceSeen,
    SignatureView,
    VerdictView,
)

SECONDS, WARM_AFTER = 30.0, 3.0
PART = 2**20
MOST_ENDS = 8
BUSY = "同时核验的文件太多,请稍后再试"


async def verify_file(esign: Esign, chunks: AsyncIterable[bytes]) -> VerdictView:
    """Judge a file as it came, and ask the registry whether it is one of ours. Raises VerifierBusy."""
    now = esign.clock.now()
    with _in_memory() as file, esign.held.file() as may_hold:
        async for chunk in chunks:
            if not may_hold(len(chunk)):
                raise VerifierBusy(BUSY, retry_after=5)
            _write(file, chunk)
        try:
            verdict = await esign.judges.judge(file, Trust(esign.trusted, now))
        except Busy as busy:
            raise VerifierBusy(BUSY, retry_after=5) from busy
        digests = await asyncio.to_thread(_digests, file, verdict)
    async with esign.database.reading() as connection:
        opinion = await registry_opinion(connection, digests, verdict, now)
    return view_of(opinion)


def view_of(verdict: Verdict) -> VerdictView:
    """Return a verdict as it is answered; of a file with a great many checks, the first ones."""
    signatures = [SignatureView(**{**asdict(one), "kind": cast("Any", one.kind)}) for one in verdict.signatures]
    return VerdictView(
        verdict=cast("Any", verdict.verdict.value),
        trust=verdict.trust,
        reason=verdict.reason,
        checks=[CheckView(**asdict(one)) for one in verdict.checks[:MOST_CHECKS]],
        signatures=signatures[:MOST_SIGNATURES],
        licence=LicenceSeen(**verdict.licence) if verdict.licence else None,
    )


async def keep_judges(esign: Esign) -> None:
    """Keep the process that judges files warm, until cancelled; it ends with this.

    It begins a little later than the service, which has other things to do as it starts.
    """
    try:
        await asyncio.sleep(WARM_AFTER)
        await esign.judges.warm()
        while True:
            moving()
            await asyncio.sleep(SECONDS)
    finally:
        await esign.judges.close()


@contextmanager
def _in_memory() -> Iterator[int]:
    """Give a file that is nowhere but in memory, and gone afterwards."""
    file = os.memfd_create("verification", os.MFD_CLOEXEC)
    try:
        yield file
    finally:
        os.close(file)


def _digests(file: int, verdict: Verdict) -> dict[int, str]:
    """Return the digests of the whole file, and of what each of its seals covers: a file may have got proofs since.

    Each by how many bytes it is of, the whole first.
    """
    size = os.fstat(file).st_size
    ends = [size, *(one.covered_bytes for one in verdict.signatures if one.kind == "seal" and one.covered_bytes)]
    return {end: _digest(file, end) for end in dict.fromkeys(ends[:MOST_ENDS])}


def _digest(file: int, end: int) -> str:
    digest, at = hashlib.sha256(), 0
    while at < end and (part := os.pread(file, min(PART, end - at), at)):
        digest.update(part)
        at += len(part)
    return digest.hexdigest()


def _write(file: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(file, rest) :]
