"""Names of what runs, unique to each start, and whether the process that bears one is known to be no more."""

import os
import socket
from pathlib import Path
from uuid import uuid4


def new_name() -> str:
    """Return a name that nothing else has: the world of its process, the process, and a part of its own."""
    return f"{_world()}/{os.getpid()}/{uuid4().hex[:8]}"


def is_dead(name: str) -> bool:
    """Tell whether a name belongs to a process of this world that is no more; of other worlds nothing is known."""
    world, _, rest = name.partition("/")
    process = rest.partition("/")[0]
    if world != _world() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except OSError as error:
        return isinstance(error, ProcessLookupError)
    return False


def _world() -> str:
    """Name the world in which process numbers have their meaning: this start of this machine, and a container's own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}-{os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115  it points at no path
    except OSError:
        return socket.gethostname()
