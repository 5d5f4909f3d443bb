"""A city pack's part on evaluation, read and checked: each file of `evaluation/` is a document by its name.

A city may have none of them: what it does not say is not offered.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation_svc.domain.pack_faults import faults
from evaluation_svc.schemas.pack import DOCUMENTS
from pydantic import ValidationError

from yiwang.city.remarks import Remark, misfits
from yiwang.city.sources import Source, read_map
from yiwang.refusals import PackUnreadable

FOLDER = "evaluation"


def examine(city: Path, source: Source) -> tuple[Mapping[str, Any], list[Remark]]:
    """Return what a city pack says of evaluation, and what is wrong with its files; nothing where anything is."""
    found: dict[str, Any] = {}
    remarks: list[Remark] = []
    for file in sorted((city / FOLDER).glob("*.yaml")):
        if file.stem not in DOCUMENTS:
            remarks.append(Remark(file, 1, f"没有这种文件;可有的是 {'、'.join(DOCUMENTS)}"))
            continue
        place = (f"{FOLDER}/{file.stem}", 0)
        before = len(source.faults)
        raw = read_map(source, file, place)
        if unread := source.faults[before:]:
            remarks += [Remark(*fault) for fault in unread]
            continue
        try:
            found[file.stem] = DOCUMENTS[file.stem].model_validate(raw).model_dump(mode="json")
        except ValidationError as error:
            remarks += misfits(source, place, error, raw, steps=0)
    if not remarks:
        remarks = [Remark(*source.at(place), detail) for place, detail in faults(found)]
    return ({}, remarks) if remarks else (found, [])


def read_evaluation(city: Path) -> Mapping[str, Any]:
    """Return what a city pack says of evaluation. Raises PackUnreadable with every error."""
    found, wrong = examine(city, Source())
    if wrong:
        raise PackUnreadable([str(remark) for remark in wrong])
    return found
