"""How a licence of the wallet is named where else a number is typed: by its id, or by its identifier (电子证照标识)."""

import re

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_IDENTIFIER = re.compile(r"1\.2\.156\.3005\.2\.[0-9A-Z.]{1,80}", re.ASCII)


def named(typed: str) -> str:
    """Return the id or the identifier by which a licence is named, in its standard form; empty for anything else."""
    bare = "".join(typed.split())
    if _ID.fullmatch(bare.lower()):
        return bare.lower()
    return bare.upper() if _IDENTIFIER.fullmatch(bare.upper()) else ""
