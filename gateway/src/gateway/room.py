"""How many requests may be under way at a service: one that is slow takes up its own room and nobody else's."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from chassis.http.edge import Overloaded

MOST = 200
"""At one service: as many as there are connections to it, so that who has room has a connection."""
MOST_OF_ONE = MOST // 4
"""Of one caller: a subject, or the address that anonymous callers share."""


class Room:
    """The room at one service."""

    def __init__(self, most: int = MOST, of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._of_one = of_one
        self._taken = 0
        self._of: Counter[Hashable] = Counter()

    @contextmanager
    def taken(self, who: Hashable) -> Iterator[None]:
        """Have one more request of a caller under way. Raises Overloaded when there is no room for it."""
        if self._taken >= self._most or self._of[who] >= self._of_one:
            raise Overloaded(retry_after=1)
        self._taken += 1
        self._of[who] += 1
        try:
            yield
        finally:
            self._taken -= 1
            self._of[who] -= 1
            if not self._of[who]:
                del self._of[who]
