"""Datashare's problems.

Problem
├── NotFound: NetworkNotFound, ResourceNotFound, SharingNotFound, GrantRequestNotFound, GrantNotFound,
│   AcceptanceNotFound, DisputeNotFound, EvidenceNotFound
├── WrongState: GrantStepNotPossible, GrantEnded, NetworkStepNotPossible, NetworkWithoutAddress,
│   AcceptanceCasesMissing, AcceptanceNotSignable, DisputeEnded, DisputeOtherwise, EvidenceGiven, TooMuchEvidence,
│   IdentityUnresolved
├── Forbidden: ResourceWithheld, NotForThisUnit, OwnRequest, DecisionNotYours, NetworkNotYours, StepNotYours,
│   SameSigner, OwnDispute
├── Malformed: GrantRequestUnfit, GrantDecisionUnfit, RefusalUnfounded, StepReasonMissing, AnswerUnfit
├── QueryRefused
│   ├── NotFound: QueryCaseNotFound, QueryResourceNotFound
│   ├── WrongState: QueryCaseOver, NetworkNotConnected
│   ├── Forbidden: ItemNotInCase, ItemNotYours, OwnCaseAsked, PersonNotInCase, NotGranted, FieldNotGranted
│   ├── Malformed: KeyNotOfPerson, BasisUnfit
│   └── TooMany: QuotaSpent
└── Unavailable: NetworkOut
"""

from collections.abc import Mapping
from enum import StrEnum

from chassis.base.problems import Forbidden, Malformed, NotFound, Problem, TooMany, Unavailable, WrongState


class Outage(StrEnum):
    """Why a network has not told anything that can be used."""

    NO_ADDRESS = "no_address"
    NO_ANSWER = "no_answer"
    TIMED_OUT = "timed_out"
    UNAVAILABLE = "unavailable"
    TOO_MANY = "too_many"
    REFUSED = "refused"
    MISSING = "missing"
    STALE = "stale"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    WRONG_SCHEMA = "wrong_schema"
    WRONG_PERSON = "wrong_person"
    WRONG_QUERY = "wrong_query"
    TOO_MANY_ROWS = "too_many_rows"
    CROWDED = "crowded"
    BROKEN = "broken"
    FAULT = "fault"


SAID: Mapping[Outage, str] = {
    Outage.NO_ADDRESS: "该专网没有配置地址",
    Outage.NO_ANSWER: "连接不上,或答复中断",
    Outage.TIMED_OUT: "没有在时限内答复",
    Outage.UNAVAILABLE: "提供方自身有故障",
    Outage.TOO_MANY: "提供方要求减少调用",
    Outage.REFUSED: "提供方拒绝了这次调用",
    Outage.MISSING: "提供方没有这项服务、库表或文件",
    Outage.STALE: "数据已超过允许的更新期限",
    Outage.UNREADABLE: "答复不合接口约定,无法读取",
    Outage.TOO_LARGE: "答复过大",
    Outage.WRONG_SCHEMA: "答复的信息项与数据资源目录不符",
    Outage.WRONG_PERSON: "答复不是所查对象的",
    Outage.WRONG_QUERY: "答复不是这次查询的",
    Outage.TOO_MANY_ROWS: "答复的记录过多",
    Outage.CROWDED: "对该专网的查询正在排队,名额已满",
    Outage.BROKEN: "该专网近来多次失败,暂停查询(熔断)",
    Outage.FAULT: "查询中出现意外错误",
}
"""What is told of each to people."""


class NetworkNotFound(NotFound):
    """No such network."""

    code, title = "network_not_found", "没有这个专网"


class SharingNotFound(NotFound):
    """The matter has no sharing catalogue."""

    code, title = "sharing_not_found", "这件事没有信息共享目录"


class AcceptanceNotFound(NotFound):
    """No such run of acceptance cases of this network."""

    code, title = "acceptance_not_found", "没有这次验收"


class NetworkStepNotPossible(WrongState):
    """The state of the network's connection does not allow the step."""

    code, title = "network_step_not_possible", "专网当前状态不允许此操作"


class NetworkWithoutAddress(WrongState):
    """Operators have not given the network's address."""

    code, title = "network_without_address", "尚未配置该专网的地址"


class AcceptanceCasesMissing(WrongState):
    """The city pack has no acceptance cases of the network."""

    code, title = "acceptance_cases_missing", "该专网没有验收用例"


class AcceptanceNotSignable(WrongState):
    """The run did not pass, is not the newest, is too old, or this side has signed it."""

    code, title = "acceptance_not_signable", "该次验收不能签署"


class NetworkNotYours(Forbidden):
    """The network is another unit's."""

    code, title = "network_not_yours", "不是本单位对接的专网"


class StepNotYours(Forbidden):
    """The step is for another role."""

    code, title = "step_not_yours", "您的岗位不能办理此步骤"


class SameSigner(Forbidden):
    """The two sides of an acceptance are signed for by two people."""

    code, title = "same_signer", "验收双方不得由同一人签署"


class StepReasonMissing(Malformed):
    """Retiring a network says why."""

    code, title = "step_reason_missing", "此步骤须说明理由"


class NetworkOut(Unavailable):
    """A network does not answer in time, or not so that it can be used."""

    code, title = "network_out", "数据提供方暂时不能答复,请稍后再试"

    def __init__(self, detail: str = "", *, why: Outage = Outage.NO_ANSWER, told: str = "") -> None:
        """`told` is the provider's own code, where it gave one."""
        super().__init__(detail or SAID[why])
        self.why = why
        self.told = told


class ResourceNotFound(NotFound):
    """No such resource."""

    code, title = "resource_not_found", "没有这项数据资源"


class GrantRequestNotFound(NotFound):
    """No such request for a grant, or the caller's unit neither filed it nor provides what it asks for."""

    code, title = "grant_request_not_found", "没有这份共享申请"


class GrantNotFound(NotFound):
    """No such grant, or the caller's unit neither has it nor provides what it grants."""

    code, title = "grant_not_found", "没有这项共享授权"


class GrantStepNotPossible(WrongState):
    """The request's state does not allow the step: it was decided, returned or withdrawn before."""

    code, title = "grant_step_not_possible", "共享申请当前状态不允许此操作"


class GrantEnded(WrongState):
    """The grant was withdrawn, or has expired."""

    code, title = "grant_ended", "共享授权已终止"


class ResourceWithheld(Forbidden):
    """A resource of this class (不予共享) is shared with nobody; the problem says on what basis."""

    code, title = "resource_withheld", "该数据资源依法不予共享"


class NotForThisUnit(Forbidden):
    """A steward asks for his own unit alone."""

    code, title = "not_for_this_unit", "只能以本单位名义申请"


class OwnRequest(Forbidden):
    """Nobody checks or decides what he, or his unit, asks for."""

    code, title = "own_request", "不得办理本人或本单位提出的共享申请"


class DecisionNotYours(Forbidden):
    """The provider's steward decides; once that one kept silent for too long, the sharing authority does."""

    code, title = "decision_not_yours", "此步骤由提供单位办理,逾期的由共享主管部门办理"


class GrantRequestUnfit(Malformed):
    """What is asked for does not fit the resource, or says too little."""

    code, title = "grant_request_unfit", "共享申请填写有误"


class GrantDecisionUnfit(Malformed):
    """A decision leaves a field open, decides one twice or one that was not asked for, or goes beyond the request."""

    code, title = "grant_decision_unfit", "共享申请的答复填写有误"


class RefusalUnfounded(Malformed):
    """A field is refused only with a reason and a legal basis."""

    code, title = "refusal_unfounded", "不同意共享须说明理由并注明法律依据"


class DisputeNotFound(NotFound):
    """No such dispute, or neither the caller's nor one that her unit answers."""

    code, title = "dispute_not_found", "没有这件异议"


class EvidenceNotFound(NotFound):
    """No such evidence of this dispute, or its file has not come."""

    code, title = "evidence_not_found", "没有这份证明材料,或文件尚未上传"


class OwnDispute(Forbidden):
    """Nobody answers, or opens for the unit, a dispute of their own."""

    code, title = "own_dispute", "本人提出的异议须由他人校核"


class DisputeEnded(WrongState):
    """The dispute was answered or withdrawn."""

    code, title = "dispute_ended", "异议已答复或已撤回"


class DisputeOtherwise(WrongState):
    """Under this id something else is disputed."""

    code, title = "dispute_otherwise", "该标识下已登记另一处的异议"


class EvidenceGiven(WrongState):
    """Another file was given already; a file is never replaced."""

    code, title = "evidence_given", "该证明材料已上传另一个文件"


class TooMuchEvidence(WrongState):
    """The dispute has as much evidence as it may have."""

    code, title = "too_much_evidence", "证明材料已达上限"


class AnswerUnfit(Malformed):
    """An answer lacks its reason, or says what does not go together."""

    code, title = "answer_unfit", "答复的内容不完整或相互矛盾"


class QueryRefused(Problem):
    """A query that is not made: nobody is asked, and that it was tried is on record."""

    case_id = ""
    """The case or draft in which it was tried, where there is one."""


class QueryCaseNotFound(QueryRefused, NotFound):
    """No such case, or the asking unit has nothing to do with it."""

    code, title = "query_case_not_found", "没有这个办件,或者本单位不参与办理"


class QueryResourceNotFound(QueryRefused, NotFound):
    """No such resource."""

    code, title = "query_resource_not_found", "没有这项数据资源"


class QueryCaseOver(QueryRefused, WrongState):
    """The case is over: it is no reason to ask for anything any more."""

    code, title = "query_case_over", "办件已经办结,不能再据以查询数据"


class NetworkNotConnected(QueryRefused, WrongState):
    """The network has not passed its acceptance, so that it serves no case."""

    code, title = "network_not_connected", "该专网尚未通过验收,不能用于办件"


class ItemNotInCase(QueryRefused, Forbidden):
    """The case has no such item."""

    code, title = "item_not_in_case", "该办件不含此事项"


class ItemNotYours(QueryRefused, Forbidden):
    """The officer's unit does not work on the item now, nor does it take the case in or lead it."""

    code, title = "item_not_yours", "本单位当前不办理该办件的此事项"


class OwnCaseAsked(QueryRefused, Forbidden):
    """Nobody reviews his own application."""

    code, title = "own_case_asked", "不能在本人的申请中查询数据"


class PersonNotInCase(QueryRefused, Forbidden):
    """The case does not concern the person."""

    code, title = "person_not_in_case", "该办件不涉及此人"


class NotGranted(QueryRefused, Forbidden):
    """No grant that is in force covers the resource for this item, unit and purpose."""

    code, title = "data_not_granted", "没有有效的数据共享授权"


class FieldNotGranted(QueryRefused, Forbidden):
    """A field was asked for that the grant does not cover."""

    code, title = "field_not_granted", "所查信息项超出授权范围"


class KeyNotOfPerson(QueryRefused, Malformed):
    """The resource would be asked by something that is not the named person's."""

    code, title = "key_not_of_person", "查询条件与所查的人不符"


class BasisUnfit(QueryRefused, Malformed):
    """The legal basis is missing, or has somebody's number in it."""

    code, title = "basis_unfit", "请写明法律依据的名称与条款,不得写入个人信息"


class QuotaSpent(QueryRefused, TooMany):
    """As many queries as there may be in a while were made."""

    code, title = "query_quota_spent", "查询次数已达上限,请稍后再试"

    def __init__(self, whose: str, amount: int, wait: int) -> None:
        seconds = str(wait)
        limits = {"ratelimit-limit": str(amount), "ratelimit-remaining": "0", "ratelimit-reset": seconds}
        super().__init__(f"{whose}的查询最多 {amount} 次", headers={"Retry-After": seconds, **limits})


class IdentityUnresolved(WrongState):
    """Which person an account is has not been told by the identity network yet."""

    code, title = "identity_unresolved", "尚未核实您的身份,不能确定哪些记录是您的"
