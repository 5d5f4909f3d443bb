"""No request waits for a thread: the framework sends each plain `def` that it calls itself through a pool of them."""

from collections.abc import Awaitable, Callable, Iterator
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from gateway.me import build as build_own
from yiwang.suite import described

APIS = {**{one.name: one.api for one in described()}, "gateway": build_own().api}


def called(api: FastAPI | APIRouter) -> Iterator[Callable[..., Any]]:
    """Yield what the framework calls for the requests to an app: routes, and all that they depend on."""
    for route in api.routes:
        if isinstance(route, APIRoute):
            yield from _called(route.dependant)
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from called(included)


def _called(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for each in dependant.dependencies:
        yield from _called(each)


def plain(api: FastAPI | APIRouter) -> list[str]:
    return sorted({str(one) for one in called(api) if not (iscoroutinefunction(one) or isasyncgenfunction(one))})


@pytest.mark.parametrize("name", [name for name in APIS if name != "esign"])
def test_everything_the_framework_calls_for_a_request_is_asynchronous(name: str) -> None:
    assert len(set(called(APIS[name]))) > 2, "a route, its policy, what else it depends on"
    assert plain(APIS[name]) == []


def given() -> str:
    return ""


class Given:
    """A dependency that is a class."""


async def through(value: Annotated[str, Depends(given)]) -> str:
    return value


async def indirect(_value: Annotated[str, Depends(through)]) -> None: ...
async def of_a_class(_value: Annotated[Given, Depends(Given)]) -> None: ...
def itself() -> None: ...


@pytest.mark.parametrize("endpoint", [indirect, of_a_class, itself])
def test_what_waits_for_a_thread_is_seen(endpoint: Callable[..., Awaitable[None] | None]) -> None:
    router, api = APIRouter(), FastAPI()
    router.add_api_route("/", endpoint)
    api.include_router(router)
    assert len(plain(api)) == 1
