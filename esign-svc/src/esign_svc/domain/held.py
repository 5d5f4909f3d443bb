"""How much of the files that anybody sends is held in memory at one time: of all callers together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST = 256 * 2**20
"""In bytes: a dozen of the largest files, or hundreds of ordinary size."""


class Held:
    """Counts what is held. By bytes and not by files: many who send slowly hold little, and keep out nobody."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held = 0

    @contextmanager
    def file(self) -> Iterator[Callable[[int], bool]]:
        """Give what says whether so many bytes more of a file may be held; at the end all of it is let go."""
        mine = 0

        def more(size: int) -> bool:
            nonlocal mine
            if self._held + size > self._most:
                return False
            self._held += size
            mine += size
            return True

        try:
            yield more
        finally:
            self._held -= mine
