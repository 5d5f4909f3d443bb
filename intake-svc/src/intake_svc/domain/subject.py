"""For whom an application is: what of its form tells it, so that a second one for the same is seen.

Values are brought together over the ways of writing them: width, case, blanks and what cannot be seen.
"""

from collections.abc import Mapping, Sequence
from unicodedata import category, normalize


def subjects_of(matter_code: str, subjects: Sequence[Sequence[str]], form: Mapping[str, str]) -> list[str]:
    """Return a text for each set of elements that the form fills in whole; equal texts are for the same."""
    filled = [(subject, [_plain(form.get(element, "")) for element in subject]) for subject in subjects]
    return ["\0".join([matter_code, *subject, *values]) for subject, values in filled if values and all(values)]


def _plain(value: str) -> str:
    kept = (char for char in normalize("NFKC", value) if category(char)[0] not in "ZC" and char not in "·•・.")
    return "".join(kept).upper()
