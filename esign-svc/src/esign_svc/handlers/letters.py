"""What each letter says: its facts asked of intake and workflow, and the words that its template sets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.base.clock import local

from esign_svc.domain.documents import DocumentKind
from esign_svc.domain.letters import GRANTED, decided, delivery, ruling
from esign_svc.domain.seals import SYSTEM, Approver, Capacity, SealKind
from esign_svc.domain.typesetting import in_figures, typeset
from esign_svc.handlers.collaborators import Esign
from esign_svc.handlers.making import Content, Maker
from esign_svc.siblings import Facts, application_facts, decision

UNNAMED = "申请人"
OBTAINED: Mapping[str, str] = {
    "UPLOAD": "申请人提交",
    "LICENSE_REUSE": "电子证照",
    "DATA_VERIFY": "数据核验",
    "PROMISE": "告知承诺",
    "FORM_FIELD": "表单填写",
    "SYSTEM_GENERATED": "办理中产生",
}
"""How a material is obtained, in words (obtain_mode)."""


async def receipt(esign: Esign, row: Any) -> Content:
    """Return a receipt (收件凭证): what was received and when (电子签名法 art. 11); issued by rule."""
    facts = await _facts(esign, row)
    materials = [[one.name, OBTAINED.get(one.how, "申请人提交")] for one in facts.materials]
    data = {**_of_application(facts), "materials": materials}
    return Content("receipt", as_printed(data), SealKind.ACCEPTANCE, Approver(SYSTEM, row.unit, Capacity.SYSTEM))


async def acceptance(esign: Esign, row: Any) -> Content:
    """Return a notice of acceptance (受理通知书): dated and with the unit's seal (行政许可法 art. 32 (1), (2))."""
    facts = await _facts(esign, row)
    data = {
        **_of_application(facts),
        "accepted_on": _day(row.dated),
        "accept_doc_no": facts.accept_doc_no,
        "promised_on": _day(facts.promised_due) if facts.promised_due else "",
        "items": [[one.name, one.unit_name] for one in facts.items],
    }
    return Content(
        "acceptance", as_printed(data), SealKind.ACCEPTANCE, Approver(row.approver, row.unit, Capacity.WINDOW_CLERK)
    )


async def decision_letter(esign: Esign, row: Any) -> Content:
    """Return the letter of a decision: a refusal tells reason, basis and remedies (行政许可法 art. 38 (2))."""
    facts = await _facts(esign, row)
    made = await decision(esign.workflow, esign.vouch, row.task_id, purpose="letter")
    words = decided(made.task_type, made.outcome)
    result = made.result.name if made.result and made.outcome == GRANTED else ""
    data = {
        **_of_application(facts),
        "accepted_on": _day(facts.accepted_at) if facts.accepted_at else "",
        "task_name": made.name,
        "finding": words.finding,
        "ruling": ruling(words, made.decision),
        "result": result,
        "reason": made.reason,
        "basis": made.basis,
        "remedies": made.remedies,
        "delivery": delivery(made.task_type, made.outcome, result),
        "closing": words.closing,
    }
    approver = Approver(row.approver or made.decided_by, row.unit, Capacity.REVIEWER)
    return Content("decision", as_printed(data), SealKind.APPROVAL, approver)


async def _facts(esign: Esign, row: Any) -> Facts:
    return await application_facts(esign.intake, esign.vouch, row.application_id, purpose="letter")


def _of_application(facts: Facts) -> dict[str, Any]:
    return {
        "addressee": facts.applicant_name or UNNAMED,
        "application_number": facts.application_number,
        "matter_name": facts.matter_name,
        "submitted_at": in_figures(local(facts.submitted_at)),
    }


def _day(moment: datetime) -> str:
    return in_figures(local(moment).date())


def as_printed(data: Any) -> Any:
    """Return data as they are printed: Chinese marks at their full width."""
    if isinstance(data, str):
        return typeset(data)
    if isinstance(data, Mapping):
        return {key: as_printed(value) for key, value in data.items()}
    return [as_printed(one) for one in data] if isinstance(data, list) else data


LETTERS: Mapping[DocumentKind, Maker] = {
    DocumentKind.RECEIPT: Maker(receipt),
    DocumentKind.ACCEPTANCE: Maker(acceptance),
    DocumentKind.DECISION: Maker(decision_letter),
}
"""How each letter is made."""
