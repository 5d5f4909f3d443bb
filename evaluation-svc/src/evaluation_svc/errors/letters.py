"""Problems of letters."""

from chassis.base.problems import Forbidden, NotFound, WrongState


class LetterNotFound(NotFound):
    """No such letter, or it is for another unit, or it was not sent yet."""

    code, title = "letter_not_found", "没有这份文书"


class LetterEnded(WrongState):
    """The letter was approved or withdrawn already."""

    code, title = "letter_ended", "文书已批准或已撤销,不能再改"


class LetterChanged(WrongState):
    """The letter's text was changed after it was read."""

    code, title = "letter_changed", "文书内容已有改动,请重新查看后再批准"


class OwnLetter(Forbidden):
    """Whoever wrote a letter does not approve it."""

    code, title = "own_letter", "起草或修改文书的人不得批准该文书"


class NotAuthority(Forbidden):
    """The operation is for the office that leads evaluation."""

    code, title = "not_authority", "只有主管评价的单位可以办理"
