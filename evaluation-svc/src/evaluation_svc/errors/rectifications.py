"""Problems of the loop of a bad rating."""

from chassis.base.problems import Forbidden, Malformed, NotFound, WrongState


class RectificationNotFound(NotFound):
    """No such rectification, or it is another unit's, or the caller is rated in it."""

    code, title = "rectification_not_found", "没有这件差评整改"


class RectificationStepNotPossible(WrongState):
    """The state of the rectification does not allow the step."""

    code, title = "rectification_step_not_possible", "差评整改的当前状态不允许此操作"


class CallBackFirst(WrongState):
    """A rater who wants a call was not called back."""

    code, title = "call_back_first", "评价人要求回访,须先回访再办结"


class CallNotWanted(WrongState):
    """The rater did not ask to be called, and nobody learns who she is."""

    code, title = "call_not_wanted", "评价人没有要求回访,请以书面答复"


class RatingAppealedBefore(WrongState):
    """A rating is appealed against once."""

    code, title = "rating_appealed_before", "这个评价已经申诉过一次,不能再申诉"


class RectificationNotYours(Forbidden):
    """The step is for somebody else."""

    code, title = "rectification_not_yours", "这一步不由您办理"


class OfficerWasRated(Forbidden):
    """Whoever was rated, or rated, does not deal with the rating."""

    code, title = "officer_was_rated", "被评价的人员不得办理对自己的差评,请指派其他人员"


class RectificationStepUnfit(Malformed):
    """The step lacks what it needs, or has what it does not take."""

    code, title = "rectification_step_unfit", "这一步的内容不全或多余"


class RatingAppealNotFound(NotFound):
    """No such appeal, or it is the caller's own unit's."""

    code, title = "rating_appeal_not_found", "没有这件差评申诉"
