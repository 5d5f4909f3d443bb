"""Licences offered as materials: found in the registry's copy and checked, instead of a number that was typed.

A licence may be named by its id or identifier from the wallet of whoever applies; a child's is in that of the guardian
who applied for it. A typed number is checked where the registry has a licence of that number, else it stays as typed.
Numbers follow each other, so that anybody can type one of a licence in somebody else's wallet, as the other parent's
may be: whoever does not tell all of its holder learns neither its state nor in what he differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.base.clock import local
from chassis.base.problems import FieldError
from chassis.data.database import UnitOfWork
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.form import Fault, Need, pointer
from intake_svc.domain.licence_names import named
from intake_svc.domain.offered import KnownLicence, names_holder, other_holder, unusable
from intake_svc.errors import FormIncomplete
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given, unseal
from intake_svc.siblings import Guide
from intake_svc.store import licences

NOT_THERE = "licence_not_found", "您的电子证照中没有这一份,请在“我的证照”中选择,或填写证照号码"
ANOTHERS = "licence_of_another"
UNCHECKED = "licence_unchecked", ""
"""Told to nobody: the forms have too little in common; the number stays as it was typed, for the window to check."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What was given, with the numbers of the licences that were named; their ids by material; what is wrong."""

    given: Given
    licences: Mapping[str, str]
    faults: Sequence[Fault]


async def offered(intake: Intake, caller: Principal, guide: Guide, given: Given) -> Offered:
    """Check the licences that a tidied application names, or whose numbers it has, as of today."""
    needs = [need for need in guide.needs if need.needs_reference and given.materials.get(need.material)]
    if not needs:
        return Offered(given, {}, [])
    numbers, used = dict(given.materials), dict[str, str]()
    faults: list[Fault] = []
    async with intake.database.reading() as connection:
        for need in needs:
            place, typed = pointer("materials", need.material), given.materials[need.material]
            licence = await _found(connection, caller, need, typed)
            if licence is None:
                faults += [Fault(place, *NOT_THERE)] if named(typed) else []
                continue
            wrong = await _wrong(intake, connection, caller, guide, given, need=need, licence=licence)
            if wrong is None:
                numbers[need.material], used[need.material] = licence.number, licence.licence_id
            elif wrong is not UNCHECKED:
                faults.append(Fault(place, *wrong))
    return Offered(Given(given.form, numbers), used, faults)


async def hold_offered(work: UnitOfWork, guide: Guide, checked: Offered) -> None:
    """Hold the licences that were checked, so that nothing happens to them until the submission is written.

    Raises FormIncomplete for one to which something happened since.
    """
    if not checked.licences:
        return
    held = {one.licence_id: one for one in await licences.hold(work.connection, sorted(checked.licences.values()))}
    today = local(work.clock.now()).date()
    names = {need.material: need.name for need in guide.needs}
    faults = [
        FieldError(pointer("materials", material), *wrong)
        for material, licence_id in checked.licences.items()
        if (wrong := unusable(held[licence_id], material, names[material], today))
    ]
    if faults:
        raise FormIncomplete("请按提示补正后提交", errors=faults)


async def _found(connection: AsyncConnection, caller: Principal, need: Need, typed: str) -> KnownLicence | None:
    """Return the licence that is named, if it is the caller's; or the newest of the typed number that fits."""
    if name := named(typed):
        known = await licences.find_named(connection, name)
        return known if known is not None and known.holder_id == caller.subject else None
    same = await licences.with_number(connection, typed)
    return next((licence for licence in same if need.material in licence.materials), None)


async def _wrong(  # noqa: PLR0913  what is checked against what
    intake: Intake,
    connection: AsyncConnection,
    caller: Principal,
    guide: Guide,
    given: Given,
    *,
    need: Need,
    licence: KnownLicence,
) -> tuple[str, str] | None:
    """Return what is wrong with a licence that was found, if anything; UNCHECKED where that cannot be told."""
    sealed = await licences.given_in(connection, licence.application_id)
    source = unseal(intake, sealed, table="application", row=licence.application_id).form if sealed else {}
    element = other_holder(licence.subject, given.form, source)
    if licence.holder_id != caller.subject:
        if element:
            return ANOTHERS, f"按所填内容不能认定这个号码的{licence.name}可以使用,请核对号码和所填内容"
        if not names_holder(licence.subject, given.form, source):
            return UNCHECKED
    if wrong := unusable(licence, need.material, need.name, local(intake.database.clock.now()).date()):
        return wrong
    if not element:
        return None
    label = next((field.label for field in guide.fields if field.element == element), element)
    return ANOTHERS, f"这份{licence.name}的持证者与所填的{label}不符,请核对"
