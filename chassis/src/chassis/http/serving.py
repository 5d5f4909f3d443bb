"""Serves an app as a process: operators apart, a stop that finishes what is under way, a true exit code."""

import asyncio
import errno
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable
from typing import Literal

import uvicorn

from chassis.base.problems import StartRefused
from chassis.http import health
from chassis.http.asgi import App
from chassis.http.connections import Connection, Connections, Limits
from chassis.http.edge import STOPPING
from chassis.http.health import Operators

FINISH_SECONDS = 10
"""For the requests under way; what runs beside them, the bus and the database have the rest of twenty seconds."""
KEPT_SECONDS = 30
"""How long an idle connection is kept: longer than our own clients keep theirs, so that none is used as it closes."""
NOT_STARTED, INTERRUPTED = 3, 130
Place = tuple[str, int]
TICKS = 10
OPERATORS_LIMITS = Limits(most=50)
NOT_OURS = {
    errno.EADDRINUSE: "已被占用;请换一个端口,或先停掉占用它的程序",
    errno.EACCES: "不许使用;请换一个 1024 以上的端口",
    errno.EADDRNOTAVAIL: "不在本机;请换一个本机的地址",
}


class PlaceRefused(StartRefused):
    """A place to listen at is taken, is not ours to take, or is not of this machine."""


def require_free(*places: Place) -> None:
    """Raise PlaceRefused for the first place at which nobody could listen now; nothing is kept."""
    asked = [place for place in places if place[1]]
    for number, (host, port) in enumerate(asked):
        if (host, port) in asked[:number]:
            raise PlaceRefused(f"{host}:{port} 不能有两种用途;请给运维另一个端口")
        try:
            _bind(host, port)
        except socket.gaierror as unknown:
            raise PlaceRefused(f"{host} 不是地址,也不是认得的主机名") from unknown
        except OSError as error:
            why = NOT_OURS.get(error.errno or 0, f"不能监听:{error.strerror}")
            raise PlaceRefused(f"{host}:{port} {why}") from error


def _bind(host: str, port: int) -> None:
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    ):
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)


class Server(uvicorn.Server):
    """The server of an app, with the operators' listener beside it: there before the app starts and after it stops."""

    def __init__(
        self, config: uvicorn.Config, operators: Operators, at: Place, limits: Limits, greet: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._greet = greet
        self.greeted = False
        self.server_state = self._callers = Connections(limits)
        self._operators = operators
        self._at = at
        self._asking = Connections(OPERATORS_LIMITS)
        self._beside: asyncio.Server | None = None
        self._stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen to the operators, start the app, listen to callers. Exits when a port is taken."""
        self._operators.standing = health.STARTING
        self.lifespan.state[STOPPING] = self._stopping  # in the state of each request's scope
        config = _config(self._operators, self._at, lifespan="off")
        config.load()
        try:
            self._beside = await asyncio.get_running_loop().create_server(
                lambda: Connection(config, self._asking, {}), *self._at
            )
        except OSError as taken:
            logging.getLogger("uvicorn.error").error(taken)  # noqa: TRY400  the address says it, as for the other port
            sys.exit(NOT_STARTED)
        try:
            await super().startup(sockets)
        finally:
            if not self.started:
                self._hang_up()
        if not self.should_exit:
            _keep_what_stays()
            self._operators.standing = health.SERVING
            self.greeted = True
            self._greet()

    async def on_tick(self, counter: int) -> bool:
        """Look after the connections once a second, besides what the server does."""
        if counter % TICKS == 0:
            now = asyncio.get_running_loop().time()
            self._callers.sweep(now)
            self._asking.sweep(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that no more is taken, finish what is under way, stop the app; operators may ask to the last."""
        self._operators.standing = health.STOPPING
        self._stopping.set()
        try:
            await super().shutdown(sockets)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._beside is not None:
            self._beside.close()
        for connection in list(self._asking.connections):
            connection.shutdown()


def _keep_what_stays() -> None:
    """Set apart what the start has made: no later collection of garbage walks through it, while a caller waits."""
    gc.collect()
    gc.freeze()


def _without_words() -> None:
    """Greet nobody."""


def serve(  # noqa: PLR0913  a server has this many parts
    app: App,
    at: Place,
    operators: Operators,
    operators_at: Place,
    limits: Limits,
    *,
    greet: Callable[[], None] = _without_words,
) -> None:
    """Serve callers at a place and operators at another until a signal comes; greet when both can be reached.

    Ends with exit code 0, with NOT_STARTED when the start failed, with INTERRUPTED when Ctrl-C came before its end.
    """
    server = Server(_config(app, at), operators, operators_at, limits, greet)
    for each in (signal.SIGTERM, signal.SIGINT):  # the server raises the signal once more when it has stopped
        signal.signal(each, lambda sent, _: sys.exit(0 if server.greeted or sent == signal.SIGTERM else INTERRUPTED))
    server.run()
    if not server.started:
        sys.exit(NOT_STARTED)


def _config(app: App, at: Place, *, lifespan: Literal["on", "off"] = "on") -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=at[0],
        port=at[1],
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # who is believed about the caller is the gateway's to say
        server_header=False,
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=FINISH_SECONDS,
        lifespan=lifespan,
    )
