"""What a service tells of itself: JSON logs without personal data, W3C trace context, Prometheus metrics."""

import atexit
import io
import json
import logging
import re
import secrets
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from structlog.typing import ExcInfo, Processor

from chassis.base.scribe import Scribe

log = structlog.get_logger("yiwang")

REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "yiwang_request_seconds", "Time to answer", ["service", "operation", "status"], registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
EVENTS_HANDLED = Counter("yiwang_events_handled", "Events that had their effect", ["service"], registry=REGISTRY)
OUTBOX_WAITING = Gauge("yiwang_outbox_waiting", "Events not yet published", ["service"], registry=REGISTRY)
OUTBOX_AGE = Gauge("yiwang_outbox_age_seconds", "Age of the oldest of these", ["service"], registry=REGISTRY)
CONSUMER_LAG = Gauge("yiwang_consumer_lag", "Events on the bus not yet handled", ["service"], registry=REGISTRY)
FAILURES = Counter("yiwang_background_failures", "Faults beside the requests", ["service"], registry=REGISTRY)
AUDIT_AGE = Gauge("yiwang_audit_unchained_seconds", "Age of the oldest unchained row", ["service"], registry=REGISTRY)
PARKED = Gauge("yiwang_events_parked", "Parked events", ["service", "state"], registry=REGISTRY)
OUTGOING = Gauge("yiwang_outgoing", "Outgoing work that is not done", ["service", "kind", "state"], registry=REGISTRY)
OUTGOING_AGE = Gauge(
    "yiwang_outgoing_age_seconds", "Age of the oldest of these", ["service", "kind", "state"], registry=REGISTRY
)
STREAMS = Gauge("yiwang_streams_open", "Answers that go on: streams of events", ["service"], registry=REGISTRY)
CONNECTIONS_CLOSED = Counter(
    "yiwang_connections_closed", "Connections closed on their client", ["reason"], registry=REGISTRY
)
DEPENDENCY_OUT = Gauge(
    "yiwang_dependency_out", "Whether it was out when readiness was last asked", ["dependency"], registry=REGISTRY
)
LINES_LOST = Counter("yiwang_log_lines_lost", "Log lines that could not be written", registry=REGISTRY)

TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
SECRET_KEYS = frozenset({"authorization", "token", "password", "key", "secret", "name", "id_number", "phone", "form"})
PERSONAL = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)|(?<!\d)((?:86)?1[3-9]\d)\d{4}(\d{4})(?!\d)")
STACKS = structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)


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
    chance = secrets.token_hex(24)
    trace = Trace(match[1] if match is not None and known else chance[16:], chance[:16])
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


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: "***" if key in SECRET_KEYS else _hidden(inner) for key, inner in value.items()}
    return [_hidden(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _without_personal_data(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    stacks = entry.pop("exception", None)  # places in code
    return {**_hidden(entry), **({"exception": stacks} if stacks else {})}


def _stacks(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Tell where an exception comes from, not its words or variables: those quote what people typed."""
    return [_wordless(stack) for stack in STACKS(exc_info)]


def _wordless(stack: dict[str, Any]) -> dict[str, Any]:
    inner = [[_wordless(one) for one in stacks] for stacks in stack["exceptions"]]
    told = {"exc_type": stack["exc_type"], "is_cause": stack["is_cause"], "frames": stack["frames"]}
    return {**told, **({"exceptions": inner} if inner else {})}


def _with_trace(_logger: object, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if found := trace_id():
        entry["trace_id"] = found
    return entry


RENDERING: tuple[Processor, ...] = (
    structlog.processors.ExceptionRenderer(_stacks),
    _without_personal_data,
    _with_trace,
    structlog.processors.JSONRenderer(ensure_ascii=False),
)


def _rendered(logger: Any, name: str, entry: MutableMapping[str, Any]) -> str:
    """Make the line; of an entry that cannot be told, at least that it was there."""
    given = dict(entry)
    line: Any = entry
    try:
        for processor in RENDERING:
            line = processor(logger, name, line)
    except Exception as error:  # noqa: BLE001  whatever a value's own methods raise
        about = {key: given[key] for key in ("level", "timestamp") if isinstance(given.get(key), str)}
        line = json.dumps({"event": "log_line_untellable", "error": type(error).__name__, **about})
    return str(line)


def configure(*, level: str = "INFO", stream: TextIO | None = sys.stderr) -> Scribe:
    """Set up logging of the process: one JSON object a line, masked, with the trace id; return who writes them.

    What libraries log and warn of, from warnings on, comes out the same way. To log never waits and never raises: what
    cannot be written is lost and counted, and what waits at the end of the process has two seconds.
    """
    scribe = Scribe(cast("io.TextIOBase | None", stream), lost=LINES_LOST.inc)
    atexit.register(scribe.close)
    written = cast("TextIO", scribe)
    named: list[Processor] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    structlog.configure(
        processors=[*named, _rendered],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.WriteLoggerFactory(file=written),
    )
    libraries = logging.StreamHandler(written)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *named],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _rendered],
        )
    )
    logging.basicConfig(handlers=[libraries], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a library's line that cannot be made is left out
    return scribe
