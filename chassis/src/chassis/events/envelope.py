"""The envelope around an event: CloudEvents 1.0 in structured JSON, with the aggregate's version and the trace."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chassis.base.fields import Version, text


class Envelope(BaseModel):
    """CloudEvents 1.0 §3 attributes; `aggregateversion` and `traceparent` are extension attributes.

    What readers keep in columns is bounded as these are: a message beyond that cannot be read.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, text(64, min_length=1)]
    source: Annotated[str, text(100)]
    type: Annotated[str, text(100, min_length=1)]
    subject: Annotated[str, text(64, min_length=1)]
    time: Annotated[datetime, Field(json_schema_extra={"maxLength": 40})]
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[str, text(200)]
    aggregateversion: Version
    traceparent: Annotated[str, text(100)]
    data: dict[str, Any]
