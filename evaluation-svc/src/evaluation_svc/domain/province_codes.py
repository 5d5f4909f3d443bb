"""Which of the standards' numbers the provincial platform is told; proposed until its interface is known."""

from evaluation_svc.domain.rating_codes import CHANNELS_WITH_DEFAULT, PROGRESSES, STAR_LEVELS, Progress
from evaluation_svc.domain.ratings import Channel, Level


def province_level(level: Level) -> str:
    """Return a level as stars, as the national interface counts: 5 is the best."""
    return STAR_LEVELS.number_of(level)


def province_channel(channel: Channel) -> str:
    """Return a channel as `pf`, of which 7 is the system's default; the telephone is told as its number for SMS."""
    return CHANNELS_WITH_DEFAULT.number_of(Channel.SMS if channel is Channel.TELEPHONE else channel)


def province_progress(*, is_visit: bool) -> str:
    """Return how far a matter is (proStatus): a visit is rated while it is in hand, a matter when it is finished."""
    return PROGRESSES.number_of(Progress.IN_HAND if is_visit else Progress.FINISHED)
