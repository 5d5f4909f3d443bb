"""Serves an app as a process: operators apart, a stop that finishes what is under way, a true exit code."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from socket import socket
from typing import Literal

import uvicorn

from chassis.http import health
from chassis.http.asgi import App
from chassis.http.connections import Connection, Connections, Limits
from chassis.http.health import Operators

FINISH_SECONDS = 10
"""For the requests under way; what runs beside them, the bus and the database have the rest of twenty seconds."""
KEPT_SECONDS = 30
"""How long an idle connection is kept: longer than our own clients keep theirs, so that none is used as it closes."""
NOT_STARTED = 3
Place = tuple[str, int]
TICKS = 10
OPERATORS_LIMITS = Limits(most=50)


class Server(uvicorn.Server):
    """The server of an app, with the operators' listener beside it: there before the app starts and after it stops."""

    def __init__(
        self, config: uvicorn.Config, operators: Operators, at: Place, limits: Limits, greet: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._greet = greet
        self.server_state = self._callers = Connections(limits)
        self._operators = operators
        self._at = at
        self._asking = Connections(OPERATORS_LIMITS)
        self._beside: asyncio.Server | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen to the operators, start the app, listen to callers. Exits when a port is taken."""
        self._operators.standing = health.STARTING
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
        self._operators.standing = health.SERVING
        self._greet()

    async def on_tick(self, counter: int) -> bool:
        """Look after the connections once a second, besides what the server does."""
        if counter % TICKS == 0:
            now = asyncio.get_running_loop().time()
            self._callers.sweep(now)
            self._asking.sweep(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Say that no more is taken, finish what is under way, stop the app; operators may ask to the last."""
        self._operators.standing = health.STOPPING
        try:
            await super().shutdown(sockets)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._beside is not None:
            self._beside.close()
        for connection in list(self._asking.connections):
            connection.shutdown()


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

    Ends with exit code 0, or with NOT_STARTED when the start failed.
    """
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))  # the server raises the signal once more when it has stopped
    server = Server(_config(app, at), operators, operators_at, limits, greet)
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
