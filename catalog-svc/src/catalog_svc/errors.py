"""The catalogue's problems.

Problem
├── NotFound: UnitNotFound, ItemNotFound, MatterNotFound
├── Malformed: AnswersWrong, HandledAtWindow
├── WrongState: PublishedVersionChanged, TooMuchWithdrawn, MatterWithdrawn
└── Unavailable: CalendarMissing
"""

from chassis.base.problems import Malformed, NotFound, Unavailable, WrongState


class UnitNotFound(NotFound):
    """No such unit."""

    code, title = "unit_not_found", "没有这个单位"


class ItemNotFound(NotFound):
    """No such service item."""

    code, title = "item_not_found", "没有这个事项"


class MatterNotFound(NotFound):
    """No such matter, or no such version of it."""

    code, title = "matter_not_found", "没有这件事"


class AnswersWrong(Malformed):
    """Answers are missing, unknown, or not among the options."""

    code, title = "answers_wrong", "情形选择有误"


class HandledAtWindow(Malformed):
    """The situation is not handled online; the detail says in words where to go."""

    code, title = "handled_at_window", "这种情形请到窗口办理"


class PublishedVersionChanged(WrongState):
    """A published version was given another content; a published version never changes."""

    code, title = "published_version_changed", "已发布的版本不可更改"


class TooMuchWithdrawn(WrongState):
    """A pack lacks more than half of what is offered, and nobody said that it shall end: a copy may be cut short."""

    code, title = "too_much_withdrawn", "城市包缺少过半的事项"


class MatterWithdrawn(WrongState):
    """The matter is no longer offered; what was submitted before goes on."""

    code, title = "matter_withdrawn", "这件事已停办"


class CalendarMissing(Unavailable):
    """No working calendar is loaded, so no finish can be promised."""

    code, title = "calendar_missing", "尚未载入工作日历"
