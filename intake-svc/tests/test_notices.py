"""What an applicant is told as news of her sources, by clocks that move on and are not one another's."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from chassis.testing.builders import ManualClock, citizen
from chassis.testing.client import Client

Make = Callable[..., Awaitable[dict[str, Any]]]


class MovingClock(ManualClock):
    """A clock on which each look is a little later than the last."""

    def now(self) -> datetime:
        """Return the moment, which is gone with it."""
        self.advance(microseconds=1)
        return super().now()


@pytest.fixture
def clock() -> ManualClock:
    return MovingClock()


@pytest.mark.parametrize("is_out", [False, True], ids=["one source is out", "all are out"])
async def test_what_was_so_at_the_submission_is_no_news(
    api: Client, submitted: Make, datashare: Any, clock: ManualClock, *, is_out: bool
) -> None:
    ahead = (clock.now() + timedelta(minutes=1)).isoformat()
    datashare.gives("child_name", "测小宝", at=ahead)
    datashare.lacks("mother_name")
    datashare.verifies("marriage_certificate", "agrees", at=ahead)
    datashare.verifies("household_register", "out")
    if is_out:
        datashare.status = 503
    application = await submitted()
    path = f"/api/v1/applications/{application['application_id']}"
    lines = (await api.get(f"{path}/ledger", by=citizen())).json()["lines"]
    assert any(line["how"] == "to_verify" for line in lines)
    assert (await api.get(f"{path}/timeline", by=citizen())).json()["notices"] == []
