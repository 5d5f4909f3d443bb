"""What an access token claims (RFC 9068), read strictly: a claim of another type than its own spoils the token."""

from typing import Annotated, Literal

from chassis.base.fields import UnitCode
from chassis.http.identity import Kind, Principal
from chassis.http.refusals import TokenRefused
from pydantic import BaseModel, ConfigDict, Field, ValidationError

LEEWAY = 30
"""Seconds that the issuer's clock and ours may be apart."""

EXPIRED = "凭证已过期,请重新登录"
Moment = Annotated[float, Field(ge=0, le=253_402_300_799, allow_inf_nan=False)]
"""Seconds since 1970, whole or not (RFC 7519 §2), until the year 9999."""
VISIBLE = r"^[\x21-\x7e]+$"
Word = Annotated[str, Field(max_length=64, pattern=VISIBLE)]
Subject = Annotated[str, Field(max_length=100, pattern=VISIBLE)]
Scope = Annotated[str, Field(pattern=r"^[\x20\x21\x23-\x5b\x5d-\x7e]*$")]
"""Words of a scope, each after a blank (RFC 6749 §3.3)."""
PersonName = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", repr=False)]


class Claims(BaseModel):
    """The claims that count; others are not read. `scope` alone says what a token is good for, no `scp` beside it."""

    model_config = ConfigDict(strict=True, frozen=True)

    iss: str
    aud: str | list[str]
    sub: Subject
    exp: Moment
    nbf: Moment = 0
    iat: Moment = 0
    scope: Scope = ""
    kind: Literal[Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER] = Kind.CITIZEN
    real_name_level: Annotated[int, Field(ge=0, le=3)] = 0
    unit: UnitCode | Literal[""] = ""
    roles: Annotated[list[Word], Field(max_length=20)] = []
    name: PersonName = ""

    def require(self, *, issuer: str, audience: str, now: float) -> None:
        """Raise TokenRefused unless the token is of this issuer, for this audience, and good now."""
        audiences = [self.aud] if isinstance(self.aud, str) else self.aud
        if self.iss != issuer or audience not in audiences:
            raise TokenRefused
        if self.exp + LEEWAY <= now:
            raise TokenRefused(EXPIRED)
        if max(self.nbf, self.iat) > now + LEEWAY:
            raise TokenRefused("凭证尚未生效")

    def principal(self) -> Principal:
        """Return whom the token is about, with the scopes that it names."""
        scopes = frozenset(self.scope.split())
        return Principal(self.sub, self.kind, self.real_name_level, self.unit, frozenset(self.roles), scopes)


def read(payload: bytes) -> Claims:
    """Return the claims of a token's payload. Raises TokenRefused for one that is not JSON or claims oddly."""
    try:
        return Claims.model_validate_json(payload)
    except ValidationError as error:
        raise TokenRefused("凭证声明有误") from error
