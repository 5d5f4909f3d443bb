"""How personal values are shown to those who may not see them whole; a short one is hidden, an empty one stays so."""

from chassis.base.typed import seen_length

HIDDEN = "***"


def mask_name(name: str) -> str:
    """张三 -> 张**; 欧阳小明 -> 欧**: the first of at least two characters stays, how many follow is not told."""
    if seen_length(name) < 2:
        return HIDDEN if name else ""
    return f"{name[0]}**"


def mask_id_number(number: str) -> str:
    """Keep the first three and the last four characters of a number of at least 15."""
    return _ends(number, first=3, last=4, least=15)


def mask_phone(number: str) -> str:
    """Keep the first three and the last four digits of a number of at least 11."""
    return _ends(number, first=3, last=4, least=11)


def mask_number(number: str) -> str:
    """Keep the last four characters of an account's or a licence's number of at least eight."""
    return _ends(number, first=0, last=4, least=8)


def _ends(number: str, *, first: int, last: int, least: int) -> str:
    if len(number) < least:
        return HIDDEN if number else ""
    return number[:first] + "*" * (len(number) - first - last) + number[-last:]
