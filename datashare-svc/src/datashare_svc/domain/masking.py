"""How values of a resource are shown to an official who did not say why he needs them whole."""

from collections.abc import Callable, Mapping

from chassis.base.masks import HIDDEN, mask_id_number, mask_name, mask_number, mask_phone

from datashare_svc.domain.model import Kind, Resource


def _hide(value: str) -> str:
    return HIDDEN if value else ""


def _show(value: str) -> str:
    return value


MASKS: Mapping[Kind, Callable[[str], str]] = {
    Kind.PERSON_NAME: mask_name,
    Kind.ID_NUMBER: mask_id_number,
    Kind.PHONE: mask_phone,
    Kind.NUMBER: mask_number,
    Kind.DATE: _hide,
    Kind.TEXT: _hide,
    Kind.CODE: _show,
    Kind.REGION: _show,
}
"""By the kind of a personal field: a code and a region tell a group, not a person."""


def mask_row(resource: Resource, row: Mapping[str, str]) -> dict[str, str]:
    """Return a row with its personal values masked; a field that the resource does not describe is hidden."""
    fields = {one.name: one for one in resource.fields}
    return {
        name: value
        if name in fields and not fields[name].is_personal
        else MASKS[fields[name].kind if name in fields else Kind.TEXT](value)
        for name, value in row.items()
    }
