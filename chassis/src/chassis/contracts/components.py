"""What the OpenAPI documents of all services share: the problem, the headers, the trace, sign-in, the server."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

VERSION = "1.1.0"
"""What the documents say they are; raised with the first addition after a release (`contracts/released/`)."""
METHODS = ("get", "put", "post", "delete", "patch")
"""Of an OpenAPI path item, the members that are operations."""
STRING = {"type": "string", "maxLength": 2000, "pattern": "^[^\\u0000]*$"}
PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "出错答复(RFC 9457):以 code 判断原因,以 trace_id 报障",
    "required": ["type", "title", "status", "code"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "format": "uri", "maxLength": 200},
        "title": STRING,
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "maxLength": 64, "pattern": "^[a-z0-9_]+$"},
        "detail": STRING,
        "instance": {"type": "string", "format": "uri-reference", "maxLength": 2000},
        "trace_id": {"type": "string", "maxLength": 32, "pattern": "^[0-9a-f]*$"},
        "see": {"type": "string", "format": "uri-reference", "maxLength": 500},
        "errors": {
            "type": "array",
            "maxItems": 500,
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "additionalProperties": False,
                "properties": {"pointer": STRING, "code": STRING, "detail": STRING},
            },
        },
    },
    "example": {
        "type": "urn:yiwang:problem:malformed",
        "title": "填写内容有误",
        "status": 422,
        "code": "malformed",
        "errors": [{"pointer": "/form/child_name", "code": "required", "detail": "请填写新生儿姓名"}],
    },
}
PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": (
        "统一身份认证签发的访问令牌(OIDC);按 RFC 8725(RFC8725)校验:每把密钥一种算法,核对签发者、受众与有效期"
    ),
}
SECURITY_OF_SERVICES = {
    "type": "apiKey",
    "in": "header",
    "name": "Yiwang-Principal",
    "description": "服务以自身名义签署的短期凭证(JWT,Ed25519,一分钟);只在各服务之间使用,网关不转发",
}
SERVER = {
    "url": "https://{host}",
    "description": "统一网关(production)",
    "x-internal": False,
    "variables": {"host": {"default": "localhost:8000", "description": "网关的主机名"}},
}
TRACEPARENT = {
    "name": "traceparent",
    "in": "header",
    "required": False,
    "description": "W3C 跟踪上下文;缺省或不合格式时由网关另起(Trace Context §4.3)",
    "schema": {"type": "string", "maxLength": 55, "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
}
ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "出错答复的 title 用何种语言:zh(缺省)或 en;其余内容为中文",
    "schema": {"type": "string", "maxLength": 500, "pattern": "^[\\x20-\\x7e]*$"},
}


def _text(max_length: int, pattern: str) -> dict[str, Any]:
    return {"type": "string", "maxLength": max_length, "pattern": pattern}


COUNTER = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 1_000_000}
HEADERS: dict[str, dict[str, Any]] = {
    "RateLimit-Limit": {"description": "本时段允许的请求数", "schema": COUNTER},
    "RateLimit-Remaining": {"description": "本时段剩余的请求数", "schema": COUNTER},
    "RateLimit-Reset": {"description": "距下一时段的秒数", "schema": COUNTER},
    "X-Request-Id": {
        "description": "本次请求的编号,报障时请一并提供",
        "required": True,
        "schema": _text(64, "^[A-Za-z0-9._-]+$"),
    },
    "Cache-Control": {
        "description": "公开内容可缓存的秒数;其余一律 no-store",
        "required": True,
        "schema": _text(40, "^(no-store|public, max-age=[0-9]+)$"),
    },
    "Content-Language": {"description": "title 的语言", "schema": _text(10, "^(zh-CN|en)$")},
    "Retry-After": {"description": "建议多少秒后重试", "schema": COUNTER},
    "WWW-Authenticate": {"description": "所需的身份凭证(RFC 6750)", "required": True, "schema": _text(100, "^Bearer")},
    "Location": {
        "description": "资源的地址:新建的,或出错时应改看的",
        "schema": {"type": "string", "format": "uri-reference", "maxLength": 500},
    },
    "ETag": {
        "description": "内容的标签,用于 If-Match 或 If-None-Match(RFC 9110)",
        "required": True,
        "schema": _text(100, '^(W/)?"[^"]*"$'),
    },
    "Content-Disposition": {
        "description": "文件名(RFC 6266;中文名见 filename*)",
        "required": True,
        "schema": _text(2000, "^(attachment|inline); filename="),
    },
    "Idempotency-Replayed": {
        "description": "为 true 时,是同一幂等键此前的答复",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
SHARED_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "X-Request-Id", "Cache-Control")


def header_refs(*names: str, internal: bool = False) -> dict[str, dict[str, str]]:
    """Return the headers of an answer: those that all have, and these; limits are told by the gateway alone."""
    shared = [name for name in SHARED_HEADERS if not (internal and name.startswith("RateLimit"))]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*shared, *names)}


def problem_example(problem: dict[str, Any]) -> dict[str, Any]:
    """Return the example of a declared problem."""
    body = {"type": f"urn:yiwang:problem:{problem['code']}", "title": problem["title"]}
    return {"summary": problem["title"], "value": {**body, "status": problem["status"], "code": problem["code"]}}


def close_maps(node: Any) -> None:
    """Say of every map in a document which names it takes and what each holds, and that it takes no other.

    A key with a pattern comes as `patternProperties`, beside which JSON Schema allows any further name.
    """
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        close_maps(part)
    if isinstance(node, dict) and "patternProperties" in node:
        ((pattern, held),) = node.pop("patternProperties").items()
        node["propertyNames"] = {"type": "string", **node.get("propertyNames", {}), "pattern": pattern}
        node["additionalProperties"] = held


def about(name: str) -> dict[str, Any]:
    """Return what every document's `info` says of who answers for it."""
    return {
        "contact": {"name": "一网", "url": "https://localhost:8000/docs", "email": "api@yiwang.example"},
        "x-api-id": str(uuid5(NAMESPACE_URL, f"urn:yiwang:{name}")),
        "x-audience": "external-public",
    }
