"""What a service is composed of is all that it has: who it asks, what it does of itself, what needs its keys."""

import inspect
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from chassis.base.works import Work
from chassis.events.outbox import Event
from chassis.service import Service
from yiwang.services import SERVICES
from yiwang.suite import described

BUILT: Mapping[str, Service] = {service.name: service for service in described()}


def room(service: Service, name: str) -> Any:
    return import_module(f"{service.package}.{name}")


@pytest.mark.parametrize("name", SERVICES)
def test_each_sibling_that_a_service_asks_is_the_one_of_that_name(name: str) -> None:
    collaborators = BUILT[name].api.state.collaborators
    for sibling in SERVICES[name].siblings:
        assert getattr(collaborators, sibling) is BUILT[sibling].app


def begun(work: Work) -> Any:
    """Return what a work runs: a function of the handlers, or the class whose `run` it is."""
    return work.func if isinstance(work, partial) else type(getattr(work, "__self__", work))


@pytest.mark.parametrize("service", BUILT.values(), ids=BUILT)
def test_a_service_does_of_itself_all_that_its_handlers_keep_doing(service: Service) -> None:
    handlers = room(service, "handlers")
    kept = {one for name, one in inspect.getmembers(handlers, inspect.iscoroutinefunction) if name.startswith("keep_")}
    fields = {one.type for one in getattr(type(service.api.state.collaborators), "__dataclass_fields__", {}).values()}
    running = {one for one in fields if inspect.isclass(one) and inspect.iscoroutinefunction(getattr(one, "run", None))}
    assert {begun(work) for work in service.works.values()} == kept | running


@pytest.mark.parametrize("service", BUILT.values(), ids=BUILT)
def test_a_service_proves_its_keys_by_all_that_it_says_is_sealed(service: Service) -> None:
    store = room(service, "store")
    assert list(service.kept.sealed) == list(getattr(store, "SEALED", ()))
    has_lookup = hasattr(service.api.state.collaborators, "lookup")
    assert (service.kept.findable is not None) is has_lookup, "what is found by digests proves the look-up keys"


@pytest.mark.parametrize("service", BUILT.values(), ids=BUILT)
def test_a_service_publishes_every_event_of_its_own_and_reads_every_other(service: Service) -> None:
    found = [one for _, one in inspect.getmembers(room(service, "events"), inspect.isclass) if issubclass(one, Event)]
    mine = {one for one in found if hasattr(one, "type") and one.topic.startswith(f"{service.name}.")}
    assert set(service.publishes) == mine
    assert set(service.reads) == {one for one in found if hasattr(one, "type")} - mine
