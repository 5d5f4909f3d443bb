"""What esign asks of its siblings in its own name, and the classes their answers are read with.

Each class has only the fields that esign needs. Whatever is asked of persons is asked for a purpose, which the sibling
writes into its audit log.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeVar

from chassis.http.asgi import App
from chassis.http.identity import HEADER, Vouch
from chassis.http.upstream import UpstreamUnavailable, call
from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """A sibling's answer, or a part of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


A = TypeVar("A", bound=Answer)
Purpose = Literal["letter", "licence"]
"""What a sibling is asked for: making a letter or a licence."""


class FactMaterial(Answer):
    """A material of an application, and how it was obtained."""

    material: str
    name: str
    how: str


class FactItem(Answer):
    """A task of a unit, and its item."""

    task_key: str
    name: str
    item: str
    unit: str
    unit_name: str


class Facts(Answer):
    """What a paper says of an application; `fields` has of the elements asked for those that were filled in, in words.

    `applicant_name` is empty where the form names nobody, `accept_doc_no` until it is accepted.
    """

    application_id: str
    application_number: str
    matter_code: str
    matter_name: str
    region: str
    applicant_name: str
    unit: str
    unit_name: str
    lead_unit: str
    lead_unit_name: str
    submitted_at: datetime
    accepted_at: datetime | None
    accept_doc_no: str
    promised_due: datetime | None
    materials: list[FactMaterial]
    items: list[FactItem]
    fields: dict[str, str]


class DecisionResult(Answer):
    """What a granted item ends in (办理结果)."""

    name: str
    type: str


class Decision(Answer):
    """What a paper says of a unit's decision; `decision` in the words of its kind of item (不予许可)."""

    task_id: str
    case_id: str
    application_id: str
    application_number: str
    matter_code: str
    task_key: str
    name: str
    item: str
    task_type: str
    unit: str
    unit_name: str
    outcome: Literal["granted", "refused"]
    decision: str
    reason: str
    basis: str
    remedies: str
    decided_at: datetime
    decided_by: str
    result: DecisionResult | None


ANSWERS: Mapping[tuple[str, str], type[Answer]] = {
    ("intake", "show_facts"): Facts,
    ("workflow", "show_decision"): Decision,
}
"""By sibling and operation: the class that reads the answer."""


async def application_facts(
    intake: App, vouch: Vouch, application_id: str, *, purpose: Purpose, elements: Iterable[str] = ()
) -> Facts:
    """Ask intake for an application's facts, and for the values of these elements.

    Raises UpstreamUnavailable, DeadlineExceeded: it is asked again later.
    """
    query = {"purpose": purpose, "elements": ",".join(sorted(set(elements)))}
    path = f"/api/v1/applications/{application_id}/facts"
    return await _ask(intake, Facts, path, vouched=vouch("intake"), query=query)


async def decision(workflow: App, vouch: Vouch, task_id: str, *, purpose: Purpose) -> Decision:
    """Ask workflow for a unit's decision of a task.

    Raises UpstreamUnavailable, DeadlineExceeded: it is asked again later.
    """
    path = f"/api/v1/tasks/{task_id}/decision"
    return await _ask(workflow, Decision, path, vouched=vouch("workflow"), query={"purpose": purpose})


async def _ask(sibling: App, kind: type[A], path: str, *, vouched: str, query: Mapping[str, str]) -> A:
    reply = await call(sibling, "GET", path, query=query, headers={HEADER: vouched})
    if reply.status != 200:  # 401: it is not told our key, or another one
        raise UpstreamUnavailable(f"{path} answered {reply.status}")
    try:
        return kind.model_validate_json(reply.body)
    except ValueError:
        raise UpstreamUnavailable(f"{path} cannot be read") from None  # the answer itself is not for the log
