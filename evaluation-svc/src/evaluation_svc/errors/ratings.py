"""Problems of ratings."""

from chassis.base.problems import Forbidden, Malformed, NotFound, Unavailable, WrongState


class NothingToRate(NotFound):
    """There is no such matter or visit of the caller's."""

    code, title = "nothing_to_rate", "没有可由您评价的这件事项或这次到访"


class CaseOfVisitNotFound(NotFound):
    """There is no case of this number that the caller's unit has to do with."""

    code, title = "case_of_visit_not_found", "没有这个办件,或本单位未参与办理"


class VisitRegistered(WrongState):
    """The case was at this window today already: a trip counts, and is rated, once."""

    code, title = "visit_registered", "此办件今天在本窗口的来访已登记"


class ExclusionNotFound(NotFound):
    """There is no such exclusion."""

    code, title = "exclusion_not_found", "没有这条不计入的记录"


class ExclusionLifted(WrongState):
    """It counts again already, or cannot."""

    code, title = "exclusion_lifted", "已经解除,或不能解除"


class VisitNotMatched(NotFound):
    """Number and window do not lead to a recent visit: which of them is wrong is not told."""

    code, title = "visit_not_matched", "没有找到与手机号和窗口相符的近期来访"


class MatchingOut(Unavailable):
    """Who was there cannot be asked now."""

    code, title = "matching_out", "暂时无法核对来访,请稍后再试"


class NotFinished(WrongState):
    """The matter is under way."""

    code, title = "not_finished", "事项尚未办结,办结后可以评价"


class AlreadyRated(WrongState):
    """One matter, one rating (一事一评); one visit, one rating (一次一评)."""

    code, title = "already_rated", "已经评价过"


class RatingTooLate(WrongState):
    """The term in which it could be rated has run out."""

    code, title = "rating_too_late", "评价期限已过"


class OwnWork(Forbidden):
    """The caller worked in this case as a member of a unit's staff."""

    code, title = "own_work", "本人经办的事项不能由本人评价"


class RatingUnfit(Malformed):
    """Tags, unit or what is rated do not fit each other; each is named."""

    code, title = "rating_unfit", "评价内容有误"


class RatingNotFound(NotFound):
    """There is no such rating, or it is not for the caller."""

    code, title = "rating_not_found", "没有这条评价"
