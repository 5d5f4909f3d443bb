"""Writes log lines from a thread of its own: who tells never waits and never fails, whatever is at the other end."""

import io
import json
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import sleep

MOST_WAITING = 10_000
BATCH = 500
FULL_PIPE_SECONDS = 0.05
GATHER_SECONDS = 0.005
"""What is told meanwhile goes with the next lines: to wake the thread for each costs more than the line."""


class Scribe:
    """A bounded queue of lines before a stream; to those who write lines it is a stream itself.

    A line that finds the queue full, or the stream broken, is lost: each is counted, and how many they were is told in
    one line as soon as lines can be written again.
    """

    def __init__(
        self, stream: io.TextIOBase | None, *, most: int = MOST_WAITING, lost: Callable[[int], None] = lambda _: None
    ) -> None:
        self._write = _writer(stream)
        self._most = most
        self._note_lost = lost
        self._lines: queue.SimpleQueue[str | threading.Event | None] = queue.SimpleQueue()
        self._untold = 0
        self._counting = threading.Lock()
        self._line_open = False
        threading.Thread(target=self._run, name="scribe", daemon=True).start()

    def write(self, text: str) -> None:
        """Take one line with its end; it is written soon."""
        if self._lines.qsize() < self._most:
            self._lines.put(text)
        else:
            self._lose(1)

    def flush(self) -> None:
        """Do nothing: a stream has this, and who tells does not wait."""

    def drain(self, seconds: float) -> bool:
        """Wait until what was taken so far is written or lost, at most so long; tell whether it was."""
        reached = threading.Event()
        self._lines.put(reached)
        return reached.wait(seconds)

    def close(self, seconds: float = 2.0) -> None:
        """Drain, and let the thread end."""
        self.drain(seconds)
        self._lines.put(None)

    def _lose(self, count: int) -> None:
        with self._counting:
            self._untold += count
        self._note_lost(count)

    def _run(self) -> None:
        while True:
            taken = [self._lines.get()]
            with suppress(queue.Empty):
                while len(taken) < BATCH:
                    taken.append(self._lines.get_nowait())
            lines = [one for one in taken if isinstance(one, str)]
            if lines:
                self._put_down("".join(lines))
            for one in taken:
                if isinstance(one, threading.Event):
                    one.set()
            if None in taken:
                return
            sleep(GATHER_SECONDS)

    def _put_down(self, text: str) -> None:
        told = self._untold
        begin = ("\n" if self._line_open else "") + (_lines_lost(told) if told else "")
        data = (begin + text).encode(errors="backslashreplace")
        written = self._write(data)
        if written:
            self._line_open = data[written - 1 : written] != b"\n"
        if told and written >= len(begin):
            with self._counting:
                self._untold -= told
        if written < len(data):
            self._lose(data[max(written, len(begin)) :].count(b"\n"))


def _lines_lost(count: int) -> str:
    told = {"event": "log_lines_lost", "count": count, "level": "warning", "timestamp": datetime.now(UTC).isoformat()}
    return json.dumps(told) + "\n"


def _writer(stream: io.TextIOBase | None) -> Callable[[bytes], int]:
    """Return what writes to a stream and tells how many bytes it took, fewer than given when it is broken.

    A stream of the system's is written without Python's own buffer, whose lock the interpreter wants when it ends.
    """
    if stream is None:  # the process was started without one
        return lambda _: 0
    try:
        descriptor = stream.fileno()
    except OSError:
        return lambda data: _written_to(stream, data)
    return lambda data: _written(descriptor, data)


def _written_to(stream: io.TextIOBase, data: bytes) -> int:
    try:
        stream.write(data.decode())
        stream.flush()
    except (OSError, ValueError):
        return 0
    return len(data)


def _written(descriptor: int, data: bytes) -> int:
    written = 0
    while written < len(data):
        try:
            written += os.write(descriptor, data[written:])
        except BlockingIOError:  # someone who shares the pipe made it so
            sleep(FULL_PIPE_SECONDS)
        except OSError:
            break
    return written
