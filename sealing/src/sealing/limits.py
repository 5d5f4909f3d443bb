"""Judges files in processes of their own, bounded in time and memory: hostile files are the normal case.

A warden process has everything imported and forks a child for each file; the child gets the file's descriptor, limits
itself, judges, tells and ends. Whatever kills it is a verdict too, never a valid one. The warden ends with whoever
started it, since its only line to the world is then closed.
"""

import asyncio
import base64
import contextlib
import gc
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from sealing.answers import read_back, told
from sealing.findings import refused
from sealing.judge import BEYOND, judge
from sealing.verdict import Trust, Verdict

ORDINARY = 2 * 2**20
"""The bytes of a file of ordinary size."""
SECONDS = 1.7
"""The processor time for a file of ordinary size; a larger one gets `SECONDS_PER_MB` for each further MB."""
SECONDS_PER_MB = 0.4
MEMORY = 512 * 2**20
"""The address space of a child, in bytes; that of a file larger than ordinary is larger by what it has more, twice."""
WAITS = 30.0
"""How many seconds an answer may take beyond its processor time, on a machine that has other things to do."""
_LARGEST_ANSWER = 4 * 2**20


class Busy(Exception):  # noqa: N818  named after the fact
    """As many files are being judged and waiting as may be, or the machine has no time left."""


class Judges:
    """Judges files apart, a few at once; the warden is started by the first one."""

    def __init__(self, *, at_once: int = 2, waiting: int = 16) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._places = at_once + waiting
        self._taken = 0
        self._starting = asyncio.Lock()
        self._warden: _Warden | None = None

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        await self.close()

    async def close(self) -> None:
        """End the warden, and wait until it has ended; who asks afterwards starts another one."""
        warden, self._warden = self._warden, None
        if warden is not None:
            await asyncio.to_thread(warden.close)

    async def warm(self) -> None:
        """Start the warden before anybody waits for it."""
        async with self._starting:
            if self._warden is None:
                await self._start()

    async def _start(self) -> "_Warden":
        """Return a warden that was started; whoever is cancelled meanwhile leaves one behind that can be closed."""
        starting = asyncio.ensure_future(asyncio.to_thread(_Warden))
        try:
            self._warden = found = await asyncio.shield(starting)
        except asyncio.CancelledError:
            self._warden = await starting
            raise
        return found

    async def judge(self, file: int, trust: Trust) -> Verdict:
        """Judge the file of a descriptor, from its beginning. Raises Busy."""
        if self._taken >= self._places:
            raise Busy
        self._taken += 1
        try:
            async with self._free:
                return await self._judged(file, trust)
        finally:
            self._taken -= 1

    async def _judged(self, file: int, trust: Trust) -> Verdict:
        size = os.fstat(file).st_size
        try:
            async with asyncio.timeout(_seconds(size) + WAITS), self._asked(file) as line:
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(line, _question(size, trust))
                answer = bytearray()
                while part := await loop.sock_recv(line, 65536):
                    answer += part
                    if len(answer) > _LARGEST_ANSWER:
                        break
        except TimeoutError as late:
            raise Busy from late
        except OSError:  # the child ended before it was asked: no answer
            answer = bytearray()
        return _answered(bytes(answer))

    @asynccontextmanager
    async def _asked(self, file: int) -> AsyncIterator[socket.socket]:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            async with self._starting:
                if self._warden is None or not self._warden.hand_over(theirs.fileno(), file):
                    (await self._start()).hand_over(theirs.fileno(), file)
            theirs.close()
            yield ours


class _Warden:
    """The process that forks; it is asked by handing it descriptors."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sealing.limits"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def hand_over(self, line: int, file: int) -> bool:
        """Hand a child's line and file over; tell whether the warden is still there."""
        if self._process.poll() is not None:
            self.close()
            return False
        try:
            socket.send_fds(self._line, [b"?"], [line, file])
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Close the line, which ends it, and wait."""
        self._line.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
            return
        self._process.kill()
        self._process.wait()


def _seconds(size: int) -> float:
    return SECONDS + SECONDS_PER_MB * max(0, size - ORDINARY) / 2**20


def _question(size: int, trust: Trust) -> bytes:
    asked = {
        "size": size,
        "roots": [base64.b64encode(one).decode() for one in trust.roots],
        "crls": [base64.b64encode(one).decode() for one in trust.crls],
        "at": trust.at.isoformat() if trust.at else None,
    }
    return json.dumps(asked).encode() + b"\n"


def _answered(answer: bytes) -> Verdict:
    try:
        return read_back(json.loads(answer))
    except (ValueError, TypeError, KeyError):
        return refused("limits", BEYOND)


def keep() -> None:
    """Be the warden: fork for each pair of descriptors that arrives on standard input, until it is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    with socket.socket(fileno=0) as line:
        while True:
            said, given, _, _ = socket.recv_fds(line, 1, 2)
            if not said:
                return
            if len(given) == 2 and os.fork() == 0:
                line.detach()
                os.close(0)
                _be_child(*given)
            for one in given:
                os.close(one)


def _be_child(line: int, file: int) -> None:
    """Judge one file and end, whatever happens."""
    try:
        with socket.socket(fileno=line) as asking, asking.makefile("rwb") as words:
            asked = json.loads(words.readline())
            _limit(asked["size"])
            words.write(json.dumps(told(judge(_whole(file, asked["size"]), _trust(asked)))).encode())
    except MemoryError:
        pass
    finally:
        os._exit(0)


def _trust(asked: dict[str, Any]) -> Trust:
    at = datetime.fromisoformat(asked["at"]) if asked["at"] else None
    roots, crls = (tuple(base64.b64decode(one) for one in asked[what]) for what in ("roots", "crls"))
    return Trust(roots, at, crls)


def _whole(file: int, size: int) -> bytes:
    parts, at = [], 0
    while at < size and (part := os.pread(file, min(size - at, 2**20), at)):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _limit(size: int) -> None:
    memory, seconds = MEMORY + 2 * max(0, size - ORDINARY), _seconds(size)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds + WAITS)


if __name__ == "__main__":
    keep()
