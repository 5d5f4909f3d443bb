"""Patterns that come with data: run by an engine whose time grows with the text alone, whoever wrote them.

The syntax is RE2's: what Python and JavaScript share, without look-around and back references. Its digits and word
characters are ASCII, as in JavaScript, which the guide's readers use.
"""

from functools import lru_cache

import re2  # type: ignore[import-untyped]  # the binding ships no types

MOST_MEMORY = 256 * 1024
"""Of one compiled pattern, in bytes: holds a pattern's size down, and with it the work for each character."""


class PatternRefused(ValueError):  # noqa: N818  named after the fact
    """The text is no pattern, or one that no engine runs in linear time, or one too large; says why, in English."""


def fits(pattern: str, text: str) -> bool:
    """Tell whether a whole text matches a pattern. Raises PatternRefused."""
    return _compiled(pattern).fullmatch(text) is not None


def require_pattern(text: str) -> None:
    """Raise PatternRefused unless a text is a pattern that `fits` takes."""
    _compiled(text)


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> "re2._Regexp":
    options = re2.Options()
    options.max_mem, options.log_errors, options.never_capture = MOST_MEMORY, False, True
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0]
        raise PatternRefused(said.decode(errors="replace") if isinstance(said, bytes) else str(said)) from error
    except UnicodeEncodeError as error:
        raise PatternRefused("half a character") from error
