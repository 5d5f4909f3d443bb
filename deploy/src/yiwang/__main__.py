"""`yiwang` and `python -m yiwang`: ready for Ctrl-C and any terminal before anything that takes time is imported."""

import io
import os
import signal
import sys
from contextlib import suppress

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended, as shells say it."""
STOPPED = "已中断,没有做完的不会留下一半;可以再次运行。Interrupted; it can be run again."
UNREADABLE = "yiwang: this terminal cannot show Chinese and prints ? instead; set PYTHONIOENCODING=utf-8"


def main() -> None:
    """Run the command; an interruption is a sentence and an exit code, what cannot be printed is replaced."""
    patient = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else whoever started us wants no Ctrl-C
    if patient:
        signal.signal(signal.SIGINT, lambda *_: _leave())
    _print_anywhere()
    from yiwang.main import app  # noqa: PLC0415  it takes seconds, in which Ctrl-C ends us without a stack

    if patient:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            _say(STOPPED)
        raise
    except KeyboardInterrupt:
        _say(STOPPED)
        sys.exit(INTERRUPTED)
    finally:
        if patient:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever presses it once more waits for nothing


def _leave() -> None:
    _say(STOPPED)
    os._exit(INTERRUPTED)


def _print_anywhere() -> None:
    """Let each stream replace what it cannot print, and tell once, in letters that every terminal has."""
    streams = [one for one in (sys.stdout, sys.stderr) if isinstance(one, io.TextIOWrapper)]  # not closed
    for stream in streams:
        stream.reconfigure(errors="replace")
    try:
        for stream in streams:
            STOPPED.encode(stream.encoding)
    except UnicodeEncodeError:
        _say(UNREADABLE)


def _say(sentence: str) -> None:
    with suppress(OSError, AttributeError):  # nobody reads, or it is closed
        sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    main()
