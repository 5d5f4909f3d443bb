"""Places to listen at."""

import socket

import pytest


@pytest.fixture
def places() -> list[str]:
    """The words of a command for two ports that nobody has; the first is the callers'."""
    with socket.socket() as callers, socket.socket() as operators:
        for one in (callers, operators):
            one.bind(("127.0.0.1", 0))
        return ["--port", str(callers.getsockname()[1]), "--operators", f"127.0.0.1:{operators.getsockname()[1]}"]
