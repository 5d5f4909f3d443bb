"""The ledger (账本): how each element and material of an application came, in words, and what she was spared.

What rests on a source was booked; the rest follows from the guide and from what was given, so that an application of
before there were sources has its ledger, too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chassis.data import audit
from chassis.http.identity import Kind, Principal

from intake_svc import store
from intake_svc.domain.booking import BY_MODE, FROM_SOURCES, SPARED, Booked, How, Place, in_words, notices_of
from intake_svc.domain.form import pointer
from intake_svc.errors import ApplicationNotFound
from intake_svc.handlers.booking import opened
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import unseal
from intake_svc.schemas import CheckedView, FaultView, LedgerLineView, LedgerView, NoticeView
from intake_svc.siblings import Guide
from intake_svc.store.booking import booked_of, shared_for
from intake_svc.store.opened import find_worked_on, items_of_unit

SHOWN = ("place", "key", "how", "unit", "unit_name", "network_name", "resource_name", "rule", "query_id", "at")
SHOWN_COUNTS = ("elements_asked", "elements_typed", "materials_asked", "materials_brought")
IN_SHORT = (
    "应填 {elements_asked} 项,由申请人填写 {elements_typed} 项;"
    "应交材料 {materials_asked} 份,由申请人提交 {materials_brought} 份"
)
TO_LOOK_AT = frozenset({How.DISPUTED, How.DIFFERS, How.BY_HAND})


async def show_ledger(intake: Intake, caller: Principal, application_id: str) -> LedgerView:
    """Return the ledger of an application: whole to its owner and its window, to another unit what its items ask for.

    Raises ApplicationNotFound.
    """
    unit = caller.unit if caller.kind is Kind.STAFF else ""
    items: frozenset[str] | None = None
    async with intake.database.reading() as connection:
        row = await store.find_application(connection, application_id, subject=caller.subject, unit=unit)
        if row is None and unit:
            row = await find_worked_on(connection, application_id, unit)
            items = await items_of_unit(connection, application_id, unit)
        if row is None:
            raise ApplicationNotFound
        guide = await intake.guides.of(connection, row)
        lines = await booked_of(connection, application_id)
        sealed = await shared_for(connection, application_id) if any(map(_is_disputed, lines)) else None
    given = unseal(intake, row.given, table="application", row=application_id)
    filed = {(one.place, one.key): one.dispute_id for one in opened(intake, sealed, application_id).filings}
    if unit:
        await audit.record_look(
            intake.database, actor=caller.subject, action="ledger.shown", subject=application_id, details=None
        )
    whole = [*_elements(guide, given.form, lines, row.submitted_at), *_materials(guide, lines, row.submitted_at)]
    return _view(row, guide, [line for line in whole if items is None or _is_asked(guide, line, items)], filed)


def ledger_counts(guide: Guide, form: Mapping[str, str], lines: Sequence[Booked], at: datetime) -> dict[str, int]:
    """Return how much of an application was asked, came from sources, was typed and was brought."""
    return _counts([*_elements(guide, form, lines, at), *_materials(guide, lines, at)])


def _counts(lines: Sequence[Booked]) -> dict[str, int]:
    elements = [line.how for line in lines if line.place is Place.FORM]
    materials = [line.how for line in lines if line.place is Place.MATERIALS]
    return {
        "elements_asked": len(elements),
        "elements_shared": sum(how is How.SHARED for how in elements),
        "elements_typed": sum(how is not How.SHARED for how in elements),
        "materials_asked": len(materials),
        "materials_shared": sum(how in FROM_SOURCES for how in materials),
        "materials_brought": sum(how not in SPARED | {How.TYPED} for how in materials),
    }


def _elements(guide: Guide, form: Mapping[str, str], lines: Sequence[Booked], at: datetime) -> list[Booked]:
    booked = {line.key: line for line in lines if line.place is Place.FORM}
    return [
        booked.get(field.element) or Booked(Place.FORM, field.element, How.TYPED, at)
        for field in guide.fields
        if form.get(field.element)
    ]


def _materials(guide: Guide, lines: Sequence[Booked], at: datetime) -> list[Booked]:
    booked = {line.key: line for line in lines if line.place is Place.MATERIALS}
    return [
        booked.get(one.material)
        or Booked(Place.MATERIALS, one.material, BY_MODE.get(one.obtain_mode, How.BROUGHT), at, rule=one.why)
        for one in guide.materials_at_acceptance
        if one.required or one.material in booked
    ]


def _is_asked(guide: Guide, line: Booked, items: frozenset[str]) -> bool:
    if line.place is Place.FORM:
        return any(items & set(one.used_by) for one in guide.form_fields if one.element == line.key)
    return any(items & set(one.used_by) for one in guide.materials if one.material == line.key)


def _view(row: Any, guide: Guide, lines: Sequence[Booked], filed: Mapping[tuple[Place, str], str]) -> LedgerView:
    labels = {Place.FORM: {one.element: one.label for one in guide.fields}}
    labels[Place.MATERIALS] = {one.material: one.name for one in guide.materials_at_acceptance}
    counts = _counts(lines)
    return LedgerView(
        application_id=row.application_id,
        application_number=row.application_number,
        **{name: counts[name] for name in SHOWN_COUNTS},
        text=IN_SHORT.format(**counts),
        lines=[
            LedgerLineView(
                **{name: getattr(line, name) for name in SHOWN},
                label=labels[line.place].get(line.key, line.key),
                text=in_words(line),
                dispute_id=filed.get((line.place, line.key)),
            )
            for line in lines
        ],
    )


def _is_disputed(line: Booked) -> bool:
    return line.how is How.DISPUTED or bool(line.outcome)


def checks_shown(lines: Sequence[Booked]) -> dict[str, CheckedView]:
    """Return what sources said of materials, by material."""
    named = ("how", "unit_name", "resource_name", "at")
    return {
        line.key: CheckedView(**{name: getattr(line, name) for name in named}, text=in_words(line))
        for line in lines
        if line.place is Place.MATERIALS and line.how is not How.LICENCE
    }


def disputed_in(lines: Sequence[Booked]) -> frozenset[str]:
    """Return the elements that are disputed."""
    return frozenset(line.key for line in lines if line.place is Place.FORM and line.how is How.DISPUTED)


def notices_shown(guide: Guide, lines: Sequence[Booked], submitted_at: datetime) -> list[NoticeView]:
    """Return what came of an application's sources after it was submitted, the oldest first."""
    labels = _names(guide)
    told = (one for line in lines for one in notices_of(line, labels.get(line.key, line.key), submitted_at))
    return [NoticeView(at=at, text=text) for at, text in sorted(told)]


def _names(guide: Guide) -> dict[str, str]:
    labels = {field.element: field.label for field in guide.fields}
    return labels | {one.material: one.name for one in guide.materials_at_acceptance}


def warnings_of_sources(guide: Guide, lines: Sequence[Booked]) -> list[FaultView]:
    """Return what is to be looked at because a source does not agree, or could not be asked; it holds nobody back."""
    labels = _names(guide)
    return [
        FaultView(
            pointer=pointer(line.place, line.key),
            code=line.how.value,
            detail=f"{labels.get(line.key, line.key)}:{in_words(line)}",
        )
        for line in lines
        if line.how in TO_LOOK_AT
    ]
