"""How long a draft is kept, to the second."""

from datetime import UTC, datetime, timedelta

from intake_svc.domain.keeping import Keeping

KEEPING = Keeping(20, timedelta(days=90), timedelta(days=7))
CHANGED, SECOND = datetime(2026, 3, 2, tzinfo=UTC), timedelta(seconds=1)


def test_a_draft_goes_so_long_after_its_last_change() -> None:
    assert KEEPING.expires_at(CHANGED) == CHANGED + timedelta(days=90)


def test_its_writer_is_warned_from_the_very_moment_on_at_which_so_much_is_left() -> None:
    warned = CHANGED + timedelta(days=83)
    assert not KEEPING.expires_soon(CHANGED, warned - SECOND)
    assert KEEPING.expires_soon(CHANGED, warned)


def test_the_drafts_to_warn_of_are_those_that_were_last_changed_by_then() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert KEEPING.expires_soon(KEEPING.last_change(now), now)
    assert not KEEPING.expires_soon(KEEPING.last_change(now) + SECOND, now)
