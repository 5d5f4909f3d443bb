"""What a service tells of itself: JSON logs without personal data, W3C trace context, Prometheus metrics."""

import logging
import re
import secrets
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

log = structlog.get_logger("yiwang")

REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "yiwang_request_seconds", "Time to answer", ["service", "operation", "status"], registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
EVENTS_HANDLED = Counter("yiwang_events_handled", "Events that had their effect", ["service"], registry=REGISTRY)
OUTBOX_WAITING = Gauge("yiwang_outbox_waiting", "Events not yet published", ["service"], registry=REGISTRY)
PARKED = Gauge("yiwang_events_parked", "Parked events", ["service", "state"], registry=REGISTRY)

TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
SECRET_KEYS = frozenset({"authorization", "token", "password", "key", "secret", "name", "id_number", "phone", "form"})
PERSONAL = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)|(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")

# Frames without their variables: those hold keys and what people typed.
EXCEPTIONS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


@dataclass(frozen=True, slots=True)
class Trace:
    """A W3C trace context (level 1): 16-byte trace id, 8-byte span id, in lower-case hex."""

    trace_id: str
    span_id: str

    def header(self) -> str:
        """Return the `traceparent` header's value; everything is sampled."""
        return f"00-{self.trace_id}-{self.span_id}-01"


_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


def follow(traceparent: str) -> Trace:
    """Enter the trace of a caller or an event with a new span; an absent or malformed header starts a new trace."""
    match = TRACEPARENT.match(traceparent)
    known = match is not None and set(match[1]) != {"0"}
    trace = Trace(match[1] if match is not None and known else secrets.token_hex(16), secrets.token_hex(8))
    _trace.set(trace)
    return trace


@contextmanager
def following(traceparent: str) -> Iterator[Trace]:
    """Work in a caller's or an event's trace, and return to one's own."""
    before = _trace.get()
    try:
        yield follow(traceparent)
    finally:
        _trace.set(before)


def traceparent() -> str:
    """Return the `traceparent` to hand on, starting a trace where there is none."""
    return (_trace.get() or follow("")).header()


def trace_id() -> str:
    """Return the trace id of the work under way, or an empty text outside any."""
    trace = _trace.get()
    return trace.trace_id if trace else ""


def mask(text: str) -> str:
    """Mask what looks like an ID number (6 + **** + 4) or a mobile number (3 + **** + 4) anywhere in a text."""
    return PERSONAL.sub(lambda m: f"{m[1]}********{m[2]}" if m[1] else f"{m[3]}****{m[4]}", text)


def _without_personal_data(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in entry.items():
        if key in SECRET_KEYS:
            entry[key] = "***"
        elif isinstance(value, str):
            entry[key] = mask(value)
    return entry


def _with_trace(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if found := trace_id():
        entry["trace_id"] = found
    return entry


def configure(*, level: str = "INFO") -> None:
    """Set up logging of the process: one JSON object a line on standard error, masked, with the trace id."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            EXCEPTIONS,
            _without_personal_data,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
