"""What a route declares beside its path: who may use it, how often, its problems, whether it takes a key.

The declaration guards the route, is checked at start (a route without one does
not start), and becomes the `x-yiwang` extension of the contract, from which the gateway takes audience, scope and
limits.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request

from chassis.base.crash import operation
from chassis.base.problems import Problem
from chassis.http.files import FileAnswer, Upload, described, taking
from chassis.http.identity import HEADER, Policy, Principal
from chassis.http.preconditions import UNCHANGED, if_none_match
from chassis.http.stored import STORED, Declared, Looked, Version
from chassis.http.strict import StrictRoute

EXTENSION = "x-yiwang"
INTERNAL = "x-internal"
"""Marks an operation that services alone use, in their own name."""
BODY_LIMIT = 64 * 1024


class RouteWithoutPolicy(Exception):  # noqa: N818  named after the fact
    """A route declares no policy, or is not of `router()`; the service does not start."""


def router() -> APIRouter:
    """Return a router of a service; its routes read strictly, and the contract tags them with the service's name."""
    return APIRouter(prefix="/api/v1", route_class=StrictRoute)


def declare(  # noqa: PLR0913  one keyword per thing a route declares
    policy: Policy,
    *,
    problems: Sequence[type[Problem]] = (),
    rate: str = "60/minute",
    once: bool = False,
    cache_seconds: int = 0,
    body_limit: int = BODY_LIMIT,
    headers: Sequence[str] = (),
    stream: bool = False,
    stored: Version | None = None,
    upload: Upload | None = None,
    file: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the keyword arguments of a FastAPI route decorator that carry the declaration.

    A route for services only (`services_only`) is marked `x-internal`: the gateway neither routes nor documents it,
    nor counts its `rate`, which is per caller, as `n/second|minute|hour`; `body_limit` in bytes; `cache_seconds` of a
    public answer; `headers` of a success beyond those that all answers have; `stream` says that the answer goes on.
    `stored` tells the version of the answer, which is then kept and has a tag: one for all where `cache_seconds` says
    that it is public. `upload` says which files are taken as the body, and then how large that may be; `file`, of which
    media types the file is that is the answer.
    """
    extension = {
        "kinds": sorted(kind.value for kind in policy.kinds),
        "scope": policy.scope,
        "roles": sorted(policy.roles),
        "level": policy.level,
        **({"services": sorted(policy.services)} if policy.is_internal else {"rate": rate}),
        "once": once,
        "cache_seconds": cache_seconds,
        "body_limit": upload.at_most if upload else body_limit,
        "stream": stream,
        "problems": [declaration(problem) for problem in (*policy.problems(), *problems)],
        "headers": [*headers, "ETag"] if stored and "ETag" not in headers else list(headers),
    }
    extra: dict[str, Any] = {EXTENSION: extension} | ({INTERNAL: True} if policy.is_internal else {})
    if upload or file:
        return _with_files(policy, extra, upload, file)
    if stored is None:
        return {"dependencies": [Depends(_guard(policy))], "openapi_extra": extra}
    kept = Declared(policy, stored, shared=cache_seconds > 0)
    guards = [Depends(_guard(policy, kept)), Depends(if_none_match)]
    return {"dependencies": guards, "openapi_extra": extra, "responses": UNCHANGED}


def _with_files(policy: Policy, extra: dict[str, Any], upload: Upload | None, file: Sequence[str]) -> dict[str, Any]:
    """Return what `declare` does, for a route whose body or answer is a file."""
    extension = extra[EXTENSION]
    guards = [Depends(_guard(policy))]
    found: dict[str, Any] = {"dependencies": guards, "openapi_extra": extra}
    if upload:
        guards.append(Depends(taking(upload)))
        extension["takes_file"] = True
        extra["requestBody"] = upload.described()
    if file:
        guards.append(Depends(if_none_match))
        extension["gives_file"] = True
        extension["headers"] += ["ETag", "Content-Disposition"]
        found |= {"response_class": FileAnswer, "status_code": 200, "responses": described(file)}
    return found


def largest_upload(routers: Sequence[APIRouter]) -> int:
    """Return the most bytes that a route of these routers takes as a file; 0 where none takes any."""
    extras = (getattr(route, "openapi_extra", None) or {} for router in routers for route in router.routes)
    declared = [one.get(EXTENSION, {}) for one in extras]
    return max((one["body_limit"] for one in declared if one.get("takes_file")), default=0)


def declaration(problem: type[Problem]) -> dict[str, Any]:
    """Return what a contract says of a problem."""
    return {"status": problem.status, "code": problem.code, "title": problem.title}


def _guard(policy: Policy, kept: Declared | None = None) -> Callable[[Request], Awaitable[None]]:
    async def check(request: Request) -> None:
        caller: Principal = request.app.state.verifier.verify(request.headers.get(HEADER))
        policy.admit(caller)
        request.state.principal = caller
        operation.set(request.scope["route"].name)
        if kept is not None:
            request.scope.setdefault(STORED, Looked(kept, caller))

    return check


def require_policies(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Raise RouteWithoutPolicy, naming the routes, unless every route of these routers declares one."""
    routes = [route for router in routers for route in router.routes]
    bare = [
        str(getattr(route, "path", route))
        for route in routes
        if not (isinstance(route, StrictRoute) and EXTENSION in (route.openapi_extra or {}))
    ]
    if bare:
        raise RouteWithoutPolicy(f"{app.title}: {', '.join(bare)}")


async def _caller(request: Request) -> Principal:
    principal: Principal = request.state.principal
    return principal


async def collaborators(request: Request) -> Any:
    """Give a route the service's collaborators: `Here = Annotated[Intake, Depends(collaborators)]`."""
    return request.app.state.collaborators


async def _vouched(request: Request) -> str:
    return request.headers[HEADER]


Caller = Annotated[Principal, Depends(_caller)]
Vouched = Annotated[str, Depends(_vouched)]
"""The signed principal as it came, to be handed on when a sibling is called on the caller's behalf."""
