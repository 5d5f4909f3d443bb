"""Problems on figures."""

from chassis.base.problems import Forbidden, NotFound


class IndicatorNotFound(NotFound):
    """The city has no such indicator."""

    code, title = "indicator_not_found", "没有这项指标"


class MeasureNotFound(NotFound):
    """Nothing of this name is counted."""

    code, title = "measure_not_found", "没有这项计数"


class FigureConfidential(Forbidden):
    """What this figure counts leads to single raters, whom the rated must not find (国办发〔2019〕51号)."""

    code, title = "figure_confidential", "此项计数涉及评价人,单位只能看到汇总"
