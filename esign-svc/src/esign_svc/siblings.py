"""What esign asks of its siblings in its own name, and the classes their answers are read with.

Each class has only the fields that esign needs. Whatever is asked of persons is asked for a purpose, which the sibling
writes into its audit log.
"""

from collections.abc import Mapping
from typing import TypeVar

from chassis.http.asgi import App
from chassis.http.identity import HEADER
from chassis.http.upstream import UpstreamUnavailable, call
from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """A sibling's answer, or a part of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


A = TypeVar("A", bound=Answer)
ANSWERS: Mapping[tuple[str, str], type[Answer]] = {}
"""By sibling and operation: the class that reads the answer."""


async def ask(sibling: App, kind: type[A], path: str, *, vouched: str, query: Mapping[str, str]) -> A:
    """Return a sibling's answer. Raises UpstreamUnavailable, DeadlineExceeded: it is asked again later."""
    reply = await call(sibling, "GET", path, query=query, headers={HEADER: vouched})
    if reply.status != 200:
        raise UpstreamUnavailable(f"{path} answered {reply.status}")
    try:
        return kind.model_validate_json(reply.body)
    except ValueError:
        raise UpstreamUnavailable(f"{path} cannot be read") from None  # the answer itself is not for the log
