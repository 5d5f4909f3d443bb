"""Types of fields that several bodies share."""

from typing import Annotated

from chassis.base.fields import text
from chassis.base.shapes import KEY, LABEL, OPTION, whole
from pydantic import Field

Label = Annotated[str, text(LABEL, example="文字")]
AnswerKey = Annotated[str, text(64, min_length=1, pattern=whole(KEY), example="in_wedlock")]
AnswerValue = Annotated[str, text(64, min_length=1, pattern=whole(OPTION), example="yes")]
Answers = Annotated[dict[AnswerKey, AnswerValue], Field(max_length=50)]
Many = Field(max_length=500)
When = Annotated[dict[AnswerKey, Annotated[list[AnswerValue], Many]], Field(max_length=50)]
