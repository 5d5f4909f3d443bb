"""Types of fields that several bodies share."""

from typing import Annotated

from chassis.fields import text
from pydantic import Field

Label = Annotated[str, text(200)]
AnswerKey = Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9_]+$")]
AnswerValue = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
Answers = Annotated[dict[AnswerKey, AnswerValue], Field(max_length=50)]
Many = Field(max_length=500)
When = Annotated[dict[AnswerKey, Annotated[list[AnswerValue], Many]], Field(max_length=50)]
