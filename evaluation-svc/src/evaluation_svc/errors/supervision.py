"""Problems of supervision."""

from chassis.base.problems import Forbidden, NotFound, WrongState


class SupervisionNotFound(NotFound):
    """No such supervision, or it is of another unit, or it was not sent yet."""

    code, title = "supervision_not_found", "没有这件督办"


class SupervisionStateWrong(WrongState):
    """The supervision's state does not allow the step."""

    code, title = "supervision_state_wrong", "督办当前状态不允许此操作"


class HeadAnswers(Forbidden):
    """A supervision that was escalated is answered by the unit's head."""

    code, title = "head_answers", "该督办已报单位负责人,由负责人答复"
