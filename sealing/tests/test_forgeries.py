from collections import Counter

import pytest
from sealing.judge import judge
from sealing.verdict import Outcome, Trust

from .forging import catalogue, forged_bytes, forged_changes, forged_readers, forged_signatures
from .forging.authorities import LATER, city
from .forging.catalogue import ALL, Forgery

MADE_IN = (forged_bytes, forged_changes, forged_readers, forged_signatures)
ROOTED = Trust((city().root.der,), LATER)


def test_there_are_forgeries_of_every_class() -> None:
    assert len(ALL) >= 130
    assert len({one.name for one in ALL}) == len(ALL)
    assert min(Counter(one.kind for one in ALL).values()) >= 2
    assert all(one.checks for one in catalogue.ALL)


@pytest.mark.parametrize("forgery", ALL, ids=[one.name for one in ALL])
def test_a_forgery_is_refused_by_the_check_that_is_there_for_it(forgery: Forgery) -> None:
    honest = forgery.of()
    assert judge(honest, ROOTED).verdict is Outcome.VALID
    verdict = judge(forgery.made(honest), ROOTED)
    assert (verdict.verdict, verdict.trust) == (forgery.outcome, False), verdict.reason
    failed = [one.check for one in verdict.checks if not one.passed]
    assert failed[0] in forgery.checks, verdict.reason
    assert "无法按其格式读通" not in verdict.reason  # what is known has words of its own


@pytest.mark.parametrize("forgery", ALL, ids=[one.name for one in ALL])
def test_a_forgery_is_refused_also_by_whoever_trusts_nobody(forgery: Forgery) -> None:
    verdict = judge(forgery.made(forgery.of()), Trust(at=LATER))
    needs_roots = "chain" in forgery.checks or forgery.name == "issuer_revoked_before"
    assert verdict.verdict is not Outcome.VALID
    assert verdict.verdict is forgery.outcome or needs_roots, verdict.reason
