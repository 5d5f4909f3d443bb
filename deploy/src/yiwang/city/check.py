"""A city pack on disk: read with the line of every value, checked with all findings at once.

The catalogue's own checks say what is wrong; this module says in which file and line. Nothing is loaded here.
"""

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from catalog_svc.domain import checks
from catalog_svc.domain.findings import Finding
from catalog_svc.domain.pack import Pack
from catalog_svc.schemas import ENTRIES, Synonyms, Withdrawn
from chassis.base.clock import SystemClock, local
from esign_svc.schemas.pack import LicenceEntry, LicenceEntryRead
from esign_svc.store.licence_types import TypesKept
from pydantic import ValidationError

from yiwang.calendar import Days, publishable, read_days
from yiwang.city import evaluation, seals, sharing
from yiwang.city.licences import KIND as LICENCES
from yiwang.city.licences import licence_documents, licence_faults
from yiwang.city.remarks import Remark, entry_name, misfits
from yiwang.city.sources import KEYS, Source, read_city
from yiwang.refusals import PackUnreadable

UNREADABLE = (OSError, yaml.YAMLError, csv.Error, KeyError, ValueError, TypeError, AttributeError)
OF_CITY = frozenset({"region_code", "calendar_version"})


def check(city: Path) -> list[Remark]:
    """Return everything wrong in a city pack, errors and warnings, in order of files and lines."""
    return _examine(city)[1]


def read_pack(city: Path) -> tuple[Pack, list[str]]:
    """Return a checked pack and its warnings. Raises PackUnreadable with every error."""
    pack, remarks = _examine(city)
    if errors := [str(remark) for remark in remarks if remark.is_error]:
        raise PackUnreadable(errors)
    return pack, [str(remark) for remark in remarks]


def read_licences(city: Path, pack: Pack) -> TypesKept:
    """Return what a checked city pack says of licences. Raises PackUnreadable with every error."""
    source = read_city(city)
    entries, remarks = _licences(source)
    remarks += _licence_remarks(source, entries, pack, {})
    if remarks:
        raise PackUnreadable([str(remark) for remark in remarks])
    return licence_documents([entry for _, entry in entries], pack)


def _licences(source: Source) -> tuple[list[tuple[int, LicenceEntry]], list[Remark]]:
    entries: list[tuple[int, LicenceEntry]] = []
    remarks: list[Remark] = []
    for index, raw in enumerate(source.lists[LICENCES]):
        try:
            entries.append((index, LicenceEntryRead.model_validate({"value": raw}).value))
        except ValidationError as error:
            remarks += misfits(source, (LICENCES, index), error, raw)
    return entries, remarks


def _licence_remarks(
    source: Source, entries: Sequence[tuple[int, LicenceEntry]], pack: Pack, unread: Mapping[str, Collection[str]]
) -> list[Remark]:
    return [
        Remark(*source.at((LICENCES, index, key)), (f"{_licence_key(source, index)}: " if key else "") + detail)
        for index, key, detail in licence_faults(entries, pack, unread)
    ]


def _licence_key(source: Source, index: int) -> str:
    return str(source.lists[LICENCES][index][KEYS[LICENCES]])


def _examine(city: Path) -> tuple[Pack, list[Remark]]:
    source = read_city(city)
    remarks = [Remark(file, line, detail) for file, line, detail in source.faults]
    entries: dict[str, list[Any]] = {}
    origins: dict[str, list[int]] = {}
    unread: dict[str, list[str]] = {}
    for kind, model in ENTRIES.items():
        entries[kind], origins[kind], unread[kind] = [], [], []
        for index, raw in enumerate(source.lists[kind]):
            try:
                entries[kind].append(model.model_validate({"value": raw}).value)
                origins[kind].append(index)
            except ValidationError as error:
                remarks += misfits(source, (kind, index), error, raw)
                unread[kind].append(str(raw.get(KEYS[kind])) if isinstance(raw, dict) else "")
    pack = _pack(source, entries, remarks)
    today = local(SystemClock().now()).date()
    if not source.unread_files:
        remarks += [_located(source, origins, finding) for finding in checks.check(pack, unread, today=today)]
        licences, unfit = _licences(source)
        remarks += unfit or _licence_remarks(source, licences, pack, unread)
        units = {unit.unit_code for unit in pack.units} | set(unread["units"])
        remarks += _check_calendar(city, source, units)
        remarks += seals.examine(city, source, pack.units)[1] if not unread["units"] else []
        remarks += sharing.examine(city, source, pack)[1] if not any(unread.values()) else []
        remarks += evaluation.examine(city, source)[1]
    return pack, sorted(set(remarks), key=lambda remark: (str(remark.file), remark.line, remark.detail))


def _pack(source: Source, entries: Mapping[str, list[Any]], remarks: list[Remark]) -> Pack:
    """Put the readable entries together; what is wrong with the rest is added to the remarks."""
    synonyms: dict[str, tuple[str, ...]] = {}
    try:
        synonyms = Synonyms.model_validate({"synonyms": source.synonyms}).synonyms
    except ValidationError as error:
        remarks += misfits(source, ("synonyms", 0), error, source.synonyms)
    withdrawn: dict[str, date] = {}
    try:
        withdrawn = Withdrawn.model_validate({"withdrawn": source.about.get("withdrawn") or {}}).withdrawn
    except ValidationError as error:
        remarks += misfits(source, ("city", 0, "withdrawn"), error, source.about)
    lists = {kind: tuple(found) for kind, found in entries.items()}
    region_code = str(source.about.get("region_code", ""))
    return Pack(region_code=region_code, synonyms=synonyms, withdrawn=withdrawn, **lists)


def _located(source: Source, origins: Mapping[str, list[int]], finding: Finding) -> Remark:
    index = origins[finding.kind][finding.index] if finding.kind in origins else finding.index
    steps = [int(step) if step.isdigit() else step for step in finding.path.split("/") if step]
    file, line = source.at((finding.kind, index, *steps))
    raw = source.lists[finding.kind][index] if finding.kind in source.lists else None
    return Remark(file, line, entry_name(finding.kind, raw) + finding.detail, finding.is_error)


def _check_calendar(city: Path, source: Source, units: Collection[str]) -> list[Remark]:
    """Return what is wrong with calendar.csv, office_hours.yaml and their part of city.yaml."""
    hours, file = city / "office_hours.yaml", city / "calendar.csv"
    days = Days()
    remarks: list[Remark] = []
    try:
        days = read_days(file)
    except UNREADABLE as error:
        remarks.append(_unread_calendar(file, error))
    remarks += [Remark(file, line, detail) for line, detail in days.faults]
    try:
        calendar = publishable(city, days)
    except ValidationError as error:
        return remarks + [_calendar_remark(city, source, one["loc"], one["msg"]) for one in error.errors()]
    except UNREADABLE as error:
        return [*remarks, _unread_calendar(hours, error)]
    strangers = sorted(set(calendar.office_hours["units"]) - set(units))
    return remarks + [Remark(hours, source.line_of(hours, unit), f"没有单位 {unit}") for unit in strangers]


def _unread_calendar(file: Path, error: Exception) -> Remark:
    if isinstance(error, OSError):
        return Remark(Path(str(error.filename)), 1, "没有这个文件,或不能读取")
    if isinstance(error, UnicodeDecodeError):
        return Remark(file, 1, "不是 UTF-8 编码,请另存为 UTF-8")
    if isinstance(error, KeyError):
        key = str(error.args[0])
        return Remark(file.with_name("city.yaml") if key in OF_CITY else file, 1, f"缺少 {key}")
    return Remark(file, 1, f"city.yaml 与 office_hours.yaml 应为键值对:{error}")


def _calendar_remark(city: Path, source: Source, loc: tuple[int | str, ...], detail: str) -> Remark:
    """Return a remark at the field's file, and at the day's line where a day is named."""
    detail = detail.removeprefix("Value error, ")
    name = str(loc[0]) if loc else detail.partition(":")[0]
    if name in {"region", "calendar_version"}:
        return Remark(city / "city.yaml", 1, f"{name}: {detail}")
    if name == "office_hours":
        return Remark(city / "office_hours.yaml", 1, detail)
    days = re.findall(r"\d{4}-\d{2}-\d{2}", " ".join(map(str, (*loc, detail))))
    file = city / "calendar.csv"
    return Remark(file, source.line_of(file, days[0]) if days else 1, detail)
