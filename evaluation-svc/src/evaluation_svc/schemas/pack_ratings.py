"""What a city pack says of ratings."""

from typing import Annotated

from pydantic import Field

from evaluation_svc.domain.ratings import Level
from evaluation_svc.schemas.pack_parts import Label, Part, Short, Status
from evaluation_svc.schemas.rating_types import TagCode


class TagEntry(Part):
    """A reason tag (标签) of a level; `is_basic` marks the first three, the basic set of each level."""

    tag: TagCode
    level: Level
    text: Short
    is_basic: bool = False


class RatingTagsFile(Part):
    """`rating_tags.yaml`."""

    status: Status
    source: Label
    tags: Annotated[tuple[TagEntry, ...], Field(min_length=1, max_length=100)]
