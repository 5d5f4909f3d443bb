"""The months that it is, and was, in Zhengzhou."""

from chassis.base.clock import Clock, local

from evaluation_svc.domain.periods import Period


def months_until_now(clock: Clock, many: int) -> list[str]:
    """Return the names of so many months, the last of them the present one."""
    now = Period.named(f"{local(clock.now()):%Y-%m}")
    return [now.moved(step).name for step in range(1 - many, 1)]


def last_month(clock: Clock) -> str:
    """Return the name of the month before the present one: the newest that is over."""
    return months_until_now(clock, 2)[0]
