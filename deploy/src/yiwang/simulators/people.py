"""The synthetic people of the simulators: families of a town that is nowhere, the same for the same seed.

Among them are twins, a widowed parent, a mother on her own, a spouse from abroad who has no number, names with U+00B7
and of rare characters, and numbers that end in X. Whoever can sign in for development has a family in which a child was
born five days ago and is still to be named.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from random import Random

from yiwang.simulators import numbers

SEED = 20260101
FAMILIES = 1900
ACCOUNTS = 201
"""How many casts of their own there can be: dev-citizen-0 and so on."""
NEWBORN_DAYS = 5
"""How long ago the children of those who sign in were born."""
CHARACTERS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥元亨利贞"
RARE = ("测\N{MIDDLE DOT}提江", "测𠀀", "测㐂", "测麦提\N{MIDDLE DOT}测买")
DISTRICTS = {
    "410102": "中原区",
    "410103": "二七区",
    "410104": "管城回族区",
    "410105": "金水区",
    "410106": "上街区",
    "410108": "惠济区",
    "410122": "中牟县",
    "410181": "巩义市",
    "410182": "荥阳市",
    "410184": "新郑市",
}
ELSEWHERE = {"410199": "虚构市虚构区", "419099": "河南省虚构县"}
HOSPITALS = ("郑州市妇幼保健院", "测试第一医院", "测试第二医院", "测试妇产医院")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a register; an empty number is of a foreigner, who is in none. `region` is that of the hukou."""

    name: str
    sex: str
    born: date
    id_number: str
    region: str = "410105"
    address: str = ""
    ethnicity: str = "01"
    is_alive: bool = True
    permit: str = ""
    insured_in: str = ""
    insured_since: date | None = None
    employer: str = ""
    months_paid: int = 0


@dataclass(frozen=True, slots=True)
class Child:
    """A child that was born in a hospital; without `person` it is in no population register yet."""

    name: str
    sex: str
    hospital: str
    weight: int
    certificate_no: str
    born: date | None = None
    person: Person | None = None

    def born_on(self, today: date) -> date:
        """Return the day of birth; of the children of those who sign in it is always the fifth day before."""
        return self.born or today - timedelta(days=NEWBORN_DAYS)


@dataclass(frozen=True, slots=True)
class Family:
    """Parents, their marriage if it is registered, their children, and what they own."""

    mother: Person
    father: Person | None = None
    married_on: date | None = None
    children: tuple[Child, ...] = ()
    property_address: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the provincial identity network."""

    account: str
    person: Person
    phone: str
    level: str = "3"


@dataclass(frozen=True, slots=True)
class Company:
    """A company and whom it is represented by."""

    code: str
    name: str
    representative: Person
    state: str
    established_on: date


@dataclass(frozen=True, slots=True)
class Town:
    """All of them."""

    families: tuple[Family, ...]
    accounts: tuple[Account, ...]
    companies: tuple[Company, ...]

    def people(self) -> Iterator[Person]:
        """Yield everybody who has a number."""
        for family in self.families:
            grown = (family.mother, family.father, *(child.person for child in family.children))
            yield from (one for one in grown if one is not None and one.id_number)


@dataclass(slots=True)
class _Maker:
    """What has been given out so far."""

    draw: Random
    orders: Counter[tuple[date, str]] = field(default_factory=Counter)
    certificates: int = 1

    def id_number(self, born: date, sex: str) -> str:
        given = self.orders[born, sex]
        self.orders[born, sex] += 1
        return numbers.id_number(born, 200 + 2 * given + (sex == "1"))

    def certificate(self) -> str:
        self.certificates += 1
        return f"Z{self.certificates:09d}"

    def name(self) -> str:
        return "测" + "".join(self.draw.choices(CHARACTERS, k=self.draw.choice((1, 2, 2))))

    def day(self, first: int, last: int) -> date:
        return date(self.draw.randint(first, last), 1, 1) + timedelta(days=self.draw.randrange(365))


@cache
def town(seed: int = SEED) -> Town:
    """Return the town of a seed; made when it is first asked for."""
    maker = _Maker(Random(seed))  # noqa: S311  the same people for the same seed
    families = [_demo_family(), *(_signed_in(maker) for _ in range(ACCOUNTS + 3))]
    families += [_family(maker, number) for number in range(FAMILIES)]
    return Town(tuple(families), tuple(_accounts(families)), tuple(_companies(maker, families)))


def _demo_family() -> Family:
    """Return the family of dev-citizen: it has something in every register, so that any situation can be told of it."""
    since = date(2019, 7, 1)
    mother = Person("测试母亲甲", "2", date(1992, 3, 4), numbers.id_number(date(1992, 3, 4), 102))
    father = Person("测试父亲甲", "1", date(1990, 3, 7), numbers.id_number(date(1990, 3, 7), 1))
    address = "郑州市测试路 1 号"
    mother, father = (
        replace(one, address=address, permit=address, insured_in="410100", insured_since=since)
        for one in (mother, father)
    )
    mother = replace(mother, employer="测试用人单位", months_paid=60)
    child = Child("", "1", HOSPITALS[0], 3200, "Z000000001")
    return Family(mother, father, date(2018, 5, 20), (child,), address)


def _signed_in(maker: _Maker) -> Family:
    """Return a family of Zhengzhou whose child is to be named."""
    family = _married(maker, maker.draw.choice(tuple(DISTRICTS)))
    mother = replace(family.mother, employer="测试用人单位", months_paid=maker.draw.randint(12, 120))
    child = Child("", "1", HOSPITALS[0], maker.draw.randint(2600, 4200), maker.certificate())
    return replace(family, mother=mother, children=(child,))


def _married(maker: _Maker, region: str) -> Family:
    mother, father = _parent(maker, "2", region), _parent(maker, "1", region)
    father = replace(father, address=mother.address)
    married = date(max(mother.born.year, father.born.year) + 23, 5, 20)
    owns = mother.address if region in DISTRICTS and maker.draw.random() < 0.6 else ""
    return Family(mother, father, married, (), owns)


def _parent(maker: _Maker, sex: str, region: str) -> Person:
    draw, born = maker.draw, maker.day(1976, 2001)
    is_local = region in DISTRICTS
    address = f"{DISTRICTS.get(region) or ELSEWHERE[region]}测试路 {draw.randint(2, 999)} 号"
    return Person(
        maker.name(),
        sex,
        born,
        maker.id_number(born, sex),
        region,
        f"郑州市{address}" if is_local else address,
        "01" if draw.random() < 0.95 else "03",
        permit="" if is_local else f"郑州市{draw.choice(tuple(DISTRICTS.values()))}测试路 {draw.randint(2, 999)} 号",
        insured_in="410100" if draw.random() < 0.9 else "",
        insured_since=date(born.year + 22, 7, 1),
    )


def _family(maker: _Maker, number: int) -> Family:
    """Return a family of the town; the first are the odd ones."""
    draw = maker.draw
    family = _married(maker, draw.choice(tuple(DISTRICTS)) if draw.random() < 0.7 else draw.choice(tuple(ELSEWHERE)))
    if number < len(RARE):
        family = replace(family, mother=replace(family.mother, name=RARE[number]))
    if number == len(RARE) and family.father:
        family = replace(family, father=replace(family.father, is_alive=False))
    if number == len(RARE) + 1 and family.father:
        family = replace(family, father=replace(family.father, name="TEST SPOUSE", id_number="", address=""))
    if number == len(RARE) + 3:
        family = replace(family, father=None, married_on=None)
    if draw.random() < 0.12:
        family = replace(family, married_on=None)
    if draw.random() < 0.5:
        family = replace(
            family, mother=replace(family.mother, employer="测试用人单位", months_paid=draw.randint(1, 99))
        )
    many = 2 if number == len(RARE) + 2 else draw.choice((0, 1, 1))
    return replace(family, children=_children(maker, family, many))


def _children(maker: _Maker, family: Family, many: int) -> tuple[Child, ...]:
    """Return children of one day: several are twins."""
    draw = maker.draw
    oldest = max(parent.born.year for parent in (family.mother, family.father) if parent)
    born = maker.day(min(oldest + 24, 2025), 2025)
    found = []
    for _ in range(many):
        name, sex = maker.name(), draw.choice("12")
        number = maker.id_number(born, sex)
        person = Person(name, sex, born, number, family.mother.region, family.mother.address)
        found.append(
            Child(name, sex, draw.choice(HOSPITALS), draw.randint(2400, 4300), maker.certificate(), born, person)
        )
    return tuple(found)


def _accounts(families: list[Family]) -> Iterator[Account]:
    yield Account("dev-citizen", families[0].mother, numbers.phone(0))
    other = families[1].father
    if other is not None:
        yield Account("dev-citizen-other", other, numbers.phone(1))
    for level in (1, 2):
        yield Account(f"dev-citizen-l{level}", families[level + 1].mother, numbers.phone(level + 1), str(level))
    for number in range(ACCOUNTS):
        yield Account(f"dev-citizen-{number}", families[number + 4].mother, numbers.phone(number + 4))


def _companies(maker: _Maker, families: list[Family]) -> Iterator[Company]:
    for order, family in enumerate(families[4::8]):
        state = "存续" if maker.draw.random() < 0.9 else "注销"
        name = f"测试{maker.name()[1:]}{order}号有限公司"
        yield Company(numbers.credit_code(order), name, family.mother, state, maker.day(2010, 2024))
