"""Filling a form from sharing catalogues: which uses can be asked by what is known, and what a row gives.

What is known is kept by its place: `applicant.account`, `applicant.id_number`, `form.<element>`,
`materials.<material>`.
"""

from collections.abc import Iterable, Mapping, Sequence

from datashare_svc.domain.model import Depth, Kind, Push, Resource, Sharing, Use

ACCOUNT = "applicant.account"
FORM, MATERIALS, APPLICANT = "form", "materials", "applicant"


def place_of(given: str) -> str:
    """Return the place that a use fills in: an element of the form where it names no other place."""
    return given if given.partition(".")[0] in {MATERIALS, APPLICANT} and "." in given else f"{FORM}.{given}"


def asked_at(sharing: Sharing, push: Push, depth: Depth, answers: Mapping[str, str]) -> list[Use]:
    """Return the uses of a situation that are asked at a moment, in the catalogue's order."""
    return [use for use in sharing.uses if use.push is push and use.depth is depth and use.holds_for(answers)]


def keys_known(use: Use, known: Mapping[str, str]) -> dict[str, str] | None:
    """Return by which values a use is asked; None while one of them is not known."""
    found = {field: known.get(place, "") for field, place in use.keys.items()}
    return found if all(found.values()) else None


def askable(uses: Iterable[Use], known: Mapping[str, str]) -> list[Use]:
    """Return those of some uses whose keys are known."""
    return [use for use in uses if keys_known(use, known) is not None]


def chosen_row(use: Use, rows: Sequence[Mapping[str, str]]) -> Mapping[str, str] | None:
    """Return the row that a use takes: the only one, or the newest where one is; None where that cannot be told."""
    if len(rows) == 1:
        return rows[0]
    newest = max((row.get(use.newest_by, "") for row in rows), default="") if use.newest_by else ""
    of_that_day = [row for row in rows if newest and row.get(use.newest_by) == newest]
    return of_that_day[0] if len(of_that_day) == 1 else None


def given_by(use: Use, row: Mapping[str, str]) -> dict[str, str]:
    """Return what a row gives, by place; what is empty there is given by nobody."""
    return {place_of(given): row[field] for given, field in use.gives.items() if row.get(field)}


def compared(use: Use, form: Mapping[str, str]) -> dict[str, str]:
    """Return what a use holds against its source: field → value, of the elements that were filled in.

    What it requires is held against it beside them; where nothing was filled in there is nothing to hold.
    """
    given = {field: form[element] for field, element in use.compares.items() if form.get(element)}
    return {**given, **use.requires} if given else {}


def person_among(resource: Resource, keys: Mapping[str, str]) -> str:
    """Return the number of the person whom keys are about; empty where none of them is such a number."""
    for name, value in keys.items():
        found = resource.field(name)
        if found is not None and found.kind is Kind.ID_NUMBER:
            return value
    return ""
