"""Problems (RFC 9457): one hierarchy, the status and the stable code on the class, rendered in one place.

Problem
├── BadRequest 400        ├── WrongState 409, Conflict    ├── PreconditionRequired 428
├── Unauthenticated 401   ├── Stale 412                   ├── TooMany 429
├── Forbidden 403         ├── TooLarge 413                ├── Unexpected 500
├── NotFound 404          ├── UnsupportedMediaType 415    ├── Unavailable 503
└── MethodNotAllowed 405  └── Malformed 422               └── DeadlineExceeded 504
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

MEDIA_TYPE = "application/problem+json"
LONGEST_INSTANCE = 160  # characters; each at most twelve when quoted


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place in a request: a JSON pointer (RFC 6901), a stable code, and what to do, in Chinese."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):  # noqa: N818  a problem is named after the fact, as RFC 9457 does
    """An answer that is not the asked one: rendered as `application/problem+json` with a trace id."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "unexpected"
    title: ClassVar[str] = "系统内部错误"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        see: str = "",
    ) -> None:
        """`see` is the address of what the caller is looking for instead; it is told as `Location`, too."""
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.see = see
        self.headers = {**({"Location": see} if see else {}), **(headers or {})}

    def body(self, instance: str = "", trace_id: str = "") -> dict[str, Any]:
        """Return the members of RFC 9457 §3.1 plus `code`, `trace_id` and, where there are any, `see` and `errors`.

        `instance` is the decoded path; told as a URI reference, cut where nobody would read on.
        """
        body: dict[str, Any] = {
            "type": f"urn:yiwang:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        if self.detail:
            body["detail"] = self.detail
        if instance:
            body["instance"] = quote(instance[:LONGEST_INSTANCE], errors="replace")
        if trace_id:
            body["trace_id"] = trace_id
        if self.see:
            body["see"] = self.see
        if self.errors:
            body["errors"] = [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in self.errors]
        return body


class Unexpected(Problem):
    """A fault of ours; the trace id is all that the caller learns."""


class BadRequest(Problem):
    """The request cannot be read."""

    status, code, title = 400, "bad_request", "请求无法识别"


class Unauthenticated(Problem):
    """Nobody vouches for the caller."""

    status, code, title = 401, "unauthenticated", "请先登录"

    def __init__(self, detail: str = "", *, challenge: str = "Bearer") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status, code, title = 403, "forbidden", "无权办理"


class NotFound(Problem):
    """Absent, or not the caller's: the two read alike."""

    status, code, title = 404, "not_found", "未找到"


class MethodNotAllowed(Problem):
    """The path is known, the method is not."""

    status, code, title = 405, "method_not_allowed", "不支持的请求方法"


class WrongState(Problem):
    """The thing is not in a state that allows this."""

    status, code, title = 409, "wrong_state", "当前状态不允许此操作"


class Conflict(WrongState):
    """Another request changed the same thing first."""

    code, title = "conflict", "与并发的请求冲突,请重试"


class Stale(Problem):
    """The caller's copy is not what is stored (If-Match); `etag` tells what is."""

    status, code, title = 412, "stale", "内容已被更新,请刷新后重试"

    def __init__(self, detail: str = "", *, etag: str) -> None:
        super().__init__(detail, headers={"ETag": etag})


class TooLarge(Problem):
    """The body is larger than the operation takes."""

    status, code, title = 413, "body_too_large", "请求内容过大"


class UnsupportedMediaType(Problem):
    """The body is not JSON."""

    status, code, title = 415, "unsupported_media_type", "请求内容须为 application/json"


class Malformed(Problem):
    """The request can be read and is wrong; `errors` points at each wrong place."""

    status, code, title = 422, "malformed", "填写内容有误"


class PreconditionRequired(Problem):
    """The caller does not say which state he saw of what he changes (RFC 6585 §3)."""

    status, code, title = 428, "precondition_required", "请说明修改所依据的版本"


class TooMany(Problem):
    """More requests than the caller's share; `Retry-After` says when to come back."""

    status, code, title = 429, "too_many_requests", "请求过于频繁"


class Unavailable(Problem):
    """A dependency is out; the same request may succeed later."""

    status, code, title = 503, "unavailable", "服务暂不可用,请稍后重试"

    def __init__(self, detail: str = "", *, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class DeadlineExceeded(Problem):
    """The answer did not come within the caller's time."""

    status, code, title = 504, "deadline_exceeded", "处理超时,请稍后查询结果"


class StartRefused(Exception):  # noqa: N818  named after the fact
    """What keeps a process from starting, in a sentence for its operator; no fault of the code, so no stack is told."""
