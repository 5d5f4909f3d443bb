"""Files over HTTP: a body that is taken as it comes, and an answer that is a file; neither is ever whole in memory.

Who may send or have what, and how large, the route declares (`declare(..., upload=…)`, `declare(..., file=…)`).
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Depends, Request, Response

from chassis.base.problems import TooLarge, UnsupportedMediaType
from chassis.http.asgi import Message, Receive, Scope, Send, declares_over, values
from chassis.http.preconditions import UNCHANGED, known_tags

PDF = "application/pdf"
BEGINS_PDF: Mapping[str, bytes] = {PDF: b"%PDF-"}
BINARY = {"type": "string", "format": "binary"}
UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|%]')
"""What some system takes in a file's name for something else."""
ATTR_CHAR = "!#$&+-.^_`|~"
"""Beside letters and digits what RFC 8187 §3.2.1 leaves as it is."""
LONGEST_NAME = 120


class FileTypeRefused(UnsupportedMediaType):
    """A file is not of a type that the operation takes, or does not begin as its type does."""

    code, title = "file_type_refused", "不接受这种文件"


@dataclass(frozen=True, slots=True)
class Upload:
    """What files an operation takes: their media types, the most bytes, and how they begin where that is held.

    An operation that only computes from a file and answers 200 takes no Idempotency-Key; one that keeps it does.
    """

    media_types: tuple[str, ...]
    at_most: int
    begins: Mapping[str, bytes] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """Return the request body as the contract has it."""
        return {"required": True, "content": {one: {"schema": BINARY} for one in self.media_types}}


class Incoming:
    """A file on its way in; iterate it once, for its chunks. Raises TooLarge and FileTypeRefused where it is."""

    def __init__(self, request: Request, upload: Upload) -> None:
        self.media_type = _media_type(request, upload)
        self._request = request
        self._upload = upload

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken, begins, head = 0, self._upload.begins.get(self.media_type, b""), b""
        async for chunk in self._request.stream():
            taken += len(chunk)
            if taken > self._upload.at_most:
                raise _too_large(self._upload)
            if len(head) < len(begins):
                head += chunk[: len(begins) - len(head)]
                if not begins.startswith(head):
                    raise FileTypeRefused(f"内容不是 {self.media_type}")
            if chunk:
                yield chunk
        if head != begins:
            raise FileTypeRefused(f"内容不是 {self.media_type}")


def _too_large(upload: Upload) -> TooLarge:
    return TooLarge(f"文件最大 {upload.at_most / 1024 / 1024:g} MB({upload.at_most} 字节)")


def _media_type(request: Request, upload: Upload) -> str:
    """Return which of its types a file is said to be. Raises FileTypeRefused."""
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said not in upload.media_types:
        raise FileTypeRefused(f"请在 Content-Type 中写明:{'、'.join(upload.media_types)}")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise FileTypeRefused("请勿压缩请求内容")
    return said


def taking(upload: Upload) -> Callable[[Request], Awaitable[None]]:
    """Return the dependency that refuses what need not be read to be refused."""

    async def take(request: Request) -> None:
        if declares_over(request.scope, upload.at_most):
            raise _too_large(upload)
        request.state.incoming = Incoming(request, upload)

    return take


async def _incoming(request: Request) -> Incoming:
    incoming: Incoming = request.state.incoming
    return incoming


Uploaded = Annotated[Incoming, Depends(_incoming)]
"""Of a route that declares an upload: `async for chunk in uploaded`."""


def described(media_types: Sequence[str]) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a route that answers with a file, as the contract has them."""
    content = {one: {"schema": BINARY} for one in media_types}
    return {200: {"description": "文件;文件名见 Content-Disposition", "content": content}, **UNCHANGED}


class FileAnswer(Response):
    """Sends a file as it is read. Its first bytes are read before anything is sent, so that a problem can be told.

    `size` in bytes and `sha256` in hexadecimal are those of the whole; `name` is shown to people. It is kept by no
    cache; who has it is told so by its tag (304). Ranges are not served: a file is checked as it is read.
    """

    def __init__(  # noqa: PLR0913  what there is to tell of a file
        self,
        chunks: AsyncGenerator[bytes, None],
        *,
        media_type: str,
        name: str,
        size: int,
        sha256: str,
        shown: Literal["attachment", "inline"] = "attachment",
    ) -> None:
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.body = b""
        self._chunks = chunks
        self._etag = f'"{sha256}"'
        told = {"content-length": str(size), "content-disposition": disposition(name, shown)}
        self.init_headers({**told, "etag": self._etag, "cache-control": "no-store"})

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it, or 304 to who has it."""
        async with aclosing(self._chunks) as chunks:
            if (lines := values(scope, b"if-none-match")) and known_tags(lines).have_alike(self._etag):
                told = [pair for pair in self.raw_headers if pair[0] in {b"etag", b"cache-control"}]
                await send({"type": "http.response.start", "status": 304, "headers": told})
            else:
                first = await anext(chunks, b"")
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                await send({"type": "http.response.body", "body": first, "more_body": True})
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def disposition(name: str, shown: Literal["attachment", "inline"] = "attachment") -> str:
    """Return a Content-Disposition (RFC 6266): the name in ASCII for old readers, and as it is (RFC 8187)."""
    plain = UNSAFE.sub("_", name)[:LONGEST_NAME].strip(" .") or "file"
    ascii_only = "".join(one if one.isascii() else "_" for one in plain)
    told = f'{shown}; filename="{ascii_only}"'
    if ascii_only == plain:
        return told
    return f"{told}; filename*=UTF-8''{quote(plain, safe=ATTR_CHAR, errors='replace')}"


def begins_file(message: Message) -> bool:
    """Tell whether an answer's first message begins a file."""
    return any(name.lower() == b"content-disposition" for name, _ in message["headers"])
