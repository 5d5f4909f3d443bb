"""Whether the grants that a pack asks for fit its resources, and cover what its sharing catalogues use."""

from collections.abc import Iterator, Mapping, Sequence

from datashare_svc.domain.model import Depth, Purpose, Push, Resource, Sharing, SharingClass, Use
from datashare_svc.domain.pack import GrantWanted, SharingPlan

PURPOSES = {Push.DRAFT: Purpose.PREFILL, Push.SUBMISSION: Purpose.VERIFICATION, Push.TASK: Purpose.REVIEW}
"""What a use is for when it is asked."""
Fault = tuple[tuple[str | int, ...], str]


def grant_faults(plan: SharingPlan) -> Iterator[Fault]:
    """Yield what does not fit of the grants that are asked for."""
    resources = {one.resource: one for one in plan.resources}
    place = ("grants", 0, "grants")
    keys = [one.grant for one in plan.grants]
    for index, wanted in enumerate(plan.grants):
        if wanted.grant in keys[:index]:
            yield (*place, index, "grant"), f"grant {wanted.grant} 重复出现"
        found = [*_misfits(wanted, resources), *_strangers(wanted, plan.sharings)]
        yield from (((*place, index, *path), f"{wanted.grant}: {detail}") for path, detail in found)
    yield from _hand_faults(plan, resources)


def uncovered(plan: SharingPlan, unit_of: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the uses of conditional resources for which no grant is asked: they would never be served.

    `unit_of` tells the unit of each item; what is a unit's own it uses by rule.
    """
    resources = {one.resource: one for one in plan.resources}
    for number, sharing in enumerate(plan.sharings):
        for index, use in enumerate(sharing.uses):
            resource = resources.get(use.resource)
            if resource is None or resource.sharing_class is not SharingClass.CONDITIONAL:
                continue
            for item in use.items:
                unit = unit_of.get(item, "")
                granted = {name for one in plan.grants if _is_for(one, use, sharing, item) for name in one.fields}
                if unit != resource.unit and (missing := sorted(_needed(use) - granted)):
                    said = f"{use.use}: grants.yaml 没有为事项 {item} 申请 {missing[0]}"
                    yield ("sharing", number, "uses", index, "resource"), said


def _misfits(wanted: GrantWanted, resources: Mapping[str, Resource]) -> Iterator[Fault]:
    resource = resources.get(wanted.resource)
    if resource is None:
        yield ("resource",), f"没有资源 {wanted.resource}"
        return
    if resource.sharing_class is not SharingClass.CONDITIONAL:
        yield ("resource",), f"只有有条件共享的资源须申请授权,{wanted.resource} 不是"
    for index, name in enumerate(wanted.fields):
        if resource.field(name) is None:
            yield ("fields", index), f"资源 {wanted.resource} 没有信息项 {name}"


def _strangers(wanted: GrantWanted, sharings: Sequence[Sharing]) -> Iterator[Fault]:
    """Yield that a grant is for a matter or an item that does not use its resource."""
    sharing = next((one for one in sharings if one.matter_code == wanted.matter_code), None)
    if sharing is None:
        yield ("matter_code",), f"{wanted.matter_code} 没有信息共享目录"
        return
    using = {item for use in sharing.uses if use.resource == wanted.resource for item in use.items}
    if not using:
        yield ("resource",), f"{wanted.matter_code} 的信息共享目录没有用到资源 {wanted.resource}"
    for index, item in enumerate(wanted.items):
        if item not in using:
            yield ("items", index), f"信息共享目录中没有为事项 {item} 用到资源 {wanted.resource}"


def _hand_faults(plan: SharingPlan, resources: Mapping[str, Resource]) -> Iterator[Fault]:
    for wanted in plan.grants:
        resource = resources.get(wanted.resource)
        units = {wanted.unit, resource.unit} if resource else {wanted.unit}
        if missing := sorted(units - set(plan.hands)):
            yield ("grants", 0, "hands"), f"{wanted.grant}: hands 中没有单位 {missing[0]} 的名义"
        if len(units) > 1 and not missing and len({plan.hands[unit] for unit in units}) == 1:
            yield ("grants", 0, "hands"), f"{wanted.grant}: 申请与答复须由两个不同的名义办理"


def _is_for(wanted: GrantWanted, use: Use, sharing: Sharing, item: str) -> bool:
    serves = wanted.matter_code == sharing.matter_code and item in (wanted.items or use.items)
    deep_enough = wanted.depth is Depth.VALUE or use.depth is Depth.VERIFY
    return serves and deep_enough and wanted.resource == use.resource and PURPOSES[use.push] in wanted.purposes


def _needed(use: Use) -> set[str]:
    """Return the fields that a use needs."""
    newest_by = {use.newest_by} if use.depth is Depth.VALUE and use.newest_by else set()
    return {*use.gives.values(), *use.compares, *use.requires, *newest_by}
