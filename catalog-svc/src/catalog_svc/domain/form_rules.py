"""Rules over several elements: which of them a form has, and whether a pack's rules can be kept at all."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from catalog_svc.domain.findings import Finding, Place
from catalog_svc.domain.model import Element, ElementType, FormRule, Material, RuleKind
from catalog_svc.domain.shapes import misshapen

OLDEST = 150
TELLS_BIRTH = frozenset({ElementType.ID_NUMBER, ElementType.DATE, ElementType.PAST_DATE})
SEXES = frozenset({"1", "2"})


def rules_over(rules: Iterable[FormRule], elements: Collection[str]) -> tuple[FormRule, ...]:
    """Return the rules of which all elements are asked."""
    return tuple(rule for rule in rules if {*rule.elements, *rule.when} <= set(elements))


def check_rule(place: Place, rule: FormRule, elements: Mapping[str, Element | None]) -> Iterator[Finding]:
    """Yield everything wrong with a rule; an element that could not be read is known and has no type."""
    for path, detail in misshapen("rules", rule):
        yield place.wrong(path, detail)
    for index, name in enumerate(rule.elements):
        if name not in elements:
            yield place.wrong(f"elements/{index}", f"没有数据元 {name}")
    yield from _check_condition(place, rule, elements)
    found = [element for name in rule.elements if (element := elements.get(name))]
    if len(found) == len(rule.elements):
        yield from (place.wrong(path, detail) for path, broken, detail in _unfit(rule, found) if broken)


def _check_condition(place: Place, rule: FormRule, elements: Mapping[str, Element | None]) -> Iterator[Finding]:
    for name, values in rule.when.items():
        if name not in elements:
            yield place.wrong(f"when/{name}", f"没有数据元 {name}")
        element = elements.get(name)
        options = {option.value for option in element.options} if element else set()
        for value in sorted(set(values) - options) if options else ():
            yield place.wrong(f"when/{name}", f"数据元 {name} 没有选项 {value}")
    if bool(rule.when) != (rule.kind is RuleKind.NEEDS):
        yield place.wrong("when", "needs 须有条件 when,其余规则不得有")


def _unfit(rule: FormRule, found: list[Element]) -> Iterator[tuple[str, bool, str]]:
    """Yield what the elements of each kind of rule must be, each with whether they are not."""
    types = [element.type for element in found]
    once = len(set(rule.elements)) == len(rule.elements)
    yield "elements", not once or not found, "须列出数据元,各一次"
    is_older = rule.kind is RuleKind.OLDER_BY
    yield "years", is_older != (1 <= rule.years <= OLDEST), f"older_by 须写 years(1 至 {OLDEST}),其余规则不得有"
    if rule.kind is RuleKind.DIFFER:
        yield "elements", len(found) < 2 or len(set(types)) > 1, "differ 须有至少两个同类型的数据元"
    if is_older:
        yield "elements", len(found) != 2 or not TELLS_BIRTH.issuperset(types), "older_by 须有两个证件号码或日期"
    is_of_sex = rule.kind is RuleKind.MATCHES_SEX
    yield "sex", bool(rule.sex) and not (is_of_sex and rule.sex in SEXES), "sex 只用于 matches_sex,为 1(男)或 2(女)"
    if is_of_sex:
        wanted = [ElementType.ID_NUMBER] if rule.sex else [ElementType.ID_NUMBER, ElementType.CHOICE]
        yield "elements", types != wanted, "matches_sex 须为证件号码,以及性别选项或 sex"


def check_reference(place: Place, material: Material, elements: Mapping[str, Element | None]) -> Iterator[Finding]:
    """Yield what is wrong with how a material's number is given."""
    if material.reference_type in {ElementType.CHOICE, ElementType.REGION, ElementType.PERSON_NAME}:
        yield place.wrong("reference_type", "应为号码的类型,如 id_number、birth_certificate_no 或 text")
    for index, name in enumerate(material.reference_of):
        element = elements.get(name)
        if name not in elements:
            yield place.wrong(f"reference_of/{index}", f"没有数据元 {name}")
        elif element and element.type is not material.reference_type:
            yield place.wrong(f"reference_of/{index}", f"{name} 的类型应为 {material.reference_type}")
