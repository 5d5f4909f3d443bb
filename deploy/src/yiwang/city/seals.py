"""A city pack's `seals.yaml`, checked with the units that it is for. A city may have none."""

from collections.abc import Sequence
from pathlib import Path

from catalog_svc.domain.model import Unit
from esign_svc.domain.seal_pack import OfUnit, SealPack, SealPlan, faults, plan
from esign_svc.domain.seals import Hands
from pydantic import BaseModel, ConfigDict, ValidationError

from yiwang.city.remarks import Remark, misfits
from yiwang.city.sources import Source, read_map
from yiwang.refusals import PackUnreadable

FILE, KIND = "seals.yaml", "seals"
NONE = SealPlan(Hands(""))


class _Entry(BaseModel):
    """The file as one entry."""

    model_config = ConfigDict(extra="forbid")

    value: SealPack


def examine(city: Path, source: Source, units: Sequence[Unit]) -> tuple[SealPlan, list[Remark]]:
    """Return the seals of a city's units, and what is wrong with its file; no seals where anything is."""
    file = city / FILE
    if not file.exists():
        return NONE, []
    before = len(source.faults)
    raw = read_map(source, file, (KIND, 0))
    unread = [Remark(*fault) for fault in source.faults[before:]]
    if unread:
        return NONE, unread
    try:
        pack = _Entry.model_validate({"value": raw}).value
    except ValidationError as error:
        return NONE, misfits(source, (KIND, 0), error, raw)
    known = [OfUnit(unit.unit_code, unit.name, unit.uscc, unit.kind) for unit in units if unit.name]
    wrong = [Remark(*source.at((KIND, 0, key)), detail) for key, detail in faults(pack, known)]
    return (NONE, wrong) if wrong else (plan(pack, known), [])


def read_seals(city: Path, units: Sequence[Unit]) -> SealPlan:
    """Return the seals of a city for its units. Raises PackUnreadable with every error."""
    found, wrong = examine(city, Source(), units)
    if wrong:
        raise PackUnreadable([str(remark) for remark in wrong])
    return found
