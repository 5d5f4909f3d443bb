"""Types of values in ratings, in requests, replies and files of the city pack."""

from typing import Annotated

from chassis.base.fields import read_by, text
from chassis.base.shapes import whole
from chassis.base.typed import compact
from pydantic import Field

TagCode = Annotated[str, text(3, min_length=3, pattern="^[1-5][0-9]{2}$", example="406")]
"""A reason tag (标签): the first digit is the number of stars of its level."""
Tags = Annotated[list[TagCode], Field(max_length=8)]
MaybeNumber = Annotated[str, text(40, example="410100U232026030220000019")]
DeviceToken = Annotated[str, text(200, pattern="^[A-Za-z0-9._-]*$", example="d-7f3a")]
"""What a device calls itself, chosen by its app; only a keyed digest of it is kept."""
NumberName = Annotated[str, text(40, min_length=1, pattern=whole("[a-z_]{1,40}"), example="more_than")]
"""The name of a number of a rule."""
TypedPhone = Annotated[str, text(40, min_length=1, example="13800000000"), read_by(compact, 40)]
"""A telephone number as somebody typed it; it is handed on to intake and kept nowhere."""
