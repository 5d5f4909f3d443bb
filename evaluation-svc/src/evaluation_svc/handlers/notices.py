"""Notices that follow from a published ranking (通报表扬, 通报批评, 约谈): drafts that the authority approves.

One of a kind is drafted for a unit and period, whatever revisions follow: a correction drafts for those it brings in.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from chassis.base.shapes import LONG
from chassis.data.database import UnitOfWork

from evaluation_svc.domain.letters import LetterKind
from evaluation_svc.domain.periods import Period, in_words
from evaluation_svc.domain.ranking import lasting
from evaluation_svc.domain.rounding import rounded
from evaluation_svc.domain.scoring import RankingEnd
from evaluation_svc.handlers.collaborators import SELF
from evaluation_svc.handlers.letters import draft_letter
from evaluation_svc.store import assessing as store
from evaluation_svc.store.assessing import Record

BASIS = "《郑州市进一步推进“一网通办,一次办成”政务服务改革工作实施方案》三(三)"
TITLES = {
    LetterKind.COMMENDATION: "关于{when}政务服务考评结果的通报表扬",
    LetterKind.CRITICISM: "关于{when}政务服务考评结果的通报批评",
    LetterKind.INTERVIEW: "关于政务服务考评排名持续靠后的约谈通知",
}
OF_END = {RankingEnd.TOP: LetterKind.COMMENDATION, RankingEnd.BOTTOM: LetterKind.CRITICISM}


async def draft_notices(work: UnitOfWork, row: Record) -> Sequence[str]:
    """Draft the notices of a ranking that is published now; return the units whose end an earlier revision named.

    For those a notice may have been sent that is not borne out any more: the authority sees to it.
    """
    group, period = row["group_name"], Period.named(row["period"])
    found = await store.standings_kept(work.connection, row["assessment_id"], None)
    ranked = sum(one["place"] is not None for one in found)
    persistence = row["rules"]["persistence"]
    stretch = await _stretch(work, group, period, persistence)
    for one in found:
        if one["ending"] is None:
            continue
        kind = OF_END[RankingEnd(one["ending"])]
        await _draft(work, row, one["unit"], kind, _of_ranking(row, one, ranked))
        if lasting(stretch, one["unit"], at=persistence - 1, periods=persistence):
            words = _of_persistence(row, one, persistence)
            await _draft(work, row, one["unit"], LetterKind.INTERVIEW, words)
    return await _lapsed(work, row, found)


async def _draft(work: UnitOfWork, row: Record, unit: str, kind: LetterKind, paragraphs: Sequence[str]) -> None:
    await draft_letter(
        work,
        kind=kind,
        unit=unit,
        subject=f"{row['group_name']}.{row['period']}",
        title=TITLES[kind].format(when=in_words(row["period"])),
        paragraphs=paragraphs,
        drafted_by=SELF,
    )


async def _stretch(work: UnitOfWork, group: str, period: Period, persistence: int) -> Sequence[set[str]]:
    """Return the lower ends of the periods before and after, this one among them; none of what is not published."""
    names = [period.moved(steps).name for steps in range(1 - persistence, persistence)]
    ends = await store.published_ends(work.connection, group, names, RankingEnd.BOTTOM.value)
    return [ends.get(name, set()) for name in names]


def _of_ranking(row: Record, one: Mapping[str, Any], ranked: int) -> Sequence[str]:
    rules, when = row["rules"], in_words(row["period"])
    is_top = one["ending"] == RankingEnd.TOP
    where, size, what = ("前", rules["top"], "表扬") if is_top else ("后", rules["bottom"], "批评")
    names = {criterion["indicator"]: criterion["name"] for criterion in rules["criteria"]}
    lines = ";".join(
        f"{names[line['indicator']]} {rounded(Fraction(line['value']))},得 {rounded(Fraction(line['points']))} 分"
        f"(权重 {line['weight']})"
        for line in one["lines"]
        if line["points"] is not None
    )
    score = rounded(Fraction(one["score"]))
    stands = f"{one['name']}得 {score} 分,列第 {one['place']} 名"
    corrected = [f"本次排名是对已公布结果的更正:{row['reason']}"] if row["reason"] else []
    return [
        f"{when}考评中,{rules['name']}共 {ranked} 个参加排名,{stands}。",
        f"各项指标:{lines}。"[:LONG],
        *corrected,
        f"依据{BASIS},{rules['name']}排名{where} {size} 名的(同分的一并列入),予以通报{what}。",
    ]


def _of_persistence(row: Record, one: Mapping[str, Any], persistence: int) -> Sequence[str]:
    rules, when = row["rules"], in_words(row["period"])
    lasts = f"已连续 {persistence} 个周期以上列入后 {rules['bottom']} 名"
    return [
        f"{one['name']}在{rules['name']}的考评排名中,{lasts}(含{when})。",
        f"依据{BASIS},排名持续靠后的,由市政府主要领导约谈主要负责同志。约谈的时间和地点另行通知。",
    ]


async def _lapsed(work: UnitOfWork, row: Record, found: Sequence[Record]) -> Sequence[str]:
    """Return the units that an earlier revision put at an end at which they are not any more."""
    now = {(one["unit"], one["ending"]) for one in found if one["ending"]}
    before = await store.ends_of_revisions(work.connection, row["group_name"], row["period"])
    return sorted({unit for unit, ending in before - now})
