"""What workflow publishes and reads, as the contracts show it."""

import pytest
from chassis.contracts.messages import event_schema
from chassis.events.outbox import Event
from jsonschema import Draft202012Validator
from workflow_svc.events import CaseClosed, CaseOpened, TaskDecided, TaskOpened

PUBLISHED = [CaseOpened, TaskOpened, TaskDecided, CaseClosed]


@pytest.mark.parametrize("event", PUBLISHED)
def test_the_example_of_each_event_is_one(event: type[Event]) -> None:
    schema = event_schema(event)
    assert schema["examples"]
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)
        event.model_validate(example["data"])


@pytest.mark.parametrize("event", PUBLISHED)
def test_no_event_has_a_place_for_free_text(event: type[Event]) -> None:
    assert not {"reason", "basis", "remedies"} & set(event.model_fields)
