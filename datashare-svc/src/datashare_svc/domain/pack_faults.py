"""What is wrong in a city pack's part on sharing, and where: each fault at the place of its value in the files.

What refers to the catalogue (units, matters, items, elements, materials) is checked by whoever reads both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from datashare_svc.domain.acceptance import AcceptancePlan, unfit
from datashare_svc.domain.model import (
    Depth,
    Kind,
    Network,
    NetworkLevel,
    Push,
    Resource,
    Sharing,
    SharingClass,
    SharingMode,
    Use,
)
from datashare_svc.domain.pack import SharingPlan
from datashare_svc.domain.pack_grants import Fault, grant_faults, uncovered

FORMATS = {SharingMode.API: "7", SharingMode.TABLE: "3"}
"""格式分类 of a way of sharing, where it has but one."""
DEPTHS = {Push.DRAFT: Depth.VALUE, Push.SUBMISSION: Depth.VERIFY}
"""A draft is filled in, what is submitted is verified; a task may do either."""


def faults(plan: SharingPlan, counts: Mapping[NetworkLevel, int], unit_of: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what does not fit between the files of sharing, each fault at its place: the file's kind, number and steps.

    `counts` says how many networks of a level there are, `unit_of` the unit of each item.
    """
    yield from _network_faults(plan.networks, counts)
    yield from _resource_faults(plan)
    resources = {one.resource: one for one in plan.resources}
    codes = [one.matter_code for one in plan.sharings]
    for number, sharing in enumerate(plan.sharings):
        if sharing.matter_code in codes[:number]:
            yield ("sharing", number, "matter_code"), f"{sharing.matter_code} 已有信息共享目录"
        yield from _sharing_faults(number, sharing, resources)
    yield from grant_faults(plan)
    yield from uncovered(plan, unit_of)


def _twice(place: tuple[str | int, ...], key: str, values: Sequence[str]) -> Iterator[Fault]:
    for index, value in enumerate(values):
        if value in values[:index]:
            yield (*place, index, key), f"{key} {value} 重复出现"


def _network_faults(networks: Sequence[Network], counts: Mapping[NetworkLevel, int]) -> Iterator[Fault]:
    place = ("networks", 0, "networks")
    yield from _twice(place, "network", [one.network for one in networks])
    yield from _twice(place, "name", [one.name for one in networks])
    for level in NetworkLevel:
        found = sum(one.level is level for one in networks)
        if found != counts.get(level, 0):
            yield ("networks", 0, "plan"), f"plan 中 {level.value} 为 {counts.get(level, 0)} 个,所列为 {found} 个"


def _resource_faults(plan: SharingPlan) -> Iterator[Fault]:
    place = ("resources", 0, "resources")
    yield from _twice(place, "resource", [one.resource for one in plan.resources])
    yield from _twice(place, "resource_code", [one.resource_code for one in plan.resources])
    networks = {one.network for one in plan.networks}
    known = {one.resource for one in plan.resources}
    for index, resource in enumerate(plan.resources):
        cases = _case_faults(resource, plan.acceptance)
        found = [*_misfits(resource, networks, known), *_field_faults(resource), *cases]
        yield from (((*place, index, *path), f"{resource.resource}: {detail}") for path, detail in found)


def _misfits(resource: Resource, networks: set[str], known: set[str]) -> Iterator[Fault]:
    if resource.network not in networks:
        yield ("network",), f"没有专网 {resource.network}"
    yield from ((("related",), f"没有资源 {one}") for one in resource.related if one not in known)
    if resource.sharing_class is SharingClass.CONDITIONAL and not resource.condition:
        yield ("sharing_class",), "有条件共享的资源须写明 condition"
    if resource.sharing_class is SharingClass.UNCONDITIONAL and resource.condition:
        yield ("condition",), "无条件共享的资源不得附加条件"
    if resource.format != FORMATS.get(resource.mode, resource.format):
        yield ("mode",), f"共享方式 {resource.mode.value} 的格式分类应为 {FORMATS[resource.mode]}"
    personal = any(one.is_personal for one in resource.fields)
    if resource.cache_seconds and personal and resource.sharing_class is not SharingClass.UNCONDITIONAL:
        yield ("cache_seconds",), "有条件共享的个人信息不得缓存"


def _field_faults(resource: Resource) -> Iterator[Fault]:
    names = [one.name for one in resource.fields]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("fields", index, "name"), f"信息项 {name} 重复出现"
    if not any(one.is_key for one in resource.fields):
        yield ("fields",), "没有可据以查询的信息项(is_key)"


def _case_faults(resource: Resource, plan: AcceptancePlan) -> Iterator[Fault]:
    cases = [case for case in plan.cases if case.resource == resource.resource]
    yield from ((("acceptance", index), said) for index, case in enumerate(cases) if (said := unfit(case, resource)))


def _unknown(resource: Resource, fields: Iterable[str]) -> Iterator[str]:
    return (f"资源 {resource.resource} 没有信息项 {name}" for name in fields if resource.field(name) is None)


def _unknown_keys(resource: Resource, keys: Iterable[str]) -> Iterator[str]:
    for name in keys:
        found = resource.field(name)
        if found is None:
            yield f"资源 {resource.resource} 没有信息项 {name}"
        elif not found.is_key:
            yield f"资源 {resource.resource} 不能据 {name} 查询"


def _sharing_faults(number: int, sharing: Sharing, resources: Mapping[str, Resource]) -> Iterator[Fault]:
    place = ("sharing", number, "uses")
    yield from _twice(place, "use", [use.use for use in sharing.uses])
    given = {given for use in sharing.uses if use.push is Push.DRAFT for given in use.gives}
    for index, use in enumerate(sharing.uses):
        found = [*_shape_faults(use), *_unfilled(use, given)]
        resource = resources.get(use.resource)
        if resource is None:
            found.append((("resource",), f"没有资源 {use.resource}"))
        else:
            found += _use_faults(use, resource)
        yield from (((*place, index, *path), f"{use.use}: {detail}") for path, detail in found)


def _shape_faults(use: Use) -> Iterator[Fault]:
    """Yield what of a use does not go together."""
    if use.depth is not DEPTHS.get(use.push, use.depth):
        yield ("depth",), f"推送时点 {use.push.value} 的共享深度应为 {DEPTHS[use.push].value}"
    if use.depth is Depth.VERIFY and not use.compares:
        yield ("depth",), "核验(VERIFY)须写明 compares"
    if use.depth is Depth.VERIFY and use.gives:
        yield ("gives",), "核验(VERIFY)不取值,不写 gives"
    if use.depth is Depth.VALUE and (use.compares or use.requires or use.material):
        yield ("depth",), "取值(VALUE)不核验,不写 compares、requires 和 material"
    if use.push is Push.DRAFT and not use.gives:
        yield ("push",), "起草时(DRAFT)须写明 gives"
    if bool(use.task) is not (use.push is Push.TASK):
        yield ("task" if use.task else "push",), "环节办理时(TASK)须写明 task,其他时点不写"
    if use.one_is_enough and not use.material:
        yield ("one_is_enough",), "one_is_enough 只与 material 同用"


def _unfilled(use: Use, given: set[str]) -> Iterator[Fault]:
    """Yield the keys of a draft's use that nothing fills in: it would never be asked."""
    if use.push is not Push.DRAFT:
        return
    for field, place in use.keys.items():
        if place != "applicant.account" and place.removeprefix("form.") not in given:
            yield ("keys", field), f"起草时没有哪一条先给出 {place}"


def _use_faults(use: Use, resource: Resource) -> Iterator[Fault]:
    if resource.sharing_class is SharingClass.WITHHELD:
        yield ("resource",), f"资源 {resource.resource} 不予共享"
    yield from ((("keys",), detail) for detail in _unknown_keys(resource, use.keys))
    yield from ((("gives",), detail) for detail in _unknown(resource, use.gives.values()))
    yield from ((("compares",), detail) for detail in _unknown(resource, use.compares))
    yield from ((("requires",), detail) for detail in _unknown(resource, use.requires))
    if both := sorted(set(use.compares) & set(use.requires)):
        yield ("requires",), f"{both[0]} 不能既与所填相比又有固定值"
    if use.newest_by and (found := resource.field(use.newest_by)) is None:
        yield ("newest_by",), f"资源 {resource.resource} 没有信息项 {use.newest_by}"
    elif use.newest_by and found is not None and found.kind is not Kind.DATE:
        yield ("newest_by",), f"{use.newest_by} 不是日期"
