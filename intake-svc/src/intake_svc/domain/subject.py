"""For whom an application is: what of its form tells it, so that a second one for the same is seen.

Values are brought together over the ways of writing them, as numbers are read and names are looked for.
"""

from collections.abc import Mapping, Sequence

from chassis.base.typed import compact

from intake_svc.domain.findable import folded


def subjects_of(matter_code: str, subjects: Sequence[Sequence[str]], form: Mapping[str, str]) -> list[str]:
    """Return a text for each set of elements that the form fills in whole; equal texts are for the same."""
    filled = [(subject, [folded(compact(form.get(element, ""))) for element in subject]) for subject in subjects]
    return ["\0".join([matter_code, *subject, *values]) for subject, values in filled if values and all(values)]
