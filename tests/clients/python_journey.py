"""A newborn's matter through a client that was generated from the contract, and nothing else of this repository.

Runs in an environment of its own, with `yiwang_client` beside it. Reads from standard input the gateway's address and a
token for each person, the words of the journey, and prints the tasks in the order of their decisions.
"""

import json
import sys
import time
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import uuid4

from yiwang_client import AuthenticatedClient
from yiwang_client.api.catalog import guide_matter, list_matters
from yiwang_client.api.intake import (
    accept_application,
    change_draft,
    create_draft,
    show_application,
    show_timeline,
    submit_application,
)
from yiwang_client.api.workflow import decide_task, list_tasks
from yiwang_client.models import (
    AcceptanceBody,
    ApplicationState,
    ApplicationView,
    DecisionBody,
    DecisionBodyOutcome,
    DraftBody,
    DraftBodyAnswers,
    DraftChangeBody,
    DraftChangeBodyForm,
    DraftChangeBodyMaterials,
    GuideBody,
    GuideBodyAnswers,
    Problem,
    SubmissionBody,
    TaskState,
)
from yiwang_client.types import Response

T = TypeVar("T")


def told(reply: Response[T | Problem], status: HTTPStatus = HTTPStatus.OK) -> T:
    """Return what was answered, as its own class; end with the problem where there is one."""
    if reply.parsed is None or isinstance(reply.parsed, Problem) or reply.status_code is not status:
        sys.exit(f"{reply.status_code} {reply.content.decode()[:500]}")
    return reply.parsed


def applied(citizen: AuthenticatedClient, words: dict[str, Any]) -> ApplicationView:
    """Search, ask for the guide, fill in a draft and submit it."""
    (matter, *_) = told(list_matters.sync_detailed(client=citizen, q="生孩子")).items
    code, answers = matter.matter_code, words["answers"]
    guide = told(
        guide_matter.sync_detailed(code, client=citizen, body=GuideBody(answers=GuideBodyAnswers.from_dict(answers)))
    )
    body = DraftBody(matter_code=code, answers=DraftBodyAnswers.from_dict(answers))
    made = told(create_draft.sync_detailed(client=citizen, body=body, idempotency_key=str(uuid4())), HTTPStatus.CREATED)
    asked = {field.element for section in guide.form.sections for field in section.fields}
    needed = {material.material for material in guide.materials if material.needs_reference}
    change = DraftChangeBody(
        form=DraftChangeBodyForm.from_dict({name: value for name, value in words["form"].items() if name in asked}),
        materials=DraftChangeBodyMaterials.from_dict(
            {name: value for name, value in words["materials"].items() if name in needed}
        ),
    )
    saved = told(change_draft.sync_detailed(made.draft_id, client=citizen, body=change, if_match=f'"{made.version}"'))
    submission = SubmissionBody(draft_id=saved.draft_id, draft_version=saved.version)
    return told(
        submit_application.sync_detailed(client=citizen, body=submission, idempotency_key=str(uuid4())),
        HTTPStatus.CREATED,
    )


def accepted(clerk: AuthenticatedClient, application: ApplicationView) -> None:
    """Check the materials and accept."""
    seen = told(show_application.sync_detailed(application.application_id, client=clerk))
    body = AcceptanceBody(materials_checked=[one.material for one in seen.materials if one.required])
    taken = told(
        accept_application.sync_detailed(
            application.application_id, client=clerk, body=body, idempotency_key=str(uuid4())
        ),
        HTTPStatus.CREATED,
    )
    if taken.state is not ApplicationState.ACCEPTED:
        sys.exit(f"accepted, but {taken.state}")


def decided(reviewer: AuthenticatedClient, application: ApplicationView) -> list[str]:
    """Grant what waits in a unit's inbox; return the tasks."""
    inbox = told(list_tasks.sync_detailed(client=reviewer, application_number=application.application_number))
    body = DecisionBody(outcome=DecisionBodyOutcome.GRANT)
    for task in inbox.items:
        granted = told(
            decide_task.sync_detailed(task.task_id, client=reviewer, body=body, idempotency_key=f"d-{task.task_id}"),
            HTTPStatus.CREATED,
        )
        if granted.state is not TaskState.GRANTED:
            sys.exit(f"granted, but {granted.state}")
    return [task.task_key for task in inbox.items]


def main() -> None:
    words = json.load(sys.stdin)

    def person(token: str) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=words["url"], token=token, raise_on_unexpected_status=True)

    citizen = person(words["citizen"])
    reviewers = [person(token) for token in words["reviewers"]]
    application = applied(citizen, words)
    accepted(person(words["clerk"]), application)
    done: list[str] = []
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        done += [key for reviewer in reviewers for key in decided(reviewer, application)]
        timeline = told(show_timeline.sync_detailed(application.application_id, client=citizen))
        if timeline.state is ApplicationState.CLOSED:
            print(json.dumps({"outcome": timeline.outcome, "decided": done}))
            return
        time.sleep(0.2)
    sys.exit(f"not closed after a minute: {done}")


if __name__ == "__main__":
    main()
