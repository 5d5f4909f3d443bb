"""Who the caller is, as the gateway reads it from the token: its own operation, declared as those of services are."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from chassis.base.fields import MaybeUnitCode, Moment, View, text
from chassis.http.identity import Kind, PrincipalVerifier, policy
from chassis.http.rendering import handle_problems
from chassis.http.routing import declare, require_policies, router
from fastapi import Depends, FastAPI, Request
from pydantic import Field

from gateway.claims import VISIBLE
from gateway.tokens import SignedIn

NAME = "gateway"
STATE = "signed_in"
"""In the state of a request to this operation: whom the token is about."""
routes = router()
ANYBODY = policy(Kind.CITIZEN, Kind.AGENT, Kind.STAFF, Kind.PARTNER)
Word = Annotated[str, text(100, min_length=1, pattern=VISIBLE, example="window_clerk")]


class MeView(View):
    """登录者:类别、姓名(登录凭证带有时)、实名等级、单位代码、岗位、授权范围,以及凭证何时到期。"""

    subject: Word
    kind: Annotated[str, Field(json_schema_extra={"enum": [*sorted(ANYBODY.kinds)]})]
    name: Annotated[str, text(100, example="测试市民三级")]
    real_name_level: Annotated[int, Field(ge=0, le=3, json_schema_extra={"format": "int32"})]
    unit: MaybeUnitCode
    roles: Annotated[list[Word], Field(max_length=20)]
    scopes: Annotated[list[Word], Field(max_length=100)]
    until: Moment


async def _signed_in(request: Request) -> SignedIn:
    found: SignedIn = request.scope["state"][STATE]
    return found


@routes.get("/me", summary="我是谁", **declare(ANYBODY, rate="120/minute"))
async def show_me(signed_in: Annotated[SignedIn, Depends(_signed_in)]) -> MeView:
    """登录者本人,依其登录凭证;单位名称见单位列表。"""
    caller = signed_in.principal
    return MeView(
        subject=caller.subject,
        kind=caller.kind.value,
        name=signed_in.name,
        real_name_level=caller.level,
        unit=caller.unit,
        roles=sorted(caller.roles),
        scopes=sorted(caller.scopes),
        until=datetime.fromtimestamp(int(signed_in.until), UTC),
    )


@dataclass(frozen=True, slots=True)
class Own:
    """The gateway's own operations, as the contracts tell them."""

    api: FastAPI
    name: str = NAME


def build(verifier: PrincipalVerifier | None = None) -> Own:
    """Build the gateway's own operations, behind its proxy as a service's; without a verifier only to be described."""
    api = FastAPI(
        title="统一网关",
        description="登录者本人",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.verifier = verifier
    api.include_router(routes)
    require_policies(api, [routes])
    handle_problems(api)
    return Own(api)
