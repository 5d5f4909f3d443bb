"""Answers kept for as long as their resource allows, in this process alone: the network is spared, nothing else is."""

from datetime import datetime, timedelta
from hashlib import sha256
from json import dumps

from chassis.base.clock import Clock
from chassis.base.recent import Recent

from datashare_svc.domain.model import Resource
from datashare_svc.outside.networks import Question, Told

MOST = 2000


class KeptAnswers:
    """The newest answers by what was asked, whoever asked it: that he may was looked at before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: Recent[str, tuple[datetime, Told]] = Recent(MOST)

    def get(self, resource: Resource, question: Question) -> Told | None:
        """Return what was told to the same question and is not too old."""
        if not resource.cache_seconds:
            return None
        name = _name(resource, question)
        kept = self._kept.get(name)
        if kept is None:
            return None
        if kept[0] <= self._clock.now():
            self._kept.take(name)
            return None
        return kept[1]

    def keep(self, resource: Resource, question: Question, told: Told) -> None:
        """Keep what was told for as long as the resource allows."""
        if resource.cache_seconds:
            until = self._clock.now() + timedelta(seconds=resource.cache_seconds)
            self._kept.keep(_name(resource, question), (until, told))


def _name(resource: Resource, question: Question) -> str:
    """Return the digest of what was asked: no value is a key of ours."""
    asked = [resource.resource, dict(question.keys), list(question.fields), dict(question.compares)]
    return sha256(dumps(asked, sort_keys=True).encode()).hexdigest()
