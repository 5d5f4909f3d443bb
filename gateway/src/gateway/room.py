"""How many requests may be under way at a service: one that is slow takes up its own room and nobody else's."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial

from chassis.base.problems import Problem, TooMany
from chassis.http.edge import Overloaded

MOST = 200
"""At one service: with the streams as many as there are connections to it, so that who has room has one."""
MOST_OF_ONE = MOST // 4
"""Of one caller: a subject, or the address that anonymous callers share."""
MOST_STREAMS = 300
"""At all services: streams take up no room of requests, but connections."""
MOST_STREAMS_OF_ONE = 6
"""What a browser itself keeps open to one host."""
MOST_FILES = 100
"""At all services, on their way in, and as many on their way out: each lasts as long as its caller's line takes."""
MOST_FILES_OF_ONE = 6
full = partial(Overloaded, retry_after=1)


def too_many_streams() -> TooMany:
    """Return what a caller is told who has too many streams open."""
    wait = {"Retry-After": "10"}
    return TooMany(f"同时打开的进度推送最多 {MOST_STREAMS_OF_ONE} 个,请先关闭其他页面", headers=wait)


def too_many_files() -> TooMany:
    """Return what a caller is told who has too many files on their way."""
    return TooMany(f"同时传送的文件最多 {MOST_FILES_OF_ONE} 个,请等前面的传完", headers={"Retry-After": "5"})


class Room:
    """The room at one service, or for one use; `crowded` is what a caller is told who takes up too much of it."""

    def __init__(self, most: int = MOST, of_one: int = MOST_OF_ONE, *, crowded: Callable[[], Problem] = full) -> None:
        self._most = most
        self._of_one = of_one
        self._crowded = crowded
        self._taken = 0
        self._of: Counter[Hashable] = Counter()

    @contextmanager
    def taken(self, who: Hashable) -> Iterator[None]:
        """Have one more of a caller under way. Raises Overloaded when there is no room for it, or what `crowded` is."""
        if self._taken >= self._most:
            raise full()
        if self._of[who] >= self._of_one:
            raise self._crowded()
        self._taken += 1
        self._of[who] += 1
        try:
            yield
        finally:
            self._taken -= 1
            self._of[who] -= 1
            if not self._of[who]:
                del self._of[who]
