"""Acceptance cases (验收用例): what is asked of a network about test persons, and what its answer must be.

A finding names fields and counts, never a value: it is kept, and read by both sides.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from datashare_svc.domain.model import Depth, Resource


@dataclass(frozen=True, slots=True)
class AcceptanceCase:
    """A case: `keys` are of a test person of the provider's; in no other way is anybody asked about in a run.

    VALUE: exactly `rows` rows, and the first has the values of `expects`. VERIFY: `compares` are held against the
    source, `agrees` says of each field whether it must agree; with `is_known` false the source must know nobody.
    """

    case: str
    name: str
    resource: str
    depth: Depth
    keys: Mapping[str, str]
    fields: tuple[str, ...] = ()
    rows: int = 1
    expects: Mapping[str, str] = field(default_factory=dict)
    compares: Mapping[str, str] = field(default_factory=dict)
    agrees: Mapping[str, bool] = field(default_factory=dict)
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class AcceptanceHands:
    """In whose names development takes the steps: not people."""

    provider: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class AcceptancePlan:
    """What a city pack says of acceptance: the cases, and development's hands."""

    cases: tuple[AcceptanceCase, ...] = ()
    hands: AcceptanceHands = field(default_factory=AcceptanceHands)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case came to: what is wrong, in words without values; nothing when it passed."""

    case: str
    name: str
    wrong: str
    at: datetime
    answer_digest: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def unfit(case: AcceptanceCase, resource: Resource | None) -> str:
    """Return why a case cannot be one of a resource, in words; nothing where it can."""
    if resource is None:
        return f"没有数据资源 {case.resource}"
    known = {one.name for one in resource.fields}
    keys = {one.name for one in resource.fields if one.is_key}
    named = {*case.fields, *case.expects, *case.compares, *case.agrees}
    if strange := sorted((named - known) | (set(case.keys) - keys)):
        return f"数据资源 {case.resource} 没有(或不能按其查询)信息项 {'、'.join(strange)}"
    if not case.keys:
        return "没有查询条件"
    if case.depth is Depth.VERIFY and (set(case.agrees) - set(case.compares) or not case.compares):
        return "核验用例须有 compares,且 agrees 须在其中"
    return ""


def wrong_rows(case: AcceptanceCase, rows: tuple[Mapping[str, str], ...]) -> str:
    """Return what is wrong with the rows that a case got, in words without values."""
    if len(rows) != case.rows:
        return f"应有 {case.rows} 条记录,实为 {len(rows)} 条"
    first = rows[0] if rows else {}
    other = [name for name, value in case.expects.items() if first.get(name) != value]
    return f"信息项 {'、'.join(other)} 与预期不一致" if other else ""


def wrong_matches(case: AcceptanceCase, matches: Mapping[str, bool], *, is_known: bool) -> str:
    """Return what is wrong with how a case's values agreed, in words without values."""
    if is_known is not case.is_known:
        return "应有此人而来源无记录" if case.is_known else "应无此人而来源有记录"
    other = [name for name, agrees in case.agrees.items() if case.is_known and matches.get(name) is not agrees]
    return f"信息项 {'、'.join(other)} 的核验结果与预期不一致" if other else ""


def case_document(case: AcceptanceCase) -> dict[str, Any]:
    """Return a case as it is stored."""
    document: dict[str, Any] = json.loads(json.dumps(asdict(case)))
    return document


def digest_of(answer: Any) -> str:
    """Return the digest of what a network told; the answer itself is not kept."""
    text = json.dumps(answer, ensure_ascii=False, sort_keys=True, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()
