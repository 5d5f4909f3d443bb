"""How a FastAPI app answers problems: every one as RFC 9457, also what the frameworks raise."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from chassis.base import telemetry
from chassis.base.problems import (
    MEDIA_TYPE,
    BadRequest,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Problem,
    Unexpected,
)
from chassis.http.field_errors import field_error

MOST_ERRORS = 100


def handle_problems(api: FastAPI) -> None:
    """Render every problem, and what the frameworks raise, as RFC 9457."""
    api.add_exception_handler(Problem, _render)
    api.add_exception_handler(RequestValidationError, _malformed)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _unexpected)


def render(problem: Problem, request: Request) -> Response:
    """Return a problem as a response."""
    body = problem.body(request.url.path, telemetry.trace_id())
    headers = {"cache-control": "no-store", **problem.headers}
    return JSONResponse(body, problem.status, headers, media_type=MEDIA_TYPE)


async def _render(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  Starlette calls this handler for no other
    return render(error, request)


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  as above
    errors = [field_error(found) for found in error.errors()[:MOST_ERRORS]]
    return render(Malformed("请按提示修改后重试", errors=errors), request)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  as above
    problem = {404: NotFound, 405: MethodNotAllowed, 400: BadRequest}.get(error.status_code, Problem)()
    problem.headers = dict(error.headers or {})
    return render(problem, request)


async def _unexpected(request: Request, _error: Exception) -> Response:
    return render(Unexpected(), request)  # the edge logs it
