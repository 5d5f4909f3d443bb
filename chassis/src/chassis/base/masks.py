"""How personal values are shown to those who may not see them whole."""


def mask_name(name: str) -> str:
    """张三 -> 张*; 欧阳小明 -> 欧***: the first character stays."""
    return name[:1] + "*" * max(len(name) - 1, 1)


def mask_id_number(number: str) -> str:
    """Keep the first three and the last four characters."""
    return number[:3] + "*" * max(len(number) - 7, 4) + number[-4:]


def mask_phone(number: str) -> str:
    """Keep the first three and the last four digits."""
    return number[:3] + "****" + number[-4:]
