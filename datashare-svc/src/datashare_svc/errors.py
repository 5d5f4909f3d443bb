"""Datashare's problems.

Problem
├── NotFound: NetworkNotFound
└── Unavailable: NetworkOut
"""

from chassis.base.problems import NotFound, Unavailable


class NetworkNotFound(NotFound):
    """No such network."""

    code, title = "network_not_found", "没有这个专网"


class NetworkOut(Unavailable):
    """A network does not answer in time, or not so that it can be used."""

    code, title = "network_out", "数据提供方暂时不能答复,请稍后再试"
