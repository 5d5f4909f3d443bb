"""Preconditions: what a caller says he has of a thing, by its entity tags (RFC 9110 §8.8.3 and §13.1).

Who changes a thing names the state that he saw (If-Match); who reads it again may name what he has (If-None-Match).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from chassis.base.fields import PRINTABLE
from chassis.base.problems import FieldError, Malformed, PreconditionRequired

LONGEST = 500
TAG = re.compile(r'(W/)?("[!#-~\x80-\xff]*")')
BLANK = " \t"
SHAPE = r'^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$'
"""What the contract asks for; what is read is as wide as the standard."""
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "与 If-None-Match 所给的 ETag 相同,内容未变"}}
"""What a route with a stored answer adds to its `responses`."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What a precondition lists: the state of a thing, or whatever state it has (`*`)."""

    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    whatever: bool = False

    def have(self, etag: str) -> bool:
        """Tell whether this very state is meant: the strong comparison, which no weak tag passes (§8.8.3.2)."""
        return self.whatever or etag in self.strong

    def have_alike(self, etag: str) -> bool:
        """Tell whether this state is meant, or one that is as good: the weak comparison (§8.8.3.2)."""
        return self.have(etag) or etag in self.weak


def version_tag(version: int) -> str:
    """Return the entity tag of a thing that counts its versions."""
    return f'"{version}"'


def read_tags(name: str, lines: Sequence[str]) -> Tags:
    """Return what a header's lines list, nothing where they are empty. Raises Malformed for no list of tags."""
    left = ",".join(lines).strip(BLANK)
    if left == "*":
        return Tags(whatever=True)
    found: dict[bool, set[str]] = {True: set(), False: set()}
    left = left.lstrip(BLANK + ",")
    while tag := TAG.match(left):
        found[bool(tag[1])].add(tag[2])
        left = left[tag.end() :].lstrip(BLANK)
        if left[:1] not in {"", ","}:
            break
        left = left.lstrip(BLANK + ",")
    if left:
        advice = '请填写此前答复中的 ETag,连同引号,如 "3"'
        raise Malformed("请求头有误", errors=[FieldError(f"/header/{name}", "entity_tag", advice)])
    return Tags(frozenset(found[False]), frozenset(found[True]))


def seen_tags(request: Request) -> Tags:
    """Return what the caller saw, from all lines (RFC 9110 §5.3). Raises PreconditionRequired, Malformed."""
    lines = request.headers.getlist("if-match")
    if not any(line.strip() for line in lines):
        raise PreconditionRequired("请先读取,再在请求头 If-Match 中给出读到的 ETag")
    return read_tags("if-match", lines)


async def _if_match(
    request: Request,
    _shown: Annotated[
        str,
        Header(
            alias="if-match",
            description="所见内容的 ETag;已被修改则拒绝",
            max_length=LONGEST,
            json_schema_extra={"pattern": SHAPE},
        ),
    ] = "",
) -> Tags:
    return seen_tags(request)


def known_tags(lines: Sequence[str]) -> Tags:
    """Return what a caller has, by the lines of If-None-Match; nothing where they cannot be read: he is sent all."""
    try:
        return read_tags("if-none-match", lines)
    except Malformed:
        return Tags()


async def if_none_match(
    _shown: Annotated[
        str,
        Header(
            alias="if-none-match", description="已有内容的 ETag;未变则答 304", max_length=LONGEST, pattern=PRINTABLE
        ),
    ] = "",
) -> None:
    """Let the contract say what a route with a stored answer reads; what it says is the stored answer's to read."""


IfMatch = Annotated[Tags, Depends(_if_match)]
"""Of a route that changes a thing; a request without it is refused."""
