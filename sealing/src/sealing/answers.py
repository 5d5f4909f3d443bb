"""Verdicts as JSON and back: how one travels between processes and to whoever asked."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sealing.verdict import Check, Outcome, SignatureSeen, Verdict


def told(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON has it; times as ISO 8601."""
    answer = asdict(verdict)
    for one in answer["signatures"]:
        one["signed_at"] = one["signed_at"].isoformat() if one["signed_at"] else None
    return answer


def read_back(answer: dict[str, Any]) -> Verdict:
    """Return the verdict that `told` told. Raises KeyError, TypeError, ValueError."""
    return Verdict(
        Outcome(answer["verdict"]),
        bool(answer["trust"]),
        str(answer["reason"]),
        tuple(Check(**one) for one in answer["checks"]),
        tuple(_seen(one) for one in answer["signatures"]),
        answer["licence"],
    )


def _seen(one: dict[str, Any]) -> SignatureSeen:
    at = one["signed_at"]
    return SignatureSeen(**{**one, "signed_at": datetime.fromisoformat(at) if at else None})
