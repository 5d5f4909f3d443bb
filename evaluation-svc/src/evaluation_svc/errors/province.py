"""Why the provincial platform has not taken a rating."""

from enum import StrEnum

from chassis.base.problems import StartRefused, Unavailable


class Outage(StrEnum):
    """Why the provincial platform has not said anything that can be used."""

    NO_ADDRESS = "no_address"
    NO_ANSWER = "no_answer"
    TIMED_OUT = "timed_out"
    UNAVAILABLE = "unavailable"
    TOO_MANY = "too_many"
    BAD_SIGNATURE = "bad_signature"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    WRONG_RATING = "wrong_rating"
    REFUSED = "refused"


SAID = {
    Outage.NO_ADDRESS: "没有省平台的地址",
    Outage.NO_ANSWER: "省平台没有答复",
    Outage.TIMED_OUT: "省平台没有按时答复",
    Outage.UNAVAILABLE: "省平台暂停服务",
    Outage.TOO_MANY: "省平台答复请求太多",
    Outage.BAD_SIGNATURE: "省平台不认签名或时间",
    Outage.UNREADABLE: "省平台的答复读不出",
    Outage.TOO_LARGE: "省平台的答复过大",
    Outage.WRONG_RATING: "省平台答的是另一条评价",
    Outage.REFUSED: "省平台拒绝",
}


class ProvinceOut(Unavailable):
    """The provincial platform does not answer in time, or not so that it can be used; `told` is its own code."""

    code, title = "province_out", "省平台暂时不能答复"

    def __init__(self, why: Outage, told: str = "") -> None:
        super().__init__(f"{SAID[why]}({told})" if told else SAID[why])
        self.why = why
        self.told = told


class ProvinceAddressRefused(StartRefused):
    """What the settings say of the provincial platform cannot be right."""
