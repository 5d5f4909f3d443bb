"""Rules over several fields of a form, as the guide says them: what they must be to each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from intake_svc.domain.id_numbers import birth_of, sex_of

SEXES = {"1": "男", "2": "女"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a kind (the catalogue's RuleKind); one that is a warning holds nobody back."""

    kind: str
    elements: tuple[str, ...]
    years: int
    sex: str
    when: Mapping[str, Sequence[str]]
    is_warning: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a rule is not kept, and what to do, in Chinese, without the label of the place itself."""

    element: str
    code: str
    detail: str


def broken(rule: Rule, form: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[Broken]:
    """Yield where right values break a rule; `labels` are those of the form's fields, in its order.

    A rule of a kind that is not known here, or of fields that are not there, is kept.
    """
    if rule.kind in CHECKS and {*rule.elements, *rule.when} <= labels.keys():
        yield from CHECKS[rule.kind](rule, form, labels)


def _differ(rule: Rule, form: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[Broken]:
    for one, other in combinations(_in_order(rule.elements, labels), 2):
        if form.get(one) and form.get(one) == form.get(other):
            yield Broken(other, "differ", f"不能与{labels[one]}相同")


def _older_by(rule: Rule, form: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[Broken]:
    elder, younger = rule.elements
    first, second = _birth(form.get(elder, "")), _birth(form.get(younger, ""))
    if first and second and _anniversary(first, rule.years) > second:
        last = _in_order(rule.elements, labels)[-1]
        other, way = (younger, "大") if last == elder else (elder, "小")
        yield Broken(last, "older_by", f"按此年龄比所填“{labels[other]}”的人{way}不到 {rule.years} 岁,请核对两处")


def _matches_sex(rule: Rule, form: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[Broken]:
    number, expected = form.get(rule.elements[0], ""), rule.sex or form.get(rule.elements[-1], "")
    if number and expected in SEXES and sex_of(number) != expected:
        other = "" if rule.sex else f"与所填{labels[rule.elements[-1]]}不一致,"
        said = f"号码第 17 位表示{SEXES[sex_of(number)]}性,{other}请核对是否填对"
        yield Broken(rule.elements[0], "matches_sex", said)


def _needs(rule: Rule, form: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[Broken]:
    if all(form.get(name) and (not values or form[name] in values) for name, values in rule.when.items()):
        given = "、".join(labels[name] for name in rule.when)
        for name in rule.elements:
            if not form.get(name):
                yield Broken(name, "required", f"按已填的{given},还须填写{labels[name]}")


CHECKS = {"differ": _differ, "older_by": _older_by, "matches_sex": _matches_sex, "needs": _needs}


def _in_order(elements: Sequence[str], labels: Mapping[str, str]) -> list[str]:
    return sorted(elements, key=list(labels).index)


def _birth(value: str) -> date | None:
    """Return the day of an ID number or of a date in their standard forms."""
    if len(value) == 18:
        return birth_of(value)
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _anniversary(day: date, years: int) -> date:
    """Return the day so many years later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
