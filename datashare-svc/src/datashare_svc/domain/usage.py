"""What a network's queries of a day came to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from datashare_svc.domain.answering import AccessState


@dataclass(frozen=True, slots=True)
class Usage:
    """A day of a network: `asked` went to it, `cached` did not; of both, what they came to."""

    day: date
    asked: int
    cached: int
    answered: int
    no_record: int
    out: int
    refused: int
    unfit: int


def usage_by_day(days: Sequence[date], counted: Iterable[tuple[int, str, bool, int]]) -> tuple[Usage, ...]:
    """Return the days, the newest first; `counted` says which day, state, whether from the cache, how many."""
    rows = list(counted)

    def of(day: int, *, state: AccessState | None = None, cached: bool | None = None) -> int:
        return sum(
            many
            for on, ended, from_cache, many in rows
            if on == day and state in {None, ended} and cached in {None, from_cache}
        )

    found = [
        Usage(
            day,
            asked=of(number, cached=False),
            cached=of(number, cached=True),
            answered=of(number, state=AccessState.ANSWERED),
            no_record=of(number, state=AccessState.NO_RECORD),
            out=of(number, state=AccessState.OUT),
            refused=of(number, state=AccessState.REFUSED_BY_PROVIDER),
            unfit=of(number, state=AccessState.UNFIT),
        )
        for number, day in enumerate(days)
    ]
    return tuple(reversed(found))
