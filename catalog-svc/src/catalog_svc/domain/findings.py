"""What is wrong in a city pack, and where; errors stop the load, warnings do not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in the pack's list `kind`, at its entry `index`, at the field `path` inside (a/0/b)."""

    kind: str
    index: int
    path: str
    detail: str
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a pack, from which findings are told."""

    kind: str
    index: int

    def wrong(self, path: str, detail: str) -> Finding:
        """Return an error at a field of the entry."""
        return Finding(self.kind, self.index, path, detail)

    def doubtful(self, path: str, detail: str) -> Finding:
        """Return a warning at a field of the entry."""
        return Finding(self.kind, self.index, path, detail, is_error=False)


def repeated(keys: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the place and the key of each later occurrence of a key, which is where the mistake was made."""
    seen: Counter[str] = Counter()
    for index, key in enumerate(keys):
        if seen[key]:
            yield index, key
        seen[key] += 1
