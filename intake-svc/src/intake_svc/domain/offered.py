"""Licences that are offered as materials: whether one may be used (证照复用)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from chassis.base.typed import compact

from intake_svc.domain.findable import folded

VALID = "valid"
WORDS: Mapping[str, str] = {
    "suspended": "被暂扣",
    "revoked": "被撤销",
    "forfeited": "被吊销",
    "cancelled": "注销",
    "expired": "过有效期",
    "invalid": "由更正后的新版代替",
    "transferred": "转出",
}


@dataclass(frozen=True, slots=True)
class KnownLicence:
    """A licence as the registry told of it; `subject` are the elements that tell its holder from others."""

    licence_id: str
    identifier: str
    number: str
    name: str
    holder_id: str
    application_id: str
    state: str
    valid_until: date | None
    materials: tuple[str, ...]
    subject: tuple[str, ...]

    def state_on(self, today: date) -> str:
        """Return the state on a day: what was valid has expired on the day after its last."""
        is_over = self.valid_until is not None and self.valid_until < today
        return "expired" if self.state == VALID and is_over else self.state


def unusable(licence: KnownLicence, material: str, name: str, today: date) -> tuple[str, str] | None:
    """Return the code and the words of why a licence cannot be used as a material on a day; None where it can."""
    if material not in licence.materials:
        return "licence_does_not_fit", f"“{licence.name}”不能用作{name},请选择相符的证照,或填写证照号码"
    state = licence.state_on(today)
    if state != VALID:
        said = WORDS.get(state, "不是有效状态")
        return "licence_not_valid", f"这份{licence.name}已{said},不能使用;请先向颁发单位办理,或到窗口咨询"
    return None


def names_holder(subject: tuple[str, ...], form: Mapping[str, str], source: Mapping[str, str]) -> bool:
    """Tell whether a form tells all of a licence's holder by which he is told from others, as its application does."""
    return bool(subject) and all(form.get(one) and source.get(one) for one in subject)


def other_holder(subject: tuple[str, ...], form: Mapping[str, str], source: Mapping[str, str]) -> str:
    """Return the element in which a form and the application that a licence came from name different persons."""
    for element in subject:
        here, there = (folded(compact(one.get(element, ""))) for one in (form, source))
        if here and there and here != there:
            return element
    return ""
