"""What is kept for a while and within bounds: where there is no more room, the oldest goes."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A mapping of at most so many entries and, where their weights are told, of at most so much weight."""

    def __init__(self, most: int, *, heaviest: int | None = None) -> None:
        self._most = most
        self._heaviest = heaviest
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._weights: dict[Key, int] = {}
        self._weight = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def weight(self) -> int:
        """What all that is kept weighs."""
        return self._weight

    def get(self, key: Key) -> Value | None:
        """Return what is kept under a key."""
        return self._kept.get(key)

    def keep(self, key: Key, value: Value, weight: int = 0) -> None:
        """Keep a value, at the cost of the oldest entries where the room is full; not one too heavy for all of it."""
        if self._heaviest is not None and weight > self._heaviest:
            self.take(key)
            return
        self._kept[key] = value
        if weight or key in self._weights:
            self._weight += weight - self._weights.get(key, 0)
            self._weights[key] = weight
        while len(self._kept) > self._most or (self._heaviest is not None and self._weight > self._heaviest):
            self.take(next(iter(self._kept)))

    def take(self, key: Key) -> Value | None:
        """Return what is kept under a key, and keep it no longer."""
        self._weight -= self._weights.pop(key, 0)
        return self._kept.pop(key, None)
