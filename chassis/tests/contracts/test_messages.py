"""Events in the contracts: a second version beside the first, what goes, and words for who reads AsyncAPI."""

from dataclasses import replace
from typing import ClassVar

from chassis.contracts import documents as contracts
from chassis.contracts.messages import asyncapi, event_schema
from chassis.events.outbox import Event
from chassis.service import Service
from chassis.testing.sample import Counted
from jsonschema import Draft202012Validator
from pydantic import ConfigDict


class CountedInSteps(Event):
    """A counter went up, in steps."""

    type: ClassVar[str] = "sample.counter.counted.v2"
    topic: ClassVar[str] = "sample.counter"
    schema_version: ClassVar[int] = 2
    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [{"name": "visits", "steps": {"a": 1}}]})

    name: str
    steps: dict[str, int]


class CountedAndGoing(Counted):
    """A counter went up; nobody reads it so any more."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"deprecated": True, "examples": [{"name": "a", "by": 1}]})


def test_a_second_version_has_a_file_a_schema_and_a_message_beside_the_first(service: Service) -> None:
    both = replace(service, publishes=(Counted, CountedInSteps))
    written = contracts.documents([both])
    assert {path for path in written if path.startswith("events/")} == {
        "events/sample.counter.counted.v1.json",
        "events/sample.counter.counted.v2.json",
    }
    second = written["events/sample.counter.counted.v2.json"]
    assert second["$id"] == "/contracts/events/sample.counter.counted.v2.json"
    assert second["properties"]["type"] == {"const": "sample.counter.counted.v2"}
    (example,) = second["examples"]
    assert (example["type"], example["dataschema"]) == ("sample.counter.counted.v2", second["$id"])
    Draft202012Validator(second).validate(example)
    messages = written["asyncapi.json"]["channels"]["sample.counter"]["messages"]
    assert {name: message["payload"]["$ref"] for name, message in messages.items()} == {
        "sample.counter.counted": "./events/sample.counter.counted.v1.json",
        "sample.counter.counted.v2": "./events/sample.counter.counted.v2.json",
    }


def test_an_event_that_is_going_says_so_of_the_whole_event() -> None:
    schema = event_schema(CountedAndGoing)
    assert schema["deprecated"] is True
    assert "deprecated" not in schema["properties"]["data"]


def test_asyncapi_says_where_who_and_what_in_words(service: Service) -> None:
    document = asyncapi([service])
    assert document["info"]["contact"]["email"]
    assert document["servers"]["production"]["protocol"] == "kafka"
    described = [document["info"], *document["servers"].values(), *document["channels"].values()]
    described += document["operations"].values()
    described += [one for channel in document["channels"].values() for one in channel["messages"].values()]
    assert all(one["description"] for one in described)
