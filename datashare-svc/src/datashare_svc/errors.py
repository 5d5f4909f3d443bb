"""Datashare's problems.

Problem
├── NotFound: NetworkNotFound
└── Unavailable: NetworkOut
"""

from collections.abc import Mapping
from enum import StrEnum

from chassis.base.problems import NotFound, Unavailable


class Outage(StrEnum):
    """Why a network has not told anything that can be used."""

    NO_ADDRESS = "no_address"
    NO_ANSWER = "no_answer"
    TIMED_OUT = "timed_out"
    UNAVAILABLE = "unavailable"
    TOO_MANY = "too_many"
    REFUSED = "refused"
    MISSING = "missing"
    STALE = "stale"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    WRONG_SCHEMA = "wrong_schema"
    WRONG_PERSON = "wrong_person"
    WRONG_QUERY = "wrong_query"
    TOO_MANY_ROWS = "too_many_rows"
    CROWDED = "crowded"
    BROKEN = "broken"
    FAULT = "fault"


SAID: Mapping[Outage, str] = {
    Outage.NO_ADDRESS: "该专网没有配置地址",
    Outage.NO_ANSWER: "连接不上,或答复中断",
    Outage.TIMED_OUT: "没有在时限内答复",
    Outage.UNAVAILABLE: "提供方自身有故障",
    Outage.TOO_MANY: "提供方要求减少调用",
    Outage.REFUSED: "提供方拒绝了这次调用",
    Outage.MISSING: "提供方没有这项服务、库表或文件",
    Outage.STALE: "数据已超过允许的更新期限",
    Outage.UNREADABLE: "答复不合接口约定,无法读取",
    Outage.TOO_LARGE: "答复过大",
    Outage.WRONG_SCHEMA: "答复的信息项与数据资源目录不符",
    Outage.WRONG_PERSON: "答复不是所查对象的",
    Outage.WRONG_QUERY: "答复不是这次查询的",
    Outage.TOO_MANY_ROWS: "答复的记录过多",
    Outage.CROWDED: "对该专网的查询正在排队,名额已满",
    Outage.BROKEN: "该专网近来多次失败,暂停查询(熔断)",
    Outage.FAULT: "查询中出现意外错误",
}
"""What is told of each to people."""


class NetworkNotFound(NotFound):
    """No such network."""

    code, title = "network_not_found", "没有这个专网"


class NetworkOut(Unavailable):
    """A network does not answer in time, or not so that it can be used."""

    code, title = "network_out", "数据提供方暂时不能答复,请稍后再试"

    def __init__(self, detail: str = "", *, why: Outage = Outage.NO_ANSWER, told: str = "") -> None:
        """`told` is the provider's own code, where it gave one."""
        super().__init__(detail or SAID[why])
        self.why = why
        self.told = told
