"""Problems of assessments, rankings and appeals."""

from chassis.base.problems import Forbidden, Malformed, NotFound, WrongState


class AssessmentNotFound(NotFound):
    """No such assessment, or it was not told to the caller's unit."""

    code, title = "assessment_not_found", "没有这次考评"


class RankingNotFound(NotFound):
    """No ranking of the group and period is published."""

    code, title = "ranking_not_found", "该分组该周期尚未公布排名"


class AssessmentAppealNotFound(NotFound):
    """No such appeal against this assessment."""

    code, title = "assessment_appeal_not_found", "没有这份申诉"


class AssessmentUnderWay(WrongState):
    """The group and period are being assessed already."""

    code, title = "assessment_under_way", "该分组该周期的考评正在进行"


class RevisionUnfounded(Malformed):
    """What is published is corrected with a reason alone."""

    code, title = "revision_unfounded", "已公布的排名须说明理由才能更正"


class AssessmentStepNotPossible(WrongState):
    """The assessment is not in a state that allows the step."""

    code, title = "assessment_step_not_possible", "考评所处的阶段不允许这一步"


class PeriodNotOver(WrongState):
    """The period still runs: its figures are not whole."""

    code, title = "period_not_over", "考评周期尚未结束"


class AssessmentOutdated(WrongState):
    """A draft was computed before all of its period was counted, or before an appeal against it was upheld."""

    code, title = "assessment_outdated", "草稿须重新计算后才能告知"


class AssessmentAppealClockRunning(WrongState):
    """The clock of appeals has not run out."""

    code, title = "assessment_appeal_clock_running", "申诉期限尚未届满"


class AssessmentAppealsUndecided(WrongState):
    """An appeal waits for its decision."""

    code, title = "assessment_appeals_undecided", "尚有申诉未作决定"


class AssessmentAppealTooLate(WrongState):
    """The clock of appeals has run out, or does not run."""

    code, title = "assessment_appeal_too_late", "不在申诉期限内"


class AssessmentAppealOpen(WrongState):
    """The unit has an appeal that is not decided."""

    code, title = "assessment_appeal_open", "本单位已有申诉尚未作出决定"


class AssessmentAppealDecided(WrongState):
    """The appeal is decided already."""

    code, title = "assessment_appeal_decided", "申诉已有决定"


class OwnComputation(Forbidden):
    """Whoever computed a ranking does not publish it."""

    code, title = "own_computation", "计算排名的人不得公布该排名"


class OwnAssessmentAppeal(Forbidden):
    """Whoever filed an appeal does not decide it."""

    code, title = "own_assessment_appeal", "提出申诉的人不得作出决定"
