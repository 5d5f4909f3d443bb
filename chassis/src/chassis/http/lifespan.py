"""The ASGI lifespan: what must run while an app is served starts before the first request and stops after the last."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from chassis.base import telemetry
from chassis.base.problems import StartRefused
from chassis.http.asgi import App, Receive, Scope, Send


class WithLifespan:
    """Wraps an app so that a server runs a context around serving it."""

    def __init__(self, app: App, running: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._app = app
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or run the context from startup to shutdown; a failed start stops the server."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        try:
            async with self._running():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except StartRefused as refusal:
            telemetry.log.error("not_started", reason=str(refusal))
            await send({"type": "lifespan.startup.failed", "message": str(refusal)})
            return
        except Exception as error:
            telemetry.log.error("not_started", exc_info=error)
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            raise
        await send({"type": "lifespan.shutdown.complete"})
