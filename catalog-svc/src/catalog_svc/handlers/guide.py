"""The guide for one person's situation."""

from collections.abc import Mapping

from chassis.base.problems import FieldError
from chassis.worktime import CriticalPath, Limit

from catalog_svc.domain.guide import Guide, check_answers, compose, way_out
from catalog_svc.domain.merge import Field
from catalog_svc.domain.model import APPLICANT, ObtainMode
from catalog_svc.errors import AnswersWrong, HandledAtWindow, MatterWithdrawn
from catalog_svc.handlers.collaborators import Catalog
from catalog_svc.handlers.published import find_published, today, work_time
from catalog_svc.schemas import (
    ChosenView,
    DerivationView,
    FieldView,
    FormView,
    GuideItemView,
    GuideTaskView,
    GuideView,
    LimitView,
    MaterialView,
    OptionView,
    PromiseView,
    RuleView,
    SavedView,
    SectionView,
    StepView,
)

WHY = {
    ObtainMode.UPLOAD: "目前不能在网上提交:提交申请后,请将原件带到受理窗口核对",
    ObtainMode.LICENSE_REUSE: "填写证照号码,由窗口以电子证照核验",
    ObtainMode.DATA_VERIFY: "由部门间数据核验,无需提交",
    ObtainMode.PROMISE: "在表单中作出承诺,无需提交",
    ObtainMode.FORM_FIELD: "已在表单中填写,无需提交",
    ObtainMode.SYSTEM_GENERATED: "由本件事的前一环节产生,无需提交",
}
TO_BRING = "该项数据尚未接通,暂不能由部门间核验:提交申请后,请将原件带到受理窗口核对"
REFERENCED = frozenset({ObtainMode.LICENSE_REUSE})


async def guide_matter(catalog: Catalog, matter_code: str, answers: Mapping[str, str]) -> GuideView:
    """Return items, form, materials, tasks and promise for the answers, if the window accepted now.

    Raises MatterNotFound, MatterWithdrawn, HandledAtWindow with the way out in words, AnswersWrong with a pointer to
    each wrong place, CalendarMissing.
    """
    found = await find_published(catalog, matter_code)
    published = found.published
    if found.is_withdrawn(today(catalog)):
        raise MatterWithdrawn(f"自 {found.withdrawn_from} 起不再受理“{published.matter.name}”")
    questions = published.matter.questions
    if elsewhere := way_out(questions, answers):
        place = FieldError(f"/answers/{elsewhere.key}", elsewhere.code, elsewhere.detail)
        raise HandledAtWindow(elsewhere.detail, errors=[place])
    wrong = check_answers(questions, answers)
    if wrong:
        errors = [FieldError(f"/answers/{place.key}", place.code, place.detail) for place in wrong]
        raise AnswersWrong("请按提示选择情形", errors=errors)
    times = await work_time(catalog)
    guide = compose(published, answers, times=times, start=catalog.clock.now(), served=found.served)
    return _view(guide, times.calendar.version)


def _view(guide: Guide, calendar_version: str) -> GuideView:
    matter = guide.matter.matter
    return GuideView(
        matter_code=matter.matter_code,
        matter_version=matter.matter_version,
        name=matter.name,
        lead_unit=matter.lead_unit,
        lead_unit_name=guide.matter.unit_names[matter.lead_unit],
        answers=dict(guide.answers),
        situation=_situation(guide),
        subjects=[list(subject) for subject in matter.subjects],
        items=_items(guide),
        form=_form(guide),
        materials=_materials(guide),
        saved=_saved(guide),
        tasks=_tasks(guide),
        promise=_promise(guide.promise, calendar_version),
        statutory=_promise(guide.statutory, calendar_version) if guide.statutory else None,
    )


def _situation(guide: Guide) -> list[ChosenView]:
    """Return the answers in words, in the order of the questions."""
    return [
        ChosenView(
            key=question.key,
            text=question.text,
            value=option.value,
            label=option.label,
            used_by=list(guide.resting_on(question.key)),
        )
        for question in guide.matter.matter.questions
        for option in question.options
        if guide.answers.get(question.key) == option.value
    ]


def _items(guide: Guide) -> list[GuideItemView]:
    return [
        GuideItemView(
            task_code=item.task_code,
            task_version=item.task_version,
            task_name=item.task_name,
            unit=item.unit,
            unit_name=guide.matter.unit_names[item.unit],
        )
        for item in guide.items
    ]


def _form(guide: Guide) -> FormView:
    sections = [
        SectionView(
            key=section.key,
            title=section.title,
            fields=[_field(field) for field in guide.fields if field.element.section == section.key],
        )
        for section in guide.matter.sections
    ]
    rules = [
        RuleView(
            rule=rule.rule,
            kind=rule.kind,
            elements=list(rule.elements),
            years=rule.years,
            sex=rule.sex,
            when={element: list(values) for element, values in rule.when.items()},
            is_warning=rule.is_warning,
        )
        for rule in guide.rules
    ]
    return FormView(sections=[section for section in sections if section.fields], rules=rules)


def _field(field: Field) -> FieldView:
    element = field.element
    return FieldView(
        element=element.element,
        label=element.label,
        type=element.type,
        required=field.required,
        max_length=element.max_length,
        pattern=element.pattern,
        options=[OptionView(value=option.value, label=option.label) for option in element.options],
        help=element.help,
        personal=element.personal,
        accepts=list(element.accepts),
        used_by=list(field.used_by),
    )


def _materials(guide: Guide) -> list[MaterialView]:
    names = {**guide.matter.unit_names, APPLICANT: "申请人"}
    asked = {field.element.element for field in guide.fields}
    return [
        MaterialView(
            material=one.material.material,
            name=one.material.name,
            required=one.required,
            obtain_mode=one.obtain_mode,
            holder=one.material.holder,
            holder_name=names[one.material.holder],
            needs_reference=one.required and one.obtain_mode in REFERENCED,
            reference_type=one.material.reference_type,
            reference_of=[name for name in one.material.reference_of if name in asked],
            accept_standard=one.material.accept_stand,
            used_by=list(one.used_by),
            to_bring=one.to_bring,
            why=TO_BRING if one.to_bring else WHY[one.obtain_mode],
        )
        for one in guide.materials
    ]


def _saved(guide: Guide) -> list[SavedView]:
    return [
        SavedView(
            material=one.material.material,
            name=one.material.name,
            reason=one.reason,
            by=one.by,
            copies=one.copies,
            basis=list(one.basis),
        )
        for one in guide.saved
    ]


def _tasks(guide: Guide) -> list[GuideTaskView]:
    return [
        GuideTaskView(
            task_key=task.task_key,
            name=task.name,
            item=task.item,
            unit=item.unit,
            unit_name=guide.matter.unit_names[item.unit],
            after=list(task.after),
            promise=_limit(task.promise_of(item)),
            statutory=_limit(statutory) if (statutory := task.statutory_of(item)) else None,
            clock_start=item.clock_start,
            on_refusal=task.on_refusal,
            by=task.by,
            help=task.help,
        )
        for task, item in zip(guide.tasks, guide.items, strict=True)
    ]


def _limit(limit: Limit) -> LimitView:
    return LimitView(amount=limit.amount, unit=limit.unit)


def _promise(path: CriticalPath, calendar_version: str) -> PromiseView:
    derivation = [
        DerivationView(task_key=key, due=link.at, steps=[StepView(**step.to_json()) for step in link.steps])
        for key, link in zip(path.keys, path.dues, strict=True)
    ]
    return PromiseView(
        finish=path.finish,
        provisional=path.provisional,
        calendar_version=calendar_version,
        critical_path=list(path.keys),
        derivation=derivation,
    )
