"""Serves an app as a process: bounded request heads, a stop that finishes what is under way, a true exit code."""

import signal
import sys

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.http.asgi import App

HEAD_BYTES = 64 * 1024
FINISH_SECONDS = 10
"""For the requests under way; what runs beside them, the bus and the database have the rest of twenty seconds."""
KEPT_SECONDS = 30
"""How long an idle connection is kept: longer than our own clients keep theirs, so that none is used as it closes."""
NOT_STARTED = 3


class BoundedHead(HttpToolsProtocol):
    """The server's parser; by itself it collects a request head of any size."""

    _unparsed = 0

    def data_received(self, data: bytes) -> None:
        """Take what came; refuse a head that does not end."""
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def on_headers_complete(self) -> None:
        """Begin the request."""
        self._unparsed = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on a part of the body."""
        self._unparsed = 0
        super().on_body(body)


def serve(app: App, host: str, port: int) -> None:
    """Serve until a signal comes; then end with exit code 0, or with NOT_STARTED when the start failed."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))  # the server raises the signal once more when it has stopped
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedHead,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # who is believed about the caller is the gateway's to say
        server_header=False,
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=FINISH_SECONDS,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        sys.exit(NOT_STARTED)
