"""What in a changed contract breaks those who were built on the old one; additions do not.

Requests may only be taken more widely, answers only be told more narrowly, both with new members. An event stays the
same in both directions: what is told now suits readers of the old schema, what lies in the log suits the new one.
What the old contract already calls `deprecated` may go.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.contracts.components import METHODS
from chassis.contracts.schemas import WORDS, Comparison, Side, pairs

Document = Mapping[str, Any]
SECONDS = {"second": 1, "minute": 60, "hour": 3600}
TAKEN = Comparison(members_may_come=False)
TOLD = Comparison(members_may_come=True)
KEEP = "保留原样"
BESIDE = "在旁另立新版本,原样保留旧的"
ADD_OPTIONAL = "改为可选,或另立新版本"
NOT_MODIFIED = "304"
"""Told only to who asks for it with If-None-Match: nobody meets it unawares (RFC 9110 §15.4.5)."""
WIDEN = "请求只可放宽,不可收紧"
NARROW = "答复只可收紧,不可放宽;新成员可以增加"


@dataclass(frozen=True, slots=True)
class Breaking:
    """One breaking change: where, what, and what to do instead."""

    where: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}:{self.what}。{self.cure}"


def openapi(old: Document, new: Document) -> Iterator[Breaking]:
    """Yield what breaks a caller of the old REST contract."""
    for path, item in old["paths"].items():
        for method in (one for one in METHODS if one in item):
            route, was = f"{method.upper()} {path}", item[method]
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                if not was.get("deprecated"):
                    yield Breaking(route, "接口没有了", "先标 deprecated 发布一版,下一版再去掉")
                continue
            yield from _operation(Side(was, old), Side(now, new), route)


def _operation(was: Side, now: Side, route: str) -> Iterator[Breaking]:
    if was.schema.get("operationId") != now.schema.get("operationId"):
        told = f"operationId {was.schema.get('operationId')} 改成了 {now.schema.get('operationId')}"
        yield Breaking(route, told, f"{KEEP}:客户端的函数由它命名")
    yield from _parameters(was, now, route)
    yield from _body(was, now, route)
    yield from _responses(was, now, route)
    yield from _signing_in(was, now, route)
    yield from _admission(was.schema, now.schema, route)


def _parameters(was: Side, now: Side, route: str) -> Iterator[Breaking]:
    before, after = _named(was), _named(now)
    for (place, name), side in after.items():
        where, old = f"{route} {place} {name}", before.get((place, name))
        if side.schema.get("required") and not (old and old.schema.get("required")):
            yield Breaking(where, "成为必需的参数", ADD_OPTIONAL)
    for (place, name), side in before.items():
        where, kept = f"{route} {place} {name}", after.get((place, name))
        if kept is None:
            yield Breaking(where, "参数没有了,带它的请求将被拒绝", KEEP)
            continue
        yield from _taken(side.at(side.schema["schema"]), kept.at(kept.schema["schema"]), where)


def _named(operation: Side) -> dict[tuple[str, str], Side]:
    found = [operation.at(one).resolved() for one in operation.schema.get("parameters", ())]
    return {(one.schema["in"], one.schema["name"].lower()): one for one in found}


def _taken(was: Side, now: Side, where: str) -> Iterator[Breaking]:
    for place, reason in TAKEN.excess(was, now, where):
        yield Breaking(place, f"收紧了({reason})", WIDEN)
    for place, old, new in pairs(was, now, where):
        default = old.schema.get("default")
        if new is not None and default != new.schema.get("default"):
            yield Breaking(place, f"缺省值不再是 {json.dumps(default, ensure_ascii=False)}", KEEP)


def _told(was: Side, now: Side, where: str) -> Iterator[Breaking]:
    for place, reason in TOLD.excess(now, was, where):
        yield Breaking(place, f"放宽或缺失({reason})", NARROW)
    yield from _gone(was, now, where, "先标 deprecated 发布一版,下一版再去掉")


def _body(was: Side, now: Side, route: str) -> Iterator[Breaking]:
    old, new = (side.at(side.schema.get("requestBody", {})).resolved() for side in (was, now))
    where = f"{route} body"
    if new.schema.get("required") and not old.schema.get("required"):
        yield Breaking(where, "成为必需的请求体", ADD_OPTIONAL)
    for kind, content in old.schema.get("content", {}).items():
        taken = new.schema.get("content", {}).get(kind)
        if taken is None:
            yield Breaking(where, f"不再接受 {kind}", KEEP)
        else:
            yield from _taken(old.at(content.get("schema")), new.at(taken.get("schema")), where)


def _responses(was: Side, now: Side, route: str) -> Iterator[Breaking]:
    old = {status: was.at(one).resolved() for status, one in was.schema["responses"].items()}
    new = {status: now.at(one).resolved() for status, one in now.schema["responses"].items()}
    only_if_asked = {NOT_MODIFIED} - old.keys()
    for status in sorted((_successes(old) ^ _successes(new)) - only_if_asked):
        yield Breaking(f"{route} {status}", "成功的状态码变了", KEEP)
    for code in sorted(_all_codes(old) - _all_codes(new)):
        yield Breaking(route, f"`{code}` 没有了", f"{KEEP}:调用方以它判断原因")
    for code, status in _codes(old).items():
        if _codes(new).get(code, status) != status:
            yield Breaking(f"{route} {status}", f"`{code}` 改为 {_codes(new)[code]}", KEEP)
    for status, answer in old.items():
        told = new.get(status)
        if told is None:
            continue
        where = f"{route} {status}"
        yield from _headers(answer, told, where)
        for kind, content in answer.schema.get("content", {}).items():
            kept = told.schema.get("content", {}).get(kind)
            if kept is None:
                yield Breaking(where, f"不再答复 {kind}", KEEP)
            else:
                yield from _told(answer.at(content.get("schema")), told.at(kept.get("schema")), where)


def _successes(responses: Mapping[str, Side]) -> set[str]:
    return {status for status in responses if status[0] in "23"}


def _all_codes(responses: Mapping[str, Side]) -> set[str]:
    """Return the codes of all problems: the names of their examples."""
    return {
        code
        for status, answer in responses.items()
        for content in answer.schema.get("content", {}).values()
        if status not in _successes(responses)
        for code in content.get("examples", {})
    }


def _codes(responses: Mapping[str, Side]) -> dict[str, str]:
    """Return the status of each problem by its code, where it has only one."""
    found: dict[str, list[str]] = {}
    for status, answer in responses.items():
        for code in _all_codes({status: answer}):
            found.setdefault(code, []).append(status)
    return {code: statuses[0] for code, statuses in found.items() if len(statuses) == 1}


def _headers(was: Side, now: Side, where: str) -> Iterator[Breaking]:
    new = {name: now.at(one).resolved() for name, one in now.schema.get("headers", {}).items()}
    for name, one in was.schema.get("headers", {}).items():
        header, place = was.at(one).resolved(), f"{where} {name}"
        if name not in new:
            yield Breaking(place, "答复头没有了", KEEP)
            continue
        if header.schema.get("required") and not new[name].schema.get("required"):
            yield Breaking(place, "答复头不再必有", KEEP)
        yield from _told(header.at(header.schema.get("schema")), new[name].at(new[name].schema.get("schema")), place)


def _signing_in(was: Side, now: Side, route: str) -> Iterator[Breaking]:
    """Yield which credential is not taken any more, or not as it was; `{}` stands for none."""
    before, after = (side.schema.get("security", side.document.get("security", [{}])) for side in (was, now))
    for way in before if any(after) else ():
        if not any(set(other) <= set(way) and bool(other) == bool(way) for other in after):
            yield Breaking(route, f"不再接受凭 {'、'.join(way)} 的请求" if way else "不再允许匿名", WIDEN)
    for name in sorted({name for way in before for name in way} & {name for way in after for name in way}):
        old, new = (side.document.get("components", {}).get("securitySchemes", {}).get(name) for side in (was, now))
        if _without_words(old) != _without_words(new):
            yield Breaking(route, f"登录方式 {name} 变了", KEEP)


def _without_words(scheme: Document | None) -> Document:
    return {name: value for name, value in (scheme or {}).items() if name not in WORDS}


def _admission(was: Document, now: Document, route: str) -> Iterator[Breaking]:
    """Yield who is no longer admitted, and what is newly demanded."""
    old, new = was.get("x-yiwang", {}), now.get("x-yiwang", {})
    if lost := sorted(set(old.get("kinds", ())) - set(new.get("kinds", ()))):
        yield Breaking(route, f"不再接受 {'、'.join(lost)}", WIDEN)
    if old.get("scope") != new.get("scope") and new.get("scope"):
        yield Breaking(route, f"权限范围由 {old.get('scope') or '无'} 改为 {new['scope']}", KEEP)
    wanted, had = set(new.get("roles", ())), set(old.get("roles", ()))
    if "STAFF" in old.get("kinds", ()) and wanted and not (had and had <= wanted):
        yield Breaking(route, f"角色只限 {'、'.join(sorted(wanted))}", WIDEN)
    if new.get("level", 0) > old.get("level", 0):
        yield Breaking(route, f"实名等级提高到 {new['level']}", WIDEN)
    if new.get("once") and not old.get("once"):
        yield Breaking(route, "开始要求幂等键", ADD_OPTIONAL)
    if new.get("body_limit", 0) < old.get("body_limit", 0):
        yield Breaking(route, f"请求体上限降为 {new['body_limit']} 字节", WIDEN)
    if new.get("rate", old.get("rate")) != old.get("rate") and not _as_often(old.get("rate"), new["rate"]):
        yield Breaking(route, f"次数上限由 {old.get('rate') or '无'} 降为 {new['rate']}", WIDEN)


def _as_often(old: str | None, new: str) -> bool:
    """Say whether a rate (`n/second|minute|hour`) lets pass all that another did, over a long time and at once."""
    if old is None:
        return False
    (many, period), (amount, span) = (rate.split("/") for rate in (old, new))
    return int(amount) >= int(many) and int(amount) * SECONDS[period] >= int(many) * SECONDS[span]


def event(old: Document, new: Document | None) -> Iterator[Breaking]:
    """Yield what breaks a reader of an event's old schema, or makes what lies in the log unreadable by the new one."""
    name = old["title"]
    if new is None:
        if not old.get("deprecated"):
            yield Breaking(name, "事件没有了", "先标 deprecated 发布一版,待无读者后再去掉")
        return
    for place, reason in TOLD.excess(Side(new, new), Side(old, old), name):
        yield Breaking(place, f"旧读者读不懂({reason})", BESIDE)
    for place, reason in TAKEN.excess(Side(old, old), Side(new, new), name):
        yield Breaking(place, f"日志里已有的事件不合新约({reason})", BESIDE)
    yield from _gone(Side(old, old), Side(new, new), name, BESIDE)


def _gone(was: Side, now: Side, where: str, cure: str) -> Iterator[Breaking]:
    """Yield the optional members that are told no more; required ones are found by comparison."""
    for place, old, new in pairs(was, now, where):
        if new is None and not old.schema.get("deprecated"):
            yield Breaking(place, "字段没有了", cure)


def topics(old: Document, new: Document) -> Iterator[Breaking]:
    """Yield the events that are told under another topic than the old AsyncAPI document says."""
    before, after = _topics(old), _topics(new)
    for message, topic in before.items():
        if after.get(message, topic) != topic:
            yield Breaking(message, f"主题由 {topic} 改为 {after[message]}", KEEP)


def _topics(document: Document) -> dict[str, str]:
    channels = document["channels"].values()
    return {name: channel["address"] for channel in channels for name in channel["messages"]}
