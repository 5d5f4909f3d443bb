"""A city pack's part on sharing, read and checked: networks, resources, sharing catalogues, the grants asked for.

`networks.yaml`, `resources.yaml`, `sharing/*.yaml` and `grants.yaml`; a city may have none of them.
"""

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from catalog_svc.domain.pack import Pack
from datashare_svc.domain.acceptance import AcceptanceHands, AcceptancePlan
from datashare_svc.domain.pack import SharingPlan
from datashare_svc.domain.pack_faults import faults
from datashare_svc.schemas.pack import GrantsFile, NetworksFile, ResourcesFile, SharingFile
from pydantic import BaseModel, ValidationError

from yiwang.city.remarks import Remark, misfits
from yiwang.city.sharing_in_catalogue import catalogue_faults, verified_materials
from yiwang.city.sources import Source, read_map
from yiwang.refusals import PackUnreadable

FileModel = TypeVar("FileModel", bound=BaseModel)


def examine(city: Path, source: Source, pack: Pack) -> tuple[SharingPlan, list[Remark]]:
    """Return what a city pack says of sharing, and what is wrong with its files; nothing where anything is."""
    remarks: list[Remark] = []

    def read(file: Path, kind: str, number: int, model: type[FileModel]) -> FileModel | None:
        return _read(source, remarks, file, (kind, number), model) if file.exists() else None

    networks = read(city / "networks.yaml", "networks", 0, NetworksFile)
    resources = read(city / "resources.yaml", "resources", 0, ResourcesFile)
    files = sorted((city / "sharing").glob("*.yaml"))
    sharings = [read(file, "sharing", number, SharingFile) for number, file in enumerate(files)]
    grants = read(city / "grants.yaml", "grants", 0, GrantsFile)
    if remarks:
        return SharingPlan(), remarks
    catalogues = [one.read() for one in sharings if one]
    plan = SharingPlan(
        networks.read() if networks else (),
        resources.read() if resources else (),
        tuple(replace(one, materials=verified_materials(one, pack)) for one in catalogues),
        grants.read() if grants else (),
        grants.hands if grants else {},
        AcceptancePlan(
            resources.read_cases() if resources else (), networks.read_hands() if networks else AcceptanceHands()
        ),
    )
    unit_of = {item.task_code: item.unit for item in pack.items}
    wrong = [*faults(plan, networks.plan if networks else {}, unit_of), *catalogue_faults(plan, pack)]
    remarks = [Remark(*source.at(place), detail) for place, detail in wrong]
    return (SharingPlan(), remarks) if remarks else (plan, [])


def read_sharing(city: Path, pack: Pack) -> SharingPlan:
    """Return what a city pack says of sharing. Raises PackUnreadable with every error."""
    plan, wrong = examine(city, Source(), pack)
    if wrong:
        raise PackUnreadable([str(remark) for remark in wrong])
    return plan


def _read(
    source: Source, remarks: list[Remark], file: Path, place: tuple[str, int], model: type[FileModel]
) -> FileModel | None:
    """Return a file's content; what cannot be read of it is told at its line."""
    before = len(source.faults)
    raw = read_map(source, file, place)
    if unread := source.faults[before:]:
        remarks += [Remark(*fault) for fault in unread]
        return None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        remarks += misfits(source, place, error, raw, steps=0)
    return None
