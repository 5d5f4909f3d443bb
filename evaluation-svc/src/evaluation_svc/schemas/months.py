"""Months as requests and answers name them."""

from typing import Annotated

from chassis.base.fields import text

MONTH = "20[0-9]{2}-(0[1-9]|1[0-2])"
Month = Annotated[str, text(7, min_length=7, pattern=f"^{MONTH}$", example="2026-03")]
MaybeMonth = Annotated[str, text(7, pattern=f"^({MONTH})?$", example="2026-03")]
