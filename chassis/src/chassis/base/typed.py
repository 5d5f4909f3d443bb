"""What people type: the same value with blanks, invisible characters, full width or small letters is the same value.

No rules of any field: those stand with the field's type.
"""

from functools import lru_cache
from unicodedata import category, normalize

from chassis.base.shapes import LONG_TERM

FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols that show nothing but their width (Hangul fillers, the empty Braille pattern)."""
JOINERS = frozenset("\u200c\u200d\u180b\u180c\u180d\u180e\u180f") | {
    chr(point) for block in (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)) for point in block
}
"""What shapes the character before it: joiners, and the selectors of variants."""
UNSEEN = JOINERS | frozenset("\u034f\u17b4\u17b5\u2065")
"""Characters that nobody sees though they are no format characters (Unicode, Default_Ignorable_Code_Point)."""
DOT = "·"
"""The dot between the parts of a name: U+00B7 (notice of 12 ministries, 2016)."""
DOTS = "·•‧∙⋅・･․.．﹒ꞏᐧ⸱⸳ㆍ᛫●⚫◦⦁⬤"
"""The dot, and what is typed for it."""
CROSSES = str.maketrans({"×": "X", "\u0425": "X", "\u0445": "X", "\u03a7": "X", "\u03c7": "X"})
"""What is typed for the X at the end of an ID number: the times sign, Cyrillic and Greek letters that look like it."""
LONG_TERMS = frozenset({LONG_TERM, "长期有效", "長期", "長期有效"})
"""How a validity without an end is written."""
DASHES = frozenset("\u2212\u02d7")
CHARACTERS = 4096
"""Of how many characters it is remembered what they are."""
_AS_BLANKS = str.maketrans(dict.fromkeys(FILLERS, " "))


@lru_cache(CHARACTERS)
def is_unseen(char: str) -> bool:
    """Tell whether a character shows nothing and takes no room."""
    return char in UNSEEN or category(char) == "Cf"


def is_control(char: str) -> bool:
    """Tell whether a character is a control character other than a tab or a line break."""
    return category(char) == "Cc" and char not in "\t\n\r"


def written(text: str) -> str:
    """Return running text as it is read: composed (NFC), without blanks around it and what nobody sees in it.

    What shapes the character before it stays; of a text that shows nothing, nothing is left.
    """
    shown = (char for char in text.translate(_AS_BLANKS) if char in JOINERS or not is_unseen(char))
    composed = normalize("NFC", "".join(shown)).strip()
    return composed if seen_length(composed) else ""


def seen_length(text: str) -> int:
    """Return how many characters a person counts: no mark on another one, and nothing unseen."""
    return sum(1 for char in text if category(char) not in {"Mn", "Me"} and not is_unseen(char))


def plain(text: str) -> str:
    """Return a short value in its plain form: full width and other variants resolved (NFKC), nothing unseen."""
    shown = normalize("NFKC", text).translate(_AS_BLANKS)
    return normalize("NFKC", "".join(char for char in shown if not is_unseen(char))).strip()


def compact(text: str) -> str:
    """Return a code or a number in its plain form, without blanks and dashes, in capitals."""
    joined = normalize("NFKC", "".join(char for char in plain(text) if not (char.isspace() or is_dash(char))))
    return joined.upper() if joined.isascii() else joined


def is_dash(char: str) -> bool:
    """Tell whether a character looks like a dash between groups of digits."""
    return char in DASHES or category(char) == "Pd"
