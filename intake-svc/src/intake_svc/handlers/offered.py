"""Licences offered as materials: found in the registry's copy and checked, instead of a number that was typed.

A licence may be named by its id or identifier from the wallet of whoever applies; a child's is in that of the guardian
who applied for it. A typed number is checked where the registry has a licence of that number, else it stays as typed.
Numbers follow each other: of a licence that is not the caller's nothing is told before its holder is who the form says,
and where the form does not say, it is none that was checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.base.clock import local
from chassis.http.identity import Principal
from sqlalchemy.ext.asyncio import AsyncConnection

from intake_svc.domain.form import Fault, Need, pointer
from intake_svc.domain.licence_names import named
from intake_svc.domain.offered import KnownLicence, compared, unusable
from intake_svc.handlers.collaborators import Intake
from intake_svc.handlers.given import Given, unseal
from intake_svc.siblings import Guide
from intake_svc.store import licences

NOT_THERE = "licence_not_found", "您的电子证照中没有这一份,请在“我的证照”中选择,或填写证照号码"
ANOTHERS = "licence_of_another"
Wrong = tuple[str, str]
"""The code and the words of a fault."""


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
            typed = given.materials[need.material]
            found = await _found(connection, caller, need, typed)
            found, wrong = await _checked(intake, connection, guide, given, need=need, found=found, caller=caller)
            if named(typed) and not found:
                wrong = NOT_THERE
            if wrong:
                faults.append(Fault(pointer("materials", need.material), *wrong))
            elif found:
                numbers[need.material], used[need.material] = found[0].number, found[0].licence_id
    return Offered(Given(given.form, numbers), used, faults)


async def _found(connection: AsyncConnection, caller: Principal, need: Need, typed: str) -> Sequence[KnownLicence]:
    """Return the licence that is named, if it is the caller's; or those of the typed number that fit."""
    if name := named(typed):
        known = await licences.find_named(connection, name)
        return [known] if known is not None and known.holder_id == caller.subject else []
    same = await licences.with_number(connection, typed)
    return [licence for licence in same if need.material in licence.materials]


async def _checked(  # noqa: PLR0913  what is checked against what
    intake: Intake,
    connection: AsyncConnection,
    guide: Guide,
    given: Given,
    *,
    need: Need,
    found: Sequence[KnownLicence],
    caller: Principal,
) -> tuple[Sequence[KnownLicence], Wrong | None]:
    """Return the newest licence that was found, if it may be spoken of, and what is wrong with it, if anything."""
    if not found:
        return found, None
    licence = found[0]
    same = await _compared(intake, connection, licence, given)
    unfit = unusable(licence, need.material, need.name, local(intake.database.clock.now()).date())
    if licence.holder_id == caller.subject:
        return found, unfit or _anothers(guide, licence, same)
    return (found, _anothers(guide, licence, same) or unfit) if same else ([], None)


async def _compared(
    intake: Intake, connection: AsyncConnection, licence: KnownLicence, given: Given
) -> Mapping[str, bool]:
    sealed = await licences.given_in(connection, licence.application_id)
    if sealed is None:
        return {}
    source = unseal(intake, sealed, table="application", row=licence.application_id)
    return compared(licence.subject, given.form, source.form)


def _anothers(guide: Guide, licence: KnownLicence, same: Mapping[str, bool]) -> Wrong | None:
    element = next((name for name, alike in same.items() if not alike), "")
    if not element:
        return None
    label = next((field.label for field in guide.fields if field.element == element), element)
    return ANOTHERS, f"这份{licence.name}的持证者与所填的{label}不符,请核对"
