"""What of a bad rating leads to nobody: how much those who deal with it see of its text, its case and its figures.

Who wants to be called is known by her own wish. Of any other the unit gets neither the case's number nor figures of the
case, which would lead to its applicant, the matter only where enough persons' cases of it ended shortly before, and the
text only where enough persons rated the matter in the month (decision 61). Reviewers of other units and 市政务办 read
the text with what is personal hidden; a rater reads all of her own.
"""

from datetime import timedelta

from chassis.base.clock import local
from chassis.base.screening import screened
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.tag_checks import Finding
from evaluation_svc.handlers.collaborators import Evaluation
from evaluation_svc.handlers.invitations import rules_of
from evaluation_svc.handlers.rating_views import opened_text
from evaluation_svc.schemas.rectifications import TagFindingView
from evaluation_svc.store import cases, findings, unit_ratings
from evaluation_svc.store.rectifications import Record

RECENT = timedelta(days=21)
"""Who may have rated: whose cases ended within this. Fifteen working days are never less."""
LONGEST = 2000
"""Of a text that is shown; what is hidden may make it longer."""
FINDING_NAMES = {Finding.CONFIRMED: "属实", Finding.REFUTED: "不属实", Finding.CANNOT_TELL: "无法核对"}
HIDDEN_FIGURES = "所依据的数字会指向具体办件,为保护评价人不显示"


async def text_shown(evaluation: Evaluation, connection: AsyncConnection, row: Record, *, is_for_unit: bool) -> str:
    """Return what was written in a rating, with what is personal hidden; nothing where that would lead to its rater."""
    found = await unit_ratings.find_text(connection, row["rating_id"])
    if found is None or (is_for_unit and not await _leads_to_nobody(connection, row)):
        return ""
    return screened(opened_text(evaluation, {**found, "rating_id": row["rating_id"]}))[:LONGEST]


async def matter_leads(connection: AsyncConnection, row: Record) -> bool:
    """Tell whether a unit that is told the matter would know the rater by elimination."""
    if row["is_named"]:
        return False
    span, enough = (row["opened_at"] - RECENT, row["opened_at"]), (await rules_of(connection)).seen_from
    return await cases.applicants_ended(connection, row["unit"], row["matter_code"], span, most=enough) < enough


async def _leads_to_nobody(connection: AsyncConnection, row: Record) -> bool:
    if row["is_named"]:
        return True
    period = local(row["opened_at"]).strftime("%Y-%m")
    raters = await unit_ratings.raters_by_matter(connection, row["unit"], period)
    return raters.get(row["matter_code"], 0) >= (await rules_of(connection)).seen_from


async def findings_shown(connection: AsyncConnection, rating_id: str, *, with_figures: bool) -> list[TagFindingView]:
    """Return what the records say of a rating's tags, in words; the figures are those of the case."""
    return [
        TagFindingView(
            tag=one["tag"],
            finding=one["finding"],
            finding_name=FINDING_NAMES[Finding(one["finding"])],
            text=one["text"] if with_figures else HIDDEN_FIGURES,
        )
        for one in await findings.findings_of(connection, rating_id)
    ]


def public_words(words: str) -> str:
    """Return what was done, as everybody may read it."""
    return screened(words)[:LONGEST]
