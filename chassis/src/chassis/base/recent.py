"""What is kept for a while and within bounds: where there is no more room, the oldest goes."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A mapping of at most so many entries."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        """Return what is kept under a key."""
        return self._kept.get(key)

    def keep(self, key: Key, value: Value) -> None:
        """Keep a value, at the cost of the oldest entry where the room is full."""
        self._kept[key] = value
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def take(self, key: Key) -> Value | None:
        """Return what is kept under a key, and keep it no longer."""
        return self._kept.pop(key, None)
