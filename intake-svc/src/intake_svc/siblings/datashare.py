"""What intake asks of datashare in its own name: values for a draft, whether given ones agree, what is to be kept.

It speaks for itself, because what was out is asked again when nobody waits. Each answer names its source.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from chassis.base.fields import Code, Id, LongText, Moment, Name, Text, UnitCode
from chassis.http.asgi import App
from chassis.http.identity import HEADER, Vouch
from chassis.http.upstream import UpstreamUnavailable, call
from pydantic import Field

from intake_svc.domain.booking import Place
from intake_svc.schemas.drafts import Key
from intake_svc.siblings.answers import A, Answer

SIBLING = "datashare"


class Source(Answer):
    """Where something is from: the use of a matter's sharing catalogue, its resource, network and unit.

    `when` is the situation that the use is of: question → options.
    """

    use: Code
    resource: Code
    resource_name: Name
    network: Code
    network_name: Name
    unit: UnitCode
    unit_name: Name
    basis: Text
    when: dict[str, list[str]] = Field(default_factory=dict)

    def holds_for(self, answers: Mapping[str, str]) -> bool:
        """Tell whether it is still a source in the situation that is chosen by now."""
        return all(answers.get(question) in options for question, options in self.when.items())


class SharedValue(Source):
    """A value from a network, for an element (`form`) or as a licence's number (`materials`)."""

    place: Place
    key: Key
    value: LongText
    query_id: Id
    at: Moment


class Unasked(Source):
    """A source that gave nothing, why, and which elements it would have filled."""

    keys: Annotated[list[Key], Field(max_length=300)]
    reason: str


class Prefill(Answer):
    """What the networks gave for a draft, and what they did not."""

    values: Annotated[list[SharedValue], Field(max_length=400)]
    unasked: Annotated[list[Unasked], Field(max_length=100)]


class Verified(Source):
    """What a source says of a material, by element where it can: agrees, differs, knows nothing, or gave no answer."""

    material: Key
    result: str
    agrees: Annotated[list[Key], Field(max_length=300)] = Field(default_factory=list)
    differs: Annotated[list[Key], Field(max_length=300)]
    query_id: Id | None
    at: Moment


class Verification(Answer):
    """What the sources say of an application's materials; one that has no source is not in it."""

    results: Annotated[list[Verified], Field(max_length=200)]


class Asks(Protocol):
    """Whoever asks datashare: where it is, and by what it is told who asks."""

    @property
    def datashare(self) -> App:
        """Where datashare answers."""

    @property
    def vouch(self) -> Vouch:
        """What signs intake's own name."""


async def fetch_prefill(asks: Asks, body: Mapping[str, Any], *, within: float) -> Prefill:
    """Ask for values for a new draft; a datashare that does not know the operation yet has none.

    Raises UpstreamUnavailable, DeadlineExceeded: the draft goes on without.
    """
    nothing = Prefill(values=[], unasked=[])
    return await _ask(asks, Prefill, "/api/v1/prefills", body, within=within, absent=nothing)


async def fetch_verification(asks: Asks, body: Mapping[str, Any], *, within: float) -> Verification:
    """Ask whether what was given agrees with its sources; a datashare that does not know the operation serves none.

    Raises UpstreamUnavailable, DeadlineExceeded: it is asked again later.
    """
    nothing = Verification(results=[])
    return await _ask(asks, Verification, "/api/v1/data-verifications", body, within=within, absent=nothing)


async def put_persons(asks: Asks, application_id: str, body: Mapping[str, Any]) -> None:
    """Tell whom an application concerns, by the numbers that the persons are known by; the same again does no harm.

    Raises UpstreamUnavailable, DeadlineExceeded.
    """
    await _tell(asks, "PUT", f"/api/v1/applications/{application_id}/persons", body)


async def file_dispute(asks: Asks, body: Mapping[str, Any]) -> None:
    """File a dispute under its own id; the same again does no harm. Raises UpstreamUnavailable, DeadlineExceeded."""
    await _tell(asks, "POST", "/api/v1/data-disputes", body, key=str(body["dispute_id"]))


async def _ask(  # noqa: PLR0913  a question has this many parts
    asks: Asks, kind: type[A], path: str, body: Mapping[str, Any], *, within: float, absent: A
) -> A:
    headers = {HEADER: asks.vouch(SIBLING)}
    reply = await call(asks.datashare, "POST", path, body=dict(body), headers=headers, within=within)
    if reply.status == 404:
        return absent
    _require(reply.status, path, {200})
    try:
        return kind.model_validate_json(reply.body)
    except ValueError:
        raise UpstreamUnavailable(f"{path} cannot be read") from None  # the answer itself is not for the log


async def _tell(asks: Asks, method: str, path: str, body: Mapping[str, Any], *, key: str = "") -> None:
    headers = {HEADER: asks.vouch(SIBLING), **({"idempotency-key": key} if key else {})}
    reply = await call(asks.datashare, method, path, body=dict(body), headers=headers)
    _require(reply.status, path, {200, 201, 204})


def _require(status: int, path: str, fine: set[int]) -> None:
    if status not in fine:
        raise UpstreamUnavailable(f"{path} answered {status}")
