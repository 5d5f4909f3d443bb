"""Finding units, items and matters."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from chassis.http.paging import Page, decode_cursor, encode_cursor, page

from catalog_svc import store
from catalog_svc.domain.model import Condition, Item, NeededElement, NeededMaterial
from catalog_svc.domain.pack import PublishedMatter
from catalog_svc.domain.stages import STAGES
from catalog_svc.errors import ItemNotFound, UnitNotFound
from catalog_svc.handlers.collaborators import Catalog
from catalog_svc.handlers.published import find_published, today
from catalog_svc.handlers.search import NOTHING_ASKED, search
from catalog_svc.schemas import (
    AnswerOptionView,
    FeeView,
    ItemSummary,
    ItemView,
    LawView,
    LimitView,
    MatterSummary,
    MatterView,
    NeedView,
    QuestionView,
    SearchPage,
    StagesView,
    StageView,
    UnitView,
)
from catalog_svc.store import searching

SHOWN_AS_IT_IS = (
    "catalog_code",
    "task_type",
    "use_level",
    "project_type",
    "accept_condition",
    "anticipate_explain",
    "clock_start",
    "limit_scene_num",
    "limit_scene_explain",
    "online_handle_depth",
    "is_fee",
    "fee_basis",
    "is_pay_online",
    "consult_phone",
    "complain_phone",
    "local_catalog_code",
    "local_task_code",
    "result_name",
    "result_type",
    "status",
    "source",
)
SHOWN_AS_LIST = (
    *("common_name", "server_type", "user_topic_type", "corp_topic_type", "handle_type", "task_handle_item"),
)


async def list_units(catalog: Catalog, after: str, size: int) -> Page[UnitView]:
    """Return a page of units in order of their codes."""
    (last,) = decode_cursor(after, str) if after else ("",)
    async with catalog.database.asking() as connection:
        rows = await store.list_units(connection, last, size)
    return page([_unit_view(row) for row in rows], size, key=lambda unit: (unit.unit_code,))


async def show_unit(catalog: Catalog, unit_code: str) -> UnitView:
    """Return one unit. Raises UnitNotFound."""
    async with catalog.database.asking() as connection:
        row = await store.find_unit(connection, unit_code)
    if row is None:
        raise UnitNotFound(unit_code)
    return _unit_view(row)


def _unit_view(row: Any) -> UnitView:
    shown = {name: getattr(row, name) for name in UnitView.model_fields}
    days = {name: shown[name].isoformat() if shown[name] else None for name in ("valid_from", "valid_to")}
    return UnitView(**{**shown, **days, "successor": row.successor or None})


async def list_items(catalog: Catalog, query: str, unit: str, after: str, size: int) -> SearchPage[ItemSummary]:
    """Return a page of items: best hits first when words are given, else in order of their codes."""
    day = today(catalog)
    async with catalog.database.reading() as connection:
        if query:
            hits = partial(searching.item_hits, connection, today=day, unit=unit)
            found = await search(catalog, connection, store.items, query, hits)
            codes, following = _page_of(found.entries, after, size)
        else:
            found = NOTHING_ASKED
            (last,) = decode_cursor(after, str) if after else ("",)
            rows = await store.list_item_codes(connection, today=day, unit=unit, after=last, size=size)
            codes, following = _cut(rows, size, encode_cursor)
        items = await store.items_of(connection, codes)
        names = await store.unit_names(connection)
    views = [ItemSummary(**_item_summary(items[code], names)) for code in codes]
    return SearchPage(items=views, next=following, unmatched=found.unmatched, suggestions=found.suggestions)


async def show_item(catalog: Catalog, task_code: str) -> ItemView:
    """Return the current version of an item. Raises ItemNotFound."""
    async with catalog.database.asking() as connection:
        found = await store.show_item(connection, task_code)
    if found is None:
        raise ItemNotFound(task_code)
    item, ends, unit_name = found
    return ItemView(
        **_item_summary(item, {item.unit: unit_name}),
        withdrawn_from=ends.isoformat() if ends else None,
        **{name: getattr(item, name) for name in SHOWN_AS_IT_IS},
        **{name: list(getattr(item, name)) for name in SHOWN_AS_LIST},
        fee_project=[
            FeeView(fee_name=fee.fee_name, fee_stand=fee.fee_stand, by_law=fee.by_law) for fee in item.fee_project
        ],
        promise=LimitView(amount=item.promise.amount, unit=item.promise.unit),
        anticipate=LimitView(amount=item.anticipate.amount, unit=item.anticipate.unit) if item.anticipate else None,
        by_law=[LawView(law_name=law.law_name, clause=law.clause, confirmed=law.confirmed) for law in item.by_law],
        elements=[_need_view(need.element, need) for need in item.elements],
        materials=[_need_view(need.material, need) for need in item.materials],
    )


def _need_view(code: str, need: NeededElement | NeededMaterial) -> NeedView:
    return NeedView(code=code, required=need.required, when=_condition(need.when))


def _item_summary(item: Item, names: dict[str, str]) -> dict[str, Any]:
    summary = {"task_code": item.task_code, "task_version": item.task_version, "task_name": item.task_name}
    return summary | {"unit": item.unit, "unit_name": names[item.unit]}


async def list_matters(catalog: Catalog, query: str, stage: str, after: str, size: int) -> SearchPage[MatterSummary]:
    """Return a page of matters: best hits first when words are given, else in order of their codes."""
    day = today(catalog)
    async with catalog.database.reading() as connection:
        if query:
            hits = partial(searching.matter_hits, connection, today=day, stage=stage)
            found = await search(catalog, connection, store.matters, query, hits)
            codes, following = _page_of(found.entries, after, size)
        else:
            found = NOTHING_ASKED
            (last,) = decode_cursor(after, str) if after else ("",)
            rows = await store.list_matter_codes(connection, today=day, stage=stage, after=last, size=size)
            codes, following = _cut(rows, size, encode_cursor)
        matters = await store.matters_of(connection, codes)
    views = [MatterSummary(**_matter_summary(matters[code])) for code in codes]
    return SearchPage(items=views, next=following, unmatched=found.unmatched, suggestions=found.suggestions)


async def list_stages(catalog: Catalog) -> StagesView:
    """Return the life stages in their order, each with how many matters are offered in it."""
    async with catalog.database.asking() as connection:
        counted = await store.count_by_stage(connection, today=today(catalog))
    return StagesView(
        items=[
            StageView(stage=stage.code, name=stage.name, audience=stage.audience, matters=counted.get(stage.code, 0))
            for stage in STAGES
        ]
    )


async def show_matter(catalog: Catalog, matter_code: str) -> MatterView:
    """Return a matter's current version. Raises MatterNotFound."""
    return await _matter_view(catalog, matter_code, None)


async def show_matter_version(catalog: Catalog, matter_code: str, matter_version: int) -> MatterView:
    """Return a published version of a matter. Raises MatterNotFound."""
    return await _matter_view(catalog, matter_code, matter_version)


async def _matter_view(catalog: Catalog, matter_code: str, version: int | None) -> MatterView:
    found = await find_published(catalog, matter_code, version)
    published = found.published
    questions = [
        QuestionView(
            key=question.key,
            text=question.text,
            options=[AnswerOptionView(**asdict(option)) for option in question.options],
            when=_condition(question.when),
            help=question.help,
        )
        for question in published.matter.questions
    ]
    return MatterView(
        **_matter_summary(published),
        cooperating_units=list(published.matter.cooperating_units),
        cooperating_unit_names=[published.unit_names[unit] for unit in published.matter.cooperating_units],
        aliases=list(published.matter.aliases),
        questions=questions,
        status=published.matter.status,
        source=published.matter.source,
        published_at=found.published_at,
        withdrawn_from=found.withdrawn_from.isoformat() if found.withdrawn_from else None,
        is_withdrawn=found.is_withdrawn(today(catalog)),
    )


def _condition(condition: Condition) -> dict[str, list[str]]:
    return {key: list(values) for key, values in condition.items()}


def _matter_summary(published: PublishedMatter) -> dict[str, Any]:
    matter = published.matter
    kept = ("matter_code", "matter_version", "name", "stage", "lead_unit", "summary")
    names = published.unit_names
    return {name: getattr(matter, name) for name in kept} | {"lead_unit_name": names[matter.lead_unit]}


def _page_of(ranked: list[tuple[int, str]], after: str, size: int) -> tuple[list[str], str | None]:
    if after:
        score, code = decode_cursor(after, int, str)
        ranked = [entry for entry in ranked if (-entry[0], entry[1]) > (-score, code)]
    entries, following = _cut(ranked, size, lambda entry: encode_cursor(*entry))
    return [code for _, code in entries], following


def _cut(entries: list[Any], size: int, cursor: Callable[[Any], str]) -> tuple[list[Any], str | None]:
    shown = entries[:size]
    return shown, cursor(shown[-1]) if len(entries) > size else None
