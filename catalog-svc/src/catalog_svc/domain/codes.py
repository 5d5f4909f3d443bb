"""Codes with check characters: unified social credit codes, item codes."""

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def uscc_check(first17: str) -> str:
    """Return the 18th character of a unified social credit code (GB 32100-2015 §5.5). Raises ValueError."""
    total = sum(USCC_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first17))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def organisation_check(first8: str) -> str:
    """Return the 9th character of an organisation code (GB 11714-1997). Raises ValueError."""
    values = zip(first8, ORGANISATION_WEIGHTS, strict=True)
    check = 11 - sum(ORGANISATION_ALPHABET.index(char) * weight for char, weight in values) % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def is_uscc(code: str) -> bool:
    """Tell whether a text is a well-formed unified social credit code with a right check character."""
    if len(code) != 18 or any(char not in USCC_ALPHABET for char in code):
        return False
    return uscc_check(code[:17]) == code[17]


def has_organisation_check(uscc: str) -> bool:
    """Tell whether places 9 to 17 of a credit code are an organisation code with a right check character."""
    return organisation_check(uscc[8:16]) == uscc[16]


def is_catalog_code(code: str, task_type: str) -> bool:
    """Tell whether a text is a 12-digit basic code (基本编码): region 2, type 2, authority 2, item 3, sub-item 3."""
    return len(code) == 12 and code.isascii() and code.isdigit() and code[2:4] == task_type


def task_code(uscc: str, use_level: str, catalog_code: str) -> str:
    """Return the 31-character implementation code (实施编码): unit 18, level 1, basic code 12."""
    return f"{uscc}{use_level}{catalog_code}"
