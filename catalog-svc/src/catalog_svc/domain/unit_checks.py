"""Whether units' ends are provided for: successors that there are, and nothing left to a unit that has ended."""

from collections.abc import Iterator, Mapping
from datetime import date

from chassis.base.succession import Term, in_force

from catalog_svc.domain.findings import Finding, Place
from catalog_svc.domain.model import APPLICANT, Unit
from catalog_svc.domain.pack import Pack

NEEDED = {
    "review_authority": "复议机关",
    "court": "受理法院",
    "authority_address": "复议机关地址",
    "authority_phone": "复议机关电话",
}
"""What the applicant is told of remedies (行政复议法 art. 20, 行政诉讼法 art. 46), by the column that says it."""


def check_units(pack: Pack, today: date) -> Iterator[Finding]:
    """Yield what is wrong with units' terms, whose work is left to an ended unit, and which remedies are not told."""
    units = {unit.unit_code: unit for unit in pack.units}
    for index, unit in enumerate(pack.units):
        yield from _check_term(Place("units", index), unit, units)
    terms = {unit.unit_code: Term(unit.valid_to, unit.successor or None) for unit in pack.units}
    for place, path, code in _used(pack):
        last = units.get(in_force(terms, code, today))
        if last is None or last.valid_to is None or last.successor:
            continue
        if last.valid_to < today:
            yield place.wrong(path, f"{code}:{last.name}已于 {last.valid_to} 终止,且没有继任单位(successor)")
        else:
            yield place.doubtful(path, f"{code}:{last.name}将于 {last.valid_to} 终止,请写明继任单位(successor)")
    deciding = {item.unit for item in pack.items}
    for index, unit in enumerate(pack.units):
        if unit.unit_code in deciding and (lacking := _untold(unit)):
            yield Place("units", index).doubtful("review_authority", f"告知救济途径尚缺:{'、'.join(lacking)}")


def _check_term(place: Place, unit: Unit, units: Mapping[str, Unit]) -> Iterator[Finding]:
    if unit.valid_to is not None and unit.valid_to < unit.valid_from:
        yield place.wrong("valid_to", f"终止日期 {unit.valid_to} 早于设立日期 {unit.valid_from}")
    if not unit.successor:
        return
    if unit.valid_to is None:
        yield place.wrong("successor", "有继任单位的,须写明终止日期(valid_to)")
    if unit.successor not in units:
        yield place.wrong("successor", f"没有单位 {unit.successor}")
    chain = [unit.unit_code]
    while (following := units.get(chain[-1])) is not None and following.successor:
        if following.successor in chain:
            if following.successor == unit.unit_code:  # each circle is told at its members, not at who leads into it
                yield place.wrong("successor", f"继任关系成环:{'→'.join([*chain, following.successor])}")
            return
        chain.append(following.successor)


def _used(pack: Pack) -> Iterator[tuple[Place, str, str]]:
    """Yield where a unit has work: items, the lead and help of matters, and materials held."""
    for index, item in enumerate(pack.items):
        yield Place("items", index), "unit", item.unit
    for index, matter in enumerate(pack.matters):
        yield Place("matters", index), "lead_unit", matter.lead_unit
        for number, code in enumerate(matter.cooperating_units):
            yield Place("matters", index), f"cooperating_units/{number}", code
    for index, material in enumerate(pack.materials):
        if material.holder != APPLICANT:
            yield Place("materials", index), "holder", material.holder


def _untold(unit: Unit) -> list[str]:
    if unit.review_basis == "none":
        return [] if unit.complaint_way else ["投诉途径"]
    basis = [] if unit.review_basis else ["复议管辖(review_basis)"]
    return basis + [said for name, said in NEEDED.items() if not getattr(unit, name)]
