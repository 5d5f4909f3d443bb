"""The OFD of a document (GB/T 33190-2016): the same words, number, decision and seal as its PDF, made with it."""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import segno
from sealing.glyphs import Face, missing
from sealing.ofd.paper import Paper
from sealing.ofd.writing import Sealer, write_ofd

from esign_svc.domain.plain_papers import paper_of
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.national import national_side
from esign_svc.handlers.sealing import SealInUse
from esign_svc.outside.press import readable

LEVEL = "m"
"""How much of a code may be lost (ISO/IEC 18004)."""


def code_svg(address: str) -> str:
    """Return the code (QR) of an address as SVG."""
    out = io.BytesIO()
    segno.make(address, error=LEVEL, micro=False).save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()


@dataclass(frozen=True, slots=True)
class Setting:
    """What a paper is set with: its template, the data for it, and the address that its code leads to."""

    template: str
    data: Mapping[str, Any] = field(repr=False)
    address: str = field(repr=False)


async def export(esign: Esign, setting: Setting, seal: SealInUse, at: datetime) -> bytes | None:
    """Return a paper as a sealed OFD.

    None where it goes out as PDF alone: of its kind there is no other, its seal has no national side, or it has a
    character that the font of an OFD lacks, in whose place nothing else may stand. Raises SealUnavailable.
    """
    paper = await asyncio.to_thread(_paper, setting)
    if paper is None:
        return None
    national = await national_side(esign, seal)
    if national is None:
        return None
    return await write_ofd(paper, Sealer(national.seal, national.signatory, at))


def _paper(setting: Setting) -> Paper | None:
    matrix = segno.make(setting.address, error=LEVEL, micro=False).matrix
    squares = tuple(tuple(bool(dark) for dark in row) for row in matrix)
    paper = paper_of(setting.template, readable(setting.data), squares)
    if paper is None or missing("".join(paper.texts()).replace("\n", ""), Face.SERIF):
        return None
    return paper
