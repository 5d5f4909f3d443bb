"""Who applies, as the form tells it: the person to whom the application's papers are addressed."""

from collections.abc import Collection, Mapping, Sequence

from intake_svc.domain.form import Field

PERSON_NAME = "person_name"


def applicant_name(fields: Sequence[Field], subjects: Sequence[Collection[str]], form: Mapping[str, str]) -> str:
    """Return the first name in the form that is not of the one for whom the matter is, else that one's, else nothing.

    A newborn's papers go to the parent who stands first, a matter's of one's own to oneself.
    """
    names = [field.element for field in fields if field.type == PERSON_NAME and form.get(field.element)]
    for_whom = {element for subject in subjects for element in subject}
    chosen = next((one for one in names if one not in for_whom), next(iter(names), ""))
    return form.get(chosen, "")
