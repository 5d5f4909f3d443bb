"""What is wrong in a city pack's rules of the loop of a bad rating: checks that there are not, tags held twice."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation_svc.domain.tag_checks import CHECKS

Fault = tuple[tuple[str | int, ...], str]


def faults(documents: Mapping[str, Any]) -> Sequence[Fault]:
    """Return the faults of `rectification.yaml`, none where a city has no such file."""
    entries = (documents.get("rectification") or {}).get("tag_checks", ())
    tags = [one["tag"] for one in entries]
    return [*_unknown(entries), *_twice(tags)]


def _unknown(entries: Sequence[Mapping[str, Any]]) -> Sequence[Fault]:
    return [
        (_place(index, "check"), f"没有核对项 {one['check']};可用的是 {'、'.join(CHECKS)}")
        for index, one in enumerate(entries)
        if one["check"] not in CHECKS
    ]


def _twice(tags: Sequence[str]) -> Sequence[Fault]:
    return [(_place(index, "tag"), f"标签 {tag} 重复出现") for index, tag in enumerate(tags) if tag in tags[:index]]


def _place(index: int, name: str) -> tuple[str | int, ...]:
    return ("evaluation/rectification", 0, "tag_checks", index, name)
