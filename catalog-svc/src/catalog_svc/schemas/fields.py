"""Types of fields that several bodies share."""

from typing import Annotated

from chassis.base.fields import text
from pydantic import Field

Label = Annotated[str, text(200, example="文字")]
AnswerKey = Annotated[str, text(64, min_length=1, pattern=r"^[a-z0-9_]+$", example="in_wedlock")]
AnswerValue = Annotated[str, text(64, min_length=1, pattern=r"^[A-Za-z0-9_.-]+$", example="yes")]
Answers = Annotated[dict[AnswerKey, AnswerValue], Field(max_length=50)]
Many = Field(max_length=500)
When = Annotated[dict[AnswerKey, Annotated[list[AnswerValue], Many]], Field(max_length=50)]
