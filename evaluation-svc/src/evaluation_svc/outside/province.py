"""The provincial platform (河南省政务服务平台好差评) as a role: it takes each rating once and says what it has."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Protocol

from evaluation_svc.domain.province import Held, ToldRating


class ProvincialPlatform(Protocol):
    """Takes ratings and their ends, tells its own numbers of them, and lists what it has of a day.

    What is told twice is taken once: the rating's id is its key. All raise ProvinceOut.
    """

    async def tell(self, rating: ToldRating) -> str:
        """Tell of a rating; return the platform's number of it (provincial_eval_id)."""
        ...

    async def void(self, rating_id: str, provincial_eval_id: str) -> None:
        """Tell that a rating was found void after its appeal was decided."""
        ...

    def held(self, day: date) -> AsyncIterator[Held]:
        """Yield what the platform has of a day in Shanghai, by the time of rating."""
        ...

    async def close(self) -> None:
        """Close kept connections."""
        ...
