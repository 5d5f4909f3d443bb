"""Finding applications at the counter by keyed digests of what a person can say: number, phone, name, birth date."""

from chassis.base.clock import local
from chassis.base.problems import FieldError, Malformed
from chassis.data import audit
from chassis.data.cipher import FieldCipher, LookupKeys
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain import values
from intake_svc.domain.findable import BIRTH, BORN, ID_NUMBER, NAME, PHONE, Marks, folded, marks_of, of_birth
from intake_svc.domain.numbers import ApplicationNumber, NotANumber
from intake_svc.domain.subject import subjects_of
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given, opened
from intake_svc.handlers.guides import Guides
from intake_svc.handlers.words import summary_view
from intake_svc.schemas import FoundView, SearchBody
from intake_svc.siblings import Guide
from intake_svc.store import searching

SUBJECT = "subject"
PAGE = 100
FOUND_AT_MOST = 200
NOT_A_NUMBER = "办件编号有误,请对照受理通知书或短信核对"


def digests_of(intake: Intake, guide: Guide, given: Given) -> list[str]:
    """Return the look-up digests of what an application is found by, under every live key."""
    return [digest for mark in _marks(guide, given) for digest in intake.lookup.digests(*mark)]


def _marks(guide: Guide, given: Given) -> Marks:
    return marks_of(guide.fields, guide.needs, given.form, given.materials) + _subject_marks(guide, given)


def subject_digests(intake: Intake, guide: Guide, given: Given) -> list[str]:
    """Return the look-up digests of whom a form is for, under every live key."""
    return [digest for mark in _subject_marks(guide, given) for digest in intake.lookup.digests(*mark)]


def _subject_marks(guide: Guide, given: Given) -> Marks:
    return [(SUBJECT, subject) for subject in subjects_of(guide.matter_code, guide.subjects, given.form)]


async def page_is_found(
    guides: Guides, connection: AsyncConnection, cipher: FieldCipher, lookup: LookupKeys, after: str
) -> tuple[bool, str]:
    """Tell whether all in a page of applications is findable under one of the keys; return its last id."""
    rows = await searching.applications_after(connection, after, PAGE)
    digests = await searching.digests_by_application(connection, [row.application_id for row in rows])
    for row in rows:
        given = opened(cipher, row.given, table="application", row=row.application_id)
        for mark in _marks(await guides.of(connection, row), given):
            if digests[row.application_id].isdisjoint(lookup.digests(*mark)):
                return False, row.application_id
    return True, rows[-1].application_id if rows else ""


async def search_applications(intake: Intake, work: UnitOfWork, caller: Principal, body: SearchBody) -> FoundView:
    """Return the unit's applications to which all that was named belongs, the newest 200, and whether there are more.

    The search is recorded with what it found (个人信息保护法 art. 51 and 54); without the record there is no answer.
    Raises Malformed, which says in words what is wrong with what was typed.
    """
    number = application_number_of(body.application_number, pointer="/application_number")
    marks = _wanted(intake, body)
    if not (number or marks):
        raise Malformed(errors=[FieldError("", "required", "请至少填写身份证号、手机号、姓名、办件编号中的一项")])
    digests = [intake.lookup.digests(*mark) for mark in marks]
    rows = await searching.search(
        work.connection, unit=caller.unit, digests=digests, number=number, size=FOUND_AT_MOST + 1
    )
    by = [kind for kind, _ in marks] + ["application_number"] * bool(number)
    details = {"by": by, "found": [row.application_id for row in rows[:FOUND_AT_MOST]]}
    await audit.record(work, actor=caller.subject, action="applications.searched", subject=caller.unit, details=details)
    return FoundView(items=[summary_view(row) for row in rows[:FOUND_AT_MOST]], more=len(rows) > FOUND_AT_MOST)


def _wanted(intake: Intake, body: SearchBody) -> Marks:
    """Return the marks that an application must have, all of them. Raises Malformed for what is no such value."""
    today = local(intake.database.clock.now()).date()

    def standard(kind: str, typed: str, pointer: str) -> str:
        value = values.normalise(kind, typed)
        if value and (detail := values.fault(kind, value, today)):
            raise Malformed(errors=[FieldError(pointer, "malformed", detail)])
        return value

    number = standard(ID_NUMBER, body.id_number, "/id_number")
    phone = standard(PHONE, body.phone, "/phone")
    name = folded(standard(NAME, body.name, "/name"))
    day = standard(BIRTH, body.birth_date, "/birth_date")
    if day and not name:
        raise Malformed(errors=[FieldError("/name", "required", "按出生日期查找,请同时填写姓名")])
    person = (BORN, of_birth(name, day)) if day else (NAME, name)
    return [mark for mark in ((ID_NUMBER, number), (PHONE, phone), person) if mark[1]]


def application_number_of(typed: str, *, pointer: str) -> str:
    """Return an application number that was typed, in its standard form. Raises Malformed for one that is none."""
    if not typed:
        return ""
    try:
        return str(ApplicationNumber.parse(typed))
    except NotANumber:
        raise Malformed(errors=[FieldError(pointer, "malformed", NOT_A_NUMBER)]) from None
