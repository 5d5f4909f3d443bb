"""The classes that siblings' answers are read with: each has only the fields that intake needs, the rest is ignored."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """A sibling's answer, or a part of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


A = TypeVar("A", bound=Answer)
