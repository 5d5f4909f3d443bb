"""A released contract is frozen: what a later one lost is found, however green all else is."""

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from chassis.contracts import documents as contracts
from chassis.contracts import released
from chassis.contracts.components import VERSION
from chassis.contracts.released import NotReleasable
from chassis.service import Service

LATER = f"{int(VERSION.split('.')[0]) + 1}.0.0"
EVENT = "events/sample.counter.counted.v1.json"


@pytest.fixture
def folder(service: Service, tmp_path: Path) -> Path:
    """The sample's contracts, released once."""
    contracts.write([service], tmp_path)
    released.release(tmp_path, contracts.documents([service]), VERSION)
    return tmp_path


def as_version(service: Service, version: str) -> dict[str, Any]:
    """Return the documents as a later version."""
    found = deepcopy(contracts.documents([service]))
    for document in (one for one in found.values() if "info" in one):
        document["info"]["version"] = version
    return found


def test_what_is_as_released_is_right_and_so_is_an_addition_under_another_version(
    service: Service, folder: Path
) -> None:
    assert released.findings(folder, contracts.documents([service])) == []
    more = as_version(service, LATER)
    more[EVENT]["properties"]["data"]["properties"]["why"] = {"type": "string"}
    assert released.findings(folder, more) == []


def test_an_addition_is_not_called_by_the_version_that_is_released(service: Service, folder: Path) -> None:
    more = contracts.documents([service])
    more[EVENT]["properties"]["data"]["properties"]["why"] = {"type": "string"}
    (found,) = released.findings(folder, more)
    assert found.where == "info.version"


def test_a_field_that_the_code_lost_is_found_though_the_contracts_were_written_anew(
    service: Service, folder: Path
) -> None:
    less = as_version(service, LATER)
    data = less[EVENT]["properties"]["data"]
    del data["properties"]["by"]
    data["required"].remove("by")
    view = less["openapi/sample.json"]["components"]["schemas"]["CounterView"]
    del view["properties"]["value"]
    view["required"].remove("value")
    found = {one.where for one in released.findings(folder, less)}
    assert "sample.counter.counted/data/by" in found
    assert "GET /api/v1/counters/{name} 200/value" in found


def test_a_service_and_an_event_that_are_gone_are_found(service: Service, folder: Path) -> None:
    less = as_version(service, LATER)
    del less["openapi/sample.json"], less[EVENT]
    found = [str(one) for one in released.findings(folder, less)]
    assert any("sample.counter.counted" in one for one in found)
    assert any("GET /api/v1/counters/{name}" in one for one in found)


def test_an_event_is_held_to_every_release_that_it_was_in(service: Service, folder: Path) -> None:
    later = as_version(service, LATER)
    bound = later[EVENT]["properties"]["data"]["properties"]["name"]
    bound["maxLength"] = 5  # as if the first release had been wider, and the second one forced
    frozen = folder / "released" / LATER
    for path, document in later.items():
        (frozen / path).parent.mkdir(parents=True, exist_ok=True)
        (frozen / path).write_text(json.dumps(document), encoding="utf-8")
    digests = {one.name: released.digest(one) for one in released.releases(folder)}
    (folder / released.DIGESTS).write_text(json.dumps(digests), encoding="utf-8")
    assert [one.where for one in released.findings(folder, later)] == ["sample.counter.counted/data/name"]


def test_a_release_is_not_written_over_and_has_the_version_that_its_documents_say(
    service: Service, folder: Path
) -> None:
    documents = contracts.documents([service])
    assert released.read(folder / "released" / VERSION) == documents
    for version in (VERSION, "9.9.9", "v1"):
        with pytest.raises(NotReleasable):
            released.release(folder, documents, version)
    with pytest.raises(NotReleasable, match="早于"):
        released.release(folder, as_version(service, "0.9.0"), "0.9.0")
    less = as_version(service, LATER)
    del less[EVENT]
    with pytest.raises(NotReleasable, match=r"sample\.counter\.counted"):
        released.release(folder, less, LATER)
    assert [one.name for one in released.releases(folder)] == [VERSION]


def test_a_release_that_was_changed_or_taken_away_is_found(service: Service, folder: Path) -> None:
    documents = contracts.documents([service])
    frozen = folder / "released" / VERSION
    text = (frozen / EVENT).read_text(encoding="utf-8")
    (frozen / EVENT).write_text(text.replace("sample.counter.counted", "sample.counter.reckoned"), encoding="utf-8")
    (changed,) = released.findings(folder, documents)
    assert changed.where == f"released/{VERSION}"
    (frozen / EVENT).unlink()
    assert released.findings(folder, documents) == [changed]
    shutil.rmtree(frozen)
    (gone,) = released.findings(folder, documents)
    assert gone.where == changed.where
    with pytest.raises(NotReleasable, match=VERSION):
        released.release(folder, documents, VERSION)
    (folder / released.DIGESTS).unlink()
    (none,) = released.findings(folder, documents)
    assert none.where == "released"


def test_a_release_that_nobody_froze_is_found(service: Service, folder: Path) -> None:
    shutil.copytree(folder / "released" / VERSION, folder / "released" / "0.9.0")
    (found,) = released.findings(folder, contracts.documents([service]))
    assert found.where == "released/0.9.0"
