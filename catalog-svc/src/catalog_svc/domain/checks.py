"""Whether a city pack is right: references, codes, shapes, graphs, and the quality rules of implementation lists.

Every finding names its place, and all are found at once; errors stop the load, warnings do not.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from chassis.base.patterns import PatternRefused, require_pattern

from catalog_svc.domain import codes
from catalog_svc.domain.findings import Finding, Place, repeated
from catalog_svc.domain.form_rules import check_reference, check_rule
from catalog_svc.domain.item_checks import LONGEST_VALUE, check_item
from catalog_svc.domain.known import Known
from catalog_svc.domain.matter_checks import check_matter, check_options
from catalog_svc.domain.model import APPLICANT, Element, ElementType, Material, ObtainMode, Region, Unit
from catalog_svc.domain.pack import Pack
from catalog_svc.domain.paper_checks import check_papers
from catalog_svc.domain.shapes import misshapen
from catalog_svc.domain.unit_checks import check_units

VAGUE = re.compile(r"其他|其它|有关|相关|等(?=材料|资料|证明|文件|$)|必要的|需要的")
"""Words by which a list asks for whatever the clerk thinks of."""
NAMED_SO = (
    "法人和其他组织",
    "公民、法人和其他组织",
    "法人或其他组织",
    "法人或者其他组织",
    "其他组织",
    "其他经济组织",
    "其他非法人组织",
    "利害相关人",
    "相关系数",
    "有关税收居民",
)
"""Set phrases of the law in which such a word names something: 法人和其他组织统一社会信用代码 (GB 32100)."""
IDENTIFYING = frozenset(
    {
        ElementType.PERSON_NAME,
        ElementType.ID_NUMBER,
        ElementType.BIRTH_CERTIFICATE_NO,
        ElementType.PHONE,
        ElementType.BANK_ACCOUNT,
    }
)
"""What says by itself whose it is (个人信息保护法 art. 4): never shown to staff unmasked."""
LONGEST_WORD = 50
SHORTEST_LIMIT_OF_A_NAME = 50


def check(pack: Pack, unread: Mapping[str, Collection[str]] | None = None, *, today: date = date.min) -> list[Finding]:
    """Return everything wrong in a pack on a day, the first of all days unless one is named, when no unit has ended.

    `unread` are the keys of entries that could not be read, by kind.
    """
    known = Known.of(pack, unread or {})
    found = list(_check_keys(pack))
    for index, unit in enumerate(pack.units):
        found += _check_unit(Place("units", index), unit)
    for index, region in enumerate(pack.regions):
        found += _check_region(Place("regions", index), region, known)
    found += _check_form(pack, known)
    for index, material in enumerate(pack.materials):
        found += _check_material(Place("materials", index), material, known)
    for index, item in enumerate(pack.items):
        found += check_item(Place("items", index), item, known)
    for index, matter in enumerate(pack.matters):
        found += check_matter(Place("matters", index), matter, known)
    found += check_units(pack, today)
    found += check_papers(pack)
    found += _check_synonyms(pack.synonyms)
    there = {item.task_code for item in pack.items} | {matter.matter_code for matter in pack.matters}
    for code in sorted(there & set(pack.withdrawn)):
        found.append(Place("city", 0).wrong(f"withdrawn/{code}", f"{code} 仍在城市包中;停办的须从中移出"))
    if pack.region_code not in known.regions:
        found.append(Place("city", 0).wrong("region_code", f"没有区划 {pack.region_code}"))
    return found


def _check_form(pack: Pack, known: Known) -> Iterator[Finding]:
    for index, section in enumerate(pack.sections):
        place = Place("sections", index)
        yield from (place.wrong(path, detail) for path, detail in misshapen("sections", section))
    for index, element in enumerate(pack.elements):
        yield from _check_element(Place("elements", index), element, known)
    for index, rule in enumerate(pack.rules):
        yield from check_rule(Place("rules", index), rule, known.elements)


def _check_keys(pack: Pack) -> Iterator[Finding]:
    for kind, path, keys in (
        ("units", "unit_code", [unit.unit_code for unit in pack.units]),
        ("units", "key", [unit.key for unit in pack.units]),
        ("regions", "region_code", [region.region_code for region in pack.regions]),
        ("sections", "key", [section.key for section in pack.sections]),
        ("elements", "element", [element.element for element in pack.elements]),
        ("rules", "rule", [rule.rule for rule in pack.rules]),
        ("materials", "material", [material.material for material in pack.materials]),
        ("items", "task_code", [item.task_code for item in pack.items]),
        ("matters", "matter_code", [matter.matter_code for matter in pack.matters]),
    ):
        for index, key in repeated(keys):
            yield Place(kind, index).wrong(path, f"{key} 重复出现")


def _check_unit(place: Place, unit: Unit) -> Iterator[Finding]:
    for path, detail in misshapen("units", unit):
        yield place.wrong(path, detail)
    if unit.unit_code == APPLICANT:
        yield place.wrong("unit_code", f"{APPLICANT} 留作申请人本人")
    # Real lists hold pseudo codes (a sample ends with Z, which GB 32100 does not allow), so this only warns.
    if not codes.is_uscc(unit.uscc):
        yield place.doubtful("uscc", f"{unit.uscc} 不是有效的统一社会信用代码(GB 32100-2015)")
    elif not codes.has_organisation_check(unit.uscc):
        yield place.doubtful("uscc", f"{unit.uscc} 中主体标识码的校验位不符(GB 11714-1997)")


def _check_region(place: Place, region: Region, known: Known) -> Iterator[Finding]:
    for path, detail in misshapen("regions", region):
        yield place.wrong(path, detail)
    if (region.kind == "CITY") == bool(region.parent):
        yield place.wrong("parent", "市没有上级区划,区县和功能区须有")
    elif region.parent and region.parent not in known.regions:
        yield place.wrong("parent", f"没有区划 {region.parent}")


def _check_element(place: Place, element: Element, known: Known) -> Iterator[Finding]:
    for path, detail in misshapen("elements", element):
        yield place.wrong(path, detail)
    if element.section not in known.sections:
        yield place.wrong("section", f"没有分区 {element.section}")
    if not 1 <= element.max_length <= LONGEST_VALUE:
        yield place.wrong("max_length", f"应为 1 至 {LONGEST_VALUE}")
    if (element.type is ElementType.CHOICE) != bool(element.options):
        yield place.wrong("options", "choice 须有选项,其余类型不得有(region 的选项取自 regions.csv)")
    if element.accepts and element.type is not ElementType.ID_NUMBER:
        yield place.wrong("accepts", "只有 id_number 可写证件种类")
    if element.type is ElementType.PERSON_NAME and element.max_length < SHORTEST_LIMIT_OF_A_NAME:
        yield place.wrong("max_length", f"姓名至少应容 {SHORTEST_LIMIT_OF_A_NAME} 字")
    yield from check_options(place, "options", element.options)
    if not element.personal and element.type in IDENTIFYING:
        yield place.wrong("personal", "姓名、证件号码、手机号码和银行账号总是个人信息,不得写 personal: false")
    try:
        require_pattern(element.pattern)
    except PatternRefused as error:
        yield place.wrong("pattern", f"不是可用的正则表达式(RE2 语法,不支持环视和反向引用):{error}")


def is_vague(name: str) -> bool:
    """Tell whether a material's name leaves open what is asked for; set phrases of the law are not in question."""
    rest = name
    for phrase in sorted(NAMED_SO, key=len, reverse=True):
        rest = rest.replace(phrase, "")
    return VAGUE.search(rest) is not None


def _check_material(place: Place, material: Material, known: Known) -> Iterator[Finding]:
    for path, detail in misshapen("materials", material):
        yield place.wrong(path, detail)
    if is_vague(material.name):
        # 河南省优化营商环境条例 art. 28 bars vague catch-all conditions.
        yield place.wrong("name", f"材料名称含模糊表述:{material.name}")
    if material.holder != APPLICANT and material.holder not in known.units:
        yield place.wrong("holder", f"没有单位 {material.holder}(申请人本人为 {APPLICANT})")
    if material.obtain_mode is ObtainMode.SYSTEM_GENERATED:
        yield place.wrong("obtain_mode", "由前一环节产生的材料,在产生它的事项上写 result_material")
    yield from check_reference(place, material, known.elements)
    if material.obtain_mode is ObtainMode.UPLOAD and material.holder != APPLICANT:
        yield place.doubtful("obtain_mode", "单位持有的材料宜由证照复用或数据共享取得,不宜由申请人上传")


def _check_synonyms(synonyms: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    for phrase, meanings in synonyms.items():
        if not all(0 < len(text.strip()) <= LONGEST_WORD for text in (phrase, *meanings)) or not meanings:
            yield Place("synonyms", 0).wrong(phrase, f"用语应为 1 至 {LONGEST_WORD} 字,且至少对应一个规范用语")
