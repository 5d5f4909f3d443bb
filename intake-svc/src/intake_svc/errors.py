"""Intake's problems, and what makes an event wait.

Problem
├── NotFound: DraftNotFound, ApplicationNotFound, TaskNotFound, MatterNotFound
├── Stale: DraftChanged
├── WrongState: MatterVersionChanged, MatterWithdrawn, SituationOpen, AlreadySubmitted, TooManyDrafts,
│   NotSubmitted, NotAccepted, PurposeServed
├── Forbidden: OwnApplication
├── Malformed: AnswersWrong, FormIncomplete, MaterialsUnchecked, NotToBeSeen
│   └── AnswersWrong: HandledAtWindow
└── Unavailable: CatalogUnavailable
NotYetKnown: ApplicationUnknown, LicenceUnknown
"""

from chassis.base.problems import Forbidden, Malformed, NotFound, Stale, Unavailable, WrongState
from chassis.events.inbox import NotYetKnown


class DraftNotFound(NotFound):
    """No such draft, or it is someone else's, or it was submitted."""

    code, title = "draft_not_found", "没有这份草稿"

    def __init__(self) -> None:
        super().__init__("草稿可能已删除或已过期,请在“我的草稿”中查看")


class ApplicationNotFound(NotFound):
    """No such application, or it is not the caller's to see."""

    code, title = "application_not_found", "没有这份申请"

    def __init__(self) -> None:
        super().__init__("请核对办件编号,或在“我的申请”中查看")


class TaskNotFound(NotFound):
    """No such task, or it belongs to another unit, or it was not opened, or is not needed any more."""

    code, title = "task_not_found", "没有这个待办"

    def __init__(self) -> None:
        super().__init__("这个环节未开始、不再需要或不属于本单位,请在待办列表中查看")


class MatterNotFound(NotFound):
    """The catalogue has no such matter."""

    code, title = "matter_not_found", "没有这件事"

    def __init__(self) -> None:
        super().__init__("这件事没有开办或已停办,请重新检索")


class DraftChanged(Stale):
    """The draft was changed since the caller read it."""

    code, title = "draft_changed", "草稿已被修改,请刷新后重试"


class MatterVersionChanged(WrongState):
    """A newer version of the matter was published since the draft was saved."""

    code, title = "matter_version_changed", "办事指南已更新,请重新保存草稿后提交"


class MatterWithdrawn(WrongState):
    """The matter is no longer offered: nothing new is begun or submitted, what was submitted goes on."""

    code, title = "matter_withdrawn", "这件事已停办"


class AlreadySubmitted(WrongState):
    """The draft became an application; where that is, is told to its owner alone."""

    code, title = "already_submitted", "这份草稿已经提交"

    def __init__(self, application_id: str) -> None:
        super().__init__("提交后的内容不能在草稿中更改,请查看申请", see=f"/api/v1/applications/{application_id}")


class TooManyDrafts(WrongState):
    """The person has as many drafts of the matter as one may have."""

    code, title = "too_many_drafts", "这件事的草稿过多"


class SituationOpen(WrongState):
    """The situation that was chosen has a guide by now, and the draft was not saved under it."""

    code, title = "situation_open", "所选情形已有新的指南,请再次保存草稿后提交"


class NotSubmitted(WrongState):
    """The application is not waiting to be accepted."""

    code, title = "not_waiting_for_acceptance", "该申请不在待受理状态"


class NotAccepted(WrongState):
    """The application is not being worked on, so its case cannot end."""

    code, title = "not_accepted", "该申请不在办理中"


class PurposeServed(WrongState):
    """What was to be opened for checking or deciding is decided by now (个人信息保护法 art. 6)."""

    code, title = "purpose_served", "已经办理完毕,不能再以核对或决定为由调阅"


class OwnApplication(Forbidden):
    """Nobody accepts his own application, nor opens its values as a member of staff."""

    code, title = "own_application", "不得受理或调阅本人的申请"


class AnswersWrong(Malformed):
    """The situation's answers are not right."""

    code, title = "answers_wrong", "情形选择有误"


class HandledAtWindow(AnswersWrong):
    """The situation is not handled online; the detail says in words where to go."""

    code, title = "handled_at_window", "这种情形请到窗口办理"


class FormIncomplete(Malformed):
    """The form or the materials are not complete or not right."""

    code, title = "form_incomplete", "申请内容不完整或有误"


class MaterialsUnchecked(Malformed):
    """The clerk has not confirmed every required material."""

    code, title = "materials_unchecked", "尚有材料未核对"


class NotToBeSeen(Malformed):
    """What is to be opened is not of the application, or not of the task's item."""

    code, title = "not_to_be_seen", "要调阅的内容有误"


class CatalogUnavailable(Unavailable):
    """The catalogue does not answer as agreed."""

    code = "catalog_unavailable"


class ApplicationUnknown(NotYetKnown):
    """An event names an application that is not here; it waits."""


class LicenceUnknown(NotYetKnown):
    """An event changes a licence that is not here yet; it waits."""
