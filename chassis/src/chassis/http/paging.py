"""Keyset paging: `?after=<cursor>&limit=<n>`; the cursor is the last row's sort key, opaque to the caller, no COUNT."""

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.base.fields import View
from chassis.base.problems import FieldError, Malformed

Item = TypeVar("Item", bound=BaseModel)

ID = re.compile(r"[0-9a-f-]{36}")
CURSOR = r"^[A-Za-z0-9_-]*$"
Cursor = Annotated[str, Field(max_length=500, pattern=CURSOR)]
After = Annotated[Cursor, Query(description="上一页返回的 `next`;缺省为第一页", max_length=500, pattern=CURSOR)]
Size = Annotated[int, Query(alias="limit", description="每页条数", ge=1, le=200, json_schema_extra={"format": "int32"})]


class Page(View, Generic[Item]):
    """One page; `next` is the cursor of the following one, null on the last."""

    items: Annotated[list[Item], Field(max_length=200)]
    next: Cursor | None


def encode_cursor(*values: str | int) -> str:
    """Return the cursor after a row with these sort values."""
    return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[str] | type[int]) -> tuple[Any, ...]:
    """Return the sort values of a cursor, one of each kind; raises Malformed for anything that is not such a cursor."""
    try:
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        values = None
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds) or not _storable(values):
        raise bad_cursor()
    return tuple(values)


def id_in(value: str) -> str:
    """Return an id that stood in a cursor; raises Malformed for what is none."""
    if not ID.fullmatch(value):
        raise bad_cursor()
    return value


def moment_in(value: str) -> datetime:
    """Return a moment of UTC that stood in a cursor; raises Malformed for what is none."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise bad_cursor() from None
    if moment.tzinfo != UTC:
        raise bad_cursor()
    return moment


def bad_cursor() -> Malformed:
    """Return the problem of a cursor that no page of this list gave."""
    return Malformed("翻页游标无效", errors=[FieldError("/after", "bad_cursor", "请使用上一页返回的 next")])


def _storable(values: list[Any]) -> bool:
    """Tell whether a database takes the values: no NUL and no half characters in texts, numbers of 64 bits."""
    return all(
        -(2**63) <= value < 2**63 if isinstance(value, int) else "\0" not in value and value.isprintable()
        for value in values
    )


def page(views: list[Item], size: int, *, key: Any) -> Page[Item]:
    """Cut a page from `size + 1` rows that were asked for; `key(view)` gives the sort values of a row."""
    more = len(views) > size
    shown = views[:size]
    return Page(items=shown, next=encode_cursor(*key(shown[-1])) if more else None)
