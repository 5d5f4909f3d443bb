"""Named crash points: every boundary at which a process may die, reachable by name from the fault suites.

A point is armed by writing `<point>:<operation>` into the file that `YIWANG_CRASH_FILE` names; the process that
reaches it removes the file and kills itself with SIGKILL, once. Every point reached is appended to `<file>.seen`, so
a suite can list them all from one quiet run. Without the variable, reaching a point costs one dictionary look-up.
"""

import os
import signal
from contextvars import ContextVar
from pathlib import Path

operation: ContextVar[str] = ContextVar("operation", default="idle")


def crash_point(name: str) -> None:
    """Mark a boundary; kill the process here if this point is armed for the operation under way."""
    path = os.environ.get("YIWANG_CRASH_FILE")
    if path is None:
        return
    here = f"{name}:{operation.get()}"
    with Path(path + ".seen").open("a", encoding="utf-8") as seen:
        seen.write(here + "\n")
    armed = Path(path)
    if armed.exists() and armed.read_text(encoding="utf-8").strip() == here:
        armed.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
