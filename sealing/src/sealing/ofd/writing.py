"""Writing a sealed OFD: a paper, and over its signing line a seal of GB/T 38540 that protects every file of it."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sealing import sm
from sealing.drawing import Drawing
from sealing.national import making, structures
from sealing.ofd import document
from sealing.ofd.package import write_package
from sealing.ofd.paper import Paper, lay
from sealing.ofd.xml import Node, write
from sealing.signing import Signatory

CHINA = timezone(timedelta(hours=8))
_SIGN = "Doc_0/Signs/Sign_0"
_LIST = Node(
    "Signatures",
    children=[
        Node("MaxSignId", text="1"),
        Node("Signature", {"ID": "1", "Type": "Seal", "BaseLoc": f"/{_SIGN}/Signature.xml"}),
    ],
)


@dataclass(frozen=True, slots=True)
class Sealer:
    """With what a paper is sealed: the seal (DER of SESeal), whoever signs with it (SM2), and the time."""

    seal: bytes
    signatory: Signatory
    at: datetime


def seal_picture(drawing: Drawing) -> making.Picture:
    """Return a drawn seal as the picture of an SESeal: an OFD of its own, in vectors, of the true size in whole mm."""
    size = round(drawing.width_mm), round(drawing.height_mm)
    return making.Picture("ofd", document.picture_of(drawing), *size)


async def write_ofd(paper: Paper, sealer: Sealer) -> bytes:
    """Return the paper as a sealed OFD (GB/T 33190-2016, 18): one signature, over every file but its own two.

    Raises der.Malformed where the seal is none, sm.Unsound where the key is not its certificate's.
    """
    seal = structures.read_seal(sealer.seal)
    laid = lay(paper)
    unsealed = document.document_of(paper, laid, sealer.at.astimezone(CHINA).date())
    files = {**unsealed.files, document.SIGNATURES: write(_LIST), f"{_SIGN}/Seal.esl": sealer.seal}
    picture = seal["seal_info"]["picture"]
    wide, tall = picture["width"].native, picture["height"].native
    left, top = laid.seal_at[0] - wide / 2, laid.seal_at[1] - tall / 2
    stamp = {"ID": "1", "PageRef": unsealed.pages[-1], "Boundary": f"{left:.3f} {top:.3f} {wide} {tall}"}
    described = write(_signature(files, stamp, sealer.at))
    place = f"/{_SIGN}/Signature.xml"
    signed = await making.sign(sealer.seal, making.Content(sm.sm3(described), place, sealer.at), sealer.signatory)
    return write_package({**files, place[1:]: described, f"{_SIGN}/SignedValue.dat": signed})


def _signature(files: dict[str, bytes], stamp: dict[str, str], at: datetime) -> Node:
    """Return Signature.xml: which files are protected, by which digests, and where the seal stands."""
    references = [
        Node(
            "Reference",
            {"FileRef": f"/{name}"},
            [Node("CheckValue", text=base64.b64encode(sm.sm3(content)).decode())],
        )
        for name, content in files.items()
    ]
    information = [
        Node("Provider", {"ProviderName": "yiwang-sealing", "Version": "1.0", "Company": "Yiwang"}),
        Node("SignatureMethod", text=sm.SM2_WITH_SM3),
        Node("SignatureDateTime", text=f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"),
        Node("References", {"CheckMethod": sm.SM3_DIGEST}, references),
        Node("StampAnnot", stamp),
        Node("Seal", children=[Node("BaseLoc", text=f"/{_SIGN}/Seal.esl")]),
    ]
    value = Node("SignedValue", text=f"/{_SIGN}/SignedValue.dat")
    return Node("Signature", children=[Node("SignedInfo", children=information), value])
