"""Reads a request strictly: what two readers could take differently, or what was not asked for, is refused.

JSON (RFC 8259) in UTF-8, each member once, no NaN, no half characters, in bounded depth; query parameters once each,
and only those that the route declares.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextvars import ContextVar
from functools import wraps
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from chassis.base.problems import BadRequest, FieldError, Malformed, TooLarge, UnsupportedMediaType
from chassis.http.asgi import BEGUN, Scope
from chassis.http.stored import STORED

JSON_TYPE = re.compile(r"^\s*application/json\s*(;|$)", re.IGNORECASE)
DEEPEST = 64
LARGEST = 1024 * 1024
_scope: ContextVar[Scope] = ContextVar("scope")
UNKNOWN = FieldError("/query", "unknown_parameter", "请求中有本接口没有的查询参数")


class StrictRoute(APIRoute):
    """A route that reads strictly, and marks where its use case begins."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **named: Any) -> None:
        super().__init__(path, _marking(endpoint), **named)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, which reads the query and the body before anything else does."""
        handle = super().get_route_handler()
        known = _query_names(self.dependant)
        takes_body = self.body_field is not None

        async def read_first(request: Request) -> Response:
            _check_query(request.query_params.multi_items(), known)
            read = _Read(request.scope, request.receive)
            if takes_body and await read.body():
                _check_type(request)
                read.value = parse(await read.body())
            _scope.set(request.scope)
            return await handle(read)

        return read_first


def _marking(endpoint: Any) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Mark the request's scope where its use case begins: nothing refuses it unheard any more."""

    @wraps(endpoint)
    async def begin(**given: Any) -> Any:
        scope = _scope.get()
        scope[BEGUN] = True
        if STORED in scope:
            named = {name: given[name] for name in scope["path_params"]}
            await scope[STORED].look(scope, scope["app"].state.collaborators, named)
        return await endpoint(**given)

    return begin


class _Read(Request):
    """A request whose JSON value is known; no more than `LARGEST` bytes are read for it, however long files may be."""

    value: Any = None

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            whole = bytearray()
            async for part in self.stream():
                whole += part
                if len(whole) > LARGEST:
                    raise TooLarge(f"最多 {LARGEST} 字节")
            self._body = bytes(whole)
        return self._body

    async def json(self) -> Any:
        return self.value


def _query_names(dependant: Dependant) -> frozenset[str]:
    own = frozenset(field.alias for field in dependant.query_params)
    return own.union(*(_query_names(inner) for inner in dependant.dependencies))


def _check_query(given: Sequence[tuple[str, str]], known: frozenset[str]) -> None:
    counts = Counter(name for name, _ in given)
    errors = [UNKNOWN] if counts.keys() - known else []
    repeated = sorted(name for name in counts.keys() & known if counts[name] > 1)
    errors += [FieldError(f"/query/{name}", "repeated_parameter", "查询参数只能出现一次") for name in repeated]
    if errors:
        raise Malformed(f"可用的查询参数:{'、'.join(sorted(known)) or '无'}", errors=errors)


def _check_type(request: Request) -> None:
    if not JSON_TYPE.match(request.headers.get("content-type", "")):
        raise UnsupportedMediaType
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMediaType("请勿压缩请求内容")


def parse(body: bytes) -> Any:
    """Return the JSON value of a body. Raises BadRequest for what is not JSON, or not in one way only."""
    try:
        text = body.decode()
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
        if "\\u" in text:  # half characters come by escapes alone
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError as error:
        raise BadRequest("请求内容须为 UTF-8") from error
    except json.JSONDecodeError as error:
        raise BadRequest(f"JSON 第 {error.lineno} 行第 {error.colno} 列有误") from error
    except RecursionError as error:
        raise BadRequest("JSON 嵌套过深") from error
    except ValueError as error:
        raise BadRequest("JSON 中的数字过长") from error
    if _depth(value) > DEEPEST:
        raise BadRequest("JSON 嵌套过深")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("JSON 对象中有重复的成员")
    return found


def _no_constant(name: str) -> Any:
    raise BadRequest(f"JSON 中没有 {name}")


def _depth(value: Any) -> int:
    """Return how deep a value is nested, level by level, without recursion."""
    deep, level = 0, [value]
    while level := [one for one in level if isinstance(one, (dict, list))]:
        level = [member for holder in level for member in _members(holder)]
        deep += 1
    return deep


def _members(holder: dict[str, Any] | list[Any]) -> list[Any]:
    return list(holder.values()) if isinstance(holder, dict) else holder
