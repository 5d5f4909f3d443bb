"""What the catalogue's events say of units, items and matters."""

from datetime import date

from chassis.worktime import Limit

from catalog_svc.domain.item_checks import APPLIED_FOR
from catalog_svc.domain.model import Item, Unit
from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.events import (
    ItemPublished,
    ItemWithdrawn,
    LimitPart,
    MatterPublished,
    MatterWithdrawn,
    RemediesPart,
    ResultPart,
    TaskPart,
    UnitPublished,
)


def unit_event(unit: Unit) -> UnitPublished:
    """Return what is told of a new or changed unit."""
    return UnitPublished(
        **{name: getattr(unit, name) for name in ("unit_code", "name", "short_name", "kind", "acceptance_word")},
        valid_from=unit.valid_from.isoformat(),
        valid_to=unit.valid_to.isoformat() if unit.valid_to else None,
        successor=unit.successor or None,
        remedies=RemediesPart(**{name: getattr(unit, name) for name in RemediesPart.model_fields}),
    )


def matter_event(published: PublishedMatter, region: str) -> MatterPublished:
    """Return what is told of a version in force: its graph with limits and results, and its wording of today."""
    matter = published.matter
    tasks = [
        TaskPart(
            task_key=task.task_key,
            name=task.name,
            item=task.item,
            unit=item.unit,
            unit_name=published.unit_names[item.unit],
            after=list(task.after),
            promise=_limit(task.promise_of(item)),
            statutory=_limit(statutory) if (statutory := task.statutory_of(item)) else None,
            on_refusal=task.on_refusal.value,
            result=_result(item),
            by=task.by.value,
            clock_start=item.clock_start.value,
            task_type=item.task_type,
        )
        for task in matter.tasks
        for item in (published.item(task.item),)
    ]
    return MatterPublished(
        matter_code=matter.matter_code,
        matter_version=matter.matter_version,
        name=matter.name,
        lead_unit=matter.lead_unit,
        lead_unit_name=published.unit_names[matter.lead_unit],
        tasks=tasks,
        region=region,
    )


SAID_OF_ITEMS = ("unit", "task_type", "project_type", "online_handle_depth", "limit_scene_num", "is_fee")


def item_event(item: Item, unit_name: str, region: str) -> ItemPublished:
    """Return what is told of an item in force: what the city promises, and how many materials it asks for."""
    return ItemPublished(
        **{name: getattr(item, name) for name in SAID_OF_ITEMS},
        item=item.task_code,
        item_version=item.task_version,
        name=item.task_name,
        unit_name=unit_name,
        is_applied_for=item.task_type in APPLIED_FOR,
        handle_type=list(item.handle_type),
        promise=_limit(item.promise),
        statutory=_limit(item.anticipate) if item.anticipate else None,
        clock_start=item.clock_start.value,
        materials=len({one.material for one in item.materials}),
        materials_required=len({one.material for one in item.materials if one.required}),
        region=region,
    )


def item_withdrawn_event(item: Item, since: date, region: str) -> ItemWithdrawn:
    """Return what is told of an item that is no longer offered."""
    return ItemWithdrawn(
        item=item.task_code,
        item_version=item.task_version,
        unit=item.unit,
        withdrawn_from=since.isoformat(),
        region=region,
    )


def _result(item: Item) -> ResultPart:
    known = {"name": item.result_name, "type": item.result_type, "material": item.result_material or None}
    return ResultPart.model_validate(known)


def _limit(limit: Limit) -> LimitPart:
    return LimitPart(amount=limit.amount, unit=limit.unit.value)


def withdrawn_event(published: PublishedMatter, since: date, region: str) -> MatterWithdrawn:
    """Return what is told of a matter that is no longer offered."""
    matter = published.matter
    return MatterWithdrawn(
        matter_code=matter.matter_code,
        matter_version=matter.matter_version,
        withdrawn_from=since.isoformat(),
        region=region,
    )
