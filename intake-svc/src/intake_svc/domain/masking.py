"""What staff see of the applicant's values until they open them: no personal value whole, by its type, not its name.

Source: 个人信息保护法 art. 6 (no more than the purpose needs) and art. 51 (de-identification).
"""

from collections.abc import Callable, Mapping, Sequence

from chassis.base.masks import HIDDEN, mask_id_number, mask_name, mask_number, mask_phone

from intake_svc.domain.form import Field

MASKS: Mapping[str, Callable[[str], str]] = {
    "id_number": mask_id_number,
    "phone": mask_phone,
    "bank_account": mask_number,
    "birth_certificate_no": mask_number,
    "person_name": mask_name,
}
"""How a personal value of a type is shown; of any other type nothing is."""


def masked(fields: Sequence[Field], form: Mapping[str, str]) -> dict[str, str]:
    """Return a form as staff see it by default: what is personal is masked, what no field stands for is not shown."""
    found = {field.element: field for field in fields}
    return {
        key: mask(found[key].type, value) if found[key].personal else value
        for key, value in form.items()
        if key in found
    }


def mask(type_: str, value: str) -> str:
    """Return a personal value of a type as it is shown by default; an empty one is empty."""
    if not value:
        return ""
    return MASKS[type_](value) if type_ in MASKS else HIDDEN


def masked_reference(kind: str, reference: str) -> str:
    """Return a licence's number as staff see it by default: by its kind, of an unknown one only the last four."""
    return MASKS.get(kind, mask_number)(reference)
