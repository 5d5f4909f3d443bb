"""What the gateway refuses before any service is asked; here, because the contract of every operation names it.

Problem
├── Unauthenticated: TokenRefused
├── Unavailable: IssuerUnavailable
└── BadRequest: AmbiguousLength, BadPath, RepeatedHeader
"""

from chassis.base.problems import BadRequest, Unauthenticated, Unavailable


class TokenRefused(Unauthenticated):
    """The bearer token is not one to trust; which check failed is told only as far as it helps an honest caller."""

    code, title = "token_refused", "登录凭证无效,请重新登录"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, challenge='Bearer error="invalid_token"')


class IssuerUnavailable(Unavailable):
    """The identity provider's keys cannot be had, and none are remembered."""

    code = "issuer_unavailable"


class AmbiguousLength(BadRequest):
    """Both Content-Length and Transfer-Encoding (RFC 9112 §6.1: request smuggling)."""

    code, title = "ambiguous_length", "请求长度不明确"


class BadPath(BadRequest):
    """A path with encoded slashes, dot segments, empty segments or parameters."""

    code, title = "bad_path", "请求路径不规范"


class RepeatedHeader(BadRequest):
    """A header that says who or what, more than once: two readers could each believe another."""

    code, title = "repeated_header", "请求头重复"


REFUSALS = (TokenRefused, IssuerUnavailable, AmbiguousLength, BadPath, RepeatedHeader)
