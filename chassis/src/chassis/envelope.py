"""The envelope around an event: CloudEvents 1.0 in structured JSON, with the aggregate's version and the trace."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Envelope(BaseModel):
    """CloudEvents 1.0 §3 attributes; `aggregateversion` and `traceparent` are extension attributes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    aggregateversion: int
    traceparent: str
    data: dict[str, Any]
