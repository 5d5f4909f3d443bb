"""What evaluation asks of intake in its own name, and the class its answer is read with.

It asks of persons for one purpose, which intake writes into its audit log, and is told ids of what it named itself.
"""

from collections.abc import Mapping, Sequence

from chassis.base.problems import DeadlineExceeded
from chassis.http.asgi import App
from chassis.http.identity import HEADER, Vouch
from chassis.http.upstream import UpstreamUnavailable, call
from pydantic import BaseModel, ConfigDict

from evaluation_svc.errors.ratings import MatchingOut

PATH = "/api/v1/rating-matches"


class Matches(BaseModel):
    """Which of the applications that were named have the number."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    application_ids: list[str]


ANSWERS: Mapping[tuple[str, str], type[BaseModel]] = {("intake", "match_ratings"): Matches}
"""By sibling and operation: the class that reads the answer."""


async def rating_matches(intake: App, vouch: Vouch, phone: str, application_ids: Sequence[str]) -> frozenset[str]:
    """Ask intake which of some applications have a telephone number. Raises MatchingOut, whatever it lacks."""
    body = {"phone": phone, "application_ids": list(application_ids), "purpose": "rating"}
    try:
        reply = await call(intake, "POST", PATH, body=body, headers={HEADER: vouch("intake")})
    except (UpstreamUnavailable, DeadlineExceeded):
        raise MatchingOut from None
    if reply.status != 200:  # 401: it is not told our key, or another one
        raise MatchingOut
    try:
        return frozenset(Matches.model_validate_json(reply.body).application_ids)
    except ValueError:
        raise MatchingOut from None  # the answer itself is not for the log
