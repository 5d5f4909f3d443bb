"""How a FastAPI app with a database answers what was done before: a request, or another's row of the same key."""

from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import IntegrityError

from chassis.base import telemetry
from chassis.base.problems import Conflict
from chassis.data.database import is_duplicate
from chassis.http.idempotency import Replayed
from chassis.http.rendering import render


def handle_duplicates(api: FastAPI) -> None:
    """Let a stored answer pass as it is, and tell of a row that is there already as of a conflict."""
    api.add_exception_handler(Replayed, _replay)
    api.add_exception_handler(IntegrityError, _conflict)


async def _replay(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Replayed)  # noqa: S101  Starlette calls this handler for no other
    return error.response


async def _conflict(request: Request, error: Exception) -> Response:
    """Tell that a row is there already; any other broken constraint is a fault of ours, logged with its stack."""
    if not is_duplicate(error):
        raise error
    telemetry.log.warning("conflict", reason=type(error).__name__)
    return render(Conflict(), request)
