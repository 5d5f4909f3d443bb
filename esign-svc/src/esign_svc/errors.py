"""Esign's problems, and what makes an event wait.

Problem
└── WrongState: LicenceStateWrong
IdentifierMalformed
"""

from chassis.base.problems import WrongState


class LicenceStateWrong(WrongState):
    """The licence's state does not allow what is to be done."""

    code, title = "licence_state_wrong", "证照当前状态不允许此操作"


class IdentifierMalformed(Exception):  # noqa: N818  named after the fact
    """A text is no identifier of a licence: another shape, or its check character does not fit."""
