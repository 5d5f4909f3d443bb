"""What a caller would rather have: a language, a coding of the content (RFC 9110 §12.5)."""

import re
from collections.abc import Sequence

NAME = re.compile(r"^[a-z0-9*-]{1,40}$")
WEIGHT = re.compile(r"^q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$")
MOST = 50
CHINESE, ENGLISH = "zh-CN", "en"


def weights(header: str) -> dict[str, float]:
    """Return what a header names, in lower case, with how much it is wanted (0 to 1); what cannot be read is left out.

    Of a name that stands there twice the first counts.
    """
    found: dict[str, float] = {}
    for part in header.split(",")[:MOST]:
        name, _, parameter = part.lower().replace(" ", "").partition(";")
        weight = WEIGHT.match(parameter or "q=1")
        if NAME.match(name) and weight:
            found.setdefault(name, float(weight[1]))
    return found


def takes_gzip(header: str) -> bool:
    """Tell whether a caller takes gzip, and would not rather have the content as it is (Accept-Encoding)."""
    wanted = weights(header)
    gzip = wanted.get("gzip", wanted.get("x-gzip", wanted.get("*", 0.0)))
    return gzip > 0 and gzip >= wanted.get("identity", 0.0)


def language(header: str) -> str:
    """Return the language of titles that a caller would rather have: Chinese, unless English is wanted more.

    Of two that are wanted alike the one named first is taken (Accept-Language).
    """
    best: dict[str, float] = {}
    for tag, weight in weights(header).items():
        primary = tag.partition("-")[0]
        best[primary] = max(best.get(primary, 0.0), weight)
    named = [one for one in best if one in {"zh", "en"} and best[one] > 0]
    return ENGLISH if _first(named, best) == "en" else CHINESE


def _first(named: Sequence[str], best: dict[str, float]) -> str:
    return max(named, key=lambda one: best[one], default="zh")
