"""`rectification.yaml` of a city pack: the clocks and rules of the loop of a bad rating."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from evaluation_svc.domain.rectifications import RectificationClock
from evaluation_svc.domain.tag_checks import Claim
from evaluation_svc.schemas.pack_parts import Key, Label, Part, Short, Status, TermPart
from evaluation_svc.schemas.rating_types import TagCode


class TagCheckEntry(Part):
    """By which check a tag is held against the records, and what the tag says of the promise."""

    tag: TagCode
    name: Short
    check: Key
    claims: Claim


class RectificationFile(Part):
    """`rectification.yaml`: a clock that is not named runs as it does where a city has said nothing.

    `call_back_tries` are days on which a rater was not reached, before the loop may end without; `publish_minimum` is
    how many of a unit's are made public together.
    """

    status: Status
    source: Label
    clocks: Annotated[Mapping[RectificationClock, TermPart], Field(max_length=20)]
    call_back_tries: Annotated[int, Field(ge=1, le=20)] = 3
    publish_minimum: Annotated[int, Field(ge=2, le=1000)] = 5
    tag_checks: Annotated[tuple[TagCheckEntry, ...], Field(max_length=100)] = ()
