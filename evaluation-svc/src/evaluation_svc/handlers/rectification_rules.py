"""The city's rules of the loop of a bad rating, as its pack says them now; without one, as others have them."""

from typing import Any

from chassis.worktime import LimitUnit
from sqlalchemy.ext.asyncio import AsyncConnection

from evaluation_svc.domain.rectifications import TERMS, RectificationClock, Rules
from evaluation_svc.domain.tag_checks import Claim
from evaluation_svc.domain.terms import Term
from evaluation_svc.store import pack

NAME = "rectification"


async def rules_of(connection: AsyncConnection) -> Rules:
    """Return the rules that hold now."""
    found = await pack.find_document(connection, NAME)
    return rules_from({} if found is None else found.document)


def rules_from(document: dict[str, Any]) -> Rules:
    """Return the rules that a checked document says; what it does not say is as others have it."""
    told = {RectificationClock(name): _term(one) for name, one in document.get("clocks", {}).items()}
    counts = {name: document[name] for name in ("call_back_tries", "publish_minimum") if name in document}
    checks = {one["tag"]: (one["check"], Claim(one["claims"])) for one in document.get("tag_checks", ())}
    return Rules({**TERMS, **told}, checks, **counts)


def _term(one: dict[str, Any]) -> Term:
    return Term(one["amount"], LimitUnit(one["unit"]), one["warn"], one["status"])
