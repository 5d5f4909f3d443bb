"""What each register of the simulators holds of the people, as rows of its own fields and in its own ways of writing.

The population register writes days as 20260301, the marriage register as 2026年3月1日, the others as 2026-03-01.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from yiwang.simulators.people import Child, Family, Person, Town

Row = Mapping[str, str]
Rows = Callable[[Town, date], Iterator[Row]]
PERMIT_DAYS = 300


@dataclass(frozen=True, slots=True)
class Service:
    """A service of a network: what it may be asked by, the fields of its rows, and the rows of a day."""

    service: str
    keys: tuple[str, ...]
    fields: tuple[str, ...]
    rows: Rows


def _compact(day: date) -> str:
    return f"{day:%Y%m%d}"


def _in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _accounts(town: Town, _: date) -> Iterator[Row]:
    for one in town.accounts:
        person = one.person
        yield {
            "account": one.account,
            "name": person.name,
            "id_number": person.id_number,
            "phone": one.phone,
            "level": one.level,
        }


def _population(town: Town, _: date) -> Iterator[Row]:
    for one in town.people():
        if one.is_alive:
            yield {
                "id_number": one.id_number,
                "name": one.name,
                "sex": one.sex,
                "birth_date": _compact(one.born),
                "ethnicity": one.ethnicity,
                "residence_address": one.address,
                "hukou_region": one.region,
            }


def _permits(town: Town, today: date) -> Iterator[Row]:
    until = _compact(today + timedelta(days=PERMIT_DAYS))
    for one in town.people():
        if one.permit and one.is_alive:
            yield {
                "id_number": one.id_number,
                "name": one.name,
                "valid_until": until,
                "permit_address": one.permit,
            }


def _marriages(town: Town, _: date) -> Iterator[Row]:
    for number, family in enumerate(town.families):
        mother, father = family.mother, family.father
        if family.married_on is None or father is None:
            continue
        facts = {"registered_on": _in_words(family.married_on), "certificate_no": f"J410199-2026-{number:06d}"}
        for one, other in ((mother, father), (father, mother)):
            if one.id_number:
                yield {
                    "id_number": one.id_number,
                    "name": one.name,
                    "spouse_id_number": other.id_number,
                    "spouse_name": other.name,
                    **facts,
                }


def _births(town: Town, today: date) -> Iterator[Row]:
    for family in town.families:
        for child in family.children:
            facts = _birth(family, child, today)
            for parent in (family.mother, family.father):
                if parent is not None and parent.id_number:
                    yield {"parent_id_number": parent.id_number, **facts}


def _birth(family: Family, child: Child, today: date) -> dict[str, str]:
    father = family.father or Person("", "1", today, "")
    return {
        "child_name": child.name,
        "child_sex": child.sex,
        "child_birth_date": child.born_on(today).isoformat(),
        "birth_hospital": child.hospital,
        "birth_weight": str(child.weight),
        "mother_name": family.mother.name,
        "mother_id_number": family.mother.id_number,
        "father_name": father.name,
        "father_id_number": father.id_number,
        "certificate_no": child.certificate_no if child.name else "",  # none is issued before there is a name
    }


def _insured(town: Town, _: date) -> Iterator[Row]:
    for one in town.people():
        if one.insured_in and one.insured_since and one.is_alive:
            yield {
                "id_number": one.id_number,
                "name": one.name,
                "insured_region": one.insured_in,
                "state": "正常参保",
                "insured_since": one.insured_since.isoformat(),
            }


def _maternity(town: Town, _: date) -> Iterator[Row]:
    for one in town.people():
        if one.employer:
            yield {
                "id_number": one.id_number,
                "name": one.name,
                "employer_name": one.employer,
                "months_paid": str(one.months_paid),
                "state": "正常缴费",
            }


def _properties(town: Town, _: date) -> Iterator[Row]:
    for number, family in enumerate(town.families):
        if family.property_address:
            yield {
                "owner_id_number": family.mother.id_number,
                "owner_name": family.mother.name,
                "certificate_no": f"豫(2026)测试不动产权第{number:07d}号",
                "address": family.property_address,
                "area_m2": f"{60 + number % 90}.5",
                "registered_on": f"20{10 + number % 15}-06-01",
            }


def _companies(town: Town, _: date) -> Iterator[Row]:
    for one in town.companies:
        yield {
            "uscc": one.code,
            "name": one.name,
            "legal_representative": one.representative.name,
            "legal_representative_id": one.representative.id_number,
            "state": one.state,
            "established_on": one.established_on.isoformat(),
        }


def _service(service: str, keys: str, fields: str, rows: Rows) -> Service:
    return Service(service, tuple(keys.split()), tuple(fields.split()), rows)


ACCOUNTS = _service("real_name_identity", "account", "account name id_number phone level", _accounts)
POPULATION = _service(
    "population_register",
    "id_number",
    "id_number name sex birth_date ethnicity residence_address hukou_region",
    _population,
)
PERMITS = _service("residence_permit", "id_number", "id_number name valid_until permit_address", _permits)
MARRIAGES = _service(
    "marriage_register",
    "id_number",
    "id_number name spouse_id_number spouse_name registered_on certificate_no",
    _marriages,
)
BIRTHS = _service(
    "birth_record",
    "parent_id_number",
    "parent_id_number child_name child_sex child_birth_date birth_hospital birth_weight mother_name mother_id_number"
    " father_name father_id_number certificate_no",
    _births,
)
INSURED = _service("insurance_status", "id_number", "id_number name insured_region state insured_since", _insured)
MATERNITY = _service("SI_MATERNITY", "id_number", "id_number name employer_name months_paid state", _maternity)
PROPERTIES = _service(
    "property_register",
    "owner_id_number",
    "owner_id_number owner_name certificate_no address area_m2 registered_on",
    _properties,
)
COMPANIES = _service(
    "company_register",
    "uscc legal_representative_id",
    "uscc name legal_representative legal_representative_id state established_on",
    _companies,
)
