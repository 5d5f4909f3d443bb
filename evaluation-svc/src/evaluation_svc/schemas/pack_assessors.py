"""`assessors.yaml`: the third-party assessors that the city has chosen, and the keys that they sign with."""

from typing import Annotated, Literal

from chassis.base.fields import text
from chassis.base.shapes import UNIT_CODE, whole
from pydantic import Field

from evaluation_svc.schemas.pack_parts import Label, Note, Part, Short, Status

PublicPoint = Annotated[str, text(43, min_length=43, pattern="^[A-Za-z0-9_-]{43}$")]
"""32 bytes in base64url."""


class AssessorKey(Part):
    """The public half of a key (JWK, RFC 8037); the private half never leaves the assessor."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: PublicPoint


class AssessorEntry(Part):
    """An assessor (第三方评估机构): its code is the unit of its people at the identity provider."""

    assessor: Annotated[str, text(8, min_length=3, pattern=whole(UNIT_CODE))]
    name: Short
    keys: Annotated[tuple[AssessorKey, ...], Field(max_length=10)]
    note: Note = ""


class AssessorsFile(Part):
    """`assessors.yaml`."""

    status: Status
    source: Label
    assessors: Annotated[tuple[AssessorEntry, ...], Field(max_length=50)]
